"""What an ability is scored on: rows of the evaluation split through the ability, with their truths."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping

import numpy as np
import tensorflow as tf

from compare_gan_tf2.datasets import pipeline
from compare_gan_tf2.datasets.catalog import Dataset, Places
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.gans import Ability, Stream
from compare_gan_tf2.gans.base import BaseGan
from compare_gan_tf2.paired_metrics import Batch
from compare_gan_tf2.task_folder.grids import to_uint8

IMAGES, LABELS, LATENTS = "images", "labels", "z"
# Numbers of one call's inputs, and rows.
_MOST_NUMBERS, _MOST_ROWS = 2**22, 500


@dataclasses.dataclass(frozen=True, eq=False)
class Scored:
    """Some rows of an ability.

    Attributes:
        outputs: float32 [B, H, W, C] in [0, 1], as the ability gives them.
        inputs: uint8 or uint16 [B, h, w, c] as stored, the first of the ability's inputs that are images, or None.
        truths: uint8 or uint16 [B, H, W, C] as stored, what the outputs should be, or None.
        labels: int32 [B], -1 where a row has none; or None.
    """

    outputs: np.ndarray
    inputs: np.ndarray | None
    truths: np.ndarray | None
    labels: np.ndarray | None

    def pairs(self) -> Batch:
        """As paired metrics take them."""
        return Batch(to_uint8(self.outputs), truths=_bytes(self.truths), inputs=_bytes(self.inputs))


def dataset_of(dataset: Dataset, name: str, stream: Stream) -> Dataset:
    """The data set whose images a stream is.

    Args:
        dataset: the task's.
        name: of the stream.
        stream: one that is read.

    Raises:
        UserError: if there is none.
    """
    if stream.source or name != IMAGES:
        raise UserError(f"data set {dataset.name!r} has no images {name!r} to compare with")
    return dataset


def read(dataset: Dataset, streams: Mapping[str, Stream], places: Places, count: int) -> dict[str, np.ndarray]:
    """The first rows of the evaluation split in stored order; of streams of one source row i belongs together.

    Args:
        dataset: the task's.
        streams: that are read, by name.
        places: where the data set is.
        count: how many rows.

    Returns:
        Images uint8 or uint16 [count, H, W, C], labels int32 [count].

    Raises:
        UserError: if the data set has no such rows, or fewer.
    """
    for name, stream in streams.items():
        if name != LABELS:
            dataset_of(dataset, name, stream)
    images, labels = pipeline.read(dataset, dataset.evaluation_split, places, count)
    return {name: labels if name == LABELS else images for name in streams}


def called(ability: Ability, gan: BaseGan) -> Callable[..., dict[str, tf.Tensor]]:
    """An ability as one compiled function of any number of rows: outputs by name, "" of a single one."""

    @tf.function(input_signature=[gan.streams[name].spec for name in ability.takes], autograph=False)
    def call(*inputs: tf.Tensor) -> dict[str, tf.Tensor]:
        outputs = ability.call(*inputs)
        return outputs if isinstance(outputs, dict) else {"": outputs}

    return call


def output_compared(ability: Ability) -> tuple[str, str]:
    """Name of the output that is compared ("" of a single one), and of the stream that it is compared with."""
    if isinstance(ability.gives, str):
        return "", ability.gives
    return next((output, stream) for output, stream in ability.gives.items() if stream)


def rows_of(
    gan: BaseGan, name: str, ability: Ability, call: Callable[..., dict[str, tf.Tensor]], places: Places, count: int
) -> Iterator[Scored]:
    """Rows of the evaluation split through an ability, part by part.

    Args:
        gan: of the task.
        name: of the ability.
        ability: one that gives a stream.
        call: of `called`.
        places: where the data set is.
        count: how many rows.

    Raises:
        UserError: as `read`.
    """
    output, gives = output_compared(ability)
    streams = {each: gan.streams[each] for each in ability.takes if each != LATENTS}
    sources = {stream.source for stream in streams.values()}
    # Of streams of two sources nobody knows which rows belong together.
    is_known = gan.streams[gives].source in sources
    data = read(gan.dataset, streams | ({gives: gan.streams[gives]} if is_known else {}), places, count)
    pictures = next((each for each in streams if data[each].ndim == 4), "")
    size = max(1, min(_MOST_ROWS, _MOST_NUMBERS // max(np.prod(gan.dataset.image_shape), 1)))
    for number, start in enumerate(range(0, count, size)):
        part = {each: rows[start : min(start + size, count)] for each, rows in data.items()}
        rows = len(next(iter(part.values())))
        inputs = [_input(gan, name, each, part, rows, number) for each in ability.takes]
        labels = part.get(LABELS)
        outputs = call(*inputs)[output].numpy()
        yield Scored(outputs, part.get(pictures), part.get(gives) if is_known else None, labels)


def _input(
    gan: BaseGan, ability: str, name: str, part: Mapping[str, np.ndarray], rows: int, number: int
) -> tf.Tensor | np.ndarray:
    """One input of a call: latents are drawn, pixels brought to [0, 1]."""
    if name == LATENTS:
        return gan.prior.draw(rows, f"evaluation/{ability}/z", seed=gan.options.evaluation_seed, step=number)
    found = part[name]
    return pipeline.to_float(found, gan.dataset) if found.ndim == 4 else found


def _bytes(images: np.ndarray | None) -> np.ndarray | None:
    """Images as they are written to disk, 8 bits a channel."""
    return images if images is None or images.dtype == np.uint8 else np.round(images / 257.0).astype(np.uint8)
