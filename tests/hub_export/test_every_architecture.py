"""Export, load and re-export of every architecture give the same image."""

import numpy as np
import pytest
import tensorflow as tf

from compare_gan_tf2 import components
from compare_gan_tf2.gans.base import build
from compare_gan_tf2.hub_export.load import load
from compare_gan_tf2.hub_export.save import export
from compare_gan_tf2.options import Options
from compare_gan_tf2.task_folder import checkpoints

SMALL = {
    "dataset": "cifar10", "width": 0.05, "z_dim": 8, "initializer": "orthogonal", "d_weight_normalization": "spectral",
}  # fmt: skip
TOLERANCE = 1e-6


# Deep networks take long to trace: they are exported with labels only.
DEEP = ("biggan_deep", "resnet30")
NAMES = [each for each in components.names("architectures") if components.defines("architectures", each, "generator")]
CASES = [(name, False) for name in NAMES if name not in DEEP]
CASES += [(name, True) for name in NAMES]


@pytest.mark.slow  # by default modules of dcgan are compared, in test_export.py
@pytest.mark.parametrize(("architecture", "conditional"), CASES)
def test_the_image_is_the_same(architecture, conditional, tmp_path):
    own = {"initializer": "normal", "d_weight_normalization": "none"} if architecture == "r3gan" else {}
    options = Options.from_dict(SMALL | own | {"architecture": architecture, "conditional": conditional})
    gan = build(options)
    for network in gan.networks().values():
        for number, (name, variable) in enumerate(sorted(network.items())):
            if not name.endswith("moving_variance"):
                change = tf.random.stateless_normal(variable.shape, [number, 5])
                variable.assign_add(0.02 * tf.cast(change, variable.dtype))
    checkpoints.save(tmp_path / "task", 3, gan.tracked(), options)
    z = tf.random.stateless_uniform([3, 8], [1, 2], -1, 1)
    inputs = (z, tf.range(3)) if conditional else (z,)
    # In a graph, as the module computes: there TensorFlow adds biases within convolutions, and rounds otherwise.
    ours = tf.function(gan.generator)(*inputs).numpy()
    assert ours.std(axis=0).max() > 20 * TOLERANCE, "the images must differ for their equality to mean something"
    module = load(export(tmp_path / "task"))
    np.testing.assert_allclose(module(*inputs), ours, atol=TOLERANCE)
    signatures = {name: module.signatures[name] for name in ("default", "discriminator")}
    tf.saved_model.save(module, str(tmp_path / "again"), signatures=signatures)
    again = load(tmp_path / "again")
    np.testing.assert_allclose(again(*inputs), ours, atol=TOLERANCE)
    shown = {"images": tf.constant(ours)} | ({"labels": tf.range(3)} if conditional else {})
    logits = gan.discriminator(ours, tf.range(3) if conditional else None)[0]
    for each in (module, again):
        np.testing.assert_allclose(each.signatures["discriminator"](**shown)["logits"], logits, rtol=1e-4, atol=1e-6)
