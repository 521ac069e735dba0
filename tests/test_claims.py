"""Claims: one process per task and role, and the dead leave no lock."""

import collections
import contextlib
import errno
import json
import multiprocessing
import os
import subprocess
import sys
import threading
import time

import pytest

from compare_gan_tf2 import claims, files, processes
from compare_gan_tf2.errors import UserError


def test_a_second_claim_of_a_role_is_refused_and_of_another_role_is_not(tmp_path):
    with claims.claim(tmp_path, "train"):
        with claims.claim(tmp_path, "evaluate"):
            pass
        with pytest.raises(UserError, match=f"pid {os.getpid()}"), claims.claim(tmp_path, "train"):
            pass
    with claims.claim(tmp_path, "train"):
        pass
    assert not list(tmp_path.iterdir())


def test_a_claim_is_given_back_after_an_error(tmp_path):
    with pytest.raises(RuntimeError), claims.claim(tmp_path, "train"):
        raise RuntimeError
    assert not list(tmp_path.iterdir())


def test_the_claim_of_a_killed_process_is_taken_over(tmp_path):
    code = f"""
import pathlib, time
from compare_gan_tf2.claims import claim
with claim(pathlib.Path({str(tmp_path)!r}), "train"):
    print("held", flush=True)
    time.sleep(60)
"""
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "held\n"
        with pytest.raises(UserError, match=str(process.pid)), claims.claim(tmp_path, "train"):
            pass
        process.kill()
        process.wait()
    with claims.claim(tmp_path, "train"):
        pass


@pytest.fixture
def quick(monkeypatch):
    """Claims that are stale as soon as a test can wait for."""
    monkeypatch.setattr(claims, "STALE_SECONDS", 0.3)
    monkeypatch.setattr(claims, "HEARTBEAT_SECONDS", 0.05)
    monkeypatch.setattr(claims, "_SECONDS_BETWEEN_LOOKS", 0.02)


def elsewhere(path, *, dated=0.0):
    """A claim of a process on another machine, dated so many seconds from now."""
    path.write_text('{"host": "elsewhere", "pid": 1, "machine": "another", "token": "x"}')
    os.utime(path, (time.time() + dated,) * 2)


@pytest.mark.parametrize("dated", [0.0, 30 * 86400.0, -0.2])
def test_a_claim_of_another_machine_is_waited_for_and_ends_when_it_does_not_beat(tmp_path, quick, caplog, dated):
    elsewhere(tmp_path / "train.claim", dated=dated)
    start = time.monotonic()
    with claims.claim(tmp_path, "train"):
        waited = time.monotonic() - start
    assert 0.1 <= waited < 5 and "waiting" in caplog.text and "elsewhere, pid 1" in caplog.text


def test_an_old_claim_of_another_machine_is_given_two_heartbeats(tmp_path, quick, monkeypatch):
    monkeypatch.setattr(claims, "STALE_SECONDS", 60.0)
    elsewhere(tmp_path / "train.claim", dated=-600.0)
    start = time.monotonic()
    with claims.claim(tmp_path, "train"):
        assert 0.1 <= time.monotonic() - start < 30


@pytest.mark.parametrize("dated", [0.0, -1e6, 1e6])
def test_a_claim_of_another_machine_that_beats_is_respected(tmp_path, quick, dated):
    path = tmp_path / "train.claim"
    elsewhere(path, dated=dated)
    beat = threading.Timer(0.03, os.utime, [path])
    beat.start()
    with pytest.raises(UserError, match="elsewhere, pid 1.* lives"), claims.claim(tmp_path, "train"):
        pass
    beat.join()
    assert [each.name for each in tmp_path.iterdir()] == ["train.claim"]


def test_a_claim_that_is_given_back_while_it_is_waited_for_is_free(tmp_path, quick, monkeypatch):
    monkeypatch.setattr(claims, "STALE_SECONDS", 60.0)
    elsewhere(tmp_path / "train.claim")
    end = threading.Timer(0.1, (tmp_path / "train.claim").unlink)
    end.start()
    start = time.monotonic()
    with claims.claim(tmp_path, "train"):
        assert time.monotonic() - start < claims.STALE_SECONDS / 2


def test_the_wait_for_a_claim_can_be_interrupted(tmp_path, monkeypatch):
    def interrupt(seconds):
        raise KeyboardInterrupt

    elsewhere(tmp_path / "train.claim")
    monkeypatch.setattr(claims.time, "sleep", interrupt)
    with pytest.raises(KeyboardInterrupt), claims.claim(tmp_path, "train"):
        pass
    assert [each.name for each in tmp_path.iterdir()] == ["train.claim"]


def test_a_living_process_of_this_machine_keeps_its_claim_whatever_the_date(tmp_path, quick):
    path = tmp_path / "train.claim"
    with claims.claim(tmp_path, "train") as still_held:
        os.utime(path, (1, 1))
        with pytest.raises(UserError, match=f"pid {os.getpid()}"), claims.claim(tmp_path, "train"):
            pass
        still_held()


def owner(**changes):
    return {"host": "h", "machine": processes.machine(), "token": "x", "pid": os.getppid(), **changes}


@pytest.mark.skipif(not processes.machine(), reason="needs /proc")
def test_whether_a_process_of_this_machine_lives_is_seen():
    assert claims._lives(owner())
    assert claims._lives(owner(start=processes.start_of(os.getppid())))
    assert claims._lives(owner(start="1")) is False  # another process has the number by now
    assert claims._lives(owner(pid=os.getpid())) is False  # this process holds no such claim
    zombie = subprocess.Popen([sys.executable, "-c", ""])
    while processes._state_and_start(zombie.pid)[0] != "Z":
        time.sleep(0.01)
    assert claims._lives(owner(pid=zombie.pid)) is False
    zombie.wait()
    assert claims._lives(owner(pid=zombie.pid)) is False
    for pid in (0, -1, 2**40, "1", None):
        assert claims._lives(owner(pid=pid)) is None


def contest(rank, root, barrier, found):
    for number in range(ROUNDS):
        folder = root / str(number)
        barrier.wait()
        with contextlib.suppress(UserError), claims.claim(folder, "train") as still_held:
            mark = folder / f"in.{rank}"
            mark.touch()
            time.sleep(0.001)
            if len(list(folder.glob("in.*"))) > 1:
                found.put("two at once")
            still_held()
            mark.unlink()
            found.put("held")
    found.put("end")


ROUNDS, CONTESTANTS = 25, 5


@pytest.mark.parametrize("lies_there", ["a dead claim", "nothing", "a dead claim, and its dead taker's lock"])
def test_of_many_who_come_at_once_one_holds_the_claim(tmp_path, lies_there):
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    dead = json.dumps(owner(pid=ended.pid))
    for number in range(ROUNDS):
        (tmp_path / str(number)).mkdir()
        if lies_there != "nothing":
            (tmp_path / str(number) / "train.claim").write_text(dead)
        if "lock" in lies_there:
            (tmp_path / str(number) / ".train.claim.lock").mkdir()
            (tmp_path / str(number) / ".train.claim.lock" / ("0" * 32)).write_text(dead)
    fork = multiprocessing.get_context("fork")
    barrier, found = fork.Barrier(CONTESTANTS), fork.Queue()
    workers = [fork.Process(target=contest, args=(rank, tmp_path, barrier, found)) for rank in range(CONTESTANTS)]
    for worker in workers:
        worker.start()
    said = collections.Counter()
    while said["end"] < CONTESTANTS:
        said[found.get(timeout=60)] += 1
    for worker in workers:
        worker.join()
    assert said["held"] >= ROUNDS and not said["two at once"]
    assert not [each for each in tmp_path.rglob("*") if each.is_file()]


def test_what_killed_processes_left_of_their_attempts_goes(tmp_path):
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    dead, token = json.dumps(owner(pid=ended.pid)), "0123456789abcdef" * 2
    for name in (f".train.claim.{token}.lock", ".train.claim.lock"):
        (tmp_path / name).mkdir()
        (tmp_path / name / token).write_text(dead)
    for name in (f".train.claim.{token}", ".train.claim.grave", "train.claim"):
        (tmp_path / name).write_text(dead)
    others = {".train.claim.notes", f".evaluate.claim.{token}", "train.claim.old"}
    for name in others:
        (tmp_path / name).touch()
    with claims.claim(tmp_path, "train"):
        assert {each.name for each in tmp_path.iterdir()} == {*others, "train.claim"}


def test_who_has_nothing_to_do_removes_only_the_claims_of_the_dead(tmp_path):
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    dead, path = json.dumps(owner(pid=ended.pid)), tmp_path / "train.claim"
    claims.remove_dead(tmp_path / "none", "train")
    path.write_text(dead)
    claims.remove_dead(tmp_path, "train")
    assert not list(tmp_path.iterdir())
    (tmp_path / ".train.claim.lock").mkdir()
    (tmp_path / ".train.claim.lock" / ("0" * 32)).write_text(dead)
    claims.remove_dead(tmp_path, "train")
    assert not list(tmp_path.iterdir())
    elsewhere(path)
    claims.remove_dead(tmp_path, "train")
    assert path.exists()
    path.unlink()
    with claims.claim(tmp_path, "train") as still_held:
        claims.remove_dead(tmp_path, "train")
        still_held()


def test_a_lock_of_another_machine_ends_when_it_stays(tmp_path, quick):
    (tmp_path / ".train.claim.lock").mkdir()
    elsewhere(tmp_path / ".train.claim.lock" / "x")
    with claims.claim(tmp_path, "train"):
        pass
    assert not list(tmp_path.iterdir())


def test_a_claim_needs_no_hard_links_and_no_rights(tmp_path, monkeypatch):
    def refuse(*arguments, **named):
        raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))

    for name in ("link", "symlink", "chmod", "chown"):
        monkeypatch.setattr(os, name, refuse)
    (tmp_path / "train.claim").write_text(json.dumps(owner(start="1")))
    with claims.claim(tmp_path, "train") as still_held:
        still_held()
    assert not list(tmp_path.iterdir())


def test_a_claim_is_given_back_on_a_full_disk(tmp_path, monkeypatch):
    def refuse(*arguments, **named):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with claims.claim(tmp_path, "train"):
        monkeypatch.setattr(claims.pathlib.Path, "mkdir", refuse)
    assert not list(tmp_path.iterdir())


def test_where_nothing_can_be_written_is_one_line(tmp_path, monkeypatch):
    def refuse(*arguments, **named):
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr(os, "rename", refuse)
    with pytest.raises(UserError, match="cannot write .*train.claim: Read-only"), claims.claim(tmp_path, "train"):
        pass
    assert not list(tmp_path.iterdir())


def test_who_lost_the_claim_puts_nothing_in_place(tmp_path):
    folder, beside = tmp_path / "task", tmp_path / "task2"
    with claims.claim(folder, "train"):
        with files.replace_file(folder / "kept") as file:
            file.write(b"mine")
        (folder / "train.claim").write_text('{"token": "another"}')
        with pytest.raises(UserError, match="took over"), files.replace_file(folder / "kept") as file:
            file.write(b"too late")
        with pytest.raises(UserError, match="took over"), files.replace_folder(folder / "new" / "folder"):
            pass
        with pytest.raises(UserError, match="took over"):
            files.may_change(folder / "checkpoints" / "00000001")
        with files.replace_file(beside / "other") as file:
            file.write(b"another folder's")
    assert (folder / "kept").read_bytes() == b"mine"
    assert sorted(each.name for each in folder.rglob("*")) == ["kept", "train.claim"]
    with files.replace_file(folder / "kept") as file:
        file.write(b"without a claim")


def test_a_watch_sees_who_is_gone(tmp_path, quick):
    watch = claims.Watch(tmp_path, "train")
    assert not watch.is_held()
    with claims.claim(tmp_path, "train"):
        os.utime(tmp_path / "train.claim", (1, 1))
        assert watch.is_held()
    assert not watch.is_held()
    elsewhere(tmp_path / "train.claim", dated=1e6)
    deadline = time.monotonic() + 10
    assert watch.is_held()
    while watch.is_held() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not watch.is_held()
    os.utime(tmp_path / "train.claim")
    assert watch.is_held()


def test_the_heart_beats(tmp_path, monkeypatch):
    monkeypatch.setattr(claims, "HEARTBEAT_SECONDS", 0.01)
    path = tmp_path / "train.claim"
    with claims.claim(tmp_path, "train"):
        os.utime(path, (0, 0))
        deadline = time.monotonic() + 10
        while path.stat().st_mtime == 0 and time.monotonic() < deadline:
            time.sleep(0.01)
        assert path.stat().st_mtime > 0


def test_the_holder_of_a_lost_claim_is_told(tmp_path):
    with claims.claim(tmp_path, "train") as still_held:
        still_held()
        (tmp_path / "train.claim").write_text('{"token": "another"}')
        with pytest.raises(UserError, match="took over"):
            still_held()
    assert (tmp_path / "train.claim").exists()


@pytest.mark.parametrize("text", ["[]", "", "\x00", '{"pid": 1' + "0" * 30 + "}", "[" * 10000])
def test_a_claim_file_that_is_none_is_respected_until_it_is_stale(tmp_path, quick, caplog, text):
    (tmp_path / "train.claim").write_text(text)
    with claims.claim(tmp_path, "train"):
        pass
    assert "claimed by a process that cannot be seen" in caplog.text and len(caplog.text) < 600
    assert not list(tmp_path.iterdir())
