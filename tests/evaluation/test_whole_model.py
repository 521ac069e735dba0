"""What metrics on the model get of a checkpoint: abilities, the untrained control, labeled images, the classifier."""

import numpy as np
import pytest
import tensorflow as tf

from compare_gan_tf2.datasets import catalog
from compare_gan_tf2.datasets.places import Places
from compare_gan_tf2.evaluation import whole_model
from compare_gan_tf2.evaluation.whole_model import WholeModel
from compare_gan_tf2.gans.base import build
from compare_gan_tf2.metrics import images_only
from compare_gan_tf2.model_metrics import code_correlations, prior_match, reconstruction_ratio
from compare_gan_tf2.options import Options

SHARED = {"dataset": "fake:mnist", "z_dim": 4, "batch_size": 4}
BIGAN = {"gan": "bigan", "architecture": "bigan_mlp", "width": 0.02}


@pytest.fixture
def scored(tmp_path):
    """scored(whole, gan, options) -> TrainedModel of a checkpoint of a task."""

    def make(whole, gan, options):
        none = images_only(np.zeros((1, 28, 28, 1), np.float32))
        return whole.scored(tmp_path, gan, options, none, none)

    return make


@pytest.fixture
def whole(tmp_path):
    return WholeModel(catalog.find("fake:mnist"), Places(tmp_path, tmp_path))


def test_abilities_are_scored_beside_those_before_training(whole, scored, monkeypatch):
    monkeypatch.setattr(code_correlations, "COUNT", 50)
    options = Options.from_dict(SHARED | BIGAN | {"seed": 1})
    gan = build(options)
    fresh = gan.reconstruct(whole._real_images("evaluation")[0]).numpy()
    for variable in gan.generator.trainable_variables:
        variable.assign(variable * 30.0)
    model = scored(whole, gan, options)
    found = reconstruction_ratio.metric(model)
    assert found.keys() == reconstruction_ratio.LOWER_IS_BETTER.keys()
    images = model.real_images("evaluation")[0]
    assert found["reconstruction_mse_untrained"] == pytest.approx(np.mean((fresh - images) ** 2), rel=1e-5)
    assert abs(found["reconstruction_mse"] - found["reconstruction_mse_untrained"]) > 1e-3
    assert prior_match.metric(model).keys() == prior_match.LOWER_IS_BETTER.keys()
    assert code_correlations.metric(model).keys() == code_correlations.LOWER_IS_BETTER.keys()
    # Another seed begins with other weights.
    other = scored(whole, gan, options.replace(seed=2))
    again = reconstruction_ratio.metric(other)
    assert again["reconstruction_mse"] == found["reconstruction_mse"]
    assert again["reconstruction_mse_untrained"] != found["reconstruction_mse_untrained"]


@pytest.mark.parametrize("gan", ["icgan", "tlgan"])
def test_types_without_a_discriminator_are_scored_by_what_they_have(whole, scored, gan):
    networks = {"architecture": "infogan", "width": 0.05, "networks_from": "/another/1"}
    options = Options.from_dict({"dataset": "fake:mnist", "z_dim": 4, "gan": gan} | networks)
    model = scored(whole, build(options), options)
    assert {"generate"} < model.abilities.keys()
    with pytest.raises(KeyError):
        model.discriminator(np.zeros((1, 28, 28, 1), np.float32))


def test_labeled_images_are_those_of_the_training(whole, scored):
    options = Options.from_dict(
        SHARED | {"conditional": True, "label_fraction": 0.1, "architecture": "mlp", "width": 0.05}
    )
    model = scored(whole, build(options), options)
    images, labels = model.labeled_images()
    assert images.shape == (10, 28, 28, 1) and 0 <= images.min() < images.max() <= 1 and labels.tolist() == [1] * 10
    stored, _ = whole._real_images("train")
    assert model.training_images() == len(stored) > 10
    assert all(any(np.array_equal(image, each) for each in stored) for image in images)


def test_the_classifier_is_the_data_sets_own_and_loaded_once(whole, scored, monkeypatch):
    asked = []
    monkeypatch.setattr(whole_model.classifier, "load", lambda request: asked.append(request) or "judge")
    options = Options.from_dict(SHARED | BIGAN)
    model = scored(whole, build(options), options)
    assert model.judge() == model.judge() == "judge" and [each.dataset.name for each in asked] == ["fake:mnist"]
    assert tf.convert_to_tensor(model.draw_latents(3, "some")[0]).shape == (3, 4) and model.parts == ()
