"""CoGAN that learns classes in one domain and predicts them in the other (Liu and Tuzel 2016, section 4)."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import keras
import tensorflow as tf

from compare_gan_tf2.architectures import coupled
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.gans import Ability, Outcome, Stream, Term, Turn, class_losses, cogan

# Facts, read without importing this file.
MODEL = "coupled generative adversarial network for domain adaptation"
HAS_LOGITS = False
READS_LABELS = True
HONORS = ("feature_distance_weight", "own_layers")
IMPLIES = {
    "beta1": 0.5, "class_weight": 10.0, "judge": "apart", "l2_in_gradient": 5e-4, "loss": "none",
    "z_distribution": "normal",
}  # fmt: skip
REQUIRES = {
    "conditional": (False, "its networks are shown no labels; it reads those of the first domain by itself"),
    "embed_z": (False, "its generators share the first layers of a chain, which begins with the latents"),
    "hierarchical_z": (False, "its generators share the first layers of a chain, which begins with the latents"),
    "judge": ("apart", "a call of its discriminator has images of both domains, real or generated"),
    "latents": ("fresh", "each update has latents of its own"),
    "reference": ("none", "compare_gan did not have it"),
}
ABILITIES = {
    "classify": (("a",), ""), "classify_b": (("b",), ""), "generate": (("z",), "a"), "generate_b": (("z",), "b"),
}  # fmt: skip


class Gan(cogan.Gan):
    """CoGAN with a classification head on the layers that the discriminators share.

    The head learns the labels of domain a in the discriminators' update. Images generated from the same latents should
    have the same features in both domains, so that the classification for a also works for b, whose labels are not
    read. The generators do not use either of these terms.
    """

    def setup(self) -> None:
        """CoGAN's, and the labels of domain a."""
        if not self.dataset.part("a").num_classes:
            raise UserError(f"gan=cogan_adaptation learns classes of domain a, and {self.dataset.name} has none there")
        super().setup()
        self.streams["labels"] = Stream(tf.TensorSpec([None], tf.int32), source="a")

    def build_discriminator(self) -> keras.Model:
        """CoGAN's, with the head."""
        shape, classes = self.dataset.image_shape, self.dataset.num_classes
        return coupled.coupled_discriminator(self.architecture, shape, self.options, classes)

    def turns(self) -> list[Turn]:
        """CoGAN's; where images lack labels, the mean over those that have one is of the whole batch."""
        options = self.options
        whole = options.label_fraction < 1 or options.labels_per_class > 0 or bool(options.label_file)
        return [dataclasses.replace(each, whole=whole and "discriminator" in each.moves) for each in super().turns()]

    def d(self, a: tf.Tensor, b: tf.Tensor, z: tf.Tensor, labels: tf.Tensor) -> Outcome:  # type: ignore[override]
        """CoGAN's terms, the classes of real images of a, and the distance of features of generated pairs."""
        fakes = tf.stop_gradient(self.generated(z))
        real, of_real = self.players["discriminator"](tf.concat([a, b], 0), domain=coupled.BOTH)
        fake, of_fake = self.players["discriminator"](fakes, domain=coupled.BOTH)
        logits = self.discriminator.class_logits(tf.split(of_real, 2)[0], training=True)
        classes = tf.one_hot(labels, self.dataset.num_classes)
        return {
            "loss/d_real": tf.reduce_mean(tf.nn.softplus(-real)),
            "loss/d_fake": tf.reduce_mean(tf.nn.softplus(fake)),
            "loss/d_class": Term(class_losses.of_labeled(logits, classes), self.options.class_weight),
            "loss/d_distance": Term(distance(*tf.split(of_fake, 2)), self.options.feature_distance_weight),
        }

    def abilities(self, nets: Mapping[str, keras.Model]) -> dict[str, Ability]:
        """Also to give probabilities float32 [B, classes] of the classes of images of either domain."""

        def classify(images: tf.Tensor, domain: str) -> tf.Tensor:
            _, features = nets["discriminator"](images, training=False, domain=domain)
            probabilities: tf.Tensor = tf.nn.softmax(nets["discriminator"].class_logits(features))
            return probabilities

        return super().abilities(nets) | {
            "classify": Ability(lambda images: classify(images, "a"), ("a",)),
            "classify_b": Ability(lambda images: classify(images, "b"), ("b",)),
        }


def distance(features: tf.Tensor, others: tf.Tensor) -> tf.Tensor:
    """Squared distance of features [B, ...] of the same row, summed over the features, mean over B."""
    squares = tf.square(features - others)
    return tf.reduce_mean(tf.reduce_sum(tf.reshape(squares, [tf.shape(squares)[0], -1]), axis=1))
