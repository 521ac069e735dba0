"""Kills commands and starts them again: is anything lost, wrong, or left over?

    python -m tests.faults.kills [--random N] [--every_operation [--most_states N]] [--commands train,eval] [--seed N]
        [--record FILE.csv] [--figures FILE.csv]

Lost: a finished checkpoint or row that was there when the kill came. Wrong: another exit code than 0, or a file that is
not to the bit what it is when nobody kills (but for dates and durations). Left over: a path that is not there then.
Prints a line for each command and for each fault; exits with 1 if there is one. The whole takes an hour on two cores.
With --record it can be interrupted and goes on at the next call: the file has a row for each start, and a folder beside
it keeps what the commands leave when nobody kills. After a change of the code remove the rows of what it concerns.
"""

import argparse
import collections
import contextlib
import dataclasses
import os
import pathlib
import pickle
import random
import shutil
import sys
import tempfile
from collections.abc import Iterator

from tests.faults import commands, processes, trees
from tests.faults.record import FAULTS, OPERATION, RANDOM, Record, Start, write_figures

# In a series the process that starts again is killed too.
_LONGEST_SERIES = 3
# Of 300 random kills, by what a start costs.
_SHARES = {
    "generate_tasks": 54,
    "prepare_datasets": 40,
    "evaluate": 40,
    "train": 30,
    "eval": 30,
    "export": 15,
    "sample": 20,
    "train_extractor": 25,
    "export_weights": 16,
    "import_weights": 30,
}


@dataclasses.dataclass
class Unbroken:
    """What a command does when nobody kills it.

    Attributes:
        before: folder with what is there at its start.
        whole: what it leaves.
        volatile: files that are others in every run.
        seconds: of processor time that it takes.
        operations: that change the disk.
        states: what the disk holds before each of them, without repetitions.
    """

    before: pathlib.Path
    whole: trees.Tree
    volatile: set[str]
    seconds: float
    operations: int
    states: list[pathlib.Path]


class Harness:
    """Kills commands; all of them work in one place, because paths are in what they write.

    Args:
        root: an empty folder, or one that an earlier harness has used.
        seed: of the moments of random kills.
        record: of the starts.
    """

    def __init__(self, root: pathlib.Path, seed: int, record: Record):
        self._root, self._place, self._seed, self._record = root, root / "place", seed, record
        self._temporary = root / "temporary"
        self._unbroken: dict[str, Unbroken] = {}
        # What a killed process leaves where the system keeps temporary files is the system's to remove.
        tempfile.tempdir = os.environ["TMPDIR"] = str(self._temporary)

    def figures(self, name: str) -> collections.Counter[str]:
        """What the record and the unbroken run tell of a command; by names of `record.COLUMNS`."""
        unbroken = self.unbroken(name)
        counts = {"operations": unbroken.operations, "states": len(unbroken.states)}
        return self._record.figures(name) + collections.Counter(counts)

    def unbroken(self, name: str) -> Unbroken:
        """What the command does, found by running it twice, after those that it needs."""
        if name not in self._unbroken:
            kept = self._root / f"unbroken_{name}"
            if kept.exists():
                self._unbroken[name] = pickle.loads(kept.read_bytes())
            else:
                self._unbroken[name] = self._run_unbroken(name)
                kept.write_bytes(pickle.dumps(self._unbroken[name]))
        return self._unbroken[name]

    def _run_unbroken(self, name: str) -> Unbroken:
        before, states, whole = (self._root / f"{kind}_{name}" for kind in ("before", "states", "whole"))
        for half_done in (before, states, whole):
            shutil.rmtree(half_done, ignore_errors=True)
        if after := commands.COMMANDS[name].after:
            self.unbroken(after)
            shutil.copytree(self._root / f"whole_{after}", before)
        else:
            commands.before_all(before)
        runs = []
        for prepare in (processes.keep_states(self._place, states), lambda: None):
            self._put(before)
            outcome = processes.start(name, self._place, prepare=prepare)
            if outcome.code:
                raise SystemExit(f"{name} fails when nobody kills it:\n{outcome.said}")
            runs.append(trees.Tree.of(self._place))
        shutil.copytree(self._place, whole)
        volatile = trees.unlike(*runs)
        if unsteady := [path for path in volatile if "checkpoints/" in path or path.endswith("scores.csv")]:
            raise SystemExit(f"{name} is not the same twice: {', '.join(unsteady)}")
        found = sorted((each for each in states.iterdir() if each.is_dir()), key=lambda each: int(each.name))
        operations = int((states / "operations").read_text())
        return Unbroken(before, runs[0], volatile, outcome.seconds, operations, found)

    def every_operation(self, name: str, most: int = 0) -> None:
        """Starts the command on what a kill before each of its operations leaves; on `most` of these unless it is 0."""
        states = self.unbroken(name).states
        done = {start.number for start in self._record.of(name, OPERATION)}
        for state in states[:: -(-len(states) // most) if most else 1]:
            if int(state.name) not in done:
                print(f"{name}: state {state.name} of {len(states)}", file=sys.stderr, flush=True)
                self._put(state)
                self._start_again(name, OPERATION, int(state.name), [trees.Tree.of(self._place)], "before an operation")

    def random_kills(self, name: str, number: int) -> None:
        """Kills the command at random moments, and now and then again those that go on."""
        unbroken = self.unbroken(name)
        while (killed := self._record.figures(name)["random kills"]) < number:
            series = len(self._record.of(name, RANDOM))
            draws = random.Random(f"{self._seed} {name} {series}")
            self._put(unbroken.before)
            befores, moments = [], []
            for _ in range(min(draws.randint(1, _LONGEST_SERIES), number - killed)):
                kill = processes.random_kill(draws, unbroken.seconds, unbroken.operations, self._place)
                outcome = processes.start(name, self._place, **kill)
                if outcome.code >= 0:
                    self._judge(name, RANDOM, series, befores, outcome, f"after {moments} s")
                    break
                moments.append(round(outcome.seconds, 3))
                befores.append(trees.Tree.of(self._place))
            else:
                self._start_again(name, RANDOM, series, befores, f"after {moments} s")
            print(f"{name}: {killed + len(befores)} of {number} random kills", file=sys.stderr, flush=True)

    def _put(self, folder: pathlib.Path) -> None:
        for used in (self._place, self._temporary):
            shutil.rmtree(used, ignore_errors=True)
        self._temporary.mkdir(parents=True)
        shutil.copytree(folder, self._place, symlinks=True)

    def _start_again(self, name: str, kind: str, number: int, befores: list[trees.Tree], when: str) -> None:
        self._judge(name, kind, number, befores, processes.start(name, self._place), when)

    def _judge(
        self, name: str, kind: str, number: int, befores: list[trees.Tree], outcome: processes.Outcome, when: str
    ) -> None:
        """Notes and prints the faults of what is there after the command ended by itself."""
        unbroken, after = self.unbroken(name), trees.Tree.of(self._place)
        refuses = commands.COMMANDS[name].refuses
        is_done = bool(refuses and befores and refuses in befores[-1].contents)
        lines = {
            "lost": [line for before in befores for line in trees.lost(before, after, unbroken.whole)],
            "wrong": trees.wrong(after, unbroken.whole, unbroken.volatile),
            "left over": trees.left_over(after, unbroken.whole),
        }
        if outcome.code and not is_done:
            lines["wrong"].insert(0, f"exit code {outcome.code}: {outcome.said.strip()[-500:]}")
        faults = {fault: "; ".join(lines[fault][:6]) for fault in FAULTS if lines[fault]}
        detail = when + "".join(f"; {fault}: {said}" for fault, said in faults.items())
        self._record.add(Start(name, kind, number, len(befores), ";".join(faults), detail))
        if faults:
            print(f"{name}, {kind} {number}, {detail}", flush=True)


def main(argv: list[str] | None = None) -> int:
    """See the module's docstring; gives the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--random", type=int, default=0, metavar="N", help="random kills, shared among the commands")
    parser.add_argument("--every_operation", action="store_true", help="a kill before every operation on a file")
    parser.add_argument("--most_states", type=int, default=0, metavar="N", help="only N of these for each command")
    parser.add_argument("--commands", default=",".join(_SHARES), help=f"of {', '.join(commands.COMMANDS)}")
    parser.add_argument("--seed", type=int, default=0, help="of the random moments")
    parser.add_argument("--record", type=pathlib.Path, help="file of all starts, with which an interrupted run goes on")
    parser.add_argument("--figures", type=pathlib.Path, help="file to write: a row of figures for each command")
    given = parser.parse_args(argv)
    names = given.commands.split(",")
    if unknown := [name for name in names if name not in commands.COMMANDS]:
        parser.error(f"unknown: {', '.join(unknown)}")
    needed = set(names)
    while more := {commands.COMMANDS[name].after for name in needed} - needed - {""}:
        needed |= more
    commands.import_all(sorted(needed))
    commands.make_data_sets_small()
    figures: dict[str, collections.Counter[str]] = {}
    with _root(given.record) as root:
        harness = Harness(root, given.seed, Record(given.record))
        for name in names if given.every_operation else ():
            harness.every_operation(name, given.most_states)
        for name, number in _shared(given.random, names).items():
            harness.random_kills(name, number)
            figures[name] = harness.figures(name)
            volatile = sorted(harness.unbroken(name).volatile)
            others = f" (other in every run: {', '.join(volatile)})" if volatile else ""
            print(_line(name, figures[name]) + others, flush=True)
    total = sum(figures.values(), collections.Counter())
    print(_line("all", total))
    if given.figures:
        write_figures(given.figures, {**figures, "all": total})
    return int(any(total[fault] for fault in FAULTS))


def _shared(number: int, names: list[str]) -> dict[str, int]:
    """Of a number of kills, each command's part; the last has what is left."""
    shares = sum(_SHARES.get(name, 1) for name in names)
    parts = {name: number * _SHARES.get(name, 1) // shares for name in names}
    parts[names[-1]] += number - sum(parts.values())
    return parts


@contextlib.contextmanager
def _root(record: pathlib.Path | None) -> Iterator[pathlib.Path]:
    """The folder to work in; kept beside a record."""
    if record is None:
        with tempfile.TemporaryDirectory() as folder:
            yield pathlib.Path(folder)
    else:
        folder = record.absolute().with_suffix(".kept")
        folder.mkdir(parents=True, exist_ok=True)
        yield folder


def _line(name: str, counts: collections.Counter[str]) -> str:
    states = f"{counts['states killed in']} of {counts['states']} states of the disk"
    found = ", ".join(f"{counts[fault]} {fault}" for fault in FAULTS)
    return f"{name}: {counts['random kills']} random kills, {counts['operations']} operations ({states}): {found}"


if __name__ == "__main__":
    sys.exit(main())
