"""MLflow: an experiment is a study, a run is a task. MLFLOW_TRACKING_URI says where; without it, files of the study."""

from __future__ import annotations

import os
import pathlib
import time
from collections.abc import Mapping
from typing import Any

from compare_gan_tf2.task_folder.writers import Run

PACKAGE = ("mlflow", "mlflow")
_ADDRESS = "MLFLOW_TRACKING_URI"
# MLflow itself tries for many minutes, and at last kept the points back for nobody.
_PATIENCE = {"MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2", "MLFLOW_HTTP_REQUEST_TIMEOUT": "20"}
# MLflow 3 refuses its own folders of files without that.
_ALLOW_FILES = "MLFLOW_ALLOW_FILE_STORE"
# MLflow cuts or refuses longer ones.
_LONGEST_VALUE = 500


def destination(run: Run) -> str:
    """The address of the store."""
    return os.environ.get(_ADDRESS) or (run.folder / "mlflow").absolute().as_uri()


def start(run: Run) -> _Writer:
    """A run of the study's experiment."""
    return _Writer(run)


class _Writer:
    """See `writers.Writer`."""

    def __init__(self, run: Run):
        for name, value in _PATIENCE.items():
            os.environ.setdefault(name, value)
        if _ADDRESS not in os.environ:
            os.environ.setdefault(_ALLOW_FILES, "true")
        import mlflow

        self._entities = mlflow.entities
        self._client = mlflow.MlflowClient(tracking_uri=destination(run))
        self.goes_on = bool(run.identity)
        self.identity = run.identity or self._new(run)
        self._client.update_run(self.identity, status="RUNNING", name=run.name)

    def _new(self, run: Run) -> str:
        there = self._client.get_experiment_by_name(run.study)
        experiment = there.experiment_id if there else self._client.create_experiment(run.study)
        identity: str = self._client.create_run(experiment, run_name=run.name).info.run_id
        params = [self._entities.Param(name, str(value)[:_LONGEST_VALUE]) for name, value in run.options.items()]
        self._client.log_batch(identity, params=params)
        return identity

    def scalars(self, step: int, values: Mapping[str, float]) -> None:
        """Points of the curves."""
        now = int(1000 * time.time())
        points: list[Any] = [self._entities.Metric(name, value, now, step) for name, value in values.items()]
        self._client.log_batch(self.identity, metrics=points)

    def picture(self, step: int, name: str, path: pathlib.Path) -> None:
        """A file of the run."""
        self._client.log_artifact(self.identity, str(path), "samples")

    def note(self, facts: Mapping[str, str]) -> None:
        """Tags of the run."""
        for name, text in facts.items():
            self._client.set_tag(self.identity, name, text)

    def close(self) -> None:
        """The run stands as ended until more is said of it."""
        self._client.set_terminated(self.identity)
