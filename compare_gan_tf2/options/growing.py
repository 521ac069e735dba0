"""When a network grows, by how many images it has seen: sides, fades, batch sizes, rates (no TensorFlow).

Karras et al. 2018, «Progressive Growing of GANs», section 2: a side is trained for a while, then the layers of the next
one are faded in, and so on up to the side of the data set. The level of a side is how often it is to be doubled yet:
0 of the data set's own. The level of detail is a level while a side is trained alone, and a number between two levels
in a fade.
"""

from __future__ import annotations

import bisect
import dataclasses
import functools
import re
from typing import Any

from compare_gan_tf2.datasets import catalog

LEAST_SIDE = 4
_ENTRY = re.compile(r"(\d+):(\d+(?:\.\d+)?)")


@dataclasses.dataclass(frozen=True)
class Level:
    """The steps in which images of one side are shown: first while it is faded in, then alone.

    Attributes:
        level: halvings from the side of the data set to this one.
        side: of the images that are shown.
        batch: images of the whole batch.
        rate: factor on the learning rates.
        first_step: its first step, counted from 1.
        first_image: images that were seen before that step.
        fade_start: images after which the fade begins.
        fade_images: images of the fade; 0 of the side that a training begins with, or of no fade.
    """

    level: int
    side: int
    batch: int
    rate: float
    first_step: int
    first_image: int
    fade_start: int
    fade_images: int

    def images_before(self, step: Any) -> Any:
        """Images that were seen before a step of this level."""
        return self.first_image + (step - self.first_step) * self.batch

    def fade(self, step: int) -> float:
        """How much of the next smaller side an image still has in a step, from 1 down to 0."""
        if not self.fade_images:
            return 0.0
        seen = int(self.images_before(step)) - self.fade_start
        return min(max(1.0 - seen / self.fade_images, 0.0), 1.0)


@dataclasses.dataclass(frozen=True)
class During:
    """A turn's `when`: steps from the first to the last one, of these every `interval`-th of all steps, from step 1.

    Attributes:
        first: step.
        last: step; None is for no end.
        interval: 1 takes all.
    """

    first: int
    last: int | None
    interval: int = 1

    def __call__(self, step: int) -> bool:
        return self.first <= step and (self.last is None or step <= self.last) and (step - 1) % self.interval == 0

    def until(self, step: int) -> int:
        """How many of these steps there are up to a step."""
        end = step if self.last is None else min(step, self.last)
        # How many of all steps up to one are taken.
        return max(0, -(-end // self.interval) - -(-(self.first - 1) // self.interval))


@dataclasses.dataclass(frozen=True)
class AnyOf:
    """A turn's `when`: some steps, in order."""

    steps: tuple[int, ...]

    def __call__(self, step: int) -> bool:
        place = bisect.bisect_left(self.steps, step)
        return place < len(self.steps) and self.steps[place] == step

    def until(self, step: int) -> int:
        """How many of these steps there are up to a step."""
        return bisect.bisect_right(self.steps, step)


@dataclasses.dataclass(frozen=True)
class Schedule:
    """All levels of a training, in order, from the smallest side to the largest.

    Attributes:
        levels: of which a step belongs to the last one that has begun.
        restarts: steps at which a fade begins or ends, and optimizers begin anew.
    """

    levels: tuple[Level, ...]
    restarts: tuple[int, ...]

    @functools.cached_property
    def _first_steps(self) -> list[int]:
        return [level.first_step for level in self.levels]

    def at(self, step: int) -> Level:
        """The level of a step, counted from 1."""
        return self.levels[bisect.bisect_right(self._first_steps, max(step, 1)) - 1]

    def during(self, level: Level) -> During:
        """The steps of a level."""
        place = self.levels.index(level) + 1
        return During(level.first_step, self.levels[place].first_step - 1 if place < len(self.levels) else None)

    def restart(self) -> AnyOf:
        """The steps at which optimizers begin anew."""
        return AnyOf(self.restarts)

    def lod(self, step: int) -> float:
        """The level of detail in a step."""
        level = self.at(step)
        return level.level + level.fade(step)

    def images_until(self, step: int) -> int:
        """Images that were seen when a step has been taken."""
        level = self.at(step)
        return int(level.images_before(step)) + level.batch if step else 0

    def described(self, level: Level, last: int) -> str:
        """A level in words, of a training whose last step of it is this one."""
        count = last - level.first_step + 1
        fades = min(_first_step(level, level.fade_start + level.fade_images) - level.first_step, count)
        fade = f" (the first {fades} fade it in)" if level.fade_images and fades else ""
        return (
            f"{level.side} x {level.side}: steps {level.first_step} to {last}{fade}, {level.batch} images each, "
            f"{count * level.batch} in all"
        )


def schedule(options: Any, side: int) -> Schedule:
    """The schedule that options describe for images of a side, a power of two.

    Options growing_from=0 are one level, of the whole side, without an end.
    """
    first = options.growing_from or side
    batches, rates = entries(options.growing_batch_sizes), entries(options.growing_rates)
    return schedule_of(
        side, first, stable=round(options.growing_stable_kimg * 1000), fade=round(options.growing_fade_kimg * 1000),
        batches={each: int(held(batches, each, options.batch_size)) for each in sides(first, side)},
        rates={each: held(rates, each, 1.0) for each in sides(first, side)},
    )  # fmt: skip


def images_seen(options: Any, step: int) -> int:
    """Images that the discriminator's updates have seen of each kind when a step has been taken."""
    if not options.growing_from:
        return int(step * options.disc_iters * options.batch_size)
    return schedule(options, catalog.of(options).image_shape[0]).images_until(step)


def schedule_of(
    side: int, first: int, *, stable: int, fade: int, batches: dict[int, int], rates: dict[int, float]
) -> Schedule:
    """A schedule: `stable` images of a side alone, then `fade` images in which the next one is faded in.

    The first image of a fade is of the new side, with its batch size. A side whose images are fewer than a batch has at
    least one step.

    Args:
        side: of the data set.
        first: side that the training begins with.
        stable: images.
        fade: images.
        batches: of every side.
        rates: factors of every side.
    """
    top = side.bit_length() - first.bit_length()
    levels = [Level(top, first, batches[first], rates[first], 1, 0, 0, 0)]
    restarts = list[int]()
    for number, here in enumerate(sides(first, side)[1:]):
        before, start = levels[-1], number * (stable + fade) + stable
        # A fade's first step is the one before which more images were seen; without a fade it is the one at the number.
        step = max(_first_step(before, start + (fade > 0)), before.first_step + 1)
        image = before.images_before(step)
        level = Level(before.level - 1, here, batches[here], rates[here], step, image, start, fade)
        levels.append(level)
        restarts.append(step)
        if fade and (end := _first_step(level, start + fade)) > step:
            restarts.append(end)
    return Schedule(tuple(levels), tuple(dict.fromkeys(restarts)))


def _first_step(level: Level, images: int) -> int:
    """The first step, if the level went on, before which at least so many images were seen."""
    return level.first_step + max(0, -(-(images - level.first_image) // level.batch))


def sides(first: int, last: int) -> list[int]:
    """Powers of two."""
    return [1 << power for power in range(first.bit_length() - 1, last.bit_length())]


def entries(text: str) -> dict[int, float]:
    """{side: number} of a text such as "4:128,32:64", one that `problem` finds none with."""
    return {int(side): float(number) for side, number in _ENTRY.findall(text)}


def held(found: dict[int, float], side: int, usual: float) -> float:
    """What holds for a side: the entry of the largest side that is not larger, or the usual number."""
    named = [each for each in found if each <= side]
    return found[max(named)] if named else usual


def problem(options: Any, side: int) -> str:
    """One line that says what is wrong with the options about growing for images of a side; empty if nothing is."""
    for name, example in (("growing_batch_sizes", "4:128,32:64"), ("growing_rates", "128:1.5,256:2")):
        text = getattr(options, name)
        if line := _problem_of(name, text, example):
            return line
    if options.growing_from and options.growing_from not in sides(LEAST_SIDE, max(side, LEAST_SIDE)):
        return (
            f"option growing_from is {options.growing_from}; for images of {side} x {side} it is 0, which does not "
            f"grow, or one of {', '.join(map(str, sides(LEAST_SIDE, side)))}"
        )
    if not options.growing_stable_kimg + options.growing_fade_kimg:
        return "options growing_stable_kimg and growing_fade_kimg are both 0: no side would be trained but the last"
    return ""


def _problem_of(name: str, text: str, example: str) -> str:
    """What is wrong with one of the two texts."""
    if not text:
        return ""
    found = [_ENTRY.fullmatch(each) for each in text.split(",")]
    said = f"option {name} is {text!r}; it is a list such as {example}"
    if not all(found):
        return f"{said}: a side, and what holds from this side on"
    named = [int(each[1]) for each in found if each]
    if named != sorted(set(named)):
        return f"{said}, each side once, the smallest first"
    if any(float(each[2]) <= 0 or (name == "growing_batch_sizes" and "." in each[2]) for each in found if each):
        whole = "whole numbers" if name == "growing_batch_sizes" else "numbers"
        return f"{said} of {whole} above 0"
    return ""
