"""A study in the papers' form: the best 5 %, the least score of k trainings, the seeds of the best settings."""

import itertools
import math

import pytest
from reports.paper_answers import column, study

from compare_gan_tf2.reports.papers_form import best_part_rows, least_rows, papers_form, seeds_rows, short_names

SHARED = {"dataset": "mnist", "architecture": "infogan"}


def trained(loss, scores, start=0):
    """One setting with one seed for each score."""
    rates = [1e-4 * (start + number + 1) for number in range(len(scores))]
    return [
        (SHARED | {"loss": loss, "g_learning_rate": rate}, {0: score})
        for rate, score in zip(rates, scores, strict=True)
    ]


def form(settings, of=None, bad=()):
    return papers_form(*study(settings, of, bad))


def test_a_configuration_is_what_differs_in_other_things_than_numbers():
    found = form([*trained("hinge", [3.0, 1.0, 2.0]), *trained("wasserstein", [0.5, 9.0, 4.0])])
    assert [each.label for each in found.trainings] == ["loss=wasserstein", "loss=hinge"]
    assert [list(each.values) for each in found.trainings] == [[0.5, 4.0, 9.0], [1.0, 2.0, 3.0]]
    assert found.notes == []


def test_the_best_part_is_five_percent_and_one_at_least():
    found = form([*trained("hinge", [float(i) for i in range(132)]), *trained("wasserstein", [5.0])])
    rows = best_part_rows(found)
    assert [row["score"] for row in rows if row["configuration"] == "loss=hinge"] == [float(i) for i in range(7)]
    assert [row["score"] for row in rows if row["configuration"] == "loss=wasserstein"] == [5.0]
    assert found.notes == ["configurations have 1 to 132 trainings: compare them at equal numbers"]


@pytest.mark.parametrize("lower_is_better", [True, False])
def test_the_least_of_k_trainings_is_the_mean_over_all_draws(lower_is_better):
    scores = [4.0, 1.0, 7.0, 2.0]
    settings = sorted(trained("hinge", scores), key=lambda each: each[1][0], reverse=not lower_is_better)
    found = form(settings, column(score="fid" if lower_is_better else "recall", lower_is_better=lower_is_better))
    best = min if lower_is_better else max
    for row in least_rows(found):
        draws = [best(each) for each in itertools.product(scores, repeat=row["trainings"])]
        assert row["expected"] == pytest.approx(sum(draws) / len(draws), rel=1e-12)
        ordered = sorted(draws, reverse=not lower_is_better)
        ends = [ordered[math.ceil(share * len(draws)) - 1] for share in (0.05, 0.95)]
        assert [row["low"], row["high"]] == sorted(ends)


def test_a_training_that_diverged_counts_as_the_worst_of_all():
    found = form([*trained("hinge", [1.0]), *trained("wasserstein", [2.0, 8.0])], bad=(0,))
    hinge = found.least[0]
    assert found.trainings[0].count == 2 and hinge.expected[0] == (1.0 + 8.0) / 2
    assert "1 training that ended badly counts as the worst score seen" in found.notes


def test_the_seeds_of_the_best_settings_are_shown():
    several = [
        (SHARED | {"loss": "hinge", "beta1": 0.1}, {0: 3.0, 1: 5.0}),
        (SHARED | {"loss": "hinge", "beta1": 0.2}, {0: 3.5, 1: 4.0}),
        (SHARED | {"loss": "hinge", "beta1": 0.3}, {0: 1.0}),
        *trained("wasserstein", [2.0]),
    ]
    rows = seeds_rows(form(several))
    assert [(row["configuration"], row["seed"], row["score"]) for row in rows] == [
        ("loss=hinge", 0, 3.5),
        ("loss=hinge", 1, 4.0),
    ]


def test_a_study_without_scores_has_nothing():
    found = form([(SHARED, {})])
    assert (found.trainings, found.least, found.notes) == ([], [], [])


def test_names_are_short_where_that_tells_configurations_apart():
    values = ({"penalty": "wgan_gp"}, {"d_weight_normalization": "spectral"}, {})
    found = form([(SHARED | each, {0: 1.0 + place}) for place, each in enumerate(values)])
    assert list(short_names(found).values()) == ["wgan_gp", "spectral", "none"]
    alike = ({"d_normalization": "layer"}, {"g_normalization": "layer"})
    found = form([(SHARED | {"g_normalization": "none"} | each, {0: 1.0 + place}) for place, each in enumerate(alike)])
    assert list(short_names(found)) == list(short_names(found).values())
