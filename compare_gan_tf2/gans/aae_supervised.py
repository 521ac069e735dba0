"""Adversarial autoencoder whose decoder gets the label; the code is the style (Makhzani et al. 2015, section 4)."""

from __future__ import annotations

from collections.abc import Mapping

import keras
import tensorflow as tf

from compare_gan_tf2.gans import Ability, Outcome, Rows, Stream, Term, aae

# Facts, read without importing this file.
MODEL = "supervised adversarial autoencoder"
HAS_LOGITS = False
HONORS = ("code_noise", "posterior", "reconstruction_loss", "regularization_weight")
IMPLIES = {
    "architecture": "aae", "beta1": 0.1, "conditional": True, "d_learning_rate": 1e-4, "g_learning_rate": 1e-4,
    "g_normalization": "conditional_batch", "gradient_clipping": 5.0, "loss": "none",
    "metrics": "default,prior_match", "z_dim": 10, "z_distribution": "normal",
}  # fmt: skip
REQUIRES = {
    "conditional": (True, "its generator takes the label of an image beside its style"),
    "disc_iters": (1, "its networks move in phases, each once a step"),
    "label_file": ("", "it copies images by their labels, and all have to have one"),
    "label_fraction": (1.0, "it copies images by their labels, and all have to have one"),
    "labels_per_class": (0, "it copies images by their labels, and all have to have one"),
    "latents": ("fresh", "its generator's update takes no latents"),
    "reference": ("none", "compare_gan did not have it"),
}
ABILITIES = {
    "edit": (("images",), ""), "encode": (("images",), ""), "generate": (("z",), "images"),
    "reconstruct": (("images",), "images"),
}  # fmt: skip


class Gan(aae.Gan):
    """As gan=aae, but the generator also gets the label of the image, so that codes need not contain it.

    The encoder sees only images, and the discriminator only codes: codes follow the same prior for every class.
    """

    def setup(self) -> None:
        """The plain one's, and labels."""
        super().setup()
        self.streams["labels"] = Stream(tf.TensorSpec([None], tf.int32))

    def build_generator(self) -> keras.Model:
        """The architecture's, of styles and labels."""
        return self.architecture.generator(self.dataset.image_shape, self.options, self.num_classes)

    def copy(self, images: tf.Tensor, labels: tf.Tensor) -> Outcome:  # type: ignore[override]
        """The reconstruction error."""
        copies = self.players["generator"](self.drawn_codes(images), labels)
        return {"loss/reconstruction": self.error(images, copies)}

    def both(self, images: tf.Tensor, labels: tf.Tensor) -> Outcome:  # type: ignore[override]
        """Both objectives of encoder and generator, weighted."""
        codes, weight = self.drawn_codes(images), self.options.regularization_weight
        error = self.error(images, self.players["generator"](codes, labels))
        return {
            "loss/e": Term(aae.passing(self.players["code_discriminator"], codes, self.options), weight, ("encoder",)),
            "loss/reconstruction": Term(error, 1.0 - weight),
            "codes": Rows(codes),
        }

    def abilities(self, nets: Mapping[str, keras.Model]) -> dict[str, Ability]:
        """Also to copy images by their labels, and to give them another one and keep the style."""
        known = super().abilities(nets)
        encode = known["encode"].call

        def shown(images: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
            made: tf.Tensor = nets["generator"](encode(images), labels, training=False)
            return made

        own = {
            "edit": Ability(shown, ("images", "labels")),
            "reconstruct": Ability(shown, ("images", "labels"), "images"),
        }
        return known | own
