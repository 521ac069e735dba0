"""The modular GAN: who moves when, and that replicas do not matter."""

import numpy as np
import pytest
import tensorflow as tf
from slow_cases import slow_unless

from compare_gan_tf2 import components
from compare_gan_tf2.gans.base import build
from compare_gan_tf2.options import Options
from compare_gan_tf2.penalties import _transform, latent_consistency

BASE = {"dataset": "mnist", "width": 0.1, "z_dim": 8, "batch_size": 4}
CONDITIONAL = {"conditional": True, "g_normalization": "conditional_batch"}


def _step(options, step=1):
    gan = build(options)
    source = np.random.default_rng(0)
    shape = (options.disc_iters, options.batch_size)
    images = tf.constant(source.integers(0, 256, (*shape, *gan.dataset.image_shape), np.uint8))
    labels = tf.constant(source.integers(0, 10, shape, np.int32))
    before = {part: {name: each.numpy() for name, each in named.items()} for part, named in gan.tracked().items()}
    # Not compiled, which takes longer than the one step.
    measured = gan.train_step(images, labels, tf.constant(step, tf.int64))
    after = {part: {name: each.numpy() for name, each in named.items()} for part, named in gan.tracked().items()}
    return gan, measured, before, after


def _moved(before, after, part, leaf=""):
    return {
        name
        for name in before[part]
        if name.endswith(leaf) and not np.array_equal(before[part][name], after[part][name])
    }


# Deep networks take long to trace: of the combinations they meet only the hardest.
DEEP = ("biggan", "biggan_deep", "resnet30")
COMBINATIONS = [
    (architecture, loss, penalty)
    for loss, penalty in (
        ("non_saturating", "none"), ("hinge", "wgan_gp"), ("wasserstein", "wgan_gp"), ("least_squares", "none"),
    )
    for architecture in components.names("architectures")
    if components.defines("architectures", architecture, "generator")
    if architecture not in DEEP or loss == "hinge"
]  # fmt: skip


def _traces_fast(case):
    architecture, loss, penalty = case
    return (architecture == "mlp" and loss in ("hinge", "least_squares")) or (
        architecture in ("infogan", "sndcgan") and loss == "non_saturating" and penalty == "none"
    )


@pytest.mark.parametrize(("architecture", "loss", "penalty"), slow_unless(_traces_fast, COMBINATIONS))
def test_every_combination_takes_a_finite_step_that_moves_both_networks(architecture, loss, penalty):
    # Labels and spectral norm are spread over the combinations, so that each meets both states of each.
    extra = CONDITIONAL if loss in ("hinge", "least_squares") else {}
    extra = extra | (
        {"d_weight_normalization": "spectral", "ema_decay": 0.9} if loss in ("hinge", "wasserstein") else {}
    )
    extra = extra | ({"dataset": "cifar10"} if architecture.startswith(("ali", "r3gan", "resnet", "biggan")) else {})
    # Through 35 narrow blocks without a norm kernels of deviation 0.02 let nothing pass.
    extra = extra | ({"initializer": "orthogonal"} if architecture == "resnet30" else {})
    none = {"g_normalization": "none", "d_weight_normalization": "none"}
    extra = extra | (none if architecture == "r3gan" else {})
    options = Options.from_dict(BASE | {"architecture": architecture, "loss": loss, "penalty": penalty} | extra)
    gan, measured, before, after = _step(options)
    assert set(measured) == set(gan.measurements)
    assert all(np.isfinite(value) for value in measured.values())
    for part in ("generator", "discriminator"):
        kernels = _moved(before, after, part, "kernel")
        # Self-attention starts with a factor of 0, as R3GAN's blocks do, so that in the first step its kernels have no
        # gradient.
        without = "_block" if architecture == "r3gan" else "non_local"
        all_kernels = [name for name in before[part] if name.endswith("kernel") and without not in name]
        assert len(kernels) >= 0.9 * len(all_kernels), (part, kernels)


def test_images_have_the_right_shape_and_range_and_labels_matter():
    gan = build(Options.from_dict(BASE | CONDITIONAL | {"dataset": "cifar10", "architecture": "dcgan"}))
    z = tf.random.stateless_uniform([3, 8], [0, 1], -1, 1)
    images = gan.generator(z, tf.constant([0, 1, 2]))
    assert images.shape == (3, 32, 32, 3) and images.dtype == tf.float32
    assert np.min(images) >= 0 and np.max(images) <= 1
    logits, _ = gan.discriminator(images, tf.constant([0, 1, 2]))
    other, _ = gan.discriminator(images, tf.constant([1, 2, 3]))
    assert logits.shape == (3, 1) and not np.allclose(logits, other, rtol=1e-6)
    with pytest.raises(ValueError, match="labels"):
        gan.generator(z)


def test_each_networks_state_moves_in_its_own_update_only():
    options = Options.from_dict(
        BASE
        | {
            "architecture": "infogan",
            "d_weight_normalization": "spectral",
            "d_normalization": "batch",
            "penalty": "wgan_gp",
        }
    )
    gan, _, before, after = _step(options)
    # One update of each network: batch statistics moved exactly once, by a tenth of the way from 1.
    for part in ("generator", "discriminator"):
        names = _moved(before, after, part, "moving_variance")
        assert names == {name for name in before[part] if name.endswith("moving_variance")} != set()
        for name in names:
            assert np.all(after[part][name] >= 0.9 - 1e-6), name
    expected = {name: each for name, each in before["discriminator"].items() if name.endswith("u_var")}
    for name, vector in expected.items():
        # One power iteration from the vector before, on the kernel before the update.
        kernel = before["discriminator"][name.replace("u_var", "kernel")].reshape(vector.shape[0], -1)
        v = kernel.T @ vector
        u = kernel @ (v / np.linalg.norm(v))
        np.testing.assert_allclose(after["discriminator"][name], u / np.linalg.norm(u), rtol=2e-4, atol=1e-6)


@pytest.mark.parametrize("judge", ["together", pytest.param("apart", marks=pytest.mark.slow)])
def test_vectors_move_once_however_the_images_are_judged(judge):
    options = Options.from_dict(BASE | {"d_weight_normalization": "spectral", "judge": judge, "disc_iters": 1})
    _, _, before, after = _step(options)
    name = "d_conv1/u_var"
    kernel, vector = before["discriminator"]["d_conv1/kernel"], before["discriminator"][name]
    kernel = kernel.reshape(vector.shape[0], -1)
    v = kernel.T @ vector
    u = kernel @ (v / np.linalg.norm(v))
    np.testing.assert_allclose(after["discriminator"][name], u / np.linalg.norm(u), rtol=2e-4, atol=1e-6)


@pytest.mark.slow
def test_reference_mode_lets_state_move_in_every_pass():
    options = Options.from_dict(
        BASE | {"d_weight_normalization": "spectral", "g_learning_rate": 1e-9, "d_learning_rate": 1e-9}
    )
    name = "d_conv1/u_var"
    _, _, _, ours = _step(options)
    _, _, _, v3 = _step(options.replace(reference="v3"))
    assert not np.allclose(ours["discriminator"][name], v3["discriminator"][name], atol=1e-4)


def test_the_average_lies_between_its_start_and_the_generator():
    options = Options.from_dict(BASE | {"ema_decay": 0.75})
    _, _, before, after = _step(options)
    for name, weight in after["generator"].items():
        if name.endswith(("kernel", "gamma", "beta", "bias", "moving_mean", "moving_variance")):
            expected = 0.75 * before["generator"][name] + 0.25 * weight
            np.testing.assert_allclose(after["average"][name], expected, rtol=1e-4, atol=1e-6, err_msg=name)


@pytest.mark.slow
def test_before_its_start_the_average_is_the_generator_and_reference_mode_copies_statistics():
    options = Options.from_dict(BASE | {"ema_decay": 0.75, "ema_start_step": 2})
    _, _, _, after = _step(options)
    for name, weight in after["generator"].items():
        np.testing.assert_allclose(after["average"][name], weight, rtol=1e-6, err_msg=name)
    _, _, _, after = _step(options.replace(ema_start_step=0, reference="v3"))
    np.testing.assert_array_equal(after["average"]["g_bn1/moving_mean"], after["generator"]["g_bn1/moving_mean"])


def test_latents_of_the_generators_update_are_fresh_or_reused():
    def latents_used(**extra):
        gan = build(Options.from_dict(BASE | {"disc_iters": 2} | extra))
        seen = []
        call = gan.generator.call

        def spy(z, labels=None, training=False):
            seen.append(z.numpy())
            return call(z, labels, training)

        gan.generator.call = spy
        images = tf.zeros([2, 4, 28, 28, 1], tf.uint8)
        gan.train_step(images, tf.zeros([2, 4], tf.int32), tf.constant(1, tf.int64))
        return seen

    first, second, own = latents_used()
    assert not np.array_equal(own, first) and not np.array_equal(own, second)
    first, second, own = latents_used(latents="reused")
    np.testing.assert_array_equal(own, second)
    # v1 and v2 update the generator after the first of the discriminator's updates, with its latents.
    first, own, second = latents_used(reference="v2")
    np.testing.assert_array_equal(own, first)


def test_the_same_seed_gives_the_same_weights_and_another_seed_others():
    def initial(seed):
        return {
            name: each.numpy()
            for name, each in build(Options.from_dict(BASE | {"seed": seed})).networks()["generator"].items()
        }

    first, again, other = initial(1), initial(1), initial(2)
    for name, weight in first.items():
        np.testing.assert_array_equal(weight, again[name])
        constant = np.ptp(weight) == 0
        assert constant == np.array_equal(weight, other[name]), name


def test_clipped_weights_stay_in_their_bounds_after_every_update():
    options = Options.from_dict(BASE | {"loss": "wasserstein", "weight_clipping": 0.01, "disc_iters": 2})
    gan, _, before, after = _step(options)
    trained = {variable.path.removeprefix("discriminator/") for variable in gan.discriminator.trainable_variables}
    assert trained and max(np.abs(before["discriminator"][name]).max() for name in trained) > 0.01
    assert max(np.abs(after["discriminator"][name]).max() for name in trained) <= 0.01
    assert max(np.abs(each).max() for name, each in after["generator"].items() if name.endswith("kernel")) > 0.01


def test_a_smoothed_target_adds_its_share_of_the_mean_logit():
    def loss(smoothing):
        gan = build(Options.from_dict(BASE | {"label_smoothing": smoothing}))
        return gan._loss.discriminator(tf.constant([[2.0], [-1.0]]), tf.zeros([2, 1]), **gan._target())

    np.testing.assert_allclose(loss(0.1) - loss(0.0), 0.1 * 0.5, rtol=1e-5)


def test_labels_of_generated_images_are_drawn_or_those_of_the_data():
    labels = tf.constant([3, 1, 4, 1])
    for choice, expected in (("data", True), ("uniform", False)):
        gan = build(Options.from_dict(BASE | CONDITIONAL | {"fake_labels": choice}))
        batch = gan.batch(tf.zeros([4, 28, 28, 1]), tf.zeros([4, 8]), labels, drawn_labels=tf.constant([7, 7, 7, 7]))
        assert np.array_equal(batch.fake_labels, labels) == expected


def test_concatenated_labels_are_planes_of_the_first_kernel():
    gan = build(Options.from_dict(BASE | CONDITIONAL | {"d_conditioning": "concatenation"}))
    variables = gan.networks()["discriminator"]
    assert variables["d_conv1/kernel"].shape[2] == 1 + 10 and not any("embedding" in name for name in variables)
    images = tf.fill([2, 28, 28, 1], 0.5)
    first, _ = gan.discriminator(images, tf.constant([0, 1]))
    assert abs(float(first[0, 0] - first[1, 0])) > 0


AUGMENTATIONS = [name for name in components.names("augmentations") if name != "none"]


@pytest.mark.parametrize("augmentation", slow_unless(lambda name: name != "ada", AUGMENTATIONS))
def test_augmentation_changes_what_the_discriminator_sees_of_both_halves(augmentation):
    gan = build(Options.from_dict(BASE | {"augmentation": augmentation}))
    if "augmentation/probability" in gan.state:
        gan.state["augmentation/probability"].assign(1.0)
    shown = []
    call = gan.discriminator.call
    gan.discriminator.call = lambda images, *args, **kwargs: (shown.append(images), call(images, *args, **kwargs))[1]
    images = tf.constant(np.random.default_rng(0).integers(0, 256, (1, 4, 28, 28, 1), np.uint8))
    measured = gan.train_step(images, tf.zeros([1, 4], tf.int32), tf.constant(1, tf.int64))
    assert set(measured) == set(gan.measurements)
    real = gan.to_float(images[0])
    assert shown[0].shape[0] == 8 and not np.allclose(shown[0][:4], real, atol=1e-3)


def test_adaptive_augmentation_is_stronger_the_surer_the_discriminator_is_of_real_images():
    gan = build(Options.from_dict(BASE | {"augmentation": "adaptive", "augmentation_kimg": 0.4}))
    name = "augmentation/probability"
    rises, falls = (
        gan.augmenting.adapt(sign * tf.ones([4, 1]), tf.constant(at))[name] for sign, at in ((1, 0.5), (-1, 0.51))
    )
    np.testing.assert_allclose([rises, falls], [0.51, 0.5], rtol=1e-5)
    assert "augmentation/probability" in gan.tracked()["state"]


def test_ada_moves_its_probability_once_in_four_updates_by_all_their_signs():
    gan = build(Options.from_dict(BASE | {"augmentation": "ada", "augmentation_kimg": 0.16, "augmentation_limit": 0.25,
                                          "augmentation_probability": 0.1}))  # fmt: skip
    values, state = [], {name: tf.convert_to_tensor(each) for name, each in gan.state.items()}
    assert set(state) == {"augmentation/probability", "augmentation/signs", "augmentation/updates"}
    for logit in (1, 1, 1, -0.1, 1, 1, 1, 1, 1, 1, 1, 1):
        state = gan.augmenting.adapt(
            logit * tf.ones([4, 1]), **{name.replace("/", "_"): each for name, each in state.items()}
        )
        values.append(float(state["augmentation/probability"]))
    np.testing.assert_allclose(values, [0.1] * 3 + [0.0] * 4 + [0.1] * 4 + [0.2], rtol=1e-5, atol=1e-7)
    assert float(gan.augmenting.adapt(tf.ones([4, 1]), tf.constant(0.2), tf.constant(3.0), tf.constant(3.0))[
        "augmentation/probability"]) == 0.25  # fmt: skip


@pytest.mark.parametrize(
    "penalty", [pytest.param("balanced_consistency", marks=pytest.mark.slow), "consistency", "latent_consistency"]
)
def test_what_is_not_moved_is_consistent_whatever_the_normalisations(penalty, monkeypatch):
    monkeypatch.setattr(_transform, "flip_and_shift", lambda images, purpose, uniform: images)
    monkeypatch.setattr(latent_consistency, "_DEVIATION", 0.0)
    normalized = {
        "d_normalization": "batch",
        "d_weight_normalization": "spectral",
        "g_weight_normalization": "spectral",
    }
    _, measured, _, _ = _step(Options.from_dict(BASE | normalized | {"penalty": penalty}))
    assert float(measured["loss/penalty"]) < 1e-10
    assert abs(float(measured.get("loss/g_penalty", 0.0))) < 1e-12


@pytest.mark.slow
def test_both_networks_of_a_vae_have_one_learning_rate_to_the_end():
    options = Options.from_dict(
        BASE | {"gan": "vae", "disc_iters": 2, "training_steps": 2, "learning_rate_decay": 1.0, "g_learning_rate": 1e-3,
                "d_learning_rate": 1e-3}
    )  # fmt: skip
    gan, _, before, after = _step(options, step=2)
    assert _moved(before, after, "generator", "kernel") and _moved(before, after, "discriminator", "kernel")
    by_update = gan.engine.updates.numbers(2, gan.engine.due(2))
    assert [float(rate) for rate, _, _ in by_update] == pytest.approx([5e-4, 5e-4, 2.5e-4, 2.5e-4])


def test_a_penalty_on_the_generator_changes_its_gradient_only():
    _, _, _, plain = _step(Options.from_dict(BASE))
    _, measured, _, penalized = _step(Options.from_dict(BASE | {"penalty": "orthogonal", "penalty_weight": 100.0}))
    assert "loss/g_penalty" in measured and "loss/penalty" not in measured
    for name, weight in plain["discriminator"].items():
        np.testing.assert_array_equal(penalized["discriminator"][name], weight)
    assert not np.allclose(penalized["generator"]["g_fc2/kernel"], plain["generator"]["g_fc2/kernel"], atol=1e-5)
