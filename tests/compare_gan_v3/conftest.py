"""Old models, each made once."""

import functools

import pytest
from compare_gan_v3.models import (
    SETUPS,
    Old,
)


@pytest.fixture(scope="session")
def old(tmp_path_factory):
    """Makes the model of a setup, once."""
    return functools.cache(lambda name: Old(SETUPS[name], tmp_path_factory.mktemp(name)))
