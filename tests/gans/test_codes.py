"""A type whose latents have parts, through training, grids, scores and its module."""

import json

import numpy as np
import pytest
import tensorflow as tf
import tiny_types
from PIL import Image

from compare_gan_tf2 import api
from compare_gan_tf2.commands import sample as command
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.evaluation.task import evaluate
from compare_gan_tf2.hub_export import sample, save
from compare_gan_tf2.options import Options
from compare_gan_tf2.runtime.draws import Seed
from compare_gan_tf2.task_folder import status

OPTIONS = {
    "gan": "tiny_codes", "dataset": "fake:mnist", "architecture": "mlp", "width": 0.05, "batch_size": 4,
    "training_steps": 1, "save_every_steps": 1, "accumulation_steps": 2, "initializer_stddev": 0.3,
    "g_normalization": "none", "d_normalization": "none", "extractor": "pixels", "metrics": "fid",
    "evaluation_samples": 10,
}  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Of a trained and exported task."""
    place = tmp_path_factory.mktemp("codes")
    with (
        tiny_types.known(place, "tiny_codes", tiny_types.CODES),
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setattr(save, "_check_elsewhere", save._check_here)
        patch.setattr(status, "_MEASURE_EVERY", 1)
        options = Options.from_dict(OPTIONS)
        api.train(options, place / "task")
        evaluate(place / "task", cache_dir=place / "cache")
        api.export(place / "task")
        yield place / "task"


@pytest.fixture(scope="module")
def module(folder):
    return api.load(folder / "export/1")


def test_the_stream_of_a_part_has_the_numbers_of_the_joined_latents(folder):
    (row,) = map(json.loads, (folder / "measurements.jsonl").read_text().splitlines())
    assert row["apart"] == 0.0


def test_grids_vary_one_part_along_a_row(folder):
    sizes = {path.name: Image.open(path).size for path in (folder / "samples").glob("step-00000001-generate-*")}
    assert sizes == {
        "step-00000001-generate-digit.png": (3 * 29 - 1, 8 * 29 - 1),
        "step-00000001-generate-style.png": (8 * 29 - 1, 2 * 29 - 1),
    }
    for name in sizes:
        sheet = np.asarray(Image.open(folder / "samples" / name))
        assert (sheet[:28, :28] != sheet[:28, 29:57]).any() and (sheet[:28, :28] != sheet[29:57, :28]).any()


def test_images_of_parts_are_those_of_the_joined_latents(folder, module):
    prior = sample.facts(module).prior
    z = prior.rows(5, "test", Seed.of(1, 2))
    np.testing.assert_allclose(module.compose(**prior.split(z)), module(z), atol=1e-6)
    takes = json.loads((folder / "export/1/module.json").read_text())["abilities"]["generate"]["takes"]["z"]
    assert takes["parts"]["digit"] == {"name": "digit", "kind": "categorical", "size": 3, "copies": 1, "scale": 1.0}
    assert module.z_distribution.numpy().decode() == "noise normal 4 scale 0.5, digit categorical 3, style uniform 2"


def test_a_module_draws_parts_by_their_distributions(module):
    first, again, other = (module.generate(6, seed=seed).numpy() for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any() and np.isfinite(sample.interpolation(module, 2, steps=3)).all()


def test_a_sheet_of_a_module_varies_one_part(module, folder, tmp_path, capsys):
    place, file = str(folder / "export/1"), tmp_path / "digits.png"
    given = ["compare_gan_sample", place, "--kind=codes"]
    assert command.main([*given, "--part=digit", f"--output={file}"]) == 0
    made = np.asarray(Image.open(file))
    np.testing.assert_array_equal(made, sample.code_sheet(module, "digit")[..., 0])
    assert made.shape == (8 * 29 - 1, 3 * 29 - 1)
    assert sample.code_sheet(module, "style", columns=5).shape == (2 * 29 - 1, 5 * 29 - 1, 1)
    with pytest.raises(UserError, match="unknown part of the latents 'digits', did you mean 'digit'"):
        sample.code_sheet(module, "digits")
    assert command.main(given) == 2
    assert "--kind=codes needs --part" in capsys.readouterr().err


def test_the_card_has_python_that_draws_latents(folder, module):
    card = (folder / "export/1/README.md").read_text()
    line = next(each for each in card.splitlines() if "from latents of your own" in each)
    program = line.split("`")[1]
    tf.random.set_seed(0)
    assert eval(program, {"module": module, "tf": tf}).shape == (16, 28, 28, 1)
    assert "`digit`, one of 3 classes" in card and "`style`, 2 uniform on [-1, 1]" in card


def test_images_of_drawn_parts_are_scored_as_an_ability(folder):
    rows = [line.split(",") for line in (folder / "scores.csv").read_text().splitlines()]
    assert [row[rows[0].index("ability")] for row in rows[1:]] == ["", "compose"]
    assert all(row[rows[0].index("status")] == "ok" for row in rows[1:])
