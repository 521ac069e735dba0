"""What is read of image files, by which decoder, and what is never given to one."""

import io
import os
import random
import struct

import numpy as np
import pytest
from PIL import Image, ImageOps

from compare_gan_tf2.datasets import _folder_check, _folder_listing, _image_headers, _safe_decoding
from compare_gan_tf2.datasets._safe_decoding import UnreadableError

RNG = np.random.default_rng(3)
PATCHES = np.kron(RNG.integers(0, 256, (3, 5, 3), np.uint8), np.ones((4, 4, 1), np.uint8))
COLOR = Image.fromarray(PATCHES)
OTHERS = [Image.fromarray(255 - PATCHES), Image.fromarray(PATCHES[::-1])]


def _encoded(picture, kind, **how):
    file = io.BytesIO()
    picture.save(file, kind, **how)
    return file.getvalue()


def _pixels(contents):
    """uint8 [H, W, C] of an image file, as a data set has it."""
    return _safe_decoding._by_tensorflow(_safe_decoding.decodable(contents))


def _turned(number):
    said = Image.Exif()
    said[0x0112] = number
    return said


@pytest.mark.parametrize(
    ("kind", "how"),
    [
        ("WEBP", {"lossless": True}),
        ("WEBP", {"lossless": True, "duration": 0, "loop": 3}),
        ("GIF", {}),
        ("PNG", {}),
        ("TIFF", {"compression": "tiff_lzw"}),
    ],
)
def test_of_an_animation_the_first_picture_is_read(kind, how):
    picture = COLOR.quantize(16).convert("RGB")
    contents = _encoded(picture, kind, save_all=True, append_images=OTHERS, **how)
    header = _safe_decoding.header(contents)
    assert header.pictures == 3 and header.for_tensorflow == (kind in ("GIF", "PNG"))
    np.testing.assert_array_equal(_pixels(contents)[..., :3], np.asarray(picture))


@pytest.mark.parametrize(
    ("kind", "how"),
    [("JPEG", {"quality": 100, "subsampling": 0}), ("PNG", {}), ("WEBP", {"lossless": True}), ("TIFF", {})],
)
@pytest.mark.parametrize("number", range(1, 9))
def test_pictures_are_upright(kind, how, number):
    stored = _encoded(COLOR, kind, **how)
    contents = _encoded(COLOR, kind, exif=_turned(number), **how)
    upright = Image.fromarray(_pixels(stored))
    upright.getexif()[0x0112] = number
    np.testing.assert_array_equal(_pixels(contents), np.asarray(ImageOps.exif_transpose(upright)))


def test_numbers_of_turns_that_are_none_are_passed_over():
    assert _image_headers.turn(_encoded(COLOR, "JPEG", exif=_turned(9))) == 1
    assert _image_headers.turn(b"Exif and no image") == 1
    contents = _encoded(COLOR, "JPEG", exif=_turned(6))
    at = contents.index(b"Exif")
    assert _image_headers.turn(contents[: at + 6] + b"\xff" * 8 + contents[at + 14 :]) == 1


GRAY = Image.fromarray(PATCHES[..., 0])
DEEP = Image.fromarray(PATCHES[..., 0].astype(np.uint16) * 256 + 17)


@pytest.mark.parametrize(
    ("contents", "expected"),
    [
        (_encoded(COLOR.quantize(8), "BMP"), COLOR.quantize(8).convert("RGB")),
        (_encoded(GRAY.convert("1"), "BMP"), GRAY.convert("1").convert("L")),
        (_encoded(COLOR, "TIFF"), COLOR),
        (_encoded(COLOR, "TIFF", compression="tiff_adobe_deflate"), COLOR),
        (_encoded(GRAY, "TIFF"), GRAY),
        (_encoded(DEEP, "TIFF"), GRAY),
        (_encoded(DEEP, "PNG"), GRAY),
        (_encoded(COLOR.convert("CMYK"), "TIFF"), COLOR),
        (_encoded(COLOR.quantize(8), "TIFF"), COLOR.quantize(8).convert("RGB")),
        (_encoded(COLOR, "PPM"), COLOR),
        (_encoded(GRAY, "PPM"), GRAY),
        (_encoded(COLOR, "BMP"), COLOR),
        (_encoded(GRAY, "BMP"), GRAY),
        (_encoded(COLOR.convert("RGBA"), "TIFF"), COLOR.convert("RGBA")),
        (_encoded(GRAY.convert("LA"), "PNG"), GRAY.convert("LA")),
    ],
)
def test_kinds_of_pixels(contents, expected):
    expected = np.asarray(expected)
    np.testing.assert_array_equal(_pixels(contents), expected if expected.ndim == 3 else expected[..., None])


def test_inks_of_a_jpeg_are_colors():
    inks = _pixels(_encoded(COLOR.convert("CMYK"), "JPEG", quality=100, subsampling=0))
    assert inks.shape == PATCHES.shape and np.abs(inks.astype(int) - PATCHES).mean() < 6


def test_floats_and_very_deep_pixels_are_left_out_with_a_reason():
    with pytest.raises(UnreadableError, match="pixels of the kind F"):
        _safe_decoding.decodable(_encoded(Image.fromarray(PATCHES[..., 0].astype(np.float32)), "TIFF"))
    with pytest.raises(UnreadableError, match="32 bits"):
        _safe_decoding.decodable(_encoded(Image.fromarray(PATCHES[..., 0].astype(np.int32) * 10**6), "TIFF"))


def test_what_claims_too_many_pixels_is_not_decoded(monkeypatch):
    monkeypatch.setattr(_safe_decoding, "_by_tensorflow", None)
    monkeypatch.setattr(_safe_decoding, "_by_pillow", None)
    monkeypatch.setattr(_image_headers, "MOST_PIXELS", 10_000)
    large = Image.new("RGB", (101, 100))
    jpeg = bytearray(_encoded(large, "JPEG"))
    padded = bytearray(jpeg)
    at = padded.index(b"\xff\xdb")
    padded[at:at] = b"\0"
    gif = bytearray(_encoded(GRAY, "GIF"))
    gif[6:10] = struct.pack("<HH", 60_000, 60_000)
    unknown = bytearray(gif)
    unknown[4:5] = b"?"
    others = [_encoded(large, kind) for kind in ("PNG", "WEBP", "TIFF", "BMP", "PPM", "GIF")]
    for contents in (jpeg, padded, gif, unknown, *others):
        with pytest.raises(UnreadableError, match="claims|by its header"):
            _safe_decoding.judged(bytes(contents))


def test_a_gif_of_many_large_pictures_is_not_decoded(monkeypatch):
    monkeypatch.setattr(_image_headers, "MOST_PIXELS", 2 * GRAY.width * GRAY.height)
    frames = [Image.fromarray(PATCHES[..., n]) for n in range(3)]
    with pytest.raises(UnreadableError, match="claims 3 pictures of 12 x 20 pixels"):
        _safe_decoding.header(_encoded(frames[0], "GIF", save_all=True, append_images=frames[1:]))
    _safe_decoding.header(_encoded(frames[0], "GIF", save_all=True, append_images=frames[1:2]))


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "BMP", "WEBP", "TIFF", "PPM"])
def test_damaged_headers_are_found_out(kind):
    draw = random.Random(kind)
    whole = _encoded(GRAY if kind == "BMP" else COLOR, kind)
    for length in range(0, 80):
        _image_headers.read(io.BytesIO(whole[:length]))
    for _ in range(150):
        changed = bytearray(whole)
        for _ in range(draw.randint(1, 4)):
            changed[draw.randrange(min(len(whole), 90))] = draw.randrange(256)
        found = _image_headers.read(io.BytesIO(bytes(changed)))
        assert found is None or found.fault or found.height * found.width <= _image_headers.MOST_PIXELS
        assert _image_headers.turn(bytes(changed)) in range(1, 9)


def _touch(folder, *names):
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(_encoded(GRAY, "PNG"))


def test_folders_that_link_to_one_another_are_read_once(tmp_path):
    names = [f"{letter}/{letter}.png" for letter in "abcdefghij"]
    _touch(tmp_path, *names)
    for one in "abcdefghij":
        for other in "abcdefghij":
            (tmp_path / one / f"to_{other}").symlink_to(tmp_path / other)
    files, beside = _folder_listing._walk(tmp_path)
    assert sorted(files) == names
    assert len(beside.left_out) == 100 and beside.left_out["a/to_b/"].startswith("another way to the folder b/")


def test_a_way_without_a_link_comes_before_one_with(tmp_path):
    _touch(tmp_path / "elsewhere", "x.png")
    _touch(tmp_path / "set", "z/1.png")
    (tmp_path / "set/a").symlink_to(tmp_path / "set/z")
    (tmp_path / "set/far").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "set/too_far").symlink_to(tmp_path / "elsewhere")
    files, _ = _folder_listing._walk(tmp_path / "set")
    assert sorted(files) == ["far/x.png", "z/1.png"]


def test_devices_pipes_and_endless_links_are_named(tmp_path):
    _touch(tmp_path, "a.png", "b.png")
    (tmp_path / "zero.png").symlink_to("/dev/zero")
    (tmp_path / "self.png").symlink_to(tmp_path / "self.png")
    os.mkfifo(tmp_path / "pipe.jpg")
    listing = _folder_listing.of(tmp_path, as_whole=True)
    assert listing.left_out == {name: "a device or pipe, and no file" for name in ("pipe.jpg", "zero.png")}
    assert listing.splits["all"] == ("a.png", "b.png", "self.png")
    assert isinstance(_folder_check._judged(tmp_path / "zero.png"), str)
    assert isinstance(_folder_check._judged(tmp_path / "pipe.jpg"), str)
    assert "symbolic links" in _folder_check._judged(tmp_path / "self.png")


def test_pictures_of_other_endings_are_listed(tmp_path):
    from compare_gan_tf2.datasets import _folder_check

    _touch(tmp_path, "a.png", "b.png", "n01440764", "c.png.1")
    (tmp_path / "photo.heic").write_bytes(b"\0\0\0\x18ftypheic")
    (tmp_path / "old.tga").write_bytes(b"?")
    (tmp_path / "notes.txt").write_text("no picture")
    (tmp_path / "BMX.md").write_text("BM is how this begins")
    listing = _folder_listing.of(tmp_path, as_whole=True)
    found = _folder_check.outcome(listing, tmp_path / ".cache")
    assert set(found.left_out) == {"n01440764", "c.png.1", "photo.heic", "old.tga"}
    assert found.left_out["n01440764"] == "seems a picture, and its ending (none) is not one that is read"


def test_the_graph_refuses_animations_that_come_from_records():
    import tensorflow as tf

    from compare_gan_tf2.datasets._framing import Framing

    frame = tf.function(Framing((8, 8, 3), "middle", "antialias").apply)
    still = tf.zeros([2], tf.int32)
    animation = _encoded(COLOR, "WEBP", save_all=True, append_images=OTHERS, lossless=True)
    for contents in (_encoded(COLOR, "WEBP", lossless=True, exif=_turned(1)), _encoded(COLOR, "PNG")):
        assert frame(contents, still).shape == (8, 8, 3)
    with pytest.raises(tf.errors.InvalidArgumentError, match="Unknown image file format"):
        frame(animation, still)
