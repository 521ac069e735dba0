"""What an ability is scored on: rows of the evaluation split through the ability, with their truths."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator

import numpy as np
import tensorflow as tf

from compare_gan_tf2.datasets.catalog import Places
from compare_gan_tf2.gans import Ability, ability_inputs
from compare_gan_tf2.gans.base import BaseGan
from compare_gan_tf2.paired_metrics import Batch
from compare_gan_tf2.task_folder.grids import to_uint8

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


def rows_of(
    gan: BaseGan, name: str, ability: Ability, call: Callable[..., dict[str, tf.Tensor]], places: Places, count: int
) -> Iterator[Scored]:
    """Rows of the evaluation split through an ability, part by part.

    Args:
        gan: of the task.
        name: of the ability.
        ability: one that gives a stream.
        call: of `ability_inputs.called`.
        places: where the data set is.
        count: how many rows, of sources that have so many.

    Raises:
        UserError: as `ability_inputs.read`.
    """
    output, gives = ability_inputs.output_compared(ability)
    streams = {each: gan.streams[each] for each in ability.takes if each != ability_inputs.LATENTS}
    sources = {stream.source for stream in streams.values()}
    # Of streams of two sources nobody knows which rows belong together.
    is_known = gan.streams[gives].source in sources
    data = ability_inputs.read(gan.dataset, streams | ({gives: gan.streams[gives]} if is_known else {}), places, count)
    pictures = next((each for each in streams if data[each].ndim == 4), "")
    size = max(1, min(_MOST_ROWS, _MOST_NUMBERS // max(np.prod(gan.dataset.image_shape), 1)))
    count = min(len(data[each]) for each in streams)
    for number, start in enumerate(range(0, count, size)):
        part = {each: rows[start : min(start + size, count)] for each, rows in data.items()}
        rows = len(next(iter(part.values())))
        inputs = [ability_inputs.as_called(gan, name, each, part, rows, number) for each in ability.takes]
        labels = part.get(ability_inputs.LABELS)
        outputs = call(*inputs)[output].numpy()
        yield Scored(outputs, part.get(pictures), part.get(gives) if is_known else None, labels)


def _bytes(images: np.ndarray | None) -> np.ndarray | None:
    """Images as they are written to disk, 8 bits a channel."""
    return images if images is None or images.dtype == np.uint8 else np.round(images / 257.0).astype(np.uint8)
