"""Adversarial autoencoder that learns to classify from few labels (Makhzani et al. 2015, section 5)."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Mapping

import keras
import tensorflow as tf

from compare_gan_tf2.gans import Ability, Outcome, Stream, Turn, aae_clustering
from compare_gan_tf2.runtime.prior import Prior

# Facts, read without importing this file.
MODEL = "semi-supervised adversarial autoencoder"
HAS_LOGITS = False
HONORS = ("code_noise", "reconstruction_loss")
IMPLIES = {
    "architecture": "aae", "beta1": 0.1, "conditional": True, "d_learning_rate": 1e-4,
    "g_learning_rate": 1e-4, "g_normalization": "conditional_batch", "gradient_clipping": 5.0, "loss": "none",
    "metrics": "default,prior_match", "z_dim": 10, "z_distribution": "normal",
}  # fmt: skip
REQUIRES = {
    "conditional": (True, "it learns from labels; gan=aae_clustering needs none"),
    "disc_iters": (1, "its networks move in phases, each once a step"),
    "hierarchical_z": (False, "its encoder gives a style and a class"),
    "latents": ("fresh", "its generator's update takes no latents"),
    "reference": ("none", "compare_gan did not have it"),
}
TELLS_CLASSES = True
ABILITIES = {
    "classify": (("images",), ""), "edit": (("images",), ""), "encode": (("images",), ""),
    "generate": (("z",), "images"), "reconstruct": (("images",), "images"),
}  # fmt: skip


class Gan(aae_clustering.Gan):
    """As gan=aae_clustering, with the classes of the data set as clusters, which it learns from labeled images.

    In the reconstruction phase, labeled images are also reconstructed from their style and their true label. A fourth
    phase trains the encoder on the cross-entropy of the labels. The other phases use all images, including the labeled
    ones. The generator takes styles and labels.
    """

    def setup(self) -> None:
        """The clustering one's, and images with their labels."""
        super().setup()
        self.streams["labels"] = Stream(tf.TensorSpec([None], tf.int32))
        shape = tf.TensorSpec([None, *self.dataset.image_shape])
        self.streams["labeled_images"] = Stream(shape, source="labeled", column="images")
        self.streams["known_labels"] = Stream(tf.TensorSpec([None], tf.int32), source="labeled", column="labels")

    @property
    def number_of_classes(self) -> int:
        """Those of the data set."""
        return self.num_classes

    @property
    def prior(self) -> Prior:
        """Of the generator's latents, which are styles."""
        return Prior.of(self.options, self.style.length)

    def build_generator(self) -> keras.Model:
        """The architecture's, of styles and labels."""
        return self.architecture.generator(self.dataset.image_shape, self.options, self.num_classes)

    def turns(self) -> list[Turn]:
        """Four phases."""
        reconstruction, *others = super().turns()
        return [
            dataclasses.replace(reconstruction, objective=self.copy_both),
            *others,
            Turn(("encoder",), self.learn_labels, "supervision", reads="reconstruction"),
        ]

    def copy_both(self, images: tf.Tensor, labeled_images: tf.Tensor, known_labels: tf.Tensor) -> Outcome:
        """The reconstruction errors of images, and of images with a label."""
        _, styles = self.encoded(labeled_images)
        error = self.error(labeled_images, styles, self.vectors(known_labels))
        return {**self.copy(images), "loss/reconstruction_labeled": error}

    def learn_labels(self, labeled_images: tf.Tensor, known_labels: tf.Tensor) -> Outcome:
        """The cross-entropy of the labels that are known."""
        logits, _ = self.encoded(labeled_images)
        each = tf.nn.softmax_cross_entropy_with_logits(self.vectors(known_labels), logits)
        return {"loss/class": tf.reduce_mean(each)}

    def vectors(self, labels: tf.Tensor) -> tf.Tensor:
        """Labels int32 [B] as one-hot vectors float32 [B, K]; soft ones as they are."""
        return labels if labels.dtype.is_floating else tf.one_hot(labels, self.classes.length)

    def decoded(self, generator: Callable[..., tf.Tensor], styles: tf.Tensor, classes: tf.Tensor) -> tf.Tensor:
        """Images of styles [B, z_dim] and classes [B, K]."""
        return generator(styles, classes)

    def abilities(self, nets: Mapping[str, keras.Model]) -> dict[str, Ability]:
        """Also to give an image another class and keep its style: edit(images, labels)."""
        generator = functools.partial(nets["generator"], training=False)

        def edit(images: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
            styles = nets["encoder"](images, training=False)["style"]
            return self.decoded(generator, styles, self.vectors(labels))

        return super().abilities(nets) | {"edit": Ability(edit, ("images", "labels"))}

    def code(self, styles: tf.Tensor, classes: tf.Tensor) -> tf.Tensor | dict[str, tf.Tensor]:
        """What `encode` gives of an image's style [B, z_dim] and probabilities [B, K]."""
        return {"style": styles, "classes": classes}
