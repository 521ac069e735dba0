"""Weights of an original into a task's folder as a checkpoint, and the task that they need."""

from __future__ import annotations

import dataclasses
import os
import pathlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from compare_gan_tf2.compare_gan_v3 import tasks as v3
from compare_gan_tf2.compare_gan_v3.tasks import NETWORKS, Imported
from compare_gan_tf2.datasets import catalog
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.gans.base import BaseGan, build
from compare_gan_tf2.options import Options
from compare_gan_tf2.style_weights import channels, files, networks
from compare_gan_tf2.style_weights.describing import Description, describe
from compare_gan_tf2.style_weights.files import Source

# Options that channels depend on, which are compared by what they give.
_OF_CHANNELS = ("channel_base", "width")


def import_weights(
    options: Options,
    workdir: str | os.PathLike,
    source: str | os.PathLike | Mapping[str, np.ndarray],
    *,
    step: int | None = None,
    weights: str = "auto",
    parts: Sequence[str] | None = None,
) -> Imported:
    """Writes a checkpoint of a task from weights of compare_gan v3, PGGAN, StyleGAN, StyleGAN2 or R3GAN.

    The task can then be scored, exported, or trained on (with fresh optimizers). The options have to describe the
    networks; for the style-based systems `compare_gan_import_weights --describe` says which these are.

    Args:
        options: of the task.
        workdir: the task's own folder, without checkpoints.
        source: a file, or {name: array} by the names of the program that the weights are of: compare_gan v3's as its
            `files.read` takes them, or an .npz that `style_weights/export_original.py` wrote.
        step: generator step of the checkpoint; the source's own, or else options.training_steps, if None.
        weights: which weights the evaluated generator gets where the source has both: the running average's, the
            latest, or "auto", the average's where there is one.
        parts: the networks to import; one that is not named keeps its initial weights. If None both, or of an
            original's source those that it has.

    Raises:
        UserError: for weights that do not fit, naming each; nothing is written then.
    """
    if not isinstance(source, Mapping):
        files.refuse_pickle(source)
    asked = NETWORKS if parts is None else parts
    if not files.is_official(source):
        return v3.import_weights(options, workdir, source, step=step, weights=weights, parts=asked)
    folder = pathlib.Path(workdir)
    v3.check_request(options, folder, weights, asked)
    return load(options, files.read(source), step=step, weights=weights, parts=parts).save(folder)


def new_options(description: Description, given: Mapping[str, Any], origin: str) -> Options:
    """Options of a task with described networks.

    Args:
        description: of the source.
        given: further options by name; its data set among them.
        origin: of the weights, for messages.

    Raises:
        UserError: if no task has such networks, or the given options make other ones.
    """
    _refuse_problem(description, origin)
    if not given.get("dataset"):
        classes = f" with {description.num_classes} classes" if description.num_classes else ""
        raise UserError(
            f"which data set shall the new task have? Give --set dataset=NAME of images {_sides(description)}{classes}"
        )
    options = Options.from_dict({**description.options, **given})
    _refuse_other_options(options, description, origin)
    return options


@dataclasses.dataclass(frozen=True)
class Loaded:
    """Networks with imported weights, not yet written.

    Attributes:
        gan: whose networks these are.
        step: of the checkpoint.
        filled: number of variables set, by network.
        generator: see `Imported`.
    """

    gan: BaseGan
    step: int
    filled: Mapping[str, int]
    generator: str

    def save(self, folder: pathlib.Path) -> Imported:
        """Writes the checkpoint."""
        return Imported(v3.save(self.gan, folder, self.step), self.step, self.filled, self.generator, ())


def load(
    options: Options,
    source: Source,
    *,
    step: int | None = None,
    weights: str = "auto",
    parts: Sequence[str] | None = None,
) -> Loaded:
    """Networks of a task with a source's weights; arguments and errors as of `import_weights`."""
    description = describe(source)
    chosen = v3.checked_step(options, step)
    _refuse_problem(description, source.origin)
    _refuse_other_options(options, description, source.origin)
    wanted = parts or [name for name in NETWORKS if name == "generator" or name in source.networks]
    gan, filled, generator = build(options), {}, "initial"
    fill = _filling(description, source.origin)
    if "generator" in wanted:
        generator = _fill_generators(gan, source, weights, fill)
        filled["generator"] = len(gan.generator.variables)
    if "discriminator" in wanted:
        if "discriminator" not in source.networks:
            raise UserError(f"{source.origin} hold no discriminator (D/...); --networks=generator imports the rest")
        fill(gan.discriminator, source.networks["discriminator"])
        filled["discriminator"] = len(gan.discriminator.variables)
    return Loaded(gan, chosen, filled, generator)


def _filling(description: Description, origin: str) -> Callable[[Any, Mapping[str, np.ndarray]], None]:
    return lambda network, values: networks.fill(description.form, network, values, origin)


def _fill_generators(
    gan: BaseGan, source: Source, weights: str, fill: Callable[[Any, Mapping[str, np.ndarray]], None]
) -> str:
    """Fills the generator, and the task's running average of it if it has one; gives what is evaluated."""
    there = source.networks
    auto = "average" if "average" in there else "generator"
    kind = {"average": "average", "latest": "generator"}.get(weights, auto)
    if kind not in there:
        which = "average of the generator (Gs/... or G_ema/...)" if kind == "average" else "latest generator (G/...)"
        raise UserError(f"{source.origin} hold no {which}; weights=auto takes what is there")
    if gan.average:
        fill(gan.generator, there.get("generator", there[kind]))
    filled = gan.average or gan.generator
    fill(filled, there[kind])
    return "average" if kind == "average" and gan.evaluated_generator is filled else "latest"


def _refuse_problem(description: Description, origin: str) -> None:
    if description.problem:
        raise UserError(f"{origin} hold networks of {description.system.title} that no task has: {description.problem}")


def _refuse_other_options(options: Options, description: Description, origin: str) -> None:
    """Raises UserError for options of a task that make other networks, with both values of each."""
    dataset, needed = catalog.of(options), description.options
    if tuple(dataset.image_shape) != description.image_shape:
        raise UserError(
            f"{origin} hold networks of images {_sides(description)}, and data set {dataset.name} has images "
            f"{'x'.join(map(str, dataset.image_shape))}"
        )
    ours = options.to_dict()
    problems = []
    for name, value in _complete(description).items():
        is_implied = name == "style_length" and not ours[name] and value == needed["z_dim"]
        if ours[name] != value and not is_implied:
            problems.append(f"{name} is {_shown(ours[name])} and has to be {_shown(value)}")
    if channels.of_options(description.system.architecture, ours, description.channels) != description.channels:
        problems += [
            f"{name} is {_shown(ours[name])} and has to be {_shown(needed[name])}"
            for name in _OF_CHANNELS
            if name in needed and needed[name] != ours[name]
        ]
    classes = dataset.num_classes if options.conditional else 0
    if not problems and classes != description.num_classes:
        problems.append(f"data set {dataset.name} has {classes} classes and has to have {description.num_classes}")
    if problems:
        raise UserError(f"{origin} hold other networks than the task's: {'; '.join(problems)}")


def _complete(description: Description) -> dict[str, Any]:
    """What options have to be, with those that are not set because they are the default."""
    found = {name: value for name, value in description.options.items() if name not in _OF_CHANNELS}
    if not description.system.gan:
        del found["gan"]
    found.setdefault("conditional", False)
    if "mapping_layers" in found:
        found.setdefault("style_length", found["z_dim"])
    found.pop("deviation_group", None)  # of no effect on what the arrays give
    return found


def _sides(description: Description) -> str:
    return "x".join(map(str, description.image_shape))


def _shown(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else f"{value:g}" if isinstance(value, float) else str(value)
