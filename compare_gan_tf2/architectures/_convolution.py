"""Convolutions, alone and together with a change of size: the library's, put so that they cost the least."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Sequence

import tensorflow as tf

# Largest map behind a stride, in pixels, and least channels before it, times the stride, for which products of matrices
# are the faster gradient of a kernel, in bfloat16 on a CPU; benchmarks/kernel_gradients.py shows by how much.
_MOST_PIXELS, _LEAST_CHANNELS = 64, 256


def convolve(x: tf.Tensor, kernel: tf.Tensor, stride: int) -> tf.Tensor:
    """SAME convolution of x [B, H, W, I] with a kernel [k, k, I, O] -> [B, ceil(H / stride), ceil(W / stride), O]."""
    kernel = tf.cast(kernel, x.dtype)
    if _is_slow([-(-side // stride) for side in x.shape[1:3]], x.shape[3], stride, x.dtype):
        return _by_matrices(stride)(x, kernel)
    return tf.nn.conv2d(x, kernel, stride, "SAME")


def convolve_transposed(x: tf.Tensor, kernel: tf.Tensor, sides: tuple[int, int], stride: int) -> tf.Tensor:
    """Transpose of a SAME convolution with a kernel [k, k, O, I]; x [B, H, W, I] -> [B, *sides, O].

    H, W have to be ceil(sides / stride).
    """
    kernel = tf.cast(kernel, x.dtype)
    if _is_slow(x.shape[1:3], kernel.shape[2], stride, x.dtype):
        return _transposed_by_matrices(sides, stride)(x, kernel)
    return _transposed(x, kernel, sides, stride)


def unpool(x: tf.Tensor) -> tf.Tensor:
    """[B, H, W, C] -> [B, 2H, 2W, C]; every pixel becomes the upper left one of four, the other three are 0."""
    zeros = tf.zeros_like(x)
    return _interleave([[x, zeros], [zeros, zeros]])


def average_pool(x: tf.Tensor) -> tf.Tensor:
    """[B, H, W, C] -> [B, ceil(H / 2), ceil(W / 2), C]; means of 2 x 2 pixels, of those that exist at the border."""
    return tf.nn.avg_pool2d(x, 2, 2, "SAME")


def convolve_unpooled(x: tf.Tensor, kernel: tf.Tensor) -> tf.Tensor:
    """SAME convolution of `unpool(x)` with a kernel [3, 3, I, O] or [1, 1, I, O], no others -> [B, 2H, 2W, O].

    Three of four products would be with the zeros in between: each of a square's four pixels sees only the rows and
    columns of the kernel that lie on pixels of x, and is computed from those.
    """
    size = tuple(kernel.shape[:2])
    if size == (1, 1):
        return unpool(convolve(x, kernel, 1))
    assert size == (3, 3), size
    kernel = tf.cast(kernel, x.dtype)
    # An even row of the output has x under the kernel's middle row, an odd one under the outer two: the row before it
    # and the row after, which is what SAME does with two rows.
    middle, outer = slice(1, 2), slice(0, 3, 2)
    pixels = [[convolve(x, kernel[rows, columns], 1) for columns in (middle, outer)] for rows in (middle, outer)]
    return _interleave(pixels)


def convolve_pooled(x: tf.Tensor, kernel: tf.Tensor) -> tf.Tensor:
    """`average_pool` of a SAME convolution with a kernel [k, l, I, O] -> [B, H/2, W/2, O], rounded up.

    As one convolution of stride 2 with the mean of the kernel's four shifts: of a 3 x 3 kernel 16 products instead of
    36. Where a side is odd, the border's means are of fewer pixels, and the two follow each other as they are.
    """
    if tuple(kernel.shape[:2]) == (1, 1):
        return convolve(average_pool(x), kernel, 1)
    if x.shape[1] % 2 or x.shape[2] % 2:
        return average_pool(convolve(x, kernel, 1))
    shifts = [tf.pad(kernel, [[i, 1 - i], [j, 1 - j], [0, 0], [0, 0]]) for i in (0, 1) for j in (0, 1)]
    return convolve(x, tf.add_n(shifts) / 4.0, 2)


def _interleave(pixels: list[list[tf.Tensor]]) -> tf.Tensor:
    """2 x 2 maps [B, H, W, C] -> [B, 2H, 2W, C], made of squares with a pixel of each."""
    _, height, width, channels = pixels[0][0].shape
    rows = tf.stack([tf.stack(row, 3) for row in pixels], 2)
    return tf.reshape(rows, [-1, 2 * height, 2 * width, channels])


def _transposed(x: tf.Tensor, kernel: tf.Tensor, sides: tuple[int, int], stride: int) -> tf.Tensor:
    y = tf.nn.conv2d_transpose(x, kernel, [tf.shape(x)[0], *sides, kernel.shape[2]], stride, "SAME")
    return tf.ensure_shape(y, [x.shape[0], *sides, kernel.shape[2]])


def _is_slow(small_sides: Sequence[int], channels: int, stride: int, dtype: tf.DType) -> bool:
    """Whether the library's gradient of the kernel is.

    small_sides: of the map behind the stride, which is what a transposed convolution sees.
    channels: of the map before the stride, which is what a transposed convolution makes.
    """
    is_small = small_sides[0] * small_sides[1] <= _MOST_PIXELS and channels * stride >= _LEAST_CHANNELS
    return is_small and dtype == tf.bfloat16 and _is_on_cpu()


@functools.cache
def _is_on_cpu() -> bool:
    return {device.device_type for device in tf.config.list_physical_devices()} == {"CPU"}


def _by_matrices(stride: int) -> Callable[[tf.Tensor, tf.Tensor], tf.Tensor]:
    """The same convolution, whose kernel's gradient is products of matrices."""

    @tf.custom_gradient
    def convolution(x: tf.Tensor, kernel: tf.Tensor) -> tuple[tf.Tensor, Callable]:
        y = tf.nn.conv2d(x, kernel, stride, "SAME")

        def gradient(upstream: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            upstream = tf.ensure_shape(upstream, y.shape)
            of_x = _transposed(upstream, kernel, x.shape[1:3], stride)
            return of_x, _kernel_gradient(x, upstream, kernel.shape[:2], stride)

        return y, gradient

    return convolution


def _transposed_by_matrices(sides: tuple[int, int], stride: int) -> Callable[[tf.Tensor, tf.Tensor], tf.Tensor]:
    """The same transposed convolution, whose kernel's gradient is products of matrices."""

    @tf.custom_gradient
    def convolution(x: tf.Tensor, kernel: tf.Tensor) -> tuple[tf.Tensor, Callable]:
        y = _transposed(x, kernel, sides, stride)

        def gradient(upstream: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            upstream = tf.ensure_shape(upstream, y.shape)
            of_x = tf.nn.conv2d(upstream, kernel, stride, "SAME")
            return of_x, _kernel_gradient(upstream, x, kernel.shape[:2], stride)

        return y, gradient

    return convolution


def _kernel_gradient(x: tf.Tensor, upstream: tf.Tensor, sizes: Sequence[int], stride: int) -> tf.Tensor:
    """[*sizes, I, O]: for each place of the kernel, x [B, H, W, I] as that place saw it, times what came back.

    With a stride s, squares of s x s pixels are taken for channels of one, which a kernel of sizes / s places, rounded
    up, looks at without a stride; a product is then of all the places that a square has.
    """
    counts, (channels, outputs) = upstream.shape[1:3], (x.shape[3], upstream.shape[3])
    places = [-(-size // stride) for size in sizes]
    padding = []
    for side, count, size, along in zip(x.shape[1:3], counts, sizes, places, strict=True):
        before = max((count - 1) * stride + size - side, 0) // 2
        # The rest is not negative: the squares reach at least as far as the strides.
        padding.append([before, stride * (count - 1 + along) - side - before])
    padded = tf.pad(x, [[0, 0], *padding, [0, 0]])
    if stride > 1:
        padded = tf.nn.space_to_depth(padded, stride)
    back = tf.reshape(upstream, [-1, outputs])
    products = []
    for i, j in itertools.product(*map(range, places)):
        seen = tf.reshape(padded[:, i : i + counts[0], j : j + counts[1]], [-1, padded.shape[3]])
        products.append(tf.matmul(seen, back, transpose_a=True))
    # Rows and columns of places, then of pixels in a square.
    squares = tf.reshape(tf.stack(products), [*places, stride, stride, channels, outputs])
    whole = tf.reshape(
        tf.transpose(squares, [0, 2, 1, 3, 4, 5]), [places[0] * stride, places[1] * stride, channels, outputs]
    )
    return whole[: sizes[0], : sizes[1]]
