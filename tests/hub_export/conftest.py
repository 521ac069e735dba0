"""Exports in tests are looked at where that is what a test is about: loading one once more takes a second."""

import pytest

from compare_gan_tf2.hub_export import save


@pytest.fixture(autouse=True)
def unchecked(request, monkeypatch):
    """Unless a test asks for `checked_here` or `checked_elsewhere`; most compare the images of a module themselves."""
    if not {"checked_here", "checked_elsewhere"} & set(request.fixturenames):
        monkeypatch.setattr(save, "_check_elsewhere", lambda folder, probes: None)


@pytest.fixture
def checked_here(monkeypatch):
    """Exports are looked at by this process: another one takes seconds to import TensorFlow."""
    monkeypatch.setattr(save, "_check_elsewhere", save._check_here)


@pytest.fixture
def checked_elsewhere():
    """Exports are looked at by another process, as they are for users."""
