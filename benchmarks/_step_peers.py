"""The networks of benchmarks.step_time once more, of Keras's own layers, and a step of them as tutorials train.

Variables have the names of ours, with dots between layers, so that weights can be handed over and outputs compared.
"""

from __future__ import annotations

import dataclasses
import itertools
import math
from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf

from compare_gan_tf2.options import Options

Shape = tuple[int, int, int]


def _normalized(layer: Any, training: bool) -> tf.Tensor:
    """A layer's kernel divided by its largest singular value, after one step of power iteration."""
    kernel = tf.convert_to_tensor(layer.kernel)
    matrix = tf.reshape(kernel, [-1, kernel.shape[-1]])
    raw = tf.stop_gradient(matrix)
    v = tf.math.l2_normalize(tf.matmul(raw, tf.convert_to_tensor(layer.u_var), transpose_a=True))
    u = tf.math.l2_normalize(tf.matmul(raw, v))
    if training:
        layer.u_var.assign(u)
    return kernel / tf.reshape(tf.matmul(u, tf.matmul(matrix, v), transpose_a=True), [])


def _add_vector(layer: Any) -> None:
    rows = math.prod(layer.kernel.shape[:-1])
    layer.u_var = layer.add_weight(name="u_var", shape=(rows, 1), initializer="random_normal", trainable=False)


class SpectralConv(keras.layers.Conv2D):
    """A convolution with spectral norm, which takes its singular value in float32."""

    def build(self, input_shape: tuple) -> None:
        super().build(input_shape)
        _add_vector(self)

    def call(self, x: tf.Tensor, training: bool = False) -> tf.Tensor:
        x = tf.cast(x, self.compute_dtype)
        y = tf.nn.conv2d(x, tf.cast(_normalized(self, training), x.dtype), self.strides, "SAME")
        return tf.nn.bias_add(y, tf.cast(self.bias, y.dtype))


class SpectralDense(keras.layers.Dense):
    """A linear layer with spectral norm."""

    def build(self, input_shape: tuple) -> None:
        super().build(input_shape)
        _add_vector(self)

    def call(self, x: tf.Tensor, training: bool = False) -> tf.Tensor:
        x = tf.cast(x, self.compute_dtype)
        y = tf.matmul(x, tf.cast(_normalized(self, training), x.dtype))
        return tf.nn.bias_add(y, tf.cast(self.bias, y.dtype)) if self.use_bias else y


class _Maker:
    """Makes layers of one network in one precision.

    Args:
        options: of the task.
        side: "g" or "d".
    """

    def __init__(self, options: Options, side: str):
        self._options, self._dtype = options, options.precision
        self._is_spectral = getattr(options, f"{side}_weight_normalization") == "spectral"
        self._is_conditional = side == "g" and options.g_normalization == "conditional_batch"

    def channels(self, published: int) -> int:
        return max(1, round(published * self._options.width))

    def linear(self, name: str, units: int, *, plain: bool = False, **kwargs: Any) -> keras.layers.Layer:
        """Without spectral norm if plain."""
        arguments = self._arguments(name) | kwargs
        if self._is_spectral and not plain:
            return SpectralDense(units, **arguments, autocast=False)
        return keras.layers.Dense(units, **arguments)

    def head(self, name: str, units: int, **kwargs: Any) -> keras.layers.Layer:
        """A linear layer that computes in float32."""
        return self.linear(name, units, dtype="float32", **kwargs)

    def conv(self, name: str, filters: int, size: int, stride: int = 1) -> keras.layers.Layer:
        if self._is_spectral:
            return SpectralConv(filters, size, stride, padding="same", **self._arguments(name), autocast=False)
        return keras.layers.Conv2D(filters, size, stride, padding="same", **self._arguments(name))

    def deconv(self, name: str, filters: int, size: int, stride: int) -> keras.layers.Layer:
        return keras.layers.Conv2DTranspose(filters, size, stride, padding="same", **self._arguments(name))

    def norm(self, name: str, labels: Any = None) -> Callable:
        """Batch norm, conditioned on labels if there are any and the options ask for it."""
        is_conditional = self._is_conditional and labels is not None
        batch = keras.layers.BatchNormalization(
            momentum=self._options.batch_norm_decay, epsilon=self._options.batch_norm_epsilon,
            center=not is_conditional, scale=not is_conditional, name=name, dtype=self._dtype,
        )  # fmt: skip
        if not is_conditional:
            return batch

        def conditioned(x: Any) -> Any:
            of_class = [
                keras.ops.reshape(
                    self.linear(f"{name}.{each}", x.shape[-1], use_bias=False)(labels), (-1, 1, 1, x.shape[-1])
                )
                for each in ("gamma", "beta")
            ]
            return batch(x) * (1.0 + of_class[0]) + of_class[1]

        return conditioned

    def _arguments(self, name: str) -> dict[str, Any]:
        start = keras.initializers.RandomNormal(stddev=self._options.initializer_stddev, seed=0)
        return {"kernel_initializer": start, "name": name, "dtype": self._dtype}


@dataclasses.dataclass(frozen=True)
class Plan:
    """A pair of residual networks.

    Attributes:
        seed: the generator's first channels, at an eighth of the image's side.
        g_blocks, d_blocks: channels, "up", "down" or "same", and the shortcut's kernel side (0 for none).
        head: name of the discriminator's last layer.
        is_sum: whether features are sums over space, and colors by tanh; else means, and the sigmoid.
    """

    seed: int
    g_blocks: tuple[tuple[int, str, int], ...]
    d_blocks: tuple[tuple[int, str, int], ...]
    head: str
    is_sum: bool


PLANS = {
    "resnet_cifar": Plan(
        256, ((256, "up", 3),) * 3, ((128, "down", 3), (128, "down", 3), (128, "same", 3), (128, "same", 3)),
        "disc_final_fc", False,
    ),
    "biggan": Plan(
        384, ((384, "up", 1),) * 3, ((192, "down", 1), (192, "down", 0), (192, "down", 0), (192, "same", 0)),
        "final_fc", True,
    ),
}  # fmt: skip
SNDCGAN = ((64, 3, 1), (128, 4, 2), (128, 3, 1), (256, 4, 2), (256, 3, 1), (512, 4, 2), (512, 3, 1))


def networks(
    options: Options, image_shape: Shape, num_classes: int = 0, plan: Plan | None = None
) -> tuple[keras.Model, keras.Model]:
    """Generator and discriminator, functional models of [latents, one-hot labels] and [images, one-hot labels].

    Without classes there are no labels. A plan replaces the one of the options' architecture.
    """
    if options.architecture == "sndcgan":
        return _sndcgan(options, image_shape)
    return _residual(options, image_shape, num_classes, plan or PLANS[options.architecture])


def _sndcgan(options: Options, image_shape: Shape) -> tuple[keras.Model, keras.Model]:
    make, relu = _Maker(options, "g"), keras.ops.relu
    seed = (image_shape[0] // 8, image_shape[1] // 8, make.channels(512))
    x = latents = keras.Input((options.z_dim,))
    x = relu(make.norm("g_bn1")(make.linear("g_fc1", math.prod(seed), plain=True)(x)))
    x = keras.ops.reshape(x, (-1, *seed))
    for number, filters in enumerate((256, 128, 64), 2):
        x = relu(make.norm(f"g_bn{number}")(make.deconv(f"g_dc{number}", make.channels(filters), 4, 2)(x)))
    x = (keras.ops.tanh(keras.ops.cast(make.deconv("g_dc5", image_shape[2], 3, 1)(x), "float32")) + 1.0) / 2.0
    generator = keras.Model(latents, x)
    make = _Maker(options, "d")
    x = images = keras.Input(image_shape)
    x = 2.0 * x - 1.0
    for number, (filters, size, stride) in enumerate(SNDCGAN, 1):
        x = keras.ops.leaky_relu(make.conv(f"d_conv{number}", make.channels(filters), size, stride)(x), 0.1)
    x = keras.ops.reshape(x, (-1, math.prod(x.shape[1:])))
    return generator, keras.Model(images, make.head("d_fc1", 1)(x))


def _residual(options: Options, image_shape: Shape, num_classes: int, plan: Plan) -> tuple[keras.Model, keras.Model]:
    make, relu = _Maker(options, "g"), keras.ops.relu
    latents, classes = keras.Input((options.z_dim,)), keras.Input((num_classes,)) if num_classes else None
    parts = [latents] * (1 + len(plan.g_blocks))
    if options.hierarchical_z:
        parts = keras.ops.split(latents, len(parts), axis=1)
    labels = classes
    if options.embed_y and num_classes:
        labels = make.linear("embed_y", options.embed_y_dim, use_bias=False, plain=True)(classes)
    seed = (image_shape[0] // 8, image_shape[1] // 8, make.channels(plan.seed))
    x = keras.ops.reshape(make.linear("fc_noise", math.prod(seed))(parts[0]), (-1, *seed))
    for number, (filters, scale, shortcut) in enumerate(plan.g_blocks, 1):
        condition = labels
        if labels is not None and options.hierarchical_z:
            condition = keras.ops.concatenate([parts[number], keras.ops.cast(labels, parts[number].dtype)], axis=1)
        x = _block(make, f"B{number}", x, make.channels(filters), scale, shortcut, condition)
    x = keras.ops.cast(make.conv("final_conv", image_shape[2], 3)(relu(make.norm("final_norm")(x))), "float32")
    x = (keras.ops.tanh(x) + 1.0) / 2.0 if plan.is_sum else keras.ops.sigmoid(x)
    generator = keras.Model([latents, classes] if num_classes else latents, x)
    make = _Maker(options, "d")
    x = images = keras.Input(image_shape)
    for number, (filters, scale, shortcut) in enumerate(plan.d_blocks, 1):
        x = _block(make, f"B{number}", x, make.channels(filters), scale, shortcut, has_norm=False)
    x = keras.ops.cast(relu(x), "float32")
    x = keras.ops.sum(x, (1, 2)) if plan.is_sum else keras.ops.mean(x, (1, 2))
    logits = make.head(plan.head, 1)(x)
    if not num_classes:
        return generator, keras.Model(images, logits)
    classes = keras.Input((num_classes,))
    projected = x * make.head("embedding_fc", x.shape[-1], use_bias=False)(classes)
    return generator, keras.Model([images, classes], logits + keras.ops.sum(projected, 1, keepdims=True))


def _block(
    make: _Maker, name: str, x: Any, filters: int, scale: str, shortcut: int, labels: Any = None, has_norm: bool = True
) -> Any:
    """norm, ReLU, convolution, twice, and a shortcut; zeros are put between pixels, as compare_gan did."""
    up = _unpool if scale == "up" else lambda y: y
    down = keras.layers.AveragePooling2D(2, dtype=x.dtype) if scale == "down" else lambda y: y
    first, second = ("up" if scale == "up" else "same"), ("down" if scale == "down" else "same")
    y = keras.ops.relu(make.norm(f"{name}.bn1", labels)(x) if has_norm else x)
    y = make.conv(f"{name}.{first}_conv1", filters, 3)(up(y))
    y = keras.ops.relu(make.norm(f"{name}.bn2", labels)(y) if has_norm else y)
    y = down(make.conv(f"{name}.{second}_conv2", filters, 3)(y))
    return y + down(make.conv(f"{name}.{scale}_conv_shortcut", filters, shortcut)(up(x))) if shortcut else y


def _unpool(x: Any) -> Any:
    _, height, width, channels = x.shape
    x = keras.ops.reshape(x, (-1, height, 1, width, 1, channels))
    x = keras.ops.pad(x, [[0, 0], [0, 0], [0, 1], [0, 0], [0, 1], [0, 0]])
    return keras.ops.reshape(x, (-1, 2 * height, 2 * width, channels))


def take_weights(theirs: keras.Model, ours: Any) -> None:
    """Gives a network of ours's weights to the same one of this file.

    Raises:
        ValueError: if their variables differ.
    """
    values = {path.replace("/", "."): variable for path, variable in ours.named_variables().items()}
    own = {variable.path.replace("/", "."): variable for variable in theirs.variables}
    if values.keys() != own.keys():
        raise ValueError(f"variables that only one of them has: {sorted(values.keys() ^ own.keys())}")
    for name, variable in own.items():
        variable.assign(values[name])


def step_flops(
    generator: keras.Model, discriminator: keras.Model, batch: int, disc_iters: int, *, merged: bool = False
) -> float:
    """Floating point operations of the kernels in a generator step, each of which is applied as it is written.

    The discriminator is updated on real and generated images together, and its first layers need no gradient of the
    images; its kernels have no gradient in the generator's update, and the generator has none in the discriminator's.
    Products with the zeros that a residual block puts between pixels are counted, and all pixels that it averages
    afterwards; with `merged` neither is, as in ours, which does both in one.
    """
    (g, g_first), (d, d_first) = _multiply_adds(generator, merged), _multiply_adds(discriminator, merged)
    discriminator_update = g + 2 * (3 * d - d_first)
    return 2.0 * batch * (disc_iters * discriminator_update + (3 * g - g_first) + 2 * d)


def _multiply_adds(network: keras.Model, merged: bool) -> tuple[float, float]:
    """Of all kernels for one example, and of those that are applied to the network's own input."""
    counts = []
    for layer in network.layers:
        if hasattr(layer, "kernel"):
            # A transposed convolution's kernel goes to every pixel of its input, a convolution's gives each output.
            pixels = layer.input if isinstance(layer, keras.layers.Conv2DTranspose) else layer.output
            count = math.prod(layer.kernel.shape) * math.prod(pixels.shape[1:-1]) * (_share(layer) if merged else 1)
            counts.append((count, layer.input.shape == network.inputs[0].shape))
    return sum(count for count, _ in counts), sum(count for count, is_first in counts if is_first)


def _share(layer: Any) -> float:
    """Of a layer's products, those that are left where a change of size is a part of it."""
    if ".up_" in layer.name:
        return 1 / 4
    # 3 x 3 and a mean of 2 x 2 are 4 x 4 at a quarter of the places.
    return (1 / 4 if layer.kernel.shape[0] == 1 else 4 / 9) if ".down_" in layer.name else 1


def _softplus_losses(real: tf.Tensor, fake: tf.Tensor) -> tf.Tensor:
    return tf.reduce_mean(tf.nn.softplus(-real)) + tf.reduce_mean(tf.nn.softplus(fake))


def _hinge_losses(real: tf.Tensor, fake: tf.Tensor) -> tf.Tensor:
    return tf.reduce_mean(tf.nn.relu(1.0 - real)) + tf.reduce_mean(tf.nn.relu(1.0 + fake))


class Plain:
    """A training step as it is written for one task alone.

    Args:
        options: of the task; batch_size, disc_iters, loss (non_saturating or hinge) and the optimizers' are obeyed.
        image_shape: of the images.
        num_classes: 0 for an unconditional task.
    """

    def __init__(self, options: Options, image_shape: Shape, num_classes: int):
        self._options, self._num_classes = options, num_classes
        self.generator, self.discriminator = networks(options, image_shape, num_classes)
        self._optimizers = [
            keras.optimizers.Adam(rate, options.beta1, options.beta2, epsilon=1e-8)
            for rate in (options.g_learning_rate, options.d_learning_rate)
        ]
        for optimizer, network in zip(self._optimizers, (self.generator, self.discriminator), strict=True):
            optimizer.build(network.trainable_variables)
        self._d_loss = {"non_saturating": _softplus_losses, "hinge": _hinge_losses}[options.loss]

    def step(self, pictures: tf.Tensor, labels: tf.Tensor) -> dict[str, tf.Tensor]:
        """disc_iters updates of the discriminator on uint8 [disc_iters, B, H, W, C], one of the generator."""
        for i in range(self._options.disc_iters):
            d_loss = self._update_discriminator(tf.cast(pictures[i], tf.float32) / 255.0, labels[i])
        with tf.GradientTape() as tape:
            logits = self.discriminator(self._with(self._generate(labels[-1]), labels[-1]), training=False)
            g_loss = -tf.reduce_mean(logits)
            if self._options.loss == "non_saturating":
                g_loss = tf.reduce_mean(tf.nn.softplus(-logits))
        variables = self.generator.trainable_variables
        self._optimizers[0].apply(tape.gradient(g_loss, variables), variables)
        return {"d": d_loss, "g": g_loss}

    def _update_discriminator(self, real: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
        both, fake = tf.concat([labels, labels], 0), self._generate(labels)
        with tf.GradientTape() as tape:
            logits = self.discriminator(self._with(tf.concat([real, fake], 0), both), training=True)
            loss = self._d_loss(*tf.split(logits, 2))
        variables = self.discriminator.trainable_variables
        self._optimizers[1].apply(tape.gradient(loss, variables), variables)
        return loss

    def _generate(self, labels: tf.Tensor) -> tf.Tensor:
        z = tf.random.uniform([self._options.batch_size, self._options.z_dim], -1.0, 1.0)
        return self.generator(self._with(z, labels), training=True)

    def _with(self, x: tf.Tensor, labels: tf.Tensor) -> Any:
        return [x, tf.one_hot(labels, self._num_classes)] if self._num_classes else x


class _Fitted(keras.Model):
    """The same as what `fit` trains."""

    def __init__(self, plain: Plain):
        super().__init__()
        self.generator, self.discriminator, self._plain = plain.generator, plain.discriminator, plain
        self.built = True

    def train_step(self, data: Any) -> dict[str, tf.Tensor]:
        return self._plain.step(*data)


def bare(plain: Plain, pictures: tf.Tensor, labels: tf.Tensor, jit: bool) -> Callable[[], float]:
    """Steps by one tf.function; gives a loss, so that it has been computed."""
    function = tf.function(plain.step, jit_compile=jit)
    return lambda: float(function(pictures, labels)["g"])


def fitted(plain: Plain, pictures: tf.Tensor, labels: tf.Tensor, jit: bool) -> Callable[[], float]:
    """Steps by the compiled function that `fit` calls in its loop, without the loop, its callbacks and its progress."""
    model = _Fitted(plain)
    model.compile(jit_compile=jit)
    model.make_train_function()
    iterator = itertools.repeat((pictures, labels))
    return lambda: float(model.train_function(iterator)["g"])
