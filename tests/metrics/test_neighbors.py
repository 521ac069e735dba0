"""Metrics of nearest neighbors: brute force in float64, sets worked out by hand, and what must not matter."""

import numpy as np
import pytest

from compare_gan_tf2.metrics import (
    Pair,
    authenticity,
    density_coverage,
    nearest_neighbour_accuracy,
    neighbors,
    of_features,
    precision_recall,
)
from compare_gan_tf2.metrics.authenticity import authenticity as authentic_share
from compare_gan_tf2.metrics.nearest_neighbour_accuracy import nearest_neighbour_accuracies
from compare_gan_tf2.metrics.neighbors import _products
from compare_gan_tf2.metrics.precision_recall import precision_and_recall


def _column(*values):
    return np.array(values, np.float32)[:, None]


def _squared(x, y):
    return ((x.astype(np.float64)[:, None] - y.astype(np.float64)) ** 2).sum(axis=2)


def _brute_force(x, y):
    """Everything that `neighbors` finds, from all distances at once."""
    within = []
    for rows in (x, y):
        squares = _squared(rows, rows)
        np.fill_diagonal(squares, np.inf)
        within.append(np.sort(squares, axis=1)[:, :5])
    real, generated = within
    apart = _squared(x, y)
    nearest = apart.min(axis=0)
    return {
        "real": real,
        "generated": generated,
        "in_closed_real": (apart <= real[:, 2:3]).any(axis=0),
        "in_closed_generated": (apart <= generated[:, 2]).any(axis=1),
        "open_balls": (apart < real[:, 4:]).sum(axis=0),
        "open_reached": (apart < real[:, 4:]).any(axis=1),
        "to_generated": apart.min(axis=1),
        "to_real": nearest,
        "radius_of_nearest": np.where(apart == nearest, real[:, :1], -1.0).max(axis=0),
    }


def _found(x, y):
    real, generated = neighbors.nearest_within(x, 5), neighbors.nearest_within(y, 5)
    between = neighbors.between(x, y, real[:, 2], generated[:, 2], real[:, 4], prefer=real[:, 0])
    found = {name: getattr(between, name) for name in between.__dataclass_fields__}
    found["radius_of_nearest"] = real[found.pop("nearest_real"), 0]
    return {"real": real, "generated": generated} | found


def _sets(kind):
    """Real and generated rows float32 [150, F], [130, F]."""
    source = np.random.default_rng(0)
    x, y = source.normal(size=(150, 20)), 1.1 * source.normal(size=(130, 20))
    if kind == "shifted":
        x, y = x + 1e4, y + 1e4
    elif kind == "far apart":
        y += 1e3
    elif kind == "clustered":
        centers = 1e3 * source.normal(size=(9, 20))
        x, y = centers[source.integers(0, 9, 150)] + 1e-3 * x, centers[source.integers(0, 9, 130)] + 1e-3 * y
    elif kind == "repeated":
        x, y = x[source.integers(0, 40, 150)], x[source.integers(20, 70, 130)]
    elif kind == "collapsed":
        x, y = x, np.repeat(x[7:8], 130, axis=0)
    elif kind == "lattice":
        x, y = source.integers(0, 3, (150, 4)), source.integers(0, 3, (130, 4))
    elif kind == "all at one distance":
        x, y = np.eye(150), np.eye(150)[20:]
    elif kind == "equally far from the other set":
        x, y = np.zeros((150, 13)), np.zeros((130, 13))
        x[:, :12], y[:, 12] = source.choice([-1.0, 1.0], (150, 12)), source.normal(size=130)
        # The last one, whose own neighbors are farther than those of the others, is found after them.
        x[:, :3] = 1.0
        x[149, :3] = -1.0
    elif kind == "one large feature":
        x, y = x * np.array([1e8] + [1.0] * 19), y * np.array([1e8] + [1.0] * 19)
    elif kind == "many scales":
        scales = 10.0 ** np.linspace(-18, 18, 20)
        x, y = x * scales, y * scales
    elif kind == "outliers":
        x[3], y[9] = 1e6 * x[3], 1e15 * y[9]
    elif kind in ("tiny", "huge"):
        x, y = x * {"tiny": 1e-39, "huge": 5e37}[kind], y * {"tiny": 1e-39, "huge": 5e37}[kind]
    elif kind == "negative zeros":
        x, y = np.maximum(x[:, :3], 0.0), -np.maximum(y[:, :3], 0.0) * (source.random((130, 3)) < 0.5)
    return x.astype(np.float32), y.astype(np.float32)


_KINDS = [
    *("normal", "shifted", "far apart", "clustered", "repeated", "collapsed", "lattice", "all at one distance"),
    *("equally far from the other set", "one large feature", "many scales", "outliers", "tiny", "huge"),
    "negative zeros",
]


@pytest.mark.parametrize("kind", _KINDS)
@pytest.mark.parametrize("small", [False, True])
def test_everything_equals_brute_force(kind, small, monkeypatch):
    if small:
        # Several tiles, some of them cut, and so few open pairs that they are settled in between.
        monkeypatch.setattr(_products, "_TILE_ROWS", 48)
        monkeypatch.setattr(_products, "_TILE_COLUMNS", 70)
        monkeypatch.setattr(neighbors, "_OPEN_PAIRS", 6)
    x, y = _sets(kind)
    expected, found = _brute_force(x, y), _found(x, y)
    assert expected.keys() == found.keys()
    for name, values in expected.items():
        np.testing.assert_array_equal(found[name], values, err_msg=name)


def test_rows_in_float64_are_taken_as_they_are():
    x, y = _sets("normal")
    x, y = x + 1e-9, y - 1e-9
    expected, found = _brute_force(x.astype(np.float64), y.astype(np.float64)), _found(x, y)
    np.testing.assert_array_equal(found["real"], expected["real"])
    np.testing.assert_array_equal(found["open_balls"], expected["open_balls"])


@pytest.mark.parametrize("kind", _KINDS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_bounds_enclose_every_distance(kind, dtype):
    (x, y), unit = neighbors.prepared(_sets(kind), dtype)
    every = np.full(len(x.places), np.inf), np.full(len(y.places), np.inf)
    pairs = 0
    for rows, columns, tile in _products.tiles(x, y, upper=False):
        i, j, low, high = _products.candidates(x, y, rows, columns, tile, every[0][rows], every[1][columns])
        squares = _squared(x.given, y.given)[x.places[i], y.places[j]] * unit
        assert (low <= squares).all() and (squares <= high).all()
        pairs += len(i)
    assert pairs == len(x.places) * len(y.places)


def test_the_bound_holds_for_every_order_of_summation():
    for features, dtype, unit in (
        (1, np.float32, 2.0**-24),
        (2048, np.float32, 2.0**-24),
        (2048, np.float64, 2.0**-53),
    ):
        bound = _products._bound(features, dtype)
        # A sum of n products loses up to n u / (1 - n u) of its terms' absolute values, and counts twice in a distance.
        least = 2 * (features + 2) * unit / (1 - (features + 2) * unit) + 8 * unit
        assert least < bound < 4 * least


def test_repeated_rows_are_looked_at_once():
    rows = np.array([[1, 0], [2, 5], [1, -0.0], [3, 3], [1, 0], [0, 1]], np.float32)
    places, inverse = _products._distinct(rows)
    assert places.tolist() == [0, 1, 3, 5] and inverse.tolist() == [0, 1, 0, 2, 0, 3]
    (found,), _ = neighbors.prepared([rows], np.float32)
    assert len(found.products) == 4 and sorted(found.repeats) == [1, 1, 1, 3]
    assert (rows[found.places][found.inverse] == rows).all()


def test_float32_is_given_up_where_it_says_too_little(monkeypatch):
    tried = []
    original = neighbors.prepared
    monkeypatch.setattr(neighbors, "prepared", lambda sets, dtype: tried.append(dtype) or original(sets, dtype))
    monkeypatch.setattr(neighbors, "_OPEN_PAIRS", 6)
    neighbors.nearest_within(_sets("normal")[0], 5)
    assert tried == [np.float32]
    neighbors.nearest_within(_sets("clustered")[0], 5)
    assert tried == [np.float32, np.float32, np.float64]


def test_distances_to_equal_rows_are_exactly_zero():
    x = np.random.default_rng(1).normal(size=(50, 30)).astype(np.float32)
    x[40] = x[3]
    squares = neighbors.nearest_within(x, 5)
    assert squares.dtype == np.float64 and squares.shape == (50, 5)
    assert np.flatnonzero(squares[:, 0] == 0.0).tolist() == [3, 40] and (squares[:, 1] > 0).all()
    assert (np.diff(squares, axis=1) >= 0).all()
    assert (neighbors.between(x, x[::-1]).to_real == 0.0).all()


def test_a_set_is_looked_at_once_for_all_metrics(monkeypatch):
    calls = []
    for name in ("nearest_within", "between"):
        original = getattr(neighbors, name)
        monkeypatch.setattr(neighbors, name, lambda *a, _o=original, _n=name, **k: calls.append(_n) or _o(*a, **k))
    x, y = _sets("normal")
    pair = Pair(of_features(x), of_features(y))
    for module in (precision_recall, density_coverage, nearest_neighbour_accuracy):
        for value in module.metric(pair).values():
            assert 0.0 <= value <= 2.0
    assert sorted(calls) == ["between", "nearest_within", "nearest_within"]
    precision_recall.metric(Pair(pair.real, of_features(y[:100])))
    assert sorted(calls) == ["between"] * 2 + ["nearest_within"] * 3


def test_metrics_give_what_their_functions_give():
    x, y = _sets("normal")
    pair = Pair(of_features(x), of_features(y), load_training=lambda: of_features(x[:90]))
    assert tuple(precision_recall.metric(pair).values()) == precision_and_recall(x, y)
    assert nearest_neighbour_accuracy.metric(pair) == nearest_neighbour_accuracies(x, y)
    assert authenticity.metric(pair) == {"authenticity": authentic_share(x[:90], y)}


def test_precision_and_recall_of_tiny_sets():
    # Balls around 0 and 1 reach 1 far, the one around 3 reaches 2 far; those around 0.4 and 10 reach 9.6 far.
    assert precision_and_recall(_column(0, 1, 3), _column(0.4, 10), k=1) == (0.5, 1.0)
    # 2 is on the edge of the ball around 1, and 0 on that of the ball around 2: edges belong to balls.
    assert precision_and_recall(_column(0, 1), _column(2, 4), k=1) == (0.5, 1.0)
    x, _ = _sets("repeated")
    assert precision_and_recall(x, x[::-1]) == (1.0, 1.0)
    assert precision_and_recall(x, x + 100.0) == (0.0, 0.0)


def test_fewer_modes_cost_recall_and_stray_samples_precision():
    source = np.random.default_rng(2)
    real = source.normal(size=(200, 4)) + np.repeat([[0.0], [50.0]], 100, axis=0)
    collapsed = source.normal(size=(200, 4))
    precision, recall = precision_and_recall(real, collapsed)
    assert precision > 0.8 and recall <= 0.5
    precision, recall = precision_and_recall(collapsed, real)
    assert precision <= 0.5 and recall > 0.8


@pytest.mark.parametrize(
    ("real", "generated", "of_real", "of_generated"),
    [
        ((0, 1, 10), (4, 5, 11), 2 / 3, 2 / 3),
        ((0, 1), (5, 6), 1, 1),
        ((0, 4), (1, 5), 0, 0),
        # 2 is as near to 1 as to 3: a tie is a mistake.
        ((1, 2), (3, 3.5), 0.5, 1),
        ((0, 0, 1), (0, 0, 1), 0, 0),
    ],
)
def test_nearest_neighbour_accuracy_of_tiny_sets(real, generated, of_real, of_generated):
    values = nearest_neighbour_accuracies(_column(*real), _column(*generated))
    assert values["nn_accuracy_real"] == pytest.approx(of_real)
    assert values["nn_accuracy_generated"] == pytest.approx(of_generated)
    assert values["nn_accuracy"] == pytest.approx((of_real + of_generated) / 2)


@pytest.mark.parametrize(("n", "m"), [(60, 60), (90, 30)])
def test_nearest_neighbour_accuracy_of_equal_distributions_is_chance(n, m):
    source = np.random.default_rng(3)
    found = []
    for _ in range(60):
        rows = source.normal(size=(n + m, 5))
        found.append(list(nearest_neighbour_accuracies(rows[:n], rows[n:]).values()))
    # The nearest of n + m - 1 others is of one's own set with the share that the set has among them.
    expected = np.array([(n + m - 2) / 2, n - 1, m - 1]) / (n + m - 1)
    errors = np.std(found, axis=0, ddof=1) / np.sqrt(len(found))
    assert (np.abs(np.mean(found, axis=0) - expected) < 4 * errors).all()


def test_authenticity_of_tiny_sets():
    assert authentic_share(_column(0, 1), _column(0.1)) == 0.0
    assert authentic_share(_column(0, 1), _column(5)) == 1.0
    # As far from 1 as 1 is from 0.
    assert authentic_share(_column(0, 1), _column(2)) == 0.0
    assert authentic_share(_column(0, 1), _column(0.1, 5, 7, 1)) == 0.5
    # 3 is as near to 1 as to 5; 1 has a neighbor at 0.5, 5 only at 4.
    for order in ([0, 1, 2], [2, 1, 0]):
        assert authentic_share(_column(0.5, 1, 5)[order], _column(3)) == 0.0


def test_copies_of_training_samples_are_not_authentic_even_of_repeated_ones():
    x, _ = _sets("repeated")
    assert authentic_share(x, x[::-1]) == 0.0
    assert authentic_share(x, x[:1]) == 0.0
    near = x[:5] + np.float32(1e-3)
    assert authentic_share(np.concatenate([x, x]), near) == 1.0


def _all_scores(x, y):
    scores = {}
    pair = Pair(of_features(x), of_features(y), load_training=lambda: of_features(x))
    for module in (precision_recall, density_coverage, nearest_neighbour_accuracy, authenticity):
        scores |= module.metric(pair)
    return scores


def test_order_translation_rotation_and_scale_do_not_matter():
    source = np.random.default_rng(4)
    # Multiples of 1/64 below 8, which float32 shifts and scales exactly.
    x = np.round(64 * source.normal(size=(150, 12))).astype(np.float32) / 64
    y = np.round(70 * source.normal(size=(130, 12))).astype(np.float32) / 64
    scores = _all_scores(x, y)
    assert scores.keys() == {
        *("precision", "recall", "density", "coverage", "authenticity"),
        *("nn_accuracy", "nn_accuracy_real", "nn_accuracy_generated"),
    }
    assert _all_scores(x[source.permutation(150)], y[source.permutation(130)]) == scores
    assert _all_scores(x + 1000, y + 1000) == scores
    assert _all_scores(x * 2.0**40, y * 2.0**40) == scores
    x, y = source.normal(size=(150, 12)), source.normal(size=(130, 12))
    rotation, _ = np.linalg.qr(source.normal(size=(12, 12)))
    assert _all_scores(x @ rotation, y @ rotation) == _all_scores(x, y)


@pytest.mark.parametrize(
    "broken", [np.full((9, 2), np.nan), np.full((9, 2), np.inf), np.ones((1, 2)), np.ones((9, 0)), np.ones(9)]
)
def test_broken_features_are_refused(broken):
    good = np.random.default_rng(5).normal(size=(9, 2))
    for function in (precision_and_recall, nearest_neighbour_accuracies, authentic_share):
        with pytest.raises(ValueError, match="finite|too few|have to be"):
            function(broken, good)
    with pytest.raises(ValueError, match="finite|too few|have to be"):
        precision_and_recall(good, broken)
    with pytest.raises(ValueError, match="2 features and generated ones 3"):
        precision_and_recall(good, np.ones((9, 3)))
