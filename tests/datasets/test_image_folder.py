"""Folders of images to train on."""

import json
import logging
import os
import struct
import zlib

import numpy as np
import pytest
import tensorflow as tf
from slow_cases import slow_unless

from compare_gan_tf2.datasets import _folder_check, _folder_listing, _image_headers, catalog
from compare_gan_tf2.datasets._image_folder import FolderDataset
from compare_gan_tf2.datasets.catalog import Places
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.options import Options

RNG = np.random.default_rng(0)
COLOURS = np.array([[[255, 0, 0], [0, 255, 0], [0, 0, 255]], [[9, 9, 9], [200, 100, 50], [255, 255, 255]]], np.uint8)
# COLOURS as Pillow writes it: without loss, that with transparency, and with loss.
WEBP = (
    b"RIFFB\x00\x00\x00WEBPVP8L6\x00\x00\x00/\x02@\x00\x00/@\x98m\xb4}O\xf1\xfc9\xa6A&m\x93\xbb\xfe\xfdL\xda\xc8\xa4m"
    b"\xdawN\xe6_`\xe7?\xd0\xc8#Y\xf3\x1d\x08\x04(c\xc5\x03\xdbD\xf4?\xc6\x0b"
)
WEBP_TRANSPARENT = (
    b"RIFFB\x00\x00\x00WEBPVP8L6\x00\x00\x00/\x02@\x00\x10/@\x98m\xb4}O\xf1\xfc9\xa6A&m\x93\xbb\xfe\xfdL\xda\xc8\xa4m"
    b"\xdawN\xe6_`\xa7)\xd0\xc8#Y\xf3\x1d\x08\x04(c\xc5\x03\xdbD\xf4?\xc6\x0b"
)
WEBP_LOSSY = (
    b"RIFF`\x00\x00\x00WEBPVP8 T\x00\x00\x000\x02\x00\x9d\x01*\x03\x00\x02\x00\x01@&%\xa8\x02tG\x00d\x80\x02\xcd\xac"
    b"\xbc\xc4\x00\xfd\x03\xff\x87\x9b\x87\xb3\x7f\x8e\xdf7\x8f\xf9\xa0\xdd\xf7\x99g5\x95B\x8e\xd8\xff\xe71\xff\xb1\x96"
    b"\xab\x9d\xcd\xff\xff\xad\x0f\xff\x8f\x7f\xd8\xcbU\xce\xe6\xff\xd94\xbb\xb1\xb2.\xbe\xd0w\x00\x00\x00"
)


def _noise(*shape):
    return RNG.integers(0, 256, shape, np.uint8)


def _png(image):
    return tf.io.encode_png(image).numpy()


def _jpeg(image):
    return tf.io.encode_jpeg(image, quality=95).numpy()


def _bmp(image, palette=None):
    """uint8 [H, W, 3], or [H, W] with palette uint8 [256, 3]."""
    height, width = image.shape[:2]
    rows = image if palette is not None else image[..., ::-1].reshape(height, -1)
    rows = np.pad(rows, [(0, 0), (0, -rows.shape[1] % 4)])[::-1].tobytes()
    table = b"" if palette is None else np.pad(palette[:, ::-1], [(0, 0), (0, 1)]).tobytes()
    bits, first = 8 if table else 24, 54 + len(table)
    head = struct.pack("<IiiHHIIiiII", 40, width, height, 1, bits, 0, len(rows), 0, 0, 256 if table else 0, 0)
    return b"BM" + struct.pack("<IHHI", first + len(rows), 0, 0, first) + head + table + rows


def _gif(height, width):
    """A GIF of one color, red."""
    codes, bits, position = [4, *[1] * (height * width), 5], 0, 0
    for number, code in enumerate(codes):  # a "clear" before every second pixel keeps codes at three bits
        for each in ([4] if number > 1 and number % 2 else []) + [code]:
            bits |= each << position
            position += 3
    data = bits.to_bytes(-(-position // 8), "little")
    size = struct.pack("<HH", width, height)
    colors = bytes([0, 0, 0, 255, 0, 0] + [0] * 6)
    return b"".join(
        [b"GIF89a", size, b"\x81\x00\x00", colors, b",\0\0\0\0", size, b"\0\x02", bytes([len(data)]), data, b"\0;"]
    )


def _claiming(height, width):
    """A small PNG that claims to be large."""

    def chunk(kind, content):
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(9))) + chunk(b"IEND", b"")


def _fill(folder, files):
    """Writes files: name -> contents, or an array for a PNG."""
    for name, contents in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(contents if isinstance(contents, bytes) else _png(contents))
    return folder


def _few(*names):
    return {name: np.full((8, 8, 3), number, np.uint8) for number, name in enumerate(names)}


def _pixels(images):
    """All images uint8 [N, H, W, C] by name, and labels by name."""
    still = tf.zeros([2], tf.int32)
    read = images.stream(images.number).unbatch().map(lambda encoded, label: (images.prepared(encoded, still), label))
    found = list(read.as_numpy_iterator())
    names = images.keys().tolist()
    assert len(found) == len(names) == images.number
    return (
        {name: image for name, (image, _) in zip(names, found, strict=True)},
        {name: int(label) for name, (_, label) in zip(names, found, strict=True)},
    )


def _options(**changes):
    class Given:
        image_size = 0
        train_crop = "default"
        conditional = labelled_only = False
        label_file = ""
        held_out_share = 0.0
        pairs, pair_order, exclusive = "all", "input_target", ""

    for name, value in changes.items():
        setattr(Given, name, value)
    return Given


@pytest.fixture
def places(tmp_path):
    return Places(tmp_path / "root", tmp_path / "cache")


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "set"


def test_a_flat_folder_is_trained_on_and_compared_with_as_a_whole(folder, places):
    _fill(folder, _few("b.png", "a.PNG", "c.jpg.png"))
    dataset = catalog.find(str(folder))
    assert isinstance(dataset, FolderDataset) and dataset.name == str(folder)
    assert (dataset.train_split, dataset.evaluation_split, dataset.num_classes) == ("all", "all", 0)
    assert dataset.image_shape == (8, 8, 3)
    assert dataset.evaluation_images == dataset.evaluation_samples == dataset.count("all", places) == 3
    pixels, labels = _pixels(dataset.open("all", places))
    assert {name: image.max() for name, image in pixels.items()} == {"b.png": 0, "a.PNG": 1, "c.jpg.png": 2}
    assert set(labels.values()) == {-1}


def test_folders_are_classes_with_what_is_below_them(folder, places):
    _fill(folder, _few("dog/1.png", "cat/1.png", "cat/old/deep/2.png", "empty/note.txt"))
    dataset = catalog.find(str(folder))
    assert dataset.class_names == ("cat", "dog")
    images = dataset.open("all", places)
    assert images.labels().dtype == np.int32
    assert _pixels(images)[1] == {"dog/1.png": 1, "cat/1.png": 0, "cat/old/deep/2.png": 0}


@pytest.mark.parametrize(
    "names",
    [
        ("a.png", "cat/1.png", "dog/1.png"),  # images beside folders
        ("images/1.png", "images/2.png"),  # one folder is no choice of classes
        ("test/1.png", "test/2.png"),
    ],
)
def test_folders_that_are_no_classes(folder, places, names):
    _fill(folder, _few(*names))
    dataset = catalog.find(str(folder))
    assert not dataset.num_classes and dataset.train_split == "all"
    assert dataset.count("all", places) == len(names)


@pytest.mark.parametrize(
    ("classes", "train", "evaluation"),
    slow_unless(
        lambda case: case in (((), "Training", "VAL"), (("x", "y"), "train", "test")),
        [
            (classes, *names)
            for classes in ((), ("x", "y"))
            for names in (("train", "test"), ("Training", "VAL"), ("train", "validation"), ("train", "evaluation"))
        ],
    ),
)
def test_splits_are_folders(folder, places, train, evaluation, classes):
    beneath = [f"{name}/" for name in classes] or [""]
    names = [f"{split}/{name}{n}.png" for split in (train, evaluation) for name in beneath for n in range(2)]
    _fill(folder, _few(*names))
    dataset = catalog.find(str(folder))
    assert (dataset.train_split, dataset.evaluation_split) == (train, evaluation)
    assert dataset.class_names == classes
    for split in (train, evaluation):
        labels = _pixels(dataset.open(split, places))[1]
        assert set(labels) == {name for name in names if name.startswith(split)}
        assert all(number == (classes.index(name.split("/")[1]) if classes else -1) for name, number in labels.items())


def test_of_several_evaluation_splits_test_is_taken_and_the_rest_is_named(folder, places, caplog):
    _fill(folder, _few(*(f"{split}/{n}.png" for split in ("train", "val", "test") for n in range(2)), "logo.png"))
    dataset = catalog.find(str(folder))
    assert (dataset.train_split, dataset.evaluation_split) == ("train", "test")
    dataset.open("test", places)
    assert "images beside train and test are not used: 1 in the folder itself, 2 in val" in caplog.text


def test_a_training_folder_alone_serves_both_ends(folder, places):
    _fill(folder, _few("train/cat/1.png", "train/dog/1.png"))
    dataset = catalog.find(str(folder))
    assert dataset.train_split == dataset.evaluation_split == "train" and dataset.class_names == ("cat", "dog")
    _fill(folder, _few("tram/1.png"))  # now it is one kind of vehicle among two
    assert catalog.find(str(folder)).class_names == ("train", "tram")


def test_hidden_files_are_left_out_and_links_followed(folder, places, tmp_path):
    _fill(folder, _few("a.png", ".b.png", ".git/c.png", ".ipynb_checkpoints/a.png", "__MACOSX/a.png", "sub/d.png"))
    _fill(tmp_path / "elsewhere", _few("e.png"))
    (folder / "link.png").symlink_to(tmp_path / "elsewhere/e.png")
    (folder / "sub/far").symlink_to(tmp_path / "elsewhere")
    (folder / "sub/round").symlink_to(folder)
    os.mkfifo(folder / "pipe.png")
    dataset = catalog.find(str(folder))
    assert set(_pixels(dataset.open("all", places))[0]) == {"a.png", "link.png", "sub/d.png", "sub/far/e.png"}


@pytest.mark.parametrize(
    ("shapes", "shape"),
    [
        ([(48, 48, 3)] * 3, (48, 48, 3)),
        ([(256, 256, 1)] * 2, (256, 256, 1)),
        ([(264, 264, 3)] * 2, (128, 128, 3)),
        ([(100, 80, 3), (200, 90, 3)], (64, 64, 3)),
        ([(64, 64, 3), (32, 32, 3)], (32, 32, 3)),
        ([(5, 90, 3)] * 2, (8, 8, 3)),
        ([(16, 16, 1), (16, 16, 2)], (16, 16, 1)),
        ([(16, 16, 1), (16, 16, 4)], (16, 16, 3)),
    ],
)
def test_the_size_that_is_chosen(folder, shapes, shape):
    _fill(folder, {f"{number}.png": _noise(*each) for number, each in enumerate(shapes)})
    assert catalog.find(str(folder)).image_shape == shape


def test_the_look_for_a_size_is_bounded_and_spread(folder, monkeypatch):
    _fill(folder, {f"{number:03d}.png": _noise(*[32 if number == 299 else 64] * 2, 3) for number in range(300)})
    looked = []
    read = _image_headers.read
    monkeypatch.setattr(_image_headers, "read", lambda file: looked.append(file.name) or read(file))
    assert catalog.find(str(folder)).image_shape == (32, 32, 3)
    assert len(looked) == 64 and looked[0].endswith("000.png")
    catalog.find(str(folder))
    assert len(looked) == 64


def test_options_choose_size_and_crop(folder, places):
    _fill(folder, {"a.png": _noise(20, 32, 3), "b.png": _noise(32, 20, 3)})
    dataset = catalog.find(str(folder))
    assert dataset.adapted(_options()) == dataset
    larger = dataset.adapted(_options(image_size=24))
    assert larger.image_shape == (24, 24, 3) and larger.open("all", places).image_shape == (24, 24, 3)
    for crop, trains, scores in [
        ("default", "middle", "middle"),
        ("random", "random", "middle"),
        ("distorted", "distorted", "middle"),
        ("none", "none", "none"),
    ]:
        chosen = dataset.adapted(_options(train_crop=crop))
        training, scored = chosen.open("all", places, training=True), chosen.open("all", places)
        assert (training._framing.crop, scored._framing.crop) == (trains, scores)
        assert training.varies == (crop in ("random", "distorted")) and not scored.varies
    prints = [each.fingerprint(places.dataset_root) for each in (dataset, larger, chosen)]
    identities = [each.identity(places) for each in (dataset, larger, chosen)]
    assert len({*prints, *identities}) == 6
    assert {each.classifier for each in (dataset, larger, chosen)} == {"set_folder"}


def test_images_of_the_size_stay_and_others_are_cut_and_made_smaller(folder, places):
    squares = {"png.png": _noise(32, 32, 3), "grey.png": _noise(32, 32, 1)}
    rows, columns = np.indices((64, 64))
    smooth = np.rint(128 + 100 * np.sin(rows / 9)[..., None] * np.cos(columns[..., None] / [7, 9, 11])).astype(np.uint8)
    board = np.repeat(((rows + columns) % 2 * 255).astype(np.uint8)[..., None], 3, -1)
    wide = np.concatenate([_noise(64, 10, 3), smooth, _noise(64, 11, 3)], axis=1)
    jpeg = _jpeg(squares["png.png"])
    _fill(folder, {**squares, "jpeg.jpg": jpeg, "double.png": smooth, "board.png": board, "wide.png": wide})
    dataset = catalog.find(str(folder))
    assert dataset.image_shape == (32, 32, 3)
    found = _pixels(dataset.open("all", places))[0]
    np.testing.assert_array_equal(found["png.png"], squares["png.png"])
    np.testing.assert_array_equal(found["grey.png"], np.repeat(squares["grey.png"], 3, -1))
    np.testing.assert_array_equal(found["jpeg.jpg"], tf.io.decode_jpeg(jpeg))
    means = smooth.reshape(32, 2, 32, 2, 3).mean((1, 3))
    assert np.abs(found["double.png"] - means).max() <= 3
    assert np.abs(found["board.png"][1:-1, 1:-1] - 127.5).max() < 1  # without antialiasing it would be black or white
    np.testing.assert_array_equal(found["wide.png"], found["double.png"])


@pytest.mark.parametrize("channels", [1, 3])
def test_all_formats_give_one_shape(folder, places, caplog, channels):
    # More than two kinds of grey and color, so that all ways of conversion are taken.
    color = np.kron(COLOURS, np.ones((8, 8, 1), np.uint8))
    grey = color[..., :1]
    files = {
        "color.png": color,
        "grey.png": grey,
        "transparent.png": np.concatenate([color, grey], -1),
        "grey_transparent.png": np.concatenate([grey, grey], -1),
        "deep.png": _png(color.astype(np.uint16) * 257),
        "color.jpeg": _jpeg(color),
        "grey.JPG": _jpeg(grey),
        "color.bmp": _bmp(color),
        "grey.bmp": _bmp(grey[..., 0], np.repeat(np.arange(256, dtype=np.uint8)[:, None], 3, 1)),
        "one.gif": _gif(16, 24),
        "plain.webp": WEBP,
        "transparent.webp": WEBP_TRANSPARENT,
        "lossy.webp": WEBP_LOSSY,
        "other.png": _jpeg(color),  # the content decides, not the ending
    }
    _fill(folder, files)
    dataset = catalog.find(str(folder)).adapted(_options(image_size=16))
    assert dataset.image_shape == (16, 16, 3)
    if channels == 1:
        object.__setattr__(dataset, "image_shape", (16, 16, 1))
    found = _pixels(dataset.open("all", places))[0]
    assert set(found) == set(files) and all(image.shape == (16, 16, channels) for image in found.values())
    middle = color[:, 4:20]
    expected = middle if channels == 3 else tf.image.rgb_to_grayscale(middle).numpy()
    for name in ("color.png", "transparent.png", "deep.png", "color.bmp"):
        np.testing.assert_array_equal(found[name], expected)
    for name in ("grey.png", "grey_transparent.png", "grey.bmp"):
        np.testing.assert_array_equal(found[name], np.repeat(middle[..., :1], channels, -1))
    reds = [255, 0, 0] if channels == 3 else [76]
    assert (found["one.gif"] == reds).all()
    if channels == 3:
        assert (
            f"of 14 images in {folder}, 4 gray images become color, 3 lose their transparency, 3 are enl" in caplog.text
        )
    else:
        assert "10 color images become gray" in caplog.text


def test_headers_agree_with_decoders(folder):
    files = {
        "a.png": _noise(5, 7, 4),
        "b.jpg": _jpeg(_noise(5, 7, 3)),
        "c.jpg": tf.io.encode_jpeg(_noise(5, 7, 1), progressive=True, xmp_metadata="x" * 3000).numpy(),
        "d.bmp": _bmp(_noise(5, 7, 3)),
        "e.gif": _gif(5, 7),
        "f.webp": WEBP,
        "g.webp": WEBP_LOSSY,
        "h.webp": WEBP_TRANSPARENT,
    }
    for name, contents in files.items():
        path = _fill(folder, {name: contents}) / name
        with open(path, "rb") as file:
            header = _image_headers.read(file)
        decoded = tf.io.decode_image(path.read_bytes(), expand_animations=False)
        assert (header.height, header.width, header.channels) == tuple(decoded.shape), name
    extended = b"RIFF\0\0\0\0WEBPVP8X\n\0\0\0\x10\0\0\0\x06\0\0\x04\0\0"
    (folder / "i.webp").write_bytes(extended)
    with open(folder / "i.webp", "rb") as file:
        assert _image_headers.read(file) is None  # with nothing behind it


def test_order_is_random_and_always_the_same(folder, places):
    _fill(folder, _few(*(f"{label}/{number:02d}.png" for label in "ab" for number in range(30))))
    names = catalog.find(str(folder)).open("all", places).keys().tolist()
    assert names != sorted(names) and len({name[0] for name in names[:15]}) == 2
    expected = np.array(sorted(names))[np.random.default_rng(0).permutation(60)]
    assert names == expected.tolist()


BROKEN = {
    "cut.jpg": _jpeg(_noise(32, 32, 3))[:-60],
    "cut.png": _png(_noise(32, 32, 3))[:1500],
    "empty.gif": b"",
    "text.png": b"this is no image at all",
    "bomb.png": _claiming(60000, 60000),
    "cut.bmp": _bmp(_noise(16, 16), _noise(256, 3))[:1100],
    "cut.webp": WEBP[:40],
}


def test_broken_files_are_left_out_once_and_for_all(folder, places, caplog, monkeypatch):
    _fill(folder, {**BROKEN, **_few("a.png", "b.png", "c.png")})
    (folder / "nowhere.png").symlink_to(folder / "missing")
    images = catalog.find(str(folder)).open("all", places)
    assert set(_pixels(images)[0]) == {"a.png", "b.png", "c.png"}
    assert catalog.find(str(folder)).count("all", places) == 3 and catalog.find(str(folder)).evaluation_images == 11
    warnings = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert len(warnings) == 1
    kept = next((places.cache_dir / "folders").glob("*.json"))
    assert warnings[0].startswith(
        f"8 of 11 files in {folder} are left out: bomb.png (claims more than the 100,000,000 pixels"
    )
    assert warnings[0].endswith(f", ...; the whole list is in {kept}")
    left_out = json.loads(kept.read_text())["left_out"]
    assert set(left_out) == {*BROKEN, "nowhere.png"}
    assert left_out["empty.gif"] == "empty file" and left_out["nowhere.png"] == "No such file or directory"
    assert left_out["cut.jpg"] == "jpeg::Uncompress failed. Invalid JPEG data or crop window."

    # Another process reads none of them again.
    monkeypatch.setattr(_folder_check, "_FOUND", {})
    monkeypatch.setattr(_folder_check, "_WARNED", set())
    monkeypatch.setattr(_folder_check, "_judged", None)
    caplog.clear()
    assert catalog.find(str(folder)).open("all", places).number == 3
    assert "8 of 11 files" in caplog.text


def test_a_damaged_memory_is_made_anew(folder, places, monkeypatch):
    _fill(folder, _few("a.png", "b.png"))
    catalog.find(str(folder)).open("all", places)
    kept = next((places.cache_dir / "folders").glob("*.json"))
    for text in ("{", "[]", '{"format": 0}', '{"format": 1}', '{"format": 2}'):
        kept.write_text(text)
        monkeypatch.setattr(_folder_check, "_FOUND", {})
        assert catalog.find(str(folder)).count("all", places) == 2
        assert json.loads(kept.read_text())["channels"] == {"3": 2}


def test_a_file_without_rights_is_left_out_and_a_failing_disk_is_not_remembered(folder, places, monkeypatch):
    _fill(folder, _few("a.png", "b.png", "c.png"))
    read = type(folder).read_bytes
    trouble = {"c.png": PermissionError(13, "Permission denied")}

    def failing(path):
        if path.name in trouble:
            raise trouble[path.name]
        return read(path)

    monkeypatch.setattr(type(folder), "read_bytes", failing)
    dataset = catalog.find(str(folder))
    assert set(dataset.open("all", places).keys()) == {"a.png", "b.png"}
    trouble["c.png"] = OSError(5, "Input/output error")
    monkeypatch.setattr(_folder_check, "_FOUND", {})
    next((places.cache_dir / "folders").glob("*.json")).unlink()
    with pytest.raises(UserError, match=r"c\.png cannot be read: Input/output error"):
        dataset.open("all", places)
    assert not list((places.cache_dir / "folders").glob("*"))


def test_what_is_lost_or_changed_later_is_named(folder, places):
    _fill(folder, _few("a.png", "b.png"))
    images = catalog.find(str(folder)).open("all", places)
    whole = (folder / "a.png").read_bytes()
    (folder / "a.png").write_bytes(whole[:-20])  # the header is there
    with pytest.raises(tf.errors.InvalidArgumentError) as caught:
        _pixels(images)
    assert f"an image in {folder} was changed while it was used: " in str(images.explain(caught.value))
    (folder / "a.png").write_bytes(b"changed")
    with pytest.raises(tf.errors.OpError) as caught:
        _pixels(images)
    assert f"{folder / 'a.png'} was changed while it was used: no image" in str(images.explain(caught.value))
    (folder / "a.png").unlink()
    with pytest.raises(tf.errors.OpError) as caught:
        _pixels(images)
    line = str(images.explain(caught.value))
    assert line == f"{folder / 'a.png'} was read before, and cannot be read now: No such file or directory"


@pytest.mark.parametrize(
    ("names", "line"),
    [
        (("notes.txt",), r"no image in .*set; known endings: \.png, \.jpg, \.jpeg, \.bmp, \.gif, \.webp, "),
        (("a.png",), "set has one image and needs 2 or more"),
        (("train/a.png", "train/b.png", "test/a.png"), "set/test has one image and needs 2 or more"),
        (("train/x/1.png", "train/y/1.png", "test/x/1.png", "test/z/1.png"), "test has classes that .*train lacks: z"),
        (("train/x/1.png", "train/y/1.png", "test/1.png", "test/2.png"), "set/test has images in none"),
    ],
)
def test_folders_that_are_no_set(folder, names, line):
    _fill(folder, _few(*names))
    with pytest.raises(UserError, match=line):
        catalog.find(str(folder))


def test_places_that_cannot_be_read(folder, places, monkeypatch):
    with pytest.raises(UserError, match=f"folder of images {folder} does not exist"):
        catalog.find(str(folder))
    _fill(folder, {"a.png": b"no", "b.png": b"images"})
    with pytest.raises(UserError, match=r"none of 2 files looked at in .*set is an image, a\.png among them"):
        catalog.find(str(folder))
    with pytest.raises(UserError, match="neither a folder of images nor an .npz file"):
        catalog.find(str(folder / "a.png"))
    _fill(folder, {"a.png": _noise(8, 8, 3)})
    dataset = catalog.find(str(folder))
    with pytest.raises(UserError, match=r"needs 2 or more images, and of 2 files 1 can be read; b\.png: no image"):
        dataset.open("all", places)

    def refused(path):
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr(_folder_listing, "_KEPT", {})
    monkeypatch.setattr(os, "scandir", refused)
    with pytest.raises(UserError, match=f"no permission to read the folder {folder}"):
        catalog.find(str(folder))


def test_a_folder_that_is_gone(folder, places):
    _fill(folder, _few("a.png", "b.png"))
    dataset = catalog.find(str(folder))
    dataset.prepare(places.dataset_root)
    assert dataset.is_prepared(places.dataset_root)
    for name in ("a.png", "b.png"):
        (folder / name).unlink()
    folder.rmdir()
    assert not dataset.is_prepared(places.dataset_root)
    line = f"folder of images {folder} does not exist"
    assert dataset.how_to_prepare(places.dataset_root) == line
    for act in (dataset.fingerprint, dataset.prepare):
        with pytest.raises(UserError, match=line):
            act(places.dataset_root)


def test_names_are_absolute_and_prints_follow_the_files(folder, tmp_path, monkeypatch):
    _fill(folder, _few("a.png", "b.png"))
    monkeypatch.chdir(tmp_path)
    dataset = catalog.find("./set")
    assert dataset.name == catalog.find(str(folder)).name == str(folder)
    before = dataset.fingerprint(tmp_path)
    assert catalog.find("./set").fingerprint(tmp_path) == before
    _fill(folder, _few("c.png"))
    added = catalog.find("./set").fingerprint(tmp_path)
    assert added != before
    (folder / "c.png").chmod(0)
    monkeypatch.setattr(_folder_listing, "_KEPT", {})
    assert catalog.find("./set").fingerprint(tmp_path) not in (before, added)


def test_a_folder_is_not_walked_again_for_a_while(folder, monkeypatch):
    _fill(folder, _few("a/1.png", "b/2.png"))
    walked = []
    walk = _folder_listing._walk
    monkeypatch.setattr(_folder_listing, "_walk", lambda place: walked.append(place) or walk(place))
    for _ in range(3):
        catalog.find(str(folder))
    assert len(walked) == 1
    _fill(folder, _few("b/3.png"))
    assert catalog.find(str(folder)).evaluation_images == 3
    monkeypatch.setattr(_folder_listing.time, "monotonic", lambda: 1e12)
    listing = catalog.find(str(folder)).listing
    assert len(walked) == 3
    monkeypatch.setattr(_folder_listing.time, "monotonic", lambda: 2e12)
    assert catalog.find(str(folder)).listing is listing


def test_names_that_are_not_unicode(folder, places):
    _fill(folder, _few("a.png"))
    odd = os.fsdecode(b"\xff.png")
    try:
        (folder / odd).write_bytes(b"broken")
        (folder / f"good{odd}").write_bytes(_png(_noise(8, 8, 3)))
    except OSError:
        pytest.skip("this file system takes Unicode only")
    assert set(_pixels(catalog.find(str(folder)).open("all", places))[0]) == {"a.png", f"good{odd}"}


def test_an_npz_file_is_a_set_too(tmp_path, places):
    np.savez(tmp_path / "set.npz", images=_noise(6, 4, 4, 3), labels=np.arange(6) % 2)
    dataset = catalog.find(str(tmp_path / "set.npz"))
    assert dataset.name == str(tmp_path / "set.npz") and dataset.num_classes == 2
    assert dataset.open("all", places).number == 6
    assert catalog.find(str(tmp_path / "set.npz")) is dataset
    with pytest.raises(UserError, match="option image_size is 8"):
        dataset.adapted(_options(image_size=8))
    assert dataset.adapted(_options()) is dataset


def test_a_folder_may_be_named_in_the_options(folder):
    _fill(folder, _few(*(f"{number}.png" for number in range(10))))
    options = Options.from_dict({"dataset": str(folder)})
    assert catalog.of(options).image_shape == (8, 8, 3)
