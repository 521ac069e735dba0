"""Every GAN type: a turn changes the players that it names and no other, and none that should move stands still."""

import hashlib

import pytest
import tensorflow as tf

from compare_gan_tf2 import components
from compare_gan_tf2.gans.base import build
from compare_gan_tf2.options import Options
from tests.test_every_gan_type import OPTIONS, SHARED

DUE_UPDATES = 10


def _hashes(gan):
    """Of all variables of every player's network, trained or not."""
    found = {}
    for name, player in gan.players.items():
        digest = hashlib.sha256()
        for variable in player.network.variables:
            digest.update(variable.numpy().tobytes())
        found[name] = digest.hexdigest()
    return found


def _rows(gan, step):
    """Random rows for all that any turn of a step reads."""
    size = gan.options.batch_size
    found = {}
    for number, (name, stream) in enumerate(gan.streams.items()):
        if stream.draw is None:
            shape = [size, *stream.spec.shape[1:]]
            if stream.spec.dtype.is_integer:
                found[name] = tf.random.stateless_uniform(shape, [step, number], 0, 2, tf.int32)
            else:
                found[name] = tf.random.stateless_uniform(shape, [step, number])
    return {turn.reading: found for turn in gan.engine.turns}


def faults(gan):
    """What is wrong with who moves, one line each; takes steps until every turn had ten updates or all have moved."""
    engine, take = gan.engine, gan.engine._take
    changed, due, lines = set(), dict.fromkeys(gan.players, 0), []

    def watched(place, *arguments):
        turn, before = engine.turns[place], _hashes(gan)
        measured = take(place, *arguments)
        moved = {name for name, digest in _hashes(gan).items() if digest != before[name]}
        changed.update(moved)
        for name in turn.moves if turn.objective else ():
            due[name] += 1
        lines.extend(f"{turn.draws} changes {name}" for name in sorted(moved - set(turn.moves)))
        return measured

    engine._take = watched
    to_move = {name for name, player in gan.players.items() if not player.frozen}
    for step in range(1, 100):
        engine.step(_rows(gan, step), tf.constant(step, tf.int64), engine.due(step), None)
        late = {name for name in to_move - changed if due[name] >= DUE_UPDATES}
        if late or to_move <= changed:
            break
    return lines + [f"{name} stands still" for name in sorted(to_move - changed)]


def _gan(name):
    return build(Options.from_dict(SHARED | {"gan": name} | OPTIONS.get(name, {})))


@pytest.mark.parametrize("name", components.names("gans"))
def test_only_what_a_turn_moves_has_changed_and_everybody_has(name):
    assert faults(_gan(name)) == []


def test_a_player_that_is_moved_unseen_or_never_is_found():
    gan = _gan("modular")
    weights = gan.generator.trainable_variables[0]
    objective = gan.engine.turns[0].objective

    def meddling(*arguments, **more):
        weights.assign_add(tf.ones_like(weights))
        return objective(*arguments, **more)

    object.__setattr__(gan.engine.turns[0], "objective", meddling)
    assert faults(gan) == ["discriminator/0 changes generator"]
    gan = _gan("modular")
    gan.engine.updates.move = lambda *arguments: None
    found = faults(gan)
    assert "generator stands still" in found or "discriminator stands still" in found
