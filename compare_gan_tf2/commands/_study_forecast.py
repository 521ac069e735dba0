"""--dry_run of compare_gan_study: what the tasks of a study would take, with nothing written in its folder."""

from __future__ import annotations

import argparse
import pathlib
import shutil
from collections.abc import Iterator

from compare_gan_tf2.commands import _run, _study_request
from compare_gan_tf2.commands._study_summary import counted
from compare_gan_tf2.studies import (
    adding,
    forecast,
    making,
    search_forecast,
    searching,
    settings,
    study,
    terminal,
    timing,
)
from compare_gan_tf2.studies.engines import local


def add_flag(parser: argparse.ArgumentParser) -> None:
    """Adds --dry_run."""
    parser.add_argument(
        "--dry_run",
        action="store_true",
        help="estimate time and disk space from short timings of one task of each kind, without running the study",
    )


def add_places(parser: argparse.ArgumentParser) -> None:
    """Adds the places that timings need, to a verb that does not have them."""
    parser.add_argument(
        "--dataset_root",
        metavar="DIR",
        help="folder of the prepared data sets, to check whether those of the study are there",
    )
    parser.add_argument("--cache_dir", metavar="DIR", help="with --dry_run: folder for cached results")


def of_run(args: argparse.Namespace) -> int:
    """Says what is left of a study."""
    found = study.read(args.workdir)
    if found is not None and found.search:
        left = search_forecast.left(args.workdir, found)
    else:
        left = timing.left(args.workdir)
    _say(args, left, found.threads if found else 1, args.jobs, args.export)
    return 0


def of_new(args: argparse.Namespace) -> int:
    """Says what would be made, and what that would take."""
    request = _study_request.of(args)
    if searching.is_search(args.workdir, request):
        asked, said = searching.planned(args.workdir, request)
        if not args.json:
            print(f"planned: {said}")
        _say(args, search_forecast.left(args.workdir, asked), asked.threads, None, False)
        return 0
    _, whole, combined = making.planned(args.workdir, request)
    there = {settings.key(options) for options in adding.there(args.workdir).values()}
    new = [timing.Left(options) for options, _ in combined.tasks if settings.key(options) not in there]
    if not args.json:
        for line in _study_request.left_out(combined):
            print(line)
        made = f"{counted(len(new), 'new task')} would be made in {args.workdir}"
        print(f"{made}, {len(combined.tasks) - len(new)} of those asked for exist already")
    _say(args, new, whole.threads, None, False)
    return 0


def _say(args: argparse.Namespace, left: list[timing.Left], threads: int, jobs: int | None, export: bool) -> None:
    found = timing.of_tasks(
        left,
        jobs=jobs or local.default_jobs(threads),
        threads=threads,
        dataset_root=args.dataset_root,
        cache_dir=args.cache_dir,
        export=export,
    )
    free = shutil.disk_usage(next(each for each in _parents(args.workdir) if each.exists())).free
    said = _run.as_json(forecast.as_json(found, free)) if args.json else forecast.text(found, free, terminal.width())
    print(said)


def _parents(path: pathlib.Path) -> Iterator[pathlib.Path]:
    """A place and all above it."""
    yield path
    yield from path.absolute().parents
