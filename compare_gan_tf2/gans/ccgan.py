"""CCGAN: learns to fill holes, so that its discriminator's features need few labels (Denton et al. 2016)."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import keras
import tensorflow as tf

from compare_gan_tf2.gans import Ability, Outcome, Player, Stream, Term, Turn, holes, image_terms
from compare_gan_tf2.gans.base import BaseGan
from compare_gan_tf2.runtime.draws import Seed

# Facts, read without importing this file.
MODEL = "model that fills holes in images, and tells their classes"
HAS_LOGITS = False
HAS_TARGET = True
READS_LABELS = True
NETWORKS = ("context_filler", "composite_discriminator", "feature_classifier")
DRAWN = ("z", "seed", "mask")
HONORS = ("largest_hole", "smallest_hole")
IMPLIES = {
    "architecture": "ccgan", "batch_size": 100, "beta1": 0.5, "d_learning_rate": 2e-4, "g_learning_rate": 2e-4,
    "label_smoothing": 0.1, "loss": "none",
}  # fmt: skip
REQUIRES = {
    "conditional": (False, "its networks are shown no labels; it reads those that there are by itself"),
    "disc_iters": (1, "its discriminator moves once a step, and once more with the classes"),
    "reference": ("none", "compare_gan did not have it"),
}
ABILITIES = {"classify": (("images",), ""), "inpaint": (("images", "mask"), "images")}


class Gan(BaseGan):
    """The discriminator separates real images from images in which a rectangle is generated.

    Then the generator is updated, with the target of real images (1 - label_smoothing). Then, on labeled images, the
    classifier is updated together with the discriminator whose features it reads (class_weight). Labeled images are
    drawn repeatedly from those that there are. Both updates of the discriminator use the same Adam, in Torch7's form,
    which always changes all of the discriminator's variables: those of the last layer, for which the classification has
    no gradient, by their momentum.
    """

    def setup(self) -> None:
        """Three players; images, the same in another order, and labeled ones; masks."""
        options, shape = self.options, self.dataset.image_shape
        self.players["generator"] = Player(self.build_generator, "g", self.generators_average())
        self.players["discriminator"] = Player(self.build_discriminator, "d")
        self.players["classifier"] = Player(self.build_classifier, "d")
        images, masks = tf.TensorSpec([None, *shape]), tf.TensorSpec([None, *shape[:2], 1])
        self.streams["images"] = Stream(images)
        self.streams["images_again"] = Stream(images, source="/2", column="images")
        self.streams["labeled_images"] = Stream(images, source="labeled", column="images")
        self.streams["labels"] = Stream(tf.TensorSpec([None], tf.int32), source="labeled")
        self.streams["drawn_mask"] = Stream(masks, self.masks)
        has_some = "mask" in self.dataset.visible_streams
        self.streams["mask"] = Stream(masks) if has_some else Stream(masks, self.masks)
        self.optimizers["d"] = dataclasses.replace(self.optimizers["d"], unreached="zero")
        self.target = 1.0 - options.label_smoothing

    def build_generator(self) -> keras.Model:
        """The network that fills."""
        made: keras.Model = self.architecture.context_filler(self.dataset.image_shape, self.options)
        return made

    def build_discriminator(self) -> keras.Model:
        """The network that judges, and gives features."""
        made: keras.Model = self.architecture.composite_discriminator(self.dataset.image_shape, self.options)
        return made

    def build_classifier(self) -> keras.Model:
        """The network that tells classes by these features."""
        features = self.players["discriminator"].network.features_shape
        made: keras.Model = self.architecture.feature_classifier(features, self.options, self.dataset.num_classes)
        return made

    def turns(self) -> list[Turn]:
        """The discriminator, the generator on the same holes, and the classes."""
        return [
            Turn(("discriminator",), self.d, "holes"),
            Turn(("generator",), self.g, "holes"),
            Turn(("discriminator", "classifier"), self.classes, "classes"),
        ]

    def masks(self, count: int, purpose: str, seed: Seed) -> tf.Tensor:
        """Unknown pixels, float32 [count, H, W, 1]: 1 in a rectangle, its sides and its place drawn apart."""
        side = self.dataset.image_shape[0]
        least, most = (round(share * side) for share in (self.options.smallest_hole, self.options.largest_hole))
        sizes = tf.fill([count, 2], least)
        if most > least:
            unit = seed.draw("unit", f"{purpose}/size", [count, 2])
            sizes += tf.cast(unit * float(most - least + 1), tf.int32)
        corner = holes.corners(count, purpose, seed, side - sizes)
        return holes.rectangles(corner[:, 0], corner[:, 1], sizes[:, 0], sizes[:, 1], side)

    def composite(self, images: tf.Tensor, mask: tf.Tensor, generator: keras.Model, training: bool) -> tf.Tensor:
        """Images [B, H, W, C] with what a generator makes of their surroundings where a mask is 1."""
        return holes.filled(images, mask, generator(holes.filled(images, mask, 0.5), training=training))

    def d(self, images: tf.Tensor, images_again: tf.Tensor, drawn_mask: tf.Tensor) -> Outcome:
        """What the discriminator descends on; real images and composites are judged apart."""
        composite = tf.stop_gradient(self.composite(images_again, drawn_mask, self.generator, training=True))
        real, fake = (self.discriminator(each, training=True)[0] for each in (images, composite))
        return {
            "loss/d_real": image_terms.cross_entropy(real, self.target),
            "loss/d_fake": image_terms.cross_entropy(fake, 0.0),
        }

    def g(self, images_again: tf.Tensor, drawn_mask: tf.Tensor) -> Outcome:
        """What the generator descends on."""
        logits, _ = self.discriminator(
            self.composite(images_again, drawn_mask, self.generator, training=True), training=True
        )
        return {"loss/g": image_terms.cross_entropy(logits, self.target)}

    def classes(self, labeled_images: tf.Tensor, labels: tf.Tensor) -> Outcome:
        """The cross-entropy of labels, int32 [B] or soft; for the features' sake by class_weight."""
        _, features = self.discriminator(labeled_images, training=True)
        logits = self.players["classifier"](features)
        wanted = labels if labels.dtype.is_floating else tf.one_hot(labels, self.dataset.num_classes)
        error = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(wanted, logits))
        is_wrong = tf.argmax(logits, 1) != tf.argmax(wanted, 1)
        return {
            "loss/class": Term(error, only=("classifier",)),
            "loss/d_class": Term(error, self.options.class_weight, only=("discriminator",)),
            "labeled_error": Term(tf.reduce_mean(tf.cast(is_wrong, tf.float32)), 0.0),
        }

    def abilities(self, nets: Mapping[str, keras.Model]) -> dict[str, Ability]:
        """To tell classes, and to fill holes."""
        return {
            "classify": Ability(lambda images: self.classify(images, nets), ("images",)),
            "inpaint": Ability(lambda images, mask: self.inpaint(images, mask, nets), ("images", "mask"), "images"),
        }

    def classify(self, images: tf.Tensor, nets: Mapping[str, keras.Model] | None = None) -> tf.Tensor:
        """Probabilities float32 [B, K] of the classes of images float32 [B, H, W, C] in [0, 1]."""
        nets = nets or self.evaluated()
        _, features = nets["discriminator"](images, training=False)
        return tf.nn.softmax(nets["classifier"](features, training=False))

    def inpaint(self, images: tf.Tensor, mask: tf.Tensor, nets: Mapping[str, keras.Model] | None = None) -> tf.Tensor:
        """Images with their holes filled; all other pixels are the given ones.

        Args:
            images: float32 [B, H, W, C] in [0, 1].
            mask: float32 [B, H, W, 1], 1 in the hole and 0 elsewhere.
            nets: networks by the names of the players; None takes those that scores are about.

        Returns:
            float32 of the same shape and range as the images.
        """
        return self.composite(images, mask, (nets or self.evaluated())["generator"], training=False)
