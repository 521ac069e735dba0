"""Writes a trained task as a TF Hub module (a SavedModel) that needs nothing of this package to be used."""

from __future__ import annotations

import json
import os
import pathlib
from typing import Any

import numpy as np
import tensorflow as tf

from compare_gan_tf2 import checkpoints, images, results, standing_statistics
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.files import replace_folder
from compare_gan_tf2.gans._gan import BaseGan, build, sample_inputs
from compare_gan_tf2.hub_export.model_card import model_card
from compare_gan_tf2.options import Options

CARD_FILE = "README.md"
FACTS_FILE = "module.json"
SAMPLES_FILE = "samples.png"
_SAMPLES = 64


def export(
    workdir: str | os.PathLike, *, step: str | int = "best", output: str | os.PathLike | None = None
) -> pathlib.Path:
    """Exports one checkpoint of a task.

    The module is callable, `module(z)` or `module(z, labels)` -> images float32 [B, H, W, C] in [0, 1] for any B, with
    `training=True` for fine-tuning of its `trainable_variables`; its signatures are `default`, `serving_default` and
    `generator` (z, labels -> generated), `generator_latest` where an average is kept (the generator without it), and
    `discriminator` (images, labels -> prediction, logits, features; an autoencoder's reconstruction and features; an
    encoder's mean, deviation and features). `options`, `scores` and `protocol` are JSON and text in string variables of
    these names. The same in module.json, a model card and a sheet of samples lie beside.

    Args:
        workdir: the task's own folder.
        step: "best" by FID (the last where none is scored), "last", or the step of a checkpoint.
        output: the folder to write; <workdir>/export/<step> if None. If it holds this very model it is left alone, or
            written anew if the model has been scored since.

    Returns:
        The module's folder.

    Raises:
        UserError: if there is no such checkpoint, its weights are not finite, or the folder is something else's.
    """
    folder = pathlib.Path(workdir)
    rows = results.read_rows(folder)
    chosen = _chosen_step(folder, rows, step)
    target = pathlib.Path(output).expanduser() if output else folder / "export" / str(chosen)
    options = checkpoints.options_of(folder, chosen)
    # Of several protocols the one that was asked for last.
    row = next((row for row in reversed(rows) if int(row["step"]) == chosen), None)
    facts = _facts(options, chosen, row)
    there = _facts_of(target)
    if there == facts:
        return target
    same_model = {name: there.get(name) for name in ("options", "step")} == {
        "options": facts["options"],
        "step": chosen,
    }
    if target.exists() and not same_model and (not target.is_dir() or any(target.iterdir())):
        raise UserError(f"{target} exists and is not this model; give another place")
    gan = build(options)
    checkpoints.restore(folder, chosen, gan.networks(), partly=True)
    _refuse_non_finite(gan.networks(), chosen)
    standing_statistics.fill(gan)
    with replace_folder(target) as new:
        module, signatures = _module(gan, facts)
        try:
            tf.saved_model.save(module, str(new), signatures=signatures)
        except tf.errors.OpError as error:
            raise UserError(f"cannot write {target}: {error.message}") from error
        z, labels = sample_inputs(gan, _SAMPLES)
        # Compiled as the module is: a deep network magnifies the roundings in which the two ways of running differ.
        sheet = tf.function(gan.evaluated_generator)(z, labels, training=False)
        images.write_png(new / SAMPLES_FILE, images.sheet(sheet.numpy()))
        (new / FACTS_FILE).write_text(json.dumps(facts, indent=2), encoding="utf-8")
        judged = tuple(signatures["discriminator"].structured_outputs)
        (new / CARD_FILE).write_text(model_card(gan, chosen, row, judged), encoding="utf-8")
        _check(new, z, labels, sheet)
    return target


def _chosen_step(folder: pathlib.Path, rows: list[dict[str, str]], step: str | int) -> int:
    there = checkpoints.steps(folder)
    if not there:
        raise UserError(
            f"the task in {folder} has no checkpoint; train it first: compare_gan_run_one_task --command=train"
        )
    if step in ("best", "last"):
        best = results.best_step(row for row in rows if int(row["step"]) in there)
        return best if step == "best" and best is not None else there[-1]
    if not str(step).isdecimal() or int(step) not in there:
        raise UserError(
            f"no checkpoint of step {step!r} in {folder}; there are: best, last, {', '.join(map(str, there))}"
        )
    return int(step)


def _refuse_non_finite(networks: checkpoints.Parts, step: int) -> None:
    for part, variables in networks.items():
        for name, variable in variables.items():
            if not np.isfinite(variable.numpy()).all():
                raise UserError(f"{part}/{name} of step {step} is not finite; a diverged model is not exported")


def _facts(options: Options, step: int, row: dict[str, str] | None) -> dict[str, Any]:
    """What module.json says of a module."""
    scores = {name: float(row[name]) for name in results.score_columns([row]) if row[name]} if row else {}
    return {"step": step, "options": options.to_dict(), "scores": scores, "protocol": row["protocol"] if row else ""}


def _facts_of(folder: pathlib.Path) -> dict[str, Any]:
    """What the module in a folder says of itself, options it was written without at their defaults; or nothing."""
    try:
        facts = json.loads((folder / FACTS_FILE).read_text(encoding="utf-8"))
        return dict(facts) | {"options": Options.from_dict(facts["options"]).to_dict()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, UserError):
        return {}


def _module(gan: BaseGan, facts: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    """The object to save, in the form of TF Hub's reusable SavedModels, and its signatures."""
    generator, discriminator = gan.evaluated_generator, gan.discriminator
    inputs = [tf.TensorSpec([None, generator.z_dim], tf.float32, "z")]
    shown = [tf.TensorSpec([None, *gan.dataset.image_shape], tf.float32, "images")]
    if gan.num_classes:
        labels = tf.TensorSpec([None], tf.int32, "labels")
        inputs, shown = [*inputs, labels], [*shown, labels]

    @tf.function
    def call(z: tf.Tensor, labels: tf.Tensor | None = None, training: bool = False) -> tf.Tensor:
        return generator(z, labels, training=training)

    for training in (True, False):
        call.get_concrete_function(*inputs, training=training)

    def generates(network: Any) -> Any:
        @tf.function
        def generate(z: tf.Tensor, labels: tf.Tensor | None = None) -> dict[str, tf.Tensor]:
            return {"generated": network(z, labels, training=False)}

        return generate.get_concrete_function(*inputs)

    @tf.function
    def judge(images: tf.Tensor, labels: tf.Tensor | None = None) -> dict[str, tf.Tensor]:
        return discriminator.outputs(images, labels)

    module = tf.train.Checkpoint()
    module.__call__ = call
    networks = [generator, discriminator] + ([gan.generator] if gan.average else [])
    module.variables = [variable.value for network in networks for variable in network.variables]
    module.trainable_variables = [variable.value for variable in generator.trainable_variables]
    module.regularization_losses = []
    texts = {
        "options": json.dumps(facts["options"]),
        "scores": json.dumps(facts["scores"]),
        "protocol": facts["protocol"],
    }
    for name, text in texts.items():
        setattr(module, name, tf.Variable(text, trainable=False, name=name))
    evaluated = generates(generator)
    signatures = {
        "default": evaluated,
        "serving_default": evaluated,
        "generator": evaluated,
        "discriminator": judge.get_concrete_function(*shown),
    }
    if gan.average:
        signatures["generator_latest"] = generates(gan.generator)
    return module, signatures


def _check(folder: pathlib.Path, z: tf.Tensor, labels: tf.Tensor | None, expected: tf.Tensor) -> None:
    """Loads what was written and compares; an export that gives other images must not be left behind."""
    loaded = tf.saved_model.load(str(folder))
    ours = loaded(z) if labels is None else loaded(z, labels)
    difference = float(tf.reduce_max(tf.abs(ours - expected)))
    if not difference <= 1e-5:
        raise RuntimeError(f"the exported module's images differ from the generator's by {difference}")
