"""Real images as metrics see them, computed once per data, count and extractor, and kept under a hash of all that.

One folder per reference: samples.npz, and beside it what metrics derived from the set alone (moments, radii), each in a
file of its own. Every file appears whole or not at all; processes that compute the same one replace it by its equal.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import pathlib
import time
from collections.abc import Callable

import numpy as np

from compare_gan_tf2.datasets import pipeline
from compare_gan_tf2.datasets.catalog import Dataset
from compare_gan_tf2.extractors._extractor import Extractor
from compare_gan_tf2.files import replace_file, require_writable
from compare_gan_tf2.progress import Progress, announce
from compare_gan_tf2.samples import Arrays, Samples

# Images beside the features, for metrics that look at images.
KEPT_IMAGES = 1024
# To be raised when what is kept, or how a metric derives it, changes.
_FORMAT = 2
_CHUNK = 1000

_log = logging.getLogger(__name__)


def default_cache_dir() -> pathlib.Path:
    """Where what can be computed again is kept: $XDG_CACHE_HOME or ~/.cache."""
    return pathlib.Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "compare_gan_tf2"


def reference(
    dataset: Dataset,
    split: str,
    count: int | None,
    extractor: Extractor,
    *,
    dataset_root: pathlib.Path,
    cache_dir: pathlib.Path,
    most: int | None = None,
) -> Samples:
    """The first images of a split, with features; from the cache if they are there.

    Args:
        dataset: whose images.
        split: of the data set.
        count: how many; all, but at most `most`, if None.
        extractor: gives the features.
        dataset_root: where the data set is prepared; not read if the cache has it all.
        cache_dir: where references are kept.
        most: see count.

    Raises:
        UserError: if the data set is not prepared or has fewer images, or the cache cannot be written.
    """
    matters = {
        "format": _FORMAT,
        "dataset": dataset.name,
        "split": split,
        "data": dataset.fingerprint(dataset_root),
        "count": count or f"at most {most}",
        "extractor": extractor.id,
        "kept_images": KEPT_IMAGES,
    }
    digest = hashlib.sha256(json.dumps(matters, sort_keys=True).encode()).hexdigest()
    folder = cache_dir / "references" / f"{dataset.name.replace('/', '_')}-{digest[:16]}"

    def keep(name: str, compute: Callable[[], Arrays]) -> Arrays:
        return _kept(folder / f"{name}.npz", compute)

    found = keep("samples", lambda: _computed(dataset, split, count, most, extractor, dataset_root))
    images = pipeline.to_float(found["images"], dataset)
    return Samples(images, found["features"], found["logits"], found["labels"], keep)


def _computed(
    dataset: Dataset, split: str, count: int | None, most: int | None, extractor: Extractor, root: pathlib.Path
) -> Arrays:
    images, labels = pipeline.first_images(dataset, split, root, count)
    images, labels = images[: count or most], labels[: count or most]
    parts = []
    with Progress(f"features of real images ({split})", len(images), unit="image") as progress:
        for start in range(0, len(images), _CHUNK):
            part = images[start : start + _CHUNK]
            begin = time.monotonic()
            parts.append(extractor.extract(pipeline.to_float(part, dataset)))
            progress.advance(start + len(part))
            if start == 0:
                announce(f"features of real images ({split})", (time.monotonic() - begin) * len(images) / len(part))
    features, logits = (np.concatenate(each) for each in zip(*parts, strict=True))
    return {"images": images[:KEPT_IMAGES], "features": features, "logits": logits, "labels": labels}


def _kept(path: pathlib.Path, compute: Callable[[], Arrays]) -> Arrays:
    """The arrays in a file, computed and written if they are not there or damaged."""
    if path.is_file():
        try:
            with np.load(path) as arrays:
                return {name: arrays[name] for name in arrays.files}
        except Exception as error:  # a damaged archive raises one of many types; it is made anew
            _log.warning("%s cannot be read (%s); computing it again", path, error)
    require_writable(path)
    arrays = compute()
    with replace_file(path) as file:
        np.savez(file, **arrays)  # type: ignore[arg-type]
    return arrays
