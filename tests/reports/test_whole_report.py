"""A report with nothing replaced: from rows of a study to sentences, tables, figures and the page."""

import csv
import json

import pytest
from studies.conftest import FIXED, checkpoint, row, said
from studies.conftest import run as run  # the fixture

from compare_gan_tf2 import api
from compare_gan_tf2.reports import figures
from compare_gan_tf2.studies import adding, making
from compare_gan_tf2.studies.study import Request

LEVEL = {"hinge": 20.0, "wasserstein": 30.0}
GAIN = {"none": 0.0, "spectral": -9.0}


@pytest.fixture
def simple_statistics():
    """Nothing is replaced here."""


@pytest.fixture
def study(tmp_path):
    """Sixteen tasks, of which one diverged."""
    workdir = tmp_path / "study"
    varied = {"loss": tuple(LEVEL), "d_weight_normalization": tuple(GAIN)}
    making.make(workdir, Request(fixed=FIXED, varied=varied, seeds=(0, 1, 2, 3), threads=1))
    for number, options in adding.there(workdir).items():
        folder = workdir / str(number)
        if (options.loss, options.d_weight_normalization, options.seed) == ("wasserstein", "none", 3):
            said(folder, "diverged", 30, not_finite=["loss/d"], values={}, options=options.to_dict())
            row(folder, 30, status="diverged")
            continue
        said(folder, "done", 40)
        for step in (20, 40):
            fid = LEVEL[options.loss] + GAIN[options.d_weight_normalization] + 0.5 * options.seed + 40.0 / step
            checkpoint(folder, step)
            row(folder, step, fid=fid, kid=fid / 100)
    return workdir


def test_the_verdict_is_in_words_in_tables_in_figures_and_on_the_page(study, run, monkeypatch):
    pytest.importorskip("matplotlib")
    monkeypatch.setattr(figures, "names", lambda: ("box", "factors"))  # all take long
    done = run("report", study, "--format", "csv", "latex")
    assert done.code == 0 and not done.err
    said_there = " ".join(done.out.split())
    assert "15 of 16 done, 1 diverged" in said_there
    # Of each loss and seed, but for the one whose partner diverged.
    assert "spectral is better than none: its FID is lower by 9.0" in said_there and "7 pairs" in said_there
    report = study / "report"
    with (report / "groups.csv").open(newline="") as file:
        groups = list(csv.DictReader(file))
    assert [(each["loss"], each["d_weight_normalization"]) for each in groups][0] == ("hinge", "spectral")
    assert float(groups[0]["fid_mean"]) == pytest.approx(20.0 - 9.0 + 0.75 + 1.0)
    assert r"\textbf" in (report / "groups.tex").read_text()
    page = (report / "report.html").read_text()
    assert "spectral is better than none" in page and "1 diverged" in page
    assert {path.name for path in (report / "figures").glob("*.png")} >= {"fid_box.png", "fid_factors.png"}
    files = json.loads((report / "report.json").read_text())
    assert files


def test_api_gives_the_same_numbers_as_the_table(study, run):
    pytest.importorskip("pandas")
    assert run("report", study, "--format", "csv", "--figures", "none").code == 0
    frame = api.results([study], table="groups")
    with (study / "report" / "groups.csv").open(newline="") as file:
        assert [float(each["fid_mean"]) for each in csv.DictReader(file)] == pytest.approx(frame["fid_mean"].tolist())
