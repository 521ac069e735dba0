"""Draws pictures with an exported module: a folder, a .tar.gz file, a web address, or a task's folder.

compare_gan_sample MODULE [--kind=grid] [--count=64] [--columns=8] [--labels=0,1,2|NAME] [--aspect=4:3]
                          [--output=FILE.png]
compare_gan_sample MODULE --kind=classes [--columns=8] [--labels=0,1,2|NAME] [--output=FILE.png]
compare_gan_sample MODULE --kind=interpolation [--count=8] [--steps=8] [--format=png|gif] [--output=FILE.png|FILE.gif]
compare_gan_sample MODULE --kind=files [--count=64] [--aspect=4:3] [--output=FOLDER]
compare_gan_sample MODULE --kind=codes --part=NAME [--columns=8] [--output=FILE.png]
compare_gan_sample MODULE --kind=reconstruction --inputs=FOLDER|FILE.npz [--count=64] [--columns=8] [--output=FILE.png]
compare_gan_sample MODULE --kind=edit [--inputs=FOLDER|FILE.npz] [--count=8] [--labels=0,1,2|NAME] [--keep=NAME]
                          [--output=FILE.png]
compare_gan_sample MODULE --kind=pairs [--count=64] [--output=FILE.npz]
compare_gan_sample MODULE --kind=mixing [--layers=coarse] [--count=4] [--columns=6] [--psi=0.7] [--latents=FILE.npz]
compare_gan_sample MODULE --kind=truncation [--psi=1,0.7,0.5,0] [--cutoff=N] [--center=global|class] [--columns=6]
compare_gan_sample MODULE --kind=projection --inputs=FOLDER|FILE.npz [--space=w|w+] [--count=4] [--labels=NAME]
compare_gan_sample MODULE --kind=translation [--ability=NAME] [--inputs=FOLDER|FILE.npz [--truths=FOLDER|FILE.npz]]
compare_gan_sample MODULE --kind=captions [--captions=TEXT|FILE.txt|FILE.npz] [--count=8] [--columns=8]
compare_gan_sample MODULE --kind=neighbors [--inputs=FOLDER|FILE.npz] [--count=16] [--columns=8] [--labels=0,1,2|NAME]
compare_gan_sample MODULE [--ability=NAME] --inputs=FOLDER|FILE.npz [--kind=grid|files] [--count=N] [--seed=N]
                          [--output=...]

What each --kind draws:
grid: random images.
classes: one row per class, with the same latents in every row.
interpolation: each row leads from one latent to another. A GIF shows all rows at once, forward and back.
files: single images, 00000.png and so on.
codes: one part of the latents varies along each row, for modules whose latents have parts.
reconstruction: your pictures beside the model's reconstructions.
edit: one row for each picture (or for each random image, if the module edits latents), with the picture, its
reconstruction if there is one, and an edit to each class. --keep names classes that should change less: the direction
of the edit is made orthogonal to their axes.
pairs: images and their latents in one file, as a data set for training encoders.
translation: input, output and truth side by side, from the test split of the module's data set or from your pictures.
captions: one row of images per caption, for modules that generate images from captions.
neighbors: random images, each above its nearest training picture (by pixels); prints how many are near copies.
Training pictures are those of the module's data set, or yours with --inputs.
mixing, truncation and projection are for modules that map latents to w (gan=stylegan and stylegan2):
mixing: the images on the left, with some layers taken from the images above; the output lists the cells in which the
image changes by less than 1 %.
truncation: one row for each psi; psi multiplies the distance of w from the mean.
projection: each of your pictures beside the most similar image that some w gives, the image of the mean w, and the
nearest of 10,000 samples. The last row projects a sample of the model. --psi also works with grid and files.

With --inputs the model processes your pictures: grid shows each picture beside the output; files writes outputs under
the pictures' names, codes and other numbers to outputs.npz, and the error of each reconstruction to errors.csv.
--ability selects what the model does; the first line of output shows the direction: outlines -> filled. --seed turns on
random layers, such as dropout.
The same options give the same bytes.
"""

from __future__ import annotations

import math
import pathlib
from collections.abc import Sequence
from typing import Any

from absl import flags

from compare_gan_tf2 import display
from compare_gan_tf2.commands import _run, _sample_captions, _sample_neighbors, _sample_styles, _sample_translation
from compare_gan_tf2.errors import UserError

KINDS = (
    "grid", "classes", "interpolation", "files", "codes", "reconstruction", "edit", "pairs", *_sample_styles.KINDS,
    _sample_translation.KIND, _sample_captions.KIND, _sample_neighbors.KIND,
)  # fmt: skip
# What is shown of a module's abilities.
_ABILITIES = {"edit": "edit", "reconstruction": "reconstruct"}
# Kinds that are in files of their own.
_SHEETS = {
    module.KIND: module.picture  # type: ignore[attr-defined]
    for module in (_sample_captions, _sample_neighbors, _sample_translation)
}
# Flags that only some kinds have.
_KINDS_OF = {
    "count": (
        "grid",
        "interpolation",
        "files",
        "reconstruction",
        "edit",
        "pairs",
        "mixing",
        "projection",
        "translation",
        "captions",
        "neighbors",
    ),
    "columns": (
        "grid",
        "classes",
        "interpolation",
        "codes",
        "reconstruction",
        "mixing",
        "truncation",
        "translation",
        "captions",
        "neighbors",
    ),
    "aspect": ("grid", "files"),
    "keep": ("edit",),
    "part": ("codes",),
    "steps": ("interpolation",),
}
_STARTS = {".png": b"\x89PNG\r\n\x1a\n", ".gif": b"GIF8"}

FLAGS = flags.FlagValues()
flags.DEFINE_enum("kind", "grid", KINDS, "what to draw", flag_values=FLAGS)
flags.DEFINE_string(
    "ability",
    None,
    "ability to use on --inputs, in place of generating images: encode, reconstruct, ... (see the model card)",
    flag_values=FLAGS,
)
flags.DEFINE_string("inputs", None, "your pictures: a folder of images, or an .npz file", flag_values=FLAGS)
flags.DEFINE_string(
    "output",
    None,
    "file ending in .png or .gif, folder for --kind=files, or file ending in .npz for --kind=pairs; by default "
    "samples-<kind>.png, samples-files or samples-pairs.npz in the current folder",
    flag_values=FLAGS,
)
flags.DEFINE_integer(
    "count", None, "number of images, 64 by default (16 for --kind=neighbors, all of --inputs for --kind=files); for "
    "--kind=interpolation and edit: number of rows, 8 by default; for mixing: number of rows, 4 by default; for "
    "projection: number of pictures, 4 by default; for translation: number of inputs, 24 by default; for captions: "
    "number of captions, 8 by default",
    lower_bound=1, flag_values=FLAGS,
)  # fmt: skip
flags.DEFINE_integer(
    "columns", None, "number of images per row, 8 by default, 6 for --kind=mixing and truncation; for --kind=classes "
    "images per class",
    lower_bound=1, flag_values=FLAGS,
)  # fmt: skip
flags.DEFINE_string("part", None, "part of the latents that --kind=codes varies", flag_values=FLAGS)
flags.DEFINE_integer(
    "steps", None, "number of images per interpolation, 8 by default", lower_bound=2, flag_values=FLAGS
)
flags.DEFINE_string(
    "labels",
    None,
    "classes by number or name, comma-separated, used in turn; by default random ones for --kind=grid and files, and "
    "the first ones for the others",
    flag_values=FLAGS,
)
flags.DEFINE_string(
    "keep",
    None,
    "classes by number or name, comma-separated, that --kind=edit must not change, for modules with latent axes",
    flag_values=FLAGS,
)
flags.DEFINE_string(
    "aspect",
    None,
    "width:height of the pictures, such as 4:3, for --kind=grid and files: stretches images back to the shape that the "
    "pictures had before train_crop=none squeezed them into squares",
    flag_values=FLAGS,
)
flags.DEFINE_float(
    "truncation", 0.0, "limit latents to [-truncation, truncation]; 0 is no limit", lower_bound=0, flag_values=FLAGS
)
flags.DEFINE_integer(
    "seed", None, "seed of the latents, 0 by default; with --ability: seed of its random layers, which are off without "
    "--seed",
    lower_bound=0, upper_bound=2**31 - 1, flag_values=FLAGS,
)  # fmt: skip
flags.DEFINE_enum(
    "format",
    None,
    ("png", "gif"),
    "format of the picture; by default the ending of --output, or png",
    flag_values=FLAGS,
)
flags.DEFINE_string(
    "cache_dir", None, "folder where archives are unpacked; ~/.cache/compare_gan_tf2 by default", flag_values=FLAGS
)
_sample_styles.define(FLAGS)
_sample_translation.define(FLAGS)
_sample_captions.define(FLAGS)
_run.define_json(FLAGS)


def _main(positional: list[str]) -> int:
    if not positional or not positional[0]:
        raise UserError("which module? Give its folder, .tar.gz file or web address")
    _run.no_arguments(positional[1:])
    if not math.isfinite(FLAGS.truncation):
        raise UserError(f"--truncation is {FLAGS.truncation}; it has to be a number, 0 or more")
    kind = FLAGS.kind
    for name, kinds in _KINDS_OF.items():
        if FLAGS[name].value is not None and kind not in kinds:
            raise UserError(f"--{name} has no effect with --kind={kind}; it is for {' and '.join(kinds)}")
    if kind == "codes" and FLAGS.part is None:
        raise UserError("--kind=codes needs --part, the part of the latents that varies; the model card names them")
    _sample_styles.check(FLAGS)
    _sample_translation.check(FLAGS)
    _sample_captions.check(FLAGS)
    _sample_neighbors.check(FLAGS)
    _check_ability(kind)
    stretch = _stretch()
    output, ending = _place(kind)
    if kind == "interpolation" and ending == ".png" and FLAGS.columns is not None:
        raise UserError("--columns is for --format=gif here; a grid of interpolations has one column per step")

    _run.start_tensorflow()
    from compare_gan_tf2.hub_export import sample
    from compare_gan_tf2.hub_export.load import load

    module = load(positional[0], cache_dir=_run.folder(FLAGS.cache_dir) if FLAGS.cache_dir else None)
    if kind == "edit":
        return _edit(module, output)
    if _sample_styles.is_asked(FLAGS):
        return _sample_styles.draw(FLAGS, module, output)
    if kind in _SHEETS:
        return _sheet(_SHEETS[kind], module, output)
    if FLAGS.inputs is not None:
        return _apply(module, kind, output)
    about = sample.facts(module)
    given: dict[str, Any] = {"seed": FLAGS.seed or 0, "truncation": FLAGS.truncation}
    if FLAGS.labels is not None:
        given["labels"] = sample.parse_labels(FLAGS.labels, about)
    if kind == "files":
        sample.write_files(module, output, FLAGS.count or 64, **given, **stretch)
    elif kind == "pairs":
        from compare_gan_tf2.hub_export import pairs

        pairs.write(module, output, FLAGS.count or 64, **given)
    else:
        _write(output, _picture(sample, module, kind, ending, given | stretch))
    print(_run.as_json({"written": output}) if FLAGS.json else f"written: {output}")
    return 0


def _stretch() -> dict[str, float]:
    """What --aspect asks for, by name; UserError if it is no shape, or stands beside flags that it has no part in."""
    if FLAGS.aspect is None:
        return {}
    if FLAGS.inputs is not None or _sample_styles.is_asked(FLAGS):
        raise UserError("--aspect does not work with --inputs, --psi and --save_latents; leave them out")
    from compare_gan_tf2.hub_export.aspect import parse

    return {"aspect": parse(FLAGS.aspect)}


def _check_ability(kind: str) -> None:
    """UserError for flags that do not belong together."""
    if kind in _sample_styles.KINDS:
        if FLAGS.ability is not None or (FLAGS.inputs is not None and kind != "projection"):
            those = "--ability" if kind == "projection" else "--ability and --inputs"
            raise UserError(f"--kind={kind} works with the w of the module; leave out {those}")
        return
    if kind in _SHEETS:
        return
    if kind in _ABILITIES and FLAGS.ability not in (None, _ABILITIES[kind]):
        raise UserError(f"--kind={kind} shows ability {_ABILITIES[kind]}; leave out --ability")
    if kind == "edit":
        if FLAGS.truncation:
            raise UserError("--truncation has no effect with --kind=edit; leave it out")
        return
    if FLAGS.inputs is None:
        if kind == "reconstruction":
            raise UserError("--kind=reconstruction needs --inputs, a folder of images or an .npz file")
        if FLAGS.ability is not None:
            raise UserError("--ability and --inputs belong together: what to do, and with which pictures")
        return
    if kind not in ("grid", "files", "reconstruction"):
        raise UserError(
            f"--kind={kind} is for images that are generated from latents; with --inputs, use --kind=grid, files, "
            "reconstruction or edit"
        )
    for name, without in (("labels", None), ("truncation", 0.0)):
        if FLAGS[name].value != without:
            raise UserError(f"--{name} is for generated images, and has no effect with --inputs")


def _apply(module: Any, kind: str, output: pathlib.Path) -> int:
    """Writes what an ability makes of the user's pictures; 1 if some of these could not be read."""
    from compare_gan_tf2.hub_export import apply
    from compare_gan_tf2.task_folder import grids

    ability = apply.ability_of(module, FLAGS.ability or _ABILITIES.get(kind, ""))
    if ability.direction and not FLAGS.json:
        print(f"{ability.name}: {display.line(ability.direction)}", flush=True)
    cache_dir = _run.folder(FLAGS.cache_dir) if FLAGS.cache_dir else None
    inputs = _run.folder(FLAGS.inputs)
    count = FLAGS.count or (None if kind == "files" else 64)
    parts = apply.applied(ability, inputs, count, cache_dir, FLAGS.seed)
    if kind == "files":
        apply.write_files(ability, parts, output)
    else:
        _write(output, grids.encode_png(apply.sheet(ability, parts, FLAGS.columns or 8)))
    missing = apply.left_out(inputs, cache_dir)
    if FLAGS.json:
        said = {"ability": ability.name, "direction": ability.direction, "written": output, "left_out": missing}
        print(_run.as_json(said))
        return 1 if missing else 0
    print(f"written: {output}")
    for name, why in missing.items():
        print(f"left out: {display.line(f'{name}: {why}')}")
    return 1 if missing else 0


def _sheet(picture: Any, module: Any, output: pathlib.Path) -> int:
    """Writes a sheet of a kind of its own, which `picture` gives."""
    from compare_gan_tf2.task_folder import grids

    _write(output, grids.encode_png(picture(FLAGS, module)))
    print(_run.as_json({"written": output}) if FLAGS.json else f"written: {output}")
    return 0


def _edit(module: Any, output: pathlib.Path) -> int:
    """Writes a sheet of edits."""
    from compare_gan_tf2.hub_export import edits
    from compare_gan_tf2.task_folder import grids

    inputs = None if FLAGS.inputs is None else _run.folder(FLAGS.inputs)
    cache_dir = _run.folder(FLAGS.cache_dir) if FLAGS.cache_dir else None
    given: dict[str, Any] = {"labels": FLAGS.labels, "keep": FLAGS.keep}
    given |= {"seed": FLAGS.seed or 0, "cache_dir": cache_dir}
    _write(output, grids.encode_png(edits.sheet(module, inputs, FLAGS.count or edits.ROWS, **given)))
    print(_run.as_json({"written": output}) if FLAGS.json else f"written: {output}")
    return 0


def _picture(sample: Any, module: Any, kind: str, ending: str, given: dict[str, Any]) -> bytes:
    """The file's bytes."""
    from compare_gan_tf2.task_folder import grids

    columns = FLAGS.columns or 8
    if kind == "grid":
        return grids.encode_png(sample.grid(module, FLAGS.count or 64, columns=columns, **given))
    if kind == "classes":
        return grids.encode_png(sample.class_sheet(module, columns=columns, **given))
    if kind == "codes":
        return grids.encode_png(sample.code_sheet(module, FLAGS.part, columns=columns, **given))
    ways = sample.interpolation(module, FLAGS.count or 8, steps=FLAGS.steps or 8, **given)
    if ending == ".gif":
        return sample.encode_gif(sample.interpolation_frames(ways, columns))
    return grids.encode_png(sample.interpolation_sheet(ways))


def _write(path: pathlib.Path, content: bytes) -> None:
    from compare_gan_tf2.files import replace_file

    with replace_file(path) as file:
        file.write(content)


def _place(kind: str) -> tuple[pathlib.Path, str]:
    """Where to write, and the ending of a picture's name; looked at before the module is, which takes seconds."""
    from compare_gan_tf2.files import require_writable

    if kind == "files":
        from compare_gan_tf2.hub_export.sample import require_new

        if FLAGS.format == "gif":
            raise UserError("--format=gif is for --kind=interpolation; single images are .png")
        folder = _run.folder(FLAGS.output) if FLAGS.output else pathlib.Path(_sample_styles.stem(FLAGS))
        require_new(folder)
        return folder, ""
    if kind == "pairs":
        path = _run.folder(FLAGS.output) if FLAGS.output else pathlib.Path("samples-pairs.npz")
        if path.suffix != ".npz" or FLAGS.format:
            raise UserError(f"--kind=pairs writes a file that ends in .npz, and not {FLAGS.format or path}")
        if path.exists():
            raise UserError(f"{path} is there already; remove it, or give another place")
        require_writable(path)
        return path, ""
    by_default = f"{_sample_styles.stem(FLAGS)}.{FLAGS.format or 'png'}"
    path = _run.folder(FLAGS.output) if FLAGS.output else pathlib.Path(by_default)
    ending = path.suffix.lower()
    if ending not in _STARTS or (FLAGS.format and ending != f".{FLAGS.format}"):
        raise UserError(f"--output is {path}; it has to end in .{FLAGS.format or 'png or .gif'}")
    if ending == ".gif" and kind != "interpolation":
        raise UserError(f"an animation is for --kind=interpolation; --kind={kind} makes a .png")
    require_writable(path)
    if path.exists() and not _is_picture(path):
        raise UserError(f"{path} is there already and is no picture; give another place")
    return path, ending


def _is_picture(path: pathlib.Path) -> bool:
    with path.open("rb") as file:
        return file.read(8).startswith(tuple(_STARTS.values()))


def main(argv: Sequence[str] | None = None) -> int:
    """The console script compare_gan_sample."""
    return _run.run(__doc__ or "", FLAGS, _main, argv)
