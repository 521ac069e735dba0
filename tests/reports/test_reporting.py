"""The verb report: what it writes and prints, at any time, and how it answers mistakes."""

import json
import types

import pytest
from studies.conftest import made, row, said
from studies.conftest import run as run  # the fixture

from compare_gan_tf2 import reports
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.reports import extra, reporting
from compare_gan_tf2.reports.reporting import Request

PRINTED = """\
3 of 4 done, 1 waiting

FID at last
loss=hinge leads

loss         n  FID              KID
hinge        2  3.5* [2.5, 4.5]  3.5* [2.5, 4.5]
wasserstein  1  8 [7, 9]         8 [7, 9]

* best; mean of n seeds [95 % interval by Student's t]
protocol of FID, KID: data=triangles; weights=latest

left out:
- tasks without scores: 1 (1 waiting)
- figure prd of FID: no curves
"""


@pytest.fixture
def parts(monkeypatch):
    """Stand-ins for figures and the page, which tell what they were called with."""
    called = {}

    def draw(gathered, answers, folder, kind):
        called["figures"] = list(answers)
        folder.mkdir(exist_ok=True)
        picture = folder / f"fid_box.{kind}"
        picture.write_text("picture")
        drawn = types.SimpleNamespace(picture=picture, animation=None, title="Box", note="of three seeds")
        return types.SimpleNamespace(figures=[drawn], paths=[picture], left_out=("figure prd of FID: no curves",))

    def write(gathered, answers, figures, folder, captions):
        assert list(captions.values()) == ["Box. of three seeds"] * len(figures)
        called["page"] = (list(answers), [path.name for path in figures], gathered.left_out)
        (folder / "report.html").write_text("page")
        return folder / "report.html"

    monkeypatch.setattr(reports, "figures", types.SimpleNamespace(write=draw), raising=False)
    monkeypatch.setattr(reports, "page", types.SimpleNamespace(write=write), raising=False)
    monkeypatch.setattr(extra, "require", lambda *names: None)
    return called


def files_in(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_the_report_is_printed_and_written_into_the_study(study, run, parts, monkeypatch):
    monkeypatch.setenv("COLUMNS", "120")
    found = run("report", study, "--format", "csv", "latex,markdown")
    folder = study / "report"
    assert (found.code, found.err) == (0, "")
    end = f"\npage: {folder}/report.html\nand 8 files of tables and figures in {folder}\n"
    assert found.out == PRINTED + end
    tables = ["columns.csv", "groups.csv", "groups.md", "groups.tex", "tasks.csv", "tasks.md", "tasks.tex"]
    assert files_in(folder) == sorted([*tables, "figures/fid_box.png", "report.html", "report.json"])
    assert parts["figures"] == ["fid"]
    assert parts["page"][:2] == (["fid", "kid"], ["fid_box.png"])
    assert parts["page"][2][-1] == "figure prd of FID: no curves"


def test_it_fits_a_narrow_terminal(study, run, parts, monkeypatch):
    monkeypatch.setenv("COLUMNS", "50")
    found = run("report", study, "--format", "csv")
    assert all(len(line) <= 50 for line in found.out.splitlines() if str(study) not in line)


def test_programs_get_everything_as_json(study, run, parts):
    found = run("report", study, "--json", "--score", "kid", "--at", "best", "--format", "csv", "--figures", "none")
    content = json.loads(found.out)
    assert list(content["answers"]) == ["kid", "fid"] and content["progress"] == "3 of 4 done, 1 waiting"
    assert [group["mean"] for group in content["answers"]["kid"]["groups"]] == [3.5, 8.0]
    assert "figures" not in parts and parts["page"][1] == []


def test_a_report_is_there_before_anything_is_scored(tmp_path, run, parts):
    made(tmp_path, loss=["hinge", "wasserstein"])
    found = run("report", tmp_path, "--format", "csv", "markdown")
    assert found.code == 0 and "no scores yet" in found.out and "0 of 4 done, 4 waiting" in found.out
    assert files_in(tmp_path / "report") == ["columns.csv", "report.html", "report.json", "tasks.csv", "tasks.md"]
    assert parts["page"][0] == [] and "figures" not in parts


@pytest.mark.parametrize(
    ("flags", "line"),
    [
        (["--score", "fido"], "unknown score 'fido', did you mean 'fid'"),
        (["--score", "vendi_score"], "no task has the score vendi_score; there are: fid, kid"),
        (["--score", ""], "--score is empty"),
        (["--at", "first"], "--at first: it is last, best, or the step of a checkpoint"),
        (["--at", "30"], "--at 30: no task has scores at this step; there are scores at 20, 40"),
        (["--budget", "hours"], "unknown budget 'hours'; known: images, seconds, steps, trainings"),
        (["--format", "xls"], "unknown format 'xls'; known: csv, latex, markdown, parquet"),
        (["--figures", "gif"], "unknown kind of figures 'gif'; known: none, pdf, png, svg"),
        (["--group_by", "los"], "unknown option 'los', did you mean 'loss'"),
        (["--output", "{study}"], "it holds something else (0, 1, 2, …); choose another --output"),
        (["--output", "{study}/study.json"], "it is no folder"),
        (["--output", "{study}/0"], "it holds something else"),
    ],
)
def test_a_mistake_is_one_line_and_nothing_is_written(flags, line, study, run, parts):
    found = run("report", study, *(flag.format(study=study) for flag in flags))
    assert found.code == 2 and line in found.err and found.err.count("\n") == 1 and found.out == ""
    assert not (study / "report").exists() and not list(study.rglob("report.json"))


def test_a_folder_that_is_no_study_is_refused(tmp_path, run):
    found = run("report", tmp_path / "none")
    assert found.code == 2 and "no study in" in found.err
    assert run("report").code == 2


def test_the_score_of_a_protocol_is_asked_for_by_its_key(study, parts):
    row(study / "0", 40, protocol="data=triangles; weights=average", fid=2.0)
    made_one = reporting.make(Request([study], score="fid@2", formats=["csv"], figures="none"))
    assert [each.column.key for each in made_one.answers] == ["fid@2", "fid", "kid"]
    all_of_it = reporting.make(Request([study], score="fid", formats=["csv"]))
    assert [each.column.key for each in all_of_it.answers] == ["fid", "fid@2", "kid"]
    assert parts["figures"] == ["fid", "fid@2"]


def test_an_earlier_report_is_replaced_and_other_files_stay(study, parts, tmp_path):
    output = tmp_path / "out"
    request = Request([study], output, formats=["csv", "markdown"])
    reporting.make(request)
    (output / "mine.txt").write_text("mine")
    for name in ("outside.txt", "another.txt"):
        (tmp_path / name).write_text("outside")
    listed = json.loads((output / "report.json").read_text())
    listed["files"] += ["../outside.txt", "mine.txt/x", str(tmp_path / "another.txt")]
    (output / "report.json").write_text(json.dumps(listed))
    reporting.make(Request([study], output, formats=["csv"], figures="svg"))
    tables = ["columns.csv", "groups.csv", "tasks.csv"]
    assert files_in(output) == sorted([*tables, "figures/fid_box.svg", "mine.txt", "report.html", "report.json"])
    assert (tmp_path / "outside.txt").exists() and (tmp_path / "another.txt").exists()


def test_the_same_study_gives_the_same_bytes(study, parts):
    request = Request([study], formats=["csv", "markdown", "latex"])
    first = {path: path.read_bytes() for path in reporting.make(request).files}
    assert {path: path.read_bytes() for path in reporting.make(request).files} == first


def test_its_own_folder_is_no_part_of_the_study(study, parts):
    before = reporting.make(Request([study], formats=["csv"])).gathered
    assert reporting.make(Request([study], formats=["csv"])).gathered.left_out == before.left_out


def test_a_search_is_compared_by_its_own_score(study, parts):
    content = json.loads((study / "study.json").read_text())
    content["search"] = {"score": "kid"}
    (study / "study.json").write_text(json.dumps(content))
    assert reporting.make(Request([study], formats=["csv"])).answers[0].column.key == "kid"


def test_a_missing_package_is_one_line():
    with pytest.raises(UserError, match=r"reports need not_there: pip install 'compare_gan_tf2\[report\]'"):
        extra.require("json", "not_there")
    with pytest.raises(UserError, match=r"pip install 'compare_gan_tf2\[report\]'"):
        extra.load("not_there.part")


def test_tasks_that_diverged_are_there(study, run, parts):
    said(study / "3", "diverged", 33)
    row(study / "3", 33, "diverged", "not scored")
    assert "3 of 4 done, 1 diverged" in run("report", study, "--format", "csv").out
    assert ",diverged,33," in (study / "report" / "tasks.csv").read_text()
