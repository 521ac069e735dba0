"""How fast convolutions of small maps are in the forms of architectures/_small_maps.py, and what training chooses.

python -m benchmarks.small_maps [--precision float32,bfloat16] [--batch 64] [--turns 9]

A row is a convolution: the channels and side of what it sees, its kernel, stride and channels. Of it and of both its
gradients, how long TensorFlow's take and how long those forms take (maps side by side in groups; a kernel's gradient
by products of matrices, but of strides in float32 side by side too), by turns (medians), with their shares of
TensorFlow's best product of matrices. "Taken" says whether training takes the form on this machine. A step lays a map,
and what comes back to it, side by side once for all that needs them; here each computation does it for itself.
"""

from __future__ import annotations

import argparse
import math
import os
import statistics
import time
from collections.abc import Callable, Iterator, Sequence

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import tensorflow as tf

from benchmarks._command import run
from benchmarks.step_time import device
from compare_gan_tf2.architectures import _small_maps
from compare_gan_tf2.errors import UserError

PRECISIONS = ("float32", "bfloat16")
# Side, channels, filters, size, stride: SNDCGAN's layers, DCGAN's, those of residual networks.
LAYERS = (
    (32, 64, 128, 4, 2), (16, 128, 128, 4, 2), (16, 128, 256, 4, 2), (8, 128, 128, 4, 2), (8, 256, 512, 4, 2),
    (4, 512, 512, 4, 2), (16, 64, 128, 5, 2), (8, 128, 256, 5, 2), (8, 256, 512, 5, 2), (32, 128, 128, 3, 1),
    (16, 128, 128, 3, 1), (8, 128, 128, 3, 1), (8, 256, 256, 3, 1), (4, 256, 256, 3, 1), (4, 512, 512, 3, 1),
    (16, 256, 256, 2, 1), (8, 256, 256, 2, 1), (4, 1024, 512, 2, 1), (8, 256, 256, 1, 1),
)  # fmt: skip
_GEMM_SIDE = 2048

# What computes a form; the library's, and ours.
Pair = tuple[Callable[[], tf.Tensor], Callable[[], tf.Tensor]]


def lines(layers: Sequence[tuple[int, ...]], precision: str, batch: int, turns: int) -> Iterator[str]:
    """Markdown lines: up to three rows for each layer."""
    dtype = tf.as_dtype(precision)
    square = tf.cast(tf.random.stateless_normal([_GEMM_SIDE, _GEMM_SIDE], [0, 0]), dtype)
    ceiling = 2.0 * _GEMM_SIDE**3 / min(_seconds([lambda: tf.matmul(square, square)], turns)[0])
    yield f"### {precision}, batch {batch}; products of matrices {1e-9 * ceiling:.0f} GFLOP/s\n"
    yield "| layer | computed | TensorFlow, ms | share | ours, ms | share | times as fast | taken |"
    yield "|---|---|---|---|---|---|---|---|"
    for layer in layers:
        side, channels, filters, size, stride = layer
        behind = -(-side // stride)
        flops = 2.0 * batch * behind**2 * size**2 * channels * filters
        is_grouped = _small_maps.group_size(batch, side, channels, size, stride, dtype) > 1
        by_products = _small_maps.products_are_faster((behind, behind), channels, stride, dtype)
        for name, pair in _pairs(layer, dtype, batch):
            library, ours = (statistics.median(each) for each in _seconds(pair, turns))
            is_taken = is_grouped or (by_products and name == "gradient of the kernel")
            yield (
                f"| {channels} x {side}², {size} x {size}, stride {stride}, to {filters} | {name} | "
                f"{1e3 * library:.1f} | {flops / library / ceiling:.0%} | {1e3 * ours:.1f} | "
                f"{flops / ours / ceiling:.0%} | {library / ours:.2f} | {'yes' if is_taken else 'no'} |"
            )


def _pairs(layer: tuple[int, ...], dtype: tf.DType, batch: int) -> Iterator[tuple[str, Pair]]:
    side, channels, filters, size, stride = layer
    behind = -(-side // stride)
    x, back, kernel = (
        tf.cast(tf.random.stateless_normal(shape, [0, shape[-1]]), dtype)
        for shape in (
            [batch, side, side, channels], [batch, behind, behind, filters], [size, size, channels, filters],
        )
    )  # fmt: skip
    group = math.gcd(batch, _small_maps.MOST_OF_A_GROUP[dtype])
    if side % stride:
        group = 1
    if group > 1:
        yield (
            "output",
            (
                lambda: tf.nn.conv2d(x, kernel, stride, "SAME"),
                lambda: _small_maps.down(x, kernel, stride, group),
            ),
        )
        yield (
            "gradient of the map",
            (
                lambda: _small_maps.transposed(back, kernel, (side, side), stride),
                lambda: _small_maps.up(back, kernel, (side, side), stride, group),
            ),
        )
    yield (
        "gradient of the kernel",
        (
            lambda: tf.raw_ops.Conv2DBackpropFilter(
                input=x, filter_sizes=kernel.shape, out_backprop=back, strides=[1, stride, stride, 1], padding="SAME"
            ),
            lambda: _small_maps.kernel_gradient(x, back, kernel.shape[:2], stride, group),
        ),
    )


def _seconds(sides: Sequence[Callable[[], tf.Tensor]], turns: int) -> list[list[float]]:
    """Seconds of each side's turns, after two that are not counted."""
    compiled = [tf.function(side, autograph=False) for side in sides]
    seconds: list[list[float]] = [[] for _ in sides]
    for turn in range(turns + 2):
        for step, found in zip(compiled, seconds, strict=True):
            start = time.perf_counter()
            tf.reshape(step(), [-1])[0].numpy()
            if turn >= 2:
                found.append(time.perf_counter() - start)
    return seconds


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints a table for each precision."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--precision", default=",".join(PRECISIONS), help=f"of: {', '.join(PRECISIONS)}")
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--turns", type=int, default=9)
    given = parser.parse_args(arguments)
    precisions = given.precision.split(",")
    if unknown := [name for name in precisions if name not in PRECISIONS]:
        raise UserError(f"unknown precision {unknown[0]!r}; known: {', '.join(PRECISIONS)}")
    if min(given.batch, given.turns) < 1:
        raise UserError("--batch and --turns have to be 1 or more")
    print(f"{device()}\n")
    for precision in precisions:
        for line in lines(LAYERS, precision, given.batch, given.turns):
            print(line, flush=True)
        print()
    return 0


if __name__ == "__main__":
    run(main)
