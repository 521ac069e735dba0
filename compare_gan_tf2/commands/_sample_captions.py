"""What compare_gan_sample does with --kind=captions: its flag, and the sheet."""

from __future__ import annotations

from typing import Any

from absl import flags

from compare_gan_tf2.commands import _run
from compare_gan_tf2.errors import UserError

KIND = "captions"
_ROWS, _COLUMNS = 8, 8


def define(values: flags.FlagValues) -> None:
    """Defines the flag."""
    flags.DEFINE_string(
        "captions", None, "for --kind=captions: a caption, or a text file with one caption per line; for modules that "
        "take caption vectors, an .npz file with an array `vectors`; by default the first captions of the test split "
        "of the module's data set",
        flag_values=values,
    )  # fmt: skip


def check(values: flags.FlagValues) -> None:
    """UserError for flags that do not belong to the kind, or to each other."""
    if values.captions is not None and values.kind != KIND:
        raise UserError(f"--captions has no effect with --kind={values.kind}; it is for --kind={KIND}")
    if values.kind != KIND:
        return
    for name in ("ability", "inputs", "labels"):
        if values[name].value is not None:
            raise UserError(f"--{name} has no effect with --kind={KIND}; leave it out")


def picture(values: flags.FlagValues, module: Any) -> Any:
    """The sheet, uint8 [height, width, C]."""
    from compare_gan_tf2.datasets.places import places
    from compare_gan_tf2.hub_export import captions

    about, count = captions.check(module), values.count or _ROWS
    if values.captions is not None:
        names, rows = captions.given(about, values.captions, count)
    else:
        root, cache_dir = (_run.folder(each) if each else None for each in (values.dataset_root, values.cache_dir))
        names, rows = captions.of_test_split(module, about, places(root, cache_dir), count)
    columns, seed = values.columns or _COLUMNS, values.seed or 0
    return captions.sheet(module, names, rows, columns=columns, seed=seed, truncation=values.truncation)
