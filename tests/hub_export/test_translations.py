"""Sheets of inputs, outputs and truths, of a module's own test split and of a user's pictures."""

import json

import numpy as np
import pytest
import tensorflow as tf
from hub_export.test_translate import Negatives, _picture, _read

from compare_gan_tf2.commands import sample as command
from compare_gan_tf2.datasets import catalog, places
from compare_gan_tf2.hub_export import load as loading


@pytest.fixture
def sample(monkeypatch, tmp_path, capsys):
    """Calls the command in a folder of its own; gives exit code, lines printed and lines of errors."""
    monkeypatch.chdir(tmp_path)

    def called(module, *words):
        monkeypatch.setattr(loading, "load", lambda place, cache_dir=None: module)
        code = command.main(["compare_gan_sample", "module", "--kind=translation", *words])
        said = capsys.readouterr()
        return code, said.out.splitlines(), [line for line in said.err.splitlines() if line.startswith("error: ")]

    return called


def test_pictures_stand_beside_outputs_and_truths_of_their_names(sample, tmp_path):
    inputs = [_picture(tmp_path / "in" / f"{name}.png") for name in ("a", "bb")]
    for name, pixels in (("bb", inputs[1]), ("a", inputs[0]), ("0", inputs[1])):
        _picture(tmp_path / "truths" / f"{name}.bmp")
        from PIL import Image

        Image.fromarray(255 - pixels).save(tmp_path / "truths" / f"{name}.bmp")
    code, lines, _ = sample(Negatives(), "--inputs=in", "--truths=truths", "--columns=3")
    assert code == 0
    assert lines == ["translate_ab: outlines -> b; input, output, truth", "written: samples-translation.png"]
    sheet = _read(tmp_path / "samples-translation.png")
    assert sheet.shape == (17, 26, 3)
    for row, pixels in enumerate(inputs):
        top = 9 * row
        np.testing.assert_array_equal(sheet[top : top + 8, :8], pixels)
        for left in (9, 18):
            np.testing.assert_array_equal(sheet[top : top + 8, left : left + 8], 255 - pixels)
    code, lines, _ = sample(Negatives(scale=2), "--inputs=in", "--count=1")
    assert lines[0].endswith("; input, output") and _read(tmp_path / "samples-translation.png").shape == (16, 33, 3)


def test_the_test_split_has_inputs_and_truths(sample, tmp_path):
    module = Negatives(side=32, channels=1)
    options = {"dataset": "polygon_outline", "gan": "cyclegan"}
    module.options = tf.Variable(json.dumps(options))
    code, lines, errors = sample(module, "--count=2")
    assert code == 0, errors
    sheet = _read(tmp_path / "samples-translation.png")
    dataset = catalog.find("polygon_outline")
    where = places.places(None, None)
    for left, part in ((0, "a"), (66, "b")):
        of = dataset.part(part)
        images = of.open(of.evaluation_split, where).first(2)
        np.testing.assert_array_equal(sheet[:32, left : left + 32], images[0])
        np.testing.assert_array_equal(sheet[:32, left + 99 : left + 131], images[1])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--truths=truths",), "--truths works only with --inputs"),
        (("--inputs=in", "--dataset_root=d"), "give only one of them"),
        (("--inputs=in", "--truths=truths"), "truths has no picture of the name of b.png"),
        (("--inputs=in", "--labels=0"), "--labels has no effect with --kind=translation"),
        (("--inputs=in", "--kind=grid", "--truths=truths"), "--truths has no effect with --kind=grid"),
    ],
)
def test_mistakes_are_one_line(sample, tmp_path, words, said):
    for name in ("in/a.png", "in/b.png", "truths/a.png"):
        _picture(tmp_path / name)
    code, _, (error,) = sample(Negatives(), *words)
    assert code == 2 and said in error
