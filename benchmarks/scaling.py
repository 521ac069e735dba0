"""Measures what several devices and several workers cost: the same global batch on the same cores, differently divided.

python -m benchmarks.scaling [--replicas 1,2,4] [--workers 1,2] [--pairs 10] [--steps 20] [--cores N]

A row is a way to divide a step: "N replicas" are logical devices of one process (strategy mirrored; one replica is
strategy one_device), "N workers" are processes that talk through the loopback interface (TF_CONFIG, strategy
multi_worker). There is no more to compute with in any of them, so what is above 1 is overhead: of copies, of smaller
products, and of waiting for one another. On a machine of more cores it says nothing about what more cores give.

Every measurement is of fresh processes that are pinned to the same cores, all ways by turns; its seconds are the median
over --steps of SNDCGAN's generator steps on noise in memory, after some that are not measured. Overhead is the ratio to
one replica, with a 90 % interval over the pairs.
"""

from __future__ import annotations

import argparse
import concurrent.futures
import contextlib
import dataclasses
import itertools
import json
import os
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import tensorflow as tf

from benchmarks._command import run as run_command
from benchmarks.metrics import interval
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.gans.base import build
from compare_gan_tf2.options import Options
from compare_gan_tf2.runtime import distribution
from compare_gan_tf2.training.steps import Stepper

_LEAST_PAIRS = 2
_UNMEASURED = 3
_BATCH = 64
_LIMIT_SECONDS = 1800


@dataclasses.dataclass(frozen=True)
class Way:
    """How a step is divided: so many logical devices of a process, or so many workers; the other number is 0."""

    replicas: int = 0
    workers: int = 0

    def __str__(self) -> str:
        number, kind = (self.replicas, "replica") if self.replicas else (self.workers, "worker")
        return f"{number} {kind}{'s' * (number > 1)}"


def seconds_per_step(way: Way, steps: int, width: float) -> float:
    """Of the processes of a way, together; the median over the steps."""
    given = {"replicas": way.replicas, "workers": way.workers, "steps": steps, "width": width}
    addresses = [f"127.0.0.1:{port}" for port in _free_ports(way.workers)]
    clusters = [
        {"TF_CONFIG": json.dumps({"cluster": {"worker": addresses}, "task": {"type": "worker", "index": index}})}
        for index in range(way.workers)
    ]
    children = [start("benchmarks.scaling", given, cluster) for cluster in clusters or [{}]]
    # All workers wait for one another, so one's seconds are all's.
    return statistics.median(results(children)[0]["seconds"])


def start(module: str, given: dict[str, Any], environment: dict[str, str]) -> subprocess.Popen:
    """A process of its own that runs the module with --inside."""
    return subprocess.Popen(
        [sys.executable, "-m", module, "--inside", json.dumps(given)],
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def results(children: list[subprocess.Popen]) -> list[dict[str, Any]]:
    """What each of them printed last, JSON.

    Raises:
        UserError: if one of them failed, or takes far too long.
    """
    with concurrent.futures.ThreadPoolExecutor(len(children)) as pool:
        found = [pool.submit(_result, child) for child in children]
        try:
            # The first to fail is heard of first: those that talk to it may wait for ever.
            for each in concurrent.futures.as_completed(found):
                each.result()
        except subprocess.TimeoutExpired as error:
            raise UserError(f"a measurement took more than {_LIMIT_SECONDS} seconds") from error
        finally:
            for child in children:
                child.kill()
        return [each.result() for each in found]


def _result(child: subprocess.Popen) -> dict[str, Any]:
    out, errors = child.communicate(timeout=_LIMIT_SECONDS)
    if child.returncode:
        raise UserError(f"a measurement failed: {(errors.strip().splitlines() or ['no reason given'])[-1]}")
    found: dict[str, Any] = json.loads(out.splitlines()[-1])
    return found


@contextlib.contextmanager
def pinned(cores: int) -> Iterator[int]:
    """Processes that are started within the block have the first `cores` that this one has, or all of them if 0.

    Gives their number. On systems that cannot pin, all cores are used.
    """
    if not hasattr(os, "sched_setaffinity"):
        yield os.cpu_count() or 1
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, sorted(before)[: cores or len(before)])
    try:
        yield len(os.sched_getaffinity(0))
    finally:
        os.sched_setaffinity(0, before)


def inside(given: dict[str, Any]) -> dict[str, Any]:
    """What a process measures: seconds of each step."""
    if given["workers"]:
        strategy = distribution.create("multi_worker")
    elif given["replicas"] > 1:
        strategy = distribution.create("mirrored", given["replicas"])
    else:
        strategy = distribution.create("one_device")
    options = Options.from_dict(
        {
            "dataset": "cifar10", "architecture": "sndcgan", "d_weight_normalization": "spectral",
            "batch_size": _BATCH, "width": given["width"],
        }
    )  # fmt: skip
    tf.config.experimental.enable_op_determinism()  # as in training
    with strategy.scope():
        gan = build(options)
    stepper = Stepper(gan, strategy)
    size = _BATCH // max(1, given["workers"])
    noise = np.random.default_rng(0).integers(0, 256, (1, size, *gan.dataset.image_shape), np.uint8)
    batches = itertools.repeat(gan.batches_of(tf.constant(noise), tf.zeros([1, size], tf.int32)))
    seconds = []
    for number in range(_UNMEASURED + given["steps"]):
        begin = time.perf_counter()
        stepper.run(batches, 1, number)
        seconds.append(time.perf_counter() - begin)
    return {"seconds": seconds[_UNMEASURED:]}


def _free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


def lines(ways: list[Way], pairs: int, steps: int, width: float) -> Iterator[str]:
    """The table, once everything is measured."""
    one = Way(replicas=1)
    ways = list(dict.fromkeys([one, *ways]))
    found: dict[Way, list[float]] = {way: [] for way in ways}
    for turn in range(pairs):
        first = turn % len(ways)
        for way in ways[first:] + ways[:first]:
            found[way].append(seconds_per_step(way, steps, width))
    yield "| way | s per step | times one replica's (90 %) |"
    yield "|---|---|---|"
    for way, seconds in found.items():
        low, mean, high = interval([each / alone for each, alone in zip(seconds, found[one], strict=True)])
        ratio = "1" if way == one else f"{mean:.2f} ({low:.2f} to {high:.2f})"
        yield f"| {way} | {statistics.median(seconds):.4g} | {ratio} |"


def numbers(text: str, name: str) -> list[int]:
    """Of a comma-separated text; each has to divide the batch."""
    parts = text.split(",")
    for part in parts:
        if not part.isdecimal() or not int(part) or _BATCH % int(part):
            raise UserError(f"--{name} has to be numbers that divide {_BATCH}; {part!r} does not")
    return [int(part) for part in parts]


def main(arguments: list[str] | None = None) -> int:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--replicas", default="1,2,4", help="logical devices of one process")
    parser.add_argument("--workers", default="1,2", help="processes")
    parser.add_argument("--pairs", type=int, default=10, help="measurements of every way")
    parser.add_argument("--steps", type=int, default=20, help="of each measurement")
    parser.add_argument("--cores", type=int, default=0, help="that all processes are pinned to; 0 is all there are")
    parser.add_argument("--width", type=float, default=0.5, help="of the networks")
    parser.add_argument("--inside", type=json.loads, help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    if given.inside:
        print(json.dumps(inside(given.inside)))
        return 0
    ways = [Way(replicas=number) for number in numbers(given.replicas, "replicas")]
    ways += [Way(workers=number) for number in numbers(given.workers, "workers")]
    for name, least in (("pairs", _LEAST_PAIRS), ("steps", 1), ("cores", 0)):
        if getattr(given, name) < least:
            raise UserError(f"--{name} has to be {least} or more")
    if tf.config.list_physical_devices("GPU"):
        raise UserError("this divides the CPU, and TensorFlow sees a GPU; hide it with CUDA_VISIBLE_DEVICES=-1")
    with pinned(given.cores) as cores:
        print(f"SNDCGAN of width {given.width:g}, 32 px, batch {_BATCH} on {cores} cores of the CPU", end="\n\n")
        for line in lines(ways, given.pairs, given.steps, given.width):
            print(line, flush=True)
    return 0


if __name__ == "__main__":
    run_command(main)
