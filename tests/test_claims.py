"""Claims: one process per task and role, and the dead leave no lock."""

import os
import subprocess
import sys
import time

import pytest

from compare_gan_tf2 import claims
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


def test_a_claim_of_another_host_is_stale_only_after_its_heart_has_stopped(tmp_path):
    path = tmp_path / "train.claim"
    path.write_text('{"host": "elsewhere", "pid": 1, "token": "x"}')
    with pytest.raises(UserError, match="elsewhere"), claims.claim(tmp_path, "train"):
        pass
    old = time.time() - claims.STALE_SECONDS - 1
    os.utime(path, (old, old))
    with claims.claim(tmp_path, "train"):
        pass


def test_the_heart_beats(tmp_path, monkeypatch):
    monkeypatch.setattr(claims, "HEARTBEAT_SECONDS", 0.01)
    path = tmp_path / "train.claim"
    with claims.claim(tmp_path, "train"):
        os.utime(path, (0, 0))
        deadline = time.monotonic() + 10
        while path.stat().st_mtime == 0 and time.monotonic() < deadline:
            time.sleep(0.01)
        assert path.stat().st_mtime > 0


def test_a_living_claim_that_took_a_dead_ones_place_is_put_back(tmp_path):
    path = tmp_path / "train.claim"
    path.write_text('{"token": "living"}')
    claims._bury(path, {"token": "dead"}, tmp_path / "grave")
    assert path.read_text() == '{"token": "living"}'
    claims._bury(path, {"token": "living"}, tmp_path / "grave")
    assert not list(tmp_path.iterdir())


def test_the_holder_of_a_lost_claim_is_told(tmp_path):
    with claims.claim(tmp_path, "train") as still_held:
        still_held()
        (tmp_path / "train.claim").write_text('{"token": "another"}')
        with pytest.raises(UserError, match="took over"):
            still_held()
    assert (tmp_path / "train.claim").exists()


@pytest.mark.parametrize("text", ["[]", "", "\x00"])
def test_a_claim_file_that_is_none_is_respected_until_it_is_stale(tmp_path, text):
    path = tmp_path / "train.claim"
    path.write_text(text)
    with pytest.raises(UserError, match="remove"), claims.claim(tmp_path, "train"):
        pass
    os.utime(path, (1, 1))
    with claims.claim(tmp_path, "train"):
        pass
