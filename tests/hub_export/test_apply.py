"""Pictures of a user's through an ability of a module: files named as they are, sheets, refusals."""

import json
import types

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from compare_gan_tf2.commands import evaluate
from compare_gan_tf2.commands import sample as command
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.evaluation import images
from compare_gan_tf2.hub_export import apply
from compare_gan_tf2.hub_export import load as loading
from compare_gan_tf2.task_folder import grids

PICTURE = {"shape": [6, 6, 1], "dtype": "float32", "range": [0, 1]}
CODE = {"shape": [2], "dtype": "float32", "range": None}

SEED = {"shape": [], "dtype": "int64", "range": None, "optional": True}


class Module:
    """What a loaded module has; darkens pictures."""

    def __init__(self, takes=PICTURE):
        stated = {
            "darken": {"takes": {"images": takes}, "gives": {"images": PICTURE}},
            "encode": {"takes": {"images": PICTURE}, "gives": {"mean": CODE, "deviation": CODE}},
            "generate": {"takes": {"z": CODE}, "gives": {"generated": PICTURE}},
            "vary": {
                "takes": {"z": {**CODE, "distribution": "uniform"}, "images": PICTURE, "seed": SEED},
                "gives": {"images": PICTURE},
            },
        }
        self.abilities = tf.constant(json.dumps(stated))

    def darken(self, images):
        return images * 0.5

    def encode(self, images):
        mean = tf.reduce_mean(images, [1, 2])
        return {"mean": tf.concat([mean, mean], 1), "deviation": tf.concat([mean, -mean], 1)}

    def vary(self, z, images, seed=None):
        dimmed = images * (0.5 + 0.25 * z[:, :1, None, None])
        return dimmed if seed is None else dimmed / 2


@pytest.fixture
def folder(tmp_path):
    """Twenty gray pictures, two of which differ by their endings alone."""
    place = tmp_path / "pictures"
    (place / "deep").mkdir(parents=True)
    for i in range(18):
        Image.fromarray(np.full([6, 6], 10 * i, np.uint8)).save(place / f"p{i:02}.png")
    Image.fromarray(np.full([6, 6], 200, np.uint8)).save(place / "p00.bmp")
    Image.fromarray(np.full([6, 6], 220, np.uint8)).save(place / "deep" / "one.png")
    return place


def test_files_go_by_the_names_of_their_inputs(folder, tmp_path):
    ability = apply.ability_of(Module(), "darken")
    apply.write_files(ability, apply.applied(ability, folder, None, tmp_path / "cache"), tmp_path / "out")
    made = {str(path.relative_to(tmp_path / "out")) for path in (tmp_path / "out").rglob("*.png")}
    assert len(made) == 20 and {"deep/one.png", "p17.png"} < made
    assert np.asarray(Image.open(tmp_path / "out/p17.png"))[0, 0] == 85
    with pytest.raises(UserError, match="is there already"):
        apply.write_files(ability, iter(()), tmp_path / "out")


def test_each_reconstruction_has_the_error_of_its_picture_alone(folder, tmp_path):
    class Copying(Module):
        def __init__(self):
            about = {"takes": {"images": PICTURE}, "gives": {"images": PICTURE}}
            self.abilities = tf.constant(json.dumps({"reconstruct": about}))

        def reconstruct(self, images):
            return images / 2

    def lines(count, place):
        ability = apply.ability_of(Copying(), "reconstruct")
        apply.write_files(ability, apply.applied(ability, folder, count, tmp_path / "cache"), place)
        head, *rows = (place / apply.ERRORS_FILE).read_text().splitlines()
        assert head == "name,error,mse"
        return dict(row.split(",", 1) for row in rows)

    every = lines(None, tmp_path / "all")
    error, mse = map(float, every["p12.png"].split(","))
    assert len(every) == 20 and error == pytest.approx(6 * 60 / 255) and mse == pytest.approx((60 / 255) ** 2)
    # Alone as among all others, to the last digit.
    few = lines(2, tmp_path / "few")
    assert len(few) == 2 and all(every[name] == said for name, said in few.items())
    ability = apply.ability_of(Module(), "darken")
    apply.write_files(ability, apply.applied(ability, folder, 2, tmp_path / "cache"), tmp_path / "dark")
    assert not (tmp_path / "dark" / apply.ERRORS_FILE).exists()


def test_numbers_go_to_one_file_with_the_names(folder, tmp_path):
    ability = apply.ability_of(Module(), "encode")
    apply.write_files(ability, apply.applied(ability, folder, None, tmp_path / "cache"), tmp_path / "out")
    with np.load(tmp_path / "out" / apply.NUMBERS_FILE) as found:
        assert set(found) == {"names", "mean", "deviation"} and len(found["names"]) == 20
        row = list(found["names"]).index("p12.png")
        np.testing.assert_allclose(found["deviation"][row], [120 / 255, -120 / 255], rtol=1e-6)
    assert list((tmp_path / "out").iterdir()) == [tmp_path / "out" / apply.NUMBERS_FILE]


def test_an_npz_file_keeps_its_own_numbers_and_its_floats(tmp_path):
    images = np.linspace(0, 1, 30, dtype=np.float32)[:, None, None, None] * np.ones([1, 6, 6, 1], np.float32)
    np.savez(tmp_path / "x.npz", images=images)
    ability = apply.ability_of(Module(), "darken")
    (part,) = apply.applied(ability, tmp_path / "x.npz", 4, tmp_path / "cache")
    assert part.names == ["0", "1", "2", "3"]
    np.testing.assert_array_equal(part.inputs, images[:4])
    np.testing.assert_array_equal(part.outputs[""], images[:4] / 2)


def test_latents_are_drawn_for_every_picture_and_a_seed_is_handed_on(folder, tmp_path):
    ability = apply.ability_of(Module(), "vary")

    def made(seed):
        parts = apply.applied(ability, folder, None, tmp_path / "cache", seed)
        return np.concatenate([part.outputs[""] / np.maximum(part.inputs, 1e-9) for part in parts])[:, 0, 0, 0]

    plain, zero, other = made(None), made(0), made(1)
    seen = plain > 0  # a black picture says nothing
    np.testing.assert_allclose(zero, plain / 2, rtol=1e-5)
    assert len(np.unique(plain[seen])) == seen.sum() == 19 and (other[seen] != zero[seen]).all()
    with pytest.raises(UserError, match="darken takes no seed: nothing is random"):
        next(apply.applied(apply.ability_of(Module(), "darken"), folder, None, tmp_path / "cache", 1))


def test_a_sheet_has_inputs_beside_outputs(folder, tmp_path):
    ability = apply.ability_of(Module(), "darken")
    made = apply.sheet(ability, apply.applied(ability, folder, 4, tmp_path / "cache"), columns=5)
    assert made.shape == (2 * 7 - 1, 4 * 7 - 1, 1)
    assert [made[0, 0, 0], made[0, 7, 0]] == [220, 110]  # deep/one.png is the first by name
    with pytest.raises(UserError, match="gives no pictures; --kind=files"):
        apply.sheet(apply.ability_of(Module(), "encode"), iter(()))


def test_kinds_of_pictures_share_the_colors():
    gray, colored = np.zeros([3, 2, 2, 1]), np.ones([3, 2, 2, 3])
    made = grids.beside([gray, colored], columns=1)
    assert made.shape == (8, 5, 3) and made[0, 0].tolist() == [0, 0, 0] and made[0, 3].tolist() == [255, 255, 255]


def test_what_cannot_be_is_said_in_one_line(folder, tmp_path):
    with pytest.raises(UserError, match="unknown ability 'darkn', did you mean 'darken'"):
        apply.ability_of(Module(), "darkn")
    with pytest.raises(UserError, match="generate takes z, and no single picture"):
        apply.ability_of(Module(), "generate")
    with pytest.raises(UserError, match="says of no abilities"):
        apply.ability_of(object(), "darken")
    wide = apply.ability_of(Module({**PICTURE, "shape": [8, 8, 1]}), "darken")
    with pytest.raises(UserError, match="are 6x6x1, and ability darken takes 8x8x1"):
        next(apply.applied(wide, folder, None, tmp_path / "cache"))
    with pytest.raises(UserError, match="nowhere does not exist"):
        next(apply.applied(wide, tmp_path / "nowhere", None, tmp_path / "cache"))


@pytest.mark.parametrize(
    ("flags", "line"),
    [
        (["--ability=encode"], "--ability and --inputs belong together"),
        (["--inputs=x", "--kind=classes"], "--kind=classes is for images that are generated from latents"),
        (["--ability=encode", "--inputs=x", "--labels=1"], "--labels is for generated images"),
    ],
)
def test_flags_that_do_not_belong_together_are_refused(flags, line, capsys):
    assert command.main(["compare_gan_sample", "nowhere", *flags]) == 2
    assert line in capsys.readouterr().err


class Translator:
    """A module with two ways between two sets."""

    def __init__(self, *names):
        way = {"takes": {"a": PICTURE}, "gives": {"b": PICTURE}}
        stated = {"translate_ab": way | {"direction": "outlines -> filled"}}
        stated |= {"translate_ba": way | {"direction": "filled -> outlines"}}
        self.abilities = tf.constant(json.dumps({name: stated[name] for name in names or stated}))

    def translate_ab(self, a):
        return a * 0.5

    def translate_ba(self, a):
        return a * 0.25


def test_of_two_abilities_and_none_given_the_refusal_names_both():
    both = r"translate_ab \(outlines -> filled\) and translate_ba \(filled -> outlines\): give --ability"
    with pytest.raises(UserError, match=both):
        apply.ability_of(Translator())
    assert apply.ability_of(Translator("translate_ba")).name == "translate_ba"
    with pytest.raises(UserError, match="no ability that takes a picture"):
        apply.ability_of(types.SimpleNamespace(abilities=tf.constant("{}")))


@pytest.mark.parametrize(("ability", "way"), [("ab", "outlines -> filled"), ("ba", "filled -> outlines")])
def test_the_first_line_printed_says_what_becomes_what(ability, way, folder, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(loading, "load", lambda *place, **more: Translator())
    given = [f"--inputs={folder}", f"--output={tmp_path / 'x.png'}", f"--cache_dir={tmp_path / 'cache'}"]
    assert command.main(["x", "module", f"--ability=translate_{ability}", *given]) == 0
    assert capsys.readouterr().out.splitlines()[0] == f"translate_{ability}: {way}"
    assert command.main(["x", "module", *given]) == 2
    assert "which ability of the module? It has translate_ab" in capsys.readouterr().err


def test_a_score_of_an_ability_says_first_what_becomes_what(folder, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(images, "load", lambda *place, **more: Translator())
    monkeypatch.setattr(images, "is_module", lambda place: True)
    given = [f"--real={folder}", "--generated=module", f"--inputs={folder}", f"--cache_dir={tmp_path / 'cache'}"]
    given += ["--extractor=pixels", "--metrics=fid"]
    assert evaluate.main(["x", *given, "--ability=translate_ab"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("translate_ab: outlines -> filled\n") and "ability=translate_ab" in said
    assert evaluate.main(["x", *given]) == 2
    assert "It has translate_ab (outlines -> filled) and translate_ba" in capsys.readouterr().err
