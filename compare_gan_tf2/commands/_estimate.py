"""What a task would do and cost, found without touching its folder."""

from __future__ import annotations

import dataclasses
import datetime
import itertools
import os
import pathlib
import shutil
import time
from collections.abc import Mapping
from typing import Any

import numpy as np
import tensorflow as tf

from compare_gan_tf2 import display
from compare_gan_tf2.commands import _run
from compare_gan_tf2.datasets import catalog
from compare_gan_tf2.datasets.places import places
from compare_gan_tf2.datasets.streams import Reading
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.evaluation import abilities
from compare_gan_tf2.evaluation.scorer import chosen_metrics, name_of
from compare_gan_tf2.evaluation.unscored import Asked, unscored
from compare_gan_tf2.extractors import feature_maps
from compare_gan_tf2.gans.base import BaseGan, build
from compare_gan_tf2.gans.growing import GrowingGan
from compare_gan_tf2.options import Options
from compare_gan_tf2.runtime import memory
from compare_gan_tf2.task_folder import checkpoints, networks_from
from compare_gan_tf2.task_folder.status import read_status
from compare_gan_tf2.training.steps import Stepper

_TIMED_STEPS = 3


def estimate(
    options: Options,
    folder: pathlib.Path,
    command: str,
    dataset_root: str | os.PathLike | None = None,
    changes: Mapping[str, Any] | None = None,
    every: int = 1,
    since: int = 0,
) -> str:
    """Lines for a person: steps and checkpoints to come, parameters, time by timing a few steps on noise, disk."""
    dataset = catalog.of(options)
    root = places(dataset_root).dataset_root
    if options.networks_from and command in ("all", "train") and not checkpoints.steps(folder):
        networks_from.place_of(options)
    gan = build(options)
    # Of what `fit` finds the size is not known before.
    sizes = {name: sum(int(tf.size(v)) for v in part.values()) for name, part in gan.tracked().items()}
    there = checkpoints.steps(folder)
    done, is_over = (there[-1] if there else 0), read_status(folder).get("state") == "diverged"
    steps = options.training_steps - done if command in ("all", "train") and not is_over else 0
    planned = {*range(0, options.training_steps, options.save_every_steps), options.training_steps}
    first = 0 if options.save_initial and not there else done + 1
    coming = [step for step in planned if step >= first] if steps else []
    if not gan.has_steps and not there and command in ("all", "train"):
        coming = [0]
    scored = options.replace(**changes) if changes else options
    to_score = 0
    if command in ("all", "eval"):
        asked = Asked(changes or {}, every, since)
        to_score = len(unscored(folder, asked)) + sum(asked.includes(step, scored) for step in coming)
    samples = scored.evaluation_samples or dataset.evaluation_samples
    if catalog.is_path(options.dataset):
        samples = min(samples, dataset.evaluation_images or samples)
    count = samples * scored.evaluation_repeats
    _, on_model = chosen_metrics(scored, dataset)
    phases, image_seconds = _timings(gan, done, steps)
    training_seconds = sum(phase.steps * phase.step_seconds for phase in phases)
    step_seconds = training_seconds / steps if steps else phases[0].step_seconds
    scored_abilities = abilities.scored(options)
    scoring_seconds = to_score * len(scored_abilities) * count * image_seconds
    of_abilities = f" for {', '.join(scored_abilities)}" if scored_abilities != (abilities.GENERATE,) else ""
    megabytes = len(coming) * sum(sizes.values()) * 4 / 1e6
    nearest = next(parent for parent in (folder, *folder.absolute().parents) if parent.exists())
    free = shutil.disk_usage(nearest).free / 1e6
    ready = f"prepared under {root}" if dataset.is_prepared(root) else dataset.how_to_prepare(root)
    if catalog.is_path(options.dataset):
        ready = _run.classes(dataset)
    shape = " x ".join(map(str, dataset.image_shape))
    return "\n".join(
        [
            f"would run: {command} in {folder}",
            f"data set: {display.line(dataset.title)}, {ready}; trained at {shape}",
            *_said_of_training(gan, sizes, steps, done, len(coming)),
            *(phase.said for phase in phases if phase.said),
            f"evaluation: {to_score} checkpoints with {count} images each{of_abilities}",
            *(f"metric {name_of(each)} for each of these checkpoints: {each.COST}" for each in on_model if to_score),
            f"time at the machine's present load: about {_clock(training_seconds)} for training "
            f"({step_seconds * 1e3:.0f} ms a step) and {_clock(scoring_seconds)} for generating the images "
            "to score; the time for features and metrics is not included",
            f"disk: {megabytes:.0f} MB for checkpoints, {free:.0f} MB free",
        ]
    )


def _clock(seconds: float) -> datetime.timedelta:
    return datetime.timedelta(seconds=round(seconds))


def _said_of_training(gan: BaseGan, sizes: Mapping[str, int], steps: int, done: int, checkpoints: int) -> list[str]:
    if not gan.has_steps:
        return [f"training: no steps; all training images are read once; {checkpoints} checkpoints"]
    networks = " and ".join(f"{name} {sizes[name]:,}" for name in gan.players if name in sizes)
    return [
        f"networks: {networks} parameters",
        f"training: {steps} generator steps (from {done}), {checkpoints} checkpoints",
    ]


@dataclasses.dataclass(frozen=True)
class _Phase:
    """Steps that cost the same.

    Attributes:
        steps: how many of them are to come.
        step_seconds: of one, measured on noise.
        said: a line about them; "" where nothing is trained by steps.
    """

    steps: int
    step_seconds: float
    said: str = ""


@dataclasses.dataclass(frozen=True)
class _Step:
    """What a step costs.

    Attributes:
        seconds: measured on noise.
        planned: bytes of its tensors, by `memory.planned`.
        peak: bytes that the process had at most until then, of a GPU those on it.
    """

    seconds: float
    planned: int
    peak: int

    @property
    def memory_said(self) -> str:
        """In words."""
        return f"about {self.planned / 1e6:,.0f} MB for the tensors of a step, {self.peak / 1e6:,.0f} MB in total"


def _timings(gan: BaseGan, done: int, steps: int) -> tuple[list[_Phase], float]:
    """The phases of `steps` steps after `done`, and seconds per generated image, measured on noise.

    Raises:
        UserError: if a phase does not fit into the memory of the device, before any later one is tried.
    """
    options = gan.options
    strategy = tf.distribute.OneDeviceStrategy("/gpu:0" if tf.config.list_logical_devices("GPU") else "/cpu:0")
    with strategy.scope():
        timed = build(options)
    if options.perceptual != "none":  # any maps do to take the time, and a classifier may have to be trained
        timed.feature_maps = feature_maps.random(timed.dataset.image_shape[2]).of
    phases = _phases(timed, strategy, done, steps) if timed.has_steps else [_Phase(0, 0.0)]

    # Of abilities that are scored one stands for all; the first of most types is to generate images.
    ability = next(each for each in timed.abilities(timed.evaluated()).values() if each.gives)
    specs = [timed.streams[name].spec for name in ability.takes]
    inputs = [tf.zeros([options.batch_size, *spec.shape[1:]], spec.dtype) for spec in specs]
    start = time.monotonic()
    ability.call(*inputs)
    return phases, (time.monotonic() - start) / options.batch_size


def _phases(gan: BaseGan, strategy: tf.distribute.Strategy, done: int, steps: int) -> list[_Phase]:
    """One for each side that a network grows to in the steps to come; else one."""
    if not isinstance(gan, GrowingGan) or len(gan.schedule.levels) == 1 or not steps:
        # The first step again and again: of types with lazy updates one of the longest.
        step = _measured_step(gan, strategy, 1)
        return [_Phase(steps, step.seconds, f"memory: {step.memory_said}")]
    schedule, found = gan.schedule, list[_Phase]()
    for level in schedule.levels:
        first, last = max(level.first_step, done + 1), min(schedule.during(level).last or done + steps, done + steps)
        if first > last:
            continue
        said = schedule.described(level, last)
        try:
            # Behind the step in which optimizers begin anew.
            step = _measured_step(gan, strategy, level.first_step + 1)
        except UserError as error:
            raise UserError(f"phase {said}: {error}") from error
        count = last - first + 1
        took = _clock(count * step.seconds)
        said = f"phase {said}; {step.seconds * 1e3:.0f} ms a step, {took} for all of it; {step.memory_said}"
        found.append(_Phase(count, step.seconds, said))
    return found


def _measured_step(gan: BaseGan, strategy: tf.distribute.Strategy, step: int) -> _Step:
    """Of steps like this one, counted from 1.

    Raises:
        UserError: if such a step does not fit into memory, on a processor before it is tried.
    """
    batches: dict[str, dict[str, tf.Tensor]] = {}
    for reading in gan.engine.readings(gan.engine.due(step)):  # several of one purpose where it reads several sources
        batches.setdefault(reading.purpose, {}).update(_noise(gan, reading))
    stepper, endless = Stepper(gan, strategy), itertools.repeat(batches)
    planned, on_gpu = stepper.planned_memory(batches, step - 1), bool(tf.config.list_logical_devices("GPU"))
    if not on_gpu and planned > (there := memory.available()):
        # The system would end the process without a word.
        needed = f"its tensors take about {planned / 1e6:,.0f} MB, and {there / 1e6:,.0f} MB are free"
        raise UserError(f"{stepper.too_large()}; {needed}")
    stepper.run(endless, 1, step - 1)
    start = time.monotonic()
    for _ in range(_TIMED_STEPS):
        stepper.run(endless, 1, step - 1)
    seconds = (time.monotonic() - start) / _TIMED_STEPS
    peak = tf.config.experimental.get_memory_info("GPU:0")["peak"] if on_gpu else memory.peak_resident()
    return _Step(seconds, planned, peak)


def _noise(gan: BaseGan, reading: Reading) -> dict[str, tf.Tensor]:
    """Rows of the form that a step reads: pictures of noise as they are stored, and zeros in place of all else."""
    rows = {}
    for name in reading.streams:
        spec = gan.streams[name].spec
        stored = gan.dataset.image_shape if gan.streams[name].made else spec.shape[1:]
        shape = (reading.rows, *stored)
        noise = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
        rows[name] = tf.constant(noise) if len(shape) == 4 else tf.zeros(shape, spec.dtype)
    return rows
