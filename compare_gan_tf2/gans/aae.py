"""Adversarial autoencoder: a discriminator makes the codes of images follow the prior (Makhzani et al. 2015)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import keras
import tensorflow as tf

from compare_gan_tf2.architectures import joint
from compare_gan_tf2.architectures.codes import code_discriminator
from compare_gan_tf2.architectures.networks import is_labelled
from compare_gan_tf2.gans import Ability, Outcome, Player, Rows, Stream, Term, Turn
from compare_gan_tf2.gans.base import BaseGan
from compare_gan_tf2.options import Options
from compare_gan_tf2.runtime import draws
from compare_gan_tf2.runtime.prior import Prior
from compare_gan_tf2.runtime.shaped_prior import Shape

# Facts, read without importing this file.
MODEL = "adversarial autoencoder"
HAS_LOGITS = False
HONORS = (
    "code_noise", "posterior", "prior_labels", "prior_shape", "reconstruction_loss", "regularization_weight",
)  # fmt: skip
IMPLIES = {
    "architecture": "aae", "beta1": 0.1, "d_learning_rate": 1e-4, "g_learning_rate": 1e-4, "gradient_clipping": 5.0,
    "loss": "none", "metrics": "default,prior_match", "z_dim": 8, "z_distribution": "normal",
}  # fmt: skip
REQUIRES = {
    "conditional": (False, "it has networks without labels; gan=aae_semi_supervised has some with"),
    "disc_iters": (1, "its networks move in phases, each once a step"),
    "latents": ("fresh", "its generator's update takes no latents"),
    "reference": ("none", "compare_gan did not have it"),
}
ABILITIES = {"encode": (("images",), ""), "generate": (("z",), "images"), "reconstruct": (("images",), "images")}

# Of a shape without labels.
_PARTS = 10


class Gan(BaseGan):
    """Encoder and decoder reconstruct images, and a discriminator makes the encoder's codes follow the prior.

    There is no discriminator for images. Every step has three phases, and each computes its own codes: encoder and
    generator minimize the reconstruction error; the discriminator of codes learns to separate latents from codes; the
    encoder learns to deceive it. With regularization_weight w, encoder and generator have one update on w times the
    adversarial loss and 1 - w times the error; then the discriminator gets the earlier codes, and both its terms are
    halved (PyTorch-GAN). The adversarial loss has no gradient for the generator, because codes do not depend on it.

    With prior_shape the prior is a shape in the plane; with prior_labels each class has its own part of the shape. Then
    the discriminator sees the class of each code, or that it has none; codes with a class are compared with samples
    from the part of this class, other codes with samples from all parts.
    """

    def setup(self) -> None:
        """Three players, images, latents that codes are to be like."""
        average = self.generators_average()
        self.players["generator"] = Player(self.build_generator, "g", average)
        self.players["encoder"] = Player(self.build_encoder, "g", average)
        self.players["code_discriminator"] = Player(self.build_code_discriminator, "d")
        self.streams["images"] = Stream(tf.TensorSpec([None, *self.dataset.image_shape]))
        self.streams["z"] = Stream(self.prior.spec, self.prior.rows)
        self._draws_codes = self.options.posterior == "gaussian"
        if self.options.prior_labels:
            assert isinstance(self.prior, Shape)
            self.streams["labels"] = Stream(tf.TensorSpec([None], tf.int32))
            self.streams["places"] = Stream(tf.TensorSpec([None, 2]), self.prior.places)
            self.streams["parts"] = Stream(tf.TensorSpec([None], tf.int32), self.prior.drawn_parts)

    @property
    def prior(self) -> Prior:
        """The shape that the options ask for, or the options' latents."""
        kind, classes = self.options.prior_shape, self.dataset.num_classes
        if kind == "none":
            return super().prior
        return Shape.of_parts(kind, classes if self.options.prior_labels else _PARTS)

    def build_encoder(self) -> keras.Model:
        """What gives codes, or the means and logarithms of variances of Gaussians of them."""
        parts = 2 if self.options.posterior == "gaussian" else 1
        return joint.code_encoder(self.architecture, self.dataset.image_shape, self.options, parts * self.prior.length)

    def build_code_discriminator(self) -> keras.Model:
        """What tells draws from the prior from codes of images."""
        told = self.dataset.num_classes + 1 if self.options.prior_labels else 0
        return code_discriminator(self.options, self.prior.length + told, "code_discriminator")

    @property
    def has_codes_like_prior(self) -> bool:
        """They are: the discriminator of codes sees to it."""
        return True

    @property
    def discriminator(self) -> keras.Model:
        """The one of codes."""
        return self.players["code_discriminator"].network

    def turns(self) -> list[Turn]:
        """Three phases, or two updates if there is a regularization_weight."""
        autoencoder = ("encoder", "generator")
        if self.options.regularization_weight:
            return [
                Turn(autoencoder, self.both, "autoencoder", hands=("codes",)),
                Turn(("code_discriminator",), self.tell_given, "discriminator"),
            ]
        tell: Callable[..., Outcome] = self.tell
        pass_for_prior: Callable[..., Outcome] = self.pass_for_prior
        if self.options.prior_labels:
            tell, pass_for_prior = self.tell_by_class, self.pass_for_part
        return [
            Turn(autoencoder, self.copy, "reconstruction"),
            Turn(("code_discriminator",), tell, "discriminator", reads="reconstruction"),
            Turn(("encoder",), pass_for_prior, "encoder", reads="reconstruction"),
        ]

    def copy(self, images: tf.Tensor) -> Outcome:
        """The reconstruction error."""
        return {"loss/reconstruction": self.error(images, self.players["generator"](self.drawn_codes(images)))}

    def tell(self, images: tf.Tensor, z: tf.Tensor) -> Outcome:
        """The discriminator's terms on the codes that images have now."""
        return self.told_apart(z, self.drawn_codes(images), 1.0)

    def tell_by_class(self, images: tf.Tensor, labels: tf.Tensor, places: tf.Tensor, parts: tf.Tensor) -> Outcome:
        """The discriminator's terms on codes with classes: int32 [B], -1 where there is none, or soft labels."""
        assert isinstance(self.prior, Shape)
        classes = numbers(labels)
        z = self.prior.points(tf.where(classes >= 0, classes, parts), places)
        discriminator, beside = self.players["code_discriminator"], self.told(labels)
        return telling(discriminator, z, self.drawn_codes(images), self.options, "loss/d", beside=beside)

    def pass_for_part(self, images: tf.Tensor, labels: tf.Tensor) -> Outcome:
        """The encoder's term against the discriminator that is told classes."""
        discriminator, beside = self.players["code_discriminator"], self.told(labels)
        return {"loss/e": passing(discriminator, self.drawn_codes(images), self.options, beside=beside)}

    def told(self, labels: tf.Tensor) -> tf.Tensor:
        """What the discriminator is told of classes, float32 [B, K + 1]; the last is that of images without one."""
        known, classes = numbers(labels), self.dataset.num_classes
        return tf.one_hot(tf.where(known >= 0, known, classes), classes + 1)

    def tell_given(self, codes: tf.Tensor, z: tf.Tensor) -> Outcome:
        """The discriminator's terms on codes from an earlier update, each halved."""
        return self.told_apart(z, codes, 0.5)

    def pass_for_prior(self, images: tf.Tensor) -> Outcome:
        """The encoder's term against the discriminator."""
        return {"loss/e": passing(self.players["code_discriminator"], self.drawn_codes(images), self.options)}

    def both(self, images: tf.Tensor) -> Outcome:
        """Both objectives of encoder and generator, weighted."""
        codes, weight = self.drawn_codes(images), self.options.regularization_weight
        game = passing(self.players["code_discriminator"], codes, self.options)
        error = self.error(images, self.players["generator"](codes))
        return {
            "loss/e": Term(game, weight, only=("encoder",)),
            "loss/reconstruction": Term(error, 1.0 - weight),
            "codes": Rows(codes),
        }

    def told_apart(self, z: tf.Tensor, codes: tf.Tensor, weight: float) -> Outcome:
        """The discriminator's terms on latents and codes, both [B, Z]."""
        return telling(self.players["code_discriminator"], z, codes, self.options, "loss/d", weight)

    def error(self, images: tf.Tensor, copies: tf.Tensor) -> tf.Tensor:
        """The reconstruction error that the options ask for."""
        return reconstruction_error(images, copies, self.options.reconstruction_loss)

    def drawn_codes(self, images: tf.Tensor) -> tf.Tensor:
        """Codes [B, Z] of images, in a training step."""
        encoded = self.players["encoder"](images)
        if not self._draws_codes:
            return encoded
        mean, log_variance = tf.split(encoded, 2, axis=1)
        return mean + tf.exp(0.5 * log_variance) * draws.rows_of("normal", "noise", list(mean.shape))

    def abilities(self, nets: Mapping[str, keras.Model]) -> dict[str, Ability]:
        """Also to give codes [B, z_dim] of images, of Gaussians their means, and images' copies by these."""

        def encode(images: tf.Tensor) -> tf.Tensor:
            encoded: tf.Tensor = nets["encoder"](images, training=False)
            return tf.split(encoded, 2, axis=1)[0] if self._draws_codes else encoded

        def reconstruct(images: tf.Tensor) -> tf.Tensor:
            copies: tf.Tensor = nets["generator"](encode(images), training=False)
            return copies

        own = {"encode": Ability(encode, ("images",)), "reconstruct": Ability(reconstruct, ("images",), "images")}
        return super().abilities(nets) | own


def reconstruction_error(images: tf.Tensor, copies: tf.Tensor, kind: str) -> tf.Tensor:
    """Mean "absolute" or "squared" difference over pixels and images, both [B, H, W, C] in [0, 1], as if in [-1, 1]."""
    difference = 2.0 * (copies - images)
    return tf.reduce_mean(tf.abs(difference) if kind == "absolute" else tf.square(difference))


def numbers(labels: tf.Tensor) -> tf.Tensor:
    """Labels int32 [B], -1 where there is none, of these or of distributions [B, K], zeros where there is none."""
    if not labels.dtype.is_floating:
        return labels
    return tf.where(is_labelled(labels), tf.argmax(labels, 1, tf.int32), -1)


def telling(
    discriminator: Player,
    drawn: tf.Tensor,
    codes: tf.Tensor,
    options: Options,
    name: str,
    weight: float = 1.0,
    *,
    beside: tf.Tensor | None = None,
) -> dict[str, Term]:
    """The terms of a discriminator of codes.

    Args:
        discriminator: gives logits that a code is drawn from the prior.
        drawn: from the prior, [B, n].
        codes: of images, [B, n].
        options: the task's.
        name: of the terms, before "_prior" and "_code".
        weight: of both.
        beside: what else it is told of either, without noise, [B, m].
    """
    of_drawn, of_codes = (
        discriminator(_joined(noisy(each, options, name), beside)) for each in (drawn, tf.stop_gradient(codes))
    )
    return {
        f"{name}_prior": Term(tf.reduce_mean(tf.nn.softplus(-of_drawn)), weight),
        f"{name}_code": Term(tf.reduce_mean(tf.nn.softplus(of_codes)), weight),
    }


def passing(
    discriminator: Player,
    codes: tf.Tensor,
    options: Options,
    name: str = "noise_of_codes",
    *,
    beside: tf.Tensor | None = None,
) -> tf.Tensor:
    """The encoder's term: the cross-entropy of codes [B, n] being drawn from the prior; `beside` as of `telling`."""
    return tf.reduce_mean(tf.nn.softplus(-discriminator(_joined(noisy(codes, options, name), beside))))


def _joined(codes: tf.Tensor, beside: tf.Tensor | None) -> tf.Tensor:
    return codes if beside is None else tf.concat([codes, beside], axis=1)


def noisy(codes: tf.Tensor, options: Options, name: str) -> tf.Tensor:
    """Codes [B, n] with the noise that steadies a discriminator of codes; each call of a name has its own."""
    if not options.code_noise:
        return codes
    return codes + options.code_noise * draws.rows_of("normal", draws.counted(name), list(codes.shape))
