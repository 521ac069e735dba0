"""Files of LPIPS weights: an .npz of arrays by the names that they were published with (no TensorFlow)."""

from __future__ import annotations

import hashlib
import pathlib
import re
from collections.abc import Mapping

import numpy as np

from compare_gan_tf2.errors import UserError
from compare_gan_tf2.files import add_to_digest

# Names in the state of the published module, and those of torchvision's network and of the published heads.
_OTHER_NAMES = (
    (re.compile(r"net\.slice\d+\.(\d+)\.(weight|bias)"), r"features.\1.\2"),
    (re.compile(r"lins\.(\d+)\.model\.1\.weight"), r"lin\1.model.1.weight"),
)


def recipe(network: str) -> str:
    """A command that writes a network's file with the published package."""
    return (
        f"python -c \"import lpips, numpy; numpy.savez('{network}.npz', "
        f"**{{k: v.numpy() for k, v in lpips.LPIPS(net='{network}').state_dict().items()}})\""
    )


def digits(path: pathlib.Path) -> str:
    """First eight digits of a file's SHA-256."""
    digest = hashlib.sha256()
    add_to_digest(digest, path)
    return digest.hexdigest()[:8]


def read(path: pathlib.Path, shapes: Mapping[str, tuple[int, ...]]) -> dict[str, np.ndarray]:
    """float64 arrays by name; others that the file may have, as a classifier's last layers, are not looked at.

    Args:
        path: an .npz of arrays in PyTorch's order, by torchvision's names (features.0.weight [out, in, height, width],
            features.0.bias [out]) and those of the published heads (lin0.model.1.weight [1, channels, 1, 1]), or by
            their names in the state of the module lpips.LPIPS (net.slice1.0.weight, lins.0.model.1.weight).
        shapes: the arrays that there have to be, by the former names.

    Raises:
        UserError: if the file cannot be read, or an array is missing, has another shape or is not finite.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            names = {_published(name): name for name in file.files}
            arrays = {name: np.asarray(file[names[name]]) for name in shapes if name in names}
    except Exception as error:  # a damaged archive raises one of many types
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise UserError(f"LPIPS weights {path} cannot be read: {reason}") from error
    for name, shape in shapes.items():
        if name not in arrays:
            raise UserError(f"LPIPS weights {path} have no {name}, and have to have it of shape {shape}")
        array = arrays[name]
        if array.shape != shape or array.dtype.kind != "f":
            raise UserError(f"LPIPS weights {path}: {name} is {array.dtype} {array.shape}, not floats {shape}")
        if not np.isfinite(array).all():
            raise UserError(f"LPIPS weights {path}: {name} is not finite")
    return {name: array.astype(np.float64) for name, array in arrays.items()}


def _published(name: str) -> str:
    for pattern, replacement in _OTHER_NAMES:
        if pattern.fullmatch(name):
            return pattern.sub(replacement, name)
    return name
