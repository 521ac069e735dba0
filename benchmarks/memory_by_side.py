"""Measures the memory of a training step by the side of the images, of networks that go up to 1024 pixels.

python -m benchmarks.memory_by_side [--networks pggan,stylegan,stylegan2,r3gan] [--sides 64,256,1024] [--batch 4]
                                    [--width 1] [--precision float32] [--steps 1]

Every row is of a process of its own, whose step is the longest there is: of StyleGAN2 one with both penalties, of
PGGAN one of the last phase. "Tensors" is what a trace of the step says of the memory of its tensors (`--dry_run` says
the same); "peak" is the most that the process had, less what it has after its imports. A row whose tensors would not
fit into the memory that is free has no peak, and with --steps=0 none has. Parameters are those that are trained.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import pathlib
import tempfile
from collections.abc import Iterator
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import tensorflow as tf
from PIL import Image

from benchmarks import step_time
from benchmarks._command import run as run_command
from benchmarks.scaling import results, start
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.gans.base import build
from compare_gan_tf2.options import Options
from compare_gan_tf2.runtime import distribution, memory
from compare_gan_tf2.training.steps import Stepper

NETWORKS: dict[str, dict[str, Any]] = {
    "pggan": {"gan": "pggan", "growing_from": 0, "z_dim": 512},
    "stylegan": {"gan": "stylegan", "growing_from": 0, "z_dim": 512},
    "stylegan2": {"gan": "stylegan2", "style_settings": "auto"},
    "r3gan": {"gan": "r3gan"},
}
_SIDES = "64,256,1024"


def inside(given: dict[str, Any]) -> dict[str, int]:
    """What a process measures: parameters, bytes of a step's tensors, and of its peak, 0 if the step was not taken."""
    tf.constant(0.0) + 1.0  # starts TensorFlow
    imported = memory.peak_resident()
    tf.config.experimental.enable_op_determinism()  # as in training
    options = Options.from_dict(given["options"])
    strategy = distribution.create("one_device")
    with strategy.scope():
        gan = build(options)
    shape = (len(gan.engine.reads()), options.batch_size, *gan.dataset.image_shape)
    pictures = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    labels = np.zeros(shape[:2], np.int32)
    stepper = Stepper(gan, strategy)
    planned = stepper.planned_memory(gan.batches_of(tf.constant(pictures), tf.constant(labels)), 0)
    fits = planned < memory.available()
    if fits:
        step = step_time.steps_of(gan, stepper, pictures, labels)
        for _ in range(given["steps"]):
            step()
    counts = {
        name: sum(int(np.prod(each.shape)) for each in gan.players[name].network.trainable_variables)
        for name in ("generator", "discriminator")
    }
    peak = memory.peak_resident() - imported if fits and given["steps"] else 0
    return {"planned": planned, "peak": peak, **counts}


def lines(networks: list[str], sides: list[int], values: dict[str, Any], steps: int) -> Iterator[str]:
    """The table, as it is measured."""
    yield "| network | side | generator | discriminator | tensors, MB | peak, MB |"
    yield "|---|---|---|---|---|---|"
    with tempfile.TemporaryDirectory(prefix="memory_by_side.") as name:
        # A folder may have images of any side; these are never read.
        for number in range(64):  # enough for any metric
            Image.new("RGB", (8, 8)).save(pathlib.Path(name) / f"{number}.png")
        for network, side in itertools.product(networks, sides):
            options = NETWORKS[network] | {"dataset": name, "image_size": side, **values}
            found = results([start("benchmarks.memory_by_side", {"options": options, "steps": steps}, {})])[0]
            peak = f"{found['peak'] / 1e6:,.0f}" if found["peak"] else ""
            counts = f"{found['generator']:,} | {found['discriminator']:,}"
            yield f"| {network} | {side} | {counts} | {found['planned'] / 1e6:,.0f} | {peak} |"


def main(arguments: list[str] | None = None) -> int:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--networks", default=",".join(NETWORKS), help=f"of: {', '.join(NETWORKS)}")
    parser.add_argument("--sides", default=_SIDES, help="powers of two from 8 to 1024")
    parser.add_argument("--batch", type=int, default=4, help="images of a step")
    parser.add_argument("--width", type=float, default=1.0, help="of the networks")
    parser.add_argument("--precision", default="float32", help="or mixed_bfloat16, mixed_float16")
    parser.add_argument("--steps", type=int, default=1, help="that are taken; 0 only traces the step")
    parser.add_argument("--inside", type=json.loads, help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    if given.inside is not None:
        print(json.dumps(inside(given.inside)))
        return 0
    networks = step_time.chosen(given.networks, tuple(NETWORKS), "network")
    known = tuple(str(1 << power) for power in range(3, 11))
    sides = [int(side) for side in step_time.chosen(given.sides, known, "side")]
    if given.steps < 0:
        raise UserError("--steps has to be 0 or more")
    print(f"{step_time.device()}; batch {given.batch}, width {given.width:g}, {given.precision}\n", flush=True)
    values = {"batch_size": given.batch, "width": given.width, "precision": given.precision}
    for line in lines(networks, sides, values, given.steps):
        print(line, flush=True)
    return 0


if __name__ == "__main__":
    run_command(main)
