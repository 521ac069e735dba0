"""Text to image from end to end: trained, scored by its captions, exported, and drawn, with an encoder and without."""

import json

import numpy as np
import pytest
from PIL import Image

from compare_gan_tf2 import api
from compare_gan_tf2.commands import sample
from compare_gan_tf2.datasets import catalog
from compare_gan_tf2.evaluation import abilities
from compare_gan_tf2.hub_export import save
from compare_gan_tf2.options import Options

SMALL = {
    "batch_size": 4, "dataset": "polygon_caption:20", "evaluation_samples": 20, "extractor": "pixels",
    "evaluated_abilities": "generate", "gan": "text_to_image", "metrics": "fid,l1,word_accuracy", "projected_units": 4,
    "text_steps": 1, "text_units": 8, "training_steps": 2, "width": 0.03,
}  # fmt: skip


def test_what_is_generated_of_captions_is_scored_by_them():
    options = Options.from_dict(SMALL)
    assert not abilities.draws_images(options)
    assert {"captions", "words", "truths"} <= abilities.has(options, "generate")
    drawn = Options.from_dict({"dataset": "polygon_caption:20", "gan": "modular"})
    assert abilities.draws_images(drawn) and abilities.has(drawn, "generate") == frozenset()


@pytest.mark.slow
@pytest.mark.parametrize("has_file", [False, True])
def test_a_training_is_scored_exported_and_drawn(has_file, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(save, "_check_elsewhere", save._check_here)
    more = {}
    if has_file:
        rng = np.random.default_rng(0)
        number = catalog.find(SMALL["dataset"]).evaluation_images
        np.savez(tmp_path / "v.npz", train=rng.random((20, 8)), test=rng.random((number, 8)))
        np.savez(tmp_path / "some.npz", vectors=rng.random((2, 8)))
        more = {"text_vectors": str(tmp_path / "v.npz")}
    options, folder = Options.from_dict(SMALL | more), tmp_path / "task"
    assert api.train(options, folder)["state"] == "done"
    assert [*(folder / "samples").glob("step-*-captions.png")]
    *_, row = api.evaluate(folder)
    assert not row.get("ability") and 0 <= float(row["word_accuracy"]) <= 1 and float(row["l1"]) > 0
    place = api.export(folder)
    said = json.loads((place / "module.json").read_text())["abilities"]
    assert set(said) == ({"generate"} if has_file else {"generate", "embed"})
    assert said["generate"]["takes"]["caption"]["dtype"] == ("float32" if has_file else "uint8")
    card = (place / "README.md").read_text()
    assert "text-to-image" in card and "module.generate(z, caption)" in card
    module = api.load(place)
    caption = np.zeros((3, 8), np.float32) if has_file else np.full((3, 48), 97, np.uint8)
    images = module.generate(np.zeros((3, 100), np.float32), caption).numpy()
    assert images.shape == (3, 32, 32, 3) and 0 <= images.min() <= images.max() <= 1
    given = str(tmp_path / "some.npz") if has_file else "a red square"
    words = ["", str(place), "--kind=captions", f"--captions={given}", f"--output={tmp_path / 'sheet.png'}"]
    assert sample.main(words) == 0, capsys.readouterr().err
    with Image.open(tmp_path / "sheet.png") as sheet:
        assert sheet.height == (65 if has_file else 32) and sheet.width > 8 * 33
