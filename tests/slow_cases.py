"""Which cases of a parametrized test the default command runs."""

from collections.abc import Callable, Iterable
from typing import Any

import pytest


def slow_unless(is_default: Callable[[Any], bool], cases: Iterable[Any]) -> list[Any]:
    """The cases, those marked slow for which `is_default` is false. A case is one argument, or a tuple of several."""
    return [
        case
        if is_default(case)
        else pytest.param(*(case if isinstance(case, tuple) else (case,)), marks=pytest.mark.slow)
        for case in cases
    ]
