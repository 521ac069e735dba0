"""Where a row of scores.csv comes from: versions, task, duration, date, machine, commit."""

from __future__ import annotations

import datetime
import functools
import pathlib
import platform
import socket
import subprocess

from compare_gan_tf2 import __version__
from compare_gan_tf2.task_folder import feature_maps, networks_from, start_from, tasks
from compare_gan_tf2.task_folder.column_names import PROVENANCE, VERSIONS

_CHECKOUT = pathlib.Path(__file__).parents[2]


def of_row(folder: pathlib.Path, seconds: float | None = None) -> dict[str, object]:
    """Columns VERSIONS and PROVENANCE of a row that is made now, and what other task it takes weights from.

    Args:
        folder: of the task.
        seconds: that scoring the checkpoint took, of wall time; None if there was nothing to score.

    Raises:
        UserError: if the folder's task file cannot be understood.
    """
    task = tasks.of_folder(folder)
    made = (
        task.number if task else None,
        task.experiment if task else None,
        seconds if seconds is None else round(seconds, 3),
        datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        # Nothing forbids an administrator a host that is a formula in a spreadsheet.
        socket.gethostname().lstrip("=+-@"),
        commit(),
    )
    return {
        **_versions(),
        **dict(zip(PROVENANCE, made, strict=True)),
        **start_from.in_row(folder),
        **networks_from.in_row(folder),
        **feature_maps.in_row(folder),
    }


@functools.cache
def commit() -> str:
    """Git's commit of the checkout that runs, with "-dirty" behind it if files differ; empty outside of a checkout."""
    if not (_CHECKOUT / ".git").exists():
        return ""
    command = ["git", "-C", str(_CHECKOUT), "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return "" if done.returncode else done.stdout.strip()


def _versions() -> dict[str, str]:
    import keras
    import numpy as np
    import tensorflow as tf

    found = (__version__, tf.__version__, keras.__version__, np.__version__, platform.python_version())
    return dict(zip(VERSIONS, found, strict=True))
