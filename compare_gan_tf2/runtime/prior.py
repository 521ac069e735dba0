"""The prior: the distribution of the latents that a generator makes images of."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import tensorflow as tf

from compare_gan_tf2.options import Options
from compare_gan_tf2.runtime import draws

# The support, by distribution.
_BOUNDS: dict[str, tuple[float, float] | None] = {
    "uniform": (-1.0, 1.0),
    "normal": None,
    "truncated": (-2.0, 2.0),
}
# Beyond so many deviations no latent lies; a number, because the error function of infinity is none in TensorFlow.
_FARTHEST = 10.0
# Short of 1, where the inverse of the error function is infinite.
_WIDEST_SHARE = 1.0 - 2.0**-53


def draw_labels(count: tf.Tensor | int, seed: tf.Tensor | int, num_classes: int) -> tf.Tensor:
    """Labels int32 [count] of any classes, as an exported module draws them beside `Prior.draw_truncated`."""
    pair = tf.stack([tf.cast(seed, tf.int64), tf.constant(1, tf.int64)])
    return tf.random.stateless_uniform([count], pair, 0, num_classes, tf.int32, alg="philox")


@dataclasses.dataclass(frozen=True)
class Prior:
    """Independent numbers of one distribution; training, grids, evaluation and exported modules all draw from it.

    Attributes:
        distribution: "uniform" on [-1, 1), "normal" with mean 0 and variance 1, or "truncated": normal, drawn again
            beyond two deviations (Brock et al. 2018, section 3.1).
        length: of one latent vector, as the generator takes it: the option z_dim, of gan=multigan as many for each
            object and for the background.
    """

    distribution: str
    length: int

    @classmethod
    def of(cls, options: Options, length: int) -> Prior:
        """The prior of a task whose generator takes latents of this length."""
        return cls(options.z_distribution, length)

    @property
    def bounds(self) -> tuple[float, float] | None:
        """(lowest, highest) of the support; None where it is unbounded."""
        return _BOUNDS[self.distribution]

    @property
    def spec(self) -> tf.TensorSpec:
        """Of latents in any number: float32 [None, length]."""
        return tf.TensorSpec([None, self.length], tf.float32, "z")

    @property
    def is_normal(self) -> np.ndarray:
        """bool [length]: which numbers are normal, so that a mean of two of them has a smaller variance."""
        return np.full(self.length, self.distribution != "uniform")

    def draw(self, count: int, purpose: str, *, seed: int, step: tf.Tensor | int) -> tf.Tensor:
        """This replica's share float32 [count, length] of latents for a purpose; see `draws.draw`."""
        return draws.draw(self.distribution, purpose, [count, self.length], seed=seed, step=step)

    def rows(self, count: int, purpose: str, seed: draws.Seed) -> tf.Tensor:
        """Latents of a whole batch in a training step, float32 [count, length]; see `gans.Stream.draw`."""
        return seed.draw(self.distribution, f"{purpose}/z", [count, self.length])

    def draw_with_labels(
        self, count: int, purpose: str, num_classes: int, *, seed: int, step: tf.Tensor | int
    ) -> tuple[tf.Tensor, tf.Tensor | None]:
        """This replica's share of latents and of labels drawn uniformly: all that a generator takes.

        Args:
            count: how many, of this replica.
            purpose: what they are for; the latents' own is `purpose`/z, the labels' `purpose`/labels.
            num_classes: of the labels; 0 for a generator that takes none.
            seed, step: as in `draws.draw`.

        Returns:
            Latents float32 [count, length], and labels int32 [count], or None without classes.
        """
        z = self.draw(count, f"{purpose}/z", seed=seed, step=step)
        if not num_classes:
            return z, None
        return z, draws.draw_labels(f"{purpose}/labels", count, num_classes, seed=seed, step=step)

    def draw_truncated(
        self, count: tf.Tensor | int, *, seed: tf.Tensor | int, truncation: tf.Tensor | float, key: int = 0
    ) -> tf.Tensor:
        """Latents from the prior, or, if truncation is positive, from the part of it within [-truncation, truncation].

        That is the truncation trick of «Large Scale GAN Training for High Fidelity Natural Image Synthesis» (Brock et
        al. 2018, section 3.1): draws beyond the threshold are drawn again. For a uniform prior it shrinks the range.
        Exported modules draw so: count and seed may be tensors. A seed gives other numbers here than in `draw`.

        Args:
            count: how many; int32 if it is a tensor.
            seed: int64 if it is a tensor.
            truncation: 0 for all of the prior; float32 if it is a tensor.
            key: other keys give independent numbers; 1 is that of labels.

        Returns:
            float32 [count, length], functions of the arguments alone.
        """
        pair = tf.stack([tf.cast(seed, tf.int64), tf.constant(key, tf.int64)])
        shape = [count, self.length]
        widest = self.bounds[1] if self.bounds else _FARTHEST
        bound = tf.where(truncation > 0, tf.minimum(truncation, widest), widest)
        if self.distribution == "uniform":
            return tf.random.stateless_uniform(shape, pair, -1.0, 1.0, alg="philox") * bound
        # The inverse of the distribution function takes a uniform share to a normal within the bound. In float64, for
        # in the tails a float32 share is 1 already.
        mass = tf.math.erf(tf.cast(bound, tf.float64) / math.sqrt(2))
        share = tf.random.stateless_uniform(shape, pair, -1.0, 1.0, tf.float64, alg="philox")
        inner = tf.math.erfinv(tf.clip_by_value(share * mass, -_WIDEST_SHARE, _WIDEST_SHARE)) * math.sqrt(2)
        return tf.cast(inner, tf.float32)
