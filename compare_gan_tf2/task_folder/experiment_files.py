"""Experiments as modules: those of the package by name, and a user's own Python files (no TensorFlow)."""

from __future__ import annotations

import contextlib
import importlib.machinery
import importlib.util
import os
import sys
import traceback
from collections.abc import Callable, Iterator
from typing import Any

from compare_gan_tf2 import components
from compare_gan_tf2.errors import UserError

# The name of a study file as a module; a file may have any name, such as that of a module of the standard library.
_STUDY_MODULE = "compare_gan_tf2_study"


def is_known(experiment: str) -> bool:
    """Whether the package has an experiment of this name."""
    return experiment in components.names("experiments")


def known(experiment: str) -> Any:
    """The module of one of the package's experiments."""
    if not is_known(experiment):
        unknown = components.unknown("experiment", experiment, components.names("experiments"))
        raise UserError(f"{unknown}; or the path of a Python file of your own, which ends in .py")
    return components.load("experiments", experiment)


def tasks_of(module: Any, seed: int, experiment: str) -> list[dict[str, Any]]:
    """What an experiment's tasks(seed) gives, checked: the file may be a user's.

    Raises:
        UserError: if it fails, or gives anything but dictionaries.
    """
    planned = given(lambda: module.tasks(seed), experiment)
    if not is_list_of_options(planned):
        raise UserError(
            f"experiment {experiment}: tasks(seed) must return a list of one or more dictionaries of options"
        )
    return planned


def is_list_of_options(found: Any) -> bool:
    """Whether this is a list of dictionaries, one or more."""
    return isinstance(found, list) and bool(found) and all(isinstance(each, dict) for each in found)


def given(function: Callable[[], Any], experiment: str) -> Any:
    """What a function of an experiment's file gives.

    Raises:
        UserError: if it fails, in one line with the line of the file.
    """
    try:
        return function()
    except UserError as error:
        raise UserError(f"experiment {experiment}: {error}") from error
    except (Exception, SystemExit) as error:
        raise UserError(f"experiment {experiment} fails{_told(error, experiment)}") from error


def from_file(path: str) -> Any:
    """The module of a study file, run as `python study.py` would run it, but for its name.

    It is in sys.modules from then on, as its classes need it (dataclasses, pickling).
    """
    if not os.path.isfile(path):
        raise UserError(f"no experiment file {path}" + (", which is a folder" if os.path.isdir(path) else ""))
    place = os.path.abspath(path)
    spec = importlib.util.spec_from_file_location(_STUDY_MODULE, place)
    assert spec is not None and isinstance(spec.loader, importlib.machinery.SourceFileLoader)
    module = importlib.util.module_from_spec(spec)
    sys.modules[_STUDY_MODULE] = module
    try:
        # Not exec_module, which takes a compiled file of the same second and size for the study.
        exec(spec.loader.source_to_code(spec.loader.get_data(place), place), module.__dict__)
    except (Exception, SystemExit) as error:
        raise UserError(f"experiment file {path} fails{_told(error, path)}") from error
    return module


@contextlib.contextmanager
def imports_from_beside(path: str) -> Iterator[None]:
    """Lets a study file import what lies beside it; another study's file of such a name is imported anew."""
    folder, before = os.path.dirname(os.path.abspath(path)), set(sys.modules)
    # At the end: no file of the user's may stand before a module of Python that we import.
    sys.path.append(folder)
    try:
        yield
    finally:
        sys.path.remove(folder)
        for name in sys.modules.keys() - before - {_STUDY_MODULE}:
            if (getattr(sys.modules[name], "__file__", None) or "").startswith(folder + os.sep):
                del sys.modules[name]


def _told(error: BaseException, path: str) -> str:
    """How a study file fails, in one line: the file's last line that was reached, and the error."""
    place = os.path.abspath(path)
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == place]
    where = f" in line {lines[-1]}" if lines else ""
    message = str(error)
    if isinstance(error, SyntaxError) and error.lineno:
        message = error.msg
        where += f" in line {error.lineno}" + ("" if error.filename == place else f" of {error.filename}")
    return f"{where}: {type(error).__name__}: {' '.join(message.split())}"
