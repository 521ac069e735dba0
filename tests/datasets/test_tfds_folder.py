"""Data sets that TFDS's own writers stored, by their place."""

import shutil

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_datasets as tfds

from compare_gan_tf2.datasets import catalog, image_files, pipeline
from compare_gan_tf2.datasets.places import Places
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.options import Options

IMAGES = np.random.default_rng(0).integers(0, 256, (12, 16, 16, 3), np.uint8)


def _store(root, splits, version="1.0.0", images=IMAGES, **more):
    """The folder of the version."""
    features = tfds.features.FeaturesDict(
        {"image": tfds.features.Image(shape=(None, None, 3), encoding_format="png"), **more}
    )

    def examples(numbers):
        filled = {"label": lambda i: i % 2, "boxes": lambda i: [float(i)] * 3}
        return ({"image": images[i], **{name: filled[name](i) for name in more}} for i in numbers)

    tfds.dataset_builders.store_as_tfds_dataset(
        name="own_faces", version=version, features=features, data_dir=str(root), disable_shuffling=True,
        split_datasets={
            split: tf.data.Dataset.from_generator(
                lambda numbers=numbers: examples(numbers), output_signature=features.get_tensor_spec()
            )
            for split, numbers in splits.items()
        },
    )  # fmt: skip
    return root / "own_faces" / version


def _places(tmp_path):
    return Places(tmp_path / "nowhere", tmp_path / "cache")


@pytest.mark.parametrize("folder", [pytest.param("data", marks=pytest.mark.slow), "data [v2]"])
def test_a_stored_set_is_found_by_its_folder_or_its_versions(folder, tmp_path):
    label = tfds.features.ClassLabel(names=["cat", "dog"])
    place = _store(tmp_path / folder, {"train": range(8), "validation": range(8, 12)}, label=label)
    for path in (place, place.parent):
        entry = catalog.find(str(path))
        assert (entry.train_split, entry.evaluation_split) == ("train", "validation")
        assert entry.class_names == ("cat", "dog") and entry.evaluation_images == entry.evaluation_samples == 4
        options = Options.from_dict({"dataset": str(path), "conditional": True, "image_size": 16, "metrics": "fid"})
        adapted = catalog.of(options)
        for split, numbers in (("train", range(8)), ("validation", range(8, 12))):
            images, labels = pipeline.read(adapted, split, _places(tmp_path))
            np.testing.assert_array_equal(images, IMAGES[numbers.start : numbers.stop])
            assert labels.tolist() == [i % 2 for i in numbers]
    assert image_files.open_images(place, _places(tmp_path)).evaluation_images == 4


def test_the_newest_version_is_taken_and_one_split_is_trained_on_and_compared_with(tmp_path):
    _store(tmp_path, {"train": range(3)}, "1.9.0")
    _store(tmp_path, {"train": range(5)}, "1.10.0", boxes=tfds.features.Tensor(shape=(3,), dtype=np.float32))
    entry = catalog.find(str(tmp_path / "own_faces"))
    assert entry.place.name == "1.10.0" and entry.train_split == entry.evaluation_split == "train"
    assert not entry.num_classes and entry.image_shape == (64, 64, 3)
    assert pipeline.read(entry, "train", _places(tmp_path))[0].shape == (5, 64, 64, 3)


def test_what_is_another_set_is_decided_by_its_records_alone(tmp_path):
    first = catalog.find(str(_store(tmp_path / "a", {"train": range(4)})))
    shutil.copytree(tmp_path / "a", tmp_path / "copy")
    other = IMAGES.copy()
    other[2] = other[2, ::-1]
    changed = catalog.find(str(_store(tmp_path / "b", {"train": range(4)}, images=other)))
    copy = catalog.find(str(tmp_path / "copy/own_faces"))
    identities = [entry.identity(_places(tmp_path)) for entry in (first, copy, changed)]
    assert identities[0] == identities[1] != identities[2]


class OwnBuilder(tfds.core.GeneratorBasedBuilder):
    """As TFDS's documents say to write one."""

    VERSION = tfds.core.Version("2.0.0")

    def _info(self):
        return tfds.core.DatasetInfo(
            builder=self,
            features=tfds.features.FeaturesDict(
                {"image": tfds.features.Image(shape=(16, 16, 3)), "label": tfds.features.ClassLabel(num_classes=3)}
            ),
        )

    def _split_generators(self, dl_manager):
        del dl_manager
        return {"train": self._generate_examples(range(9)), "test": self._generate_examples(range(9, 12))}

    def _generate_examples(self, numbers):
        for number in numbers:
            yield number, {"image": IMAGES[number], "label": number % 3}


def test_a_builder_of_the_users_own(tmp_path):
    builder = OwnBuilder(data_dir=str(tmp_path))
    builder.download_and_prepare()
    entry = catalog.find(str(tmp_path / "own_builder"))
    assert entry.image_shape == (16, 16, 3) and entry.class_names == ("0", "1", "2")
    images, labels = pipeline.read(entry, "train", _places(tmp_path))
    assert len(images) == 9 and sorted(labels) == [0, 0, 0, 1, 1, 1, 2, 2, 2]
    assert {image.tobytes() for image in images} == {image.tobytes() for image in IMAGES[:9]}


def test_what_cannot_be_read_is_one_line(tmp_path):
    place = _store(tmp_path / "a", {"test": range(4)})
    with pytest.raises(UserError, match="has no split train with images; its splits: test"):
        catalog.find(str(place))
    (place / "features.json").write_text("{")
    (place / "dataset_info.json").write_text('{"name": "own_faces"}')
    with pytest.raises(UserError, match="cannot be read as a data set of TFDS's"):
        catalog.find(str(place))
