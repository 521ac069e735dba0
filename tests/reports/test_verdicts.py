"""Answers in words."""

import dataclasses

import pytest
from reports import made_studies
from reports.made_studies import FID, RECALL, gathered, task

from compare_gan_tf2.reports import verdicts
from compare_gan_tf2.reports.answering import answer
from compare_gan_tf2.reports.statistics.comparing import BETTER, TIE, UNDECIDED


def said(study, column=FID, **options):
    return list(answer(study, column, **options).sentences)


def test_a_study_of_forty_says_what_is_decided_first():
    loss, normalization, best, others = said(made_studies.forty())
    assert normalization == (
        "Of normalization, spectral is better than none: its FID is lower by 9.5 (95 % interval 8.2 to 10.7; 20 pairs)."
    )
    assert loss == (
        "Of the 4 values of loss, hinge leads. It is better than non_saturating: its FID is lower by 5.8 (95 % "
        "interval 3.0 to 8.5; 10 pairs); better than wasserstein: its FID is lower by 8.5 (95 % interval 6.5 to 10.5; "
        "10 pairs). 10 pairs do not separate it from least_squares; this difference would need about 27 pairs."
    )
    assert best.startswith("Best setting: loss=hinge normalization=spectral, FID 1") and best.endswith("(5 seeds).")
    assert others == "None of the 7 other settings is shown to be worse than the best one."


def test_higher_is_said_where_more_is_better():
    study = made_studies.study(lambda seed, loss, rate: (seed + 20 * (loss == "b")) / 100, loss=("a", "b"), rate=(1, 2))
    first = said(study, RECALL)[0]
    assert first == (
        "Of loss, b is better than a: its recall is higher by 0.20 (95 % interval 0.20 to 0.20; 10 pairs)."
    )


def test_too_few_seeds_are_told_with_the_floor_of_p():
    for seeds, p in ((2, ".33"), (3, ".10")):
        study = made_studies.study(lambda seed, loss: seed + 20 * (loss == "b"), seeds=seeds, loss=("a", "b"))
        assert (
            f"Of loss, a leads; with {seeds} seeds each, p is at least {p}, so nothing can be decided; use 4 seeds."
        ) in said(study)
    study = made_studies.study(
        lambda seed, loss, rate: seed + 20 * (loss == "b") + rate, seeds=1, loss=("a", "b"), rate=(1, 2, 3)
    )
    sentences = said(study)
    assert (
        "Of loss, a leads; with 3 pairs, p is at least .25, so nothing can be decided; 6 pairs are needed, so use more "
        "seeds."
    ) in sentences
    assert (
        "Of the 3 values of rate, 1 leads. With 2 pairs, p is at least .50, so it cannot be separated from 2 and 3; 7 "
        "pairs are needed, so use more seeds."
    ) in sentences


def test_so_many_seeds_are_advised_that_the_corrected_p_can_decide():
    """Three comparisons: 4 seeds each give .029, and .086 as corrected; 5 seeds each .0079, and .024."""
    study = made_studies.study(lambda seed, loss: seed + 30 * "abc".index(loss), seeds=4, loss=tuple("abc"))
    assert said(study)[0] == (
        "Of the 3 values of loss, a leads. 4 seeds each do not separate it from b and c: p is at least .029, and .086 "
        "after correction for 3 comparisons; use 5 seeds."
    )
    study = made_studies.study(lambda seed, loss: seed + 30 * "abc".index(loss), seeds=5, loss=tuple("abc"))
    assert "It is better than b: its FID is lower by 30.0 (95 % interval " in said(study)[0]


def test_pairs_that_are_equal_are_no_reason_to_advise_fewer_than_there_are():
    study = made_studies.study(
        lambda seed, loss, rate: seed + 20 * (loss == "b") * (seed < 2), loss=("a", "b"), rate=(1, 2)
    )
    assert said(study)[0].startswith(
        "Of loss, a leads; with 10 pairs, p is at least .13, so nothing can be decided; use more seeds."
    )


def test_a_best_setting_without_a_value_that_leads_is_explained():
    aside = "a value that leads on average need not be part of the best single setting"

    def score(seed, loss, rate):
        return 0.1 * seed + {("a", 1): 1, ("a", 2): 1.5, ("b", 1): 0.5, ("b", 2): 5}[loss, rate]

    (best,) = (each for each in said(made_studies.study(score, loss=("a", "b"), rate=(1, 2))) if "Best" in each)
    assert best == f"Best setting: loss=b rate=1, FID 0.70, 0.50 to 0.90 (5 seeds; {aside})."
    assert not any(aside in each for each in said(made_studies.forty()))


@pytest.mark.parametrize(
    ("others", "sentence"),
    [
        ([BETTER] * 3, "All 3 other settings are shown to be worse than the best one."),
        ([BETTER, BETTER, UNDECIDED], "2 of the 3 other settings are shown to be worse than the best one."),
        (
            [BETTER, TIE, UNDECIDED],
            "1 of the 3 other settings is shown to be worse than the best one; 1 is equal to it.",
        ),
        (
            [UNDECIDED, TIE, TIE],
            "None of the 3 other settings is shown to be worse than the best one; 2 are equal to it.",
        ),
        ([TIE] * 3, "All 3 other settings are equal to the best one."),
        ([BETTER], "The other setting is shown to be worse than the best one."),
        ([UNDECIDED], "The other setting is not shown to be worse than the best one."),
        ([TIE], "The other setting is equal to the best one."),
    ],
)
def test_how_many_other_settings_are_worse_is_told_in_every_case(others, sentence):
    one = answer(made_studies.forty(), FID).settings[0]
    assert list(verdicts._of_settings([dataclasses.replace(one, verdict=each) for each in others])) == [sentence]


def test_values_with_too_few_pairs_are_told_apart_from_others():
    tasks = [
        task(0, seed, seed % 3 + 5 * place, loss=loss, rate=rate)
        for place, loss in enumerate("abc")
        for rate in (1, 2)
        for seed in range(2 if loss == "b" else 5)
    ]
    tasks[0] = task(0, 0, 40, loss="a", rate=1)
    first = said(gathered(tasks))[0]
    assert "With 4 pairs, p is at least .13, so it cannot be separated from b; 7 pairs are needed" in first
    assert "10 pairs do not separate it from c" in first


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
    assert "1 of 10 trainings diverged, with loss=b (1 of its 5)." in sentences
    assert "1 of 10 trainings failed, with loss=b (1 of its 5)." in sentences
    assert "1 of 10 trainings collapsed, with loss=a (1 of its 5)." in sentences
    assert sentences[-1] == "Caution: the samples of the best setting collapsed in 1 of 5 trainings."


def test_what_collapsed_is_told_by_setting():
    def collapsed(each):
        return dataclasses.replace(each, points=[dataclasses.replace(each.points[0], collapse="recall is 0.01")])

    tasks = [task(5 * place + seed, seed, 1 + place + 0.1 * seed, loss=loss) for place, loss in enumerate("abc")
             for seed in range(5)]  # fmt: skip
    tasks[10:13] = map(collapsed, tasks[10:13])
    assert "3 of 15 trainings collapsed, all with loss=c (3 of its 5)." in said(gathered(tasks))
    tasks[5] = collapsed(tasks[5])
    assert "4 of 15 trainings collapsed: 3 of the 5 with loss=c and 1 of the 5 with loss=b." in said(gathered(tasks))


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
    assert said(study)[0].startswith("Of note, a, b is better than <b>: its FID is lower by 20.0")
