"""Which task is next, and what becomes of one that failed; nothing here starts anything."""

from __future__ import annotations

import collections
import dataclasses
import pathlib
from collections.abc import Collection, Hashable, Iterable

from compare_gan_tf2.studies import failures

# Of so many tasks that failed, with one message and none that went well, it is not the tasks.
ALIKE = 3
# So many in a row, each within so many seconds, and it is not the tasks either, but the worker's machine.
STREAK, STREAK_SECONDS = 3, 60.0
# A task whose process is gone so often is not taken over any more.
MOST_DEATHS = 3


@dataclasses.dataclass
class Job:
    """A task to be run.

    Attributes:
        number: of the task.
        threads: within an operation, and operations at a time.
        form: the same of tasks that one trace serves.
        failed: how often it failed.
        died: how often the process that was at it was gone.
        can_be_freed: whether its last failure may be one of the machine.
    """

    number: int
    threads: tuple[int, int]
    form: Hashable
    failed: int = 0
    died: int = 0
    can_be_freed: bool = False


class Queue:
    """Tasks that wait.

    Args:
        jobs: in the order in which they are begun, as far as nothing else matters.
        retries: how often a task that failed is tried again.
    """

    def __init__(self, jobs: Iterable[Job], retries: int):
        self._jobs = collections.deque(jobs)
        self._retries = retries
        self._has_succeeded = False
        self._lines: dict[int, str] = {}  # of tasks that failed

    def __len__(self) -> int:
        return len(self._jobs)

    def counts(self) -> collections.Counter[tuple[int, int]]:
        """How many tasks wait for processes of which threads, in their order."""
        return collections.Counter(job.threads for job in self._jobs)

    def take(self, threads: tuple[int, int], traced: Collection[Hashable], others: Collection[Hashable]) -> Job | None:
        """The next task for a process; None if none is for it.

        Args:
            threads: of the process.
            traced: forms whose traces it has: their tasks come first, those of the newest one before all.
            others: forms that other processes have: their tasks come last.
        """
        fitting = [job for job in self._jobs if job.threads == threads]
        for form in reversed(list(traced)):
            if found := next((job for job in fitting if job.form == form and not job.failed), None):
                break
        else:
            fresh = (job for job in fitting if job.form not in others and not job.failed)
            # Of the form that keeps its processes busy longest.
            waiting = collections.Counter(job.form for job in fitting)
            late = max(fitting, key=lambda job: (not job.failed, waiting[job.form]), default=None)
            found = next(fresh, late)
        if found:
            self._jobs.remove(found)
        return found

    def put_first(self, job: Job) -> None:
        """Back to where it is taken from next."""
        self._jobs.appendleft(job)

    def put_last(self, job: Job) -> None:
        """Back, after all others."""
        self._jobs.append(job)

    def succeeded(self, job: Job) -> None:
        """A task went well."""
        self._has_succeeded = True
        self._lines.pop(job.number, None)

    def failed(self, job: Job, line: str, kind: str, folder: pathlib.Path) -> bool:
        """A task failed; gives whether it is tried again, for which it waits behind the others."""
        job.failed += 1
        self._lines[job.number] = failures.reason(line, folder)
        job.can_be_freed = kind == failures.ERROR
        again = job.can_be_freed and job.failed <= self._retries
        if again:
            self.put_last(job)
        return again

    def free(self, streak: Iterable[Job]) -> None:
        """Tasks that failed where no task goes well wait again, as often as they may fail."""
        for job in {job.number: job for job in streak}.values():
            is_waiting = any(each is job for each in self._jobs)
            job.failed = max(0, job.failed - 1)
            if job.can_be_freed and not is_waiting:
                self.put_last(job)

    @property
    def common_line(self) -> str:
        """What three of three tasks failed with, or more; "" where that is not so."""
        lines = set(self._lines.values())
        is_so = len(self._lines) >= ALIKE and len(lines) == 1 and not self._has_succeeded
        return lines.pop() if is_so else ""


def is_machine(streak: Collection[Job], has_succeeded: bool) -> bool:
    """Whether failures in a row tell of the machine: of several tasks, and not of one form that may be the reason."""
    tasks, forms = {job.number for job in streak}, {job.form for job in streak}
    return len(tasks) >= STREAK and (len(forms) > 1 or not has_succeeded)
