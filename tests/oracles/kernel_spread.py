"""How far the same networks differ when only kernels and the order of sums do: what float32 can hold of a case."""

from __future__ import annotations

import os
import pathlib
import subprocess
import sys
import tempfile
from collections.abc import Sequence

import numpy as np

from compare_gan_tf2.errors import UserError

_CHECKOUT = pathlib.Path(__file__).parents[2]
_ONE_THREAD = {"TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "1"}
# Variables of the environment that TensorFlow and oneDNN read when they start, so each needs a process of its own.
KERNELS = {
    "without oneDNN, one thread": {**_ONE_THREAD, "TF_ENABLE_ONEDNN_OPTS": "0"},
    "oneDNN's kernels for SSE4.1, one thread": {
        **_ONE_THREAD, "TF_ENABLE_ONEDNN_OPTS": "1", "ONEDNN_MAX_CPU_ISA": "SSE41"
    },
}  # fmt: skip


def measure(folder: pathlib.Path, names: Sequence[str]) -> dict[str, list[dict[str, np.ndarray]]]:
    """What the cases NAME.npz of a folder give with each of the other kernels, by name of the case.

    Raises:
        UserError: if a process with other kernels fails, with its last line.
    """
    found: dict[str, list[dict[str, np.ndarray]]] = {name: [] for name in names}
    chosen = [f"--case={name}" for name in names]
    for kernels, variables in KERNELS.items():
        print(f"measuring the spread of {', '.join(names)} {kernels}", file=sys.stderr)
        with tempfile.TemporaryDirectory() as there:
            command = [sys.executable, "-m", "tests.oracles.reference_parity", str(folder.absolute()), *chosen]
            done = subprocess.run(
                [*command, f"--values={there}"], cwd=_CHECKOUT, env={**os.environ, **variables},
                capture_output=True, text=True, check=False,
            )  # fmt: skip
            if done.returncode:
                raise UserError(f"no spread {kernels}: {(done.stderr.strip().splitlines() or ['no message'])[-1]}")
            for name in names:
                with np.load(pathlib.Path(there, f"{name}.npz")) as file:
                    found[name].append({key: file[key] for key in file.files})
    return found
