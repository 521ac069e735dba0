"""Creates and runs studies, which are many tasks together, and reports their results.

compare_gan_study new WORKDIR --dataset triangles --vary loss=hinge,wasserstein --seeds 5
compare_gan_study run WORKDIR
compare_gan_study status WORKDIR
compare_gan_study report WORKDIR
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import pathlib
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

from compare_gan_tf2.commands import (
    _run,
    _study_clusters,
    _study_forecast,
    _study_report,
    _study_request,
    _study_watch,
)
from compare_gan_tf2.commands._study_summary import became, counted
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.studies import state, study
from compare_gan_tf2.studies.engines import Summary
from compare_gan_tf2.task_folder import tasks

UNDONE = 1
_MOST = 4096
_SECONDS_BETWEEN_LOOKS = 2.0
# Has a terminal forget what it shows, and go on at its top.
_CLEAR = "\x1b[H\x1b[2J"


class _Parser(argparse.ArgumentParser):
    """Says a mistake in one line, as the other commands do."""

    def error(self, message: str) -> NoReturn:
        raise UserError(f"{message}; see: {self.prog} --help")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="compare_gan_study",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True, parser_class=_Parser)
    for name, (add_flags, carry_out, line) in VERBS.items():
        verb = verbs.add_parser(name, help=line, description=line, allow_abbrev=False)
        if name == "report":  # of several studies that are joined
            verb.add_argument("workdirs", metavar="WORKDIR", type=_run.folder, nargs="+", help="folders of studies")
        else:
            verb.add_argument("workdir", metavar="WORKDIR", type=_run.folder, help="folder of the study")
        add_flags(verb)
        verb.set_defaults(carry_out=carry_out)
    return parser


def _flags_of_new(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--dataset", metavar="NAME", help="data set to train on; short for --set dataset=NAME")
    parser.add_argument(
        "--experiment",
        metavar="NAME|FILE",
        help="start from the option values of an experiment, or of a Python file that defines tasks(seed), instead of "
        "the default values",
    )
    parser.add_argument(
        "--set", metavar="OPTION=VALUE", nargs="+", action="extend", default=[], help="option values for all tasks"
    )
    parser.add_argument(
        "--vary",
        metavar="OPTION=VALUE,VALUE",
        nargs="+",
        action="extend",
        default=[],
        help="options in which tasks differ, with their values; every combination of values is a task; put a "
        "value with a comma in double quotes: 'metrics=\"fid,kid\",fid'",
    )
    parser.add_argument(
        "--seeds",
        metavar="N|N,N",
        help="seeds for every combination: a number of seeds (5 is 0 to 4), or a list (3,5,7); 1 by default",
    )
    parser.add_argument(
        "--threads",
        metavar="N",
        help="threads per task, on any machine; by default the number of processors divided by the number of tasks in "
        "parallel",
    )
    _study_forecast.add_flag(parser)
    _study_forecast.add_places(parser)
    _flag_of_json(parser)


def _new(args: argparse.Namespace) -> int:
    from compare_gan_tf2.studies import making, search_forecast, searching

    if args.dry_run:
        return _study_forecast.of_new(args)
    request = _study_request.of(args)
    if searching.is_search(args.workdir, request):
        said = searching.make(args.workdir, request)
        if made_study := study.read(args.workdir):
            _run.warn_of_unprepared(search_forecast.one_of_each(made_study), args.dataset_root)
        print(_run.as_json({"said": list(said)}) if args.json else "\n".join(said))
        return 0
    made = making.make(args.workdir, request)
    _run.warn_of_unprepared((options for options, _ in made.combined.tasks), args.dataset_root)
    if args.json:
        print(_run.as_json(_study_request.as_json(made)))
        return 0
    for line in _study_request.said(made, args.workdir):
        print(line)
    return 0


def _flags_of_run(parser: argparse.ArgumentParser) -> None:
    _flags_of_engine(parser)
    parser.add_argument("--export", action="store_true", help="export the best checkpoint (by FID) of each task")
    _study_watch.add_trackers(parser, "")
    parser.add_argument("--gradient_norms", action="store_true", help="also measure the norms of gradients")
    _study_forecast.add_flag(parser)
    _flag_of_json(parser)
    _study_clusters.add_flags(parser, _count)


def _flags_of_engine(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--engine",
        default="local",
        metavar="NAME",
        help="engine that runs the tasks: local (processes on this machine, the default), ray, slurm or kubernetes",
    )
    parser.add_argument(
        "--jobs",
        metavar="N",
        type=_count(1),
        help="number of tasks in parallel; by default as many as processors (with the threads per task) and memory "
        "allow",
    )
    parser.add_argument(
        "--dataset_root",
        metavar="DIR",
        help="folder of the prepared data sets, read only; $TFDS_DATA_DIR or ~/tensorflow_datasets by default",
    )
    parser.add_argument(
        "--cache_dir", metavar="DIR", help="folder for cached results; ~/.cache/compare_gan_tf2 by default"
    )
    parser.add_argument(
        "--retries", metavar="N", type=_count(0), default=1, help="how often a failed task is tried again; 1 by default"
    )


def _count(low: int) -> Callable[[str], int]:
    """Reads a number of a flag."""

    def read(text: str) -> int:
        if not text.isdecimal() or not low <= int(text) <= _MOST:
            raise argparse.ArgumentTypeError(f"{text!r} has to be a whole number from {low} to {_MOST}")
        return int(text)

    return read


def _run_tasks(args: argparse.Namespace) -> int:
    from compare_gan_tf2.studies import engines, rounds, shared_folder
    from compare_gan_tf2.task_folder import writers

    _require(args.workdir)
    if args.dry_run:
        return _study_forecast.of_run(args)
    engine = engines.load(args.engine)
    found = study.read(args.workdir)
    plan = engines.RunPlan(
        jobs=args.jobs,
        threads=found.threads if found else 1,
        dataset_root=args.dataset_root,
        cache_dir=args.cache_dir,
        retries=args.retries,
        export=args.export,
        watch_with=writers.asked(args.watch_with),
        watch_dir=None if args.watch_dir is None else str(args.watch_dir.absolute()),
        gradient_norms=args.gradient_norms,
        resources=_study_clusters.resources(args),
    )
    if found and found.search and hasattr(engine, "written"):
        raise UserError("a search waits for scores before it goes on; run it with --engine local or ray")
    if args.print:
        if not hasattr(engine, "written"):
            raise UserError(f"--print is for engines that submit to a queue; the engine is {args.engine}")
        print(engine.written(args.workdir, plan))
        return 0
    shared_folder.check(args.workdir)
    is_search = found is not None and found.search
    with _events_apart(args):
        summary = rounds.run(args.workdir, plan, engine.run) if is_search else engine.run(args.workdir, plan)
    if args.json:
        return _code_of_json(summary)
    if summary.submitted:
        for line in summary.submitted:
            print(f"submitted {line}")
        print(f"look at it: compare_gan_study status {args.workdir}")
        return 0
    return _code(summary, args.workdir)


def _flags_of_best(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--score", help="score to compare settings by; by default the score of the search, or fid")
    parser.add_argument("--top", metavar="N", type=int, default=10, help="number of settings to show; 10 by default")
    _flag_of_json(parser)


def _best(args: argparse.Namespace) -> int:
    from compare_gan_tf2.studies import best, terminal

    _require(args.workdir)
    score = args.score or best.score_of(args.workdir)
    places = best.places(args.workdir, score)
    as_text = _run.as_json(best.as_json(places)) if args.json else best.table(places, score, args.top, terminal.width())
    print(as_text)
    return 0


def _flags_of_confirm(parser: argparse.ArgumentParser) -> None:
    _flags_of_engine(parser)
    parser.add_argument(
        "--top", metavar="N", type=int, default=3, help="number of settings to train again; 3 by default"
    )
    parser.add_argument(
        "--seeds", metavar="N", type=int, default=5, help="number of new seeds per setting; 5 by default"
    )
    _flag_of_json(parser)


def _confirm(args: argparse.Namespace) -> int:
    from compare_gan_tf2.studies import best, engines, terminal

    _require(args.workdir)
    for name in ("top", "seeds"):
        if getattr(args, name) < 1:
            raise UserError(f"--{name} is {getattr(args, name)}; it has to be 1 or more")
    engine = engines.load(args.engine)
    if hasattr(engine, "written"):
        raise UserError("confirm waits for the scores of new tasks; run it with --engine local or ray")
    plan = engines.RunPlan(
        jobs=args.jobs, dataset_root=args.dataset_root, cache_dir=args.cache_dir, retries=args.retries
    )
    with _events_apart(args):
        summary = best.confirm(args.workdir, args.top, args.seeds, plan, engine.run)
    score = best.score_of(args.workdir)
    confirmed = [each for each in best.places(args.workdir, score) if each.confirmed]
    if args.json:
        return _code_of_json(summary, settings=best.as_json(confirmed))
    if confirmed:
        print(best.table(confirmed, score, len(confirmed), terminal.width()))
    return _code(summary, args.workdir)


def _events_apart(args: argparse.Namespace) -> contextlib.AbstractContextManager[Any]:
    """With --json, what happens meanwhile is told on standard error, for it is for people."""
    return contextlib.redirect_stdout(sys.stderr) if args.json else contextlib.nullcontext()


def _code_of_json(summary: Summary, **more: Any) -> int:
    """As `_code`, for programs."""
    print(_run.as_json({**dataclasses.asdict(summary), **more}))
    return UNDONE if summary.failed or summary.undone else 0


def _code(summary: Summary, workdir: pathlib.Path) -> int:
    """The exit code after running tasks, of which it is said what became."""
    for line in became(summary, workdir):
        print(line)
    return UNDONE if summary.failed or summary.undone else 0


def _flag_of_json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print the results as one line of JSON, for programs")


def _flags_of_status(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--watch", action="store_true", help="refresh the table until all tasks are finished, or Ctrl-C"
    )
    _flag_of_json(parser)


def _status(args: argparse.Namespace) -> int:
    from compare_gan_tf2.studies import rounds, status_text, terminal

    _require(args.workdir)
    while True:
        states = rounds.with_cuts(args.workdir, state.of_study(args.workdir))
        if args.json:
            print(_run.as_json(status_text.as_json(states)))
        else:
            _show(status_text.text(states, terminal.width()), again=args.watch)
        if not args.watch or all(each.is_over or each.cut_at for each in states):
            return 0
        sys.stdout.flush()
        time.sleep(_SECONDS_BETWEEN_LOOKS)


def _require(workdir: pathlib.Path) -> None:
    """UserError if a folder is no study and holds no tasks."""
    if not tasks.numbers(workdir) and study.read(workdir) is None:
        raise UserError(f"no study in {workdir}; make one: compare_gan_study new {workdir} --dataset triangles")


def _show(text: str, *, again: bool) -> None:
    """Prints a text; on a terminal where it is shown again and again it takes the place of the one before."""
    if again and sys.stdout.isatty() and sys.__stdout__:
        # Not through the standard output of commands, which a terminal's own characters do not pass.
        sys.__stdout__.write(_CLEAR)
        sys.__stdout__.flush()
    print(text)


def _flags_of_clean(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--dry_run", action="store_true", help="say what would be deleted, and delete nothing")
    _flag_of_json(parser)


def _clean(args: argparse.Namespace) -> int:
    from compare_gan_tf2.studies import cleaning, terminal

    _require(args.workdir)
    found = cleaning.clean(args.workdir, dry_run=args.dry_run)
    if args.json:
        print(_run.as_json(dataclasses.asdict(found)))
        return 0
    count = sum(map(len, found.steps.values()))
    did = "would free" if args.dry_run else "freed"
    said = (
        f"{did} {cleaning.in_words(found.freed)}: {counted(count, 'checkpoint')} of "
        f"{counted(len(found.steps), 'task')}; kept for each task: its last checkpoint, its best one by every score, "
        "and those without scores"
    )
    print(terminal.wrapped(said, terminal.width()))
    if found.unfinished:
        print(f"{counted(found.unfinished, 'task')} not finished: all their checkpoints are kept")
    return 0


def _flags_of_archive(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", type=_run.folder, help="archive to write: .tar.gz, .tgz or .zip")
    parser.add_argument(
        "--checkpoints",
        choices=("none", "best"),
        default="none",
        help="checkpoints to include: best (the best one of each task by FID) or none, the default",
    )
    _flag_of_json(parser)


def _archive(args: argparse.Namespace) -> int:
    from compare_gan_tf2.studies import archives, cleaning

    _require(args.workdir)
    made = archives.archive(args.workdir, args.file, with_checkpoints=args.checkpoints)
    if args.json:
        print(_run.as_json({**dataclasses.asdict(made), "file": args.file}))
        return 0
    print(
        f"{counted(made.tasks, 'task')} with {counted(made.rows, 'row')} of scores, {cleaning.in_words(made.size)}: "
        f"{args.file}"
    )
    return 0


# Verb -> (what adds its flags, what carries it out, its line in the list of verbs).
VERBS = {
    "new": (_flags_of_new, _new, "create a study, or add missing tasks to it"),
    "run": (_flags_of_run, _run_tasks, "run all tasks that are not done"),
    "status": (_flags_of_status, _status, "show the state of every task"),
    "watch": (_study_watch.add_flags, _study_watch.watch, "report tasks to TensorBoard, W&B or MLflow"),
    "best": (_flags_of_best, _best, "rank settings by their mean score over seeds"),
    "confirm": (
        _flags_of_confirm,
        _confirm,
        "train the best settings again with new seeds, and show the old and the new means",
    ),
    "report": (
        _study_report.add_flags,
        _study_report.carry_out,
        "say which settings are better, and how certain that is",
    ),
    "clean": (_flags_of_clean, _clean, "delete checkpoints that are no longer needed"),
    "archive": (_flags_of_archive, _archive, "pack tasks, scores and package versions into one file"),
}


def main(argv: Sequence[str] | None = None) -> int:
    """The console script compare_gan_study."""
    return _run.answered(lambda: _parsed_and_done(list(sys.argv if argv is None else argv)))


def _parsed_and_done(argv: list[str]) -> int:
    if _run.said_version(argv):
        return 0
    args, rest = _parser().parse_known_args(_run.heard(argv)[1:])
    if rest and rest[0].startswith("--"):
        flags = [flag.removeprefix("--") for flag in verbs()[args.verb]]
        raise UserError(_run.unknown_flag(rest[0][2:].partition("=")[0], argv, "set" in flags, flags))
    if rest:
        raise UserError(f"unexpected argument {rest[0]!r}; see: compare_gan_study {args.verb} --help")
    return int(args.carry_out(args))


def verbs() -> dict[str, list[str]]:
    """What the command can do: verbs, and the flags of each."""
    (action,) = (each for each in _parser()._actions if isinstance(each, argparse._SubParsersAction))
    return {
        name: [flag for each in verb._actions for flag in each.option_strings if flag.startswith("--")]
        for name, verb in action.choices.items()
    }
