"""What is asked of a translation: tiles, memory, holes and their masks, the style of an example, domains by name."""

import json

import numpy as np
import pytest
import tensorflow as tf
from hub_export.test_translate import Negatives, _picture, _read
from PIL import Image

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
    assert code == 2 and not (tmp_path / "out").exists() and "a.png has 40x30 pixels" in error
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
    _mask(tmp_path / "masks/e.png", 4, 6)
    code, lines, _ = translate(Painter(reached=5), "in", "out", "--masks=masks")
    assert code == 1 and lines[1:] == [
        "left out: e.png: its mask masks/e.png has 6x4 pixels, and the picture 8x8",
        "a.png: its mask has no hole",
        "b.png: 24 of 64 pixels of its hole were not filled, because the network was trained on smaller holes",
        "d.png: 8 of 16 pixels of its hole were not filled, because the network was trained on smaller holes",
        "translated 4 of 5, 1 left out: out/left_out.csv, 16 mask pixels were neither black nor white (128 and above "
        "count as white)",
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
        said = {"encode_b": {"takes": {"b": picture}, "gives": {"style": code}}}
        self.abilities = tf.Variable(json.dumps(json.loads(self.abilities.numpy()) | said))
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
        (Negatives, ("--to=blond",), "--to is for abilities that take a domain or attributes, and"),
        (Domains, (), "give --to; there are filled, outline"),
        (Domains, ("--to=blond",), "unknown domain 'blond'"),
        (Faces, ("--to=blond",), "asked for as NAME=1"),
        (Faces, ("--to=bald=1",), "unknown attribute 'bald'"),
        (Stylist, ("--like=none.png",), "--like: none.png: not a readable picture"),
        (Stylist, ("--like=in/a.png", "--outputs=2"), "so --outputs has no effect"),
        (Painter, (), "one for all pictures) beside a picture: give --masks"),
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
