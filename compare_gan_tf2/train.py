"""Trains one task: strategy, networks, restore, loop, save."""

from __future__ import annotations

import contextlib
import json
import os
import pathlib
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import tensorflow as tf

from compare_gan_tf2 import checkpoints, images, provenance, strategy
from compare_gan_tf2.claims import claim
from compare_gan_tf2.datasets import catalog, pipeline
from compare_gan_tf2.datasets.places import Places, places
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.files import replace_file
from compare_gan_tf2.gans._gan import build, sample_inputs
from compare_gan_tf2.measurements import Measurements
from compare_gan_tf2.options import Options, differences
from compare_gan_tf2.progress import Progress

STATUS_FILE = "status.json"
DONE_FILE = "TRAIN_DONE"
# Steps between lines of measurements.
_MEASURE_EVERY = 10
# Measurements are fetched together for about so many seconds of steps: often enough to be heard of.
_SECONDS_PER_FETCH = 3.0
_MOST_STEPS_PER_FETCH = 256
# Images on a sheet of samples; points in a plot of them.
_SAMPLES, _POINTS = 64, 2048


def train(
    options: Options,
    workdir: str | os.PathLike,
    *,
    dataset_root: str | os.PathLike | None = None,
    cache_dir: str | os.PathLike | None = None,
    data_cache: str = "auto",
    strategy_name: str = "one_device",
    replicas: int = 0,
) -> dict[str, Any]:
    """Trains until options.training_steps, from the newest checkpoint if there is one.

    Args:
        options: of the task.
        workdir: the task's own folder; checkpoints, samples, measurements and status go there.
        dataset_root: folder of the prepared data sets; TFDS's default if None.
        cache_dir: where what can be computed again is kept; ~/.cache/compare_gan_tf2 if None.
        data_cache: where decoded training images are kept, of sets that are stored encoded: "memory"; "disk", under
            cache_dir; "none", they are decoded when they are needed; "auto", where there is room. No outcome depends
            on it.
        strategy_name: "one_device" or "mirrored". The outcome does not depend on it, beyond float rounding.
        replicas: of "mirrored"; 0 is all GPUs.

    Returns:
        The status: {"state": "done" | "diverged", "step": ..., ...}. A finished training does nothing more.

    Raises:
        UserError: if the data set is not prepared, another process trains the task, or its checkpoints were made with
            other options.
    """
    folder = pathlib.Path(workdir)
    options.check()
    checkpoints.check_agreement(folder, options)
    status = read_status(folder)
    if status.get("state") == "diverged":
        changed = differences(options.to_dict(), status["options"])
        if changed:
            raise UserError(
                f"the task in {folder} diverged with other options: {', '.join(changed)}. Use a new --workdir"
            )
    if _is_over(folder, status, options):
        return status
    with claim(folder, "train") as still_held:
        checkpoints.sweep(folder)
        training = _Training(
            options,
            folder,
            places(dataset_root, cache_dir),
            data_cache,
            strategy.create(strategy_name, replicas),
            still_held,
        )
        return training.run()


def read_status(folder: pathlib.Path) -> dict[str, Any]:
    """What the task's training last said of itself; empty if it never began."""
    try:
        status = json.loads((folder / STATUS_FILE).read_text())
        if not isinstance(status["step"], int) or status["state"] not in ("training", "done", "diverged"):
            raise ValueError(f"it holds {status}")
        if status["state"] == "diverged":
            Options.from_dict(dict(status["options"]))
        return status
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UserError(f"{folder / STATUS_FILE} cannot be read ({error}); remove it to go on") from error


def _is_over(folder: pathlib.Path, status: dict[str, Any], options: Options) -> bool:
    """Whether the training ended and what it ended with is there."""
    if status.get("state") == "done" and options.training_steps in checkpoints.steps(folder):
        if not (folder / DONE_FILE).exists():  # a kill between the two files
            (folder / DONE_FILE).touch()
        return True
    return status.get("state") == "diverged"


class _Training:
    """One run of the loop."""

    def __init__(
        self,
        options: Options,
        folder: pathlib.Path,
        places: Places,
        data_cache: str,
        strategy_: tf.distribute.Strategy,
        still_held: Callable[[], None],
    ):
        self._still_held = still_held
        self._options, self._folder, self._strategy = options, folder, strategy_
        replicas = strategy_.num_replicas_in_sync
        if options.batch_size % replicas:
            raise UserError(f"option batch_size is {options.batch_size}; it must be divisible by {replicas} replicas")
        if options.self_supervision != "none" and options.rotated_batch_size % (4 * replicas):
            raise UserError(
                f"option rotated_batch_size is {options.rotated_batch_size}; with {replicas} replicas it must be "
                f"divisible by {4 * replicas}"
            )
        self._dataset = catalog.of(options)
        provenance.check(folder, self._dataset, options, places.dataset_root)
        self._data = pipeline.training_data(self._dataset, options, places, data_cache)
        # Kernels whose sums depend on the order of threads are excluded; without effect on most CPU kernels.
        tf.config.experimental.enable_op_determinism()
        with strategy_.scope():
            self._gan = build(options)
        self._names = self._gan.measurements

    def run(self) -> dict[str, Any]:
        """Trains to the end or to the first loss that is not finite."""
        options, last = self._options, self._options.training_steps
        step = checkpoints.restore_newest(self._folder, self._gan.tracked())
        images = self._data.images
        batches = pipeline.elements(
            pipeline.training_batches(
                images,
                self._data.labels,
                selected=self._data.selected,
                flip=options.random_flip,
                batch_size=options.batch_size,
                batches_per_step=options.disc_iters,
                seed=options.seed,
                first_step=step,
            ),
            images,
        )
        step_function = tf.function(self._step)
        per_fetch = 1
        with (
            contextlib.closing(Measurements(self._folder, step)) as measurements,
            Progress("training", last, done=step) as progress,
        ):
            self._write_status("training", step)
            if options.save_initial and not checkpoints.steps(self._folder):
                self._save(0, measurements)
            while step < last:
                count = min(per_fetch, _next_save(step, options) - step)
                start = time.monotonic()
                measured = self._steps(step_function, batches, count, step)
                seconds = time.monotonic() - start
                bad = np.flatnonzero(~np.isfinite(measured).all(axis=1))
                self._record(measurements, step, measured[: bad[0]] if bad.size else measured)
                if bad.size:
                    measurements.flush()
                    return self._diverged(step + int(bad[0]) + 1, measured[bad[0]])
                step += count
                progress.advance(step, dict(zip(self._names, measured[-1], strict=True)))
                if step == _next_save(step - 1, options):
                    measurements.flush()
                    self._save(step, measurements)
                if seconds < _SECONDS_PER_FETCH * count / per_fetch / 2:
                    per_fetch = min(2 * per_fetch, _MOST_STEPS_PER_FETCH)
        status = self._write_status("done", step)
        (self._folder / DONE_FILE).touch()
        return status

    def _steps(self, step_function: Any, batches: Iterator, count: int, first: int) -> np.ndarray:
        """`count` generator steps after step `first`; measurements float32 [count, names], fetched once at the end.

        The loop is outside the compiled step: inside, TensorFlow's memory optimiser gives large networks temporary
        variables that clash in the second iteration (tensorflow/tensorflow#23780).
        """
        rows = [step_function(*next(batches), tf.constant(first + i + 1, tf.int64)) for i in range(count)]
        return tf.stack(rows).numpy()

    def _step(self, pictures: tf.Tensor, labels: tf.Tensor, step: tf.Tensor) -> tf.Tensor:
        """One generator step on all replicas; measurements float32 [names], averaged over them."""
        measured = self._strategy.run(self._replica_step, args=(pictures, labels, step))
        return tf.stack([self._strategy.reduce("MEAN", measured[name], axis=None) for name in self._names])

    def _replica_step(self, pictures: tf.Tensor, labels: tf.Tensor, step: tf.Tensor) -> dict[str, tf.Tensor]:
        """This replica's share of the global batch through one step.

        Every replica gets the whole batch (uint8, so it is small) and cuts: which image is in which batch then depends
        on seed and step alone, whatever the number of replicas.
        """
        context = tf.distribute.get_replica_context()
        share = self._options.batch_size // context.num_replicas_in_sync
        start = context.replica_id_in_sync_group * share
        shape = [self._options.disc_iters, share]
        pictures = tf.ensure_shape(pictures[:, start : start + share], shape + list(self._dataset.image_shape))
        labels = tf.ensure_shape(labels[:, start : start + share], shape + labels.shape[2:].as_list())
        return self._gan.train_step(pictures, labels, step)

    def _record(self, measurements: Measurements, step: int, measured: np.ndarray) -> None:
        for number, row in enumerate(measured, step + 1):
            if number % _MEASURE_EVERY == 0:
                measurements.write(number, dict(zip(self._names, (float(value) for value in row), strict=True)))

    def _save(self, step: int, measurements: Measurements) -> None:
        self._still_held()
        z, labels = sample_inputs(self._gan, _POINTS if images.is_point(self._dataset.image_shape) else _SAMPLES)
        sheet = images.sheet(self._gan.evaluated_generator(z, labels, training=False).numpy())
        images.write_png(self._folder / "samples" / f"step-{step:08d}.png", sheet)
        measurements.write_image(step, "samples", sheet, images.encode_png(sheet))
        checkpoints.save(self._folder, step, self._gan.tracked(), self._options)
        checkpoints.prune(self._folder, self._options.keep_checkpoints)
        self._write_status("training", step)

    def _diverged(self, step: int, row: np.ndarray) -> dict[str, Any]:
        values = {name: repr(float(value)) for name, value in zip(self._names, row, strict=True)}
        names = [name for name, value in zip(self._names, row, strict=True) if not np.isfinite(value)]
        # With the options, because there may be no checkpoint to read them from.
        found = {"not_finite": names, "values": values, "options": self._options.to_dict()}
        return self._write_status("diverged", step, **found)

    def _write_status(self, state: str, step: int, **more: Any) -> dict[str, Any]:
        status = {"state": state, "step": step, **more}
        with replace_file(self._folder / STATUS_FILE) as file:
            file.write((json.dumps(status) + "\n").encode())
        return status


def _next_save(step: int, options: Options) -> int:
    """The first step after `step` at which a checkpoint is due."""
    every = options.save_every_steps
    return min((step // every + 1) * every, options.training_steps)
