"""Text to image: a generator from captions, and a discriminator that also checks captions (Reed et al. 2016)."""

from __future__ import annotations

from collections.abc import Mapping

import keras
import tensorflow as tf

from compare_gan_tf2.architectures.text_to_image import unit
from compare_gan_tf2.datasets.sources import TEXT_VECTORS
from compare_gan_tf2.gans import Ability, Outcome, Player, Stream, Term, Turn
from compare_gan_tf2.gans.base import BaseGan
from compare_gan_tf2.gans.unit import halved
from compare_gan_tf2.runtime import draws
from compare_gan_tf2.runtime.prior import Prior

# Facts, read without importing this file.
MODEL = "model that makes images of captions"
HAS_LOGITS = False
NETWORKS = ("text_generator", "text_discriminator", "text_encoder", "picture_encoder")
HONORS = ("halving_steps", "interpolated_texts", "text_steps", "text_vectors", "wrong_images")
IMPLIES = {
    "architecture": "text_to_image", "d_normalization": "batch", "halving_steps": 13_800, "loss": "none", "z_dim": 100,
    "z_distribution": "normal",
}  # fmt: skip
REQUIRES = {
    "conditional": (False, "its networks are shown captions, and no labels"),
    "disc_iters": (1, "its discriminator moves once a step"),
    "reference": ("none", "compare_gan did not have it"),
}
LEAST_BATCH = 2
ABILITIES = {"embed": (("caption",), ""), "generate": (("z", "caption"), "images")}

# Of cosines of images and captions.
_TEMPERATURE = 0.1
_MATCHING, _PLAYING = "matching", "discriminator"


class Gan(BaseGan):
    """First a caption encoder is trained; then a generator from captions, and a discriminator of images and captions.

    In the first text_steps steps two encoders learn, by a contrastive loss, which caption belongs to which image; the
    encoder of captions does not change afterwards. With text_vectors there are neither encoders nor these steps: the
    caption vectors are those of a file. The discriminator learns to reject generated images and, with share
    wrong_images, real ones with the caption of another class (of another image, if there are no classes). The generator
    also makes images from interpolations between two captions, half as many as the batch has; the discriminator is not
    trained on these. All terms are cross-entropies.
    """

    def setup(self) -> None:
        """Four players, captions, images that belong to them and others that do not, latents."""
        options, spec = self.options, tf.TensorSpec([None, *self.dataset.image_shape])
        shape, made = self.dataset.image_shape, self.architecture
        self.players["generator"] = Player(self.build_generator, "g", self.generators_average())
        self.players["discriminator"] = Player(self.build_discriminator, "d")
        if options.text_vectors:
            caption = Stream(tf.TensorSpec([None, options.text_units]), column=TEXT_VECTORS)
        else:
            length = self.dataset.caption_length
            caption = Stream(tf.TensorSpec([None, length], tf.uint8))
            self.players["text_encoder"] = Player(lambda: made.text_encoder(length, options, "text_encoder"))
            self.players["picture_encoder"] = Player(lambda: made.picture_encoder(shape, options, "picture_encoder"))
        other = "images_of_another_class" if self.dataset.num_classes > 1 else "images_of_another_caption"
        self.streams["images"] = Stream(spec)
        self.streams["wrong"] = Stream(spec, column=other)
        self.streams["caption"] = caption
        self.streams["z"] = Stream(self.prior.spec, self.prior.rows)
        self.optimizers = {side: halved(said, options.halving_steps) for side, said in self.optimizers.items()}

    @property
    def prior(self) -> Prior:
        """Of the latents."""
        return Prior.of(self.options, self.options.z_dim)

    def build_generator(self) -> keras.Model:
        """From latents and texts to images."""
        made: keras.Model = self.architecture.text_generator(self.dataset.image_shape, self.options, "generator")
        return made

    def build_discriminator(self) -> keras.Model:
        """Of images with texts."""
        shape = self.dataset.image_shape
        made: keras.Model = self.architecture.text_discriminator(shape, self.options, "discriminator")
        return made

    def turns(self) -> list[Turn]:
        """The encoders, up to a step; from then on the discriminator, and the generator for the same captions."""
        encoders = ("text_encoder", "picture_encoder") if not self.options.text_vectors else ()
        last = self.options.text_steps if encoders else 0
        matching = Turn(encoders, self.match, _MATCHING, whole=True, when=lambda step: step <= last)
        return [
            *([matching] if encoders else []),
            Turn(("discriminator",), self.d, _PLAYING, when=lambda step: step > last),
            Turn(("generator",), self.g, "generator", reads=_PLAYING, whole=True, when=lambda step: step > last),
        ]

    def match(self, images: tf.Tensor, caption: tf.Tensor) -> Outcome:
        """Cross-entropies of finding an image's caption, and a caption's image, in the batch."""
        texts, pictures = unit(self.players["text_encoder"](caption)), unit(self.players["picture_encoder"](images))
        logits = tf.matmul(pictures, texts, transpose_b=True) / _TEMPERATURE
        # Images of one caption belong to it alike.
        same = tf.cast(tf.reduce_all(caption[:, None] == caption[None], -1), tf.float32)
        wanted = same / tf.reduce_sum(same, 1, keepdims=True)
        losses = [tf.nn.softmax_cross_entropy_with_logits(wanted, each) for each in (logits, tf.transpose(logits))]
        found = tf.gather(same, tf.argmax(logits, 1), axis=1, batch_dims=1)
        return {"loss/match": tf.reduce_mean(tf.add_n(losses)), "accuracy/match": Term(tf.reduce_mean(found), 0.0)}

    def d(self, images: tf.Tensor, wrong: tf.Tensor, caption: tf.Tensor, z: tf.Tensor) -> Outcome:
        """What the discriminator descends on; each kind of images is judged by itself."""
        texts, share = self.texts_of(caption), self.options.wrong_images
        fake = tf.stop_gradient(self.players["generator"](z, texts))
        judge = self.players["discriminator"]
        terms = {"loss/d_real": Term(tf.reduce_mean(tf.nn.softplus(-judge(images, texts))))}
        if share:
            terms["loss/d_wrong"] = Term(tf.reduce_mean(tf.nn.softplus(judge(wrong, texts))), share)
        terms["loss/d_fake"] = Term(tf.reduce_mean(tf.nn.softplus(judge(fake, texts))), 1.0 - share)
        return terms

    def g(self, caption: tf.Tensor) -> Outcome:
        """What the generator descends on: the batch's captions, and texts between them."""
        options, texts = self.options, self.texts_of(caption)
        own, weights = texts.shape[0], None
        if weight := options.interpolated_texts:
            half = own // 2
            texts = tf.concat([texts, 0.5 * (texts[:half] + texts[half : 2 * half])], 0)
            weights = tf.concat([tf.ones([own, 1]), tf.fill([half, 1], weight)], 0)
        z = draws.rows_of(options.z_distribution, "z", [texts.shape[0], options.z_dim])
        losses = tf.nn.softplus(-self.players["discriminator"](self.players["generator"](z, texts), texts))
        return {"loss/g": tf.reduce_mean(losses if weights is None else weights * losses)}

    def texts_of(self, caption: tf.Tensor) -> tf.Tensor:
        """Captions uint8 [B, L] as vectors float32 [B, T], without a gradient; vectors of a file as they are."""
        if self.options.text_vectors:
            return caption
        return tf.stop_gradient(self.players["text_encoder"].network(caption, training=False))

    def abilities(self, nets: Mapping[str, keras.Model]) -> dict[str, Ability]:
        """To make images of captions, and to give the vectors that stand for them, unless they are those of a file."""
        if self.options.text_vectors:
            return {
                "generate": Ability(
                    lambda z, vectors: nets["generator"](z, vectors, training=False), ("z", "caption"), "images"
                )
            }

        def embed(caption: tf.Tensor) -> tf.Tensor:
            vectors: tf.Tensor = nets["text_encoder"](caption, training=False)
            return vectors

        return {
            "embed": Ability(embed, ("caption",)),
            "generate": Ability(
                lambda z, caption: nets["generator"](z, embed(caption), training=False), ("z", "caption"), "images"
            ),
        }
