"""Penalties: compare_gan's own numbers, closed forms of the others, and no cost beyond what a penalty is about."""

import json
import pathlib
import zlib

import numpy as np
import pytest
import tensorflow as tf
from differences import slope
from oracles.reference import noise
from slow_cases import slow_unless

from compare_gan_tf2 import components
from compare_gan_tf2.compat import tensorflow_gan
from compare_gan_tf2.penalties import Context, _transform, dragan, l2, lecam, wgan_gp
from compare_gan_tf2.runtime import layer_state

# A copy of shared/oracle/losses.json, which holds the numbers of compare_gan itself.
GOLDEN = json.loads((pathlib.Path(__file__).parents[1] / "golden/losses.json").read_text())["penalties"]
NAMES = components.names("penalties")
SHAPE = [3, 8, 5, 2]


def _refuse(*args):
    raise AssertionError("a penalty asked for what it has no use for")


def _context(**given):
    """A context that holds only what is given."""
    nothing = dict.fromkeys(("real", "fake", "labels", "fake_labels", "z", "kernels", "state"))
    calls = dict.fromkeys(("discriminate", "generate", "logits", "uniform", "normal", "global_mean"), _refuse)
    return Context(**(nothing | calls | given))


# compare_gan's numbers.


def _golden_context(uniform, **given):
    w = tf.constant(GOLDEN["w"])
    return _context(
        discriminate=lambda images, labels: tf.reduce_sum(w * tf.square(images), axis=[1, 2, 3])[:, None],
        uniform=lambda purpose, shape: tf.reshape(tf.constant(uniform), shape),
        real=tf.constant(GOLDEN["x"]),
        **given,
    )


def test_wgan_gp_equals_the_reference():
    context = _golden_context(GOLDEN["alpha"], fake=lambda: tf.constant(GOLDEN["x_fake"]))
    np.testing.assert_allclose(wgan_gp.discriminator(context), GOLDEN["wgangp_penalty"], rtol=1e-6)


def test_dragan_equals_the_reference():
    context = _golden_context(GOLDEN["dragan_uniform"], global_mean=lambda mean: mean)
    np.testing.assert_allclose(dragan.discriminator(context), GOLDEN["dragan_penalty"], rtol=1e-6)


def test_l2_equals_the_reference():
    kernels = [
        tf.constant((0.3 * noise(np.prod(entry["shape"]), k)).reshape(entry["shape"]), tf.float32)
        for entry, k in zip(GOLDEN["l2_kernels"], (3100, 3101, 3102), strict=True)
    ]
    np.testing.assert_allclose(l2.discriminator(_context(kernels=kernels)), GOLDEN["l2_penalty"], rtol=1e-6)


# Closed forms, in float64, with D(x, y) = scale[y] sum(w x^2) and G(z, y) = scale[y] (z v).

_RANDOM = np.random.default_rng(7)
REAL = _RANDOM.uniform(size=SHAPE).astype(np.float32)
REAL[0, 0, 0] = [0.0, 1.0]
FAKE_Z = _RANDOM.uniform(-1, 1, [3, 4]).astype(np.float32)
W = _RANDOM.normal(0, 0.12, SHAPE[1:])
V = _RANDOM.normal(0, 0.4, [4, 80])
CONVOLUTION = _RANDOM.normal(0, 0.3, [3, 3, 2, 4])
SCALE = np.array([1.0, 1.7])
LABELS, FAKE_LABELS = [0, 1, 1], [1, 0, 1]
EPSILON = 1e-4


def _draw(kind, purpose, shape):
    """Fixed random numbers of a purpose."""
    random = np.random.default_rng(zlib.crc32(f"{kind} {purpose}".encode()))
    return (random.uniform(size=shape) if kind == "uniform" else random.normal(size=shape)).astype(np.float32)


def _strange_mean(mean):
    """Stands for a mean over replicas that differs from this replica's."""
    return 1.25 * mean


class _Numpy:
    """The quantities of the formulas; `w` and `v` are the parameters, `conditional` says whether there are labels."""

    def __init__(self, conditional):
        self.labels, self.fake_labels = (LABELS, FAKE_LABELS) if conditional else (None, None)
        self.fake = self.generated(V, FAKE_Z)

    def scale(self, labels):
        return np.ones(3) if labels is None else SCALE[labels]

    def logits(self, w, x, labels):
        return self.scale(labels) * np.sum(w * np.square(x, dtype=np.float64), axis=(1, 2, 3))

    def squares(self, w, x, labels):
        gradient = self.scale(labels)[:, None, None, None] * 2 * w * x
        return np.sum(gradient**2, axis=(1, 2, 3))

    def generated(self, v, z):
        return self.scale(self.fake_labels)[:, None, None, None] * (z.astype(np.float64) @ v).reshape(SHAPE)

    def between(self, purpose):
        return REAL + _draw("uniform", purpose, [3, 1, 1, 1]) * (self.fake - REAL)

    def moved(self, x, purpose):
        """Flipped, then shifted, one image after the other."""
        out = np.empty_like(x)
        draws = [_draw("uniform", f"{purpose}/{what}", [3]) for what in ("flip", "down", "right")]
        for i, (flip, down, right) in enumerate(zip(*draws, strict=True)):
            image = x[i, :, ::-1] if flip < 0.5 else x[i]
            top, left = int(down * 5), int(right * 3)  # A quarter of 8 is 2, of 5 is 1.
            out[i] = np.pad(image, [(2, 2), (1, 1), (0, 0)], mode="reflect")[top : top + 8, left : left + 5]
        return out

    def perturbed(self, v):
        return self.generated(v, FAKE_Z + 0.03 * _draw("normal", "latent_consistency/noise", [3, 4]))

    def deviation(self):
        x = REAL.astype(np.float64)
        return np.sqrt(_strange_mean(np.mean((x - _strange_mean(x.mean())) ** 2)))


def _from_one(squares):
    return np.mean((np.sqrt(EPSILON + squares) - 1) ** 2)


def _dragan(n, w, w0):
    noisy = np.clip(REAL + n.deviation() * (_draw("uniform", "dragan/noise", SHAPE) - 0.5), 0, 1)
    return _from_one(n.squares(w, noisy, n.labels))


def _dragan_v1(n, w, w0):
    noisy = REAL + 0.5 * n.deviation() * _draw("uniform", "dragan_v1/noise", SHAPE)
    between = REAL + _draw("uniform", "dragan_v1/share", [3, 1, 1, 1]) * (noisy - REAL)
    p = 1 / (1 + np.exp(-n.logits(w, between, n.labels)))
    return _from_one((p * (1 - p)) ** 2 * n.squares(w, between, n.labels))


def _consistency(n, w, x, labels, purpose):
    return np.mean((n.logits(w, x, labels) - n.logits(w, n.moved(x, purpose), labels)) ** 2)


def _lecam(n, w, w0):
    average_real = _strange_mean(np.mean(n.logits(w0, REAL, n.labels)))
    average_fake = _strange_mean(np.mean(n.logits(w0, n.fake, n.fake_labels)))
    return np.mean((n.logits(w, REAL, n.labels) - average_fake) ** 2) + np.mean(
        (n.logits(w, n.fake, n.fake_labels) - average_real) ** 2
    )


# The discriminator's, of (numbers, w, w without gradient); what they may look at.
DISCRIMINATOR = {
    "balanced_consistency": (
        lambda n, w, w0: (
            _consistency(n, w, REAL, n.labels, "balanced_consistency/real")
            + _consistency(n, w, n.fake, n.fake_labels, "balanced_consistency/fake")
        ),
        {"discriminate", "uniform", "real", "labels", "fake", "fake_labels"},
    ),
    "consistency": (
        lambda n, w, w0: _consistency(n, w, REAL, n.labels, "consistency"),
        {"discriminate", "uniform", "real", "labels"},
    ),
    "dragan": (_dragan, {"discriminate", "uniform", "global_mean", "real", "labels"}),
    "dragan_v1": (_dragan_v1, {"discriminate", "uniform", "global_mean", "real", "labels"}),
    "l2": (lambda n, w, w0: (np.sum(w**2) / 2 + np.sum(CONVOLUTION**2) / 2) / 2, {"kernels"}),
    "latent_consistency": (
        lambda n, w, w0: np.mean(
            (n.logits(w, n.fake, n.fake_labels) - n.logits(w, n.perturbed(V), n.fake_labels)) ** 2
        ),
        {"discriminate", "generate", "normal", "z", "fake", "fake_labels"},
    ),
    "lecam": (_lecam, {"logits", "global_mean", "state"}),
    "r1": (lambda n, w, w0: np.mean(n.squares(w, REAL, n.labels)) / 2, {"discriminate", "real", "labels"}),
    "r1_r2": (
        lambda n, w, w0: (np.mean(n.squares(w, REAL, n.labels)) + np.mean(n.squares(w, n.fake, n.fake_labels))) / 2,
        {"discriminate", "real", "labels", "fake", "fake_labels"},
    ),
    "r2": (
        lambda n, w, w0: np.mean(n.squares(w, n.fake, n.fake_labels)) / 2,
        {"discriminate", "fake", "fake_labels"},
    ),
    "wgan_div": (
        lambda n, w, w0: np.mean(np.sqrt(n.squares(w, n.between("wgan_div/share"), n.labels)) ** 6),
        {"discriminate", "uniform", "real", "fake", "labels"},
    ),
    "wgan_gp": (
        lambda n, w, w0: _from_one(n.squares(w, n.between("wgan_gp/share"), n.labels)),
        {"discriminate", "uniform", "real", "fake", "labels"},
    ),
    "zero_centred": (
        lambda n, w, w0: np.mean(n.squares(w, n.between("zero_centred/share"), n.labels)),
        {"discriminate", "uniform", "real", "fake", "labels"},
    ),
}


def _off_diagonal(matrix):
    return sum(
        (matrix[:, i] @ matrix[:, j]) ** 2 for i in range(matrix.shape[1]) for j in range(matrix.shape[1]) if i != j
    )


# The generator's, of (numbers, v).
GENERATOR = {
    "latent_consistency": (
        lambda n, v: -0.1 * np.mean((n.generated(v, FAKE_Z) - n.perturbed(v)) ** 2),
        {"generate", "normal", "z", "fake", "fake_labels"},
    ),
    "orthogonal": (
        lambda n, v: _off_diagonal(v) + _off_diagonal(CONVOLUTION.reshape(18, 4)),
        {"kernels"},
    ),
}


class _Watched:
    """A context that remembers which of its attributes were read."""

    def __init__(self, context):
        self._context, self.read = context, set()

    def __getattr__(self, name):
        self.read.add(name)
        return getattr(self._context, name)


class _Networks:
    """The closed forms' networks in TensorFlow."""

    def __init__(self, penalty, conditional):
        self.w, self.v = tf.Variable(W, dtype=tf.float32), tf.Variable(V, dtype=tf.float32)
        self.labels = tf.constant(LABELS) if conditional else None
        self.fake_labels = tf.constant(FAKE_LABELS) if conditional else None
        self.state = {name: tf.Variable(0.0) for name in penalty.STATE}
        self.discriminations = 0

    def _scale(self, labels):
        return tf.ones([1]) if labels is None else tf.gather(tf.constant(SCALE, tf.float32), labels)

    def discriminate(self, images, labels):
        self.discriminations += 1
        return (self._scale(labels) * tf.reduce_sum(self.w * tf.square(images), axis=[1, 2, 3]))[:, None]

    def generate(self, z, labels):
        return self._scale(labels)[:, None, None, None] * tf.reshape(z @ self.v, SHAPE)

    def logits(self):
        """The update's own, which cost the penalty nothing."""
        before = self.discriminations
        logits = self.discriminate(tf.constant(REAL), self.labels), self.discriminate(self._fake, self.fake_labels)
        self.discriminations = before
        return logits

    def context(self, of):
        """To be called inside the tape. `of` is the network that is updated."""
        fake = self.generate(tf.constant(FAKE_Z), self.fake_labels)
        self._fake = fake if of == "generator" else tf.stop_gradient(fake)
        return _Watched(
            Context(
                discriminate=self.discriminate,
                generate=self.generate,
                logits=self.logits if of == "discriminator" else _refuse,
                real=tf.constant(REAL),
                fake=lambda: self._fake,
                labels=self.labels,
                fake_labels=self.fake_labels,
                z=tf.constant(FAKE_Z),
                uniform=lambda purpose, shape: tf.constant(_draw("uniform", purpose, shape)),
                normal=lambda purpose, shape: tf.constant(_draw("normal", purpose, shape)),
                global_mean=_strange_mean,
                kernels=[self.w if of == "discriminator" else self.v, tf.constant(CONVOLUTION, tf.float32)],
                state=self.state,
            )
        )


def test_every_penalty_has_a_known_answer():
    penalties = {name: components.load("penalties", name) for name in NAMES}
    assert {name for name in NAMES if penalties[name].discriminator} == set(DISCRIMINATOR)
    assert {name for name in NAMES if penalties[name].generator} == set(GENERATOR)
    for name, penalty in penalties.items():
        assert isinstance(penalty.STATE, tuple) and all(isinstance(entry, str) for entry in penalty.STATE), name


@pytest.mark.parametrize("conditional", [True, False])
@pytest.mark.parametrize("name", DISCRIMINATOR)
def test_the_discriminator_s_value_and_gradient_equal_the_formula(name, conditional):
    formula, _ = DISCRIMINATOR[name]
    penalty, numbers = components.load("penalties", name), _Numpy(conditional)
    networks = _Networks(penalty, conditional)
    with tf.GradientTape() as tape:
        value = penalty.discriminator(networks.context("discriminator"))
    assert value.shape == () and value.dtype == tf.float32
    by_w, by_v = tape.gradient(value, [networks.w, networks.v])
    np.testing.assert_allclose(value, formula(numbers, W, W), rtol=1e-5)
    expected = slope(lambda w: formula(numbers, w, W), W)
    assert np.abs(expected).max() > 1e-4
    np.testing.assert_allclose(by_w, expected, rtol=1e-3, atol=2e-5 * np.abs(expected).max())
    assert by_v is None


@pytest.mark.parametrize("conditional", [True, False])
@pytest.mark.parametrize("name", GENERATOR)
def test_the_generator_s_value_and_gradient_equal_the_formula(name, conditional):
    formula, _ = GENERATOR[name]
    penalty, numbers = components.load("penalties", name), _Numpy(conditional)
    networks = _Networks(penalty, conditional)
    with tf.GradientTape() as tape:
        value = penalty.generator(networks.context("generator"))
    assert value.shape == () and value.dtype == tf.float32
    np.testing.assert_allclose(value, formula(numbers, V), rtol=1e-5)
    by_v = tape.gradient(value, networks.v)
    rows = np.s_[:, ::7]  # Some of the 320 parameters: the formula is slow.

    def of_some(some):
        v = V.copy()
        v[rows] = some
        return formula(numbers, v)

    expected = slope(of_some, V[rows])
    assert np.abs(expected).max() > 1e-6
    np.testing.assert_allclose(by_v.numpy()[rows], expected, rtol=1e-3, atol=2e-4 * np.abs(expected).max())


DISCRIMINATIONS = dict.fromkeys(DISCRIMINATOR, 1) | {"balanced_consistency": 2, "l2": 0, "lecam": 0, "r1_r2": 2}


@pytest.mark.parametrize("name", DISCRIMINATOR)
def test_the_discriminator_s_penalty_looks_at_what_it_needs_and_no_more(name):
    penalty = components.load("penalties", name)
    networks = _Networks(penalty, conditional=True)
    context = networks.context("discriminator")
    penalty.discriminator(context)
    assert context.read == DISCRIMINATOR[name][1]
    assert networks.discriminations == DISCRIMINATIONS[name]


@pytest.mark.parametrize("name", GENERATOR)
def test_the_generator_s_penalty_looks_at_what_it_needs_and_no_more(name):
    penalty = components.load("penalties", name)
    networks = _Networks(penalty, conditional=True)
    context = networks.context("generator")
    penalty.generator(context)
    assert context.read == GENERATOR[name][1]
    assert networks.discriminations == 0


# Of both penalties together, r1 and r2 are looked at.
@pytest.mark.parametrize("name", slow_unless(lambda name: name != "r1_r2", DISCRIMINATOR))
def test_a_graph_gives_the_same(name):
    penalty = components.load("penalties", name)
    networks = _Networks(penalty, conditional=True)

    @tf.function
    def update():
        with tf.GradientTape() as tape:
            value = penalty.discriminator(networks.context("discriminator"))
        return value, tape.gradient(value, networks.w)

    value, gradient = update()
    np.testing.assert_allclose(value, DISCRIMINATOR[name][0](_Numpy(True), W, W), rtol=1e-5)
    assert np.isfinite(gradient).all() and np.any(gradient != 0)


# Particulars.


def test_dragan_leaves_augmented_images_beyond_the_range_where_they_are():
    x = tf.constant([[[[-0.5], [1.5]]], [[[0.0], [1.0]]]])
    seen = []

    def discriminate(images, labels):
        seen.append(images)
        return tf.reduce_sum(images, axis=[1, 2, 3])[:, None]

    for share in (0.0, 0.999):
        context = _context(
            discriminate=discriminate,
            real=x,
            uniform=lambda purpose, shape, share=share: tf.fill(shape, share),
            global_mean=lambda mean: mean,
        )
        dragan.discriminator(context)
    reach = np.std(x) / 2
    np.testing.assert_allclose(np.ravel(seen[0]), [-0.5, 1.5 - reach, 0.0, 1.0 - reach], atol=1e-5)
    np.testing.assert_allclose(np.ravel(seen[1]), [-0.5 + reach, 1.5, reach, 1.0], atol=1e-3)


def test_a_flat_discriminator_has_finite_gradients():
    for name in ("dragan", "dragan_v1", "r1", "r2", "wgan_div", "wgan_gp", "zero_centred"):
        penalty = components.load("penalties", name)
        networks = _Networks(penalty, conditional=True)
        networks.w.assign(tf.zeros_like(networks.w))
        with tf.GradientTape() as tape:
            value = penalty.discriminator(networks.context("discriminator"))
        assert np.isfinite(value) and np.isfinite(tape.gradient(value, networks.w)).all(), name


def test_lecam_follows_the_global_means_without_bias_to_its_start():
    real_means, fake_means = [2.0, -1.0, 0.5], [1.0, 3.0, -2.0]
    state = {name: tf.Variable(0.0) for name in lecam.STATE}

    @tf.function
    def update(real_mean, fake_mean):
        real, fake = real_mean + tf.constant([[0.5], [-0.5]]), fake_mean + tf.constant([[0.25], [-0.25]])
        context = _context(logits=lambda: (real, fake), global_mean=lambda m: m + 1.0, state=state)
        with layer_state.assigning():
            return lecam.discriminator(context)

    for step, (real_mean, fake_mean) in enumerate(zip(real_means, fake_means, strict=True), start=1):
        value = update(tf.constant(real_mean), tf.constant(fake_mean))
        decay = 0.99 ** np.arange(step)[::-1]
        average_real = np.sum(decay * (np.array(real_means[:step]) + 1)) / np.sum(decay)
        average_fake = np.sum(decay * (np.array(fake_means[:step]) + 1)) / np.sum(decay)
        # The variances of the two logits, 1/4 and 1/16, and the squared distances of their means.
        expected = 0.25 + (real_mean - average_fake) ** 2 + 0.0625 + (fake_mean - average_real) ** 2
        np.testing.assert_allclose(value, expected, rtol=1e-5)
        np.testing.assert_allclose(state["weight"], 1 - 0.99**step, rtol=1e-4)


@pytest.mark.parametrize(("side", "reach"), [(32, 4), (16, 4), (8, 2), (3, 0), (1, 0)])
def test_shifts_are_up_to_four_pixels_or_a_quarter(side, reach):
    images = np.arange(2 * side * side, dtype=np.float32).reshape(2, side, side, 1)
    for draw, flip, start in ((0.0, True, 0), (0.9999999, False, 2 * reach), (0.5, False, reach)):
        moved = _transform.flip_and_shift(tf.constant(images), "p", lambda purpose, shape, d=draw: tf.fill(shape, d))
        flipped = images[:, :, ::-1] if flip else images
        padded = np.pad(flipped, [(0, 0), (reach, reach), (reach, reach), (0, 0)], mode="reflect")
        np.testing.assert_array_equal(moved, padded[:, start : start + side, start : start + side])


def test_the_transformation_is_differentiable():
    weights = tf.constant(_RANDOM.normal(size=SHAPE), tf.float32)
    images = tf.constant(REAL)
    with tf.GradientTape() as tape:
        tape.watch(images)
        moved = _transform.flip_and_shift(
            images, "p", lambda purpose, shape: tf.constant(_draw("uniform", purpose, shape))
        )
        value = tf.reduce_sum(weights * moved)
    # It is linear in the images, so the gradient knows the value.
    np.testing.assert_allclose(tf.reduce_sum(tape.gradient(value, images) * images), value, rtol=1e-4)


def test_tf_gan_s_gradient_penalty_is_the_same(monkeypatch):
    theirs = tensorflow_gan.load().losses.wargs.wasserstein_gradient_penalty
    share = _draw("uniform", "wgan_gp/share", [3, 1, 1, 1])
    monkeypatch.setattr(tf.random, "uniform", lambda shape: tf.reshape(tf.constant(share), shape))
    numbers = _Numpy(conditional=False)
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        w = tf.constant(W, tf.float32)
        penalty = theirs(
            tf.constant(REAL),
            tf.constant(numbers.fake, tf.float32),
            None,
            lambda images, _: tf.reduce_sum(w * tf.square(images), axis=[1, 2, 3])[:, None],
            "discriminator",
            epsilon=EPSILON,
        )
        expected = session.run(penalty)
    networks = _Networks(wgan_gp, conditional=False)
    np.testing.assert_allclose(wgan_gp.discriminator(networks.context("discriminator")), expected, rtol=1e-5)
