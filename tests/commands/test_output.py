"""What commands print of names from outside is read, not obeyed, by any terminal."""

import io
import logging
import os
import pathlib

import pytest
from absl import flags

from compare_gan_tf2.commands import _run, evaluate, generate_tasks, run_one_task, sample
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.progress import Progress
from compare_gan_tf2.task_folder import score_table

NAMES = ["\x1b[2J\x1b]0;title\x07", "a\rb", "\u202egnp", "not utf-8 \udcff"]


def run(main):
    return _run.run("", flags.FlagValues(), main, ["command"])


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_visible_wherever_it_is_printed(name, capsys, monkeypatch):
    monkeypatch.setattr(logging.root, "handlers", [])

    def main(_):
        print(f"folder\t{name}\nnext")
        logging.getLogger("compare_gan_tf2.some").warning("left out: %s\nWARNING: not ours", name)
        raise UserError(f"no folder {name}\nerror: not ours")

    assert run(main) == 2
    out, err = capsys.readouterr()
    warning, error = err.splitlines()
    shown = repr(name)[1:-1]
    assert out == f"folder\t{shown}\nnext\n"
    assert warning == f"WARNING: left out: {shown.replace(chr(92) + 'r', ' ')} WARNING: not ours"
    assert error == f"error: no folder {shown.replace(chr(92) + 'r', ' ')} error: not ours"


def test_errors_of_the_system_name_the_file_visibly(capsys):
    def main(_):
        raise PermissionError(13, "Permission denied", "/data/\x1b[1m\n")

    assert run(main) == 2
    assert capsys.readouterr().err == "error: Permission denied: /data/\\x1b[1m\n"


@pytest.mark.parametrize(("encoding", "shown"), [("ascii", r"caf\xe9 \u732b"), ("latin-1", "caf\u00e9 \\u732b")])
def test_what_the_terminal_cannot_write_is_an_escape(encoding, shown, monkeypatch):
    written = io.BytesIO()
    monkeypatch.setattr("sys.stdout", io.TextIOWrapper(written, encoding, write_through=True))
    assert run(lambda _: print("caf\u00e9 \u732b")) == 0
    assert written.getvalue().decode(encoding) == shown + "\n"


@pytest.mark.parametrize(
    ("seconds", "done", "total", "said"),
    [
        (1.0, 1327, 2654, "scoring: image 1327/2654, 1,330 images/s, remaining 0:00:01"),
        (2.0, 5, 5, "scoring: image 5/5, 2.5 images/s, remaining 0:00:00"),
        (46.0, 2, 3, "scoring: image 2/3, 23 s per image, remaining 0:00:23"),
        (5000.0, 1, 2, "scoring: image 1/2, 5,000 s per image, remaining 1:23:20"),
        (1.0, 0, 3, "scoring: image 0/3, remaining unknown"),
        (1.0, 0, 0, ""),
    ],
)
def test_progress_is_told_in_numbers_that_people_read(seconds, done, total, said, capsys, monkeypatch):
    now = [0.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    with Progress("scoring", total, unit="image") as progress:
        now[0] = seconds
        progress.advance(done)
    assert capsys.readouterr().err.splitlines()[-1:] == [said] * bool(said)


def test_help_for_a_reader_who_has_gone_is_no_error(monkeypatch):
    read, write = os.pipe()
    os.close(read)
    monkeypatch.setattr("sys.stdout", os.fdopen(write, "w"))
    values = flags.FlagValues()
    assert _run.run("what it does", values, lambda _: 0, ["command", "--help"]) == 0


@pytest.mark.skipif(not pathlib.Path("/dev/full").exists(), reason="no device that is always full")
def test_output_to_a_full_disk_is_one_line(monkeypatch, capfd):
    with open("/dev/full", "w") as full:
        monkeypatch.setattr("sys.stdout", full)
        assert run(lambda _: print("a result")) == 2
        monkeypatch.undo()
        assert "error: No space left on device" in capfd.readouterr().err
        with pytest.raises(OSError):
            full.flush()
        os.dup2(os.open(os.devnull, os.O_WRONLY), full.fileno())


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["--number=x"], "error: flag --number=x: it has to be a whole number"),
        (["--number=1.5"], "error: flag --number=1.5: it has to be a whole number"),
        (["--part=\u00e9"], "error: flag --part=\u00e9: it has to be a number"),
        (["--fast=perhaps"], "error: flag --fast=perhaps: it is given without a value, or with true or false"),
        (["--flagfile=/no/such"], "error: --flagfile: No such file or directory: '/no/such'"),
    ],
)
def test_a_wrong_flag_is_answered_without_pythons_own_words(words, line, capsys):
    values = flags.FlagValues()
    flags.DEFINE_integer("number", 0, "", flag_values=values)
    flags.DEFINE_float("part", 0, "", flag_values=values)
    flags.DEFINE_bool("fast", False, "", flag_values=values)
    assert _run.run("", values, lambda _: 0, ["command", *words]) == 2
    assert capsys.readouterr().err == f"{line}\n"


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["--workdir", ""], "error: --workdir is empty; leave it out, or give: folder of the study"),
        (["--cache_dir="], "error: --cache_dir is empty; leave it out, or give: folder of what is kept"),
        (["--name", ""], "error: --name is empty; leave it out, or give: a name"),
        (
            ["--cache_dir", "file"],
            "error: --cache_dir is file, which is not a folder; it must be a folder of what is kept",
        ),
        (["--workdir", "file\0"], "error: no folder file\\x00"),
        (["--workdir", "new"], None),
        (["--name", "file"], None),
    ],
)
def test_empty_values_and_files_in_place_of_folders_are_refused_before_anything_is_done(
    words, line, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    pathlib.Path("file").touch()
    values = flags.FlagValues()
    flags.DEFINE_string("workdir", None, "folder of the study", flag_values=values)
    flags.DEFINE_string("cache_dir", None, "folder of what is kept", flag_values=values)
    flags.DEFINE_string("name", "", "a name", flag_values=values)
    done = []
    code = _run.run("", values, done.append, ["command", *words])
    if line is None:
        assert (code, done) == (0, [[]])
    else:
        assert (code, done, capsys.readouterr().err) == (2, [], f"{line}\n")


def test_help_has_the_flags_and_no_name_of_a_module(capsys):
    values = flags.FlagValues()
    flags.DEFINE_string("workdir", None, "folder of the study", flag_values=values)
    assert _run.run("Does this.\n", values, lambda _: 0, ["command", "-h"]) == 0
    expected = ("Does this.", "", "flags:", "  --workdir: folder of the study", "", "  --quiet: ", "  --version: ")
    for line, begin in zip(capsys.readouterr().out.splitlines(), expected, strict=True):
        assert line.startswith(begin) and bool(line) == bool(begin)


@pytest.mark.parametrize(
    ("command", "words", "part"),
    [
        (sample, ["module", "--truncation=nan"], "--truncation is nan"),
        (sample, [""], "which module?"),
        (evaluate, ["--real=x.npz", "--generated=x.npz", "--output=file/o.csv"], "cannot write file/o.csv"),
    ],
)
def test_wrong_uses_are_seen_before_tensorflow_is_started(command, words, part, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    pathlib.Path("file").touch()
    monkeypatch.setattr(_run, "start_tensorflow", lambda: pytest.fail("started"))
    assert command.main(["command", *words]) == 2
    error = capsys.readouterr().err
    assert part in error and error.count("\n") == 1


def test_rows_of_another_s_file_add_no_lines_to_the_table(tmp_path, capsys):
    assert generate_tasks.main(["command", f"--workdir={tmp_path}", "--experiment=quickstart"]) == 0
    protocol = "real=10; data=photos\nfid 0.001\x1b[2J"
    score_table.add_row(tmp_path / "0", {"step": 4, "status": "ok", "fid_x": 1.5, "protocol": protocol})
    capsys.readouterr()
    assert run_one_task.main(["command", f"--workdir={tmp_path}", "--task_num=0", "--command=show"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 5 and lines[3].endswith(r"data=photos fid 0.001\x1b[2J")


def test_progress_on_a_file_with_an_odd_name_is_visible(capsys):
    with Progress("evaluating \x1b[2J\n.npz", 3) as progress:
        progress.advance(3)
    assert capsys.readouterr().err.startswith(r"evaluating \x1b[2J .npz: step 3/3")


def test_programs_get_null_for_what_is_no_number_and_text_for_places():
    said = {"fid": float("nan"), "all": (float("inf"), 1.5, True, None), "place": pathlib.Path("study")}
    assert _run.as_json(said) == '{"fid": null, "all": [null, 1.5, true, null], "place": "study"}'
