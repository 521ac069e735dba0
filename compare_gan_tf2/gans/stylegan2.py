"""StyleGAN2: lazy regularization with R1 for the discriminator, path length for the generator (Karras et al. 2020)."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Mapping

import keras
import tensorflow as tf

from compare_gan_tf2.architectures.stylegan2 import StyleDiscriminator, StyleGenerator
from compare_gan_tf2.gans import (
    Ability,
    Optimizer,
    Outcome,
    Player,
    Rows,
    Stream,
    Term,
    Turn,
    style_abilities,
    style_mixing,
)
from compare_gan_tf2.gans.adversarial import labels_to_ask
from compare_gan_tf2.gans.augmenting import Augmenting
from compare_gan_tf2.gans.base import BaseGan
from compare_gan_tf2.runtime import draws
from compare_gan_tf2.runtime.draws import Seed
from compare_gan_tf2.runtime.replicas import global_mean

# Facts, read without importing this file.
HAS_LOGITS = False
AUGMENTS = True
NETWORKS = ("style_generator", "style_discriminator")
HONORS = (
    "activation_clamp", "channel_base", "d_shortcuts", "deviation_features", "deviation_group", "g_shortcuts",
    "label_mapping_layers", "mapping_layers", "path_length_interval", "path_length_weight", "r1_gamma",
    "r1_interval", "style_length", "style_mixing", "style_settings", "truncation_cutoff", "truncation_psi",
)  # fmt: skip
IMPLIES = {
    "architecture": "stylegan2", "beta1": 0.0, "beta2": 0.99, "g_normalization": "none", "judge": "apart",
    "loss": "none", "style_settings": "auto", "z_distribution": "normal",
}  # fmt: skip
# As the authors' program, which asks for the classes of the data in their numbers.
IMPLIES_OF_CONDITIONAL = {"fake_labels": "data"}
REQUIRES = {
    "d_normalization": ("none", "its discriminator has no place for one"),
    "d_weight_normalization": ("none", "its kernels are scaled already"),
    "disc_iters": (1, "its discriminator moves once a step"),
    "g_normalization": ("none", "its generator is normalized by demodulation"),
    "g_weight_normalization": ("none", "its kernels are scaled already"),
    "initializer": ("normal", "all its kernels are drawn from N(0, 1) and scaled in every call"),
    "initializer_stddev": (0.02, "it would have no effect on kernels that are drawn from N(0, 1)"),
    "judge": ("apart", "real and generated images are compared with their own kind"),
    "latents": ("fresh", "each of its updates has latents of its own"),
    "reference": ("none", "compare_gan did not have it"),
    "z_distribution": ("normal", "its latents are brought to one length"),
}
LEAST_BATCH = 2
ABILITIES = {
    "generate": (("z",), "images"), "map": (("z",), ""), "mix": (("ws", "other_ws", "shares"), ""),
    "synthesize": (("ws", "seed"), ""), "truncate": (("ws", "psi"), ""),
}  # fmt: skip
DRAWN = ("z", "seed", "other_ws", "psi", "shares", "ws")

# How fast the mean path length follows.
_PATH_LENGTH_DECAY = 0.01


class Gan(BaseGan):
    """Non-saturating losses, and separate updates for penalties every few steps, with accordingly larger weights.

    A step is the generator's update, its update on path lengths in every path_length_interval-th step, the
    discriminator's update, and its R1 update in every r1_interval-th step, starting with the first step. Updates on a
    penalty use the same Adam; its learning rate and decays are corrected for k + 1 updates in k steps, even if the
    penalty has weight 0. Penalties are for pixels in [-1, 1], R1 before augmentation.
    """

    measured_states = ("augmentation/probability", "path_length/mean")

    def setup(self) -> None:
        """Two players, images and their labels, latents and labels for them, and the mean path length."""
        options = self.options
        self.players["generator"] = Player(self.build_generator, "g", self.generators_average())
        self.players["discriminator"] = Player(self.build_discriminator, "d")
        self.streams["images"] = Stream(tf.TensorSpec([None, *self.dataset.image_shape]))
        self.streams["z"] = Stream(self.prior.spec, self.prior.rows)
        if self.num_classes:
            self.streams["labels"] = Stream(tf.TensorSpec([None], tf.int32))
            self.streams["drawn_labels"] = Stream(tf.TensorSpec([None], tf.int32), self._drawn_labels)
        if options.style_mixing:
            self.streams |= style_mixing.streams(self.prior)
        if options.path_length_weight:
            self.add_state("path_length/mean")
        self.streams |= style_abilities.streams(self.players["generator"].network)
        self.augmenting = Augmenting(self)
        for side, interval in (("g", options.path_length_interval), ("d", options.r1_interval)):
            self.optimizers[side] = lazy(self.optimizers[side], interval)

    def abilities(self, nets: Mapping[str, keras.Model]) -> dict[str, Ability]:
        """Also latents to w, w to images, mixing and truncation of w."""
        own = style_abilities.abilities(nets["generator"], conditional=bool(self.num_classes))
        return super().abilities(nets) | own

    def build_generator(self) -> keras.Model:
        """Mapping and synthesis."""
        shape = self.dataset.image_shape
        made: StyleGenerator = self.architecture.style_generator(shape, self.options, self.num_classes)
        return made

    def build_discriminator(self) -> keras.Model:
        """The discriminator, which compares images of a batch."""
        shape = self.dataset.image_shape
        made: StyleDiscriminator = self.architecture.style_discriminator(shape, self.options, self.num_classes)
        return made

    def turns(self) -> list[Turn]:
        """Generator, path length, discriminator, R1; all of them on whole batches, whose images are compared."""
        options = self.options
        g, d = ("generator",), ("discriminator",)
        # The labels that all turns see are those of the step's only batch.
        main = Turn(g, self.g, "generator", reads="discriminator", whole=True)
        length = Turn(
            g, self.path_length, "path_length", reads="discriminator", rows=options.batch_size // 2, whole=True,
            when=every(options.path_length_interval), after=self.follow,
        )  # fmt: skip
        after = self.augmenting.adapt if self.augmenting.adapts else None
        r1 = Turn(d, self.r1, "r1", reads="discriminator", whole=True, when=every(options.r1_interval))
        return [
            main,
            *([length] if options.path_length_weight else []),
            Turn(d, self.d, "discriminator", whole=True, after=after),
            *([r1] if options.r1_gamma else []),
        ]

    def g(
        self,
        z: tf.Tensor,
        labels: tf.Tensor | None = None,
        drawn_labels: tf.Tensor | None = None,
        other_z: tf.Tensor | None = None,
        mixing: tf.Tensor | None = None,
    ) -> Outcome:
        """-log D(G(z))."""
        asked = self._asked(labels, drawn_labels)
        fake = self.generated(z, asked, other_z, mixing)
        return {"loss/g": tf.reduce_mean(tf.nn.softplus(-self._logits(fake, asked, "fake")))}

    def d(
        self,
        images: tf.Tensor,
        z: tf.Tensor,
        labels: tf.Tensor | None = None,
        drawn_labels: tf.Tensor | None = None,
        other_z: tf.Tensor | None = None,
        mixing: tf.Tensor | None = None,
    ) -> Outcome:
        """-log D(x) - log(1 - D(G(z)))."""
        asked = self._asked(labels, drawn_labels)
        fake = tf.stop_gradient(self.generated(z, asked, other_z, mixing))
        of_fake = self._logits(fake, asked, "fake")
        of_real = self._logits(2.0 * images - 1.0, labels, "real")
        terms: dict[str, tf.Tensor | Rows] = {
            "loss/d_fake": tf.reduce_mean(tf.nn.softplus(of_fake)),
            "loss/d_real": tf.reduce_mean(tf.nn.softplus(-of_real)),
        }
        return terms | ({"real_logits": Rows(of_real)} if self.augmenting.adapts else {})

    def r1(self, images: tf.Tensor, labels: tf.Tensor | None = None) -> Outcome:
        """The squared slope at real images."""
        real = 2.0 * images - 1.0
        with tf.GradientTape() as tape:
            tape.watch(real)
            logits = self._logits(real, labels, "real")
        squares = tf.reduce_sum(tf.square(tape.gradient(logits, real)), axis=[1, 2, 3])
        weight = self.options.r1_interval * self.options.r1_gamma / 2.0
        return {"loss/r1": Term(tf.reduce_mean(squares), weight), **measured_interval("r1", self.options.r1_interval)}

    def path_length(
        self,
        z: tf.Tensor,
        path_length_mean: tf.Tensor,
        labels: tf.Tensor | None = None,
        drawn_labels: tf.Tensor | None = None,
        other_z: tf.Tensor | None = None,
        mixing: tf.Tensor | None = None,
    ) -> Outcome:
        """How far the lengths |J^T n| of a step along w are from their mean, n noise of the image's size.

        The mean is the one that has followed these lengths already, and the gradient goes through it.
        """
        ws = self._styles(z, self._asked(labels, drawn_labels), other_z, mixing)
        synthesized = functools.partial(self.players["generator"].network.synthesized, training=True)
        lengths = path_lengths(synthesized, ws)
        mean = followed(path_length_mean, global_mean(tf.reduce_mean(lengths)))
        weight = self.options.path_length_interval * self.options.path_length_weight
        return {
            "loss/path_length": Term(tf.reduce_mean(tf.square(lengths - mean)), weight),
            "lengths": Rows(lengths),
            **measured_interval("path_length", self.options.path_length_interval),
        }

    def follow(self, lengths: tf.Tensor, path_length_mean: tf.Tensor) -> dict[str, tf.Tensor]:
        """The mean path length after this turn's."""
        return {"path_length/mean": followed(path_length_mean, tf.reduce_mean(lengths))}

    def generated(
        self, z: tf.Tensor, labels: tf.Tensor | None, other_z: tf.Tensor | None, mixing: tf.Tensor | None
    ) -> tf.Tensor:
        """Images [B, R, R, C] around [-1, 1] of a training step."""
        ws = self._styles(z, labels, other_z, mixing)
        images: tf.Tensor = self.players["generator"].network.synthesized(ws, training=True)
        return images

    def _styles(
        self, z: tf.Tensor, labels: tf.Tensor | None, other_z: tf.Tensor | None, mixing: tf.Tensor | None
    ) -> tf.Tensor:
        """A w for every layer [B, styles, n]."""
        network = self.players["generator"].network
        return style_mixing.styles(
            network, z, labels, other_z, mixing, how_often=self.options.style_mixing, layers=network.styles
        )

    def _logits(self, images: tf.Tensor, labels: tf.Tensor | None, half: str) -> tf.Tensor:
        """Of images around [-1, 1], as they are augmented; half is "real" or "fake"."""
        logits, _ = self.players["discriminator"](self.augmenting(0.5 * images + 0.5, half), labels)
        return logits

    def _asked(self, labels: tf.Tensor | None, drawn: tf.Tensor | None) -> tf.Tensor | None:
        """Classes of generated images: any, or those of the batch, which are drawn from the data."""
        if labels is None or drawn is None:
            return None
        from_data = self.options.fake_labels == "data"
        return labels_to_ask(labels, drawn, from_data=from_data, num_classes=self.num_classes)

    def _drawn_labels(self, count: int, purpose: str, seed: Seed) -> tf.Tensor:
        return seed.labels(f"{purpose}/labels", count, self.num_classes)


def path_lengths(synthesized: Callable[[tf.Tensor], tf.Tensor], ws: tf.Tensor) -> tf.Tensor:
    """Lengths float32 [B] of slopes of images along w, projected on noise of the images' size.

    Args:
        synthesized: of ws images [B, S, S, C] around [-1, 1].
        ws: float32 [B, styles, n].
    """
    with tf.GradientTape() as tape:
        tape.watch(ws)
        images = synthesized(ws)
        noise = draws.rows_of("normal", "pixels", list(images.shape))
        projected = tf.reduce_sum(images * noise) / float(images.shape[1] * images.shape[2]) ** 0.5
    slopes = tape.gradient(projected, ws)
    return tf.sqrt(tf.reduce_mean(tf.reduce_sum(tf.square(slopes), axis=2), axis=1))


def every(interval: int) -> Callable[[int], bool]:
    """A turn's `when`: in the first step, and in every interval-th one from there."""
    return lambda step: (step - 1) % interval == 0


def measured_interval(penalty: str, interval: int) -> dict[str, Term]:
    """Beside a lazy penalty in the measurements, every how many steps it is taken; nothing moves by it."""
    return {f"{penalty}/interval": Term(tf.constant(float(interval)), 0.0)}


def followed(mean: tf.Tensor, batch: tf.Tensor) -> tf.Tensor:
    """The mean path length after a batch's mean."""
    return mean + _PATH_LENGTH_DECAY * (batch - mean)


def lazy(said: Optimizer, interval: int) -> Optimizer:
    """An optimizer with one update more in every `interval` steps, PyTorch's Adam; what is not reached decays."""
    share = interval / (interval + 1)
    if callable(said.rate) or callable(said.beta1) or callable(said.beta2):
        raise ValueError("a lazy optimizer has a rate and betas that are numbers")
    return dataclasses.replace(
        said, rate=said.rate * share, beta1=said.beta1**share, beta2=said.beta2**share, corrects_epsilon=True,
        unreached="zero",
    )  # fmt: skip
