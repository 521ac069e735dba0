"""Kurach et al. 2019, "The GAN Landscape", tables 5 and 7, and the best ResNets for CIFAR-10 of compare_gan v2.

The numbers are those in the notes of the experiments best_models_*, which train these models.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from compare_gan_tf2.options import Options, parse
from compare_gan_tf2.reports.published import Published
from compare_gan_tf2.studies import settings
from compare_gan_tf2.task_folder import experiment_files

_EXPERIMENTS = ("best_models_sndcgan", "best_models_resnet19", "best_models_resnet_cifar")
# Split that version 2 compared with, by today's names of data sets, and how many images.
_DATA = {"cifar10": ("test", 10_000), "celeb_a_hq_128": ("train[90%:]", 3000), "lsun_bedroom": ("train[99%:]", 10_000)}
_CONFIGURATION = ("gan", "architecture", "loss", "penalty", "d_normalization", "d_weight_normalization")
_SETTING = ("g_learning_rate", "beta1", "beta2", "disc_iters", "penalty_weight", "training_steps", "seed")


def numbers() -> Sequence[Published]:
    """One of each model; a model that is in two parts of a table is there once."""
    return list({str(each): each for each in _numbers()}.values())


def _numbers() -> Iterator[Published]:
    for name in _EXPERIMENTS:
        for values in experiment_files.tasks_of(experiment_files.known(name), 0, name):
            notes = dict(values["notes"])
            if not notes.get("remark"):  # which says what is doubtful of the row
                yield _number({option: value for option, value in values.items() if option != "notes"}, notes)


def _number(values: dict[str, Any], notes: dict[str, Any]) -> Published:
    options = settings.canonical(Options.from_dict(parse(values)))
    paper, _, place = notes["source"].rpartition(", ")
    split, samples = _DATA[options["dataset"]]
    is_penalized = options["penalty"] != "none"
    return Published(
        fid=float(notes["expected_fid"]),
        deviation=None,
        paper=paper,
        place=place,
        dataset=options["dataset"],
        split=split,
        samples=samples,
        options={name: options[name] for name in _CONFIGURATION},
        setting=settings.label(options, [name for name in _SETTING if name != "penalty_weight" or is_penalized]),
    )
