"""Semi-supervised GAN with K + 1 outputs: the classes, and one for generated images (Odena 2016)."""

from __future__ import annotations

from collections.abc import Mapping

import keras
import tensorflow as tf

from compare_gan_tf2.architectures import minibatch_discrimination
from compare_gan_tf2.architectures.class_discriminator import class_discriminator
from compare_gan_tf2.gans import Ability, Average, Outcome, Player, Stream, Term, Turn, feature_matching
from compare_gan_tf2.gans.base import BaseGan

# Facts, read without importing this file.
MODEL = "semi-supervised generative adversarial network"
HAS_LOGITS = False
HAS_TARGET = True
READS_LABELS = True
HONORS = (
    "d_ema_decay", "d_ema_from_zero", "data_start_images", "feature_matching", "feature_matching_weight",
    "g_loss_weight", "minibatch_dims", "minibatch_kernels", "unlabeled_weight",
)  # fmt: skip
IMPLIES = {"judge": "apart", "loss": "none"}
REQUIRES = {
    "conditional": (False, "its networks are shown no labels; it reads those that there are by itself"),
    "judge": ("apart", "labeled, unlabeled and generated images are judged with batch statistics of their own"),
    "reference": ("none", "compare_gan did not have it"),
}
ABILITIES = {"classify": (("images",), ""), "encode": (("images",), ""), "generate": (("z",), "images")}


class Gan(BaseGan):
    """The discriminator classifies labeled images by class, and all other images as real or generated.

    Labeled images are drawn repeatedly from those that there are (options labels_per_class, label_fraction,
    label_file), unlabeled ones from all training images, including the labeled ones. With logits l, the probability of
    being real is sigmoid(r), where r = log sum of exp l over the classes - l of the last output (Salimans et al. 2016,
    section 5).

    The discriminator minimizes the cross-entropy of labeled images over all outputs, and the cross-entropy of r for
    unlabeled and generated images; the generator minimizes the cross-entropy of r with target 1, or uses
    feature_matching.

    Attributes:
        more_outputs: of the discriminator, beside one for each class.
        unlabeled_share: factor on both terms of images without labels, beside the option's.
    """

    more_outputs = 1
    unlabeled_share = 1.0

    def setup(self) -> None:
        """Two players, latents, images, the same in another order, and labeled ones."""
        images = tf.TensorSpec([None, *self.dataset.image_shape])
        self.players["generator"] = Player(self.build_generator, "g", self.generators_average())
        self.players["discriminator"] = Player(self.build_discriminator, "d", self.classifiers_average())
        self.streams["images"] = Stream(images)
        self.streams["images_again"] = Stream(images, source="/2", column="images")
        self.streams["labeled_images"] = Stream(images, source="labeled", column="images")
        self.streams["labels"] = Stream(tf.TensorSpec([None], tf.int32), source="labeled")
        self.streams["z"] = Stream(self.prior.spec, self.prior.rows)

    def build_discriminator(self) -> keras.Model:
        """The classifier: the architecture's own, or one of its discriminator's layers."""
        outputs = self.dataset.num_classes + self.more_outputs
        made = class_discriminator(self.architecture, self.dataset.image_shape, self.options, outputs)
        return minibatch_discrimination.attached(made, self.options, outputs)

    def classifiers_average(self) -> Average | None:
        """The average of the discriminator that the options ask for."""
        options = self.options
        if not options.d_ema_decay:
            return None
        if options.d_ema_from_zero:
            return Average(options.d_ema_decay, start="zero", takes="before")
        return Average(options.d_ema_decay)

    def evaluated(self) -> dict[str, keras.Model]:
        """The classifier's average where it has one, whether or not the generator has."""
        averaged = self.players["discriminator"].averaged
        if averaged is None or self.options.evaluated_weights != "auto":
            return super().evaluated()
        return super().evaluated() | {"discriminator": averaged}

    def turns(self) -> list[Turn]:
        """disc_iters updates of the discriminator, one of the generator; before the first step the start from data."""
        options, players = self.options, ("discriminator",)
        compares = options.minibatch_kernels > 0
        names = [f"discriminator/{i}" for i in range(options.disc_iters)]
        turns = [Turn(players, self.d, name, whole=compares) for name in names]
        if options.data_start_images:
            rows, first = options.data_start_images, (lambda step: step == 1)
            turns.insert(0, Turn((), self.start, "start", rows=rows, whole=True, starts=players, when=first))
        matches = feature_matching.is_wanted(options)
        draws = names[-1] if options.latents == "reused" else "generator"
        objective = self.g_matching if matches else self.g
        return [*turns, Turn(("generator",), objective, draws, reads="generator", whole=compares or matches)]

    def start(self, images: tf.Tensor) -> Outcome:
        """Shows the discriminator images by which its layers are set."""
        self.discriminator(images, training=True)
        return {}

    def d(self, labeled_images: tf.Tensor, labels: tf.Tensor, images: tf.Tensor, z: tf.Tensor) -> Outcome:
        """The objective of the discriminator; each kind of images is judged by itself."""
        fakes = tf.stop_gradient(self.generator(z, training=True))
        labeled, unlabeled, generated = (
            self.discriminator(each, training=True)[0] for each in (labeled_images, images, fakes)
        )
        target, weight = 1.0 - self.options.label_smoothing, self.unlabeled_share * self.options.unlabeled_weight
        classes = self.one_hot(labels)
        is_wrong = tf.argmax(labeled[:, : self.dataset.num_classes], 1) != tf.argmax(classes, 1)
        return {
            "loss/d_labeled": self.labeled_loss(labeled, classes),
            "loss/d_unlabeled": Term(real_or_not(self.real_logits(unlabeled), target), weight),
            "loss/d_generated": Term(real_or_not(self.real_logits(generated), 0.0), weight),
            "labeled_error": Term(tf.reduce_mean(tf.cast(is_wrong, tf.float32)), 0.0),
        }

    def g(self, z: tf.Tensor) -> Outcome:
        """The objective of the generator without feature matching."""
        logits, _ = self.discriminator(self.generator(z, training=True), training=True)
        return {"loss/g": Term(self.generator_loss(logits), self.options.g_loss_weight)}

    def g_matching(self, images_again: tf.Tensor, z: tf.Tensor) -> Outcome:
        """The objective of the generator with feature matching."""
        _, real = self.discriminator(images_again, training=True)
        logits, fake = self.discriminator(self.generator(z, training=True), training=True)
        return {
            "loss/g": Term(self.generator_loss(logits), self.options.g_loss_weight),
            "loss/feature_matching": feature_matching.term(self.options, real, fake),
        }

    def one_hot(self, labels: tf.Tensor) -> tf.Tensor:
        """Labels, int32 [B] or soft, as float32 [B, K]."""
        return labels if labels.dtype.is_floating else tf.one_hot(labels, self.dataset.num_classes)

    def labeled_loss(self, logits: tf.Tensor, classes: tf.Tensor) -> tf.Tensor:
        """Cross-entropy over all outputs: mean of -log softmax(logits [B, K + 1]) at classes [B, K]."""
        wanted = tf.pad(classes, [[0, 0], [0, self.more_outputs]])
        return tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(wanted, logits))

    def real_logits(self, logits: tf.Tensor) -> tf.Tensor:
        """Whose sigmoid is the probability of being real, [B], of all outputs [B, K + 1]."""
        return tf.reduce_logsumexp(logits[:, :-1], 1) - logits[:, -1]

    def generator_loss(self, logits: tf.Tensor) -> tf.Tensor:
        """Mean of -log P(real): non-saturating."""
        return tf.reduce_mean(tf.nn.softplus(-self.real_logits(logits)))

    def abilities(self, nets: Mapping[str, keras.Model]) -> dict[str, Ability]:
        """Also to classify images, and to give their features."""
        classes = self.dataset.num_classes

        def classify(images: tf.Tensor) -> tf.Tensor:
            """Probabilities [B, K] of the classes, for images [B, H, W, C] taken as real."""
            logits, _ = nets["discriminator"](images, training=False)
            probabilities: tf.Tensor = tf.nn.softmax(logits[:, :classes])
            return probabilities

        def encode(images: tf.Tensor) -> tf.Tensor:
            """Features [B, F]."""
            _, features = nets["discriminator"](images, training=False)
            return features

        own = {"classify": Ability(classify, ("images",)), "encode": Ability(encode, ("images",))}
        return super().abilities(nets) | own


def real_or_not(logits: tf.Tensor, target: float) -> tf.Tensor:
    """Mean cross-entropy of sigmoid(logits [B]) for a target in [0, 1]; scalar."""
    return tf.reduce_mean(tf.nn.softplus(logits) - target * logits)
