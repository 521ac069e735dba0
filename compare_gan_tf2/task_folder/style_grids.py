"""Sheets of what w does: images with layers of one w and layers of another, and images nearer and nearer to the mean.

A w has a vector for each layer, float32 [N, layers, n], from the coarsest layer on (`gans.style_abilities`).
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import tensorflow as tf

from compare_gan_tf2 import components
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.gans import Ability, ability_inputs
from compare_gan_tf2.gans.base import BaseGan, sample_inputs
from compare_gan_tf2.task_folder import grids

MAP, SYNTHESIZE, TRUNCATE = "map", "synthesize", "truncate"
# Thirds of the layers that there are, from the coarsest on.
THIRDS = ("coarse", "middle", "fine")
# Psi of a sheet's rows where nothing else is said.
PSI = (1.0, 0.7, 0.5, 0.3, 0.0, -0.5)
# Mean difference of pixels in [0, 1] below which two images are taken for the same.
_SAME = 0.01
_ROWS, _COLUMNS = 4, 6
_RANGE = re.compile(r"(\d+)(?:-(\d+))?")


@dataclasses.dataclass(frozen=True)
class Mixed:
    """What came of mixing.

    Attributes:
        sheet: uint8 [height, width, C]: above the images that layers are taken from, to the left those whose other
            layers stay.
        unchanged: (row, column), both from 1, of images that differ by less than 1 % from that to the left.
        replaced: the same of those that differ so little from that above.
    """

    sheet: np.ndarray
    unchanged: Sequence[tuple[int, int]]
    replaced: Sequence[tuple[int, int]]


def chosen_layers(text: str, layers: int) -> np.ndarray:
    """Layers by name or number: "coarse", "middle" or "fine", "5", "3-5", several with commas: bool [layers].

    Args:
        text: numbers are from 1, the coarsest layer's, both ends of a range included.
        layers: how many there are.

    Raises:
        UserError: for something else, or layers that there are not.
    """
    chosen = np.zeros(layers, bool)
    ends = [round(layers * i / len(THIRDS)) for i in range(len(THIRDS) + 1)]
    for word in (each.strip() for each in text.split(",")):
        if word in THIRDS:
            place = THIRDS.index(word)
            chosen[ends[place] : ends[place + 1]] = True
            continue
        found = _RANGE.fullmatch(word)
        if not found:
            raise UserError(f"layers are numbers from 1 to {layers}, or: {components.unknown('layers', word, THIRDS)}")
        first, last = int(found[1]), int(found[2] or found[1])
        if not 1 <= first <= last <= layers:
            raise UserError(f"there are no layers {word!r}; layers are numbered from 1 (the coarsest) to {layers}")
        chosen[first - 1 : last] = True
    return chosen


def mixed(
    images_of: Callable[[np.ndarray], np.ndarray], rows: np.ndarray, columns: np.ndarray, layers: np.ndarray
) -> Mixed:
    """Every w of the rows with some layers of every w of the columns (Karras et al. 2019, figure 3).

    Args:
        images_of: ws [N, layers, n] to images float [N, H, W, C] in [0, 1].
        rows: ws whose other layers stay, [R, layers, n].
        columns: ws that layers are taken of, [K, layers, n].
        layers: which, bool [layers].
    """
    pairs = np.where(layers[:, None], columns[None], rows[:, None]).reshape(-1, *rows.shape[1:])
    images = images_of(np.concatenate([columns, rows, pairs]))
    above, left, rest = np.split(images, [len(columns), len(columns) + len(rows)])
    inner = rest.reshape(len(rows), len(columns), *rest.shape[1:])
    whole = np.ones((len(rows) + 1, len(columns) + 1, *rest.shape[1:]), np.float32)
    whole[0, 1:], whole[1:, 0], whole[1:, 1:] = above, left, inner
    sheet = grids.grid(whole.reshape(-1, *rest.shape[1:]), len(columns) + 1)
    return Mixed(sheet, _same(inner, left[:, None]), _same(inner, above[None]))


def _same(images: np.ndarray, others: np.ndarray) -> list[tuple[int, int]]:
    differences = np.abs(np.asarray(images, np.float64) - others).mean(axis=(2, 3, 4))
    return [(int(row) + 1, int(column) + 1) for row, column in np.argwhere(differences < _SAME)]


def nearer(ws: np.ndarray, center: np.ndarray, psi: float, layers: int = 0) -> np.ndarray:
    """ws [N, layers, n] whose distance from a center is psi times as large; w as it is with psi 1.

    Args:
        ws: float32.
        center: [n], or [N, n] with one for each.
        psi: any number.
        layers: how many of the first layers; 0 is all.
    """
    middle = np.broadcast_to(np.asarray(center, np.float32), (len(ws), ws.shape[2]))[:, None]
    moved = np.float32(1.0 - psi) * middle + np.float32(psi) * ws
    is_moved = np.arange(ws.shape[1]) < (layers or ws.shape[1])
    return np.where(is_moved[None, :, None], moved, ws).astype(np.float32)


def truncated(
    images_of: Callable[[np.ndarray], np.ndarray],
    ws: np.ndarray,
    center: np.ndarray,
    psis: Sequence[float] = PSI,
    layers: int = 0,
) -> np.ndarray:
    """A row for each psi, of the same w in every row: uint8 [height, width, C], with the psi beside."""
    rows = [nearer(ws, center, psi, layers) for psi in psis]
    images = images_of(np.concatenate(rows))
    return grids.named_rows(grids.grid(images, len(ws)), [f"psi {psi:g}" for psi in psis])


def can_show(abilities: Mapping[str, Ability]) -> bool:
    """Whether a model has w."""
    return {MAP, SYNTHESIZE, TRUNCATE} <= abilities.keys()


class StyleGrids:
    """Sheets of a model in training, always of the same latents.

    Args:
        gan: with the abilities that `can_show` asks for.
        abilities: of it.
    """

    def __init__(self, gan: BaseGan, abilities: Mapping[str, Ability]):
        self._gan, self._abilities = gan, abilities
        self._synthesize = ability_inputs.called(abilities[SYNTHESIZE], gan)

    def drawn(self) -> dict[str, np.ndarray]:
        """The sheets "mixing", of a model's coarse layers, and "truncation"; uint8 [height, width, C] each."""
        z, labels = sample_inputs(self._gan, _ROWS + _COLUMNS)
        given = (z,) if labels is None else (z, labels)
        ws = np.asarray(self._abilities[MAP].call(*given))
        none = tf.zeros([1, ws.shape[1]])
        center = np.asarray(self._abilities[TRUNCATE].call(tf.constant(ws[:1]), none))[0, 0]
        coarse = chosen_layers(THIRDS[0], ws.shape[1])
        return {
            "mixing": mixed(self._images_of, ws[:_ROWS], ws[_ROWS:], coarse).sheet,
            "truncation": truncated(self._images_of, ws[_ROWS:], center),
        }

    def _images_of(self, ws: np.ndarray) -> np.ndarray:
        parts = (self._synthesize(ws[start : start + _COLUMNS])[""] for start in range(0, len(ws), _COLUMNS))
        return np.concatenate([each.numpy() for each in parts])
