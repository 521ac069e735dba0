"""scores.csv keeps every digit and every row."""

import math

import pytest

from compare_gan_tf2 import results
from compare_gan_tf2.errors import UserError


def _row(step, **scores):
    return {"step": step, "status": "ok", **scores, "protocol": "real=10, comma", "seed": 0, "conditional": False}


def test_a_row_keeps_every_digit(tmp_path):
    value = math.pi / 1e7
    results.add_row(tmp_path, _row(10, fid=value, kid=None))
    (row,) = results.read_rows(tmp_path)
    assert float(row["fid"]) == value
    assert row["kid"] == "" and row["protocol"] == "real=10, comma" and row["conditional"] == "false"


def test_rows_are_ordered_by_step_and_get_each_others_columns(tmp_path):
    results.add_row(tmp_path, _row(100, fid_a=1.0))
    results.add_row(tmp_path, _row(20, fid_b=2.0))
    rows = results.read_rows(tmp_path)
    assert [row["step"] for row in rows] == ["20", "100"]
    assert [(row["fid_a"], row["fid_b"]) for row in rows] == [("", "2.0"), ("1.0", "")]
    assert results.score_columns(rows) == ["fid_b", "fid_a"]


def test_the_best_step_has_the_lowest_fid(tmp_path):
    assert results.best_step([]) is None
    for step, fid in ((1, 3.0), (2, 1.0), (3, None), (4, 2.0)):
        results.add_row(tmp_path, _row(step, fid_classifier_x_1=fid, fidelity=0.0))
    assert results.best_step(results.read_rows(tmp_path)) == 2


def test_no_file_is_no_rows_and_a_folder_in_its_place_is_a_clear_error(tmp_path):
    assert results.read_rows(tmp_path) == []
    (tmp_path / results.SCORES_FILE).mkdir()
    with pytest.raises(UserError, match=results.SCORES_FILE):
        results.read_rows(tmp_path)


def test_the_table_shows_step_status_and_scores(tmp_path):
    results.add_row(tmp_path, _row(7, fid=12.345678))
    assert results.table(results.read_rows(tmp_path)).split() == ["step", "status", "fid", "7", "ok", "12.35"]
