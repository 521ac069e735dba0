"""A picture of what a task would be trained on: some rows of every stream, cropped and mirrored as a step gets them."""

from __future__ import annotations

import os
import pathlib
from collections.abc import Mapping

import numpy as np
import tensorflow as tf
from PIL import Image, ImageDraw

from compare_gan_tf2.datasets import catalog, sources, streams
from compare_gan_tf2.datasets.places import places
from compare_gan_tf2.files import printable, replace_file
from compare_gan_tf2.gans.base import build, is_picture
from compare_gan_tf2.options import Options

EXAMPLES = 3
_HEADING, _GAP, _SIDE = 14, 4, 64


def write_examples(
    options: Options,
    path: pathlib.Path,
    dataset_root: str | os.PathLike | None = None,
    cache_dir: str | os.PathLike | None = None,
) -> list[str]:
    """Writes three rows of every stream that is read first, a column for each; gives lines that say so.

    They also say how many rows there are, and how often a training reads each.

    Args:
        options: of the task.
        path: of the PNG file.
        dataset_root: where its data set is prepared.
        cache_dir: of what is found out about the files of a folder.

    Raises:
        UserError: if the data cannot be read, or do not fit together.
    """
    gan, where = build(options, trains=False), places(dataset_root, cache_dir)
    found = sources.open_sources(catalog.of(options), gan.engine.columns(), options, where, "none")
    if not gan.has_steps:
        read = [next(iter(streams.Epoch(source, options.seed))) for source in found.values()]
        said = []
    else:
        plan = gan.engine.plan()
        read = [*next(streams.StepRows(found, plan, seed=options.seed, first_step=0)).values()]
        said = [how_often(found, plan, options.training_steps)]
    rows: dict[str, tf.Tensor] = {}
    for by_stream in read:
        for name, each in by_stream.items():
            rows.setdefault(name, tf.convert_to_tensor(each[:EXAMPLES]))
    largest = gan.dataset.largest_value
    pictures = {name: _to_uint8(each.numpy(), largest) for name, each in rows.items() if is_picture(each)}
    lines = [f"{name}: {_said(each.numpy())}" for name, each in rows.items() if not is_picture(each)]
    if pictures:
        with replace_file(path) as file:
            sheet(pictures).save(file, "PNG")
        lines.insert(0, f"examples of the training data, as steps read them ({', '.join(pictures)}): {printable(path)}")
    return [*lines, *said]


def how_often(found: Mapping[str, streams.Source], plan: streams.Plan, steps: int) -> str:
    """A line with the rows of every source, and how often a training of so many steps reads each of them."""
    said = []
    for name, source in found.items():
        number = source.number if source.selected is None else len(source.selected)
        times = plan.rows_before(name, steps + 1) / number
        said.append(f"{f'{name}: ' if name else ''}{number:,} examples, each read {times:.3g} times")
    return f"training data in {steps:,} steps: {'; '.join(said)}"


def sheet(columns: Mapping[str, np.ndarray]) -> Image.Image:
    """Pictures uint8 [N, H, W, C] by name, one below the other, the name above them; small ones are enlarged.

    Channels of a picture that has not 1 or 3 of them stand side by side.
    """
    tiles = {name: [_tile(picture) for picture in pictures] for name, pictures in columns.items()}
    widths = {name: max(tile.width for tile in column) for name, column in tiles.items()}
    heights = [max(column[i].height for column in tiles.values() if i < len(column)) for i in range(_most(tiles))]
    size = sum(widths.values()) + _GAP * (len(widths) + 1), _HEADING + sum(heights) + _GAP * (len(heights) + 1)
    whole = Image.new("RGB", size, "white")
    draw, left = ImageDraw.Draw(whole), _GAP
    for name, column in tiles.items():
        draw.text((left, 1), name.encode("ascii", "replace").decode(), fill="black")
        top = _HEADING + _GAP
        for tile, height in zip(column, heights, strict=False):
            whole.paste(tile, (left, top))
            top += height + _GAP
        left += widths[name] + _GAP
    return whole


def _most(tiles: Mapping[str, list[Image.Image]]) -> int:
    return max(map(len, tiles.values()))


def _tile(picture: np.ndarray) -> Image.Image:
    height, width, channels = picture.shape
    if channels not in (1, 3):
        picture = picture.transpose(0, 2, 1).reshape(height, width * channels, 1)
    made = Image.fromarray(picture[..., 0] if picture.shape[-1] == 1 else picture).convert("RGB")
    factor = max(1, _SIDE // height)
    return made.resize((made.width * factor, made.height * factor), Image.Resampling.NEAREST)


def _to_uint8(pictures: np.ndarray, largest: int) -> np.ndarray:
    return np.round(pictures.astype(np.float64) * (255 / largest)).astype(np.uint8)


def _said(rows: np.ndarray) -> str:
    """Labels, attributes or captions as a person reads them."""
    texts = [each.decode() if isinstance(each, bytes) else np.array2string(np.asarray(each)) for each in rows]
    return "; ".join(printable(text).replace("\n", " ") for text in texts)
