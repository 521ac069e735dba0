"""What an engine knows of a worker process, wherever that is."""

from __future__ import annotations

import abc
import collections
import contextlib
import time
from collections.abc import Hashable
from typing import Any

from compare_gan_tf2.studies.engines._queue import Job

# Forms of tasks whose traces a worker keeps.
_KEPT = 2


class Handle(abc.ABC):
    """One worker process.

    Args:
        threads: that its tasks compute with, within an operation and operations at a time.

    Attributes:
        job: at hand, if there is one.
        started: when that was handed over, by the steady clock.
        is_ready: whether it has said so.
        is_retired: whether it gets no more orders.
        is_lost: of one that has ended: whether that was its machine, and a new one may go well.
        forms: of the tasks whose traces it has, the newest last.
        streak: jobs that failed in a row within a minute each.
        has_succeeded: whether any task went well.
    """

    def __init__(self, threads: tuple[int, int]):
        self.threads = threads
        self.job: Job | None = None
        self.started = 0.0
        self.is_ready = self.is_retired = self.is_lost = self.has_succeeded = False
        self.forms: collections.deque[Hashable] = collections.deque(maxlen=_KEPT)
        self.streak: list[Job] = []

    def hand(self, job: Job) -> None:
        """Gives it a task."""
        self.job, self.started = job, time.monotonic()
        with contextlib.suppress(ValueError):
            self.forms.remove(job.form)
        self.forms.append(job.form)
        self.send({"number": job.number})

    @abc.abstractmethod
    def send(self, order: dict[str, Any]) -> None:
        """Has it carry out an order; nothing happens if it is gone, which its answers tell."""

    @abc.abstractmethod
    def retire(self) -> None:
        """Has it end once it is idle; at once if it has no task."""

    @abc.abstractmethod
    def answers(self) -> list[dict[str, Any]] | None:
        """What it said since the last call; None once it has ended. To be called when there is something to read."""

    @abc.abstractmethod
    def how_it_ended(self) -> str:
        """Of one that has ended, in words, with the last line that it printed outside of tasks."""

    @abc.abstractmethod
    def close(self) -> None:
        """Frees what is kept of one that has ended."""
