"""The commands that are killed: how each is called, and what is there before. All are as small as they can be."""

import dataclasses
import gc
import importlib
import os
import pathlib

STUDY = """
def tasks(seed):
    task = {"dataset": "ring", "architecture": "mlp", "width": 0.25, "batch_size": 8, "ema_decay": 0.9,
            "training_steps": 6, "save_every_steps": 2, "keep_checkpoints": "1",
            "evaluation_samples": 64, "metrics": "fid", "extractor": "pixels"}
    return [task, {**task, "loss": "hinge"}, {**task, "seed": 1}]
"""


@dataclasses.dataclass(frozen=True)
class Command:
    """One command of the package.

    Attributes:
        module: of compare_gan_tf2.commands.
        argv: with {place} where the folder of all files stands.
        after: the command that made what this one needs; none if it begins with `before_all`.
        uses_tensorflow: whether it does.
        refuses: a file; where it is there the command is done, and refuses to be started again.
    """

    module: str
    argv: tuple[str, ...]
    after: str = ""
    uses_tensorflow: bool = True
    refuses: str = ""


GIN = """
dataset.name = "mnist"
options.architecture = "infogan_arch"
options.batch_size = 8
options.gan_class = @ModularGAN
options.training_steps = 6
"""
_TASK = ("--workdir={place}/study", "--task_num=0", "--dataset_root={place}/data", "--cache_dir={place}/cache")
_PAIR = ("--real={place}/real.npz", "--generated={place}/generated.npz")

COMMANDS = {
    "generate_tasks": Command(
        "generate_tasks", ("--workdir={place}/study", "--experiment={place}/few.py"), uses_tensorflow=False
    ),
    "import_gin": Command("import_gin", ("{place}/model.gin", "--workdir={place}/old"), uses_tensorflow=False),
    "prepare_datasets": Command(
        "prepare_datasets", ("triangles", "squares", "--dataset_root={place}/data"), uses_tensorflow=False
    ),
    "prepare_polygons": Command("prepare_datasets", ("polygons", "--dataset_root={place}/data"), uses_tensorflow=False),
    "train": Command("run_one_task", ("--command=train", *_TASK), after="generate_tasks"),
    "eval": Command("run_one_task", ("--command=eval", *_TASK), after="train"),
    "export": Command("export", ("--workdir={place}/study", "--task_num=0"), after="eval"),
    "sample": Command(
        "sample",
        ("{place}/study/0/export/2", "--kind=grid", "--count=3", "--output={place}/samples.png"),
        after="export",
    ),
    "export_weights": Command(
        "import_weights", ("--workdir={place}/study", "--task_num=0", "--target={place}/v3.npz"), after="train"
    ),
    "import_weights": Command(
        "import_weights",
        ("--workdir={place}/study", "--task_num=1", "--source={place}/v3.npz"),
        after="export_weights",
        refuses="study/1/checkpoints/00000006/options.json",
    ),
    "evaluate": Command(
        "evaluate",
        (*_PAIR, "--metrics=fid", "--extractor=pixels", "--cache_dir={place}/cache", "--output={place}/scores.csv"),
        refuses="scores.csv",
    ),
    "train_extractor": Command(
        "train_extractor",
        ("--dataset=polygons", "--output={place}/weights.npz", "--dataset_root={place}/data", "--epochs=1"),
        after="prepare_polygons",
    ),
}


def before_all(place: pathlib.Path) -> None:
    """Files that a user has before any command."""
    import numpy as np

    place.mkdir()
    (place / "few.py").write_text(STUDY)
    (place / "model.gin").write_text(GIN)
    draws = np.random.default_rng(0)
    for name in ("real", "generated"):
        np.savez(place / f"{name}.npz", images=draws.integers(0, 256, (60, 8, 8, 3)).astype(np.uint8))


def make_data_sets_small() -> None:
    """Has the generated data sets hold some hundred images; before the first command."""
    from compare_gan_tf2.datasets import _polygons

    _polygons.SPLITS = {"train": (0, 200), "test": (200, 300), "validation": (300, 400)}
    _polygons._NUMBER, _polygons._EVALUATED = 400, 100


def import_all(names: list[str]) -> None:
    """Imports what the commands need, so that each start of one costs a fork; nothing is computed."""
    for name in names:
        importlib.import_module(f"compare_gan_tf2.commands.{COMMANDS[name].module}")
    for module in ("datasets.prepare", "task_folder.tasks"):
        importlib.import_module(f"compare_gan_tf2.{module}")
    if any(COMMANDS[name].uses_tensorflow for name in names):
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
        for module in ("evaluation.task", "evaluation.images", "extractors.classifier_training", "training.loop"):
            importlib.import_module(f"compare_gan_tf2.{module}")
        importlib.import_module("compare_gan_tf2.hub_export.save")
    # What is there now stays: no process need look at it again.
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


def call(name: str, place: pathlib.Path) -> int:
    """Runs a command in this process; gives its exit code."""
    command = COMMANDS[name]
    module = importlib.import_module(f"compare_gan_tf2.commands.{command.module}")
    return module.main([command.module, *(word.format(place=place) for word in command.argv)])
