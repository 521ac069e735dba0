"""Context Encoder: fills a hole in an image from its surroundings (Pathak et al. 2016)."""

from __future__ import annotations

from collections.abc import Mapping

import keras
import tensorflow as tf

from compare_gan_tf2.errors import UserError
from compare_gan_tf2.gans import Ability, Outcome, Player, Rows, Stream, Term, Turn, holes, image_terms
from compare_gan_tf2.gans.base import BaseGan
from compare_gan_tf2.runtime.draws import Seed

# Facts, read without importing this file.
MODEL = "model that fills holes in images"
HAS_LOGITS = False
NETWORKS = ("hole_filler", "hole_discriminator")
DRAWN = ("z", "seed", "mask")
HONORS = (
    "adversarial_loss", "adversarial_weight", "first_update", "hole", "hole_color", "hole_overlap", "overlap_weight",
    "pixel_weight", "reconstruction_loss",
)  # fmt: skip
IMPLIES = {
    "adversarial_weight": 0.001, "architecture": "context_encoder", "batch_size": 64, "beta1": 0.5,
    "d_learning_rate": 2e-4, "g_learning_rate": 2e-3, "loss": "none", "pixel_weight": 0.999,
}  # fmt: skip
REQUIRES = {
    "conditional": (False, "it has networks without labels"),
    "disc_iters": (1, "its discriminator moves once a step"),
    "reference": ("none", "compare_gan did not have it"),
}
ABILITIES = {"inpaint": (("images", "mask"), "images")}


class Gan(BaseGan):
    """The generator fills a hole from the rest of the image; the discriminator sees only the content of the hole.

    The hole is a square of half the sides, in the center or anywhere. A rim of hole_overlap pixels inside it stays
    visible; there the pixel difference counts overlap_weight times. Or the hole is a smooth region, and the generator
    returns the whole image. The discriminator is updated first, unless first_update is generator. Adam is in the form
    of Torch7, which adds epsilon as TensorFlow does.
    """

    def setup(self) -> None:
        """Two players, images, and masks: drawn, or read where scores are about and the data set has some."""
        options, shape = self.options, self.dataset.image_shape
        self.is_region = options.hole == "region"
        self.hole_side = shape[0] if self.is_region else shape[0] // 2
        self.overlap = 0 if self.is_region else options.hole_overlap
        if 2 * self.overlap >= self.hole_side:
            raise UserError(
                f"option hole_overlap is {self.overlap}, which leaves nothing of holes of {self.hole_side} pixels; set "
                "a smaller one"
            )
        self.players["generator"] = Player(self.build_generator, "g", self.generators_average())
        self.players["discriminator"] = Player(self.build_discriminator, "d")
        masks = tf.TensorSpec([None, *shape[:2], 1])
        self.streams["images"] = Stream(tf.TensorSpec([None, *shape]))
        self.streams["drawn_mask"] = Stream(masks, self.masks)
        has_some = "mask" in self.dataset.visible_streams
        self.streams["mask"] = Stream(masks) if has_some else Stream(masks, self.masks)

    def build_generator(self) -> keras.Model:
        """The network that fills."""
        made: keras.Model = self.architecture.hole_filler(self.dataset.image_shape, self.hole_side, self.options)
        return made

    def build_discriminator(self) -> keras.Model:
        """The network that judges what was filled in."""
        shape = (self.hole_side, self.hole_side, self.dataset.image_shape[2])
        made: keras.Model = self.architecture.hole_discriminator(shape, self.options)
        return made

    def turns(self) -> list[Turn]:
        """Both players once, in the order of first_update, on the same images and holes."""
        d = Turn(("discriminator",), self.d, "holes")
        if self.options.first_update == "generator":
            return [Turn(("generator",), self.g, "holes", hands=("filled",)), d]
        return [d, Turn(("generator",), self.g, "holes")]

    def masks(self, count: int, purpose: str, seed: Seed) -> tf.Tensor:
        """Unknown pixels, float32 [count, H, W, 1]: 1 in the hole without its visible rim."""
        side, size = self.dataset.image_shape[0], self.hole_side
        if self.is_region:
            return holes.regions(count, purpose, seed, side)
        if self.options.hole == "center":
            corner = tf.fill([count, 2], (side - size) // 2)
        else:
            corner = holes.corners(count, purpose, seed, tf.constant([side - size] * 2))
        inner = tf.fill([count], size - 2 * self.overlap)
        return holes.rectangles(corner[:, 0] + self.overlap, corner[:, 1] + self.overlap, inner, inner, side)

    def corner(self, mask: tf.Tensor) -> tf.Tensor:
        """Where what the generator gives belongs, int32 [B, 2], first row and column."""
        side, size = self.dataset.image_shape[0], self.hole_side
        if self.options.hole == "center":
            return tf.fill([tf.shape(mask)[0], 2], (side - size) // 2)
        return tf.clip_by_value(holes.first_place(mask) - self.overlap, 0, side - size)

    def context(self, images: tf.Tensor, mask: tf.Tensor) -> tf.Tensor:
        """Images with the hole in one color."""
        if self.options.hole_color == "white":
            return holes.filled(images, mask, 1.0)
        mean = holes.MEAN_COLOR
        color = mean if images.shape[3] == 3 else [sum(mean) / 3.0] * images.shape[3]
        return holes.filled(images, mask, tf.constant(color))

    def d(self, images: tf.Tensor, drawn_mask: tf.Tensor, filled: tf.Tensor | None = None) -> Outcome:
        """What the discriminator descends on; true and generated parts are judged apart."""
        if filled is None:
            filled = tf.stop_gradient(self.generator(self.context(images, drawn_mask), training=True))
        truth = holes.cut(images, self.corner(drawn_mask), self.hole_side)
        real, fake = (self.discriminator(each, training=True) for each in (truth, filled))
        return {"loss/d": image_terms.of_discriminator(real, fake, self.options.adversarial_loss)}

    def g(self, images: tf.Tensor, drawn_mask: tf.Tensor) -> Outcome:
        """What the generator descends on, and what it fills in."""
        options, corner = self.options, self.corner(drawn_mask)
        filled = self.generator(self.context(images, drawn_mask), training=True)
        logits = self.discriminator(filled, training=True)
        truth, unknown = (holes.cut(each, corner, self.hole_side) for each in (images, drawn_mask))
        terms: dict[str, Term | Rows | tf.Tensor] = {
            "loss/g": Term(image_terms.of_generator(logits, options.adversarial_loss), options.adversarial_weight),
            "loss/pixel": Term(self.pixel_loss(filled, truth, unknown), options.pixel_weight),
        }
        return terms | {"filled": Rows(filled)} if options.first_update == "generator" else terms

    def pixel_loss(self, filled: tf.Tensor, truth: tf.Tensor, unknown: tf.Tensor) -> tf.Tensor:
        """Mean difference of images in [-1, 1]; of the visible rim it counts overlap_weight times."""
        apart = 2.0 * (filled - truth)
        each = tf.abs(apart) if self.options.reconstruction_loss == "absolute" else tf.square(apart)
        if self.overlap:
            each *= tf.where(unknown > 0.5, 1.0, self.options.overlap_weight)
        return tf.reduce_mean(each)

    def abilities(self, nets: Mapping[str, keras.Model]) -> dict[str, Ability]:
        """To fill holes."""
        ability = Ability(lambda images, mask: self.inpaint(images, mask, nets), ("images", "mask"), "images")
        return {"inpaint": ability}

    def inpaint(self, images: tf.Tensor, mask: tf.Tensor, nets: Mapping[str, keras.Model] | None = None) -> tf.Tensor:
        """Images with their holes filled; all other pixels are the given ones.

        Args:
            images: float32 [B, H, W, C] in [0, 1].
            mask: float32 [B, H, W, 1], 1 in the hole and 0 elsewhere. Of a hole that was trained in the middle, or as a
                square, only what such a square reaches is filled, from the hole's first row and column on; the rest of
                the hole gets the color that the network sees there.
            nets: networks by the names of the players; None takes those that scores are about.

        Returns:
            float32 of the same shape and range as the images.
        """
        context = self.context(images, mask)
        made = (nets or self.evaluated())["generator"](context, training=False)
        return holes.pasted(context, made, self.corner(mask), mask)
