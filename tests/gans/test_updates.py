"""What players, averages, turns and optimizers of a GAN type may say of an update, each in a small type of its own."""

import dataclasses

import numpy as np
import pytest
import tensorflow as tf

from compare_gan_tf2.datasets import catalog
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.gans import Average, Optimizer, Player, Stream, Term, Turn, optimizers
from compare_gan_tf2.gans.base import BaseGan
from compare_gan_tf2.options import Options

SMALL = Options.from_dict({"dataset": "mnist", "architecture": "mlp", "width": 0.05, "z_dim": 4, "batch_size": 8})
DATA = dataclasses.replace(catalog.find("mnist"), image_shape=(8, 8, 1))


class _Drawing(BaseGan):
    """A generator whose images are to be bright; its update reads nothing."""

    averaging: Average | None = None
    optimizer = Optimizer("sgd", 0.5)

    def setup(self):
        self.players["generator"] = Player(self.build_generator, average=self.averaging)
        self.streams["z"] = Stream(
            tf.TensorSpec([None, 4]), lambda n, purpose, seed: seed.draw("normal", purpose, [n, 4])
        )
        self.optimizers["g"] = self.optimizer
        self.seen = []

    def turns(self):
        return [Turn(("generator",), self.g, "generator")]

    def g(self, z):
        self.seen.append(z)
        return {"g": -tf.reduce_mean(self.players["generator"](z))}


def _values(network):
    return {name: each.numpy() for name, each in network.named_variables().items()}


def _stepped(gan, *steps):
    for step in steps:
        gan.train_step(tf.zeros([0]), tf.zeros([0]), tf.constant(step, tf.int64))
    return _values(gan.players["generator"].network)


def test_optimizers_are_made_once_and_for_what_trains_alone(monkeypatch):
    made, create = [], optimizers.create
    monkeypatch.setattr(optimizers, "create", lambda *given, **more: made.append(given) or create(*given, **more))
    monkeypatch.setattr(_Drawing, "optimizer", Optimizer("rmsprop", 0.5))
    gan = _Drawing(SMALL, DATA)
    gan.evaluated_parts(), gan.generator(tf.zeros([2, 4]))
    assert not made
    # Made while a step is traced, and not as a part of it: the squares are there at once, and not set in every step.
    step = tf.function(gan.train_step, autograph=False).get_concrete_function(
        tf.zeros([0]), tf.zeros([0]), tf.constant(1, tf.int64)
    )
    squares = [each for name, each in gan.tracked()["g_optimizer"].items() if name.endswith("velocity")]
    assert all((each.numpy() == 1.0).all() for each in squares)
    step(tf.zeros([0]), tf.zeros([0]), tf.constant(1, tf.int64))
    assert any((each.numpy() != 1.0).any() for each in squares) and len(made) == 1
    with tf.distribute.OneDeviceStrategy("/cpu:0").scope():
        _Drawing(SMALL, DATA)
    assert len(made) == 2


def _kinds(**members):
    return type("Kind", (_Drawing,), members)(SMALL, DATA)


def test_an_average_starts_at_zero_or_as_a_copy_and_takes_weights_before_or_after():
    averages = {
        (start, takes): _kinds(averaging=Average(0.75, start=start, takes=takes))
        for start in ("copy", "zero") for takes in ("after", "before")
    }  # fmt: skip
    for (start, takes), gan in averages.items():
        initial = _values(gan.generator)
        latest = _stepped(gan, 1)
        for name, value in _values(gan.average).items():
            if name.endswith(("kernel", "bias")):
                first = initial[name] if start == "copy" else 0.0 * initial[name]
                taken = latest[name] if takes == "after" else initial[name]
                np.testing.assert_allclose(value, 0.75 * first + 0.25 * taken, rtol=1e-6, atol=1e-8, err_msg=name)
        assert any(np.any(latest[name] != initial[name]) for name in latest)
    with pytest.raises(ValueError, match="'copy' or 'zero', and not 'none'"):
        Average(0.5, start="none")


def test_one_minus_a_decay_that_is_a_number_is_taken_in_float64():
    gan = _kinds(averaging=Average(0.9999, takes="before"))
    for variable in gan.average.trainable_variables:
        variable.assign(variable * 0)
    initial = _values(gan.generator)
    _stepped(gan, 1)
    name = next(name for name in initial if name.endswith("kernel"))
    assert np.float32(1) - np.float32(0.9999) != np.float32(1e-4)
    np.testing.assert_array_equal(_values(gan.average)[name], np.float32(1 - 0.9999) * initial[name])


def test_a_turn_has_rows_of_its_own():
    for rows in (0, 4):
        gan = _kinds(turns=lambda self, rows=rows: [Turn(("generator",), self.g, "generator", rows=rows)])
        _stepped(gan, 1)
        assert [z.shape[0] for z in gan.seen] == [rows or 8]


def test_rows_that_cannot_be_shared_are_refused():
    changes = {"turns": lambda self: [Turn(("generator",), self.g, "generator", rows=6)]}
    gan = type("Kind", (_Drawing,), changes)(SMALL.replace(accumulation_steps=4), DATA)
    with pytest.raises(UserError, match="update of generator takes 6 rows .'generator'., which 4 replicas and micro"):
        _stepped(gan, 1)


def test_an_optimizer_begins_anew_in_a_turn_without_an_objective():
    def turns(self):
        restart = Turn(("generator",), None, "restart", when=lambda step: step == 3)
        return [restart, Turn(("generator",), self.g, "generator")]

    gan = _kinds(turns=turns, optimizer=Optimizer("adam", 0.1))
    counts = []
    for step in (1, 2, 3, 4):
        _stepped(gan, step)
        counts.append(int(gan.engine.updates.optimizers["g", "generator"].iterations))
    assert counts == [1, 2, 1, 2]


@pytest.mark.parametrize("unreached", ["counted", "zero"])
def test_variables_that_an_objective_does_not_reach_stay_or_move_by_their_momentum(unreached):
    def turns(self):
        def nothing(z):
            return {"nothing": Term(tf.reduce_mean(z))}

        return [
            Turn(("generator",), self.g, "generator", when=lambda step: step == 1),
            Turn(("generator",), nothing, "nothing", when=lambda step: step == 2),
        ]

    gan = _kinds(turns=turns, optimizer=Optimizer("adam", 0.1, unreached=unreached))
    first, second = _stepped(gan, 1), _stepped(gan, 2)
    moved = any(np.any(first[name] != second[name]) for name in first if name.endswith("kernel"))
    assert moved == (unreached == "zero")
    assert int(gan.engine.updates.optimizers["g", "generator"].iterations) == 2


def test_l2_adds_the_weights_to_their_gradient():
    plain, decayed = _kinds(), _kinds(optimizer=Optimizer("sgd", 0.5, l2=0.1))
    initial, without, found = _values(plain.generator), _stepped(plain, 1), _stepped(decayed, 1)
    name = next(name for name in initial if name.endswith("kernel"))
    np.testing.assert_allclose(found[name], without[name] - 0.5 * 0.1 * initial[name], rtol=1e-6, atol=1e-8)


def test_l2_can_be_of_some_variables_alone():
    kinds = [Optimizer("sgd", 0.5, l2=0.1, l2_of=each) for each in (None, lambda path: path.endswith("/kernel"))]
    of_all, of_kernels, plain = (_kinds(optimizer=each) for each in (*kinds, Optimizer("sgd", 0.5)))
    for gan in (of_all, of_kernels, plain):
        for variable in gan.generator.trainable_variables:
            variable.assign(variable + 0.1)
    of_all, of_kernels, plain = (_stepped(gan, 1) for gan in (of_all, of_kernels, plain))
    for name, value in of_kernels.items():
        np.testing.assert_array_equal(value, (of_all if name.endswith("/kernel") else plain)[name])
    assert any(np.any(of_all[name] != plain[name]) for name in plain if name.endswith(("/bias", "/gamma")))


def test_gradients_that_are_too_long_are_shortened_together():
    plain, short, long = (_kinds(optimizer=Optimizer("sgd", 1.0, gradient_norm=each)) for each in (0.0, 0.01, 100.0))
    before = _values(plain.generator)
    moves = []
    for gan in (plain, short, long):
        after = _stepped(gan, 1)
        moves.append(np.concatenate([(after[name] - before[name]).ravel() for name in before if "moving" not in name]))
    whole = np.linalg.norm(moves[0])
    assert whole > 0.02
    np.testing.assert_allclose(moves[1], moves[0] * 0.01 / whole, rtol=1e-4, atol=2e-7)
    np.testing.assert_array_equal(moves[2], moves[0])


def test_a_gate_holds_a_player_and_its_optimizer_back_while_it_says_so():
    class Gated(_Drawing):
        optimizer = Optimizer("adam", 0.1, historical=0.1)

        def turns(self):
            return [Turn(("generator",), self.g, "generator", gate=lambda g: {"generator": g < self.bound})]

    gan = Gated(SMALL, DATA)
    before = {part: {name: each.numpy() for name, each in named.items()} for part, named in gan.tracked().items()}
    gan.bound = -10.0
    measured = gan.train_step(tf.zeros([0]), tf.zeros([0]), tf.constant(1, tf.int64))
    assert float(measured["moves/generator"]) == 0.0
    for part, named in gan.tracked().items():
        for name, each in named.items():
            assert "moving" in name or np.array_equal(each.numpy(), before[part][name]), name
    gan.bound = 10.0
    measured = gan.train_step(tf.zeros([0]), tf.zeros([0]), tf.constant(2, tf.int64))
    assert float(measured["moves/generator"]) == 1.0
    assert all(np.any(each != before["generator"][name]) for name, each in _values(gan.generator).items())


def test_a_gate_that_asks_for_no_term_of_its_turn_is_refused():
    def turns(self):
        return [Turn(("generator",), self.g, "generator", gate=lambda cost: {"generator": cost < 0})]

    with pytest.raises(ValueError, match="gate of turn 'generator' asks for 'cost'"):
        _stepped(_kinds(turns=turns), 1)


class _Frozen(_Drawing):
    def setup(self):
        super().setup()
        self.players["critic"] = Player(self.build_discriminator, frozen=True)

    def g(self, z):
        image = self.players["generator"](z)
        return {"g": -tf.reduce_mean(self.players["critic"](image)[0])}


def test_a_frozen_player_passes_gradients_on_and_is_in_no_checkpoint():
    gan = _Frozen(SMALL, DATA)
    critic, before = _values(gan.players["critic"].network), _values(gan.generator)
    after = _stepped(gan, 1)
    assert any(np.any(after[name] != before[name]) for name in after)
    for name, value in _values(gan.players["critic"].network).items():
        np.testing.assert_array_equal(value, critic[name])
    assert "critic" in gan.networks() and "critic" not in gan.tracked()
    with pytest.raises(ValueError, match="moves critic, which is frozen"):
        type("Moving", (_Frozen,), {"turns": lambda self: [Turn(("critic",), self.g, "critic")]})(SMALL, DATA)
