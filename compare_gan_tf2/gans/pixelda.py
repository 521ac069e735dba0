"""PixelDA: makes labeled pictures look like another domain, and trains a classifier on both (Bousmalis et al. 2017)."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import keras
import tensorflow as tf

from compare_gan_tf2.gans import Ability, Optimizer, Outcome, Player, Rows, Stream, Term, Turn
from compare_gan_tf2.gans.base import BaseGan
from compare_gan_tf2.runtime.prior import Prior

# Facts, read without importing this file.
MODEL = "model that makes images of one domain like those of another, with a classifier"
HAS_LOGITS = False
NETWORKS = ("noisy_translator", "domain_judge", "task_tower")
READS_LABELS = True
HONORS = (
    "adversarial_loss", "adversarial_weight", "classifier_moves", "first_update", "g_class_weight",
    "judge_weight",
)  # fmt: skip
IMPLIES = {
    "adversarial_weight": 0.0113173311334, "architecture": "pixelda", "batch_norm_epsilon": 1e-3, "batch_size": 32,
    "d_learning_rate": 1e-3, "d_normalization": "offset_batch", "g_class_weight": 0.0100959947002,
    "g_learning_rate": 1e-3, "g_normalization": "offset_batch", "loss": "none", "z_dim": 10,
}  # fmt: skip
REQUIRES = {
    "conditional": (False, "its translator is shown no labels; its classifier learns them"),
    "disc_iters": (1, "its discriminator moves once a step"),
    "label_file": ("", "every image of the source has to have a label"),
    "label_fraction": (1.0, "every image of the source has to have a label"),
    "labels_per_class": (0, "every image of the source has to have a label"),
    "reference": ("none", "compare_gan did not have it"),
}
ABILITIES = {"classify": (("b",), ""), "translate_ab": (("a", "z"), "b")}

# Of each variable's gradient.
_LONGEST = 5.0
# The rate's factor after so many steps, again and again.
_FALLS_TO, _FALLS_AFTER = 0.95, 10_000


class Gan(BaseGan):
    """Labeled images of the source `a` are made to look like those of the target `b`, which has no labels.

    The discriminator separates translated images from target images. A classifier learns the labels of source images,
    before and after translation; it is updated with the discriminator, or with the translator (classifier_moves). The
    translator learns to deceive the discriminator and to keep the label recognizable. Each of the two updates has its
    own batch and latents. With first_update=generator the discriminator sees the images of the translator's update
    instead.
    """

    def setup(self) -> None:
        """Three players, images of both domains, labels of the source's, latents."""
        spec = tf.TensorSpec([None, *self.dataset.image_shape])
        self.players["generator"] = Player(self.build_generator, "g", self.generators_average())
        self.players["discriminator"] = Player(self.build_discriminator, "d")
        self.players["classifier"] = Player(self.build_classifier, "g" if self._is_translators else "d")
        self.streams |= {
            "a": Stream(spec, source="a"), "b": Stream(spec, source="b"),
            "labels": Stream(tf.TensorSpec([None], tf.int32), source="a"),
            "z": Stream(self.prior.spec, self.prior.rows),
        }  # fmt: skip
        self.optimizers = {side: falling(said) for side, said in self.optimizers.items()}

    @property
    def prior(self) -> Prior:
        """Of the latents."""
        return Prior.of(self.options, self.options.z_dim)

    @property
    def _is_translators(self) -> bool:
        return self.options.classifier_moves == "generator"

    def build_generator(self) -> keras.Model:
        """From images of the source to images like the target's."""
        made: keras.Model = self.architecture.noisy_translator(self.dataset.image_shape, self.options, "generator")
        return made

    def build_discriminator(self) -> keras.Model:
        """Of the target's images and those made like them."""
        made: keras.Model = self.architecture.domain_judge(self.dataset.image_shape, self.options, "discriminator")
        return made

    def build_classifier(self) -> keras.Model:
        """Of images of both domains."""
        shape, classes = self.dataset.image_shape, self.dataset.num_classes
        made: keras.Model = self.architecture.task_tower(shape, self.options, "classifier", classes)
        return made

    def turns(self) -> list[Turn]:
        """The discriminator and the translator, each with a batch of its own, or the other way round with one batch."""
        judging: tuple[str, ...] = ("discriminator",)
        making: tuple[str, ...] = ("generator",)
        if self._is_translators:
            making = ("generator", "classifier")
        else:
            judging = ("discriminator", "classifier")
        if self.options.first_update == "generator":
            return [
                Turn(making, self.g, "generator", hands=("shown",)),
                Turn(judging, self.d_of_shown, "discriminator", reads="generator"),
            ]
        return [Turn(judging, self.d, "discriminator"), Turn(making, self.g, "generator")]

    def d(self, a: tf.Tensor, labels: tf.Tensor, b: tf.Tensor, z: tf.Tensor) -> Outcome:
        """What the discriminator and, unless it moves with the translator, the classifier descend on."""
        fake = tf.stop_gradient(self.players["generator"](a, z))
        return self.judging(a, labels, b, fake)

    def d_of_shown(self, a: tf.Tensor, labels: tf.Tensor, b: tf.Tensor, shown: tf.Tensor) -> Outcome:
        """Discriminator's objective, on the images of the translator's update."""
        return self.judging(a, labels, b, shown)

    def judging(self, a: tf.Tensor, labels: tf.Tensor, b: tf.Tensor, fake: tf.Tensor) -> Outcome:
        """Terms of the update that moves the discriminator, of both domains' images and those made like b's."""
        judge, weight = self.players["discriminator"], self.options.judge_weight
        terms = {
            "loss/d_fake": Term(self.game(judge(fake), is_target=False), weight, only=("discriminator",)),
            "loss/d_real": Term(self.game(judge(b), is_target=True), weight, only=("discriminator",)),
        }
        if not self._is_translators:
            terms |= self.task(a, labels, fake, self.options.class_weight, ("classifier",))
        return terms

    def g(self, a: tf.Tensor, labels: tf.Tensor, z: tf.Tensor) -> Outcome:
        """What the translator, and the classifier if it moves with it, descend on; the images that were made."""
        options = self.options
        fake = self.players["generator"](a, z)
        terms = {
            "loss/g": Term(
                self.game(self.players["discriminator"](fake), is_target=True),
                options.adversarial_weight,
                only=("generator",),
            )
        }
        of_task = self.task(a, labels, fake, options.g_class_weight, ())
        return terms | {f"{name}_in_g": term for name, term in of_task.items()} | {"shown": Rows(fake)}

    def game(self, judged: tf.Tensor, *, is_target: bool) -> tf.Tensor:
        """Of images that shall be taken for the target's or not, by what the discriminator says of them; a mean."""
        if self.options.adversarial_loss == "least_squares":
            return tf.reduce_mean(tf.square(judged - float(is_target)))
        return tf.reduce_mean(tf.nn.softplus(-judged if is_target else judged))

    def task(
        self, a: tf.Tensor, labels: tf.Tensor, fake: tf.Tensor, weight: float, only: tuple[str, ...]
    ) -> dict[str, Term]:
        """Cross-entropies of the classes of images of the source, and of those made of them."""
        tower, found = self.players["classifier"], dict[str, Term]()
        for name, images, of_source in (("source", a, True), ("made", fake, False)):
            logits = tower(images, of_source=of_source)
            losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits)
            found[f"loss/class_{name}"] = Term(tf.reduce_mean(losses), weight, only=only)
            is_right = tf.cast(tf.argmax(logits, 1, tf.int32) == labels, tf.float32)
            found[f"accuracy/{name}"] = Term(tf.reduce_mean(is_right), 0.0)
        return found

    def abilities(self, nets: Mapping[str, keras.Model]) -> dict[str, Ability]:
        """To make images of the source like the target's, and to tell the classes of the target's."""

        def classify(images: tf.Tensor) -> tf.Tensor:
            probabilities: tf.Tensor = tf.nn.softmax(nets["classifier"](images, of_source=False, training=False))
            return probabilities

        return {
            "classify": Ability(classify, ("b",)),
            "translate_ab": Ability(lambda images, z: nets["generator"](images, z, training=False), ("a", "z"), "b"),
        }


def falling(said: Optimizer) -> Optimizer:
    """An optimizer whose variables' gradients are bounded one by one, and whose constant rate falls in steps."""
    start = said.rate
    said = dataclasses.replace(said, variable_norm=_LONGEST)
    if said.decay:
        return said
    assert not callable(start)
    return dataclasses.replace(said, rate=lambda updates, step: start * _FALLS_TO ** ((step - 1) // _FALLS_AFTER))
