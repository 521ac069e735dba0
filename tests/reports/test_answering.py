"""Answers of studies that nobody trained."""

import dataclasses
import subprocess
import sys
import time

import numpy as np
import pytest
from reports import made_studies
from reports.made_studies import FID, NEITHER, RECALL, gathered, task

from compare_gan_tf2.errors import UserError
from compare_gan_tf2.reports.answering import answer, values_at
from compare_gan_tf2.reports.figures import steps


def renamed(found, old, new):
    """The study with two values of an option swapped."""
    swap = {old: new, new: old}

    def changed(each):
        options = {name: swap.get(value, value) for name, value in each.options.items()}
        group = " ".join(f"{name}={value}" for name, value in options.items() if name != "seed")
        return dataclasses.replace(each, options=options, group=group)

    tasks = [changed(each) for each in found.tasks]
    return dataclasses.replace(found, tasks=tasks, labels={each.group: each.group for each in tasks})


def by_names(comparisons):
    """Verdicts, p and what would decide, for both orders of the names."""
    turned = {"better": "worse", "worse": "better"}
    found = {(each.a, each.b): (each.verdict, each.p, each.p_corrected, each.needed) for each in comparisons}
    return found | {(b, a): (turned.get(said, said), *rest) for (a, b), (said, *rest) in found.items()}


def test_an_answer_has_groups_best_first_with_their_statistics():
    found = answer(made_studies.forty(), FID)
    assert [group.rank for group in found.groups] == list(range(1, 9))
    best = found.groups[0]
    values = list(best.values.values())
    assert best.options == {"loss": "hinge", "normalization": "spectral"} and sorted(best.values) == [0, 1, 2, 3, 4]
    assert (best.count, best.mean, best.median) == (5, pytest.approx(np.mean(values)), np.median(values))
    assert best.deviation == pytest.approx(np.std(values, ddof=1)) and best.interval.method == "Student's t"
    assert found.title == "FID at the last checkpoint (5,000 samples, data mnist test)"
    assert found.at == "last" and found.column is FID


def test_draws_of_the_labels_are_one_setting_where_they_are_asked_to_be():
    tasks = [task(i, 0, [9.0, 1.0 + i], gan="sgan_k_outputs", label_seed=i) for i in range(5)]
    merged = [dataclasses.replace(each, group="gan=sgan_k_outputs") for each in tasks]
    study = dataclasses.replace(gathered(merged, group_by=("gan",)), labels={"gan=sgan_k_outputs": "gan"})
    (group,) = answer(study, FID).groups
    assert (group.count, group.mean, group.interval.method) == (5, 3.0, "Student's t")
    assert group.interval.low < 3.0 < group.interval.high
    # And one curve of them, from the least to the greatest.
    ends = [
        (row["step"], row["seeds"], row["low"], row["mean"], row["high"])
        for row in steps.data(study, answer(study, FID))
    ]
    assert ends == [(500, 5, 9.0, 9.0, 9.0), (1000, 5, 1.0, 3.0, 5.0)]


def test_factors_are_compared_in_pairs_over_the_others_and_the_seeds():
    study = made_studies.forty()
    found = answer(study, FID)
    loss, normalization = found.factors
    assert loss.values[0] == "hinge" and len(loss.comparisons) == 6
    assert {each.pairs for each in loss.comparisons} == {10}
    (each,) = normalization.comparisons
    assert (each.a, each.b, each.pairs, each.verdict) == ("spectral", "none", 20, "better")
    scores = {(t.options["loss"], t.options["normalization"], t.seed): t.points[0].values["fid"] for t in study.tasks}
    differences = [scores[loss, "spectral", seed] - scores[loss, "none", seed] for loss, _, seed in scores]
    assert each.difference == pytest.approx(np.mean(differences))
    assert each.interval.low < each.difference < each.interval.high < 0
    assert each.floor == 2**-19 and each.p < 1e-4 and "20 pairs, exact" in each.method


def test_settings_are_compared_with_the_best_as_samples_of_seeds():
    found = answer(made_studies.study(lambda seed, loss: seed + 20 * (loss == "b"), loss=("a", "b")), FID)
    (each,) = found.settings
    assert (each.a, each.b, each.is_paired, each.p) == ("loss=a", "loss=b", False, pytest.approx(2 / 252))
    assert each.verdict == "better" and each.count_a == each.count_b == 5
    # The only factor is compared in the same way: five pairs could not decide.
    assert found.factors[0].comparisons[0].p == each.p


def test_the_best_of_many_settings_is_corrected_for_all_pairs_of_them():
    found = answer(made_studies.forty(), FID)
    assert len(found.settings) == 7
    assert {each.verdict for each in found.settings} == {"undecided"}
    assert min(each.p_corrected for each in found.settings) == pytest.approx(28 * 2 / 252)
    assert any("8 settings of 5 seeds: no corrected p can fall below .22" in note for note in found.notes)


@pytest.mark.parametrize("column", [FID, RECALL])
def test_swapping_two_names_changes_no_rank_and_no_verdict(column):
    study = made_studies.forty(effects=(0, 1.5, 1.5, 4))
    first, second = answer(study, column), answer(renamed(study, "hinge", "wasserstein"), column)
    swap = {"hinge": "wasserstein", "wasserstein": "hinge"}
    ranks = {(group.options["loss"], group.options["normalization"]): group.rank for group in first.groups}
    for group in second.groups:
        loss = group.options["loss"]
        assert ranks[swap.get(loss, loss), group.options["normalization"]] == group.rank
    for ours, theirs in zip(first.factors, second.factors, strict=True):
        expected = {
            tuple(swap.get(name, name) for name in names): said for names, said in by_names(ours.comparisons).items()
        }
        assert by_names(theirs.comparisons) == expected
        assert ours.share == pytest.approx(theirs.share)


def test_the_order_of_tasks_changes_nothing():
    study = made_studies.forty()
    turned = dataclasses.replace(study, tasks=study.tasks[::-1])
    first, second = answer(study, FID), answer(turned, FID)
    assert by_names(first.factors[0].comparisons) == by_names(second.factors[0].comparisons)
    assert [group.label for group in first.groups] == [group.label for group in second.groups]
    assert first.sentences == second.sentences


def test_equal_settings_tie():
    found = answer(made_studies.study(lambda seed, loss, rate: seed, loss=("a", "b"), rate=(0.1, 0.2)), FID)
    assert [group.rank for group in found.groups] == [2.5] * 4
    everything = [*found.settings, *found.factors[0].comparisons, *found.factors[1].comparisons]
    assert {(each.verdict, each.p) for each in everything} == {("tie", 1.0)}
    assert found.factors[0].share == pytest.approx(0, abs=1e-12) and found.seed_share == pytest.approx(1)


def test_higher_is_better_where_the_score_says_so():
    study = made_studies.study(lambda seed, loss: seed + 20 * (loss == "b"), loss=("a", "b"))
    found = answer(study, RECALL)
    assert found.groups[0].label == "loss=b" and found.factors[0].values[0] == "b"
    assert (found.settings[0].a, found.settings[0].verdict) == ("loss=b", "better")
    assert found.budgets[0].expected[-1] == max(found.budgets[0].expected)


def test_nothing_is_ranked_where_no_direction_is_better():
    found = answer(made_studies.forty(), NEITHER)
    assert {group.rank for group in found.groups} == {None} and not found.settings and not found.budgets
    assert not found.factors[0].comparisons and found.factors[0].means
    with pytest.raises(UserError, match="neither a low nor a high cond-mean is better"):
        answer(made_studies.forty(), NEITHER, at="best")


def failing():
    """Loss a is better by mean, and three of its six trainings diverged; b failed nowhere."""
    tasks = []
    for rate in (0.1, 0.2):
        for seed in range(6):
            state = "diverged" if seed % 2 else "done"
            tasks.append(task(len(tasks), seed, [] if seed % 2 else 1 + 0.1 * seed, state, loss="a", rate=rate))
            tasks.append(task(len(tasks), seed, 2 + 0.1 * seed, loss="b", rate=rate))
    return gathered(tasks)


def test_failures_are_counted_ranked_last_and_change_the_verdict():
    found = answer(failing(), FID)
    assert [group.label for group in found.groups] == [
        f"loss={loss} rate={rate}" for loss in "ba" for rate in (0.1, 0.2)
    ]
    assert [group.rank for group in found.groups] == [1.5, 1.5, 3.5, 3.5]
    assert [(group.diverged, group.count) for group in found.groups] == [(0, 6), (0, 6), (3, 3), (3, 3)]
    (each,) = found.factors[0].comparisons
    assert (each.a, each.pairs, each.verdict, each.verdict_with_failures) == ("a", 6, "better", "undecided")
    assert any("counts as the worst" in note for note in found.notes)
    assert found.budgets[0].expected[0] > np.mean([1, 1.2, 1.4])


def test_what_always_fails_is_worse_only_with_failures():
    tasks = [task(seed, seed, 1 + seed, loss="a") for seed in range(5)]
    tasks += [task(5 + seed, seed, [], "failed", loss="b") for seed in range(5)]
    found = answer(gathered(tasks), FID)
    assert [(group.label, group.rank, group.mean) for group in found.groups] == [
        ("loss=a", 1, 3.0),
        ("loss=b", 2, None),
    ]
    assert found.factors[0].values == ["a"]
    for each in (found.settings[0], found.factors[0].comparisons[0]):
        assert (each.p, each.verdict, each.verdict_with_failures) == (None, "undecided", "better")


def test_a_score_is_of_the_last_checkpoint_the_best_one_or_a_step():
    done = task(0, 0, [3, 1, 2], loss="a")
    assert values_at(done, FID, "last") == (2, 1)
    assert values_at(done, FID, "best") == (1, 3)
    assert values_at(done, RECALL, "best") == (3, 3)
    assert values_at(done, FID, "333") == (3, 1)
    assert values_at(done, FID, "334") == (None, 0)
    assert values_at(task(0, 0, [3, 1, None], loss="a"), FID, "last") == (None, 0)
    for state in ("running", "interrupted", "waiting", "diverged", "failed"):
        assert values_at(task(0, 0, [3, 1], state, loss="a"), FID, "last") == (None, 0)
    assert values_at(task(0, 0, [3, 1], "running", loss="a"), FID, "500") == (3, 1)
    not_yet = dataclasses.replace(task(0, 0, [3, 1], "trained", loss="a"), step=1500)
    assert values_at(not_yet, FID, "last") == (None, 0)


@pytest.mark.parametrize(
    ("arguments", "text"), [({"at": "first"}, "last, at best, or at a step"), ({"budget": "hours"}, "steps")]
)
def test_another_place_or_unit_is_one_line_with_what_there_is(arguments, text):
    with pytest.raises(UserError, match=text):
        answer(made_studies.forty(), FID, **arguments)


def test_the_best_is_compared_only_among_equal_counts_of_checkpoints():
    tasks = [task(seed, seed, [5, 3 + seed], loss="a") for seed in range(4)]
    tasks += [task(4 + seed, seed, [5, 4 + seed], loss="b") for seed in range(4)]
    tasks += [task(8 + seed, seed, [5, 1, 1, 1], loss="c") for seed in range(4)]
    found = answer(gathered(tasks), FID, at="best")
    assert [(group.label, group.rank, group.checkpoints) for group in found.groups] == [
        ("loss=a", 1, 2),
        ("loss=b", 2, 2),
        ("loss=c", None, 4),
    ]
    assert len(found.settings) == 1 and "c" not in found.factors[0].means
    assert found.title.startswith("FID best of 2 checkpoints")
    assert any(note.startswith("4 trainings with another number of checkpoints than 2") for note in found.notes)


def test_what_a_search_cut_is_in_no_test_and_fresh_seeds_are_told():
    tasks = [task(seed, seed, 3 + seed, loss="a") for seed in range(3)]
    tasks += [dataclasses.replace(task(3 + seed, seed, 1, "paused", loss="b"), is_cut=True) for seed in range(3)]
    tasks += [dataclasses.replace(task(6, 9, 4, loss="a"), is_confirmation=True)]
    found = answer(gathered(tasks), FID)
    cut = found.groups[-1]
    assert (cut.label, cut.is_cut, cut.count, cut.rank) == ("loss=b", True, 0, None) and not found.settings
    assert any(note.startswith("3 trainings cut short by a search") for note in found.notes)
    assert any(note.startswith("1 score of fresh seeds") for note in found.notes)


def test_only_common_seeds_make_pairs():
    study = made_studies.forty()
    less = [each for each in study.tasks if each.options["loss"] != "hinge" or each.seed < 3]
    found = answer(dataclasses.replace(study, tasks=less), FID)
    pairs = {each.pairs for each in found.factors[0].comparisons if "hinge" in (each.a, each.b)}
    assert pairs == {6}
    assert any("not balanced" in note for note in found.notes)


def test_a_verdict_that_other_options_turn_is_told():
    def score(seed, loss, rate):
        return seed / 10 + (0 if loss == "a" else -1 if rate == 0.3 else 5)

    found = answer(made_studies.study(score, loss=("a", "b"), rate=(0.1, 0.2, 0.3)), FID)
    assert found.factors[0].comparisons[0].verdict == "better"
    assert "loss: a is better than b on average, but not in 1 of 3 combinations of the other options" in found.notes


def test_values_that_are_close_have_texts_of_their_own():
    found = answer(made_studies.study(lambda seed, rate: seed + rate, rate=(0.00012345, 0.00012346), seeds=2), FID)
    assert found.factors[0].values == ["0.0001234", "0.0001235"]


def test_budgets_are_counted_in_what_trainings_take():
    study = made_studies.forty()
    for unit, cost in (("trainings", 1), ("steps", 1000), ("images", 64000), ("seconds", 2000)):
        curves = answer(study, FID, budget=unit).budgets
        assert [curve.label for curve in curves[-2:]] == ["normalization=none", "normalization=spectral"]
        assert curves[-1].amounts == [cost * k for k in range(1, 21)]
        assert curves[-1].expected == sorted(curves[-1].expected, reverse=True)
        assert {curve.unit for curve in curves} == {unit}
    assert answer(study, FID, at="1000", budget="steps").budgets[0].amounts[0] == 1000


def test_groups_of_several_settings_keep_all_scores():
    study = made_studies.forty()
    tasks = [dataclasses.replace(each, group=each.options["loss"]) for each in study.tasks]
    found = answer(dataclasses.replace(study, tasks=tasks, labels={each.group: each.group for each in tasks}), FID)
    assert [group.count for group in found.groups] == [10] * 4
    assert found.groups[0].options == {"loss": "hinge"} and sorted(found.groups[0].values) == list(range(10))


def test_groups_of_seeds_are_told_apart_by_the_seed():
    study = made_studies.forty()
    tasks = [dataclasses.replace(each, group=str(each.seed)) for each in study.tasks]
    labels = {each.group: f"seed={each.seed}" for each in tasks}
    found = answer(dataclasses.replace(study, tasks=tasks, labels=labels, group_by=("seed",)), FID)
    assert sorted(group.options["seed"] for group in found.groups) == list(range(5))
    assert not any("seed" in group.options for group in answer(study, FID).groups)


def test_a_study_without_scores_has_an_answer():
    found = answer(gathered([task(i, i, [], "waiting", loss=loss) for i, loss in enumerate("ab")]), FID)
    assert [group.count for group in found.groups] == [0, 0] and not found.budgets and not found.settings
    assert found.seed_share is found.unexplained is None


@pytest.mark.parametrize("seeds", [1, pytest.param(10, marks=pytest.mark.slow)])
def test_thousands_of_tasks_are_answered_in_time(seeds):
    generator = np.random.default_rng(0)
    options = {"loss": tuple("abcd"), "norm": tuple("ef"), "rate": (0.1, 0.2, 0.3, 0.4, 0.5), "depth": tuple(range(25))}
    study = made_studies.study(lambda **_: generator.normal(), seeds=seeds, **options)
    assert len(study.tasks) == 1000 * seeds
    begin = time.process_time()
    found = answer(study, FID)
    assert time.process_time() - begin < 2 * (1 + seeds)
    assert len(found.settings) == 999 and found.factors[0].comparisons[0].pairs == 250 * seeds


def test_an_answer_needs_no_tensorflow():
    code = "import sys, compare_gan_tf2.reports.answering; print(*{'tensorflow', 'scipy', 'pandas'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == ""
