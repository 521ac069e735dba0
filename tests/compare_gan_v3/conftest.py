"""Old models and networks of ours, each made once."""

import functools

import pytest
from compare_gan_v3.models import (
    SETUPS,
    Old,
)

from compare_gan_tf2.compare_gan_v3 import tasks as v3_tasks


@pytest.fixture(scope="session")
def old(tmp_path_factory):
    """Makes the model of a setup, once."""
    return functools.cache(lambda name: Old(SETUPS[name], tmp_path_factory.mktemp(name)))


@pytest.fixture(scope="session")
def kept_build():
    """Makes the networks of a task's options, once for all tests that take them."""
    return functools.cache(v3_tasks.build)


@pytest.fixture
def built_once(kept_build, monkeypatch):
    """Imports fill the same networks again and again: for tests that do not look at what is in them."""
    monkeypatch.setattr(v3_tasks, "build", kept_build)
