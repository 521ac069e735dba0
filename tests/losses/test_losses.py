"""Losses: compare_gan's own numbers, closed forms of the others, and what every loss of the table must do."""

import inspect
import json
import pathlib

import numpy as np
import pytest
import tensorflow as tf
from differences import slope

from compare_gan_tf2 import components
from compare_gan_tf2.compat import tensorflow_gan

# A copy of shared/oracle/losses.json, which holds the numbers of compare_gan itself.
GOLDEN = json.loads((pathlib.Path(__file__).parents[1] / "golden/losses.json").read_text())
# `none` stands where a GAN type brings its own objective.
NAMES = tuple(name for name in components.names("losses") if name != "none")
REAL = np.array([[1.3], [-0.7], [0.2], [2.1], [-1.6], [0.45]])
FAKE = np.array([[-0.9], [0.6], [1.75], [-2.2], [0.05], [-0.35]])


def _losses(name, real, fake):
    """(d_loss, g_loss, d d_loss / d real, d d_loss / d fake, d g_loss / d fake); logits [B, 1]."""
    loss = components.load("losses", name)
    real, fake = tf.constant(real, tf.float32), tf.constant(fake, tf.float32)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch([real, fake])
        d_loss = loss.discriminator(real, fake)
        g_loss = loss.generator(fake, real) if loss.GENERATOR_SEES_REAL else loss.generator(fake)
    gradients = tape.gradient(d_loss, real), tape.gradient(d_loss, fake), tape.gradient(g_loss, fake)
    return d_loss, g_loss, *(gradient.numpy() for gradient in gradients)


@pytest.mark.parametrize("name", GOLDEN["losses"])
def test_values_and_gradients_equal_the_reference(name):
    golden = GOLDEN["losses"][name]
    ours = _losses(name, GOLDEN["d_real_logits"], GOLDEN["d_fake_logits"])
    keys = (
        "d_loss",
        "g_loss",
        "grad_d_loss_wrt_real_logits",
        "grad_d_loss_wrt_fake_logits",
        "grad_g_loss_wrt_fake_logits",
    )
    for value, key in zip(ours, keys, strict=True):
        np.testing.assert_allclose(np.ravel(value), np.ravel(golden[key]), rtol=1e-6, atol=1e-7)


def _sigmoid(x):
    return 1.0 / (1.0 + np.exp(-x))


def _relu(x):
    return np.maximum(0.0, x)


def _original_discriminator(r, f):
    return -np.mean(np.log(_sigmoid(r))) - np.mean(np.log(1 - _sigmoid(f)))


def _softmax(r, f, target_of_fake):
    """Cross-entropy of a softmax over both halves; 1 - target_of_fake of the probability is on the real half."""
    p = np.exp(np.concatenate([r, f]))
    p /= p.sum()
    target = np.concatenate([np.full_like(r, (1 - target_of_fake) / len(r)), np.full_like(f, target_of_fake / len(f))])
    return -np.sum(target * np.log(p))


# The papers' definitions as they are written there, in float64: name -> (discriminator, generator), each (real, fake).
CLOSED_FORMS = {
    "boundary_seeking": (
        _original_discriminator,
        lambda r, f: 0.5 * np.mean((np.log(_sigmoid(f)) - np.log(1 - _sigmoid(f))) ** 2),
    ),
    "least_squares_logits": (
        lambda r, f: 0.5 * np.mean((r - 1) ** 2) + 0.5 * np.mean(f**2),
        lambda r, f: 0.5 * np.mean((f - 1) ** 2),
    ),
    "minimax": (_original_discriminator, lambda r, f: np.mean(np.log(1 - _sigmoid(f)))),
    "relativistic": (
        lambda r, f: -np.mean(np.log(_sigmoid(r - f))),
        lambda r, f: -np.mean(np.log(_sigmoid(f - r))),
    ),
    "relativistic_average": (
        lambda r, f: -np.mean(np.log(_sigmoid(r - f.mean()))) - np.mean(np.log(1 - _sigmoid(f - r.mean()))),
        lambda r, f: -np.mean(np.log(_sigmoid(f - r.mean()))) - np.mean(np.log(1 - _sigmoid(r - f.mean()))),
    ),
    "relativistic_average_hinge": (
        lambda r, f: np.mean(_relu(1 - (r - f.mean()))) + np.mean(_relu(1 + (f - r.mean()))),
        lambda r, f: np.mean(_relu(1 - (f - r.mean()))) + np.mean(_relu(1 + (r - f.mean()))),
    ),
    "relativistic_average_least_squares": (
        lambda r, f: np.mean((r - f.mean() - 1) ** 2) + np.mean((f - r.mean() + 1) ** 2),
        lambda r, f: np.mean((f - r.mean() - 1) ** 2) + np.mean((r - f.mean() + 1) ** 2),
    ),
    "relativistic_hinge": (
        lambda r, f: np.mean(_relu(1 - (r - f))),
        lambda r, f: np.mean(_relu(1 - (f - r))),
    ),
    "relativistic_least_squares": (
        lambda r, f: np.mean((r - f - 1) ** 2),
        lambda r, f: np.mean((f - r - 1) ** 2),
    ),
    "softmax": (lambda r, f: _softmax(r, f, 0.0), lambda r, f: _softmax(r, f, 0.5)),
}


def test_every_loss_has_a_known_answer():
    assert sorted({*CLOSED_FORMS, *GOLDEN["losses"]}) == list(NAMES)


@pytest.mark.parametrize("name", CLOSED_FORMS)
def test_values_and_gradients_equal_the_paper_s_formula(name):
    d_form, g_form = CLOSED_FORMS[name]
    d_loss, g_loss, d_by_real, d_by_fake, g_by_fake = _losses(name, REAL, FAKE)
    np.testing.assert_allclose(d_loss, d_form(REAL, FAKE), rtol=1e-6)
    np.testing.assert_allclose(g_loss, g_form(REAL, FAKE), rtol=1e-6)
    np.testing.assert_allclose(d_by_real, slope(lambda r: d_form(r, FAKE), REAL), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(d_by_fake, slope(lambda f: d_form(REAL, f), FAKE), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(g_by_fake, slope(lambda f: g_form(REAL, f), FAKE), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", NAMES)
def test_losses_are_float32_scalars_and_say_what_they_need(name):
    loss = components.load("losses", name)
    d_loss, g_loss, *_ = _losses(name, REAL, FAKE)
    assert d_loss.shape == g_loss.shape == () and d_loss.dtype == g_loss.dtype == tf.float32
    depends = not np.isclose(g_loss, _losses(name, REAL + [[0.5], [0], [0], [0], [0], [0]], FAKE)[1], atol=1e-6)
    assert depends is loss.GENERATOR_SEES_REAL


@pytest.mark.parametrize("name", NAMES)
def test_the_discriminator_is_pushed_apart_and_the_generator_up(name):
    # Least squares push logits only to 0 and 1.
    _, _, d_by_real, d_by_fake, _ = _losses(name, [[0.8], [0.6]], [[0.3], [0.1]])
    assert np.all(d_by_real < 0) and np.all(d_by_fake > 0)
    # The boundary-seeking generator lifts logits only to 0, the softmax one only to the average: see the next tests.
    *_, g_by_fake = _losses(name, [[0.6], [0.2]], [[-0.1], [-0.4]])
    assert np.all(g_by_fake < 0)


def test_the_boundary_seeking_generator_stops_at_the_boundary():
    *_, gradient = _losses("boundary_seeking", [[5.0]] * 3, [[-2.0], [0.0], [2.0]])
    assert gradient[0] < 0 and gradient[1] == 0 and gradient[2] > 0


def test_the_softmax_generator_stops_where_all_are_equal():
    np.testing.assert_allclose(_losses("softmax", [[0.7]] * 3, [[0.7]] * 3)[-1], np.zeros([3, 1]), atol=1e-7)
    *_, gradient = _losses("softmax", [[0.0]] * 3, [[-2.0], [1.0], [1.0]])
    assert gradient[0] < 0 and np.all(gradient[1:] > 0)


def test_only_the_minimax_generator_loses_its_gradient_to_a_sure_discriminator():
    assert abs(_losses("minimax", [[30.0]], [[-30.0]])[-1]) < 1e-12
    for name in set(NAMES) - {"minimax", "least_squares"}:  # Squares of probabilities saturate on both sides.
        assert abs(_losses(name, [[30.0]], [[-30.0]])[-1]) > 0.1, name


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("real", "fake"),
    [([-500, 500], [500, -500]), ([500, 500], [-500, -500]), ([-500, -500], [500, 500]), ([500, 500], [500, 500])],
)
def test_extreme_logits_give_finite_losses_and_gradients(name, real, fake):
    for value in _losses(name, np.reshape(real, [2, 1]), np.reshape(fake, [2, 1])):
        assert np.isfinite(value).all()


@pytest.mark.parametrize("name", NAMES)
def test_halves_of_a_batch_average_to_the_whole_unless_the_loss_needs_it_whole(name):
    d_loss, g_loss, *gradients = _losses(name, REAL, FAKE)
    first, second = _losses(name, REAL[:3], FAKE[:3]), _losses(name, REAL[3:], FAKE[3:])
    if components.load("losses", name).WHOLE_BATCH:
        for i, value in enumerate((d_loss, g_loss)):
            assert not np.isclose(value, (first[i] + second[i]) / 2, rtol=1e-3)
        return
    for i, value in enumerate((d_loss, g_loss)):
        np.testing.assert_allclose(value, (first[i] + second[i]) / 2, rtol=1e-6)
    for i, gradient in enumerate(gradients, start=2):
        np.testing.assert_allclose(gradient, np.concatenate([first[i], second[i]]) / 2, rtol=1e-6, atol=1e-8)


def test_only_losses_with_a_target_for_real_images_take_one():
    takes = {
        name
        for name in NAMES
        if "real_target" in inspect.signature(components.load("losses", name).discriminator).parameters
    }
    assert takes == {"boundary_seeking", "least_squares", "least_squares_logits", "minimax", "non_saturating"}


def test_a_smoothed_target_moves_the_optimum_of_real_logits_to_it():
    real, fake = tf.constant(REAL, tf.float32), tf.constant(FAKE, tf.float32)
    p = _sigmoid(REAL)
    cross_entropy = -np.mean(0.9 * np.log(p) + 0.1 * np.log(1 - p)) - np.mean(np.log(1 - _sigmoid(FAKE)))
    for name, expected in {
        "boundary_seeking": cross_entropy,
        "minimax": cross_entropy,
        "non_saturating": cross_entropy,
        "least_squares": 0.5 * np.mean((p - 0.9) ** 2) + 0.5 * np.mean(_sigmoid(FAKE) ** 2),
        "least_squares_logits": 0.5 * np.mean((REAL - 0.9) ** 2) + 0.5 * np.mean(FAKE**2),
    }.items():
        value = components.load("losses", name).discriminator(real, fake, real_target=0.9)
        np.testing.assert_allclose(value, expected, rtol=1e-6, err_msg=name)


def test_tf_gan_agrees_where_it_defines_the_same_loss():
    theirs = tensorflow_gan.load().losses.wargs
    implementations = tensorflow_gan.load().losses.losses_impl
    real, fake = tf.constant(REAL, tf.float32), tf.constant(FAKE, tf.float32)
    ours = {name: components.load("losses", name) for name in NAMES}
    # TF-GAN's minimax generator adds the real term at D = sigmoid(1), a constant: log sigmoid(1).
    constant = np.log(_sigmoid(1.0))
    # Its label smoothing s moves the target to 1 - s / 2.
    pairs = [
        (
            ours["non_saturating"].discriminator(real, fake, real_target=0.9),
            theirs.modified_discriminator_loss(real, fake, label_smoothing=0.2),
        ),
        (
            ours["non_saturating"].discriminator(real, fake),
            theirs.modified_discriminator_loss(real, fake, label_smoothing=0.0),
        ),
        (ours["non_saturating"].generator(fake), theirs.modified_generator_loss(fake)),
        (ours["hinge"].discriminator(real, fake), theirs.wasserstein_hinge_discriminator_loss(real, fake)),
        (ours["hinge"].generator(fake), theirs.wasserstein_hinge_generator_loss(fake)),
        (ours["wasserstein"].discriminator(real, fake), theirs.wasserstein_discriminator_loss(real, fake)),
        (ours["wasserstein"].generator(fake), theirs.wasserstein_generator_loss(fake)),
        (
            ours["minimax"].discriminator(real, fake),
            theirs.minimax_discriminator_loss(real, fake, label_smoothing=0.0),
        ),
        (ours["minimax"].generator(fake), theirs.minimax_generator_loss(fake) - constant),
        (
            ours["least_squares_logits"].discriminator(real, fake),
            theirs.least_squares_discriminator_loss(real, fake),
        ),
        (ours["least_squares_logits"].generator(fake), theirs.least_squares_generator_loss(fake)),
        (
            ours["relativistic_average"].discriminator(real, fake),
            implementations.relativistic_discriminator_loss(real, fake),
        ),
        (
            ours["relativistic_average"].generator(fake, real),
            implementations.relativistic_generator_loss(real, fake),
        ),
    ]
    for i, (our, peer) in enumerate(pairs):
        np.testing.assert_allclose(our, peer, rtol=1e-6, err_msg=str(i))
