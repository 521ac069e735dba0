"""Any set of images with small pictures or a hole beside; digits on photographs."""

import numpy as np
import pytest
from PIL import Image

from compare_gan_tf2.datasets import catalog, mnist_m_cifar, sources
from compare_gan_tf2.datasets.places import Places
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.options import Options


@pytest.fixture
def folder(tmp_path):
    """Ten pictures of 16x24 pixels in two classes, of which squares are cut."""
    for number in range(10):
        place = tmp_path / "data" / ("even" if number % 2 == 0 else "odd")
        place.mkdir(parents=True, exist_ok=True)
        pixels = np.random.default_rng(number).integers(0, 256, (16, 24, 3), np.uint8)
        Image.fromarray(pixels).save(place / f"{number}.png")
    return tmp_path / "data"


def opened(name, wanted, tmp_path, **options):
    """The training source of a task."""
    said = Options.from_dict({"dataset": str(name), **options})
    places = Places(tmp_path, tmp_path / "cache")
    (found,) = sources.open_sources(catalog.of(said), {"": {each: each for each in wanted}}, said, places).values()
    return found


def test_small_pictures_of_a_folder_are_cropped_as_the_large_ones(folder, tmp_path):
    dataset = catalog.of(Options.from_dict({"dataset": f"zoom:{folder}", "image_size": 16}))
    assert dataset.name == f"zoom:{folder}" and dataset.column_shape("lr") == (4, 4, 3) and dataset.num_classes == 2
    assert dataset.visible_streams == ("images", "lr") and dataset.own_kind == "folder of images"
    wanted = {"": {"images": "images", "lr": "lr", "labels": "labels"}}
    places = Places(tmp_path, tmp_path / "cache")
    rows = sources.stored_rows(dataset, wanted, places)[""]
    assert rows["lr"].dtype == np.uint8 and sorted(rows["labels"]) == [0] * 5 + [1] * 5
    for image, small in zip(rows["images"], rows["lr"], strict=True):
        expected = np.asarray(Image.fromarray(image).resize((4, 4), Image.Resampling.BICUBIC), int)
        assert np.abs(expected - small).max() <= 2
    source = opened(f"zoom:{folder}", ("images", "lr"), tmp_path, image_size=16)
    large, small = (source.columns[each].data for each in ("images", "lr"))
    assert large.number == small.number == 10 and small.image_shape == (4, 4, 3)
    assert sources.identities(dataset, wanted, places).keys() == {""}


def test_a_hole_is_the_middle_of_any_set(folder, tmp_path):
    source = opened(f"hole:{folder}", ("images", "mask"), tmp_path, image_size=16)
    mask = source.columns["mask"].data.images
    assert mask.shape == (10, 16, 16, 1) and mask[3].mean() == 255 / 4
    assert (mask[:, 4:12, 4:12] == 255).all()
    # Pixels of the polygons of the published set are stored in 0 to 64.
    dataset = catalog.find("hole:polygons")
    assert dataset.largest_value == 64 and dataset.column_shape("mask") == (28, 28, 1) and dataset.num_classes == 4


def test_wrong_names_are_one_line_and_paths_are_made_absolute(folder, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert (
        catalog.canonical("zoom:2:./data") == f"zoom:2:{folder}" and catalog.canonical("hole:cifar10") == "hole:cifar10"
    )
    for name, said in (
        ("zoom:1:cifar10", "the factor is from 2 to 16; for example zoom:2:cifar10"),
        ("zoom:cifar", "unknown data set 'cifar'"),
        ("hole", "'hole' is a family"),
    ):
        with pytest.raises(UserError, match=said):
            catalog.find(name)
    with pytest.raises(UserError, match="images are 16 x 16, which is no multiple of 3"):
        opened(f"zoom:3:{folder}", ("lr",), tmp_path, image_size=16)
    with pytest.raises(UserError, match="image_size is 16, but images of 'cifar10' have a size"):
        catalog.of(Options.from_dict({"dataset": "zoom:cifar10", "image_size": 16}))


def test_digits_invert_photographs():
    source = np.random.default_rng(0)
    digits = source.integers(0, 256, (6, 28, 28, 1), np.uint8)
    photographs = source.integers(0, 256, (3, 32, 32, 3), np.uint8)
    padded = mnist_m_cifar.as_source(digits)
    assert padded.shape == (6, 32, 32, 3) and padded[:, :2].max() == padded[:, :, -2:].max() == 0
    np.testing.assert_array_equal(padded[:, 2:-2, 2:-2, 1:2], digits)
    chosen = np.random.Generator(np.random.PCG64(1)).integers(3, size=6)
    expected = np.abs(photographs[chosen].astype(int) - padded)
    np.testing.assert_array_equal(mnist_m_cifar.on_photographs(padded, photographs, seed=1), expected)


@pytest.mark.slow
def test_the_real_digits_lie_on_photographs_of_their_split(real_data, tmp_path):
    dataset = catalog.find("mnist_m_cifar")
    if not dataset.is_prepared(real_data):
        pytest.skip("no cifar10 beside the checkout")
    assert dataset.parts == ("a", "b") and not dataset.has_partners
    a, b = (dataset.part(each).open("test", Places(real_data, tmp_path)) for each in "ab")
    np.testing.assert_array_equal(a.labels(), b.labels())
    assert a.number == 10000 and b.images.mean() == pytest.approx(118, abs=1.5)
    outside = a.images == 0
    assert outside.mean() > 0.7 and b.images[outside].std() > 50
