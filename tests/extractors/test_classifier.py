"""The default feature extractor: shipped files, the promise of `extract`, and the cache."""

import dataclasses
import functools
import hashlib
import json
import pathlib
import time

import numpy as np
import pytest
import tensorflow as tf

from compare_gan_tf2.commands import train_extractor
from compare_gan_tf2.datasets import catalog, pipeline, polygon_geometry
from compare_gan_tf2.datasets._arrays import ArrayDataset
from compare_gan_tf2.datasets.places import places
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.extractors import (
    BATCH_SIZE,
    Request,
    _network,
    _rotation,
    _weights,
    classifier,
    classifier_training,
    in_batches,
)

SHIPPED = ("cifar10", "mnist", "polygons")
PLACES = places("nowhere")
REAL_DATA = pathlib.Path(__file__).parents[2].parent / "shared" / "data" / "tfds"


@dataclasses.dataclass(frozen=True)
class InMemory(ArrayDataset):
    """Noise, darker for the first class; prepared unless told otherwise."""

    prepared: bool = True

    @classmethod
    def of(cls, **changes) -> "InMemory":
        fields = {
            "name": "in_memory",
            "title": "Noise",
            "image_shape": (8, 8, 1),
            "class_names": ("dark", "bright"),
            "evaluation_samples": 10,
            "evaluation_images": 10,
            "licence": "generated",
            "classifier": "in_memory",
        }
        return cls(**{**fields, **changes})

    def is_prepared(self, root):
        return self.prepared

    def arrays(self, split, root):
        draws = np.random.default_rng(len(split))
        labels = np.arange(200, dtype=np.int32) % 2
        images = draws.integers(0, 128, (200, *self.image_shape)) + 127 * labels[:, None, None, None]
        return images.astype(np.uint8), labels

    def fingerprint(self, root):
        return "in memory"

    def prepare(self, root, **how):
        raise AssertionError("nobody asked for it")


@functools.cache
def shipped(name):
    return classifier.load(Request(catalog.find(name), pathlib.Path("nowhere"), pathlib.Path("nowhere")))


@pytest.fixture(scope="module")
def polygon_extractor(cheap_scores):
    return classifier.load(Request(catalog.find("triangles"), pathlib.Path("nowhere"), pathlib.Path("nowhere")))


@pytest.fixture(scope="module")
def polygon_images():
    images = np.concatenate([polygon_geometry.generate(corners, 40, seed=20_000 + corners) for corners in (3, 4, 5, 6)])
    return images[..., None].astype(np.float32) / 64


@pytest.fixture
def without_shipped(monkeypatch, tmp_path):
    """The folder of shipped weights is empty, and a recipe takes two epochs; returns the seeds trained with so far."""
    monkeypatch.setattr(classifier, "SHIPPED", tmp_path / "empty")
    monkeypatch.setattr(classifier_training, "_GREY", dataclasses.replace(classifier_training._GREY, epochs=2))
    train, seeds = classifier_training.train, []

    def counted(dataset, where, seed, *args, **kwargs):
        seeds.append(seed)
        return train(dataset, where, seed, *args, **kwargs)

    monkeypatch.setattr(classifier_training, "train", counted)
    return seeds


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_file_is_small_and_is_what_its_readme_says(name):
    extractor = shipped(name)
    file = classifier.SHIPPED / f"{name}.npz"
    with np.load(file) as arrays:
        assert {arrays[key].dtype for key in arrays.files if key != "metadata"} == {np.dtype(np.float16)}
    assert file.stat().st_size < 1_000_000
    line = next(
        line for line in (classifier.SHIPPED / "README.md").read_text().splitlines() if line.startswith(f"| {name} ")
    )
    assert f"| {extractor.accuracy:.4f} |" in line
    assert f"| `{extractor.id.rpartition('_')[2]}` |" in line
    assert f"| {file.stat().st_size:,} |" in line
    assert extractor.id.startswith(f"classifier_{name}_")
    assert f"{extractor.accuracy:.4f}" in extractor.description
    assert extractor.num_logits == catalog.find(name).num_classes


@pytest.mark.parametrize("name", ["triangles", "squares"])
def test_polygons_of_one_kind_are_judged_by_the_classifier_of_all(name, polygon_extractor):
    assert shipped(name).id == polygon_extractor.id == shipped("polygons").id


def test_the_polygon_classifier_counts_corners(polygon_extractor, polygon_images):
    features, logits = polygon_extractor.extract(polygon_images)
    assert features.shape == (160, 128) and features.dtype == np.float32
    assert logits.shape == (160, 4) and logits.dtype == np.float32
    assert (logits.argmax(axis=1) == np.repeat(np.arange(4), 40)).mean() > 0.95


def test_an_images_features_owe_nothing_to_its_company(polygon_extractor, polygon_images):
    assert len(polygon_images) > polygon_extractor.batch_size
    whole = polygon_extractor.extract(polygon_images)
    order = np.random.default_rng(0).permutation(len(polygon_images))
    split = [polygon_extractor.extract(polygon_images[part]) for part in (order[:7], order[7:])]
    # Bit-equal on most processors; a kernel may sum an image at the batch's edge in another order.
    for output in (0, 1):
        joined = np.concatenate([part[output] for part in split])
        np.testing.assert_allclose(joined, whole[output][order], rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("pixel", [-1e-3, 1.001, 255.0, np.nan, np.inf])
def test_pixels_outside_the_range_are_refused(polygon_extractor, polygon_images, pixel):
    images = polygon_images[:2].copy()
    images[1, 3, 4, 0] = pixel
    with pytest.raises(ValueError, match=r"\[0, 1\]"):
        polygon_extractor.extract(images)


@pytest.mark.parametrize(
    "images",
    [np.zeros((2, 32, 32, 3), np.float32), np.zeros((0, 28, 28, 1), np.float32), np.zeros((2, 28, 28, 1), int)],
)
def test_images_of_another_shape_or_type_are_refused(polygon_extractor, images):
    with pytest.raises(ValueError, match="takes"):
        polygon_extractor.extract(images)


@pytest.mark.parametrize("shape", [(5, 7, 1), (128, 128, 3)])
def test_the_network_takes_any_shape(shape):
    model = _network.network(shape, 3)
    features, logits = model(np.zeros((2, *shape), np.float32))
    assert (features.shape, logits.shape) == ((2, 128), (2, 3))
    assert 2 * model.count_params() < 900_000


def test_weights_are_trained_once_and_then_read(without_shipped, tmp_path, capsys):
    dataset = InMemory.of()
    request = Request(dataset, tmp_path / "data", tmp_path / "cache")
    first = classifier.load(request)
    [file] = (tmp_path / "cache" / "classifiers").iterdir()
    [line] = capsys.readouterr().err.strip().splitlines()
    assert "in_memory" in line and str(file) in line
    assert first.accuracy > 0.9

    second = classifier.load(request)
    assert without_shipped == [0]
    assert capsys.readouterr().err == ""
    assert second.id == first.id  # which has the weights' digits
    assert not (tmp_path / "data").exists()


def test_another_recipe_has_another_file(monkeypatch):
    before = classifier._version(InMemory.of(), PLACES)
    assert classifier._version(InMemory.of(), PLACES) == before
    assert classifier._version(InMemory.of(largest_value=64), PLACES) != before
    monkeypatch.setattr(classifier_training, "VERSION", classifier_training.VERSION + 1)
    assert classifier._version(InMemory.of(), PLACES) != before


@pytest.mark.slow
def test_the_weights_are_a_function_of_the_seed(tmp_path):
    # Color, so that flips and shifts are part of it.
    dataset = InMemory.of(image_shape=(16, 16, 3))
    first, again = (classifier_training.train(dataset, places(tmp_path), 5, epochs=1) for _ in range(2))
    assert first.sha256 == again.sha256
    first.write(tmp_path / "first.npz")
    again.write(tmp_path / "again.npz")
    assert (tmp_path / "first.npz").read_bytes() == (tmp_path / "again.npz").read_bytes()
    starts = [_weights.Weights(_weights.rounded(_network.network((16, 16, 3), 2, seed=seed)), {}) for seed in (5, 5, 6)]
    assert starts[0].sha256 == starts[1].sha256 != starts[2].sha256


@dataclasses.dataclass(frozen=True)
class OneBatch(InMemory):
    """Fewer images than a batch has."""

    def arrays(self, split, root):
        images, labels = super().arrays(split, root)
        return images[:100], labels[:100]


def test_passes_of_one_batch_are_timed_without_the_one_that_compiled(tmp_path, monkeypatch):
    said = []
    monkeypatch.setattr(classifier_training, "announce", lambda what, seconds: said.append((what, seconds)))
    start = time.monotonic()
    classifier_training.train(OneBatch.of(), places(tmp_path), 0, epochs=20)
    took = time.monotonic() - start
    ((what, seconds),) = said
    assert what == "training the classifier of in_memory" and 0.0 < seconds < took


def test_augmentation_moves_whole_images_and_invents_no_pixels():
    image = np.random.default_rng(0).integers(0, 256, (16, 16, 3), np.uint8)
    images = np.repeat(image[None], 50, axis=0)
    moved = classifier_training._augmented(tf.constant(images), tf.constant([0, 7], tf.int64)).numpy()
    # Side 16: shifts of -1, 0 or 1 both ways, mirrored or not.
    possible = set()
    for each in (image, image[:, ::-1]):
        padded = np.pad(each, ((1, 1), (1, 1), (0, 0)), mode="reflect")
        possible |= {padded[row : row + 16, column : column + 16].tobytes() for row in range(3) for column in range(3)}
    found = {each.tobytes() for each in moved}
    assert found <= possible and len(found) > 9


def test_unprepared_data_is_answered_with_the_command(without_shipped, tmp_path):
    with pytest.raises(UserError, match="prepare_datasets.sh in_memory"):
        classifier.load(Request(InMemory.of(prepared=False), tmp_path, tmp_path))


@dataclasses.dataclass(frozen=True)
class Upright(InMemory):
    """Without classes: noise that grows brighter from top to bottom, wider than high."""

    @classmethod
    def of(cls, **changes):
        return super().of(**{"class_names": (), "image_shape": (8, 12, 1), **changes})

    def arrays(self, split, root):
        noise = np.random.default_rng(len(split)).integers(0, 100, (400, *self.image_shape))
        brighter = np.linspace(0, 155, self.image_shape[0]).astype(int)
        return (noise + brighter[:, None, None]).astype(np.uint8), np.full(400, -1, np.int32)


@pytest.mark.slow
def test_data_without_classes_teach_rotations(without_shipped, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(classifier_training, "_GREY", dataclasses.replace(classifier_training._GREY, epochs=20))
    request = Request(Upright.of(), tmp_path / "data", tmp_path / "cache")
    classifier.check(request)
    assert not (tmp_path / "cache").exists()
    first = classifier.load(request)
    [file] = (tmp_path / "cache" / "classifiers").iterdir()
    [line] = capsys.readouterr().err.strip().splitlines()
    assert "rotation" in line and str(file) in line
    weights = _weights.read(file, _network.network((8, 8, 1), 4), "")
    assert weights.metadata["test_accuracy"] > 0.9
    assert first.id == f"classifier_in_memory_rotation_{weights.short_hash}"
    assert f"test rotation accuracy {weights.metadata['test_accuracy']:.4f}" in first.description
    assert (first.num_logits, first.accuracy) == (0, None)
    # Whole images, of which only the middle was learnt from.
    features, logits = first.extract(np.random.default_rng(0).random((3, 8, 12, 1), np.float32))
    assert features.shape == (3, 128) and logits.shape == (3, 0)
    assert np.isfinite(features).all() and features.std() > 0
    assert classifier.load(request).id == first.id
    assert without_shipped == [0]


@pytest.mark.parametrize(("accuracy", "warns"), [(0.26, True), (0.31, False)])
def test_features_of_a_network_that_guesses_rotations_are_warned_of(accuracy, warns, monkeypatch, tmp_path, caplog):
    network = _network.network((8, 8, 1), 4)
    weights = _weights.Weights(_weights.rounded(network), {"test_accuracy": accuracy})
    monkeypatch.setattr(classifier, "trained", lambda request: (network, weights))
    classifier.load(Request(Upright.of(), tmp_path, tmp_path))
    said = [record.getMessage() for record in caplog.records]
    assert bool(said) is warns
    assert not warns or "recognizes 26 % of the quarter turns; guessing recognizes 25 %" in said[0]


def test_images_are_turned_by_their_labels():
    images = np.random.default_rng(0).integers(0, 256, (60, 6, 6, 3), np.uint8)
    turned, labels = _rotation.turned(tf.constant(images), tf.constant([-1, 5], tf.int64))
    assert set(labels.numpy()) == {0, 1, 2, 3}
    for before, after, label in zip(images, turned.numpy(), labels.numpy(), strict=True):
        np.testing.assert_array_equal(after, np.rot90(before, label))


def test_the_central_square_is_in_the_middle():
    images = np.arange(2 * 4 * 9).reshape(2, 4, 9, 1)
    np.testing.assert_array_equal(_rotation.central_square(images), images[:, :, 2:6])
    np.testing.assert_array_equal(_rotation.central_square(images.swapaxes(1, 2)), images.swapaxes(1, 2)[:, 2:6])


def test_rotations_are_learnt_from_a_part_of_millions_of_images(monkeypatch, tmp_path):
    steps = []
    monkeypatch.setattr(tf.keras.Model, "fit", lambda *args, steps_per_epoch, **kwargs: steps.append(steps_per_epoch))
    monkeypatch.setattr(classifier_training, "_ROTATION_BATCHES", 3)
    for dataset in (Upright.of(), InMemory.of()):
        classifier_training.train(dataset, places(tmp_path), 0)
    # 200 images with labels are two batches of 128, the last filled from the next pass.
    assert steps == [3, 2]


def test_labels_keep_the_recipe_of_the_shipped_weights():
    recipe = (2, 3, 0, [8, 8, 1], ["dark", "bright"], 255, "train", "test", "in memory")
    assert classifier._version(InMemory.of(), PLACES) == hashlib.sha256(json.dumps(recipe).encode()).hexdigest()[:8]
    assert classifier._version(InMemory.of(class_names=()), PLACES) != classifier._version(InMemory.of(), PLACES)


def test_weights_that_the_user_names_are_used(without_shipped, tmp_path):
    file = tmp_path / "mine.npz"
    request = Request(InMemory.of(), tmp_path, tmp_path, weights=str(file))
    with pytest.raises(UserError, match=f"no classifier weights {file}"):
        classifier.check(request)
    arrays = _weights.rounded(_network.network((8, 8, 1), 2, seed=7))
    _weights.Weights(arrays, {"test_accuracy": 0.5, "dataset": "another"}).write(file)
    with pytest.raises(UserError, match="'another'"):
        classifier.load(request)
    mine = _weights.Weights(arrays, {"test_accuracy": 0.5, "dataset": "in_memory"})
    mine.write(file)
    assert classifier.load(request).id == f"classifier_in_memory_{mine.short_hash}"
    assert without_shipped == []


def _truncated(file):
    file.write_bytes(file.read_bytes()[:1000])


def _one_bit_wrong(file):
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


def _empty(file):
    file.write_bytes(b"")


def _no_archive(file):
    np.save(file.open("wb"), np.zeros(3))


def _no_metadata(file):
    np.savez(file, **{"features/kernel": np.zeros(3, np.float16)})


def _of_another_network(file):
    _weights.Weights(_weights.rounded(_network.network((8, 8, 1), 5)), {"test_accuracy": 1.0}).write(file)


@pytest.fixture(scope="module")
def fresh_arrays():
    return _weights.rounded(_network.network((8, 8, 1), 2))


@pytest.mark.parametrize("damage", [_truncated, _one_bit_wrong, _empty, _no_archive, _no_metadata, _of_another_network])
def test_a_damaged_file_is_named_with_a_remedy(without_shipped, fresh_arrays, tmp_path, damage):
    path = tmp_path / "classifiers" / f"in_memory-{classifier._version(InMemory.of(), PLACES)}.npz"
    good = _weights.Weights(fresh_arrays, {"test_accuracy": 1.0})
    good.write(path)
    request = Request(InMemory.of(), tmp_path, tmp_path)
    if damage is _truncated:  # all begin as a file that is read
        classifier.load(request)
    damage(path)
    with pytest.raises(UserError, match="delete the file") as error:
        classifier.load(request)
    assert str(path) in str(error.value)
    assert without_shipped == []


def test_weights_that_half_precision_cannot_hold_are_refused():
    model = _network.network((8, 8, 1), 2)
    model.get_layer("logits").bias.assign([1e6, 0.0])
    with pytest.raises(FloatingPointError, match="logits/bias"):
        _weights.rounded(model)


@pytest.mark.slow
def test_the_command_prints_what_it_wrote(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(catalog, "find", lambda name: InMemory.of())
    # Once on, it stays on for the whole process.
    monkeypatch.setattr(tf.config.experimental, "enable_op_determinism", lambda: None)
    file = tmp_path / "made" / "weights.npz"
    assert train_extractor.main(["command", "--dataset=in_memory", f"--output={file}", "--seed=3", "--epochs=1"]) == 0
    weights = _weights.read(file, _network.network((8, 8, 1), 2), "")
    assert (weights.metadata["seed"], weights.metadata["epochs"]) == (3, 1)
    output = capsys.readouterr().out
    for fact in (weights.short_hash, f"{weights.metadata['test_accuracy']:.4f}", str(file.stat().st_size), str(file)):
        assert fact in output


def test_the_command_says_that_it_trained_on_rotations(monkeypatch, tmp_path, capsys):
    made = _weights.Weights(
        _weights.rounded(_network.network((8, 8, 1), 4)), {"test_accuracy": 0.75, "test_images": 400}
    )
    monkeypatch.setattr(catalog, "find", lambda name: Upright.of())
    monkeypatch.setattr(tf.config.experimental, "enable_op_determinism", lambda: None)
    monkeypatch.setattr(classifier_training, "train", lambda *args, **kwargs: made)
    assert train_extractor.main(["command", "--dataset=in_memory", f"--output={tmp_path / 'weights.npz'}"]) == 0
    assert "rotation accuracy: 0.7500 on 400 test images" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "answer"),
    [
        (["--output=w.npz"], "--dataset is missing"),
        (["--dataset=polygons"], "--output"),
        (["--dataset=polygons", "--output=w.txt"], ".npz"),
        (["--dataset=triangles", "--output=w.npz"], "polygons"),
        (["--dataset=polygons", "--output=w.npz", "--dataset_root=nowhere"], "prepare_datasets.sh polygons"),
        (["--dataset=polygons", "--output=w.npz", "--seed=-1"], "seed"),
        (["polygons"], "unexpected argument"),
    ],
)
def test_mistakes_on_the_command_line_are_one_line(arguments, answer, capsys):
    train_extractor.FLAGS.unparse_flags()
    for name in ("dataset", "output", "dataset_root", "seed", "epochs"):
        train_extractor.FLAGS[name].unparse()
    assert train_extractor.main(["command", *arguments]) == 2
    error = capsys.readouterr().err
    assert answer in error and error.count("\n") == 1


@pytest.mark.skipif(not (REAL_DATA / "mnist").is_dir(), reason="needs the prepared MNIST")
def test_the_shipped_mnist_classifier_reads_digits():
    dataset = catalog.find("mnist")
    images, labels = pipeline.read(dataset, dataset.evaluation_split, places(REAL_DATA), BATCH_SIZE)
    _, logits = shipped("mnist").extract(pipeline.to_float(images, dataset))
    assert (logits.argmax(axis=1) == labels).mean() > 0.97


def test_a_batch_is_filled_up_not_cut():
    seen = []

    def forward(batch):
        seen.append(batch.shape)
        return batch.mean(axis=(1, 2)), batch.max(axis=(1, 2))

    images = np.random.default_rng(0).random((BATCH_SIZE + 1, 2, 2, 1), np.float32)
    means, _ = in_batches(forward, images)
    np.testing.assert_array_equal(means, images.mean(axis=(1, 2)))
    assert seen == [(BATCH_SIZE, 2, 2, 1)] * 2


def test_features_have_gradients_and_are_those_that_scores_take(tmp_path):
    extractor = classifier.load(Request(catalog.find("mnist"), tmp_path, tmp_path))
    images = np.random.default_rng(0).random((2, 28, 28, 1)).astype(np.float32)
    given = tf.constant(images)
    with tf.GradientTape() as tape:
        tape.watch(given)
        features = extractor.differentiable(given)
    np.testing.assert_allclose(features, extractor.extract(images)[0], rtol=1e-4, atol=1e-5)
    assert np.abs(tape.gradient(features, given)).max() > 1e-3


def test_weights_that_would_have_to_be_trained_are_not_at_hand(tmp_path):
    assert classifier.is_at_hand(Request(catalog.find("mnist"), tmp_path, tmp_path))
    request = Request(InMemory.of(), tmp_path, tmp_path)
    assert not classifier.is_at_hand(request)
    path = classifier._kept(request, request.dataset)
    path.parent.mkdir()
    path.write_bytes(b"")
    assert classifier.is_at_hand(request) and classifier.is_at_hand(dataclasses.replace(request, weights="mine.npz"))
