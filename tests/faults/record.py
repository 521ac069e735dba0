"""What was killed and what came of it: a CSV row for each start, so that an interrupted run goes on where it was."""

import collections
import csv
import dataclasses
import pathlib

RANDOM, OPERATION = "random", "operation"
FAULTS = ("lost", "wrong", "left over")
# Of the table of figures: a row for each command.
COLUMNS = ("command", "operations", "states", "states killed in", "random kills", *FAULTS)


@dataclasses.dataclass(frozen=True)
class Start:
    """One start of a command after kills.

    Attributes:
        command: its name.
        kind: RANDOM or OPERATION.
        number: of the series of random kills, or of the state that the disk was in.
        kills: that came before it.
        faults: those of FAULTS that were found, with semicolons between; empty if all is right.
        detail: what was found, and when the kills came.
    """

    command: str
    kind: str
    number: int
    kills: int
    faults: str
    detail: str


class Record:
    """All starts so far.

    Args:
        path: of the file to read and to append to; nothing is kept if None.
    """

    def __init__(self, path: pathlib.Path | None):
        self._path, self._starts = path, list[Start]()
        if path is not None and path.exists():
            with path.open(newline="") as file:
                for row in csv.DictReader(file):
                    numbers = {name: int(row.pop(name)) for name in ("number", "kills")}
                    self._starts.append(Start(**row, **numbers))

    def add(self, start: Start) -> None:
        """Notes a start, also in the file."""
        self._starts.append(start)
        if self._path is not None:
            is_new = not self._path.exists()
            with self._path.open("a", newline="") as file:
                writer = csv.DictWriter(file, [field.name for field in dataclasses.fields(Start)])
                if is_new:
                    writer.writeheader()
                writer.writerow(dataclasses.asdict(start))

    def of(self, command: str, kind: str) -> list[Start]:
        """The starts of one kind of a command."""
        return [start for start in self._starts if (start.command, start.kind) == (command, kind)]

    def figures(self, command: str) -> collections.Counter[str]:
        """Those of COLUMNS that starts tell."""
        at_random, in_states = self.of(command, RANDOM), self.of(command, OPERATION)
        counts = collections.Counter(
            word for start in at_random + in_states for word in start.faults.split(";") if word
        )
        counts["random kills"] = sum(start.kills for start in at_random)
        counts["states killed in"] = len({start.number for start in in_states})
        return counts


def write_figures(path: pathlib.Path, figures: dict[str, collections.Counter[str]]) -> None:
    """Writes the table of figures."""
    with path.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for name, counts in figures.items():
            writer.writerow([name, *(counts[column] for column in COLUMNS[1:])])
