"""BigBiGAN, ClusterGAN and O-GAN beyond what the originals' numbers show: what their models can do, and options."""

import dataclasses

import numpy as np
import pytest
import tensorflow as tf

from compare_gan_tf2.datasets import catalog
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.gans import build, ogan
from compare_gan_tf2.options import Options
from compare_gan_tf2.runtime.draws import Seed

SMALL = {
    "dataset": "mnist",
    "architecture": "mlp",
    "width": 0.05,
    "z_dim": 4,
    "batch_size": 4,
    "initializer_stddev": 0.3,
}
DATA = dataclasses.replace(catalog.find("mnist"), image_shape=(8, 8, 1))
IMAGES = np.random.default_rng(0).uniform(0, 1, (4, 8, 8, 1)).astype(np.float32)


def _gan(name, data=DATA, **changes):
    own = {"initializer": "normal"} if name == "bigbigan" else {}
    return build(Options.from_dict(SMALL | {"gan": name} | own | changes), data)


def _called(gan, name, *inputs):
    return gan.abilities(gan.evaluated())[name].call(*(tf.constant(each) for each in inputs))


def _stepped(gan, number=1):
    stored = tf.constant((IMAGES * 255).astype(np.uint8))
    batches = {purpose: {"images": stored} for purpose in gan.engine.reads()}
    return {name: float(each) for name, each in gan.step_of(batches, tf.constant(number, tf.int64)).items()}


@pytest.fixture(scope="module")
def clustering():
    return _gan("clustergan", clusters=3, disc_iters=1)


def test_latents_of_clustergan_are_small_noise_and_a_cluster(clustering):
    z = clustering.prior.rows(1000, "test", Seed.of(0, 1)).numpy()
    assert z.shape == (1000, 7) and clustering.generator.z_dim == 7
    assert 0.09 < z[:, :4].std() < 0.11
    assert np.isin(z[:, 4:], [0, 1]).all() and (z[:, 4:].sum(axis=1) == 1).all()
    assert z[:, 4:].mean(axis=0) == pytest.approx([1 / 3] * 3, abs=0.06)


def test_clustergan_takes_one_place_between_for_the_whole_batch(clustering):
    share = clustering.streams["share"].draw(64, "discriminator/0", Seed.of(0, 1)).numpy()
    other = clustering.streams["share"].draw(64, "discriminator/0", Seed.of(0, 2)).numpy()
    assert share.shape == (64, 1, 1, 1) and len(np.unique(share)) == 1 and 0 <= share[0] < 1
    assert share[0] != other[0]


def test_clusters_of_images_are_what_the_encoder_gives_and_reconstructions_are_of_the_likeliest(clustering):
    encoded, clusters = (_called(clustering, name, IMAGES).numpy() for name in ("encode", "classify"))
    raw = clustering.players["encoder"].network(IMAGES).numpy()
    np.testing.assert_array_equal(encoded[:, :4], raw[:, :4])
    np.testing.assert_allclose(clusters, np.exp(raw[:, 4:]) / np.exp(raw[:, 4:]).sum(axis=1, keepdims=True), rtol=1e-5)
    np.testing.assert_array_equal(encoded[:, 4:], clusters)
    z = np.concatenate([raw[:, :4], np.eye(3)[clusters.argmax(axis=1)]], axis=1)
    copies = _called(clustering, "reconstruct", IMAGES)
    np.testing.assert_allclose(copies, _called(clustering, "generate", z.astype(np.float32)), atol=1e-6)


def test_saturated_right_clusters_have_a_cross_entropy_of_zero(clustering, monkeypatch):
    # A softmax before the cross-entropy could not get below log(1 + 2 / e) = 0.55 with three clusters.
    z = clustering.prior.rows(4, "test", Seed.of(0, 1))
    monkeypatch.setitem(clustering.players, "encoder", lambda images: 50.0 * z)
    assert float(clustering.g_and_e(z)["loss/cluster"].value) < 1e-4


def test_real_images_never_reach_clustergans_encoder():
    gan = _gan("clustergan", disc_iters=2)
    assert gan.engine.reads() == ["discriminator/0", "discriminator/1"]
    without = _gan("clustergan", disc_iters=1, cluster_weight=0.0, noise_weight=0.0)
    before = [each.numpy() for each in without.players["encoder"].network.trainable_variables]
    _stepped(without)
    for variable, value in zip(without.players["encoder"].network.trainable_variables, before, strict=True):
        np.testing.assert_array_equal(variable, value)


def test_codes_of_ogan_have_no_mean_and_the_length_of_latents():
    gan = _gan("ogan")
    codes = _called(gan, "encode", IMAGES).numpy()
    np.testing.assert_allclose(codes.mean(axis=1), 0.0, atol=1e-6)
    np.testing.assert_allclose(codes.std(axis=1), 1.0, rtol=1e-5)
    raw = gan.discriminator(IMAGES).numpy()
    assert np.abs(codes - raw).max() > 0.01
    copies = _called(gan, "reconstruct", IMAGES)
    np.testing.assert_allclose(copies, _called(gan, "generate", 0.9 * codes), atol=1e-6)


def test_ogans_score_says_nothing_of_the_code_and_the_code_nothing_of_the_score():
    outputs = tf.constant(np.random.default_rng(1).normal(size=(5, 6)), tf.float32)
    np.testing.assert_allclose(ogan.code(3.0 * outputs + 7.0), ogan.code(outputs), atol=1e-5)
    np.testing.assert_allclose(ogan.score(outputs + 7.0), ogan.score(outputs) + 7.0, rtol=1e-5)
    np.testing.assert_allclose(ogan.correlation(outputs, 2.0 * outputs - 1.0), 1.0, rtol=1e-5)
    np.testing.assert_allclose(ogan.correlation(outputs, -outputs), -1.0, rtol=1e-5)
    assert not np.isnan(ogan.code(tf.ones([2, 6]))).any()


def test_ogan_has_the_originals_rmsprop_unless_another_optimizer_is_asked_for():
    said = _gan("ogan").optimizers["d"]
    assert (said.kind, said.rate, said.square_decay, said.square_start, said.epsilon, said.epsilon_outside) == (
        "rmsprop", 1e-4, 0.99, 0.0, 1e-7, True)  # fmt: skip
    assert _gan("ogan", d_optimizer="adam").optimizers["d"].epsilon is None


def test_bigbigan_scores_images_codes_and_pairs_each_by_what_it_is_about():
    gan = _gan("bigbigan")
    codes = np.random.default_rng(1).normal(size=(4, 4)).astype(np.float32)
    first, other_codes, other_images = (
        gan.discriminator(tf.constant(images), tf.constant(z)).numpy()
        for images, z in ((IMAGES, codes), (IMAGES, codes + 1.0), (IMAGES[::-1], codes))
    )
    changed = [
        [np.abs(other - first)[:, place].max() > 1e-7 for place in range(3)] for other in (other_codes, other_images)
    ]
    assert changed == [[False, True, True], [True, False, True]]
    np.testing.assert_allclose(gan.discriminator.outputs(IMAGES)["score_x"], first[:, :1], rtol=1e-5)


def test_bigbigan_encodes_to_moments_and_pooled_features():
    # The last map of DCGAN's discriminator has a sixteenth of the side.
    larger = dataclasses.replace(DATA, image_shape=(32, 32, 1))
    gan = _gan("bigbigan", larger, architecture="dcgan", width=0.02)
    images = np.random.default_rng(0).uniform(0, 1, (4, 32, 32, 1)).astype(np.float32)
    encoded = _called(gan, "encode", images)
    assert {name: each.shape[1] for name, each in encoded.items()} == {"mean": 4, "deviation": 4, "features": 10}
    assert float(tf.reduce_min(encoded["deviation"])) > 0
    np.testing.assert_array_equal(encoded["mean"], gan.encode(images))
    copies = _called(gan, "reconstruct", images)
    np.testing.assert_array_equal(copies, gan.generator(encoded["mean"], training=False))


@pytest.mark.slow
def test_bigbigans_encoder_has_an_optimizer_of_its_own_rate_and_batch_norm_in_place_of_spectral_norm():
    gan = _gan("bigbigan", g_learning_rate=1e-3, encoder_rate=4.0)
    assert {name: said.rate for name, said in gan.optimizers.items()} == {"g": 1e-3, "d": 2e-4, "e": 4e-3}
    assert {*gan.tracked()} >= {"e_optimizer", "g_optimizer", "d_optimizer"}
    variables = {part: " ".join(named) for part, named in gan.networks().items()}
    assert "gamma" in variables["encoder"] and "u_var" not in variables["encoder"]
    assert "u_var" in variables["discriminator"] and "u_var" in variables["generator"]
    # SNDCGAN's discriminator has no place for batch norm.
    assert "gamma" not in " ".join(_gan("bigbigan", architecture="sndcgan").networks()["encoder"])


@pytest.mark.slow
@pytest.mark.parametrize("architecture", ["infogan", "resnet_cifar"])
@pytest.mark.parametrize("name", ["bigbigan", "clustergan", "ogan"])
def test_all_kernels_move_with_the_parts_of_other_architectures(name, architecture):
    iterations = {} if name == "ogan" else {"disc_iters": 1}
    gan = _gan(name, architecture=architecture, dataset="cifar10", **iterations)
    before = {part: {key: each.numpy() for key, each in named.items()} for part, named in gan.networks().items()}
    assert all(np.isfinite(each) for number in (1, 2) for each in _stepped(gan, number).values())
    for part, named in gan.networks().items():
        kernels = [key for key in named if key.endswith("/kernel")]
        assert kernels and all(np.any(named[key] != before[part][key]) for key in kernels), part


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"gan": "clustergan", "z_distribution": "uniform"}, "gan=clustergan needs z_distribution=normal"),
        ({"gan": "clustergan", "clusters": 1}, "option clusters"),
        ({"gan": "modular", "clusters": 5}, "gan modular has no place for clusters; those that have: aae_clustering"),
        ({"gan": "ogan", "disc_iters": 2}, "gan=ogan needs disc_iters=1: its networks are all updated at once"),
        ({"gan": "ogan", "conditional": True}, "gan=ogan needs conditional=false"),
        ({"gan": "bigbigan", "judge": "together"}, "gan=bigbigan needs judge=apart"),
        ({"gan": "bigbigan", "encoder_rate": 0}, "option encoder_rate"),
    ],
)
def test_what_does_not_go_with_it_is_refused(changes, words):
    with pytest.raises(UserError) as caught:
        Options.from_dict({"dataset": "mnist"} | changes)
    assert words in str(caught.value)
