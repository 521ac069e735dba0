"""Answers in words."""

import dataclasses

import pytest
from reports import made_studies
from reports.made_studies import FID, RECALL, gathered, task

from compare_gan_tf2.reports import verdicts
from compare_gan_tf2.reports.answering import answer


def said(study, column=FID, **options):
    return list(answer(study, column, **options).sentences)


def test_a_study_of_forty_says_what_is_decided_first():
    loss, normalization, best, others = said(made_studies.forty())
    assert normalization == "Of normalization, spectral is better than none: FID 9.5 lower, 8.2 to 10.7, 20 pairs."
    assert loss.startswith("Of the 4 values of loss, hinge leads: better than ")
    assert "undecided against least_squares at 10 pairs; about " in loss and loss.endswith(" would decide.")
    assert best.startswith("Best setting: loss=hinge normalization=spectral, FID 1") and best.endswith("(5 seeds).")
    assert others == "Compared with 7 other settings, the best one is undecided against 7."


def test_higher_is_said_where_more_is_better():
    study = made_studies.study(lambda seed, loss, rate: (seed + 20 * (loss == "b")) / 100, loss=("a", "b"), rate=(1, 2))
    first = said(study, RECALL)[0]
    assert first == "Of loss, b is better than a: recall 0.20 higher, 0.20 to 0.20, 10 pairs."


def test_too_few_seeds_are_told_with_the_floor_of_p():
    study = made_studies.study(lambda seed, loss: seed + 20 * (loss == "b"), seeds=3, loss=("a", "b"))
    assert "Of loss, a leads, undecided: three values against three cannot give p below .10." in said(study)
    study = made_studies.study(
        lambda seed, loss, rate: seed + 20 * (loss == "b") + rate, seeds=1, loss=("a", "b"), rate=(1, 2, 3)
    )
    assert "Of loss, a leads, undecided: three pairs cannot give p below .25." in said(study)


def test_values_with_too_few_pairs_are_told_apart_from_others():
    tasks = [
        task(0, seed, seed % 3 + 5 * place, loss=loss, rate=rate)
        for place, loss in enumerate("abc")
        for rate in (1, 2)
        for seed in range(2 if loss == "b" else 5)
    ]
    tasks[0] = task(0, 0, 40, loss="a", rate=1)
    first = said(gathered(tasks))[0]
    assert "undecided against b: four pairs cannot give p below .13" in first
    assert "undecided against c at 10 pairs" in first


def test_equal_values_are_said_to_be_equal():
    sentences = said(made_studies.study(lambda seed, loss, rate: seed, loss=("a", "b"), rate=(1, 2)))
    assert "Of loss, a and b are equal in all 10 pairs." in sentences
    assert any(each.startswith("Best settings, all equal: loss=a rate=1, loss=a rate=2, ") for each in sentences)


def test_failures_and_collapses_are_told():
    tasks = [task(seed, seed, 1 + 0.1 * seed, loss="a") for seed in range(5)]
    tasks += [task(5 + seed, seed, 3 + 0.1 * seed, loss="b") for seed in range(3)]
    tasks += [task(8, 3, [], "diverged", loss="b"), task(9, 4, [], "failed", loss="b")]
    point = dataclasses.replace(tasks[0].points[0], collapse="recall is 0.01")
    tasks[0] = dataclasses.replace(tasks[0], points=[point])
    sentences = said(gathered(tasks))
    assert "1 of 10 trainings diverged: loss=b 1 of 5." in sentences
    assert "1 of 10 trainings failed: loss=b 1 of 5." in sentences
    assert "1 of 10 trainings collapsed: loss=a 1 of 5." in sentences
    assert sentences[-1] == "Caution: the samples of the best setting collapsed in 1 of 5 trainings."


def test_a_verdict_that_failures_change_is_told():
    tasks = [task(seed, seed, 1 + seed, loss="a") for seed in range(5)]
    tasks += [task(5 + seed, seed, [], "diverged", loss="b") for seed in range(5)]
    assert "With trainings that diverged or failed ranked last, loss a is better than b." in said(gathered(tasks))


def test_one_setting_and_no_scores_have_sentences():
    assert said(gathered([task(seed, seed, 10 + seed) for seed in range(3)])) == [
        "The only setting: FID 11.0, 8.5 to 13.5 (3 seeds)."
    ]
    assert said(gathered([task(0, 0, 10)])) == ["The only setting: FID 10 (1 seed)."]
    waiting = gathered([task(i, i, [], "waiting", loss=loss) for i, loss in enumerate("ab")])
    assert said(waiting) == ["No FID to compare yet."]


@pytest.mark.parametrize(
    ("value", "size", "text"),
    [(12.123, 1.3, "12.1"), (0.012345, 0.0012, "0.0123"), (1234.5, 80.0, "1,234"), (5.0, 0.0, "5"), (12.3, 30, "12")],
)
def test_numbers_have_as_many_digits_as_their_interval_allows(value, size, text):
    assert verdicts.number(value, size) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.25, ".25"),
        (2 / 252, ".0079"),
        (0.0286, ".029"),
        (1.0, "1"),
        (1e-9, ".0001"),
        (0.1, ".10"),
        (0.05, ".05"),
        (0.0625, ".063"),
    ],
)
def test_probabilities_have_two_digits(value, text):
    assert verdicts.probability(value) == text


def test_names_stand_as_they_are():
    study = made_studies.study(lambda seed, note: seed + 20 * (note == "<b>"), note=("<b>", "a, b"))
    assert said(study)[0].startswith("Of note, a, b is better than <b>: FID 20.0 lower")
