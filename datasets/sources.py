"""Opens what a GAN type reads of a task's data: sources of training rows, and rows of a split in stored order."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Collection, Mapping
from typing import Any

import numpy as np

from compare_gan_tf2.datasets import _labels, _text_vectors, pipeline
from compare_gan_tf2.datasets._decoding import kept, parts, refuse_without_memory
from compare_gan_tf2.datasets.catalog import Dataset, Places
from compare_gan_tf2.datasets.images import Columns, Images
from compare_gan_tf2.datasets.streams import LABELED, Column, Source, of_another_class
from compare_gan_tf2.errors import UserError

_log = logging.getLogger(__name__)

# {source: {stream: column}}
Wanted = Mapping[str, Mapping[str, str]]
IMAGES, LABELS, ATTRIBUTES = "images", "labels", "attributes"
CAPTIONS, TEXT_VECTORS = "captions", _text_vectors.COLUMN
# Pictures that stand beside a row, and are of another class than it is, or have another caption.
OTHER_CLASS, OTHER_CAPTION = "images_of_another_class", "images_of_another_caption"
_CHUNK = 1000
# Options, their usual values, and the columns that they are about.
_PAIR = ("input", "target")
_ABOUT = (("pairs", "all", _PAIR), ("pair_order", "input_target", _PAIR), ("exclusive", "", (ATTRIBUTES,)))


@dataclasses.dataclass(frozen=True)
class Named:
    """What the name of a source says.

    Attributes:
        dataset: the task's own, or a part of it.
        is_labeled: whether only rows with a label are read.
    """

    dataset: Dataset
    is_labeled: bool


def data_of(dataset: Dataset, source: str) -> Named:
    """The data set behind the name of a source; see `streams`.

    Raises:
        UserError: if the task's data set has no such part.
    """
    part, *rest = source.split("/")
    if part == LABELED:
        part, rest = "", [LABELED, *rest]
    return Named(dataset.part(part) if part else dataset, LABELED in rest)


def column_of(stream: str, column: str, source: str) -> str:
    """The column that a stream is: the pictures of a part go by its name too."""
    wanted = column or stream
    return IMAGES if wanted == source.partition("/")[0] else wanted


def open_sources(
    dataset: Dataset, wanted: Wanted, options: Any, places: Places, cache: str = "auto"
) -> dict[str, Source]:
    """The training rows that a task reads, pictures decoded ahead where that is possible and fits.

    Columns are those of `Dataset.open_columns`, and besides "labels", of `_labels`, and "images_of_another_class" and
    "images_of_another_caption": to every row a picture of another class or caption, drawn for each place anew.

    Args:
        dataset: the task's, adapted to its options.
        wanted: streams by source, and the column that each is.
        options: random_flip, and those of `_labels`.
        places: where the data set is.
        cache: as of `pipeline.training_data`.

    Raises:
        UserError: if a data set is not prepared or damaged, lacks a part or a column, has files that do not fit
            together, or does not fit where `cache` wants it.
    """
    _refuse_unread(options, {column for columns in wanted.values() for column in columns.values()})
    return {
        name: _source(name, data_of(dataset, name), columns, options, places, cache) for name, columns in wanted.items()
    }


def _refuse_unread(options: Any, columns: Collection[str]) -> None:
    """UserError for options about columns that the GAN type does not read."""
    for name, usual, about in _ABOUT:
        if getattr(options, name) != usual and not set(about) & set(columns):
            raise UserError(
                f"option {name} is {getattr(options, name)}, and gan={options.gan} reads no {' and '.join(about)}"
            )


def _source(name: str, of: Named, wanted: Mapping[str, str], options: Any, places: Places, cache: str) -> Source:
    dataset, columns = of.dataset, set(wanted.values())
    if dataset.parts and not dataset.has_partners:
        _log.warning(
            "%s holds the sets %s beside each other, and the GAN type reads all of it as one; to read one of them, "
            "name its folder", dataset.name, " and ".join(dataset.parts),
        )  # fmt: skip
    stored = _stored(columns)
    wants_labels = of.is_labeled or bool({LABELS, OTHER_CLASS} & columns)
    if stored == {IMAGES}:
        found = pipeline.training_data(dataset, options, places, cache, labels_wanted=wants_labels)
        opened, data = Columns({IMAGES: found.images}), {IMAGES: found.images}
        labels, selected = found.labels, found.selected
    else:
        opened = dataset.open_columns(stored, dataset.train_split, places, training=True)
        data = {each: _kept(rows, dataset, places, cache) for each, rows in opened.data.items()}
        pictures = next((each for each in data.values() if isinstance(each, Images)), None)
        if pictures is None:
            raise UserError(f"data set {dataset.name!r}: source {name!r} has no pictures, of which a step reads some")
        labels, selected = _labels.training_labels(pictures, dataset, options, wanted=wants_labels)
    if of.is_labeled:
        labeled = np.flatnonzero(_labels.is_labelled(labels))
        selected = labeled if selected is None else np.intersect1d(selected, labeled)
        if not len(selected):
            raise UserError(f"data set {dataset.name!r}: source {name!r} has no rows; no training image has a label")
    streams = {}
    for stream, column in wanted.items():
        if column == LABELS:
            streams[stream] = Column(labels)
        elif column == OTHER_CLASS:
            streams[stream] = Column(data[IMAGES], _of_another_class(dataset, labels, selected))
        elif column == OTHER_CAPTION:
            streams[stream] = Column(data[IMAGES], _of_another_caption(dataset, data[CAPTIONS], selected))
        else:
            streams[stream] = Column(data[column])
    return Source(name, streams, opened.number, selected, _flips(dataset, options, opened))


def _stored(columns: Collection[str]) -> set[str]:
    """What `Dataset.open_columns` has to give for some columns of a source."""
    found = {*columns} - {LABELS, OTHER_CLASS, OTHER_CAPTION} or {IMAGES}
    if OTHER_CAPTION in columns:
        found |= {IMAGES, CAPTIONS}
    return found | ({IMAGES} if OTHER_CLASS in columns else set())


def _kept(rows: Images | np.ndarray, dataset: Dataset, places: Places, cache: str) -> Images | np.ndarray:
    return kept(rows, dataset, places, cache)[0] if isinstance(rows, Images) else rows


def _of_another_class(dataset: Dataset, labels: np.ndarray, selected: np.ndarray | None) -> Any:
    hard = labels if labels.ndim == 1 else np.where(_labels.is_labelled(labels), labels.argmax(axis=1), -1)
    if len(np.unique(hard if selected is None else hard[selected])) < 2:
        why = "".join(f"; {line}" for line in dataset.why_without_classes)
        raise UserError(
            f"data set {dataset.name!r}: the GAN type reads pictures of another class, and all images are of one{why}"
        )
    return of_another_class(hard, selected)


def _of_another_caption(dataset: Dataset, captions: Any, selected: np.ndarray | None) -> Any:
    kinds = np.unique(captions, return_inverse=True)[1].astype(np.int32)
    if len(np.unique(kinds if selected is None else kinds[selected])) < 2:
        raise UserError(
            f"data set {dataset.name!r}: the GAN type reads pictures of another caption, and all captions are one"
        )
    return of_another_class(kinds, selected)


def _flips(dataset: Dataset, options: Any, opened: Columns) -> bool:
    if options.random_flip and opened.side:
        _log.warning(
            "data set %s is not mirrored, although random_flip is set: its captions or attributes name a side (%r)",
            dataset.name, opened.side,
        )  # fmt: skip
    return options.random_flip and not opened.side


def identities(dataset: Dataset, wanted: Wanted, places: Places) -> dict[str, str]:
    """For every source but plain images and labels of the task's own data set: a text that differs when its rows do.

    Both splits are opened for it, so that what does not fit in either is refused.
    """
    found = {}
    for name, columns in wanted.items():
        of, stored = data_of(dataset, name).dataset, sorted(_stored(columns.values()))
        if of is dataset and stored == [IMAGES]:
            continue
        opened = [of.open_columns(stored, split, places) for split in (of.train_split, of.evaluation_split)]
        read = " ".join(f"{each.digest} {each.number}" for each in opened)
        found[name] = f"{of.identity(places)} {' '.join(stored)} {read}"
    return found


def stored_rows(
    dataset: Dataset, wanted: Wanted, places: Places, *, training: bool = False, count: int | None = None
) -> dict[str, dict[str, np.ndarray]]:
    """Rows of the evaluation split in stored order, {source: {stream: rows}}: row i of one source belongs together.

    So an input has its truth where that is known. Rows of two sources do not belong together. Pictures are framed as
    for scores and never mirrored.

    Args:
        dataset: the task's, adapted to its options.
        wanted: streams by source, and the column that each is.
        places: where the data set is.
        training: whether rows of the training split are wanted instead.
        count: how many of each source; all if None, or if there are fewer.

    Returns:
        Pictures uint8 or uint16 [N, H, W, C]; labels int32 [N], -1 for none; other columns as `open_columns` has them.

    Raises:
        UserError: if a data set is not prepared or damaged, lacks a part or a column, or does not fit into memory.
    """
    found: dict[str, dict[str, np.ndarray]] = {}
    for name, columns in wanted.items():
        of = data_of(dataset, name).dataset
        split = of.train_split if training else of.evaluation_split
        kept = {*columns.values()} - {OTHER_CLASS, OTHER_CAPTION}
        opened = of.open_columns(_stored(kept), split, places)
        number = min(count or opened.number, opened.number)
        found[name] = {
            stream: _in_order(of, split, opened, column, number) for stream, column in columns.items() if column in kept
        }
    return found


def _in_order(dataset: Dataset, split: str, opened: Columns, column: str, number: int) -> np.ndarray:
    if column == LABELS:
        pictures = next(each for each in opened.data.values() if isinstance(each, Images))
        return pictures.labels()[:number]
    data = opened.data[column]
    if not isinstance(data, Images):
        return data[:number]
    refuse_without_memory(dataset, split, number)
    return np.concatenate([pictures for pictures, _ in parts(data, dataset, number, _CHUNK)])
