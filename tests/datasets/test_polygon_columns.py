"""Sets of polygons for translation: what their columns are, drawn again by other means, and which rows are partners."""

import pathlib

import numpy as np
import pytest
import tensorflow as tf

from compare_gan_tf2.datasets import catalog, polygon_drawing, polygon_words, sources
from compare_gan_tf2.datasets.column_set import ColumnSet
from compare_gan_tf2.datasets.places import Places
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.options import Options

PLACES = Places(pathlib.Path("/nowhere"), pathlib.Path("/nowhere"))


def rows(name, source, *columns, training=False):
    """Columns of a split, by name."""
    wanted = {source: {each: each for each in columns}}
    return sources.stored_rows(catalog.find(name), wanted, PLACES, training=training)[source]


def inside(points, corners):
    """Whether points [..., 2] lie in a convex polygon [n, 2], from the signs of cross products."""
    edges = np.roll(corners, -1, axis=0) - corners
    crosses = [
        edge[0] * (points - c)[..., 1] - edge[1] * (points - c)[..., 0] for c, edge in zip(corners, edges, strict=True)
    ]
    return np.logical_or(np.min(crosses, axis=0) >= 0, np.max(crosses, axis=0) <= 0)


def subpixels(side):
    """Points float [8 side, 8 side, 2] at which an image is dark or not."""
    along = np.arange(-3, 8 * side - 3) / 8
    return np.stack(np.meshgrid(along, along, indexing="ij"), axis=-1)


def coverage(is_dark):
    """bool [8 D, 8 D] -> dark subpixels of every pixel [D, D]."""
    side = len(is_dark) // 8
    return is_dark.reshape(side, 8, side, 8).sum(axis=(1, 3))


def test_polygons_are_drawn_filled_and_as_edges_of_their_width():
    polygons, corners = polygon_drawing.drawn(8, seed=3, raster=32)
    assert sorted(corners) == [3, 3, 4, 4, 5, 5, 6, 6]
    points = subpixels(32)
    filled, outlined = polygon_drawing.filled(polygons, 32), polygon_drawing.outlined(polygons, 32)
    for number, count in enumerate(corners):
        own = polygons[number, :count]
        np.testing.assert_array_equal(filled[number], coverage(inside(points, own)))
        is_edge = np.zeros(points.shape[:2], bool)
        for start, end in zip(own, np.roll(own, -1, axis=0), strict=True):
            along = (end - start) / np.linalg.norm(end - start)
            place, beside = (points - start) @ along, (points - start) @ (along[::-1] * (1, -1))
            is_edge |= (np.abs(beside) <= 0.75) & (place >= -0.75) & (place <= np.linalg.norm(end - start) + 0.75)
        np.testing.assert_array_equal(outlined[number], coverage(is_edge))


@pytest.mark.parametrize("name", ["polygon_outline:40", "polygon_tint:40"])
def test_an_outline_belongs_to_its_filled_polygon_and_test_parts_are_partners(name):
    pairs = rows(name, "", "input", "target")
    is_dark = [pairs[column].min(axis=-1) < 128 for column in ("input", "target")]
    assert (is_dark[0] & ~is_dark[1]).mean() < 0.06 < (is_dark[1] & ~is_dark[0]).mean()
    dataset = catalog.find(name)
    assert dataset.has_partners and not dataset.part("a").has_partners
    for part, column in (("a", "input"), ("b", "target")):
        found = rows(name, part, "images", "labels")
        np.testing.assert_array_equal(found["images"], pairs[column])
        if dataset.part(part).num_classes:
            np.testing.assert_array_equal(found["labels"], rows(name, "", "images", "labels")["labels"])
        assert ColumnSet.of(dataset, column).open("test", PLACES).number == len(pairs[column]) == 40


def test_labels_are_of_those_pictures_that_show_them():
    tint = catalog.find("polygon_tint:40")
    target, source = (ColumnSet.of(tint, column) for column in ("target", "input"))
    assert (
        target.num_classes == tint.part("b").num_classes == 6 and source.num_classes == tint.part("a").num_classes == 0
    )
    np.testing.assert_array_equal(target.open("test", PLACES).labels(), rows("polygon_tint:40", "", "labels")["labels"])
    assert (
        set(tint.part("a").open("test", PLACES).labels()) == {-1} and len(set(target.open("test", PLACES).labels())) > 1
    )


def test_parts_have_no_polygon_in_common_in_training():
    a, b = (rows("polygon_outline:40", part, "images", training=True)["images"] for part in "ab")
    pairs = rows("polygon_outline:40", "", "input", "target", training=True)
    np.testing.assert_array_equal(a, pairs["input"])
    distances = np.abs(b[:, None].astype(int) - pairs["target"][None]).mean(axis=(2, 3, 4))
    assert distances.min() > 1


def test_a_tint_is_the_hue_of_its_label_and_hues_are_uniform():
    found = rows("polygon_tint", "", "target", "labels")
    colors = np.array(list(polygon_drawing.HUES.values()))[found["labels"]]
    darkest = found["target"].reshape(len(colors), -1, 3).astype(int)
    assert (np.abs(darkest - colors[:, None]).sum(axis=2).min(axis=1) == 0).all()
    counts = np.bincount(found["labels"], minlength=6)
    assert ((counts - 2000 / 6) ** 2 / (2000 / 6)).sum() < 20.5  # chi square, 5 degrees of freedom, 0.1 %


def test_every_domain_of_a_row_is_its_polygon_and_attributes_are_of_its_label():
    dataset = catalog.find("polygon_domains:40")
    found = rows("polygon_domains:40", "", "images", "domains", "attributes", "labels")
    for image, domains, attributes, label in zip(*(found[each] for each in found), strict=True):
        np.testing.assert_array_equal(image, domains[label])
        said = dataset.class_names[label].split()
        assert [dataset.attribute_names[number] for number in np.flatnonzero(attributes)] in ([said[0]], said)
        assert (attributes[3] == 1) == (said[1] == "outline")
        # The two pictures of one style are alike but for the color.
        np.testing.assert_array_equal(domains[0].min(axis=-1) < 200, domains[2].min(axis=-1) < 200)


def test_a_small_picture_has_the_means_of_the_large_one():
    found = rows("polygon_zoom:20", "", "images", "lr")
    assert found["images"].shape[1:] == (64, 64, 1) and found["lr"].shape[1:] == (16, 16, 1)
    for row, column in ((0, 0), (5, 7), (15, 15)):
        block = found["images"][:, 4 * row : 4 * row + 4, 4 * column : 4 * column + 4, 0]
        assert np.abs(block.mean(axis=(1, 2)) - found["lr"][:, row, column, 0]).max() <= 0.5


def test_a_hole_with_all_corners_outside_is_unique():
    found = rows("polygon_hole:40", "", "mask", "is_unique")
    assert found["mask"].min() == 0 and found["mask"].mean() == 255 / 4
    polygons, _ = polygon_drawing.drawn(40, seed=1, raster=32)
    for polygon, is_unique in zip(polygons, found["is_unique"], strict=True):
        assert is_unique == all(max(abs(row - 16), abs(column - 16)) >= 8 for row, column in polygon)
    assert 0 < found["is_unique"].mean() < 1


def test_every_word_of_a_caption_is_read_from_its_picture():
    found = rows("polygon_caption:80", "", "images", "captions", "caption", "words", "labels")
    read = polygon_words.read(found["images"])
    np.testing.assert_array_equal(read[:, [0, 1, 3]], found["words"][:, [0, 1, 3]])
    assert (read[:, 2] == found["words"][:, 2]).mean() > 0.97
    for caption, text, words, label in zip(
        *(found[each] for each in ("captions", "caption", "words", "labels")), strict=True
    ):
        said = polygon_words.caption(words)
        assert caption.decode() == said == bytes(text).rstrip(b"\0").decode() and len(text) == 48
        assert catalog.find("polygon_caption").class_names[label] in said
    assert (polygon_words.read(np.full((1, 32, 32, 3), 255, np.uint8)) == -1).all()


def test_other_captions_are_of_other_rows(tmp_path):
    options = Options.from_dict({"dataset": "polygon_caption:600"})
    wanted = {"": {"images": "images", "wrong": "images_of_another_caption", "text": "caption"}}
    (source,) = sources.open_sources(catalog.of(options), wanted, options, Places(tmp_path, tmp_path)).values()
    assert source.columns["wrong"].other is not None
    captions = rows("polygon_caption:600", "", "captions", training=True)["captions"]
    row = np.repeat(np.arange(600), 20)
    draws = tf.constant(np.random.default_rng(0).integers(0, 2**31, (len(row), 2)), tf.int32)
    other = source.columns["wrong"].other(tf.constant(row), draws).numpy()
    assert (captions[other] != captions[row]).all() and len(set(other)) == 600 > len(set(captions))


def test_squares_are_where_triangles_were_and_masks_are_of_each():
    a, b = (rows("polygon_scene_32:40", part, "images", "masks", "labels") for part in "ab")
    for part in (a, b):
        assert part["masks"].shape == (40, 32, 32, 4) and part["masks"].sum(axis=-1, dtype=int).max() == 255
        shares = part["masks"].astype(float) / 255
        is_there = shares.sum(axis=(1, 2)) > 0
        np.testing.assert_array_equal(is_there.sum(axis=1), part["labels"] + 1)
        assert (is_there[:, :-1] >= is_there[:, 1:]).all()
        expected = 160 * (1 - shares.sum(axis=-1))
        assert np.abs(part["images"][..., 0] - expected).max() <= 1.5
    areas = [part["masks"].sum(axis=(1, 2), dtype=int) / 255 for part in (a, b)]
    assert np.abs(areas[0] - areas[1]).max() < 1.5
    # The product of inertia tells triangles from squares, whatever their turn.
    spread = [_spread(part["masks"][..., 0] / 255).mean() for part in (a, b)]
    assert spread[0] == pytest.approx(2 / 6 / 3**0.5, abs=0.01) and spread[1] == pytest.approx(1 / 6, abs=0.01)


def _spread(shares):
    """Second moment about the center by the square of the area: 0.192 of triangles, 0.167 of squares."""
    along = np.arange(shares.shape[1])
    areas = shares.sum(axis=(1, 2))
    found = 0
    for axis in (1, 2):
        line = shares.sum(axis=axis)
        mean = line @ along / areas
        found = found + (line @ along**2) / areas - mean**2
    return found / areas


def test_a_texture_is_inverted_where_its_polygon_is():
    dataset = catalog.find("polygon_on_photo:40")
    assert not dataset.has_partners
    a, b = (rows("polygon_on_photo:40", part, "images", "labels") for part in "ab")
    textures = np.abs(b["images"].astype(int) - a["images"])
    whole, outside = (a["images"] == 255), (a["images"] == 0)
    np.testing.assert_array_equal(textures[outside], b["images"][outside])
    np.testing.assert_array_equal(textures[whole], 255 - b["images"][whole])
    # Smooth where the polygon's edge is not: neighbors differ little.
    assert np.abs(np.diff(textures, axis=1))[whole[:, 1:] & whole[:, :-1]].max() < 90
    assert textures.std() > 40 and b["images"][outside].std() > 40


def test_a_column_that_is_not_there_is_refused_with_those_that_are():
    with pytest.raises(UserError, match="has no masks, which the GAN type reads; it has images, input, target"):
        rows("polygon_outline:40", "", "masks")


@pytest.mark.parametrize("argument", ["1", "0", "x", "", "07", "2000000"])
def test_another_number_of_rows_is_refused_with_the_range(argument):
    with pytest.raises(UserError, match="how many rows to train on, from 2 to 1000000"):
        catalog.find(f"polygon_outline:{argument}")
