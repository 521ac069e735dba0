"""Real images as metrics see them, computed once per data, count and extractor, and kept under a hash of all that.

One folder per reference: samples.npz, and beside it what metrics derived from the set alone (moments, radii), each in a
file of its own. Every file appears whole or not at all; processes that compute the same one replace it by its equal.
Features of many images are kept piece by piece until all are there, so that an interrupted evaluation goes on.
"""

from __future__ import annotations

import functools
import hashlib
import itertools
import json
import pathlib
import time
from collections.abc import Callable, Iterable, Iterator

import numpy as np

from compare_gan_tf2.datasets import pipeline
from compare_gan_tf2.datasets.catalog import Dataset, Places
from compare_gan_tf2.extractors import Extractor
from compare_gan_tf2.files import kept_arrays, safe_name
from compare_gan_tf2.metrics import Arrays, Samples
from compare_gan_tf2.progress import Progress, announce

# Images beside the features, for metrics that look at images.
KEPT_IMAGES = 1024
_SAMPLES = "samples"
# To be raised when what is kept, or how a metric derives it, changes.
_FORMAT = 2
# Images in memory at a time, as floats.
_CHUNK = 500
# Images whose features are kept together until those of all are there.
_PIECE = 5_000


def reference(
    dataset: Dataset,
    split: str,
    count: int | None,
    extractor: Extractor,
    places: Places,
    *,
    most: int | None = None,
    images: int = KEPT_IMAGES,
) -> Samples:
    """The first images of a split, with features; from the cache if they are there.

    Args:
        dataset: whose images.
        split: of the data set.
        count: how many; all, but at most `most`, if None.
        extractor: gives the features.
        places: where the data set is prepared, which is not read if the cache has it all; and where that is.
        most: see count.
        images: how many of the images that are kept are wanted, too.

    Raises:
        UserError: if the data set is not prepared or has fewer images, or the cache cannot be written.
    """
    folder = _folder(dataset, split, count, extractor, places, most)

    def keep(name: str, compute: Callable[[], Arrays]) -> Arrays:
        return kept_arrays(folder / f"{name}.npz", compute)

    found = keep(_SAMPLES, lambda: _computed(dataset, split, count, most, extractor, places, folder))
    for piece in folder.glob(_piece("*")):
        piece.unlink(missing_ok=True)
    wanted = pipeline.to_float(found["images"][:images], dataset)
    return Samples(wanted, found["features"], found["logits"], found["labels"], keep)


def is_kept(dataset: Dataset, split: str, count: int | None, extractor: Extractor, places: Places) -> bool:
    """Whether the cache has a reference, which `reference` would give."""
    return (_folder(dataset, split, count, extractor, places) / f"{_SAMPLES}.npz").is_file()


def _folder(
    dataset: Dataset, split: str, count: int | None, extractor: Extractor, places: Places, most: int | None = None
) -> pathlib.Path:
    """Where a reference is kept."""
    matters = {
        "format": _FORMAT,
        "dataset": dataset.name,
        "split": split,
        "data": dataset.identity(places),
        "count": count or f"at most {most}",
        "extractor": extractor.id,
        "kept_images": KEPT_IMAGES,
    }
    digest = hashlib.sha256(json.dumps(matters, sort_keys=True).encode()).hexdigest()
    return places.cache_dir / "references" / f"{safe_name(dataset.name)}-{digest[:16]}"


def _computed(
    dataset: Dataset,
    split: str,
    count: int | None,
    most: int | None,
    extractor: Extractor,
    places: Places,
    folder: pathlib.Path,
) -> Arrays:
    """Features of images that come part by part: no more of them is in memory than what is kept."""
    there = dataset.count(split, places)
    number = count or min(there, most or there)
    title, pieces, done = f"features of real images ({split})", list[Arrays](), 0
    chunks = _counted(pipeline.chunks(dataset, split, places, number, _CHUNK))
    with Progress(title, number, unit="image") as progress:

        def piece(parts: Iterable[tuple[int, np.ndarray, np.ndarray]]) -> Arrays:
            found: list[Arrays] = []
            for first, images, labels in parts:
                begin = time.monotonic()
                features, logits = extractor.extract(pipeline.to_float(images, dataset))
                kept = images[: max(KEPT_IMAGES - first, 0)].copy()  # or all of the part would stay in memory
                found.append({"images": kept, "features": features, "logits": logits, "labels": labels})
                progress.advance(first + len(images))
                if len(found) == 2 and not done:  # the first compiled
                    announce(title, (time.monotonic() - begin) * (number - first) / len(images))
            return _joined(found)

        for place, parts in itertools.groupby(chunks, lambda part: part[0] // _PIECE):
            compute = functools.partial(piece, parts)
            pieces.append(kept_arrays(folder / _piece(str(place)), compute) if number > _PIECE else compute())
            done += len(pieces[-1]["labels"])
            progress.advance(done)
    return _joined(pieces)


def _counted(
    chunks: Iterable[tuple[np.ndarray, np.ndarray]],
) -> Iterator[tuple[int, np.ndarray, np.ndarray]]:
    """Images and labels, with how many came before."""
    before = 0
    for images, labels in chunks:
        yield before, images, labels
        before += len(images)


def _joined(parts: list[Arrays]) -> Arrays:
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _piece(place: str) -> str:
    return f"{_SAMPLES}-{place}.npz"
