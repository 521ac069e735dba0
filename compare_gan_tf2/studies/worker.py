"""Trains and scores tasks one after the other in one process, which keeps what the next one can use."""

from __future__ import annotations

import os
import pathlib
from collections.abc import Sequence
from typing import Any

from compare_gan_tf2.compat import tensorflow_start
from compare_gan_tf2.datasets.places import places
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.studies.watched import watched
from compare_gan_tf2.task_folder import tasks, writers
from compare_gan_tf2.task_folder import threads as task_threads


class Worker:
    """Runs tasks; TensorFlow is imported when one is made.

    Compiled steps, networks, extractor and reference are kept for tasks that differ in seed, rates and the like. The
    bits are those of a process of its own for every task with as many threads.

    Args:
        dataset_root: folder of the prepared data sets; TFDS's default if None.
        cache_dir: folder of what can be computed again; ~/.cache/compare_gan_tf2 if None.
        threads: within an operation, and operations at a time; every task has to be one of these. The process's own
            if None.
        most: forms of tasks whose steps and scorers are kept at a time.
        export: whether the best checkpoint of every task is exported.
        until: the step at which trainings pause; None for their end.
        watch_with: names of the trackers that are told of the tasks.
        watch_dir: where trackers write files; <study>/watch if None.
        gradient_norms: whether trainings measure the norms of gradients.

    Raises:
        UserError: if Keras cannot start with what the user has configured, or another number of threads is in use.
    """

    def __init__(
        self,
        dataset_root: str | os.PathLike | None = None,
        cache_dir: str | os.PathLike | None = None,
        *,
        threads: tuple[int, int] | None = None,
        most: int = 2,
        export: bool = False,
        until: int | None = None,
        watch_with: Sequence[str] = (),
        watch_dir: str | os.PathLike | None = None,
        gradient_norms: bool = False,
    ):
        tensorflow_start.start()
        from compare_gan_tf2.runtime import device

        if threads and threads != device.threads() and not device.set_threads(*threads):
            raise UserError(f"this process computes with {device.threads()} threads, and {threads} are asked for")
        self._places = places(dataset_root, cache_dir)
        self._most, self._export, self._until = most, export, until
        self._gradient_norms = gradient_norms
        writers.check(watch_with)
        self._watch_with, self._watch_dir = watch_with, pathlib.Path(watch_dir) if watch_dir else None
        self._forget()

    def _forget(self) -> None:
        from compare_gan_tf2.evaluation.kept_scorers import KeptScorers
        from compare_gan_tf2.training.kept_steps import KeptSteps

        self._steps, self._scorers = KeptSteps(self._most), KeptScorers(self._places, self._most)

    def run(self, folder: pathlib.Path) -> None:
        """Does what is left of a task: training, scores, and the export if that is asked for.

        Args:
            folder: of the task, whose name is its number.

        Raises:
            UserError: for a mistake of the user.
            HeldError: if another process is at it.
            SystemExit: after SIGTERM, once a checkpoint is saved; the training goes on from there.
        """
        try:
            self._run(folder)
        except UserError:
            raise
        except BaseException:
            # What it left half-done is in no state to be used again.
            self._forget()
            raise

    def _run(self, folder: pathlib.Path) -> None:
        from compare_gan_tf2.evaluation.task import check_scores, evaluate
        from compare_gan_tf2.training.loop import train

        options = tasks.read(folder.parent, int(folder.name)).options
        self._give_threads(folder)
        # Before hours of training.
        check_scores(options, self._places)
        root, cache = self._places.dataset_root, self._places.cache_dir
        # A divergence is over before the others pause; so is a training that is shorter.
        until = min(self._until, options.training_steps) if self._until else None
        how: dict[str, Any] = {
            "dataset_root": root,
            "cache_dir": cache,
            "until": until,
            "gradient_norms": self._gradient_norms,
        }
        with watched(folder, self._watch_with, self._watch_dir):
            train(options, folder, kept=self._steps, **how)
            evaluate(folder, dataset_root=root, cache_dir=cache, scorer_for=self._scorers.take)
        if self._export:
            self._export_best(folder)

    @staticmethod
    def _give_threads(folder: pathlib.Path) -> None:
        """A task that was given no threads, and did not begin, is given the process's own."""
        from compare_gan_tf2.runtime import device
        from compare_gan_tf2.task_folder import checkpoints

        within, operations = device.threads()
        if within == operations and not checkpoints.steps(folder) and not task_threads.are_assigned(folder):
            task_threads.assign(folder, within)

    @staticmethod
    def _export_best(folder: pathlib.Path) -> None:
        from compare_gan_tf2.hub_export.save import export
        from compare_gan_tf2.task_folder import checkpoints

        if checkpoints.steps(folder):
            export(folder, step="best")
