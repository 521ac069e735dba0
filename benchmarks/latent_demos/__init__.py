"""Demonstrations of the systems with codes, labels and encoders; one file for each system, NAME.py.

A file defines `DEMO`, a `Demo`: options of a training, the trainings that its controls need, and the numbers that say
whether the system works. It imports nothing that loads TensorFlow but inside functions. `python -m
benchmarks.latent_systems` carries demonstrations out; to add one, add a file.

    DEMO = Demo(
        "infogan",
        "Codes found without labels match the digits.",
        options={"dataset": "mnist", "gan": "infogan", "training_steps": 5000},
        seeds=(0, 1, 2),
        controls={"no_information": {"information_weight": 0.0}},
        metrics="codes,code_clusters",
        numbers=(
            Number("code_cluster_accuracy", control="no_information/code_cluster_accuracy", published="0.95",
                   expected="0.75 to 0.95", least=0.75),
        ),
    )
"""

from __future__ import annotations

import sys

from benchmarks import demo
from benchmarks.demo import SYSTEM, Demo, Number

__all__ = ["SYSTEM", "Demo", "Number", "load", "names"]


def names() -> list[str]:
    """Names of the demonstrations that there are, sorted."""
    return demo.names(sys.modules[__name__])


def load(name: str) -> Demo:
    """The demonstration of a system's name, one of `names`."""
    return demo.load(sys.modules[__name__], name)
