"""Compares the search gaussian_process with random search on the trainings of benchmarks/search_table.py.

python -m benchmarks.search_comparison [--table docs/results/search_table.csv] [--trials 30] [--batch 10] [--seeds 50]

Each search may try what is in the table, and no row twice; a training that diverged counts as the worst that the search
has seen. Both begin with the same batch at random. Prints the best score so far after each batch, its mean over the
seeds with a 95 % interval (Student's t), the difference of the two with its own, and the share of seeds that found one
of the table's five best. No training takes place.
"""

from __future__ import annotations

import argparse
import math
import pathlib
from collections.abc import Iterator, Sequence

import numpy as np

from benchmarks._command import run
from benchmarks.search_table import SPACE, TABLE, rows, setting_of
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.studies import trials
from compare_gan_tf2.studies.searches import gaussian_process, known

_LEAST_ROWS, _TOP = 300, 5


def at_random(order: np.ndarray, scores: np.ndarray, features: np.ndarray, count: int, batch: int) -> list[int]:
    """The first rows of an order."""
    return [int(each) for each in order[:count]]


def by_model(order: np.ndarray, scores: np.ndarray, features: np.ndarray, count: int, batch: int) -> list[int]:
    """The first batch of an order, and then what the Gaussian process chooses."""
    tried = [int(each) for each in order[:batch]]
    while len(tried) < count:
        left = np.setdiff1d(np.arange(len(scores)), tried)
        seen = known([{}] * len(tried), [[scores[i]] for i in tried], lower_is_better=True)
        chosen = gaussian_process.choose(
            features[tried], seen.means, seen.errors, features[left], SPACE.groups, min(batch, count - len(tried))
        )
        tried += [int(left[i]) for i in chosen]
    return tried


def best_so_far(tried: Sequence[int], scores: np.ndarray, batch: int) -> list[float]:
    """The least score after each batch; those that are not finite count as none."""
    return [float(np.nanmin(scores[list(tried[:end])])) for end in range(batch, len(tried) + 1, batch)]


def compare(scores: np.ndarray, features: np.ndarray, count: int, batch: int, seeds: int) -> Iterator[str]:
    """Lines for people; scores float64 [N], not finite where a training diverged, features float64 [N, F]."""
    found: dict[str, list[list[float]]] = {"random": [], "gaussian_process": []}
    for seed in range(seeds):
        order = np.random.default_rng(seed).permutation(len(scores))
        for name, search in (("random", at_random), ("gaussian_process", by_model)):
            found[name].append(best_so_far(search(order, scores, features, count, batch), scores, batch))
    top = np.sort(scores[np.isfinite(scores)])[:_TOP]
    diverged, median = int(np.sum(~np.isfinite(scores))), np.nanmedian(scores)
    yield f"{len(scores)} trainings, {diverged} diverged; best {top[0]:.4g}, median {median:.4g}"
    for place, end in enumerate(range(batch, count + 1, batch)):
        values = {name: np.array([each[place] for each in of_seeds]) for name, of_seeds in found.items()}
        told = [
            f"{name} {_interval(each)} ({_share(each <= top[-1])} in the top {_TOP})" for name, each in values.items()
        ]
        difference = values["random"] - values["gaussian_process"]
        yield f"best after {end} trials: {', '.join(told)}; random less gaussian_process {_interval(difference)}"


def _interval(values: np.ndarray) -> str:
    mean = trials.mean(values.tolist())
    return f"{mean.value:.4g}" + (f" ± {mean.half_width:.2g}" if mean.half_width is not None else "")


def _share(hits: np.ndarray) -> str:
    return f"{100 * np.mean(hits):.0f} %"


def main(arguments: list[str] | None = None) -> int:
    """Prints the comparison."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--table", type=pathlib.Path, default=TABLE)
    parser.add_argument("--trials", type=int, default=30)
    parser.add_argument("--batch", type=int, default=10)
    parser.add_argument("--seeds", type=int, default=50)
    given = parser.parse_args(arguments)
    there = rows(given.table)
    if len(there) < _LEAST_ROWS:
        raise UserError(
            f"{given.table} has {len(there)} trainings, and {_LEAST_ROWS} are needed: python -m benchmarks.search_table"
        )
    scores = np.array([float(row["fid"]) if row["fid"] else math.nan for row in there])
    features = np.stack([SPACE.features(setting_of(row)) for row in there])
    for line in compare(scores, features, given.trials, given.batch, given.seeds):
        print(line)
    return 0


if __name__ == "__main__":
    run(main)
