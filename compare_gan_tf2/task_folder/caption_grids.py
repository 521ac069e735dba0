"""What a model that draws captions makes of those of the evaluation split: a row for each caption, with its text."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import tensorflow as tf

from compare_gan_tf2.datasets import pipeline
from compare_gan_tf2.datasets.places import Places
from compare_gan_tf2.gans import Ability, ability_inputs
from compare_gan_tf2.gans.base import BaseGan
from compare_gan_tf2.task_folder import grids

# Name of the grid; rows and columns, and rows of the split among which different captions are looked for.
CAPTIONS = "captions"
_ROWS, _COLUMNS, _LOOKED_AT = 8, 8, 64
_MOST_LETTERS = 48
_GENERATE, _CAPTION = "generate", "caption"


def can_show(abilities: Mapping[str, Ability]) -> bool:
    """Whether images are generated from captions."""
    return _GENERATE in abilities and _CAPTION in abilities[_GENERATE].takes


class CaptionGrids:
    """Draws images of the first different captions, always the same ones.

    Args:
        gan: one whose ability "generate" takes "caption".
        ability: that one.
    """

    def __init__(self, gan: BaseGan, ability: Ability):
        self._gan = gan
        self._call = ability_inputs.called(ability, gan)
        self._names = ability_inputs.given(ability, gan)
        self._captions = self._images = np.empty(0)

    def read(self, places: Places) -> None:
        """Reads captions and real images of them; UserError if they cannot be read."""
        streams = {name: self._gan.streams[name] for name in (ability_inputs.IMAGES, _CAPTION)}
        found = ability_inputs.read(self._gan.dataset, streams, places, _LOOKED_AT)
        _, first = np.unique(found[_CAPTION], axis=0, return_index=True)
        chosen = np.sort(first)[:_ROWS]
        self._captions = found[_CAPTION][chosen]
        self._images = pipeline.to_float(found[ability_inputs.IMAGES][chosen], self._gan.dataset)

    def drawn(self) -> dict[str, np.ndarray]:
        """{"captions": uint8 [height, width, C]}: in each row a caption, its real image, and images made of it.

        Images of one column have the same latents. Where captions are vectors, no text stands beside them.
        """
        number, made = len(self._captions), _COLUMNS - 1
        z = ability_inputs.as_called(self._gan, f"evaluation/{_GENERATE}", "z", {}, made, 0)
        inputs = {"z": tf.tile(z, [number, 1]), _CAPTION: tf.constant(np.repeat(self._captions, made, axis=0))}
        images = self._call(*(inputs[name] for name in self._names))[""].numpy()
        rows = np.concatenate([self._images[:, None], images.reshape(number, made, *images.shape[1:])], axis=1)
        sheet = grids.grid(rows.reshape(-1, *images.shape[1:]), _COLUMNS)
        if self._captions.dtype == np.uint8:
            texts = [each.tobytes().rstrip(b"\0").decode(errors="replace") for each in self._captions]
            sheet = grids.named_rows(sheet, texts, _MOST_LETTERS)
        return {CAPTIONS: sheet}
