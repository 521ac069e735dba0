"""Notices a network that training does not move: a mistake in a GAN type, or gradients that are 0 from the start."""

from __future__ import annotations

import hashlib

import keras

from compare_gan_tf2.errors import UserError
from compare_gan_tf2.gans.base import BaseGan

# The step by which every player has to have moved.
STEP = 10


class Unmoved:
    """Remembers a GAN's weights before the first step.

    Left out are players that need not move so soon: those behind a gate, and of float16 all, whose first updates are
    taken back until the loss scale fits.

    Args:
        gan: with its initial weights.
    """

    def __init__(self, gan: BaseGan):
        self._gan = gan
        turns = [turn for turn in gan.engine.turns if turn.gate is None]
        if gan.options.precision == "mixed_float16":
            turns = []
        self._before = {
            name: _digest(player.network)
            for name, player in gan.players.items()
            if not player.frozen and player.network.trainable_variables and any(name in turn.moves for turn in turns)
        }

    def check(self, step: int) -> None:
        """UserError if one of them has the weights that it began with, although its turn has come.

        Args:
            step: that the training has reached.
        """
        for name, before in self._before.items():
            turns = [turn for turn in self._gan.engine.turns if name in turn.moves and turn.gate is None]
            has_come = any(turn.when(number) for turn in turns for number in range(1, step + 1))
            if has_come and _digest(self._gan.players[name].network) == before:
                raise UserError(
                    f"player {name} has not moved in the first {step} steps: its gradients are 0, or too small for its "
                    "learning rate; look at --gradient_norms, and at the architecture's and the loss's options"
                )


def _digest(network: keras.Model) -> bytes:
    found = hashlib.blake2b(digest_size=16)
    for variable in network.trainable_variables:
        found.update(keras.ops.convert_to_numpy(variable).tobytes())
    return found.digest()
