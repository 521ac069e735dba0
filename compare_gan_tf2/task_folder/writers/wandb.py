"""Weights & Biases: a project is a study, a run is a task. `wandb login` comes first, or WANDB_MODE=offline."""

from __future__ import annotations

import os
import pathlib
from collections.abc import Mapping
from typing import Any

from compare_gan_tf2.task_folder.writers import Run

PACKAGE = ("wandb", "wandb")
# What curves are drawn over. W&B's own count only goes up, and a score may come after measurements of later steps.
_STEP = "training_step"
_SECONDS_TO_START = 30
# For a question about an account, which nobody is there to answer.
_SECONDS_TO_LOG_IN = 1


def destination(run: Run) -> str:
    """Entity and project."""
    return f"{os.environ.get('WANDB_ENTITY', '')}/{_project(run)}"


def start(run: Run) -> _Writer:
    """A run of the study's project."""
    return _Writer(run)


def _project(run: Run) -> str:
    return os.environ.get("WANDB_PROJECT") or run.study


class _Writer:
    """See `writers.Writer`."""

    def __init__(self, run: Run):
        import wandb

        self._wandb = wandb
        settings = wandb.Settings(silent=True, init_timeout=_SECONDS_TO_START, login_timeout=_SECONDS_TO_LOG_IN)
        self._run: Any = wandb.init(
            project=_project(run),
            id=run.identity or None,
            resume="allow" if run.identity else None,
            name=run.name,
            config=dict(run.options),
            dir=str(_made(run.folder)),
            reinit="create_new",
            settings=settings,
        )
        self._run.define_metric(_STEP, hidden=True)
        self._run.define_metric("*", step_metric=_STEP)
        self.identity, self.goes_on = str(self._run.id), bool(run.identity)

    def scalars(self, step: int, values: Mapping[str, float]) -> None:
        """Points of the curves."""
        self._run.log({**values, _STEP: step})

    def picture(self, step: int, name: str, path: pathlib.Path) -> None:
        """A picture of a step."""
        self._run.log({name: self._wandb.Image(str(path)), _STEP: step})

    def note(self, facts: Mapping[str, str]) -> None:
        """Columns of the table of runs."""
        self._run.summary.update(dict(facts))

    def close(self) -> None:
        """Ends the run, which waits for what is on its way."""
        self._run.finish()


def _made(folder: pathlib.Path) -> pathlib.Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder
