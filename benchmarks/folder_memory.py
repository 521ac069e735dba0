"""Measures the peak memory of scoring a folder of images.

python -m benchmarks.folder_memory [--images 20000] [--size 256] [--extractor pixels] [--metrics fid] [--folder PLACE]

Makes a folder of so many JPEGs, all different, scores it against itself as compare_gan_evaluate does, with an empty
cache, and prints the peak of the process's resident memory, imports and TensorFlow included. With --folder the images
are kept there, and used again if all are there.
"""

from __future__ import annotations

import argparse
import os
import pathlib
import tempfile
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
from PIL import Image

from benchmarks._command import peak_resident
from benchmarks._command import run as run_command
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.evaluation.images import evaluate_images

# Pictures that the others are cut from: drawing noise for each would take longer than scoring it.
_BASES = 16


def fill(folder: pathlib.Path, images: int, size: int) -> None:
    """Writes `images` different JPEGs of size x size pixels, as far as they are not there."""
    folder.mkdir(parents=True, exist_ok=True)
    draw = np.random.default_rng(0)
    coarse = draw.integers(0, 256, (_BASES, 2 * size // 8 + 1, 2 * size // 8 + 1, 3), np.uint8)
    bases = [Image.fromarray(each).resize((2 * size, 2 * size), Image.Resampling.BICUBIC) for each in coarse]
    for number in range(images):
        left, top = draw.integers(0, size, 2).tolist()
        path = folder / f"{number:06d}.jpg"
        if not path.is_file():
            bases[number % _BASES].crop((left, top, left + size, top + size)).save(path, quality=80)
    if (found := sum(1 for _ in folder.iterdir())) != images:
        raise UserError(f"{folder} holds {found} files, and {images} are asked for; name a new folder")


def measure(folder: pathlib.Path, options: dict[str, str]) -> str:
    """One line about scoring the folder."""
    before, start = peak_resident(), time.monotonic()
    with tempfile.TemporaryDirectory(prefix="folder_memory.") as cache:
        row = evaluate_images(folder, folder, options=options, cache_dir=cache)
    number = row["protocol"].partition("generated=")[2].partition(";")[0]
    return (
        f"{number} images against as many: peak {peak_resident() / 1e9:.2f} GB, {before / 1e9:.2f} GB of it imports; "
        f"{time.monotonic() - start:.0f} s"
    )


def main(arguments: list[str] | None = None) -> int:
    """Prints the peak."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=20_000)
    parser.add_argument("--size", type=int, default=256, help="height and width in pixels")
    parser.add_argument("--extractor", default="pixels")
    parser.add_argument("--metrics", default="fid")
    parser.add_argument("--folder", type=pathlib.Path, help="of the images; a temporary one by default")
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="folder_memory.") as place:
        folder = given.folder or pathlib.Path(place) / "images"
        fill(folder, given.images, given.size)
        print(measure(folder, {"extractor": given.extractor, "metrics": given.metrics}))
    return 0


if __name__ == "__main__":
    run_command(main)
