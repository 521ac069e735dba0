"""Latents in parts: noise beside categories and other codes that mean something, joined to one vector.

InfoGAN (Chen et al. 2016), ClusterGAN (Mukherjee et al. 2019) and the semi-supervised adversarial autoencoder (Makhzani
et al. 2015) draw such latents; a generator takes them joined, encoders and objectives take them apart.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping

import numpy as np
import tensorflow as tf

from compare_gan_tf2.runtime.draws import Seed, Share
from compare_gan_tf2.runtime.prior import Prior
from compare_gan_tf2.runtime.shaped_prior import Shape

CATEGORICAL = "categorical"
_NOISE = ("normal", "truncated", "uniform")
_NAME = re.compile(r"[a-z][a-z0-9_]*")
# Of the text that says what a part is: "style uniform 2 scale 0.5", "digit categorical 10 copies 3".
_TEXT = re.compile(rf"({_NAME.pattern}) ([a-z]+) (\d+)(?: copies (\d+))?(?: scale ([-+.\de]+))?")
# A normal number is varied between so many deviations.
_DEVIATIONS = 2.0


@dataclasses.dataclass(frozen=True)
class Part:
    """Some neighboring numbers of a latent vector.

    Attributes:
        name: of the part; lower-case letters, digits and underscores.
        kind: "normal", "truncated" or "uniform", as of `Prior`, or "categorical": one of `size` classes, all equally
            likely, as a vector of zeros with a one.
        size: how many numbers, or classes.
        copies: how often the vector of a class stands there, one behind the other.
        scale: factor of the numbers that are not categorical: a normal part's deviation, a uniform part's bound.
    """

    name: str
    kind: str
    size: int
    copies: int = 1
    scale: float = 1.0

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise ValueError(f"the name of a part is of lower-case letters, digits and _, and not {self.name!r}")
        if self.kind not in (*_NOISE, CATEGORICAL):
            raise ValueError(f"a part is {', '.join(_NOISE)} or {CATEGORICAL}, and not {self.kind!r}")
        if self.size < (2 if self.is_categorical else 1) or self.copies < 1 or self.scale <= 0:
            raise ValueError(f"part {self.name} has size {self.size}, copies {self.copies} and scale {self.scale}")
        if (self.copies > 1 and not self.is_categorical) or (self.scale != 1.0 and self.is_categorical):
            raise ValueError(f"part {self.name} is {self.kind}: copies are for categorical parts, scale for the others")

    def __str__(self) -> str:
        copies = f" copies {self.copies}" if self.copies > 1 else ""
        scale = f" scale {self.scale!r}" if self.scale != 1.0 else ""
        return f"{self.name} {self.kind} {self.size}{copies}{scale}"

    @property
    def is_categorical(self) -> bool:
        """Whether it is the vector of a class."""
        return self.kind == CATEGORICAL

    @property
    def length(self) -> int:
        """How many numbers of the latent vector it takes."""
        return self.size * self.copies

    @property
    def spec(self) -> tf.TensorSpec:
        """Of the part in any number of latents: float32 [None, length]."""
        return tf.TensorSpec([None, self.length], tf.float32, self.name)

    def rows(self, count: int, purpose: str, seed: Seed) -> tf.Tensor:
        """The part of a whole batch's latents, float32 [count, length]; see `gans.Stream.draw`.

        They are the numbers that `Codes.rows` has in this place.
        """
        purpose = f"{purpose}/z/{self.name}"
        if self.is_categorical:
            return self.of_classes(seed.labels(purpose, count, self.size))
        return self.scale * seed.draw(self.kind, purpose, [count, self.size])

    def of_classes(self, classes: tf.Tensor) -> tf.Tensor:
        """Classes, whole numbers [B], as the part: float32 [B, length]."""
        return tf.tile(tf.one_hot(classes, self.size), [1, self.copies])

    def drawn_truncated(
        self, count: tf.Tensor | int, number: int, *, seed: tf.Tensor | int, truncation: tf.Tensor | float
    ) -> tf.Tensor:
        """The part with this number of `Codes.draw_truncated`."""
        # 0 and 1 are the keys of latents in one piece and of labels.
        key = 2 + number
        if self.is_categorical:
            pair = tf.stack([tf.cast(seed, tf.int64), tf.constant(key, tf.int64)])
            return self.of_classes(tf.random.stateless_uniform([count], pair, 0, self.size, tf.int32, alg="philox"))
        drawn = Prior(self.kind, self.size).draw_truncated(count, seed=seed, truncation=truncation, key=key)
        return self.scale * drawn

    def values(self, count: int, number: int = 0) -> tuple[slice, np.ndarray]:
        """Where a grid varies the part, and what it shows there.

        Args:
            count: of values; of a categorical part at most its classes.
            number: of the number that varies; a categorical part varies as a whole.

        Returns:
            The columns of the part, and float32 [count, columns]: classes in turn, or numbers in equal steps from one
            end of the range to the other, for normal ones two deviations.
        """
        if self.is_categorical:
            return slice(None), np.tile(np.eye(self.size, dtype=np.float32)[:count], [1, self.copies])
        end = self.scale * (1.0 if self.kind == "uniform" else _DEVIATIONS)
        return slice(number, number + 1), np.linspace(-end, end, count, dtype=np.float32)[:, None]


@dataclasses.dataclass(frozen=True)
class Codes(Prior):
    """A prior whose latents are parts side by side; drawn, joined, split, and one part set while the rest stays.

    It stands wherever a `Prior` does. Made by `of_parts`. Every part has random numbers of its own: another part more
    changes none of them.

    Attributes:
        distribution: the parts in words: "noise normal 62, digit categorical 10, style uniform 2".
        length: of all parts together.
        parts: in their order.
    """

    parts: tuple[Part, ...] = ()

    @classmethod
    def of_parts(cls, *parts: Part) -> Codes:
        """Latents of these parts; ValueError if two have one name."""
        names = [part.name for part in parts]
        if not parts or len(set(names)) < len(names):
            raise ValueError(f"latents have one part or more, each with a name of its own, and not {names}")
        return cls(", ".join(map(str, parts)), sum(part.length for part in parts), parts)

    def part(self, name: str) -> Part:
        """One of the parts; ValueError with the known names if there is none."""
        for part in self.parts:
            if part.name == name:
                return part
        raise ValueError(
            f"latents have no part {name!r}; their parts are {', '.join(each.name for each in self.parts)}"
        )

    @property
    def bounds(self) -> tuple[float, float] | None:
        """(lowest, highest) of all numbers; None where a part is unbounded."""
        found = [(0.0, 1.0) if part.is_categorical else Prior(part.kind, part.size).bounds for part in self.parts]
        if not all(found):
            return None
        ends = [part.scale * end for part, both in zip(self.parts, found, strict=True) for end in both or ()]
        return min(ends), max(ends)

    @property
    def is_normal(self) -> np.ndarray:
        return np.concatenate([np.full(part.length, part.kind in ("normal", "truncated")) for part in self.parts])

    def draw(self, count: int, purpose: str, *, seed: int, step: tf.Tensor | int) -> tf.Tensor:
        share = Share()
        return share.cut(self.rows(share.rows(count), purpose.removesuffix("/z"), Seed.of(seed, step)))

    def rows(self, count: int, purpose: str, seed: Seed) -> tf.Tensor:
        return tf.concat([part.rows(count, purpose, seed) for part in self.parts], 1)

    def draw_truncated(
        self, count: tf.Tensor | int, *, seed: tf.Tensor | int, truncation: tf.Tensor | float, key: int = 0
    ) -> tf.Tensor:
        """As of `Prior`; parts that are categorical stay whole, and of a part with a scale the truncation is a factor.

        A part of scale s is then within [-s truncation, s truncation].
        """
        del key
        drawn = [
            part.drawn_truncated(count, number, seed=seed, truncation=truncation)
            for number, part in enumerate(self.parts)
        ]
        return tf.concat(drawn, 1)

    def join(self, parts: Mapping[str, tf.Tensor]) -> tf.Tensor:
        """Latents float32 [B, length] of all their parts.

        Args:
            parts: by name float32 [B, length of the part]; of a categorical part also its classes, whole numbers [B].

        Raises:
            ValueError: if a part is missing, there is another one, or its shape is another.
        """
        for name in parts:
            self.part(name)
        if missing := [part.name for part in self.parts if part.name not in parts]:
            raise ValueError(f"latents need all their parts: {', '.join(missing)} missing")
        return tf.concat([_as_part(part, parts[part.name]) for part in self.parts], 1)

    def split(self, z: tf.Tensor) -> dict[str, tf.Tensor]:
        """Latents [B, length] -> their parts [B, length of the part] by name; a categorical one as it stands there."""
        found = tf.split(z, [part.length for part in self.parts], axis=1)
        return {part.name: each for part, each in zip(self.parts, found, strict=True)}

    def classes(self, z: tf.Tensor, name: str) -> tf.Tensor:
        """The classes int32 [B] of a categorical part of latents [B, length]."""
        part = self.part(name)
        if not part.is_categorical:
            raise ValueError(f"part {name} is {part.kind} and has no classes")
        return tf.argmax(self.split(z)[name][:, : part.size], 1, tf.int32)

    def with_part(self, z: tf.Tensor, name: str, value: tf.Tensor) -> tf.Tensor:
        """Latents [B, length] with one part set, and the rest as it was.

        Args:
            z: the latents.
            name: of the part.
            value: as of `join`, for every row; or [1, length of the part] or a class [1], for all rows.
        """
        part = _as_part(self.part(name), value)
        return self.join({**self.split(z), name: tf.broadcast_to(part, [tf.shape(z)[0], part.shape[1]])})

    def varied(self, z: tf.Tensor, name: str, count: int, number: int = 0) -> tf.Tensor:
        """Latents [B, length] -> [B, n, length]: a row of a grid for each, along which one part varies alone.

        Args:
            z: the latents.
            name: of the part.
            count: n; of a categorical part at most its classes.
            number: of the number of the part that varies, from 0.
        """
        columns, values = self.part(name).values(count, number)
        rows = np.repeat(np.array(z)[:, None], len(values), axis=1)
        start = sum(part.length for part in self.parts[: self.parts.index(self.part(name))])
        rows[:, :, start : start + self.part(name).length][:, :, columns] = values
        return tf.constant(rows)

    def grid(self, z: tf.Tensor, name: str, columns: int) -> tf.Tensor:
        """The latents [rows, n, length] of a grid along whose rows one part varies, and all else stays as it is.

        Of a categorical part every row has latents of its own, and every column is a class; of another part every row
        varies another one of its numbers, beside the first latents.

        Args:
            z: latents [B, length].
            name: of the part.
            columns: n; of a categorical part at most its classes.
        """
        part = self.part(name)
        if part.is_categorical:
            return self.varied(z, name, columns)
        return tf.concat([self.varied(z[:1], name, columns, number) for number in range(part.size)], 0)


def prior_of(distribution: str, length: int) -> Prior:
    """The prior that a text and a length describe, as an exported module has them.

    Raises:
        ValueError: if the text is none of a prior.
    """
    if " " not in distribution:
        return Prior(distribution, length)
    if (shape := Shape.of_text(distribution)) is not None:
        return shape
    parts = []
    for text in distribution.split(", "):
        found = _TEXT.fullmatch(text)
        if not found:
            raise ValueError(f"{text!r} says of no part what it is")
        name, kind, size, copies, scale = found.groups()
        parts.append(Part(name, kind, int(size), int(copies or 1), float(scale or 1.0)))
    return Codes.of_parts(*parts)


def _as_part(part: Part, value: tf.Tensor) -> tf.Tensor:
    value = tf.convert_to_tensor(value)
    if part.is_categorical and value.dtype.is_integer and value.shape.rank == 1:
        return part.of_classes(value)
    if value.shape.rank != 2 or value.shape[1] != part.length:
        raise ValueError(f"part {part.name} has shape [B, {part.length}], and not {value.shape}")
    return tf.cast(value, tf.float32)
