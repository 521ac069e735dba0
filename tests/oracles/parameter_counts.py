"""Parameters of every architecture, and whether they are those that compare_gan v3 had.

python -m tests.oracles.parameter_counts       the table of what can be built here
python -m tests.oracles.parameter_counts FILE  every row of a record of v3's counts beside ours; exit code 1 if one
                                               differs in counts, or in a variable's name or shape
"""

from __future__ import annotations

import argparse
import dataclasses
import math
import os
import pathlib
from collections.abc import Sequence
from typing import Any

from benchmarks import _command

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

# Architecture -> an image it is known for.
_SHAPES = {
    "infogan": (28, 28, 1),
    "dcgan": (64, 64, 3),
    "sndcgan": (64, 64, 3),
    "resnet_cifar": (32, 32, 3),
    "resnet_stl": (48, 48, 3),
    "resnet5": (128, 128, 3),
    "resnet30": (128, 128, 3),
    "biggan": (128, 128, 3),
    "biggan_deep": (128, 128, 3),
}
_NORMS = {
    "G": ("none", "batch_norm", "self_modulated_batch_norm", "conditional_batch_norm"),
    "D": ("none", "batch_norm", "layer_norm"),
}
_HEADER = f"{'network':7} {'architecture':18} {'image':10} {'norm':25} {'spectral':8} {'trainable':>12} {'other':>8}"


def count(
    network: str, options: Any, image_shape: Sequence[int], num_classes: int
) -> dict[str, tuple[list[int], bool]]:
    """{v3's name: (shape, trainable)} of a network's variables, built in a graph that is never run: no weights."""
    import tensorflow as tf

    from compare_gan_tf2.compare_gan_v3 import networks

    from . import reference

    with tf.Graph().as_default():
        model = reference.build(network, options, image_shape, num_classes)
        variables = networks.reference_variables(options.architecture, model)
        return {name: (list(variable.shape), bool(variable.trainable)) for name, variable in variables.items()}


def row_options(row: dict[str, Any]) -> tuple[str, Any]:
    """A record's row -> which network, and its options."""
    from . import reference

    network = {"G": "generator", "D": "discriminator"}[row["net"]]
    arguments = {
        "bn": row["batch_norm"],
        "sn": row["spectral_norm"],
        "layer_norm": row["layer_norm"],
        **row["arch_kwargs"],
    }
    gin = {"spectral_norm.singular_value": row["singular_value"]} if row["singular_value"] else {}
    options = reference.options_of(
        network, row["arch"], row["image_shape"], z_dim=row["z_dim"], num_classes=row["num_classes"],
        arguments=arguments, gin=gin,
    )  # fmt: skip
    return network, options


def compare(row: dict[str, Any]) -> str:
    """What differs between a record's row and ours; empty if nothing does."""
    network, options = row_options(row)
    ours = count(network, options, row["image_shape"], row["num_classes"])
    theirs = {name: (list(shape), kind == "T") for name, shape, kind in row["variables"]}
    totals = tuple(total(theirs, trainable) for trainable in (True, False))
    if totals != (row["trainable"], row["non_trainable"]):
        return f"the record's variables do not add up to its counts: {totals}"
    found = [name for name in ours.keys() | theirs.keys() if ours.get(name) != theirs.get(name)]
    return f"{len(found)} variables differ ({', '.join(sorted(found)[:3])}, ...)" if found else ""


def main() -> int:
    """Runs the command line; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", nargs="?", type=pathlib.Path, help="a record of v3's counts, JSON")
    file = parser.parse_args().file
    print(_HEADER)
    return _compare_all(file) if file else _print_ours()


def _compare_all(file: pathlib.Path) -> int:
    rows = _command.read_record(file, "rows")
    different = skipped = 0
    for row in rows:
        if "error" in row:
            skipped += 1
            continue
        problem = compare(row)
        different += bool(problem)
        print(_line(row, row["trainable"], row["non_trainable"]), problem or "equal", flush=True)
    built = len(rows) - skipped
    print(f"{built - different} of {built} rows equal; {skipped} that v3 could not build")
    return 1 if different else 0


def _print_ours() -> int:
    from compare_gan_tf2.errors import UserError

    for architecture, shape in _SHAPES.items():
        for net, norms in _NORMS.items():
            for norm in norms:
                row = {
                    "net": net, "arch": architecture, "image_shape": shape, "arch_kwargs": {},
                    "z_dim": 120 if architecture.startswith("biggan") else 128,
                    "num_classes": 10 if norm.startswith("conditional") else 0, "batch_norm": norm,
                    "layer_norm": False, "spectral_norm": False, "singular_value": None,
                }  # fmt: skip
                if norm == "layer_norm":
                    row |= {"batch_norm": "none", "layer_norm": True}
                network, options = row_options(row)
                ours = {"reference": "none"} | ({"d_normalization": "layer"} if norm == "layer_norm" else {})
                try:
                    found = count(network, dataclasses.replace(options, **ours), shape, row["num_classes"])
                except UserError as error:
                    print(_line(row, "-", "-"), error, flush=True)
                    continue
                print(_line(row, total(found, True), total(found, False)), flush=True)
    return 0


def total(variables: dict[str, tuple[list[int], bool]], trainable: bool) -> int:
    """How many numbers the trainable variables have, or the others."""
    return sum(math.prod(shape) for shape, is_trainable in variables.values() if is_trainable == trainable)


def _line(row: dict[str, Any], trainable: Any, other: Any) -> str:
    norm = "layer_norm" if row["layer_norm"] else row["batch_norm"]
    image, side = "x".join(map(str, row["image_shape"])), row["singular_value"] or "-"
    return f"{row['net']:7} {row['arch']:18} {image:10} {norm:25} {side:8} {trainable!s:>12} {other!s:>8}"


if __name__ == "__main__":
    _command.run(main)
