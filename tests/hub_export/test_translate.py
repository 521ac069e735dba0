"""Pictures translated by the command: whatever their sizes, names, turns and transparency; and what is left out."""

import json
import os

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image


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
    assert code == 2 and "in/a.png has 30x20 pixels (width x height)" in error and "only 8x8; --resize" in error
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
        (("in/a.png", "b.jpg"), "must be a .png file or a folder"),
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
