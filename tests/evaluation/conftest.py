"""Tests of scores share networks that score."""

import pytest


@pytest.fixture(scope="module", autouse=True)
def shared_networks(cheap_scores):
    """In every file."""
