"""Text-to-image networks: a character-level caption encoder, a generator, a discriminator of both (Reed et al. 2016).

Inside the networks images are in [-1, 1], outside in [0, 1]. Sides are halved, rounded up, as long as they stay 4
pixels or more: four times of the published 64, three times of 28 and 32. Convolutions have no bias: the authors' code
sets theirs to 0 before every use.
"""

from __future__ import annotations

from collections.abc import Callable

import keras
import tensorflow as tf

from compare_gan_tf2.architectures._blocks import Layers, Linear, flatten, halved, leaky_relu, relu, reshape, tanh
from compare_gan_tf2.architectures.networks import Network
from compare_gan_tf2.options import Options

HONORS = ("projected_units", "text_units")

_lrelu = leaky_relu(0.2)
_G_FILTERS, _D_FILTERS, _MOST_FILTERS = 128, 64, 8
_SMALLEST = 4
# Maps with a residual block in the generator, from the smallest on.
_REFINED = 2
# Of the encoder of characters, and of that of images beside it.
_CHARACTERS, _EMBEDDED, _WINDOWS, _STATE = 256, 32, (64, 64), 128
_PICTURE_FILTERS = (32, 64, 128)


def text_generator(image_shape: tuple[int, int, int], options: Options, name: str) -> TextGenerator:
    """From latents and texts to images.

    Args:
        image_shape: of the images.
        options: the task's.
        name: of the network; networks of other names start differently.
    """
    make = Layers(options, "generator").within(name)
    filters, sides = make.channels(_G_FILTERS), _sides(image_shape)
    levels = [filters * max(1, _MOST_FILTERS >> i) for i in range(len(sides) - 1)]
    (height, width), widest = sides[-1], levels[0]
    text: list[Callable] = [_projection(options, "generator", name), _lrelu]
    chain: list[Callable] = [make.linear("in", height * width * widest, use_bias=False), reshape(height, width, widest)]
    for i, channels in enumerate(levels):
        if i:
            chain.append(make.deconv(f"up{i}", channels, 4, 2, sides[-1 - i], use_bias=False))
        chain.append(make.norm(f"norm{i}"))
        if i < _REFINED:
            chain.append(Residual(f"block{i}", make, channels, max(1, channels // 4), relu))
        chain.append(relu)
    chain += [make.deconv("out", image_shape[2], 4, 2, sides[0], use_bias=False), tanh]
    return TextGenerator(name, text, chain, options)


def text_discriminator(image_shape: tuple[int, int, int], options: Options, name: str) -> TextDiscriminator:
    """Judges images with texts; arguments as of `text_generator`."""
    make = Layers(options, "discriminator").within(name)
    filters, number = make.channels(_D_FILTERS), len(_sides(image_shape)) - 1
    chain: list[Callable] = []
    for i in range(number):
        chain.append(make.conv(f"down{i}", filters * min(1 << i, _MOST_FILTERS), 4, 2, use_bias=False))
        chain += [make.norm(f"norm{i}")] if i else []
        # As the authors' program has it, nothing is rectified before the last one.
        chain += [_lrelu] if i == 0 or i < number - 2 else []
    widest = filters * min(1 << (number - 1), _MOST_FILTERS)
    chain += [Residual("block", make, widest, max(1, widest // 4), _lrelu), _lrelu]
    text = [_projection(options, "discriminator", name), make.norm("text_norm"), _lrelu]
    head = [
        make.conv("both", widest, 1, use_bias=False), make.norm("both_norm"), _lrelu, flatten,
        make.linear("out", 1, use_bias=False),
    ]  # fmt: skip
    return TextDiscriminator(name, chain, text, head, image_shape=image_shape, text_units=options.text_units)


def _projection(options: Options, network: str, name: str) -> Linear:
    """Of texts; its kernel begins as Torch has it where those of convolutions begin normal, as in the authors' code."""
    own = options.replace(initializer="pytorch") if options.initializer == "normal" else options
    return Layers(own, network).within(name).linear("text", options.projected_units)


def text_encoder(length: int, options: Options, name: str) -> TextEncoder:
    """From captions of so many characters to vectors."""
    return TextEncoder(name, Layers(options, "generator").within(name), options.text_units, length)


def picture_encoder(image_shape: tuple[int, int, int], options: Options, name: str) -> PictureEncoder:
    """From images to vectors like those of their captions; arguments as of `text_generator`."""
    make = Layers(options, "generator").within(name)
    chain: list[Callable] = []
    for i, channels in enumerate(_PICTURE_FILTERS):
        chain += [make.conv(f"down{i}", make.channels(channels), 4, 2), _lrelu]
    chain += [flatten, make.linear("out", options.text_units)]
    return PictureEncoder(name, chain, image_shape=image_shape)


class TextGenerator(Network):
    """(z float32 [B, z_dim], texts float32 [B, T]) -> images float32 [B, H, W, C] in [0, 1]."""

    def __init__(self, name: str, text: list[Callable], chain: list[Callable], options: Options):
        super().__init__(name, [*text, *chain], 0)
        self._of_text, self.z_dim = len(text), options.z_dim
        self(tf.zeros([1, options.z_dim]), tf.zeros([1, options.text_units]))

    def call(self, z: tf.Tensor, texts: tf.Tensor, training: bool = False) -> tf.Tensor:
        short = self.follow(texts, None, None, training, self.chain[: self._of_text])
        both = tf.concat([tf.cast(z, short.dtype), short], -1)
        images = self.follow(both, None, None, training, self.chain[self._of_text :])
        return 0.5 * tf.cast(images, tf.float32) + 0.5


class TextDiscriminator(Network):
    """(images float32 [B, H, W, C] in [0, 1], texts float32 [B, T]) -> logits float32 [B, 1]."""

    def __init__(
        self,
        name: str,
        chain: list[Callable],
        text: list[Callable],
        head: list[Callable],
        *,
        image_shape: tuple[int, int, int],
        text_units: int,
    ):
        super().__init__(name, [*chain, *text, *head], 0)
        self._parts = (len(chain), len(chain) + len(text))
        self(tf.zeros([1, *image_shape]), tf.zeros([1, text_units]))

    def call(self, images: tf.Tensor, texts: tf.Tensor, training: bool = False) -> tf.Tensor:
        first, second = self._parts
        x = self.follow(2.0 * images - 1.0, None, None, training, self.chain[:first])
        short = self.follow(texts, None, None, training, self.chain[first:second])
        x = tf.concat([x, short[:, None, None, :] * tf.ones_like(x[..., :1])], -1)
        return tf.cast(self.follow(x, None, None, training, self.chain[second:]), tf.float32)


class TextEncoder(Network):
    """captions uint8 [B, L], characters and then zeros -> float32 [B, T], each of length sqrt(T).

    Convolutions over characters, then a recurrent network, whose states are averaged over the caption (Reed et al.
    2016, «Learning Deep Representations of Fine-Grained Visual Descriptions»).
    """

    def __init__(self, name: str, make: Layers, units: int, length: int):
        super().__init__(name, [], 0)

        def start(layer: str) -> keras.initializers.Initializer:
            return keras.initializers.GlorotUniform(make.seed(layer))

        self.embedding = make.embedding_of_classes("characters")(_EMBEDDED)
        self.windows = [
            keras.layers.Conv1D(
                filters, 4, padding="same", kernel_initializer=start(f"window{i}"), name=f"window{i}", dtype="float32"
            )
            for i, filters in enumerate(_WINDOWS)
        ]
        # Keras's own recurrent layers have a state of dropout, whose name changes with every one that is made.
        self.of_input = make.embedding_of_classes("of_input")(3 * _STATE)
        self.of_state = make.embedding_of_classes("of_state")(3 * _STATE)
        self.out = make.linear("out", units)
        self._units = units
        self(tf.zeros([1, length], tf.uint8))

    def call(self, captions: tf.Tensor, training: bool = False) -> tf.Tensor:
        length = captions.shape[1]
        coded = tf.reshape(tf.one_hot(tf.cast(captions, tf.int32), _CHARACTERS), [-1, _CHARACTERS])
        x = tf.reshape(self.embedding(coded, training=training), [-1, length, _EMBEDDED])
        is_there = tf.cast(captions > 0, tf.float32)[..., None]
        for window in self.windows:
            x = tf.nn.max_pool1d(relu(window(x)) * is_there, 2, 2, "SAME")
            is_there = tf.nn.max_pool1d(is_there, 2, 2, "SAME")
        states = self._states(x, training) * is_there
        mean = tf.reduce_sum(states, 1) / tf.maximum(tf.reduce_sum(is_there, 1), 1.0)
        return float(self._units) ** 0.5 * unit(self.out(mean, training=training))

    def _states(self, x: tf.Tensor, training: bool) -> tf.Tensor:
        """[B, L, F] -> [B, L, S], a gated recurrent unit's states (Cho et al. 2014), from left to right."""
        length, features = x.shape[1:]
        given = tf.reshape(self.of_input(tf.reshape(x, [-1, features]), training=training), [-1, length, 3 * _STATE])
        state, states = tf.zeros_like(given[:, 0, :_STATE]), list[tf.Tensor]()
        for place in range(length):
            update, reset, candidate = tf.split(given[:, place], 3, axis=1)
            of_update, of_reset, of_candidate = tf.split(self.of_state(state, training=training), 3, axis=1)
            keep = tf.sigmoid(update + of_update)
            new = tf.tanh(candidate + tf.sigmoid(reset + of_reset) * of_candidate)
            state = keep * state + (1.0 - keep) * new
            states.append(state)
        return tf.stack(states, 1)


class PictureEncoder(Network):
    """images float32 [B, H, W, C] in [0, 1] -> float32 [B, T]."""

    def __init__(self, name: str, chain: list[Callable], *, image_shape: tuple[int, int, int]):
        super().__init__(name, chain, 0)
        self(tf.zeros([1, *image_shape]))

    def call(self, images: tf.Tensor, training: bool = False) -> tf.Tensor:
        return tf.cast(self.follow(2.0 * images - 1.0, None, None, training), tf.float32)


class Residual(keras.layers.Layer):
    """x + three convolutions of x, of 1, 3 and 3 pixels, two of them narrow; all normalized, the last not rectified."""

    def __init__(self, name: str, make: Layers, filters: int, narrow: int, activation: Callable):
        super().__init__(name=name, autocast=False)
        make, self._activation = make.within(name), activation
        self.links: list[keras.layers.Layer] = []
        for i, (each, size) in enumerate(((narrow, 1), (narrow, 3), (filters, 3))):
            self.links += [make.conv(f"conv{i}", each, size, use_bias=False), make.norm(f"norm{i}")]
        self.built = True

    def call(
        self, x: tf.Tensor, z: tf.Tensor | None = None, labels: tf.Tensor | None = None, training: bool = False
    ) -> tf.Tensor:
        del z, labels
        y = x
        for i, link in enumerate(self.links):
            # In front of every convolution but the first.
            y = link(self._activation(y) if i and i % 2 == 0 else y, training=training)
        return x + y


def unit(vectors: tf.Tensor) -> tf.Tensor:
    """Vectors [B, T] of length 1."""
    return vectors * tf.math.rsqrt(tf.maximum(tf.reduce_sum(tf.square(vectors), -1, keepdims=True), 1e-12))


def _sides(image_shape: tuple[int, int, int]) -> list[tuple[int, int]]:
    """Sides of the image, and of every map that is half as large."""
    height, width, _ = image_shape
    found = [(height, width)]
    while min(halved(height, len(found)), halved(width, len(found))) >= _SMALLEST:
        found.append((halved(height, len(found)), halved(width, len(found))))
    return found
