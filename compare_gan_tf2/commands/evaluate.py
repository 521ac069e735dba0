"""Scores generated images against real ones, wherever they come from.

compare_gan_evaluate --real DIR|FILE.npz|NAME --generated DIR|FILE.npz|MODULE [--metrics=fid,kid] [--output FILE.csv]
compare_gan_evaluate --real DIR --generated MODULE [--ability=translate_ab] --inputs DIR|FILE.npz

NAME is a data set (compare_gan_list shows them), MODULE a folder that compare_gan_run_one_task --command=export wrote.
"""

from __future__ import annotations

from collections.abc import Sequence

from absl import flags

from compare_gan_tf2 import display
from compare_gan_tf2.commands import _run
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.files import require_writable

FLAGS = flags.FlagValues()
flags.DEFINE_string("real", None, "folder of images, .npz file, or name of a data set", flag_values=FLAGS)
flags.DEFINE_string("generated", None, "folder of images, .npz file, or exported module", flag_values=FLAGS)
flags.DEFINE_string(
    "ability", None, "of a module: score what it makes of --inputs, and not images that it generates", flag_values=FLAGS
)
flags.DEFINE_string("inputs", None, "folder of images, or .npz file, for --ability", flag_values=FLAGS)
flags.DEFINE_string(
    "training", None, "what the generator was trained on, for authenticity; as --real", flag_values=FLAGS
)
flags.DEFINE_string("metrics", None, "comma-separated; the standard panel by default", flag_values=FLAGS)
flags.DEFINE_string("extractor", None, "feature extractor; classifier by default", flag_values=FLAGS)
flags.DEFINE_multi_string(
    "set", [], "another option of the evaluation: --set resize=clean, --set extractor_weights=FILE", flag_values=FLAGS
)
flags.DEFINE_integer("samples", 0, "how many images of each; all of both if 0", lower_bound=0, flag_values=FLAGS)
flags.DEFINE_integer(
    "seed", 42, "of latents and random choices", lower_bound=0, upper_bound=2**31 - 1, flag_values=FLAGS
)
flags.DEFINE_string("output", None, "also write a .csv file with the scores, which must not exist", flag_values=FLAGS)
flags.DEFINE_string(
    "dataset_root", None, "folder of the prepared data sets; $TFDS_DATA_DIR or ~/tensorflow_datasets by default",
    flag_values=FLAGS,
)  # fmt: skip
flags.DEFINE_string(
    "cache_dir", None, "folder of what can be computed again; ~/.cache/compare_gan_tf2 by default", flag_values=FLAGS
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
        raise UserError(f"--output is {output}; it has to end in .csv, and must not be there yet")
    if output:
        # Before the scores are computed.
        require_writable(output)

    _run.start_tensorflow()
    from compare_gan_tf2.evaluation.images import DIRECTION, evaluate_images

    row = evaluate_images(
        FLAGS.real,
        FLAGS.generated,
        training=FLAGS.training,
        ability=FLAGS.ability or "",
        inputs=FLAGS.inputs,
        samples=FLAGS.samples,
        seed=FLAGS.seed,
        options=options,
        dataset_root=FLAGS.dataset_root,
        cache_dir=FLAGS.cache_dir,
    )
    if output:
        score_table.write_rows(output, [row])
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


def main(argv: Sequence[str] | None = None) -> int:
    """The console script compare_gan_evaluate."""
    return _run.run(__doc__ or "", FLAGS, _main, argv)
