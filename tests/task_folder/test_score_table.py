"""scores.csv keeps every digit and every row."""

import math

import pytest

from compare_gan_tf2.errors import UserError
from compare_gan_tf2.task_folder import score_table


def _row(step, **scores):
    return {"step": step, "status": "ok", **scores, "protocol": "real=10, comma", "seed": 0, "conditional": False}


def test_a_row_keeps_every_digit(tmp_path):
    value = math.pi / 1e7
    score_table.add_row(tmp_path, _row(10, fid=value, kid=None))
    (row,) = score_table.read_rows(tmp_path)
    assert float(row["fid"]) == value
    assert row["kid"] == "" and row["protocol"] == "real=10, comma" and row["conditional"] == "false"


def test_rows_are_ordered_by_step_and_get_each_others_columns(tmp_path):
    score_table.add_row(tmp_path, _row(100, fid_a=1.0))
    score_table.add_row(tmp_path, _row(20, fid_b=2.0))
    rows = score_table.read_rows(tmp_path)
    assert [row["step"] for row in rows] == ["20", "100"]
    assert [(row["fid_a"], row["fid_b"]) for row in rows] == [("", "2.0"), ("1.0", "")]
    assert score_table.score_columns(rows) == ["fid_b", "fid_a"]


def test_the_best_step_has_the_lowest_fid(tmp_path):
    assert score_table.best_step([]) is None
    for step, fid in ((1, 3.0), (2, 1.0), (3, None), (4, 2.0)):
        score_table.add_row(tmp_path, _row(step, fid_classifier_x_1=fid, fidelity=0.0))
    assert score_table.best_step(score_table.read_rows(tmp_path)) == 2


def test_the_best_step_is_found_among_comparable_rows_only(tmp_path):
    score_table.add_row(tmp_path, _row(1, fid_a=0.1))
    score_table.add_row(tmp_path, _row(2, fid_b=0.2) | {"protocol": "another"})
    score_table.add_row(tmp_path, _row(3, fid_b=5.0))
    score_table.add_row(tmp_path, _row(4, fid_b=6.0))
    assert score_table.best_step(score_table.read_rows(tmp_path)) == 3


def test_new_scores_of_a_step_and_protocol_are_added_to_its_row(tmp_path):
    def row(metrics, **scores):
        listed = "; ".join(f"{name} (k=5)" if name == "prdc" else name for name in metrics)
        return _row(1, **scores) | {"protocol": f"real=10; metrics={listed}", "metrics": ",".join(metrics)}

    score_table.add_row(tmp_path, row(["fid", "kid"], fid_a=0.1, kid_a=0.5))
    score_table.add_row(tmp_path, row(["prdc", "fid"], fid_a=0.2, prdc_a=0.3))
    (joined,) = score_table.read_rows(tmp_path)
    assert {name: joined[name] for name in score_table.score_columns([joined])} == {
        "fid_a": "0.2", "kid_a": "0.5", "prdc_a": "0.3"
    }  # fmt: skip
    assert joined["protocol"] == "real=10; metrics=fid; kid; prdc (k=5)" and joined["metrics"] == "fid,kid,prdc"
    score_table.add_row(tmp_path, row(["fid"], fid_a=0.4) | {"protocol": "real=20; metrics=fid"})
    rows = score_table.read_rows(tmp_path)
    assert len(rows) == 2 and rows[0] == joined and [len(group) for group in score_table.by_protocol(rows)] == [1, 1]


def test_tables_keep_protocols_apart_and_leave_out_what_is_empty(tmp_path):
    score_table.add_row(tmp_path, _row(1, fid_a=1.0))
    score_table.add_row(tmp_path, _row(2, fid_b=2.0) | {"protocol": "real=20"})
    rows = score_table.read_rows(tmp_path)
    first, second = score_table.tables(rows).split("\n\n")
    assert first.split("\n")[0].split() == ["step", "status", "fid_a"] and first.endswith("protocol: real=10, comma")
    assert second.split() == ["step", "status", "fid_b", "2", "ok", "2", "protocol:", "real=20"]
    with pytest.raises(ValueError, match="different protocols"):
        score_table.table(rows)


def test_the_best_of_every_protocol_is_known_and_most_rows_decide_the_best(tmp_path):
    for step, fid in ((1, 5.0), (2, 1.0), (3, 3.0)):
        score_table.add_row(tmp_path, _row(step, fid_a=fid))
    for step, fid in ((2, 9.0), (3, 8.0)):
        score_table.add_row(tmp_path, _row(step, fid_b=fid) | {"protocol": "other"})
    rows = score_table.read_rows(tmp_path)
    assert score_table.best_step(rows) == 2 and score_table.best_steps(rows) == {2, 3}


def test_a_metric_that_is_described_otherwise_is_not_put_into_one_column(tmp_path):
    for blocks in (10, 20):
        row = _row(1, kid_a=float(blocks)) | {"protocol": f"real=10; metrics=fid; kid (blocks of {blocks})"}
        score_table.add_row(tmp_path, row)
    rows = score_table.read_rows(tmp_path)
    assert [row["kid_a"] for row in rows] == ["10.0", "20.0"] and len(score_table.by_protocol(rows)) == 2


def test_what_is_not_finite_is_an_empty_cell(tmp_path):
    score_table.add_row(tmp_path, _row(1, fid_a=math.nan, kid_a=math.inf))
    (row,) = score_table.read_rows(tmp_path)
    assert row["fid_a"] == row["kid_a"] == ""


@pytest.mark.parametrize(
    "text",
    [
        "a,b\n1,2\n",
        "step,status,protocol\nx,ok,p\n",
        "step,status,protocol\n1,ok\n",
        "step,status,protocol\n1,ok,p,q\n",
        "step,status,fid_x,protocol\n1,ok,1.5,p\n2,ok,169.1x19,p\n",
    ],
)
def test_a_damaged_file_is_named_with_the_cure(tmp_path, text):
    (tmp_path / score_table.SCORES_FILE).write_text(text)
    with pytest.raises(UserError, match="remove it"):
        score_table.read_rows(tmp_path)


def test_a_cell_that_is_no_number_is_named(tmp_path):
    (tmp_path / score_table.SCORES_FILE).write_text('step,status,fid_x,protocol\n1,ok,,p\n2,ok,"1,5",p\n')
    with pytest.raises(UserError, match="scores.csv cannot be read: fid_x of step 2 is '1,5', which is no number"):
        score_table.read_rows(tmp_path)


def test_where_a_row_comes_from_plays_no_part(tmp_path):
    def row(fid, **made):
        return _row(1, **{f"{name}_a": value for name, value in fid.items()}) | made

    made = {"task": 3, "experiment": "test", "seconds": 1.5, "date": "2026-01-01", "host": "one", "commit": ""}
    score_table.add_row(tmp_path, row({"fid": 1.0}))  # as of an older version
    score_table.add_row(tmp_path, row({"kid": 2.0}, **made))
    (joined,) = score_table.read_rows(tmp_path)
    assert score_table.score_columns([joined]) == ["fid_a", "kid_a"] and score_table.best_step([joined]) == 1
    assert (joined["host"], joined["seconds"]) == ("one", "")
    score_table.add_row(tmp_path, _row(2, fid_a=1.0) | made)
    score_table.add_row(tmp_path, _row(2, kid_a=1.0) | made | {"seconds": 0.25, "host": "two"})
    _, joined = score_table.read_rows(tmp_path)
    assert (joined["host"], joined["seconds"], joined["task"]) == ("two", "1.75", "3")
    assert len(score_table.by_protocol(score_table.read_rows(tmp_path))) == 1


def test_no_file_is_no_rows_and_a_folder_in_its_place_is_a_clear_error(tmp_path):
    assert score_table.read_rows(tmp_path) == []
    (tmp_path / score_table.SCORES_FILE).mkdir()
    with pytest.raises(UserError, match=score_table.SCORES_FILE):
        score_table.read_rows(tmp_path)


def test_the_table_shows_step_status_and_scores(tmp_path):
    score_table.add_row(tmp_path, _row(7, fid=12.345678))
    assert score_table.table(score_table.read_rows(tmp_path)).split() == ["step", "status", "fid", "7", "ok", "12.35"]
