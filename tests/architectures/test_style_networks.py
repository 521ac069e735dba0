"""StyleGAN2's networks beyond the original's numbers: sizes at the start, truncation, labels, second derivatives."""

import numpy as np
import pytest
import tensorflow as tf
from slow_cases import slow_unless

from compare_gan_tf2.architectures.stylegan2 import StyleDiscriminator, StyleGenerator, Truncation

SHAPE = (8, 8, 3)
FORMS = ("original", "residual", "skip")


def _generator(shortcuts="skip", width=4, **more):
    return StyleGenerator(
        SHAPE, lambda side: width, z_dim=6, style_length=5, mapping_layers=2, seed="1", shortcuts=shortcuts, **more
    )


def _discriminator(shortcuts="residual", width=4, **more):
    return StyleDiscriminator(SHAPE, lambda side: width, seed="2", shortcuts=shortcuts, **more)


def _normal(*shape, seed=0):
    return tf.constant(np.random.default_rng(seed).normal(size=shape).astype(np.float32))


@pytest.mark.parametrize("shortcuts", FORMS)
def test_maps_are_of_unit_size_in_every_block_at_the_start(shortcuts):
    g, d = _generator(shortcuts, width=64), _discriminator(shortcuts, width=64)
    stages = [*g.stages(g.for_layers(g.mapped(_normal(8, 6)))), *d.stages(0.5 * _normal(8, *SHAPE) + 0.5)]
    sizes = [float(tf.sqrt(tf.reduce_mean(tf.square(each.x)))) for each in stages]
    assert len(sizes) == 3 + (shortcuts == "skip") and all(0.3 < size < 2.5 for size in sizes), sizes


def test_truncation_goes_from_one_image_to_all_of_them():
    z, made = _normal(3, 6), {}
    g = _generator(truncation=Truncation(0.5, 2))
    g.center.assign(np.full(5, 0.3, np.float32))
    w = g.mapped(z)
    for psi, layers in ((1.0, 0), (0.5, 0), (0.5, 2), (0.0, 0)):
        made[psi, layers] = np.clip(0.5 * g.synthesized(g.for_layers(w, Truncation(psi, layers))) + 0.5, 0, 1)
    np.testing.assert_allclose(g(z), made[0.5, 2], atol=1e-6)
    # Training is never truncated.
    np.testing.assert_allclose(np.clip(g(z, training=True), 0, 1), made[1.0, 0], atol=1e-6)
    assert np.ptp(made[0.0, 0], axis=0).max() < 1e-5 < 1e-2 < np.ptp(made[1.0, 0], axis=0).max()
    halves = [made[1.0, 0], made[0.5, 0], made[0.5, 2]]
    for one, other in ((0, 1), (0, 2), (1, 2)):
        assert np.abs(halves[one] - halves[other]).max() > 1e-3


def test_both_networks_see_labels():
    g, d = _generator(num_classes=3), _discriminator(num_classes=3)
    z, images = tf.repeat(_normal(1, 6), 3, axis=0), tf.repeat(0.5 * _normal(1, *SHAPE) + 0.5, 3, axis=0)
    made, (logits, _) = g(z, tf.range(3)).numpy(), d(images, tf.range(3))
    assert np.ptp(made, axis=0).max() > 1e-3 and len(np.unique(np.round(logits.numpy(), 6))) == 3
    assert d.mapped(tf.range(3)).shape == (3, 4) and "mapping.embed/kernel" in g.named_variables()
    with pytest.raises(ValueError, match="needs labels"):
        g(z)
    np.testing.assert_allclose(d(images, tf.one_hot(tf.range(3), 3))[0], logits, atol=1e-6)  # soft ones


def test_outputs_are_bounded_where_a_clamp_says_so():
    g, d = _generator(clamp=0.1), _discriminator(clamp=0.1)
    maps = [each.x for each in (*g.stages(g.for_layers(g.mapped(_normal(2, 6)))),)]
    assert all(float(tf.reduce_max(tf.abs(each))) <= 0.1 + 1e-6 for each in maps)
    (*_, last) = d.stages(_normal(2, *SHAPE))
    assert float(tf.reduce_max(tf.abs(last.x))) < 1.0


@pytest.mark.parametrize("shortcuts", slow_unless(lambda form: form == "residual", FORMS))
def test_no_second_derivative_of_a_penalty_is_missing(shortcuts):
    g, d = _generator(shortcuts), _discriminator(shortcuts)
    ws, images = g.for_layers(g.mapped(_normal(4, 6))), 0.5 * _normal(4, *SHAPE) + 0.5
    for network, x, call in ((g, ws, g.synthesized), (d, images, lambda x: d(x, training=True)[0])):
        kernels = [each for each in network.trainable_variables if each.name == "kernel"]
        with tf.GradientTape() as outer:
            with tf.GradientTape() as inner:
                inner.watch(x)
                total = tf.reduce_sum(tf.sin(call(x)))
            squares = tf.reduce_sum(tf.square(inner.gradient(total, x)))
        found = dict(
            zip([each.path for each in kernels], outer.gradient(squares, [each.value for each in kernels]), strict=True)
        )
        missing = {path for path, each in found.items() if each is None and "mapping" not in path}
        assert not missing
        assert all(np.abs(each).max() > 0 for path, each in found.items() if each is not None)
