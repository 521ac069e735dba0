"""UNIT: autoencoders of two domains with shared codes, learned from unpaired images (Liu et al. 2017)."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Mapping

import keras
import tensorflow as tf

from compare_gan_tf2.gans import Ability, Optimizer, Outcome, Player, Stream, Term, Turn
from compare_gan_tf2.gans.base import BaseGan
from compare_gan_tf2.gans.bicyclegan import squares
from compare_gan_tf2.gans.cyclegan import DISCRIMINATORS, by_epoch, distance
from compare_gan_tf2.runtime import draws
from compare_gan_tf2.runtime.draws import Seed

# Facts, read without importing this file.
MODEL = "model that translates images between two domains, by codes that they share"
HAS_LOGITS = False
NETWORKS = ("content_encoder", "domain_decoder", "multiscale_discriminator")
HONORS = ("autoencoding_weight", "cycle_weight", "halving_steps", "kl_weight")
IMPLIES = {
    "architecture": "munit", "batch_size": 1, "d_learning_rate": 1e-4, "g_learning_rate": 1e-4,
    "g_normalization": "none", "l2_in_gradient": 1e-4, "loss": "none",
}  # fmt: skip
REQUIRES = {
    "conditional": (False, "it has networks without labels"),
    "d_normalization": ("none", "its discriminators have none"),
    "disc_iters": (1, "its discriminators move once a step"),
    "g_normalization": ("none", "its autoencoders have instance norm of their own"),
    "reference": ("none", "compare_gan did not have it"),
}
DRAWN = ("code",)
ABILITIES = {
    "translate_ab": (("a",), "b"), "translate_ba": (("b",), "a"), "cycle": (("a",), "a"),
    "reconstruct_a": (("a",), "a"), "reconstruct_b": (("b",), "b"), "encode_a": (("a",), ""),
    "encode_b": (("b",), ""), "decode_a": (("code",), ""), "decode_b": (("code",), ""),
}  # fmt: skip


class Gan(BaseGan):
    """An image's code, with unit noise in training, can be decoded as an image of either domain, and back again.

    The discriminators are updated first, on squared errors summed over their scales, then all autoencoders. The mean
    square of the codes is minimized, which is the KL divergence from N(0, 1) for Gaussians of unit variance.
    Differences are of pixels in [-1, 1]. Adam is in the form of PyTorch, with L2 on all weights.
    """

    def setup(self) -> None:
        """Six players, images of both domains, codes."""
        spec = tf.TensorSpec([None, *self.dataset.image_shape])
        self.add_players("encoder", "content_encoder")
        self.add_players("decoder", "domain_decoder")
        self.add_discriminators()
        self.streams |= {domain: Stream(spec, source=domain) for domain in "ab"}
        shape = self.players["encoder_a"].network.code_shape
        self.streams["code"] = Stream(tf.TensorSpec([None, *shape], name="code"), functools.partial(_normal, shape))

    def add_players(self, role: str, network: str) -> None:
        """A network for each domain, of a function of the architecture."""
        for domain in "ab":
            build = functools.partial(self.build_part, f"{role}_{domain}", network)
            self.players[f"{role}_{domain}"] = Player(build, "g", self.generators_average())

    def add_discriminators(self) -> None:
        """A discriminator for each domain, and the optimizers' rates."""
        for name in DISCRIMINATORS:
            build = functools.partial(self.build_part, name, "multiscale_discriminator")
            self.players[name] = Player(build, "d")
        self.optimizers = {
            side: halved(by_epoch(said, 0, self.options.training_steps), self.options.halving_steps)
            for side, said in self.optimizers.items()
        }

    def build_part(self, name: str, network: str) -> keras.Model:
        """A player, of a function of the architecture."""
        made: keras.Model = getattr(self.architecture, network)(self.dataset.image_shape, self.options, name)
        return made

    def turns(self) -> list[Turn]:
        """The discriminators, then all autoencoders with noise of their own, on the same images."""
        others = tuple(name for name in self.players if name not in DISCRIMINATORS)
        return [
            Turn(DISCRIMINATORS, self.d, "discriminators"),
            Turn(others, self.g, "autoencoders", reads="discriminators"),
        ]

    def d(self, a: tf.Tensor, b: tf.Tensor) -> Outcome:
        """Each discriminator's squared distances to 1 and 0."""
        codes = {domain: self.code(domain, images, f"noise_{domain}")[1] for domain, images in (("a", a), ("b", b))}
        return self.of_discriminators(a, b, self.decoded("a", codes["b"]), self.decoded("b", codes["a"]))

    def of_discriminators(self, a: tf.Tensor, b: tf.Tensor, fake_a: tf.Tensor, fake_b: tf.Tensor) -> dict[str, Term]:
        """Their terms, of real and of translated images."""
        terms = dict[str, Term]()
        for name, real, fake in zip(DISCRIMINATORS, (a, b), (fake_a, fake_b), strict=True):
            both = squares(self.players[name](fake), 0.0) + squares(self.players[name](real), 1.0)
            terms[f"loss/d_{name[-1]}"] = Term(both, only=(name,))
        return terms

    def g(self, a: tf.Tensor, b: tf.Tensor) -> Outcome:
        """What the autoencoders descend on."""
        options, terms = self.options, dict[str, Term]()
        codes = {domain: self.code(domain, images, f"noise_{domain}") for domain, images in (("a", a), ("b", b))}
        for domain, other, images in (("a", "b", a), ("b", "a", b)):
            mean, noisy = codes[domain]
            made = self.decoded(other, noisy)
            again, noisy_again = self.code(other, made, f"noise_{domain}_again")
            copy, there_and_back = self.decoded(domain, noisy), self.decoded(domain, noisy_again)
            judged = self.players[f"discriminator_{other}"](made)
            terms |= {
                f"loss/g_{domain}{other}": Term(squares(judged, 1.0)),
                f"loss/autoencoding_{domain}": Term(distance(copy, images), options.autoencoding_weight),
                f"loss/code_{domain}": Term(tf.reduce_mean(tf.square(mean)), options.kl_weight),
                f"loss/cycle_{domain}": Term(distance(there_and_back, images), options.cycle_weight),
                f"loss/code_cycle_{domain}": Term(tf.reduce_mean(tf.square(again)), options.kl_weight),
            }
        return terms

    def code(self, domain: str, images: tf.Tensor, noise: str) -> tuple[tf.Tensor, tf.Tensor]:
        """Codes [B, h, w, C] of a domain's images, and with unit noise of this name."""
        mean = self.players[f"encoder_{domain}"](images)
        return mean, mean + draws.rows_of("normal", noise, list(mean.shape))

    def decoded(self, domain: str, codes: tf.Tensor) -> tf.Tensor:
        """Codes as images of a domain, in training mode."""
        images: tf.Tensor = self.players[f"decoder_{domain}"](codes)
        return images

    def abilities(self, nets: Mapping[str, keras.Model]) -> dict[str, Ability]:
        """To translate, to encode and to decode, without noise."""

        def encode(domain: str, images: tf.Tensor) -> tf.Tensor:
            return nets[f"encoder_{domain}"](images, training=False)

        def decode(domain: str, codes: tf.Tensor) -> tf.Tensor:
            return nets[f"decoder_{domain}"](codes, training=False)

        def translate(one: str, other: str, images: tf.Tensor) -> tf.Tensor:
            return decode(other, encode(one, images))

        found = {
            "translate_ab": Ability(functools.partial(translate, "a", "b"), ("a",), "b"),
            "translate_ba": Ability(functools.partial(translate, "b", "a"), ("b",), "a"),
            "cycle": Ability(lambda images: translate("b", "a", translate("a", "b", images)), ("a",), "a"),
        }
        for domain in "ab":
            found[f"reconstruct_{domain}"] = Ability(functools.partial(translate, domain, domain), (domain,), domain)
            found[f"encode_{domain}"] = Ability(functools.partial(encode, domain), (domain,))
            found[f"decode_{domain}"] = Ability(functools.partial(decode, domain), ("code",))
        return found


def _normal(shape: tuple[int, ...], count: int, purpose: str, seed: Seed) -> tf.Tensor:
    """Codes of the prior."""
    return seed.draw("normal", f"{purpose}/code", [count, *shape])


def halved(said: Optimizer, steps: int) -> Optimizer:
    """An optimizer whose constant rate is halved after so many steps, again and again; 0 is never."""
    start = said.rate
    if not steps or said.decay:
        return said
    assert not callable(start)
    return dataclasses.replace(said, rate=lambda updates, step: start * 0.5 ** ((step - 1) // steps))
