"""Trains and scores the experiment mnist_eight_gans and prints its table: FID of eight GANs over three seeds.

python -m benchmarks.mnist_eight_gans [--workdir DIR] [--dataset_root DIR] [--width W] [--shard i/n] [--table]

Shard i of n (counted from 0) takes every n-th task; with TF_NUM_INTRAOP_THREADS=1 two shards side by side use two
cores better than one after the other. What was done is kept in DIR (default mnist_eight_gans) and not done again, so
the command can be interrupted and repeated. --table only prints what is there. Once all eight long trainings are done
their samples are put together in DIR/samples.png, four by two in the order of the table.
"""

from __future__ import annotations

import argparse
import pathlib
from collections.abc import Iterator, Sequence

import numpy as np

from benchmarks._command import run, shard
from benchmarks._studies import begin, fid, train_and_score
from compare_gan_tf2.experiments import mnist_eight_gans as experiment
from compare_gan_tf2.task_folder import tasks


def table(workdir: pathlib.Path, planned: list[tasks.Task]) -> Iterator[str]:
    """Markdown lines: one row per GAN, with how many seeds each mean is over."""
    yield (
        f"| GAN | learning rate | FID at {experiment.SHORT} steps, mean ± standard deviation | seeds | "
        f"FID at {experiment.LONG} steps, seed 0 |\n|---|---|---|---|---|"
    )
    for gan in experiment.GANS:
        ours = [task for task in planned if task.notes["gan"] == gan]
        short = [value for task in ours if (value := fid(workdir, task, experiment.SHORT)) is not None]
        long = fid(workdir, ours[0], experiment.LONG)
        rate = f"{ours[0].options.g_learning_rate:g}"
        if "v1_learning_rate" in ours[0].notes:
            rate += f" (v1: {ours[0].notes['v1_learning_rate']:g})"
        # Of the sample: three seeds stand for all that could have been drawn.
        spread = f" ± {np.std(short, ddof=1):.1f}" if len(short) > 1 else ""
        mean = f"{np.mean(short):.1f}{spread}" if short else ""
        yield f"| {gan} | {rate} | {mean} | {len(short)} | {'' if long is None else f'{long:.1f}'} |"


def write_samples(workdir: pathlib.Path, planned: list[tasks.Task]) -> bool:
    """Puts the long trainings' last sheets together; False while one of them is missing."""
    import tensorflow as tf

    sheets = [workdir / f"{task.number}/samples/step-{experiment.LONG:08d}.png" for task in planned if _is_long(task)]
    if not all(sheet.is_file() for sheet in sheets):
        return False
    pictures = [tf.io.decode_png(sheet.read_bytes()) for sheet in sheets]
    margins = [tf.pad(picture, [[0, 12], [0, 12], [0, 0]], constant_values=255) for picture in pictures]
    half = len(margins) // 2
    whole = tf.concat([tf.concat(margins[:half], 1), tf.concat(margins[half:], 1)], 0)
    (workdir / "samples.png").write_bytes(tf.io.encode_png(whole).numpy())
    return True


def _is_long(task: tasks.Task) -> bool:
    return task.options.training_steps == experiment.LONG


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a shard and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--workdir", type=pathlib.Path, default=pathlib.Path("mnist_eight_gans"))
    parser.add_argument("--dataset_root", type=pathlib.Path, help="folder of the prepared data sets; TFDS's default")
    parser.add_argument("--shard", type=shard, default=(0, 1), help="i/n: every n-th task from the i-th")
    parser.add_argument("--width", type=float, default=0.5, help="of the networks; 1 is the published one")
    parser.add_argument("--table", action="store_true", help="train nothing, print what is there")
    flags = parser.parse_args(arguments)
    planned = tasks.plan("mnist_eight_gans", 0, {"width": flags.width})
    begin(flags.workdir, planned, only_table=flags.table)
    if not flags.table:
        number, count = flags.shard
        for task in planned[number::count]:
            train_and_score(flags.workdir, task, str(task.notes["gan"]), flags.dataset_root)
    print("\n".join(table(flags.workdir, planned)))
    if write_samples(flags.workdir, planned):
        print(f"samples: {flags.workdir / 'samples.png'}")
    return 0


if __name__ == "__main__":
    run(main)
