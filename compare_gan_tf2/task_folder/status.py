"""What a training leaves in its folder: status, measurements, sheets of samples, checkpoints."""

from __future__ import annotations

import json
import pathlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from compare_gan_tf2.datasets.places import Places
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.files import read_json, replace_file
from compare_gan_tf2.gans.base import BaseGan, sample_inputs
from compare_gan_tf2.options import Options
from compare_gan_tf2.progress import Progress
from compare_gan_tf2.runtime.large_images import made_at_once
from compare_gan_tf2.task_folder import checkpoints, code_grids, grids, unwritten_measurements
from compare_gan_tf2.task_folder.ability_grids import AbilityGrids
from compare_gan_tf2.task_folder.loss_log import Measurements
from compare_gan_tf2.task_folder.training_time import TrainingTime

STATUS_FILE = "status.json"
DONE_FILE = "TRAIN_DONE"
# In the folder of samples, drawn once.
REAL_FILE = "real.png"
# Name of the sheet whose latents do not depend on the training's seed.
COMMON = "common"
# Steps between lines of measurements.
_MEASURE_EVERY = 10
_STATES = ("training", "paused", "done", "diverged")
# Images on a sheet of samples; points in a plot of them.
_SAMPLES, _COMMON_SAMPLES, _POINTS = 64, 8, 2048
_COMMON_SEED = 0


def read_status(folder: pathlib.Path) -> dict[str, Any]:
    """What the task's training last said of itself; empty if it never began."""
    try:
        status = read_json(folder / STATUS_FILE)
        if not isinstance(status["step"], int) or status["state"] not in _STATES:
            raise ValueError(f"it holds {status}")
        if status["state"] == "diverged":
            Options.from_dict(dict(status["options"]))
        return status
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, TypeError, UserError) as error:
        raise UserError(f"{folder / STATUS_FILE} cannot be read ({error}); remove it to go on") from error


class Record:
    """Written by the one process that writes; to be closed.

    Args:
        folder: of the task.
        gan: what is trained.
        step: the last one that was taken before.
        still_held: raises UserError if another process has taken over the folder; asked before what is not written by
            `files`, which asks for itself.
        places: where the data are, of whose evaluation split grids show what the model makes; None draws none.
    """

    def __init__(
        self,
        folder: pathlib.Path,
        gan: BaseGan,
        step: int,
        still_held: Callable[[], None],
        places: Places | None = None,
    ):
        self._folder, self._gan, self._still_held = folder, gan, still_held
        self._ability_grids = AbilityGrids(gan, places)
        self._measurements = Measurements(folder, step)
        self._since_line = unwritten_measurements.kept(folder, step)
        self._time = TrainingTime(folder, step)
        self._progress = Progress("training", gan.options.training_steps, done=step)
        self.status("training", step)

    def __enter__(self) -> Record:
        self._progress.__enter__()
        # Which takes seconds, of large networks minutes.
        self._progress.doing("compiling the first step" if self._gan.has_steps else "reading all training images")
        return self

    def __exit__(self, *exception: object) -> None:
        self._progress.__exit__(*exception)
        self._measurements.close()

    def steps(self, first: int, measured: Sequence[Mapping[str, float]]) -> None:
        """What the steps after `first` measured.

        A line of measurements has the values of its step, and of turns that only some steps take, as those on a lazy
        penalty, the last since the line before: they may never fall on a line's step.
        """
        if any(number % _MEASURE_EVERY == 0 for number in range(first + 1, first + 1 + len(measured))):
            self._still_held()
        engine = self._gan.engine
        for number, values in enumerate(measured, first + 1):
            self._since_line.update(values)
            if number % _MEASURE_EVERY == 0:
                rates = engine.updates.rates(number, engine.due(number))
                self._measurements.write(number, {**self._since_line, **rates})
                self._since_line.clear()
        if measured:
            self._progress.advance(first + len(measured), measured[-1])

    def save(self, step: int) -> None:
        """A checkpoint that is due, and a sheet of samples; what was saved between two of them goes."""
        self._measurements.flush()
        self._still_held()
        gan, options = self._gan, self._gan.options
        self._progress.doing("drawing samples")
        for name, sheet in self._sheets().items():
            ending = f"-{name}" if name else ""
            grids.write_png(self._folder / "samples" / f"step-{step:08d}{ending}.png", sheet)
            self._measurements.write_image(step, name or "samples", sheet, grids.encode_png(sheet))
        if (common := self._generated(_COMMON_SAMPLES, _COMMON_SEED)) is not None:
            grids.write_png(self._folder / "samples" / f"step-{step:08d}-{COMMON}.png", common)
        real = self._folder / "samples" / REAL_FILE
        if not real.exists() and (shown := self._ability_grids.real()) is not None:
            grids.write_png(real, shown)
        self._progress.doing("saving the checkpoint")
        self._time.write(step)
        unwritten_measurements.keep(self._folder, step, self._since_line)
        checkpoints.save(self._folder, step, gan.tracked(), options)
        checkpoints.drop_interim(self._folder)
        checkpoints.prune(self._folder, options.keep_checkpoints)
        self.status("training", step)

    def _sheets(self) -> dict[str, np.ndarray]:
        """Generated images under "", and what abilities make of pictures by their names."""
        sheets = dict[str, np.ndarray]()
        if (generated := self._generated(_SAMPLES)) is not None:
            sheets = {"": generated, **code_grids.drawn(self._gan)}
        return sheets | self._ability_grids.drawn()

    def _generated(self, count: int, seed: int | None = None) -> np.ndarray | None:
        """A sheet of so many images of latents and labels, of more if they are points; None of a type without such."""
        gan = self._gan
        generate = gan.abilities(gan.evaluated()).get("generate")
        if generate is None or not {*generate.takes} <= {"z", "labels"}:
            return None
        z, labels = sample_inputs(gan, _POINTS if grids.is_point(gan.dataset.image_shape) else count, seed)
        size = made_at_once(gan.dataset.image_shape, len(z))
        parts = [slice(start, start + size) for start in range(0, len(z), size)]
        made = [
            gan.evaluated_generator(z[part], None if labels is None else labels[part], training=False).numpy()
            for part in parts
        ]
        return grids.sheet(made[0] if len(made) == 1 else np.concatenate(made))

    def save_interim(self, step: int) -> None:
        """A checkpoint at any step, to go on from."""
        self._measurements.flush()
        self._still_held()
        if step not in checkpoints.steps(self._folder):
            self._progress.doing("saving the checkpoint")
            self._time.write(step)
            unwritten_measurements.keep(self._folder, step, self._since_line)
            checkpoints.save(self._folder, step, self._gan.tracked(), self._gan.options, interim=True)
            checkpoints.drop_interim(self._folder)
        self.status("training", step)

    def paused(self, step: int) -> dict[str, Any]:
        """A rest at a step, with a checkpoint to go on from; gives the status."""
        self.save_interim(step)
        return self.status("paused", step)

    def diverged(self, step: int, measured: Mapping[str, float]) -> dict[str, Any]:
        """The end of a training some of whose measurements are not finite; gives the status."""
        self._measurements.flush()
        return self.status(
            "diverged",
            step,
            not_finite=[name for name, value in measured.items() if not np.isfinite(value)],
            values={name: repr(value) for name, value in measured.items()},
            # With the options, because there may be no checkpoint to read them from.
            options=self._gan.options.to_dict(),
        )

    def done(self, step: int) -> dict[str, Any]:
        """The end of a training; gives the status."""
        status = self.status("done", step)
        self._still_held()
        (self._folder / DONE_FILE).touch()
        return status

    def status(self, state: str, step: int, **more: Any) -> dict[str, Any]:
        """What `read_status` reads."""
        status = {"state": state, "step": step, **more}
        with replace_file(self._folder / STATUS_FILE) as file:
            file.write((json.dumps(status) + "\n").encode())
        return status


class NoRecord(Record):
    """Of a worker that writes nothing."""

    def __init__(self) -> None:
        """Opens no file."""

    def __enter__(self) -> NoRecord:
        return self

    def __exit__(self, *exception: object) -> None:
        pass

    def steps(self, first: int, measured: Sequence[Mapping[str, float]]) -> None:
        """Does nothing; only the first worker writes."""

    def save(self, step: int) -> None:
        """Does nothing; only the first worker writes."""

    def save_interim(self, step: int) -> None:
        """Does nothing; only the first worker writes."""

    def diverged(self, step: int, measured: Mapping[str, float]) -> dict[str, Any]:
        """The status, without its details."""
        return self.status("diverged", step, not_finite=[])

    def done(self, step: int) -> dict[str, Any]:
        """The status."""
        return self.status("done", step)

    def status(self, state: str, step: int, **more: Any) -> dict[str, Any]:
        """The status, without writing it."""
        return {"state": state, "step": step, **more}
