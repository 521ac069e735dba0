"""Emoji in four styles, stored as <root>/emoji/STYLE.npz and <root>/emoji/emoji.csv, whose rows belong together."""

from __future__ import annotations

import csv
import dataclasses
import functools
import hashlib
import pathlib
from collections.abc import Mapping, Sequence

import numpy as np

from compare_gan_tf2 import npz
from compare_gan_tf2.datasets import _emoji_making
from compare_gan_tf2.datasets._captions import characters
from compare_gan_tf2.datasets._columns import TEST, TRAIN, ColumnDataset, of_part, of_whole
from compare_gan_tf2.errors import UserError

STYLES = _emoji_making.STYLES
_BLACK = STYLES[0]
_SHAPE = (64, 64, 3)
_LENGTH = 128
_FLAGS = "flags"
_GROUPS = (
    "activities", "animals-nature", "component", "flags", "food-drink", "objects", "people-body", "smileys-emotion",
    "symbols", "travel-places",
)  # fmt: skip
_TONES = {"1": "light", "2": "medium_light", "3": "medium", "4": "medium_dark", "5": "dark"}
_GENDERS = ("female", "male")
_TESTED, _BYTES = 514, 17_000_000
_LICENCE = (
    "OpenMoji 16 (CC BY-SA 4.0, name the source and share alike), Noto Emoji (Apache 2.0), Twemoji (CC BY 4.0, name "
    "the source), short names of emoji-datasource (MIT); npm packages of version 16.0.0"
)


@dataclasses.dataclass(frozen=True)
class EmojiDataset(ColumnDataset):
    """Emoji of some styles.

    Attributes:
        styles: one; two, whose pictures are pairs; or three, which are the classes.
    """

    styles: tuple[str, ...] = ()

    @classmethod
    def of(cls, name: str, title: str, styles: Sequence[str]) -> EmojiDataset:
        """An entry."""
        are_classes = len(styles) > 2
        return cls(
            name=name,
            title=title,
            image_shape=_SHAPE,
            class_names=tuple(styles) if are_classes else _GROUPS,
            evaluation_samples=_TESTED * (len(styles) if are_classes else 1),
            evaluation_images=0,  # not known before the files are read
            licence=_LICENCE,
            classifier=name.replace(":", "_").replace("-", "_"),
            prepared_bytes=_BYTES,
            has_pairs=len(styles) == 2,
            domains=tuple(styles) if len(styles) == 2 else (),
            styles=tuple(styles),
        )

    @property
    def attribute_names(self) -> tuple[str, ...]:
        return (*_TONES.values(), *_GENDERS)

    @property
    def exclusive_attributes(self) -> tuple[tuple[str, ...], ...]:
        return tuple(_TONES.values()), tuple(_GENDERS)

    @property
    def truth_of_labels(self) -> str:
        return "domains" if len(self.styles) > 2 else ""

    @property
    def caption_length(self) -> int:
        return _LENGTH

    @property
    def side(self) -> str:
        return "left"  # some of them name a side

    def is_prepared(self, root: pathlib.Path) -> bool:
        return all(path.is_file() for path in self.files(root))

    def files(self, root: pathlib.Path) -> list[pathlib.Path]:
        """What there is when it is prepared; the table comes last."""
        return [root / _emoji_making.FOLDER / name for name in _emoji_making.FILES]

    def found(self, split: str, root: pathlib.Path) -> Mapping[str, np.ndarray]:
        if not self.is_prepared(root):
            raise UserError(self.how_to_prepare(root))
        try:
            times = tuple(path.stat().st_mtime_ns for path in self.files(root))
            whole = _columns(self.styles, split, root, self.only if split == TRAIN else "", times)
        except (OSError, ValueError, KeyError) as error:
            raise UserError(
                f"emoji under {root / _emoji_making.FOLDER} cannot be read ({error}); delete that folder and run: "
                f"prepare_datasets.sh emoji --dataset_root {root} --archives DIR"
            ) from error
        return of_part(whole, self.only) if self.only else of_whole(whole)

    def fingerprint(self, root: pathlib.Path) -> str:
        if not self.is_prepared(root):
            raise UserError(self.how_to_prepare(root))
        *pictures, table = self.files(root)
        sums = [hashlib.sha256(table.read_bytes()).hexdigest()]
        for path in pictures:
            with npz.opened(path) as archive:
                sums += [f"{each.filename}:{each.CRC:08x}" for each in archive.infolist()]
        return " ".join([*sums, *self.styles, self.only])

    def prepare(self, root: pathlib.Path, *, archives: pathlib.Path | None = None, any_archive: bool = False) -> None:
        if not self.is_prepared(root):
            _emoji_making.prepare(root, archives or root / "downloads" / "manual", any_version=any_archive)

    def how_to_prepare(self, root: pathlib.Path) -> str:
        return (
            f"data set {self.name!r} is not prepared under {root}; "
            f"run: prepare_datasets.sh emoji --dataset_root {root} --archives DIR"
        )


@functools.lru_cache(maxsize=4)
def _columns(
    styles: tuple[str, ...], split: str, root: pathlib.Path, part: str, times: tuple[int, ...]
) -> Mapping[str, np.ndarray]:
    """All columns of a split; of a part of the training those emoji that it alone has."""
    del times
    with (root / _emoji_making.FOLDER / _emoji_making.TABLE).open(encoding="utf-8", newline="") as file:
        table = list(csv.DictReader(file))
    chosen = [number for number, row in enumerate(table) if row["split"] == (TRAIN if split == TRAIN else TEST)]
    if _BLACK in styles:
        chosen = [number for number in chosen if table[number]["group"] != _FLAGS]
    if part:
        chosen = [number for number in chosen if _half(table[number]["base"]) == part]
    # Files are sorted by code point, and the first rows are to stand for all.
    order = np.array(chosen)[np.random.default_rng(0).permutation(len(chosen))]
    pictures, alphas = {}, {}
    for style in styles:
        arrays = npz.read(root / _emoji_making.FOLDER / f"{style}.npz", ("image", "alpha"))
        if len(arrays["image"]) != len(table):
            raise ValueError(f"{style}.npz has {len(arrays['image'])} rows, and {_emoji_making.TABLE} {len(table)}")
        pictures[style], alphas[style] = arrays["image"][order], arrays["alpha"][order][..., None]
    beside = _beside([table[number] for number in order])
    if len(styles) > 2:
        found = _as_classes(list(pictures.values()), list(alphas.values()), beside)
        # Nobody compares in training, and all styles of every row are much.
        return {name: rows for name, rows in found.items() if name != "domains" or split != TRAIN}
    if len(styles) == 1:
        return {"images": pictures[styles[0]], "masks": alphas[styles[0]], **beside}
    a, b = (pictures[style] for style in styles)
    masks = {f"{name}/masks": alphas[style] for name, style in zip("ab", styles, strict=True)}
    return {"images": b, "input": a, "target": b, "a": a, "b": b, **masks, **beside}


def _half(base: str) -> str:
    """The part whose training has the variants of an emoji."""
    return "ab"[hashlib.sha256(base.encode()).digest()[8] % 2]


def _beside(rows: Sequence[Mapping[str, str]]) -> dict[str, np.ndarray]:
    """Captions, attributes and the labels of groups."""
    said = [(row["name"], row["keywords"], row["short_names"].replace("_", " ")) for row in rows]
    texts = ["; ".join(filter(None, each)) for each in said]
    captions = np.array([text.encode() for text in texts])
    tones = [[row["skin_tone"] == each for each in _TONES] for row in rows]
    genders = [[row["gender"] == each for each in _GENDERS] for row in rows]
    return {
        "captions": captions,
        "caption": characters(captions, _LENGTH),
        "attributes": np.concatenate([np.array(tones), np.array(genders)], axis=1).astype(np.float32),
        "labels": np.array([_GROUPS.index(row["group"]) for row in rows], np.int32),
    }


def _as_classes(
    pictures: list[np.ndarray], alphas: list[np.ndarray], beside: Mapping[str, np.ndarray]
) -> dict[str, np.ndarray]:
    """Every emoji in every style, in random order."""
    count, styles = len(pictures[0]), len(pictures)
    order = np.random.default_rng(1).permutation(count * styles)
    rows, labels = order % count, order // count
    domains = np.stack(pictures, axis=1)
    return {
        "images": domains[rows, labels],
        "masks": np.stack(alphas, axis=1)[rows, labels],
        "domains": domains[rows],
        **{name: each[rows] for name, each in beside.items()},
        "labels": labels.astype(np.int32),
    }
