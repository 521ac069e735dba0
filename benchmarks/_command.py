"""What the benchmarks' command lines share."""

from __future__ import annotations

import argparse
import json
import pathlib
import sys
from collections.abc import Callable
from typing import Any

from compare_gan_tf2.errors import UserError
from compare_gan_tf2.runtime.memory import peak_resident as peak_resident


def shard(text: str) -> tuple[int, int]:
    """(i, n) of the text "i/n", for argparse."""
    number, _, count = text.partition("/")
    if not (number.isdecimal() and count.isdecimal() and 0 <= int(number) < int(count)):
        raise argparse.ArgumentTypeError(f"{text!r} is not i/n with 0 <= i < n")
    return int(number), int(count)


def read_record(path: pathlib.Path, key: str) -> Any:
    """What a JSON file holds under a key.

    Raises:
        UserError: if it is no such file.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))[key]
    except (ValueError, KeyError, TypeError) as error:
        raise UserError(f"{path} is no record: it has to be JSON with {key!r}") from error


def run(main: Callable[[], int]) -> None:
    """Ends the process with main's exit code; a user's mistake is one line and exit code 2."""
    try:
        sys.exit(main())
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(2)
    except OSError as error:
        print(f"error: {error.filename}: {error.strerror}", file=sys.stderr)
        sys.exit(2)
