"""The judge of attributes: trained on real images, right about others, and asked for outputs of a panel."""

import numpy as np
import pytest

from compare_gan_tf2.datasets import catalog
from compare_gan_tf2.datasets.places import Places
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.extractors import attribute_judge
from compare_gan_tf2.paired_metrics import Batch, Setup, domain_accuracy
from compare_gan_tf2.paired_metrics.panel import Panel

DATASET = "polygon_domains:400"


def scores(judge, attributes):
    """Of the first test images, if they had been made for these attributes, one in the mean and all at once."""
    images = catalog.find(DATASET).found("test", None)["images"][: len(attributes)]
    panel = Panel(["attribute_accuracy"], Setup(images.shape[1:], judge=lambda: judge))
    panel.update(Batch(images, beside={"target_attributes": attributes}))
    assert [f"attribute_accuracy{end}_{judge.id}" for end in ("", "_all")] == list(panel.columns())
    return list(panel.result().values())


def test_outputs_are_judged_by_what_they_were_asked_for():
    wanted = catalog.find(DATASET).found("test", None)["attributes"][:60]

    def tells(images):
        hues, is_outline, _ = domain_accuracy.read(images)
        return np.concatenate([np.eye(3)[hues], is_outline[:, None]], axis=1) > 0

    judge = attribute_judge.Judge("judge_1", "a rule", ("red", "green", "blue", "outline"), tells)
    assert min(scores(judge, wanted)) > 0.95
    assert max(scores(judge, 1 - wanted)) < 0.05
    # Another hue: two of four attributes are wrong.
    other = np.concatenate([np.roll(wanted[:, :3], 1, axis=1), wanted[:, 3:]], axis=1)
    assert scores(judge, other) == [pytest.approx(0.5, abs=0.03), 0]
    with pytest.raises(UserError, match="attribute_accuracy needs attributes that the outputs were made for"):
        Panel(["attribute_accuracy"], Setup((32, 32, 3)))


@pytest.mark.slow
def test_a_judge_is_trained_once_and_says_how_often_it_is_right(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(attribute_judge, "_EPOCHS", 6)
    dataset, places = catalog.find(DATASET), Places(tmp_path, tmp_path)
    judge = attribute_judge.load(dataset, places)
    assert "training the judge" in capsys.readouterr().err
    assert attribute_judge.load(dataset, places).id == judge.id and not capsys.readouterr().err
    assert judge.names == dataset.attribute_names and ("red 0.9" in judge.description or "red 1.0" in judge.description)
    one, every = scores(judge, dataset.found("test", tmp_path)["attributes"][:100])
    assert one > 0.9 and 0.7 < every <= one
