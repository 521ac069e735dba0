"""Faults that leave every score plausible: images drawn twice, a seed used twice, images miscounted."""

import numpy as np
import pytest

from compare_gan_tf2.evaluation import generated_images
from compare_gan_tf2.evaluation.images import evaluate_images
from compare_gan_tf2.evaluation.task import evaluate
from compare_gan_tf2.gans.base import build
from compare_gan_tf2.hub_export import save
from compare_gan_tf2.hub_export.save import export
from compare_gan_tf2.metrics import kid
from compare_gan_tf2.options import Options
from compare_gan_tf2.task_folder import checkpoints

SAMPLES, BATCH = 40, 16
UPDATES, BATCH_SIZE, STEPS = 3, 4, 2


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A task that has its checkpoint of two steps, three discriminator updates each; not trained, which nobody asks."""
    options = Options.from_dict(
        {
            "dataset": "triangles",
            "architecture": "mlp",
            "width": 0.05,
            "z_dim": 4,
            "batch_size": BATCH_SIZE,
            "disc_iters": UPDATES,
            "training_steps": STEPS,
            "save_every_steps": STEPS,
            "evaluation_samples": SAMPLES,
            "extractor": "pixels",
            "metrics": "kid",
        }
    )
    folder = tmp_path_factory.mktemp("faults") / "task"
    checkpoints.save(folder, STEPS, build(options).evaluated_parts(), options)
    return folder


@pytest.fixture
def places(triangles, tmp_path):
    return {"dataset_root": triangles, "cache_dir": tmp_path / "cache"}


@pytest.fixture
def seen(monkeypatch):
    """Generated images as the metric got them, by evaluation; its score is a random number of its own."""
    found = []

    def metric(pair):
        found.append(pair.generated.images)
        return {"kid": pair.generator("kid").random()}

    monkeypatch.setattr(kid, "metric", metric)
    monkeypatch.setattr(kid, "NEEDS", (*kid.NEEDS, "images"))
    # So that a score needs several batches.
    monkeypatch.setattr(generated_images, "BATCH_SIZE", BATCH)
    return found


def _distinct(images):
    return len(np.unique(images.reshape(len(images), -1), axis=0))


def test_no_image_of_a_checkpoint_is_drawn_twice(trained, places, seen):
    evaluate(trained, changes={"evaluation_repeats": 2, "evaluation_seed": 1}, **places)
    first, second = seen
    assert len(first) == len(second) == SAMPLES > 2 * BATCH
    assert _distinct(np.concatenate([first, second])) == 2 * SAMPLES


def test_no_image_of_a_module_is_drawn_twice_and_all_are_the_checkpoints(trained, tmp_path, places, seen, monkeypatch):
    monkeypatch.setattr(save, "_check_elsewhere", lambda folder, probes: None)  # what it would see is seen below
    evaluate(trained, changes={"evaluation_seed": 2}, **places)
    module = export(trained, output=tmp_path / "module")
    options = {"metrics": "kid", "extractor": "pixels"}
    evaluate_images("triangles", module, samples=SAMPLES, seed=2, options=options, **places)
    of_checkpoint, of_module = seen
    assert _distinct(of_module) == len(of_module) == SAMPLES
    np.testing.assert_allclose(of_module, of_checkpoint, atol=1e-6)


def test_metrics_choose_anew_in_every_repeat(trained, places, seen):
    rows = evaluate(trained, changes={"evaluation_repeats": 2, "evaluation_seed": 3}, **places)
    (row,) = (row for row in rows if row["evaluation_seed"] == "3")
    (deviation,) = (float(row[name]) for name in row if name.startswith("kid_deviation") and row[name])
    assert deviation > 1e-6


def test_a_row_counts_every_update_of_the_discriminator(trained, places, seen):
    row = evaluate(trained, changes={"evaluation_seed": 4}, **places)[-1]
    assert int(row["discriminator_steps"]) == STEPS * UPDATES
    assert int(row["images_seen"]) == STEPS * UPDATES * BATCH_SIZE
