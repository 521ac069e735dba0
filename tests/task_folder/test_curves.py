"""Curves of precision and recall are kept whole, under the protocol that they were measured with."""

import numpy as np
import pytest

from compare_gan_tf2.errors import UserError
from compare_gan_tf2.metrics import Pair, of_features, prd
from compare_gan_tf2.task_folder import curves
from compare_gan_tf2.task_folder.protocol import Protocol

NAME = "prd_classifier_mnist_c28361d9"
SAID = "prd (20 clusters, 10 runs, 1001 angles)"
PROTOCOL = Protocol.of(["fid", SAID], data="mnist test", generated=5000)


@pytest.fixture
def curve():
    source = np.random.default_rng(0)
    features = [source.normal(size=(50, 4)).astype(np.float32) for _ in range(2)]
    recall, precision = prd.curve(Pair(*map(of_features, features)))
    return curves.Curve(tuple(recall.tolist()), tuple(precision.tolist()))


def _lines(path):
    return path.read_text().splitlines(keepends=True)


def test_a_curve_comes_back_to_the_last_digit(tmp_path, curve):
    curves.write(tmp_path, 400, PROTOCOL, {NAME: curve})
    assert len(curve.recall) == 1001 and curves.read(tmp_path, 400, PROTOCOL, NAME) == curve
    (path,) = curves.files(tmp_path)
    assert path.parent.name == "curves" and path.name.startswith("step-00000400-")


def test_tasks_and_checkpoints_without_one_have_none(tmp_path, curve):
    assert curves.read(tmp_path, 400, PROTOCOL, NAME) is None and curves.files(tmp_path) == []
    curves.write(tmp_path, 400, PROTOCOL, {NAME: curve})
    assert curves.read(tmp_path, 200, PROTOCOL, NAME) is None


@pytest.mark.parametrize(
    "other",
    [
        Protocol.of([SAID], data="mnist test", generated=10000),
        Protocol.of(["prd (20 clusters, 5 runs, 1001 angles)"], data="mnist test", generated=5000),
    ],
)
def test_curves_of_other_protocols_are_others(tmp_path, curve, other):
    curves.write(tmp_path, 400, PROTOCOL, {NAME: curve})
    assert curves.read(tmp_path, 400, other, NAME) is None
    assert curves.read(tmp_path, 400, PROTOCOL, "prd_pixels") is None
    swapped = curves.Curve(curve.precision, curve.recall)
    curves.write(tmp_path, 400, other, {NAME: swapped})
    assert curves.read(tmp_path, 400, PROTOCOL, NAME) == curve and curves.read(tmp_path, 400, other, NAME) == swapped


def test_metrics_that_are_scored_later_change_nothing(tmp_path, curve):
    """A row's protocol lists all of its metrics, and grows."""
    curves.write(tmp_path, 400, PROTOCOL, {NAME: curve})
    assert curves.read(tmp_path, 400, PROTOCOL.joined(Protocol.of(["kid"], data="mnist test")), NAME) is None
    later = PROTOCOL.joined(Protocol.of(["kid (100 subsets)"], data="mnist test", generated=5000))
    assert curves.read(tmp_path, 400, later, NAME) == curve


@pytest.mark.parametrize(
    "damage",
    [
        lambda lines: lines[: len(lines) // 2],
        lambda lines: [line.replace("0.9", "0.8") for line in lines],
        lambda lines: ["{}\n"],
        lambda lines: [],
    ],
)
def test_a_damaged_file_is_named_and_no_curve(tmp_path, curve, damage):
    curves.write(tmp_path, 400, PROTOCOL, {NAME: curve})
    (path,) = curves.files(tmp_path)
    path.write_text("".join(damage(_lines(path))))
    with pytest.raises(curves.DamagedCurveError, match=path.name):
        curves.read(tmp_path, 400, PROTOCOL, NAME)


@pytest.mark.parametrize("axes", [((0.5,), (0.5, 0.4)), ((), ()), ((1.5,), (0.5,)), ((float("nan"),), (0.5,))])
def test_what_is_no_curve_is_not_read(tmp_path, axes):
    curves.write(tmp_path, 400, PROTOCOL, {NAME: curves.Curve(*axes)})
    with pytest.raises(curves.DamagedCurveError):
        curves.read(tmp_path, 400, PROTOCOL, NAME)


def test_repeats_are_averaged_point_by_point():
    found = curves.mean([curves.Curve((0.0, 1.0), (1.0, 0.0)), curves.Curve((0.5, 0.5), (0.5, 0.5))])
    assert found == curves.Curve((0.25, 0.75), (0.75, 0.25))


def test_a_place_that_cannot_be_written_is_a_line(tmp_path, curve):
    (tmp_path / curves.CURVES_FOLDER).write_text("a file")
    with pytest.raises(UserError, match="cannot write"):
        curves.write(tmp_path, 400, PROTOCOL, {NAME: curve})
