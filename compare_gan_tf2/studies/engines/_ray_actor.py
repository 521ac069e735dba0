"""What a Ray actor is: the keeper of one worker process of its node, which does as the keeper is told from afar.

The worker is a process of its own, and not the actor: training has to have its main thread, to which signals come, and
nothing of what Ray sets up. It leaves its task, with a checkpoint, also when the actor is killed.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

from compare_gan_tf2.studies.engines._processes import COMMAND, Process, end

# Calls that an actor has to take at a time: one waits for answers, the others give orders.
CALLS = 4


class Actor:
    """Keeps one worker process.

    Args:
        command: that starts it; the usual one of the node if None.
        order: its first order.
        threads: that its tasks compute with, within an operation and operations at a time.
        environment: variables that it is to have as where the engine runs; None of those that are not set there.
    """

    def __init__(
        self,
        command: Sequence[str] | None,
        order: dict[str, Any],
        threads: tuple[int, int],
        environment: Mapping[str, str | None],
    ):
        for name, value in environment.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value
        self._process = Process(command or COMMAND, order, threads)

    def send(self, order: dict[str, Any]) -> None:
        """Has it carry out an order."""
        self._process.send(order)

    def answers(self) -> list[dict[str, Any]] | str:
        """Waits for what it says next; how it ended if it has ended."""
        said = self._process.answers()
        return self._process.how_it_ended() if said is None else said

    def end(self, at_once: bool) -> None:
        """Ends it, as `_processes.end` does."""
        end([self._process], at_once=at_once)
