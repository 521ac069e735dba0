"""Statistics of reports against closed forms and scipy."""

import itertools
import math

import numpy as np
import pytest

from compare_gan_tf2.reports.statistics import budgets, comparing, exact_tests, intervals, ranks, variance

stats = pytest.importorskip("scipy.stats")


def drawn(*shape, seed=0):
    return np.random.default_rng(seed).normal(20, 3, shape)


@pytest.mark.parametrize("count", [2, 3, 5, 10, 49])
def test_an_interval_of_few_values_is_students(count):
    values = drawn(count)
    found = intervals.of_mean(values)
    expected = stats.t.interval(0.95, count - 1, values.mean(), stats.sem(values))
    assert (found.low, found.high) == pytest.approx(expected, rel=1e-9)
    assert found.method == "Student's t"


def test_an_interval_of_many_values_is_a_studentized_bootstrap_near_students_for_normal_values():
    values = drawn(200)
    found = intervals.of_mean(values)
    expected = stats.t.interval(0.95, 199, values.mean(), stats.sem(values))
    assert found.method == "studentized bootstrap"
    assert (found.low, found.high) == pytest.approx(expected, abs=0.1 * stats.sem(values))
    assert intervals.of_mean(values[::-1]) == found


def test_equal_values_have_an_interval_of_no_width_and_one_value_has_none():
    assert intervals.of_mean([]) is None and intervals.of_mean([3.0]) is None
    found = intervals.of_mean([0.1] * 4)
    assert (found.low, found.high, found.method) == (0.1, 0.1, "all values are equal")
    assert intervals.of_difference([2.0, 2.0], [1.0, 1.0]).method == "all values are equal"


def test_an_interval_of_a_difference_is_welchs():
    a, b = drawn(7), 2 * drawn(12, seed=1)
    found = intervals.of_difference(a, b)
    expected = stats.ttest_ind(a, b, equal_var=False).confidence_interval()
    # Degrees of freedom are rounded down.
    assert (found.low, found.high) == pytest.approx(expected, abs=0.15)
    assert found.low < expected.low and found.high > expected.high
    assert intervals.of_difference(a, b[:1]) is None


def test_quantiles_are_students():
    for freedom in (1, 2, 7, 48, 100, 101, 5000):
        assert intervals.quantile(freedom) == pytest.approx(stats.t.ppf(0.975, freedom), rel=1e-6)
    few = np.arange(4, 40)
    assert intervals.about_quantile(few, 0.99) == pytest.approx(stats.t.ppf(0.995, few), rel=0.05)


@pytest.mark.parametrize("count", [3, 5, 6, 9, 12])
def test_sign_flips_are_all_counted(count):
    differences = np.round(drawn(count) - 19, 1)
    expected = stats.permutation_test((differences,), np.mean, permutation_type="samples", n_resamples=np.inf)
    (found,) = exact_tests.of_pairs([differences])
    assert found.p == pytest.approx(expected.pvalue)
    assert found.method == f"sign flips of {count} pairs, exact"


def test_zeros_and_ties_of_differences_are_counted_as_they_are():
    differences = np.array([0.0, 0.0, 1.0, 1.0, 1.0, -1.0, 0.3, 0.3])
    sums = [abs(np.dot(signs, differences)) for signs in itertools.product((-1, 1), repeat=8)]
    expected = np.mean([total >= abs(differences.sum()) - 1e-9 for total in sums])
    (found,) = exact_tests.of_pairs([differences])
    assert found.p == pytest.approx(expected)
    # Two zeros say nothing: it is six pairs' floor.
    assert found.floor == 2 / 2**6
    assert exact_tests.of_pairs([np.zeros(4)])[0].p == 1


def test_many_pairs_are_counted_in_halves_and_more_are_drawn():
    differences = drawn(60)[:, None] - np.array([[20.0, 19.2]])
    exact, drawn_ = exact_tests.of_pairs([differences[:30, 0], differences[:60, 0]])
    assert exact.method.endswith("exact") and drawn_.method == "sign flips of 60 pairs, 200,000 drawn"
    for found, count in ((exact, 30), (drawn_, 60)):
        expected = stats.ttest_1samp(differences[:count, 0], 0).pvalue
        assert found.p == pytest.approx(expected, abs=0.02)
    # Signs that are drawn give what counting gives.
    counted = exact_tests.of_pairs([differences[:25, 1]])[0].p
    sizes = np.abs(differences[:25, 1:])
    (about,) = exact_tests._drawn_flips(sizes, np.abs(differences[:25, 1:].sum(axis=0)), 100_000, 0)
    assert about == pytest.approx(counted, abs=0.005)


@pytest.mark.parametrize("sizes", [(3, 3), (4, 4), (5, 5), (3, 6), (2, 7)])
@pytest.mark.parametrize("decimals", [0, 6])
def test_permutations_of_two_samples_are_all_counted(sizes, decimals):
    a, b = np.round(drawn(sizes[0]), decimals), np.round(drawn(sizes[1], seed=4) + 2, decimals)
    expected = stats.permutation_test(
        (a, b), lambda x, y, axis: x.mean(axis) - y.mean(axis), vectorized=True, n_resamples=np.inf
    )
    found, swapped = exact_tests.of_samples([(a, b), (b, a)])
    assert found.p == pytest.approx(expected.pvalue)
    assert swapped.p == found.p
    assert found.method == f"permutations of {sizes[0]} against {sizes[1]} values, exact"


def test_many_values_are_divided_at_random():
    a, b = drawn(15), drawn(15, seed=1) + 2
    (found,) = exact_tests.of_samples([(a, b)])
    assert found.method.endswith("200,000 drawn")
    assert found.p == pytest.approx(stats.ttest_ind(a, b).pvalue, abs=0.005)
    assert exact_tests.of_samples([(b, a)])[0].p == found.p


def test_no_p_is_below_the_floor_which_separated_samples_reach():
    for count, pairs, samples in ((3, 0.25, 0.1), (4, 0.125, 0.0286), (5, 0.0625, 0.0079), (6, 0.03125, 0.0022)):
        low, high = drawn(count), drawn(count) + 100
        (paired,) = exact_tests.of_pairs([low - high])
        (apart,) = exact_tests.of_samples([(low, high)])
        assert paired.p == paired.floor == exact_tests.pairs_floor(count) == pairs
        assert apart.p == apart.floor == exact_tests.samples_floor(count, count) == pytest.approx(samples, abs=1e-4)
    tied = (np.array([1.0, 2.0, 2.0]), np.array([2.0, 2.0, 3.0]))
    values = np.concatenate(tied)
    sums = np.array([values[list(chosen)].sum() for chosen in itertools.combinations(range(6), 3)])
    expected = 2 * min((sums == sums.max()).mean(), (sums == sums.min()).mean())
    assert exact_tests.of_samples([tied])[0].floor == pytest.approx(expected)


def test_holms_correction():
    # 0.01 * 4, 0.02 * 3, 0.03 * 2, 0.04 * 1, none below the one before it.
    assert comparing.holm([0.04, 0.01, None, 0.03, 0.02]) == pytest.approx([0.06, 0.04, None, 0.06, 0.06])
    assert comparing.holm([0.01, 0.2], family=6) == pytest.approx([0.06, 1.0])
    assert comparing.holm([]) == []


@pytest.mark.parametrize(("is_paired", "effect", "tests"), [(True, 0.6, 1), (True, 0.6, 6), (False, 1.0, 1)])
def test_as_many_are_needed_as_students_test_takes(is_paired, effect, tests):
    found = comparing.needed_values(effect, is_paired, 3, tests)
    p_values = []
    for count in (found - 1, found):
        t, freedom = (math.sqrt(count), count - 1) if is_paired else (math.sqrt(count / 2), 2 * count - 2)
        p_values.append(2 * stats.t.sf(effect * t, freedom) * tests)
    assert p_values[0] > 0.05 >= p_values[1]


def test_as_many_are_needed_as_the_exact_test_takes():
    assert comparing.needed_values(50.0, True, 3) == 6
    assert comparing.needed_values(-50.0, False, 3) == 4
    assert comparing.needed_values(50.0, True, 3, tests=6) == 8
    assert comparing.needed_values(1e-4, True, 3) is None
    assert comparing.needed_values(None, True, 3) is comparing.needed_values(0.0, True, 3) is None


def test_ranks_are_means_of_ties():
    values = np.array([3.0, 1.0, 3.0, 2.0, np.inf, np.inf])
    assert ranks.mean_ranks(values).tolist() == stats.rankdata(values).tolist()
    assert ranks.of_keys([(True, 0.0), (False, 2.0), (False, 1.0), (True, 0.0)]) == [3.5, 2, 1, 3.5]


def test_shares_of_a_balanced_study_are_classic_sums_of_squares():
    scores = drawn(3, 2, 4)
    levels = np.stack([axis.ravel() for axis in np.indices(scores.shape)], axis=1)
    found = variance.shares(levels, scores.ravel())
    total = ((scores - scores.mean()) ** 2).sum()
    for factor, share in enumerate(found.factors):
        others = tuple({0, 1, 2} - {factor})
        means = scores.mean(axis=others)
        count = scores.size / len(means)
        assert share == pytest.approx(count * ((means - scores.mean()) ** 2).sum() / total)
    assert sum(found.factors) + found.unexplained == pytest.approx(1) and found.is_balanced


def test_shares_of_an_unbalanced_study_are_what_a_factor_adds_to_the_others():
    scores = np.array([1.0, 2.0, 4.0, 8.0, 3.0, 1.0, 5.0])
    levels = np.array([[0, 0], [0, 0], [1, 0], [1, 1], [1, 1], [0, 1], [1, 1]])
    found = variance.shares(levels, scores)
    total = ((scores - scores.mean()) ** 2).sum()

    def rest(*columns):
        design = np.stack([np.ones(7), *columns], axis=1)
        return ((scores - design @ np.linalg.lstsq(design, scores)[0]) ** 2).sum()

    first, second = levels.T
    assert found.factors == pytest.approx(
        [(rest(second) - rest(first, second)) / total, (rest(first) - rest(first, second)) / total]
    )
    assert found.unexplained == pytest.approx(rest(first, second) / total) and not found.is_balanced


def test_a_share_that_means_nothing_is_none():
    scores = drawn(8)
    twice = np.array([0, 0, 0, 0, 1, 1, 1, 1])
    each = np.arange(8)
    found = variance.shares(np.stack([twice, twice, each, np.zeros(8, int)], axis=1), scores)
    # Two that are always changed together, one with a value of its own for each score, one that does not vary.
    assert list(found.factors) == [None] * 4
    assert variance.shares(np.array([[0], [1], [0], [1]]), np.ones(4)).unexplained is None


@pytest.mark.parametrize("lower_is_better", [True, False])
def test_the_best_to_expect_is_the_mean_of_all_draws(lower_is_better):
    scores = drawn(7)
    best = min if lower_is_better else max
    counts = budgets.amounts(7)
    expected = [np.mean([best(each) for each in itertools.combinations(scores, k)]) for k in counts]
    assert budgets.expected_best(scores, counts, lower_is_better) == pytest.approx(expected)
    low, high = budgets.band(scores, counts, lower_is_better)
    assert (low <= high).all() and low[0] < scores.mean() < high[0]


def test_weights_of_many_scores_sum_to_one():
    counts = budgets.amounts(5000)
    assert counts[0] == 1 and counts[-1] == 5000 and len(counts) <= 40
    assert budgets.weights(5000, counts).sum(axis=1) == pytest.approx(1)
