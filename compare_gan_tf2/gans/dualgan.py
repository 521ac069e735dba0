"""DualGAN: two translators that invert each other, with a critic for each domain (Yi et al. 2017)."""

from __future__ import annotations

import dataclasses
import functools

import keras
import tensorflow as tf

from compare_gan_tf2.gans import Outcome, Player, Stream, Term, Turn, cyclegan
from compare_gan_tf2.gans.cyclegan import DISCRIMINATORS, TRANSLATORS, by_epoch, distance
from compare_gan_tf2.runtime import draws, layer_state

# Facts, read without importing this file.
MODEL = "model that translates images between two domains"
HAS_LOGITS = False
NETWORKS = ("translator", "critic")
HONORS = ("critic_loss", "cycle_weight")
IMPLIES = {
    "architecture": "dualgan", "batch_size": 1, "cycle_weight": 500.0, "d_learning_rate": 5e-5,
    "d_optimizer": "rmsprop", "g_learning_rate": 5e-5, "g_normalization": "none", "g_optimizer": "rmsprop",
    "loss": "none",
}  # fmt: skip
REQUIRES = {
    "conditional": (False, "it has networks without labels"),
    "d_normalization": ("none", "its critics have instance norm of their own"),
    "g_normalization": ("none", "its translators have instance norm of their own"),
    "reference": ("none", "compare_gan did not have it"),
}
ABILITIES = {"translate_ab": (("a",), "b"), "translate_ba": (("b",), "a"), "cycle": (("a",), "a")}

_PENALTY_WEIGHT, _CLIPPED_TO = 10.0, 0.01
# Added below the root of a slope.
_EPSILON = 1e-8


class Gan(cyclegan.Gan):
    """Wasserstein critics on real and translated images, and cycles in both directions.

    The critics are updated disc_iters times, then both translators once, on the last of these images; with
    cross-entropy twice. Differences and gradients are for pixels in [-1, 1].
    """

    def setup(self) -> None:
        """Four players, images of both domains."""
        options, spec = self.options, tf.TensorSpec([None, *self.dataset.image_shape])
        for name in TRANSLATORS:
            build = functools.partial(self.build_translator, name)
            self.players[name] = Player(build, "g", self.generators_average())
        for name in DISCRIMINATORS:
            self.players[name] = Player(functools.partial(self.build_critic, name), "d")
        self.streams |= {domain: Stream(spec, source=domain) for domain in "ab"}
        self.optimizers = {side: by_epoch(said, 0, options.training_steps) for side, said in self.optimizers.items()}
        if options.critic_loss == "wgan":
            self.optimizers["d"] = dataclasses.replace(self.optimizers["d"], weight_bound=_CLIPPED_TO)

    def build_critic(self, name: str) -> keras.Model:
        """Of one domain."""
        made: keras.Model = self.architecture.critic(self.dataset.image_shape, self.options, name)
        return made

    def turns(self) -> list[Turn]:
        """The critics' updates, then the translators' on the same images as the last of these."""
        critics = [Turn(DISCRIMINATORS, self.d, f"critics/{i}") for i in range(self.options.disc_iters)]
        often = 2 if self.options.critic_loss == "classic" else 1
        return critics + [Turn(TRANSLATORS, self.g, f"translators/{i}", reads=critics[-1].draws) for i in range(often)]

    def d(self, a: tf.Tensor, b: tf.Tensor) -> Outcome:  # type: ignore[override]
        """What each critic descends on."""
        ab, ba = (self.players[name] for name in TRANSLATORS)
        terms = dict[str, Term]()
        for name, domain, real, fake in zip(DISCRIMINATORS, "ab", (a, b), (ba(b), ab(a)), strict=True):
            only = (name,)
            terms[f"loss/d_{domain}_real"] = Term(self.cost(self.players[name](real), is_real=True), only=only)
            terms[f"loss/d_{domain}_fake"] = Term(self.cost(self.players[name](fake), is_real=False), only=only)
            if self.options.critic_loss == "wgan_gp":
                terms[f"penalty/d_{domain}"] = Term(self.steepness(name, real, fake), _PENALTY_WEIGHT, only=only)
        return terms

    def g(self, a: tf.Tensor, b: tf.Tensor) -> Outcome:
        """What the translators descend on."""
        ab, ba = (self.players[name] for name in TRANSLATORS)
        judge_a, judge_b = (self.players[name] for name in DISCRIMINATORS)
        fake_a, fake_b = ba(b), ab(a)
        weight = self.options.cycle_weight
        return {
            "loss/g_ab": self.cost(judge_b(fake_b), is_real=True),
            "loss/g_ba": self.cost(judge_a(fake_a), is_real=True),
            "loss/cycle_a": Term(distance(ba(fake_b), a), weight),
            "loss/cycle_b": Term(distance(ab(fake_a), b), weight),
        }

    def cost(self, judged: tf.Tensor, *, is_real: bool) -> tf.Tensor:
        """Of images that shall be taken for real or not, by what a critic [B, 1] says of them; mean over the batch."""
        signed = -judged if is_real else judged
        return tf.reduce_mean(tf.nn.softplus(signed) if self.options.critic_loss == "classic" else signed)

    def steepness(self, name: str, real: tf.Tensor, fake: tf.Tensor) -> tf.Tensor:
        """Mean squared difference of a critic's slope from 1, at images between real and translated ones."""
        share = draws.rows_of("unit", f"between_{name[-1]}", [real.shape[0], 1, 1, 1])
        between = real + share * (fake - real)
        with tf.GradientTape(watch_accessed_variables=False) as tape, layer_state.quiet():
            tape.watch(between)
            judged = self.players[name](between)
        # Half of what it is of images in [0, 1].
        slopes = 0.5 * tape.gradient(judged, between)
        length = tf.sqrt(_EPSILON + tf.reduce_sum(tf.square(slopes), [1, 2, 3]))
        return tf.reduce_mean(tf.square(length - 1.0))
