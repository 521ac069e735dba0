"""The memory that a call takes."""

import pathlib
import time

import numpy as np
import pytest

from compare_gan_tf2.runtime import memory


@pytest.mark.skipif(not pathlib.Path("/proc/self/statm").is_file(), reason="the system does not say what a process has")
def test_what_a_call_takes_for_a_while_is_seen():
    less = memory.most_during(lambda: time.sleep(0.02))

    def call():
        taken = np.ones(25_000_000)
        time.sleep(0.1)
        del taken

    assert 150e6 < memory.most_during(call) - less < 300e6


def test_a_system_that_does_not_say_is_answered_with_nothing(monkeypatch, tmp_path):
    monkeypatch.setattr(memory, "_STATUS", tmp_path / "none")
    assert memory.most_during(lambda: None) == 0
