"""The paired metrics of an evaluation: which were asked for, whether they can be had, their scores and columns."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from fractions import Fraction

import numpy as np

from compare_gan_tf2 import components
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.paired_metrics import NEEDS, Batch, Measure, Setup
from compare_gan_tf2.task_folder import column_names

_KIND = "paired_metrics"
Shape = tuple[int, int, int]


def chosen(text: str) -> tuple[str, ...]:
    """Names in a comma-separated text, sorted, each once; none of an empty text.

    Raises:
        UserError: for a name that is none, with the known ones.
    """
    names = sorted({name.strip() for name in text.split(",")} if text.strip() else set())
    known = components.names(_KIND)
    for name in names:
        if name not in known:
            raise UserError(components.unknown(_KIND, name, known))
    return tuple(names)


def possible(has: Collection[str], image_shape: Shape) -> tuple[str, ...]:
    """Names of the metrics that can be had without a file of the user's, sorted; nothing is imported.

    Args:
        has: what there is, of `NEEDS`.
        image_shape: (H, W, C) of outputs.
    """
    return tuple(
        name
        for name in components.names(_KIND)
        if not components.facts(_KIND, name)["READS_FILE"] and not _missing(name, has, image_shape)
    )


def columns(names: Collection[str]) -> tuple[str, ...]:
    """What some metrics read of the data set beside pictures, sorted; nothing is imported."""
    return tuple(sorted({column for name in names for column in components.facts(_KIND, name)["COLUMNS"]}))


def require(names: Sequence[str], has: Collection[str], image_shape: Shape) -> None:
    """Refuses metrics whose needs are not met, in one line with those that can be had; nothing is imported.

    Args:
        names: as `chosen` gives them.
        has: what there is, of `NEEDS`.
        image_shape: (H, W, C) of outputs.

    Raises:
        UserError: for the first metric that cannot be had.
    """
    for name in names:
        if missing := _missing(name, has, image_shape):
            others = ", ".join(possible(has, image_shape)) or "none"
            raise UserError(f"paired metric {name} needs {missing}; paired metrics that can be had here: {others}")


def _missing(name: str, has: Collection[str], image_shape: Shape) -> str:
    """What a metric needs and cannot have, in words; empty if nothing."""
    facts = components.facts(_KIND, name)
    absent = [words for need, words in NEEDS.items() if need in facts["NEEDS"] and need not in has]
    if absent:
        return f"{' and '.join(absent)}, which are not there" if len(absent) > 1 else f"{absent[0]}: there is none"
    height, width, channels = image_shape
    if min(height, width) < facts["LEAST_SIDE"]:
        return f"images of at least {facts['LEAST_SIDE']}x{facts['LEAST_SIDE']} pixels: these are {height}x{width}"
    if facts["CHANNELS"] and channels not in facts["CHANNELS"]:
        return f"images of {' or '.join(map(str, facts['CHANNELS']))} channels: these have {channels}"
    return ""


class Panel:
    """Accumulates the scores of several metrics, batch by batch, in memory that does not grow.

    Args:
        names: as `chosen` gives them.
        setup: what every batch brings.
        failed: called with a line about a metric that images do not allow, which then has no scores; ValueError if
            None. The others go on.

    Raises:
        UserError: for a metric whose needs are not met, or whose weights are not there or damaged.
    """

    def __init__(self, names: Sequence[str], setup: Setup, failed: Callable[[str], None] | None = None):
        require(names, setup.has, setup.image_shape)
        self._setup, self._failed = setup, failed
        self._modules = {name: components.load(_KIND, name) for name in names}
        self._measures: dict[str, Measure] = {name: module.measure(setup) for name, module in self._modules.items()}
        self._means: dict[str, dict[str, _Mean]] = {name: {} for name in names}
        self.images = 0

    @property
    def draws(self) -> int:
        """How many outputs for one input every batch brings; 0 for none."""
        return self._setup.draws

    @property
    def reads(self) -> tuple[str, ...]:
        """Columns of the data set that every batch brings beside pictures."""
        return columns(self._modules)

    def update(self, batch: Batch) -> None:
        """Adds a batch of any size, also an empty one.

        Raises:
            ValueError: if the batch has not what the setup says, or a metric cannot judge it; its name comes first.
        """
        self._check(batch)
        if not len(batch.outputs):
            return
        for name in list(self._means):
            try:
                for score, values in self._measures[name].values(batch).items():
                    self._means[name].setdefault(score, _Mean()).add(values)
            except ValueError as error:
                self._leave_out(name, str(error))
        self.images += len(batch.outputs)

    def _leave_out(self, name: str, reason: str) -> None:
        line = f"paired metric {name}: {reason}"
        if self._failed is None:
            raise ValueError(line)
        self._failed(line)
        del self._means[name]

    def _check(self, batch: Batch) -> None:
        setup = self._setup
        inputs, draws = setup.input_shape, (setup.draws, *setup.image_shape) if setup.draws else None
        expected = {
            "outputs": setup.image_shape,
            "truths": setup.image_shape if setup.truths else None,
            "inputs": inputs,
            "labels": () if setup.labels else None,
            "draws": draws,
        }
        for name, shape in expected.items():
            rows = getattr(batch, name)
            if shape is not None and (rows is None or rows.shape[1:] != shape):
                given = "none" if rows is None else str(rows.shape[1:])
                raise ValueError(f"{name} were to have shape {shape} each, and there are {given}")
        if missing := sorted({*self.reads} - batch.beside.keys()):
            raise ValueError(f"there is no {' and no '.join(missing)} beside the outputs")

    def result(self) -> dict[str, float]:
        """Score -> mean over the images that have one.

        Raises:
            ValueError: if there were no images, or none has a score; the metric's name comes first.
        """
        if not self.images:
            raise ValueError(f"paired metrics {', '.join(self._means)}: there were no images")
        for name, means in list(self._means.items()):
            empty = [score for score, mean in means.items() if not mean.count]
            if empty:
                how = self._modules[name].PROTOCOL
                self._leave_out(name, f"none of {self.images} images has {empty[0]} ({how})")
        return {score: value for name in self._means for score, value in self._finished(name).items()}

    def _finished(self, name: str) -> dict[str, float]:
        """The scores of one metric."""
        means = {score: mean.value for score, mean in self._means[name].items()}
        finished = self._measures[name].finished
        return finished(means) if finished else means

    def counts(self) -> dict[str, int]:
        """Mean -> how many images it is over: fewer than `images` where some have none."""
        return {score: mean.count for means in self._means.values() for score, mean in means.items()}

    def columns(self) -> dict[str, float]:
        """Column of scores.csv -> mean; names of scores by an extractor go on with its id. Raises as `result`."""
        found = self.result()
        ids = {score: self._measures[name].extractor_id for name in self._means for score in self._finished(name)}
        return {column_names.column(score, ids[score]): value for score, value in found.items()}

    def protocol(self) -> list[str]:
        """What is said of each metric in the row's protocol, its name first: "psnr_rgb (peak 255, ...)"."""
        said = []
        for name, module in self._modules.items():
            details = ", ".join(filter(None, (module.PROTOCOL, self._measures[name].details)))
            said.append(f"{name} ({details})" if details else name)
        return said


class _Mean:
    """A mean of float64 numbers whose sum is exact, so that it is the same to the bit in whatever order they come."""

    def __init__(self) -> None:
        self._sum = Fraction(0)
        self.count = 0

    def add(self, values: np.ndarray) -> None:
        """float64 [M]; ValueError if one is not finite."""
        if not np.isfinite(values).all():
            raise ValueError("a value is not finite")
        # Every finite float is a fraction whose denominator is a power of two.
        self._sum += sum(map(Fraction, values.tolist()), Fraction(0))
        self.count += len(values)

    @property
    def value(self) -> float:
        return float(self._sum / self.count)
