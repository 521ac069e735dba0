"""`compare_gan_study report`: tables, figures and a page of one study, or of several that are joined."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from compare_gan_tf2.commands import _run
from compare_gan_tf2.errors import UserError


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Adds the flags of the verb."""
    parser.add_argument(
        "--output",
        metavar="DIR",
        type=_run.folder,
        help="folder of the report; by default the folder report in the first WORKDIR",
    )
    parser.add_argument(
        "--group_by",
        metavar="OPTION",
        nargs="+",
        action="extend",
        default=[],
        help="group tasks by these options; by default all options except the seed",
    )
    parser.add_argument(
        "--score", metavar="NAME", help="score to compare groups by; by default the score of the search, or fid"
    )
    parser.add_argument(
        "--at",
        metavar="last|best|STEP",
        default="last",
        help="checkpoint to report for each training; last by default",
    )
    parser.add_argument(
        "--budget",
        metavar="trainings|steps|images|seconds",
        default="trainings",
        help="unit of the budgets for which the report computes the best score to expect: trainings (the default), "
        "steps, images or seconds",
    )
    parser.add_argument(
        "--format",
        metavar="csv|parquet|markdown|latex",
        nargs="+",
        action="extend",
        default=[],
        help="formats of the tables; all by default",
    )
    parser.add_argument(
        "--figures", metavar="png|svg|pdf|none", default="png", help="format of the figures; png by default"
    )
    parser.add_argument("--json", action="store_true", help="print the results as one line of JSON, for programs")


def carry_out(args: argparse.Namespace) -> int:
    """Makes the report and says what is in it."""
    from compare_gan_tf2.reports import report_text, reporting
    from compare_gan_tf2.studies import terminal

    if args.score is not None and not args.score:
        raise UserError("--score is empty; leave it out, or give the name of a score such as fid")
    request = reporting.Request(
        workdirs=args.workdirs,
        output=args.output,
        group_by=_words(args.group_by),
        score=args.score or "",
        at=args.at,
        budget=args.budget,
        formats=_words(args.format) or tuple(reporting.Request.formats),
        figures=args.figures,
    )
    report = reporting.make(request)
    if args.json:
        print(_run.as_json(report_text.as_json(report)))
    else:
        print(report_text.text(report, terminal.width()))
    return 0


def _words(given: Sequence[str]) -> tuple[str, ...]:
    """Names that stand one after the other, or between commas, each once."""
    return tuple(dict.fromkeys(name for word in given for name in word.split(",") if name))
