"""Trains hundreds of small GANs and writes their options and scores to a table, for benchmarks/search_comparison.py.

python -m benchmarks.search_table [--dataset_root DIR] [--count 304] [--table docs/results/search_table.csv]

Settings are drawn at random from `SPACE` with a fixed seed, before any is trained. Each is one training of 300 steps on
MNIST with a small network, scored by a Fréchet distance of the classifier's features over 500 images; all read the same
batches. A row is written as soon as its training ends, and what is in the table is not done again, so the command can
be interrupted and repeated. A training that ends with a loss that is not finite has no score. One thread computes.
"""

from __future__ import annotations

import argparse
import csv
import itertools
import pathlib
import time
from typing import Any

import numpy as np

from benchmarks._command import run
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.options import Options
from compare_gan_tf2.studies import space
from compare_gan_tf2.task_folder.tasks import choice, log_uniform, uniform

TABLE = pathlib.Path(__file__).parents[1] / "docs/results/search_table.csv"
SPACE = space.of(
    {
        "architecture": "mlp",
        "batch_size": 32,
        "dataset": "mnist",
        "loss": "non_saturating",
        "save_every_steps": 300,
        "training_steps": 300,
        "width": 0.1,
        "z_dim": 16,
        "beta1": uniform(0.0, 0.9),
        "d_learning_rate": log_uniform(1e-4, 1e-2),
        "d_weight_normalization": choice("none", "spectral"),
        "g_learning_rate": log_uniform(1e-4, 1e-2),
        "penalty": choice("none", "wgan_gp"),
        "penalty_weight": choice(1.0, 10.0, when="penalty!=none"),
    },
    "the table's space",
)
_NAMES = tuple(each.name for each in SPACE.parameters)
_COLUMNS = ("number", *_NAMES, "state", "fid", "seconds")
_SEED, _COUNT = 20261129, 304
_SAMPLES, _REAL = 500, 2000


def settings(count: int) -> list[dict[str, Any]]:
    """The table's settings, the same first ones for every count."""
    rng = np.random.default_rng(_SEED)
    return space.untried(SPACE, (rng.random(len(SPACE.parameters)) for _ in itertools.count()), set(), count)


def rows(path: pathlib.Path = TABLE) -> list[dict[str, str]]:
    """The table's rows by their numbers, as text; none if there is no table.

    Raises:
        UserError: if it is not of these settings.
    """
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        found = sorted(csv.DictReader(file), key=lambda row: int(row["number"]))
    drawn = settings(max((int(row["number"]) for row in found), default=-1) + 1)
    for row in found:
        if setting_of(row) != drawn[int(row["number"])]:
            raise UserError(f"{path}: row {row['number']} is not of this space; move the file away")
    return found


def setting_of(row: dict[str, str]) -> dict[str, Any]:
    """The setting that a row is of."""
    numbers = {each.name for each in SPACE.parameters if isinstance(each.default, float)}
    return {name: float(row[name]) if name in numbers else row[name] for name in _NAMES if row[name]}


class _Trainer:
    """Trains settings one after another, with the package's own compiled steps; nothing is kept but the score."""

    def __init__(self, first: Options, dataset_root: str | None):
        from compare_gan_tf2.datasets import catalog, sources, streams
        from compare_gan_tf2.datasets.places import places
        from compare_gan_tf2.evaluation.scorer import Scorer
        from compare_gan_tf2.training.kept_steps import KeptSteps

        dataset, where = catalog.of(first), places(dataset_root)
        scorer = Scorer(first.replace(metrics="fid"), dataset, where, count=_REAL)
        self._kept, self._extractor, self._real = KeptSteps(), scorer.extractor, scorer.real
        gan, _ = self._take(first)
        opened = sources.open_sources(dataset, gan.engine.columns(), first, where, "memory")
        # Decoded once: reading the data set anew would take several times as long as a training.
        rows = streams.StepRows(opened, gan.engine.plan(), seed=0, first_step=0)
        self._batches = [next(rows) for _ in range(first.training_steps)]

    def _take(self, options: Options) -> Any:
        return self._kept.take(options, steps_per_call=1, jit_compile=False)

    def score(self, options: Options) -> float | None:
        """The distance after a training; None if that diverged."""
        from compare_gan_tf2.gans.base import sample_inputs
        from compare_gan_tf2.metrics import Samples, fid

        gan, stepper = self._take(options)
        measured, _ = stepper.run(iter(self._batches), options.training_steps, 0)
        images = gan.evaluated_generator(*sample_inputs(gan, _SAMPLES), training=False).numpy()
        if not np.isfinite([*measured[-1].values()]).all() or not np.isfinite(images).all():
            return None
        images = np.round(images * 255.0).astype(np.float32) / np.float32(255.0)
        features, logits = self._extractor.extract(images)
        return fid.distance(self._real, Samples(images[:0], features, logits, np.full(len(images), -1)))


def main(arguments: list[str] | None = None) -> int:
    """Trains what is missing."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dataset_root", help="folder of the prepared data sets; TFDS's default")
    parser.add_argument("--count", type=int, default=_COUNT)
    parser.add_argument("--table", type=pathlib.Path, default=TABLE)
    given = parser.parse_args(arguments)
    there = {int(row["number"]) for row in rows(given.table)}
    missing = [(number, each) for number, each in enumerate(settings(given.count)) if number not in there]
    if missing:
        _train(missing, given.table, given.dataset_root)
    print(f"{len(rows(given.table))} trainings in {given.table}")
    return 0


def _train(missing: list[tuple[int, dict[str, Any]]], path: pathlib.Path, dataset_root: str | None) -> None:
    """Adds a row for each of these settings; those that share a compiled step come one after another."""
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    missing.sort(key=lambda each: [str(each[1].get(name)) for name in ("penalty", "penalty_weight", _NAMES[2])])
    trainer, is_new = _Trainer(SPACE.options(missing[0][1]), dataset_root), not path.exists()
    with path.open("a", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, _COLUMNS, lineterminator="\n")
        if is_new:
            table.writeheader()
        for number, setting in missing:
            start = time.process_time()
            score = trainer.score(SPACE.options(setting))
            seconds = f"{time.process_time() - start:.1f}"
            state = "diverged" if score is None else "done"
            row = {"number": number, **setting, "state": state, "fid": "" if score is None else f"{score:.6g}"}
            table.writerow(row | {"seconds": seconds})
            file.flush()


if __name__ == "__main__":
    run(main)
