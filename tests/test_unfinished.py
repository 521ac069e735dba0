"""What killed processes left is removed, and nothing else."""

import os
import signal
import subprocess
import sys
import time

import pytest

from compare_gan_tf2 import files, unfinished

_BEGINS = """
import os, pathlib, signal, sys, time
from compare_gan_tf2 import files
place = pathlib.Path(sys.argv[1])
kind = files.replace_file if sys.argv[2] == "file" else files.replace_folder
with kind(place) as new:
    new.write(b"part") if sys.argv[2] == "file" else (new / "part").write_text("")
    print("begun", flush=True)
    time.sleep(60)
"""


def _begin(place, kind):
    """A process that is writing a file or a folder at a place."""
    process = subprocess.Popen([sys.executable, "-c", _BEGINS, str(place), kind], stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "begun\n"
    return process


def _end(process):
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_the_next_writer_removes_what_a_killed_one_left_and_not_what_a_living_one_writes(tmp_path, kind):
    process = _begin(tmp_path / "60", kind)
    try:
        (begun,) = tmp_path.iterdir()
        unfinished.sweep(tmp_path)
        assert list(tmp_path.iterdir()) == [begun]
    finally:
        _end(process)
    with files.replace_file(tmp_path / "other") as file:
        file.write(b"x")
    assert [path.name for path in tmp_path.iterdir()] == ["other"]


def test_what_a_process_left_that_its_parent_has_not_asked_after_is_removed(tmp_path):
    process = _begin(tmp_path / "60", "file")
    process.send_signal(signal.SIGKILL)
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    unfinished.sweep(tmp_path)
    assert not list(tmp_path.iterdir())
    process.communicate()


def _old(path, seconds=2 * 86400):
    os.utime(path, (time.time() - seconds,) * 2, follow_symlinks=False)


def test_only_exact_names_are_swept_and_only_after_a_day_where_nobody_knows_the_process(tmp_path):
    uuid = "0123456789ab4def8123456789abcdef"
    elsewhere = ".a.csv.aaaaaaaa-12-bbbbbbbb"
    kept_files = [".git", ".env.template", ".a.txt", f".a.{uuid[:-1]}", ".a.aaaaaaaa-12", f"a.{uuid}", ".b.abcd1234"]
    kept_folders = [".notes", ".00000010.abcd1234", f".folder.{uuid}", ".x.old", ".y.aaaaaaaa-1x-bbbbbbbb"]
    for name in (*kept_files, f".young.{uuid}", f".data.{uuid}", elsewhere):
        (tmp_path / name).write_text("")
    for name in (*kept_folders, ".10.aaaaaaaa-12-cccccccc"):
        (tmp_path / name).mkdir()
    for path in tmp_path.iterdir():
        if "young" not in path.name:
            _old(path)
    young = tmp_path / ".10.aaaaaaaa-12-dddddddd"
    young.mkdir()
    unfinished.sweep(tmp_path)
    left = {path.name for path in tmp_path.iterdir()}
    assert left == {*kept_files, *kept_folders, f".young.{uuid}", young.name}


def test_nothing_behind_a_link_is_swept(tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/years of work").write_text("")
    (tmp_path / "task").mkdir()
    for name in (".a.aaaaaaaa-12-bbbbbbbb", ".a.aaaaaaaa-12-cccccccc.old"):
        (tmp_path / "task" / name).symlink_to(tmp_path / "mine")
        _old(tmp_path / "task" / name)
    inside = tmp_path / "task/.b.aaaaaaaa-12-bbbbbbbb"
    inside.mkdir()
    (inside / "link").symlink_to(tmp_path / "mine")
    _old(inside)
    unfinished.sweep(tmp_path / "task")
    assert (tmp_path / "mine/years of work").is_file() and not inside.exists()
    assert len(list((tmp_path / "task").iterdir())) == 2


def test_an_earlier_process_of_the_same_number_is_not_this_one(tmp_path):
    with unfinished.name_for(tmp_path / "a") as own:
        own.write_text("")
        earlier = own.with_name(own.name[:-8] + "0" * 8)
        earlier.write_text("")
        unfinished.sweep(tmp_path)
        assert own.exists() and not earlier.exists()
