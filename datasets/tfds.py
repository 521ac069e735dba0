"""Any data set of TensorFlow Datasets that has a feature `image`: tfds:oxford_flowers102 and so on."""

from __future__ import annotations

import dataclasses
import functools
from typing import Any

from compare_gan_tf2.datasets._tfds import TfdsDataset, shape_and_classes
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.files import safe_name


@dataclasses.dataclass(frozen=True)
class _AnyTfds(TfdsDataset):
    """A set that the catalog does not know: the middle square of every image, smoothed to the size asked for."""

    def adapted(self, options: Any) -> TfdsDataset:
        given = {} if options.train_crop == "default" else {"train_crop": options.train_crop}
        if options.image_size:
            given["image_shape"] = (options.image_size, options.image_size, self.image_shape[2])
        return dataclasses.replace(self, **given)


def named(argument: str) -> TfdsDataset:
    """The entry of a builder: "name" or "name/config", then "@" and the split to compare with, if it is not test.

    What TFDS knows of it without its data decides: a fixed square size of up to 256 pixels is kept, else images are
    64x64 unless option image_size says more. Trained on `train`.

    Raises:
        UserError: if TFDS does not know it, or it has no images.
    """
    return _entry(*argument.partition("@")[::2])


@functools.cache
def _entry(argument: str, split: str) -> TfdsDataset:
    import tensorflow_datasets as tfds

    try:
        if ":" in argument:
            raise ValueError("versions are not chosen; the newest that is prepared is read")
        # A folder without data, for what is prepared somewhere must not decide what a name means.
        builder = tfds.builder(argument, data_dir="/nonexistent")
        features = builder.info.features
    except Exception as error:  # of many types, by what the name lacks
        lines = str(error).strip().splitlines()
        reason = lines[0] if lines else type(error).__name__
        raise UserError(f"TFDS has no data set {argument!r}: {reason}") from error
    image_shape, classes = shape_and_classes(features, f"TFDS's data set {argument!r}")
    builder_name = "/".join(filter(None, (builder.name, builder.builder_config and builder.builder_config.name)))
    return _AnyTfds(
        name=f"tfds:{argument}" + (f"@{split}" if split else ""),
        title=f"TFDS {argument}",
        image_shape=image_shape,
        class_names=classes,
        evaluation_samples=10000,
        # Not known before the data are there.
        evaluation_images=0,
        licence="see https://www.tensorflow.org/datasets/catalog/" + argument.partition("/")[0],
        classifier=safe_name(f"tfds_{argument}"),
        evaluation_split=split or "test",
        # With the configuration that TFDS takes where none is named: its folder is called after it.
        builder=builder_name,
        crop="middle",
        crops=True,
        resize="antialias",
        splits_hint=f"; name the one to compare with: tfds:{argument}@SPLIT",
        download_bytes=sum(int(info.size) for info in builder.url_infos.values()) if builder.url_infos else 0,
    )
