"""Scores of a module's images whose w are truncated, and precision and recall against psi in one figure."""

import json
import math

import numpy as np
import pytest
import tensorflow as tf

from compare_gan_tf2.commands import evaluate as command
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.evaluation import images
from compare_gan_tf2.evaluation.images import evaluate_images
from compare_gan_tf2.hub_export.styles import Truncation
from compare_gan_tf2.reports import truncation_curve
from compare_gan_tf2.task_folder.protocol import Protocol
from tests.hub_export import style_modules

METRICS = {"metrics": "precision_recall", "extractor": "pixels"}


@pytest.fixture
def places(tmp_path):
    return {"dataset_root": tmp_path, "cache_dir": tmp_path / "cache"}


@pytest.fixture
def real(tmp_path, monkeypatch):
    """Images of the module's own latents, as a file; the module is called "module"."""
    module = style_modules.Styled()
    made = np.asarray(module.generate(64, seed=5))
    np.savez(tmp_path / "real.npz", images=np.round(made * 255).astype(np.uint8))
    monkeypatch.setattr(images, "is_module", lambda place: str(place) == "module")
    monkeypatch.setattr(images, "load", lambda place, **more: module)
    return tmp_path / "real.npz"


def test_less_psi_is_less_recall_and_the_row_and_protocol_say_which(real, places):
    whole, some, none = (
        evaluate_images(real, "module", of_w=each, options=METRICS, **places)
        for each in (None, Truncation(0.2, 3), Truncation(1.0))
    )
    (recall,) = (name for name in whole if name.startswith("recall"))
    assert float(some[recall]) < float(whole[recall]) - 0.2
    assert some["psi"] == "0.2" and "psi" not in whole
    assert Protocol.parse(some["protocol"]).fact("truncation") == "psi 0.2 of the first 3 layers"
    assert none[recall] == whole[recall] and none["protocol"] == whole["protocol"]


def test_a_module_that_truncates_all_its_images_says_so_in_row_and_protocol(real, places, monkeypatch):
    module = style_modules.Styled()
    module.options = tf.constant(json.dumps({"truncation_psi": 0.7, "truncation_cutoff": 2}))
    monkeypatch.setattr(images, "load", lambda place, **more: module)
    row = evaluate_images(real, "module", options=METRICS, **places)
    assert row["psi"] == "0.7"
    assert Protocol.parse(row["protocol"]).fact("truncation") == "psi 0.7 of the first 2 layers"


@pytest.mark.parametrize("more", [{"truncation": 1.0}, {"inputs": "x"}])
def test_psi_is_in_place_of_another_truncation_and_of_modules(real, places, more):
    with pytest.raises(UserError, match="psi is of the w of a module's generated images"):
        evaluate_images(real, "module", of_w=Truncation(0.5), ability="x" if "inputs" in more else "", **more, **places)
    with pytest.raises(UserError, match="psi is of the w"):
        evaluate_images(real, real, of_w=Truncation(0.5), **places)


def test_the_command_draws_precision_and_recall_against_psi(real, tmp_path, capsys):
    given = [f"--real={real}", "--generated=module", "--metrics=precision_recall", "--extractor=pixels"]
    given += [f"--dataset_root={tmp_path}", f"--cache_dir={tmp_path / 'cache'}"]
    figure, table = tmp_path / "curve.svg", tmp_path / "curve.csv"
    flags = ["--psi=1,0.3,0", f"--figure={figure}", f"--output={table}"]
    assert command.main(["x", *given, *flags, "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert [row["psi"] for row in said["curve"]] == ["1.0", "0.3", "0.0"] and said["figure"] == str(figure)
    text = figure.read_text()
    assert "<svg" in text and all(word in text for word in ("precision", "recall", "psi", "module"))
    assert "psi" in table.read_text().splitlines()[0].split(",")


ROWS = [
    {"status": "ok", "precision_a_1": "0.5", "recall_a_1": "0.6", "protocol": "p", "psi": psi}
    for psi in ("1.0", "-0.5", "0.7")
]


def test_points_are_in_the_order_of_psi_and_only_of_both_scores():
    found = truncation_curve.points(ROWS, "psi")
    assert [each["psi"] for each in found] == [-0.5, 0.7, 1.0]
    assert found[0] == {"psi": -0.5, "precision": 0.5, "recall": 0.6}
    with pytest.raises(UserError, match="there is no recall; --metrics=precision_recall has both"):
        truncation_curve.points([{"status": "ok", "precision_a": "1", "protocol": "p", "psi": "1"}], "psi")


@pytest.mark.parametrize(("by", "ending"), [("psi", "png"), ("truncation", "pdf")])
def test_pictures_are_of_all_kinds_and_latents_without_truncation_come_last(tmp_path, by, ending):
    rows = [{**row, "truncation": each} for row, each in zip(ROWS, ("0", "2.0", "0.5"), strict=True)]
    path = tmp_path / f"x.{ending}"
    truncation_curve.write(path, rows, by, "a model")
    first = path.read_bytes()
    assert first.startswith(b"\x89PNG" if ending == "png" else b"%PDF")
    truncation_curve.write(path, rows, by, "a model")
    assert path.read_bytes() == first and math.isfinite(len(first))


@pytest.mark.parametrize(
    ("flags", "line"),
    [
        (["--psi=1,x"], "--psi is 1,x; it must be numbers"),
        (["--psi=1,1"], "each once"),
        (["--psi=1", "--truncation=1"], "give only one of them"),
        (["--cutoff=2"], "give --psi, too"),
        (["--psi=1", "--figure=x.png"], "several values of --psi"),
        (["--psi=1,0", "--figure=x.gif"], "it has to end in .png or .svg or .pdf"),
        (["--truncation=1,-1"], "--truncation is 1,-1; it must be numbers, 0 or more"),
    ],
)
def test_what_cannot_be_is_said_in_one_line(flags, line, capsys):
    assert command.main(["x", "--real=mnist", "--generated=module", *flags]) == 2
    assert line in capsys.readouterr().err
