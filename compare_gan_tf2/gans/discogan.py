"""DiscoGAN: two translators that invert each other, with feature matching (Kim et al. 2017)."""

from __future__ import annotations

import functools

import keras
import tensorflow as tf

from compare_gan_tf2.gans import Outcome, Player, Stream, Term, Turn, cyclegan, feature_matching
from compare_gan_tf2.gans.cyclegan import DISCRIMINATORS, TRANSLATORS, by_epoch
from compare_gan_tf2.runtime import layer_state

# Facts, read without importing this file.
MODEL = "model that translates images between two domains"
HAS_LOGITS = False
NETWORKS = ("translator", "feature_discriminator")
HONORS = ("curriculum_steps", "reconstruction_share")
IMPLIES = {
    "architecture": "discogan", "d_normalization": "batch", "g_normalization": "batch", "initializer": "pytorch",
    "l2_in_gradient": 1e-5, "loss": "none",
}  # fmt: skip
REQUIRES = {
    "conditional": (False, "it has networks without labels"),
    "disc_iters": (1, "its discriminators move in every third step, its translators in the others"),
    "reference": ("none", "compare_gan did not have it"),
}
ABILITIES = {"translate_ab": (("a",), "b"), "translate_ba": (("b",), "a"), "cycle": (("a",), "a")}

# Shares of the game: what the discriminator decides, and how far means of features are apart.
_OF_DECISIONS, _OF_FEATURES = 0.1, 0.9
# Share of the cycles at the start.
_FIRST_SHARE = 0.01
# Steps from one update of the discriminators to the next.
_PERIOD = 3


class Gan(cyclegan.Gan):
    """Cross-entropy and feature matching, cycles a -> b -> a and b -> a -> b by squared differences in [0, 1].

    Steps 1, 4, 7, ... update both discriminators, all others both translators. Adam is in the form of PyTorch, with L2.
    """

    def setup(self) -> None:
        """Four players, images of both domains."""
        options, spec = self.options, tf.TensorSpec([None, *self.dataset.image_shape])
        for name in TRANSLATORS:
            build = functools.partial(self.build_translator, name)
            self.players[name] = Player(build, "g", self.generators_average())
        for name in DISCRIMINATORS:
            self.players[name] = Player(functools.partial(self.build_feature_discriminator, name), "d")
        self.streams |= {domain: Stream(spec, source=domain) for domain in "ab"}
        self.optimizers = {side: by_epoch(said, 0, options.training_steps) for side, said in self.optimizers.items()}

    def build_feature_discriminator(self, name: str) -> keras.Model:
        """Of one domain."""
        made: keras.Model = self.architecture.feature_discriminator(self.dataset.image_shape, self.options, name)
        return made

    def turns(self) -> list[Turn]:
        """The discriminators, or the translators, whose terms compare means of the whole batch."""
        return [
            Turn(DISCRIMINATORS, self.d, "domains", when=lambda step: (step - 1) % _PERIOD == 0),
            Turn(TRANSLATORS, self.g, "domains", whole=True, when=lambda step: (step - 1) % _PERIOD != 0),
        ]

    def d(self, a: tf.Tensor, b: tf.Tensor) -> Outcome:  # type: ignore[override]
        """Each discriminator's mean of the cross-entropies of real and of translated images."""
        ab, ba = (self.players[name] for name in TRANSLATORS)
        terms = dict[str, Term]()
        for name, domain, real, fake in zip(DISCRIMINATORS, "ab", (a, b), (ba(b), ab(a)), strict=True):
            (of_real, _), (of_fake, _) = self.players[name](real), self.players[name](fake)
            both = tf.reduce_mean(tf.nn.softplus(-of_real)) + tf.reduce_mean(tf.nn.softplus(of_fake))
            terms[f"loss/d_{domain}"] = Term(0.5 * both, only=(name,))
        return terms

    def g(self, a: tf.Tensor, b: tf.Tensor, step: tf.Tensor) -> Outcome:  # type: ignore[override]
        """What the translators descend on: to be taken for real, to have the features of real images, to undo."""
        ab, ba = (self.players[name] for name in TRANSLATORS)
        fake_a, fake_b = ba(b), ab(a)
        share = tf.where(step <= self.options.curriculum_steps, _FIRST_SHARE, self.options.reconstruction_share)
        terms = dict[str, Term]()
        for name, domain, way, real, fake in zip(
            DISCRIMINATORS, "ab", ("ba", "ab"), (a, b), (fake_a, fake_b), strict=True
        ):
            (_, of_real), (logits, of_fake) = self.players[name](real), self.players[name](fake)
            apart = [feature_matching.distance("squared", *both) for both in zip(of_real, of_fake, strict=True)]
            decided = tf.reduce_mean(tf.nn.softplus(-logits))
            terms[f"loss/g_{way}"] = Term(decided, _OF_DECISIONS * (1.0 - share))
            terms[f"loss/features_{domain}"] = Term(tf.add_n(apart), _OF_FEATURES * (1.0 - share))
        # Moving statistics, which scores are about, are of real images.
        with layer_state.quiet():
            cycles = (("a", a, ba(fake_b)), ("b", b, ab(fake_a)))
        for domain, image, again in cycles:
            terms[f"loss/cycle_{domain}"] = Term(tf.reduce_mean(tf.square(again - image)), share)
        return terms
