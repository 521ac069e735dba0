"""Measures how fast images come, against TFDS's ordinary recipe and against what a training step takes.

python -m benchmarks.input_pipeline [--dataset_root DIR] [--seconds 1.5] [--pairs 5] [--rows cifar10_memory,...]

Every row is a comparison in interleaved pairs of measurements in one run: images per second of both sides (medians),
seconds to the first batch (of ours with what is decoded ahead), and how many times faster ours is, with a 90 %
interval. Both sides give float32 [64, H, W, 3] in [0, 1], shuffled, without end. The ordinary recipe is
tfds.load(...).repeat().shuffle(10000).map(decode, crop, resize, cast).batch(64).prefetch(), automatic everywhere; it
shuffles images that are not decoded, which keeps its memory small. "cached by TFDS" is tfds.load as it is without
further arguments, which keeps decoded sets of less than 250 MB in memory.

head_room compares with training steps on noise: the fastest architecture that makes images of cifar10's size, one
discriminator step, on a GPU where there is one. There the target has to be reached by the interval's lower end;
exit code 1 if it is not. memory is the peak of a fresh process, above what it takes when TensorFlow is loaded (Linux).

cifar10 is the real one where it is prepared under --dataset_root. Other sets are made in a temporary folder: noise with
a photograph's spectrum, as JPEG. Real CelebA-HQ and ImageNet would be read from a disk, these come from its cache.
"""

from __future__ import annotations

import argparse
import concurrent.futures
import dataclasses
import functools
import multiprocessing
import os
import pathlib
import re
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import tensorflow as tf

from benchmarks import _input_peers as peers
from benchmarks._command import run as run_command
from benchmarks._input_peers import BATCH
from benchmarks.metrics import interval
from compare_gan_tf2.datasets import catalog, pipeline
from compare_gan_tf2.datasets.catalog import Dataset
from compare_gan_tf2.datasets.places import Places, default_root
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.gans.base import build
from compare_gan_tf2.options import Options

HEAD_ROOM = 5.0
_LEAST_PAIRS = 2
_ARCHITECTURES = ("dcgan", "infogan", "sndcgan")
_PEAK_BATCHES = 300

Jpeg = functools.partial(tf.io.encode_jpeg, quality=90)
# Entry -> images, sides and encoding of the set that is made; a quick one has fewer.
SETS: dict[str, tuple[int, tuple[int, int], Callable[[tf.Tensor], tf.Tensor]]] = {
    "cifar10": (50_000, (32, 32), tf.io.encode_png),
    "celeb_a_hq_128": (3000, (128, 128), Jpeg),
    "imagenet_128": (300, (375, 500), Jpeg),
    "lsun_bedroom": (600, (256, 341), functools.partial(tf.io.encode_jpeg, quality=75)),
}
_QUICK = 200

Peer = Callable[[Dataset, pathlib.Path], tf.data.Dataset]
_PLAIN: dict[str, Peer] = {"plain": peers.plain}
# Row -> entry, where ours keeps decoded images, and whom it is compared with.
ROWS: dict[str, tuple[str, str, dict[str, Peer]]] = {
    "cifar10_memory": ("cifar10", "memory", _PLAIN | {"plain, cached by TFDS": peers.plain_cached}),
    "cifar10_needed": ("cifar10", "none", _PLAIN),
    "faces_memory": ("celeb_a_hq_128", "memory", _PLAIN),
    "faces_disk": ("celeb_a_hq_128", "disk", _PLAIN),
    "faces_needed": ("celeb_a_hq_128", "none", _PLAIN),
    "imagenet_crop": ("imagenet_128", "none", _PLAIN),
    "lsun_crop": ("lsun_bedroom", "none", _PLAIN),
}
PEAKS = {
    "ours, decoded when needed": "none",
    "ours, in memory": "memory",
    "decoded float32 in shuffle(10000)": "floats",
}


@dataclasses.dataclass(frozen=True)
class Sets:
    """Where every entry lies, and a line that says what each is."""

    places: dict[str, Places]
    titles: list[str]


@dataclasses.dataclass
class Side:
    """One side of a comparison: an endless stream, of which a number of elements may have to go by first."""

    start: Callable[[], Iterator[Any]]
    images: int = BATCH
    skip: int = 0

    def begin(self) -> float:
        """Starts the stream; seconds until its first element is there."""
        start = time.perf_counter()
        self._stream = self.start()
        first = next(self._stream)
        _await(first)
        seconds = time.perf_counter() - start
        for _ in range(self.skip):
            next(self._stream)
        return seconds

    def rate(self, seconds: float) -> float:
        """Images per second over so many seconds, after a fifth of it unmeasured, in which queues run empty."""
        for length in (seconds / 5.0, seconds):
            count, start = 0, time.perf_counter()
            while time.perf_counter() - start < length:
                last = next(self._stream)
                count += 1
            _await(last)
        return count * self.images / (time.perf_counter() - start)


def _await(element: Any) -> None:
    """A GPU works on behind the program's back; what it has computed is there when it has been fetched."""
    tf.nest.map_structure(np.asarray, element)


def set_up(folder: pathlib.Path, root: pathlib.Path, entries: list[str], quick: bool) -> Sets:
    """Finds or makes the sets of these entries."""
    places, titles = {}, []
    for name in entries:
        dataset, (count, sides, encode) = catalog.find(name), SETS[name]
        if name == "cifar10" and not quick and dataset.is_prepared(root):
            places[name] = Places(root, folder / "cache")
            titles.append(f"{name}: the real one, under {root}")
            continue
        count = min(count, _QUICK) if quick else count
        size = peers.make_set(folder / "sets", dataset.builder, count, sides, encode)
        places[name] = Places(folder / "sets", folder / "cache")
        kind = "PNG" if encode is tf.io.encode_png else "JPEG"
        titles.append(f"{name}: made, {count:,} {kind} of {sides[0]} x {sides[1]}, {size / 1e3:.1f} kB each")
    return Sets(places, titles)


def ours(dataset: Dataset, places: Places, cache: str) -> tf.data.Dataset:
    """This package's stream as training has it, with the cast to float32."""
    images, _ = pipeline.held(dataset, places, cache, training=True)
    batches = pipeline.training_batches(
        images, images.labels(), batch_size=BATCH, batches_per_step=1, seed=0, first_step=0
    )
    floats = batches.map(lambda pictures, _: tf.cast(pictures[0], tf.float32) / 255.0, tf.data.AUTOTUNE)
    return floats.prefetch(tf.data.AUTOTUNE)


def training_steps(architecture: str) -> Iterator[tf.Tensor]:
    """Endless steps on noise of cifar10's shape, which comes from the host as it does in training."""
    options = Options.from_dict(
        {"dataset": "cifar10", "architecture": architecture, "batch_size": BATCH, "disc_iters": 1}
    )
    strategy = tf.distribute.OneDeviceStrategy("/gpu:0" if tf.config.list_logical_devices("GPU") else "/cpu:0")
    noise = np.random.default_rng(0).integers(0, 256, (1, BATCH, 32, 32, 3), np.uint8)
    with strategy.scope():
        gan = build(options)

    @tf.function
    def step(pictures: tf.Tensor, labels: tf.Tensor, number: tf.Tensor) -> dict[str, tf.Tensor]:
        return strategy.run(gan.train_step, args=(pictures, labels, number))

    with tf.device("/cpu:0"):
        pictures, labels = tf.constant(noise), tf.zeros([1, BATCH], tf.int32)
    number = 0
    while True:
        number += 1
        yield step(pictures, labels, tf.constant(number, tf.int64))


def compare(one: Side, other: Side, pairs: int, seconds: float) -> tuple[list[float], list[float]]:
    """Images per second of both sides, which have begun, by turns."""
    rates: tuple[list[float], list[float]] = ([], [])
    for number in range(pairs):
        for side in (0, 1) if number % 2 == 0 else (1, 0):
            rates[side].append((one, other)[side].rate(seconds))
    return rates


def lines(rows: list[str], sets: Sets, pairs: int, seconds: float) -> Iterator[tuple[str, bool]]:
    """The table: Markdown lines as they are measured, and whether a target is missed."""
    yield (
        "| row | ours, images/s | first batch, s | peer | images/s | first batch, s | faster (90 %) | target | met |",
        False,
    )
    yield "|---|---|---|---|---|---|---|---|---|", False
    for row in rows:
        if row not in ROWS:
            continue
        entry, cache, others = ROWS[row]
        dataset, places = catalog.find(entry), sets.places[entry]
        for name, peer in others.items():
            one = Side(lambda: iter(ours(dataset, places, cache)))  # noqa: B023, used within the loop
            # What TFDS keeps is complete after one epoch.
            skip = dataset.count(dataset.train_split, places) // BATCH if peer is peers.plain_cached else 0
            other = Side(lambda: iter(peer(dataset, places.dataset_root)), skip=skip)  # noqa: B023
            begun = one.begin(), other.begin()
            yield _line(row, name, compare(one, other, pairs, seconds), begun, None)
    if "head_room" in rows:
        yield from _head_room(sets, pairs, seconds)


def _head_room(sets: Sets, pairs: int, seconds: float) -> Iterator[tuple[str, bool]]:
    # As in training; it cannot be taken back, so this comes last.
    tf.config.experimental.enable_op_determinism()
    steps = {name: Side(functools.partial(training_steps, name)) for name in _ARCHITECTURES}
    begun = {name: side.begin() for name, side in steps.items()}
    fastest = max(steps, key=lambda name: steps[name].rate(seconds))
    dataset, places = catalog.find("cifar10"), sets.places["cifar10"]
    for cache, target in (("memory", HEAD_ROOM), ("none", None)):
        one = Side(lambda: iter(ours(dataset, places, cache)))  # noqa: B023
        seconds_to_first = one.begin(), begun[fastest]
        rates = compare(one, steps[fastest], pairs, seconds)
        what = "memory" if cache == "memory" else "needed"
        yield _line(f"head_room, cifar10_{what}", f"training step, {fastest}", rates, seconds_to_first, target)


def _line(
    row: str, peer: str, rates: tuple[list[float], list[float]], begun: tuple[float, float], target: float | None
) -> tuple[str, bool]:
    low, mean, high = interval([our / their for our, their in zip(*rates, strict=True)])
    our, their = (f"{statistics.median(rate):,.0f} | {first:.1f}" for rate, first in zip(rates, begun, strict=True))
    met = target is None or low >= target
    verdict = "| |" if target is None else f"{target:g} | {'yes' if met else 'no'} |"
    return f"| {row} | {our} | {peer} | {their} | {mean:.2f} ({low:.2f} to {high:.2f}) | {verdict}", not met


def memory_lines(sets: Sets, batches: int = _PEAK_BATCHES) -> Iterator[str]:
    """The table of peaks, each of a process of its own."""
    yield "| celeb_a_hq_128 | peak memory above the start, MB |"
    yield "|---|---|"
    for name, what in PEAKS.items():
        context = multiprocessing.get_context("spawn")
        with concurrent.futures.ProcessPoolExecutor(1, mp_context=context) as pool:
            found = pool.submit(_peak, what, sets.places["celeb_a_hq_128"], batches).result()
        yield f"| {name} | {found / 1e6:,.0f} |"


def _peak(what: str, places: Places, batches: int) -> int:
    dataset = catalog.find("celeb_a_hq_128")
    next(iter(tf.data.Dataset.range(1)))  # starts TensorFlow
    start = _status("VmRSS")
    if what == "floats":
        stream = peers.shuffled_floats(dataset, places.dataset_root)
    else:
        stream = ours(dataset, places, what)
    for _ in stream.take(batches):
        pass
    return _status("VmHWM") - start


def _status(name: str) -> int:
    """Bytes; getrusage would not do, because a new process starts with the peak of the one that made it."""
    text = pathlib.Path("/proc/self/status").read_text()
    return 1024 * int(re.search(rf"^{name}:\s+(\d+) kB$", text, re.MULTILINE)[1])


def main(arguments: list[str] | None = None) -> int:
    """Prints the tables."""
    known = [*ROWS, "head_room", "memory"]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dataset_root", type=pathlib.Path, default=default_root(), help="where cifar10 may be")
    parser.add_argument("--seconds", type=float, default=1.5, help="of each measurement")
    parser.add_argument("--pairs", type=int, default=5, help="of measurements, for each comparison")
    parser.add_argument("--rows", default=",".join(known), help=f"of: {', '.join(known)}")
    parser.add_argument(
        "--quick", action="store_true", help=f"made sets of at most {_QUICK} images, to look at the table"
    )
    given = parser.parse_args(arguments)
    rows = given.rows.split(",")
    if unknown := [row for row in rows if row not in known]:
        raise UserError(f"there is no row {unknown[0]!r}; known are {', '.join(known)}")
    if given.pairs < _LEAST_PAIRS or given.seconds <= 0:
        raise UserError(f"--pairs has to be {_LEAST_PAIRS} or more, and --seconds more than 0")
    entries = [ROWS[row][0] for row in rows if row in ROWS]
    entries += [entry for row, entry in (("head_room", "cifar10"), ("memory", "celeb_a_hq_128")) if row in rows]
    missed = False
    with tempfile.TemporaryDirectory() as name:
        sets = set_up(pathlib.Path(name), given.dataset_root.absolute(), list(dict.fromkeys(entries)), given.quick)
        print("\n\n".join(sets.titles), end="\n\n", flush=True)
        if set(rows) - {"memory"}:
            for line, misses in lines(rows, sets, given.pairs, given.seconds):
                print(line, flush=True)
                missed |= misses
        if "memory" in rows:
            print()
            for line in memory_lines(sets):
                print(line, flush=True)
    return int(missed)


if __name__ == "__main__":
    run_command(main)
