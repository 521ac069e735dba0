"""Convolutions, alone and together with a change of size: the library's, put so that they cost the least."""

from __future__ import annotations

from collections.abc import Callable

import tensorflow as tf

from compare_gan_tf2.architectures import _small_maps


def convolve(x: tf.Tensor, kernel: tf.Tensor, stride: int) -> tf.Tensor:
    """SAME convolution of x [B, H, W, I] with a kernel [k, k, I, O] -> [B, ceil(H / stride), ceil(W / stride), O]."""
    kernel = tf.cast(kernel, x.dtype)
    batch, height, width, channels = x.shape
    if _is_misread(width, stride, x.dtype):
        return convolve(tf.pad(x, [[0, 0], [0, 0], [0, stride], [0, 0]]), kernel, stride)[:, :, :1]
    group = _small_maps.group_size(batch, width, channels, kernel.shape[1], stride, x.dtype)
    behind = (-(-height // stride), -(-width // stride))
    if group > 1 or _small_maps.products_are_faster(behind, channels, stride, x.dtype):
        return _small_maps.convolve(stride, group)(x, kernel)
    return tf.nn.conv2d(x, kernel, stride, "SAME")


def convolve_transposed(x: tf.Tensor, kernel: tf.Tensor, sides: tuple[int, int], stride: int) -> tf.Tensor:
    """Transpose of a SAME convolution with a kernel [k, k, O, I]; x [B, H, W, I] -> [B, *sides, O].

    H, W have to be ceil(sides / stride).
    """
    kernel = tf.cast(kernel, x.dtype)
    height, width = sides
    if _is_misread(width, stride, x.dtype):
        wider = tf.pad(x, [[0, 0], [0, 0], [0, 1], [0, 0]])
        return convolve_transposed(wider, kernel, (height, width + stride), stride)[:, :, :width]
    channels = kernel.shape[2]
    group = _small_maps.group_size(x.shape[0], width, channels, kernel.shape[1], stride, x.dtype)
    if group > 1 or _small_maps.products_are_faster(x.shape[1:3], channels, stride, x.dtype):
        return _small_maps.convolve_transposed(sides, stride, group)(x, kernel)
    return _small_maps.transposed(x, kernel, sides, stride)


def _is_misread(columns: int, stride: int, dtype: tf.DType) -> bool:
    """Whether a map in bfloat16 has one column behind a stride.

    With AMX TensorFlow 2.21 reads beside such a map; outputs and gradients of kernels are then arbitrary. With `stride`
    columns of zeros on its right SAME lies as before, and there are two.
    """
    return 1 < stride >= columns and dtype == tf.bfloat16


def unpool(x: tf.Tensor) -> tf.Tensor:
    """[B, H, W, C] -> [B, 2H, 2W, C]; every pixel becomes the upper left one of four, the other three are 0."""
    zeros = tf.zeros_like(x)
    return _interleave([[x, zeros], [zeros, zeros]])


def average_pool(x: tf.Tensor) -> tf.Tensor:
    """[B, H, W, C] -> [B, ceil(H / 2), ceil(W / 2), C]; means of 2 x 2 pixels, of those that exist at the border."""
    return tf.nn.avg_pool2d(x, 2, 2, "SAME")


def convolve_unpooled(x: tf.Tensor, kernel: tf.Tensor, bias: tf.Tensor | None = None) -> tf.Tensor:
    """SAME convolution of `unpool(x)` with a kernel [3, 3, I, O] or [1, 1, I, O], no others, + bias -> [B, 2H, 2W, O].

    Three of four products would be with the zeros in between: each of a square's four pixels sees only the rows and
    columns of the kernel that lie on pixels of x, and is computed from those.
    """
    size = tuple(kernel.shape[:2])
    if size == (1, 1):
        y = convolve(x, kernel, 1)
        zeros = tf.zeros_like(y)
        pixels = [[y, zeros], [zeros, zeros]]
    else:
        assert size == (3, 3), size
        # An even row of the output has x under the kernel's middle row, an odd one under the outer two: the row before
        # it and the row after, which is what SAME does with two rows. Columns alike.
        places = tf.split(tf.reshape(tf.cast(kernel, x.dtype), [9, *kernel.shape[2:]]), 9)

        def pixel(rows: tuple[int, ...], columns: tuple[int, ...]) -> tf.Tensor:
            seen = tf.concat([places[3 * i + j] for i in rows for j in columns], 0)
            return convolve(x, tf.reshape(seen, [len(rows), len(columns), *kernel.shape[2:]]), 1)

        middle, outer = (1,), (0, 2)
        pixels = [[pixel(rows, columns) for columns in (middle, outer)] for rows in (middle, outer)]
    return _interleave(pixels) if bias is None else _interleave_biased(tf.cast(bias, x.dtype), *pixels[0], *pixels[1])


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


@tf.custom_gradient
def _interleave_biased(bias: tf.Tensor, *pixels: tf.Tensor) -> tuple[tf.Tensor, Callable]:
    """`_interleave` of [[first, second], [third, fourth]] + bias [C].

    The bias is added to the parts, where TensorFlow does it within the convolutions that made them; its gradient is of
    the whole, one sum whose order nothing around it can change.
    """
    first, second, third, fourth = (tf.nn.bias_add(each, bias) for each in pixels)
    y = _interleave([[first, second], [third, fourth]])

    def gradient(upstream: tf.Tensor) -> tuple[tf.Tensor, ...]:
        _, height, width, channels = pixels[0].shape
        squares = tf.reshape(upstream, [-1, height, 2, width, 2, channels])
        parts = [part for row in tf.unstack(squares, axis=2) for part in tf.unstack(row, axis=3)]
        return tf.raw_ops.BiasAddGrad(out_backprop=upstream), *parts

    return y, gradient
