"""Adversarial autoencoders and VAE-GAN: what is theirs beside the originals' numbers (tests/test_oracle_parity.py)."""

import dataclasses
import types

import numpy as np
import pytest
import tensorflow as tf

from compare_gan_tf2.datasets import catalog
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.evaluation import unscored
from compare_gan_tf2.gans import Optimizer, Term, aae, build, vae_gan
from compare_gan_tf2.options import Options
from compare_gan_tf2.runtime import draws

SMALL = {"dataset": "mnist", "width": 0.05, "z_dim": 4, "batch_size": 4, "initializer_stddev": 0.3}
DATA = dataclasses.replace(catalog.find("mnist"), image_shape=(8, 8, 1))
IMAGES = tf.random.stateless_uniform([4, 8, 8, 1], [1, 2])


def _gan(name, **more):
    return build(Options.from_dict(SMALL | {"gan": name} | more), DATA)


def _drawing():
    return draws.drawing(draws.Seed.of(0, 1), "test", draws.Share())


@pytest.fixture(scope="module")
def shaped():
    return _gan("aae", z_dim=2, prior_shape="gaussians", prior_labels=True, labels_per_class=2, code_noise=0.0)


@pytest.fixture(scope="module")
def semi_supervised():
    return _gan("aae_semi_supervised")


def test_codes_of_gaussians_are_drawn_in_training_and_are_the_means_elsewhere():
    gan = _gan("aae", posterior="gaussian")
    encoded = gan.abilities(gan.evaluated())["encode"].call(IMAGES)
    mean, log_variance = tf.split(gan.players["encoder"].network(IMAGES), 2, axis=1)
    np.testing.assert_array_equal(encoded, mean)
    with _drawing():
        noise = draws.rows_of("normal", "noise", [4, 4])
        np.testing.assert_allclose(gan.drawn_codes(IMAGES), mean + tf.exp(log_variance / 2) * noise, rtol=1e-5)


@pytest.mark.parametrize("name", ["aae", "aae_clustering", "aae_semi_supervised", "aae_supervised"])
def test_codes_are_compared_with_the_prior_at_each_checkpoint(name):
    options = Options.from_dict(SMALL | {"gan": name})
    assert "prior_match" in unscored.metric_names(options, "generate")
    assert "prior_match" not in unscored.metric_names(options.replace(metrics="fid"), "generate")
    assert "prior_match" not in unscored.metric_names(Options.from_dict(SMALL | {"gan": "vae"}), "generate")


def test_the_game_about_codes_never_reaches_the_generator():
    # All of the objective on the game, as it were: only the encoder moves.
    gan = _gan("aae", regularization_weight=0.999999, g_optimizer="sgd", g_learning_rate=1.0)
    tape = tf.GradientTape(persistent=True)
    with tape, _drawing():
        game = gan.both(IMAGES)["loss/e"]
    assert game.only == ("encoder",)
    reached = {name: tape.gradient(game.value, player.network.trainable_variables[0].value) for name, player in
               gan.players.items()}  # fmt: skip
    assert reached["generator"] is None and reached["encoder"] is not None


def test_what_the_discriminator_of_codes_sees_is_noisy_and_differs_from_call_to_call():
    options = Options.from_dict(SMALL | {"gan": "aae"})
    codes = tf.zeros([2000, 4])
    with _drawing():
        first, second = (aae.noisy(codes, options, "loss/d").numpy() for _ in range(2))
        assert aae.noisy(codes, options.replace(code_noise=0.0), "loss/d") is codes
    assert (
        first.std() == pytest.approx(0.3, rel=0.05) and np.abs(np.corrcoef(first.ravel(), second.ravel())[0, 1]) < 0.1
    )


def test_each_class_has_a_part_of_the_prior_and_the_discriminator_is_told_which(shaped, monkeypatch):
    seen = []
    monkeypatch.setitem(shaped.players, "code_discriminator", lambda pairs: seen.append(pairs) or pairs[:, :1])
    labels, places, parts = tf.constant([3, -1, 0, 9]), tf.zeros([4, 2]), tf.constant([5, 6, 7, 8])
    with _drawing():
        shaped.tell_by_class(IMAGES, labels, places, parts)
        shaped.pass_for_part(IMAGES, labels)
        codes = shaped.drawn_codes(IMAGES)
    drawn, coded, passing = (each.numpy() for each in seen)
    told = np.eye(11)[[3, 10, 0, 9]]
    for each in (drawn, coded, passing):
        np.testing.assert_array_equal(each[:, 2:], told)
    np.testing.assert_allclose(drawn[:, :2], shaped.prior.points(tf.constant([3, 6, 0, 9]), places))
    np.testing.assert_array_equal(coded[:, :2], codes)
    np.testing.assert_array_equal(passing[:, :2], codes)
    soft = tf.one_hot([3, 1, 0, 9], 10) * tf.constant([1.0, 0.0, 0.6, 1.0])[:, None]
    np.testing.assert_array_equal(aae.numbers(soft), labels)


def test_labels_of_a_shaped_prior_are_read_with_the_images_and_without_labels_it_has_ten_parts(shaped):
    assert shaped.engine.columns() == {"": {"images": "images", "labels": "labels"}}
    assert [turn.objective.__name__ for turn in shaped.engine.turns] == ["copy", "tell_by_class", "pass_for_part"]
    plain = _gan("aae", z_dim=2, prior_shape="swiss_roll")
    assert plain.prior.distribution == "swiss_roll 10" and plain.engine.columns() == {"": {"images": "images"}}
    assert plain.discriminator.trainable_variables[0].shape[0] == 2
    assert shaped.discriminator.trainable_variables[0].shape[0] == 2 + 11
    z = shaped.prior.rows(4, "test", draws.Seed.of(0, 1))
    assert shaped.abilities(shaped.evaluated())["generate"].call(z).shape == IMAGES.shape


def test_saturated_right_logits_have_no_class_loss(semi_supervised, monkeypatch):
    # Two softmaxes, as in popular code, cannot get below 1.46 for ten classes.
    labels = tf.constant([1, 2, 3, 9])
    monkeypatch.setattr(semi_supervised, "encoded", lambda images: (100.0 * tf.one_hot(labels, 10), None))
    assert semi_supervised.learn_labels(IMAGES, labels)["loss/class"] < 1e-4


def test_an_edit_gives_the_class_asked_for_and_keeps_the_style(semi_supervised):
    abilities = semi_supervised.abilities(semi_supervised.evaluated())
    styles = abilities["encode"].call(IMAGES)["style"]
    for label in (0, 7):
        edited = abilities["edit"].call(IMAGES, tf.fill([4], label))
        np.testing.assert_array_equal(edited, abilities["generate"].call(styles, tf.fill([4], label)))
    assert np.abs(abilities["edit"].call(IMAGES, tf.fill([4], 0)) - edited).max() > 1e-3
    probabilities = abilities["classify"].call(IMAGES)
    np.testing.assert_allclose(tf.reduce_sum(probabilities, 1), np.ones(4), rtol=1e-5)
    soft = semi_supervised.decoded(semi_supervised.generator, styles, probabilities)
    np.testing.assert_allclose(abilities["reconstruct"].call(IMAGES), soft, rtol=1e-5)


def test_codes_beside_a_label_are_styles():
    gan, labels = _gan("aae_supervised"), tf.constant([3, 1, 4, 1])
    for made in (gan, _gan("aae_supervised", regularization_weight=0.001)):
        with _drawing():
            objective = made.both if made.options.regularization_weight else made.copy
            error = objective(IMAGES, labels)["loss/reconstruction"]
            error = float(error.value if isinstance(error, Term) else error)
            codes = made.drawn_codes(IMAGES)
        copies = made.players["generator"].network(codes, labels, training=True)
        assert error == pytest.approx(float(aae.reconstruction_error(IMAGES, copies, "squared")), rel=1e-5)
    abilities = gan.abilities(gan.evaluated())
    code = abilities["encode"].call(IMAGES)
    other = (labels + 1) % 10
    np.testing.assert_array_equal(
        abilities["edit"].call(IMAGES, other), gan.evaluated_generator(code, other, training=False)
    )
    assert np.abs(abilities["edit"].call(IMAGES, other) - abilities["reconstruct"].call(IMAGES, labels)).max() > 1e-3


def test_images_with_a_label_come_from_a_source_of_their_own(semi_supervised):
    columns = semi_supervised.engine.columns()
    assert columns == {"": {"images": "images"}, "labeled": {"labeled_images": "images", "known_labels": "labels"}}
    (supervised,) = [turn for turn in semi_supervised.engine.turns if turn.draws == "supervision"]
    assert supervised.moves == ("encoder",) and supervised.reading == "reconstruction"


def test_a_label_moves_the_head_of_classes_and_not_that_of_styles(semi_supervised):
    encoder = semi_supervised.players["encoder"].network
    with tf.GradientTape() as tape:
        loss = semi_supervised.learn_labels(IMAGES, tf.constant([1, 2, 3, 4]))["loss/class"]
    heads = [encoder.heads[name].kernel.value for name in ("class", "style")]
    of_class, of_style = tape.gradient(loss, heads)
    assert np.abs(of_class).max() > 0 and of_style is None


@pytest.mark.parametrize("architecture", ["infogan", "dcgan"])
@pytest.mark.parametrize("name", ["aae_semi_supervised", "vae_gan"])
def test_players_are_made_of_the_parts_of_any_architecture(name, architecture):
    gan = _gan(name, architecture=architecture)
    made = gan.abilities(gan.evaluated())["reconstruct"].call(IMAGES)
    assert made.shape == IMAGES.shape and np.isfinite(made).all()


@pytest.mark.parametrize(
    ("real", "fake", "discriminator", "generator"),
    [(0.68, 0.68, 1, 1), (0.3, 0.68, 0, 1), (0.68, 0.3, 0, 1), (0.68, 1.1, 1, 0), (1.1, 0.68, 1, 0), (0.3, 1.1, 1, 1)],
)
def test_the_gate_holds_back_who_is_ahead(real, fake, discriminator, generator):
    of_margin = types.SimpleNamespace(options=types.SimpleNamespace(gate_margin=0.35))
    found = vae_gan.Gan.gate(of_margin, tf.constant(real), tf.constant(fake))
    assert {name: int(each) for name, each in found.items()} == {"discriminator": discriminator, "generator": generator}


@pytest.mark.parametrize(("form", "slope"), [("saturating", -1e-4), ("non_saturating", -0.0908)])
def test_the_decoder_is_moved_by_images_that_are_surely_rejected_only_without_saturation(form, slope):
    logits = tf.constant([[3.0], [-9.21]])  # of a real image, and of a generated one that is real to 1 in 10,000
    judge = types.SimpleNamespace(options=types.SimpleNamespace(decoder_loss=form), judged=lambda images: images)
    with tf.GradientTape() as tape:
        tape.watch(logits)
        of_real, of_generated, of_decoder = vae_gan.Gan.costs(judge, logits[:1], [logits[1:]])
    assert float(of_real) == pytest.approx(-np.log(1 / (1 + np.exp(-3)) + 1e-3), rel=1e-5)
    assert float(of_generated) == pytest.approx(-np.log(1 - 1e-4 + 1e-3), rel=1e-3)
    (of_first,), (of_second,) = tape.gradient(of_decoder, logits).numpy()
    assert of_first == 0 and of_second == pytest.approx(slope, rel=0.02)


def test_rates_are_divided_by_the_batch_and_fall_to_a_hundred_thousandth():
    said = vae_gan.of_sums(Optimizer("rmsprop", 0.025, decay=1.0), 64, 1000)
    rates = [64 * said.rate(updates, 0) for updates in (0, 1, 500, 1000)]
    expected = [0.025 - (updates / 1000) ** 0.75 * (0.025 - 1e-5) for updates in (0, 1, 500, 1000)]
    np.testing.assert_allclose(rates, expected, rtol=1e-9)
    assert rates[0] == 0.025 and rates[-1] == pytest.approx(1e-5)
    assert (said.square_start, said.epsilon, said.epsilon_outside) == (0.0, 1e-8, True)
    late = vae_gan.of_sums(Optimizer("rmsprop", 0.025, decay=0.5), 64, 1000)
    assert 64 * late.rate(500, 0) == 0.025 > 64 * late.rate(501, 0)
    assert vae_gan.of_sums(Optimizer("sgd", 0.5), 4, 1000).rate == 0.125


def test_l2_is_of_kernels_but_not_of_the_layer_that_gives_codes():
    gan = _gan("vae_gan")
    paths = [each.path for each in gan.players["encoder"].network.trainable_variables]
    regularized = {path for path in paths if vae_gan.is_regularized(path)}
    assert regularized == {path for path in paths if path.endswith("kernel") and "/code/" not in path}
    assert len(regularized) == 4 and any("/code/" in path for path in paths)


def test_divergence_is_in_nats_per_image():
    # Whatever the size of images and batch: half a nat for each latent whose mean is 1.
    zeros = tf.zeros([3, 5])
    assert float(vae_gan.divergence(zeros, zeros)) == 0
    assert float(vae_gan.divergence(zeros + 1.0, zeros)) == pytest.approx(2.5)
    variance = 4.0
    expected = 0.5 * 5 * (variance - 1 - np.log(variance))
    assert float(vae_gan.divergence(zeros, zeros + np.log(variance))) == pytest.approx(expected, rel=1e-6)


def test_the_layer_that_is_compared_is_the_last_convolution_before_its_normalization():
    gan = _gan("vae_gan")
    chain = gan.discriminator.chain
    assert [link.name for link in (gan.compared_links()[-1], vae_gan.links_until(chain, 2)[-1])] == [
        "d_conv4", "d_conv2"
    ]  # fmt: skip
    assert vae_gan.links_until(chain, 5)[-1].name == "d_fc5"
    assert vae_gan.links_until(_gan("vae_gan", architecture="mlp").discriminator.chain, 0)[-1].name == "d_fc3"
    with pytest.raises(UserError, match=r"similarity_layer is 6, but the discriminator has 5 layers"):
        _gan("vae_gan", similarity_layer=6)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"gan": "aae", "conditional": True}, "gan=aae needs conditional=false"),
        ({"gan": "aae_semi_supervised", "conditional": False}, "gan=aae_semi_supervised needs conditional=true"),
        (
            {"gan": "aae_semi_supervised", "architecture": "mlp", "d_normalization": "conditional_batch"},
            "tells classes, which it must not be",
        ),
        ({"gan": "aae_clustering", "loss": "hinge"}, "has an objective of its own and no logits"),
        ({"gan": "vae_gan", "z_distribution": "uniform"}, "gan=vae_gan needs z_distribution=normal"),
        ({"gan": "bigan", "posterior": "gaussian"}, "gan bigan has no place for posterior"),
        ({"gan": "aae", "clusters": 4}, "gan aae has no place for clusters"),
        ({"gan": "vae_gan", "similarity_weight": 1.5}, "similarity_weight"),
    ],
)
def test_what_does_not_go_with_it_is_refused(changes, words):
    with pytest.raises(UserError, match=words):
        Options.from_dict({"dataset": "mnist"} | changes)


def test_a_type_brings_what_the_architecture_that_it_brings_does():
    options = Options.from_dict({"dataset": "mnist", "gan": "vae_gan"})
    assert (options.architecture, options.d_normalization, options.batch_norm_epsilon) == ("vae_gan", "batch", 1e-6)
    options = Options.from_dict({"dataset": "mnist", "gan": "aae", "architecture": "infogan"})
    assert (options.g_normalization, options.initializer_stddev) == ("batch", 0.02)
