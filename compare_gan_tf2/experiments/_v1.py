"""The studies of compare_gan's first version: eight GANs, the ranges of their settings, and the order of its draws.

Lucic et al. 2018, "Are GANs Created Equal?". Phase 1 draws settings from wide ranges, phase 2 from narrow ones, phase 3
trains each GAN's best setting of phase 1 with fifty seeds. Settings are here by their old names, and translated.
"""

from __future__ import annotations

import os
import pathlib
import random
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from compare_gan_tf2.errors import UserError
from compare_gan_tf2.options import parse
from compare_gan_tf2.task_folder import score_table, tasks
from compare_gan_tf2.task_folder.column_names import PROTOCOL, is_fid
from compare_gan_tf2.task_folder.protocol import Protocol
from compare_gan_tf2.task_folder.tasks import Task, log_uniform, uniform

# In the order in which the one stream of random numbers serves them.
GANS = ("GAN", "GAN_MINMAX", "WGAN", "WGAN_GP", "DRAGAN", "VAE", "LSGAN", "BEGAN")
PHASE1_DIR = "COMPARE_GAN_PHASE1_DIR"
_STREAM_SEED = 123
_SEEDS_OF_PHASE3 = 50

_Draw = Callable[[random.Random], Any]

# Image set -> discriminator steps in all, and between checkpoints: five epochs of 50,000 (celeba 162,000) images of 64.
# The others' 20 epochs are of 50,000 images too, although MNIST has 60,000.
_STEPS = {"cifar10": (78125, 3906), "celeb_a": (101250, 12656)}
_OTHER_STEPS = (15625, 3906)


def _choice(*values: Any) -> _Draw:
    """One of the values, drawn as Python 2 did.

    The published settings were drawn under Python 2. Python 3 has the same random() and uniform(), but its choice()
    takes another number of random bits, after which every further draw would differ.
    """
    return lambda source: values[int(source.random() * len(values))]


_WIDE: dict[str, _Draw] = {
    "beta1": uniform(0.0, 1.0),
    "disc_iters": _choice(1, 5),
    "discriminator_batchnorm": _choice(True, False),
    "learning_rate": log_uniform(1e-5, 1e-2),
}
# A choice of one takes a random number too, as it did there.
_NARROW: dict[str, _Draw] = {
    "beta1": _choice(0.5),
    "disc_iters": _choice(1),
    "discriminator_batchnorm": _choice(True, False),
    "learning_rate": log_uniform(1e-4, 1e-3),
}
_ONLY_WITHOUT: dict[str, _Draw] = {"discriminator_batchnorm": _choice(False)}

_DEFAULTS: dict[str, dict[str, Any]] = {
    "GAN": {"beta1": 0.0, "disc_iters": 1, "discriminator_batchnorm": True, "learning_rate": 5e-5},
    "GAN_MINMAX": {"beta1": 0.0, "disc_iters": 1, "discriminator_batchnorm": True, "learning_rate": 5e-5},
    "WGAN": {
        "beta1": 0.5,
        "disc_iters": 5,
        "discriminator_batchnorm": True,
        "learning_rate": 5e-5,
        "weight_clipping": 0.01,
    },
    "WGAN_GP": {"beta1": 0.5, "disc_iters": 5, "discriminator_batchnorm": False, "lambda": 10.0, "learning_rate": 1e-4},
    "DRAGAN": {"beta1": 0.5, "disc_iters": 1, "discriminator_batchnorm": True, "lambda": 10.0, "learning_rate": 1e-4},
    "VAE": {"beta1": 0.5, "disc_iters": 1, "discriminator_batchnorm": True, "learning_rate": 5e-5},
    "LSGAN": {"beta1": 0.5, "disc_iters": 1, "discriminator_batchnorm": True, "learning_rate": 2e-4},
    "BEGAN": {
        "beta1": 0.5,
        "disc_iters": 5,
        "discriminator_batchnorm": False,
        "gamma": 0.75,
        "lambda": 0.001,
        "learning_rate": 1e-4,
    },
}
# What a GAN adds to the ranges above or has instead, wide and narrow.
_OWN: dict[str, tuple[dict[str, _Draw], dict[str, _Draw]]] = {
    "WGAN": ({"weight_clipping": log_uniform(1e-3, 1.0)}, {"weight_clipping": log_uniform(1e-2, 1.0)}),
    "WGAN_GP": ({"lambda": log_uniform(1e-1, 1e2)}, {"lambda": log_uniform(1e-1, 1e1)} | _ONLY_WITHOUT),
    "DRAGAN": ({"lambda": log_uniform(1e-1, 1e2)}, {"lambda": log_uniform(1e-1, 1e1)} | _ONLY_WITHOUT),
    "BEGAN": (
        {"gamma": uniform(0.0, 1.0), "lambda": log_uniform(1e-4, 1e-2)},
        {"gamma": uniform(0.6, 0.9), "lambda": log_uniform(1e-3, 1e-3)},
    ),
}


def default(gan: str, *, narrow: bool) -> dict[str, Any]:
    """A GAN's default setting, by old names; the narrow ranges give the VAE no batch norm."""
    without = {"discriminator_batchnorm": False} if narrow and gan == "VAE" else {}
    return _DEFAULTS[gan] | without


def _settings(gan: str, count: int, source: random.Random, *, narrow: bool) -> list[dict[str, Any]]:
    """The default, then draws; a draw takes its numbers in the order of the settings' names."""
    ranges = (_NARROW if narrow else _WIDE) | (_OWN[gan][narrow] if gan in _OWN else {})
    drawn = [{name: ranges[name](source) for name in sorted(ranges)} for _ in range(count - 1)]
    return [default(gan, narrow=narrow), *drawn]


def task(gan: str, dataset: str, setting: Mapping[str, Any], steps: tuple[int, int], **more: Any) -> dict[str, Any]:
    """A task in today's options.

    Args:
        gan: a class of v1.
        dataset: today's name.
        setting: by old names.
        steps: updates of the discriminator in all, and between checkpoints.
        more: further options, by today's names, and notes.
    """
    notes = {
        "original_gan_type": gan,
        "original_training_steps": steps[0],
        "original_save_every_steps": steps[1],
        **more.pop("notes", {}),
    }
    values = {
        "gan_type": gan,
        "dataset": dataset,
        "architecture": "infogan",
        "batch_size": 64,
        "z_dim": 64,
        "batch_norm_decay": 0.999,
        "batch_norm_epsilon": 1e-3,
        "training_steps": steps[0],
        "save_every_steps": steps[1],
        **setting,
    }
    return parse(values) | more | {"notes": notes}


def _study(dataset: str, count: int, seed: int, *, narrow: bool) -> list[dict[str, Any]]:
    source = random.Random(_STREAM_SEED)
    return [
        task(
            gan,
            dataset,
            setting,
            _STEPS.get(dataset, _OTHER_STEPS),
            reference="v1",
            seed=seed,
            notes={"original_sample": sample},
        )
        for gan in GANS
        for sample, setting in enumerate(_settings(gan, count, source, narrow=narrow))
    ]


def small(planned: Sequence[dict[str, Any]], samples: int) -> list[dict[str, Any]]:
    """The first settings of each GAN, with a quarter of the channels and an eighth of the steps, scored at the end."""
    return [
        each
        | {"width": 0.25, "training_steps": (steps := each["training_steps"] // 8), "save_every_steps": steps}
        | {"notes": {name: each["notes"][name] for name in ("original_gan_type", "original_sample")}}
        for each in planned
        if each["notes"]["original_sample"] < samples
    ]


def phase1(dataset: str, seed: int) -> list[dict[str, Any]]:
    """100 settings of each GAN from wide ranges, the same whatever the seed, which is the trainings' (published: 0)."""
    return _study(dataset, 100, seed, narrow=False)


def phase2(dataset: str, seed: int) -> list[dict[str, Any]]:
    """50 settings of each GAN from the narrow ranges; the seed as in phase 1."""
    return _study(dataset, 50, seed, narrow=True)


def phase3(experiment: str, seed: int, seeds: int = _SEEDS_OF_PHASE3) -> list[dict[str, Any]]:
    """Each GAN's best task of phase 1, by the lowest FID of any checkpoint, with fifty seeds.

    Args:
        experiment: phase 1's name; $COMPARE_GAN_PHASE1_DIR is the work directory in which it was trained and scored.
        seed: 0 for the published seeds 0..49, 1 for the next fifty, and so on.
        seeds: how many.

    Raises:
        UserError: if the variable does not name such a directory, a GAN has no score, or scores cannot be compared.
    """
    place = os.environ.get(PHASE1_DIR, "")
    if not place:
        raise UserError(f"set {PHASE1_DIR} to the work directory of {experiment}, trained and scored")
    best = _best(pathlib.Path(place).expanduser(), experiment)
    return [
        found.options.to_dict()
        | {"seed": seeds * seed + repetition}
        | {"notes": found.notes | {"phase1_task": found.number, "phase1_fid": fid}}
        for fid, found in (best[gan] for gan in GANS)
        for repetition in range(seeds)
    ]


def _best(workdir: pathlib.Path, experiment: str) -> dict[str, tuple[float, Task]]:
    """GAN class -> its lowest FID and that task."""
    best: dict[str, tuple[float, Task]] = {}
    kinds = set()
    numbers = tasks.numbers(workdir)
    if not numbers:
        raise UserError(f"{PHASE1_DIR} is {workdir}, which holds no tasks; it must be a work directory of {experiment}")
    for number in numbers:
        there = tasks.read(workdir, number)
        if there.experiment != experiment:
            raise UserError(
                f"{workdir} holds experiment {there.experiment}; {PHASE1_DIR} must name one of {experiment}"
            )
        gan = str(there.notes.get("original_gan_type"))
        for row in score_table.sound(score_table.read_rows(workdir / str(number))):
            for column in (name for name in row if is_fid(name) and row[name]):
                kinds.add(f"{column} by protocol {Protocol.parse(row[PROTOCOL]).without_metrics()}")
                fid = float(row[column])
                if gan not in best or fid < best[gan][0]:
                    best[gan] = fid, there
    missing = [gan for gan in GANS if gan not in best]
    if missing:
        raise UserError(f"{workdir} has no FID yet of {', '.join(missing)}; run its tasks first")
    if len(kinds) > 1:
        raise UserError(f"{workdir} has scores that cannot be compared: {'; '.join(sorted(kinds))}")
    return best


def optimizers(datasets: tuple[str, ...], seed: int) -> list[dict[str, Any]]:
    """The WGAN tasks of phase 1, once with Adam and once with RMSProp."""
    return [
        each | {"g_optimizer": optimizer, "d_optimizer": optimizer}
        for dataset in datasets
        for optimizer in ("adam", "rmsprop")
        for each in phase1(dataset, seed)
        if each["notes"]["original_gan_type"] == "WGAN"
    ]
