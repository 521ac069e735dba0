"""A loaded module's way from latents over w to images: truncation towards a center, files of w, sheets.

Modules of gan=stylegan and gan=stylegan2 have it; see `gans.style_abilities`.
"""

from __future__ import annotations

import dataclasses
import json
import pathlib
import zipfile
from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from compare_gan_tf2.errors import UserError
from compare_gan_tf2.files import replace_file
from compare_gan_tf2.hub_export import pairs, sample
from compare_gan_tf2.task_folder import style_grids

CENTERS = ("global", "class")
_NEEDED = (style_grids.MAP, style_grids.SYNTHESIZE, style_grids.TRUNCATE)
# Latents whose mean w is the center of a class, and their seed.
_OF_CLASS, _SEED_OF_CLASS = 10_000, 0


@dataclasses.dataclass(frozen=True)
class Truncation:
    """How near to a center w comes.

    Attributes:
        psi: factor on the distance from the center; 1 changes nothing.
        layers: how many of the first layers; 0 is all.
        center: "global", the mean of all w that training kept, or "class", the mean of 10,000 w of a row's class.
    """

    psi: float = 1.0
    layers: int = 0
    center: str = CENTERS[0]

    def said(self) -> str:
        """In words, as a task's protocol has it: "psi 0.7 of the first 8 layers, towards the class"."""
        of = f"the first {self.layers} layers" if self.layers else "all layers"
        return f"psi {self.psi:g} of {of}" + (", towards the class" if self.center == "class" else "")

    def center_said(self) -> str:
        """The center and the layers in words, without psi."""
        of = f"the first {self.layers} layers" if self.layers else "all layers"
        return ("the mean w of the image's class" if self.center == "class" else "the mean of all w") + f", of {of}"


UNTRUNCATED = Truncation()


def has_w(module: Any) -> bool:
    """Whether a loaded module maps latents to w."""
    return set(_NEEDED) <= _stated(module).keys()


def of_module(module: Any) -> Truncation:
    """How the w of all images that a loaded module generates are truncated: as its task's options say."""
    options = json.loads(module.options.numpy()) if hasattr(module, "options") else {}
    return Truncation(float(options.get("truncation_psi", 1.0)), int(options.get("truncation_cutoff", 0)))


def _stated(module: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(module.abilities.numpy()) if hasattr(module, "abilities") else {}
    return found


class Styled:
    """A module with w.

    Attributes:
        module: the loaded module.
        about: what it says of itself.
        layers: how many vectors a w has.
        length: of each.

    Args:
        module: as `hub_export.load.load` gives it.
        wanted: what it is asked for, for the error: "--psi".

    Raises:
        UserError: if the module has no w.
    """

    def __init__(self, module: Any, wanted: str):
        stated = _stated(module)
        if not has_w(module):
            raise UserError(
                f"{wanted} is for modules that map latents to w, those of gan=stylegan and gan=stylegan2; the "
                f"abilities of this one are: {', '.join(stated) or 'not told'}"
            )
        self.module, self.about = module, sample.facts(module)
        self.layers, self.length = stated[style_grids.SYNTHESIZE]["takes"]["ws"]["shape"]
        self._centers: dict[int, np.ndarray] = {}

    def mapped(self, z: np.ndarray, labels: np.ndarray | None = None) -> np.ndarray:
        """w float32 [N, layers, length] of latents [N, z_dim] and labels [N] of a conditional module."""
        inputs = [tf.constant(z, tf.float32)]
        inputs += [] if labels is None else [tf.constant(labels, tf.int32)]
        return np.asarray(self.module.map(*inputs))

    def images(self, ws: np.ndarray) -> np.ndarray:
        """Images float32 [N, H, W, C] in [0, 1] of ws float32 [N, layers, length].

        Raises:
            UserError: if they are no numbers.
        """
        parts = range(0, len(ws), sample.BATCH)
        return np.concatenate(
            [sample.finite(self.module.synthesize(tf.constant(ws[i : i + sample.BATCH]))) for i in parts]
        )

    def center(self) -> np.ndarray:
        """The mean of all w that training kept, float32 [length]."""
        w = tf.zeros([1, self.layers, self.length])
        return np.asarray(self.module.truncate(w, tf.zeros([1, self.layers])))[0, 0]

    def center_of_class(self, label: int) -> np.ndarray:
        """The mean of 10,000 w of a class, float32 [length]; always of the same latents."""
        if label not in self._centers:
            z = self.about.prior.draw_truncated(_OF_CLASS, seed=_SEED_OF_CLASS, truncation=0.0)
            ws = self.mapped(z, np.full(_OF_CLASS, label, np.int32))
            self._centers[label] = ws[:, 0].mean(axis=0, dtype=np.float64).astype(np.float32)
        return self._centers[label]

    def truncated(self, ws: np.ndarray, truncation: Truncation, labels: np.ndarray | None = None) -> np.ndarray:
        """ws nearer to the center that the truncation names, each to that of its own label."""
        return style_grids.nearer(ws, self.center_for(truncation, labels), truncation.psi, truncation.layers)

    def center_for(self, truncation: Truncation, labels: np.ndarray | None) -> np.ndarray:
        """The center float32 [length] of all rows, or [N, length] with one for each.

        Raises:
            UserError: for centers of classes of a module without classes, or more layers than there are.
        """
        if truncation.layers > self.layers:
            raise UserError(f"--cutoff is {truncation.layers}, and the module has {self.layers} layers with a w")
        if truncation.center != "class":
            return self.center()
        if labels is None:
            raise UserError("--center=class is for modules with classes; this one was trained without labels")
        return np.stack([self.center_of_class(int(label)) for label in labels])

    def all_drawn(self, count: int, seed: int, labels: Sequence[int] = (), bound: float = 0.0) -> Drawn:
        """Latents and their w; latents and labels are those of `sample.samples`.

        Args:
            count: how many.
            seed: of them.
            labels: of the rows in turn; random ones if empty, where there are classes.
            bound: keep latents within it; 0 for all of them.
        """
        chosen = sample.checked(self.about, labels, seed, bound, count=count)
        parts = [(z.numpy(), given) for z, given in pairs.latents(self.about, count, seed, chosen, bound)]
        ws = np.concatenate([self.mapped(z, given) for z, given in parts])
        classes = [given for _, given in parts if given is not None]
        return Drawn(ws, np.concatenate([z for z, _ in parts]), np.concatenate(classes) if classes else None)

    def read(self, path: pathlib.Path) -> Drawn:
        """The w of a file of `write`, or of one's own, with "w" [N, length] or [N, layers, length] in it, or "z".

        Raises:
            UserError: if it cannot be read, or its arrays do not fit.
        """
        try:
            with np.load(path, allow_pickle=False) as arrays:
                found = {name: np.asarray(arrays[name]) for name in ("w", "z", "labels") if name in arrays}
        except (OSError, ValueError, zipfile.BadZipFile) as error:
            raise UserError(f"{path} cannot be read as an .npz file of w: {error}") from error
        labels, z = found.get("labels"), found.get("z")
        if "w" in found:
            ws = np.asarray(found["w"], np.float32)
            ws = np.repeat(ws[:, None], self.layers, axis=1) if ws.ndim == 2 else ws
        elif z is not None and z.ndim == 2 and z.shape[1] == self.about.z_dim and len(z):
            if self.about.num_classes and labels is None:
                raise UserError(f"{path} has latents z without labels, and the module takes classes")
            ws = self.mapped(z, labels if self.about.num_classes else None)
        else:
            raise UserError(f"{path} has neither w nor latents z of {self.about.z_dim} numbers; see --save_latents")
        if ws.shape[1:] != (self.layers, self.length) or not len(ws) or not np.isfinite(ws).all():
            wanted = f"[N, {self.length}] or [N, {self.layers}, {self.length}]"
            raise UserError(f"w in {path} is {list(found.get('w', ws).shape)}; it has to be finite numbers {wanted}")
        return Drawn(ws, z, labels if self.about.num_classes else None)


@dataclasses.dataclass(frozen=True, eq=False)
class Drawn:
    """Some w.

    Attributes:
        ws: float32 [N, layers, length]; None of a module without w.
        z: latents [N, z_dim] that they are of; None if nobody knows.
        labels: int32 [N]; None without classes.
    """

    ws: np.ndarray | None
    z: np.ndarray | None = None
    labels: np.ndarray | None = None


def save(path: pathlib.Path, drawn: Drawn) -> None:
    """Writes "z", "w" and "labels", as far as they are known, to an .npz file that is complete or not there.

    Raises:
        UserError: if the file cannot be written.
    """
    arrays = {"w": drawn.ws, "z": drawn.z, "labels": drawn.labels}
    there: dict[str, Any] = {name: each for name, each in arrays.items() if each is not None}
    with replace_file(path) as file:
        np.savez(file, **there)
