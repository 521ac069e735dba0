"""Stores generated images beside the latents that they are of, as a file that can be trained on."""

from __future__ import annotations

import pathlib
import zipfile
from collections.abc import Iterator, Sequence
from typing import IO, Any

import numpy as np
import tensorflow as tf

from compare_gan_tf2.errors import UserError
from compare_gan_tf2.files import replace_file, require_writable
from compare_gan_tf2.hub_export import sample
from compare_gan_tf2.runtime.prior import draw_labels
from compare_gan_tf2.task_folder import grids


def write(
    module: Any,
    path: pathlib.Path,
    count: int = 64,
    *,
    seed: int = 0,
    labels: Sequence[int] = (),
    truncation: float = 0.0,
) -> None:
    """Writes pairs to an .npz file that is complete or not there.

    Its arrays are "images", uint8 [count, H, W, C], the images of `sample.samples`; "z", float32 [count, z_dim]; and of
    a module with classes "labels", int32 [count]. As a data set it has the column "z" beside its images, which a GAN
    type reads as `Stream(tf.TensorSpec([None, z_dim]), column="z")`: what encoders of a finished generator are trained
    on (Perarnau et al. 2016). No more than 64 images are in memory at a time.

    Args:
        module, count, seed, labels, truncation: as of `sample.samples`.
        path: of the file, which is replaced.

    Raises:
        UserError: if the file cannot be written, or as `sample.samples`.
    """
    about = sample.facts(module)
    labels = sample.checked(about, labels, seed, truncation, count=count)
    if grids.is_point(about.image_shape):
        raise UserError("the module draws points of the plane, which are no pictures; pairs are of pictures")
    require_writable(path)
    latents, classes = list[np.ndarray](), list[np.ndarray]()
    with replace_file(path) as file, zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        with archive.open("images.npy", "w", force_zip64=True) as images:
            _head(images, (count, *about.image_shape), np.dtype(np.uint8))
            for made, z, given in _batches(module, about, count, seed, labels, truncation):
                images.write(grids.to_uint8(made).tobytes())
                latents.append(z)
                classes += [] if given is None else [given]
        for name, parts in (("z", latents), ("labels", classes)):
            if parts:
                with archive.open(f"{name}.npy", "w", force_zip64=True) as array:
                    np.lib.format.write_array(array, np.concatenate(parts), allow_pickle=False)


def latents(
    about: sample.Facts, count: int, seed: int, labels: Sequence[int] = (), truncation: float = 0.0
) -> Iterator[tuple[tf.Tensor, np.ndarray | None]]:
    """Latents float32 [B, z_dim] of `sample.samples` and their labels int32 [B] or None, at most 64 at a time.

    Args:
        about: the module.
        count, seed, labels, truncation: as of `sample.samples`, and in their ranges.
    """
    for own, number, start in sample.batch_seeds(count, seed):
        z = about.prior.draw_truncated(number, seed=own, truncation=tf.constant(truncation, tf.float32))
        given = None
        if about.num_classes and labels:
            given = np.array([labels[i % len(labels)] for i in range(start, start + number)], np.int32)
        elif about.num_classes:
            given = draw_labels(number, own, about.num_classes).numpy()
        yield z, given


def _batches(
    module: Any, about: sample.Facts, count: int, seed: int, labels: Sequence[int], truncation: float
) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray | None]]:
    """Images, their latents, and their labels or None, at most 64 at a time."""
    for z, given in latents(about, count, seed, labels, truncation):
        made = sample.finite(module(z) if given is None else module(z, tf.constant(given)))
        yield made, z.numpy(), given


def _head(file: IO[bytes], shape: tuple[int, ...], dtype: np.dtype) -> None:
    about = {"descr": np.lib.format.dtype_to_descr(dtype), "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(file, about)
