"""What the machine computes with."""

from __future__ import annotations

import functools
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


@functools.cache
def _field(name: str) -> str:
    """Of the first core; empty where it is not said."""
    found = re.search(rf"^{name}[ \t]*:[ \t]*(.+)$", _ABOUT.read_text() if _ABOUT.is_file() else "", re.MULTILINE)
    return found[1] if found else ""
