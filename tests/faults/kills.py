"""Kills commands and starts them again: is anything lost, wrong, or left over?

    python -m tests.faults.kills [--random N] [--every_operation [--most_states N]] [--commands train,eval] [--seed N]

Lost: a finished checkpoint or row that was there when the kill came. Wrong: another exit code than 0, or a file that is
not to the bit what it is when nobody kills (but for dates and durations). Left over: a path that is not there then.
Prints a line for each command and for each fault; exits with 1 if there is one. The whole takes an hour on two cores.
"""

import argparse
import collections
import dataclasses
import pathlib
import random
import shutil
import sys
import tempfile

from tests.faults import commands, processes, trees

# In a series the process that starts again is killed too.
_LONGEST_SERIES = 3
# Of the random kills, by what a start costs; the rest is train's.
_SHARES = {"generate_tasks": 4, "prepare_datasets": 3, "evaluate": 3, "eval": 6, "export": 1, "sample": 1, "train": 4}


@dataclasses.dataclass
class Unbroken:
    """What a command does when nobody kills it.

    Attributes:
        before: folder with what is there at its start.
        whole: what it leaves.
        volatile: files that are others in every run.
        seconds: that it takes.
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
        root: an empty folder.
        seed: of the moments of random kills.
    """

    def __init__(self, root: pathlib.Path, seed: int):
        self._root, self._place, self._draws = root, root / "place", random.Random(seed)
        self._unbroken: dict[str, Unbroken] = {}
        self.figures: dict[str, collections.Counter[str]] = collections.defaultdict(collections.Counter)

    def unbroken(self, name: str) -> Unbroken:
        """What the command does, found by running it twice, after those that it needs."""
        if name not in self._unbroken:
            after = commands.COMMANDS[name].after
            before = self._root / f"before_{name}"
            if after:
                self.unbroken(after)
                shutil.copytree(self._root / f"whole_{after}", before)
            else:
                commands.before_all(before)
            states = self._root / f"states_{name}"
            runs = []
            for prepare in (processes.keep_states(self._place, states), lambda: None):
                self._put(before)
                outcome = processes.start(name, self._place, prepare=prepare)
                if outcome.code:
                    raise SystemExit(f"{name} fails when nobody kills it:\n{outcome.said}")
                runs.append(trees.Tree.of(self._place))
            shutil.copytree(self._place, self._root / f"whole_{name}")
            volatile = trees.unlike(*runs)
            if unsteady := [path for path in volatile if "checkpoints/" in path or path.endswith("scores.csv")]:
                raise SystemExit(f"{name} is not the same twice: {', '.join(unsteady)}")
            kept = sorted((each for each in states.iterdir() if each.is_dir()), key=lambda each: int(each.name))
            operations = int((states / "operations").read_text())
            self._unbroken[name] = Unbroken(before, runs[0], volatile, outcome.seconds, operations, kept)
        return self._unbroken[name]

    def every_operation(self, name: str, most: int = 0) -> None:
        """Starts the command on what a kill before each of its operations leaves; on `most` of these unless it is 0."""
        unbroken = self.unbroken(name)
        self.figures[name]["operations"] += unbroken.operations
        chosen = unbroken.states[:: -(-len(unbroken.states) // most) if most else 1]
        for number, state in enumerate(chosen, 1):
            print(f"{name}: state {number} of {len(chosen)}", file=sys.stderr, flush=True)
            self._put(state)
            self.figures[name]["states"] += 1
            self._start_again(name, [trees.Tree.of(self._place)], f"before operation, state {state.name}")

    def random_kills(self, name: str, number: int) -> None:
        """Kills the command at random moments, and now and then again those that go on."""
        unbroken = self.unbroken(name)
        killed = 0
        while killed < number:
            self._put(unbroken.before)
            befores, moments = [], []
            for _ in range(min(self._draws.randint(1, _LONGEST_SERIES), number - killed)):
                kill = processes.random_kill(self._draws, unbroken.seconds, unbroken.operations, self._place)
                outcome = processes.start(name, self._place, **kill)
                if outcome.code >= 0:
                    self._judge(name, befores, outcome, f"random, {moments}")
                    break
                killed += 1
                moments.append(round(outcome.seconds, 3))
                befores.append(trees.Tree.of(self._place))
            else:
                self._start_again(name, befores, f"random, after {moments} s")
            print(f"{name}: {killed} of {number} random kills", file=sys.stderr, flush=True)
        self.figures[name]["random kills"] += killed

    def _put(self, folder: pathlib.Path) -> None:
        shutil.rmtree(self._place, ignore_errors=True)
        shutil.copytree(folder, self._place, symlinks=True)

    def _start_again(self, name: str, befores: list[trees.Tree], kind: str) -> None:
        self._judge(name, befores, processes.start(name, self._place), kind)

    def _judge(self, name: str, befores: list[trees.Tree], outcome: processes.Outcome, kind: str) -> None:
        """Counts and prints the faults of what is there after the command ended by itself."""
        unbroken, after = self.unbroken(name), trees.Tree.of(self._place)
        refuses = commands.COMMANDS[name].refuses
        is_done = bool(refuses and befores and refuses in befores[-1].contents)
        faults = {
            "lost": [line for before in befores for line in trees.lost(before, after, unbroken.whole)],
            "wrong": trees.wrong(after, unbroken.whole, unbroken.volatile),
            "left over": trees.left_over(after, unbroken.whole),
        }
        if outcome.code and not is_done:
            faults["wrong"].insert(0, f"exit code {outcome.code}: {outcome.said.strip()[-500:]}")
        for fault, lines in faults.items():
            self.figures[name][fault] += bool(lines)
            if lines:
                print(f"{name}, {kind}: {fault}: {'; '.join(lines[:6])}", flush=True)


def main(argv: list[str] | None = None) -> int:
    """See the module's docstring; gives the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--random", type=int, default=0, metavar="N", help="random kills, shared among the commands")
    parser.add_argument("--every_operation", action="store_true", help="a kill before every operation on a file")
    parser.add_argument("--most_states", type=int, default=0, metavar="N", help="only N of these for each command")
    parser.add_argument("--commands", default=",".join(_SHARES), help=f"of {', '.join(commands.COMMANDS)}")
    parser.add_argument("--seed", type=int, default=0, help="of the random moments")
    given = parser.parse_args(argv)
    names = given.commands.split(",")
    if unknown := [name for name in names if name not in commands.COMMANDS]:
        parser.error(f"unknown: {', '.join(unknown)}")
    needed = set(names)
    while more := {commands.COMMANDS[name].after for name in needed} - needed - {""}:
        needed |= more
    commands.import_all(sorted(needed))
    commands.make_data_sets_small()
    with tempfile.TemporaryDirectory() as root:
        harness = Harness(pathlib.Path(root), given.seed)
        shares = sum(_SHARES.get(name, 1) for name in names)
        left = given.random
        for position, name in enumerate(names):
            if given.every_operation:
                harness.every_operation(name, given.most_states)
            number = left if position == len(names) - 1 else given.random * _SHARES.get(name, 1) // shares
            left -= number
            if number:
                harness.random_kills(name, number)
            _report(harness, name)
        total = sum(harness.figures.values(), collections.Counter())
    print(_line("all", total))
    return int(any(total[fault] for fault in ("lost", "wrong", "left over")))


def _report(harness: Harness, name: str) -> None:
    volatile = sorted(harness.unbroken(name).volatile)
    print(_line(name, harness.figures[name]) + (f" (other in every run: {', '.join(volatile)})" if volatile else ""))
    sys.stdout.flush()


def _line(name: str, counts: collections.Counter[str]) -> str:
    return (
        f"{name}: {counts['random kills']} random kills, {counts['operations']} operations ({counts['states']} states "
        f"of the disk): {counts['lost']} lost, {counts['wrong']} wrong, {counts['left over']} left over"
    )


if __name__ == "__main__":
    sys.exit(main())
