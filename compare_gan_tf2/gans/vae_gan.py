"""VAE-GAN: a VAE whose reconstructions are compared by features of a GAN's discriminator (Larsen et al. 2016)."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence

import keras
import tensorflow as tf

from compare_gan_tf2.architectures import joint
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.gans import Ability, Optimizer, Outcome, Player, Stream, Term, Turn
from compare_gan_tf2.gans.base import BaseGan
from compare_gan_tf2.runtime import draws

# Facts, read without importing this file.
MODEL = "variational autoencoder with the similarity of a discriminator"
HAS_LOGITS = False
HONORS = ("decoder_loss", "gate_margin", "judges_reconstructions", "similarity_layer", "similarity_weight")
IMPLIES = {
    "architecture": "vae_gan", "d_learning_rate": 0.025, "d_optimizer": "rmsprop", "g_learning_rate": 0.025,
    "g_optimizer": "rmsprop", "l2_in_gradient": 2e-5, "learning_rate_decay": 1.0, "loss": "none",
    "z_distribution": "normal",
}  # fmt: skip
REQUIRES = {
    "conditional": (False, "it has networks without labels"),
    "disc_iters": (1, "its networks are all updated at once"),
    "latents": ("fresh", "its networks are all updated at once, on the same latents"),
    "reference": ("none", "compare_gan did not have it"),
    "z_distribution": ("normal", "its objective has a divergence from N(0, 1)"),
}
ABILITIES = {"encode": (("images",), ""), "generate": (("z",), "images"), "reconstruct": (("images",), "images")}

# Added in logarithms of probabilities.
_EPSILON = 1e-3
# The discriminator's mean cost that the gate holds it near, about that of a coin, log 2; and the last rate.
_EQUILIBRIUM = 0.68
_LAST_RATE, _FALL = 1e-5, 0.75
_RMSPROP_EPSILON = 1e-8


class Gan(BaseGan):
    """All three networks are updated together, each on its own terms, from one forward pass.

    The encoder minimizes the KL divergence and the feature difference (similarity); the decoder gamma times the
    similarity minus 1 - gamma times the discriminator's cost of generated images (the saturating form; with
    decoder_loss=non_saturating plus 1 - gamma times the cost of taking them for real ones); the discriminator its cost,
    half on real and half on generated images. So the adversarial loss does not train the encoder, and the similarity
    does not train the discriminator, whose features of the real image are a constant there.

    Terms are measured per image, but their sums over the batch are minimized, as in the authors' code: learning rates
    are divided by batch_size, and l2_in_gradient, on kernels except for the layer of codes, is added to the sums. With
    learning_rate_decay the learning rate falls from r to 1e-5 as r - s^0.75 (r - 1e-5), with s from 0 to 1 over this
    last share of the training. A gate skips the discriminator's update if the discriminator is too good, and the
    decoder's if it is too bad.

    After training, the code of an image is the mean of its Gaussian.
    """

    def setup(self) -> None:
        """Three players, images and latents, rates of sums, and the layer that is compared."""
        options, average = self.options, self.generators_average()
        self.players["generator"] = Player(self.build_generator, "g", average)
        self.players["encoder"] = Player(self.build_encoder, "g", average)
        self.players["discriminator"] = Player(self.build_discriminator, "d")
        self.streams["images"] = Stream(tf.TensorSpec([None, *self.dataset.image_shape]))
        self.streams["z"] = Stream(self.prior.spec, self.prior.rows)
        self.optimizers = {
            side: of_sums(said, options.batch_size, options.training_steps) for side, said in self.optimizers.items()
        }
        self._links = self.compared_links()

    def build_encoder(self) -> keras.Model:
        """What gives means and logarithms of variances of codes."""
        return joint.code_encoder(self.architecture, self.dataset.image_shape, self.options, 2 * self.prior.length)

    def compared_links(self) -> list[Callable]:
        """The discriminator's links up to the layer that is compared."""
        return links_until(self.discriminator.chain, self.options.similarity_layer)

    def turns(self) -> list[Turn]:
        """One update of all three."""
        gate = self.gate if self.options.gate_margin else None
        return [Turn(("encoder", "generator", "discriminator"), self.routes, "vae_gan", gate=gate)]

    def routes(self, images: tf.Tensor, z: tf.Tensor) -> Outcome:
        """Every network's terms."""
        options = self.options
        mean, log_variance = self.gaussians(images)
        codes = mean + tf.exp(0.5 * log_variance) * draws.rows_of("normal", "noise", list(mean.shape))
        with draws.behind_one_another(2):
            made = self.players["generator"](tf.concat([codes, z], 0))
        copies, samples = tf.split(made, 2)
        generated = [copies, samples] if options.judges_reconstructions else [samples]
        similarity = self.similarity(copies, images)
        of_real, of_generated, of_decoder = self.costs(images, generated)
        rows, gamma = float(options.batch_size), options.similarity_weight
        against = (1.0 - gamma) * rows * len(generated)
        return {
            "loss/kl": Term(divergence(mean, log_variance), rows, only=("encoder",)),
            "loss/similarity": Term(similarity, rows, only=("encoder",)),
            "loss/g_similarity": Term(similarity, gamma * rows, only=("generator",)),
            "loss/g": Term(of_decoder, against, only=("generator",)),
            "loss/d_real": Term(of_real, 0.5 * rows, only=("discriminator",)),
            "loss/d_fake": Term(of_generated, 0.5 * rows, only=("discriminator",)),
        }

    def gaussians(self, images: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Means and logarithms of variances [B, Z] of images' codes, in a training step."""
        mean, log_variance = tf.split(self.players["encoder"](images), 2, axis=1)
        return mean, log_variance

    def similarity(self, copies: tf.Tensor, images: tf.Tensor) -> tf.Tensor:
        """Half the squared difference of the layer's outputs, summed over the layer, mean over the images."""
        with draws.behind_one_another(2):
            of_both = self.layer(tf.concat([copies, images], 0))
        of_copies, of_images = tf.split(of_both, 2)
        squares = 0.5 * tf.square(of_copies - tf.stop_gradient(of_images))
        return tf.reduce_mean(tf.reduce_sum(squares, list(range(1, squares.shape.rank))))

    def layer(self, images: tf.Tensor) -> tf.Tensor:
        """The discriminator's outputs float32 [B, ...] that are compared, in training mode."""
        return tf.cast(self.discriminator.follow(images, None, None, True, self._links), tf.float32)

    def costs(self, images: tf.Tensor, generated: Sequence[tf.Tensor]) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        """Costs, means over images.

        Returns:
            The discriminator's on real images, -log(p + epsilon), and on generated ones, -log(1 - p + epsilon); and the
            decoder's: minus the latter, or -log(p + epsilon) of generated images.
        """
        with draws.behind_one_another(1 + len(generated)):
            logits = self.judged(tf.concat([images, *generated], 0))
        probabilities = tf.sigmoid(logits)
        real, fake = probabilities[: images.shape[0]], probabilities[images.shape[0] :]
        of_real, of_generated = (-tf.reduce_mean(tf.math.log(each + _EPSILON)) for each in (real, 1.0 - fake))
        if self.options.decoder_loss == "saturating":
            return of_real, of_generated, -of_generated
        return of_real, of_generated, -tf.reduce_mean(tf.math.log(fake + _EPSILON))

    def judged(self, images: tf.Tensor) -> tf.Tensor:
        """Logits [B, 1] of being real, in training mode."""
        logits: tf.Tensor = self.players["discriminator"](images)[0]
        return logits

    def gate(self, loss_d_real: tf.Tensor, loss_d_fake: tf.Tensor) -> dict[str, tf.Tensor]:
        """Who moves: not the discriminator if a cost is low, not the decoder if one is high; both if one is each."""
        lowest, highest = tf.minimum(loss_d_real, loss_d_fake), tf.maximum(loss_d_real, loss_d_fake)
        is_low = lowest < _EQUILIBRIUM - self.options.gate_margin
        is_high = highest > _EQUILIBRIUM + self.options.gate_margin
        return {"discriminator": ~is_low | is_high, "generator": ~is_high | is_low}

    def abilities(self, nets: Mapping[str, keras.Model]) -> dict[str, Ability]:
        """Also to give the latents' mean and deviation [B, z_dim] of images, and images' copies by these means."""

        def encode(images: tf.Tensor) -> dict[str, tf.Tensor]:
            mean, log_variance = tf.split(nets["encoder"](images, training=False), 2, axis=1)
            return {"mean": mean, "deviation": tf.exp(0.5 * log_variance)}

        def reconstruct(images: tf.Tensor) -> tf.Tensor:
            copies: tf.Tensor = nets["generator"](encode(images)["mean"], training=False)
            return copies

        own = {"encode": Ability(encode, ("images",)), "reconstruct": Ability(reconstruct, ("images",), "images")}
        return super().abilities(nets) | own


def divergence(mean: tf.Tensor, log_variance: tf.Tensor) -> tf.Tensor:
    """KL(N(mean, exp(log_variance)) || N(0, 1)) in nats, summed over latents, mean over B; both [B, Z] -> scalar."""
    terms = 1.0 + log_variance - tf.square(mean) - tf.exp(log_variance)
    return tf.reduce_mean(-0.5 * tf.reduce_sum(terms, axis=1))


def links_until(chain: Sequence[Callable], layer: int) -> list[Callable]:
    """The links of a discriminator up to the layer that is compared, before what normalizes it.

    Args:
        chain: of the network.
        layer: number of the layer among those with kernels, from 1; 0 is the last with a kernel [h, w, in, out], or
            the last of all where there is none.

    Raises:
        UserError: if there are fewer.
    """
    ranks = [
        max((len(each.shape) for each in link.weights if each.name == "kernel"), default=0)
        if isinstance(link, keras.layers.Layer)
        else 0
        for link in chain
    ]
    places = [place for place, rank in enumerate(ranks) if rank]
    if layer > len(places):
        raise UserError(
            f"option similarity_layer is {layer}, but the discriminator has {len(places)} layers; its range is "
            f"[0, {len(places)}]"
        )
    last = [place for place in places if ranks[place] == 4] or places
    return list(chain[: (places[layer - 1] if layer else last[-1]) + 1])


def of_sums(said: Optimizer, rows: int, steps: int) -> Optimizer:
    """An optimizer of gradients that are sums over so many rows; a rate that decays falls as VAE-GAN's.

    RMSProp's running mean square starts at 0, and its epsilon is added to the root, as in the authors' code.
    """
    found = dataclasses.replace(said, l2_of=is_regularized, decay=0.0)
    if said.kind == "rmsprop":
        found = dataclasses.replace(found, square_start=0.0, epsilon=_RMSPROP_EPSILON, epsilon_outside=True)
    start, decay = float(said.rate), said.decay  # type: ignore[arg-type]
    if not decay:
        return dataclasses.replace(found, rate=start / rows)
    end = min(start, _LAST_RATE)

    def rate(updates: int, step: int) -> float:
        del step
        share = max(0.0, 1.0 - (steps - updates) / (decay * steps))
        return (start - share**_FALL * (start - end)) / rows

    return dataclasses.replace(found, rate=rate)


def is_regularized(path: str) -> bool:
    """Whether weights of this path are kernels, but none of the layer that gives codes."""
    *_, layer, name = ("", *path.split("/"))
    return name == "kernel" and layer != "code"
