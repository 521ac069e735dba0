"""Tables: what stands in them, what is in bold, and that texts from users stay texts."""

import csv
import dataclasses
import io
import pathlib
import re

import pytest
from reports import made_studies
from reports.conftest import FID, answer, gathered, group

from compare_gan_tf2.options import Options
from compare_gan_tf2.reports import answering, gathering, results, tables
from compare_gan_tf2.reports.records import Column, Interval, Point, Task

IS = Column(
    "inception_score", "inception_score_x", "inception_score", "IS", "", "data=triangles; weights=latest", False
)
NASTY = "=cmd|' /C calc'!A0 <b>&_$%#{}~^\\ [x](y) *a* | \x1b[2J"


def written(folder, found, answers, *formats):
    paths = tables.write(found, answers, folder, formats)
    return {path.name: path.read_bytes().decode() for path in paths if path.suffix != ".parquet"}


def lines_of(texts, kind):
    """The cells of the table of groups for people."""
    if kind == "markdown":
        rows = [line[2:-2].split(" | ") for line in texts["groups.md"].splitlines() if line.startswith("| ")]
        return [rows[0], *rows[2:]]
    lines = texts["groups.tex"].splitlines()
    begin, end = lines.index("\\toprule") + 1, lines.index("\\bottomrule")
    return [line.removesuffix(" \\\\").split(" & ") for line in lines[begin:end] if line.endswith("\\\\")]


@pytest.mark.parametrize(
    ("kind", "bold", "down"), [("markdown", "**{}**", "↓"), ("latex", "\\textbf{{{}}}", "$\\downarrow$")]
)
def test_the_best_of_each_score_is_bold_and_so_are_both_that_tie(kind, bold, down, tmp_path):
    groups = [group("hinge", 12.131, 1.0), group("wasserstein", 12.1311, 2.0), group("minimax", 15.0, 3.0)]
    other = answer(group("minimax", 8.0, 1.0), group("hinge", 7.0, 2.0, count=2), column=IS)
    found = lines_of(written(tmp_path, gathered(), [answer(*groups), other], kind), kind)
    assert found[0] == ["loss", "n", f"FID {down}", found[0][3]] and found[0][3].startswith("IS ")
    assert found[3][2] == "15 [14, 16]"
    assert [bold.format("12.13") in row[2] for row in found[1:]] == [True, True, False]
    assert [bold.partition("{")[0] in row[3] for row in found[1:]] == [False, False, True]
    assert "n=2" in found[1][3] and found[2][3] == "" and "n=" not in found[3][3]


def test_groups_with_failures_cut_ones_and_other_counts_of_checkpoints_are_not_bold(tmp_path):
    groups = [
        group("hinge", 5.0, 1.0, checkpoints=12),
        group("minimax", 5.0, 2.0, checkpoints=12, diverged=1),
        group("wasserstein", 5.0, 3.0, checkpoints=6),
        group("least_squares", 5.0, 4.0, checkpoints=12, is_cut=True),
        group("none", None, 5.0, count=0, failed=3, checkpoints=0),
    ]
    texts = written(tmp_path, gathered(), [answer(*groups, at="best")], "markdown")
    found = lines_of(texts, "markdown")
    assert found[0] == ["loss", "n", "FID ↓", "diverged", "failed", "search"]
    assert ["**" in row[2] for row in found[1:]] == [True, False, False, False, False]
    assert "(best of 12)" in found[1][2] and "(best of 6)" in found[3][2] and found[4][5] == "cut"
    assert found[5][2:] == ["", "", "3", ""]


def test_intervals_are_told_by_their_methods(tmp_path):
    equal = Interval(5.0, 5.0, "all values are equal")
    groups = [group("hinge", 5.0, 1.0, interval=equal), group("minimax", 6.0, 2.0), group("none", 7.0, 3.0)]
    for chosen, told in (
        (groups, "mean of n seeds [95 % interval by Student's t, or the mean itself where all n are equal]"),
        (groups[1:], "mean of n seeds [95 % interval by Student's t]"),
        (groups[:1], "mean of n seeds [the mean itself, as all n are equal]"),
    ):
        notes = written(tmp_path, gathered(), [answer(*chosen)], "markdown")["groups.md"].replace("\\", "")
        assert f"* {told}; the best in bold" in notes


def test_means_of_groups_that_join_settings_are_of_scores(tmp_path):
    found = made_studies.forty()
    tasks = [dataclasses.replace(each, group=each.options["loss"]) for each in found.tasks]
    joined = dataclasses.replace(found, tasks=tasks, labels={each.group: each.group for each in tasks})
    for study, unit in ((found, "seeds"), (joined, "scores")):
        notes = written(tmp_path, study, [answering.answer(study, made_studies.FID)], "markdown")["groups.md"]
        assert f"* mean of n {unit} " in notes


def test_values_of_options_that_are_different_look_different(tmp_path):
    groups = [group(f"{rate}", 5.0 + i, i + 1.0, options={"g_learning_rate": rate}) for i, rate in enumerate(
        (1.234e-4, 1.2341e-4, 0.5)
    )]  # fmt: skip
    found = lines_of(written(tmp_path, gathered(), [answer(*groups)], "markdown"), "markdown")
    assert [row[0] for row in found[1:]] == ["0.0001234", "0.00012341", "0.5"]


def test_people_see_no_column_that_says_nothing(study, tmp_path):
    texts = written(tmp_path, gathering.gather([study]), [], "markdown")
    head = next(line for line in texts["tasks.md"].splitlines() if line.startswith("| "))
    assert head == "| task | loss | seed | state | trained_steps | step | checkpoints | images_seen | FID ↓ | KID ↓ |"


@pytest.fixture
def nasty(tmp_path):
    """A task of a study whose folder, options and failure have names that mean something elsewhere."""
    options = {**Options().to_dict(), "loss": "hinge", "label_file": NASTY}
    point = Point(40, None, None, {"fid": 3.5}, NASTY)
    task = Task(pathlib.Path(f"/{NASTY}"), 0, options, 0, "g", "failed", 40, f"{NASTY}\nsecond line", (point,))
    return gathered(
        tasks=(task,), varied=("label_file",), labels={"g": NASTY}, left_out=(NASTY,), notes=(NASTY,), progress=NASTY
    )


def test_texts_from_users_mean_nothing_in_any_format(nasty, tmp_path):
    texts = written(tmp_path, nasty, [answer(group("g", 3.5, 1.0, options={"label_file": NASTY}, label=NASTY))],
                    "csv", "markdown", "latex")  # fmt: skip
    assert not any("\x1b" in text for text in texts.values())
    for name in ("tasks.csv", "groups.csv"):
        for line in csv.reader(io.StringIO(texts[name])):
            assert not any(cell.startswith(("=", "+", "@")) for cell in line), line
    for name in ("tasks.md", "groups.md"):
        assert "<b>" not in texts[name] and "](y)" not in texts[name].replace("\\]", "")
        rows = [line for line in texts[name].splitlines() if line.startswith("| ")]
        assert len({len(re.findall(r"(?<!\\)\|", line)) for line in rows}) == 1
    for name in ("tasks.tex", "groups.tex"):
        body = re.sub(r"\\(text[a-z]+|dots)\{\}|\\[&%$#_{}]", "", texts[name])
        assert body.count("{") == body.count("}")
        assert not re.search(r"[#_~^]", body) and body.count("%") == 1 and body.count("$") % 2 == 0


def test_the_table_of_tasks_has_a_line_for_each_with_the_checkpoint_that_is_taken(study, tmp_path):
    found = gathering.gather([study])
    fid = found.columns[0]
    last, by_step = tables.tasks(found, [fid]), tables.tasks(found, [fid], "20")
    assert last.column("step") == [40, 40, 40, None] and by_step.column("step") == [20, 20, 20, None]
    assert last.column("fid") == [3.0, 4.0, 8.0, None] and by_step.column("fid") == [5.0, 6.0, 9.0, None]
    assert last.column("checkpoints") == [1, 1, 1, 0]
    assert last.column("loss") == ["hinge", "hinge", "wasserstein", "wasserstein"]
    assert last.column("seed") == [0, 1, 0, 1] and last.column("state") == ["done"] * 3 + ["waiting"]
    best = tables.tasks(found, [fid], "best")
    assert best.column("checkpoints") == [2, 2, 2, 0] and best.column("fid") == [3.0, 4.0, 8.0, None]
    higher = tables.tasks(found, [Column(**vars(fid) | {"lower_is_better": False})], "best")
    assert higher.column("fid") == [5.0, 6.0, 9.0, None]


def test_of_checkpoints_with_equal_scores_the_one_that_is_asked_for_is_taken():
    points = tuple(Point(step, None, None, {"fid": 5.0}) for step in (20, 40, 60))
    task = Task(pathlib.Path("x"), 0, {}, 0, "g", "done", 60, "", points)
    steps = {at: tables.taken(task, [FID], at)[0].step for at in ("20", "40", "last", "best")}
    assert steps == {"20": 20, "40": 40, "last": 60, "best": 20}


def test_no_column_of_ours_is_called_as_an_option(study):
    head = tables.tasks(gathering.gather([study])).head
    assert len(set(head)) == len(head)
    assert set(head) & set(Options().to_dict()) == {"loss", "seed"}


def test_a_csv_file_keeps_every_digit_and_the_protocol_stands_once(tmp_path):
    found = gathered(columns=(FID, IS))
    texts = written(tmp_path, found, [answer(group("hinge", 0.1 + 0.2, 1.0))], "csv", "markdown")
    (line,) = csv.DictReader(io.StringIO(texts["groups.csv"]))
    assert line["fid_mean"] == "0.30000000000000004" and line["fid_count"] == "3" and line["is_cut"] == "false"
    assert [each["protocol"] for each in csv.DictReader(io.StringIO(texts["columns.csv"]))] == [FID.protocol] * 2
    assert texts["groups.md"].count("protocol of FID") == 1
    assert "protocol of FID, IS" in texts["tasks.md"]


def test_parquet_and_the_data_frame_hold_what_the_csv_file_does(study, tmp_path):
    pandas = pytest.importorskip("pandas")
    pytest.importorskip("pyarrow")
    frame = results.results(study)
    assert list(frame["fid"].dropna()) == [3.0, 4.0, 8.0] and str(frame.dtypes["step"]) == "Int64"
    assert str(frame.dtypes["is_cut"]) == "boolean" and frame.attrs["progress"] == "3 of 4 done, 1 waiting"
    assert frame.attrs["protocols"]["fid"] == "data=triangles; weights=latest"
    tables.write(gathering.gather([study]), [], tmp_path / "out", ["csv", "parquet"])
    read = pandas.read_parquet(tmp_path / "out" / "tasks.parquet")
    as_text = pandas.read_csv(tmp_path / "out" / "tasks.csv")
    for name in ("task", "loss", "seed", "state", "fid", "step"):
        assert read[name].dropna().tolist() == frame[name].dropna().tolist() == as_text[name].dropna().tolist(), name
    groups = results.results([study], table="groups", score="kid", at="best")
    assert list(groups.columns[:2]) == ["setting", "loss"] and list(groups["kid_mean"]) == [3.5, 8.0]
    assert list(results.results(study, table="columns")["key"]) == ["fid", "kid"]
