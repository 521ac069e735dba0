"""MUNIT: translates the content of an image into many styles, learned from unpaired images (Huang et al. 2018)."""

from __future__ import annotations

from collections.abc import Mapping

import keras
import tensorflow as tf

from compare_gan_tf2.gans import Ability, Outcome, Stream, Term, unit
from compare_gan_tf2.gans.bicyclegan import apart, squares
from compare_gan_tf2.gans.cyclegan import distance
from compare_gan_tf2.runtime import draws
from compare_gan_tf2.runtime.prior import Prior

# Facts, read without importing this file.
MODEL = "model that translates images between two domains in many styles"
HAS_LOGITS = False
NETWORKS = ("content_encoder", "style_encoder", "style_decoder", "multiscale_discriminator")
HONORS = ("autoencoding_weight", "code_weight", "cycle_weight", "halving_steps")
IMPLIES = {
    "architecture": "munit", "batch_size": 1, "cycle_weight": 0.0, "d_learning_rate": 1e-4, "g_learning_rate": 1e-4,
    "g_normalization": "none", "l2_in_gradient": 1e-4, "loss": "none", "z_dim": 8, "z_distribution": "normal",
}  # fmt: skip
REQUIRES = {
    "conditional": (False, "it has networks without labels"),
    "d_normalization": ("none", "its discriminators have none"),
    "disc_iters": (1, "its discriminators move once a step"),
    "g_normalization": ("none", "its autoencoders have norms of their own"),
    "reference": ("none", "compare_gan did not have it"),
}
ABILITIES = {
    "translate_ab": (("a", "z"), "b"), "translate_ba": (("b", "z"), "a"), "translate_like_ab": (("a", "b"), ""),
    "translate_like_ba": (("b", "a"), ""), "reconstruct_a": (("a",), "a"), "reconstruct_b": (("b",), "b"),
    "encode_a": (("a",), ""), "encode_b": (("b",), ""),
}  # fmt: skip


class Gan(unit.Gan):
    """An image is a content, which both domains share, and a style of its domain; a random style gives a translation.

    Content and style of a translation must equal those that it was made from. The discriminators are updated first, on
    squared errors summed over their scales, then all autoencoders, with other random styles. Differences are of pixels
    in [-1, 1]. Adam is in the form of PyTorch, with L2 on all weights.
    """

    def setup(self) -> None:
        """Eight players, images of both domains, styles."""
        spec = tf.TensorSpec([None, *self.dataset.image_shape])
        self.add_players("content_encoder", "content_encoder")
        self.add_players("style_encoder", "style_encoder")
        self.add_players("decoder", "style_decoder")
        self.add_discriminators()
        self.streams |= {domain: Stream(spec, source=domain) for domain in "ab"}
        self.streams["z"] = Stream(self.prior.spec, self.prior.rows)

    @property
    def prior(self) -> Prior:
        """Of the styles."""
        return Prior.of(self.options, self.options.z_dim)

    def d(self, a: tf.Tensor, b: tf.Tensor) -> Outcome:
        """Each discriminator's squared distances to 1 and 0."""
        content_a, content_b = (self.content(domain, images) for domain, images in (("a", a), ("b", b)))
        fake_a = self.styled("a", content_b, self.drawn("a", a))
        fake_b = self.styled("b", content_a, self.drawn("b", b))
        return self.of_discriminators(a, b, fake_a, fake_b)

    def g(self, a: tf.Tensor, b: tf.Tensor) -> Outcome:
        """What the autoencoders descend on."""
        options, terms = self.options, dict[str, Term]()
        for domain, other, images in (("a", "b", a), ("b", "a", b)):
            content, style = self.content(domain, images), self.style(domain, images)
            drawn = self.drawn(other, images)
            made = self.styled(other, content, drawn)
            content_again = self.content(other, made)
            judged = self.players[f"discriminator_{other}"](made)
            copy = self.styled(domain, content, style)
            terms |= {
                f"loss/g_{domain}{other}": Term(squares(judged, 1.0)),
                f"loss/autoencoding_{domain}": Term(distance(copy, images), options.autoencoding_weight),
                f"loss/style_{other}": Term(apart(self.style(other, made), drawn), options.code_weight),
                f"loss/content_{domain}": Term(apart(content_again, content), options.code_weight),
            }
            if options.cycle_weight:
                back = self.styled(domain, content_again, style)
                terms[f"loss/cycle_{domain}"] = Term(distance(back, images), options.cycle_weight)
        return terms

    def content(self, domain: str, images: tf.Tensor) -> tf.Tensor:
        """Contents [B, h, w, C] of a domain's images, in training mode."""
        found: tf.Tensor = self.players[f"content_encoder_{domain}"](images)
        return found

    def style(self, domain: str, images: tf.Tensor) -> tf.Tensor:
        """Styles [B, z_dim] of a domain's images, in training mode."""
        found: tf.Tensor = self.players[f"style_encoder_{domain}"](images)
        return found

    def drawn(self, domain: str, images: tf.Tensor) -> tf.Tensor:
        """Styles of a domain, as many as images."""
        shape = [images.shape[0], self.options.z_dim]
        return draws.rows_of(self.options.z_distribution, f"style_{domain}", shape)

    def styled(self, domain: str, contents: tf.Tensor, styles: tf.Tensor) -> tf.Tensor:
        """Contents as images of a domain in these styles, in training mode."""
        images: tf.Tensor = self.players[f"decoder_{domain}"](contents, styles)
        return images

    def abilities(self, nets: Mapping[str, keras.Model]) -> dict[str, Ability]:
        """To translate in drawn styles or in the style of an example, and to give contents and styles."""

        def encode(domain: str, images: tf.Tensor) -> dict[str, tf.Tensor]:
            return {each: nets[f"{each}_encoder_{domain}"](images, training=False) for each in ("content", "style")}

        def translate(one: str, other: str, images: tf.Tensor, z: tf.Tensor) -> tf.Tensor:
            return nets[f"decoder_{other}"](encode(one, images)["content"], z, training=False)

        found: dict[str, Ability] = {}
        for one, other in ("ab", "ba"):

            def in_style(images: tf.Tensor, z: tf.Tensor, one: str = one, other: str = other) -> tf.Tensor:
                return translate(one, other, images, z)

            def like(images: tf.Tensor, example: tf.Tensor, one: str = one, other: str = other) -> tf.Tensor:
                return translate(one, other, images, encode(other, example)["style"])

            def copied(images: tf.Tensor, one: str = one) -> tf.Tensor:
                codes = encode(one, images)
                return nets[f"decoder_{one}"](codes["content"], codes["style"], training=False)

            def encoded(images: tf.Tensor, one: str = one) -> dict[str, tf.Tensor]:
                return encode(one, images)

            found |= {
                f"translate_{one}{other}": Ability(in_style, (one, "z"), other),
                f"translate_like_{one}{other}": Ability(like, (one, other)),
                f"reconstruct_{one}": Ability(copied, (one,), one),
                f"encode_{one}": Ability(encoded, (one,)),
            }
        return {name: found[name] for name in ABILITIES}
