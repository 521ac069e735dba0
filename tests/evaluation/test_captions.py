"""Pictures made for captions: the matcher that retrieves captions, and the baseline of the nearest caption."""

import numpy as np
import pytest

from compare_gan_tf2 import api
from compare_gan_tf2.datasets import catalog
from compare_gan_tf2.datasets.places import Places
from compare_gan_tf2.extractors import caption_matcher
from compare_gan_tf2.options import Options


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A matcher that was trained for some seconds, its data set, and where it is kept."""
    dataset = catalog.find("polygon_caption:400")
    places = Places(tmp_path_factory.mktemp("root"), tmp_path_factory.mktemp("cache"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(caption_matcher, "_STEPS", 120)
        yield caption_matcher.load(dataset, places), dataset, places


@pytest.mark.slow
def test_a_matcher_finds_the_captions_of_real_images_and_no_others(trained, capsys):
    matcher, dataset, places = trained
    test = dataset.found("test", places.dataset_root)
    images, captions = test["images"][:100], list(test["captions"][:100])
    found = matcher.finds(images, captions)
    assert found.mean() > 0.3 and set(found) <= {0.0, 0.5, 1.0}
    assert matcher.finds(images, captions[1:] + captions[:1]).mean() < 0.08
    # A row's own, whatever is judged beside it; a constant is found by chance alone.
    np.testing.assert_array_equal(matcher.finds(images[7:9], captions[7:9]), found[7:9])
    assert matcher.finds(np.full_like(images, 255), captions).mean() < 0.08
    again = caption_matcher.load(dataset, places)
    assert again.id == matcher.id and "training" not in capsys.readouterr().err
    assert f"{caption_matcher.CANDIDATES} in 0." in matcher.description


def test_bags_are_of_words_and_their_pairs():
    one, same, other = caption_matcher.bags([b"A red Square, top left", b"a red square top left", b"left top square"])
    np.testing.assert_array_equal(one, same)
    assert (one > 0).sum() == 9 and 0 < one @ other < 0.6


@pytest.mark.slow
def test_the_nearest_caption_is_a_row_with_words_and_retrieval(trained, tmp_path):
    _, _, places = trained
    options = Options.from_dict(
        {
            "gan": "baseline", "dataset": "polygon_caption:400", "extractor": "pixels", "evaluation_samples": 40,
            "metrics": "word_accuracy,caption_retrieval,l1",
        }
    )  # fmt: skip
    api.train(options, tmp_path / "task", cache_dir=places.cache_dir)
    rows = {row["ability"]: row for row in api.evaluate(tmp_path / "task", cache_dir=places.cache_dir)}
    nearest = rows["illustrate_nearest_caption"]
    # Of 648 captions about 300 were trained on: most have a picture that differs in a word.
    assert 0.7 < float(nearest["word_accuracy"]) < 1 and float(nearest["l1"]) > 0
    (retrieval,) = (float(value) for name, value in nearest.items() if name.startswith("caption_retrieval") and value)
    assert 0.05 < retrieval < 1 and "finds the captions of real images among 100" in nearest["protocol"]
    assert rows["reconstruct_mean"]["word_accuracy"] == ""
