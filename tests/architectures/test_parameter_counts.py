"""Parameters of compare_gan v3's networks, as it reported them: counts, names, shapes."""

import hashlib
import json
import pathlib

import pytest
from oracles import parameter_counts
from slow_cases import slow_unless

from compare_gan_tf2 import components
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.options import Options

# One row per network, architecture and normalization; those of resnet_cifar's arguments; BigGANs of 512 pixels.
ROWS = json.loads((pathlib.Path(__file__).parents[1] / "golden/parameter_counts.json").read_text())
# Networks take long to build: by default each is counted once, dcgan's with every norm, and the two deepest not.
_DEEPEST = ("resnet30", "resnet_biggan_deep")
_FIRST = [
    next(row for row in ROWS if (row["arch"], row["net"]) == (arch, net))
    for arch in sorted({row["arch"] for row in ROWS} - {*_DEEPEST})
    for net in "GD"
]


def _name(row):
    norm = "layer_norm" if row["layer_norm"] else row["batch_norm"]
    extra = [f"{key}={value}" for key, value in row["arch_kwargs"].items()]
    return "-".join([row["net"], row["arch"], str(row["image_shape"][0]), norm, str(row["singular_value"]), *extra])


@pytest.mark.parametrize("row", slow_unless(lambda row: row["arch"] == "dcgan" or row in _FIRST, ROWS), ids=_name)
def test_parameters_are_the_references(row):
    network, options = parameter_counts.row_options(row)
    ours = parameter_counts.count(network, options, row["image_shape"], row["num_classes"])
    assert parameter_counts.total(ours, trainable=True) == row["trainable"]
    assert parameter_counts.total(ours, trainable=False) == row["non_trainable"]
    listed = sorted([name, shape, is_trainable] for name, (shape, is_trainable) in ours.items())
    assert hashlib.sha256(json.dumps(listed).encode()).hexdigest() == row["variables_sha256"], listed


def test_counting_in_a_graph_equals_counting_weights():
    row = next(row for row in ROWS if row["arch"] == "dcgan")
    network, options = parameter_counts.row_options(row)
    real = components.load("architectures", "dcgan").generator(tuple(row["image_shape"]), options)
    counted = parameter_counts.count(network, options, row["image_shape"], 0)
    assert network == "generator" and real.count_params() == sum(
        parameter_counts.total(counted, trainable) for trainable in (True, False)
    )


def test_reference_mode_ignores_what_the_reference_ignored():
    asked = {"g_normalization": "none", "g_weight_normalization": "spectral"}
    infogan = components.load("architectures", "infogan")
    obeyed = infogan.generator((28, 28, 1), Options.from_dict(asked))
    ignored = infogan.generator((28, 28, 1), Options.from_dict(asked | {"reference": "v3"}))
    assert ignored.count_params() == 6_707_777 + 14_720
    assert not any(name.endswith("u_var") for name in ignored.named_variables())
    assert any(name.endswith("u_var") for name in obeyed.named_variables())
    assert not any(name.endswith("moving_mean") for name in obeyed.named_variables())


def test_images_that_an_architecture_cannot_make_are_refused():
    with pytest.raises(UserError, match="divisible by 4"):
        components.load("architectures", "infogan").generator((30, 30, 1), Options())
    with pytest.raises(UserError, match="d_normalization=batch"):
        components.load("architectures", "sndcgan").discriminator((32, 32, 3), Options(d_normalization="batch"))
