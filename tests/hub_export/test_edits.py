"""Edits and reconstructions of an exported module as sheets, and what is refused."""

import json

import numpy as np
import pytest
import tensorflow as tf

from compare_gan_tf2.commands import sample as command
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.hub_export import edits
from compare_gan_tf2.hub_export import load as loading

PICTURE = {"shape": [6, 6, 1], "dtype": "float32", "range": [0, 1]}
CLASS = {"shape": [], "dtype": "int32", "range": None}
LATENTS = {"shape": [2], "dtype": "float32", "range": None, "distribution": "uniform"}


class Module:
    """Gives pictures, or what it draws of latents, the shade of a class: a tenth of its number and a hundredth of all.

    Args:
        about: what abilities take, by name; it has others than these, too.
        classes: names.
    """

    z_dim, image_shape = tf.constant(2), tf.constant([6, 6, 1])
    z_distribution = tf.constant("uniform")

    def __init__(self, classes=("cat", "dog", "owl"), **about):
        self.num_classes, self.class_names = tf.constant(len(classes)), tf.constant(list(classes), tf.string)
        gives = {"gives": {"images": PICTURE}}
        self.abilities = tf.constant(json.dumps({name: {"takes": takes} | gives for name, takes in about.items()}))

    def __call__(self, z, labels=None):
        return tf.ones([len(z), 6, 6, 1]) * 0.5

    def generate(self):
        """Never called here."""

    def reconstruct(self, images):
        return images / 2

    def edit(self, labels, images=None, z=None):
        shade = tf.cast(labels, tf.float32)[:, None, None, None] / 10
        return shade + (0.01 * tf.ones([len(z), 6, 6, 1]) if images is None else images / 100)


@pytest.fixture
def pictures(tmp_path):
    path = tmp_path / "pictures.npz"
    np.savez(path, images=np.full([3, 6, 6, 1], [[[[1.0]]], [[[0.5]]], [[[0.0]]]], np.float32))
    return path


def shades(sheet, rows, columns):
    assert sheet.shape == (rows * 7 - 1, columns * 7 - 1, 1)
    return np.round(sheet[::7, ::7, 0] / 255.0, 2).tolist()


def test_a_row_is_a_picture_its_reconstruction_and_an_edit_to_each_class(pictures, tmp_path):
    module = Module(edit={"images": PICTURE, "labels": CLASS}, reconstruct={"images": PICTURE})
    made = edits.sheet(module, pictures, 2, cache_dir=tmp_path / "cache")
    assert shades(made, 2, 5) == [[1.0, 0.5, 0.01, 0.11, 0.21], [0.5, 0.25, 0.0, 0.11, 0.2]]
    made = edits.sheet(module, pictures, 1, labels="owl,0", cache_dir=tmp_path / "cache")
    assert shades(made, 1, 4) == [[1.0, 0.5, 0.21, 0.01]]


def test_edits_of_latents_stand_beside_what_is_drawn_of_them():
    made = edits.sheet(Module((), edit={"z": LATENTS, "labels": CLASS}), None, 2, labels="0,3")
    assert shades(made, 2, 3) == [[0.5, 0.01, 0.31]] * 2


@pytest.mark.parametrize(
    ("module", "labels", "line"),
    [
        (Module(encode={"images": PICTURE}), None, "has no ability edit; its abilities are encode"),
        (Module(edit={"images": PICTURE}), None, "edit takes images, and no class"),
        (Module(edit={"images": PICTURE, "labels": CLASS}), None, "edit takes pictures: give --inputs"),
        (Module(edit={"images": PICTURE, "labels": CLASS}), "cow", "no class 'cow'"),
        (Module((), edit={"z": LATENTS, "labels": CLASS}), None, "does not say which classes there are"),
        (Module((), edit={"z": LATENTS, "labels": CLASS}), "owl", "names no classes"),
    ],
)
def test_what_cannot_be_edited_is_said_in_one_line(module, labels, line):
    with pytest.raises(UserError, match=line):
        edits.sheet(module, None, labels=labels)


class Axes(Module):
    """Draws the sum of latents, which class 0 moves along the first of them, 1 between both, 2 along the second."""

    steps = np.array([[4.0, 0.0], [4.0, 4.0], [0.0, 4.0], [0.0, -4.0]], np.float32) / 100

    def __init__(self, **more):
        super().__init__((), edit={"z": LATENTS, "labels": CLASS | {"names": ["cat", "dog", "owl", "eel"]}}, **more)

    def __call__(self, z, labels=None):
        return 0.5 + tf.ones([len(z), 6, 6, 1]) * tf.reduce_sum(z, 1)[:, None, None, None] / 100

    def axis(self, labels):
        return tf.gather(self.steps, labels)


def test_what_is_kept_is_projected_out_and_the_edit_is_as_long_as_before():
    module = Axes(axis={"labels": CLASS})
    beside_owl = edits.step_beside(module, 1, [2])
    np.testing.assert_allclose(beside_owl, [np.hypot(0.04, 0.04), 0.0], atol=1e-8)
    np.testing.assert_allclose(edits.step_beside(module, 1, [2, 3]), beside_owl, atol=1e-8)  # one line
    np.testing.assert_array_equal(edits.step_beside(module, 3, [2]), [0.0, 0.0])
    np.testing.assert_allclose(edits.step_beside(module, 0, [1]), np.array([1, -1]) * 0.04 / 2**0.5, atol=1e-8)


def test_a_sheet_keeps_classes_by_name_and_has_no_column_for_them():
    module = Axes(axis={"labels": CLASS})
    shown, drawn = [], module.__class__.__call__
    Axes.__call__ = lambda self, z, labels=None: shown.append(np.asarray(z)) or drawn(self, z)
    try:
        sheet = edits.sheet(module, None, 2, keep="owl")
    finally:
        Axes.__call__ = drawn
    assert sheet.shape == (2 * 7 - 1, 4 * 7 - 1, 1) and len(shown) == 4  # what is drawn, cat, dog, eel
    moved = [((each - shown[0]) / 0.04)[0].tolist() for each in shown[1:]]
    np.testing.assert_allclose(moved, [[1.0, 0.0], [2**0.5, 0.0], [0.0, 0.0]], atol=1e-4)


@pytest.mark.parametrize(
    ("module", "given", "line"),
    [
        (Axes(axis={"labels": CLASS}), {"keep": "cow"}, "no class 'cow'"),
        (Axes(axis={"labels": CLASS}), {"keep": "owl", "labels": "cat,owl"}, "--keep and --labels both have class owl"),
        (Axes(), {"keep": "owl"}, "--keep is for edits along axes of latents"),
        (Module(edit={"images": PICTURE, "labels": CLASS}), {"keep": "owl"}, "--keep is for edits along axes"),
    ],
)
def test_what_cannot_be_kept_is_said_in_one_line(module, given, line):
    with pytest.raises(UserError, match=line):
        edits.sheet(module, None, **given)


def test_pictures_are_refused_where_latents_are_edited(pictures):
    with pytest.raises(UserError, match="takes latents here, and no pictures"):
        edits.sheet(Module(edit={"z": LATENTS, "labels": CLASS}), pictures)


def test_the_command_writes_both_kinds_and_refuses_what_does_not_belong(pictures, tmp_path, monkeypatch, capsys):
    module = Module(edit={"images": PICTURE, "labels": CLASS}, reconstruct={"images": PICTURE})
    monkeypatch.setattr(loading, "load", lambda *place, **more: module)
    given = [f"--inputs={pictures}", f"--cache_dir={tmp_path / 'cache'}", f"--output={tmp_path / 'x.png'}"]
    for kind in ("edit", "reconstruction"):
        assert command.main(["x", "module", f"--kind={kind}", *given]) == 0, capsys.readouterr().err
        assert (tmp_path / "x.png").read_bytes().startswith(b"\x89PNG")
    for flags, line in (
        (["--kind=reconstruction"], "needs --inputs"),
        (["--kind=edit", "--ability=encode"], "shows ability edit"),
        (["--kind=edit", "--columns=3"], "--columns has no effect with --kind=edit"),
        (["--kind=grid", "--keep=owl"], "--keep has no effect with --kind=grid; it is for edit"),
        (["--kind=edit", "--truncation=1"], "--truncation has no effect with --kind=edit"),
        (["--kind=reconstruction", "--labels=1", f"--inputs={pictures}"], "--labels is for generated images"),
    ):
        assert command.main(["x", "module", *flags]) == 2
        assert line in capsys.readouterr().err
