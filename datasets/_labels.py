"""Which label each training image has, and which images are trained on: few labels, labels from a file (S3GAN)."""

from __future__ import annotations

import hashlib
import logging
import math
import pathlib
from typing import Any

import numpy as np

from compare_gan_tf2.datasets import catalog, label_files
from compare_gan_tf2.datasets.catalog import Dataset
from compare_gan_tf2.datasets.images import Images
from compare_gan_tf2.errors import UserError

_log = logging.getLogger(__name__)
# Of classes in a warning.
_NAMED = 10


def training_labels(
    images: Images, dataset: Dataset, options: Any, *, wanted: bool = False
) -> tuple[np.ndarray, np.ndarray | None]:
    """Labels of the training images and the numbers of those that are trained on.

    Args:
        images: the training split.
        dataset: whose images they are.
        options: conditional, label_file, label_fraction, labels_per_class, label_seed, labelled_only of the task.
        wanted: whether a stream of the task is of labels, whatever the options say.

    Returns:
        labels: int32 [N], -1 where an image has none, or nobody asks for it; or float32 [N, classes], distributions,
            zero where there is none.
        selected: int64 [M], ascending, or None for all.

    What is odd but may be meant (classes without images, a label file that names a part of the images) is warned of.

    Raises:
        UserError: for a label file that does not fit or contradicts itself, or if no image is left.
    """
    if dataset.soft_labels and not options.label_file:
        raise UserError(f"data set {dataset.name!r} takes its labels from a file: set label_file")
    few_wanted = options.label_fraction < 1 or options.labels_per_class > 0
    asked = wanted or options.conditional or options.label_file or few_wanted or options.labelled_only
    if not asked and not dataset.labelled_only:
        # Finding them may take a walk over the whole data set.
        return np.full(images.number, -1, np.int32), images.usable()
    labels = images.labels()
    unlabelled = np.sum(labels < 0)
    is_joined = options.label_file and not dataset.has_label_table
    if unlabelled and not is_joined and catalog.is_path(dataset.name):
        _log.warning("%d of %d training images of %s have no label", unlabelled, len(labels), dataset.name)
    if is_joined:
        labels = _from_file(options.label_file, images, dataset)
    if few_wanted:
        count = options.labels_per_class
        labels = few(labels, images.keys(), options.label_fraction, options.label_seed, count=count)
    selected = images.usable()
    if options.labelled_only or dataset.labelled_only:
        labeled = np.flatnonzero(is_labelled(labels))
        selected = labeled if selected is None else np.intersect1d(selected, labeled)
    if selected is not None and not len(selected):
        raise UserError(f"data set {dataset.name!r}: no image of split {dataset.train_split} is left to train on")
    _warn_of_empty_classes(labels, selected, dataset)
    return labels, selected


def is_labelled(labels: np.ndarray) -> np.ndarray:
    """bool [N]; a distribution counts as a label if it sums to more than a half, as in compare_gan."""
    return labels >= 0 if labels.ndim == 1 else labels.sum(axis=1) > 0.5


def few(labels: np.ndarray, keys: np.ndarray, fraction: float, seed: int, *, count: int = 0) -> np.ndarray:
    """Keeps the labels of a share of each class, at least one, and takes away the others'.

    Which ones is decided by a hash of an image's name alone, so it does not depend on the order of storage, and a
    larger share has the labels of a smaller one.

    Args:
        labels: int32 [N], -1 where there is none; or float32 [N, classes].
        keys: text [N], the images' names.
        fraction: 0 to 1.
        seed: another one keeps others.
        count: if it is not 0, how many of each class keep theirs, or all of a smaller one; fraction is not looked at.

    Returns:
        A copy of labels with -1, or a row of zeros, for those without.
    """
    classes = labels if labels.ndim == 1 else np.where(is_labelled(labels), labels.argmax(axis=1), -1)
    ranks = np.array([hashlib.sha256(f"{seed}/{key}".encode(errors="surrogateescape")).digest()[:8] for key in keys])
    order = np.lexsort((ranks, classes))
    starts = np.searchsorted(classes[order], np.arange(classes.max(initial=-1) + 2))
    kept = np.zeros(len(labels), bool)
    for first, last in zip(starts, starts[1:], strict=False):
        # Rounded first: 7 % of 100 is 7, not 7.000000000000001.
        number = min(count, last - first) if count else math.ceil(round(fraction * (last - first), 6))
        kept[order[first : first + number]] = True
    few_labels = labels.copy()
    few_labels[~kept] = -1 if labels.ndim == 1 else 0
    return few_labels


def _from_file(option: str, images: Images, dataset: Dataset) -> np.ndarray:
    """Labels by the images' names; an image that the files do not name has none, and is warned of."""
    keys = images.keys()
    places = {str(key): number for number, key in enumerate(keys)}
    labels = (
        np.zeros((len(keys), dataset.num_classes), np.float32)
        if dataset.soft_labels
        else np.full(len(keys), -1, np.int32)
    )
    named = np.zeros(len(keys), bool)
    unknown: list[str] = []
    for path in label_files.paths(option, dataset.train_split):
        for name, given in label_files.entries(path):
            place = label_files.place_of(name, places)
            if place is None:
                unknown.append(name)
                continue
            label = _as_label(given, dataset, path, name)
            if named[place] and not np.array_equal(labels[place], label):
                raise UserError(f"{path}: {name} has two labels{_both(labels[place], label)}; leave one of them")
            labels[place], named[place] = label, True
    if not named.any():
        example = f"{keys[0]!s}" if len(keys) else ""
        raise UserError(
            f"option label_file: none of the {len(unknown)} names in {option} is an image of {dataset.name!r}; its "
            f"first image is {example!r}"
        )
    _warn_of_gaps(option, keys, named, unknown, dataset)
    if not dataset.soft_labels:
        _warn_of_others(option, keys, labels, images.labels(), dataset)
    return labels


def _both(first: Any, second: Any) -> str:
    return "" if np.ndim(first) else f", {first} and {second}"


def _warn_of_gaps(option: str, keys: np.ndarray, named: np.ndarray, unknown: list[str], dataset: Dataset) -> None:
    """Says which names are of no image, and which images have no name there."""
    if unknown:
        _log.warning(
            "label_file %s: %d names are no images of %s and are not used, %r among them; %r is an image there",
            option, len(unknown), dataset.name, unknown[0], str(keys[0]),
        )  # fmt: skip
    if not named.all():
        _log.warning(
            "label_file %s: %d of %d training images of %s are not named there and have no label, %r among them",
            option, np.sum(~named), len(named), dataset.name, str(keys[np.argmin(named)]),
        )  # fmt: skip


def _warn_of_others(option: str, keys: np.ndarray, labels: np.ndarray, own: np.ndarray, dataset: Dataset) -> None:
    """Says where the files contradict the labels that the data set has of itself."""
    other = np.flatnonzero((own >= 0) & (labels >= 0) & (own != labels))
    if len(other):
        first = other[0]
        _log.warning(
            "label_file %s: %d of %d training images of %s get another class than the data set's own: %r is %r there, "
            "and %r in the data set; label_file is followed",
            option, len(other), len(labels), dataset.name, str(keys[first]),
            dataset.class_names[labels[first]], dataset.class_names[own[first]],
        )  # fmt: skip


def _warn_of_empty_classes(labels: np.ndarray, selected: np.ndarray | None, dataset: Dataset) -> None:
    """Names the classes that no training image has: a conditional generator makes images of them all the same."""
    if not dataset.num_classes:
        return
    trained_on = labels if selected is None else labels[selected]
    hard = trained_on if labels.ndim == 1 else trained_on[is_labelled(trained_on)].argmax(axis=1)
    counts = np.bincount(hard[hard >= 0], minlength=dataset.num_classes)
    empty = [dataset.class_names[number] for number in np.flatnonzero(counts == 0)]
    if empty:
        _log.warning(
            "data set %s: %d of %d classes have no training image, and what a conditional model makes of them means "
            "nothing: %s%s%s",
            dataset.name, len(empty), dataset.num_classes, ", ".join(empty[:_NAMED]),
            ", ..." if len(empty) > _NAMED else "",
            "; classes are numbered from 0" if empty == ["0"] else "",
        )  # fmt: skip


def _as_label(label: label_files.Label, dataset: Dataset, path: pathlib.Path, name: str) -> Any:
    """A class, or a distribution from one score (a logit) per class."""
    if dataset.soft_labels and not isinstance(label, str):
        if len(label) != dataset.num_classes:
            raise UserError(f"{path}: {name} has {len(label)} scores; there are {dataset.num_classes} classes")
        if not np.isfinite(label).all():
            raise UserError(f"{path}: the scores of {name} are not all finite")
        powers = np.exp(label.astype(np.float64) - label.max())
        return (powers / powers.sum()).astype(np.float32)
    if isinstance(label, str):
        if label in dataset.class_names and not dataset.soft_labels:
            return dataset.class_names.index(label)
    elif len(label) == 1 and label[0] == np.rint(label[0]) and -1 <= label[0] < dataset.num_classes:
        return int(label[0])
    raise UserError(
        f"{path}: the label of {name} is {label if isinstance(label, str) else label.tolist()}; it is a whole number "
        f"from 0 to {dataset.num_classes - 1}, -1 for none, or the name of a class"
    )
