"""Pictures of what an exported module draws: grids, one row per class, ways from one latent to another.

Everything is read from the module itself, so it serves for one whose data set or networks this version does not know.
"""

from __future__ import annotations

import dataclasses
import io
import itertools
import json
import math
import operator
import pathlib
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from compare_gan_tf2 import components
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.files import replace_folder, require_writable
from compare_gan_tf2.hub_export.aspect import stretched
from compare_gan_tf2.runtime.codes import Codes, prior_of
from compare_gan_tf2.runtime.prior import Prior
from compare_gan_tf2.task_folder import grids

BATCH = 64
MOST_CLASSES = 20
_CODE_ROWS = 8
_NEEDED = ("generate", "z_dim", "z_distribution", "num_classes", "class_names", "image_shape")
_FEW = 10
_UNLABELLED = (
    "labels are given, but the module has no classes: it was trained without labels; a training on a data set with "
    "classes gets them with conditional=true"
)
# Between the seeds of one call's batches: beyond all seeds that are taken, so that no two calls share a batch.
_STRIDE = 2**32
_MOST_SEED = 2**31 - 1


@dataclasses.dataclass(frozen=True)
class Facts:
    """What a module says of itself.

    Attributes:
        z_dim: length of its latents.
        z_distribution: of its latents: "uniform" on [-1, 1], "normal", or "truncated" at two deviations; of latents in
            parts what `Codes.distribution` says.
        class_names: one per label; empty for a module without classes.
        num_classes: 0 for a module without classes.
        image_shape: (H, W, C).
    """

    z_dim: int
    z_distribution: str
    class_names: tuple[str, ...]
    num_classes: int
    image_shape: tuple[int, int, int]

    @property
    def prior(self) -> Prior:
        """Of its latents."""
        return prior_of(self.z_distribution, self.z_dim)


def facts(module: Any) -> Facts:
    """What a loaded module says of itself.

    Raises:
        UserError: if it is a SavedModel of something else.
    """
    if hasattr(module, "abilities") and not hasattr(module, "generate"):
        there = ", ".join(json.loads(module.abilities.numpy()))
        raise UserError(f"the module generates no images of latents; its abilities are: {there} (see --ability)")
    missing = [name for name in _NEEDED if not hasattr(module, name)]
    if "z_dim" in missing and hasattr(module, "abilities"):
        raise UserError("the module makes images of captions, and not of latents alone; --kind=captions draws them")
    if missing or not callable(module):
        lacks = f"it has no {missing[0]}" if missing else "it cannot be called"
        if hasattr(module, "prune"):  # which TensorFlow gives to what TensorFlow 1 saved
            lacks += "; compare_gan_import_weights takes over compare_gan's modules of TensorFlow 1"
        raise UserError(f"this SavedModel was not written by this version's compare_gan_export: {lacks}")
    height, width, colors = map(int, module.image_shape.numpy())
    return Facts(
        z_dim=int(module.z_dim.numpy()),
        z_distribution=module.z_distribution.numpy().decode(),
        class_names=tuple(name.decode() for name in module.class_names.numpy()),
        num_classes=int(module.num_classes.numpy()),
        image_shape=(height, width, colors),
    )


def parse_labels(text: str, about: Facts) -> tuple[int, ...]:
    """Labels written as names or numbers with commas between; a name may itself have commas if it stands alone.

    A word that is a class's name means that class, also where the names are numbers.

    Raises:
        UserError: if the module has no classes, or not these.
    """
    if not about.num_classes:
        raise UserError(_UNLABELLED)
    if "," in text and text in about.class_names:
        return (about.class_names.index(text),)
    return tuple(_label(word.strip(), about) for word in text.split(","))


def _label(word: str, about: Facts) -> int:
    if word in about.class_names:
        return about.class_names.index(word)
    if word.isdecimal() and int(word) < about.num_classes:
        return int(word)
    raise _no_class(word, about)


def _no_class(label: object, about: Facts) -> UserError:
    shown = [f"{number} ({name})" for number, name in enumerate(about.class_names[:_FEW])]
    more = f", ... {about.num_classes - 1}" if about.num_classes > len(shown) else ""
    return UserError(f"the module has no class {str(label)!r}; there are: {', '.join(shown)}{more}")


def samples(
    module: Any, count: int = 64, *, seed: int = 0, labels: Sequence[int] = (), truncation: float = 0.0
) -> np.ndarray:
    """Images of random latents, drawn in batches of 64 at most.

    The first 64 are those of `module.generate(64, seed, ...)`; the same arguments give the same images.

    Args:
        module: as `hub_export.load.load` or `hub.load` gives it.
        count: how many, 1 or more.
        seed: of the latents, and of the labels where none are given; 0 to 2**31 - 1.
        labels: whole numbers, of the images in turn, from the first again after the last; if empty, random ones where
            there are classes.
        truncation: keep each number of the latents within [-truncation, truncation] (Brock et al. 2018, section 3.1);
            0 for all of the prior.

    Returns:
        float32 [count, H, W, C] in [0, 1].

    Raises:
        UserError: if the module is something else's, has not these classes, or a number is out of its range.
    """
    about = facts(module)
    labels = checked(about, labels, seed, truncation, count=count)
    return np.concatenate(list(_batches(module, count, seed, labels, truncation)))


def grid(
    module: Any,
    count: int = 64,
    *,
    columns: int = 8,
    seed: int = 0,
    labels: Sequence[int] = (),
    truncation: float = 0.0,
    aspect: float = 0.0,
) -> np.ndarray:
    """A sheet of `samples`, row by row, with `aspect` as in `write_files`; points of the plane as one plot.

    Returns:
        uint8 [height, width, C].
    """
    _positive(columns=columns)
    pictures = samples(module, count, seed=seed, labels=labels, truncation=truncation)
    return _sheet(stretched(pictures, aspect) if aspect else pictures, columns)


def class_sheet(
    module: Any, labels: Sequence[int] = (), *, columns: int = 8, seed: int = 0, truncation: float = 0.0
) -> np.ndarray:
    """One row of samples per class, with the same latents in every row; of points of the plane one plot per class.

    Args:
        module: a conditional one.
        labels: of the rows; the first 20 classes if empty.
        columns: how many images of each class.
        seed: of the latents.
        truncation: as in `samples`.

    Returns:
        uint8 [height, width, C].

    Raises:
        UserError: if the module has no classes, or not these, or a number is out of its range.
    """
    about = facts(module)
    if not about.num_classes:
        raise UserError("a grid of classes needs a module with classes; this one was trained without labels")
    chosen = checked(about, labels, seed, truncation, columns=columns)
    chosen = chosen or tuple(range(min(about.num_classes, MOST_CLASSES)))
    rows = [samples(module, columns, seed=seed, labels=[label], truncation=truncation) for label in chosen]
    if grids.is_point(about.image_shape):
        return grids.grid(np.stack([grids.scatter(row) for row in rows]) / np.float32(255), columns=5)
    return grids.grid(np.concatenate(rows), columns)


def interpolation(
    module: Any,
    rows: int = 8,
    *,
    steps: int = 8,
    seed: int = 0,
    labels: Sequence[int] = (),
    truncation: float = 0.0,
) -> np.ndarray:
    """Images along straight ways between pairs of latents.

    Row i leads from latent 2 i to latent 2 i + 1 of `module.generate(2 * rows, seed)`. The weights of A and B are 1 - a
    and a, with a from 0 to 1 in equal steps; for normal latents both over sqrt(a^2 + (1 - a)^2), as in compare_gan's
    notebooks, which keeps the variance that the generator was trained with.

    Args:
        module: as `hub_export.load.load` or `hub.load` gives it.
        rows: how many ways, 1 or more.
        steps: images on each, both ends included; 2 or more.
        seed: of the latents.
        labels: of the rows in turn, each the same along its row; all classes in turn if empty.
        truncation: of the ends, as in `samples`.

    Returns:
        float32 [rows, steps, H, W, C] in [0, 1].

    Raises:
        UserError: if the module is something else's, has not these classes, or a number is out of its range.
    """
    about = facts(module)
    chosen = checked(about, labels, seed, truncation, rows=rows) or tuple(range(about.num_classes))
    if steps < 2:
        raise UserError(f"steps is {steps}; a way has two ends, so it has to be 2 or more")
    ends = _latents(about.prior, 2 * rows, seed, truncation).reshape(rows, 2, 1, about.z_dim)
    a = np.linspace(0.0, 1.0, steps)[:, np.newaxis]
    scale = np.where(about.prior.is_normal, np.sqrt(a**2 + (1 - a) ** 2), 1.0)
    z = (((1 - a) * ends[:, 0] + a * ends[:, 1]) / scale).astype(np.float32).reshape(-1, about.z_dim)
    given = np.array([chosen[row % len(chosen)] for row in range(rows)], np.int32).repeat(steps) if chosen else None
    return _made(module, z, given).reshape(rows, steps, *about.image_shape)


def code_sheet(
    module: Any, part: str, *, columns: int = 8, seed: int = 0, labels: Sequence[int] = (), truncation: float = 0.0
) -> np.ndarray:
    """A sheet along whose rows one part of the latents varies, and all else stays as it is; see `Codes.grid`.

    Args:
        module: one whose latents have parts.
        part: name of the part that varies.
        columns: how many values of it; of a categorical part all classes, 20 at most.
        seed: of the latents.
        labels: of the rows in turn; all classes in turn if empty.
        truncation: of the latents, as in `samples`.

    Returns:
        uint8 [height, width, C].

    Raises:
        UserError: if the latents have no parts, or not this one, or as `samples`.
    """
    about = facts(module)
    chosen = checked(about, labels, seed, truncation, columns=columns) or tuple(range(about.num_classes))
    prior = about.prior
    if not isinstance(prior, Codes):
        raise UserError("a grid of codes needs a module whose latents have parts; the latents of this one have none")
    names = [each.name for each in prior.parts]
    if part not in names:
        raise UserError(components.unknown("part of the latents", part, names))
    count = min(prior.part(part).size, MOST_CLASSES) if prior.part(part).is_categorical else columns
    z = prior.draw_truncated(_CODE_ROWS, seed=seed, truncation=tf.constant(truncation, tf.float32))
    rows = prior.grid(z, part, count).numpy()
    given = np.array([chosen[i % len(chosen)] for i in range(len(rows))], np.int32).repeat(count) if chosen else None
    return _sheet(_made(module, rows.reshape(-1, about.z_dim), given), count)


def _made(module: Any, z: np.ndarray, labels: np.ndarray | None) -> np.ndarray:
    """Images of latents float32 [N, z_dim] and labels int32 [N] or None, at most 64 at a time."""
    inputs = [tf.constant(each) for each in (z, labels) if each is not None]
    parts = (finite(module(*(each[start : start + BATCH] for each in inputs))) for start in range(0, len(z), BATCH))
    return np.concatenate(list(parts))


def interpolation_sheet(ways: np.ndarray) -> np.ndarray:
    """`interpolation`'s images [rows, steps, H, W, C] as a sheet; points as one plot. uint8 [height, width, C]."""
    return _sheet(ways.reshape(-1, *ways.shape[2:]), ways.shape[1])


def interpolation_frames(ways: np.ndarray, columns: int = 8) -> list[np.ndarray]:
    """`interpolation`'s images as an animation: one sheet per step, there and back without showing an end twice.

    Args:
        ways: float [rows, steps, H, W, C] in [0, 1]; each sheet shows all rows at one step.
        columns: of the sheets.

    Returns:
        2 * steps - 2 times uint8 [height, width, C].
    """
    _positive(columns=columns)
    there = [_sheet(step, columns) for step in ways.swapaxes(0, 1)]
    return there + there[-2:0:-1]


def encode_gif(frames: Sequence[np.ndarray], milliseconds: int = 100) -> bytes:
    """An endless animation's bytes of frames uint8 [H, W, 1 or 3], in at most 256 colors per frame."""
    from PIL import Image

    # Greys are exact as they are; of colors each frame gets the 256 that suit it.
    pictures = [
        Image.fromarray(frame[..., 0]) if frame.shape[-1] == 1 else Image.fromarray(frame).quantize(256)
        for frame in frames
    ]
    file = io.BytesIO()
    pictures[0].save(file, "GIF", save_all=True, append_images=pictures[1:], duration=milliseconds, loop=0)
    return file.getvalue()


def write_files(
    module: Any,
    folder: pathlib.Path,
    count: int = 64,
    *,
    seed: int = 0,
    labels: Sequence[int] = (),
    truncation: float = 0.0,
    aspect: float = 0.0,
) -> None:
    """Writes `samples` as 00000.png, 00001.png, ... into a folder that is complete or not there.

    No more than 64 images are in memory at a time.

    Args:
        module: as `hub_export.load.load` or `hub.load` gives it.
        folder: to make; it must not be there yet, or be empty.
        count, seed, labels, truncation: as in `samples`.
        aspect: width over height of the pictures; 0 for the model's own.

    Raises:
        UserError: if the folder is in use or cannot be written, the module draws points of the plane, or as `samples`.
    """
    about = facts(module)
    labels = checked(about, labels, seed, truncation, count=count)
    if grids.is_point(about.image_shape):
        raise UserError("the module draws points of the plane, which are no picture each; a grid plots them")
    require_new(folder)
    with replace_folder(folder, durable=False) as new:
        batches = _batches(module, count, seed, labels, truncation)
        if aspect:
            batches = (stretched(batch, aspect) for batch in batches)
        for i, image in enumerate(itertools.chain.from_iterable(batches)):
            (new / f"{i:05}.png").write_bytes(grids.encode_png(grids.to_uint8(image)))


def require_new(folder: pathlib.Path) -> None:
    """UserError if a folder cannot be made at its place, or something is there; an empty folder is nothing."""
    if folder.is_dir() and not any(folder.iterdir()):
        return
    if folder.exists() or folder.is_symlink():
        raise UserError(f"{folder} is there already; remove it, or give another place")
    require_writable(folder)


def _batches(module: Any, count: int, seed: int, labels: Sequence[int], truncation: float) -> Iterator[np.ndarray]:
    """Images float32 [up to 64, H, W, C], count in all."""
    for own, number, start in batch_seeds(count, seed):
        given = {"labels": [labels[i % len(labels)] for i in range(start, start + number)]} if labels else {}
        yield finite(module.generate(number, seed=own, truncation=truncation, **given))


def batch_seeds(count: int, seed: int) -> Iterator[tuple[int, int, int]]:
    """(seed, how many images, number of the first) of every batch of `count` images."""
    for batch, start in enumerate(range(0, count, BATCH)):
        yield seed + batch * _STRIDE, min(BATCH, count - start), start


def finite(made: tf.Tensor) -> np.ndarray:
    """The images, which would be black without a word if they were no numbers."""
    if not np.isfinite(made.numpy()).all():
        raise UserError("the module draws images that are not finite numbers; export it again, or another checkpoint")
    return made.numpy()


def _latents(prior: Prior, count: int, seed: int, truncation: float) -> np.ndarray:
    """What `module.generate` draws: float64 [count, length]."""
    drawn: np.ndarray = prior.draw_truncated(count, seed=seed, truncation=tf.constant(truncation, tf.float32)).numpy()
    return drawn.astype(np.float64)


def _sheet(pictures: np.ndarray, columns: int) -> np.ndarray:
    return grids.scatter(pictures) if grids.is_point(pictures.shape[1:]) else grids.grid(pictures, columns)


def checked(about: Facts, labels: Sequence[int], seed: int, truncation: float, **numbers: int) -> tuple[int, ...]:
    """The labels as Python's numbers; UserError for arguments that cannot be."""
    _positive(**numbers)
    if not 0 <= seed <= _MOST_SEED:
        raise UserError(f"seed is {seed}; it has to be 0 to {_MOST_SEED}")
    if not (truncation >= 0 and math.isfinite(truncation)):
        raise UserError(f"truncation is {truncation}; it has to be 0 (none) or more")
    found = []
    for label in labels:
        try:
            found.append(operator.index(label))
        except TypeError as error:
            raise UserError(f"labels are whole numbers, and not {label!r}") from error
    if found and not about.num_classes:
        raise UserError(_UNLABELLED)
    for label in found:
        if not 0 <= label < about.num_classes:
            raise _no_class(label, about)
    return tuple(found)


def _positive(**numbers: int) -> None:
    for name, number in numbers.items():
        if number < 1:
            raise UserError(f"{name} is {number}; it has to be 1 or more")
