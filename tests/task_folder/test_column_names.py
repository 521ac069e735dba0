"""Names of columns say whose score they hold, and the metrics' files which way it is better."""

import math
import random
import time

import pytest

from compare_gan_tf2 import components
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.studies import terminal
from compare_gan_tf2.task_folder import column_names, score_table
from compare_gan_tf2.task_folder.protocol import Protocol


@pytest.mark.parametrize(
    ("column", "score"),
    [
        ("fid_classifier_mnist_01234567", "fid"),
        ("fid_infinity_classifier_x", "fid_infinity"),
        ("fid", "fid"),
        ("kid_standard_error_x", "kid_standard_error"),
        ("kid_subsets_pixels_8x8", "kid_subsets"),
        ("inception_score_10_splits_x", "inception_score_10_splits"),
        ("sliced_wasserstein_16", "sliced_wasserstein"),
        ("gilbo_published", "gilbo_published"),
        ("fid_deviation_classifier_x", None),
        ("ms_ssim_deviation", None),
        ("ms_ssim_rgb_5_scales", "ms_ssim_rgb_5_scales"),
        ("sliced_wasserstein_16_deviation", None),
        ("l1_best_of_5", "l1_best_of"),
        ("label_accuracy_classifier_x", "label_accuracy"),
        ("fidelity", None),
        ("protocol", None),
    ],
)
def test_the_score_of_a_column(column, score):
    assert column_names.score_of(column) == score
    assert column_names.is_fid(column) == (score == "fid")


def test_columns_are_made_as_they_are_read():
    assert column_names.column("fid", "pixels_8x8") == "fid_pixels_8x8" and column_names.column("cas") == "cas"
    assert column_names.deviation_column("fid_pixels_8x8", "pixels_8x8") == "fid_deviation_pixels_8x8"
    assert column_names.deviation_column("ms_ssim", "pixels_8x8") == "ms_ssim_deviation"


def test_every_metric_says_what_is_better_in_a_literal_that_is_what_its_module_has():
    for kind in ("metrics", "model_metrics", "paired_metrics"):
        for name in components.names(kind):
            said = components.facts(kind, name)["LOWER_IS_BETTER"]
            assert said == components.load(kind, name).LOWER_IS_BETTER, name
    assert column_names.directions()["fid"] is True and column_names.directions()["recall"] is False


def _rows(*scores, protocol="real=10"):
    """Rows of steps 1, 2, ... with these scores."""
    text = {name: {step: score_table.text(row.get(name)) for step, row in enumerate(scores, 1)} for name in scores[0]}
    return [
        {"step": str(step), "status": "ok", **{name: cells[step] for name, cells in text.items()}, "protocol": protocol}
        for step in range(1, len(scores) + 1)
    ]


@pytest.mark.parametrize(
    ("score", "best"),
    [("kid", 2), ("recall", 3), ("kid_x", 2), ("recall_x", 3), ("sliced_wasserstein", 1), ("sliced_wasserstein_16", 2)],
)
def test_every_score_is_best_in_its_own_direction(score, best):
    values = [(0.3, 0.1, 1.0, 9.0), (0.1, 0.2, 2.0, 8.0), (0.2, 0.9, 3.0, 10.0)]
    names = ("kid_x", "recall_x", "sliced_wasserstein", "sliced_wasserstein_16")
    assert score_table.best_step(_rows(*(dict(zip(names, row, strict=True)) for row in values)), score) == best


def test_what_is_not_finite_is_never_best_and_of_equal_ones_the_earliest_is():
    rows = _rows(*({"recall_x": value} for value in (math.nan, 0.1, 0.5, 0.5, None)))
    rows[0]["recall_x"] = "nan"
    assert score_table.best_step(rows, "recall") == score_table.best_step(rows[::-1], "recall") == 3
    rows = _rows(*({"fid_x": value} for value in (7.0, 1.0, 1.0, None)))
    rows[0]["fid_x"] = "-inf"
    assert score_table.best_step(rows) == score_table.best_step(rows[::-1]) == 2
    assert score_table.best_steps(rows) == {2}
    assert score_table.best_step(_rows({"kid_x": None}), "kid") is None


def test_a_score_of_several_extractors_has_to_be_named_by_its_column():
    rows = _rows({"kid_a": 1.0, "kid_b": 5.0}, {"kid_a": 2.0, "kid_b": 4.0})
    with pytest.raises(UserError, match="'kid' is ambiguous here; choose one of: kid_a, kid_b"):
        score_table.best_step(rows, "kid")
    assert (score_table.best_step(rows, "kid_a"), score_table.best_step(rows, "kid_b")) == (1, 2)
    assert score_table.best_step(rows, "kid_c") is None
    # An extractor that gave no number does not count.
    assert score_table.best_step(_rows({"kid_a": 1.0, "kid_b": None}), "kid") == 1


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("best:fit", "unknown score 'fit', did you mean 'fid'. known: attribute_accuracy, "),
        ("best:fid_deviation_x", "unknown score 'fid_deviation_x'"),
        ("best:", "unknown score ''"),
        ("best:kid_standard_error", "cannot decide which checkpoint is the best; known: attribute_accuracy, "),
        ("best:nn_accuracy_x", "cannot decide which checkpoint"),
    ],
)
def test_what_nothing_can_be_best_by_is_refused_with_the_known_scores(text, line):
    with pytest.raises(UserError, match=line):
        column_names.asked_score(text)


def test_what_is_asked_for():
    asked = {text: column_names.asked_score(text) for text in ("best", "best:fid", "best:kid_x", "last", "17")}
    assert asked == {"best": "fid", "best:fid": "fid", "best:kid_x": "kid_x", "last": None, "17": None}


def _many(count):
    """Rows of four protocols in turn; one pair of them agrees."""
    facts = "data=triangles test b9b9d03e; real=200; weights="
    protocols = [f"{facts}{end}" for end in ("latest; metrics=fid", "latest; metrics=fid; kid", "average; metrics=fid")]
    protocols.append(f"{facts}latest; metrics=fid; kid (blocks of at most 1024)")
    values = random.Random(0)
    return [
        {"step": str(step), "status": "ok", "fid_x": repr(values.random()), "protocol": protocols[step % 4]}
        for step in range(count)
    ]


def test_the_best_of_four_times_as_many_rows_costs_no_further_comparison(monkeypatch):
    calls = []
    compare = Protocol.agrees_with
    monkeypatch.setattr(Protocol, "agrees_with", lambda one, other: calls.append(1) or compare(one, other))
    counts = []
    for count in (100, 400):
        calls.clear()
        assert len(score_table.best_steps(_many(count))) == 3
        counts.append(len(calls))
    assert counts[0] == counts[1] > 0


def test_the_best_and_the_table_of_four_times_as_many_rows_take_less_than_eight_times_as_long():
    def seconds(count):
        rows = _many(count)
        one_table = [row for row in rows if "average" in row["protocol"]]
        found = []
        for _ in range(3):
            start = time.process_time()
            assert score_table.best_step(rows) is not None and terminal.scores(one_table, 80)
            found.append(time.process_time() - start)
        return min(found)

    seconds(10)
    assert seconds(4000) < 8 * seconds(1000)
