"""Adversarial autoencoder for clustering: a code is a cluster and a style (Makhzani et al. 2015, section 6)."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Mapping

import keras
import tensorflow as tf

from compare_gan_tf2.architectures.codes import code_discriminator, headed_encoder
from compare_gan_tf2.gans import Ability, Outcome, Player, Stream, Term, Turn, aae
from compare_gan_tf2.gans.base import BaseGan
from compare_gan_tf2.runtime.codes import CATEGORICAL, Codes, Part
from compare_gan_tf2.runtime.prior import Prior

# Facts, read without importing this file.
MODEL = "clustering adversarial autoencoder"
HAS_LOGITS = False
HONORS = ("clusters", "code_noise", "reconstruction_loss")
IMPLIES = {
    "architecture": "aae", "beta1": 0.1, "d_learning_rate": 1e-4, "g_learning_rate": 1e-4, "gradient_clipping": 5.0,
    "loss": "none", "metrics": "default,prior_match", "z_dim": 10, "z_distribution": "normal",
}  # fmt: skip
REQUIRES = {
    "conditional": (False, "it finds its clusters without labels; gan=aae_semi_supervised learns from some"),
    "disc_iters": (1, "its networks move in phases, each once a step"),
    "hierarchical_z": (False, "its latents are a style and a cluster"),
    "latents": ("fresh", "its generator's update takes no latents"),
    "reference": ("none", "compare_gan did not have it"),
}
ABILITIES = {
    "classify": (("images",), ""), "encode": (("images",), ""), "generate": (("z",), "images"),
    "reconstruct": (("images",), "images"),
}  # fmt: skip


class Gan(BaseGan):
    """The encoder returns cluster probabilities and a style; the generator reconstructs images from both.

    Every step has three phases, and each computes its own codes: encoder and generator minimize the reconstruction
    error; two discriminators learn, one to separate styles from the prior, the other to separate probabilities from
    one-hot vectors of uniformly drawn clusters; the encoder learns to deceive both. Latents are the style followed by
    the one-hot vector of the cluster.
    """

    def setup(self) -> None:
        """Four players, images, and draws that both parts of codes are to be like."""
        options, average = self.options, self.generators_average()
        self.style = Part("style", options.z_distribution, options.z_dim)
        self.classes = Part("class", CATEGORICAL, self.number_of_classes)
        self.players["generator"] = Player(self.build_generator, "g", average)
        self.players["encoder"] = Player(self.build_encoder, "g", average)
        self.players["style_discriminator"] = Player(self.build_style_discriminator, "d")
        self.players["class_discriminator"] = Player(self.build_class_discriminator, "d")
        self.streams["images"] = Stream(tf.TensorSpec([None, *self.dataset.image_shape]))
        self.streams["z"] = Stream(self.prior.spec, self.prior.rows)
        self.streams["drawn_styles"] = Stream(self.style.spec, self.style.rows)
        self.streams["drawn_classes"] = Stream(self.classes.spec, self.classes.rows)

    @property
    def number_of_classes(self) -> int:
        """How many the encoder tells apart."""
        return self.options.clusters

    @property
    def prior(self) -> Prior:
        """Of the generator's latents, a style and a class."""
        return Codes.of_parts(self.style, self.classes)

    @property
    def discriminator(self) -> keras.Model:
        """The one of styles."""
        return self.players["style_discriminator"].network

    def build_generator(self) -> keras.Model:
        """The architecture's, of styles and classes side by side."""
        joined = dataclasses.replace(self.options, z_dim=self.style.length + self.classes.length)
        return self.architecture.generator(self.dataset.image_shape, joined, 0)

    def build_encoder(self) -> keras.Model:
        """What gives logits of classes, "class", and styles, "style"."""
        units = {"class": self.classes.length, "style": self.style.length}
        return headed_encoder(self.architecture, self.dataset.image_shape, self.options, units)

    def build_style_discriminator(self) -> keras.Model:
        """What tells draws from the prior from styles of images."""
        return code_discriminator(self.options, self.style.length, "style_discriminator")

    def build_class_discriminator(self) -> keras.Model:
        """What tells classes that are drawn from probabilities of images."""
        return code_discriminator(self.options, self.classes.length, "class_discriminator")

    def turns(self) -> list[Turn]:
        """Three phases."""
        discriminators = ("style_discriminator", "class_discriminator")
        return [
            Turn(("encoder", "generator"), self.copy, "reconstruction"),
            Turn(discriminators, self.tell, "discriminators", reads="reconstruction"),
            Turn(("encoder",), self.pass_for_priors, "encoder", reads="reconstruction"),
        ]

    def copy(self, images: tf.Tensor) -> Outcome:
        """The reconstruction error."""
        logits, styles = self.encoded(images)
        return {"loss/reconstruction": self.error(images, styles, tf.nn.softmax(logits))}

    def tell(self, images: tf.Tensor, drawn_styles: tf.Tensor, drawn_classes: tf.Tensor) -> Outcome:
        """Both discriminators' terms on the codes that images have now."""
        logits, styles = self.encoded(images)
        pairs = (("style", drawn_styles, styles), ("class", drawn_classes, tf.nn.softmax(logits)))
        terms: dict[str, Term] = {}
        for name, drawn, found in pairs:
            terms |= aae.telling(self.players[f"{name}_discriminator"], drawn, found, self.options, f"loss/d_{name}")
        return terms

    def pass_for_priors(self, images: tf.Tensor) -> Outcome:
        """The encoder's terms against both discriminators."""
        logits, styles = self.encoded(images)
        of_parts = {"style": styles, "class": tf.nn.softmax(logits)}
        return {
            f"loss/e_{name}": aae.passing(self.players[f"{name}_discriminator"], found, self.options, name)
            for name, found in of_parts.items()
        }

    def error(self, images: tf.Tensor, styles: tf.Tensor, classes: tf.Tensor) -> tf.Tensor:
        """The reconstruction error of images by styles [B, z_dim] and probabilities or one-hot classes [B, K]."""
        copies = self.decoded(self.players["generator"], styles, classes)
        return aae.reconstruction_error(images, copies, self.options.reconstruction_loss)

    def encoded(self, images: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Logits of classes [B, K] and styles [B, z_dim] of images, in a training step."""
        parts = self.players["encoder"](images)
        return parts["class"], parts["style"]

    def decoded(self, generator: Callable[..., tf.Tensor], styles: tf.Tensor, classes: tf.Tensor) -> tf.Tensor:
        """Images of styles [B, z_dim] and classes [B, K]."""
        return generator(tf.concat([styles, classes], axis=1))

    def abilities(self, nets: Mapping[str, keras.Model]) -> dict[str, Ability]:
        """Also to give codes and probabilities [B, K] of images, and images' copies by their codes.

        A code is what the generator takes: the style and, behind it, the probabilities.
        """
        generator = functools.partial(nets["generator"], training=False)

        def parts(images: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            found = nets["encoder"](images, training=False)
            return found["style"], tf.nn.softmax(found["class"])

        def reconstruct(images: tf.Tensor) -> tf.Tensor:
            return self.decoded(generator, *parts(images))

        own = {
            "classify": Ability(lambda images: parts(images)[1], ("images",)),
            "encode": Ability(lambda images: self.code(*parts(images)), ("images",)),
            "reconstruct": Ability(reconstruct, ("images",), "images"),
        }
        return super().abilities(nets) | own

    def code(self, styles: tf.Tensor, classes: tf.Tensor) -> tf.Tensor | dict[str, tf.Tensor]:
        """What `encode` gives of an image's style [B, z_dim] and probabilities [B, K]."""
        return tf.concat([styles, classes], axis=1)
