"""What benchmarks.metrics does itself: data, intervals, when it stops, and what it says of missing packages."""

import math
import sys

import numpy as np
import pytest

from benchmarks import _metric_peers as peers
from benchmarks import metrics as benchmark
from compare_gan_tf2.errors import UserError


@pytest.fixture(scope="module")
def data():
    return benchmark.make_data(150, 24, 3, 128)


def _clock(monkeypatch, seconds):
    """Makes time stand still but for the seconds that runs take."""
    now = [0.0]
    monkeypatch.setattr(benchmark.time, "perf_counter", lambda: now[0])

    def run(name):
        def one():
            now[0] += seconds[name].pop(0)
            return {"score": 1.0}

        return one

    return run


def test_data_are_the_same_every_time_and_look_like_features(data):
    again = benchmark.make_data(150, 24, 3, 128)
    for name in ("real", "generated", "images"):
        rows = getattr(data, name)
        assert rows.dtype == np.float32 and (rows >= 0).all() and np.ptp(rows) > 0.1
        np.testing.assert_array_equal(getattr(again, name), rows)
    assert data.real.shape == data.generated.shape == (150, 24) and (data.real == 0).any()
    assert data.images.shape == (3, 128, 128, 3) and data.images.max() <= 1.0
    spectrum = np.linalg.svd(data.real - data.real.mean(0), compute_uv=False)
    assert spectrum[0] > 2 * spectrum[5]


def test_the_interval_is_students():
    ratios = [2.0, 2.0 * math.e, 2.0 / math.e]
    low, mean, high = benchmark.interval(ratios)
    assert mean == pytest.approx(2.0)
    # Three logarithms with a standard deviation of 1, two degrees of freedom.
    assert math.log(high / mean) == pytest.approx(2.920 / math.sqrt(3)) == pytest.approx(math.log(mean / low))
    assert benchmark.interval([3.0] * 40) == pytest.approx((3.0, 3.0, 3.0))


@pytest.mark.parametrize(
    ("target", "pairs"), [(2.0, 3), (3.0, 3), (8.0, 3), (4.0, 10), (3.9, 10), (4.2, 10), (None, 3)]
)
def test_a_comparison_ends_early_only_far_from_its_target(monkeypatch, target, pairs):
    run = _clock(monkeypatch, {"ours": [1.0] * 10, "theirs": [3.99, 4.01] * 5})
    found = benchmark.compare(run("ours"), run("theirs"), target, 10)
    assert len(found.ours) == len(found.theirs) == pairs
    assert found.interval[1] == pytest.approx(4.0, rel=0.01) and found.scores == ({"score": 1.0},) * 2


def test_sides_take_turns_at_going_first(monkeypatch):
    order = []
    run = _clock(monkeypatch, {"x": [1.0] * 3, "y": [1.0] * 3})

    def noting(name):
        inner = run(name)
        return lambda: order.append(name) or inner()

    benchmark.compare(noting("x"), noting("y"), None, 10)
    assert "".join(order) == "xyyxxy"


def test_exact_values_are_the_metrics_values(data):
    for row, (ours, _) in benchmark.ROWS.items():
        if ours.exact:
            assert benchmark.error(ours.prepare(data)(), ours.exact(data)) < 1e-6, row
    assert benchmark.error({"b": 2.0}, {"a": 9.0, "b": 2.5}) == 0.5


def test_the_pairwise_form_of_ms_ssim_has_compare_gans_value():
    # compare_gan's own test: constants 1, 0.7 and 0 of 255 have a mean of 0.989989 +- 0.001.
    images = np.ones((3, 64, 64, 3), np.float32) * np.array([1.0, 0.7, 0.0], np.float32)[:, None, None, None] / 255
    assert peers.pairwise_ms_ssim(images)()["ms_ssim"] == pytest.approx(0.9899887, abs=1e-5)


def test_the_table_says_who_is_not_there_and_who_meets_the_target(monkeypatch, data):
    def missing(_):
        raise ImportError(name="somewhere")

    def exact(_):
        return {"score": 1.25}

    ours = benchmark.Side("ours", lambda _: run("ours"), exact)
    seconds = {"ours": [1.0] * 8, "near": [4.0] * 4, "far": [4.0] * 4}
    run = _clock(monkeypatch, seconds)
    others = (
        benchmark.Side("gone", missing, target=2.0),
        benchmark.Side("near", lambda _: run("near"), target=2.0),
        benchmark.Side("far", lambda _: run("far"), exact, target=8.0),
    )
    monkeypatch.setattr(benchmark, "ROWS", {"row": (ours, others)})
    lines = list(benchmark.lines(["row"], data, 10, targets=True))
    assert len(lines) == 2 + 3
    assert lines[2] == "| row | | | gone | not installed (somewhere) | | | | | |"
    assert lines[3] == "| row | 1 | 2.5e-01 | near | 4 | 1 | 4.00 (4.00 to 4.00) | 3 | 2 | yes |"
    assert lines[4] == "| row | 1 | 2.5e-01 | far | 4 | 2.5e-01 | 4.00 (4.00 to 4.00) | 3 | 8 | no |"
    columns = {line.count("|") for line in lines}
    assert columns == {11}


def test_a_row_without_targets_has_as_many_columns(monkeypatch, data):
    run = _clock(monkeypatch, {"x": [1.0] * 9, "y": [1.0] * 9})
    sides = benchmark.Side("x", lambda _: run("x")), (benchmark.Side("y", lambda _: run("y"), target=2.0),)
    monkeypatch.setattr(benchmark, "ROWS", {"row": sides})
    assert {line.count("|") for line in benchmark.lines(["row"], data, 10, targets=False)} == {11}


@pytest.mark.parametrize("arguments", [["--rows", "fid,fit"], ["--pairs", "2"], ["--samples", "5"]])
def test_wrong_arguments_are_refused(arguments):
    with pytest.raises(UserError, match="fit|--pairs|--samples"):
        benchmark.main(arguments)


def test_a_package_that_wants_torchvision_is_imported_without(monkeypatch, tmp_path):
    (tmp_path / "wants_images.py").write_text(
        "import torchvision.transforms.functional as F\n"
        "from torchvision.datasets import CIFAR10\n"
        "class Mine(CIFAR10, F.anything): pass\n"
        "score = 3\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(peers.importlib.util, "find_spec", lambda name: None)
    monkeypatch.delitem(sys.modules, "torchvision", raising=False)
    assert peers._without_torchvision("wants_images").score == 3
    assert not [name for name in sys.modules if name.startswith("torchvision")]


def test_every_row_names_its_sides_and_targets():
    for ours, others in benchmark.ROWS.values():
        assert ours.target is None and others
        assert len({side.name for side in (ours, *others)}) == 1 + len(others)
        assert all(side.target is None or side.target > 0 for side in others)
