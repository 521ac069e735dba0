"""What compare_gan_sample does with --kind=translation: its flags, and the sheet."""

from __future__ import annotations

from typing import Any

from absl import flags

from compare_gan_tf2 import display
from compare_gan_tf2.commands import _run
from compare_gan_tf2.errors import UserError

KIND = "translation"
_ROWS, _COLUMNS = 24, 9


def define(values: flags.FlagValues) -> None:
    """Defines the flags."""
    flags.DEFINE_string(
        "truths", None, "for --kind=translation with --inputs: folder of images, or .npz file, with the true outputs, "
        "under the inputs' names", flag_values=values,
    )  # fmt: skip
    flags.DEFINE_string(
        "dataset_root", None, "folder of the prepared data sets, $TFDS_DATA_DIR or ~/tensorflow_datasets by default; "
        "for --kind=translation and neighbors (without --inputs), and captions (without --captions)",
        flag_values=values,
    )  # fmt: skip


def check(values: flags.FlagValues) -> None:
    """UserError for flags that do not belong to the kind, or to each other."""
    for name, kinds in (("truths", (KIND,)), ("dataset_root", (KIND, "captions", "neighbors"))):
        if values[name].value is not None and values.kind not in kinds:
            raise UserError(f"--{name} has no effect with --kind={values.kind}; it is for {' and '.join(kinds)}")
    if values.kind != KIND:
        return
    if values.truths is not None and values.inputs is None:
        raise UserError(
            "--truths works only with --inputs; without both, inputs and truths come from the test split of the "
            "module's data set"
        )
    if values.dataset_root is not None and values.inputs is not None:
        raise UserError(
            "--dataset_root is for the test split of the module's data set, and --inputs for your pictures; give only "
            "one of them"
        )
    for name, without in (("labels", None), ("truncation", 0.0)):
        if values[name].value != without:
            raise UserError(f"--{name} has no effect with --kind={KIND}; leave it out")


def picture(values: flags.FlagValues, module: Any) -> Any:
    """The sheet, uint8 [height, width, C]; says which way it goes and what is side by side."""
    from compare_gan_tf2.datasets.places import places
    from compare_gan_tf2.hub_export import translate, translations

    translator = translate.translator_of(module, values.ability or "")
    cache_dir = _run.folder(values.cache_dir) if values.cache_dir else None
    count = values.count or _ROWS
    if values.inputs is None:
        root = _run.folder(values.dataset_root) if values.dataset_root else None
        inputs, truths = translations.of_test_split(translator, places(root, cache_dir), count)
    else:
        right = _run.folder(values.truths) if values.truths else None
        inputs, truths = translations.of_files(translator, _run.folder(values.inputs), right, count, cache_dir)
    if not values.json:
        shown = "input, output" if truths is None else "input, output, truth"
        print(f"{translator.ability.name}: {display.line(translator.direction)}; {shown}", flush=True)
    return translations.sheet(translator, inputs, truths, seed=values.seed, columns=values.columns or _COLUMNS)
