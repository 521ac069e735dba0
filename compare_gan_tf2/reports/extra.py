"""The packages of the extra `[report]`, which are imported where they are used and not before."""

from __future__ import annotations

import importlib
import importlib.util
from types import ModuleType

from compare_gan_tf2.errors import UserError


def load(name: str) -> ModuleType:
    """A module of one of them.

    Raises:
        UserError: if it is not installed; the line says how to.
    """
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise _missing([name.partition(".")[0]]) from error


def require(*names: str) -> None:
    """UserError if one of these packages is not installed; to be asked before the work that needs it."""
    if missing := [name for name in names if importlib.util.find_spec(name) is None]:
        raise _missing(missing)


def _missing(names: list[str]) -> UserError:
    return UserError(f"reports need {' and '.join(names)}: pip install 'compare_gan_tf2[report]'")
