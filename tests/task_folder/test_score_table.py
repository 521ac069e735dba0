"""scores.csv keeps every digit and every row."""

import csv
import io
import math
import re
import time

import pytest

from compare_gan_tf2.errors import UserError
from compare_gan_tf2.studies import terminal
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


def test_the_best_of_every_protocol_is_known_and_most_rows_decide_the_best(tmp_path):
    for step, fid in ((1, 5.0), (2, 1.0), (3, 3.0)):
        score_table.add_row(tmp_path, _row(step, fid_a=fid))
    for step, fid in ((2, 9.0), (3, 8.0)):
        score_table.add_row(tmp_path, _row(step, fid_b=fid) | {"protocol": "other"})
    rows = score_table.read_rows(tmp_path)
    assert score_table.best_step(rows) == 2 and score_table.best_steps(rows) == {2, 3}


def test_the_best_is_by_the_ability_that_the_type_states_first(tmp_path):
    for ability, best in {"cycle": 1, "translate_ba": 2, "translate_ab": 3}.items():
        for step in (1, 2, 3):
            said = {"gan": "cyclegan", "ability": ability, "protocol": f"ability={ability}"}
            score_table.add_row(tmp_path, _row(step, fid=1.0 if step == best else 2.0) | said)
    rows = score_table.read_rows(tmp_path)
    assert score_table.best_step(rows) == 3
    assert score_table.best_step(row | {"gan": "of one's own"} for row in rows) == 1  # by the alphabet


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


def _file(folder, text=None):
    path = folder / score_table.SCORES_FILE
    if text is not None:
        path.write_text(text, encoding="utf-8")
    return path.read_text(encoding="utf-8")


@pytest.mark.parametrize(("before", "after"), [("1.25", "1.24"), ("1.25", "1.25e1"), ("seed", "sead"), (",0,", ",1,")])
def test_a_changed_cell_marks_its_row_and_another_evaluation_adds_a_new_one(tmp_path, caplog, before, after):
    score_table.add_row(tmp_path, _row(4, fid_a=1.25))
    score_table.add_row(tmp_path, _row(8, fid_a=7.0))
    _file(tmp_path, _file(tmp_path).replace(before, after, 1))
    damaged, other = score_table.read_rows(tmp_path)
    assert damaged["status"] == "damaged" and f"{tmp_path / 'scores.csv'}: the row of step 4" in caplog.text
    assert other["status"] == ("damaged" if before == "seed" else "ok")
    assert 4 not in score_table.best_steps([damaged, other]) and score_table.best_step([damaged]) is None
    score_table.add_row(tmp_path, _row(4, fid_a=1.25))
    rows = score_table.read_rows(tmp_path)
    assert [row["status"] for row in rows if row["step"] == "4"] == ["damaged", "ok"]
    assert score_table.best_step(rows) == 4
    assert "damaged" in terminal.scores(rows, 80)


def test_no_flipped_bit_of_a_row_changes_a_number_unnoticed(tmp_path):
    score_table.add_row(tmp_path, _row(4, fid_a=1.25, kid_a=2e-05))
    (sound,) = score_table.read_rows(tmp_path)
    content = _file(tmp_path).encode()
    for bit in range(8 * (content.index(b"\n") + 1), 8 * len(content)):
        damaged = bytearray(content)
        damaged[bit // 8] ^= 1 << bit % 8
        (tmp_path / score_table.SCORES_FILE).write_bytes(bytes(damaged))
        try:
            rows = score_table.sound(score_table.read_rows(tmp_path))
        except UserError as error:
            assert "scores.csv" in str(error)
            continue
        for row in rows:  # the same values, perhaps spelled otherwise
            for name, value in sound.items():
                if name != "checksum" and row[name] != value:
                    assert float(row[name]) == float(value) or row[name].lower() == value


def test_rows_without_a_checksum_count_and_later_columns_leave_a_row_valid(tmp_path):
    _file(tmp_path, "step,status,fid_a,protocol\n1,ok,5.0,p\n")
    score_table.add_row(tmp_path, _row(2, fid_a=4.0))
    score_table.add_row(tmp_path, _row(3, kid_b=4.0) | {"later": "x"})
    rows = score_table.read_rows(tmp_path)
    assert [row["status"] for row in rows] == ["ok"] * 3 and list(rows[0])[-1] == "checksum"
    assert [bool(row["checksum"]) for row in rows] == [False, True, True]


@pytest.mark.parametrize("cell", ["1_5", "nan", "-inf", "inf", " 1.5", "1.5 2", "--1", "0x1p3", "1e999", "١"])
def test_what_only_looks_like_a_number_is_named(tmp_path, cell):
    _file(tmp_path, f"step,status,fid_x,protocol\n3,ok,{cell},p\n")
    with pytest.raises(UserError, match=r"scores.csv cannot be read: fid_x of step 3 is .*, which is no number"):
        score_table.read_rows(tmp_path)
    _file(tmp_path, f"step,status,fid_x,protocol\n{cell},ok,1.0,p\n")
    with pytest.raises(UserError, match=r"scores.csv cannot be read: a step is .*, which is no whole number"):
        score_table.read_rows(tmp_path)


def _as_a_spreadsheet_saves(text, separator, decimal, bom, end):
    rows = list(csv.reader(text.splitlines()))
    file = io.StringIO()
    writer = csv.writer(file, delimiter=separator, lineterminator=end)
    for row in rows:
        cells = [cell.replace(".", decimal) if re.fullmatch(r"-?\d+\.\d+(e-?\d+)?", cell) else cell for cell in row]
        writer.writerow([{"true": "TRUE", "false": "FALSE"}.get(cell, cell) for cell in cells] + [""])
    writer.writerow([""] * (len(rows[0]) + 1))
    return bom + file.getvalue()


@pytest.mark.parametrize(
    "how", [(",", ".", "\ufeff", "\r\n"), (";", ",", "\ufeff", "\r\n"), ("\t", ",", "", "\n"), (";", ".", "", "\r")]
)
def test_what_a_spreadsheet_saved_is_read_as_it_was(tmp_path, how):
    for step, fid in ((1, 3.25), (2, 1e-05)):
        score_table.add_row(tmp_path, _row(step, fid_a=fid, kid_a=None) | {"d_learning_rate": 0.0002})
    before = score_table.read_rows(tmp_path)
    (tmp_path / score_table.SCORES_FILE).write_bytes(_as_a_spreadsheet_saves(_file(tmp_path), *how).encode())
    assert score_table.read_rows(tmp_path) == before
    score_table.add_row(tmp_path, _row(3, fid_a=2.0))
    assert score_table.read_rows(tmp_path)[:2] == before and "," in _file(tmp_path).partition("\n")[0]


def test_the_seconds_of_an_old_row_may_be_anything(tmp_path):
    _file(tmp_path, 'step,status,fid_a,protocol,seconds\n1,ok,5.0,p,"1,5"\n')
    score_table.add_row(tmp_path, {"step": 1, "status": "ok", "kid_a": 1.0, "protocol": "p", "seconds": 2.0})
    (row,) = score_table.read_rows(tmp_path)
    assert row["seconds"] == "" and (row["fid_a"], row["kid_a"]) == ("5.0", "1.0")


def test_many_rows_are_read_and_compared_in_no_time(tmp_path):
    protocol = "data=x test 1; real=200; weights=latest; metrics=fid; kid (blocks of at most 1024)"
    row = {"status": "ok", "fid_x": "1.5", "protocol": protocol} | {f"option_{i}": str(i) for i in range(90)}
    rows = [{"step": str(step)} | row | {"seed": repr(step / 7)} for step in range(1, 4001)]
    damaged = [each | {"checksum": "sha256:0"} for each in rows[:1000]]
    score_table.write_rows(tmp_path / score_table.SCORES_FILE, damaged)
    begin = time.process_time()
    assert len(score_table.best_steps(rows)) == 1
    assert {each["status"] for each in score_table.read_rows(tmp_path)} == {"damaged"}
    assert time.process_time() - begin < 2
