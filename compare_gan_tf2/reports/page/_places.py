"""Where a task stands in the page, and the lines that take it up again."""

from __future__ import annotations

import os
import pathlib
import shlex
from collections.abc import Collection, Iterator, Sequence

from compare_gan_tf2 import display
from compare_gan_tf2.reports.page._html import Content, element
from compare_gan_tf2.reports.records import Answer, Gathered, Point, Task


class Places:
    """Names of tasks, and which of them have a section of their own.

    Args:
        gathered: all tasks.
        with_section: (work directory, number) of those that have one.
    """

    def __init__(self, gathered: Gathered, with_section: Collection[tuple[pathlib.Path, int]]):
        self._workdirs = list(dict.fromkeys(task.workdir for task in gathered.tasks))
        names = [each.name for each in self._workdirs]
        self._names = names if len(set(names)) == len(names) and all(names) else [str(each) for each in self._workdirs]
        self._place = {workdir: i for i, workdir in enumerate(self._workdirs)}
        self._with_section = frozenset(with_section)

    @property
    def studies(self) -> Sequence[str]:
        """Names of the work directories: their last parts where these differ, else their paths."""
        return self._names

    def name(self, workdir: pathlib.Path, number: int) -> str:
        """Of a task, for people: "7", or "digits/7" where there are several studies."""
        return f"{self._names[self._place[workdir]]}/{number}" if len(self._workdirs) > 1 else str(number)

    def anchor(self, workdir: pathlib.Path, number: int) -> str:
        """Of the task's section: "task-7", or "task-2-7" in the second study."""
        return f"task-{self._place[workdir] + 1}-{number}" if len(self._workdirs) > 1 else f"task-{number}"

    def has_section(self, workdir: pathlib.Path, number: int) -> bool:
        """Whether a link to the task leads anywhere."""
        return (workdir, number) in self._with_section

    def link(self, workdir: pathlib.Path, number: int, text: str = "") -> Content:
        """The task's name, or another text, as a link to its section if it has one."""
        text = text or self.name(workdir, number)
        if not self.has_section(workdir, number):
            return text
        return element("a", text, href=f"#{self.anchor(workdir, number)}")


def links(places: Places, numbers: Sequence[tuple[pathlib.Path, int]]) -> Iterator[Content]:
    """Names of tasks with commas between them."""
    for i, each in enumerate(numbers):
        yield ", " if i else None
        yield places.link(*each)


def scored_point(task: Task, answer: Answer) -> Point | None:
    """The checkpoint that the answer's value is of; None where the task has no value."""
    key, lower = answer.column.key, answer.column.lower_is_better
    points = [each for each in task.points if key in each.values]
    if task.has_ended_badly or not points:
        return None
    if answer.at == "best":
        return min(points, key=lambda each: each.values[key] * (-1 if lower is False else 1))
    if answer.at == "last":
        return points[-1]
    return next((each for each in points if str(each.step) == answer.at), None)


def commands(task: Task, step: int | None) -> list[tuple[str, str]]:
    """What each line does, and the line, to be pasted into a shell or into Python.

    Args:
        task: that is to be taken up.
        step: of the checkpoint that counts; None gives no lines of export.
    """
    which = f"--workdir {shell_word(task.workdir)} --task_num {task.number}"
    found = [("train and score what is missing", f"compare_gan_run_one_task {which}")]
    if step is not None:
        module = task.workdir / str(task.number) / "export" / str(step)
        found.append(("export the checkpoint that counts here", f"compare_gan_export {which} --step {step}"))
        found.append(("load it in Python", f"import tensorflow_hub as hub\nmodule = hub.load({ascii(str(module))})"))
    return found


def shell_word(path: str | os.PathLike) -> str:
    """A path as one word of bash: as it is, quoted, or with its bytes spelled out where they cannot be shown."""
    text = str(path)
    if display.visible(text) == text:
        return shlex.quote(text)
    return f"$'{''.join(map(_spelled, os.fsencode(text)))}'"


def _spelled(byte: int) -> str:
    letter = chr(byte)
    return letter if byte < 128 and letter.isprintable() and letter not in "'\\" else f"\\x{byte:02x}"
