"""Networks of two domains that share layers, of the parts of any architecture (Liu and Tuzel 2016, section 3).

Generators share their first layers, which say what is in the image, discriminators their last ones.
"""

from __future__ import annotations

import dataclasses
import zlib
from collections.abc import Callable, Sequence
from types import ModuleType

import keras
import tensorflow as tf

from compare_gan_tf2.architectures._blocks import Layers, Linear, flatten
from compare_gan_tf2.architectures.networks import Discriminator, Generator, Network
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.options import Options
from compare_gan_tf2.runtime import draws

DOMAINS = ("a", "b")
# In place of a domain: images of a, and behind them as many of b.
BOTH = "both"
Chain = Sequence[Callable]
# Around the networks of the second domain: optimizers tell variables apart by their paths.
_SECOND = "second"


class _Coupled(Network):
    """A network with links in common and links of each domain's own."""

    def __init__(self, name: str, shared: Chain, own: dict[str, Chain]):
        super().__init__(name, shared, 0)
        self.own = {domain: list(links) for domain, links in own.items()}

    def named_variables(self) -> dict[str, keras.Variable]:
        """All variables, those of a domain's own layers behind its name ("b/g_dc5/kernel")."""
        found: dict[str, keras.Variable] = {}
        for prefix, links in (("", self.links_in_common()), *((f"{name}/", links) for name, links in self.own.items())):
            for link in links:
                for variable in link.variables if isinstance(link, keras.layers.Layer) else ():
                    # Behind the names that the layer was built in.
                    path = variable.path.removeprefix(f"{_SECOND}/").removeprefix(f"{self.name}/")
                    found[prefix + path] = variable
        assert len(found) == len(self.variables), "two variables of one name"
        return found

    def links_in_common(self) -> list[Callable]:
        """Those of both domains."""
        return self.chain


class CoupledGenerator(_Coupled):
    """z float32 [B, z_dim] -> images float32 [B, H, W, C] in [0, 1] of a domain, or of both [2B, H, W, C].

    Args:
        shared: links that come first.
        own: the links behind them, by domain.
        z_dim: length of a latent vector.
    """

    def __init__(self, shared: Chain, own: dict[str, Chain], *, z_dim: int):
        super().__init__("generator", shared, own)
        self.z_dim = z_dim

    def call(
        self, z: tf.Tensor, labels: tf.Tensor | None = None, training: bool = False, domain: str = DOMAINS[0]
    ) -> tf.Tensor:
        del labels
        maps = self.follow(z, z, None, training)
        wanted = DOMAINS if domain == BOTH else (domain,)
        return tf.concat(
            [tf.cast(self.follow(maps, z, None, training, self.own[each]), tf.float32) for each in wanted], 0
        )


class CoupledDiscriminator(_Coupled):
    """Images float32 [B, H, W, C] in [0, 1] of a domain, or of both -> logits float32 [B, 1], features [B, ...].

    Images of both domains meet in the shared layers, whose batch statistics are over both.

    Args:
        own: the links that come first, by domain.
        shared: the links behind them.
        head: makes logits of what the chain gives.
        class_head: makes logits of classes of the same, or None.
    """

    def __init__(self, own: dict[str, Chain], shared: Chain, head: Linear, class_head: Linear | None = None):
        super().__init__("discriminator", shared, own)
        self.head, self.class_head = head, class_head

    def links_in_common(self) -> list[Callable]:
        return [*self.chain, self.head, *([self.class_head] if self.class_head else [])]

    def class_logits(self, features: tf.Tensor, training: bool = False) -> tf.Tensor:
        """Of images with these features [B, ...]: float32 [B, classes]."""
        assert self.class_head is not None, "no head for classes was asked for"
        logits: tf.Tensor = self.class_head(flatten(features), training=training)
        return logits

    def call(
        self, images: tf.Tensor, labels: tf.Tensor | None = None, training: bool = False, domain: str = DOMAINS[0]
    ) -> tuple[tf.Tensor, tf.Tensor]:
        del labels
        if domain == BOTH:
            each = zip(DOMAINS, tf.split(images, 2), strict=True)
            maps = tf.concat([self.follow(part, None, None, training, self.own[name]) for name, part in each], 0)
            with draws.behind_one_another(2):
                features = self.follow(maps, None, None, training)
        else:
            features = self.follow(self.follow(images, None, None, training, self.own[domain]), None, None, training)
        features = tf.cast(features, tf.float32)
        return self.head(flatten(features), training=training), features

    def outputs(self, images: tf.Tensor, labels: tf.Tensor | None = None) -> dict[str, tf.Tensor]:
        """Of images of domain a: prediction (the probability of being real), logits, features."""
        logits, features = self(images, labels, training=False)
        return {"prediction": tf.sigmoid(logits), "logits": logits, "features": features}


def coupled_generator(
    architecture: ModuleType, image_shape: tuple[int, int, int], options: Options
) -> CoupledGenerator:
    """The architecture's generator, of which each domain has the last `own_layers` layers for itself.

    Raises:
        UserError: if it has no layer more than these.
    """
    first, second = _of_each_domain(architecture.generator, image_shape, options)
    assert isinstance(first, Generator) and isinstance(second, Generator)
    place = _places(first.chain, options)[-options.own_layers]
    own: dict[str, Chain] = {"a": first.chain[place:], "b": second.chain[place:]}
    return CoupledGenerator(first.chain[:place], own, z_dim=first.z_dim)


def coupled_discriminator(
    architecture: ModuleType, image_shape: tuple[int, int, int], options: Options, num_classes: int = 0
) -> CoupledDiscriminator:
    """The architecture's discriminator, of which each domain has the first `own_layers` layers for itself.

    Args:
        architecture: a module of `architectures`.
        image_shape: (H, W, C) of both domains' images.
        options: of the task.
        num_classes: outputs of a further head for classes; 0 for none.

    Raises:
        UserError: if it has no layer more than these.
    """
    first, second = _of_each_domain(architecture.discriminator, image_shape, options)
    assert isinstance(first, Discriminator) and isinstance(second, Discriminator)
    place = _places(first.chain, options)[options.own_layers]
    own: dict[str, Chain] = {"a": first.chain[:place], "b": second.chain[:place]}
    class_head = Layers(options, "discriminator").linear("d_classes", num_classes) if num_classes else None
    if class_head is not None:
        class_head(flatten(tf.zeros([1, *first.features_shape])))
    return CoupledDiscriminator(own, first.chain[place:], first.head, class_head)


def _of_each_domain(build: Callable, image_shape: tuple[int, int, int], options: Options) -> tuple[Network, Network]:
    """Two networks that start differently, and whose variables have different paths."""
    other = dataclasses.replace(options, seed=zlib.crc32(f"{options.seed}/b".encode()) & 0x3FFFFFFF)
    first = build(image_shape, options, 0)
    with keras.name_scope(_SECOND):
        return first, build(image_shape, other, 0)


def _places(chain: Chain, options: Options) -> list[int]:
    """Where the layers and blocks with kernels stand in a chain, more of them than a domain has for itself."""
    found = [
        place
        for place, link in enumerate(chain)
        if isinstance(link, keras.layers.Layer) and any(each.name == "kernel" for each in link.trainable_variables)
    ]
    if len(found) <= options.own_layers:
        raise UserError(
            f"option own_layers is {options.own_layers}, but a network of architecture {options.architecture} has "
            f"{len(found)} layers and blocks, of which both domains share one or more"
        )
    return found
