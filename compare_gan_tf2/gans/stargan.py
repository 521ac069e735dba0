"""StarGAN: one translator for all domains of a data set, which are its classes (Choi et al. 2018)."""

from __future__ import annotations

from collections.abc import Mapping

import keras
import tensorflow as tf

from compare_gan_tf2.errors import UserError
from compare_gan_tf2.gans import Ability, Outcome, Player, Stream, Term, Turn
from compare_gan_tf2.gans.base import BaseGan
from compare_gan_tf2.gans.cyclegan import by_epoch, distance
from compare_gan_tf2.runtime import draws, layer_state
from compare_gan_tf2.runtime.draws import Seed

# Facts, read without importing this file.
MODEL = "model that translates images between several domains"
HAS_LOGITS = False
NETWORKS = ("domain_translator", "domain_discriminator")
READS_LABELS = True
TELLS_CLASSES = True
HONORS = ("cycle_weight", "g_class_weight")
IMPLIES = {
    "architecture": "stargan", "batch_size": 16, "d_learning_rate": 1e-4, "disc_iters": 5,
    "g_learning_rate": 1e-4, "g_normalization": "instance", "initializer": "pytorch", "learning_rate_decay": 0.5,
    "loss": "none",
}  # fmt: skip
REQUIRES = {
    "conditional": (False, "it reads labels by itself, and shows them to its translator as planes"),
    "d_normalization": ("none", "slopes of its discriminator are penalized image by image"),
    "label_file": ("", "every image has to say its domain"),
    "label_fraction": (1.0, "every image has to say its domain"),
    "labels_per_class": (0, "every image has to say its domain"),
    "reference": ("none", "compare_gan did not have it"),
}
LEAST_BATCH = 2
ABILITIES = {"classify": (("images",), ""), "translate": (("images", "target_labels"), "images")}
DRAWN = ("target_labels",)

_PENALTY_WEIGHT = 10.0


class Gan(BaseGan):
    """The translator makes an image of a target domain, and from this the original image again.

    The discriminator is a Wasserstein critic of patches, with gradient norms of 1 between real and translated images,
    and learns the domains of real images. It is updated disc_iters times, then the translator once, on the last batch;
    the target domains are those of the batch in another order. Differences and gradients are for pixels in [-1, 1].
    Adam is in the form of PyTorch.

    Attributes:
        asked_for: the stream of what an ability is asked for.
    """

    asked_for = "target_labels"

    def setup(self) -> None:
        """Two players, images with their domains."""
        options = self.options
        self.players["generator"] = Player(self.build_generator, "g", self.generators_average())
        self.players["discriminator"] = Player(self.build_discriminator, "d")
        self.streams["images"] = Stream(tf.TensorSpec([None, *self.dataset.image_shape]))
        self.add_conditions()
        self.optimizers = {side: by_epoch(said, 0, options.training_steps) for side, said in self.optimizers.items()}

    def add_conditions(self) -> None:
        """The stream of the domains that images have, and that of those that an ability is asked for."""
        if self.conditions < 2:
            raise UserError(
                f"gan={self.options.gan} translates between classes, and data set '{self.options.dataset}' has one, "
                f"{', '.join(map(repr, self.dataset.class_names))}; a folder of images has a folder for each"
            )
        spec = tf.TensorSpec([None], tf.int32)
        self.streams |= {"labels": Stream(spec), "target_labels": Stream(spec, self._drawn_labels)}

    def build_generator(self) -> keras.Model:
        """From images and domains to images."""
        shape, options = self.dataset.image_shape, self.options
        made: keras.Model = self.architecture.domain_translator(shape, options, "generator", self.conditions)
        return made

    def build_discriminator(self) -> keras.Model:
        """Of patches and domains."""
        shape, options = self.dataset.image_shape, self.options
        made: keras.Model = self.architecture.domain_discriminator(shape, options, "discriminator", self.conditions)
        return made

    @property
    def conditions(self) -> int:
        """Numbers that say what an image is."""
        return self.dataset.num_classes

    def turns(self) -> list[Turn]:
        """The discriminator's updates, then the translator's on the last of their batches, with the same wishes."""
        names = [f"discriminator/{i}" for i in range(self.options.disc_iters)]
        judging = [Turn(("discriminator",), self.d, name, whole=True) for name in names]
        return [*judging, Turn(("generator",), self.g, names[-1], whole=True)]

    def d(self, images: tf.Tensor, labels: tf.Tensor) -> Outcome:
        """What the discriminator descends on."""
        return self.judging(images, self.coded(labels))

    def g(self, images: tf.Tensor, labels: tf.Tensor) -> Outcome:
        """What the translator descends on."""
        return self.translating(images, self.coded(labels))

    def judging(self, images: tf.Tensor, conditions: tf.Tensor) -> Outcome:
        """The discriminator's terms, of images [B, H, W, C] and what they are [B, c]."""
        judge, weight = self.players["discriminator"], self.options.class_weight
        fake = tf.stop_gradient(self.players["generator"](images, wanted(conditions)))
        (of_real, kinds), (of_fake, _) = judge(images), judge(fake)
        return {
            "loss/d_real": -tf.reduce_mean(of_real),
            "loss/d_fake": tf.reduce_mean(of_fake),
            "loss/d_class": Term(self.class_loss(kinds, conditions), weight),
            "penalty/d": Term(self.steepness(images, fake), _PENALTY_WEIGHT),
            "accuracy/real": Term(self.accuracy(kinds, conditions), 0.0),
        }

    def translating(self, images: tf.Tensor, conditions: tf.Tensor) -> Outcome:
        """The translator's terms, of images [B, H, W, C] and what they are [B, c]."""
        generator, options = self.players["generator"], self.options
        targets = wanted(conditions)
        fake = generator(images, targets)
        judged, kinds = self.players["discriminator"](fake)
        return {
            "loss/g": -tf.reduce_mean(judged),
            "loss/g_class": Term(self.class_loss(kinds, targets), options.g_class_weight),
            "loss/cycle": Term(distance(generator(fake, conditions), images), options.cycle_weight),
            "accuracy/fake": Term(self.accuracy(kinds, targets), 0.0),
        }

    def coded(self, labels: tf.Tensor) -> tf.Tensor:
        """Labels, int32 [B] or soft, as float32 [B, domains]."""
        return labels if labels.dtype.is_floating else tf.one_hot(labels, self.conditions)

    def class_loss(self, logits: tf.Tensor, conditions: tf.Tensor) -> tf.Tensor:
        """Mean cross-entropy of domains."""
        return tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(conditions, logits))

    def accuracy(self, logits: tf.Tensor, conditions: tf.Tensor) -> tf.Tensor:
        """Share of images whose domain is told."""
        return tf.reduce_mean(tf.cast(tf.argmax(logits, 1) == tf.argmax(conditions, 1), tf.float32))

    def steepness(self, real: tf.Tensor, fake: tf.Tensor) -> tf.Tensor:
        """Mean squared difference from 1 of how steep the sum over patches is between real and translated images."""
        share = draws.rows_of("unit", "between", [real.shape[0], 1, 1, 1])
        between = share * real + (1.0 - share) * fake
        with tf.GradientTape(watch_accessed_variables=False) as tape, layer_state.quiet():
            tape.watch(between)
            judged, _ = self.players["discriminator"](between)
        # Half of what it is of images in [0, 1].
        slopes = 0.5 * tape.gradient(judged, between)
        # The root of 0 has no slope.
        length = tf.sqrt(tf.maximum(tf.reduce_sum(tf.square(slopes), [1, 2, 3]), 1e-24))
        return tf.reduce_mean(tf.square(length - 1.0))

    def abilities(self, nets: Mapping[str, keras.Model]) -> dict[str, Ability]:
        """To translate images to domains that are asked for, and to tell the domain of images."""

        def classify(images: tf.Tensor) -> tf.Tensor:
            _, kinds = nets["discriminator"](images, training=False)
            return self.told(kinds)

        return {
            "classify": Ability(classify, ("images",)),
            "translate": Ability(
                lambda images, labels: nets["generator"](images, self.coded(labels), training=False),
                ("images", self.asked_for),
                "images",
            ),
        }

    def told(self, logits: tf.Tensor) -> tf.Tensor:
        """Probabilities [B, c] of domains."""
        return tf.nn.softmax(logits)

    def _drawn_labels(self, count: int, purpose: str, seed: Seed) -> tf.Tensor:
        return seed.labels(f"{purpose}/target_labels", count, self.conditions)


def wanted(conditions: tf.Tensor) -> tf.Tensor:
    """What the images of a batch [B, c] shall become: what others of the batch are, in random order."""
    order = tf.argsort(draws.rows_of("unit", "order", [conditions.shape[0]]), stable=True)
    return tf.gather(conditions, order)
