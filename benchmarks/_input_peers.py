"""What the input pipeline is measured on, and against: sets made in TFDS's format, and the ordinary recipe."""

from __future__ import annotations

import pathlib
from collections.abc import Callable

import numpy as np
import tensorflow as tf
import tensorflow_datasets as tfds

from compare_gan_tf2.datasets.catalog import Dataset

BATCH, SHUFFLE = 64, 10_000


def make_set(
    root: pathlib.Path, builder: str, count: int, sides: tuple[int, int], encode: Callable[[tf.Tensor], tf.Tensor]
) -> float:
    """Writes a split "train" of made photographs as TFDS would store them; gives the mean bytes of an image.

    Args:
        root: the folder of data sets.
        builder: TFDS's name.
        count: how many images.
        sides: height and width of all.
        encode: uint8 [H, W, 3] -> text.
    """
    known = tfds.builder(builder, data_dir=str(root))
    folder = pathlib.Path(known.data_dir)
    folder.mkdir(parents=True)
    template = tfds.core.ShardedFileTemplate(
        data_dir=folder, dataset_name=known.name, split="train", filetype_suffix="tfrecord"
    )
    source, size, done = np.random.default_rng(0), 0, 0
    with tf.io.TFRecordWriter(str(template.sharded_filepath(shard_index=0, num_shards=1))) as writer:
        while done < count:
            some = photographs(source, min(count - done, 2**22 // (sides[0] * sides[1])), *sides)
            for encoded in tf.data.Dataset.from_tensor_slices(some).map(encode, tf.data.AUTOTUNE).as_numpy_iterator():
                texts = {name: f"{done}" for name in ("id", "file_name", "image/filename")}
                example = {"image": encoded, "label": 0} | texts
                writer.write(
                    known.info.features.serialize_example({name: example[name] for name in known.info.features})
                )
                size += len(encoded)
                done += 1
    split = tfds.core.SplitInfo(name="train", shard_lengths=[count], num_bytes=size, filename_template=template)
    known.info.set_splits(tfds.core.splits.SplitDict([split]))
    known.info.write_to_directory(str(folder))
    return size / count


def photographs(source: np.random.Generator, count: int, height: int, width: int) -> np.ndarray:
    """uint8 [count, H, W, 3]: noise with a photograph's spectrum, colors that go together."""
    frequency = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width))
    frequency[0, 0] = np.inf
    waves = source.standard_normal((count, 3, height, width // 2 + 1, 2), np.float32) @ np.array([1, 1j], np.complex64)
    pixels = np.fft.irfft2((waves[:, :1] + 0.3 * waves) * frequency**-1.2, (height, width))
    pixels *= 55.0 / pixels.std(axis=(1, 2, 3), keepdims=True)
    return np.clip(128.0 + pixels, 0.0, 255.0).astype(np.uint8).transpose(0, 2, 3, 1)


def plain(dataset: Dataset, root: pathlib.Path) -> tf.data.Dataset:
    """The ordinary recipe, with everything in the map; what is shuffled is not decoded yet."""
    stored = _load(dataset, root, decoders={"image": tfds.decode.SkipDecoding()}, cached=False)

    def prepared(features: dict[str, tf.Tensor]) -> tf.Tensor:
        image = tf.io.decode_image(features["image"], channels=3, expand_animations=False)
        return tf.ensure_shape(_framed(image, dataset), dataset.image_shape)

    return _batches(stored.repeat().shuffle(SHUFFLE).map(prepared, tf.data.AUTOTUNE))


def plain_cached(dataset: Dataset, root: pathlib.Path) -> tf.data.Dataset:
    """tfds.load as it is called most: decoded before the shuffle, and kept in memory by TFDS where the set is small."""
    stored = _load(dataset, root, decoders=None, cached=True)
    return _batches(stored.repeat().shuffle(SHUFFLE).map(lambda each: _floats(each["image"]), tf.data.AUTOTUNE))


def shuffled_floats(dataset: Dataset, root: pathlib.Path) -> tf.data.Dataset:
    """As compare_gan v3 did: the shuffle's buffer holds decoded float32 images."""
    stored = _load(dataset, root, decoders=None, cached=False)
    return _batches(stored.map(lambda each: _floats(each["image"]), tf.data.AUTOTUNE).repeat().shuffle(SHUFFLE))


def _load(dataset: Dataset, root: pathlib.Path, decoders: dict | None, cached: bool) -> tf.data.Dataset:
    return tfds.load(
        dataset.builder,
        split=dataset.train_split,
        data_dir=str(root),
        download=False,
        decoders=decoders,
        read_config=tfds.ReadConfig(try_autocache=cached),
    )


def _floats(image: tf.Tensor) -> tf.Tensor:
    return tf.cast(image, tf.float32) / 255.0


def _framed(image: tf.Tensor, dataset: Dataset) -> tf.Tensor:
    height, width = dataset.image_shape[:2]
    crop = dataset.crop if dataset.train_crop == "as crop" else dataset.train_crop
    if crop == "distorted":
        begin, size, _ = tf.image.sample_distorted_bounding_box(
            tf.shape(image),
            tf.zeros([1, 0, 4]),
            aspect_ratio_range=(1.0, 1.0),
            area_range=(0.5, 1.0),
            min_object_covered=0.1,
            use_image_if_no_bounding_boxes=True,
        )
        return tf.image.resize(tf.slice(image, begin, size), (height, width)) / 255.0
    if crop != "none":
        image = tf.image.resize_with_crop_or_pad(image, height, width)
    return _floats(image)


def _batches(images: tf.data.Dataset) -> tf.data.Dataset:
    return images.batch(BATCH, drop_remainder=True).prefetch(tf.data.AUTOTUNE)
