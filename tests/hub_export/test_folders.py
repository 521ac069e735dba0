"""A folder takes another's place whole, or the other stays."""

import errno
import os
import pathlib
import threading

import pytest

from compare_gan_tf2 import files, unfinished
from compare_gan_tf2.errors import UserError


@pytest.fixture
def place(tmp_path):
    """A folder in use."""
    (tmp_path / "models/sub").mkdir(parents=True)
    (tmp_path / "models/sub/a.txt").write_text("old")
    return tmp_path / "models"


def _replace(place, **options):
    with files.replace_folder(place, **options) as new:
        (new / "sub").mkdir()
        (new / "sub/a.txt").write_text("new")


def _text(place):
    return (place / "sub/a.txt").read_text()


@pytest.fixture
def moves(monkeypatch):
    """A file system in which two folders cannot change places."""
    monkeypatch.setattr(files, "_exchange", lambda one, other: False)


def test_a_new_folder_takes_the_place_of_the_old_one(place, tmp_path):
    _replace(place)
    assert _text(place) == "new" and list(tmp_path.iterdir()) == [place]


@pytest.mark.usefixtures("moves")
@pytest.mark.parametrize("failing", [1, 2])
def test_the_old_folder_stays_when_the_new_one_cannot_be_moved_in(failing, place, tmp_path, monkeypatch):
    replace, calls = os.replace, []

    def fails(source, target):
        calls.append(source)
        if len(calls) == failing:
            raise OSError(28, "No space left on device")
        replace(source, target)

    monkeypatch.setattr(os, "replace", fails)
    with pytest.raises(UserError, match="cannot write .*models: No space left on device"):
        _replace(place)
    assert _text(place) == "old" and list(tmp_path.iterdir()) == [place]


@pytest.mark.usefixtures("moves")
def test_a_kill_between_the_moves_leaves_the_old_and_the_new_one(place, tmp_path, monkeypatch):
    replace, calls = os.replace, []

    def killed(source, target):
        calls.append(source)
        if len(calls) >= 2:
            raise SystemExit(137)
        replace(source, target)

    monkeypatch.setattr(os, "replace", killed)
    # What tidies up behind an exception does not run when a process is killed.
    monkeypatch.setattr(files.shutil, "rmtree", lambda *_, **__: None)
    with pytest.raises(SystemExit):
        _replace(place)
    assert sorted(_text(left) for left in tmp_path.iterdir()) == ["new", "old"] and not place.exists()
    monkeypatch.undo()
    unfinished.sweep(tmp_path)  # as the next start does; this process is over
    assert _text(place) == "old" and list(tmp_path.iterdir()) == [place]


@pytest.mark.usefixtures("moves")
def test_a_signal_between_the_moves_puts_the_old_one_back(place, tmp_path, monkeypatch):
    replace, calls = os.replace, []

    def interrupted(source, target):
        calls.append(source)
        if len(calls) == 2:
            raise KeyboardInterrupt
        replace(source, target)

    monkeypatch.setattr(os, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        _replace(place)
    assert _text(place) == "old" and list(tmp_path.iterdir()) == [place]


@pytest.mark.usefixtures("moves")
def test_an_old_folder_that_cannot_be_put_back_is_kept_aside(place, tmp_path, monkeypatch):
    replace, calls = os.replace, []

    def fails(source, target):
        calls.append(source)
        if len(calls) >= 2:
            raise OSError(5, "Input/output error")
        replace(source, target)

    monkeypatch.setattr(os, "replace", fails)
    with pytest.raises(UserError, match="Input/output error"):
        _replace(place)
    (left,) = tmp_path.iterdir()
    assert left != place and _text(left) == "old"


@pytest.mark.usefixtures("moves")
def test_the_disk_has_the_new_files_before_the_old_ones_go(place, tmp_path, monkeypatch):
    flushed, at_move, replace = [], [], os.replace

    def moved(source, target):
        at_move.append(len(flushed))
        replace(source, target)

    monkeypatch.setattr(os, "fsync", lambda handle: flushed.append(os.readlink(f"/proc/self/fd/{handle}")))
    monkeypatch.setattr(os, "replace", moved)
    _replace(place)
    names = [name.removeprefix(str(tmp_path)) for name in flushed]
    new = names[0]
    assert at_move == [3, 3] and names == [new, f"{new}/sub/a.txt", f"{new}/sub", ""]
    _replace(place, durable=False)
    assert len(flushed) == 4


def test_a_folder_that_is_replaced_is_never_absent(place):
    absent, over = [], threading.Event()

    def look():
        while not over.is_set():
            try:
                _text(place)
            except FileNotFoundError:
                absent.append(1)

    if not _can_exchange(place.parent):
        pytest.skip("the file system cannot let two folders change places")
    watch = threading.Thread(target=look)
    watch.start()
    for _ in range(200):
        _replace(place, durable=False)
    over.set()
    watch.join()
    assert not absent and _text(place) == "new"


def _can_exchange(folder):
    for name in ("one", "other"):
        (folder / name).mkdir()
    return files._exchange(folder / "one", folder / "other")


def test_a_file_has_its_name_on_the_disk_too(tmp_path, monkeypatch):
    flushed = []
    monkeypatch.setattr(os, "fsync", lambda handle: flushed.append(os.readlink(f"/proc/self/fd/{handle}")))
    with files.replace_file(tmp_path / "a/b/c.txt") as file:
        file.write(b"x")
    assert [name.removeprefix(str(tmp_path)) for name in flushed if ".c.txt." not in name] == ["/a", "", "/a/b"]


@pytest.mark.parametrize("number", [errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP])
def test_file_systems_without_links_rights_and_fsync_will_do(place, monkeypatch, number):
    def refuses(*_, **__):
        raise OSError(number, os.strerror(number))

    for name in ("link", "chmod", "fsync", "chown", "symlink"):
        monkeypatch.setattr(os, name, refuses)
    _replace(place)
    with files.replace_file(place / "b.txt") as file:
        file.write(b"x")
    assert _text(place) == "new" and (place / "b.txt").read_bytes() == b"x"


def test_a_disk_that_fails_is_said(place, monkeypatch):
    def fails(descriptor):
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "fsync", fails)
    with pytest.raises(UserError, match="cannot write .*models: Input/output error"):
        _replace(place)


def test_a_folder_that_is_fine_stays_and_another_goes(place, tmp_path):
    _replace(place, keep=lambda there: _text(there) == "old")
    assert _text(place) == "old" and list(tmp_path.iterdir()) == [place]
    _replace(place, keep=lambda there: _text(there) != "old")
    assert _text(place) == "new" and list(tmp_path.iterdir()) == [place]


def test_whoever_comes_second_keeps_the_first_ones_folder(tmp_path, monkeypatch):
    place, replace = tmp_path / "models", os.replace

    def late(source, target):
        if pathlib.Path(target) == place and not place.exists():
            (place / "sub").mkdir(parents=True)
            (place / "sub/a.txt").write_text("first")
        replace(source, target)

    monkeypatch.setattr(os, "replace", late)
    _replace(place, keep=lambda there: True)
    assert _text(place) == "first" and list(tmp_path.iterdir()) == [place]
    (place / "sub/a.txt").unlink()
    (place / "sub").rmdir()
    place.rmdir()
    with pytest.raises(UserError, match="Directory not empty"):
        _replace(place)
    assert _text(place) == "first" and list(tmp_path.iterdir()) == [place]


@pytest.mark.parametrize("kind", ["file", "link"])
def test_files_and_links_are_not_replaced_by_a_folder(kind, place, tmp_path):
    target = tmp_path / "target"
    target.write_text("years of work") if kind == "file" else target.symlink_to(place)
    with pytest.raises(UserError, match="cannot write .*target: it is no folder"):
        _replace(target)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["models", "target"]
    assert _text(place) == "old" and (kind == "link" or target.read_text() == "years of work")


def test_the_folder_that_one_is_in_is_not_replaced(place, monkeypatch):
    monkeypatch.chdir(place)
    with pytest.raises(UserError, match=r"cannot write \."):
        _replace(pathlib.Path("."))
    assert _text(place) == "old" and [path.name for path in place.iterdir()] == ["sub"]
