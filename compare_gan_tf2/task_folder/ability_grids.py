"""Grids of a training that show more than generated images: abilities' inputs beside outputs, and real images."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

import numpy as np
import tensorflow as tf

from compare_gan_tf2.datasets import pipeline
from compare_gan_tf2.datasets.catalog import Places
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.gans import Ability, ability_inputs
from compare_gan_tf2.gans.base import BaseGan
from compare_gan_tf2.task_folder import caption_grids, edit_grids, grids, prior_grids, style_grids

_log = logging.getLogger(__name__)

# Rows of the evaluation split on a grid.
_ROWS = 16
# Images among which every class is looked for, and classes up to which each has a row.
_LOOKED_AT, _MOST_CLASSES = 256, 20


class AbilityGrids:
    """Draws what a GAN's abilities make of the first rows of the evaluation split, always the same ones.

    Rows are read when the first grid is drawn. Where they cannot be, no grid is: a training does not need them.

    Args:
        gan: what is trained.
        places: where its data are; None draws nothing.
    """

    def __init__(self, gan: BaseGan, places: Places | None):
        self._gan, self._places = gan, places
        self._rows: dict[str, np.ndarray] | None = None
        self._calls: dict[str, Callable[..., dict[str, tf.Tensor]]] = {}
        every = gan.abilities(gan.evaluated())
        self._edits = every if edit_grids.EDIT in every and edit_grids.can_show(every[edit_grids.EDIT]) else {}
        self._of_codes = every if prior_grids.can_show(gan, every) else {}
        has_captions = caption_grids.can_show(every)
        self._of_captions = caption_grids.CaptionGrids(gan, every["generate"]) if has_captions else None
        self._of_styles = style_grids.StyleGrids(gan, every) if style_grids.can_show(every) else None
        self._images: np.ndarray | None = None  # of the evaluation split, as stored, that codes are shown of
        self._abilities = {
            name: ability
            for name, ability in every.items()
            if self._pictures(ability) and ability.gives and not (self._edits and name == edit_grids.EDIT)
        }

    def drawn(self) -> dict[str, np.ndarray]:
        """Name of an ability -> uint8 [H, W, C]: inputs beside outputs, and beside truths that are other images.

        Edits to a class are those of `edit_grids`; of types whose codes are to be like the prior, also `prior_grids`;
        of types with captions `caption_grids`, of types with w also `style_grids`.
        """
        return self._of_rows() | (self._of_styles.drawn() if self._of_styles else {})

    def _of_rows(self) -> dict[str, np.ndarray]:
        """What needs rows of the evaluation split."""
        shown = [*self._abilities, *([edit_grids.EDIT] if self._edits else [])]
        shown += ["codes"] if self._of_codes else []
        shown += [caption_grids.CAPTIONS] if self._of_captions else []
        if not shown or self._places is None or grids.is_point(self._gan.dataset.image_shape):
            return {}
        if self._rows is None:
            try:
                if self._of_captions:
                    self._of_captions.read(self._places)
                self._rows = self._read(self._places)
                self._images = self._read_images(self._places)
            except UserError as error:
                _log.warning("no grids of %s: %s", ", ".join(shown), error)
                self._places = None
                return {}
        sheets = {name: self._sheet(name, ability, self._rows) for name, ability in self._abilities.items()}
        if self._edits:
            edited = edit_grids.drawn(self._gan, self._edits, self._rows.get(ability_inputs.IMAGES))
            sheets |= {} if edited is None else {edit_grids.EDIT: edited}
        if self._images is not None:
            sheets |= prior_grids.drawn(self._gan, self._of_codes, self._images)
        if self._of_captions:
            sheets |= self._of_captions.drawn()
        return sheets

    def real(self) -> np.ndarray | None:
        """Real images of the evaluation split to hold generated ones against, as `real_images`; None if there are none.

        Of a type that reads several sets of images there are none either: its abilities' inputs are real.
        """
        dataset, streams = self._gan.dataset, self._gan.streams
        stream = streams.get(ability_inputs.IMAGES)
        if self._places is None or stream is None or stream.source or grids.is_point(dataset.image_shape):
            return None
        try:
            number = min(_LOOKED_AT, dataset.count(dataset.evaluation_split, self._places))
            images, labels = pipeline.read(dataset, dataset.evaluation_split, self._places, number)
        except UserError as error:
            _log.debug("no real images are shown: %s", error)
            return None
        names = dataset.class_names if len(dataset.class_names) <= _MOST_CLASSES else ()
        return real_images(pipeline.to_float(images, dataset), labels, names)

    def _pictures(self, ability: Ability) -> list[str]:
        """Streams of an ability that are pictures which are read."""
        streams = [(name, self._gan.streams[name]) for name in ability.takes]
        return [name for name, each in streams if each.draw is None and each.spec.shape.rank == 4]

    def _read(self, places: Places) -> dict[str, np.ndarray]:
        gan, wanted = self._gan, dict[str, None]()
        for ability in self._abilities.values():
            _, gives = ability_inputs.output_compared(ability)
            wanted |= dict.fromkeys([*ability.takes, gives])
        if self._edits and ability_inputs.IMAGES in self._edits[edit_grids.EDIT].takes:
            wanted[ability_inputs.IMAGES] = None
        streams = {name: gan.streams[name] for name in wanted if gan.streams[name].draw is None}
        return ability_inputs.read(gan.dataset, streams, places, _ROWS)

    def _read_images(self, places: Places) -> np.ndarray | None:
        if not self._of_codes:
            return None
        dataset = self._gan.dataset
        number = min(prior_grids.COUNT, dataset.count(dataset.evaluation_split, places))
        return pipeline.read(dataset, dataset.evaluation_split, places, number)[0]

    def _sheet(self, name: str, ability: Ability, rows: dict[str, np.ndarray]) -> np.ndarray:
        if name not in self._calls:
            self._calls[name] = ability_inputs.called(ability, self._gan)
        output, gives = ability_inputs.output_compared(ability)
        inputs = self._pictures(ability)
        count = min(len(rows[each]) for each in inputs)
        part = {each: found[:count] for each, found in rows.items()}
        names, purpose = ability_inputs.given(ability, self._gan), f"evaluation/{name}"
        given = [ability_inputs.as_called(self._gan, purpose, each, part, count, 0) for each in names]
        made = self._calls[name](*given)[output].numpy()
        sources = {self._gan.streams[each].source for each in inputs}
        is_known = gives not in inputs and self._gan.streams[gives].source in sources
        shown = [given[names.index(each)] for each in inputs] + [made]
        if is_known:
            shown.append(ability_inputs.as_called(self._gan, purpose, gives, part, count, 0))
        return grids.beside([np.asarray(each) for each in shown])


def real_images(images: np.ndarray, labels: np.ndarray, class_names: Sequence[str], columns: int = 8) -> np.ndarray:
    """Real images as a grid to hold generated ones against: a row for each class, with its name, or one of any.

    Args:
        images: float [N, H, W, C] in [0, 1].
        labels: int32 [N], -1 where an image has none.
        class_names: one for each label; may be empty.
        columns: images in a row.

    Returns:
        uint8 [height, width, C].
    """
    if not class_names:
        return grids.grid(images[:columns], columns)
    rows, names = [], []
    for label, name in enumerate(class_names):
        of_class = images[labels == label][:columns]
        if len(of_class):
            missing = columns - len(of_class)
            rows.append(np.concatenate([of_class, np.ones([missing, *images.shape[1:]], images.dtype)]))
            names.append(name)
    if not rows:
        return grids.grid(images[:columns], columns)
    return grids.named_rows(grids.grid(np.concatenate(rows), columns), names)
