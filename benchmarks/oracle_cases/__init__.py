"""Numbers of original programs against training steps of this product; one file for each kind of case.

A file defines `compare(case, comparison)`: it makes the case's networks the players of the product's GAN type, takes
the product's own steps (`_steps`), and hands what comes out to the comparison. What it cannot build yet it refuses with
`NotBuiltError`. To add a kind, add a file and a line to `FAMILIES`.
"""

from __future__ import annotations

import dataclasses
import importlib
import json
import logging
import pathlib
from typing import Any

import numpy as np
import tensorflow as tf

from benchmarks.oracle_cases._double import doubled

_log = logging.getLogger(__name__)

# What a case's JSON says under "system" or "kind" -> the file that compares it.
FAMILIES = {
    "AAE": "aae",
    "ADA augmentation pipeline": "ada",
    "AAE, semi-supervised": "aae_semi_supervised",
    "ACGAN": "class_labels",
    "ALI": "bigan",
    "BiGAN": "bigan",
    "BigBiGAN": "bigbigan",
    "BicycleGAN": "bicyclegan",
    "CCGAN": "ccgan",
    "CGAN with concatenated labels": "class_labels",
    "ClusterGAN": "clustergan",
    "CoGAN": "cogan",
    "Context Encoder": "context_encoder",
    "CycleGAN": "cyclegan",
    "DiscoGAN": "discogan",
    "DualGAN": "dualgan",
    "ESRGAN": "esrgan",
    "IcGAN": "icgan",
    "InfoGAN": "infogan",
    "InstaGAN": "instagan",
    "LAPGAN, class-conditional": "lapgan",
    "MUNIT": "munit",
    "O-GAN": "ogan",
    "PixelDA": "pixelda",
    "Progressive GAN": "pggan",
    "R3GAN forward and training steps": "r3gan",
    "SRGAN": "srgan",
    "StarGAN": "stargan",
    "StyleGAN (1)": "stylegan",
    "StyleGAN2 forward": "stylegan2_forward",
    "StyleGAN2 of the TensorFlow release": "stylegan2_growing",
    "StyleGAN2 training steps": "stylegan2",
    "TL-GAN": "tlgan",
    "UNIT": "munit",
    "VAE-GAN": "vae_gan",
    "feature matching": "devices",
    "historical averaging": "devices",
    "minibatch discrimination": "devices",
    "operators of StyleGAN2": "stylegan2_operators",
    "schedules and small formulas": "style_formulas",
    "scores of clusterings and encodings": "cluster_scores",
    "pix2pix": "pix2pix",
    "semi-supervised GAN with K outputs (Salimans et al. 2016): logsumexp form, feature matching, weight-normalised "
    "discriminator": "sgan",
    "semi-supervised GAN, softmax with a class for generated images (Odena 2016; Salimans et al. 2016, section 5, K+1 "
    "outputs)": "sgan",
    "text to image (GAN-INT-CLS)": "text_to_image",
    "virtual batch norm": "devices",
}


class NotBuiltError(Exception):
    """A case whose networks or rules are not among what there is; the text says which."""


@dataclasses.dataclass(frozen=True)
class Case:
    """One case: arrays, and all else that is known of it.

    Attributes:
        name: of both files.
        said: the JSON.
        arrays: the .npz, by name.
    """

    name: str
    said: dict[str, Any]
    arrays: dict[str, np.ndarray]

    @classmethod
    def read(cls, path: pathlib.Path) -> Case:
        """A case of its JSON's path; the .npz lies beside."""
        with np.load(path.with_suffix(".npz"), allow_pickle=False) as arrays:
            return cls(path.stem, json.loads(path.read_text(encoding="utf-8")), dict(arrays))

    def doubled(self) -> Case:
        """The same with float64 for float32."""
        is_single = {name: each.dtype == np.float32 for name, each in self.arrays.items()}
        wide = {name: each.astype(np.float64) for name, each in self.arrays.items() if is_single[name]}
        return dataclasses.replace(self, arrays=self.arrays | wide)

    @property
    def is_reduced(self) -> bool:
        """Whether it is a copy that lacks groups of arrays on purpose, to be small."""
        return bool(self.said.get("reduced"))

    def below(self, prefix: str) -> dict[str, np.ndarray]:
        """Arrays whose names begin so, by the rest of their names."""
        return {name.removeprefix(prefix): each for name, each in self.arrays.items() if name.startswith(prefix)}


@dataclasses.dataclass
class Comparison:
    """Collects differences; the largest is the one that is farthest beyond, or nearest to, what is allowed.

    Attributes:
        count: how many numbers were compared.
        share: the largest difference as a multiple of the allowed one.
        text: that difference in words.
    """

    count: int = 0
    share: float = -1.0
    text: str = "nothing was compared"

    def close(self, where: str, found: Any, expected: Any, *, rtol: float = 0.0, atol: Any = 0.0) -> None:
        """Takes note of numbers that may differ by atol + rtol |expected| each; atol may be an array of their shape."""
        found, expected = np.asarray(found, np.float64), np.asarray(expected, np.float64)
        if found.shape != expected.shape:
            self._worse(np.inf, f"{where} has shape {found.shape}, not {expected.shape}")
            return
        self.count += expected.size
        error = np.abs(found - expected).ravel()
        allowed = np.broadcast_to(atol + rtol * np.abs(expected), expected.shape).ravel()
        shares = np.where(np.isfinite(error), error / np.maximum(allowed, 1e-300), np.inf)
        if not shares.size:
            return
        place = int(np.argmax(shares))
        self._worse(float(shares[place]), f"largest error {error[place]:.1e} of {allowed[place]:.1e} at {where}")

    def equal_names(self, where: str, found: set[str], expected: set[str]) -> None:
        """Takes note of names that only one side has."""
        if other := found ^ expected:
            self._worse(np.inf, f"{where}: only one side has {', '.join(sorted(other)[:5])}")

    @property
    def is_ok(self) -> bool:
        """Whether anything was compared, and all of it was within what is allowed."""
        return self.count > 0 and self.share <= 1.0

    def _worse(self, share: float, text: str) -> None:
        if share > self.share:
            self.share, self.text = share, text


def compared(case: Case) -> Comparison:
    """All of a case against the product.

    In float32, as the product computes; a case that differs there by more than is allowed is computed in float64 as
    well, and that decides: behind a kink (a ReLU, a sign in Adam) rounding of some processors grows to any size, and in
    float64 it vanishes, while a mistake stays.

    Raises:
        NotBuiltError: if the case cannot be built yet.
    """
    kind = str(case.said.get("system") or case.said.get("kind"))
    if kind not in FAMILIES:
        raise NotBuiltError(f"there is no {kind}")
    family = importlib.import_module(f"{__name__}.{FAMILIES[kind]}")
    comparison = Comparison()
    family.compare(case, comparison)
    if comparison.is_ok or not np.isfinite(comparison.share):
        return comparison
    exact = Comparison()
    try:
        with doubled():
            family.compare(case.doubled(), exact)
    except (TypeError, ValueError, tf.errors.InvalidArgumentError) as error:  # something stayed float32
        _log.warning("%s cannot be computed in float64: %s", case.name, str(error).partition("\n")[0])
        return comparison
    exact.text = f"in float32 {comparison.text}; in float64 {exact.text}"
    return exact
