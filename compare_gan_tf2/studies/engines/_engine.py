"""Runs tasks in worker processes that stay: TensorFlow, data and traces serve one task after another.

This process imports no TensorFlow. It hands out tasks one by one, each worker claims its own in the task's folder, so
that engines on other machines may be at the same study. What became of a task is read from its folder in the end.
"""

from __future__ import annotations

import contextlib
import pathlib
import time
from collections.abc import Hashable, Sequence
from typing import Any, Protocol

from compare_gan_tf2.errors import UserError
from compare_gan_tf2.studies import failures, state
from compare_gan_tf2.studies.attempts import FAILED, HELD, LOG_FILE
from compare_gan_tf2.studies.engines import Failure, RunPlan, Summary
from compare_gan_tf2.studies.engines._display import Display
from compare_gan_tf2.studies.engines._handle import Handle
from compare_gan_tf2.studies.engines._queue import MOST_DEATHS, STREAK_SECONDS, Job, Queue, is_machine
from compare_gan_tf2.task_folder import tasks, threads
from compare_gan_tf2.training.untraced import FREE

_SECONDS_BETWEEN_LOOKS = 1.0
_SECONDS_BETWEEN_LOOKS_ELSEWHERE = 5.0


class Pool(Protocol):
    """Where worker processes come from."""

    def most(self, threads: int) -> int:
        """How many tasks run side by side where nobody says it.

        Args:
            threads: that a task computes with.
        """

    def start(self, order: dict[str, Any], threads: tuple[int, int]) -> Handle:
        """Starts a worker.

        Args:
            order: its first one.
            threads: that its tasks compute with, within an operation and operations at a time.
        """

    def that_spoke(self, seconds: float) -> Sequence[Handle]:
        """Workers that have answers, or have ended; waits for so many seconds at most."""

    def forget(self, process: Handle) -> None:
        """A worker that has ended is asked no more."""

    def end(self, *, at_once: bool) -> None:
        """Ends all workers, which leave their tasks with a checkpoint if that is to be at once, and waits for it."""


def run(workdir: pathlib.Path, plan: RunPlan, pool: Pool) -> Summary:
    """Runs all tasks that are not done; see the package.

    Args:
        workdir: of the study.
        plan: what is asked for.
        pool: of worker processes.

    Raises:
        UserError: if no worker can start.
        KeyboardInterrupt: after Ctrl-C, once all workers have left their tasks, which go on from there.
    """
    with Display() as display:
        engine = _Engine(workdir, plan, pool, display)
        try:
            engine.run()
        except BaseException:
            engine.end(at_once=True)
            raise
        engine.end(at_once=engine.has_stopped)
    return engine.summary()


class _Engine:
    """One run of the tasks of a study."""

    def __init__(self, workdir: pathlib.Path, plan: RunPlan, pool: Pool, display: Display):
        self._workdir, self._plan, self._pool, self._display = workdir, plan, pool, display
        states = [each for each in state.of_study(workdir) if plan.numbers is None or each.number in plan.numbers]
        self._numbers = plan.numbers if plan.numbers is not None else tuple(each.number for each in states)
        self._labels = {each.number: _label(each) for each in states}
        self._over = {each.number for each in states if self._is_over(each)}
        due = [each for each in states if each.number not in self._over and each.state != "damaged"]
        jobs = {each.number: self._job(each) for each in due}
        # What was begun first: it holds checkpoints.
        order = sorted(due, key=lambda each: (each.state == "waiting", each.number))
        self._queue = Queue((jobs[each.number] for each in order if each.state != "running"), plan.retries)
        self._elsewhere = {each.number: jobs[each.number] for each in due if each.state == "running"}
        self._most = plan.jobs or pool.most(max((job.threads[0] for job in jobs.values()), default=plan.threads))
        self._processes: list[Handle] = []
        self._lines: dict[int, str] = {}  # of tasks that failed in this run
        self._unable = ""
        self._last_reason = ""  # of a failure, as it was said last
        self._next_look = 0.0
        self.has_stopped = False
        self._say_what_failed(states)

    def _job(self, each: state.TaskState) -> Job:
        said: dict[str, Any] = {}
        with contextlib.suppress(UserError):  # which its worker says
            said = threads.read(self._folder(each.number))
        within, operations = (int(said.get(name) or self._plan.threads) for name in threads.THREADS)
        form = tuple((name, value) for name, value in each.options.items() if name not in FREE)
        return Job(each.number, (within, operations), form)

    def _say_what_failed(self, states: Sequence[state.TaskState]) -> None:
        before = [each for each in states if each.state == "failed"]
        if before:
            count = f"{len(before)} failed task{'s' * (len(before) > 1)}"
            self._say(f"trying again {count}; task {before[0].number}: {before[0].reason}")

    def run(self) -> None:
        """Returns when there is nothing left to do, or no sense in going on."""
        while not self.has_stopped and (len(self._queue) or self._elsewhere or any(p.job for p in self._processes)):
            self._start_processes()
            self._hand_out()
            for process in self._pool.that_spoke(_SECONDS_BETWEEN_LOOKS):
                answers = process.answers()
                if answers is None:
                    self._ended(process)
                for each in answers or ():
                    self._answered(process, each)
            self._look_elsewhere()
            self._show()

    def end(self, *, at_once: bool) -> None:
        """Ends all workers, and waits until they are gone."""
        self._display.table([])
        self._pool.end(at_once=at_once)

    def summary(self) -> Summary:
        """What became of the tasks, by their folders."""
        if self._unable and not self._over:
            raise UserError(f"no worker can start: {self._unable}")
        now = {each.number: each for each in state.of_study(self._workdir)}
        done, failed, diverged, undone = [], [], [], []
        for number in self._numbers:
            each, log = now.get(number), self._folder(number) / LOG_FILE
            if each and self._is_over(each):
                done.append(number)
                diverged += [number] * (each.state == "diverged")
            elif each and each.state in ("failed", "damaged"):
                failed.append(Failure(number, each.reason, pathlib.Path(each.log) if each.log else log))
            elif number in self._lines:
                failed.append(Failure(number, self._lines[number], log))
            else:
                undone.append(number)
        return Summary(tuple(done), tuple(failed), tuple(undone), tuple(diverged))

    def _is_over(self, each: state.TaskState) -> bool:
        """Whether nothing is left to do of a task, or nothing until the step at which all pause."""
        return each.is_over or state.has_paused(self._folder(each.number), each, self._plan.until)

    def _folder(self, number: int) -> pathlib.Path:
        return self._workdir / str(number)

    def _say(self, text: str) -> None:
        self._display.event(f"study {len(self._over)}/{len(self._numbers)}: {text}")

    def _start_processes(self) -> None:
        """Starts as many as there is work for, of the threads that are asked for."""
        idle = [each.threads for each in self._processes if not each.job and not each.is_retired]
        for wanted, count in self._queue.counts().items():
            for _ in range(count - idle.count(wanted)):
                if len(self._processes) >= self._most:
                    return
                self._start(wanted)

    def _start(self, wanted: tuple[int, int]) -> None:
        order = {
            "workdir": str(self._workdir.absolute()),
            "dataset_root": self._plan.dataset_root,
            "cache_dir": self._plan.cache_dir,
            "export": self._plan.export,
            "until": self._plan.until,
            "watch_with": self._plan.watch_with,
            "watch_dir": self._plan.watch_dir,
            "gradient_norms": self._plan.gradient_norms,
        }
        self._processes.append(self._pool.start(order, wanted))

    def _hand_out(self) -> None:
        """Gives every idle worker a task; one that has none makes room for one with other threads."""
        for process in self._processes:
            if not process.is_ready or process.job or process.is_retired:
                continue
            others: set[Hashable] = set()
            for each in self._processes:
                if each is not process:
                    others.update(each.forms)
            job = self._queue.take(process.threads, process.forms, others)
            if job:
                process.hand(job)
            elif len(self._queue) and len(self._processes) >= self._most:
                process.retire()

    def _answered(self, process: Handle, said: dict[str, Any]) -> None:
        if said["event"] == "ready":
            process.is_ready = True
        elif said["event"] == "unable":
            process.is_retired = True
            self._cannot_start(said["line"])
        elif process.job:
            job, process.job = process.job, None
            if said["state"] == HELD:
                self._elsewhere[job.number] = job
                self._say(f"task {job.number} is run elsewhere ({said['line']})")
            elif said["state"] == FAILED:
                self._failed(process, job, said)
            else:
                self._succeeded(process, job, said)

    def _succeeded(self, process: Handle, job: Job, said: dict[str, Any]) -> None:
        self._over.add(job.number)
        self._lines.pop(job.number, None)
        self._queue.succeeded(job)
        process.has_succeeded, process.streak = True, []
        fid = "" if said["fid"] is None else f", FID {said['fid']:.3g}"
        self._say(f"task {job.number} {said['state']}{fid}, {state.duration(said['seconds'])}")

    def _failed(self, process: Handle, job: Job, said: dict[str, Any]) -> None:
        again = self._queue.failed(job, said["line"], said["kind"], self._folder(job.number))
        self._say_failed(job.number, said["line"], again)
        # Those of its kind wait, so that a failure of another tells whether it is the machine.
        with contextlib.suppress(ValueError):
            process.forms.remove(job.form)
        process.streak = [*process.streak, job] if said["seconds"] < STREAK_SECONDS else []
        if self._queue.common_line:
            self._stop_all()
        elif is_machine(process.streak, process.has_succeeded):
            self._stop_worker(process)

    def _say_failed(self, number: int, line: str, again: bool = False) -> None:
        """Says why a task failed; where it is for the reason of the task before, only that."""
        self._lines[number] = line
        reason = failures.reason(line, self._folder(number))
        why = "for the same reason" if reason == self._last_reason else ""
        self._last_reason = reason
        more = ", to be tried again" * again
        self._say(f"task {number} failed {why}{more}" if why else f"task {number} failed{more}: {line}")

    def _stop_all(self) -> None:
        self.has_stopped = True
        self._say("stopped: all tasks that were tried failed for the same reason")

    def _stop_worker(self, process: Handle) -> None:
        """A worker that fails again and again stops, and others have its tasks."""
        self._say(f"a worker that failed {len(process.streak)} tasks in a row stops; other workers can take its tasks")
        process.retire()
        self._queue.free(process.streak)
        self._lose_worker()

    def _ended(self, process: Handle) -> None:
        """A process is gone: as it was told to, or with a task, which another one takes over at once."""
        self._pool.forget(process)
        self._processes.remove(process)
        job, how = process.job, process.how_it_ended()
        process.close()
        if not process.is_ready and not process.is_retired and not process.is_lost:
            self._cannot_start(how)
        if not job:
            return
        job.died += 1
        if job.died < MOST_DEATHS:
            self._say(f"task {job.number}: {how}; another worker takes it over")
            self._queue.put_first(job)
            return
        folder, line = self._folder(job.number), f"{how}, {job.died} times"
        with contextlib.suppress(UserError, OSError):
            failures.record(folder, line, failures.DIED, folder / LOG_FILE)
        self._queue.failed(job, line, failures.DIED, folder)
        self._say_failed(job.number, line)
        if self._queue.common_line:
            self._stop_all()

    def _cannot_start(self, line: str) -> None:
        """Goes on with the workers that are there, if there are any."""
        self._unable = line
        self._say(f"a worker cannot start: {line}")
        self._lose_worker()

    def _lose_worker(self) -> None:
        self._most -= 1
        if not self._most:
            self.has_stopped = True
            self._say("stopped, as no worker is left")

    def _look_elsewhere(self) -> None:
        """Asks what became of tasks that others hold; one that nobody holds any more is run here."""
        if not self._elsewhere or time.monotonic() < self._next_look:
            return
        self._next_look = time.monotonic() + _SECONDS_BETWEEN_LOOKS_ELSEWHERE
        for number, job in list(self._elsewhere.items()):
            if not (self._folder(number) / tasks.TASK_FILE).exists():
                del self._elsewhere[number]
                continue
            found = state.of_task(self._folder(number))
            if found.state == "running":
                continue
            del self._elsewhere[number]
            if self._is_over(found):
                self._over.add(number)
                self._say(f"task {number} {found.state} elsewhere")
            else:
                if found.state == "interrupted":
                    self._say(f"task {number}: {found.reason or 'its worker left it'}; taken over here")
                self._queue.put_first(job)

    def _show(self) -> None:
        if not self._display.is_live:
            return
        lines = [f"{len(self._over)}/{len(self._numbers)} finished, {len(self._queue)} waiting"]
        for process in self._processes:
            if process.job:
                number = process.job.number
                seconds = state.duration(time.monotonic() - process.started)
                lines.append(f"task {number}  {self._progress(number)}  {seconds}  {self._labels[number]}")
            elif not process.is_ready:
                lines.append("a worker starts")
        self._display.table(lines)

    def _progress(self, number: int) -> str:
        with contextlib.suppress(UserError):
            each = state.of_task(self._folder(number))
            if each.step < each.steps:
                return f"step {each.step}/{each.steps}"
            return f"scores {each.scored}/{each.due}"
        return ""


def _label(each: state.TaskState) -> str:
    return " ".join(f"{name}={value}" for name, value in each.options.items())
