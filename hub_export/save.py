"""Writes a trained task as a TF Hub module (a SavedModel) that needs nothing of this package to be used."""

from __future__ import annotations

import dataclasses
import json
import logging
import os
import pathlib
import subprocess
import sys
import tempfile
from typing import Any

import numpy as np
import tensorflow as tf

from compare_gan_tf2 import unfinished
from compare_gan_tf2.compat import custom_gradients, pattern_characters
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.files import expanded, replace_folder, require_writable, scratch_folder
from compare_gan_tf2.gans import ability_inputs, standing_statistics
from compare_gan_tf2.gans.base import BaseGan, build, sample_inputs
from compare_gan_tf2.hub_export import _abilities, _archive, _publishing, _sums, _target
from compare_gan_tf2.hub_export._module import module
from compare_gan_tf2.hub_export.model_card import model_card
from compare_gan_tf2.options import Options
from compare_gan_tf2.task_folder import checkpoints, column_names, grids, networks_from, score_table
from compare_gan_tf2.task_folder.protocol import Protocol

SAMPLES_FILE = "samples.png"
_log = logging.getLogger(__name__)
_SAMPLES = 64


def export(
    workdir: str | os.PathLike, *, step: str | int = "best", output: str | os.PathLike | None = None
) -> pathlib.Path:
    """Exports one checkpoint of a task.

    The module is callable, `module(z)`, `module(z, labels)` or `module([z, labels])` -> images float32 [B, H, W, C] in
    [0, 1] for any B, of z float32 and labels int32 or int64, with `training=True` for fine-tuning of its
    `trainable_variables`; `module.generate(n, seed, labels, truncation)` draws the latents itself, and the labels where
    they are -1. Its signatures are `default`, `serving_default`, `generator` and `gen` (z, labels -> generated),
    `generator_latest` where an average is kept (the generator without it), `discriminator` and `disc` (images, labels
    -> prediction, logits, features; an autoencoder's reconstruction and features; an encoder's mean, deviation and
    features); `gen` and `disc` are the tags of compare_gan's modules. What else the model can do is a function and a
    signature by the ability's name, `module.reconstruct(images)`, of pictures in [0, 1], each row by itself whatever is
    beside it. z_dim, z_distribution, num_classes, class_names, image_shape, options, scores and abilities (JSON) and
    protocol are variables of these names. Options, scores, protocol and abilities, with shapes and ranges, are in
    module.json too, of places on the disk their last part alone; a model card, a sheet of samples and checksums lie
    beside. Another process, which knows nothing of this package, loads the module and has to get the same outputs
    before it takes its place.

    Args:
        workdir: the task's own folder.
        step: "best" or "best:fid" (the last where none is scored), "best:" and another score (its name, or its column
            where there are several) for the checkpoint that is lowest or highest in it, whichever is better, and the
            earliest of equal ones; "last", or the step of a checkpoint.
        output: the folder to write, or a file called .tar.gz; <workdir>/export/<step> if None. If it holds this very
            model it is left alone, with an edited card and other files too. It is written anew if the model has been
            scored since, or a file of a folder was damaged; but not over files that are not the module's.

    Returns:
        The module's folder or archive.

    Raises:
        UserError: if there is no such checkpoint, its weights are not finite, or the place is something else's, holds
            files of the user's own, or cannot be written.
    """
    folder = expanded(workdir)
    checkpoints.sweep_abandoned(folder)
    rows = _rows(folder)
    chosen = _chosen_step(folder, rows, step)
    target = expanded(output) if output else folder / "export" / str(chosen)
    options = checkpoints.options_of(folder, chosen)
    of_abilities = [
        {name: _publishing.without_places(text, options) for name, text in each.items()}
        for each in _rows_of_abilities(rows, chosen)
    ]
    row = of_abilities[0] if of_abilities else None
    facts = _publishing.facts(options, chosen, row)
    _target.refuse_elsewhere(target, folder)
    unfinished.sweep(target.parent)
    there = _publishing.facts_of(target)
    if there == facts and _target.is_intact(target):
        return target
    _target.refuse_others(target, _publishing.is_same_model(there, facts))
    try:
        return _export(options, folder, chosen, target, facts, of_abilities)
    finally:
        custom_gradients.release()


def _export(
    options: Options,
    folder: pathlib.Path,
    step: int,
    target: pathlib.Path,
    facts: dict[str, Any],
    rows: list[dict[str, str]],
) -> pathlib.Path:
    """Writes the module of a step's checkpoint at a place that may have it."""
    gan = build(options, trains=False)
    networks_from.restore_evaluated(folder, step, gan)
    _refuse_non_finite(gan.networks(), step)
    if _abilities.draws_images(gan):
        standing_statistics.fill(gan)
    if _archive.is_archive(target):
        require_writable(target)
        with scratch_folder(target) as made:
            _write(made, target, gan, facts, rows, folder)
            _archive.pack(made, target)
        return target
    with replace_folder(target) as new:
        _write(new, target, gan, facts, rows, folder)
        # Again, for the work took its time.
        _target.refuse_others(target, same_model=True)
    if pattern_characters.are_in(target):
        _log.warning(
            "TensorFlow loads no module from a path with [, ], *, ? or a backslash; others have to move %s", target
        )
    return target


def _write(
    folder: pathlib.Path,
    target: pathlib.Path,
    gan: BaseGan,
    facts: dict[str, Any],
    rows: list[dict[str, str]],
    task_folder: pathlib.Path,
) -> None:
    """All files of a module into an empty folder, to be moved to the target, and a look at them by another process."""
    saved, signatures = module(gan, facts)
    try:
        tf.saved_model.save(saved, str(folder), signatures=signatures)
    except tf.errors.OpError as error:
        raise UserError(f"cannot write {target}: {_reason(error)}") from error
    probes = _probes(gan, saved)
    sheet = _sheet(probes, task_folder, facts["step"])
    if sheet is not None:
        (folder / SAMPLES_FILE).write_bytes(sheet)
    (folder / _publishing.FACTS_FILE).write_text(json.dumps(facts, indent=2), encoding="utf-8")
    judged = tuple(signatures["discriminator"].structured_outputs) if "discriminator" in signatures else ()
    card = model_card(gan, facts, rows[0] if rows else None, judged, others=rows[1:], has_sheet=sheet is not None)
    (folder / _sums.CARD_FILE).write_text(card, encoding="utf-8")
    _sums.write(folder)
    _check_elsewhere(folder, probes)


@dataclasses.dataclass(frozen=True)
class Probe:
    """A call of a module, and what it has to give.

    Attributes:
        name: of what is called; "" is the module itself.
        inputs: by place.
        outputs: by name, "" of a single one.
    """

    name: str
    inputs: tuple[tf.Tensor, ...]
    outputs: dict[str, tf.Tensor]

    def difference(self, given: Any) -> float:
        """The largest difference from what a call gave; of numbers above 1 by their size."""
        found = given if isinstance(given, dict) else {"": given}
        parts = [
            tf.reduce_max(tf.abs(found[name] - wanted) / tf.maximum(tf.abs(wanted), 1.0))
            for name, wanted in self.outputs.items()
        ]
        return float(tf.reduce_max(parts))


def _probes(gan: BaseGan, saved: Any) -> list[Probe]:
    """A call of everything that a module can do; the module's own is the one whose images its sheet shows."""
    found = []
    # On the processor, as in the other process: an accelerator's algorithms round in another way, and its memory may be
    # full. Compiled as the module is: a deep network magnifies the roundings in which the two ways of running differ.
    with tf.device("CPU"):
        if _abilities.draws_images(gan):
            z, labels = sample_inputs(gan, _SAMPLES)
            images = tf.function(gan.evaluated_generator)(z, labels, training=False)
            found.append(Probe("", (z,) if labels is None else (z, labels), {"": images}))
        for name, ability in _abilities.others(gan).items():
            inputs = tuple(_any_rows(gan, each) for each in ability_inputs.given(ability, gan))
            outputs = getattr(saved, name)(*inputs)
            found.append(Probe(name, inputs, outputs if isinstance(outputs, dict) else {"": outputs}))
    return found


def _any_rows(gan: BaseGan, stream: str) -> tf.Tensor:
    """Two rows that a stream might have."""
    spec = gan.streams[stream].spec
    if spec.dtype.is_integer:
        return tf.zeros([2, *spec.shape[1:]], spec.dtype)
    return tf.random.stateless_uniform([2, *spec.shape[1:]], [0, 1], dtype=spec.dtype)


def _sheet(probes: list[Probe], task_folder: pathlib.Path, step: int) -> bytes | None:
    """A PNG file of generated images; or else a sheet that the training drew of an ability; or None."""
    for probe in probes:
        if not probe.name:
            return grids.encode_png(grids.sheet(probe.outputs[""].numpy()))
    for place in sorted((task_folder / "samples").glob(f"step-{step:08d}-*.png")):
        return place.read_bytes()
    return None


def _reason(error: tf.errors.OpError) -> str:
    """The end of TensorFlow's message: before it stand its own names and a temporary folder's."""
    message = error.message.partition(" [Op:")[0].partition("\n")[0]
    return message.rpartition("; ")[2] or type(error).__name__


def _rows(folder: pathlib.Path) -> list[dict[str, str]]:
    """Rows of checkpoints that are there, without those about other weights than a module's generator has."""
    weights = {}
    for step in checkpoints.steps(folder):
        try:
            weights[step] = checkpoints.options_of(folder, step).generator_weights
        except checkpoints.GoneError:  # the training deleted it in the meantime
            continue
        except checkpoints.DamagedError as error:
            _log.warning("%s; its scores do not count", error)
    rows = score_table.sound(score_table.read_rows(folder))
    there = [row for row in rows if int(row["step"]) in weights]
    found = [row for row in there if Protocol.parse(row["protocol"]).weights in ("", weights[int(row["step"])])]
    if there and not found:
        _log.warning("the scores in %s are about other weights than are exported, and no scores of the module", folder)
    return found


def _rows_of_abilities(rows: list[dict[str, str]], step: int) -> list[dict[str, str]]:
    """A step's row about generated images, and one about each other ability; of several protocols the last one."""
    last = {row.get(column_names.ABILITY, ""): row for row in rows if int(row["step"]) == step}
    return [last[ability] for ability in sorted(last)]


def _chosen_step(folder: pathlib.Path, rows: list[dict[str, str]], step: str | int) -> int:
    there = checkpoints.steps(folder)
    if not there:
        raise UserError(
            f"the task in {folder} has no checkpoint; train it first: compare_gan_run_one_task --command=train"
        )
    score = column_names.asked_score(str(step))
    if score is not None:
        best = score_table.best_step(rows, score)
        if best is None and score != "fid":
            scored = ", ".join(score_table.score_columns(rows)) or "none"
            raise UserError(f"no checkpoint in {folder} has the score {score!r}; scores there: {scored}")
        return there[-1] if best is None else best
    if step == "last":
        return there[-1]
    if not str(step).isdecimal() or int(step) not in there:
        known = ", ".join(("best", "best:SCORE", "last", *map(str, there)))
        raise UserError(f"no checkpoint of step {step!r} in {folder}; there are: {known}")
    return int(step)


def _refuse_non_finite(networks: checkpoints.Parts, step: int) -> None:
    for part, variables in networks.items():
        for name, variable in variables.items():
            if not np.isfinite(variable.numpy()).all():
                raise UserError(f"{part}/{name} of step {step} is not finite; a diverged model is not exported")


def _check_here(folder: pathlib.Path, probes: list[Probe]) -> None:
    """Loads what was written and compares; an export that gives other images must not be left behind."""
    with pattern_characters.avoided(folder) as place:
        loaded = custom_gradients.loaded(lambda: tf.saved_model.load(place))
    for probe in probes:
        given = (getattr(loaded, probe.name) if probe.name else loaded)(*probe.inputs)
        _refuse_other_images(probe.difference(given), probe.name)


# What a stranger does with a module; TensorFlow's own loader, which is what `hub.load` calls, serves where that package
# is not installed.
_STRANGER = """
import sys
import numpy, tensorflow
given = numpy.load(sys.argv[2])
loaded = tensorflow.saved_model.load(sys.argv[1])
found = {}
for name in sys.argv[3:]:
    call = getattr(loaded, name) if name else loaded
    outputs = call(*(tensorflow.constant(given[f"{name}/{i}"]) for i in range(given[f"{name}/inputs"])))
    outputs = outputs if isinstance(outputs, dict) else {"": outputs}
    found |= {f"{name}/{output}": value.numpy() for output, value in outputs.items()}
assert not [name for name in sys.modules if name.startswith("compare_gan_tf2")]
numpy.savez("found.npz", **found)
"""


def _check_elsewhere(folder: pathlib.Path, probes: list[Probe]) -> None:
    """The same in a fresh process that never heard of this package."""
    with tempfile.TemporaryDirectory() as elsewhere, pattern_characters.avoided(folder.absolute()) as place:
        given: dict[str, Any] = {f"{probe.name}/inputs": len(probe.inputs) for probe in probes}
        given |= {f"{probe.name}/{i}": each.numpy() for probe in probes for i, each in enumerate(probe.inputs)}
        np.savez(f"{elsewhere}/given.npz", **given)
        done = subprocess.run(
            [sys.executable, "-c", _STRANGER, place, "given.npz", *(probe.name for probe in probes)],
            cwd=elsewhere,
            env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1"},
            capture_output=True,
            text=True,
        )
        if done.returncode:
            lines = done.stderr.strip().splitlines() or ["no reason given"]
            raise UserError(f"the exported module cannot be loaded by another process: {lines[-1]}")
        with np.load(f"{elsewhere}/found.npz") as found:
            for probe in probes:
                outputs = {name: found[f"{probe.name}/{name}"] for name in probe.outputs}
                _refuse_other_images(probe.difference(outputs), probe.name)


def _refuse_other_images(difference: float, ability: str) -> None:
    if not difference <= 1e-5:
        of = f"outputs of {ability}" if ability else "images"
        raise RuntimeError(f"the exported module's {of} differ from the networks' by {difference}")
