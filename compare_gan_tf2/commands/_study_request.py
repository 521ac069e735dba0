"""What the flags of `compare_gan_study new` ask for, and what is said of it."""

from __future__ import annotations

import argparse
import collections
import csv
import os
import pathlib
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from compare_gan_tf2.commands._study_summary import counted
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.studies import settings
from compare_gan_tf2.studies.combining import Combined
from compare_gan_tf2.studies.making import Made
from compare_gan_tf2.studies.study import Request

_MOST_SEEDS = 100_000
_MOST_THREADS = 4096


def of(args: argparse.Namespace) -> Request:
    """The request that the flags make.

    Raises:
        UserError: for what cannot be; the line names the flag and the option.
    """
    words = [*([f"dataset={args.dataset}"] if args.dataset is not None else []), *args.set]
    fixed: dict[str, Any] = {}
    for word in words:
        _add(fixed, _fixed(word), "--set")
    varied: dict[str, tuple[Any, ...]] = {}
    for word in args.vary:
        _add(varied, _varied(word), "--vary")
    for name in (*fixed, *varied):
        if name == settings.SEED:
            raise UserError(
                "option seed cannot be given by --set or --vary; use --seeds, such as --seeds 5 or --seeds 3,5,7"
            )
    if both := sorted(fixed.keys() & varied.keys()):
        raise UserError(f"option {both[0]} is given by --set and by --vary; leave one of them out")
    return Request(
        source=None if args.experiment is None else _source(args.experiment),
        fixed=fixed,
        varied=varied,
        seeds=None if args.seeds is None else _seeds(args.seeds),
        threads=None if args.threads is None else _whole(args.threads, "--threads", 1, _MOST_THREADS),
    )


def _add(found: dict[str, Any], more: Mapping[str, Any], flag: str) -> None:
    for name, value in more.items():
        if name in found:
            raise UserError(f"option {name} is given twice by {flag}")
        found[name] = value


def _split(word: str, flag: str) -> tuple[str, str]:
    name, equals, value = word.partition("=")
    if not equals or not name:
        raise UserError(f"{flag} {word!r} is not of the form option=value")
    return name, value


def _fixed(word: str) -> dict[str, Any]:
    name, value = _split(word, "--set")
    return settings.typed({name: value}, f"--set {word}")


def _varied(word: str) -> dict[str, tuple[Any, ...]]:
    """An option and its values, in their order."""
    name, text = _split(word, "--vary")
    values: dict[str, list[Any]] = collections.defaultdict(list)
    for value in _values(text, word):
        for new_name, typed in settings.typed({name: value}, f"--vary {word}").items():
            values[new_name].append(typed)
    if len(values) > 1:
        raise UserError(f"--vary {word}: option {name} stands for {', '.join(values)}; vary these instead")
    return {each: tuple(found) for each, found in values.items()}


def _values(text: str, word: str) -> Sequence[str]:
    """What stands between commas; of a value in double quotes the commas are its own."""
    try:
        return next(csv.reader([text], strict=True, skipinitialspace=True), [""])
    except csv.Error as error:
        raise UserError(f"--vary {word}: {error}") from error


def _source(text: str) -> str:
    """A known experiment's name, or the whole path of a file."""
    return os.path.abspath(os.path.expanduser(text)) if text.endswith(".py") else text


def _seeds(text: str) -> tuple[int, ...]:
    if "," not in text:
        return tuple(range(_whole(text, "--seeds", 1, _MOST_SEEDS)))
    seeds = [_whole(word, "--seeds", 0, 2**31 - 1) for word in text.removesuffix(",").split(",")]
    if len(set(seeds)) < len(seeds):
        raise UserError(f"--seeds {text}: a seed is given twice")
    return tuple(sorted(seeds))


def _whole(text: str, flag: str, low: int, high: int) -> int:
    if not re.fullmatch("[0-9]{1,10}", text.strip()) or not low <= int(text) <= high:
        raise UserError(f"{flag} {text}: it has to be a whole number from {low} to {high}")
    return int(text)


def said(made: Made, workdir: pathlib.Path) -> Iterator[str]:
    """Lines that say what became of a request."""
    added = made.added
    yield from left_out(made.combined)
    threads = made.study.threads
    each = f", {threads} thread{'s' * (threads > 1)} each" if added.new else ""
    new = f"{counted(len(added.new), 'new task')}{_range(added.new)}"
    yield f"{new}, {len(added.there)} existing, in {workdir}{each}"
    if added.new:
        yield f"run them: compare_gan_study run {workdir}"


def left_out(combined: Combined) -> Iterator[str]:
    """Lines that say of which combinations there are no tasks, and why."""
    if combined.refused:
        refused = f"{combined.refused} of {combined.combinations} combinations are not possible"
        yield f"{refused}; reason for the first one: {combined.reason}"
    if combined.repeated:
        one = combined.repeated == 1
        yield (
            f"{combined.repeated} repeated setting{' is' if one else 's are'} left out: "
            f"{'it differs' if one else 'they differ'} from {'another one' if one else 'others'} at most in options "
            "that have no effect"
        )


def as_json(made: Made) -> dict[str, Any]:
    """What was made, for programs."""
    combined, added = made.combined, made.added
    return {
        "there": sorted(added.there),
        "new": sorted(added.new),
        "threads": made.study.threads,
        "combinations": combined.combinations,
        "refused": combined.refused,
        "reason": combined.reason,
        "equal": combined.equal,
        "repeated": combined.repeated,
    }


def _range(numbers: frozenset[int]) -> str:
    if not numbers:
        return ""
    first, last = min(numbers), max(numbers)
    said = f"{first}" if first == last else f"{first} to {last}" if last - first == len(numbers) - 1 else ""
    return f" ({said})" if said else ""
