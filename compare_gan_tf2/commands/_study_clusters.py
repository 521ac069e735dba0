"""What the flags of `compare_gan_study run` ask of engines of many machines."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from compare_gan_tf2.errors import UserError
from compare_gan_tf2.studies.resources import Resources

# Field of Resources -> (engines that it is for, placeholder of its value, lowest number or None for a text, help).
_FLAGS: dict[str, tuple[tuple[str, ...], str, int | None, str]] = {
    "cpus_per_task": (
        ("ray", "slurm", "kubernetes"),
        "N",
        1,
        "processors per task; by default as many as the task's threads",
    ),
    "gpus_per_task": (("ray", "slurm", "kubernetes"), "N", 0, "GPUs per task; none by default"),
    "mem": (("slurm", "kubernetes"), "SIZE", None, "memory per task: 16G for Slurm, 16Gi for Kubernetes"),
    "time_limit": (
        ("slurm",),
        "TIME",
        None,
        "time limit per task; a task that has made progress by then is queued again",
    ),
    "partition": (("slurm",), "NAME", None, "partition that tasks are submitted to"),
    "image": (("kubernetes",), "NAME", None, "container image in which this package is installed"),
    "namespace": (("kubernetes",), "NAME", None, "namespace of the job; the current one by default"),
    "volume_claim": (("kubernetes",), "NAME", None, "persistent volume claim that holds the study"),
    "mount_path": (
        ("kubernetes",),
        "DIR",
        None,
        "where containers mount the volume; the study has the same path there as here",
    ),
    "ray_address": (("ray",), "ADDRESS", None, "address of the cluster; $RAY_ADDRESS or this machine by default"),
}


def add_flags(parser: argparse.ArgumentParser, count: Callable[[int], Callable[[str], int]]) -> None:
    """Adds the flags to those of `run`.

    Args:
        count: gives what reads a whole number that is not below another.
    """
    for name, (engines, placeholder, low, text) in _FLAGS.items():
        kind = str if low is None else count(low)
        parser.add_argument(f"--{name}", metavar=placeholder, type=kind, help=f"{text} ({', '.join(engines)})")
    parser.add_argument(
        "--print", action="store_true", help="show what would be submitted, and submit nothing (slurm, kubernetes)"
    )


def resources(args: argparse.Namespace) -> Resources:
    """What the flags ask for.

    Raises:
        UserError: for a flag that is not for the engine, or an empty one.
    """
    given = {name: getattr(args, name) for name in _FLAGS if getattr(args, name) is not None}
    for name, value in given.items():
        engines = _FLAGS[name][0]
        if args.engine not in engines:
            raise UserError(f"--{name} is for --engine {' or '.join(engines)}; the engine is {args.engine}")
        if value == "":
            raise UserError(f"--{name} is empty; leave it out, or give: {_FLAGS[name][3]}")
    return Resources(**given)
