"""Old weights into a task's folder as a checkpoint, and a checkpoint's weights out of it under v3's names."""

from __future__ import annotations

import dataclasses
import os
import pathlib
from collections.abc import Mapping, Sequence

import numpy as np

from compare_gan_tf2 import claims
from compare_gan_tf2.compare_gan_v3 import files, names, networks
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.gans.base import BaseGan, build
from compare_gan_tf2.options import Options
from compare_gan_tf2.task_folder import checkpoints

NETWORKS = ("generator", "discriminator")
WEIGHTS = ("auto", "average", "latest")


@dataclasses.dataclass(frozen=True)
class Imported:
    """What an import did.

    Attributes:
        checkpoint: the folder that was written.
        step: its generator step.
        filled: number of variables set, by network.
        generator: what the evaluated generator has: "average" or "latest" weights, or its "initial" ones.
        skipped: names in the source that are no part of a network.
    """

    checkpoint: pathlib.Path
    step: int
    filled: Mapping[str, int]
    generator: str
    skipped: tuple[str, ...]


def import_weights(
    options: Options,
    workdir: str | os.PathLike,
    source: str | os.PathLike | Mapping[str, np.ndarray],
    *,
    step: int | None = None,
    weights: str = "auto",
    parts: Sequence[str] = NETWORKS,
) -> Imported:
    """Writes a checkpoint of a task from weights that compare_gan v3 trained.

    The task can then be scored, exported, or trained on (with fresh optimizers). The options have to describe the
    networks; with reference=v3 the generator gives the images that it gave in v3.

    Args:
        options: of the task.
        workdir: the task's own folder, without checkpoints.
        source: {v3's variable name: array}, or a file as `files.read` takes it.
        step: generator step of the checkpoint; the source's own, or else options.training_steps, if None.
        weights: which weights the evaluated generator gets where the source has both: the running average's, the
            latest, or "auto", the average's where there is one (as v3's own modules had it).
        parts: the networks to import; one that is not named keeps its initial weights.

    Raises:
        UserError: for weights that do not fit, naming each; nothing is written then.
    """
    folder = pathlib.Path(workdir)
    check_request(options, folder, weights, parts)
    if isinstance(source, Mapping):
        origin, read = "the weights", files.source(source)
    else:
        origin, read = str(source), files.read(source)
    chosen = checked_step(options, step if step is not None else read.step)
    _refuse_strangers(read.values, origin, parts)
    gan = build(options)
    filled, generator = {}, "initial"
    if "generator" in parts:
        generator = _fill_generators(gan, read.values, origin, weights)
        filled["generator"] = len(gan.generator.variables)
    if "discriminator" in parts:
        networks.fill(options.architecture, gan.discriminator, _below(read.values, "discriminator"), origin)
        filled["discriminator"] = len(gan.discriminator.variables)
    return Imported(save(gan, folder, chosen), chosen, filled, generator, read.skipped)


def check_request(options: Options, folder: pathlib.Path, weights: str, parts: Sequence[str]) -> None:
    """Raises UserError for what cannot be imported, whatever the source is: arguments as of `import_weights`."""
    options.check()
    unknown = [name for name in parts if name not in NETWORKS]
    if unknown or not parts:
        raise UserError(f"network {(unknown or [''])[0]!r} is unknown; known: {', '.join(NETWORKS)}")
    if weights not in WEIGHTS:
        raise UserError(f"weights={weights} is unknown; known: {', '.join(WEIGHTS)}")
    _refuse_started(folder)


def checked_step(options: Options, step: int | None) -> int:
    """The checkpoint's step: the task's last one if None; UserError for one that the task does not have."""
    chosen = options.training_steps if step is None else step
    if not isinstance(chosen, int) or not 0 <= chosen <= options.training_steps:
        raise UserError(
            f"step {chosen} is outside the task's [0, {options.training_steps}]; set its training_steps, or give "
            "another step"
        )
    return chosen


def save(gan: BaseGan, folder: pathlib.Path, step: int) -> pathlib.Path:
    """Writes what was imported as a task's first checkpoint; gives its folder."""
    with claims.claim(folder, "train"):
        _refuse_started(folder)
        checkpoints.save(folder, step, gan.tracked(), gan.options)
    return checkpoints.path(folder, step)


def export_weights(workdir: str | os.PathLike, step: int | None = None) -> dict[str, np.ndarray]:
    """A checkpoint's networks under compare_gan v3's names; what `import_weights` takes.

    Where the task keeps a running average, its weights are there too, as v3 named them.

    Args:
        workdir: the task's own folder.
        step: of the checkpoint; the last one if None.

    Raises:
        UserError: if there is no such checkpoint.
    """
    folder = pathlib.Path(workdir)
    there = checkpoints.steps(folder)
    if not there or (step is not None and step not in there):
        wanted = "" if step is None else f" of step {step}"
        raise UserError(f"no checkpoint{wanted} in {folder}; there are: {', '.join(map(str, there)) or 'none'}")
    chosen = there[-1] if step is None else step
    options = checkpoints.options_of(folder, chosen)
    gan = build(options)
    checkpoints.restore(folder, chosen, gan.networks(), partly=True)
    found = networks.weights(options.architecture, gan.generator) | networks.weights(
        options.architecture, gan.discriminator
    )
    if gan.average:
        trainable = {
            name + names.AVERAGE: np.asarray(variable)
            for name, variable in networks.reference_variables(options.architecture, gan.average).items()
            if variable.trainable
        }
        found |= trainable
    return found


def _refuse_started(folder: pathlib.Path) -> None:
    if checkpoints.steps(folder):
        claims.remove_dead(folder, "train")  # of an import that was killed when its checkpoint was there
        raise UserError(f"the task in {folder} has checkpoints already; import into a new task")


def _refuse_strangers(values: Mapping[str, np.ndarray], origin: str, parts: Sequence[str]) -> None:
    """Raises UserError for variables of neither network, and for a wanted network of which there is nothing."""
    strange = sorted(name for name in values if not name.startswith(NETWORKS))
    if strange:
        raise UserError(
            f"{origin} hold {len(strange)} variables of neither network ({', '.join(strange[:5])}); v3's begin with "
            "generator/ or discriminator/"
        )
    for network in parts:
        if not _below(values, network):
            there = [name for name in NETWORKS if _below(values, name)]
            cure = f"import what is there: --networks={there[0]}" if there else "and nothing of the other network"
            raise UserError(f"{origin} hold nothing of the {network}; {cure}")


def _below(values: Mapping[str, np.ndarray], network: str) -> dict[str, np.ndarray]:
    """The latest weights of a network; its heads' names begin with the network's too."""
    return {
        name: value for name, value in values.items() if name.startswith(network) and not name.endswith(names.AVERAGE)
    }


def _fill_generators(gan: BaseGan, values: Mapping[str, np.ndarray], origin: str, weights: str) -> str:
    """Fills the generator, and the task's running average of it if it has one; gives what is evaluated."""
    architecture, latest = gan.options.architecture, _below(values, "generator")
    shadows = {
        name.removesuffix(names.AVERAGE): value
        for name, value in values.items()
        if name.endswith(names.AVERAGE) and name.startswith("generator")
    }
    unfilled = {"may_be_unfilled": gan.options.standing_batches > 0}
    uses_average = weights == "average" or (weights == "auto" and bool(shadows))
    averaged = latest
    if uses_average:
        variables = networks.reference_variables(architecture, gan.generator)
        without = [name for name, each in variables.items() if each.trainable and name not in shadows]
        if without:
            raise UserError(
                f"{origin} hold no running average of {len(without)} trainable variables ({', '.join(without[:5])}); "
                "weights=latest takes the others"
            )
        averaged = latest | shadows
    if gan.average:
        networks.fill(architecture, gan.generator, latest, origin, **unfilled)
    filled = gan.average or gan.generator
    networks.fill(architecture, filled, averaged, origin, **unfilled)
    return "average" if uses_average and gan.evaluated_generator is filled else "latest"
