"""Exports in tests are looked at where that is what a test is about: loading one once more takes a second."""

import pytest

from compare_gan_tf2.commands import translate as command
from compare_gan_tf2.hub_export import load as loading
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


@pytest.fixture
def translate(monkeypatch, tmp_path, capsys):
    """Calls the command in a folder of its own; gives exit code, lines printed and lines of errors."""
    monkeypatch.chdir(tmp_path)

    def called(module, *words):
        monkeypatch.setattr(loading, "load", lambda place, cache_dir=None: module)
        code = command.main(["compare_gan_translate", "module", *words])
        said = capsys.readouterr()
        errors = [line for line in said.err.splitlines() if line.startswith("error: ")]
        return code, said.out.splitlines(), errors

    return called
