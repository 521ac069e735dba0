"""A type that makes targets of inputs, by commands alone: pairs in folders, scored beside their truths, exported."""

import csv
import json

import numpy as np
import pytest
import tensorflow as tf
import tiny_types
from PIL import Image

from compare_gan_tf2.commands import evaluate, generate_tasks, run_one_task
from compare_gan_tf2.commands import sample as sample_command
from compare_gan_tf2.datasets import catalog, sources
from compare_gan_tf2.datasets.column_set import pictures_of
from compare_gan_tf2.datasets.places import Places
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.gans.base import build
from compare_gan_tf2.hub_export import save
from compare_gan_tf2.hub_export.load import load
from compare_gan_tf2.options import Options
from compare_gan_tf2.task_folder import checkpoints

OPTIONS = {
    "gan": "tiny_pairs", "batch_size": 2, "training_steps": 2, "save_every_steps": 2, "extractor": "pixels",
    "metrics": "fid,l1,psnr_rgb,diversity_l1,l1_best_of", "image_size": 16, "g_learning_rate": 0.01,
    "initializer_stddev": 0.3,
}  # fmt: skip
TESTED = 3


@pytest.fixture(scope="module", autouse=True)
def tiny_pairs(tmp_path_factory):
    with tiny_types.known(tmp_path_factory.mktemp("types"), "tiny_pairs", tiny_types.PAIRS):
        yield


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """A work directory with a trained, scored and exported task, and the folder of its pairs."""
    root = tmp_path_factory.mktemp("pairs")
    source = np.random.default_rng(0)
    for split, number in (("train", 5), ("test", TESTED)):
        for side in ("input", "target"):
            (root / "data" / split / side).mkdir(parents=True)
        for i in range(number):
            pixels = source.integers(0, 256, [16, 16, 3], np.uint8)
            Image.fromarray(pixels).save(root / f"data/{split}/input/{i}.png")
            Image.fromarray(255 - pixels).save(root / f"data/{split}/target/{i}.png")
    given = OPTIONS | {"dataset": str(root / "data")}
    (root / "study.py").write_text(f"def tasks(seed):\n    return [{given!r}]\n")
    common = [f"--workdir={root / 'work'}"]
    assert generate_tasks.main(["x", *common, f"--experiment={root / 'study.py'}"]) == 0
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(save, "_check_elsewhere", save._check_here)
        cache = f"--cache_dir={root / 'cache'}"
        assert run_one_task.main(["x", *common, "--task_num=0", "--command=all", cache]) == 0
    return root


@pytest.fixture(scope="module")
def module(study):
    return load(study / "work/0/export/2")


@pytest.fixture(scope="module")
def row(study):
    with (study / "work/0/scores.csv").open() as file:
        (found,) = csv.DictReader(file)
    return found


def _stored(study, side):
    paths = [study / f"data/test/{side}/{i}.png" for i in range(TESTED)]
    return np.stack([np.asarray(Image.open(path)) for path in paths])


def test_a_row_has_the_distances_to_the_truths_of_the_model_called_by_hand(study, row):
    gan = build(Options.from_dict(OPTIONS | {"dataset": str(study / "data")}))
    checkpoints.restore(study / "work/0", 2, gan.networks(), partly=True)
    translate = gan.abilities(gan.evaluated())["translate"].call
    made = translate(tf.constant(_stored(study, "input") / np.float32(255))).numpy()
    error = np.abs(np.round(made * 255) - _stored(study, "target")).mean() / 255
    assert row["ability"] == "translate" and float(row["l1"]) == pytest.approx(error, abs=1e-5) and error > 0
    assert "data=target of folder of images test" in row["protocol"] and f"real={TESTED}" in row["protocol"]
    assert any(name.startswith("fid_pixels") and float(cell) > 0 for name, cell in row.items() if cell)


def test_outputs_for_one_input_are_diverse_by_their_seeds_and_a_row_says_that_dropout_is_off_else(row):
    assert 0 < float(row["diversity_l1_5"]) < 0.5 and float(row["l1_best_of_5"]) > 0
    assert "random_layers=off" in row["protocol"] and "every two outputs of an input" in row["protocol"]


def test_a_grid_shows_input_output_and_truth(study):
    (path,) = (study / "work/0/samples").iterdir()
    sheet = np.asarray(Image.open(path))
    assert path.name == "step-00000002-translate.png" and sheet.shape[1] == 6 * 17 - 1
    np.testing.assert_array_equal(sheet[:16, 34:50], 255 - sheet[:16, :16])
    assert (sheet[:16, 17:33] != sheet[:16, :16]).any() and (sheet[:16, 17:33] != sheet[:16, 34:50]).any()


def _bytes(images):
    return np.round(np.asarray(images) * 255).astype(np.uint8)


def test_one_seed_is_one_output_alone_and_in_a_batch_and_without_a_seed_nothing_is_dropped(module):
    images = np.random.default_rng(1).random([8, 16, 16, 3]).astype(np.float32)
    plain, seeded = module.translate(images), module.translate(images, seed=3)
    np.testing.assert_array_equal(module.translate(images), plain)
    np.testing.assert_array_equal(module.translate(images, 3), seeded)
    for i in range(8):
        np.testing.assert_array_equal(_bytes(module.translate(images[i : i + 1])[0]), _bytes(plain[i]))
        np.testing.assert_array_equal(_bytes(module.translate(images[i : i + 1], seed=3)[0]), _bytes(seeded[i]))
    others = module.translate(images, seed=np.arange(8))
    np.testing.assert_array_equal(others[3], seeded[3])
    for other in (plain, module.translate(images, seed=4)):
        assert (_bytes(other) != _bytes(seeded)).any(axis=(1, 2, 3)).all()
    by_name = module.signatures["translate_with_seed"](
        input=tf.constant(images), seed=tf.fill([8], tf.cast(3, tf.int64))
    )
    np.testing.assert_array_equal(by_name["target"], seeded)
    np.testing.assert_array_equal(module.signatures["translate"](input=tf.constant(images))["target"], plain)
    with pytest.raises(tf.errors.InvalidArgumentError, match="there is one of seed for each row"):
        module.translate(images, seed=np.arange(3))


def test_card_and_facts_say_that_a_seed_may_be_given(study):
    place = study / "work/0/export/2"
    takes = json.loads((place / "module.json").read_text())["abilities"]["translate"]["takes"]
    assert takes["seed"] == {"shape": [], "dtype": "int64", "range": None, "optional": True}
    assert "optional" not in takes["input"]
    card = (place / "README.md").read_text()
    assert "`module.translate(input, seed=None)`" in card and "A `seed` turns on dropout and noise" in card


@pytest.mark.slow
def test_a_folder_is_translated_and_scored_by_command(study, row, capsys):
    place, data = str(study / "work/0/export/2"), study / "data"
    inputs, cache = f"--inputs={data / 'test/input'}", f"--cache_dir={study / 'cache'}"
    given = ["x", place, "--ability=translate", inputs, cache, "--kind=files"]
    for name, more in (("plain", []), ("again", []), ("seeded", ["--seed=1"])):
        assert sample_command.main([*given, f"--output={study / name}", *more]) == 0
    plain, again, seeded = ((study / name / "0.png").read_bytes() for name in ("plain", "again", "seeded"))
    assert plain == again != seeded
    given = ["x", f"--real={data / 'test/target'}", f"--generated={place}", "--extractor=pixels", "--metrics=fid"]
    assert evaluate.main([*given, "--ability=translate", inputs, cache]) == 0
    said = capsys.readouterr().out
    assert "random_layers=off" in said
    fid = next(float(cell) for name, cell in row.items() if name.startswith("fid_pixels") and "deviation" not in name)
    assert float(said.split("fid_pixels")[1].split(": ")[1].split("\n")[0]) == pytest.approx(fid, 1e-3)


@pytest.mark.slow
def test_a_dry_run_shows_pairs_as_trained(study, capsys):
    arguments = [f"--workdir={study / 'work'}", "--task_num=0", "--dry_run", f"--cache_dir={study / 'cache'}"]
    assert run_one_task.main(["x", *arguments]) == 0
    assert "for translate" in capsys.readouterr().out


def test_halves_of_one_picture_are_pairs_too(tmp_path):
    left = np.random.default_rng(0).integers(0, 256, [3, 8, 8, 3], np.uint8)
    for split in ("train", "test"):
        (tmp_path / "ab" / split).mkdir(parents=True)
        for i in range(3):
            Image.fromarray(np.concatenate([left[i], 255 - left[i]], axis=1)).save(tmp_path / f"ab/{split}/{i}.png")
    options = Options.from_dict(OPTIONS | {"dataset": str(tmp_path / "ab"), "image_size": 8})
    places, dataset = Places(tmp_path, tmp_path / "cache"), catalog.of(options)
    rows = sources.stored_rows(dataset, {"": {"input": "input", "target": "target"}}, places)[""]
    targets = pictures_of(dataset, "target")
    assert targets.image_shape == (8, 8, 3) and targets.count("test", places) == 3
    np.testing.assert_array_equal(rows["target"], 255 - rows["input"])
    assert targets.identity(places) != dataset.identity(places) != pictures_of(dataset, "input").identity(places)
    assert pictures_of(dataset, "images") is dataset
    with pytest.raises(UserError, match="'captions', which is no set of images"):
        pictures_of(dataset, "captions")
