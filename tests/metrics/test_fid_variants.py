"""FID extrapolated to infinitely many samples, and FID within classes."""

import numpy as np
import pytest

from compare_gan_tf2.errors import UserError
from compare_gan_tf2.metrics import Pair, fid, fid_infinity, fid_train, intra_fid, of_features
from compare_gan_tf2.task_folder import column_names


def _normal(number, features=8, seed=0, shift=0.0):
    return (np.random.default_rng(seed).normal(size=(number, features)) + shift).astype(np.float32)


def test_a_line_in_the_inverse_number_gives_its_intercept_back():
    sizes = np.linspace(5000, 50000, 15)
    assert fid_infinity.extrapolated(sizes, 3.25 + 700.0 / sizes) == pytest.approx(3.25, rel=1e-12)
    assert fid_infinity.extrapolated(sizes, np.full(15, 2.0)) == pytest.approx(2.0)


def test_subsets_are_from_half_to_all_of_the_generated_samples():
    real, generated = of_features(_normal(900)), _normal(800, seed=1, shift=0.1)
    sizes, values = fid_infinity.subset_distances(real, generated, np.random.default_rng(0))
    np.testing.assert_array_equal(sizes, np.linspace(400, 800, 15).astype(int))
    assert values[-1] == pytest.approx(fid.distance(real, of_features(generated)), rel=1e-9)
    assert len(set(values)) == 15
    chosen = np.random.default_rng(0).choice(800, 400, replace=False)
    assert values[0] == pytest.approx(fid.distance(real, of_features(generated[chosen])), rel=1e-12)


def test_from_10000_samples_on_the_smallest_subset_is_5000(monkeypatch):
    monkeypatch.setattr(fid, "distance", lambda real, generated: float(len(generated.features)))
    sizes, values = fid_infinity.subset_distances(of_features(_normal(5)), _normal(12000, 1), np.random.default_rng(0))
    assert sizes[0] == 5000 and sizes[-1] == 12000 and (values == sizes).all()


def test_the_bias_by_the_number_of_generated_samples_is_mostly_gone():
    # Of standard normals E FID is about (d^2 + d) / (4 N) + d / N for each side, 0.19 here.
    real = of_features(_normal(60000, 16))
    plain, extrapolated = [], []
    for seed in range(1, 9):
        pair = Pair(real, of_features(_normal(400, 16, seed)), seed)
        plain.append(fid.metric(pair)["fid"])
        extrapolated.append(fid_infinity.metric(pair)["fid_infinity"])
    assert np.mean(plain) == pytest.approx((16**2 + 16) / 1600 + 16 / 400, rel=0.15)
    assert abs(np.mean(extrapolated)) < 0.3 * np.mean(plain)


def test_the_choice_of_subsets_follows_the_seed():
    real, generated = of_features(_normal(50)), of_features(_normal(60, seed=1))
    scores = [fid_infinity.metric(Pair(real, generated, seed))["fid_infinity"] for seed in (0, 0, 1)]
    assert scores[0] == scores[1] != scores[2]


def test_three_samples_are_too_few_to_leave_some_out():
    with pytest.raises(ValueError, match="too few"):
        fid_infinity.subset_distances(of_features(_normal(9)), _normal(3), np.random.default_rng(0))


def test_intra_fid_is_fid_within_each_class():
    real, generated = _normal(90), _normal(60, seed=1, shift=0.2)
    real_labels = np.arange(90, dtype=np.int32) % 3
    generated_labels = np.repeat(np.arange(3, dtype=np.int32), [10, 20, 30])
    found = intra_fid.class_distances(real, real_labels, generated, generated_labels)
    assert list(found) == [0, 1, 2]
    for label, value in found.items():
        x, y = real[real_labels == label], generated[generated_labels == label]
        assert value == pytest.approx(fid.frechet_distance(*fid.moments(x), *fid.moments(y)), rel=1e-9)
    pair = Pair(of_features(real, labels=real_labels), of_features(generated, labels=generated_labels))
    assert intra_fid.metric(pair) == pytest.approx(
        {"intra_fid": np.mean(list(found.values())), "intra_fid_worst": max(found.values())}
    )


def test_swapped_classes_show_within_classes_alone():
    rows = np.concatenate([_normal(50), _normal(50, seed=1, shift=5.0)])
    labels = np.repeat(np.int32([0, 1]), 50)
    swapped = of_features(rows, labels=1 - labels)
    pair = Pair(of_features(rows, labels=labels), swapped)
    assert fid.metric(pair)["fid"] == pytest.approx(0, abs=1e-6)
    assert intra_fid.metric(pair)["intra_fid"] > 8 * 4**2


@pytest.mark.parametrize(
    ("real", "generated", "said"),
    [
        ([0, 0, 1, 1], [0, 0, 0, 1], "class 1 has 2 real and 1 generated samples"),
        ([0, 0, 0, 0], [0, 0, 1, 1], "class 1 has 0 real and 2 generated samples"),
        ([0, 0, 0, -1], [0, 0, 0, 0], "not all real samples have a label"),
        ([0, 0, 0, 0], [-1] * 4, "not all generated samples have a label"),
    ],
)
def test_classes_without_samples_and_samples_without_classes_are_refused(real, generated, said):
    with pytest.raises(ValueError, match=said):
        intra_fid.class_distances(_normal(4), np.int32(real), _normal(4, seed=1), np.int32(generated))


def test_fid_to_the_training_images_is_best_of_copies_and_nothing_is_chosen_by_it():
    training, held_out = of_features(_normal(90)), of_features(_normal(90, seed=1, shift=0.5))
    copies = Pair(held_out, training, load_training=lambda: training)
    assert fid_train.metric(copies)["fid_train"] == pytest.approx(0, abs=1e-6) and fid.metric(copies)["fid"] > 1
    others = Pair(held_out, held_out, load_training=lambda: training)
    assert fid_train.metric(others)["fid_train"] == pytest.approx(fid.distance(training, held_out), rel=1e-12)
    column = column_names.column("fid_train", "classifier_mnist")
    assert column_names.score_of(column) == "fid_train" and not column_names.is_fid(column)
    with pytest.raises(UserError, match="score 'fid_train' cannot decide which checkpoint"):
        column_names.asked_score("best:fid_train")
