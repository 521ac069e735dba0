"""How long a stranger waits for the first image of a module, and what it weighs beside its bare weights.

python -m benchmarks.module_load [MODULE] [--runs N]

MODULE is a folder or a .tar.gz; the small one of hub_export/examples by default. Every run is a process of its own that
imports TensorFlow and TensorFlow Hub, loads the folder and makes one image, then sixteen, twice.
"""

from __future__ import annotations

import argparse
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile

from compare_gan_tf2.errors import UserError
from compare_gan_tf2.hub_export import _archive

_EXAMPLE = pathlib.Path(__file__).parents[1] / "hub_export/examples/triangles.tar.gz"
_STRANGER = """
import json, sys, time
start = time.monotonic()
import tensorflow as tf, tensorflow_hub as hub
times = [("import TensorFlow and TensorFlow Hub", time.monotonic() - start)]
def timed(name, work):
    start = time.monotonic()
    found = work()
    times.append((name, time.monotonic() - start))
    return found
module = timed("hub.load", lambda: hub.load(sys.argv[1]))
timed("first image", lambda: module.generate(1).numpy())
timed("sixteen images, the first time", lambda: module.generate(16).numpy())
timed("sixteen images again", lambda: module.generate(16).numpy())
weights = sum(variable.numpy().nbytes for variable in module.variables)
print(json.dumps({"times": times, "weights": weights}))
"""


def main() -> int:
    """Prints two tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("module", nargs="?", type=pathlib.Path, default=_EXAMPLE)
    parser.add_argument("--runs", type=int, default=3)
    given = parser.parse_args()
    if given.runs < 1:
        parser.error(f"--runs is {given.runs}; it has to be 1 or more")
    try:
        _measure(given.module, given.runs)
    except UserError as error:
        parser.error(str(error))
    return 0


def _measure(module: pathlib.Path, number: int) -> None:
    with tempfile.TemporaryDirectory() as elsewhere:
        folder, packed = module, pathlib.Path(elsewhere) / "packed.tar.gz"
        if folder.is_file():
            folder = pathlib.Path(elsewhere) / "module"
            _archive.unpack(module, folder)
        if not (folder / "saved_model.pb").is_file():
            raise UserError(f"{module} holds no module (no saved_model.pb)")
        _archive.pack(folder, packed)
        runs = [_run(folder.absolute(), elsewhere) for _ in range(number)]
        weights = runs[0]["weights"]
        sizes = {
            "bare weights of both networks": weights,
            "module's folder": sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()),
            "its .tar.gz": packed.stat().st_size,
        }
    print(f"{module}, median of {number} processes\n\n| | seconds |\n|---|---|")
    for row in zip(*(run["times"] for run in runs), strict=True):
        print(f"| {row[0][0]} | {statistics.median(seconds for _, seconds in row):.3g} |")
    print("\n| | bytes | of the weights |\n|---|---|---|")
    for name, size in sizes.items():
        print(f"| {name} | {size:,} | {size / weights:.2f} |")


def _run(folder: pathlib.Path, elsewhere: str) -> dict:
    """What one process measures."""
    run = [sys.executable, "-c", _STRANGER, str(folder)]
    done = subprocess.run(run, capture_output=True, text=True, cwd=elsewhere)
    if done.returncode:
        raise UserError(f"{folder} cannot be used: {(done.stderr.strip().splitlines() or ['no reason given'])[-1]}")
    found: dict = json.loads(done.stdout.splitlines()[-1])
    return found


if __name__ == "__main__":
    sys.exit(main())
