"""Writes docs/gallery.md and docs/demonstrations.md: trained systems in pictures, and their numbers.

python -m benchmarks.gallery [--workdir DIR]

The numbers are those of the tables in docs/results. DIR, the current folder by default, has the work directories of
benchmarks.latent_systems, style_systems and translation, under these names; the last sheet of each system that is there
is written to docs/results/gallery/NAME.png, and those of earlier calls stay. A test holds the page equal to the tables.
"""

from __future__ import annotations

import argparse
import pathlib
from collections.abc import Sequence

from PIL import Image

from benchmarks import demonstrations, latent_demos, style_demos, translation_demos
from benchmarks._command import run
from benchmarks.demo import SYSTEM

DOCS = pathlib.Path(__file__).parents[1] / "docs"
PICTURES = DOCS / "results/gallery"
# Commands, which name their table and their work directory too, with their demonstrations.
COMMANDS: dict[str, demonstrations.Demonstrations] = {
    "latent_systems": latent_demos,
    "style_systems": style_demos,
    "translation": translation_demos,
}
# Scores of a row of the page.
_MOST = 4
# Whose licences keep pictures of them out of this project.
_UNSHOWN = ("emoji", "emoji_styles")
_HEAD = """# Gallery

Each row is one training of a system: its images, its scores, the minutes that it took on two cores, and the command
that repeats it. `python -m benchmarks.gallery` writes this page from [the tables](results). Scores whose names end in
`untrained`, `shuffled` or another control show what a model that has learned nothing reaches.
[Demonstrations](demonstrations.md) says which scores we expected.

| system | images | scores | steps, minutes | command |
|---|---|---|---|---|
"""
_NUMBERS_HEAD = """# Demonstrations

What can the systems reach within minutes on two processor cores? Most numbers have a control: the value of a simple
baseline, or of the same model without what the system adds. Column "here" is the median if there are several seeds.
Column "as expected" compares it with what we expected before the training. Each command below trains the systems that
have no row in [the tables](results) yet; with `--report` it trains nothing and prints its table. `python -m
benchmarks.gallery` writes this page. The [gallery](gallery.md) has pictures.
"""


def page(results: pathlib.Path) -> str:
    """The page of the trainings of systems themselves, the first seed of each, by the tables of a folder."""
    rows = []
    for command, demos in COMMANDS.items():
        table = demonstrations.read(results / f"{command}.csv")
        for name in demos.names():
            found = [row for (of, training, _), row in sorted(table.items()) if (of, training) == (name, SYSTEM)]
            if found and found[0]["steps"] != "0":  # what nothing was trained for
                rows.append(_row(command, name, found[0]))
    return _HEAD + "\n".join(rows) + "\n"


def _row(command: str, name: str, row: dict[str, str]) -> str:
    scores = "; ".join(_said(each) for each in row["numbers"].split()[:_MOST])
    picture = f"![{name}](results/gallery/{name}.png)" if (PICTURES / f"{name}.png").exists() else ""
    length = f"{int(row['steps']):,}, {row['minutes']}"
    return f"| `{name}` | {picture} | {scores} | {length} | `python -m benchmarks.{command} --system {name}` |"


def numbers(results: pathlib.Path) -> str:
    """The page of all numbers, controls and expectations, by the tables of a folder."""
    parts = [_NUMBERS_HEAD]
    for command, demos in COMMANDS.items():
        table = demonstrations.read(results / f"{command}.csv")
        done = [demos.load(name) for name in demos.names() if any(of == name for of, _, _ in table)]
        if not done:
            continue
        parts += [f"## `python -m benchmarks.{command}`", "", *demonstrations.report(done, table), ""]
        if findings := [f"* {demo.name}: {demo.finding}" for demo in done if demo.finding]:
            parts += [*findings, ""]
        if missing := [name for name in demos.names() if name not in [demo.name for demo in done]]:
            parts += [f"Not trained yet: {', '.join(missing)}.", ""]
    return "\n".join(parts).rstrip("\n") + "\n"


def take_pictures(workdirs: pathlib.Path, pictures: pathlib.Path, results: pathlib.Path) -> list[str]:
    """Names of the systems with a row whose last sheet was there, and is written to `pictures` now, in few colors."""
    taken = []
    for command, demos in COMMANDS.items():
        done = {of for of, training, _ in demonstrations.read(results / f"{command}.csv") if training == SYSTEM}
        for name in sorted(done & {*demos.names()} - {*_UNSHOWN}):
            if sheet := _last_sheet(workdirs / command / name / f"{SYSTEM}-0/samples"):
                pictures.mkdir(parents=True, exist_ok=True)
                with Image.open(sheet) as image:
                    # Of generated images the upper half, which has whole rows, whatever their size.
                    height = image.height // 2 if sheet.stem.count("-") == 1 else image.height
                    shown = image.convert("RGB").crop((0, 0, image.width, height))
                shown.quantize(64).save(pictures / f"{name}.png", optimize=True)
                taken.append(name)
    return taken


def _last_sheet(samples: pathlib.Path) -> pathlib.Path | None:
    """The last sheet of generated images, of a system that generates none of translations, or of its first ability."""
    sheets = sorted(samples.glob("step-*.png"), key=lambda path: path.stem)
    if not sheets:
        return None
    last = sheets[-1].stem.split("-")[1]
    # Of a step, generated images alone have no name behind them.
    names = {path.stem.partition(last)[2].lstrip("-"): path for path in sheets if path.stem.split("-")[1] == last}
    return names[min(names, key=lambda name: (name != "", not name.startswith("translate"), name))]


def _said(number: str) -> str:
    name, _, value = number.partition("=")
    return f"{name.replace('_', ' ')} {float(value):.3g}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Takes the pictures that are there, and writes the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--workdir", type=pathlib.Path, default=pathlib.Path())
    flags = parser.parse_args(arguments)
    print("images of", ", ".join(take_pictures(flags.workdir, PICTURES, demonstrations.RESULTS)) or "no system")
    (DOCS / "gallery.md").write_text(page(demonstrations.RESULTS), encoding="utf-8")
    (DOCS / "demonstrations.md").write_text(numbers(demonstrations.RESULTS), encoding="utf-8")
    print(f"written: {DOCS / 'gallery.md'}, {DOCS / 'demonstrations.md'}")
    return 0


if __name__ == "__main__":
    run(main)
