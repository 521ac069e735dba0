"""Codes that images tell nothing of, and classes that are swapped, are flagged; the row counts all the same."""

import json
import math

import pytest

from compare_gan_tf2.studies import status_text, terminal
from compare_gan_tf2.studies.state import TaskState
from compare_gan_tf2.task_folder import collapse, count_tables, flags, score_table
from compare_gan_tf2.task_folder.protocol import Protocol

PERMUTED = "classes permuted: 0.30 of the samples show the class asked for, 0.98 by assignment"


def row(step=4000, **cells):
    behind = {name: cells.pop(name) for name in ("flags", "class_confusion") if name in cells}
    return {"step": str(step), "status": "ok", **cells, "protocol": "p", **behind}


def lines(**bounds):
    return [{"step": 10 * i, **{name.replace("__", "/"): value for name, value in bounds.items()}} for i in range(12)]


@pytest.mark.parametrize(
    ("bounds", "codes", "said"),
    [
        ({"information__g_categorical_1": 0.03}, "cat10", "code ignored: categorical_1 0.03 of 2.30 nats"),
        ({"information__g_categorical_1": 0.1, "information__d_categorical_1": 0.0}, "cat10", ""),
        ({"information__categorical_1": -0.2}, "cat10", "code ignored: categorical_1 -0.20 of 2.30 nats"),
        ({"loss__g": 0.0}, "cat10", ""),
        ({"information__g_categorical_1": 0.0}, "", ""),
    ],
)
def test_a_code_of_classes_that_images_tell_nothing_of_is_flagged(bounds, codes, said):
    assert flags.found(row(codes=codes, learned_deviation="false"), lines(**bounds)) == said


@pytest.mark.parametrize(("squares", "is_ignored"), [(1 / 3, True), (0.2, True), (0.18, False), (0.03, False)])
def test_a_number_is_judged_by_how_well_it_is_guessed_and_not_by_the_fixed_deviation(squares, is_ignored):
    # Guesses that miss a uniform number by these mean squares, of which a third is that of its mean.
    fixed = math.log(2) - 0.5 * (math.log(2 * math.pi) + squares)
    best = math.log(2) - 0.5 * math.log(2 * math.pi * math.e * squares)
    measured = lines(information__g_uniform_1=fixed)
    said = flags.found(row(codes="cat10,unif1", learned_deviation="false"), measured)
    assert said == (f"code ignored: uniform_1 {best:.2f} nats" if is_ignored else "")
    # A learned deviation's bound is what it is.
    assert flags.found(row(codes="unif1", learned_deviation="true"), measured).startswith("code ignored: uniform_1 -")


def test_classes_that_are_swapped_are_flagged_and_bad_ones_are_not():
    def said(right, assigned):
        return flags.found(row(class_accuracy=str(right), class_accuracy_assigned=str(assigned)))

    assert said(0.3, 0.98) == PERMUTED
    assert said(0.1, 0.13) == said(0.95, 0.95) == "" and flags.found(row(class_accuracy="0.3")) == ""


@pytest.mark.parametrize(
    ("probability", "cells", "is_said"),
    [
        (1.0, {"augmentation": "adaptive"}, True),
        (0.699999988, {"augmentation": "ada", "augmentation_limit": "0.7"}, True),  # float32
        (0.99, {"augmentation": "ada", "augmentation_limit": "1.0"}, False),
        (1.0, {"augmentation": "diff_augment"}, False),
        (1.0, {"augmentation": "ada", "gan": "r3gan"}, False),
        (0.0, {"augmentation": "ada", "augmentation_limit": "0.0"}, False),
    ],
)
def test_augmentation_that_may_not_go_on_is_flagged(probability, cells, is_said):
    measured = [{"step": 10, "augmentation/probability": 0.1}, {"step": 20, "augmentation/probability": probability}]
    said = flags.found(row(**cells), measured)
    assert said.startswith("augmentation at its limit: probability ") == is_said == bool(said)


def test_nothing_is_said_of_the_first_steps_and_of_what_diverged_or_is_damaged(tmp_path):
    swapped = {"class_accuracy": "0.3", "class_accuracy_assigned": "0.98"}
    assert flags.found(row(150, **swapped)) == flags.found(row(**swapped) | {"status": "diverged"}) == ""
    assert flags.of_row(row(flags=PERMUTED) | {"status": "damaged"}) == ""
    (tmp_path / "measurements.jsonl").write_text(json.dumps({"step": 10, "information/g_categorical_1": 0.0}) + "\n")
    made = row(codes="cat4", **swapped) | {"step": 4000}
    assert flags.of_new_row(tmp_path, made) == f"code ignored: categorical_1 0.00 of 1.39 nats; {PERMUTED}"
    (tmp_path / "measurements.jsonl").write_text(json.dumps({"step": 10, "augmentation/probability": 1.0}) + "\n")
    assert flags.of_new_row(tmp_path, row(augmentation="ada") | {"step": 4000}).startswith("augmentation at its limit")


@pytest.mark.parametrize(
    ("step", "cells", "spread", "said"),
    [
        (20, {}, 0.05, "samples alike after a short training: their distances are 0.05 of those of real images"),
        (20, {"ms_ssim": "0.97"}, None, "samples alike after a short training: MS-SSIM 0.97"),
        (20, {}, 0.5, ""),
        (10, {}, 0.05, ""),  # not the end
        (4000, {"training_steps": "4000"}, 0.05, ""),  # which counts as a collapse
        (20, {"status": "diverged"}, 0.05, ""),
    ],
)
def test_samples_of_a_short_training_that_hardly_differ_are_flagged(step, cells, spread, said, tmp_path):
    made = row(step) | {"training_steps": "20"} | cells
    assert flags.found(made, spread=spread) == said
    assert flags.of_new_row(tmp_path, made, spread) == said
    assert bool(collapse.reason(made, spread=spread)) == (step == 4000)


def test_a_row_keeps_its_flags_and_table_when_scores_are_added(tmp_path):
    def add(**cells):
        score_table.add_row(tmp_path, row(**cells) | {"protocol": str(Protocol.parse("a=1"))})
        (found,) = score_table.read_rows(tmp_path)
        return found

    assert "flags" not in add(fid="3.5")
    add(flags="code ignored: a", class_confusion="1 2/3 4")
    add(flags=f"code ignored: a; {PERMUTED}")
    found = add(kid="0.5")
    assert found["flags"] == f"code ignored: a; {PERMUTED}" and found["class_confusion"] == "1 2/3 4"
    assert found["status"] == "ok" and {*score_table.score_columns([found])} == {"fid", "kid"}


def test_a_table_of_classes_is_a_cell_and_back():
    assert count_tables.text([[90, 10], [0, 100]]) == "90 10/0 100"
    assert count_tables.parsed("90 10/0 100") == [[90, 10], [0, 100]]
    assert count_tables.text([[0] * 21] * 21) == "" and count_tables.parsed("") == count_tables.parsed("1 2/3") == []
    assert count_tables.parsed("<b>") == []


def test_scores_and_states_say_the_flags_beside_what_they_said_before():
    rows = [row(2000, fid="3"), row(4000, fid="2", flags=PERMUTED)]
    assert terminal.scores(rows, 120).splitlines()[-2:] == [f"flags, step 4000: {PERMUTED}", "protocol: p"]
    assert [each.get("flags") for each in terminal.as_json(rows)] == [None, PERMUTED]
    states = [TaskState(0, "done"), TaskState(1, "done", flags=PERMUTED)]
    assert status_text.text(states, 120).startswith("2 of 2 done\n")
    assert f"1: {PERMUTED}" in status_text.text(states, 120).splitlines()
    assert status_text.as_json(states)["flagged"] == 1
