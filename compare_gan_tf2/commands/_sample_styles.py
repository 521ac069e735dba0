"""What compare_gan_sample does with w: its flags, mixing, truncation, projection, and latents that are kept."""

from __future__ import annotations

import math
import pathlib
from collections.abc import Sequence
from typing import Any

from absl import flags

from compare_gan_tf2 import display
from compare_gan_tf2.commands import _run
from compare_gan_tf2.errors import UserError

KINDS = ("mixing", "truncation", "projection")
# Kinds whose images are of latents, one each, so that w can be truncated and all of it be kept.
PLAIN = ("grid", "files")
# Flag -> the kinds that it is for.
FLAGS_FOR = {
    "psi": (*PLAIN, "mixing", "truncation"),
    "cutoff": (*PLAIN, "mixing", "truncation"),
    "center": (*PLAIN, "mixing", "truncation"),
    "iterations": ("projection",),
    "latents": ("mixing", "truncation"),
    "layers": ("mixing",),
    "save_latents": (*PLAIN, *KINDS),
    "space": ("projection",),
}
_CENTERS, _SPACES = ("global", "class"), ("w", "w+")
_PICTURES = 4


def define(values: flags.FlagValues) -> None:
    """Defines the flags."""
    flags.DEFINE_list(
        "psi", None, "truncation of w: 1 is none, smaller values move w towards the mean of all w (less variety); "
        "for --kind=truncation several values, one row each", flag_values=values,
    )  # fmt: skip
    flags.DEFINE_integer(
        "cutoff", None, "number of layers, from the coarsest on, that --psi affects; all by default", lower_bound=1,
        flag_values=values,
    )  # fmt: skip
    flags.DEFINE_enum(
        "center", None, _CENTERS, "what --psi moves w towards: the mean of all w, from training (global, the default), "
        "or the mean of 10,000 w of the image's class (class)", flag_values=values,
    )  # fmt: skip
    flags.DEFINE_string(
        "layers", None, "layers that --kind=mixing takes from the images above: coarse (the default), middle or fine "
        "(a third of all layers each), or numbers from 1, such as 1-4,6", flag_values=values,
    )  # fmt: skip
    flags.DEFINE_string(
        "latents", None, "file with w or with latents z, written by --save_latents, in place of random ones; "
        "--kind=mixing uses the first ones for its rows", flag_values=values,
    )  # fmt: skip
    flags.DEFINE_boolean(
        "save_latents", False, "also write the latents z, and w if there are any, to a file ending in -latents.npz",
        flag_values=values,
    )  # fmt: skip
    flags.DEFINE_enum(
        "space", None, _SPACES, "for --kind=projection: one vector for all layers (w, the default) or one for each "
        "layer (w+), which fits pictures better and edits worse", flag_values=values,
    )  # fmt: skip
    flags.DEFINE_integer(
        "iterations", None, "optimization steps of --kind=projection per picture; 300 by default", lower_bound=1,
        flag_values=values,
    )  # fmt: skip


def check(values: flags.FlagValues) -> None:
    """UserError for flags that do not belong to the kind, or to each other."""
    kind = values.kind
    for name, kinds in FLAGS_FOR.items():
        if values[name].value not in (None, False) and kind not in kinds:
            raise UserError(f"--{name} has no effect with --kind={kind}; it is for {' and '.join(kinds)}")
    if kind in KINDS and values.truncation:
        raise UserError(
            f"--truncation limits latents z, and has no effect with --kind={kind}; --kind=mixing and truncation have "
            "--psi, which truncates w"
        )
    if values.psi is None and kind != "truncation":
        for name in ("cutoff", "center"):
            if values[name].value is not None:
                raise UserError(f"--{name} has no effect without --psi; give --psi, too")
    psis(values)
    if kind in PLAIN and values.inputs is not None:
        for name in ("psi", "save_latents"):
            if values[name].value not in (None, False):
                raise UserError(f"--{name} is for generated images, and has no effect with --inputs")
    if values.latents is not None and (values.seed is not None or values.labels is not None):
        raise UserError("--latents replaces random latents; leave out --seed and --labels")
    if kind == "projection" and values.inputs is None:
        raise UserError("--kind=projection needs --inputs, a folder of images or an .npz file")


def psis(values: flags.FlagValues) -> list[float]:
    """The numbers of --psi; none without it."""
    words = values.psi
    if words is None:
        return []
    try:
        found = [float(word) for word in words]
    except ValueError:
        raise UserError(f"--psi is {','.join(words)}; it must be numbers separated by commas") from None
    if not found or len(set(found)) < len(found) or not all(math.isfinite(each) for each in found):
        raise UserError(f"--psi is {','.join(words)}; it must be numbers, each once")
    if len(found) > 1 and values.kind != "truncation":
        raise UserError(f"--psi is {','.join(words)}; several are for --kind=truncation")
    return found


def stem(values: flags.FlagValues) -> str:
    """The name of what is written by default, without its ending: "samples-grid-psi-0.7-first-8"."""
    parts, kind = ["samples", values.kind], values.kind
    if kind == "mixing":
        parts.append((values.layers or "coarse").replace(",", "-").replace(" ", ""))
    if kind == "projection":
        parts.append(values.space or _SPACES[0])
    found = psis(values)
    if found and kind != "truncation" and found[0] != 1.0:
        parts.append(f"psi-{found[0]:g}")
    if (found or kind == "truncation") and (found != [1.0]):
        parts += [f"first-{values.cutoff}"] if values.cutoff else []
        parts += ["class"] if values.center == "class" else []
    return "-".join(parts)


def is_asked(values: flags.FlagValues) -> bool:
    """Whether `draw` is for what the flags ask."""
    return values.kind in KINDS or values.psi is not None or values.save_latents


def latents_file(output: pathlib.Path) -> pathlib.Path:
    """Where latents are written beside a picture or a folder, whose name may have a dot in it."""
    is_picture = output.suffix.lower() == ".png"
    return output.with_name(f"{output.stem if is_picture else output.name}-latents.npz")


def draw(values: flags.FlagValues, module: Any, output: pathlib.Path) -> int:
    """Writes what the flags ask for, and says so."""
    from compare_gan_tf2.hub_export import styles

    lines: list[str] = []
    facts: dict[str, Any] = {"written": output}
    drawn = {"mixing": _mixing, "truncation": _truncation, "projection": _projection}.get(values.kind, _plain)(
        values, module, output, lines, facts
    )
    if values.save_latents:
        styles.save(latents_file(output), drawn)
        facts["latents"] = latents_file(output)
    if values.json:
        print(_run.as_json(facts))
        return 0
    print(f"written: {output}")
    if values.save_latents:
        print(f"written: {latents_file(output)}")
    for line in lines:
        print(display.line(line))
    return 0


def _truncated(values: flags.FlagValues) -> Any:
    from compare_gan_tf2.hub_export.styles import Truncation

    found = psis(values)
    return Truncation(found[0] if found else 1.0, values.cutoff or 0, values.center or _CENTERS[0])


def _labels(values: flags.FlagValues, module: Any) -> Sequence[int]:
    from compare_gan_tf2.hub_export import sample

    return sample.parse_labels(values.labels, sample.facts(module)) if values.labels is not None else ()


def _write(output: pathlib.Path, sheet: Any) -> None:
    from compare_gan_tf2.task_folder import grids

    grids.write_png(output, sheet)


def _plain(values: flags.FlagValues, module: Any, output: pathlib.Path, lines: list[str], facts: dict[str, Any]) -> Any:
    """A grid or files of truncated w, or of latents that are kept."""
    from compare_gan_tf2.hub_export import style_sheets

    how = _truncated(values)
    labels, is_truncated = _labels(values, module), values.psi is not None
    images, drawn = style_sheets.images(
        module, values.count or 64, seed=values.seed or 0, labels=labels, bound=values.truncation,
        truncation=how if is_truncated else None,
    )  # fmt: skip
    if values.kind == "files":
        style_sheets.write_files(output, images)
    else:
        style_sheets.write_grid(output, images, values.columns or 8)
    if is_truncated:
        lines.append(f"truncation: {how.said()}")
        facts["truncation"] = how.said()
    return drawn


def _mixing(
    values: flags.FlagValues, module: Any, output: pathlib.Path, lines: list[str], facts: dict[str, Any]
) -> Any:
    from compare_gan_tf2.hub_export import style_sheets, styles

    styled = styles.Styled(module, "--kind=mixing")
    found, drawn = style_sheets.mixing(
        styled, values.layers or "coarse", rows=values.count or style_sheets.ROWS,
        columns=values.columns or style_sheets.COLUMNS, seed=values.seed or 0, labels=_labels(values, module),
        latents=_run.folder(values.latents) if values.latents else None, truncation=_truncated(values),
    )  # fmt: skip
    _write(output, found.sheet)
    for name, pairs, said in (
        ("unchanged", found.unchanged, "changed less than 1 %"),
        ("replaced", found.replaced, "nothing left of the image at the row's beginning"),
    ):
        facts[name] = [list(pair) for pair in pairs]
        if pairs:
            lines.append(f"{said}: {', '.join(f'row {row} column {column}' for row, column in pairs)}")
    return drawn


def _truncation(
    values: flags.FlagValues, module: Any, output: pathlib.Path, lines: list[str], facts: dict[str, Any]
) -> Any:
    from compare_gan_tf2.hub_export import style_sheets, styles
    from compare_gan_tf2.task_folder import style_grids

    styled, rows = styles.Styled(module, "--kind=truncation"), psis(values) or list(style_grids.PSI)
    sheet, drawn = style_sheets.truncation_sheet(
        styled, rows, columns=values.columns or style_sheets.COLUMNS, seed=values.seed or 0,
        labels=_labels(values, module), latents=_run.folder(values.latents) if values.latents else None,
        truncation=_truncated(values),
    )  # fmt: skip
    _write(output, sheet)
    facts |= {"psi": rows, "center": values.center or _CENTERS[0]}
    lines.append(f"center: {_truncated(values).center_said()}")
    return drawn


def _projection(
    values: flags.FlagValues, module: Any, output: pathlib.Path, lines: list[str], facts: dict[str, Any]
) -> Any:
    from compare_gan_tf2.datasets.places import places
    from compare_gan_tf2.hub_export import apply, projection, styles

    styled = styles.Styled(module, "--kind=projection")
    label = projection.label_of(_labels(values, module))
    cache_dir = _run.folder(values.cache_dir) if values.cache_dir else None
    inputs = _run.folder(values.inputs)
    names, targets = apply.named_pictures(styled.about.image_shape, inputs, values.count or _PICTURES, cache_dir)
    features, compared = projection.features_of(module, places(None, cache_dir))
    projector = projection.Projector(
        styled, features, space=values.space or _SPACES[0], label=label,
        iterations=values.iterations or projection.ITERATIONS, samples=projection.SAMPLES,
    )  # fmt: skip
    every = [*zip(names, targets, strict=True), ("a sample, projected back", projector.control())]
    found = [projector.projected(target, f"projecting {display.line(name)}") for name, target in every]
    _write(output, projection.sheet(found))
    rows = [projection.said(name, each, styled.about.class_names) for (name, _), each in zip(every, found, strict=True)]
    facts |= {"space": values.space or _SPACES[0], "compared_by": compared, "pictures": rows}
    lines += [
        f"compared by {compared}",
        "distances: 0 is an identical picture, 1 is the distance to the image of the mean w",
    ]
    lines += [projection.line(row) for row in rows]
    return projection.as_drawn(found)
