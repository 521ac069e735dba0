"""Which abilities of a GAN type are scored, and by which paired metrics; known before any network is built."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from compare_gan_tf2 import components
from compare_gan_tf2.datasets import catalog, column_set
from compare_gan_tf2.datasets.catalog import Dataset
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.gans.stated_abilities import stated as stated
from compare_gan_tf2.paired_metrics import ATTRIBUTES, panel

GENERATE = "generate"
# The stream of the task's own data set.
IMAGES = column_set.IMAGES
# The stream of labels, drawn or read, that outputs are made for.
TARGET_LABELS = "target_labels"
# Streams of captions, as bytes or as characters, that outputs are made for.
CAPTIONS = ("caption", "captions")
# What streams of a part's masks are called before its name.
_MASKS = "masks_"
# Outputs for one input, where an ability takes something random beside it.
DRAWS = 5
# The standard panel of outputs whose truth is known.
_STANDARD = ("l1", "psnr_rgb")


def scored(options: Any) -> tuple[str, ...]:
    """Names of the abilities that are asked for and give a stream to compare; `generate`, then in the stated order."""
    wanted = options.evaluated_abilities.split(",")
    comparable = [name for name, (_, gives) in stated(options).items() if gives]
    names = [name for name in comparable if "all" in wanted or name in wanted]
    return tuple(sorted(names, key=lambda name: name != GENERATE))


def check_asked(options: Any) -> None:
    """UserError if an ability is asked for that models of the GAN type have not, or whose outputs are no images."""
    comparable = [name for name, (_, gives) in stated(options).items() if gives]
    for name in options.evaluated_abilities.split(","):
        if name not in ("all", *comparable):
            line = components.unknown("ability", name, ("all", *comparable))
            raise UserError(f"option evaluated_abilities, of gan={options.gan}: {line}")


def dataset_of(options: Any, ability: str) -> Dataset:
    """What an ability's outputs are compared with: the task's data set, or its part or column of the stream's name."""
    dataset, (_, gives) = catalog.of(options), stated(options)[ability]
    return dataset.part(gives) if gives in column_set.UNPAIRED else column_set.pictures_of(dataset, gives)


def draws_images(options: Any) -> bool:
    """Whether images are generated of latents and labels alone, and not of captions that are read."""
    takes = stated(options).get(GENERATE, ((), ""))[0]
    return bool(takes) and {*takes} <= {"z", "labels"}


def in_row(ability: str) -> str:
    """What the column `ability` of a row says: nothing of images that are generated."""
    return "" if ability == GENERATE else ability


def has(options: Any, ability: str) -> frozenset[str]:
    """What there is of `paired_metrics.NEEDS` beside an ability's outputs, but for what an extractor gives."""
    takes, gives = stated(options)[ability]
    if ability == GENERATE and draws_images(options):
        return frozenset({"labels"} if options.conditional else ())
    dataset = catalog.of(options)
    # What a data set has, such as masks, is read of it.
    drawn = {*components.facts("gans", options.gan)["DRAWN"]} - {*dataset.visible_streams}
    read = [name for name in takes if name not in drawn]
    if not read:
        return frozenset()
    sources = {*map(_source, read)}
    # Of streams of two sources nobody knows which rows belong together, unless the data set says so.
    is_known = _source(gives) in sources or (
        dataset.has_partners and {_source(gives), *sources} == {*column_set.UNPAIRED}
    )
    draws = {"draws"} if len(read) < len(takes) else set()
    labels, truths = set[str](), {"truths"} if is_known else set[str]()
    if {TARGET_LABELS, ATTRIBUTES} & {*takes}:  # an output is no longer to be the picture of its row
        draws, truths = set(), set()
    if TARGET_LABELS in takes:
        labels, truths = {"labels"}, {"truths"} if dataset.truth_of_labels else set()
    labels |= {"attributes"} if ATTRIBUTES in takes else set()
    captions = {"captions"} if {*CAPTIONS} & {*takes} else set[str]()
    rules = dataset.rules if captions else dataset.rules - {"words"}
    return frozenset({"inputs", *draws, *labels, *truths, *captions, *rules})


def wants_draws(names: Collection[str]) -> bool:
    """Whether one of some paired metrics looks at several outputs for one input."""
    return any("draws" in components.facts("paired_metrics", name)["NEEDS"] for name in names)


def _source(stream: str) -> str:
    """Where a stream is read from, as far as its name says."""
    part = stream.removeprefix(_MASKS)
    return part if part in column_set.UNPAIRED else ""


def paired(options: Any, dataset: Dataset, ability: str, there: Collection[str]) -> tuple[str, ...]:
    """Names of the paired metrics that an ability is scored with, sorted: those asked for that can be had of it.

    Args:
        options: of the evaluation.
        dataset: what the outputs are compared with.
        ability: one of `scored`.
        there: what there is of `paired_metrics.NEEDS`.
    """
    wanted = set(options.metrics.split(","))
    names = wanted & set(components.names("paired_metrics"))
    # Points of the plane are no pictures.
    if "default" in wanted and "truths" in there and dataset.largest_value == 255:
        names |= set(_STANDARD)
    return tuple(sorted(name for name in names if not _obstacle(name, there, dataset.image_shape)))


def check_paired(options: Any, dataset: Dataset, of_extractor: Collection[str]) -> None:
    """Refuses paired metrics that are asked for and cannot be had of any ability.

    Args:
        options: of the evaluation.
        dataset: the task's.
        of_extractor: of "features" and "logits" what the extractor gives.

    Raises:
        UserError: for the first of them, with what each ability lacks.
    """
    for name in sorted(set(options.metrics.split(",")) & set(components.names("paired_metrics"))):
        obstacles = {
            ability: _obstacle(name, has(options, ability) | set(of_extractor), dataset.image_shape)
            for ability in scored(options)
        }
        if all(obstacles.values()):
            lacking = "; ".join(f"of ability {ability}: {line}" for ability, line in obstacles.items())
            raise UserError(f"metric {name} cannot be had with gan={options.gan}: {lacking}")


def _obstacle(name: str, there: Collection[str], image_shape: tuple[int, int, int]) -> str:
    """Why a paired metric cannot be had, in one line; empty if it can."""
    try:
        panel.require([name], there, image_shape)
    except UserError as error:
        return str(error)
    return ""
