"""Few labels, labels from files."""

import types

import numpy as np
import pytest
import tensorflow as tf

from compare_gan_tf2.datasets import _labels, catalog
from compare_gan_tf2.datasets.images import ArrayImages
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.options import Options

KEYS = np.array([f"n{i:03d}.JPEG" for i in range(60)])
OWN = (np.arange(60) % 3).astype(np.int32)


def _chosen(dataset="imagenet_64", labels=OWN, keys=KEYS, **options):
    images = ArrayImages(np.zeros((len(labels), 1, 1, 3), np.uint8), labels, lambda: keys)
    defaults = {"conditional": True, "label_file": "", "label_fraction": 1.0, "label_seed": 0, "labelled_only": False}
    return _labels.training_labels(images, catalog.find(dataset), types.SimpleNamespace(**{**defaults, **options}))


def test_a_fraction_is_of_every_class_and_grows():
    kept = {share: _labels.few(OWN, KEYS, share, 0) for share in (0.01, 0.1, 0.5, 1.0)}
    assert [np.sum(labels >= 0) for labels in kept.values()] == [3, 6, 30, 60]
    for labels in kept.values():
        assert set(np.bincount(labels[labels >= 0])) == {np.sum(labels >= 0) // 3}
        np.testing.assert_array_equal(labels[labels >= 0], OWN[labels >= 0])
    assert ((kept[0.1] >= 0) <= (kept[0.5] >= 0)).all()


def test_a_share_is_what_it_says():
    labels = np.zeros(1300, np.int32)
    keys = np.arange(1300).astype(str)
    for share, count in ((0.07, 91), (0.55, 715), (0.0001, 1), (1.0, 1300)):
        assert np.sum(_labels.few(labels, keys, share, 0) >= 0) == count


def test_who_keeps_a_label_depends_on_names_and_seed_alone():
    order = np.random.default_rng(0).permutation(60)
    labels = _labels.few(OWN, KEYS, 0.3, 0)
    np.testing.assert_array_equal(_labels.few(OWN[order], KEYS[order], 0.3, 0), labels[order])
    assert not np.array_equal(_labels.few(OWN, KEYS, 0.3, 1), labels)
    unlabeled = OWN.copy()
    unlabeled[:30] = -1
    assert np.sum(_labels.few(unlabeled, KEYS, 0.5, 0) >= 0) == 15


def test_a_fraction_of_soft_labels():
    soft = np.random.default_rng(0).dirichlet(np.ones(3), 60).astype(np.float32)
    few = _labels.few(soft, KEYS, 0.2, 0)
    kept = few.any(axis=1)
    assert np.array_equal(few[kept], soft[kept]) and 12 <= kept.sum() <= 15
    np.testing.assert_array_equal(_labels.is_labelled(few), kept)


def _records(path, entries):
    with tf.io.TFRecordWriter(str(path)) as writer:
        for name, label in entries:
            kind = {"float_list": tf.train.FloatList(value=label)} if isinstance(label, list) else {
                "int64_list": tf.train.Int64List(value=[label])
            }  # fmt: skip
            features = {
                "file_name": tf.train.Feature(bytes_list=tf.train.BytesList(value=[name.encode()])),
                "label": tf.train.Feature(**kind),
            }
            writer.write(tf.train.Example(features=tf.train.Features(feature=features)).SerializeToString())


def test_labels_are_joined_by_file_name_from_records_or_text(tmp_path):
    entries = [(KEYS[i], 7) for i in (50, 2, 9)] + [("unknown.JPEG", 1)]
    _records(tmp_path / "train-0.tfrecord", entries[:2])
    _records(tmp_path / "train-1.tfrecord", entries[2:])
    _records(tmp_path / "validation-0.tfrecord", [(KEYS[5], 1)])
    (tmp_path / "labels.csv").write_text("".join(f"{name},{label}\n" for name, label in entries) + f"{KEYS[3]},-1\n")
    for pattern in (tmp_path / "{split}-*.tfrecord", tmp_path / "labels.csv"):
        labels, selected = _chosen(label_file=str(pattern))
        assert list(np.flatnonzero(labels >= 0)) == [2, 9, 50] and labels[9] == 7 and selected is None
        labels, selected = _chosen("labeled_only_imagenet_128", label_file=str(pattern))
        assert list(selected) == [2, 9, 50]


def test_soft_labels_are_the_softmax_of_the_scores(tmp_path):
    scores = np.random.default_rng(0).normal(size=1000)
    _records(tmp_path / "train.tfrecord", [(KEYS[4], [float(score) for score in scores])])
    labels, _ = _chosen("soft_labeled_imagenet_128", label_file=str(tmp_path / "{split}.tfrecord"))
    expected = np.exp(scores) / np.exp(scores).sum()
    assert labels.shape == (60, 1000) and labels.dtype == np.float32
    np.testing.assert_allclose(labels[4], expected, rtol=1e-5)
    assert not np.delete(labels, 4, axis=0).any()


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ("other.JPEG,1\n", "none of the 1 names in .* is an image of 'imagenet_64'; its first image is 'n000.JPEG'"),
        ("n001.JPEG,1000\n", r"the label of n001.JPEG is \[1000.0\]; it is a whole number from 0 to 999, or -1"),
        ("n001.JPEG,1.5\n", "a whole number"),
        ("n001.JPEG,1,2\n", "a whole number"),
        ("\ufeffn001.JPEG,1000\n", "the label of n001.JPEG"),
        ("n001.JPEG,cat\n", "cannot be read as a label file .could not convert"),
    ],
)
def test_label_files_that_do_not_fit(content, line, tmp_path):
    path = tmp_path / "labels.csv"
    path.write_text(content)
    with pytest.raises(UserError, match=line):
        _chosen(label_file=str(path))


def test_files_that_are_missing_or_damaged_and_labels_that_are_not_there(tmp_path):
    with pytest.raises(UserError, match="there is no such file"):
        _chosen(label_file=str(tmp_path / "*.csv"))
    (tmp_path / "labels.tfrecord").write_bytes(b"no records, but a page of something else")
    with pytest.raises(UserError, match="cannot be read as a label file"):
        _chosen(label_file=str(tmp_path / "labels.tfrecord"))
    _records(tmp_path / "short.tfrecord", [(KEYS[4], [1.0, 2.0])])
    _records(tmp_path / "nan.tfrecord", [(KEYS[4], [float("nan")] * 1000)])
    with pytest.raises(UserError, match="the scores of n004.JPEG are not all finite"):
        _chosen("soft_labeled_imagenet_128", label_file=str(tmp_path / "nan.tfrecord"))
    with pytest.raises(UserError, match="n004.JPEG has 2 scores; there are 1000 classes"):
        _chosen("soft_labeled_imagenet_128", label_file=str(tmp_path / "short.tfrecord"))
    with pytest.raises(UserError, match="no image of split train is left"):
        _chosen(labels=np.full(60, -1, np.int32), labelled_only=True)
    with pytest.raises(UserError, match="takes its labels from a file: set label_file"):
        Options.from_dict({"dataset": "soft_labeled_imagenet_128"})
    Options.from_dict({"dataset": "labeled_only_imagenet_128", "label_fraction": 0.1})
    with pytest.raises(UserError, match="label_fraction.* data set 'celeb_a' has none"):
        Options.from_dict({"dataset": "celeb_a", "label_fraction": 0.1})
    with pytest.raises(UserError, match="have no effect"):
        Options.from_dict({"dataset": "mnist", "label_fraction": 0.1})
