"""Metrics that judge pictures of known sets by rule: what they say of real pictures, and of some that are wrong."""

import pathlib
import types

import numpy as np
import pytest
import tensorflow as tf

from compare_gan_tf2.datasets import catalog, polygon_drawing
from compare_gan_tf2.datasets.places import Places
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.evaluation import abilities, ability_rows
from compare_gan_tf2.gans import Ability, Stream
from compare_gan_tf2.options import Options
from compare_gan_tf2.paired_metrics import Batch, Setup
from compare_gan_tf2.paired_metrics.panel import Panel

PLACES = Places(pathlib.Path("/nowhere"), pathlib.Path("/nowhere"))


def scores(name, dataset, outputs, **beside):
    """Of one batch."""
    given = {each: rows for each, rows in beside.items() if each in ("truths", "inputs", "labels", "draws")}
    others = {each: rows for each, rows in beside.items() if each not in given}
    setup = Setup(
        outputs.shape[1:], truths="truths" in given, input_shape=outputs.shape[1:] if "inputs" in given else None,
        labels="labels" in given, draws=given["draws"].shape[1] if "draws" in given else 0,
        rules=catalog.find(dataset).rules,
    )  # fmt: skip
    panel = Panel([name], setup)
    panel.update(Batch(outputs, **given, beside=others))
    return panel.columns()


def columns(name, part=""):
    """Of the test split."""
    dataset = catalog.find(name)
    return (dataset.part(part) if part else dataset).found("test", PLACES.dataset_root)


def test_hues_that_are_left_out_are_missed_and_one_hue_of_each_outline_is_seen():
    dataset, coverages = "polygon_tint:60", polygon_drawing.filled(polygon_drawing.drawn(60, 1, 32)[0], 32)
    colors = np.array(list(polygon_drawing.HUES.values()))

    def draws(hues):
        made = [polygon_drawing.painted(coverages, colors[hues[:, draw]]) for draw in range(hues.shape[1])]
        return np.stack(made, axis=1)

    even = np.stack([np.roll(np.arange(6), number)[:5] for number in range(60)])
    found = scores("hues", dataset, draws(even)[:, 0], draws=draws(even))
    assert found == {"hue_coverage": 6, "hue_chi_square": pytest.approx(0, abs=1e-12), "hues_of_an_input": 5}
    own = np.repeat((np.arange(60) % 4)[:, None], 5, axis=1)
    found = scores("hues", dataset, draws(own)[:, 0], draws=draws(own))
    # Four hues of a quarter each: 4 (1/4 - 1/6)^2 6 + 2 (1/6)^2 6 = 1/2.
    assert found == {"hue_coverage": 4, "hue_chi_square": pytest.approx(0.5), "hues_of_an_input": 1}
    white = np.full_like(draws(own), 255)
    assert scores("hues", dataset, white[:, 0], draws=white)["hue_coverage"] == 0


def test_domains_are_those_of_labels():
    found = columns("polygon_domains:200")
    right = scores("domain_accuracy", "polygon_domains", found["images"], labels=found["labels"])
    assert right["domain_hue_accuracy"] == 1 and right["domain_accuracy"] > 0.97
    other_style = scores("domain_accuracy", "polygon_domains", found["images"], labels=found["labels"] ^ 1)
    assert other_style["domain_hue_accuracy"] == 1 and other_style["domain_style_accuracy"] < 0.03
    other_hue = scores("domain_accuracy", "polygon_domains", found["images"], labels=(found["labels"] + 2) % 6)
    assert other_hue["domain_hue_accuracy"] == 0 == other_hue["domain_accuracy"]
    white = np.full_like(found["images"], 255)
    assert scores("domain_accuracy", "polygon_domains", white, labels=found["labels"])["domain_style_accuracy"] == 0


def test_words_are_those_of_the_picture():
    found = columns("polygon_caption:80")
    right = scores("word_accuracy", "polygon_caption", found["images"], words=found["words"])
    assert right["word_accuracy"] > 0.98 and right["word_accuracy_hue"] == right["word_accuracy_place"] == 1
    flipped = scores("word_accuracy", "polygon_caption", found["images"][:, ::-1], words=found["words"])
    is_middle = np.mean(found["words"][:, 3] // 3 == 1)
    assert flipped["word_accuracy_place"] == pytest.approx(is_middle) and flipped["word_accuracy_size"] == 1


def test_scenes_are_compared_by_quarters():
    a, b = (columns("polygon_scene_32:60", part)["images"] for part in "ab")
    right = scores("scenes", "polygon_scene_32", b, inputs=a, truths=b)
    assert right == {
        "scene_background_l1": 0,
        "scene_counts_kept": 1,
        "scene_shape_accuracy": pytest.approx(1, abs=0.02),
    }
    unchanged = scores("scenes", "polygon_scene_32", a, inputs=a, truths=b)
    assert unchanged["scene_background_l1"] == 0 and unchanged["scene_counts_kept"] == 1
    assert unchanged["scene_shape_accuracy"] < 0.02
    empty = np.broadcast_to(b.max(axis=(1, 2, 3), keepdims=True), b.shape).copy()
    assert scores("scenes", "polygon_scene_32", empty, inputs=a, truths=b)["scene_counts_kept"] == 0
    bright = np.minimum(b.astype(int) + 20, 255).astype(np.uint8)
    brighter = scores("scenes", "polygon_scene_32", bright, inputs=a, truths=b)
    assert brighter["scene_background_l1"] == pytest.approx(20 / 255, abs=0.001)


def test_a_hole_is_judged_alone():
    found = columns("polygon_hole:40")
    truths, mask = found["images"], found["mask"]
    outside = np.where(mask > 0, truths, 255 - truths)
    beside = {"truths": truths, "mask": mask, "is_unique": found["is_unique"]}
    same = scores("hole", "polygon_hole", outside, **beside)
    assert same["hole_l1"] == same["hole_l2"] == 0 and same["hole_psnr"] == pytest.approx(54.15, abs=0.01)
    gray = np.full_like(truths, 128)
    errors = np.abs(gray.astype(float) - truths)[:, 8:24, 8:24] / 255
    unequal = scores("hole", "polygon_hole", gray, **beside)
    assert unequal["hole_l1"] == pytest.approx(errors.mean()) and unequal["hole_l2"] == pytest.approx(
        np.square(errors).mean()
    )
    # What is up to half white is known, and no network fills it.
    shaded = np.where(mask > 0, mask, 127).astype(np.uint8)
    for metric in ("hole", "hole_unique"):
        assert scores(metric, "polygon_hole", gray, **beside | {"mask": shaded}) == scores(
            metric, "polygon_hole", gray, **beside
        )
    decibels = -10 * np.log10(np.square(errors).mean(axis=(1, 2, 3)))
    assert unequal["hole_psnr"] == pytest.approx(decibels.mean())
    is_unique = found["is_unique"] == 1
    unique = scores("hole_unique", "polygon_hole", gray, **beside)
    assert unique == {"hole_l1_unique": pytest.approx(errors[is_unique].mean())}


def test_what_a_rule_is_about_is_said_to_others():
    with pytest.raises(UserError, match="paired metric hues needs pictures of data set polygon_tint: there is none"):
        Panel(["hues"], Setup((32, 32, 3), draws=5))
    with pytest.raises(ValueError, match="there is no mask beside the outputs"):
        images = np.zeros((1, 8, 8, 1), np.uint8)
        scores("hole", "hole:mnist", images, truths=images)
    options = Options.from_dict({"gan": "baseline", "dataset": "polygon_hole:9", "evaluation_samples": 9})
    assert {"truths", "mask"} <= abilities.has(options, "inpaint_ring_mean")
    assert "mask" not in abilities.has(
        Options.from_dict({"gan": "baseline", "dataset": "polygons"}), "reconstruct_mean"
    )


def test_outputs_for_drawn_labels_are_compared_with_the_row_in_that_domain():
    dataset = catalog.find("polygon_domains:20")

    def draw(count, purpose, seed):
        return tf.constant((np.arange(count) * 5 + len(purpose)) % 6, tf.int32)

    streams = {
        "images": Stream(tf.TensorSpec([None, 32, 32, 3])),
        "target_labels": Stream(tf.TensorSpec([None], tf.int32), draw),
    }
    options = types.SimpleNamespace(evaluation_samples=0, evaluation_seed=3)
    gan = types.SimpleNamespace(dataset=dataset, streams=streams, options=options)
    ability = Ability(lambda images, labels: images, ("images", "target_labels"), "images")
    rows = ability_rows.Rows(
        gan, "translate", ability, lambda optional: lambda images, labels: {"": tf.constant(images)}, PLACES, 20
    )
    (found,) = rows
    batch, domains = found.pairs(), columns("polygon_domains:20")["domains"]
    np.testing.assert_array_equal(batch.labels, draw(20, "evaluation/translate", None))
    np.testing.assert_array_equal(batch.truths, domains[np.arange(20), batch.labels])
    assert (batch.truths != batch.inputs).any() and not batch.beside
