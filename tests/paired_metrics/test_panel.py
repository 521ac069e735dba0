"""What holds for every paired metric: facts, refusals by name, batches, order, columns, and what a batch has to be."""

import re

import numpy as np
import pytest

from compare_gan_tf2 import components
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.evaluation.ability_rows import Scored
from compare_gan_tf2.extractors import Extractor
from compare_gan_tf2.paired_metrics import NEEDS, RULES, Batch, Setup, panel
from compare_gan_tf2.paired_metrics.panel import Panel
from compare_gan_tf2.task_folder import column_names
from compare_gan_tf2.task_folder.protocol import Protocol

_NAMES = components.names("paired_metrics")
# LPIPS has its weights in test_lpips.py.
_FACTS = {name: components.facts("paired_metrics", name) for name in _NAMES}
# Those that judge by rule are in test_rules.py, those of attributes and captions in tests/evaluation.
_ELSEWHERE = {*RULES, "attributes", "captions"}
_WITHOUT_FILES = [
    name for name in _NAMES if not _FACTS[name]["READS_FILE"] and not {*_FACTS[name]["NEEDS"]} & _ELSEWHERE
]
_SHAPE = (20, 23, 3)


def _forward(images):
    """Features and logits that are exact whatever the batch: sums of whole numbers."""
    pixels = np.rint(images * 255).astype(np.int64)
    features = np.stack([pixels[:, ::2].sum((1, 2, 3)), pixels[:, 1::2].sum((1, 2, 3))], 1).astype(np.float32)
    return features, np.stack([features[:, 0], features[:, 1], np.zeros(len(images), np.float32)], 1)


_EXTRACTOR = Extractor("sums_1234", "sums of pixels", 3, None, _forward, batch_size=4)
_SETUP = Setup(_SHAPE, truths=True, input_shape=_SHAPE, labels=True, draws=3, extractor=_EXTRACTOR)


def _everything(number, seed=0):
    source = np.random.default_rng(seed)

    def images(*shape):
        return source.integers(0, 256, shape, np.uint8)

    truths = images(number, *_SHAPE)
    outputs = np.where(source.random(truths.shape) < 0.8, truths, images(number, *_SHAPE)).astype(np.uint8)
    labels = source.integers(0, 3, number)
    return Batch(outputs, truths, images(number, *_SHAPE), labels, images(number, 3, *_SHAPE))


def _rows(batch, rows):
    return Batch(*(getattr(batch, name)[rows] for name in ("outputs", "truths", "inputs", "labels", "draws")))


def _scored(names, batches, setup=_SETUP):
    found = Panel(names, setup)
    for batch in batches:
        found.update(batch)
    return found


@pytest.mark.parametrize("name", _NAMES)
def test_a_metric_says_what_it_is(name):
    facts, module = components.facts("paired_metrics", name), components.load("paired_metrics", name)
    assert facts["NEEDS"] and set(facts["NEEDS"]) <= set(NEEDS)
    assert not set(module.PROTOCOL) & set(";()\n")
    assert name not in ("psnr", "ssim", "ms_ssim", "lpips")
    assert name not in (*components.names("metrics"), *components.names("model_metrics"))


def test_results_are_equal_to_the_bit_whatever_the_batches_and_the_order():
    batch = _everything(13)
    whole = _scored(_WITHOUT_FILES, [batch])
    assert len(whole.result()) == len(_WITHOUT_FILES) + 1  # of both colors
    assert whole.images == 13 and set(whole.counts().values()) == {13}
    order = np.random.default_rng(1).permutation(13)
    for rows in ([[i] for i in range(13)], [order[:5], order[5:5], order[5:12], order[12:]], [order[::-1]]):
        parts = _scored(_WITHOUT_FILES, [_rows(batch, np.asarray(part, int)) for part in rows])
        assert parts.result() == whole.result() and parts.images == 13


def test_a_mean_is_exact():
    source = np.random.default_rng(3)
    values = np.concatenate([source.normal(size=999), 1e16 * source.normal(size=999)])
    values = np.concatenate([values, -values, [3.0]])
    mean = panel._Mean()
    for part in np.array_split(source.permutation(values), 7):
        mean.add(part)
    assert mean.value == 3.0 / len(values) and mean.count == len(values)
    with pytest.raises(ValueError, match="finite"):
        mean.add(np.array([1.0, np.nan]))


@pytest.mark.parametrize("name", _WITHOUT_FILES)
def test_the_column_of_a_score_tells_its_direction(name):
    scored = _scored([name], [_everything(4)])
    said = components.facts("paired_metrics", name)["LOWER_IS_BETTER"]
    said = said if isinstance(said, dict) else {name: said}
    columns = scored.columns()
    assert {column_names.score_of(column) for column in columns} == set(said)
    by_extractor = {"features", "logits"} & set(components.facts("paired_metrics", name)["NEEDS"])
    for column, value in columns.items():
        assert re.fullmatch("[a-z0-9_]+", column) and isinstance(value, float) and np.isfinite(value)
        assert column.endswith("_sums_1234") == bool(by_extractor)
        direction = said[column_names.score_of(column)]
        if direction is None:
            with pytest.raises(UserError, match="cannot decide which checkpoint"):
                column_names.lower_is_better(column)
        else:
            assert column_names.lower_is_better(column) is direction
        assert column_names.score_of(column_names.deviation_column(column, "sums_1234")) is None


@pytest.mark.parametrize("name", _WITHOUT_FILES)
def test_equal_images_have_the_best_score(name):
    images = _everything(3).truths
    labels = _forward(images / np.float32(255))[1].argmax(1)
    batch = Batch(images, images, images, labels, np.repeat(images[:, None], 3, axis=1))
    best = 100.0 if "psnr" in name else 0.0 if name.startswith(("l1", "diversity")) else 1.0
    assert set(_scored([name], [batch]).result().values()) == {best}


def test_the_protocol_is_one_that_rows_can_hold():
    said = _scored(_WITHOUT_FILES, []).protocol()
    assert [line.partition(" ")[0] for line in said] == _WITHOUT_FILES
    assert "label_accuracy (sums of pixels)" in said
    protocol = Protocol.of(said, data="pairs")
    assert Protocol.parse(str(protocol)) == protocol and protocol.metrics == tuple(said)


def test_what_is_asked_for():
    assert panel.chosen("") == panel.chosen(" ") == ()
    assert panel.chosen("psnr_rgb, l1,l1") == ("l1", "psnr_rgb")
    with pytest.raises(UserError, match="unknown paired metric 'psnr', did you mean 'psnr_rgb'. known: attribute_ac"):
        panel.chosen("l1,psnr")
    with pytest.raises(UserError, match="unknown paired metric ''; known"):
        panel.chosen("l1,")


def test_what_can_be_had_without_files():
    assert panel.possible((), _SHAPE) == ()
    assert panel.possible({"truths"}, (8, 8, 3)) == ("iou", "l1", "psnr_rgb")
    assert panel.possible({"truths"}, (20, 20, 2)) == ("l1",)
    assert panel.possible({"inputs", "labels", "logits"}, _SHAPE) == ("l1_to_input", "label_accuracy")
    assert list(panel.possible(_SETUP.has, _SHAPE)) == _WITHOUT_FILES


@pytest.mark.parametrize(
    ("name", "has", "shape", "line"),
    [
        ("l1", {"inputs"}, _SHAPE, "l1 needs true images: there is none; paired metrics .* here: l1_to_input$"),
        ("l1", (), _SHAPE, "here: none$"),
        ("l1_best_of", (), _SHAPE, "needs true images and several outputs for one input, which are not there"),
        ("diversity_lpips_alex", {"truths"}, _SHAPE, "needs several outputs for one input"),
        (
            "label_accuracy",
            {"labels", "features"},
            _SHAPE,
            "needs an extractor that tells classes of such images apart",
        ),
        ("l1_to_input", {"truths"}, _SHAPE, "inputs of the outputs' own shape"),
        ("psnr_y_crop4", {"truths"}, (8, 90, 3), "needs images of at least 9x9 pixels: these are 8x90"),
        ("lpips_alex", {"truths"}, (30, 90, 3), "needs images of at least 31x31 pixels"),
        ("psnr_rgb", {"truths"}, (8, 90, 4), "needs images of 1 or 3 channels: these have 4"),
    ],
)
def test_what_cannot_be_had_is_refused_by_name_in_one_line(name, has, shape, line):
    with pytest.raises(UserError, match=f"^paired metric {name} .*{line}" if name not in line else line) as error:
        panel.require(panel.chosen(name), has, shape)
    assert "\n" not in str(error.value)


def test_a_panel_refuses_what_its_setup_lacks():
    for name, setup in (
        ("l1_to_input", Setup(_SHAPE, input_shape=(5, 5, 3))),
        ("diversity_l1", Setup(_SHAPE, draws=1)),
        ("diversity_features", Setup(_SHAPE, draws=2)),
        ("label_accuracy", Setup(_SHAPE, labels=True, extractor=Extractor("a", "a", 0, None, _forward))),
        ("label_accuracy", Setup(_SHAPE, labels=True, extractor=Extractor("a", "a", 3, (9, 9, 3), _forward))),
    ):
        with pytest.raises(UserError, match=f"paired metric {name} needs"):
            Panel([name], setup)


def test_nothing_is_no_score():
    for batches in ([], [_rows(_everything(3), np.arange(0))]):
        with pytest.raises(ValueError, match="paired metrics l1: there were no images"):
            _scored(["l1"], batches).result()


def test_a_metric_that_images_do_not_allow_is_said_once_and_leaves_the_others_alone():
    batch, said = _everything(4), []
    bright = np.full_like(batch.outputs, 200)
    names = ("iou", "l1", "label_accuracy")
    scored = Panel(names, _SETUP, failed=said.append)
    for _ in range(2):
        scored.update(Batch(bright, bright, batch.inputs, batch.labels + 9, batch.draws))
    assert scored.columns() == scored.result() == {"l1": 0.0} and scored.counts() == {"l1": 8}
    assert [line.partition(":")[0] for line in said] == ["paired metric label_accuracy", "paired metric iou"]
    with pytest.raises(ValueError, match="paired metric iou: none of 4 images has iou_dark .bright from 128 up"):
        _scored(["iou"], [Batch(bright, bright, batch.inputs, batch.labels, batch.draws)]).result()


_IMAGES = np.zeros((2, *_SHAPE), np.uint8)


@pytest.mark.parametrize(
    ("given", "line"),
    [
        ({"outputs": _IMAGES / 255}, "outputs are float64 .* have to be uint8 of 4 axes"),
        ({"outputs": _IMAGES[0]}, "outputs are uint8 .20, 23, 3"),
        ({"truths": _IMAGES[:1]}, "truths have shape"),
        ({"truths": _IMAGES[:, :9]}, "truths have shape"),
        ({"truths": _IMAGES.astype(np.float32)}, "truths are float32"),
        ({"inputs": _IMAGES[:1]}, "1 inputs for 2 outputs"),
        ({"labels": np.zeros((2, 10), int)}, r"labels are int64 \(2, 10\)"),
        ({"labels": np.zeros(2)}, "labels are float64"),
        ({"labels": np.zeros(3, int)}, "3 labels for 2 outputs"),
        ({"draws": _IMAGES}, "draws are uint8 .* 5 axes"),
        ({"draws": _IMAGES[:, None, :5]}, "draws have shape"),
        ({"draws": np.zeros((3, 2, *_SHAPE), np.uint8)}, "3 draws for 2 outputs"),
    ],
)
def test_a_batch_that_does_not_fit_together_is_refused(given, line):
    with pytest.raises(ValueError, match=line):
        Batch(**{"outputs": _IMAGES, **given})


@pytest.mark.parametrize(
    ("setup", "batch", "line"),
    [
        (Setup(_SHAPE, truths=True), Batch(_IMAGES), "truths were to have shape .* and there are none"),
        (Setup((20, 23, 1), truths=True), Batch(_IMAGES, _IMAGES), "outputs were to have shape"),
        (
            Setup(_SHAPE, truths=True, draws=4),
            Batch(_IMAGES, _IMAGES, draws=np.zeros((2, 3, *_SHAPE), np.uint8)),
            "draws were to have shape .4, 20",
        ),
        (Setup(_SHAPE, truths=True, labels=True), Batch(_IMAGES, _IMAGES), "labels were to have shape"),
        (Setup(_SHAPE, truths=True, input_shape=(1, 1, 1)), Batch(_IMAGES, _IMAGES, _IMAGES), "inputs were"),
    ],
)
def test_a_batch_that_is_not_as_the_setup_says_is_refused_and_not_counted(setup, batch, line):
    scored = Panel(["l1"], setup)
    with pytest.raises(ValueError, match=line):
        scored.update(batch)
    assert scored.images == 0


def test_labels_and_features_that_cannot_be_are_refused_with_the_metrics_name():
    batch = _everything(3)
    with pytest.raises(ValueError, match="paired metric label_accuracy: label 3 is none of the 3 classes of sums_1234"):
        labels = np.array([0, 3, 1])
        _scored(["label_accuracy"], [Batch(batch.outputs, batch.truths, batch.inputs, labels, batch.draws)])
    broken = Extractor("b", "b", 3, None, lambda images: tuple(np.nan * each for each in _forward(images)))
    for name in ("label_accuracy", "diversity_features"):
        with pytest.raises(ValueError, match=f"paired metric {name}: .* finite"):
            _scored([name], [batch], Setup(_SHAPE, labels=True, draws=3, extractor=broken))


def test_psnr_says_in_its_column_what_of_and_none_is_called_psnr():
    scores = [score for score in column_names.directions() if score.startswith("psnr")]
    assert {"psnr_rgb", "psnr_y_crop4"} <= set(scores) and "psnr" not in scores
    columns = _scored(["psnr_rgb", "psnr_y_crop4"], [_everything(3)]).columns()
    assert set(columns) >= {"psnr_rgb", "psnr_y_crop4"} and "psnr" not in columns


def test_outputs_are_rounded_as_they_are_written_to_disk_before_they_are_compared():
    outputs = np.array([0.0, 0.4, 0.6, 1.0, 254.6, 255.3], np.float32).reshape(1, 2, 3, 1) / 255
    truths = np.array([0, 0, 1, 1, 255, 255], np.uint8).reshape(1, 2, 3, 1)
    pairs = Scored(outputs, None, truths, None).pairs()
    assert pairs.outputs.dtype == np.uint8
    np.testing.assert_array_equal(pairs.outputs, truths)
