"""Trains one task: strategy, networks, restore, loop, save."""

from __future__ import annotations

import contextlib
import functools
import logging
import os
import pathlib
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf

from compare_gan_tf2.claims import claim, remove_dead
from compare_gan_tf2.compat import custom_gradients
from compare_gan_tf2.datasets import catalog, sources, streams
from compare_gan_tf2.datasets.places import Places, places
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.gans.base import BaseGan, build
from compare_gan_tf2.options import Options, differences, notices
from compare_gan_tf2.runtime import distribution, preemption
from compare_gan_tf2.runtime.profiling import Profile
from compare_gan_tf2.task_folder import checkpoints, data_fingerprint, machine, networks_from, start_from
from compare_gan_tf2.task_folder.status import DONE_FILE, NoRecord, Record, read_status
from compare_gan_tf2.training import perceptual, unmoved
from compare_gan_tf2.training.kept_steps import KeptSteps
from compare_gan_tf2.training.steps import Stepper

_log = logging.getLogger(__name__)

# Measurements are fetched together for about so many seconds of steps: often enough to be heard of.
_SECONDS_PER_FETCH = 3.0
_MOST_STEPS_PER_FETCH = 256


def train(
    options: Options,
    workdir: str | os.PathLike,
    *,
    dataset_root: str | os.PathLike | None = None,
    cache_dir: str | os.PathLike | None = None,
    data_cache: str = "auto",
    strategy: tf.distribute.Strategy | None = None,
    steps_per_call: int = 1,
    jit_compile: bool = False,
    profile: bool = False,
    gradient_norms: bool = False,
    kept: KeptSteps | None = None,
    until: int | None = None,
) -> dict[str, Any]:
    """Trains until options.training_steps, from the newest checkpoint if there is one.

    The weights are those of an unbroken training, to the bit on one kind of processor with one number of threads, with
    or without oneDNN and XLA alike; <workdir>/machine.json keeps which these were. The threads are taken again, and
    what is different is warned of.

    Args:
        options: of the task.
        workdir: the task's own folder; checkpoints, samples, measurements and status go there.
        dataset_root: folder of the prepared data sets; TFDS's default if None.
        cache_dir: where what can be computed again is kept; ~/.cache/compare_gan_tf2 if None.
        data_cache: where decoded training images are kept, of sets that are stored encoded: "memory"; "disk", under
            cache_dir; "none", they are decoded when they are needed; "auto", where there is room. No outcome depends
            on it.
        strategy: where to train, of `distribution.create`; one device if None. All workers of a cluster call this with
            the same arguments and the same, shared folder. The outcome does not depend on it, beyond float rounding.
            Making one fixes the number of threads, so that `machine.take_threads` comes before.
        steps_per_call: generator steps in one call of compiled code; no outcome depends on it.
        jit_compile: whether XLA compiles the step, on one replica; the outcome depends on it by rounding only.
        profile: whether a profile of some steps is written beside TensorBoard's files.
        gradient_norms: whether the norms of gradients are measured too; the outcome depends on it by rounding at most.
        kept: compiled steps of tasks that this process trained before, on one device; no outcome depends on it. It
            brings its own strategy.
        until: the step at which the training pauses, with a checkpoint, to go on another time; its rates and all else
            are those of the whole training. None, and training_steps, are for the end.

    Returns:
        The status: {"state": "done" | "diverged" | "paused", "step": ..., ...}. A finished training does nothing more,
        nor does one that is past the step at which it is to pause.

    Raises:
        UserError: if the data set is not prepared, another process trains the task, its checkpoints were made with
            other options, the device's memory is too small, or another worker is gone.
        SystemExit: after SIGTERM, with its usual code, once a checkpoint of the step reached is saved.
    """
    folder = pathlib.Path(workdir)
    options.check()
    if until is not None and not 1 <= until <= options.training_steps:
        raise UserError(
            f"a training of {options.training_steps} steps pauses at one of [1, {options.training_steps}], not {until}"
        )
    checkpoints.sweep_abandoned(folder)
    checkpoints.check_agreement(folder, options)
    status = read_status(folder)
    if status.get("state") == "diverged":
        changed = differences(options.to_dict(), Options.from_file(status["options"]).to_dict())
        if changed:
            raise UserError(
                f"the task in {folder} diverged with other options: {', '.join(changed)}. Use a new --workdir"
            )
    if _is_over(folder, status, options) or _is_paused(folder, status, until):
        remove_dead(folder, "train")
        return status
    machine.take_threads(folder)
    assert kept is None or strategy is None, "kept steps are of one device"
    strategy = kept.strategy if kept else strategy or distribution.create("one_device")
    is_chief = distribution.workers(strategy)[0] == 0
    with claim(folder, "train") if is_chief else contextlib.nullcontext(_nothing_to_hold) as still_held:
        if is_chief:
            checkpoints.sweep(folder)
        if options.start_from and not checkpoints.steps(folder):
            start_from.place_of(options)  # before anything takes its time
        if options.networks_from and not checkpoints.steps(folder):
            networks_from.place_of(options)
        where = places(dataset_root, cache_dir)
        how = {"steps_per_call": steps_per_call, "jit_compile": jit_compile, "gradient_norms": gradient_norms}
        made = functools.partial(_made, options, strategy, kept, **how)
        training = _Training(options, folder, where, data_cache, strategy, made)
        stepper = training.stepper
        step = training.restore()
        if is_chief:
            _say_beginning(options, step)
            machine.check(folder, jit_compile=jit_compile)
        with (
            preemption.notice() as is_asked_to_leave,
            Record(folder, training.gan, step, still_held, where) if is_chief else NoRecord() as record,
            Profile(folder, is_wanted=profile and is_chief) as profiled,
        ):
            try:
                if not training.gan.has_steps:
                    return training.fit(record)
                return training.run(stepper, record, step, is_asked_to_leave, profiled, until)
            finally:
                custom_gradients.release()


def _say_beginning(options: Options, step: int) -> None:
    """Where a training begins, if it is not at step 0 with weights of its own."""
    if step:
        _log.warning("continues at step %d", step)
    elif options.start_from:
        _log.warning("new task from the weights of %s", options.start_from)


def _made(
    options: Options, strategy: tf.distribute.Strategy, kept: KeptSteps | None, **how: Any
) -> tuple[BaseGan, Stepper]:
    """The GAN with its initial weights, and what takes its steps."""
    if kept:
        return kept.take(options, **how)
    with strategy.scope():
        gan = build(options)
    return gan, Stepper(gan, strategy, **how)


def _is_over(folder: pathlib.Path, status: dict[str, Any], options: Options) -> bool:
    """Whether the training ended and what it ended with is there."""
    if status.get("state") == "done" and options.training_steps in checkpoints.steps(folder):
        if not (folder / DONE_FILE).exists():  # a kill between the two files
            (folder / DONE_FILE).touch()
        return True
    return status.get("state") == "diverged"


def _is_paused(folder: pathlib.Path, status: dict[str, Any], until: int | None) -> bool:
    """Whether the training waits at the step at which it is to pause, or after it."""
    if until is None or status.get("state") != "paused" or status["step"] < until:
        return False
    return status["step"] in checkpoints.steps(folder)


def _nothing_to_hold() -> None:
    """What a worker that writes nothing has for a claim."""


class _Training:
    """One run of the loop."""

    def __init__(
        self,
        options: Options,
        folder: pathlib.Path,
        places: Places,
        data_cache: str,
        strategy: tf.distribute.Strategy,
        made: Callable[[], tuple[BaseGan, Stepper]],
    ):
        self._options, self._folder, self._strategy, self._places = options, folder, strategy, places
        distribution.check_batch(options, strategy.num_replicas_in_sync)
        self._dataset = catalog.of(options)
        is_chief = distribution.workers(strategy)[0] == 0
        if is_chief:
            data_fingerprint.check(folder, self._dataset, options, places)
            for line in notices.lines(options):
                _log.warning("%s", line)
        # Kernels whose sums depend on the order of threads are excluded; without effect on most CPU kernels.
        tf.config.experimental.enable_op_determinism()
        with distribution.together(strategy):
            self.gan, self.stepper = made()
        if whole := self.gan.engine.never_cut():
            _log.warning(
                "accumulation_steps=%d does not cut the batch for updates of %s: the objective compares its images, so "
                "memory is that of the whole batch",
                options.accumulation_steps,
                ", ".join(whole),
            )
        if not is_chief:  # by now the first worker, which alone writes, has written what to compare with
            data_fingerprint.check(folder, self._dataset, options, places)
        distribution.check_turns(self.gan.engine.turns, options, strategy.num_replicas_in_sync)
        wanted = self.gan.engine.columns()
        data_fingerprint.check_sources(folder, sources.identities(self._dataset, wanted, places), may_write=is_chief)
        self._sources = sources.open_sources(self._dataset, wanted, options, places, data_cache)

    def restore(self) -> int:
        """The step of the newest checkpoint, which is read; 0 if there is none.

        Raises:
            UserError: if no checkpoint can be read, or not all workers read the same.
        """
        worker, workers = distribution.workers(self._strategy)
        networks_from.load(self._folder, self.gan, writes=worker == 0)
        step = checkpoints.restore_newest(self._folder, self.gan.tracked())
        if self._options.start_from and not checkpoints.steps(self._folder):
            start_from.begin(self._folder, self._options, self.gan.own_networks(), writes=worker == 0)
        perceptual.give(self.gan, self._folder, self._places, writes=worker == 0)

        @tf.function
        def mean_of_all(own: tf.Tensor) -> tf.Tensor:
            return self._strategy.reduce("MEAN", self._strategy.run(lambda: own), axis=None)

        if workers == 1:
            return step
        with distribution.together(self._strategy):
            is_same = float(mean_of_all(tf.constant(step, tf.float64))) == step
        if not is_same:
            raise UserError(
                f"this worker finds step {step} in {self._folder}, and others do not; all workers have to share the "
                "folder, and to start with the same checkpoints"
            )
        return step

    def fit(self, record: Record) -> dict[str, Any]:
        """Stands in place of `run` where nothing is trained by steps; the only checkpoint is that of step 0."""
        gan, seed = self.gan, self._options.seed
        rows = {name: streams.Epoch(source, seed) for name, source in self._sources.items()}
        for name, value in gan.fit(gan.evaluated(), rows).items():
            gan.state[name].assign(value)
        record.save(0)
        return record.done(0)

    def run(
        self,
        stepper: Stepper,
        record: Record,
        step: int,
        is_asked_to_leave: Callable[[], bool],
        profiled: Profile,
        until: int | None = None,
    ) -> dict[str, Any]:
        """Trains on from step to the end, or to the first loss that is not finite, or until a worker has to leave."""
        options, last = self._options, until or self._options.training_steps
        worker, workers = distribution.workers(self._strategy)
        batches = streams.StepRows(
            self._sources, self.gan.engine.plan(), seed=options.seed, first_step=step, host=worker, hosts=workers
        )
        if options.save_initial and not step and not checkpoints.steps(self._folder):
            record.save(0)
        per_fetch = stepper.steps_per_call
        watched = None if step else unmoved.Unmoved(self.gan)
        while step < last:
            count = min(per_fetch, checkpoints.next_due(step, options) - step, last - step)
            start = time.monotonic()
            with profiled.call(count):
                measured, leaves = stepper.run(batches, count, step, wants_to_leave=is_asked_to_leave())
            seconds = time.monotonic() - start
            leaves = leaves or (workers == 1 and is_asked_to_leave())
            good = next((i for i, row in enumerate(measured) if not np.isfinite([*row.values()]).all()), count)
            record.steps(step, measured[:good])
            if good < count:
                return record.diverged(step + good + 1, measured[good])
            step += count
            if watched and step >= unmoved.STEP:
                watched.check(step)
                watched = None
            if checkpoints.is_due(step, options):
                record.save(step)
            elif leaves:
                record.save_interim(step)
            if leaves and step < last:
                raise SystemExit(preemption.EXIT_CODE)
            # All workers have to fetch together, and their clocks differ.
            if workers == 1 and seconds < _SECONDS_PER_FETCH * count / per_fetch / 2:
                per_fetch = min(2 * per_fetch, max(_MOST_STEPS_PER_FETCH, stepper.steps_per_call))
        return record.done(step) if step >= options.training_steps else record.paused(step)
