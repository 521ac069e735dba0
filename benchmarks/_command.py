"""What the benchmarks' command lines share."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable

from compare_gan_tf2.errors import UserError


def shard(text: str) -> tuple[int, int]:
    """(i, n) of the text "i/n", for argparse."""
    number, _, count = text.partition("/")
    if not (number.isdecimal() and count.isdecimal() and 0 <= int(number) < int(count)):
        raise argparse.ArgumentTypeError(f"{text!r} is not i/n with 0 <= i < n")
    return int(number), int(count)


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
