"""Real trainings with their scores; minutes to half an hour each on two cores."""

import numpy as np
import pytest

from benchmarks.recognised_digits import recognized
from compare_gan_tf2.api import evaluate, export, train
from compare_gan_tf2.commands import train_extractor
from compare_gan_tf2.datasets.prepare import prepare
from compare_gan_tf2.task_folder import tasks


def _rows(experiment, folder, data):
    (task,) = tasks.plan(experiment, 0, {})
    assert train(task.options, folder, dataset_root=data)["state"] == "done"
    return evaluate(folder, dataset_root=data, cache_dir=folder / "cache")


@pytest.mark.slow
def test_the_quickstart_draws_triangles(tmp_path):
    prepare(["triangles"], tmp_path / "data")
    row = _rows("quickstart", tmp_path / "task", tmp_path / "data")[-1]
    assert float(row["polygon_precision"]) >= 0.6 and float(row["polygon_recall"]) >= 0.6


@pytest.mark.slow
def test_mnist_gives_digits_that_another_classifier_recognises(tmp_path, real_data):
    _rows("mnist_infogan", tmp_path / "task", real_data)
    judge = tmp_path / "judge.npz"
    words = ["--dataset=mnist", "--seed=1", f"--output={judge}", f"--dataset_root={real_data}"]
    assert train_extractor.main(["", *words]) == 0
    sure, digits = recognized(str(export(tmp_path / "task")), str(judge))
    assert sure >= 0.7 and np.min(digits) > 0.02


@pytest.mark.slow
def test_cifar10_gets_better_from_checkpoint_to_checkpoint(tmp_path, real_data):
    rows = _rows("cifar10_sndcgan", tmp_path / "task", real_data)
    (column,) = (name for name in rows[0] if name.startswith("fid_"))
    scores = [float(row[column]) for row in rows]
    assert len(scores) >= 4 and scores[-1] < 0.8 * scores[0]


@pytest.mark.slow
def test_a_conditional_biggan_deep_learns_cifar10(tmp_path, real_data):
    rows = _rows("cifar10_biggan_deep", tmp_path / "task", real_data)
    (fid,) = (name for name in rows[0] if name.startswith("fid_"))
    (coverage,) = (name for name in rows[0] if name.startswith("coverage_"))
    assert [row["step"] for row in rows] == ["0", "250", "500"] and {row["status"] for row in rows} == {"ok"}
    assert float(rows[-1][fid]) < 0.7 * float(rows[0][fid])
    assert float(rows[-1][coverage]) > 0.05
