"""Emoji: made from packages in npm's form, read in every kind; where the real ones are, as hard as their card says."""

import csv
import io
import json
import pathlib
import sys
import tarfile
import types

import numpy as np
import pytest
from PIL import Image

from compare_gan_tf2.datasets import _emoji_making, catalog, sources
from compare_gan_tf2.datasets.places import Places
from compare_gan_tf2.errors import UserError

REAL = pathlib.Path(__file__).parents[2].parent / "shared" / "data" / "emoji"
# Two persons of two tones, one thing, one flag, and one that a package lacks.
CODES = ("1F468-1F3FB", "1F469-1F3FF", "1F34E", "1F1E9-1F1EA", "1F999")


def picture(code, style):
    """RGBA of one color, half transparent in the left half."""
    pixels = np.full((64, 64, 4), 255, np.uint8)
    pixels[..., :3] = (CODES.index(code) * 40, _emoji_making.STYLES.index(style) * 60, 100)
    pixels[:, :32, 3] = 128
    return pixels


def png(pixels):
    content = io.BytesIO()
    Image.fromarray(pixels).save(content, "PNG")
    return content.getvalue()


def pack(folder, name, files):
    """An archive as npm packs one."""
    with tarfile.open(folder / f"{name}-16.0.0.tgz", "w:gz") as archive:
        for path, content in files.items():
            entry = tarfile.TarInfo(f"package/{path}")
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))


@pytest.fixture
def archives(tmp_path, monkeypatch):
    """A folder with three small packages; drawings are drawn by name, without the real library."""
    folder = tmp_path / "archives"
    folder.mkdir()
    entries = [
        {
            "hexcode": code, "annotation": f"{'man' if '1F468' in code else 'thing'} {code}", "group": group,
            "subgroups": "x", "tags": "apple, red", "openmoji_tags": "red",
        }
        for code, group in zip(CODES, ("people-body", "people-body", "food-drink", "flags", "objects"), strict=True)
    ]  # fmt: skip
    openmoji = {"data/openmoji.json": json.dumps(entries).encode()}
    for code in CODES:
        for kind in ("color", "black"):
            openmoji[f"{kind}/svg/{code}.svg"] = f"{code} openmoji_{kind}".encode()
    pack(folder, "openmoji", openmoji)
    for vendor, style in (("google", "noto"), ("twitter", "twemoji")):
        listed = [
            {"unified": code, "image": f"{code.lower()}.png", "short_names": ["a_b"], f"has_img_{vendor}": True}
            for code in CODES[:4]
        ]
        files = {f"img/{vendor}/64/{code.lower()}.png": png(picture(code, style)) for code in CODES[:4]}
        pack(folder, f"emoji-datasource-{vendor}", {"emoji.json": json.dumps(listed).encode()} | files)

    def draw(svg_string, width, height):
        pixels = picture(*svg_string.split())
        return png(np.repeat(np.repeat(pixels, height // 64, axis=0), width // 64, axis=1))

    monkeypatch.setitem(sys.modules, "resvg_py", types.SimpleNamespace(svg_to_bytes=draw))
    return folder


def test_emoji_are_made_of_packages_and_a_folder_of_them_is_taken_over(archives, tmp_path):
    root, again = tmp_path / "root", tmp_path / "again"
    catalog.find("emoji").prepare(root, archives=archives)
    with (root / "emoji/emoji.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["codepoints"] for row in rows] == sorted(CODES[:4])
    by_code = {row["codepoints"]: row for row in rows}
    man, woman = by_code[CODES[0]], by_code[CODES[1]]
    assert man["base"] == woman["base"] == "1F9D1" and man["split"] == woman["split"]
    assert (man["skin_tone"], man["gender"], woman["skin_tone"], woman["gender"]) == ("1", "male", "5", "")
    assert man["keywords"] == "apple; red"
    for style in _emoji_making.STYLES:
        with np.load(root / f"emoji/{style}.npz") as arrays:
            for number, row in enumerate(rows):
                pixels = picture(row["codepoints"], style).astype(float)
                on_white = pixels[..., :3] * pixels[..., 3:] / 255 + 255 - pixels[..., 3:]
                np.testing.assert_array_equal(arrays["image"][number], np.rint(on_white))
                np.testing.assert_array_equal(arrays["alpha"][number], pixels[..., 3])
    catalog.find("emoji:noto").prepare(again, archives=root)
    assert catalog.find("emoji:noto").fingerprint(again) == catalog.find("emoji:noto").fingerprint(root)
    (again / "emoji/noto.npz").write_bytes(b"no archive")
    with pytest.raises(UserError, match="cannot be read .* delete that folder and run: prepare_datasets.sh emoji"):
        catalog.find("emoji:noto").found("test", again)


def test_what_is_missing_is_one_line_with_the_way_to_it(archives, tmp_path, monkeypatch):
    dataset = catalog.find("emoji")
    with pytest.raises(UserError, match="prepare_datasets.sh emoji --dataset_root .* --archives DIR"):
        dataset.found("train", tmp_path)
    monkeypatch.setitem(sys.modules, "resvg_py", None)
    with pytest.raises(UserError, match="pip install resvg-py"):
        dataset.prepare(tmp_path, archives=archives)
    (archives / "emoji-datasource-twitter-16.0.0.tgz").unlink()
    with pytest.raises(UserError, match="npm pack openmoji@16.0.0 emoji-datasource-google@16.0.0 emoji-datasource-tw"):
        dataset.prepare(tmp_path, archives=archives)
    (archives / "emoji-datasource-twitter-16.0.0.tgz").write_bytes(b"cut")
    with pytest.raises(UserError, match=r"twitter-16.0.0.tgz cannot be read \(.*\); fetch it again with npm pack"):
        dataset.prepare(tmp_path, archives=archives)
    for wrong in ("apple", "noto-noto", "noto-twemoji-openmoji_black", ""):
        with pytest.raises(UserError, match="styles are openmoji_black, openmoji_color, noto, twemoji"):
            catalog.find(f"emoji:{wrong}")


@pytest.fixture(scope="module")
def real(tmp_path_factory):
    """A root with the real emoji, as they lie beside the checkout."""
    if not REAL.is_dir():
        pytest.skip("no emoji beside the checkout")
    root = tmp_path_factory.mktemp("emoji")
    catalog.find("emoji").prepare(root, archives=REAL)
    return Places(root, root)


@pytest.mark.slow
def test_real_pairs_are_as_hard_as_their_card_says(real):
    dataset = catalog.find("emoji:openmoji_black-openmoji_color")
    train, test = (dataset.found(split, real.dataset_root) for split in ("train", "test"))
    assert (len(train["input"]), len(test["input"])) == (3041, 475)
    given, truth = (test[name].astype(np.float32) / 255 for name in ("input", "target"))
    assert np.abs(given - truth).mean() == pytest.approx(0.073, abs=0.0006)
    # Distances by a product of matrices: the card's nearest neighbor, but for equal drawings.
    flat = train["input"].reshape(len(train["input"]), -1).astype(np.float32)
    distances = np.square(flat).sum(1) - 2 * (test["input"].reshape(len(given), -1).astype(np.float32) @ flat.T)
    nearest = train["target"][distances.argmin(1)] / np.float32(255)
    assert np.abs(nearest - truth).mean() == pytest.approx(0.117, abs=0.002)
    medians = np.abs(np.median(train["target"], axis=0) / 255 - truth).mean()
    assert medians == pytest.approx(0.150, abs=0.0006)


@pytest.mark.slow
def test_real_parts_have_no_emoji_in_common_and_test_rows_are_partners(real):
    dataset = catalog.find("emoji:noto-twemoji")
    assert dataset.has_partners and dataset.domains == ("noto", "twemoji")
    wanted = {part: {"images": "images", "captions": "captions"} for part in "ab"}
    train, test = (sources.stored_rows(dataset, wanted, real, training=each) for each in (True, False))
    assert not {*train["a"]["captions"]} & {*train["b"]["captions"]}
    assert len(train["a"]["images"]) + len(train["b"]["images"]) == 3272
    np.testing.assert_array_equal(test["a"]["captions"], test["b"]["captions"])
    given, truth = (test[part]["images"] / np.float32(255) for part in "ab")
    assert np.abs(given - truth).mean() == pytest.approx(0.163, abs=0.0006)


def test_real_styles_are_classes_with_every_row_in_all_of_them(real):
    test = catalog.find("emoji").found("test", real.dataset_root)
    assert len(test["images"]) == 3 * 514 and np.bincount(test["labels"]).tolist() == [514] * 3
    rows = np.arange(len(test["labels"]))
    np.testing.assert_array_equal(test["images"], test["domains"][rows, test["labels"]])
    one = catalog.find("emoji:noto")
    found = one.found("test", real.dataset_root)
    assert found["masks"].shape == (514, 64, 64, 1) and found["attributes"][:, :5].sum(1).max() == 1
    tone = found["attributes"][:, one.attribute_names.index("dark")] == 1
    # A few names do not say the tone.
    assert np.mean([b"dark skin tone" in caption for caption in found["captions"][tone]]) > 0.9 and tone.sum() == 45
    assert found["caption"].shape == (514, 128) and bytes(found["caption"][0]).startswith(found["captions"][0][:128])
