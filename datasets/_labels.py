"""Which label each training image has, and which images are trained on: few labels, labels from a file (S3GAN)."""

from __future__ import annotations

import csv
import glob
import hashlib
import math
import os
import pathlib
from collections.abc import Iterator
from typing import Any

import numpy as np

from compare_gan_tf2.datasets.catalog import Dataset
from compare_gan_tf2.datasets.images import Images
from compare_gan_tf2.errors import UserError


def training_labels(images: Images, dataset: Dataset, options: Any) -> tuple[np.ndarray, np.ndarray | None]:
    """Labels of the training images and the numbers of those that are trained on.

    Args:
        images: the training split.
        dataset: whose images they are.
        options: conditional, label_file, label_fraction, label_seed, labelled_only of the task.

    Returns:
        labels: int32 [N], -1 where an image has none, or nobody asks for it; or float32 [N, classes], distributions,
            zero where there is none.
        selected: int64 [M], ascending, or None for all.

    Raises:
        UserError: for a label file that does not fit, or if no image is left.
    """
    if dataset.soft_labels and not options.label_file:
        raise UserError(f"data set {dataset.name!r} takes its labels from a file: set label_file")
    asked = options.conditional or options.label_file or options.label_fraction < 1 or options.labelled_only
    if not asked and not dataset.labelled_only:
        # Finding them may take a walk over the whole data set.
        return np.full(images.number, -1, np.int32), images.usable()
    labels = images.labels()
    if options.label_file:
        labels = _from_file(options.label_file, images.keys(), dataset)
    if options.label_fraction < 1:
        labels = few(labels, images.keys(), options.label_fraction, options.label_seed)
    selected = images.usable()
    if options.labelled_only or dataset.labelled_only:
        labeled = np.flatnonzero(is_labelled(labels))
        selected = labeled if selected is None else np.intersect1d(selected, labeled)
    if selected is not None and not len(selected):
        raise UserError(f"data set {dataset.name!r}: no image of split {dataset.train_split} is left to train on")
    return labels, selected


def is_labelled(labels: np.ndarray) -> np.ndarray:
    """bool [N]; a distribution counts as a label if it sums to more than a half, as in compare_gan."""
    return labels >= 0 if labels.ndim == 1 else labels.sum(axis=1) > 0.5


def few(labels: np.ndarray, keys: np.ndarray, fraction: float, seed: int) -> np.ndarray:
    """Keeps the labels of a share of each class, at least one, and takes away the others'.

    Which ones is decided by a hash of an image's name alone, so it does not depend on the order of storage, and a
    larger share has the labels of a smaller one.

    Args:
        labels: int32 [N], -1 where there is none; or float32 [N, classes].
        keys: text [N], the images' names.
        fraction: 0 to 1.
        seed: another one keeps others.

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
        kept[order[first : first + math.ceil(round(fraction * (last - first), 6))]] = True
    few_labels = labels.copy()
    few_labels[~kept] = -1 if labels.ndim == 1 else 0
    return few_labels


def _from_file(pattern: str, keys: np.ndarray, dataset: Dataset) -> np.ndarray:
    """Labels by the images' names; an image that the files do not name has none."""
    split = dataset.train_split.partition("[")[0]
    given = pathlib.Path(pattern.replace("{split}", split)).expanduser()
    paths = [str(given)] if given.is_file() else sorted(filter(os.path.isfile, glob.glob(str(given))))
    if not paths:
        raise UserError(f"option label_file is {pattern!r}: there is no such file")
    places = {str(key): number for number, key in enumerate(keys)}
    labels = (
        np.zeros((len(keys), dataset.num_classes), np.float32)
        if dataset.soft_labels
        else np.full(len(keys), -1, np.int32)
    )
    joined = unknown = 0
    for path in paths:
        for name, label in _entries(pathlib.Path(path)):
            if name in places:
                labels[places[name]] = _as_label(label, dataset, path, name)
                joined += 1
            else:
                unknown += 1
    if not joined:
        example = f"{keys[0]!s}" if len(keys) else ""
        raise UserError(
            f"option label_file: none of the {unknown} names in {pattern} is an image of {dataset.name!r}; its first "
            f"image is {example!r}"
        )
    return labels


def _as_label(label: np.ndarray, dataset: Dataset, path: str, name: str) -> Any:
    """A class, or a distribution from one score (a logit) per class."""
    if dataset.soft_labels:
        if len(label) != dataset.num_classes:
            raise UserError(f"{path}: {name} has {len(label)} scores; there are {dataset.num_classes} classes")
        if not np.isfinite(label).all():
            raise UserError(f"{path}: the scores of {name} are not all finite")
        powers = np.exp(label.astype(np.float64) - label.max())
        return (powers / powers.sum()).astype(np.float32)
    if len(label) != 1 or label[0] != np.rint(label[0]) or not -1 <= label[0] < dataset.num_classes:
        raise UserError(
            f"{path}: the label of {name} is {label.tolist()}; it is a whole number from 0 to "
            f"{dataset.num_classes - 1}, or -1 for none"
        )
    return int(label[0])


def _entries(path: pathlib.Path) -> Iterator[tuple[str, np.ndarray]]:
    """(name, numbers [1 or classes]) of a .csv file (name, then numbers) or of TFRecords (file_name, label)."""
    try:
        if path.suffix == ".csv":
            with path.open(newline="", encoding="utf-8-sig") as file:
                for row in csv.reader(file):
                    if row:
                        yield row[0], np.array(row[1:], np.float64)
            return
        import tensorflow as tf

        for record in tf.data.TFRecordDataset(str(path)).as_numpy_iterator():
            features = tf.train.Example.FromString(record).features.feature
            label = features["label"]
            values = label.int64_list.value or label.float_list.value
            yield features["file_name"].bytes_list.value[0].decode(), np.array(values, np.float64)
    except UserError:
        raise
    except Exception as error:  # of a dozen types, by what is damaged
        reason = str(error).strip().partition("\n")[0]
        raise UserError(f"{path} cannot be read as a label file ({reason}); it is a .csv or TFRecords") from error
