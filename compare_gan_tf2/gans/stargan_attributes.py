"""StarGAN for binary attributes, of which an image can have several (Choi et al. 2018)."""

from __future__ import annotations

import tensorflow as tf

from compare_gan_tf2.errors import UserError
from compare_gan_tf2.gans import Outcome, Stream, stargan
from compare_gan_tf2.runtime.draws import Seed

# Facts, read without importing this file.
MODEL = "model that changes attributes of images"
HAS_LOGITS = False
NETWORKS = ("domain_translator", "domain_discriminator")
HONORS = ("cycle_weight", "g_class_weight")
IMPLIES = {
    "architecture": "stargan", "batch_size": 16, "d_learning_rate": 1e-4, "disc_iters": 5,
    "g_learning_rate": 1e-4, "g_normalization": "instance", "initializer": "pytorch", "learning_rate_decay": 0.5,
    "loss": "none",
}  # fmt: skip
REQUIRES = {
    "conditional": (False, "it reads attributes, and shows them to its translator as planes"),
    "d_normalization": ("none", "slopes of its discriminator are penalized image by image"),
    "reference": ("none", "compare_gan did not have it"),
}
LEAST_BATCH = 2
ABILITIES = {"classify": (("images",), ""), "translate": (("images", "target_attributes"), "images")}
DRAWN = ("target_attributes",)


class Gan(stargan.Gan):
    """As gan=stargan, but an image can have several attributes; of attributes that exclude each other it has one."""

    asked_for = "target_attributes"

    def add_conditions(self) -> None:
        """The stream of the attributes that images have, and that of those that an ability is asked for."""
        if not self.conditions:
            raise UserError(
                f"gan={self.options.gan} changes attributes, but data set '{self.options.dataset}' has none; a folder "
                "of images has those of its table attributes.csv"
            )
        spec = tf.TensorSpec([None, self.conditions])
        self.streams |= {"attributes": Stream(spec), "target_attributes": Stream(spec, self._drawn_attributes)}

    @property
    def conditions(self) -> int:
        """Attributes."""
        return len(self.dataset.attribute_names)

    def d(self, images: tf.Tensor, attributes: tf.Tensor) -> Outcome:  # type: ignore[override]
        """What the discriminator descends on."""
        return self.judging(images, attributes)

    def g(self, images: tf.Tensor, attributes: tf.Tensor) -> Outcome:  # type: ignore[override]
        """What the translator descends on."""
        return self.translating(images, attributes)

    def coded(self, labels: tf.Tensor) -> tf.Tensor:
        """Attributes as they are."""
        return labels

    def class_loss(self, logits: tf.Tensor, conditions: tf.Tensor) -> tf.Tensor:
        """Cross-entropies, summed over attributes, mean over images."""
        losses = tf.nn.sigmoid_cross_entropy_with_logits(conditions, logits)
        return tf.reduce_mean(tf.reduce_sum(losses, 1))

    def accuracy(self, logits: tf.Tensor, conditions: tf.Tensor) -> tf.Tensor:
        """Share of attributes that are told."""
        return tf.reduce_mean(tf.cast((logits > 0.0) == (conditions > 0.5), tf.float32))

    def told(self, logits: tf.Tensor) -> tf.Tensor:
        """Probability [B, c] of each attribute."""
        return tf.sigmoid(logits)

    def _drawn_attributes(self, count: int, purpose: str, seed: Seed) -> tf.Tensor:
        """Each with probability 1/2; of those that exclude each other one."""
        names = self.dataset.attribute_names
        drawn = tf.unstack(seed.draw("unit", f"{purpose}/target_attributes", [count, len(names)]), axis=1)
        found = [tf.cast(each < 0.5, tf.float32) for each in drawn]
        for group in self.dataset.exclusive_attributes:
            places = [names.index(each) for each in group]
            chosen = tf.one_hot(tf.argmax(tf.stack([drawn[place] for place in places], 1), 1), len(places))
            for place, column in zip(places, tf.unstack(chosen, axis=1), strict=True):
                found[place] = column
        return tf.stack(found, 1)
