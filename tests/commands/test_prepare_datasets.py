"""The command that prepares data sets: TensorFlow starts, silently, only for data sets that need it."""

import pytest

from compare_gan_tf2.commands import _run, prepare_datasets
from compare_gan_tf2.datasets import prepare as preparing


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["mnist"], ["start", "mnist"]),
        (["polygons", "zoom:2:mnist"], ["start", "polygons", "zoom:2:mnist"]),  # made of a downloaded one
        (["polygons"], ["polygons"]),
        (["mnits"], ["mnits"]),
    ],
)
def test_tensorflow_starts_without_its_lines_before_it_is_needed(monkeypatch, tmp_path, names, expected):
    done = []
    monkeypatch.setattr(_run, "start_tensorflow", lambda: done.append("start"))
    monkeypatch.setattr(preparing, "prepare", lambda names, *_, **__: done.extend(names) or dict.fromkeys(names, ""))
    assert prepare_datasets.main(["command", *names, f"--dataset_root={tmp_path}"]) == 0
    assert done == expected
