"""The layers that architectures are made of, with the initializers and normalizations that the options ask for."""

from __future__ import annotations

import copy
import functools
import zlib
from collections.abc import Callable
from typing import Any, TypeVar

import keras
import tensorflow as tf

from compare_gan_tf2 import components
from compare_gan_tf2.architectures._convolution import convolve, convolve_pooled, convolve_transposed, convolve_unpooled
from compare_gan_tf2.options import Options
from compare_gan_tf2.runtime import data_start, layer_state

relu = tf.nn.relu


def leaky_relu(slope: float) -> Callable[[tf.Tensor], tf.Tensor]:
    """max(x, slope x), for slopes above 0."""

    @tf.custom_gradient
    def activation(x: tf.Tensor) -> tuple[tf.Tensor, Callable[[tf.Tensor], tf.Tensor]]:
        # By the output, whose sign is the input's. Where the gradient needs the input, TensorFlow's optimizer of graphs
        # fails to compute the activation together with the convolution before it, with an error on the screen.
        y = tf.nn.leaky_relu(x, slope)
        return y, lambda upstream: tf.raw_ops.LeakyReluGrad(gradients=upstream, features=y, alpha=slope)

    return activation


def maxout(pieces: int) -> Callable[[tf.Tensor], tf.Tensor]:
    """[B, ..., C] -> [B, ..., C / pieces], the maximum of so many neighboring channels (Goodfellow et al. 2013)."""

    def largest(x: tf.Tensor) -> tf.Tensor:
        groups = tf.reshape(x, [-1, *x.shape[1:-1], x.shape[-1] // pieces, pieces])
        return tf.reduce_max(groups, axis=-1)

    return largest


def sigmoid(x: tf.Tensor) -> tf.Tensor:
    """1 / (1 + exp(-x)), float32: the colors that half a precision can say are coarser than a stored image's."""
    return tf.sigmoid(tf.cast(x, tf.float32))


def tanh(x: tf.Tensor) -> tf.Tensor:
    """tanh(x), float32 for the same reason."""
    return tf.tanh(tf.cast(x, tf.float32))


def reshape(*shape: int) -> Callable[[tf.Tensor], tf.Tensor]:
    """To [B, *shape]."""
    return lambda x: tf.reshape(x, [-1, *shape])


def flatten(x: tf.Tensor) -> tf.Tensor:
    """[B, ...] -> [B, product]."""
    return tf.reshape(x, [-1, functools.reduce(lambda a, b: a * b, x.shape[1:])])


def spatial_mean(x: tf.Tensor) -> tf.Tensor:
    """[B, H, W, C] -> float32 [B, C]."""
    return tf.reduce_mean(tf.cast(x, tf.float32), [1, 2])


def spatial_sum(x: tf.Tensor) -> tf.Tensor:
    """[B, H, W, C] -> float32 [B, C]."""
    return tf.reduce_sum(tf.cast(x, tf.float32), [1, 2])


def halved(size: int, times: int) -> int:
    """A side after so many strides of 2 with SAME padding."""
    for _ in range(times):
        size = -(-size // 2)
    return size


class Kernel(keras.layers.Layer):
    """A layer with a kernel, normalized as asked for, and usually a bias that starts at 0.

    It computes in the dtype of its input; Keras's own casting, which knows nothing of `precision`, is off.

    Attributes:
        trains_length: whether the lengths of weight norm are trained.
    """

    def __init__(
        self,
        name: str,
        *,
        initializer: Any,
        weight_normalization: Callable,
        use_bias: bool = True,
        bias_start: float = 0.0,
        trains_length: bool = True,
    ):
        super().__init__(name=name, autocast=False)
        self.trains_length = trains_length
        self._initializer = initializer
        self._weight_normalization = weight_normalization
        self._use_bias = use_bias
        self._bias_start = bias_start

    def _build_kernel(self, shape: tuple[int, ...], outputs: int, output_axis: int = -1) -> None:
        self.kernel = self.add_weight(name="kernel", shape=shape, initializer=self._initializer)
        self._normalize = self._weight_normalization(self, self.kernel, output_axis=output_axis)
        if self._use_bias:
            start = keras.initializers.Constant(self._bias_start)
            self.bias = self.add_weight(name="bias", shape=(outputs,), initializer=start)

    def _kernel(self, training: bool) -> tf.Tensor:
        """The normalized kernel, float32."""
        return self._normalize(tf.convert_to_tensor(self.kernel), training)

    def _with_bias(self, y: tf.Tensor) -> tf.Tensor:
        length = getattr(self._normalize, "length", None)
        if length is not None and data_start.is_starting():
            return self._started(y, length)
        return tf.nn.bias_add(y, tf.cast(self.bias, y.dtype)) if self._use_bias else y

    def _started(self, y: tf.Tensor, length: keras.Variable) -> tf.Tensor:
        """Proposes the length and the bias that standardize y, without a bias yet; gives it as it is with them."""
        mean, scale = data_start.moments(y)
        layer_state.propose(length, length * scale)
        if self._use_bias:
            layer_state.propose(self.bias, -mean * scale)
            y -= tf.cast(mean, y.dtype)
        return y * tf.cast(scale, y.dtype)


class Linear(Kernel):
    """x K + b; [B, I] -> [B, units]."""

    def __init__(self, units: int, name: str, **kwargs: Any):
        super().__init__(name, **kwargs)
        self._units = units

    def build(self, input_shape: tuple) -> None:
        self._build_kernel((input_shape[-1], self._units), self._units)

    def call(self, x: tf.Tensor, training: bool = False) -> tf.Tensor:
        return self._with_bias(tf.matmul(x, tf.cast(self._kernel(training), x.dtype)))


class Conv(Kernel):
    """Convolution, SAME padding; [B, H, W, I] -> [B, ceil(H / stride), ceil(W / stride), filters].

    With a stride of 1 it can be one with a change of size, [B, H', W', filters]: scale "up" puts zeros between the
    pixels first, H' = 2H, "down" averages 2 x 2 pixels afterwards, H' = ceil(H / 2); "same" does neither.
    """

    def __init__(self, filters: int, size: int, stride: int, name: str, *, scale: str = "same", **kwargs: Any):
        super().__init__(name, **kwargs)
        assert scale == "same" or (stride == 1 and size in (1, 3)), "no convolution with a change of size for these"
        self._filters, self._size, self._stride, self._scale = filters, size, stride, scale

    def build(self, input_shape: tuple) -> None:
        self._build_kernel((self._size, self._size, input_shape[-1], self._filters), self._filters)

    def call(self, x: tf.Tensor, training: bool = False) -> tf.Tensor:
        kernel = self._kernel(training)
        if self._scale == "up":
            return convolve_unpooled(x, kernel, self.bias if self._use_bias else None)
        return self._with_bias(
            convolve_pooled(x, kernel) if self._scale == "down" else convolve(x, kernel, self._stride)
        )


class Deconv(Kernel):
    """Transposed convolution, SAME padding, kernel [size, size, out, in]; the output's sides are given.

    Keras's Conv2DTranspose always doubles the sides; from 4 to 7, as 28-pixel networks need it, cannot be said to it.
    """

    def __init__(self, filters: int, size: int, stride: int, sides: tuple[int, int], name: str, **kwargs: Any):
        super().__init__(name, **kwargs)
        self._filters, self._size, self._stride, self._sides = filters, size, stride, sides

    def build(self, input_shape: tuple) -> None:
        self._build_kernel((self._size, self._size, self._filters, input_shape[-1]), self._filters, output_axis=-2)

    def call(self, x: tf.Tensor, training: bool = False) -> tf.Tensor:
        return self._with_bias(convolve_transposed(x, self._kernel(training), self._sides, self._stride))


_AnyKernel = TypeVar("_AnyKernel", bound=Kernel)


class Layers:
    """Makes a network's layers as the options say; one per network.

    Args:
        options: the task's.
        network: "generator" or "discriminator".
        ignores_weight_normalization: True for generators whose kernels compare_gan left alone, whatever was asked for,
            but for those in their conditional batch norm. So does reference mode; else the option is obeyed.
        draws_convolutions_normally: True for networks whose convolutions v1 and v2 drew from the normal distribution;
            those of all others they cut at two deviations, whatever other layers had, and so does their reference mode.
    """

    def __init__(
        self,
        options: Options,
        network: str,
        *,
        ignores_weight_normalization: bool = False,
        draws_convolutions_normally: bool = False,
    ):
        side = network[0]
        self._options = options
        self.network = network
        self._scope = ""
        self.normalization = getattr(options, f"{side}_normalization")
        self._normalization = components.load("normalizations", self.normalization)
        kind = getattr(options, f"{side}_weight_normalization")
        self._weight_normalization = components.load("weight_normalizations", kind)
        is_cut = options.reference in ("v1", "v2") and options.initializer == "normal"
        self._convolutions = "truncated" if is_cut and not draws_convolutions_normally else options.initializer
        ignored = ignores_weight_normalization and options.reference != "none"
        self._backbone = components.load("weight_normalizations", "none") if ignored else self._weight_normalization

    @property
    def attention(self) -> str:
        """Where the options want self-attention: "default", "none" or names of blocks."""
        return str(getattr(self._options, f"{self.network[0]}_attention"))

    @property
    def concatenates(self) -> bool:
        """Whether the discriminator is shown labels as further channels of its images."""
        return self._options.d_conditioning == "concatenation"

    def within(self, block: str) -> Layers:
        """What makes the layers inside a block; two blocks' layers of one name start differently."""
        inner = copy.copy(self)
        inner._scope = f"{self._scope}{block}/"
        return inner

    def channels(self, published: int) -> int:
        """A hidden layer's channels: the published number times the option width."""
        return max(1, round(published * self._options.width))

    def linear(self, name: str, units: int, *, is_normalized: bool = True, **kwargs: Any) -> Linear:
        """A linear layer; one that is not normalized has its raw kernel, whatever the options say of kernels."""
        normalization = self._backbone if is_normalized else components.load("weight_normalizations", "none")
        return Linear(units, name, **self._kernel_arguments(name, normalization), **kwargs)

    def conv(self, name: str, filters: int, size: int, stride: int = 1, **kwargs: Any) -> Conv:
        """A convolution; see Conv."""
        arguments = self._kernel_arguments(name, self._backbone, self._convolutions)
        return Conv(filters, size, stride, name, **arguments, **kwargs)

    def deconv(self, name: str, filters: int, size: int, stride: int, sides: tuple[int, int], **kwargs: Any) -> Deconv:
        """A transposed convolution to the given sides."""
        return Deconv(filters, size, stride, sides, name, **self._kernel_arguments(name, self._backbone), **kwargs)

    def made(self, kind: Callable[..., _AnyKernel], name: str, *arguments: Any, **more: Any) -> _AnyKernel:
        """A layer of another file, of a class kind(*arguments, **more) that is a `Kernel`, with this name's kernel."""
        return kind(*arguments, **self._kernel_arguments(name, self._backbone, self._convolutions), **more)

    def norm(self, name: str, kind: str | None = None) -> keras.layers.Layer:
        """A normalization of activations: the one of the options unless a kind is given."""
        module = components.load("normalizations", kind) if kind else self._normalization

        def linear(units: int, inner: str, **kwargs: Any) -> Linear:
            arguments = self._kernel_arguments(f"{name}/{inner}", self._weight_normalization)
            return Linear(units, inner, **arguments, **kwargs)

        return module.Normalization(
            decay=self._options.batch_norm_decay,
            epsilon=self._options.batch_norm_epsilon,
            linear=linear,
            self_modulation_units=self._options.self_modulation_units,
            reference=self._options.reference,
            name=name,
        )

    def unconditioned_norm(self, name: str) -> keras.layers.Layer:
        """The normalization of the options, but plain batch norm in place of one that is conditioned.

        compare_gan had plain batch norm here whatever was asked for; in reference mode so do we.
        """
        is_batch = self.normalization.endswith("batch") or self._options.reference != "none"
        return self.norm(name, "batch" if is_batch else None)

    def embedding(self, name: str, units: int, *, is_normalized: bool = False) -> Linear:
        """A linear embedding of latents or labels; 0 units are as many as there are latents."""
        units = units or self._options.z_dim
        return self.linear(name, units, is_normalized=is_normalized, use_bias=self._options.embed_bias)

    def projection(self, name: str, *, draws_glorot: bool = True) -> Callable[[int], Linear] | None:
        """What makes the embedding of labels for the discriminator's projection, given its length; None without one.

        It has no bias, and a Glorot-normal kernel as in BigGAN, or one that is drawn as all others are.
        """
        if self._options.d_conditioning != "projection":
            return None
        return self.embedding_of_classes(name, draws_glorot=draws_glorot)

    def embedding_of_classes(self, name: str, *, draws_glorot: bool = True) -> Callable[[int], Linear]:
        """What makes a projection's embedding, given its length."""
        arguments = self._kernel_arguments(name, self._backbone)
        if draws_glorot:
            arguments["initializer"] = keras.initializers.GlorotNormal(seed=self.seed(name))
        return lambda units: Linear(units, name, use_bias=False, **arguments)

    def vector_of_class(self, name: str, units: int) -> Linear:
        """One-hot labels -> the class's learned vector [B, units], at the start standard normal, as PyTorch has it."""
        arguments = self._kernel_arguments(name, components.load("weight_normalizations", "none"))
        arguments["initializer"] = keras.initializers.RandomNormal(stddev=1.0, seed=self.seed(name))
        return Linear(units, name, use_bias=False, **arguments)

    def _kernel_arguments(
        self, name: str, weight_normalization: Any, distribution: str | None = None
    ) -> dict[str, Any]:
        seed = self.seed(name)
        stddev = self._options.initializer_stddev
        initializer = {
            "normal": lambda: keras.initializers.RandomNormal(stddev=stddev, seed=seed),
            "truncated": lambda: keras.initializers.TruncatedNormal(stddev=stddev, seed=seed),
            "orthogonal": lambda: keras.initializers.Orthogonal(seed=seed),
            "glorot": lambda: _scaled(stddev**2, "fan_avg", "untruncated_normal", seed),
            "he": lambda: _scaled(2.0, "fan_in", "untruncated_normal", seed),
            "pytorch": lambda: _scaled(1.0 / 3.0, "fan_in", "uniform", seed),
        }[distribution or self._options.initializer]()
        normalize = functools.partial(
            weight_normalization.WeightNormalization,
            side=self._options.spectral_side,
            iterations=self._options.spectral_iterations,
            seed=seed + 1,
        )
        return {"initializer": initializer, "weight_normalization": normalize}

    def seed(self, name: str) -> int:
        """Every kernel its own stream, decided by the task's seed and the kernel's name."""
        return zlib.crc32(f"{self._options.seed}/{self.network}/{self._scope}{name}".encode()) & 0x3FFFFFFF


def _scaled(scale: float, mode: str, distribution: str, seed: int) -> keras.initializers.Initializer:
    """Variance scale / fan."""
    return keras.initializers.VarianceScaling(scale, mode, distribution, seed)
