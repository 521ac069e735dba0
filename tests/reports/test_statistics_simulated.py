"""Statistics of reports in simulated studies: how often an interval holds the mean, and a verdict the truth."""

import dataclasses

import numpy as np
import pytest

from compare_gan_tf2.reports import _factors
from compare_gan_tf2.reports.statistics import comparing, intervals

LOSSES, NORMALIZATIONS, SEEDS = 4, 2, 5


@pytest.mark.parametrize(
    ("count", "studies"),
    [(3, 1000), (5, 1000), (10, 1000), (60, 150), pytest.param(60, 4000, marks=pytest.mark.slow)],
)
def test_an_interval_of_95_percent_holds_the_mean_in_95_percent_of_studies(count, studies):
    values = np.random.default_rng(count).normal(20, 3, (studies, count))
    found = [intervals.of_mean(each) for each in values]
    held = np.mean([each.low <= 20 <= each.high for each in found])
    assert held == pytest.approx(0.95, abs=3 * np.sqrt(0.95 * 0.05 / studies))


@pytest.mark.slow
def test_the_bootstrap_holds_its_coverage_for_skewed_values():
    values = np.random.default_rng(0).exponential(1, (2000, 60))
    found = [intervals.of_mean(each) for each in values]
    assert np.mean([each.low <= 1 <= each.high for each in found]) > 0.93


def study(scores):
    """The design of a study of losses, normalizations and seeds."""
    levels = np.stack([axis.ravel() for axis in np.indices(scores.shape)], axis=1)
    texts = [[f"{name}{i}" for i in range(size)] for name, size in zip("ln", scores.shape, strict=False)]
    finished = np.isfinite(scores.ravel())
    return _factors.Design([], ["loss", "normalization"], texts, levels, scores.ravel(), finished)


def drawn(generator, seed_deviation):
    """Scores that differ by seed, and by chance with a deviation of 1."""
    shape = LOSSES, NORMALIZATIONS, SEEDS
    return 20 + generator.normal(0, 1, shape) + seed_deviation * generator.normal(0, 1, SEEDS)


@pytest.mark.parametrize("studies", [200, pytest.param(3000, marks=pytest.mark.slow)])
@pytest.mark.parametrize("place", [0, 1])
def test_equal_values_of_a_factor_are_rarely_told_apart(place, studies):
    generator = np.random.default_rng(place)
    false = 0
    for _ in range(studies):
        found = _factors.factor(study(drawn(generator, 1.0)), place, None, True)
        false += any(each.verdict != "undecided" for each in found.comparisons)
    assert false / studies <= 0.05 + 2.5 * np.sqrt(0.05 * 0.95 / studies)


@pytest.mark.parametrize("studies", [100, pytest.param(1000, marks=pytest.mark.slow)])
@pytest.mark.parametrize("place", [0, 1])
def test_an_effect_of_two_deviations_is_called(place, studies):
    generator = np.random.default_rng(place)
    called = []
    for _ in range(studies):
        scores = drawn(generator, 1.0)
        scores[(0,) if place == 0 else (slice(None), 0)] -= 2
        found = _factors.factor(study(scores), place, None, True)
        (best,) = {each.a for each in found.comparisons[:1]}
        verdicts = [each.verdict == "better" for each in found.comparisons if best in (each.a, each.b)]
        called += [best.endswith("0") and each for each in verdicts]
    assert np.mean(called) >= 0.8


@pytest.mark.parametrize("studies", [200, pytest.param(3000, marks=pytest.mark.slow)])
@pytest.mark.parametrize(("settings", "seeds"), [(2, 5), (4, 5), pytest.param(6, 8, marks=pytest.mark.slow)])
def test_the_best_of_equal_settings_is_rarely_called_better(settings, seeds, studies):
    generator = np.random.default_rng(settings)
    false = 0
    for _ in range(studies):
        scores = generator.normal(20, 3, (settings, seeds))
        scores = scores[np.argsort(scores.mean(axis=1))]
        cases = [
            comparing.Case("", "0", str(i), scores[0], scores[i], scores[0], scores[i], seeds, seeds, False)
            for i in range(1, settings)
        ]
        found = comparing.compared(cases, True, settings * (settings - 1) // 2)
        false += any(each.verdict != "undecided" for each in found)
    assert false / studies <= 0.05 + 2.5 * np.sqrt(0.05 * 0.95 / studies)


def test_trainings_that_failed_at_random_make_no_false_verdict():
    generator, false = np.random.default_rng(0), 0
    for _ in range(60):
        scores = drawn(generator, 0.0)
        scores[generator.random(scores.shape) < 0.2] = np.nan
        made = study(scores)
        found = _factors.factor(dataclasses.replace(made), 0, None, True)
        false += any(each.verdict_with_failures != "undecided" for each in found.comparisons)
    assert false <= 7
