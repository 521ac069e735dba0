"""The generator of images composed of objects: latents that relate, one network for all objects, compositing."""

from __future__ import annotations

import contextlib
import dataclasses
import math
import zlib
from collections.abc import Callable, Iterator, Sequence

import keras
import tensorflow as tf

from compare_gan_tf2.architectures._blocks import Layers, relu
from compare_gan_tf2.architectures.networks import Generator
from compare_gan_tf2.options import Options
from compare_gan_tf2.runtime import layer_state

# compare_gan's, of every layer norm.
_EPSILON = 1e-12
# Opacity below which a pixel of two layers keeps the lower one's color; compare_gan divided by 0 where it is 0.
_TRANSPARENT = 1e-6
# Largest color of a pixel that implicit_alpha takes for empty.
_EMPTY = 0.1


class MultiObjectGenerator(Generator):
    """z float32 [B, entities * z_dim] -> images float32 [B, H, W, C] in [0, 1], composed of objects.

    Entity i, the option z_dim's latents z[:, i z_dim : (i + 1) z_dim], is an object; the last one is the background
    where there is one. Entities first take each other into account, in blocks of attention; then one network, the same
    for all, makes an image of each object, and a second one of the background; last, images are laid over one another,
    the first on top (van Steenkiste et al. 2018, "Investigating Object Compositionality in Generative Adversarial
    Networks"). Each object is a call of its own, with batch statistics of its own. There are no labels.

    Args:
        build: makes a generator, as architectures do: of image_shape, options, num_classes.
        image_shape: H, W, C.
        options: the task's.

    Attributes:
        object_generator: makes an image of an object's latents; with one more channel, the opacity, where aggregation
            is "alpha".
        background_generator: the same of the background's; or None.
    """

    def __init__(self, build: Callable[..., Generator], image_shape: tuple[int, int, int], options: Options):
        # Before the base class, which ends with a first call.
        self._options = options
        self._entities = options.objects + (options.background != "none")
        self._relating = options.objects if options.background == "apart" else self._entities
        self._blocks = _relational_stage(options)
        height, width, colors = image_shape
        shape = (height, width, colors + (options.aggregation == "alpha"))
        self.object_generator = build(shape, options, 0)
        self.background_generator = None
        if options.background != "none":
            # Kernels are drawn by the seed and their names, which are the same in both generators.
            seed = zlib.crc32(f"{options.seed}/background_generator".encode()) & 0x7FFFFFFF
            with keras.name_scope("background_generator"):
                self.background_generator = build(shape, dataclasses.replace(options, seed=seed), 0)
        super().__init__([], z_dim=self._entities * options.z_dim, num_classes=0)

    def call(self, z: tf.Tensor, labels: tf.Tensor | None = None, training: bool = False) -> tf.Tensor:
        del labels
        return tf.cast(self.composed(self.layers_of(z, training)), tf.float32)

    def layers_of(self, z: tf.Tensor, training: bool = False) -> list[tf.Tensor]:
        """Images [B, H, W, C], or [B, H, W, C + 1] with their opacity, of the entities in turn: from top to bottom."""
        entities = tf.reshape(z, [-1, self._entities, self._options.z_dim])
        related = self._related(entities[:, : self._relating], training)
        latents = tf.unstack(tf.concat([related, entities[:, self._relating :]], axis=1), axis=1)
        images = []
        for number in range(self._options.objects):
            with self._use(number, self._options.objects):
                images.append(self.object_generator(latents[number], training=training))
        if self.background_generator is not None:
            image = self.background_generator(latents[-1], training=training)
            if self._options.aggregation == "alpha":
                image = tf.concat([image[..., :-1], tf.ones_like(image[..., -1:])], axis=-1)
            images.append(image)
        return images

    def composed(self, layers: Sequence[tf.Tensor]) -> tf.Tensor:
        """One image [B, H, W, C] of `layers_of` an image, as option aggregation says."""
        if self._options.aggregation == "sum_clip":
            return sum_clip(layers, is_exact=self._options.reference != "none")
        return {"alpha": alpha, "implicit_alpha": implicit_alpha}[self._options.aggregation](layers)

    def _related(self, entities: tf.Tensor, training: bool) -> tf.Tensor:
        """[B, n, z_dim] -> same shape: through the blocks of attention."""
        uses = len(self._blocks) if self._options.relation_shared else 1
        for number, (heads, aggregate) in enumerate(self._blocks):
            with self._use(number % uses, uses):
                outputs = [head(entities, training=training) for head in heads]
                joined = tf.concat(outputs, axis=2)
                entities = joined if aggregate is None else aggregate(joined, training=training)
        return entities

    @contextlib.contextmanager
    def _use(self, number: int, uses: int) -> Iterator[None]:
        """Use `number` of so many uses of the same layers within one pass.

        A standing average of statistics takes every use for a batch.
        """
        averaged = layer_state.batches_averaged()
        with contextlib.nullcontext() if averaged is None else layer_state.cumulative(averaged * uses + number):
            yield


class _Head(keras.layers.Layer):
    """One head of a block of attention; entities [B, n, Z] -> same shape.

    With queries, keys and values LN(ReLU(E W)) [B, n, units] of the entities E, what an entity sees is
    softmax(q k' / sqrt(units)) v; that, through two linear layers with ReLU, is added to E, and the sum normalized
    (van Steenkiste et al. 2018; Zambaldi et al. 2018).
    """

    def __init__(self, make: Layers, name: str, units: int, length: int):
        super().__init__(name=name, autocast=False)
        make = make.within(name)
        self._units = units
        self.query, self.key, self.value = (make.linear(f"{letter}_fc", units) for letter in "qkv")
        self.first, self.second = make.linear("e_fc1", length), make.linear("e_fc2", length)
        # Sub-layers build themselves at their first call; Keras must not try to trace the head by guessing inputs.
        self.built = True

    def call(self, entities: tf.Tensor, training: bool = False) -> tf.Tensor:
        count, length = entities.shape[1:]
        rows = tf.reshape(entities, [-1, length])
        query, key, value = (
            tf.reshape(_standardized(relu(layer(rows, training=training))), [-1, count, self._units])
            for layer in (self.query, self.key, self.value)
        )
        weights = tf.nn.softmax(tf.matmul(query, key, transpose_b=True) / math.sqrt(self._units))
        seen = tf.reshape(tf.matmul(weights, value), [-1, self._units])
        update = relu(self.second(relu(self.first(seen, training=training)), training=training))
        return tf.reshape(_standardized(update + rows), [-1, count, length])


class _Aggregate(keras.layers.Layer):
    """What several heads say, joined, in one: LN(ReLU(x W)); x [B, n, heads Z] -> [B, n, Z]."""

    def __init__(self, make: Layers, name: str, length: int):
        super().__init__(name=name, autocast=False)
        self._length = length
        self.linear = make.within(name).linear("a_fc1", length)
        self.built = True

    def call(self, x: tf.Tensor, training: bool = False) -> tf.Tensor:
        count, inputs = x.shape[1:]
        y = self.linear(tf.reshape(x, [-1, inputs]), training=training)
        return tf.reshape(_standardized(relu(y)), [-1, count, self._length])


def _relational_stage(options: Options) -> list[tuple[list[_Head], _Aggregate | None]]:
    """Heads of every block, and what makes one of several; the same ones in every block where they are shared."""
    make = Layers(options, "generator", ignores_weight_normalization=True)

    def block(scope: str) -> tuple[list[_Head], _Aggregate | None]:
        heads = [
            _Head(make, f"{scope}-head{number}", options.relation_units, options.z_dim)
            for number in range(options.relation_heads)
        ]
        return heads, _Aggregate(make, f"{scope}-aggregate_heads", options.z_dim) if len(heads) > 1 else None

    # compare_gan's scopes.
    if options.relation_shared:
        return [block("generator_att_block")] * options.relation_blocks
    return [block(f"generator_att_block{number}") for number in range(options.relation_blocks)]


def _standardized(x: tf.Tensor) -> tf.Tensor:
    """x [N, C] with mean 0 and variance 1 per row: layer norm without gain and offset.

    compare_gan had both and, by mistake, left them at 1 and 0 for ever. Not tf.nn.moments: it stops a gradient that
    second derivatives need.
    """
    wide = tf.cast(x, tf.float32)
    deviation = wide - tf.reduce_mean(wide, axis=1, keepdims=True)
    variance = tf.reduce_mean(tf.square(deviation), axis=1, keepdims=True)
    return tf.cast(deviation * tf.math.rsqrt(variance + _EPSILON), x.dtype)


def sum_clip(layers: Sequence[tf.Tensor], *, is_exact: bool = False) -> tf.Tensor:
    """The sum, cut to [0, 1]; images [B, H, W, C] in [0, 1] -> one image.

    Args:
        layers: the images.
        is_exact: whether pixels whose sum is above 1 get no gradient, as in compare_gan. Generators begin near 1/2
            everywhere, so that of three objects hardly a pixel would get any; else they get the gradient that lowers
            them in a descent, and only that of what would raise them further is kept from them.
    """
    total = tf.add_n(layers)
    return tf.clip_by_value(total, 0.0, 1.0) if is_exact else _cut(total)


@tf.custom_gradient
def _cut(total: tf.Tensor) -> tuple[tf.Tensor, Callable[[tf.Tensor], tf.Tensor]]:
    def gradient(upstream: tf.Tensor) -> tf.Tensor:
        return tf.where((total <= 1.0) | (upstream > 0.0), upstream, tf.zeros_like(upstream))

    return tf.clip_by_value(total, 0.0, 1.0), gradient


def alpha(layers: Sequence[tf.Tensor]) -> tf.Tensor:
    """Images [B, H, W, C + 1] with their opacity, from top to bottom -> [B, H, W, C].

    A over B has opacity o = a + b (1 - a) and color (a A + b (1 - a) B) / o (Porter and Duff 1984), that is a / o
    of A and the rest of B. The lowest layer is put over itself first, as in compare_gan, which makes it more opaque.
    """
    below, opacity = layers[-1][..., :-1], layers[-1][..., -1:]
    for layer in reversed(layers):
        color, own = layer[..., :-1], layer[..., -1:]
        opacity = own + opacity * (1.0 - own)
        share = own / tf.maximum(opacity, _TRANSPARENT)
        below = share * color + (1.0 - share) * below
    return below


def implicit_alpha(layers: Sequence[tf.Tensor]) -> tf.Tensor:
    """The same of images [B, H, W, C] that are opaque where their largest color is above 0.1, and else transparent.

    The lowest one is opaque everywhere.
    """
    below = layers[-1]
    for layer in reversed(layers[:-1]):
        below = tf.where(tf.reduce_max(layer, axis=-1, keepdims=True) > _EMPTY, layer, below)
    return below
