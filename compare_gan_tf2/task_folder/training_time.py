"""How long a training took until each of its checkpoints: training_time.json.

Seconds of the clock, compiling included, summed over the processes that trained; evaluation, and steps that a kill
threw away, are not in them. They depend on the machine, and nothing but reports reads them.
"""

from __future__ import annotations

import json
import pathlib
import time
from collections.abc import Callable

from compare_gan_tf2.files import read_json, replace_file

TIME_FILE = "training_time.json"


class TrainingTime:
    """Counts from where it is made.

    Args:
        folder: of the task.
        step: that the training goes on from; what is noted of later ones is forgotten.
        clock: seconds of a clock that runs evenly.
    """

    def __init__(self, folder: pathlib.Path, step: int, clock: Callable[[], float] = time.monotonic):
        self._path, self._clock = folder / TIME_FILE, clock
        self._seconds = {at: seconds for at, seconds in by_step(folder).items() if at <= step}
        self._before, self._start = max(self._seconds.values(), default=0.0), clock()

    def write(self, step: int) -> None:
        """Notes how long it took until this step."""
        self._seconds[step] = round(self._before + self._clock() - self._start, 1)
        with replace_file(self._path) as file:
            file.write((json.dumps({str(at): seconds for at, seconds in self._seconds.items()}) + "\n").encode())


def by_step(folder: pathlib.Path) -> dict[int, float]:
    """Seconds of training until each checkpoint, by its step; empty where nothing says it, or nothing readable."""
    try:
        return {int(step): float(seconds) for step, seconds in read_json(folder / TIME_FILE).items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}
