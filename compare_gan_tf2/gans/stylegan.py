"""StyleGAN: style mixing, logistic loss with R1, networks that can grow (Karras et al. 2019)."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping

import keras
import tensorflow as tf

from compare_gan_tf2.architectures.growing_discriminators import GrowingDiscriminator
from compare_gan_tf2.architectures.stylegan import MixingGenerator
from compare_gan_tf2.gans import Ability, Outcome, Rows, Term, Turn, style_abilities, style_mixing
from compare_gan_tf2.gans.growing import GrowingGan, fade_at, slope_squares
from compare_gan_tf2.gans.stylegan2 import followed, lazy, measured_interval, path_lengths
from compare_gan_tf2.options.growing import Level
from compare_gan_tf2.runtime.replicas import global_mean

# Facts, read without importing this file.
HAS_LOGITS = False
NETWORKS = ("mixing_generator", "smoothing_discriminator")
HONORS = (
    "g_conditioning", "growing_batch_sizes", "growing_fade_kimg", "growing_from", "growing_rates",
    "growing_stable_kimg", "mapping_layers", "path_length_interval", "path_length_weight", "r1_gamma",
    "r1_interval", "style_length", "style_mixing", "truncation_cutoff", "truncation_psi",
)  # fmt: skip
IMPLIES = {
    "architecture": "stylegan", "beta1": 0.0, "beta2": 0.99, "d_conditioning": "projection", "d_learning_rate": 0.001,
    "ema_kimg": 10.0, "g_conditioning": "concatenation", "g_learning_rate": 0.001, "g_normalization": "none",
    "growing_from": 8, "judge": "apart", "loss": "none", "path_length_weight": 0.0, "r1_interval": 1, "z_dim": 512,
    "z_distribution": "normal",
}  # fmt: skip
IMPLIES_OF_CONDITIONAL = {"fake_labels": "data"}
REQUIRES = {
    "d_conditioning": ("projection", "its discriminator has a logit for every class"),
    "d_normalization": ("none", "its discriminator has no place for one"),
    "d_weight_normalization": ("none", "its kernels are scaled already"),
    "disc_iters": (1, "its discriminator moves once a step"),
    "g_conditioning": ("concatenation", "its mapping gets labels with the latents"),
    "g_normalization": ("none", "its generator is normalized by instance"),
    "g_weight_normalization": ("none", "its kernels are scaled already"),
    "initializer": ("normal", "all its kernels are drawn from N(0, 1) and scaled in every call"),
    "initializer_stddev": (0.02, "it would have no effect on kernels that are drawn from N(0, 1)"),
    "judge": ("apart", "real and generated images are compared with their own kind"),
    "label_fraction": (1.0, "generated images are asked for with the labels of real ones"),
    "labels_per_class": (0, "generated images are asked for with the labels of real ones"),
    "latents": ("fresh", "each of its updates has latents of its own"),
    "reference": ("none", "compare_gan did not have it"),
    "z_distribution": ("normal", "its latents are brought to one length"),
}
ABILITIES = {
    "generate": (("z",), "images"), "map": (("z",), ""), "mix": (("ws", "other_ws", "shares"), ""),
    "synthesize": (("ws", "seed"), ""), "truncate": (("ws", "psi"), ""),
}  # fmt: skip
DRAWN = ("z", "seed", "other_ws", "psi", "shares", "ws")


class Gan(GrowingGan):
    """One update of the discriminator with R1, then one of the generator with its own latents and labels.

    Both use non-saturating logistic losses; gradients are for pixels in [-1, 1] at full size, at every level. With
    r1_interval above 1, R1 has separate updates, and with a path_length_weight so have path lengths, as in StyleGAN2;
    the optimizer of a network with such updates is corrected for them.
    """

    measured_states = ("path_length/mean",)

    def setup(self) -> None:
        """As all that grow, and a second set of latents whose styles are mixed in."""
        options = self.options
        if options.r1_interval > 1:
            self.optimizers["d"] = lazy(self.optimizers["d"], options.r1_interval)
        if options.path_length_weight:
            self.optimizers["g"] = lazy(self.optimizers["g"], options.path_length_interval)
            self.add_state("path_length/mean")
        super().setup()
        self.streams |= style_abilities.streams(self.players["generator"].network)
        if self.options.style_mixing:
            self.streams |= style_mixing.streams(self.prior)

    def abilities(self, nets: Mapping[str, keras.Model]) -> dict[str, Ability]:
        """Also latents to w, w to images, mixing and truncation of w."""
        own = style_abilities.abilities(nets["generator"], conditional=bool(self.num_classes))
        return super().abilities(nets) | own

    def build_generator(self) -> keras.Model:
        """Mapping and synthesis."""
        made: MixingGenerator = self.architecture.mixing_generator(
            self.dataset.image_shape, self.options, self.num_classes
        )
        return made

    def build_discriminator(self) -> keras.Model:
        """The discriminator, which compares images of a batch."""
        made: GrowingDiscriminator = self.architecture.smoothing_discriminator(
            self.dataset.image_shape, self.options, self.num_classes
        )
        return made

    def level_turns(self, level: Level, when: Callable[[int], bool]) -> list[Turn]:
        """The discriminator's update, and the generator's."""
        options, rows = self.options, level.batch
        d, g = ("discriminator",), ("generator",)
        r1 = Turn(
            d, functools.partial(self.r1, level), "r1", reads="discriminator", rows=rows, whole=True,
            when=self.due(level, options.r1_interval),
        )  # fmt: skip
        length = Turn(
            g, functools.partial(self.path_length, level), "path_length", rows=max(1, rows // 2), whole=True,
            when=self.due(level, options.path_length_interval), after=self.follow,
        )  # fmt: skip
        return [
            Turn(d, functools.partial(self.d, level), "discriminator", rows=rows, whole=True, when=when),
            *([r1] if options.r1_gamma and options.r1_interval > 1 else []),
            Turn(g, functools.partial(self.g, level), "generator", rows=rows, whole=True, when=when),
            *([length] if options.path_length_weight else []),
        ]

    def d(
        self,
        level: Level,
        images: tf.Tensor,
        z: tf.Tensor,
        step: tf.Tensor,
        labels: tf.Tensor | None = None,
        other_z: tf.Tensor | None = None,
        mixing: tf.Tensor | None = None,
    ) -> Outcome:
        """-log D(x) - log(1 - D(G(z))), and R1 unless it has updates of its own.

        Generated images are asked for with the labels of the real ones.
        """
        real, fade = self.real(level, images, step), fade_at(level, step)
        fake = tf.stop_gradient(self._generated(level, z, labels, other_z, mixing, fade))
        terms = {
            "loss/d_fake": Term(tf.reduce_mean(tf.nn.softplus(self._logits(level, fake, labels, fade)))),
        }
        if self.options.r1_gamma and self.options.r1_interval == 1:
            of_real, terms["loss/r1"] = self._with_slopes(level, real, labels, fade)
        else:
            of_real = self._logits(level, real, labels, fade)
        terms["loss/d_real"] = Term(tf.reduce_mean(tf.nn.softplus(-of_real)))
        return terms

    def r1(self, level: Level, images: tf.Tensor, step: tf.Tensor, labels: tf.Tensor | None = None) -> Outcome:
        """The squared slope at real images."""
        real, fade = self.real(level, images, step), fade_at(level, step)
        penalty = self._with_slopes(level, real, labels, fade)[1]
        return {"loss/r1": penalty, **measured_interval("r1", self.options.r1_interval)}

    def path_length(
        self,
        level: Level,
        z: tf.Tensor,
        step: tf.Tensor,
        path_length_mean: tf.Tensor,
        labels: tf.Tensor | None = None,
        other_z: tf.Tensor | None = None,
        mixing: tf.Tensor | None = None,
    ) -> Outcome:
        """How far lengths of slopes along w are from their mean, as of gan=stylegan2."""
        network, fade = self.players["generator"].network, fade_at(level, step)

        def synthesized(ws: tf.Tensor) -> tf.Tensor:
            images: tf.Tensor = network.synthesized(ws, level.level, fade, training=True)
            return images

        lengths = path_lengths(synthesized, self._styles(level, z, labels, other_z, mixing))
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

    def g(
        self,
        level: Level,
        z: tf.Tensor,
        step: tf.Tensor,
        labels: tf.Tensor | None = None,
        other_z: tf.Tensor | None = None,
        mixing: tf.Tensor | None = None,
    ) -> Outcome:
        """-log D(G(z)); labels are those of rows that are drawn for it alone."""
        fade = fade_at(level, step)
        fake = self._generated(level, z, labels, other_z, mixing, fade)
        return {"loss/g": tf.reduce_mean(tf.nn.softplus(-self._logits(level, fake, labels, fade)))}

    def _generated(
        self,
        level: Level,
        z: tf.Tensor,
        labels: tf.Tensor | None,
        other_z: tf.Tensor | None,
        mixing: tf.Tensor | None,
        fade: tf.Tensor | None,
    ) -> tf.Tensor:
        """Images [B, S, S, C] around [-1, 1] of a level's side."""
        ws = self._styles(level, z, labels, other_z, mixing)
        images: tf.Tensor = self.players["generator"].network.synthesized(ws, level.level, fade, training=True)
        return images

    def _styles(
        self,
        level: Level,
        z: tf.Tensor,
        labels: tf.Tensor | None,
        other_z: tf.Tensor | None,
        mixing: tf.Tensor | None,
    ) -> tf.Tensor:
        """A w for every layer [B, styles, n], mixed among the layers that a level has."""
        network = self.players["generator"].network
        layers = network.styles - 2 * level.level
        return style_mixing.styles(
            network, z, labels, other_z, mixing, how_often=self.options.style_mixing, layers=layers
        )

    def _with_slopes(
        self, level: Level, real: tf.Tensor, labels: tf.Tensor | None, fade: tf.Tensor | None
    ) -> tuple[tf.Tensor, Term]:
        """Logits [B, 1] of real images around [-1, 1], and R1."""
        with tf.GradientTape() as tape:
            tape.watch(real)
            logits = self._logits(level, real, labels, fade)
        weight = self.options.r1_interval * self.options.r1_gamma / 2.0
        return logits, Term(tf.reduce_mean(slope_squares(level, tape.gradient(logits, real))), weight)

    def _logits(self, level: Level, images: tf.Tensor, labels: tf.Tensor | None, fade: tf.Tensor | None) -> tf.Tensor:
        """Of images around [-1, 1], float32 [B, 1]."""
        network = self.players["discriminator"].network
        outputs, _ = network.judged(images, level.level, fade)
        logits: tf.Tensor = network.logits(outputs, labels)
        return logits
