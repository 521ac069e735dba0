"""Measures the peak memory of a training step, by precision, gradient checkpointing and the microbatches of a batch.

python -m benchmarks.memory [--networks resnet_cifar,biggan32] [--precision float32,mixed_bfloat16]
                            [--accumulation 1,2,4,8] [--steps 3]

Every number is of a process of its own, which takes --steps generator steps (one update of each network, batch 64) on
noise in memory. On a CPU it is the process's peak resident memory less that of a process which has only imported the
same and started TensorFlow; on a GPU it is what TensorFlow says of its memory there. Networks are those of
benchmarks.step_time.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
from collections.abc import Iterator
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import tensorflow as tf

from benchmarks import step_time
from benchmarks._command import peak_resident
from benchmarks._command import run as run_command
from benchmarks.scaling import numbers, results, start
from compare_gan_tf2.datasets import catalog
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.options import Options

NETWORKS = ("resnet_cifar", "biggan32")
_BATCH = 64


def inside(given: dict[str, Any]) -> dict[str, int]:
    """What a process measures: its peak in bytes, after steps of the options or after nothing."""
    # Starts TensorFlow.
    tf.constant(0.0) + 1.0
    if given:
        tf.config.experimental.enable_op_determinism()  # as in training
        options = Options.from_dict(given["options"])
        shape = (1, options.batch_size, *catalog.of(options).image_shape)
        noise = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
        step = step_time.ours(options, noise, np.zeros(shape[:2], np.int32), jit=False)
        for _ in range(given["steps"]):
            step()
    if tf.config.list_physical_devices("GPU"):
        return {"peak": tf.config.experimental.get_memory_info("GPU:0")["peak"]}
    return {"peak": peak_resident()}


def peak(given: dict[str, Any]) -> int:
    """Bytes at the peak of a process of its own."""
    found: int = results([start("benchmarks.memory", given, {})])[0]["peak"]
    return found


def lines(
    networks: list[str], precisions: list[str], microbatches: list[int], steps: int, width: float
) -> Iterator[str]:
    """The table, as it is measured."""
    imported = peak({})
    yield f"above the {imported / 1e6:,.0f} MB of imports\n"
    yield "| network | precision | gradient_checkpointing | accumulation_steps | peak, MB | of the first's |"
    yield "|---|---|---|---|---|---|"
    for network, precision in itertools.product(networks, precisions):
        first = None
        for checkpoints, count in itertools.product((False, True), microbatches):
            values = step_time.ROWS[network] | {
                "precision": precision, "gradient_checkpointing": checkpoints, "accumulation_steps": count,
                "batch_size": _BATCH, "disc_iters": 1, "width": step_time.width_of(network, width),
            }  # fmt: skip
            if checkpoints and Options.unchecked(values).refusals():
                continue  # no residual blocks
            found = peak({"options": values, "steps": steps}) - imported
            first = first or found
            said = "yes" if checkpoints else "no"
            yield f"| {network} | {precision} | {said} | {count} | {found / 1e6:,.0f} | {found / first:.0%} |"


def main(arguments: list[str] | None = None) -> int:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--networks", default=",".join(NETWORKS), help=f"of: {', '.join(step_time.ROWS)}")
    parser.add_argument("--precision", default=",".join(step_time.PRECISIONS), help="float32, mixed_bfloat16")
    parser.add_argument("--accumulation", default="1,2,4,8", help="microbatches of the batch of 64")
    parser.add_argument("--steps", type=int, default=3, help="of each process")
    parser.add_argument("--width", type=float, default=1.0, help="of the networks, to look at the table")
    parser.add_argument("--inside", type=json.loads, help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    if given.inside is not None:
        print(json.dumps(inside(given.inside)))
        return 0
    networks = step_time.chosen(given.networks, tuple(step_time.ROWS), "network")
    precisions = step_time.chosen(given.precision, step_time.PRECISIONS, "precision")
    microbatches = numbers(given.accumulation, "accumulation")
    if given.steps < 1:
        raise UserError("--steps has to be 1 or more")
    print(f"{step_time.device()}; {given.steps} steps of batch {_BATCH}, ", end="", flush=True)
    for line in lines(networks, precisions, microbatches, given.steps, given.width):
        print(line, flush=True)
    return 0


if __name__ == "__main__":
    run_command(main)
