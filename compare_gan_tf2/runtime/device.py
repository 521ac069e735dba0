"""What the machine computes with."""

from __future__ import annotations

import functools
import os
import pathlib
import platform
import re

import tensorflow as tf

_ABOUT = pathlib.Path("/proc/cpuinfo")


def is_alone() -> bool:
    """Whether TensorFlow knows of no device but the processor, used or not."""
    return {device.device_type for device in tf.config.list_physical_devices()} == {"CPU"}


def flags() -> frozenset[str]:
    """Names of what the processor can do, as Linux has them, such as amx_bf16; none on other systems."""
    return frozenset(_field("flags").split())


def model() -> str:
    """The processor's name, as well as the system knows it."""
    return _field("model name") or platform.processor()


def threads() -> tuple[int, int]:
    """With how many threads TensorFlow computes within one operation, and how many operations at a time.

    Where nothing else was asked for it takes as many as there are processors that the process may use.
    """
    asked = tf.config.threading
    return (
        asked.get_intra_op_parallelism_threads() or _from_environment("TF_NUM_INTRAOP_THREADS"),
        asked.get_inter_op_parallelism_threads() or _from_environment("TF_NUM_INTEROP_THREADS"),
    )


def set_threads(within: int, operations: int) -> bool:
    """Has TensorFlow compute with so many threads, as `threads` counts them; False if it is too late for that."""
    try:
        tf.config.threading.set_intra_op_parallelism_threads(within)
        tf.config.threading.set_inter_op_parallelism_threads(operations)
    except RuntimeError:  # it has started to compute
        return False
    return True


def _from_environment(variable: str) -> int:
    text = os.environ.get(variable, "")
    if text.isdecimal() and int(text):
        return int(text)
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@functools.cache
def _field(name: str) -> str:
    """Of the first core; empty where it is not said."""
    found = re.search(rf"^{name}[ \t]*:[ \t]*(.+)$", _ABOUT.read_text() if _ABOUT.is_file() else "", re.MULTILINE)
    return found[1] if found else ""
