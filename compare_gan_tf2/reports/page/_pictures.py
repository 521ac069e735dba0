"""Pictures inside the page: figures as they are, and samples of tasks made small, both up to a size."""

from __future__ import annotations

import base64
import dataclasses
import io
import pathlib
import re
from collections.abc import Iterator, Mapping, Sequence

from compare_gan_tf2.reports.page import _ranking as ranking
from compare_gan_tf2.reports.page._html import Markup, element
from compare_gan_tf2.reports.page._ranking import Key
from compare_gan_tf2.reports.records import Answer, Gathered

# What the page may come to is about 20 MB: of these, and of texts that have limits of their own.
_FIGURE_BYTES, _SAMPLE_BYTES = 7_000_000, 8_000_000
_MOST_SAMPLES = 1500
# Pixels of a picture's longer side, and quality of its JPEG.
_SIDE, _QUALITY = 256, 82
_KINDS = {".svg": "image/svg+xml", ".png": "image/png", ".gif": "image/gif"}
# What lies beside a figure.
_DATA = ".csv"
# A sheet of generated images, and its step; those of abilities have a name behind it.
_SHEET = re.compile(r"step-(\d+)\.png")


@dataclasses.dataclass(frozen=True)
class Sample:
    """A small picture of what a task generates.

    Attributes:
        address: data: URI.
        step: of the training.
        width, height: in pixels.
    """

    address: str
    step: int
    width: int
    height: int


def figures(
    paths: Sequence[pathlib.Path], captions: Mapping[pathlib.Path, str], left_out: list[str]
) -> Iterator[Markup]:
    """Figures with captions, made of a file's name where there is none; `left_out` gets those that cannot be shown."""
    room = _FIGURE_BYTES
    for path in paths:
        if path.suffix.lower() == _DATA:
            continue
        kind = _KINDS.get(path.suffix.lower())
        if kind is None:
            left_out.append(f"figure {path.name}: a page shows .svg, .png and .gif only")
            continue
        try:
            content = path.read_bytes()
        except OSError as error:
            left_out.append(f"figure {path.name}: cannot be read: {error.strerror or error}")
            continue
        address = _address(kind, content)
        if len(address) > room:
            left_out.append(f"figure {path.name}: too large for this page ({len(content):,} bytes)")
            continue
        room -= len(address)
        caption = captions.get(path) or path.stem.replace("_", " ").strip().capitalize()
        yield element(
            "figure",
            element("img", src=address, alt=f"Figure: {caption}"),
            element("figcaption", caption, " ", element("small", path.name)),
        )


def samples(gathered: Gathered, answer: Answer | None, left_out: list[str]) -> Mapping[Key, Sample]:
    """Pictures of what tasks generate: of all tasks, or of as many of note as there is room for.

    Args:
        gathered: all tasks.
        answer: the first of the page, by which tasks are of note; None where nothing is scored.
        left_out: gets a line where tasks are left out.
    """
    made: dict[Key, Sample | None] = {}
    every = [(task.workdir, task.number) for task in gathered.tasks]
    for whose, chosen in (
        ("", every),
        ("the best, the median, and the worst task of each group", ranking.of_groups(gathered, answer)),
        ("the best, the median, and the worst of all tasks", ranking.of_all(gathered, answer)),
    ):
        if len(chosen) <= _MOST_SAMPLES and (found := _within_room(chosen, made)) is not None:
            if whose and len(chosen) < len(every):
                left_out.append(f"samples of {len(every) - len(chosen):,} tasks: the page has room for {whose}")
            return found
    left_out.append("samples of all tasks: the page has no room for them")
    return {}


def _within_room(chosen: Sequence[Key], made: dict[Key, Sample | None]) -> dict[Key, Sample] | None:
    """The tasks' pictures; None if they are too large together. What was made once is taken from `made`."""
    found, room = dict[Key, Sample](), _SAMPLE_BYTES
    for key in chosen:
        if key not in made:
            made[key] = _sample(key[0] / str(key[1]) / "samples")
        sample = made[key]
        if sample is not None:
            found[key] = sample
            room -= len(sample.address)
            if room < 0:
                return None
    return found


def _sample(folder: pathlib.Path) -> Sample | None:
    """Of the last sheet in a folder; None without a sheet that can be read."""
    from PIL import Image

    try:
        sheets = [(int(found[1]), path) for path in folder.iterdir() if (found := _SHEET.fullmatch(path.name))]
        step, path = max(sheets)
        with Image.open(path) as sheet:
            small = sheet.convert("L" if sheet.mode in ("1", "L", "I;16") else "RGB")
        small.thumbnail((_SIDE, _SIDE))
        written = io.BytesIO()
        small.save(written, "JPEG", quality=_QUALITY)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None
    return Sample(_address("image/jpeg", written.getvalue()), step, *small.size)


def _address(kind: str, content: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"
