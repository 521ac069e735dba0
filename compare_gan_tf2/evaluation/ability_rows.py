"""What an ability is scored on: rows of the evaluation split through the ability, with their truths."""

from __future__ import annotations

import dataclasses
import math
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


class Rows:
    """Rows of the evaluation split that an ability is scored on; iterating puts them through it, part by part.

    Attributes:
        number: how many.

    Args:
        gan: of the task.
        name: of the ability.
        ability: one that gives a stream.
        call: of `ability_inputs.called`.
        places: where the data set is.
        count: of images that the outputs are compared with.

    Raises:
        UserError: as `ability_inputs.read`.
    """

    def __init__(
        self,
        gan: BaseGan,
        name: str,
        ability: Ability,
        call: Callable[..., dict[str, tf.Tensor]],
        places: Places,
        count: int,
    ):
        self._gan, self._name, self._ability, self._call = gan, name, ability, call
        self._output, self._gives = ability_inputs.output_compared(ability)
        streams = {each: gan.streams[each] for each in ability.takes if each != ability_inputs.LATENTS}
        # Of streams of two sources nobody knows which rows belong together.
        self._is_known = gan.streams[self._gives].source in {stream.source for stream in streams.values()}
        # Then all inputs are taken, unless it is said how many.
        most = count if self._is_known else gan.options.evaluation_samples or None
        truths = {self._gives: gan.streams[self._gives]} if self._is_known else {}
        self._data = ability_inputs.read(gan.dataset, streams | truths, places, most)
        self._pictures = next((each for each in streams if self._data[each].ndim == 4), "")
        self.number = min(len(self._data[each]) for each in streams)

    def __iter__(self) -> Iterator[Scored]:
        gan = self._gan
        size = max(1, min(_MOST_ROWS, _MOST_NUMBERS // math.prod(gan.dataset.image_shape)))
        for number, start in enumerate(range(0, self.number, size)):
            part = {each: rows[start : min(start + size, self.number)] for each, rows in self._data.items()}
            rows = len(next(iter(part.values())))
            takes = self._ability.takes
            inputs = [ability_inputs.as_called(gan, self._name, each, part, rows, number) for each in takes]
            outputs = self._call(*inputs)[self._output].numpy()
            truths = part.get(self._gives) if self._is_known else None
            yield Scored(outputs, part.get(self._pictures), truths, part.get(ability_inputs.LABELS))


def _bytes(images: np.ndarray | None) -> np.ndarray | None:
    """Images as they are written to disk, 8 bits a channel."""
    return images if images is None or images.dtype == np.uint8 else np.round(images / 257.0).astype(np.uint8)
