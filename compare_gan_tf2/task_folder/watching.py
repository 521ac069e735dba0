"""Tells trackers of experiments what a task's files say, each point once, while it trains or afterwards.

All is read from the files of the task: measurements, sheets of samples, scores, status. The training knows nothing of
it, so no tracker can stop, slow or change one.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import logging
import pathlib
import re
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence

from compare_gan_tf2 import display
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.files import read_json, replace_file
from compare_gan_tf2.task_folder import collapse, flags, loss_log, score_table, writers
from compare_gan_tf2.task_folder.column_names import ABILITY, STEP
from compare_gan_tf2.task_folder.writers import Run, Writer

# What a tracker was told, in the folder of the task.
_FILE_OF = "watching-{}.json"
_SECONDS_BETWEEN_LOOKS = 20.0
# For the last points, when a task is over; a network that is down must not hold a worker.
_SECONDS_TO_END = 60.0
_PICTURE = re.compile(r"step-([0-9]+)(?:-(.+))?\.png")
_STEP_OF_NOTES = "state"

_log = logging.getLogger(__name__)


@dataclasses.dataclass
class _Told:
    """What a tracker was told of a task.

    Attributes:
        identity: by which it finds the run again.
        step: of the last measurements.
        seen: names of pictures and scores.
        facts: the last notes.
    """

    identity: str = ""
    step: int = -1
    seen: list[str] = dataclasses.field(default_factory=list)
    facts: dict[str, str] = dataclasses.field(default_factory=dict)


class Watcher:
    """Tells one tracker of one task.

    A point counts as told from before it is handed over, so that no kill has it told twice; where a tracker raises, the
    next look begins with the point that it raised at.

    Args:
        folder: of the task.
        name: of the tracker.
        run: the task as trackers show it.
    """

    def __init__(self, folder: pathlib.Path, name: str, run: Run):
        self._folder, self._module, self._run = folder, writers.load(name), run
        self._path = folder / _FILE_OF.format(name)
        self._destination = str(self._module.destination(run))
        self._writer: Writer | None = None

    def look(self) -> None:
        """Tells what is new; whatever the tracker raises goes through."""
        told = _read(self._path).get(self._destination, _Told())
        if not any(is_new(told) for is_new, _, _ in self._points()):
            return
        if self._writer is None:
            self._writer = self._module.start(dataclasses.replace(self._run, identity=told.identity))
            told = told if self._writer.goes_on else _Told()
            told.identity = self._writer.identity
        writer = self._writer
        points = [each for each in self._points() if each[0](told)]
        before = dataclasses.replace(told, seen=list(told.seen))
        for _, mark, _ in points:
            mark(told)
        self._write(told)
        try:
            for _, mark, tell in points:
                tell(writer)
                mark(before)
        except Exception:
            self._write(before)
            raise

    def close(self) -> None:
        """Ends the run where one was begun."""
        if self._writer:
            self._writer.close()
            self._writer = None

    def _write(self, told: _Told) -> None:
        everywhere = {**_read(self._path), self._destination: told}
        content = {place: dataclasses.asdict(each) for place, each in everywhere.items()}
        with replace_file(self._path, durable=False) as file:
            file.write((json.dumps(content) + "\n").encode())

    def _points(self) -> Iterator[_Point]:
        """All that there is to tell, measurements first."""
        for line in loss_log.measured(self._folder):
            yield _measured(line)
        for path in sorted((self._folder / "samples").glob("step-*.png")):
            if found := _PICTURE.fullmatch(path.name):
                yield _picture(int(found[1]), found[2] or "samples", path)
        rows = score_table.sound(score_table.read_rows(self._folder))
        for number, group in enumerate(score_table.by_protocol(rows), 1):
            for row in group:
                yield from _scores(row, "scores" if number == 1 else f"scores_of_protocol_{number}")
        yield _facts(self._folder, rows)


# (whether it is new, what notes that it was told, what tells it)
_Point = tuple[Callable[[_Told], bool], Callable[[_Told], None], Callable[[Writer], None]]


def _measured(line: Mapping[str, float]) -> _Point:
    step = int(line[STEP])
    values = {name: value for name, value in line.items() if name != STEP}

    def mark(told: _Told) -> None:
        told.step = step

    return lambda told: step > told.step, mark, lambda writer: writer.scalars(step, values)


def _picture(step: int, name: str, path: pathlib.Path) -> _Point:
    return _once(path.name, lambda writer: writer.picture(step, name, path))


def _scores(row: Mapping[str, str], place: str) -> Iterator[_Point]:
    """The scores of a row one by one, as more may be added to it later."""
    start = f"{place}/{row[ABILITY]}" if row.get(ABILITY) else place
    for column in score_table.score_columns([row]):
        if row[column]:
            yield _score(f"{start}/{column}", int(row[STEP]), float(row[column]))


def _score(name: str, step: int, value: float) -> _Point:
    return _once(f"{name} {step}", lambda writer: writer.scalars(step, {name: value}))


def _once(key: str, tell: Callable[[Writer], None]) -> _Point:
    return lambda told: key not in told.seen, lambda told: told.seen.append(key), tell


def _facts(folder: pathlib.Path, rows: Sequence[Mapping[str, str]]) -> _Point:
    """The state of the training, why its last samples count as collapsed, and their flags."""
    facts = {}
    with contextlib.suppress(OSError, ValueError, TypeError, KeyError):
        facts[_STEP_OF_NOTES] = str(read_json(folder / "status.json")[_STEP_OF_NOTES])
    if rows and (reason := collapse.of_row(rows[-1])):
        facts["collapse"] = reason
    if rows and (said := flags.of_row(rows[-1])):
        facts["flags"] = said

    def mark(told: _Told) -> None:
        told.facts = facts

    return lambda told: told.facts != facts, mark, lambda writer: writer.note(facts)


def _read(path: pathlib.Path) -> dict[str, _Told]:
    """What a tracker was told, by destination; a file that cannot be read says that it was told nothing."""
    try:
        return {str(place): _Told(**dict(told)) for place, told in read_json(path).items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


@contextlib.contextmanager
def watched(folder: pathlib.Path, names: Sequence[str], run: Callable[[], Run]) -> Iterator[None]:
    """While the block runs, and once at its end, trackers are told of a task, by a thread of its own for each.

    A tracker that fails is given up with one warning; the task goes on.

    Args:
        folder: of the task.
        names: of the trackers.
        run: gives the task as trackers show it.
    """
    over = threading.Event()
    threads = [threading.Thread(target=_keep_telling, args=(folder, name, run, over), daemon=True) for name in names]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        over.set()
        for name, thread in zip(names, threads, strict=True):
            thread.join(_SECONDS_TO_END)
            if thread.is_alive():
                said = "%s has not received everything after %.0f s; going on without waiting"
                _log.warning(said, name, _SECONDS_TO_END)


def _keep_telling(folder: pathlib.Path, name: str, run: Callable[[], Run], over: threading.Event) -> None:
    try:
        watcher = Watcher(folder, name, run())
        while not over.wait(_SECONDS_BETWEEN_LOOKS):
            watcher.look()
        watcher.look()
        watcher.close()
    except BaseException as error:  # some trackers leave by SystemExit
        _log.warning("no more reports to %s about the task in %s: %s", name, folder, in_words(error))


def in_words(error: BaseException) -> str:
    """What a tracker raised, in one line."""
    first = next(iter(str(error).strip().splitlines()), "")
    said = display.line(first)
    return said if isinstance(error, UserError) else f"{type(error).__name__}: {said}" if said else type(error).__name__
