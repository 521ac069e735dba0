"""Compares training steps with numbers that were computed with the original programs.

python -m benchmarks.oracle_parity DIR

DIR holds cases, NAME.json with NAME.npz each, in the forms of oracle/latent_systems, oracle/image_to_image or
oracle/style_based. Each case's networks become players of the product's GAN type, whose own engine takes the steps.
Prints a line per case that ends in ` ok` or ` FAIL`, with the error that is largest for what is allowed there, and
last the cases that cannot be built yet. Exit code 1 if a case fails or there is none. A case whose float32 numbers
differ by more than is allowed is computed in float64 too, and that decides: rounding vanishes there, a mistake stays.
"""

from __future__ import annotations

import argparse
import pathlib
import traceback

from benchmarks._command import run
from benchmarks.oracle_cases import Case, NotBuiltError, compared


def main() -> int:
    """The exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", metavar="DIR", type=pathlib.Path, help="folder of the cases")
    parser.add_argument("--trace", action="store_true", help="show where a case that ends with an error did so")
    given = parser.parse_args()
    paths = [path for path in sorted(given.folder.glob("*.json")) if path.with_suffix(".npz").is_file()]
    if not paths:
        print(f"{given.folder} holds no case: no NAME.json with a NAME.npz beside it")
        return 1
    failed, not_built = 0, dict[str, str]()
    for path in paths:
        try:
            line, is_ok = _outcome(path, given.trace)
        except NotBuiltError as reason:
            not_built[path.stem] = str(reason)
            continue
        failed += not is_ok
        print(f"{path.stem}: {line} {'ok' if is_ok else 'FAIL'}", flush=True)
    print(f"{len(paths) - len(not_built)} compared, {failed} failed, {len(not_built)} not built yet", end="")
    print(": " + "; ".join(f"{name} ({reason})" for name, reason in not_built.items()) if not_built else "")
    return int(failed > 0)


def _outcome(path: pathlib.Path, trace: bool) -> tuple[str, bool]:
    """A case's line without its end, and whether it is ok; an error is a failure of this case alone."""
    try:
        comparison = compared(Case.read(path))
    except NotBuiltError:
        raise
    except Exception as error:  # other cases are to be compared all the same
        if trace:
            traceback.print_exc()
        return f"{type(error).__name__}: {str(error).partition(chr(10))[0]}", False
    return f"{comparison.count} numbers, {comparison.text}", comparison.is_ok


if __name__ == "__main__":
    run(main)
