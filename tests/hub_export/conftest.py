"""Exports in tests are looked at in this process: another one takes seconds to import TensorFlow."""

import pytest

from compare_gan_tf2.hub_export import save


@pytest.fixture(autouse=True)
def checked_here(request, monkeypatch):
    """Unless a test asks for `checked_elsewhere`."""
    if "checked_elsewhere" not in request.fixturenames:
        monkeypatch.setattr(save, "_check_elsewhere", save._check_here)


@pytest.fixture
def checked_elsewhere():
    """Exports are looked at by another process, as they are for users."""
