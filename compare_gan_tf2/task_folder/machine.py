"""What a task's training began on, kept beside its checkpoints: another machine rounds in another way.

A training is the same to the bit on one kind of processor, with one number of threads, with or without oneDNN, and with
or without XLA. The number of threads is used again when the training goes on; the rest can only be compared. A task of
a study is given its threads before (`task_folder.threads`), and they are used from its first step on.
"""

from __future__ import annotations

import json
import logging
import os
import pathlib
import re
from typing import Any

from compare_gan_tf2.files import replace_file
from compare_gan_tf2.runtime import device
from compare_gan_tf2.task_folder import checkpoints, threads
from compare_gan_tf2.task_folder.threads import ASSIGNED, THREADS
from compare_gan_tf2.task_folder.threads import MACHINE_FILE as MACHINE_FILE

# Instructions for which TensorFlow, Eigen and oneDNN have kernels of their own.
_OF_KERNELS = re.compile("sse4|avx|fma|f16c|amx")

_log = logging.getLogger(__name__)


def take_threads(folder: pathlib.Path) -> None:
    """Has TensorFlow compute with the threads that the task was given, or that its training began with.

    To be called before anything is computed, which fixes their number; if it is too late `check` says so.

    Raises:
        UserError: if the file is there and cannot be read.
    """
    before = _kept(folder)
    wanted, own = tuple(before.get(name, 0) for name in THREADS), device.threads()
    is_set = all(wanted) and wanted != own and device.set_threads(*wanted)
    if is_set and not before.get(ASSIGNED):
        _log.warning(
            "computing with %s, as when the training in %s began, instead of this machine's %s, because the number of "
            "threads changes the last bits of weights; remove %s to use this machine's threads",
            _in_words(dict(zip(THREADS, wanted, strict=True))),
            folder,
            _in_words(dict(zip(THREADS, own, strict=True))),
            folder / MACHINE_FILE,
        )


def check(folder: pathlib.Path, *, jit_compile: bool) -> None:
    """Writes <folder>/machine.json when a training begins, and warns when it goes on by other roundings.

    Args:
        folder: the task's own.
        jit_compile: whether XLA compiles the step.

    Raises:
        UserError: if the file is there and cannot be read, or cannot be written.
    """
    before, now = _kept(folder), _facts(jit_compile)
    if not before or not checkpoints.steps(folder):
        _begin(folder, before, now)
        return
    other = [name for name in now if name in before and before[name] != now[name]]
    if "instructions" in other and "processor" in before:
        other.append("processor")
    if other:
        then, today = ({name: facts[name] for name in now if name in other} for facts in (before, now))
        if "instructions" in other:
            had, has = set(before["instructions"]), set(now["instructions"])
            then["instructions"], today["instructions"] = sorted(had - has), sorted(has - had)
        _log.warning(
            "the training in %s began with %s, and goes on with %s: from here on, the last bits of its weights may "
            "differ from those of a training without a break",
            folder,
            _in_words(then),
            _in_words(today),
        )


def _begin(folder: pathlib.Path, given: dict[str, Any], now: dict[str, Any]) -> None:
    """Writes what a training begins on, and warns where it is not the number of threads that the task was given."""
    wanted, own = ({name: facts[name] for name in THREADS if name in given} for facts in (given, now))
    if wanted != own:
        _log.warning(
            "the training in %s begins with %s; the %s that it was given could not be set, because TensorFlow had "
            "already started: its weights may differ in the last bits from weights of other tasks in the study",
            folder,
            _in_words(own),
            _in_words(wanted),
        )
    with replace_file(folder / MACHINE_FILE) as file:
        file.write((json.dumps(now | ({ASSIGNED: True} if given else {}), indent=2) + "\n").encode())


def _kept(folder: pathlib.Path) -> dict[str, Any]:
    """What the training began on, or is to begin on; nothing if neither is known.

    The first is not known where a version began it that did not say, and where nothing was saved, it begins anew.
    """
    kept = threads.read(folder)
    return kept if kept.get(ASSIGNED) or checkpoints.steps(folder) else {}


def _facts(jit_compile: bool) -> dict[str, Any]:
    return {
        "processor": device.model(),
        "instructions": sorted(flag for flag in device.flags() if _OF_KERNELS.match(flag)),
        **dict(zip(THREADS, device.threads(), strict=True)),
        "onednn": os.environ.get("TF_ENABLE_ONEDNN_OPTS", "1").lower() not in ("0", "false"),
        "xla": jit_compile,
    }


def _in_words(facts: dict[str, Any]) -> str:
    words = {
        "processor": lambda name: f"processor {name}",
        "instructions": lambda more: f"instructions {', '.join(more)}" if more else "no further instructions",
        "intra_op_threads": lambda count: f"{count} thread{'s' * (count > 1)} within an operation",
        "inter_op_threads": lambda count: f"{count} thread{'s' * (count > 1)} for operations in parallel",
        "onednn": lambda used: "oneDNN" if used else "no oneDNN",
        "xla": lambda used: "XLA" if used else "no XLA",
    }
    return ", ".join(words[name](value) for name, value in facts.items())
