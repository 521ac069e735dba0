"""Trains every combination of the experiment landscape_grid for two steps on tiny networks, or says why it cannot be.

python -m benchmarks.landscape_grid [--workdir DIR] [--shard i/n]

Images are 8x8 noise and the networks 2 % of the published width, so a combination takes a fraction of a second; steps
run eagerly, layer by layer, through the same train_step that `compare_gan_run_one_task` compiles. Shard i of n
(counted from 0) takes every n-th combination; several can run at once. What was done is kept in DIR (default
landscape_grid) and not done again, so the command can be interrupted and repeated. Prints the table of all shards'
results so far; exit code 1 until all combinations are done and none failed.
"""

from __future__ import annotations

import argparse
import collections
import dataclasses
import hashlib
import json
import pathlib
import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import tensorflow as tf

from benchmarks._command import run, shard
from compare_gan_tf2.datasets import catalog
from compare_gan_tf2.experiments import landscape_grid
from compare_gan_tf2.gans import build
from compare_gan_tf2.options import Options, combinations
from compare_gan_tf2.progress import Progress

# With the published deviation of 0.02 so narrow a network's logits would be all but 0, where some losses are flat.
_TINY = {"width": 0.02, "z_dim": 4, "batch_size": 4, "rotated_batch_size": 8, "initializer_stddev": 0.2}
_STEPS = 2


def train_tiny(options: Options, steps: int = _STEPS) -> dict[str, float]:
    """Measurements after so many steps of a combination, its networks and images made tiny.

    Raises:
        FloatingPointError: if a measurement or a weight is not finite, or a network did not move.
    """
    options = options.replace(**_TINY)
    dataset = dataclasses.replace(catalog.of(options), image_shape=(8, 8, 1))
    gan = build(options, dataset)
    source = np.random.default_rng(0)
    shape = (len(gan.engine.reads()), options.batch_size)
    before = {name: _flat(network, "kernel") for name, network in gan.networks().items()}
    measured: dict[str, Any] = {}
    for step in range(1, steps + 1):
        images = tf.constant(source.integers(0, 256, (*shape, *dataset.image_shape), np.uint8))
        labels = tf.constant(source.integers(0, dataset.num_classes, shape, np.int32))
        measured = gan.train_step(images, labels, tf.constant(step, tf.int64))
    values = {name: float(measured[name]) for name in gan.measurements}
    bad = [name for name, value in values.items() if not np.isfinite(value)]
    for name, network in gan.networks().items():
        bad += [] if np.isfinite(_flat(network)).all() else [f"weights of the {name}"]
        bad += [f"the {name} did not move"] if np.array_equal(_flat(network, "kernel"), before[name]) else []
    if bad:
        raise FloatingPointError(", ".join(bad))
    return values


def _flat(network: dict[str, tf.Variable], leaf: str = "") -> np.ndarray:
    return np.concatenate([variable.numpy().ravel() for name, variable in network.items() if name.endswith(leaf)])


def _key(options: Options) -> str:
    return hashlib.sha256(json.dumps(options.to_dict(), sort_keys=True).encode()).hexdigest()[:16]


def _results(workdir: pathlib.Path) -> dict[str, str]:
    """Outcome by key of all shards: "pass" or what went wrong; a line that a kill cut off is left out."""
    found = {}
    for path in sorted(workdir.glob("shard-*.jsonl")):
        for line in path.read_text().splitlines():
            try:
                record = json.loads(line)
                found[record["key"]] = record["outcome"]
            except (ValueError, KeyError):
                continue
    return found


def _run(workdir: pathlib.Path, possible: list[Options], name: str) -> None:
    done = _results(workdir)
    todo = [options for options in possible if done.get(_key(options)) != "pass"]
    with (workdir / f"{name}.jsonl").open("a") as file, Progress("combinations", len(todo), unit="task") as progress:
        file.write("\n")
        for number, options in enumerate(todo, 1):
            try:
                train_tiny(options)
                outcome = "pass"
            except Exception as error:  # whatever it is, the other combinations are still worth knowing
                outcome = f"{type(error).__name__}: {error}".partition("\n")[0]
            file.write(json.dumps({"key": _key(options), "outcome": outcome}) + "\n")
            file.flush()
            progress.advance(number)


def _table(possible: list[Options], refused: list[Options], outcomes: dict[str, str]) -> Iterator[str]:
    """The summary's lines."""
    rows: dict[tuple[str, str], collections.Counter] = collections.defaultdict(collections.Counter)
    for options in possible:
        result = outcomes.get(_key(options), "not run")
        rows[options.gan, options.loss][result if result in ("pass", "not run") else "FAIL"] += 1
    yield "| GAN type | loss | pass | fail | not run |\n|---|---|---|---|---|"
    for (gan, loss), count in sorted(rows.items()):
        yield f"| {gan} | {loss} | {count['pass']} | {count['FAIL']} | {count['not run']} |"
    reasons: collections.Counter = collections.Counter()
    about_labels = sum(any(options.refusals().values()) for options in refused)
    for options in refused:
        refusal, line = next(combinations.found(options))
        reasons[re.sub(r"\{o\.\w+\}", "…", refusal.reason) or line] += 1
    yield "\n| refused | reason |\n|---|---|"
    yield from (f"| {count} | {reason} |" for reason, count in reasons.most_common())
    others, all_others = len(refused) - about_labels, len(possible) + len(refused) - about_labels
    yield (
        f"\n{len(possible)} combinations are possible; {about_labels} are refused for what concerns labels, and "
        f"{others} of the other {all_others} ({others / all_others:.1%})"
    )
    for options in possible:
        result = outcomes.get(_key(options), "pass")
        if result not in ("pass", "not run"):
            changed = {name: value for name, value in options.to_dict().items() if value != getattr(Options(), name)}
            yield f"FAIL {result}: {changed}"


def main() -> int:
    """Runs a shard and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--workdir", type=pathlib.Path, default=pathlib.Path("landscape_grid"))
    parser.add_argument("--shard", type=shard, default=(0, 1), help="i/n: every n-th combination from the i-th")
    flags = parser.parse_args()
    flags.workdir.mkdir(parents=True, exist_ok=True)
    everything = [Options.unchecked(each) for each in landscape_grid.combinations()]
    possible = [options for options in everything if not options.refusals()]
    refused = [options for options in everything if options.refusals()]
    number, count = flags.shard
    _run(flags.workdir, possible[number::count], f"shard-{number}-of-{count}")
    outcomes = _results(flags.workdir)
    print("\n".join(_table(possible, refused, outcomes)))
    return int(any(outcomes.get(_key(options), "not run") != "pass" for options in possible))


if __name__ == "__main__":
    run(main)
