"""Baselines: what they give is computed again by other means; a task of them is scored and exported like others."""

import json

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image
from slow_cases import slow_unless

from compare_gan_tf2 import api
from compare_gan_tf2.datasets import catalog
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.gans import baseline
from compare_gan_tf2.gans.base import build
from compare_gan_tf2.hub_export import save
from compare_gan_tf2.options import Options
from compare_gan_tf2.task_folder import checkpoints

SIDE, TRAIN, TEST = 12, 7, 5
PAIRS = ("input", "target")


def _pictures(seed):
    return np.random.default_rng(seed).integers(0, 256, (TRAIN + TEST, SIDE, SIDE, 3), np.uint8)


def _write(folder, kind):
    """A folder of so many training and test pictures of a kind; gives {stream: pictures}, training ones first."""
    names = {"images": ["images"], "sets": ["a", "b"]}.get(kind, PAIRS)
    pictures = {name: _pictures(seed) for seed, name in enumerate(names)}
    for number in range(TRAIN + TEST):
        split, name = ("train" if number < TRAIN else "test"), f"{number:02}.png"
        rows = {each: pictures[each][number] for each in names}
        places = {
            "images": {f"{split}/{name}": rows.get("images")},
            "sets": {f"{split}{each.upper()}/{name}": rows[each] for each in names},
            "pairs": {f"{split}/{each}/{name}": rows[each] for each in names},
            "halves": {f"{split}/{name}": np.concatenate([*rows.values()], axis=1)},
        }[kind]
        for place, pixels in places.items():
            (folder / place).parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(pixels).save(folder / place)
    return pictures


def _options(folder, **more):
    said = {"gan": "baseline", "extractor": "pixels", "metrics": "fid,l1,psnr_rgb", "image_size": SIDE}
    return Options.from_dict(said | {"dataset": str(folder)} | more)


def _fit(folder, tmp_path, **more):
    """The trained task's GAN with what its checkpoint holds."""
    options = _options(folder, **more)
    assert api.train(options, tmp_path / "task", cache_dir=tmp_path / "cache") == {"state": "done", "step": 0}
    gan = build(options)
    checkpoints.restore(tmp_path / "task", 0, gan.tracked())
    return gan


def _nearest(images, among):
    """Numbers of the nearest, one after the other in whole numbers."""
    return [
        int(np.argmin([np.square(image - each).sum() for each in among.astype(int)])) for image in images.astype(int)
    ]


@pytest.mark.parametrize("kind", slow_unless(lambda kind: kind == "sets", ["images", "sets", "halves"]))
def test_every_baseline_gives_what_its_name_says(kind, tmp_path):
    pictures = _write(tmp_path / "set", kind)
    gan = _fit(tmp_path / "set", tmp_path)
    training, given = ({n: each[part] for n, each in pictures.items()} for part in (slice(TRAIN), slice(TRAIN, None)))
    expected = {}
    for prefix, takes, among, gives in {
        "images": [("reconstruct", "images", "images", "images")],
        "sets": [("translate_ab", "a", "b", "b"), ("translate_ba", "b", "a", "a")],
        "halves": [("translate", "input", "input", "target")],
    }[kind]:
        numbers = _nearest(given[takes], training[among])
        assert len(set(numbers)) > 1
        mean = np.broadcast_to(training[gives].mean(axis=0), given[takes].shape)
        expected[f"{prefix}_mean"] = (takes, mean)
        expected[f"{prefix}_nearest_neighbor"] = (takes, training[gives][numbers])
        if kind != "images":
            expected[f"{prefix}_unchanged"] = (takes, given[takes])
    abilities = gan.abilities(gan.evaluated())
    assert abilities.keys() - expected.keys() == ({"generate", "upscale_bicubic_4x"} if kind == "images" else set())
    for name, (takes, wanted) in expected.items():
        assert abilities[name].takes == (takes,)
        made = abilities[name].call(tf.constant(given[takes] / np.float32(255)))
        np.testing.assert_allclose(made, wanted / 255, rtol=0, atol=1e-6, err_msg=name)
    if kind == "images":
        z = tf.constant([[-1.0], [-0.2], [0.9999], [1.0]])
        drawn = np.round(abilities["generate"].call(z) * 255).astype(np.uint8)
        remembered = gan.state["remembered/images"].numpy()
        np.testing.assert_array_equal(drawn, remembered[[0, 2, 6, 6]])
        np.testing.assert_array_equal(np.sort(remembered, axis=0), np.sort(training["images"], axis=0))


def test_the_nearest_is_exact_across_blocks_and_the_first_of_equal_ones(monkeypatch):
    monkeypatch.setattr(baseline, "_BLOCK", 3)
    among = _pictures(0)
    among[9] = among[4]
    given = among[[4, 11, 0]].astype(np.float32) / 255
    np.testing.assert_array_equal(baseline.nearest(tf.constant(given), tf.constant(among), 255), [4, 11, 0])
    alone = baseline.nearest(tf.constant(given[:1] * 0.9), tf.constant(among), 255)
    assert int(alone[0]) == _nearest(np.round(given[:1] * 0.9 * 255), among)[0]


def test_bicubic_is_that_of_pictures_on_the_disk():
    picture = np.asarray(Image.fromarray(_pictures(3)[0]).resize((48, 48), Image.Resampling.BICUBIC))
    small = Image.fromarray(picture).resize((12, 12), Image.Resampling.BICUBIC)
    expected = np.asarray(small.resize((48, 48), Image.Resampling.BICUBIC), np.float32) / 255
    found = baseline.shrunk_and_enlarged(tf.constant(picture[None] / np.float32(255)))[0]
    # Pillow rounds its factors, and each direction's result.
    assert np.abs(found - expected).max() < 4 / 255 and np.abs(found - expected).mean() < 0.5 / 255
    odd = baseline.shrunk_and_enlarged(tf.random.stateless_uniform([2, 7, 9, 1], [0, 1]))
    assert odd.shape == (2, 7, 9, 1) and 0 <= odd.numpy().min() <= odd.numpy().max() <= 1


@pytest.mark.slow
def test_pairs_that_are_two_sets_too_are_scored_against_the_same_truths(tmp_path):
    options = Options.from_dict(
        {"gan": "baseline", "dataset": "polygon_outline:12", "extractor": "pixels", "metrics": "fid,l1,iou"}
    )
    assert api.train(options, tmp_path / "task", cache_dir=tmp_path / "cache")["state"] == "done"
    rows = {row["ability"]: row for row in api.evaluate(tmp_path / "task", cache_dir=tmp_path / "cache")}
    assert len(rows) == 9 and all(float(row["l1"]) > 0 and float(row["iou_dark"]) > 0 for row in rows.values())
    # Unpaired test rows are partners: the unchanged outline is as far from its polygon as in the pair.
    assert rows["translate_ab_unchanged"]["l1"] == rows["translate_unchanged"]["l1"]
    assert rows["translate_ba_unchanged"]["l1"] == rows["translate_unchanged"]["l1"]
    # Of pairs the partner of the nearest outline is known; of sets only the polygon that looks most like the outline.
    best, other = (float(rows[f"{name}_nearest_neighbor"]["iou_dark"]) for name in ("translate", "translate_ab"))
    assert best > other


def test_filled_holes_are_scored_in_the_hole(tmp_path):
    options = Options.from_dict(
        {"gan": "baseline", "dataset": "polygon_hole:12", "extractor": "pixels", "metrics": "hole,hole_unique,l1"}
    )
    assert api.train(options, tmp_path / "task", cache_dir=tmp_path / "cache")["state"] == "done"
    rows = {row["ability"]: row for row in api.evaluate(tmp_path / "task", cache_dir=tmp_path / "cache")}
    filled = [float(rows[f"inpaint_{name}"]["hole_l1"]) for name in ("mean", "ring_mean")]
    assert min(filled) > 0 and filled[0] != filled[1]
    # A hole is a quarter of the image, and all else is as it was.
    assert float(rows["inpaint_mean"]["l1"]) == pytest.approx(filled[0] / 4, rel=0.01)
    assert float(rows["inpaint_ring_mean"]["hole_l1_unique"]) > 0


def test_holes_are_filled_and_small_pictures_enlarged():
    hole = np.zeros([1, 6, 6, 1], np.float32)
    hole[:, 2:4, 3:5] = 1
    images = np.random.default_rng(0).random([1, 6, 6, 2]).astype(np.float32)
    filled = baseline.filled_with_ring_mean(tf.constant(images), tf.constant(hole)).numpy()
    is_hole = hole[0, ..., 0] == 1
    np.testing.assert_array_equal(filled[0][~is_hole], images[0][~is_hole])
    around = images[0, 1:5, 2:6].reshape(16, 2).sum(0) - images[0, 2:4, 3:5].reshape(4, 2).sum(0)
    np.testing.assert_allclose(filled[0][is_hole], np.broadcast_to(around / 12, (4, 2)), rtol=1e-5)
    names = {name: catalog.find(name).visible_streams for name in ("polygon_zoom", "polygon_hole")}
    assert names == {"polygon_zoom": ("images", "lr"), "polygon_hole": ("images", "mask")}
    gan = build(Options.from_dict({"gan": "baseline", "dataset": "polygon_zoom:8"}))
    small = np.random.default_rng(0).random([2, 16, 16, 1]).astype(np.float32)
    made = gan.abilities({})["upscale_bicubic"].call(tf.constant(small))
    assert made.shape == (2, 64, 64, 1) and "inpaint_ring_mean" not in gan.abilities({})


@pytest.mark.slow
def test_a_task_of_baselines_is_scored_and_exported(tmp_path, monkeypatch):
    monkeypatch.setattr(save, "_check_elsewhere", save._check_here)
    pictures, folder = _write(tmp_path / "set", "pairs"), tmp_path / "task"
    _fit(tmp_path / "set", tmp_path, remembered_images=3)
    rows = api.evaluate(folder, cache_dir=tmp_path / "cache")
    by_ability = {row["ability"]: row for row in rows}
    assert by_ability.keys() == {"translate_mean", "translate_nearest_neighbor", "translate_unchanged"}
    given, truths = (pictures[name][TRAIN:].astype(float) for name in PAIRS)
    unchanged = by_ability["translate_unchanged"]
    assert float(unchanged["l1"]) == pytest.approx(np.abs(given - truths).mean() / 255, rel=1e-5)
    assert all(row["step"] == "0" and row["status"] == "ok" and float(row["fid_pixels"]) > 0 for row in rows)
    # Compared with the targets alone.
    assert " test " in unchanged["protocol"] and f"real={TEST}" in unchanged["protocol"].replace(" ", "")

    assert api.evaluate(folder, cache_dir=tmp_path / "cache") == rows
    assert api.train(_options(tmp_path / "set", remembered_images=3), folder) == {"state": "done", "step": 0}
    place = api.export(folder)
    module = api.load(place)
    inputs = tf.constant(given / 255, tf.float32)
    together = module.translate_nearest_neighbor(inputs).numpy()
    np.testing.assert_array_equal(together[1], module.translate_nearest_neighbor(inputs[1:2])[0])
    among = pictures["target"][:TRAIN].astype(np.float32) / 255
    assert all(np.abs(among - each).max((1, 2, 3)).min() < 1e-6 for each in together)
    assert json.loads((place / "module.json").read_text())["abilities"].keys() == by_ability.keys()
    card = (place / "README.md").read_text()
    assert "without training steps. It contains training images" in card and "networks" not in card.partition("##")[0]


def test_what_says_nothing_to_it_is_refused(tmp_path):
    for changes, line in (
        ({"batch_size": 8}, "batch_size is 8, but gan=baseline is not trained by steps"),
        ({"architecture": "mlp"}, "architecture is mlp, but gan=baseline"),
        ({"training_steps": 5}, "needs training_steps=0: nothing of it"),
        ({"start_from": "/x"}, "start_from is /x, .* leave it at nothing"),
        ({"save_every_steps": 7}, "save_every_steps is 7"),
        ({"conditional": True}, "needs conditional=false"),
    ):
        with pytest.raises(UserError, match=line):
            Options.from_dict({"gan": "baseline", "dataset": "mnist"} | changes)
    with pytest.raises(UserError, match="gan modular has no place for remembered_images"):
        Options.from_dict({"dataset": "mnist", "remembered_images": 5})
    with pytest.raises(UserError, match="gan=baseline draws training images"):
        from compare_gan_tf2.evaluation import scorer

        options = Options.from_dict({"gan": "baseline", "dataset": "mnist", "metrics": "condition_number"})
        scorer.chosen_metrics(options, catalog.of(options))
