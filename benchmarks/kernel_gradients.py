"""Where products of matrices are the faster gradient of a convolution's kernel, and what training chooses there.

python -m benchmarks.kernel_gradients [--precision float32,bfloat16] [--batch 64] [--turns 9]

A row is a convolution: the channels and side of what it sees, its kernel, stride and channels; then how long
TensorFlow's own gradient of the kernel takes and how long the products of architectures/_convolution.py, by turns
(medians), their shares of TensorFlow's best product of matrices, and whether training takes the products there.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections.abc import Callable, Iterator, Sequence

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import tensorflow as tf

from benchmarks._command import run
from benchmarks.step_time import device
from compare_gan_tf2.architectures import _convolution
from compare_gan_tf2.errors import UserError

PRECISIONS = ("float32", "bfloat16")
# Side, channels, filters, size, stride: SNDCGAN's layers, DCGAN's, those of residual networks.
LAYERS = (
    (32, 64, 128, 4, 2), (16, 128, 128, 4, 2), (16, 128, 256, 4, 2), (8, 128, 128, 4, 2), (8, 256, 512, 4, 2),
    (4, 512, 512, 4, 2), (16, 64, 128, 5, 2), (8, 128, 256, 5, 2), (32, 128, 128, 3, 1), (16, 128, 128, 3, 1),
    (8, 128, 128, 3, 1), (8, 256, 256, 3, 1), (4, 512, 512, 3, 1), (16, 256, 256, 2, 1), (8, 256, 256, 2, 1),
    (8, 256, 256, 1, 1),
)  # fmt: skip
_GEMM_SIDE = 2048


def lines(layers: Sequence[tuple[int, ...]], precision: str, batch: int, turns: int) -> Iterator[str]:
    """Markdown lines: a row for each layer."""
    dtype = tf.as_dtype(precision)
    square = tf.cast(tf.random.stateless_normal([_GEMM_SIDE, _GEMM_SIDE], [0, 0]), dtype)
    ceiling = 2.0 * _GEMM_SIDE**3 / min(_seconds([lambda: tf.matmul(square, square)], turns)[0])
    yield f"### {precision}, batch {batch}; products of matrices {1e-9 * ceiling:.0f} GFLOP/s\n"
    yield "| layer | TensorFlow, ms | share | products, ms | share | times as fast | taken |"
    yield "|---|---|---|---|---|---|---|"
    for side, channels, filters, size, stride in layers:
        behind = -(-side // stride)
        x, back = (
            tf.cast(tf.random.stateless_normal([batch, edge, edge, depth], [0, depth]), dtype)
            for edge, depth in ((side, channels), (behind, filters))
        )
        library, products = (statistics.median(each) for each in _seconds(_both(x, back, size, stride), turns))
        flops = 2.0 * batch * behind**2 * size**2 * channels * filters
        is_taken = _convolution._is_slow((behind, behind), channels, stride, dtype)
        yield (
            f"| {channels} x {side}², {size} x {size}, stride {stride}, to {filters} | {1e3 * library:.1f} | "
            f"{flops / library / ceiling:.0%} | {1e3 * products:.1f} | {flops / products / ceiling:.0%} | "
            f"{library / products:.2f} | {'yes' if is_taken else 'no'} |"
        )


def _both(x: tf.Tensor, back: tf.Tensor, size: int, stride: int) -> list[Callable[[], tf.Tensor]]:
    shape = [size, size, x.shape[3], back.shape[3]]

    def library() -> tf.Tensor:
        return tf.raw_ops.Conv2DBackpropFilter(
            input=x, filter_sizes=shape, out_backprop=back, strides=[1, stride, stride, 1], padding="SAME"
        )

    return [library, lambda: _convolution._kernel_gradient(x, back, shape[:2], stride)]


def _seconds(sides: Sequence[Callable[[], tf.Tensor]], turns: int) -> list[list[float]]:
    """Seconds of each side's turns, after two that are not counted."""
    compiled = [tf.function(side) for side in sides]
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
    parser.add_argument("--precision", default="bfloat16", help=f"comma-separated: {', '.join(PRECISIONS)}")
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
