"""Scores generated images against real ones, from any source.

compare_gan_evaluate --real DIR|FILE.npz|NAME --generated DIR|FILE.npz|MODULE [--metrics=fid,kid] [--output FILE.csv]
compare_gan_evaluate --real DIR|FILE.npz|NAME --generated MODULE --truncation=2,1,0.5 [--output FILE.csv]
compare_gan_evaluate --real DIR|FILE.npz|NAME --generated MODULE --psi=1,0.7,0.5 [--cutoff=N] [--center=global|class]
                     [--metrics=precision_recall] [--figure FILE.png]
compare_gan_evaluate --real DIR --generated MODULE [--ability=translate_ab] --inputs DIR|FILE.npz

NAME is a data set (compare_gan_list datasets), MODULE an exported module: a folder, a .tar.gz file or a web address.
"""

from __future__ import annotations

import math
import pathlib
from collections.abc import Sequence
from typing import Any

from absl import flags

from compare_gan_tf2 import display
from compare_gan_tf2.commands import _run
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.files import require_writable

# Of what images are truncated by, for the head of a table.
_SHORT = {"psi": "psi", "truncation": "trunc."}

FLAGS = flags.FlagValues()
flags.DEFINE_string("real", None, "folder of images, .npz file, or name of a data set", flag_values=FLAGS)
flags.DEFINE_string("generated", None, "folder of images, .npz file, or exported module", flag_values=FLAGS)
flags.DEFINE_string(
    "ability", None, "for a module: ability to score on --inputs, in place of generated images", flag_values=FLAGS
)
flags.DEFINE_string("inputs", None, "inputs of --ability: a folder of images, or an .npz file", flag_values=FLAGS)
flags.DEFINE_list(
    "truncation", None, "for a module: limit latents to [-truncation, truncation]; 0 is no limit; several values, "
    "separated by commas, make a curve", flag_values=FLAGS,
)  # fmt: skip
flags.DEFINE_list(
    "psi", None, "for a module of gan=stylegan or stylegan2: truncation of w, 1 is none, smaller values move w towards "
    "the mean of all w; several values make a curve", flag_values=FLAGS,
)  # fmt: skip
flags.DEFINE_integer(
    "cutoff", None, "number of layers, from the coarsest on, that --psi affects; all by default", lower_bound=1,
    flag_values=FLAGS,
)  # fmt: skip
flags.DEFINE_enum(
    "center", None, ("global", "class"), "what --psi moves w towards: the mean of all w (the default) or of the class",
    flag_values=FLAGS,
)  # fmt: skip
flags.DEFINE_string(
    "figure", None, "also draw the curve of precision and recall to a file ending in .png, .svg or .pdf",
    flag_values=FLAGS,
)  # fmt: skip
flags.DEFINE_string(
    "training",
    None,
    "training data of the generator, for metric authenticity: folder, .npz file or data set",
    flag_values=FLAGS,
)
flags.DEFINE_string("metrics", None, "metrics, comma-separated; the standard list by default", flag_values=FLAGS)
flags.DEFINE_string("extractor", None, "feature extractor; classifier by default", flag_values=FLAGS)
_run.define_set(FLAGS, "option=value of the evaluation: --set resize=clean, --set extractor_weights=FILE")
flags.DEFINE_integer("samples", 0, "number of real and of generated images; 0 is all", lower_bound=0, flag_values=FLAGS)
flags.DEFINE_integer(
    "seed", 42, "seed of latents and random choices", lower_bound=0, upper_bound=2**31 - 1, flag_values=FLAGS
)
flags.DEFINE_string(
    "output", None, "also write the scores to this .csv file, which must not exist yet", flag_values=FLAGS
)
flags.DEFINE_string(
    "dataset_root", None, "folder of the prepared data sets; $TFDS_DATA_DIR or ~/tensorflow_datasets by default",
    flag_values=FLAGS,
)  # fmt: skip
flags.DEFINE_string(
    "cache_dir", None, "folder for cached results; ~/.cache/compare_gan_tf2 by default", flag_values=FLAGS
)
_run.define_json(FLAGS)


def _main(positional: list[str]) -> int:
    from compare_gan_tf2.studies import terminal
    from compare_gan_tf2.task_folder import score_table

    _run.no_arguments(positional)
    _run.required(FLAGS, "real", "generated")
    options = _run.assignments(FLAGS.set)
    for name in ("metrics", "extractor"):
        if FLAGS[name].value is not None:
            if name in options:
                raise UserError(f"the option {name} is given twice: by --{name} and by --set")
            options[name] = FLAGS[name].value
    output = _run.folder(FLAGS.output) if FLAGS.output else None
    if output and (output.suffix != ".csv" or output.exists()):
        raise UserError(f"--output is {output}; it has to end in .csv, and the file must not exist yet")
    if output:
        # Before the scores are computed.
        require_writable(output)

    by, values = _truncations()
    figure = _figure(len(values))

    _run.start_tensorflow()
    from compare_gan_tf2.evaluation.images import DIRECTION, TRUNCATION, evaluate_images

    def evaluated(value: float) -> dict[str, str]:
        of_w = _of_w(value) if by == "psi" else None
        return evaluate_images(
            FLAGS.real,
            FLAGS.generated,
            training=FLAGS.training,
            ability=FLAGS.ability or "",
            inputs=FLAGS.inputs,
            samples=FLAGS.samples,
            seed=FLAGS.seed,
            truncation=0.0 if of_w else value,
            **({"of_w": of_w} if of_w else {}),
            options=options,
            dataset_root=FLAGS.dataset_root,
            cache_dir=FLAGS.cache_dir,
        )

    rows = [evaluated(each) for each in values]
    row = rows[0]
    if output:
        score_table.write_rows(output, rows)
    if len(rows) > 1:
        if figure:
            from compare_gan_tf2.reports import truncation_curve

            numbered = [{TRUNCATION: "0", **each} for each in rows]
            truncation_curve.write(figure, numbered, by, pathlib.Path(FLAGS.generated).name)
        _show_curve([{TRUNCATION: "none", **each} for each in rows], by, output, figure)
        return 0
    if FLAGS.json:
        (said,) = terminal.as_json([row])
        more = {"direction": row[DIRECTION]} if DIRECTION in row else {}
        print(_run.as_json(said | more | ({"written": output} if output else {})))
        return 0
    if DIRECTION in row:
        print(display.line(row[DIRECTION]))
    print(terminal.listed({name: display.line(cell) for name, cell in row.items()}, terminal.width()))
    if output:
        print(f"written: {output}")
    return 0


def _show_curve(rows: list[dict[str, str]], by: str, output: pathlib.Path | None, figure: pathlib.Path | None) -> None:
    """Prints the scores by truncation."""
    from compare_gan_tf2.studies import terminal
    from compare_gan_tf2.task_folder import score_table

    if FLAGS.json:
        as_said = terminal.as_json(rows)
        said = [found | {by: row[by]} for found, row in zip(as_said, rows, strict=True)]
        places = {"written": output, "figure": figure}
        print(_run.as_json({"curve": said} | {name: place for name, place in places.items() if place}))
        return
    columns = [name for name in score_table.score_columns(rows) if name != by]
    cells = [[row[by], *(terminal.number(row[name]) for name in columns)] for row in rows]
    # A short name, which a narrow terminal does not cut.
    print(terminal.table([_SHORT[by], *map(terminal.short, columns)], cells, terminal.width()))
    print(terminal.wrapped(f"protocol of the first row: {display.line(rows[0]['protocol'])}", terminal.width()))
    for place in (output, figure):
        if place:
            print(f"written: {place}")


def _truncations() -> tuple[str, list[float]]:
    """What images are truncated by, and how far, each value given once."""
    if FLAGS.psi is None:
        for name in ("cutoff", "center"):
            if FLAGS[name].value is not None:
                raise UserError(f"--{name} has no effect without --psi; give --psi, too")
        return "truncation", _numbers("truncation", 0.0) if FLAGS.truncation is not None else [0.0]
    if FLAGS.truncation is not None:
        raise UserError("--truncation limits latents z, and --psi truncates w; give only one of them")
    return "psi", _numbers("psi", -math.inf)


def _numbers(name: str, least: float) -> list[float]:
    words = FLAGS[name].value
    try:
        found = [float(word) for word in words]
    except ValueError:
        raise UserError(f"--{name} is {','.join(words)}; it must be numbers separated by commas") from None
    if not found or len(set(found)) < len(found) or not all(each >= least and math.isfinite(each) for each in found):
        from_zero = ", 0 or more" if least == 0 else ""
        raise UserError(f"--{name} is {','.join(words)}; it must be numbers{from_zero}, each once")
    return found


def _of_w(psi: float) -> Any:
    from compare_gan_tf2.hub_export.styles import Truncation

    return Truncation(psi, FLAGS.cutoff or 0, FLAGS.center or "global")


def _figure(count: int) -> pathlib.Path | None:
    """Where the figure goes, looked at before the scores are computed."""
    if not FLAGS.figure:
        return None
    from compare_gan_tf2.reports import truncation_curve

    if count < 2:
        raise UserError("--figure is for a curve: give several values of --psi or --truncation")
    path = _run.folder(FLAGS.figure)
    truncation_curve.require_kind(path)
    require_writable(path)
    return path


def main(argv: Sequence[str] | None = None) -> int:
    """The console script compare_gan_evaluate."""
    return _run.run(__doc__ or "", FLAGS, _main, argv)
