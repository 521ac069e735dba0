"""What TFDS stored is read record by record: the same pixels in any order, damage named, labels and names found."""

import dataclasses
import pathlib
import shutil

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_datasets as tfds

from compare_gan_tf2.datasets import _decoding, _records, _small_images, catalog, pipeline
from compare_gan_tf2.datasets._framing import Framing
from compare_gan_tf2.datasets.images import ArrayImages, EncodedImages
from compare_gan_tf2.datasets.places import Places
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.options import Options

RNG = np.random.default_rng(0)


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    """ImageNet in TFDS's folder, fifteen JPEGs of many sizes in three files; gives the folder and decoded images."""
    root = tmp_path_factory.mktemp("stored")
    known = tfds.builder("imagenet2012", data_dir=str(root))
    folder = root / "imagenet2012/5.1.0"
    folder.mkdir(parents=True)
    pictures, encoded = [], []
    for i in range(15):
        height, width = (int(side) for side in RNG.integers(130, 500, 2))
        smooth = tf.image.resize(RNG.uniform(0, 255, (height // 9, width // 9, 3)), (height, width))
        encoded.append(tf.io.encode_jpeg(tf.cast(smooth, tf.uint8), chroma_downsampling=i % 2 == 0).numpy())
        pictures.append(tf.io.decode_image(encoded[-1]).numpy())
    infos = []
    for split in ("train", "validation"):
        template = tfds.core.ShardedFileTemplate(
            data_dir=folder, dataset_name="imagenet2012", split=split, filetype_suffix="tfrecord"
        )
        for shard in range(3):
            with tf.io.TFRecordWriter(str(template.sharded_filepath(shard_index=shard, num_shards=3))) as writer:
                for i in range(5 * shard, 5 * shard + 5):
                    example = {"image": encoded[i], "label": 10 * i, "file_name": f"n{i:03d}.JPEG"}
                    writer.write(known.info.features.serialize_example(example))
        infos.append(tfds.core.SplitInfo(name=split, shard_lengths=[5, 5, 5], num_bytes=1, filename_template=template))
    known.info.set_splits(tfds.core.splits.SplitDict(infos))
    known.info.write_to_directory(str(folder))
    return root, pictures


@pytest.fixture
def photographs(stored, tmp_path):
    """Gives places of a copy that a test may damage, and the decoded images."""
    root, pictures = stored
    shutil.copytree(root, tmp_path / "root")
    return Places(tmp_path / "root", tmp_path / "cache"), pictures


def _fetched(images, numbers, draw=(0, 0)):
    encoded = images.fetched(tf.constant(numbers, tf.int64))
    return np.stack([images.prepared(each, tf.constant(draw)).numpy() for each in encoded])


def test_small_pictures_of_records_are_parsed_as_large_ones_in_order_and_one_by_one(photographs):
    places, _ = photographs
    dataset = catalog.find("zoom:imagenet_64")
    large, labels = pipeline.read(catalog.find("imagenet_64"), "validation", places)
    expected = _small_images.shrunk(large, (16, 16, 3), 255).numpy()
    small = dataset.open_columns(["lr"], "validation", places).data["lr"]
    np.testing.assert_array_equal(_fetched(small, [14, 3]), expected[[14, 3]])
    parts = list(_decoding.parts(small, dataset, 15, 4))
    np.testing.assert_array_equal(np.concatenate([part for part, _ in parts]), expected)
    np.testing.assert_array_equal(np.concatenate([names for _, names in parts]), labels)


def test_any_record_is_the_one_that_reading_in_order_gives(photographs):
    places, _ = photographs
    dataset = catalog.find("imagenet_64")
    in_order, labels = pipeline.read(dataset, "validation", places)
    images = dataset.open("validation", places)
    assert images.number == 15 and list(labels) == list(range(0, 150, 10)) == list(images.labels())
    np.testing.assert_array_equal(_fetched(images, [14, 3, 3, 9, 0]), in_order[[14, 3, 3, 9, 0]])
    assert list(images.keys()[:2]) == ["n000.JPEG", "n001.JPEG"]


def test_a_slice_of_a_split_begins_and_ends_within_files(photographs):
    places, _ = photographs
    dataset = dataclasses.replace(catalog.find("imagenet_64"), train_split="train[20%:80%]")
    whole, _ = pipeline.read(catalog.find("imagenet_64"), "train", places)
    images = dataset.open("train[20%:80%]", places)
    assert images.number == 9 and list(images.labels()) == list(range(30, 120, 10))
    np.testing.assert_array_equal(_fetched(images, range(9)), whole[3:12])
    np.testing.assert_array_equal(pipeline.read(dataset, "train[20%:80%]", places)[0], whole[3:12])


@pytest.mark.parametrize("crop", ["middle", "random", "distorted", "none", 128, 600])
def test_decoding_a_window_gives_the_pixels_of_decoding_all(stored, crop):
    _, pictures = stored
    framing = Framing((64, 64, 3), crop)
    for i, picture in enumerate(pictures[::5]):
        for quality in (True, False):
            jpeg = tf.io.encode_jpeg(picture, chroma_downsampling=quality)
            whole = tf.io.encode_png(tf.io.decode_image(jpeg))
            draw = tf.constant([7, i])
            np.testing.assert_array_equal(framing.apply(jpeg, draw), framing.apply(whole, draw))


def test_training_crops_are_squares_of_half_the_area_and_another_in_every_epoch(photographs):
    places, pictures = photographs
    dataset = catalog.find("imagenet_64")
    images = dataset.open("train", places, training=True)
    assert isinstance(images, EncodedImages) and images.varies
    assert not dataset.open("train", places).varies
    squarest = int(np.argmin([abs(np.log(picture.shape[0] / picture.shape[1])) for picture in pictures]))
    draws = np.concatenate([_fetched(images, [squarest], (1, place)) for place in range(12)])
    assert len({draw.tobytes() for draw in draws}) == 12
    np.testing.assert_array_equal(_fetched(images, [squarest], (1, 3)), draws[3:4])
    framing = Framing((64, 64, 3), "distorted")
    sides = tf.constant(pictures[squarest].shape[:2])
    for place in range(50):
        window = framing._window(sides, tf.constant([0, place])).numpy()
        assert abs(window[2] - window[3]) <= 1 and window[2] * window[3] >= 0.49 * np.prod(sides)
    # No square of half the area fits an image of more than two to one.
    assert list(framing._window(tf.constant([100, 230]), tf.constant([0, 1]))) == [0, 0, 100, 230]


def test_small_photographs_are_left_out_of_training_alone(photographs):
    places, pictures = photographs
    options = Options.from_dict({"dataset": "imagenet_512_hq400"})
    entry = dataclasses.replace(catalog.of(options), least_side=300)
    data = pipeline.training_data(entry, options, places)
    assert list(data.selected) == [i for i, picture in enumerate(pictures) if min(picture.shape[:2]) >= 300]
    assert data.cached == "none" and entry.open("validation", places).number == 15


def _rows(images):
    return images.images if isinstance(images, ArrayImages) else _fetched(images, range(images.number))


def test_another_crop_has_another_file_on_the_disk(photographs):
    places, _ = photographs
    found = {}
    for crop, cache in (("middle", "none"), ("middle", "disk"), ("none", "none"), ("none", "disk"), ("middle", "disk")):
        options = Options.from_dict({"dataset": "imagenet_64", "train_crop": crop})
        data = pipeline.training_data(catalog.of(options), options, places, cache)
        found[crop, cache] = _rows(data.images)
    np.testing.assert_array_equal(found["middle", "disk"], found["middle", "none"])
    np.testing.assert_array_equal(found["none", "disk"], found["none", "none"])
    assert not np.array_equal(found["none", "disk"], found["middle", "disk"])
    with pytest.raises(UserError, match="kept in 'disk': 'imagenet_64' is cropped in another way every time"):
        options = Options.from_dict({"dataset": "imagenet_64"})
        pipeline.training_data(catalog.of(options), options, places, "disk")
    with pytest.raises(UserError, match="image_size is 32, but images of 'imagenet_64' have a size of their own"):
        Options.from_dict({"dataset": "imagenet_64", "train_crop": "random", "image_size": 32})


def test_files_are_not_left_open(photographs):
    places, _ = photographs
    before = len(list(pathlib.Path("/proc/self/fd").iterdir()))
    for _ in range(5):
        images = catalog.find("imagenet_64").open("train", places)
        images.fetch(np.arange(15))
    assert len(list(pathlib.Path("/proc/self/fd").iterdir())) <= before + 1


def test_a_set_of_tfds_is_found_under_any_root_and_compared_with_the_split_that_is_named(photographs):
    places, _ = photographs
    with pytest.raises(UserError, match="its splits: train, validation; name the one .*: tfds:imagenet2012@SPLIT"):
        dataset = catalog.find("tfds:imagenet2012")
        dataset.open(dataset.evaluation_split, places)
    options = Options.from_dict({"dataset": "tfds:imagenet2012@validation", "image_size": 32, "train_crop": "random"})
    dataset = catalog.of(options)
    assert (
        dataset.is_prepared(places.dataset_root) and dataset.image_shape == (32, 32, 3) and dataset.num_classes == 1000
    )
    assert dataset.count(dataset.evaluation_split, places) == 15
    assert dataset.open("train", places, training=True).varies and not dataset.open("validation", places).varies
    images, labels = pipeline.read(dataset, "validation", places)
    assert images.shape == (15, 32, 32, 3) and labels[3] == 30


def test_single_and_random_classes(photographs):
    places, _ = photographs
    single = catalog.find("single_class_imagenet_128")
    assert set(single.open("train", places).labels()) == {0} == set(pipeline.read(single, "validation", places)[1])
    random = catalog.find("random_class_imagenet_128").open("train", places).labels()
    assert len(set(random)) > 10 and random.max() < 1000
    np.testing.assert_array_equal(random, catalog.find("random_class_imagenet_128").open("train", places).labels())


def _file(places):
    return next(places.dataset_root.glob("imagenet2012/5.1.0/*train.tfrecord-00001*"))


def test_a_file_that_is_cut_off_is_named_with_the_record(photographs):
    places, _ = photographs
    file = _file(places)
    file.write_bytes(file.read_bytes()[:-1000])
    dataset = catalog.find("imagenet_64")
    line = r"tfrecord-00001-of-00003 is cut off or damaged: record 4, at byte \d+ of \d+, is not complete"
    with pytest.raises(UserError, match=line):
        pipeline.read(dataset, "train", places)
    images = dataset.open("train", places, training=True)
    with pytest.raises(UserError, match=line):
        images.fetch(np.array([0]))
    with pytest.raises(UserError, match=line):
        images.labels()


def test_a_flipped_bit_is_noticed_when_all_is_read(photographs):
    places, _ = photographs
    file = _file(places)
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(bytes(content))
    with pytest.raises(UserError, match=r"imagenet2012/5.1.0 cannot be read") as caught:
        pipeline.read(catalog.find("imagenet_64"), "train", places)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_gone_stops_a_running_training_with_one_line(photographs):
    places, _ = photographs
    dataset = catalog.find("imagenet_64")
    options = Options.from_dict({"dataset": "imagenet_64"})
    data = pipeline.training_data(dataset, options, places)
    _file(places).unlink()
    stream = pipeline.training_batches(data.images, data.labels, batch_size=5, batches_per_step=1, seed=0, first_step=0)
    with pytest.raises(UserError, match="cannot read .*tfrecord-00001-of-00003: No such file"):
        for _ in zip(range(9), pipeline.elements(stream, data.images), strict=False):
            pass


def test_an_unknown_split_and_another_format_are_refused(photographs):
    places, _ = photographs
    with pytest.raises(UserError, match="no split 'test'; its splits: train, validation"):
        catalog.find("imagenet_64").open("test", places)
    info = next(places.dataset_root.glob("imagenet2012/5.1.0/dataset_info.json"))
    info.write_text(info.read_text().replace('"tfrecord"', '"array_record"'))
    with pytest.raises(UserError, match="stored as array_record; only TFRecords"):
        catalog.find("imagenet_64").open("train", places)


def test_what_a_walk_found_is_kept_until_the_files_change(photographs, monkeypatch):
    places, _ = photographs
    dataset = catalog.find("imagenet_64")
    before = dataset.open("train", places).labels()
    monkeypatch.setattr(_records.Records, "_find_facts", None)
    np.testing.assert_array_equal(dataset.open("train", places).labels(), before)
    for path in (places.cache_dir / "records").iterdir():
        path.write_bytes(b"damaged")
    monkeypatch.undo()
    np.testing.assert_array_equal(dataset.open("train", places).labels(), before)


def test_labels_that_nobody_asks_for_are_not_looked_for(photographs, monkeypatch):
    places, _ = photographs
    monkeypatch.setattr(_records.Records, "_find_facts", lambda self: pytest.fail("all records were read"))
    options = Options.from_dict({"dataset": "imagenet_64"})
    assert set(pipeline.training_data(catalog.of(options), options, places).labels) == {-1}
    monkeypatch.undo()
    options = Options.from_dict({"dataset": "imagenet_64", "conditional": True, "architecture": "dcgan"})
    assert list(pipeline.training_data(catalog.of(options), options, places).labels) == list(range(0, 150, 10))
