"""What holds for every metric on samples: its declarations, its names, the same seed's values, and what it refuses."""

import dataclasses
import re

import numpy as np
import pytest

from compare_gan_tf2 import components
from compare_gan_tf2.metrics import Pair, Samples
from compare_gan_tf2.task_folder import column_names

_NAMES = components.names("metrics")
_NEEDS = {"features", "logits", "images", "labels", "training"}
# Their estimators choose or cut samples by their places.
_BY_PLACE = {"fid_infinity", "fractal_dimension", "inception_score", "kid", "kid_subsets", "ms_ssim", "prd"}
_BY_PLACE |= {"sliced_wasserstein"}


def _samples(count, seed, shift=0.0):
    source = np.random.default_rng(seed)
    return Samples(
        images=source.random((count, 32, 32, 3), np.float32),
        features=(source.normal(size=(count, 12)) + shift).astype(np.float32),
        logits=source.normal(size=(count, 4)).astype(np.float32),
        labels=(np.arange(count) % 2).astype(np.int32),
    )


def _pair(real, generated, seed=0):
    return Pair(real, generated, seed, load_training=lambda: _samples(60, 9))


def _equal(one, other, rel=0.0):
    return one == pytest.approx(other, rel=rel, abs=rel, nan_ok=True)


@pytest.mark.parametrize("name", _NAMES)
def test_a_metric_declares_what_it_is(name):
    module = components.load("metrics", name)
    assert module.DEFAULT in (True, False)
    assert module.NEEDS and set(module.NEEDS) <= _NEEDS
    assert module.LEAST_SAMPLES >= 1
    assert isinstance(module.PROTOCOL, str) and not set(module.PROTOCOL) & set(";()\n")


def test_the_standard_panel_is_said_in_the_documents(repository):
    panel = {name for name in _NAMES if components.load("metrics", name).DEFAULT}
    listed = (repository / "docs/scores.md").read_text()
    assert panel == {"fid", "kid", "precision_recall", "density_coverage"} and all(name in listed for name in panel)


@pytest.mark.parametrize("name", _NAMES)
def test_a_metric_gives_numbers_that_follow_from_samples_and_seed(name):
    module = components.load("metrics", name)
    real, generated = _samples(50, 0), _samples(40, 1, 0.3)
    scores = module.metric(_pair(real, generated))
    for key, value in scores.items():
        assert re.fullmatch("[a-z0-9_]+", key) and isinstance(value, float)
        # One block has no spread.
        assert np.isfinite(value) or key == "kid_standard_error"
    said = module.LOWER_IS_BETTER if isinstance(module.LOWER_IS_BETTER, dict) else {name: module.LOWER_IS_BETTER}
    assert {column_names.score_of(key) for key in scores} == set(said) and set(said.values()) <= {True, False, None}
    assert _equal(module.metric(_pair(_samples(50, 0), _samples(40, 1, 0.3))), scores)
    # The real set's own part may have been kept.
    assert _equal(module.metric(_pair(real, generated)), scores)


@pytest.mark.parametrize("name", [name for name in _NAMES if name not in _BY_PLACE])
def test_the_order_of_samples_does_not_matter(name):
    module = components.load("metrics", name)
    real, generated = _samples(50, 0), _samples(40, 1, 0.3)

    def shuffled(samples):
        order = np.random.default_rng(2).permutation(len(samples.features))
        fields = ("images", "features", "logits", "labels")
        return dataclasses.replace(samples, **{field: getattr(samples, field)[order] for field in fields})

    scores = module.metric(_pair(real, generated))
    assert _equal(module.metric(_pair(shuffled(real), shuffled(generated))), scores, rel=1e-6)


@pytest.mark.parametrize("name", _NAMES)
@pytest.mark.parametrize("broken", [np.nan, np.inf])
def test_numbers_that_are_not_finite_are_refused(name, broken):
    module = components.load("metrics", name)
    generated = _samples(40, 1)
    for field in {"images", "features", "logits"} & set(module.NEEDS):
        getattr(generated, field)[3, 1] = broken
    with pytest.raises(ValueError, match="finite"):
        module.metric(_pair(_samples(50, 0), generated))


@pytest.mark.parametrize("name", _NAMES)
def test_the_least_number_of_samples_is_enough(name):
    module = components.load("metrics", name)
    # Two classes for metrics within classes.
    count = module.LEAST_SAMPLES * (2 if "labels" in module.NEEDS else 1)
    scores = module.metric(_pair(_samples(count, 0), _samples(count, 1)))
    assert all(
        np.isfinite(value) or key in ("kid_standard_error", "fractal_dimension") for key, value in scores.items()
    )
