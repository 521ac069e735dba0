"""Measures a generator step against the same networks in plain Keras and in PyTorch, by turns in one process.

python -m benchmarks.step_time [--rows sndcgan32,resnet_cifar,...] [--precision float32,mixed_bfloat16] [--pairs 10]
                               [--jit] [--compile] [--profile] [--output FILE]

Ours is the step of a training (stepping.Stepper on one device, as benchmarks and trainings make it). All sides have the
same channels, kernels, strides, normalizations, losses, Adam and batch, and images that are in memory as uint8; their
outputs are the same for the same weights (tests/test_step_benchmarks.py). Peers:

  tf.function    stock Keras layers, a spectral norm of ten lines, keras.optimizers.Adam
  Keras fit      the same as a keras.Model's train_step, by the compiled function that `fit` calls for each batch; what
                 `fit` itself takes for an epoch, its callbacks and progress is not counted
  torch          eager, with the fused Adam: float32 in PyTorch's own layout and channels_last, bfloat16 by autocast in
                 channels_last; with --compile also torch.compile. pip install torch, else a line says so

biggan32 has only the first of them, stylegan2_32 only those of PyTorch, once more with a kernel for every image
("grouped", as the paper has it; the official PyTorch release, and so the others, scale inputs and outputs). Every side
is called by turns, in an order that changes, and a turn of steps lasts half a second or more, of stylegan2_32 whole
periods of 16 steps; "faster" is how many times, with a 90 % interval over the pairs. A target is met if the interval's
lower end reaches it.

FLOPs are those of the kernels alone, without gradients that nobody needs (_step_peers.step_flops, and of stylegan2_32
_step_stylegan2.step_flops); ours has fewer where residual blocks change the size, which is a part of its convolutions.
The ceiling is the best of TensorFlow's matrix
products of three sizes in the same run, in the dtype that a side computes in.
Determinism, which a training switches on, cannot be taken back and is off here for all. --output keeps what was
measured, row by row; rows that are in the file are not measured again.
"""

from __future__ import annotations

import argparse
import dataclasses
import functools
import itertools
import json
import os
import pathlib
import platform
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import tensorflow as tf

from benchmarks import _step_peers as peers
from benchmarks import _step_stylegan2
from benchmarks._command import read_record
from benchmarks._command import run as run_command
from benchmarks.metrics import interval
from compare_gan_tf2.datasets import catalog
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.files import replace_file
from compare_gan_tf2.gans.base import BaseGan, build
from compare_gan_tf2.options import Options
from compare_gan_tf2.runtime import device as processor
from compare_gan_tf2.runtime import distribution
from compare_gan_tf2.runtime.profiling import TABLE_FILE, Profile
from compare_gan_tf2.training.steps import Stepper

PRECISIONS = ("float32", "mixed_bfloat16")
_LEAST_PAIRS = 2
_TURN_SECONDS = 0.5
_GEMM_SIDES, _GEMM_REPEATS = (1024, 2048, 4096), 5
_CALLS_OF_A_PROFILE = 8

_SPECTRAL = {"d_weight_normalization": "spectral", "loss": "non_saturating"}
ROWS: dict[str, dict[str, Any]] = {
    "sndcgan32": {"dataset": "cifar10", "architecture": "sndcgan", "batch_size": 64, **_SPECTRAL},
    "resnet_cifar": {
        "dataset": "cifar10", "architecture": "resnet_cifar", "batch_size": 64, "disc_iters": 5, **_SPECTRAL,
    },
    "sndcgan128": {"dataset": "celeb_a_hq_128", "architecture": "sndcgan", "batch_size": 16, **_SPECTRAL},
    "biggan32": {
        "dataset": "cifar10", "architecture": "biggan", "batch_size": 64, "conditional": True, "loss": "hinge",
        "g_normalization": "conditional_batch", "g_weight_normalization": "spectral",
        "d_weight_normalization": "spectral", "g_attention": "none", "d_attention": "none",
    },
    # 128 channels up to 16 pixels, then 64.
    "stylegan2_32": {
        "gan": "stylegan2", "dataset": "cifar10", "style_settings": "auto", "batch_size": 64, "width": 0.25,
        "channel_base": 8192, "z_dim": 128,
    },
}  # fmt: skip
# Steps after which a row's updates come in the same order again.
PERIODS = {"stylegan2_32": 16}
# (row, precision, peer's name as it starts) -> how many times faster ours has to be.
TARGETS = {
    ("sndcgan32", "float32", "tf.function"): 1.0,
    ("sndcgan32", "float32", "torch float32 channels_last"): 1.1,
    ("sndcgan32", "mixed_bfloat16", "tf.function"): 1.2,
    ("sndcgan32", "mixed_bfloat16", "Keras fit"): 1.2,
    ("sndcgan32", "mixed_bfloat16", "torch float32"): 3.5,
    ("sndcgan32", "mixed_bfloat16", "torch bfloat16 channels_last"): 1.2,
    ("resnet_cifar", "mixed_bfloat16", "torch float32"): 6.0,
    ("resnet_cifar", "mixed_bfloat16", "torch bfloat16 channels_last"): 1.3,
    ("stylegan2_32", "float32", "torch float32 channels_last"): 1.2,
    ("stylegan2_32", "mixed_bfloat16", "torch bfloat16 channels_last"): 1.2,
}

# Takes one step, and gives a number of it, so that it has been computed.
Step = Callable[[], Any]


@dataclasses.dataclass(frozen=True)
class Side:
    """Who is measured: a name, the dtype of its products, and what makes its step (ImportError: not installed)."""

    name: str
    dtype: str
    prepare: Callable[[], Step]


@dataclasses.dataclass(frozen=True)
class Settings:
    """What the command line says of all rows; a record was made with all of them."""

    pairs: int
    jit: bool
    compiles: bool
    width: float
    batch: int

    def options(self, row: str, precision: str) -> Options:
        """Of a row's task."""
        values = ROWS[row] | {"precision": precision, "width": width_of(row, self.width), "seed": 1}
        return Options.from_dict(values | ({"batch_size": self.batch} if self.batch else {}))


def width_of(row: str, factor: float) -> float:
    """A row's width times a factor."""
    return float(ROWS[row].get("width", 1.0)) * factor


def sides(row: str, precision: str, settings: Settings) -> Iterator[Side]:
    """Ours, then the peers."""
    options = settings.options(row, precision)
    dataset = catalog.of(options)
    shape = [options.disc_iters, options.batch_size]
    source = np.random.default_rng(0)
    pictures = source.integers(0, 256, [*shape, *dataset.image_shape], np.uint8)
    labels = source.integers(0, dataset.num_classes or 1, shape, np.int32)
    num_classes = dataset.num_classes if options.conditional else 0
    dtype = precision.removeprefix("mixed_")
    yield Side("ours", dtype, lambda: ours(options, pictures, labels, settings.jit))

    def keras(make: Callable[..., Step]) -> Step:
        plain = peers.Plain(options, dataset.image_shape, num_classes)
        return make(plain, tf.constant(pictures), tf.constant(labels), settings.jit)

    if options.gan != "stylegan2":
        yield Side("tf.function", dtype, lambda: keras(peers.bare))
        if row == "biggan32":
            return
        yield Side("Keras fit", dtype, lambda: keras(peers.fitted))
    yield from _torch_sides(options, pictures, precision != "float32", settings.compiles)


def _torch_sides(options: Options, pictures: np.ndarray, is_half: bool, compiles: bool) -> Iterator[Side]:
    def step(**arguments: bool) -> Step:
        from benchmarks import _step_networks_torch, _step_stylegan2_torch

        make = _step_stylegan2_torch.Step if options.gan == "stylegan2" else _step_networks_torch.Step
        return make(options, pictures, **arguments)

    def side(is_channels_last: bool, is_half: bool, **more: bool) -> Side:
        kind = "bfloat16" if is_half else "float32"
        said = {"compiles": "compiled", "is_grouped": "grouped"}
        name = f"torch {kind}{' channels_last' * is_channels_last}{''.join(f', {said[each]}' for each in more)}"
        return Side(name, kind, lambda: step(is_channels_last=is_channels_last, is_half=is_half, **more))

    yield side(False, False)
    yield side(True, is_half)
    if options.gan == "stylegan2":
        yield side(True, is_half, is_grouped=True)
    if compiles:
        yield side(True, is_half, compiles=True)


def ours(options: Options, pictures: np.ndarray, labels: np.ndarray, jit: bool) -> Step:
    """A training's step on data in memory."""
    strategy = distribution.create("one_device")
    with strategy.scope():
        gan = build(options)
    return steps_of(gan, Stepper(gan, strategy, jit_compile=jit), pictures, labels)


def steps_of(gan: BaseGan, stepper: Stepper, pictures: np.ndarray, labels: np.ndarray) -> Step:
    """A GAN's steps, one after the other, on the same data in memory."""
    batches = itertools.repeat(gan.batches_of(tf.constant(pictures), tf.constant(labels)))
    numbers = itertools.count()
    return lambda: stepper.run(batches, 1, next(numbers))


@functools.cache
def ceiling(dtype: str) -> float:
    """GFLOP/s of the best of some matrix products."""
    best = 0.0
    for side in _GEMM_SIDES:
        matrix = tf.cast(tf.random.stateless_normal([side, side], [0, 1]), dtype)
        # One number comes back, which waits for all of the product.
        product = tf.function(lambda a: tf.reduce_sum(tf.matmul(a, a)[0]))
        product(matrix).numpy()
        for _ in range(_GEMM_REPEATS):
            start = time.perf_counter()
            product(matrix).numpy()
            best = max(best, 2e-9 * side**3 / (time.perf_counter() - start))
    return best


def measure(prepared: dict[str, Step], pairs: int, period: int = 1) -> dict[str, list[float]]:
    """Seconds per step of every side, turn by turn; a turn has some whole periods of steps."""
    steps = {}
    for name, step in prepared.items():
        for _ in range(period):  # traces and compiles
            step()
        start = time.perf_counter()
        for _ in range(period):
            step()
        steps[name] = period * max(1, round(_TURN_SECONDS / (time.perf_counter() - start)))
    seconds: dict[str, list[float]] = {name: [] for name in prepared}
    names = list(prepared)
    for turn in range(pairs):
        first = turn % len(names)
        for name in names[first:] + names[:first]:
            start = time.perf_counter()
            for _ in range(steps[name]):
                prepared[name]()
            seconds[name].append((time.perf_counter() - start) / steps[name])
    return seconds


def measured_row(row: str, precision: str, settings: Settings) -> dict[str, Any]:
    """What a row's record holds: of every side its dtype, FLOPs, seconds (or what is missing) and ceiling."""
    tf.random.set_seed(0)  # where determinism is on, random numbers ask for one
    prepared: dict[str, Step] = {}
    found: dict[str, dict[str, Any]] = {}
    for side in sides(row, precision, settings):
        found[side.name] = {"dtype": side.dtype}
        try:
            prepared[side.name] = side.prepare()
        except ImportError as missing:
            found[side.name]["missing"] = missing.name or str(missing)
    for name, seconds in measure(prepared, settings.pairs, PERIODS.get(row, 1)).items():
        found[name] |= {"seconds": seconds, "ceiling": ceiling(found[name]["dtype"])}
        found[name]["gflop"] = gflop(settings.options(row, precision), merged=name == "ours")
    return {"sides": found}


def gflop(options: Options, *, merged: bool) -> float:
    """Of a generator step, in ours (`merged`) or in a peer's."""
    dataset = catalog.of(options)
    if options.gan == "stylegan2":
        return 1e-9 * _step_stylegan2.step_flops(options, dataset.image_shape)
    pair = peers.networks(options, dataset.image_shape, dataset.num_classes if options.conditional else 0)
    return 1e-9 * peers.step_flops(*pair, options.batch_size, options.disc_iters, merged=merged)


def row_lines(row: str, precision: str, record: dict[str, Any]) -> Iterator[str]:
    """A row's table."""
    yield f"### {row}, {precision}\n"
    yield "| who | GFLOP per step | s per step | ours is faster (90 %) | GFLOP/s | of the ceiling | target | met |"
    yield "|---|---|---|---|---|---|---|---|"
    our = record["sides"]["ours"]["seconds"]
    for name, side in record["sides"].items():
        if "missing" in side:
            yield f"| {name} | | not installed ({side['missing']}) | | | | | |"
            continue
        seconds = statistics.median(side["seconds"])
        speed = side["gflop"] / seconds
        low, mean, high = interval([their / mine for mine, their in zip(our, side["seconds"], strict=True)])
        faster = "" if name == "ours" else f"{mean:.2f} ({low:.2f} to {high:.2f})"
        target = TARGETS.get((row, precision, name))
        verdict = "| |" if target is None else f"{target:g} | {'yes' if low >= target else 'no'} |"
        took = f"{side['gflop']:.4g} | {seconds:.4g} | {faster}"
        yield f"| {name} | {took} | {speed:.4g} | {speed / side['ceiling']:.1%} | {verdict}"


def device() -> str:
    """What is measured on, in one line."""
    software = f"TensorFlow {tf.__version__}, Python {platform.python_version()}"
    if gpus := tf.config.list_physical_devices("GPU"):
        return f"GPU {tf.config.experimental.get_device_details(gpus[0]).get('device_name', gpus[0].name)}; {software}"
    known = processor.flags()
    flags = "flags unknown" if not known else ", ".join(
        f"{flag} {'present' if flag in known else 'absent'}" for flag in ("amx_bf16", "avx512_bf16")
    )  # fmt: skip
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return f"CPU {processor.model()}, {cores} cores, {flags}; {software}"


def profile_of(row: str, precision: str, settings: Settings) -> str:
    """The operations of our step that take longest."""
    step = next(sides(row, precision, settings)).prepare()
    with tempfile.TemporaryDirectory() as name:
        with Profile(pathlib.Path(name), is_wanted=True) as profile:
            for _ in range(_CALLS_OF_A_PROFILE):
                with profile.call(1):
                    step()
        return (pathlib.Path(name) / TABLE_FILE).read_text()


def _record(path: pathlib.Path | None, settings: Settings) -> dict[str, Any]:
    """The rows that were measured before."""
    if path is None or not path.exists():
        return {}
    if (before := read_record(path, "settings")) != dataclasses.asdict(settings):
        raise UserError(f"{path} was made with other settings: {before}. Use another --output")
    rows: dict[str, Any] = read_record(path, "rows")
    return rows


def chosen(text: str, known: tuple[str, ...], what: str) -> list[str]:
    """The parts of a comma-separated text, all of which have to be known."""
    parts = text.split(",")
    if unknown := [part for part in parts if part not in known]:
        raise UserError(f"there is no {what} {unknown[0]!r}; known are {', '.join(known)}")
    return parts


def main(arguments: list[str] | None = None) -> int:
    """Prints the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", default=",".join(ROWS), help=f"of: {', '.join(ROWS)}")
    parser.add_argument("--precision", default=",".join(PRECISIONS), help=f"of: {', '.join(PRECISIONS)}")
    parser.add_argument("--pairs", type=int, default=10, help="turns of every side")
    parser.add_argument("--jit", action="store_true", help="XLA compiles our step and those of TensorFlow's peers")
    parser.add_argument("--compile", action="store_true", help="also torch.compile, which takes a minute to compile")
    parser.add_argument("--profile", action="store_true", help="also the longest operations of our step")
    parser.add_argument("--output", type=pathlib.Path, help="JSON record, which an interrupted run goes on with")
    parser.add_argument("--width", type=float, default=1.0, help="of all networks, to look at the table")
    parser.add_argument("--batch", type=int, default=0, help="images; 0 is each row's own number")
    given = parser.parse_args(arguments)
    rows, precisions = chosen(given.rows, tuple(ROWS), "row"), chosen(given.precision, PRECISIONS, "precision")
    if given.pairs < _LEAST_PAIRS:
        raise UserError(f"--pairs has to be {_LEAST_PAIRS} or more")
    settings = Settings(given.pairs, given.jit, given.compile, given.width, given.batch)
    done, title = _record(given.output, settings), device()
    print(f"{title}; {'XLA' if given.jit else 'no XLA'}", end="\n\n", flush=True)
    for row, precision in itertools.product(rows, precisions):
        key = f"{row}/{precision}"
        if key not in done:
            done[key] = measured_row(row, precision, settings) | {"device": title}
            if given.output:
                text = json.dumps({"settings": dataclasses.asdict(settings), "rows": done}, indent=1)
                with replace_file(given.output) as file:
                    file.write(text.encode())
        print("\n".join(row_lines(row, precision, done[key])), flush=True)
        print(f"\n```\n{profile_of(row, precision, settings)}```\n" if given.profile else "", flush=True)
    return 0


if __name__ == "__main__":
    run_command(main)
