"""Carries demonstrations out: trains them and their controls, keeps a table of numbers, and says what was expected.

What `benchmarks.latent_systems`, `benchmarks.style_systems` and `benchmarks.translation` share. A finished training is
a row of the table, written when it has been scored, and what is in the table is not done again: a command can be
interrupted and repeated, and goes on inside a training. At the end it prints, for each number of each system: the
median over the seeds, the control, what was published, what is expected here, and whether it is so; then, where a
control is a training of the same seeds, the mean difference with its interval. A training ends after the processor
minutes on two cores that its file allows; the row says how many steps it took.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import pathlib
import statistics
import sys
import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol

from benchmarks.demo import SYSTEM, Demo, Number
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.studies import trials

RESULTS = pathlib.Path(__file__).parents[1] / "docs/results"
_COLUMNS = ("system", "training", "seed", "steps", "minutes", "options", "numbers")
_CORES = 2
_DIVERGED = "diverged"
Key = tuple[str, str, int]
Table = dict[Key, dict[str, str]]


class Demonstrations(Protocol):
    """A package with one demonstration in each file."""

    def names(self) -> list[str]:
        """Names of the demonstrations that there are, sorted."""

    def load(self, name: str) -> Demo:
        """The demonstration of a name."""


def main(
    arguments: Sequence[str] | None, about: str, there: Demonstrations, name: str, optional: Collection[str] = ()
) -> int:
    """Carries out what is missing and prints the numbers.

    Args:
        arguments: of the command line; sys.argv's if None.
        about: the text of --help.
        there: what can be demonstrated.
        name: of the table in docs/results, and of the folder of trainings.
        optional: demonstrations that are left out where their data are not prepared, unless they are asked for.
    """
    parser = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--system", help="names, comma-separated; all by default")
    parser.add_argument("--seed", help="only these seeds, comma-separated; all by default")
    parser.add_argument("--dataset_root", help="folder of the prepared data sets; TFDS's default")
    parser.add_argument("--workdir", type=pathlib.Path, default=pathlib.Path(name))
    parser.add_argument("--table", type=pathlib.Path, default=RESULTS / f"{name}.csv")
    parser.add_argument("--list", action="store_true", help="name the systems, and do nothing")
    parser.add_argument("--report", action="store_true", help="train nothing, print what the table says")
    flags = parser.parse_args(arguments)
    demos = [there.load(each) for each in _chosen(flags.system, there.names())]
    seeds = _seeds(flags.seed, demos)
    if flags.list:
        for demo in demos:
            print(f"{demo.name}: {demo.shows} ({len(demo.seeds)} x {', '.join(demo.trainings)})")
        return 0
    for demo in demos:
        check(demo, read(flags.table))
        if flags.report:
            continue
        if flags.system is None and demo.name in optional and (why := _not_prepared(demo, flags.dataset_root)):
            print(f"{demo.name} is left out: {why}", file=sys.stderr, flush=True)
        else:
            _carry_out(demo, seeds, flags.table, flags.workdir, flags.dataset_root)
    print("\n".join(report(demos, read(flags.table))))
    return 0


def _chosen(text: str | None, known: list[str]) -> list[str]:
    wanted = known if text is None else [name.strip() for name in text.split(",")]
    for name in wanted:
        if name not in known:
            raise UserError(f"there is no demonstration {name!r}; there are {', '.join(known) or 'none'}")
    return wanted


def _seeds(text: str | None, demos: Iterable[Demo]) -> set[int]:
    """Those of the demonstrations' seeds that are asked for."""
    there = {str(seed) for demo in demos for seed in demo.seeds}
    wanted = there if text is None else {seed.strip() for seed in text.split(",")}
    if unknown := sorted(wanted - there):
        raise UserError(f"no demonstration has a seed {unknown[0]!r}; there are {', '.join(sorted(there))}")
    return {*map(int, wanted)}


def _not_prepared(demo: Demo, dataset_root: str | None) -> str:
    """How to prepare the data set of a demonstration; "" if it is there."""
    from compare_gan_tf2.datasets import catalog
    from compare_gan_tf2.datasets.places import places

    dataset, root = catalog.find(str(demo.options["dataset"])), places(dataset_root).dataset_root
    return "" if dataset.is_prepared(root) else dataset.how_to_prepare(root)


def read(path: pathlib.Path) -> Table:
    """Rows of a table by system, training and seed; none if there is no table."""
    if not path.exists():
        return {}
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    if rows and tuple(rows[0]) != _COLUMNS:
        raise UserError(f"{path} is no table of this command: its columns are {', '.join(rows[0])}")
    return {(row["system"], row["training"], int(row["seed"])): row for row in rows}


def check(demo: Demo, table: Table) -> None:
    """UserError if a row of a demonstration is of other options than those it has now."""
    for (system, training, seed), row in table.items():
        options = demo.trainings.get(training) if system == demo.name else None
        if options is not None and row["options"] != digest(demo, options):
            raise UserError(
                f"the row of {system}, {training}, seed {seed} is of other options than {system}.py has now; "
                "remove it, and the training's folder"
            )


def digest(demo: Demo, options: Mapping[str, Any]) -> str:
    """Eight digits of all that a training's numbers depend on, as far as its file's literals say it."""
    said: list[Any] = [options, demo.stages, demo.metrics, demo.minutes]
    if demo.draws_labels:
        said.append("draws_labels")
    if demo.metrics_of:
        said.append(demo.metrics_of)
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:8]


def _carry_out(
    demo: Demo, seeds: Collection[int], table: pathlib.Path, workdir: pathlib.Path, dataset_root: str | None
) -> None:
    """Trains and measures what has no row yet."""
    scored = [name for name in demo.trainings if name not in demo.stages]
    for seed in demo.seeds:
        if seed not in seeds:
            continue
        done = {name: row for (system, name, of), row in read(table).items() if (system, of) == (demo.name, seed)}
        if done.keys() >= {*scored}:
            continue
        finished: dict[str, pathlib.Path] = {}
        for name, options in demo.trainings.items():
            folder = workdir / demo.name / f"{name}-{seed}"
            if name in done:
                finished[name] = _checkpoint(folder, int(done[name]["steps"]))
                continue
            print(f"{demo.name}: {name}, seed {seed}", file=sys.stderr, flush=True)
            state, step = "done", 0
            if options:
                state, step = _train(demo, _placed(options, finished), seed, folder, dataset_root)
            if name in scored:
                numbers = {_DIVERGED: 1.0}
                if state != _DIVERGED:
                    numbers = _measured(demo, name, folder, seed, step, dataset_root, finished)
                row = {"system": demo.name, "training": name, "seed": seed, "steps": step}
                row |= {"minutes": f"{_spent(folder) / 60 / _CORES:.1f}", "options": digest(demo, options)}
                _add(table, row | {"numbers": _text(numbers)})
            elif state == _DIVERGED:
                raise UserError(f"stage {name} of {demo.name} diverged at step {step}")
            finished[name] = _checkpoint(folder, step)


def _checkpoint(folder: pathlib.Path, step: int) -> pathlib.Path:
    from compare_gan_tf2.task_folder import checkpoints

    return checkpoints.path(folder, step)


def _placed(options: Mapping[str, Any], finished: Mapping[str, pathlib.Path]) -> dict[str, Any]:
    """Options with checkpoints of earlier stages in place of their names."""
    places = {name: str(path.absolute()) for name, path in finished.items()}
    return {
        name: value.format(**places) if isinstance(value, str) and value[:1] == "{" and value[-1:] == "}" else value
        for name, value in options.items()
    }


def _train(
    demo: Demo, options: Mapping[str, Any], seed: int, folder: pathlib.Path, dataset_root: str | None
) -> tuple[str, int]:
    """Trains to the end, or until the minutes are over; the state then, and the step."""
    from compare_gan_tf2.api import Options, train
    from compare_gan_tf2.training.kept_steps import KeptSteps

    seeds = {"seed": seed, "label_seed": seed} if demo.draws_labels else {"seed": seed}
    task, kept = Options.from_dict({**options, **seeds}), KeptSteps()
    status: dict[str, Any] = {}
    # Only at its checkpoints, which can be scored; a baseline takes no steps, between which it could pause.
    ends = [*range(task.save_every_steps, task.training_steps, task.save_every_steps), task.training_steps or None]
    for until in ends:
        start = time.process_time()
        status = train(task, folder, dataset_root=dataset_root, kept=kept, until=until)
        _add_spent(folder, time.process_time() - start)
        if status["state"] != "paused" or _spent(folder) > 60 * _CORES * demo.minutes:
            break
    return str(status["state"]), int(status["step"])


def _spent(folder: pathlib.Path) -> float:
    """Processor seconds of a training so far."""
    file = folder / "processor_seconds"
    return float(file.read_text()) if file.exists() else 0.0


def _add_spent(folder: pathlib.Path, seconds: float) -> None:
    (folder / "processor_seconds").write_text(f"{_spent(folder) + seconds:.1f}\n")


def _measured(
    demo: Demo,
    name: str,
    folder: pathlib.Path,
    seed: int,
    step: int,
    dataset_root: str | None,
    finished: Mapping[str, pathlib.Path],
) -> dict[str, float]:
    """Every number that the demonstration's numbers and controls name, and what it measures itself."""
    # First of all that loads Keras, which takes its settings then.
    from compare_gan_tf2.api import evaluate

    found: dict[str, float] = {}
    if metrics := demo.metrics_of.get(name, demo.metrics):
        rows = evaluate(folder, dataset_root=dataset_root, changes={"metrics": metrics}, since=step)
        found = _scores(row for row in rows if int(row["step"]) == step)
    own = _own(demo, name, folder, seed, step, dataset_root, finished) if demo.measure else {}
    named = _named(demo)
    if missing := sorted(named[name] - {*found, *own}):
        raise UserError(f"{demo.name}, {name}: nothing gives {', '.join(missing)}; there are {', '.join(found | own)}")
    kept = sorted(set().union(*named.values()) & {*found})
    return {each: found[each] for each in kept} | {each: float(own[each]) for each in own}


def _own(
    demo: Demo,
    name: str,
    folder: pathlib.Path,
    seed: int,
    step: int,
    dataset_root: str | None,
    finished: Mapping[str, pathlib.Path],
) -> Mapping[str, float]:
    from benchmarks.trained import Trained
    from compare_gan_tf2.datasets.places import places

    assert demo.measure is not None
    others = {other: path.parents[1] for other, path in finished.items()}
    return demo.measure(Trained(name, folder, seed, step, places(dataset_root), others))


def _named(demo: Demo) -> dict[str, set[str]]:
    """What the numbers of a demonstration ask of each of its trainings: of controls only what is read beside."""
    found: dict[str, set[str]] = {name: set() for name in (SYSTEM, *demo.controls)}
    for number in demo.numbers:
        found[SYSTEM].add(number.name)
        if _is_of_other(demo, number):
            training, _, name = number.control.partition("/")
            found[training].add(name)
        elif number.control:
            found[SYSTEM].add(number.control)
    return found


def _scores(rows: Iterable[Mapping[str, str]]) -> dict[str, float]:
    """Scores of a checkpoint's rows by column and by name without the extractor's id; an ability's after its name."""
    from compare_gan_tf2.task_folder import score_table
    from compare_gan_tf2.task_folder.column_names import score_of

    found: dict[str, float] = {}
    for row in score_table.sound(list(rows)):
        prefix = f"{row['ability']}/" if row.get("ability") else ""
        for column in score_table.score_columns([row]):
            if row[column] and (score := score_of(column)):
                found[prefix + column] = float(row[column])
                # A column of its own name goes before one of another output.
                found.setdefault(prefix + score, float(row[column]))
    return found


def _text(numbers: Mapping[str, float]) -> str:
    return " ".join(f"{name}={value:.5g}" for name, value in numbers.items())


def _numbers(row: Mapping[str, str]) -> dict[str, float]:
    return {name: float(value) for name, _, value in (each.partition("=") for each in row["numbers"].split())}


def _add(path: pathlib.Path, row: Mapping[str, Any]) -> None:
    is_new = not path.exists()
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, _COLUMNS, lineterminator="\n")
        if is_new:
            table.writeheader()
        table.writerow(row)


def report(demos: Sequence[Demo], table: Table) -> Iterator[str]:
    """Markdown lines: a row for each number of each demonstration; then differences from controls, over seeds."""
    yield "| system | number | here | seeds | control | published | expected | as expected |"
    yield "|---|---|---|---|---|---|---|---|"
    for demo in demos:
        for number in demo.numbers:
            values, control = _values(demo, SYSTEM, number.name, table), _controls(demo, number, table)
            cells = [demo.name, number.name, _median(values.values()), str(len(values)), _control(number, control)]
            cells += [number.published, number.expected]
            beside = statistics.median(control.values()) if control else None
            is_met = number.is_as_expected(statistics.median(values.values()), beside) if values else None
            yield f"| {' | '.join([*cells, {None: '', True: 'yes', False: 'no'}[is_met]])} |"
    if found := [line for demo in demos for line in differences(demo, table)]:
        yield ""
        yield from (f"* {line}" for line in found)


def differences(demo: Demo, table: Table) -> Iterator[str]:
    """Lines: of each number whose control is another training, the mean difference over seeds that have both."""
    for number in demo.numbers:
        if not _is_of_other(demo, number):
            continue
        values, control = _values(demo, SYSTEM, number.name, table), _controls(demo, number, table)
        found = trials.mean([values[seed] - control[seed] for seed in values if seed in control])
        if found.half_width is not None:
            low, high = found.value - found.half_width, found.value + found.half_width
            yield (
                f"{demo.name}: {number.name} minus {number.control}: mean over {found.count} seeds {found.value:.4g}, "
                f"95 % interval by Student's t from {low:.4g} to {high:.4g}"
            )


def _values(demo: Demo, training: str, name: str, table: Table) -> dict[int, float]:
    """A number of a training by the seeds that have one."""
    rows = {seed: table[key] for seed in demo.seeds if (key := (demo.name, training, seed)) in table}
    return {seed: numbers[name] for seed, row in rows.items() if name in (numbers := _numbers(row))}


def _controls(demo: Demo, number: Number, table: Table) -> dict[int, float]:
    """A number's control by seed."""
    training, _, name = number.control.partition("/")
    if _is_of_other(demo, number):
        return _values(demo, training, name, table)
    return _values(demo, SYSTEM, number.control, table)


def _is_of_other(demo: Demo, number: Number) -> bool:
    """Whether a number's control is another training's; a name with a slash may also be of another ability."""
    training, slash, _ = number.control.partition("/")
    return bool(slash) and training in demo.controls


def _median(values: Iterable[float]) -> str:
    found = [*values]
    return f"{statistics.median(found):.4g}" if found else ""


def _control(number: Number, values: Mapping[int, float]) -> str:
    return f"{_median(values.values())} ({number.control})" if values else number.control
