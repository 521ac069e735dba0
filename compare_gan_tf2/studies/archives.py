"""One file with all that a study found: tasks, rows, measurements, report, versions; a paper's supplement."""

from __future__ import annotations

import contextlib
import csv
import dataclasses
import gzip
import io
import json
import os
import pathlib
import platform
import re
import shutil
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from importlib import metadata
from typing import IO, Any

from compare_gan_tf2.errors import UserError
from compare_gan_tf2.files import printable, replace_file
from compare_gan_tf2.studies import rounds, state, study
from compare_gan_tf2.task_folder import checkpoints, curves, loss_log, score_table, tasks, threads

ENDINGS = (".tar.gz", ".tgz", ".zip")
CHECKPOINTS = ("none", "best")
ROWS_FILE, STATUS_FILE, VERSIONS_FILE = "rows.csv", "status.json", "versions.txt"

# Of a study, beside its tasks: its file, and what reports and searches leave, files and folders.
_OF_STUDY = re.compile(rf"{re.escape(study.STUDY_FILE)}|report(\..+)?|rounds")
_OF_TASK = (
    "data.json",
    "failure.json",
    "start_from.json",
    "status.json",
    loss_log.JSONL,
    score_table.SCORES_FILE,
    tasks.TASK_FILE,
    threads.MACHINE_FILE,
)
# Of a state what is another one at every look.
_FLEETING = ("seconds_since",)
# The first moment that a zip file can name.
_LONG_AGO = (1980, 1, 1, 0, 0, 0)
_OURS = "compare_gan_tf2"
_PART = 2**20

# Adds a file: (its name in the archive, its content, its bytes).
_Add = Callable[[str, IO[bytes], int], None]


@dataclasses.dataclass(frozen=True)
class Archived:
    """What an archive holds.

    Attributes:
        tasks: how many.
        rows: of scores, how many.
        size: bytes of the file.
    """

    tasks: int
    rows: int
    size: int


def archive(workdir: pathlib.Path, path: pathlib.Path, *, with_checkpoints: str = "none") -> Archived:
    """Writes a study into one file, whole or not at all; the same study gives the same bytes.

    Args:
        workdir: of the study.
        path: of the archive, .tar.gz, .tgz or .zip; not in the study itself, and not there yet.
        with_checkpoints: "none", or "best": of each task the best by FID, or the last where there is no FID.

    Raises:
        UserError: if the place cannot be, or cannot be written, or a file of the study cannot be read.
    """
    _check_place(workdir, path)
    states = rounds.with_cuts(workdir, state.of_study(workdir))
    if not states:
        raise UserError(f"no tasks in {workdir}, so there is nothing to archive")
    try:
        with replace_file(path) as file, _writer(file, path.name) as add:
            top = _top(workdir)
            for place in _files_of_study(workdir):
                _add_file(add, f"{top}/{place.relative_to(workdir).as_posix()}", place)
            for number in (each.number for each in states):
                for place in _files_of_task(workdir / str(number), with_checkpoints):
                    _add_file(add, f"{top}/{place.relative_to(workdir).as_posix()}", place)
            rows = _add_rows(add, f"{top}/{ROWS_FILE}", workdir, states)
            _add_text(add, f"{top}/{STATUS_FILE}", _status(states))
            _add_text(add, f"{top}/{VERSIONS_FILE}", versions())
    except OSError as error:
        raise UserError(f"cannot archive {workdir}: {error.strerror or error}: {error.filename or path}") from error
    return Archived(len(states), rows, path.stat().st_size)


def _check_place(workdir: pathlib.Path, path: pathlib.Path) -> None:
    if not path.name.endswith(ENDINGS):
        raise UserError(f"cannot archive to {path}: the name of an archive ends in {', '.join(ENDINGS)}")
    if path.resolve().is_relative_to(workdir.resolve()):
        raise UserError(f"cannot archive to {path}: it is in the study itself, and would be a part of the next archive")
    if os.path.lexists(path):
        raise UserError(f"cannot archive to {path}: it already exists; remove it, or choose another name")


def _top(workdir: pathlib.Path) -> str:
    """The folder that everything in the archive is in."""
    return printable(workdir.resolve().name) or "study"


def _files_of_study(workdir: pathlib.Path) -> Iterator[pathlib.Path]:
    for entry in sorted(os.scandir(workdir), key=lambda each: each.name):
        if not _OF_STUDY.fullmatch(entry.name):
            continue
        if entry.is_file(follow_symlinks=False):
            yield pathlib.Path(entry.path)
        elif entry.is_dir(follow_symlinks=False):
            found = (pathlib.Path(place, name) for place, _, names in os.walk(entry.path) for name in names)
            yield from sorted(each for each in found if not each.is_symlink() and not each.name.startswith("."))


def _files_of_task(folder: pathlib.Path, with_checkpoints: str) -> Iterator[pathlib.Path]:
    for name in sorted(_OF_TASK):
        if (folder / name).is_file() and not (folder / name).is_symlink():
            yield folder / name
    yield from curves.files(folder)
    there = checkpoints.steps(folder) if with_checkpoints == "best" else []
    if there:
        best = score_table.best_step(score_table.read_rows(folder))
        place = checkpoints.path(folder, best if best in there else there[-1])
        yield from sorted(each for each in place.iterdir() if each.is_file() and not each.is_symlink())


def _add_file(add: _Add, name: str, place: pathlib.Path) -> None:
    # As long as it is now: the file of a task that runs may grow meanwhile.
    with contextlib.suppress(FileNotFoundError), place.open("rb") as file:
        add(name, file, os.fstat(file.fileno()).st_size)


def _add_text(add: _Add, name: str, text: str) -> None:
    content = text.encode()
    add(name, io.BytesIO(content), len(content))


def _add_rows(add: _Add, name: str, workdir: pathlib.Path, states: list[state.TaskState]) -> int:
    """All rows of all tasks as one table, each with its task's number; gives their number."""
    columns: dict[str, None] = {}
    for _, row in _rows(workdir, states):
        columns |= dict.fromkeys(row)
    count = 0
    with tempfile.TemporaryFile() as file:
        text = io.TextIOWrapper(file, "utf-8", newline="")
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(["task_num", *columns])
        for number, row in _rows(workdir, states):
            writer.writerow([number, *(row.get(column, "") for column in columns)])
            count += 1
        text.flush()
        size = file.tell()
        file.seek(0)
        add(name, file, size)
    return count


def _rows(workdir: pathlib.Path, states: list[state.TaskState]) -> Iterator[tuple[int, dict[str, str]]]:
    for each in states:
        for row in score_table.read_rows(workdir / str(each.number)):
            yield each.number, row


def _status(states: list[state.TaskState]) -> str:
    told: list[dict[str, Any]] = [dataclasses.asdict(each) for each in states]
    kept = [{name: value for name, value in each.items() if name not in _FLEETING} for each in told]
    return json.dumps(kept, indent=1) + "\n"


def versions() -> str:
    """Of Python, of this package and of what it needs, as pip writes them."""
    try:
        needed = metadata.requires(_OURS) or []
    except metadata.PackageNotFoundError:  # a checkout that is not installed
        needed = []
    names = {re.split(r"[^A-Za-z0-9._-]", line)[0] for line in needed if "extra ==" not in line}
    lines = [f"# Python {platform.python_version()}, {platform.system()} {platform.machine()}"]
    for name in sorted({_OURS, *names}, key=str.lower):
        with contextlib.suppress(metadata.PackageNotFoundError):
            lines.append(f"{name}=={metadata.version(name)}")
    return "\n".join(lines) + "\n"


@contextlib.contextmanager
def _writer(file: IO[bytes], name: str) -> Iterator[_Add]:
    """What adds files to an archive of the kind that its name says; nothing of time or user is in it."""
    if name.endswith(".zip"):
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as zipped:
            yield lambda name, content, size: _to_zip(zipped, name, content, size)
        return
    with (
        gzip.GzipFile(filename="", fileobj=file, mode="wb", mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as tar,
    ):
        yield lambda name, content, size: _to_tar(tar, name, content, size)


def _to_tar(tar: tarfile.TarFile, name: str, content: IO[bytes], size: int) -> None:
    about = tarfile.TarInfo(name)
    about.size = size
    tar.addfile(about, content)


def _to_zip(zipped: zipfile.ZipFile, name: str, content: IO[bytes], size: int) -> None:
    about = zipfile.ZipInfo(name, _LONG_AGO)
    about.compress_type, about.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
    with zipped.open(about, "w", force_zip64=size >= 2**31) as file:
        shutil.copyfileobj(_Part(content, size), file, _PART)


class _Part(io.RawIOBase):
    """The first bytes of a file, as many as it had when it was looked at."""

    def __init__(self, content: IO[bytes], size: int):
        self._content, self._left = content, size

    def readable(self) -> bool:
        """It is."""
        return True

    def read(self, size: int = -1, /) -> bytes:
        """The next bytes, at most as many as asked for."""
        part = self._content.read(min(size, self._left) if size >= 0 else self._left)
        self._left -= len(part)
        return part
