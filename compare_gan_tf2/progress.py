"""How far a long piece of work is: a bar on a terminal, a plain line a minute elsewhere."""

from __future__ import annotations

import datetime
import sys
import time
from collections.abc import Mapping

import tqdm

from compare_gan_tf2.display import line

_SECONDS_BETWEEN_LINES = 60.0
_SECONDS_WORTH_A_WARNING = 300.0
_is_quiet = False


def set_quiet(is_quiet: bool) -> None:
    """Whether nothing is reported from here on, in this process."""
    global _is_quiet
    _is_quiet = is_quiet


def announce(what: str, seconds: float) -> None:
    """Says on standard error how long a piece of work will take, if that is more than five minutes."""
    if seconds > _SECONDS_WORTH_A_WARNING and not _is_quiet:
        print(f"{what} will take about {datetime.timedelta(seconds=round(seconds))}", file=sys.stderr, flush=True)


class Progress:
    """Reports on standard error; use as a context manager.

    Args:
        title: what is being done.
        total: how many units it has.
        done: how many are done already.
        unit: what is counted.
    """

    def __init__(self, title: str, total: int, *, done: int = 0, unit: str = "step"):
        # A title may have the name of a file in it.
        self._title, self._total, self._first, self._done, self._unit = line(title), total, done, done, unit
        self._start = self._last_line = time.monotonic()
        self._bar = (
            tqdm.tqdm(total=total, initial=done, desc=self._title, unit=unit, dynamic_ncols=True)
            if sys.stderr.isatty() and not _is_quiet and total
            else None
        )

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *exception: object) -> None:
        if self._bar:
            self._bar.close()
        elif exception[0] is None:
            self._line({})

    def advance(self, done: int, values: Mapping[str, float] | None = None) -> None:
        """Now `done` units are done; values are shown beside."""
        if self._bar:
            self._bar.set_postfix({name: f"{value:.3g}" for name, value in (values or {}).items()}, refresh=False)
            self._bar.update(done - self._done)
        self._done = done
        if not self._bar and time.monotonic() - self._last_line >= _SECONDS_BETWEEN_LINES:
            self._line(values or {})

    def doing(self, what: str) -> None:
        """Says what goes on until the next units are done, such as "saving"; the next `advance` ends it."""
        if self._bar:
            self._bar.set_postfix_str(line(what))
        elif self._total and not _is_quiet and time.monotonic() - self._last_line >= _SECONDS_BETWEEN_LINES:
            self._last_line = time.monotonic()
            print(f"{self._title}: {self._unit} {self._done}/{self._total}, {line(what)}", file=sys.stderr, flush=True)

    def _line(self, values: Mapping[str, float]) -> None:
        if _is_quiet or not self._total:
            return
        self._last_line = time.monotonic()
        rate = (self._done - self._first) / max(self._last_line - self._start, 1e-9)
        said = [f"{self._title}: {self._unit} {self._done}/{self._total}"]
        if rate:
            left = datetime.timedelta(seconds=round((self._total - self._done) / rate))
            said += [_speed(rate, self._unit), f"remaining {left}"]
        elif self._done < self._total:
            said.append("remaining unknown")
        said += [f"{name} {value:.4g}" for name, value in values.items()]
        print(", ".join(said), file=sys.stderr, flush=True)


def _speed(rate: float, unit: str) -> str:
    """ "1,330 images/s", or "23 s per metric" of what takes more than a second."""
    return f"{_three_digits(rate)} {unit}s/s" if rate >= 1 else f"{_three_digits(1 / rate)} s per {unit}"


def _three_digits(value: float) -> str:
    return f"{float(f'{value:.3g}'):,.15g}"
