"""Priors that are shapes in the plane, in parts: a star of Gaussians, a swiss roll (Makhzani et al. 2015, section 2.3).

An adversarial autoencoder can make codes like any prior that can be drawn from; with labels every class gets a part.
"""

from __future__ import annotations

import dataclasses
import math
import re

import numpy as np
import tensorflow as tf

from compare_gan_tf2.runtime.draws import Seed, Share
from compare_gan_tf2.runtime.prior import Prior

GAUSSIANS, SWISS_ROLL = "gaussians", "swiss_roll"
# Of a Gaussian: how far its mean is from the middle, and its deviations along the ray there and across.
_CENTER, _ALONG, _ACROSS = 1.4, 0.5, 0.05
# Of the roll: the distance of its end from the middle, and its angle there.
_RADIUS, _ANGLE = 3.0, 4.0 * math.pi
_TEXT = re.compile(rf"({GAUSSIANS}|{SWISS_ROLL}) (\d+)")
# 0 and 1 are the keys of other latents and of labels.
_KEY_OF_PARTS = 2


@dataclasses.dataclass(frozen=True)
class Shape(Prior):
    """Points of one of the shapes. Made by `of_parts` or `of_text`.

    Attributes:
        distribution: the kind and the number of parts: "gaussians 10".
        length: 2.
    """

    @classmethod
    def of_parts(cls, kind: str, parts: int) -> Shape:
        """The shape of a kind, "gaussians" or "swiss_roll", in so many parts."""
        return cls(f"{kind} {parts}", 2)

    @classmethod
    def of_text(cls, text: str) -> Shape | None:
        """The shape whose distribution a text is; None if it is that of another prior."""
        return cls(text, 2) if _TEXT.fullmatch(text) else None

    @property
    def kind(self) -> str:
        """Of the shape."""
        return self.distribution.split()[0]

    @property
    def parts(self) -> int:
        """Gaussians, or pieces of the roll."""
        return int(self.distribution.split()[1])

    @property
    def bounds(self) -> tuple[float, float] | None:
        return None

    @property
    def is_normal(self) -> np.ndarray:
        return np.zeros(self.length, bool)

    def points(self, parts: tf.Tensor, places: tf.Tensor) -> tf.Tensor:
        """Points float32 [B, 2].

        Args:
            parts: which they are in, whole numbers [B] from 0.
            places: where in them, as `places` draws them, float32 [B, 2].
        """
        part = tf.cast(parts, tf.float32)
        if self.kind == SWISS_ROLL:
            share = tf.sqrt((0.5 + 0.5 * places[:, 0] + part) / self.parts)
            angle, radius = _ANGLE * share, _RADIUS * share
            return tf.stack([radius * tf.cos(angle), radius * tf.sin(angle)], 1)
        angle = 2.0 * math.pi * part / self.parts
        along, across = _CENTER + _ALONG * places[:, 0], _ACROSS * places[:, 1]
        cos, sin = tf.cos(angle), tf.sin(angle)
        return tf.stack([along * cos - across * sin, along * sin + across * cos], 1)

    def places(self, count: int, purpose: str, seed: Seed) -> tf.Tensor:
        """Places in parts of a whole batch, float32 [count, 2]; see `gans.Stream.draw`."""
        return seed.draw(self._noise, f"{purpose}/z/places", [count, 2])

    def drawn_parts(self, count: int, purpose: str, seed: Seed) -> tf.Tensor:
        """Parts of a whole batch, all equally likely, int32 [count]; likewise."""
        return seed.labels(f"{purpose}/z/parts", count, self.parts)

    def rows(self, count: int, purpose: str, seed: Seed) -> tf.Tensor:
        return self.points(self.drawn_parts(count, purpose, seed), self.places(count, purpose, seed))

    def draw(self, count: int, purpose: str, *, seed: int, step: tf.Tensor | int) -> tf.Tensor:
        share = Share()
        return share.cut(self.rows(share.rows(count), purpose.removesuffix("/z"), Seed.of(seed, step)))

    def draw_truncated(
        self, count: tf.Tensor | int, *, seed: tf.Tensor | int, truncation: tf.Tensor | float, key: int = 0
    ) -> tf.Tensor:
        """As of `Prior`; parts stay where they are, and a truncation keeps points near the middles of theirs."""
        pair = tf.stack([tf.cast(seed, tf.int64), tf.constant(_KEY_OF_PARTS + key, tf.int64)])
        parts = tf.random.stateless_uniform([count], pair, 0, self.parts, tf.int32, alg="philox")
        places = Prior(self._noise, 2).draw_truncated(count, seed=seed, truncation=truncation, key=key)
        return self.points(parts, places)

    @property
    def _noise(self) -> str:
        """The distribution of places."""
        return "uniform" if self.kind == SWISS_ROLL else "normal"
