"""Convolutions of small maps with many channels, in forms that a CPU computes faster than the library's.

They give what the library's give, up to second derivatives. In bfloat16 the gradient of a kernel is products of
matrices. With AMX, whose tiles take 16 pixels of one row, maps of few columns lie side by side in groups, with zeros in
the gaps, so that rows are long: [B, H, W, C] -> [B / group, H, group * (W + gap), C].
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence

import tensorflow as tf

from compare_gan_tf2.runtime import device

# Largest map behind a stride, in pixels, and least channels before it, times the stride, for which products are the
# faster gradient of a kernel in bfloat16; benchmarks/small_maps.py shows by how much.
_MOST_PIXELS, _LEAST_CHANNELS = 64, 256
# Most columns behind a stride, and least channels before it, times the stride, for which maps lie side by side; the
# least of them, and the most in the precisions that gain; benchmarks/small_maps.py shows how much.
_MOST_COLUMNS, _LEAST_CHANNELS_OF_A_GROUP = 4, 512
_LEAST_OF_A_GROUP, MOST_OF_A_GROUP = 4, {tf.float32: 8, tf.bfloat16: 16}


def products_are_faster(small_sides: Sequence[int], channels: int, stride: int, dtype: tf.DType) -> bool:
    """Whether the gradient of a kernel by products is faster than the library's.

    Args:
        small_sides: of the map behind the stride, which is what a transposed convolution sees.
        channels: of the map before the stride, which is what a transposed convolution makes.
        stride: of both sides.
        dtype: of the map and the kernel.
    """
    is_small = small_sides[0] * small_sides[1] <= _MOST_PIXELS and channels * stride >= _LEAST_CHANNELS
    return is_small and dtype == tf.bfloat16 and device.is_alone()


def group_size(batch: int | None, columns: int, channels: int, size: int, stride: int, dtype: tf.DType) -> int:
    """How many maps should lie side by side; 1: none beside another.

    Args:
        batch: images, None if that is not known.
        columns: of the map before the stride.
        channels: of the map before the stride.
        size: columns of the kernel.
        stride: of both sides, which has to divide the columns, or the answer is 1.
        dtype: of the map and the kernel.
    """
    is_narrow = columns <= _MOST_COLUMNS * stride and channels * stride >= _LEAST_CHANNELS_OF_A_GROUP
    if batch is None or not is_narrow or size == 1 or columns % stride:
        return 1
    count = math.gcd(batch, MOST_OF_A_GROUP.get(dtype, 1))
    has_tiles = "amx_bf16" in device.flags() and device.is_alone()
    return count if has_tiles and count >= _LEAST_OF_A_GROUP else 1


def convolve(stride: int, group: int) -> Callable[[tf.Tensor, tf.Tensor], tf.Tensor]:
    """SAME convolution of x [B, H, W, I] with a kernel [k, l, I, O] -> [B, ceil(H / stride), ceil(W / stride), O].

    group: maps that lie side by side, a divisor of B; not 1 only where `stride` divides W, and B is known.
    """

    @tf.custom_gradient
    def convolution(x: tf.Tensor, kernel: tf.Tensor) -> tuple[tf.Tensor, Callable]:
        y = down(x, kernel, stride, group)

        def gradient(upstream: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            upstream = tf.ensure_shape(upstream, y.shape)
            of_x = up(upstream, kernel, x.shape[1:3], stride, group)
            return of_x, kernel_gradient(x, upstream, kernel.shape[:2], stride, group)

        return y, gradient

    return convolution


def convolve_transposed(sides: Sequence[int], stride: int, group: int) -> Callable[[tf.Tensor, tf.Tensor], tf.Tensor]:
    """Its transpose: x [B, H, W, I] with a kernel [k, l, O, I] -> [B, *sides, O]; H, W are ceil(sides / stride).

    group: maps that lie side by side, a divisor of B; not 1 only where `stride` divides sides[1], and B is known.
    """

    @tf.custom_gradient
    def convolution(x: tf.Tensor, kernel: tf.Tensor) -> tuple[tf.Tensor, Callable]:
        y = up(x, kernel, sides, stride, group)

        def gradient(upstream: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            upstream = tf.ensure_shape(upstream, y.shape)
            of_x = down(upstream, kernel, stride, group)
            return of_x, kernel_gradient(upstream, x, kernel.shape[:2], stride, group)

        return y, gradient

    return convolution


def transposed(x: tf.Tensor, kernel: tf.Tensor, sides: Sequence[int], stride: int) -> tf.Tensor:
    """The library's transposed convolution of x [B, H, W, I] with a kernel [k, l, O, I] -> [B, *sides, O]."""
    y = tf.nn.conv2d_transpose(x, kernel, [tf.shape(x)[0], *sides, kernel.shape[2]], stride, "SAME")
    return tf.ensure_shape(y, [x.shape[0], *sides, kernel.shape[2]])


def kernel_gradient(x: tf.Tensor, upstream: tf.Tensor, sizes: Sequence[int], stride: int, group: int = 1) -> tf.Tensor:
    """[*sizes, I, O], of a convolution's kernel, from what it saw, x [B, H, W, I], and what came back."""
    if group == 1 or stride == 1 or x.dtype == tf.bfloat16:
        return _products(x, upstream, sizes, stride)
    # In float32 the copies for products of strides cost what they gain.
    gap = _gap(sizes[1], stride)
    return tf.raw_ops.Conv2DBackpropFilter(
        input=_side_by_side(x, gap, group),
        filter_sizes=[*sizes, x.shape[3], upstream.shape[3]],
        out_backprop=_side_by_side(upstream, gap // stride, group),
        strides=[1, stride, stride, 1],
        padding="SAME",
    )


def _products(x: tf.Tensor, upstream: tf.Tensor, sizes: Sequence[int], stride: int) -> tf.Tensor:
    """For each place of the kernel, x as that place saw it, times what came back.

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


def down(x: tf.Tensor, kernel: tf.Tensor, stride: int, group: int) -> tf.Tensor:
    """`convolve`'s output, without its gradients."""
    if group == 1:
        return tf.nn.conv2d(x, kernel, stride, "SAME")
    gap = _gap(kernel.shape[1], stride)
    y = tf.nn.conv2d(_side_by_side(x, gap, group), kernel, stride, "SAME")
    return _apart(y, gap // stride, group)


def up(x: tf.Tensor, kernel: tf.Tensor, sides: Sequence[int], stride: int, group: int) -> tf.Tensor:
    """`convolve_transposed`'s output, without its gradients."""
    if group == 1:
        return transposed(x, kernel, sides, stride)
    gap = _gap(kernel.shape[1], stride)
    beside = _side_by_side(x, gap // stride, group)
    return _apart(transposed(beside, kernel, [sides[0], beside.shape[2] * stride], stride), gap, group)


def _gap(size: int, stride: int) -> int:
    """Columns of zeros between two maps before a stride that divides their width."""
    # A kernel reaches as far to the right as to the left, or one further: then no map sees the next, which is all that
    # SAME did at its border.
    reach = (size - stride + 1) // 2
    return -(-reach // stride) * stride


def _side_by_side(x: tf.Tensor, gap: int, group: int) -> tf.Tensor:
    """[B, H, W, C] -> [B / group, H, group * (W + gap), C]."""
    batch, height, width, channels = x.shape
    padded = tf.pad(x, [[0, 0], [0, 0], [0, gap], [0, 0]])
    grouped = tf.reshape(padded, [batch // group, group, height, width + gap, channels])
    return tf.reshape(tf.transpose(grouped, [0, 2, 1, 3, 4]), [batch // group, height, group * (width + gap), channels])


def _apart(y: tf.Tensor, gap: int, group: int) -> tf.Tensor:
    """[B / group, H, group * (W + gap), C] -> [B, H, W, C]."""
    groups, height, columns, channels = y.shape
    width = columns // group - gap
    grouped = tf.reshape(y, [groups, height, group, width + gap, channels])[:, :, :, :width]
    return tf.reshape(tf.transpose(grouped, [0, 2, 1, 3, 4]), [groups * group, height, width, channels])
