"""Writes docs/gallery.md, a row for each trained system: images, scores, command, minutes.

python -m benchmarks.gallery [--workdir DIR]

The numbers are those of the tables in docs/results. Images are taken from the work directory of
benchmarks.latent_systems where it is there (its last grid of samples, written to docs/results/gallery/NAME.png), else
those of earlier calls stay. A test holds the page equal to the tables.
"""

from __future__ import annotations

import argparse
import pathlib
from collections.abc import Sequence

from PIL import Image

from benchmarks import demonstrations, latent_demos, latent_systems
from benchmarks._command import run
from benchmarks.demo import SYSTEM

DOCS = pathlib.Path(__file__).parents[1] / "docs"
PICTURES = DOCS / "results/gallery"
# Scores of a row of the page.
_MOST = 4
_HEAD = """# Gallery

Each row is one training of a GAN type: its images, its scores, the minutes that it took on two cores, and the command
that repeats it. `python -m benchmarks.gallery` writes this page from [the table](results/latent_systems.csv). Scores
named `untrained`, `shuffled` or after another control show what a model that has learned nothing would reach. The pages
of [systems](systems.md) say which scores to expect.

| GAN type | images | scores | steps, minutes | command |
|---|---|---|---|---|
"""


def page(table: demonstrations.Table) -> str:
    """The page of a table's trainings of systems themselves, the first seed of each."""
    rows = []
    for name in latent_demos.names():
        found = [row for (system, training, _), row in sorted(table.items()) if (system, training) == (name, SYSTEM)]
        if not found or found[0]["steps"] == "0":  # what nothing was trained for
            continue
        scores = "; ".join(_said(each) for each in found[0]["numbers"].split()[:_MOST])
        picture = f"![{name}](results/gallery/{name}.png)" if (PICTURES / f"{name}.png").exists() else ""
        length = f"{int(found[0]['steps']):,}, {found[0]['minutes']}"
        command = f"`python -m benchmarks.latent_systems --system {name}`"
        rows.append(f"| `{name}` | {picture} | {scores} | {length} | {command} |")
    return _HEAD + "\n".join(rows) + "\n"


def take_pictures(workdir: pathlib.Path, pictures: pathlib.Path) -> list[str]:
    """Names of the systems whose last grid was there, and is written to `pictures` now, in few colors."""
    taken = []
    for folder in sorted(workdir.glob(f"*/{SYSTEM}-0/samples")):
        grids = sorted(path for path in folder.glob("step-*.png") if path.stem.count("-") == 1)
        if grids and folder.parents[1].name in latent_demos.names():
            pictures.mkdir(parents=True, exist_ok=True)
            name = folder.parents[1].name
            with Image.open(grids[-1]) as image:
                # The upper four rows of eight, whatever their size.
                upper = image.convert("RGB").crop((0, 0, image.width, image.height // 2))
            upper.quantize(64).save(pictures / f"{name}.png", optimize=True)
            taken.append(name)
    return taken


def _said(number: str) -> str:
    name, _, value = number.partition("=")
    return f"{name.replace('_', ' ')} {float(value):.3g}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Takes the pictures that are there, and writes the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--workdir", type=pathlib.Path, default=pathlib.Path("latent_systems"))
    flags = parser.parse_args(arguments)
    print("images of", ", ".join(take_pictures(flags.workdir, PICTURES)) or "no system")
    (DOCS / "gallery.md").write_text(page(demonstrations.read(latent_systems.TABLE)), encoding="utf-8")
    print(f"written: {DOCS / 'gallery.md'}")
    return 0


if __name__ == "__main__":
    run(main)
