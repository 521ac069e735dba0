"""Metrics on abilities, of models whose scores are known: functions of a few numbers in place of networks."""

import dataclasses
import itertools
import json
import pathlib
import types

import numpy as np
import pytest
import tensorflow as tf

from compare_gan_tf2 import components
from compare_gan_tf2.extractors import Extractor
from compare_gan_tf2.gans import Ability
from compare_gan_tf2.metrics import images_only
from compare_gan_tf2.model_metrics import (
    _abilities,
    _agreement,
    _measures,
    _probes,
    class_samples,
    code_clusters,
    code_correlations,
    edits,
    encoding_probes,
    few_labels,
    prior_match,
    reconstruction_ratio,
)
from compare_gan_tf2.options import Options
from compare_gan_tf2.runtime.codes import Part

GOLDEN = pathlib.Path(__file__).parents[1] / "golden" / "oracle_parity"
CLASSES = 4
SIDE = 8


def bars(classes, offsets):
    """Images with a bright column for each class, of a brightness that is the offset; float32 [N, 8, 8, 1]."""
    images = np.zeros((len(classes), SIDE, SIDE, 1), np.float32)
    images[np.arange(len(classes)), 2:6, 1 + np.asarray(classes)] = np.asarray(offsets, np.float32)[:, None, None]
    return images


def seen(images):
    """The brightest of the columns that stand for classes: logits [N, 4]."""
    return tf.reduce_sum(images[:, :, 1 : 1 + CLASSES, 0], 1)


def judge():
    def forward(images):
        return images.reshape(len(images), -1), np.asarray(seen(images))

    return Extractor("judge", "a judge", CLASSES, (SIDE, SIDE, 1), forward)


@pytest.fixture
def model(make_model):
    """model(abilities, untrained, generator, ...) -> TrainedModel of bars."""

    def make(abilities=None, untrained=None, generator=None, parts=(), classes=0, count=60, **more):
        rng = np.random.default_rng(1)
        splits = {}
        for split in ("train", "evaluation"):
            labels = np.tile(np.arange(CLASSES, dtype=np.int32), count // CLASSES)
            splits[split] = bars(labels, rng.uniform(0.5, 1.0, count)), labels
        made = make_model(generator, classes=classes, image_shape=(SIDE, SIDE, 1), splits=splits, **more)
        named = {name: Ability(call, takes) for name, (call, takes) in (abilities or {}).items()}
        before = {name: Ability(call, named[name].takes) for name, call in (untrained or {}).items()}
        dataset = types.SimpleNamespace(name="bars", image_shape=(SIDE, SIDE, 1), num_classes=CLASSES)
        return dataclasses.replace(
            made,
            dataset=dataset,
            abilities=named,
            untrained=lambda: before,
            judge=judge,
            parts=parts,
            real=images_only(splits["evaluation"][0]),
            labeled_images=lambda: tuple(each[:8] for each in splits["train"]),
            training_images=lambda: count,
        )

    return make


def test_every_score_of_an_ability_stands_beside_a_control():
    names = ("class_samples", "code_clusters", "code_correlations", "edits", "encoding_probes", "few_labels")
    ends = ("shuffled", "untrained", "pixels", "kmeans", "real", "classifier", "unedited", "mismatched", "latents")
    for name in (*names, "prior_match", "reconstruction_ratio"):
        scores = components.facts("model_metrics", name)["LOWER_IS_BETTER"]
        for score in (each for each, lower in scores.items() if lower is not None and "geometric" not in each):
            assert any(f"{score}_{end}" in scores for end in ends), score


def test_agreement_is_that_of_the_definitions():
    with np.load(GOLDEN / "cluster_scores.npz") as arrays:
        given = dict(arrays)
    expected = json.loads((GOLDEN / "cluster_scores.json").read_text())["values"]
    found = code_clusters.scores(given["in/classes"], given["in/clusters"], given["in/soft"], 5)
    for ours, theirs in {
        "cluster_accuracy": "accuracy_best_assignment",
        "cluster_purity": "purity",
        "cluster_nmi_arithmetic": "nmi_arithmetic",
        "cluster_nmi_geometric": "nmi_geometric",
        "cluster_ari": "ari",
        "cluster_aae_error": "aae_protocol_error",
    }.items():
        assert found[ours] == pytest.approx(expected[theirs], abs=1e-12), ours
    assert (_probes.nearest(given["in/codes"][:60], given["in/codes"][60:]) == given["out/nearest"]).all()


def test_the_assignment_is_the_best_of_all():
    rng = np.random.default_rng(0)
    for _ in range(100):
        rows, columns = map(int, rng.integers(1, 6, 2))
        table = rng.integers(0, 5, (rows, columns))
        long, short = max(rows, columns), min(rows, columns)
        wide = table if rows <= columns else table.T
        best = max(wide[range(short), list(order)].sum() for order in itertools.permutations(range(long), short))
        assert table[_agreement.assignment(table)].sum() == best


def test_agreement_at_its_ends():
    same, one_cluster = np.diag([3, 4, 5]), np.array([[3], [4], [5]])
    assert _agreement.accuracy(same) == _agreement.purity(same) == _agreement.ari(same) == 1.0
    assert _agreement.nmi(same, "arithmetic") == _agreement.nmi(same, "geometric") == pytest.approx(1.0)
    assert _agreement.purity(one_cluster) == _agreement.accuracy(one_cluster) == 5 / 12
    assert _agreement.nmi(one_cluster, "geometric") == _agreement.nmi(one_cluster, "arithmetic") == 0.0
    assert _agreement.ari(one_cluster) == 0.0 and _agreement.ari(np.array([[4]])) == 1.0
    # Two clusters for one class: purity does not mind, accuracy does.
    split = np.array([[2, 2, 0], [0, 0, 4]])
    assert _agreement.purity(split) == 1.0 and _agreement.accuracy(split) == 0.75
    found = code_clusters.scores(np.array([0, 0, 1]), np.array([0, 1, 2]), None, 3)
    assert (found["cluster_accuracy"], found["cluster_purity"], found["cluster_number_used"]) == (2 / 3, 1.0, 3.0)
    with pytest.raises(ValueError, match=r"class is outside \[0, 1\]"):
        _agreement.contingency(np.array([2]), np.array([0]), 2, 1)


def test_clusters_of_a_model_that_permutes_the_classes(model):
    def classify(images):
        return tf.roll(seen(images), 1, axis=1)

    made = model({"classify": (classify, ("images",))}, {"classify": lambda images: 0 * seen(images)})
    found = code_clusters.metric(made)
    assert found.keys() == code_clusters.LOWER_IS_BETTER.keys()
    assert found["cluster_accuracy"] == found["cluster_purity"] == found["cluster_ari"] == 1.0
    assert found["cluster_aae_error"] == 0.0 and found["cluster_number"] == found["cluster_number_used"] == 4.0
    assert found["cluster_accuracy_untrained"] == 0.25 and found["cluster_nmi_arithmetic_untrained"] == 0.0
    assert found["cluster_accuracy_kmeans"] > 0.9
    assert (made.tables["cluster_classes"] == np.roll(np.diag([15] * 4), 1, axis=1)).all()
    # A second output has its name behind the scores'.
    two = model(
        {"classify": (lambda images: {"one": seen(images), "two": 0 * seen(images)}, ("images",))},
        {"classify": lambda images: {"one": seen(images), "two": 0 * seen(images)}},
    )
    assert code_clusters.metric(two)["cluster_accuracy_two"] == 0.25


def test_probes_of_codes_that_say_the_class_and_of_codes_that_do_not(model):
    def encode(images):
        return tf.one_hot(tf.argmax(seen(images), 1), CLASSES)

    def constant(images):
        return 0 * seen(images) + tf.range(4.0)

    found = encoding_probes.metric(model({"encode": (encode, ("images",))}, {"encode": constant}))
    assert found.keys() == encoding_probes.LOWER_IS_BETTER.keys()
    assert found["encoding_nn_accuracy"] == found["encoding_linear_accuracy"] == 1.0
    assert found["encoding_nn_accuracy_untrained"] == found["encoding_linear_accuracy_untrained"] == 0.25
    assert found["encoding_spread_untrained"] == 0.0 and found["encoding_spread"] == pytest.approx(0.75**0.5 / 2)
    assert found["encoding_linear_accuracy_pixels"] == 1.0


def test_the_regression_has_the_slope_of_its_closed_form():
    # Two points, two classes: the weights are (-w, w), with w the root of w = sigmoid(-2 w) / penalty.
    rows, labels, penalty = np.array([[-1.0], [1.0]]), np.array([0, 1]), 0.1
    weights = _probes.fit(rows, labels, 2, penalty)
    w = weights[0, 1]
    assert weights[0, 0] == pytest.approx(-w, abs=1e-9) and weights[1] == pytest.approx([0, 0], abs=1e-9)
    assert penalty * w == pytest.approx(1 / (1 + np.exp(2 * w)), abs=1e-6)
    # The constant is not held small: it has the log odds of the classes.
    constant = _probes.fit(np.zeros([4, 1]), np.array([0, 0, 0, 1]), 2, 0.5)[1]
    assert constant[0] - constant[1] == pytest.approx(np.log(3), abs=1e-4)


def test_probes_are_set_by_the_stored_codes_alone(monkeypatch):
    stored, asked = _probes.standardized(np.array([[1.0, 5], [3, 5]]), np.array([[2.0, 7], [4, 9], [6, 9]]))
    assert stored.tolist() == [[-1, 0], [1, 0]] and asked.tolist() == [[0, 0], [2, 0], [4, 0]]
    # Of all penalties that which is right of the held rows.
    monkeypatch.setattr(_probes, "fit", lambda rows, labels, number, penalty: penalty)
    monkeypatch.setattr(_probes, "predicted", lambda penalty, rows: np.full(len(rows), int(penalty == 1e-3)))
    rows, ones = np.arange(10.0)[:, None], np.ones(10, int)
    assert _probes.linear_accuracy(rows, ones, rows, ones, 2) == 1.0


def test_reconstructions_of_half_the_brightness(model):
    made = model(
        {"reconstruct": (lambda images: images / 2, ("images",))},
        {"reconstruct": lambda images: 0 * images},
    )
    found = reconstruction_ratio.metric(made)
    assert found.keys() == reconstruction_ratio.LOWER_IS_BETTER.keys()
    images = made.real_images("evaluation")[0].astype(np.float64)
    squares = np.square(images).sum(axis=(1, 2, 3))
    assert found["reconstruction_error"] == pytest.approx(np.sqrt(squares).mean() / 2)
    assert found["reconstruction_mse"] == pytest.approx(squares.mean() / 4 / SIDE**2)
    # Black images are as far from one image as from another.
    assert found["reconstruction_ratio_untrained"] == 1.0
    assert 0 < found["reconstruction_ratio"] < found["reconstruction_ratio_untrained"]
    assert found["reconstruction_mse_pca"] < found["reconstruction_mse_mean_image"]


def test_principal_components_of_points_on_a_line():
    line = np.array([[0.0, 0], [2, 2], [4, 4]])
    assert reconstruction_ratio.linear_errors(line, np.array([[1.0, 1], [2, 4]]), 1) == pytest.approx((1.5, 0.5))


def test_codes_far_from_the_prior_and_near(model):
    z = np.random.default_rng(0).uniform(-1, 1, (60, 2)).astype(np.float32)

    def encode(images):
        return tf.constant(z)[: tf.shape(images)[0]]

    made = model({"encode": (encode, ("images",))}, {"encode": lambda images: encode(images) + 3.0})
    found = prior_match.metric(made)
    assert found.keys() == prior_match.LOWER_IS_BETTER.keys()
    assert found["prior_distance"] < 0.2 and found["prior_distance_latents"] < 0.2
    assert found["prior_distance_untrained"] == pytest.approx(18, rel=0.1)
    assert found["prior_distance_latents"] > 1e-4  # of others than those that codes are compared with
    assert found["prior_mean_norm"] == pytest.approx(np.linalg.norm(z.mean(axis=0)), rel=1e-4)
    assert found["prior_deviation"] == pytest.approx(z.std(axis=0).mean(), rel=1e-4)
    with pytest.raises(ValueError, match="no codes of 2 numbers"):
        prior_match.metric(model({"encode": (seen, ("images",))}, {"encode": seen}))


def draw_bars(z, labels, training):
    """Bars of the labels whose brightness is the first latent's."""
    assert training is False
    columns = tf.one_hot(labels + 1, SIDE)[:, None, :, None]
    rows = tf.constant([0, 0, 1, 1, 1, 1, 0, 0], tf.float32)[None, :, None, None]
    return columns * rows * (0.75 + z[:, :1, None, None] / 4)


def test_samples_of_the_classes_asked_for(model, monkeypatch):
    monkeypatch.setattr(class_samples, "COUNT", 400)
    found = class_samples.metric(model(generator=draw_bars, classes=CLASSES))
    assert found.keys() == class_samples.LOWER_IS_BETTER.keys()
    assert found["class_accuracy"] == found["class_accuracy_assigned"] == found["class_accuracy_real"] == 1.0
    assert 0.15 < found["class_accuracy_shuffled"] < 0.35
    assert found["class_diversity"] == pytest.approx(1.0, abs=0.25)
    prototypes = model(generator=lambda z, labels, training: draw_bars(0 * z, labels, training), classes=CLASSES)
    found = class_samples.metric(prototypes)
    assert found["class_accuracy"] == 1.0 and found["class_diversity"] == found["class_diversity_features"] == 0.0
    permuted = model(
        generator=lambda z, labels, training: draw_bars(z, (labels + 1) % CLASSES, training), classes=CLASSES
    )
    found = class_samples.metric(permuted)
    assert found["class_accuracy"] == 0.0 and found["class_accuracy_assigned"] == found["class_accuracy_real"] == 1.0
    counts = permuted.tables["class_confusion"]
    assert counts.sum() == 400 and (counts == np.roll(np.diag(counts.sum(axis=1)), 1, axis=1)).all()


def test_mean_distance_of_every_two():
    assert class_samples.mean_distance(np.array([[0.0], [3], [6], [9]]), np.array([0, 0, 0, 1])) == pytest.approx(4)
    with pytest.raises(ValueError, match="no class has two"):
        class_samples.mean_distance(np.array([[0.0], [3]]), np.array([0, 1]))


def test_a_code_that_is_the_brightness(model, monkeypatch):
    monkeypatch.setattr(code_correlations, "COUNT", 400)

    def encode(images):
        light = tf.reduce_max(images, axis=(1, 2, 3)) * 4 - 3
        return tf.stack([light, -light], 1)

    made = model(
        {"encode": (encode, ("images",))},
        {"encode": lambda images: 0 * encode(images)},
        generator=draw_bars,
        classes=CLASSES,
    )
    found = code_correlations.metric(made)
    assert found.keys() == code_correlations.LOWER_IS_BETTER.keys()
    assert found["code_brightness"] == pytest.approx(1.0) and found["code_brightness_shuffled"] < 0.2
    # Bars stand upright, and are as wide as a pixel.
    assert found["code_slant"] == found["code_width"] == 0.0
    assert found["code_recovered"] == pytest.approx(0.5, abs=0.06) and found["code_recovered_untrained"] == 0.0
    assert abs(found["code_recovered_shuffled"]) < 0.2
    # Whether more of the code is brighter or darker does not matter.
    darker = dataclasses.replace(made, generator=lambda z, labels, training: draw_bars(-z, labels, training), kept={})
    assert code_correlations.metric(darker)["code_brightness"] == pytest.approx(1.0)
    parts = (Part("noise", "uniform", 2),)
    with pytest.raises(ValueError, match="no continuous code"):
        code_correlations.metric(dataclasses.replace(made, parts=parts))


def test_codes_that_are_read_by_their_parts():
    parts = (Part("noise", "normal", 1), Part("digit", "categorical", 2, copies=2), Part("style", "uniform", 1))
    z = np.arange(18.0).reshape(3, 6)
    asked, read = code_correlations.matched(parts, z, {"digit": -z[:, 1:3], "style": z[:, 5:], "other": z[:, :1]})
    assert asked.tolist() == z[:, [1, 2, 5]].tolist() and code_correlations.recovered(asked, read) == pytest.approx(
        -1 / 3
    )
    assert code_correlations.matched(parts, z, {"all": z})[1] is z
    assert code_correlations.matched(parts, z, {"digit": z[:, :5]}) is None


def test_measures_of_lines():
    upright, slanted = np.zeros((2, 9, 9, 1))
    upright[2:7, 4], slanted[range(2, 7), range(2, 7)] = 1.0, 1.0
    found = _measures.of_images(np.stack([upright, slanted, 1.0 - slanted, 0 * upright]))
    assert found[:, 0].tolist() == pytest.approx([0, 1, 1, 0]) and found[:, 1].tolist() == pytest.approx([0, 0, 0, 0])
    assert found[:, 2].tolist() == pytest.approx([5 / 81, 5 / 81, 5 / 81, 0])
    steep = np.zeros((1, 9, 9, 1))
    steep[0, [0, 2, 4, 6, 8], range(2, 7)] = 1.0
    assert _measures.of_images(steep)[0, :2].tolist() == pytest.approx([0.5, 0.0], abs=1e-7)
    wide = np.zeros((1, 5, 5, 1))
    wide[0, 2, 1:4] = 1.0
    assert _measures.of_images(wide)[0].tolist() == pytest.approx([0, (2 / 3) ** 0.5, 3 / 25])


def test_errors_beside_those_of_baselines_on_the_same_labels(model, monkeypatch):
    monkeypatch.setattr(few_labels.classification_accuracy, "accuracy_after", lambda *given: 0.75)
    made = model({"classify": (lambda images: tf.roll(seen(images), 1, 1), ("images",))}, {"classify": seen})
    found = few_labels.metric(made)
    assert found == {
        "few_label_error": 1.0,
        "few_label_error_untrained": 0.0,
        "few_label_error_classifier": 0.25,
        "few_label_error_nearest": found["few_label_error_nearest"],
        "few_labels": 8.0,
        "few_labels_least": 2.0,
        "few_labels_most": 2.0,
        "few_labels_among": 60.0,
        "few_labels_checksum": found["few_labels_checksum"],
    }
    labeled = made.labeled_images()
    other = few_labels.metric(dataclasses.replace(made, labeled_images=lambda: (labeled[0], labeled[1][::-1])))
    assert few_labels.metric(made)["few_labels_checksum"] == found["few_labels_checksum"] > 0
    assert other["few_labels_checksum"] != found["few_labels_checksum"]
    # The labels, of which each is that of another class now, are what the nearest image goes by.
    assert other["few_label_error_nearest"] > 0.7
    assert found["few_label_error_nearest"] < 0.3 and found.keys() == few_labels.LOWER_IS_BETTER.keys()
    # A further output, for generated images, is no class.
    assert few_labels.classes(np.array([[0.1, 0.2, 0.9], [0.3, 0.2, 0.1]]), 2).tolist() == [1, 0]
    with pytest.raises(ValueError, match="for 4 classes"):
        few_labels.classes(np.zeros((2, 3)), CLASSES)


def test_edits_that_keep_the_brightness_and_edits_that_ignore_the_image(model):
    def edit(images, labels):
        light = tf.reduce_max(images, axis=(1, 2, 3))
        return draw_bars(4 * light[:, None] - 3, labels, training=False)

    def axis(labels):
        return tf.gather(tf.constant([[2.0, 0.0], [0.0, 3.0], [3.0, 4.0], [0.0, 0.0]]), labels)

    made = model({"edit": (edit, ("images", "labels")), "axis": (axis, ("labels",))})
    found = edits.metric(made)
    assert found.keys() == edits.LOWER_IS_BETTER.keys()
    assert found["edit_axes_cosine"] == pytest.approx(0.8)
    # Two bars of four pixels differ.
    light = made.real_images("evaluation")[0].max(axis=(1, 2, 3))
    assert found["edit_distance"] == pytest.approx(8**0.5 * light.mean(), rel=1e-4)
    assert abs(found["edit_distance_mismatched"] - found["edit_distance"]) > 0.01
    assert found["edit_other_class"] == found["edit_other_class_unedited"] == 0.0
    assert found["edit_success"] == found["edit_kept_class"] == 1.0 and found["edit_success_unedited"] == 0.0
    assert found["edit_brightness_kept"] > 0.9 and abs(found["edit_brightness_kept_shuffled"]) < 0.4
    blind = edits.metric(model({"edit": (lambda images, labels: edit(0 * images + 0.8, labels), ("images", "labels"))}))
    assert blind["edit_success"] == 1.0 and blind["edit_brightness_kept"] == 0.0
    assert "edit_axes_cosine" not in blind
    # All edits show class 0, which of half of them is neither the old nor the new one.
    missing = edits.metric(model({"edit": (lambda images, labels: edit(images, 0 * labels), ("images", "labels"))}))
    assert missing["edit_other_class"] == pytest.approx(0.5, abs=0.15) and missing["edit_kept_class"] == 0.25
    assert missing["edit_other_class_unedited"] == pytest.approx(0.5, abs=0.15)
    with pytest.raises(ValueError, match="neither images nor latents"):
        edits.metric(model({"edit": (edit, ("text", "labels"))}))


def test_what_stays_is_seen_within_classes():
    rng = np.random.default_rng(2)
    own, asked, light = rng.integers(0, 4, 200), rng.integers(0, 4, 200), rng.uniform(0.0, 0.1, 200)
    before, after = bars(own, 0.5 + light), bars(asked, 0.1 + 0.2 * asked + light)
    found = edits.kept(before, own, after, asked, np.roll(np.arange(200), 1))
    assert found["edit_brightness_kept"] > 0.95 and abs(found["edit_brightness_kept_shuffled"]) < 0.3
    centered = _measures.centered(np.array([[1.0], [3.0], [10.0]]), np.array([0, 0, 1]))
    assert centered.tolist() == [[-1.0], [1.0], [0.0]]


def test_rows_come_back_as_many_as_they_were(model):
    made = model({"twice": (lambda codes: 2 * codes, ("codes",))})
    rows = np.arange(600, dtype=np.float32)[:, None]  # more than are computed at a time
    np.testing.assert_array_equal(_abilities.called(made, "twice", {"codes": rows})[""], 2 * rows)


def test_an_ability_that_diverged_or_is_not_there_is_said_in_one_line(model):
    made = model({"classify": (lambda images: seen(images) / 0.0, ("images",))})
    with pytest.raises(ValueError, match="outputs of ability classify are not finite"):
        code_clusters.metric(made)
    with pytest.raises(ValueError, match="no ability encode"):
        _abilities.called(made, "encode", {"images": made.real_images("train")[0]})
    assert sorted(_abilities.moved(9, np.random.default_rng(0))) == list(range(9))
    assert (_abilities.moved(9, np.random.default_rng(0)) != np.arange(9)).all()


def test_classifiers_of_one_domain_are_no_classifiers_of_the_data_set():
    def of(**given):
        return _abilities.has(Options.from_dict(given), "classify")

    assert of(gan="infogan", dataset="mnist") and not of(gan="pixelda", dataset="polygon_on_photo:20")
