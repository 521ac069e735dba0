"""Pictures translated by the command: whatever their sizes, names, turns and transparency; and what is left out."""

import json
import os

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from compare_gan_tf2.commands import translate as command
from compare_gan_tf2.hub_export import load as loading


class Negatives(tf.Module):
    """A module that turns pictures into negatives, as large or `scale` times as large; `shapes` has what it was given.

    Args:
        side: of its pictures.
        channels: of these.
        scale: of its outputs.
        any_size: what it says of other sizes.
        of_latents: whether it adds latents.
        ways: names of its abilities.
        options: that it was trained with.
    """

    def __init__(
        self, side=8, channels=3, scale=1, any_size=None, of_latents=False, ways=("translate_ab",), options=None
    ):
        super().__init__()
        takes = {"a": {"shape": [side, side, channels], "dtype": "float32", "range": [0, 1]}}
        if of_latents:
            takes["z"] = {"shape": [2], "dtype": "float32", "range": None, "distribution": "normal"}
        large = [scale * side, scale * side, channels]
        about = {"takes": takes, "gives": {"b": {"shape": large, "dtype": "float32", "range": [0, 1]}}}
        about |= {"any_size": any_size} if any_size else {}
        said = {name: about | {"direction": f"outlines -> {name[-1]}"} for name in ways}
        self.abilities, self.shapes, self.scale = tf.Variable(json.dumps(said)), [], scale
        self.options = tf.Variable(json.dumps(options or {"dataset": "polygon_outline", "gan": "cyclegan"}))
        for name in ways:
            setattr(self, name, self.call)
            setattr(self, f"{name}_of_any_size", self.call)

    def call(self, a, z=None):
        self.shapes.append(tuple(a.shape[1:]))
        if float(tf.reduce_mean(a)) == 1.0:
            return a * float("nan")
        moved = 1.0 - a if z is None else tf.clip_by_value(1.0 - a + 0.2 * z[0, 0], 0.0, 1.0)
        return tf.repeat(tf.repeat(moved, self.scale, 1), self.scale, 2)


@pytest.fixture
def translate(monkeypatch, tmp_path, capsys):
    """Calls the command in a folder of its own; gives exit code, lines printed and lines of errors."""
    monkeypatch.chdir(tmp_path)

    def called(module, *words):
        monkeypatch.setattr(loading, "load", lambda place, cache_dir=None: module)
        code = command.main(["compare_gan_translate", "module", *words])
        said = capsys.readouterr()
        errors = [line for line in said.err.splitlines() if line.startswith("error: ")]
        return code, said.out.splitlines(), errors

    return called


def _picture(place, height=8, width=8, mode="RGB", **how):
    """A picture of random colors in a file, and these uint8 [H, W, C]."""
    place.parent.mkdir(parents=True, exist_ok=True)
    channels = {"L": 1, "RGB": 3, "RGBA": 4}[mode]
    pixels = np.random.default_rng(len(place.name)).integers(0, 250, (height, width, channels), np.uint8)
    Image.fromarray(pixels[..., 0] if channels == 1 else pixels).save(place, **how)
    return pixels


def _read(place):
    with Image.open(place) as image:
        return np.asarray(image).reshape(image.height, image.width, -1)


def test_outputs_have_the_sizes_of_their_pictures_to_the_pixel(translate, tmp_path):
    module = Negatives(any_size={"multiple": 4, "least": 16})
    made = {size: _picture(tmp_path / "in" / f"{size[0]}.png", *size) for size in ((7, 21), (16, 16), (1, 3))}
    code, lines, _ = translate(module, "in", "out")
    assert code == 0 and lines == ["translate_ab: outlines -> b", "translated 3 of 3"]
    for (height, _), pixels in made.items():
        np.testing.assert_array_equal(_read(tmp_path / "out" / f"{height}.png"), 255 - pixels)
    assert sorted(module.shapes) == [(16, 16, 3), (16, 16, 3), (16, 24, 3)]
    assert not (tmp_path / "out/left_out.csv").exists()


def test_a_picture_is_mirrored_at_its_edges(translate, tmp_path):
    from compare_gan_tf2.hub_export import translate as work

    seen = []
    module = Negatives(any_size={"multiple": 4, "least": 4})
    module.translate_ab_of_any_size = lambda a: seen.append(a.numpy()) or a
    pixels = _picture(tmp_path / "a.png", 5, 4)
    work.translated(work.translator_of(module), work.read(tmp_path / "a.png"))
    inputs = np.round(255 * seen[0][0])
    np.testing.assert_array_equal(inputs[:5], pixels)
    np.testing.assert_array_equal(inputs[5:], pixels[[3, 2, 1]])


def test_modules_that_enlarge_give_so_many_times_the_size(translate, tmp_path):
    pixels = _picture(tmp_path / "a.png", 6, 9)
    assert translate(Negatives(scale=2, any_size={"multiple": 1, "least": 8}), "a.png", "out")[0] == 0
    np.testing.assert_array_equal(_read(tmp_path / "out/a.png"), np.kron(255 - pixels, np.ones((2, 2, 1), np.uint8)))


def test_a_network_of_one_size_refuses_others_and_names_resize(translate, tmp_path):
    _picture(tmp_path / "in/a.png", 20, 30)
    exact = _picture(tmp_path / "in/b.png")
    code, _, (error,) = translate(Negatives(), "in", "out")
    assert code == 2 and "in/a.png has 20x30 pixels" in error and "takes 8x8 alone; --resize" in error
    assert not (tmp_path / "out").exists()
    assert translate(Negatives(), "in", "out", "--resize")[0] == 0
    assert _read(tmp_path / "out/a.png").shape == (20, 30, 3)
    np.testing.assert_array_equal(_read(tmp_path / "out/b.png"), 255 - exact)


def test_all_eight_turns_of_a_camera_give_one_upright_output(translate, tmp_path):
    pixels = _picture(tmp_path / "upright.png", 10, 6)
    turns = (
        "NONE", "FLIP_LEFT_RIGHT", "ROTATE_180", "FLIP_TOP_BOTTOM",
        "TRANSPOSE", "ROTATE_90", "TRANSVERSE", "ROTATE_270",
    )  # fmt: skip
    for number, turn in enumerate(turns, 1):
        image, exif = Image.fromarray(pixels), Image.Exif()
        exif[0x0112] = number
        image = image if turn == "NONE" else image.transpose(Image.Transpose[turn])
        (tmp_path / "in").mkdir(exist_ok=True)
        image.save(tmp_path / f"in/{number}.png", exif=exif)
    assert translate(Negatives(any_size={"multiple": 2, "least": 2}), "in", "out")[0] == 0
    for number in range(1, 9):
        np.testing.assert_array_equal(_read(tmp_path / f"out/{number}.png"), 255 - pixels)
        with Image.open(tmp_path / f"out/{number}.png") as image:
            assert not image.getexif()


def test_transparency_is_carried_over_and_colors_lie_over_white(translate, tmp_path):
    pixels = _picture(tmp_path / "in/a.png", mode="RGBA")
    pixels[0, 0, 3], pixels[1, 1, 3] = 0, 255
    Image.fromarray(pixels).save(tmp_path / "in/a.png")
    code, lines, _ = translate(Negatives(), "in", "out")
    made = _read(tmp_path / "out/a.png")
    np.testing.assert_array_equal(made[..., 3], pixels[..., 3])
    assert made[0, 0, :3].tolist() == [0, 0, 0] and made[1, 1, :3].tolist() == (255 - pixels[1, 1, :3]).tolist()
    assert code == 0 and lines[-1] == "translated 1 of 1, transparency of 1 carried over"
    large = Negatives(scale=2, any_size={"multiple": 1, "least": 8})
    assert translate(large, "in", "large")[0] == 0 and _read(tmp_path / "large/a.png").shape == (16, 16, 4)


def test_a_gray_module_gives_gray_pictures(translate, tmp_path):
    gray = _picture(tmp_path / "in/gray.png", mode="L")
    _picture(tmp_path / "in/color.jpg")
    assert translate(Negatives(channels=1), "in", "out")[0] == 0
    np.testing.assert_array_equal(_read(tmp_path / "out/gray.png"), 255 - gray)
    assert _read(tmp_path / "out/color.png").shape == (8, 8, 1)


def test_what_cannot_be_translated_is_listed_with_the_reason(translate, tmp_path):
    _picture(tmp_path / "in/a.png")
    (tmp_path / "in/notes.txt").write_text("no picture")
    code, lines, _ = translate(Negatives(), "in", "out")
    assert code == 0 and lines[-1] == "translated 1 of 2, 1 left out: out/left_out.csv"
    Image.fromarray(np.full((8, 8), 40_000, np.uint16)).save(tmp_path / "in/deep.png")
    (tmp_path / "in/broken.jpg").write_bytes(b"\xff\xd8\xff nothing")
    Image.fromarray(np.full((8, 8, 3), 255, np.uint8)).save(tmp_path / "in/white.png")
    code, lines, _ = translate(Negatives(), "in", "out")
    assert code == 1
    assert lines[-1] == "translated 0 of 5, 1 there already, 4 left out: out/left_out.csv"
    listed = dict(line.split(",", 1) for line in (tmp_path / "out/left_out.csv").read_text().splitlines()[1:])
    assert "more than 8 bits" in listed["deep.png"] and "not finite" in listed["white.png"]
    assert listed.keys() == {"broken.jpg", "deep.png", "notes.txt", "white.png"}
    assert not (tmp_path / "out/white.png").exists()


def test_names_are_those_of_the_pictures_and_nothing_is_overwritten_unasked(translate, tmp_path):
    for name in ("x/a.jpg", "b.png", "b.jpg", ".hidden.png"):
        _picture(tmp_path / "in" / name)
    (tmp_path / "out").mkdir()
    (tmp_path / "out/b.png.png").write_bytes(b"mine")
    code, lines, _ = translate(Negatives(), "in", "out")
    assert code == 0 and lines[-1].startswith("translated 2 of 3, 1 there already")
    files = sorted(str(path.relative_to(tmp_path / "out")) for path in (tmp_path / "out").rglob("*.png"))
    assert files == ["b.jpg.png", "b.png.png", "x/a.png"]
    assert (tmp_path / "out/b.png.png").read_bytes() == b"mine"
    os.remove(tmp_path / "out/x/a.png")
    assert translate(Negatives(), "in", "out")[1][-1].startswith("translated 1 of 3, 2 there already")
    assert translate(Negatives(), "in", "out", "--overwrite")[1][-1] == "translated 3 of 3"
    assert (tmp_path / "out/b.png.png").read_bytes() != b"mine"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("in", "in/out"), "is inside of in"),
        (("in", "in"), "is inside of in"),
        (("in/a.png", "in"), "would be written over"),
        (("in/a.png", "in/a.png"), "is the picture itself"),
        (("in/a.png", "b.jpg"), "outputs are .png files"),
        (("none", "out"), "none does not exist"),
        (("in",), "OUT is missing"),
        (("in", "out", "--seed=1"), "nothing is random"),
        (("in", "out", "--outputs=2"), "--outputs is for abilities that take latents"),
        (("in", "out", "--ability=translate"), "did you mean 'translate_ab'"),
    ],
)
def test_mistakes_are_one_line(translate, tmp_path, words, said):
    _picture(tmp_path / "in/a.png")
    code, _, (error,) = translate(Negatives(), *words)
    assert code == 2 and said in error


def test_of_two_ways_one_has_to_be_named(translate, tmp_path):
    _picture(tmp_path / "a.png")
    module = Negatives(ways=("translate_ab", "translate_ba", "cycle"))
    code, _, (error,) = translate(module, "a.png", "b.png")
    assert code == 2 and "translate_ab (outlines -> b) and translate_ba (outlines -> a): give --ability" in error
    code, lines, _ = translate(module, "a.png", "b.png", "--ability=translate_ba")
    assert (code, lines[0]) == (0, "translate_ba: outlines -> a") and (tmp_path / "b.png").exists()


def test_styles_of_a_picture_depend_on_no_other_picture(translate, tmp_path):
    for name in ("a.png", "bb.png"):
        _picture(tmp_path / "in" / name)
    module = Negatives(of_latents=True)
    assert translate(module, "in", "out", "--outputs=2")[0] == 0
    made = {path.name: path.read_bytes() for path in (tmp_path / "out").glob("*.png")}
    assert made.keys() == {"a.s0.png", "a.s1.png", "bb.s0.png", "bb.s1.png"} and made["a.s0.png"] != made["a.s1.png"]
    os.remove(tmp_path / "in/a.png")
    assert translate(module, "in", "again", "--outputs=2")[0] == 0
    assert (tmp_path / "again/bb.s1.png").read_bytes() == made["bb.s1.png"]
    assert translate(module, "in", "other", "--outputs=2", "--seed=1")[0] == 0
    assert (tmp_path / "other/bb.s1.png").read_bytes() != made["bb.s1.png"]


def test_one_style_is_held_over_a_folder(translate, tmp_path):
    for name in ("a.png", "b.png"):
        Image.fromarray(np.full((8, 8, 3), 128, np.uint8)).save(tmp_path / name)
        (tmp_path / "in").mkdir(exist_ok=True)
        os.rename(tmp_path / name, tmp_path / "in" / name)
    module = Negatives(of_latents=True)
    for flag, is_same in (("--same_style", True), ("--nosame_style", False)):
        assert translate(module, "in", "out", flag, "--overwrite")[0] == 0
        made = [(tmp_path / "out" / name).read_bytes() for name in ("a.png", "b.png")]
        assert (made[0] == made[1]) is is_same


def test_outputs_of_one_color_are_counted_and_programs_read_json(translate, tmp_path):
    _picture(tmp_path / "in/a.png")
    module = Negatives()
    module.translate_ab = lambda a: 0.0 * a
    code, (line,), _ = translate(module, "in", "out", "--json")
    said = json.loads(line)
    assert code == 0 and said["constant"] == 1 and said["direction"] == "outlines -> b" and said["translated"] == 1
    assert translate(module, "in", "out2")[1][-1] == "translated 1 of 1, 1 outputs of one color"


UPSCALER = {"dataset": "polygon_zoom", "gan": "srgan", "translator_blocks": 1}


def test_tiles_give_what_the_whole_picture_gives(translate, tmp_path):
    pixels = _picture(tmp_path / "in/a.png", 60, 70)
    module = Negatives(scale=2, any_size={"multiple": 1, "least": 8}, options=UPSCALER)
    code, lines, _ = translate(module, "in", "out", "--tile", "--tile_side=48")
    assert code == 0 and lines[-1] == "translated 1 of 1"
    assert len(module.shapes) > 1 and set(module.shapes) == {(48, 48, 3)}
    np.testing.assert_array_equal(_read(tmp_path / "out/a.png"), np.kron(255 - pixels, np.ones((2, 2, 1), np.uint8)))


def test_a_network_of_one_size_translates_larger_and_smaller_pictures_in_tiles_of_it(translate, tmp_path):
    made = {size: _picture(tmp_path / "in" / f"{size[0]}.png", *size) for size in ((21, 30), (5, 7), (8, 8))}
    module = Negatives(options={"dataset": "polygon_outline", "gan": "pix2pix", "g_normalization": "batch"})
    assert translate(module, "in", "out", "--tile")[0] == 0
    assert set(module.shapes) == {(8, 8, 3)}
    for (height, _), pixels in made.items():
        np.testing.assert_array_equal(_read(tmp_path / "out" / f"{height}.png"), 255 - pixels)


def test_a_picture_that_needs_more_memory_than_is_free_is_refused_with_the_figure(translate, tmp_path, monkeypatch):
    from compare_gan_tf2.hub_export import translate as work
    from compare_gan_tf2.runtime import memory

    sides = []
    monkeypatch.setattr(work, "_LARGE", 30 * 40)
    monkeypatch.setattr(work, "_MEASURED", (8, 16))
    monkeypatch.setattr(memory, "most_during", lambda call: call() or sides.append(1) or len(sides) % 2 * -(10**9))
    monkeypatch.setattr(memory, "available", lambda: 6 * 10**9)
    _picture(tmp_path / "in/a.png", 30, 40)
    _picture(tmp_path / "in/b.png", 8, 8)
    module = Negatives(scale=2, any_size={"multiple": 1, "least": 8}, options=UPSCALER)
    code, lines, (error,) = translate(module, "in", "out")
    assert code == 2 and not (tmp_path / "out").exists() and "a.png has 30x40 pixels" in error
    assert "needs about 6.2 GB of memory, and 6.0 GB are free; --tile" in error
    assert [shape[:2] for shape in module.shapes] == [(8, 8), (8, 8), (16, 16)]
    assert translate(module, "in", "out", "--tile", "--tile_side=16")[0] == 0
    monkeypatch.setattr(memory, "available", lambda: 7 * 10**9)
    assert translate(module, "in", "again")[0] == 0


class Painter(tf.Module):
    """A module that paints holes black, or only the first `reached` rows of pictures; `given` has what it was given."""

    def __init__(self, side=8, reached=8):
        super().__init__()
        picture = {"shape": [side, side, 3], "dtype": "float32", "range": [0, 1]}
        takes = {"images": picture, "mask": picture | {"shape": [side, side, 1]}}
        self.abilities = tf.Variable(json.dumps({"inpaint": {"takes": takes, "gives": {"inpaint": picture}}}))
        self.given, self.reached = [], reached

    def inpaint(self, images, mask):
        self.given.append((images[0].numpy(), mask[0].numpy()))
        rows = tf.range(images.shape[1])[:, None, None] < self.reached
        return tf.where((mask > 0) & rows, 0.0, images)


def _mask(place, height=8, width=8, rows=slice(2, 4), value=255):
    place.parent.mkdir(parents=True, exist_ok=True)
    hole = np.zeros((height, width), np.uint8)
    hole[rows] = value
    Image.fromarray(hole).save(place)
    return hole > 127


def test_holes_are_filled_and_all_else_keeps_its_bytes(translate, tmp_path):
    pixels = _picture(tmp_path / "in/x/a.png")
    hole = _mask(tmp_path / "masks/x/a.bmp")
    module = Painter()
    assert translate(module, "in", "out", "--masks=masks")[1] == [
        "inpaint: images -> inpaint", "translated 1 of 1",
    ]  # fmt: skip
    np.testing.assert_array_equal(_read(tmp_path / "out/x/a.png"), np.where(hole[..., None], 0, pixels))
    np.testing.assert_array_equal(module.given[0][1][..., 0], hole)
    assert translate(module, "in", "black", "--masks=masks/x/a.bmp", "--mask_hole=black")[0] == 0
    np.testing.assert_array_equal(_read(tmp_path / "black/x/a.png"), np.where(hole[..., None], pixels, 0))


def test_known_pixels_are_the_pictures_own_also_where_the_network_has_another_size(translate, tmp_path):
    pixels = _picture(tmp_path / "a.png", 20, 30, mode="RGBA")
    hole = _mask(tmp_path / "mask.png", 20, 30, slice(7, 9))
    module = Painter()
    assert translate(module, "a.png", "b.png", "--masks=mask.png")[0] == 2
    assert translate(module, "a.png", "b.png", "--masks=mask.png", "--resize")[0] == 0
    made = _read(tmp_path / "b.png")
    np.testing.assert_array_equal(made[~hole], pixels[~hole])
    assert (made[hole] != pixels[hole]).any() and (made[hole][..., 3] == 255).all()
    assert module.given[0][1][..., 0].any(1).sum() == 2  # all rows of the network's that touch the hole


def test_odd_masks_are_named_and_gray_ones_cut(translate, tmp_path):
    for name in ("a", "b", "c", "d", "e"):
        _picture(tmp_path / f"in/{name}.png")
    _mask(tmp_path / "masks/a.png", rows=slice(0, 0))
    _mask(tmp_path / "masks/b.png", rows=slice(0, 8))
    _mask(tmp_path / "masks/c.png", value=130)
    _mask(tmp_path / "masks/d.png", rows=slice(4, 6))
    _mask(tmp_path / "masks/e.png", 4, 4)
    code, lines, _ = translate(Painter(reached=5), "in", "out", "--masks=masks")
    assert code == 1 and lines[1:] == [
        "left out: e.png: its mask masks/e.png has 4x4 pixels, and the picture 8x8",
        "a.png: its mask has no hole",
        "b.png: 24 of 64 pixels of its hole stay, as the network was trained on smaller ones",
        "d.png: 8 of 16 pixels of its hole stay, as the network was trained on smaller ones",
        "translated 4 of 5, 1 left out: out/left_out.csv, 16 pixels of masks between black and white, cut at 128",
    ]
    assert translate(Painter(), "in/b.png", "b.png", "--masks=masks")[1][1] == (
        "in/b.png: its mask is a hole of 100% of the picture"
    )
    (line,) = translate(Painter(), "in/c.png", "c.png", "--masks=masks", "--json")[1]
    assert json.loads(line)["mask_pixels_between"] == 16 and json.loads(line)["holes"] == {}


class Stylist(Negatives):
    """Negatives whose first latent is the mean brightness of an example."""

    def __init__(self):
        super().__init__(of_latents=True)
        picture = {"shape": [4, 4, 3], "dtype": "float32", "range": [0, 1]}
        code = {"shape": [2], "dtype": "float32", "range": None}
        said = json.loads(self.abilities.numpy())
        self.abilities = tf.Variable(json.dumps(said | {"encode_b": {"takes": {"b": picture}, "gives": {"style": code}}}))
        self.seen = []

    def encode_b(self, b):
        self.seen.append(b.shape.as_list())
        return {"style": tf.repeat(tf.reduce_mean(b)[None, None], 2, 1)}


def test_a_style_is_read_off_an_example(translate, tmp_path):
    for name, value in (("dark", 0), ("bright", 255)):
        Image.fromarray(np.full((20, 10, 3), value, np.uint8)).save(tmp_path / f"{name}.png")
    (tmp_path / "in").mkdir()
    Image.fromarray(np.full((8, 8, 3), 128, np.uint8)).save(tmp_path / "in/a.png")
    module = Stylist()
    for name, value in (("dark", 127), ("bright", 178)):
        assert translate(module, "in", name, f"--like={name}.png")[0] == 0
        assert (_read(tmp_path / name / "a.png") == value).all()
    assert module.seen == [[1, 4, 4, 3]] * 2


class Domains(tf.Module):
    """A module that turns pictures into gray ones, as bright as the number of the domain in tenths."""

    def __init__(self, takes=None):
        super().__init__()
        picture = {"shape": [8, 8, 3], "dtype": "float32", "range": [0, 1]}
        target = {"target_labels": {"shape": [], "dtype": "int32", "range": None, "names": ["filled", "outline"]}}
        gives = {"translate": picture}
        said = {
            "classify": {"takes": {"images": picture}, "gives": {"classify": picture | {"range": None}}},
            "translate": {"takes": {"images": picture} | (takes or target), "gives": gives},
        }
        self.abilities, self.given = tf.Variable(json.dumps(said)), []

    def translate(self, images, **target):
        (wanted,) = target.values()
        self.given.append(wanted.numpy().tolist())
        return 0.0 * images + 0.1 * tf.reshape(tf.cast(wanted, tf.float32), [-1])[0]

    def classify(self, images):
        return tf.ones([len(images), 3]) * 0.9


class Faces(Domains):
    """The same of attributes, of which all are seen in every picture, and two exclude each other."""

    def __init__(self):
        names = ["black", "blond", "young"]
        super().__init__({"target_attributes": {"shape": [3], "dtype": "float32", "range": None, "names": names}})
        self.options = tf.Variable(json.dumps({"exclusive": "black,blond"}))


def test_a_domain_is_asked_for_by_its_name(translate, tmp_path):
    _picture(tmp_path / "in/a.png", 20, 10)
    module = Domains()
    assert translate(module, "in", "out", "--to=outline", "--resize")[1][0] == "translate: images -> translate"
    assert module.given == [[1]] and (_read(tmp_path / "out/a.png") == 26).all()


@pytest.mark.parametrize(
    ("text", "wanted"), [("blond=1", [0, 1, 1]), ("young=false", [1, 1, 0]), ("black=1, young=-1", [1, 0, 0])]
)
def test_attributes_that_are_not_asked_for_stay_as_they_are_seen(translate, tmp_path, text, wanted):
    _picture(tmp_path / "in/a.png")
    module = Faces()
    assert translate(module, "in", "out", f"--to={text}")[0] == 0
    assert module.given == [[wanted]]


@pytest.mark.parametrize(
    ("module", "words", "said"),
    [
        (Negatives, ("--tile",), "each tile would get a brightness of its own"),
        (Negatives, ("--tile", "--resize"), "give one of them"),
        (Negatives, ("--tile_side=9",), "give --tile too"),
        (Negatives, ("--masks=in",), "--masks is for abilities that take masks of holes"),
        (Negatives, ("--mask_hole=black",), "give --masks too"),
        (Negatives, ("--like=in/a.png",), "the module reads no style for translate_ab off a picture"),
        (Negatives, ("--to=blond",), "--to is for abilities that take a domain or attributes, and ability translate_ab"),
        (Domains, (), "give --to; there are filled, outline"),
        (Domains, ("--to=blond",), "unknown domain 'blond'"),
        (Faces, ("--to=blond",), "asked for as NAME=1"),
        (Faces, ("--to=bald=1",), "unknown attribute 'bald'"),
        (Stylist, ("--like=none.png",), "--like: none.png: no picture that can be read"),
        (Stylist, ("--like=in/a.png", "--outputs=2"), "so --outputs says nothing"),
        (Painter, (), "ability inpaint takes masks of holes (a folder of them, or one for all pictures) beside a picture: give"),
        (Painter, ("--masks=none",), "none does not exist; --masks is"),
        (Painter, ("--masks=masks",), "masks has no mask of the name of in/a.png"),
        (Painter, ("--masks=in", "--tile"), "does not say how it was trained"),
    ],
)
def test_mistakes_about_tiles_masks_and_examples_are_one_line(translate, tmp_path, module, words, said):
    _picture(tmp_path / "in/a.png")
    _picture(tmp_path / "masks/b.png")
    code, _, (error,) = translate(module(), "in", "out", *words)
    assert code == 2 and said in error and not (tmp_path / "out").exists()
