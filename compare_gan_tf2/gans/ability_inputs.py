"""What abilities are called with: rows of a split in stored order, as the networks take them; and how."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import tensorflow as tf

from compare_gan_tf2.datasets import column_set, pipeline, sources
from compare_gan_tf2.datasets.catalog import Dataset, Places
from compare_gan_tf2.gans import Ability, Stream
from compare_gan_tf2.gans.base import BaseGan
from compare_gan_tf2.runtime.draws import Seed

IMAGES, LABELS = column_set.IMAGES, "labels"


def dataset_of(dataset: Dataset, name: str, stream: Stream) -> Dataset:
    """The data set whose images a stream is.

    Args:
        dataset: the task's.
        name: of the stream.
        stream: one that is read.

    Raises:
        UserError: if there is none.
    """
    column = sources.column_of(name, stream.column, stream.source)
    return column_set.pictures_of(sources.data_of(dataset, stream.source).dataset, column)


def is_read(gan: BaseGan, name: str) -> bool:
    """Whether a stream is read from the data set, and not drawn."""
    return gan.streams[name].draw is None


def given(ability: Ability, gan: BaseGan, *, optional: bool = False) -> list[str]:
    """Names of the inputs of an ability's call in order, without the optional ones or with them."""
    return [name for name in ability.takes if optional or not gan.streams[name].optional]


def read(dataset: Dataset, streams: Mapping[str, Stream], places: Places, count: int | None) -> dict[str, np.ndarray]:
    """The first rows of the evaluation split in stored order; of streams of one source row i belongs together.

    Args:
        dataset: the task's.
        streams: that are read, by name.
        places: where the data set is.
        count: how many rows, of sources that have so many; all if None.

    Returns:
        Images uint8 or uint16 [N, H, W, C], labels int32 [N].

    Raises:
        UserError: if the data set has no such rows.
    """
    wanted: dict[str, dict[str, str]] = {}
    for name, stream in streams.items():
        wanted.setdefault(stream.source, {})[name] = sources.column_of(name, stream.column, stream.source)
    found = sources.stored_rows(dataset, wanted, places, count=count)
    return {
        name: rows if (make := streams[name].made) is None else np.asarray(make(tf.constant(rows)))
        for by_stream in found.values()
        for name, rows in by_stream.items()
    }


def called(ability: Ability, gan: BaseGan, *, optional: bool = False) -> Callable[..., dict[str, tf.Tensor]]:
    """An ability as one compiled function of any number of rows: outputs by name, "" of a single one.

    Args:
        ability: one of the GAN's.
        gan: whose streams it takes.
        optional: whether the function takes the optional inputs too (`given` has their names).
    """
    names = given(ability, gan, optional=optional)

    @tf.function(input_signature=[gan.streams[name].spec for name in names], autograph=False)
    def call(*inputs: tf.Tensor) -> dict[str, tf.Tensor]:
        there = dict(zip(names, inputs, strict=True))
        outputs = ability.call(*(there.get(name) for name in ability.takes))
        return outputs if isinstance(outputs, dict) else {"": outputs}

    return call


def statistics(gan: BaseGan) -> str:
    """Whose moments the networks standardize with when an ability is called; never those of the batch.

    Returns:
        "moving", those that training kept, or "per image", each image's own.
    """
    networks = gan.evaluated().values()
    names = (name for network in networks for name in network.named_variables())
    return "moving" if any(name.endswith("moving_mean") for name in names) else "per image"


def output_compared(ability: Ability) -> tuple[str, str]:
    """Name of the output that is compared ("" of a single one), and of the stream that it is compared with."""
    if isinstance(ability.gives, str):
        return "", ability.gives
    return next((output, stream) for output, stream in ability.gives.items() if stream)


def as_called(
    gan: BaseGan, purpose: str, name: str, part: Mapping[str, np.ndarray], rows: int, number: int
) -> tf.Tensor | np.ndarray:
    """One input of a call of an ability.

    Args:
        gan: of the task.
        purpose: what inputs that are drawn are drawn for.
        name: of the input.
        part: rows as stored, of the streams that are read; pixels are brought to [0, 1].
        rows: of the call.
        number: of the call, by which inputs that are drawn differ.
    """
    stream = gan.streams[name]
    if stream.draw is not None:
        return stream.draw(rows, purpose, Seed.of(gan.options.evaluation_seed, number))
    found = part[name]
    return pipeline.to_float(found, gan.dataset) if found.ndim == 4 else found
