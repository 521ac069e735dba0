"""Forward passes of compare_gan v3 itself, reproduced from formula weights (a dozen numbers of each tensor)."""

import json
import pathlib

import formula
import numpy as np
import pytest
import tensorflow as tf

from compare_gan_tf2 import components
from compare_gan_tf2.options import Options

CASES = json.loads((pathlib.Path(__file__).parents[1] / "golden/forward.json").read_text())
# Largest deviation, relative to the tensor's largest value; a tensor kept as float16 has fewer digits.
TOLERANCE, TOLERANCE_FLOAT16 = 2e-5, 1e-3


def _networks(case):
    options = Options.from_dict(
        {
            "architecture": case["arch"],
            "z_dim": case["z_dim"],
            "d_weight_normalization": "spectral" if case["d_kwargs"].get("sn") else "none",
            "reference": "v3",
        }
    )
    module = components.load("architectures", case["arch"])
    shape = tuple(case["image_shape"])
    return module.generator(shape, options), module.discriminator(shape, options)


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
    seen = {}

    formula.fill(generator)
    seen["g_eval"] = generator(z)
    g_state = formula.fill(generator)
    seen["g_train"] = generator(z, training=True)
    seen |= {f"g_after_train/{name}": variable for name, variable in g_state.items()}

    formula.fill(discriminator)
    seen["d_eval_logit"], seen["d_eval_feature"] = discriminator(x)
    seen["d_eval_prob"] = tf.sigmoid(seen["d_eval_logit"])
    d_state = formula.fill(discriminator)
    seen["d_train_logit"], seen["d_train_feature"] = discriminator(x, training=True)
    seen["d_train_prob"] = tf.sigmoid(seen["d_train_logit"])
    seen |= {f"d_after_train/{name}": variable.numpy() for name, variable in d_state.items()}
    seen["d_second_pass_logit"], _ = discriminator(x, training=True)

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
    g_state, d_state = formula.fill(generator), formula.fill(discriminator)
    z = formula.latents(case["batch"], case["z_dim"])
    x = formula.images(case["batch"], *case["image_shape"])
    with tf.GradientTape(persistent=True) as tape:
        logits, _ = discriminator(tf.concat([x, generator(z, training=True)], 0), training=True)
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
        for variable, norm in case[norms].items():
            gradient = tape.gradient(loss, state[variable])
            # Biases before a batch norm have no gradient but rounding.
            assert abs(float(tf.norm(gradient)) - norm) <= 2e-4 * norm + 1e-5, variable
