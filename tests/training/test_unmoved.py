"""A network that training does not move is an error with its name, as soon as it should have moved."""

import types

import keras
import pytest

from compare_gan_tf2.errors import UserError
from compare_gan_tf2.gans import Turn, always
from compare_gan_tf2.task_folder import checkpoints
from compare_gan_tf2.training import loop, unmoved


def player(frozen=False):
    network = types.SimpleNamespace(trainable_variables=[keras.Variable([1.0, 2.0]), keras.Variable(3.0)])
    return types.SimpleNamespace(network=network, frozen=frozen)


def gan(*turns, precision="float32", **players):
    return types.SimpleNamespace(
        options=types.SimpleNamespace(precision=precision),
        engine=types.SimpleNamespace(turns=turns, plan=lambda: None),
        players=players,
    )


def turn(*moves, when=always, gate=None):
    return Turn(moves, lambda: {}, "turn", when=when, gate=gate)


def move(one):
    one.network.trainable_variables[1].assign_add(1e-6)


def test_who_stands_still_is_named_and_who_moves_is_not():
    made = gan(turn("encoder", "generator"), encoder=player(), generator=player())
    watched = unmoved.Unmoved(made)
    move(made.players["generator"])
    with pytest.raises(UserError, match="player encoder has not moved in the first 10 steps: its gradients are 0"):
        watched.check(10)
    move(made.players["encoder"])
    watched.check(10)


@pytest.mark.parametrize(
    ("turns", "more"),
    [
        ([turn("critic", gate=lambda: {})], {}),
        ([turn("critic", when=lambda step: step > 10)], {}),
        ([turn()], {}),
        ([turn("critic")], {"precision": "mixed_float16"}),
        ([turn("critic")], {"frozen": True}),
    ],
)
def test_who_need_not_move_yet_is_no_error(turns, more):
    made = gan(*turns, precision=more.pop("precision", "float32"), critic=player(**more))
    unmoved.Unmoved(made).check(10)


@pytest.mark.parametrize("first", [0, 4])
def test_a_training_that_begins_looks_once_and_one_that_goes_on_does_not(first, monkeypatch):
    made = gan(turn("encoder"), encoder=player())
    training = object.__new__(loop._Training)
    training.gan, training._sources, training._folder, training._strategy = made, {}, None, None
    training._options = types.SimpleNamespace(training_steps=30, seed=0, save_initial=False)
    monkeypatch.setattr(loop.distribution, "workers", lambda strategy: (0, 1))
    monkeypatch.setattr(loop.streams, "StepRows", lambda *_, **more: None)
    monkeypatch.setattr(checkpoints, "next_due", lambda step, options: 30)
    monkeypatch.setattr(checkpoints, "is_due", lambda step, options: False)
    told = []
    record = types.SimpleNamespace(steps=lambda step, measured: told.append(step), done=lambda step: step)
    stepper = types.SimpleNamespace(
        steps_per_call=4, run=lambda batches, count, step, wants_to_leave: ([{"loss": 1.0}] * count, False)
    )
    profiled = types.SimpleNamespace(call=lambda count: loop.contextlib.nullcontext())

    def run():
        return training.run(stepper, record, first, lambda: False, profiled)

    if first:
        assert run() == 30
        return
    with pytest.raises(UserError, match="player encoder has not moved in the first 12 steps"):
        run()
    assert told == [0, 4]  # twice as many steps at a time where they are fast
