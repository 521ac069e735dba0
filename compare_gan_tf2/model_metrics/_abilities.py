"""Abilities of a model on many rows, trained and untrained, and the classifier that judges what comes out."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import tensorflow as tf

from compare_gan_tf2.datasets.column_set import UNPAIRED
from compare_gan_tf2.extractors import Extractor
from compare_gan_tf2.gans.stated_abilities import stated
from compare_gan_tf2.model_metrics import TrainedModel

_ROWS = 500
# Real images that an ability is tried on.
IMAGES = 10_000


def has(options: Any, *names: str) -> bool:
    """Whether models of a task have all these abilities, of the images of the data set and not of those of a part."""
    found = {name for name, (takes, _) in stated(options).items() if not {*takes} & {*UNPAIRED}}
    return {*names} <= found


def called(
    model: TrainedModel, name: str, rows: Mapping[str, Any], *, untrained: bool = False
) -> dict[str, np.ndarray]:
    """What an ability makes of rows.

    Args:
        model: the model.
        name: of the ability.
        rows: [N, ...] by the names of what it takes; None is handed on. More may be there; a seed need not be.
        untrained: whether networks with their initial weights are called, the control.

    Returns:
        Outputs [N, ...] by name, "" of a single one.

    Raises:
        ValueError: if the model lacks the ability, it takes something else, or an output is not finite.
    """
    ability = (model.untrained() if untrained else model.abilities).get(name)
    if ability is None:
        raise ValueError(f"the model has no ability {name}")
    if other := [each for each in ability.takes if each not in rows and each != "seed"]:
        raise ValueError(f"ability {name} takes {', '.join(other)}, which there is none of here")
    call = ability.call

    def outputs(*inputs: tf.Tensor) -> dict[str, tf.Tensor]:
        made = call(*inputs)
        return dict(made) if isinstance(made, Mapping) else {"": made}

    key = f"{'untrained ' if untrained else ''}ability {name}"
    traced = model.kept.setdefault(key, tf.function(outputs, autograph=False, reduce_retracing=True))
    return _in_parts(traced, [rows.get(each) for each in ability.takes], f"outputs of ability {name}")


def generated(model: TrainedModel, z: Any, labels: Any) -> np.ndarray:
    """Images float32 [N, H, W, C] in [0, 1] that the model generates of latents [N, Z] and labels [N], or None.

    Raises:
        ValueError: if a pixel is not finite.
    """

    def outputs(z: tf.Tensor, labels: tf.Tensor | None) -> dict[str, tf.Tensor]:
        return {"": model.generator(z, labels, training=False)}

    traced = model.kept.setdefault("generated images", tf.function(outputs, autograph=False, reduce_retracing=True))
    return np.clip(_in_parts(traced, [z, labels], "generated images")[""], 0.0, 1.0)


def _in_parts(function: Callable[..., Any], inputs: list[Any], what: str) -> dict[str, np.ndarray]:
    arrays = [None if each is None else np.asarray(each) for each in inputs]
    count = next(len(each) for each in arrays if each is not None)
    parts = []
    for start in range(0, count, _ROWS):
        # The last rows are filled up, so that nothing is traced anew.
        places = np.minimum(np.arange(start, start + min(_ROWS, count)), count - 1)
        batch = [None if each is None else tf.constant(each[places]) for each in arrays]
        parts.append({name: each.numpy()[: count - start] for name, each in function(*batch).items()})
    found = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    for name, rows in found.items():
        if not np.isfinite(rows).all():
            raise ValueError(f"{what}{f', {name},' if name else ''} are not finite")
    return found


def vectors(outputs: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Those outputs that are vectors, float64 [N, F], by the ends of columns: "" of the first, "_<name>" of others."""
    found = {name: rows.reshape(len(rows), -1) for name, rows in outputs.items() if rows.dtype.kind == "f"}
    if not found:
        raise ValueError("the ability gives no vectors")
    return {
        f"_{name}" if number else "": np.asarray(rows, np.float64) for number, (name, rows) in enumerate(found.items())
    }


def real(model: TrainedModel, split: str = "evaluation", count: int = IMAGES) -> tuple[np.ndarray, np.ndarray]:
    """The first labeled images of a split, float32 [N, H, W, C] in [0, 1], and labels int32 [N]; all without classes.

    Raises:
        ValueError: if a data set with classes has no labeled image there.
    """
    images, labels = model.real_images(split)
    if model.dataset.num_classes:
        places = np.flatnonzero(labels >= 0)[:count]
        if not len(places):
            raise ValueError(f"no image of the {split} split has a label")
        return images[places], labels[places]
    return images[:count], labels[:count]


def judge_of(model: TrainedModel) -> Extractor:
    """The data set's own classifier, which no training of a GAN has seen.

    Raises:
        ValueError: if it tells other classes apart than the data set has.
    """
    judge = model.judge()
    if judge.num_logits != model.dataset.num_classes:
        raise ValueError(f"{judge.id} tells {judge.num_logits} classes apart, and {model.dataset.name} has others")
    return judge


def rng(model: TrainedModel, purpose: str) -> np.random.Generator:
    """Random numbers that depend on the evaluation seed and the purpose alone."""
    return np.random.default_rng([model.seed, zlib.crc32(purpose.encode())])


def moved(count: int, generator: np.random.Generator) -> np.ndarray:
    """Places int64 [count] that pair every row with another one, at random; of a single row with itself."""
    order = generator.permutation(count)
    partners = np.empty(count, np.int64)
    partners[order] = np.roll(order, 1)
    return partners
