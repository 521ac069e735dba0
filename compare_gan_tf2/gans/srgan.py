"""SRGAN: super-resolution, with details that a discriminator takes for real (Ledig et al. 2017)."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping

import keras
import tensorflow as tf

from compare_gan_tf2.errors import UserError
from compare_gan_tf2.gans import Ability, Outcome, Player, Rows, Stream, Term, Turn, always, image_terms, low_resolution
from compare_gan_tf2.gans.base import BaseGan

# Facts, read without importing this file.
MODEL = "model that enlarges images"
HAS_LOGITS = False
NETWORKS = ("upscaler", "hr_discriminator")
HONORS = (
    "adversarial_loss", "adversarial_weight", "downscaling", "perceptual", "perceptual_weight", "pixel_steps",
    "pixel_weight", "reconstruction_loss", "zoom",
)  # fmt: skip
IMPLIES = {
    "adversarial_weight": 0.001, "architecture": "srresnet", "batch_size": 16, "beta1": 0.9, "d_learning_rate": 1e-4,
    "g_learning_rate": 1e-4, "loss": "none", "reconstruction_loss": "squared",
}  # fmt: skip
REQUIRES = {
    "conditional": (False, "it has networks without labels"),
    "disc_iters": (1, "its discriminator moves once a step"),
    "reference": ("none", "compare_gan did not have it"),
}
ABILITIES = {"upscale": (("lr",), "images")}


class Gan(BaseGan):
    """The generator restores images from low-resolution versions, which are computed from them or in the data set.

    It minimizes the pixel difference, the difference of feature maps if option perceptual names a network, and an
    adversarial loss with a small weight. In the first pixel_steps steps it minimizes only the pixel difference, and the
    discriminator is not updated. Afterwards the generator is updated first, and the discriminator sees the images
    generated before. Pixel differences are for pixels in [-1, 1].
    """

    def setup(self) -> None:
        """Two players, images and what is made of them."""
        self.players["generator"] = Player(self.build_generator, "g", self.generators_average())
        self.players["discriminator"] = Player(self.build_discriminator, "d")
        self.streams["images"] = Stream(tf.TensorSpec([None, *self.dataset.image_shape]))
        self.streams["lr"] = self.low_resolution()
        # PyTorch's Adam.
        self.optimizers = {s: dataclasses.replace(o, corrects_epsilon=True) for s, o in self.optimizers.items()}

    def low_resolution(self) -> Stream:
        """Low-resolution images: the data set's own, or made of its images.

        Raises:
            UserError: if the data set's own are of another size.
        """
        zoom, (height, width, channels) = self.options.zoom, self.dataset.image_shape
        small = (height // zoom, width // zoom, channels)
        spec = tf.TensorSpec([None, *small])
        if "lr" not in self.dataset.visible_streams:
            return Stream(spec, column="images", made=low_resolution.maker(zoom, self.options.downscaling))
        if (there := self.dataset.column_shape("lr")) != small:
            raise UserError(
                f"option zoom is {zoom}, but small images of data set {self.dataset.name!r} are {there[0]}x{there[1]} "
                f"beside {height}x{width}; set zoom={height // there[0]}"
            )
        return Stream(spec)

    def build_generator(self) -> keras.Model:
        """The network that enlarges."""
        made: keras.Model = self.architecture.upscaler(self.dataset.image_shape, self.options)
        return made

    def build_discriminator(self) -> keras.Model:
        """The network that judges high-resolution images."""
        made: keras.Model = self.architecture.hr_discriminator(self.dataset.image_shape, self.options)
        return made

    def turns(self) -> list[Turn]:
        """The generator on pixels alone, or both: it, then the discriminator on the same images."""
        first = self.options.pixel_steps

        def is_first(step: int) -> bool:
            return step <= first

        def is_later(step: int) -> bool:
            return step > first

        later: Callable[[int], bool] = is_later if first else always
        players = ("generator",)
        game = [
            Turn(players, self.g, "generator", hands=("fake",), whole=self.compares_rows, when=later),
            Turn(("discriminator",), self.d, "discriminator", "generator", whole=self.compares_rows, when=later),
        ]
        return [Turn(players, self.pixels, "generator", when=is_first), *game] if first else game

    @property
    def compares_rows(self) -> bool:
        """Whether the loss of an image depends on the other ones of its batch."""
        return False

    def pixels(self, images: tf.Tensor, lr: tf.Tensor) -> Outcome:
        """What the generator descends on in the first steps."""
        return {"loss/pixel": self.pixel_loss(self.generator(lr, training=True), images)}

    def g(self, images: tf.Tensor, lr: tf.Tensor) -> Outcome:
        """What the generator descends on, and the images that it makes."""
        options, fake = self.options, self.generator(lr, training=True)
        terms: dict[str, Term | Rows | tf.Tensor] = {
            "loss/g": Term(self.adversarial_loss(images, fake), options.adversarial_weight),
            "loss/pixel": Term(self.pixel_loss(fake, images), options.pixel_weight),
        }
        if options.perceptual != "none":
            terms["loss/perceptual"] = Term(self.perceptual_loss(fake, images), options.perceptual_weight)
        return terms | {"fake": Rows(fake)}

    def d(self, images: tf.Tensor, fake: tf.Tensor) -> Outcome:
        """What the discriminator descends on; real and generated images are judged apart."""
        real, generated = (self.discriminator(each, training=True) for each in (images, fake))
        return {"loss/d": image_terms.of_discriminator(real, generated, self.options.adversarial_loss)}

    def adversarial_loss(self, images: tf.Tensor, fake: tf.Tensor) -> tf.Tensor:
        """The generator's, of the discriminator's logits."""
        del images
        return image_terms.of_generator(self.discriminator(fake, training=True), self.options.adversarial_loss)

    def pixel_loss(self, fake: tf.Tensor, images: tf.Tensor) -> tf.Tensor:
        """Mean difference of pixels."""
        return image_terms.difference(2.0 * fake, 2.0 * images, self.options.reconstruction_loss)

    def perceptual_loss(self, fake: tf.Tensor, images: tf.Tensor) -> tf.Tensor:
        """Mean difference of feature maps; of several the mean of theirs."""
        if self.feature_maps is None:
            raise ValueError("who trains has to give the feature maps that the objective compares")
        pairs = zip(self.feature_maps(fake), self.feature_maps(images), strict=True)
        found = [image_terms.difference(*pair, self.options.reconstruction_loss) for pair in pairs]
        return tf.add_n(found) / len(found)

    def abilities(self, nets: Mapping[str, keras.Model]) -> dict[str, Ability]:
        """To enlarge images."""
        return {"upscale": Ability(lambda lr: self.upscale(lr, nets), ("lr",), "images")}

    def upscale(self, lr: tf.Tensor, nets: Mapping[str, keras.Model] | None = None) -> tf.Tensor:
        """Enlarged images.

        Args:
            lr: float32 [B, h, w, C] in [0, 1].
            nets: networks by the names of the players; None takes those that scores are about.

        Returns:
            float32 [B, zoom h, zoom w, C] in [0, 1].
        """
        return tf.clip_by_value((nets or self.evaluated())["generator"](lr, training=False), 0.0, 1.0)
