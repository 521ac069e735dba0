"""PRD: curves of known distributions, compare_gan's numbers and tests, clusterings, and what is refused."""

import numpy as np
import pytest
from oracles.reference import noise

from compare_gan_tf2.metrics import Pair, clusters, of_features, prd

# compare_gan v3 with 11 angles: precision and recall at some of them, and (F_8, F_1/8) with 1001.
_RECORDED = [
    ([0.5, 0.5], [1, 0], {1: 0.15838444040654315, 5: 0.5, 10: 0.5}, {3: 0.9813052526555387, 5: 0.5}),
    ([0.2, 0.3, 0.5, 0.0], [0.25] * 4, {0: 7.5e-11, 6: 0.8440954801033211}, {0: 0.75, 6: 0.6132712640179591}),
    ([0.1, 0.2, 0.3, 0.4], [0.4, 0.3, 0.2, 0.1], {4: 0.5179627584107755}, {1: 1.0, 5: 0.6, 9: 0.1583844404065432}),
    ([0, 1], [1, 0], {0: 0.0, 5: 0.0}, {5: 0.0, 10: 0.0}),
]
_PAIRS = [
    (0.9848288755112427, 0.5038631872156727),
    (0.7471009030891965, 0.9848288753231104),
    (0.9557915017483665, 0.9557915013942144),
    (0.0, 0.0),
]


@pytest.mark.parametrize(("recorded", "pair"), zip(_RECORDED, _PAIRS, strict=True))
def test_curves_equal_compare_gans(recorded, pair):
    p, q, precisions, recalls = recorded
    precision, recall = prd.prd_curve(p, q, num_angles=11)
    assert {place: precision[place] for place in precisions} == pytest.approx(precisions, rel=1e-12)
    assert {place: recall[place] for place in recalls} == pytest.approx(recalls, rel=1e-12)
    found = [prd.max_f_beta(*prd.prd_curve(p, q), beta) for beta in (8, 1 / 8)]
    assert found == pytest.approx(pair, rel=1e-12)


def test_at_slope_one_precision_and_recall_are_one_less_the_total_variation():
    source = np.random.default_rng(0)
    for _ in range(20):
        p, q = source.dirichlet(np.ones(20)), source.dirichlet(np.ones(20))
        precision, recall = prd.prd_curve(p, q)
        assert precision[500] == pytest.approx(1 - np.abs(p - q).sum() / 2)
        assert recall[500] == pytest.approx(precision[500])
        # Swapped roles swap the pair.
        swapped = prd.prd_curve(q, p)
        np.testing.assert_allclose(swapped[0], recall[::-1], rtol=1e-6)
        np.testing.assert_allclose(swapped[1], precision[::-1], rtol=1e-6)
        # Rounding would take some of equal distributions above 1.
        for curve in prd.prd_curve(p, p):
            assert curve.max() <= 1.0
        assert prd.max_f_beta(*prd.prd_curve(p, p), 8) == pytest.approx(1.0)


def test_f_beta_equals_compare_gans_test():
    precision, recall = [1, 1, 0, 0, 0.5, 1, 0.5], [1, 0, 1, 0, 0.5, 0.5, 1]
    expected = [1, 0, 0, 0, 0.5, 2 / 3, 2 / 3]
    np.testing.assert_allclose(prd.f_beta(precision, recall), expected, atol=1e-9)
    np.testing.assert_allclose(prd.f_beta(precision, recall, 2)[-2:], [5 / 9, 5 / 6], atol=1e-9)
    np.testing.assert_allclose(prd.f_beta(precision, recall, 1 / 2)[-2:], [5 / 6, 5 / 9], atol=1e-9)
    assert prd.f_beta([], []).shape == (0,)


@pytest.mark.parametrize(
    "call",
    [
        *(lambda value=value: prd.prd_curve([1.0], [1.0], epsilon=value) for value in (0, 1, 0.1, -1)),
        *(lambda value=value: prd.prd_curve([1.0], [1.0], num_angles=value) for value in (0, 1, -1, 1_000_001, 3.5)),
        lambda: prd.prd_curve([0.5, 0.5], [1.0]),
        *(lambda value=value: prd.f_beta([1.0], [1.0], value) for value in (0, -3, np.nan)),
        lambda: prd.f_beta([-1.0], [1.0]),
        lambda: prd.f_beta([1.0], [1.1]),
        lambda: prd.f_beta([1.0], [np.nan]),
        lambda: prd.histograms(np.ones((3, 2)), np.full((3, 2), np.inf), np.random.default_rng(0)),
        lambda: prd.histograms(np.ones((3, 2)), np.ones((0, 2)), np.random.default_rng(0)),
    ],
)
def test_what_cannot_be_is_refused(call):
    with pytest.raises(ValueError):
        call()


@pytest.mark.parametrize(
    ("generated", "real", "middle", "pair"),
    [
        ((40, 30, 20, 10, 0), (20,) * 5, 0.7, (0.7878631004083972, 0.9848288753231104)),
        ((20,) * 5, (20,) * 5, 1.0, (1.0, 1.0)),
        ((50, 50, 0, 0, 0), (0, 0, 50, 25, 25), 0.0, (0.0, 0.0)),
        # Shares, not counts, are compared.
        ((80, 60, 40, 20, 0), (10,) * 5, 0.7, (0.7878631004083972, 0.9848288753231104)),
    ],
)
def test_separate_groups_give_compare_gans_numbers(generated, real, middle, pair):
    centers = np.array([[0.0, 0], [0, 10], [10, 0], [10, 10], [20, 20]])

    def rows(counts, k):
        return centers[np.repeat(np.arange(5), counts)] + 0.3 * noise(2 * sum(counts), k).reshape(-1, 2)

    found = prd.histograms(rows(generated, 4201), rows(real, 4202), np.random.default_rng(0), clusters=5, runs=3)
    for p, q in zip(*found, strict=True):
        assert p.sum() == pytest.approx(1) and q.sum() == pytest.approx(1)
        precision, recall = prd.prd_curve(p, q)
        assert precision[500] == pytest.approx(middle) and recall[500] == pytest.approx(middle)
        assert [prd.max_f_beta(precision, recall, beta) for beta in (8, 1 / 8)] == pytest.approx(pair)


def test_the_scores_are_near_compare_gans_and_those_of_the_drawn_curve():
    # compare_gan v3 by scikit-learn's mini-batch k-means: 0.9237, 0.8483, precision 0.6015 at slope 1.
    generated, real = (noise(6400, k).reshape(400, 16) for k in (4203, 4204))
    pair = Pair(of_features((0.8 * real + 0.2).astype(np.float32)), of_features(generated.astype(np.float32)))
    scores = prd.metric(pair)
    assert list(scores) == ["prd_f8", "prd_f8_standard_deviation", "prd_f1_8", "prd_f1_8_standard_deviation"]
    assert scores["prd_f8"] == pytest.approx(0.9237, abs=0.03)
    assert scores["prd_f1_8"] == pytest.approx(0.8483, abs=0.04)
    assert 0 < scores["prd_f8_standard_deviation"] < 0.05
    recall, precision = prd.curve(pair)
    assert recall.shape == precision.shape == (1001,)
    assert precision[500] == pytest.approx(0.6015, abs=0.04)
    assert prd.max_f_beta(precision, recall, 8) == scores["prd_f8"]
    assert prd.metric(Pair(pair.real, pair.generated, seed=1)) != scores
    assert prd.metric(Pair(pair.real, pair.generated)) == scores


def _inertia(rows, of_each):
    return sum(((rows[of_each == c] - rows[of_each == c].mean(0)) ** 2).sum() for c in np.unique(of_each))


def test_clusterings_are_local_optima_that_differ_by_run(monkeypatch):
    rows = np.random.default_rng(1).normal(size=(900, 6)).astype(np.float32)
    monkeypatch.setattr(clusters, "_ROUNDS", 200)
    monkeypatch.setattr(clusters, "_SUBSAMPLE", 300)
    found = clusters.assignments(rows, 8, 4, np.random.default_rng(0))
    assert found.shape == (4, 900) and len({run.tobytes() for run in found}) == 4
    for run in found:
        means = np.stack([rows[run == c].mean(0) for c in range(8)])
        distances = ((rows[:, None] - means) ** 2).sum(2)
        assert (distances.argmin(1) == run).all()
    spread = [_inertia(rows, run) for run in found]
    assert max(spread) < 1.05 * min(spread)


@pytest.mark.slow
def test_few_rounds_on_all_rows_are_nearly_as_good_as_many(monkeypatch):
    source = np.random.default_rng(2)
    rows = np.maximum(source.normal(size=(6000, 10)) @ source.normal(size=(10, 64)), 0).astype(np.float32)
    found = [_inertia(rows, run) for run in clusters.assignments(rows, 20, 4, np.random.default_rng(0))]
    monkeypatch.setattr(clusters, "_ROUNDS", 300)
    best = [_inertia(rows, run) for run in clusters.assignments(rows, 20, 4, np.random.default_rng(0))]
    assert np.mean(found) < 1.01 * np.mean(best)


def test_empty_clusters_take_the_farthest_rows():
    rows = np.array([[0.0], [1.0], [2.0], [9.0]], np.float32)
    centers = np.array([[[1.0], [100.0], [200.0]]], np.float32)
    of_each, scores = clusters._nearest(rows, centers)
    distances = (rows**2).sum(1) - 2 * scores
    means = clusters._means(rows, of_each, distances, centers)
    assert means.ravel()[:2] == pytest.approx([3.0, 9.0]) and means[0, 2, 0] in (0.0, 2.0)


def test_fewer_different_rows_than_clusters_are_told_apart():
    rows = np.repeat(np.eye(3, 5, dtype=np.float32), 10, axis=0)
    for run in clusters.assignments(rows, 6, 3, np.random.default_rng(0)):
        groups = [set(run[start : start + 10].tolist()) for start in (0, 10, 20)]
        assert all(len(group) == 1 for group in groups) and len(set.union(*groups)) == 3
