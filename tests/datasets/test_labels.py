"""Few labels, labels from files."""

import types

import numpy as np
import pytest
import tensorflow as tf

from compare_gan_tf2.datasets import _labels, catalog, label_files
from compare_gan_tf2.datasets.images import ArrayImages
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.options import Options

KEYS = np.array([f"n{i:03d}.JPEG" for i in range(60)])
OWN = (np.arange(60) % 3).astype(np.int32)


def _chosen(dataset="imagenet_64", labels=OWN, keys=KEYS, **options):
    images = ArrayImages(np.zeros((len(labels), 1, 1, 3), np.uint8), labels, lambda: keys)
    defaults = {
        "conditional": True, "label_file": "", "label_fraction": 1.0, "label_seed": 0, "labelled_only": False,
        "labels_per_class": 0,
    }  # fmt: skip
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


def test_a_number_of_each_class_keeps_its_labels_and_grows():
    kept = {count: _labels.few(OWN, KEYS, 1.0, 0, count=count) for count in (2, 5, 30)}
    for count, labels in kept.items():
        # There are twenty of each class.
        assert set(np.bincount(labels[labels >= 0])) == {min(count, 20)}
    assert ((kept[2] >= 0) <= (kept[5] >= 0)).all()
    np.testing.assert_array_equal(kept[2], _labels.few(OWN, KEYS, 0.1, 0))


def test_labels_are_found_for_a_stream_of_them_and_few_of_them_by_number():
    images = ArrayImages(np.zeros((60, 1, 1, 3), np.uint8), OWN, lambda: KEYS)
    asked = Options.from_dict({"dataset": "mnist", "gan": "sgan"})
    unasked, found = (_labels.training_labels(images, catalog.find("mnist"), asked, wanted=w)[0] for w in (False, True))
    assert (unasked == -1).all()
    np.testing.assert_array_equal(found, OWN)
    few, _ = _labels.training_labels(images, catalog.find("mnist"), asked.replace(labels_per_class=3), wanted=True)
    assert np.sum(few >= 0) == 9


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
        ("n001.JPEG,1000\n", r"the label of n001.JPEG is \[1000.0\]; it is a whole number from 0 to 999, -1 for none"),
        ("n001.JPEG,1.5\n", "a whole number"),
        ("n001.JPEG,1,2\n", "a whole number"),
        ("\ufeffn001.JPEG,1000\n", "the label of n001.JPEG"),
        ("n001.JPEG,cat\n", "the label of n001.JPEG is cat; it is .* -1 for none, or the name of"),
        ("n001.JPEG,cat,dog\n", "cannot be read as a label file .could not convert"),
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


def _said(caplog):
    return " ".join(record.getMessage() for record in caplog.records)


def _written(folder, lines, name="labels.csv"):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text("".join(f"{line}\n" for line in lines))
    return str(folder / name)


@pytest.mark.parametrize("again", ["n001.JPEG,1", "./n001.JPEG,1"])
def test_two_labels_of_one_image_are_refused_and_the_same_label_twice_is_not(again, tmp_path):
    path = _written(tmp_path, ["n001.JPEG,2", again])
    with pytest.raises(UserError, match=r"labels.csv: .*n001.JPEG has two labels, 2 and 1; leave one of them"):
        _chosen(label_file=path)
    path = _written(tmp_path, ["n001.JPEG,1", again])
    assert _chosen(label_file=path)[0][1] == 1
    _written(tmp_path / "many", ["n001.JPEG,1"], "a.csv")
    _written(tmp_path / "many", ["n001.JPEG,-1"], "b.csv")
    with pytest.raises(UserError, match="b.csv: n001.JPEG has two labels"):
        _chosen(label_file=str(tmp_path / "many/*.csv"))


def test_a_file_that_fits_in_part_is_warned_of_with_names(tmp_path, caplog):
    _chosen(label_file=_written(tmp_path, [f"{key},{own}" for key, own in zip(KEYS, OWN, strict=True)]))
    assert "label_file" not in _said(caplog)
    _chosen(label_file=_written(tmp_path, [f"{key},0" for key in KEYS[::3]] + ["n001.jpg,1", "n002.jpg,2"]))
    assert "2 names are no images of imagenet_64 and are not used, 'n001.jpg' among them" in _said(caplog)
    assert "40 of 60 training images of imagenet_64 are not named there" in _said(caplog)
    assert "'n001.JPEG' among them" in _said(caplog)


def test_a_file_that_contradicts_the_folders_of_classes_is_warned_of(tmp_path, caplog):
    labels, _ = _chosen(label_file=_written(tmp_path, [f"{key},{5 if key == KEYS[4] else 0}" for key in KEYS[1:6]]))
    assert labels[4] == 5
    assert "4 of 60 training images of imagenet_64 get another class than the data set's own" in _said(caplog)
    assert "'n001.JPEG' is '0' there, and '1' in the data set" in _said(caplog)


def test_classes_without_a_training_image_are_named(caplog):
    _chosen("mnist", labels=(np.arange(60) % 10).astype(np.int32))
    assert not caplog.records
    _chosen("mnist", labels=(np.arange(60) % 9 + 1).astype(np.int32))
    assert "data set mnist: 1 of 10 classes have no training image" in _said(caplog)
    assert "nothing: 0; classes are numbered from 0" in _said(caplog)
    caplog.clear()
    _chosen("cifar10", labels=np.array([0, 1, 2, -1] * 15, np.int32), labelled_only=True)
    assert "7 of 10 classes have no training image" in _said(caplog) and "cat, deer" in _said(caplog)


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["file;class", "n001.JPEG;2"], 2),
        (["Filename\tlabel", "n001.JPEG\t4"], 4),
        (["image,label", "n001.JPEG, 3"], 3),
        ([r".\n001.JPEG,7"], 7),
    ],
)
def test_tables_as_spreadsheets_write_them(lines, expected, tmp_path):
    labels, _ = _chosen(label_file=_written(tmp_path, lines))
    assert labels[1] == expected and (np.delete(labels, 1) == -1).all()


def test_classes_by_their_names(tmp_path):
    labels, _ = _chosen("cifar10", label_file=_written(tmp_path, ["n001.JPEG,cat", "n002.JPEG,truck", "n003.JPEG,0"]))
    assert labels[1:4].tolist() == [3, 9, 0]
    with pytest.raises(UserError, match="label of n001.JPEG is lion; it is a whole number .* or the name of a class"):
        _chosen("cifar10", label_file=_written(tmp_path, ["n001.JPEG,lion"]))


@pytest.mark.parametrize("folder", ["labels [v2]", "run[1]", "what?", "[!a]x"])
def test_folders_of_label_files_may_have_any_letters(folder, tmp_path):
    _written(tmp_path / folder, ["n001.JPEG,1"], "train-1.csv")
    _written(tmp_path / folder, ["n002.JPEG,2"], "train-2.csv")
    # What a pattern would find instead.
    _written(tmp_path / "labels v", ["n001.JPEG,9"], "train-1.csv")
    for option, names in (("train-1.csv", ["train-1.csv"]), ("{split}-*.csv", ["train-1.csv", "train-2.csv"])):
        found = label_files.paths(str(tmp_path / folder / option), "train[:90%]")
        assert [path.name for path in found] == names and {path.parent.name for path in found} == {folder}


def test_patterns_of_letters_go_on_to_work(tmp_path):
    for number in range(3):
        _written(tmp_path, [f"n00{number}.JPEG,1"], f"part-{number}.csv")
    assert [path.name for path in label_files.paths(str(tmp_path / "part-[12].csv"), "train")] == [
        "part-1.csv", "part-2.csv",
    ]  # fmt: skip
