"""Forward passes of compare_gan v3 itself, reproduced from formula weights (a dozen numbers of each tensor)."""

import json
import pathlib
import re

import formula
import numpy as np
import pytest
import tensorflow as tf

from compare_gan_tf2 import components
from compare_gan_tf2.options import Options

CASES = json.loads((pathlib.Path(__file__).parents[1] / "golden/forward.json").read_text())
# Largest deviation, relative to the tensor's largest value; a tensor kept as float16 has fewer digits.
TOLERANCE, TOLERANCE_FLOAT16 = 2e-5, 1e-3
# Of a gradient's norm, relative. In this generator one value before a ReLU is 4e-7, and which side of 0 it falls on is
# decided by the order of a float32 sum: with oneDNN the norms differ by 6e-4, without it and in float64 by 3e-6.
GRADIENT_TOLERANCE, KNIFE_EDGE = 2e-4, {("resnet5_64_ch16_plain", "generator"): 1e-3}


def _networks(case):
    g_extra, d_extra = dict(case["g_kwargs"]), dict(case["d_kwargs"])
    channels = g_extra.pop("ch", 64)
    assert d_extra.pop("ch", 64) == channels
    norm = g_extra.pop("bn", "batch_norm").removesuffix("_norm")
    classes = case.get("num_classes", 0)
    options = Options.from_dict(
        {
            "dataset": "cifar10",
            "architecture": case["arch"],
            "z_dim": case["z_dim"],
            "width": channels / 64,
            "conditional": classes > 0,
            "g_normalization": norm,
            "g_weight_normalization": "spectral" if g_extra.pop("sn", False) else "none",
            "d_weight_normalization": "spectral" if d_extra.pop("sn", False) else "none",
            "spectral_side": case.get("gin", {}).get("spectral_norm.singular_value", "left"),
            "reference": "v3",
        }
    )
    module = components.load("architectures", case["arch"])
    build = (tuple(case["image_shape"]), options, classes)
    # What is left are arguments of the reference's own networks (hierarchical_z, ...), which ours take by those names.
    return module.generator(*build, **g_extra), module.discriminator(*build, **d_extra)


def _fill(network):
    """As formula.fill, for conditional batch norm too, whose two kernels compare_gan kept in a scope of their own."""
    ours = {formula.reference_name(network, variable): variable for variable in network.variables}
    by_name = {re.sub(r"/(gamma|beta)/kernel", r"/condition/\1/kernel", name): ours[name] for name in ours}
    for k, name in enumerate(sorted(by_name)):
        by_name[name].assign(formula.value(name, tuple(by_name[name].shape), k))
    return by_name


def _labels(case):
    classes = case.get("num_classes", 0)
    return tf.constant([(3 * b + 1) % classes for b in range(case["batch"])]) if classes else None


def _deviation(ours, golden):
    ours = np.asarray(ours, np.float64)
    assert list(ours.shape) == golden["shape"]
    picked = ours.ravel()[golden["at"]]
    assert abs(ours.sum() - golden["sum"]) <= 1e-3 * max(1.0, np.abs(ours).sum())
    return np.abs(picked - golden["values"]).max() / golden["largest"]


@pytest.mark.parametrize("name", CASES)
def test_outputs_and_state_equal_the_reference(name):
    case = CASES[name]
    generator, discriminator = _networks(case)
    z = formula.latents(case["batch"], case["z_dim"])
    x = formula.images(case["batch"], *case["image_shape"])
    labels = _labels(case)
    seen = {}

    _fill(generator)
    seen["g_eval"] = generator(z, labels)
    g_state = _fill(generator)
    seen["g_train"] = generator(z, labels, training=True)
    seen |= {f"g_after_train/{name}": variable for name, variable in g_state.items()}

    _fill(discriminator)
    seen["d_eval_logit"], seen["d_eval_feature"] = discriminator(x, labels)
    seen["d_eval_prob"] = tf.sigmoid(seen["d_eval_logit"])
    d_state = _fill(discriminator)
    seen["d_train_logit"], seen["d_train_feature"] = discriminator(x, labels, training=True)
    seen["d_train_prob"] = tf.sigmoid(seen["d_train_logit"])
    seen |= {f"d_after_train/{name}": variable.numpy() for name, variable in d_state.items()}
    seen["d_second_pass_logit"], _ = discriminator(x, labels, training=True)

    checked = 0
    for key, golden in case["arrays"].items():
        if key in seen:
            limit = TOLERANCE_FLOAT16 if golden["float16"] else TOLERANCE
            assert _deviation(seen[key], golden) < limit, key
            checked += 1
    assert checked >= len(case["arrays"]) - 1, sorted(set(case["arrays"]) - set(seen))


@pytest.mark.parametrize("name", CASES)
def test_losses_and_gradient_norms_equal_the_reference(name):
    case = CASES[name]
    generator, discriminator = _networks(case)
    g_state, d_state = _fill(generator), _fill(discriminator)
    z = formula.latents(case["batch"], case["z_dim"])
    x = formula.images(case["batch"], *case["image_shape"])
    labels = _labels(case)
    twice = None if labels is None else tf.tile(labels, [2])
    with tf.GradientTape(persistent=True) as tape:
        logits, _ = discriminator(tf.concat([x, generator(z, labels, training=True)], 0), twice, training=True)
        real, fake = tf.split(logits, 2)
        losses = {
            loss: (
                components.load("losses", loss).discriminator(real, fake),
                components.load("losses", loss).generator(fake),
            )
            for loss in case["joint_losses_d_dreal_dfake_g"]
        }
    for loss, (d_loss, _, _, g_loss) in case["joint_losses_d_dreal_dfake_g"].items():
        np.testing.assert_allclose(losses[loss], [d_loss, g_loss], rtol=2e-5, atol=2e-6)
    d_loss, g_loss = losses["non_saturating"]
    for loss, state, norms in (
        (d_loss, d_state, "grad_l2_norm_d_loss_ns"),
        (g_loss, g_state, "grad_l2_norm_g_loss_ns"),
    ):
        gradients = tape.gradient(loss, {variable: state[variable] for variable in case[norms]})
        for variable, norm in case[norms].items():
            limit = KNIFE_EDGE.get((name, variable.partition("/")[0]), GRADIENT_TOLERANCE)
            # Biases before a batch norm have no gradient but rounding.
            assert abs(float(tf.norm(gradients[variable])) - norm) <= limit * norm + 1e-5, variable
