"""Real images as metrics see them, computed once per data, count and extractor, and kept under a hash of all that."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import pathlib

import numpy as np

from compare_gan_tf2.datasets import pipeline
from compare_gan_tf2.datasets.catalog import Dataset
from compare_gan_tf2.extractors._extractor import Extractor
from compare_gan_tf2.files import replace_file
from compare_gan_tf2.samples import Samples

# Images beside the features, for metrics that look at images.
KEPT_IMAGES = 1024
_FORMAT = 1
_CHUNK = 5000

_log = logging.getLogger(__name__)


def default_cache_dir() -> pathlib.Path:
    """Where what can be computed again is kept: $XDG_CACHE_HOME or ~/.cache."""
    return pathlib.Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "compare_gan_tf2"


def reference(
    dataset: Dataset, count: int, extractor: Extractor, *, dataset_root: pathlib.Path, cache_dir: pathlib.Path
) -> Samples:
    """The first `count` images of the evaluation split, with features; from the cache if they are there.

    Raises:
        UserError: if the data set is not prepared, or the cache cannot be written.
    """
    matters = {
        "format": _FORMAT,
        "dataset": dataset.name,
        "split": dataset.evaluation_split,
        "data": dataset.fingerprint(dataset_root),
        "count": count,
        "extractor": extractor.id,
        "kept_images": KEPT_IMAGES,
    }
    digest = hashlib.sha256(json.dumps(matters, sort_keys=True).encode()).hexdigest()
    path = cache_dir / "references" / f"{dataset.name}-{digest[:16]}.npz"
    if path.is_file():
        try:
            with np.load(path) as arrays:
                return _samples(dataset, arrays["images"], arrays["features"], arrays["logits"], arrays["labels"])
        except Exception as error:  # a damaged archive raises one of many types; it is made anew
            _log.warning("%s cannot be read (%s); computing it again", path, error)
    images, labels = pipeline.evaluation_images(dataset, dataset_root, count)
    chunks = [
        extractor.extract(pipeline.to_float(images[start : start + _CHUNK], dataset))
        for start in range(0, count, _CHUNK)
    ]
    features, logits = (np.concatenate(parts) for parts in zip(*chunks, strict=True))
    with replace_file(path) as file:
        np.savez(file, images=images[:KEPT_IMAGES], features=features, logits=logits, labels=labels)
    return _samples(dataset, images[:KEPT_IMAGES], features, logits, labels)


def _samples(
    dataset: Dataset, images: np.ndarray, features: np.ndarray, logits: np.ndarray, labels: np.ndarray
) -> Samples:
    return Samples(pipeline.to_float(images, dataset), features, logits, labels)
