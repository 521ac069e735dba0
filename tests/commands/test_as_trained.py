"""What `--dry_run` shows of the data: rows as a step gets them, and how often each is read."""

import types

import numpy as np
import pytest
from PIL import Image

from compare_gan_tf2.commands import _as_trained
from compare_gan_tf2.datasets import catalog, sources
from compare_gan_tf2.datasets.places import Places
from compare_gan_tf2.datasets.streams import Plan, Reading, Source, StepRows
from compare_gan_tf2.options import Options


@pytest.fixture
def shown(tmp_path, monkeypatch, caplog):
    """The lines, the sheet and the first rows of a task that reads pictures which hold a pair each."""
    (tmp_path / "set").mkdir()
    for number in range(5):
        rows, columns = np.mgrid[:64, :128]
        pixels = np.stack([columns, rows, np.full_like(rows, 40 * number)], -1).astype(np.uint8)
        Image.fromarray(pixels).save(tmp_path / "set" / f"{number}.png")
    options = Options.from_dict(
        {
            "dataset": str(tmp_path / "set"),
            "image_size": 64,
            "random_flip": True,
            "training_steps": 10,
            "batch_size": 4,
            "metrics": "fid",
        }
    )
    plan = Plan(lambda step: 0, lambda kind: [Reading("d", "", ("input", "target"), 4)])
    wanted = {"": {"input": "input", "target": "target"}}
    dataset, engine = catalog.of(options), types.SimpleNamespace(columns=lambda: wanted, plan=lambda: plan)
    gan = types.SimpleNamespace(dataset=dataset, engine=engine, has_steps=True)
    monkeypatch.setattr(_as_trained, "build", lambda options, trains: gan)
    lines = _as_trained.write_examples(options, tmp_path / "sheet.png", tmp_path, tmp_path / "cache")
    found = sources.open_sources(dataset, wanted, options, Places(tmp_path, tmp_path / "cache"), "none")
    rows = next(StepRows(found, plan, seed=options.seed, first_step=0))["d"]
    return lines, np.asarray(Image.open(tmp_path / "sheet.png")), rows, caplog.text


def test_the_sheet_of_a_dry_run_has_three_pairs_under_their_names_as_they_are_trained(shown):
    lines, sheet, rows, log = shown
    assert lines[0].startswith("examples of the training data, as steps read them (input, target): ")
    assert sheet.shape == (14 + 4 + 3 * 68, 2 * 68 + 4, 3)
    for place in range(3):
        top = 18 + 68 * place
        np.testing.assert_array_equal(sheet[top : top + 64, 4:68], rows["input"][place])
        np.testing.assert_array_equal(sheet[top : top + 64, 72:136], rows["target"][place])
    for left in (4, 72):  # the names, black on white
        assert (sheet[:14, left : left + 64] < 128).any() and (sheet[:14] > 200).any()
    assert "cut at its middle: 64 + 64" in log


def test_a_dry_run_says_how_often_each_picture_is_read(shown):
    assert shown[0][-1] == "training data in 10 steps: 5 examples, each read 8 times"
    plan = Plan(lambda step: 0, lambda kind: [Reading("d", "a", ("a",), 4), Reading("d", "b", ("b",), 4)])
    found = {"a": Source("a", {}, 80), "b": Source("b", {}, 99, np.arange(30))}
    said = _as_trained.how_often(found, plan, 1000)
    assert (
        said == "training data in 1,000 steps: a: 80 examples, each read 50 times; b: 30 examples, each read 133 times"
    )
