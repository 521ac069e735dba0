"""Mixing, truncation, kept latents and projection of modules with w; and what is refused of others."""

import json

import numpy as np
import pytest
import tensorflow as tf

from compare_gan_tf2.commands import sample as command
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.hub_export import load as loading
from compare_gan_tf2.hub_export import projection, sample, style_sheets
from compare_gan_tf2.hub_export.styles import Styled, Truncation
from tests.hub_export import style_modules

NAMES = ("cat", "dog", "owl")


@pytest.fixture
def said(monkeypatch, capsys, tmp_path):
    """said(module, *flags) -> (exit code, what was printed), in an empty folder."""
    monkeypatch.chdir(tmp_path)

    def call(module, *given):
        monkeypatch.setattr(loading, "load", lambda *place, **more: module)
        code = command.main(["x", "module", f"--cache_dir={tmp_path / 'cache'}", *given])
        printed = capsys.readouterr()
        return code, printed.out + printed.err

    return call


def pixels(path):
    return tf.io.decode_png(path.read_bytes()).numpy() / 255


def test_psi_half_moves_pixels_of_the_same_latents_and_stands_in_the_name(said, tmp_path):
    module = style_modules.Styled()
    assert said(module, "--count=4")[0] == 0
    code, printed = said(module, "--count=4", "--psi=0.5", "--cutoff=2")
    assert code == 0 and "truncation: psi 0.5 of the first 2 layers" in printed
    whole, nearer = (pixels(tmp_path / f"samples-grid{end}.png") for end in ("", "-psi-0.5-first-2"))
    assert whole.shape == nearer.shape and np.abs(whole[:2] - nearer[:2]).max() > 0.05  # of the first layers
    np.testing.assert_array_equal(whole[3], nearer[3])
    assert said(module, "--count=4", "--psi=1")[0] == 0  # its name is the same, and so are its bytes
    np.testing.assert_array_equal(pixels(tmp_path / "samples-grid.png"), whole)
    assert said(module, "--kind=files", "--count=2", "--psi=0.5", "--save_latents")[0] == 0
    assert (tmp_path / "samples-files-psi-0.5-latents.npz").is_file()
    assert sorted(path.name for path in (tmp_path / "samples-files-psi-0.5").iterdir()) == ["00000.png", "00001.png"]


def test_w_go_towards_the_modules_own_center_or_that_of_their_class():
    styled = Styled(style_modules.Styled(NAMES), "--psi")
    np.testing.assert_allclose(styled.center(), style_modules.Styled.mean)
    drawn = styled.all_drawn(3, 0, (2, 0, 2))
    at_center = styled.truncated(drawn.ws, Truncation(0.0), drawn.labels)
    np.testing.assert_allclose(at_center, np.broadcast_to(style_modules.Styled.mean, at_center.shape))
    of_class = styled.truncated(drawn.ws, Truncation(0.0, center="class"), drawn.labels)
    np.testing.assert_array_equal(of_class[0], of_class[2])
    np.testing.assert_allclose(of_class[:2, 0], [[20, 0, 0], [0, 0, 0]], atol=0.05)  # of 10,000 latents
    again = Styled(style_modules.Styled(NAMES), "--psi").center_of_class(2)
    np.testing.assert_array_equal(again, of_class[0, 0])


def test_a_sheet_of_truncation_has_a_row_for_each_psi(said, tmp_path):
    sheet, _ = style_sheets.truncation_sheet(Styled(style_modules.Styled(), "--psi"), [1.0, 0.0], columns=3)
    pictures = sheet[:, -(3 * 5 - 1) :]
    assert pictures.shape == (2 * 5 - 1, 14, 1)
    np.testing.assert_array_equal(pictures[5:, 0:4], pictures[5:, 5:9])  # psi 0 is one image
    assert np.abs(pictures[:4, 0:4].astype(int) - pictures[:4, 5:9]).max() > 5
    code, printed = said(style_modules.Styled(NAMES), "--kind=truncation", "--psi=1,-1", "--center=class")
    assert code == 0 and (tmp_path / "samples-truncation-class.png").is_file()
    assert "center: the mean w of the image's class, of all layers" in printed


def test_mixing_names_pairs_that_did_not_change_and_takes_w_of_a_file(said, tmp_path):
    ws = np.zeros((3, style_modules.LAYERS, style_modules.LENGTH), np.float32)
    ws[1, 2:] = 2.0  # alike in the coarse layers
    ws[2] = -2.0
    np.savez(tmp_path / "w.npz", w=ws)
    flags = ("--kind=mixing", "--count=1", "--columns=2", f"--latents={tmp_path / 'w.npz'}")
    code, printed = said(style_modules.Styled(), *flags)
    assert code == 0 and "changed less than 1 %: row 1 column 1" in printed and "column 2" not in printed
    assert (tmp_path / "samples-mixing-coarse.png").is_file()
    code, printed = said(style_modules.Styled(), *flags, "--layers=1-6", "--json")
    assert code == 0 and json.loads(printed)["replaced"] == [[1, 1], [1, 2]]
    shades = pixels(tmp_path / "samples-mixing-1-6.png")
    np.testing.assert_array_equal(shades[5:9, 5:9], shades[0:4, 5:9])


def test_latents_are_kept_beside_what_is_drawn_of_them_and_can_be_drawn_again(said, tmp_path):
    module = style_modules.Styled(NAMES)
    code, printed = said(module, "--count=5", "--seed=3", "--save_latents")
    assert code == 0 and "samples-grid-latents.npz" in printed
    with np.load(tmp_path / "samples-grid-latents.npz") as kept:
        z, w, labels = kept["z"], kept["w"], kept["labels"]
    images = sample.samples(module, 5, seed=3)
    np.testing.assert_allclose(pixels(tmp_path / "samples-grid.png")[:4, :4], images[0], atol=1 / 255)
    np.testing.assert_array_equal(module(z, labels), images)
    np.testing.assert_array_equal(module.synthesize(w), images)
    read = Styled(module, "--latents").read(tmp_path / "samples-grid-latents.npz")
    np.testing.assert_array_equal(read.ws, w)
    np.savez(tmp_path / "z.npz", z=z, labels=labels)
    np.testing.assert_array_equal(Styled(module, "--latents").read(tmp_path / "z.npz").ws, w)
    without = style_modules.Styled(lacks=("map",))
    assert said(without, "--count=2", "--save_latents")[0] == 0
    with np.load(tmp_path / "samples-grid-latents.npz") as kept:
        assert set(kept) == {"z"} and kept["z"].shape == (2, 3)


def test_files_of_w_that_do_not_fit_are_refused(tmp_path):
    styled = Styled(style_modules.Styled(NAMES), "--latents")
    for arrays, line in (
        ({"w": np.zeros((2, 5, 3))}, r"is \[2, 5, 3\]; it has to be finite numbers \[N, 3\] or \[N, 6, 3\]"),
        ({"w": np.full((2, 3), np.nan)}, "finite numbers"),
        ({"z": np.zeros((2, 3))}, "without labels"),
        ({"z": np.zeros((2, 4))}, "neither w nor latents z of 3 numbers"),
    ):
        np.savez(tmp_path / "x.npz", **arrays)
        with pytest.raises(UserError, match=line):
            styled.read(tmp_path / "x.npz")
    (tmp_path / "x.npz").write_text("nothing")
    with pytest.raises(UserError, match="cannot be read"):
        styled.read(tmp_path / "x.npz")


@pytest.mark.parametrize(
    ("module", "flags", "line"),
    [
        (style_modules.Styled(lacks=("map",)), ["--psi=0.5"], "--psi is for modules that map latents to w"),
        (style_modules.Styled(lacks=("map",)), ["--kind=mixing"], "abilities of this one are: generate, mix"),
        (style_modules.Styled(), ["--kind=truncation", "--cutoff=7"], "--cutoff is 7, and the module has 6 layers"),
        (style_modules.Styled(), ["--psi=0.5", "--center=class"], "--center=class is for modules with classes"),
        (style_modules.Styled(), ["--kind=mixing", "--layers=7"], "there are no layers '7'"),
        (style_modules.Styled(), ["--psi=1,0.5"], "several are for --kind=truncation"),
        (style_modules.Styled(), ["--psi=half"], "it must be numbers"),
        (style_modules.Styled(), ["--cutoff=2"], "give --psi, too"),
        (style_modules.Styled(), ["--kind=mixing", "--truncation=2"], "--psi, which truncates w"),
        (style_modules.Styled(), ["--kind=codes", "--part=x", "--psi=1"], "--psi has no effect with --kind=codes"),
        (style_modules.Styled(), ["--kind=grid", "--layers=fine"], "--layers has no effect with --kind=grid"),
        (style_modules.Styled(), ["--kind=projection"], "needs --inputs"),
        (style_modules.Styled(), ["--kind=mixing", "--inputs=x"], "leave out --ability and --inputs"),
        (style_modules.Styled(), ["--kind=mixing", "--latents=x.npz", "--seed=1"], "leave out --seed and --labels"),
        (style_modules.Styled(), ["--kind=mixing", "--labels=cat"], "the module has no classes"),
    ],
)
def test_what_cannot_be_is_said_in_one_line(said, module, flags, line):
    code, printed = said(module, *flags)
    assert code == 2 and line in printed, printed


@pytest.fixture(scope="module")
def projectors():
    """A projector of each space, of a module whose images say all of w, with the first row as features."""
    features = lambda images: images[:, 0, :, 0]  # noqa: E731
    return {
        space: projection.Projector(
            Styled(style_modules.Styled(), "x"), features, space=space, iterations=150, samples=200
        )
        for space in projection.SPACES
    }


def test_a_sample_is_projected_back_and_beats_its_controls(projectors):
    found = projectors["w"].projected(projectors["w"].control())
    assert found.distance < 0.01 < found.of_nearest < 1 and not found.is_outside and found.pixels < 0.02
    np.testing.assert_allclose(found.ws, np.broadcast_to(found.ws[:1], found.ws.shape))
    styled = Styled(style_modules.Styled(), "x")
    images = sample.samples(styled.module, 200)
    parts = [np.square(images - found.target).mean(axis=(1, 2, 3))]
    parts.append(np.square(images[:, 0, :, 0] - found.target[0, :, 0]).mean(axis=1))
    difference = found.at_center - found.target
    whole = np.square(difference).mean(), np.square(difference[0]).mean()
    assert found.of_nearest == pytest.approx(min((parts[0] / whole[0] + parts[1] / whole[1]) / 2), rel=1e-4)
    np.testing.assert_allclose(styled.images(found.ws[None])[0], found.image)
    np.testing.assert_allclose(found.at_center, styled.images(np.tile(style_modules.Styled.mean, (1, 6, 1)))[0])
    assert projection.said("a", found, ())["verdict"] == "" and projection.sheet([found]).shape == (4, 19, 1)


def test_what_no_w_gives_is_outside_and_w_plus_fits_more(projectors):
    """All layers of a sample are alike; a picture whose layers are opposites has the mean for its best w."""
    ws = np.repeat(np.array([3.0, -3.0, -3.0, -3.0, -3.0, 3.0], np.float32)[None, :, None], 3, axis=2)
    target = Styled(style_modules.Styled(), "x").images(ws)[0]
    one, many = (projectors[space].projected(target) for space in projection.SPACES)
    assert many.distance < 0.1 < one.distance and not many.is_outside
    outside = projection.Projected(*[target] * 4, ws[0], distance=0.6, of_nearest=0.6, pixels=0.1)
    assert outside.is_outside
    assert "outside what the model draws" in projection.line(projection.said("a.png", outside, ()))


def test_the_search_begins_at_the_class_of_the_nearest_sample_or_at_the_one_that_is_named():
    styled = Styled(style_modules.Styled(NAMES), "x")
    target = styled.images(styled.mapped(np.zeros((1, 3), np.float32), np.array([2])))[0]
    found = projection.Projector(styled, iterations=1, samples=60).projected(target)
    assert found.label == 2
    np.testing.assert_allclose(found.at_center, target, atol=0.02)
    assert projection.said("a", found, NAMES)["class"] == "owl"
    named = projection.Projector(styled, iterations=1, samples=60, label=0).projected(target)
    assert named.label == 0 and named.pixels > 0.1


def test_the_command_projects_pictures_of_a_place(said, tmp_path, monkeypatch):
    monkeypatch.setattr(projection, "SAMPLES", 50)
    np.savez(tmp_path / "pictures.npz", images=np.full([3, 4, 4, 1], 0.5, np.float32))
    module, flags = style_modules.Styled(), ("--kind=projection", f"--inputs={tmp_path / 'pictures.npz'}")
    code, printed = said(module, *flags, "--count=2", "--iterations=3", "--space=w+", "--save_latents")
    assert code == 0, printed
    assert pixels(tmp_path / "samples-projection-w+.png").shape == (3 * 5 - 1, 4 * 5 - 1, 1)
    assert "compared by pixels alone" in printed and "a sample, projected back: projection" in printed
    assert "samples-projection-w+-latents.npz" in printed
    code, printed = said(module, *flags, "--labels=cat", "--iterations=3")
    assert code == 2 and "the module has no classes" in printed
    code, printed = said(style_modules.Styled(NAMES), *flags, "--labels=cat,dog", "--iterations=3")
    assert code == 2 and "takes one class" in printed
