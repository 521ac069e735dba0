"""Makes the emoji from the archives of three npm packages, or takes over a folder where that was done before."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import pathlib
import tarfile
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
from PIL import Image

from compare_gan_tf2.errors import UserError
from compare_gan_tf2.files import replace_file, require_writable
from compare_gan_tf2.progress import Progress

FOLDER, TABLE = "emoji", "emoji.csv"
STYLES = ("openmoji_black", "openmoji_color", "noto", "twemoji")
FILES = (*(f"{style}.npz" for style in STYLES), TABLE)
PACKAGES = ("openmoji", "emoji-datasource-google", "emoji-datasource-twitter")
VERSION = "16.0.0"
_SIZE = 64
# OpenMoji has drawings: they are drawn so many times larger, and averaged.
_OVERSAMPLING = 8
_TEST_PERCENT = 15
_TONES = {"1F3FB": "1", "1F3FC": "2", "1F3FD": "3", "1F3FE": "4", "1F3FF": "5"}
_NEUTRAL = {"1F468": "1F9D1", "1F469": "1F9D1", "1F466": "1F9D2", "1F467": "1F9D2"}
_GENDER_SIGNS, _JOINER, _VARIATION = ("2640", "2642"), "200D", "FE0F"
_WORDS = {
    "male": {"man", "men", "boy", "boys", "prince", "father", "mr", "santa", "king"},
    "female": {"woman", "women", "girl", "girls", "princess", "mother", "mrs", "queen"},
}


def prepare(root: pathlib.Path, archives: pathlib.Path, *, any_version: bool = False) -> None:
    """Writes the files under <root>/emoji.

    Args:
        root: of all data sets.
        archives: a folder that has the finished files, itself or in its folder emoji; or what `npm pack` fetched.
        any_version: whether packages of other versions than 16.0.0 are taken.

    Raises:
        UserError: with what is missing and how to get it.
    """
    for folder in (archives, archives / FOLDER):
        if all((folder / name).is_file() for name in FILES):
            for name in FILES:
                _write(root / FOLDER / name, (folder / name).read_bytes())
            return
    packages = [_Package(_archive(archives, name, any_version)) for name in PACKAGES]
    table, pictures = made(*packages)
    for style, stack in pictures.items():
        content = io.BytesIO()
        np.savez_compressed(content, image=stack[..., :3], alpha=stack[..., 3])
        _write(root / FOLDER / f"{style}.npz", content.getvalue())
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, table[0])
    writer.writeheader()
    writer.writerows(table)
    _write(root / FOLDER / TABLE, text.getvalue().encode())


def _write(path: pathlib.Path, content: bytes) -> None:
    require_writable(path)
    with replace_file(path) as file:
        file.write(content)


def _archive(folder: pathlib.Path, name: str, any_version: bool) -> pathlib.Path:
    """The archive of a package, named as `npm pack` names it."""
    exact = folder / f"{name}-{VERSION}.tgz"
    others = sorted(each for each in folder.glob(f"{name}-*.tgz") if each != exact) if any_version else []
    found = [each for each in (exact, *others) if each.is_file()]
    if not found:
        wanted = " ".join(f"{each}@{VERSION}" for each in PACKAGES)
        raise UserError(
            f"no {exact}; emoji are made of three npm packages: run in a folder DIR: npm pack {wanted}; then: "
            "prepare_datasets.sh emoji --archives DIR"
        )
    return found[0]


class _Package:
    """The files in an archive of npm, by their paths below its folder package."""

    def __init__(self, path: pathlib.Path):
        self._path = path
        try:
            self._archive = tarfile.open(path)  # noqa: SIM115 (read for as long as the emoji are made)
            self._members = {each.name.partition("/")[2]: each for each in self._archive if each.isfile()}
        except (OSError, tarfile.TarError, EOFError) as error:
            reason = str(error).partition("\n")[0].rstrip(":")
            raise UserError(f"{path} cannot be read ({reason}); fetch it again with npm pack") from error

    def __contains__(self, name: str) -> bool:
        return name in self._members

    def read(self, name: str) -> bytes:
        """Content of a file; UserError if it is not there."""
        if name not in self._members:
            raise UserError(f"{self._path} has no file {name}; the packages of version {VERSION} have it")
        file = self._archive.extractfile(self._members[name])
        assert file is not None
        return file.read()


def made(openmoji: _Package, google: _Package, twitter: _Package) -> tuple[list[dict[str, Any]], dict[str, np.ndarray]]:
    """The table's rows, and pictures with alpha, uint8 [N, 64, 64, 4], by style; of emoji that all packages have."""
    draw = _drawing()
    noto, twemoji = _files_by_code(google, "google"), _files_by_code(twitter, "twitter")
    entries = sorted(_entries(openmoji, noto, twemoji), key=lambda entry: _code(entry["hexcode"]))
    if not entries:
        raise UserError("no emoji is in all three npm packages: their versions are too far apart")
    table, pictures = list[dict[str, Any]](), {style: list[np.ndarray]() for style in STYLES}
    with Progress("drawing emoji", len(entries), unit="emoji") as progress:
        for entry in entries:
            code = _code(entry["hexcode"])
            for style, kind in (("openmoji_black", "black"), ("openmoji_color", "color")):
                pictures[style].append(draw(openmoji.read(f"{kind}/svg/{entry['hexcode']}.svg")))
            pictures["noto"].append(_decoded(google.read(f"img/google/64/{noto[code][0]}")))
            pictures["twemoji"].append(_decoded(twitter.read(f"img/twitter/64/{twemoji[code][0]}")))
            table.append(_row(len(table), entry, noto[code][1]))
            progress.advance(len(table))
    return table, {style: np.rint(np.stack(each)).clip(0, 255).astype(np.uint8) for style, each in pictures.items()}


def _entries(openmoji: _Package, noto: Mapping, twemoji: Mapping) -> Iterator[dict[str, str]]:
    for entry in json.loads(openmoji.read("data/openmoji.json")):
        code, files = _code(entry["hexcode"]), [f"{kind}/svg/{entry['hexcode']}.svg" for kind in ("color", "black")]
        is_everywhere = code in noto and code in twemoji and all(file in openmoji for file in files)
        if not entry["group"].startswith("extras") and is_everywhere:
            yield entry


def _row(number: int, entry: Mapping[str, str], short_names: list[str]) -> dict[str, Any]:
    code = _code(entry["hexcode"])
    words = [word.strip() for word in f"{entry['tags']}, {entry['openmoji_tags']}".split(",")]
    base = base_of(code)
    return {
        "row": number,
        "codepoints": code,
        "base": base,
        "split": split_of(base),
        "name": entry["annotation"],
        "keywords": "; ".join(dict.fromkeys(filter(None, words))),
        "short_names": "; ".join(short_names),
        "group": entry["group"],
        "subgroup": entry["subgroups"],
        "skin_tone": "+".join(_TONES[point] for point in code.split("-") if point in _TONES),
        "gender": gender_of(entry["annotation"]),
    }


def _code(sequence: str) -> str:
    """Code points in capitals without the variation selector, so that the packages' spellings agree."""
    return "-".join(point for point in sequence.upper().split("-") if point != _VARIATION)


def base_of(code: str) -> str:
    """The emoji without skin tone and gender: all variants of one are on one side of the split."""
    points = [point for point in code.split("-") if point not in (*_TONES, *_GENDER_SIGNS)]
    neutral = [_NEUTRAL.get(point, point) for point in points]
    while neutral and neutral[-1] == _JOINER:
        neutral.pop()
    return "-".join(neutral)


def split_of(base: str) -> str:
    """ "train" or "test", by a hash."""
    digest = hashlib.sha256(base.encode()).digest()
    return "test" if int.from_bytes(digest[:8], "big") % 100 < _TEST_PERCENT else "train"


def gender_of(name: str) -> str:
    """As the Unicode name says it; empty where it says nothing, or both."""
    words = set(name.lower().replace(":", " ").replace(",", " ").replace("\u2019s", "").split())
    found = [gender for gender, said in _WORDS.items() if words & said]
    return found[0] if len(found) == 1 else ""


def _files_by_code(package: _Package, vendor: str) -> dict[str, tuple[str, list[str]]]:
    """Code -> the picture's file, and the short names, which variants share with their base."""
    found = {}
    for entry in json.loads(package.read("emoji.json")):
        for variant in (entry, *entry.get("skin_variations", {}).values()):
            if variant[f"has_img_{vendor}"]:
                found[_code(variant["unified"])] = (variant["image"], entry["short_names"])
    return found


def _drawing() -> Callable[[bytes], np.ndarray]:
    """(SVG) -> float64 [64, 64, 4], color on white and alpha; UserError without the package that draws."""
    try:
        import resvg_py
    except ImportError as error:
        raise UserError("OpenMoji are drawings, and resvg-py draws them: pip install resvg-py pillow") from error
    side = _SIZE * _OVERSAMPLING

    def draw(svg: bytes) -> np.ndarray:
        png = bytes(resvg_py.svg_to_bytes(svg_string=svg.decode(), width=side, height=side))
        blocks = _decoded(png, side).reshape(_SIZE, _OVERSAMPLING, _SIZE, _OVERSAMPLING, 4)
        # Averaging pictures on white weights colors with alpha.
        averaged: np.ndarray = blocks.mean(axis=(1, 3))
        return averaged

    return draw


def _decoded(content: bytes, side: int = _SIZE) -> np.ndarray:
    """A picture -> float64 [side, side, 4], color on white and alpha, in 0 to 255."""
    rgba = np.asarray(Image.open(io.BytesIO(content)).convert("RGBA"), np.float64)
    if rgba.shape[:2] != (side, side):
        raise UserError(f"an emoji has {rgba.shape[0]} x {rgba.shape[1]} pixels, and not {side} x {side}")
    alpha = rgba[..., 3:] / 255.0
    return np.concatenate([rgba[..., :3] * alpha + 255.0 * (1.0 - alpha), rgba[..., 3:]], axis=-1)
