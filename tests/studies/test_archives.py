"""An archive is whole or not there, has everything but weights, and the same bytes for the same study."""

import csv
import errno
import io
import os
import tarfile
import zipfile

import pytest
from studies.conftest import finished, made

from compare_gan_tf2.studies import archives


@pytest.fixture
def workdir(tmp_path):
    """A study of four tasks, one of them done, with a report."""
    place = tmp_path / "study"
    made(place, loss=["hinge", "wasserstein"])
    finished(place / "2", fids=(3.0, 5.0))
    (place / "2" / "measurements.jsonl").write_text('{"step": 10}\n')
    (place / "2" / "curves").mkdir()
    (place / "2" / "curves" / "step-00000040-0a9fe1d7.json").write_text("{}")
    (place / "2" / "curves" / "mine.txt").write_text("mine")
    (place / "report.html").write_text("<html>")
    (place / "notes.txt").write_text("mine")
    (place / "rounds").mkdir()
    (place / "rounds" / "0000.json").write_text("{}")
    return place


def content(path):
    """Name -> bytes of what an archive holds."""
    if path.suffix == ".zip":
        with zipfile.ZipFile(path) as archive:
            return {name: archive.read(name) for name in archive.namelist()}
    with tarfile.open(path) as archive:
        return {each.name: archive.extractfile(each).read() for each in archive.getmembers()}


def _dates(path):
    """When an archive says that it or a file in it was made: years in a zip file, else seconds."""
    if path.suffix == ".zip":
        with zipfile.ZipFile(path) as archive:
            return {each.date_time[0] for each in archive.infolist()}
    with tarfile.open(path) as archive:
        return {int.from_bytes(path.read_bytes()[4:8], "little"), *(each.mtime for each in archive.getmembers())}


@pytest.mark.parametrize("ending", archives.ENDINGS)
def test_everything_but_weights_is_in_it_and_its_bytes_are_the_same_again(ending, workdir, tmp_path, run):
    one, other = tmp_path / f"one{ending}", tmp_path / f"other{ending}"
    said = run("archive", workdir, one)
    assert said.code == 0 and said.out.startswith("4 tasks with 2 rows of scores, ") and str(one) in said.out
    for path in workdir.rglob("*"):
        os.utime(path, (1.0, 1.0))
    run("archive", workdir, other)
    assert one.read_bytes() == other.read_bytes() and not _dates(one) - {0, 1980}
    found = content(one)
    assert set(found) == {
        *(f"study/{name}" for name in ("report.html", "rounds/0000.json", "rows.csv", "status.json", "study.json")),
        "study/versions.txt",
        *(f"study/{number}/{name}" for number in range(4) for name in ("machine.json", "task.json")),
        *(f"study/2/{name}" for name in ("measurements.jsonl", "scores.csv", "status.json")),
        "study/2/curves/step-00000040-0a9fe1d7.json",
    }
    rows = list(csv.DictReader(io.StringIO(found["study/rows.csv"].decode())))
    assert [(each["task_num"], each["step"], each["fid"], each["loss"]) for each in rows] == [
        ("2", "20", "3.0", "wasserstein"),
        ("2", "40", "5.0", "wasserstein"),
    ]
    assert b"tensorflow==" in found["study/versions.txt"] and b"# Python 3" in found["study/versions.txt"]


def test_with_the_best_checkpoints(workdir, tmp_path, run):
    path = tmp_path / "a.zip"
    assert run("archive", workdir, path, "--checkpoints", "best").code == 0
    assert [name for name in content(path) if "checkpoints" in name] == [
        "study/2/checkpoints/00000020/options.json",
        "study/2/checkpoints/00000020/weights.index",
    ]


@pytest.mark.parametrize(
    ("place", "line"),
    [
        ("study/a.zip", "it is in the study itself"),
        ("link/a.zip", "it is in the study itself"),
        ("a.tar", "the name of an archive ends in .tar.gz, .tgz, .zip"),
        ("there.zip", "it already exists; remove it"),
    ],
)
def test_a_place_that_cannot_be_is_one_line(place, line, workdir, tmp_path, run):
    (tmp_path / "link").symlink_to(workdir)
    (tmp_path / "there.zip").write_text("other")
    before = sorted(tmp_path.rglob("*"))
    said = run("archive", workdir, tmp_path / place)
    assert said.code == 2 and line in said.err and sorted(tmp_path.rglob("*")) == before


def test_a_full_disk_leaves_no_half_archive(workdir, tmp_path, run, monkeypatch):
    def full(*arguments, **named):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(archives.tarfile.TarFile, "addfile", full)
    before = sorted(tmp_path.iterdir())
    said = run("archive", workdir, tmp_path / "a.tar.gz")
    assert said.code == 2 and "No space left on device" in said.err and len(said.err.splitlines()) == 1
    assert sorted(tmp_path.iterdir()) == before


def test_nothing_is_no_archive(tmp_path, run):
    assert "no study in" in run("archive", tmp_path, tmp_path / "a.zip").err
