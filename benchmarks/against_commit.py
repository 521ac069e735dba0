"""Compares training steps of this checkout with those of another commit: seconds a step, the first step, memory.

python -m benchmarks.against_commit COMMIT [--rows modular,penalty,...] [--pairs 12] [--seconds 3]

Each side is a process of its own on the CPU, of this checkout and of a worktree of the commit that is made for the
occasion and removed afterwards. They take their turns by and by, in an order that changes, each turn as many steps as
last about --seconds; the ratio is the other commit's time by ours, so above 1 this checkout is faster, with a 90 %
interval over the pairs. The first step (building excluded, tracing included) and the peak of memory are of one process
each.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import pathlib
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from typing import Any

from benchmarks._command import run as run_command
from benchmarks.metrics import interval
from compare_gan_tf2.errors import UserError

CHECKOUT = pathlib.Path(__file__).resolve().parents[1]
_SMALL = {"dataset": "mnist", "width": 0.5, "batch_size": 32}
_LABELED = {"conditional": True, "g_normalization": "conditional_batch"}
ROWS: dict[str, dict[str, Any]] = {
    "modular": _SMALL,
    "penalty": _SMALL | {"penalty": "wgan_gp", "loss": "wasserstein", "d_weight_normalization": "spectral"},
    "conditional": _SMALL | _LABELED | {"ema_decay": 0.999, "loss": "hinge", "d_weight_normalization": "spectral"},
    "began": _SMALL | {"gan": "began"},
    "vae": _SMALL | {"gan": "vae"},
    "ssgan": _SMALL | {"gan": "ssgan", "rotated_batch_size": 32, "d_weight_normalization": "spectral"},
    "resnet": {"dataset": "cifar10", "architecture": "resnet_cifar", "width": 0.25, "batch_size": 16},
    "dispatch": {"dataset": "mnist", "architecture": "mlp", "width": 0.05, "batch_size": 8},
}


class _Side:
    """A process that takes steps."""

    def __init__(self, tree: pathlib.Path, options: dict[str, Any]):
        command = [sys.executable, str(CHECKOUT / "benchmarks" / "_one_step.py"), json.dumps(options)]
        environment = os.environ | {"PYTHONPATH": str(tree)}
        self._process = subprocess.Popen(
            command, cwd=tree, env=environment, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self.first = self._answer("first")

    def seconds(self, steps: int) -> float:
        """Of so many steps."""
        self._say(str(steps))
        return self._answer("seconds")

    def end(self) -> float:
        """Ends the process; gives the peak of its memory, bytes."""
        self._say("")
        peak = self._answer("peak")
        self._process.wait()
        return peak

    def _say(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()

    def _answer(self, name: str) -> float:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise UserError(f"a process that takes steps ended with exit code {self._process.wait()}")
        return float(json.loads(line)[name])


@contextlib.contextmanager
def worktree(commit: str) -> Iterator[pathlib.Path]:
    """A checkout of a commit, for as long as the block lasts."""
    with tempfile.TemporaryDirectory() as folder:
        tree = pathlib.Path(folder) / "tree"
        added = subprocess.run(
            ["git", "worktree", "add", "--detach", str(tree), commit], cwd=CHECKOUT, capture_output=True, text=True
        )
        if added.returncode:
            raise UserError(f"no worktree of commit {commit!r}: {added.stderr.strip().splitlines()[-1]}")
        try:
            yield tree
        finally:
            subprocess.run(["git", "worktree", "remove", "--force", str(tree)], cwd=CHECKOUT, check=True)


def row(name: str, theirs: pathlib.Path, pairs: int, seconds: float) -> str:
    """One line of the table."""
    sides = [_Side(CHECKOUT, ROWS[name]), _Side(theirs, ROWS[name])]
    for side in sides:
        side.seconds(2)
    steps = max(1, round(seconds / max(side.seconds(1) for side in sides)))
    ratios, milliseconds = [], []
    for number in range(pairs):
        found = [0.0, 0.0]
        for place in (0, 1) if number % 2 == 0 else (1, 0):
            found[place] = sides[place].seconds(steps)
        ratios.append(found[1] / found[0])
        milliseconds.append(1e3 * found[0] / steps)
    low, mean, high = interval(ratios)
    first = sides[0].first / sides[1].first
    peaks = [side.end() for side in sides]
    return (
        f"| {name} | {sorted(milliseconds)[pairs // 2]:.1f} | {mean:.3f} ({low:.3f} to {high:.3f}) | "
        f"{sides[0].first:.1f} s, {first:.2f} of theirs | "
        f"{peaks[0] / 1e6:.0f} MB, {peaks[0] / peaks[1]:.3f} of theirs |"
    )


def main() -> int:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("commit", help="to compare with")
    parser.add_argument("--rows", default=",".join(ROWS), help="networks to measure, by name; default: all")
    parser.add_argument("--pairs", type=int, default=12, help="turns of both sides, 2 or more")
    parser.add_argument("--seconds", type=float, default=3.0, help="about how long a turn lasts")
    asked = parser.parse_args()
    names = asked.rows.split(",")
    if unknown := [name for name in names if name not in ROWS]:
        raise UserError(f"unknown row {unknown[0]!r}; known: {', '.join(ROWS)}")
    if asked.pairs < 2:
        raise UserError("--pairs is 2 or more")
    print("| row | ms a step | theirs / ours (90 %) | first step | peak memory |\n|---|---|---|---|---|")
    with worktree(asked.commit) as theirs:
        for name in names:
            print(row(name, theirs, asked.pairs, asked.seconds), flush=True)
    return 0


if __name__ == "__main__":
    run_command(main)
