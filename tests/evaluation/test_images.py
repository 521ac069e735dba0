"""Scores of any images against any others."""

import csv
import os
import shutil

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from compare_gan_tf2.commands import evaluate as command
from compare_gan_tf2.datasets import catalog, polygon_geometry
from compare_gan_tf2.datasets.catalog import Places
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.evaluation.images import evaluate_images
from compare_gan_tf2.evaluation.scorer import Scorer
from compare_gan_tf2.evaluation.task import evaluate
from compare_gan_tf2.gans.base import build
from compare_gan_tf2.hub_export import save
from compare_gan_tf2.hub_export.save import export
from compare_gan_tf2.options import Options
from compare_gan_tf2.task_folder import checkpoints, score_table
from compare_gan_tf2.task_folder.protocol import Protocol


def _drawn(corners, seed):
    """200 polygons uint8 [200, 28, 28, 1], spread over the range of a file's pixels."""
    stored = polygon_geometry.generate(corners, 200, seed=seed)[..., None]
    return np.rint(stored * (255 / catalog.find("triangles").largest_value)).astype(np.uint8)


@pytest.fixture(scope="module")
def triangle_folder(tmp_path_factory):
    """200 triangles as PNG files."""
    folder = tmp_path_factory.mktemp("triangles")
    for number, image in enumerate(_drawn(3, seed=3)):
        (folder / f"{number}.png").write_bytes(tf.io.encode_png(image).numpy())
    return folder


def _places(root, tmp_path):
    return {"dataset_root": root, "cache_dir": tmp_path / "cache"}


def test_a_module_has_the_scores_of_its_checkpoint(tmp_path, triangles, tiny, monkeypatch):
    monkeypatch.setattr(save, "_check_elsewhere", lambda folder, probes: None)  # what it would see is seen below
    places = _places(triangles, tmp_path)
    options = tiny.replace(architecture="mlp", width=0.05, training_steps=4)
    gan = build(options, trains=False)
    for number, variable in enumerate(gan.average.trainable_variables):
        variable.assign_add(0.1 * tf.random.stateless_normal(variable.shape, [number, 5]))
    checkpoints.save(tmp_path / "task", 4, gan.evaluated_parts(), options)
    expected = evaluate(tmp_path / "task", **places)[-1]
    module = export(tmp_path / "task", step="last")
    row = evaluate_images("triangles", module, samples=64, options={"metrics": "fid,kid"}, **places)
    for name in score_table.score_columns([row]):
        if row[name]:
            assert float(row[name]) == pytest.approx(float(expected[name]), rel=1e-4, abs=1e-7), name
    facts = (dict(Protocol.parse(each["protocol"]).facts) for each in (row, expected))
    ours, theirs = (
        {name: fact for name, fact in each.items() if name not in ("weights", "statistics")} for each in facts
    )
    assert ours == theirs
    _curve_of_truncations(module, row, places)


def _curve_of_truncations(module, untruncated, places):
    """What a truncation changes: the latents alone, and what the row says."""
    given = {"samples": 64, "options": {"metrics": "fid"}, **places}
    narrow, wide, again = (evaluate_images("triangles", module, truncation=each, **given) for each in (0.01, 9.0, 9.0))
    (column,) = score_table.score_columns([wide])
    fids = [float(each[column]) for each in (untruncated, wide, narrow)]
    assert again == wide and abs(fids[0] - fids[1]) < abs(fids[0] - fids[2])
    assert narrow["truncation"] == "0.01" and Protocol.parse(narrow["protocol"]).fact("truncation") == "0.01"
    assert "truncation" not in untruncated
    with pytest.raises(UserError, match="truncation is -1.0; it has to be 0"):
        evaluate_images("triangles", module, truncation=-1.0, **given)
    with pytest.raises(UserError, match="a truncation is of the latents of a module's generated images"):
        evaluate_images("triangles", "triangles", truncation=1.0, **given)


def test_triangles_are_nearer_to_triangles_than_squares(tmp_path, triangles, triangle_folder):
    np.savez(tmp_path / "squares.npz", images=_drawn(4, seed=4))
    places = _places(triangles, tmp_path)
    near, far = (
        evaluate_images("triangles", generated, samples=200, options={"metrics": "fid"}, **places)
        for generated in (triangle_folder, tmp_path / "squares.npz")
    )
    (column,) = score_table.score_columns([near])
    assert score_table.score_columns([far]) == [column] and 10 * float(near[column]) < float(far[column])
    assert "real=200; generated=200" in near["protocol"]


def test_a_folder_is_compared_with_itself_and_a_copy_is_caught(tmp_path, triangle_folder):
    places = _places(tmp_path, tmp_path)
    options = {"extractor": "pixels", "metrics": "default,authenticity"}
    row = evaluate_images(triangle_folder, triangle_folder, training=triangle_folder, options=options, **places)
    found = {name.partition("_pixels")[0]: float(row[name]) for name in score_table.score_columns([row]) if row[name]}
    assert found["fid"] == pytest.approx(0, abs=1e-6) and found["authenticity"] == 0
    assert found["precision"] == found["recall"] == found["coverage"] == 1


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["--real=nowhere"], "nowhere does not exist, and is no data set; known: "),
        (["--samples=900"], "images, and 900 are asked for"),
        (["--metrics=fid,prd,gilbo"], "metrics gilbo need the model"),
        (["--metrics=authenticity"], "needs the images that the generator was trained on"),
        (["--metrics=intra_fid"], "needs real and generated images with labels"),
        (["--samples=2"], "needs 6 images or more, not 2"),
        (["--set=loss=hinge"], "unknown option 'loss'"),
        (["--set=extractor=pixels"], "given twice"),
        (["--output=scores.txt"], "has to end in .csv"),
    ],
)
def test_a_mistake_is_one_line_and_exit_code_2(triangle_folder, tmp_path, capsys, arguments, line):
    flags = [f"--real={triangle_folder}", f"--generated={triangle_folder}", "--extractor=pixels"]
    flags += [f"--cache_dir={tmp_path}", *arguments]
    assert command.main(["compare_gan_evaluate", *flags]) == 2
    said = capsys.readouterr().err
    # The first one reads the folder, with a progress bar.
    errors = [each for each in said.strip().splitlines() if not each.startswith("reading ")]
    assert line in said and len(errors) == 1


def test_the_command_prints_the_scores_and_writes_them_once(triangle_folder, tmp_path, capsys):
    output = tmp_path / "scores.csv"
    flags = [f"--real={triangle_folder}", f"--generated={triangle_folder}", "--extractor=pixels", "--metrics=kid"]
    flags += [f"--cache_dir={tmp_path}", f"--output={output}"]
    assert command.main(["compare_gan_evaluate", *flags]) == 0
    printed = capsys.readouterr().out
    with open(output, newline="") as file:
        (row,) = csv.DictReader(file)
    columns = score_table.score_columns([row])
    assert any(name.startswith("kid_pixels") for name in columns) and row["protocol"] in " ".join(printed.split())
    for name in columns:
        assert f"{name}: {row[name] or 'not defined'}\n" in printed
    assert command.main(["compare_gan_evaluate", *flags]) == 2
    assert "the file must not exist yet" in capsys.readouterr().err


def test_a_protocol_says_formats_and_what_is_left_out_and_no_place(triangle_folder, tmp_path):
    folder = tmp_path / os.fsdecode(b"g\xe9n")
    folder.mkdir()
    for number, image in enumerate(_drawn(4, seed=5)[:20]):
        (folder / f"{number}.jpg").write_bytes(tf.io.encode_jpeg(image, quality=95).numpy())
    (folder / "moving.webp").write_bytes(b"RIFF????WEBPVP8X")
    (folder / "photo.heic").write_bytes(b"")
    options = {"extractor": "pixels", "metrics": "kid"}
    row = evaluate_images(triangle_folder, folder, options=options, **_places(tmp_path, tmp_path))
    protocol = Protocol.parse(row["protocol"])
    assert protocol.fact("real_files") == "png" and protocol.fact("generated_files") == "jpeg, 2 left out"
    assert protocol.fact("data").startswith("folder of images all ") and str(tmp_path.parent) not in row["protocol"]
    assert row["generated"] == f"{tmp_path}/g\\udce9n"
    score_table.write_rows(tmp_path / "scores.csv", [row])
    copy = shutil.copytree(triangle_folder, tmp_path / "another name", copy_function=shutil.copyfile)
    again = evaluate_images(copy, folder, options=options, **_places(tmp_path, tmp_path))
    assert again["protocol"] == row["protocol"] and again["kid_pixels"] == row["kid_pixels"]


def test_real_images_of_several_sizes_are_cut_to_that_of_the_generated(triangle_folder, tmp_path):
    photos = tmp_path / "photos"
    photos.mkdir()
    for number, image in enumerate(_drawn(3, seed=6)[:12]):
        size = (28 + 2 * number, 28 + 3 * number)
        Image.fromarray(image[..., 0]).resize(size, Image.Resampling.BICUBIC).save(photos / f"{number}.png")
    options = {"extractor": "pixels", "metrics": "kid"}
    row = evaluate_images(photos, triangle_folder, options=options, **_places(tmp_path, tmp_path))
    assert "extractor=pixels as 28x28x1;" in row["protocol"] and "real=12;" in row["protocol"]


def test_sizes_that_differ_are_refused(triangle_folder, tmp_path):
    np.savez(tmp_path / "small.npz", x=np.zeros((200, 14, 14, 1), np.uint8))
    with pytest.raises(UserError, match="their sizes differ|needs one size"):
        evaluate_images(
            triangle_folder, tmp_path / "small.npz", options={"extractor": "pixels"}, **_places(tmp_path, tmp_path)
        )


def test_a_word_on_numbers_that_differ(tmp_path, caplog):
    for name, number in (("real", 20), ("few", 12)):
        np.savez(tmp_path / f"{name}.npz", images=_drawn(3, seed=5)[:number])
    given = {"options": {"metrics": "kid", "extractor": "pixels"}, "cache_dir": tmp_path / "cache"}
    real, few = tmp_path / "real.npz", tmp_path / "few.npz"
    evaluate_images(real, few, **given)
    assert "20 real images are compared with 12 generated ones" in caplog.text and "samples=12" in caplog.text
    caplog.clear()
    evaluate_images(real, few, samples=12, **given)
    evaluate_images(real, real, **given)
    assert "are compared with" not in caplog.text


def test_more_samples_than_a_folder_has_are_lowered_with_a_word(tmp_path, triangle_folder, caplog):
    given = {"dataset": str(triangle_folder), "metrics": "fid", "extractor": "pixels"}
    places = Places(tmp_path, tmp_path / "cache")
    for asked, count in ((10_000, 200), (201, 200), (200, 200), (50, 50), (0, 200)):
        caplog.clear()
        options = Options.from_dict({**given, "evaluation_samples": asked})
        scorer = Scorer(options, catalog.of(options), places)
        assert scorer.count == count and f"real={count}; generated={count}" in str(scorer.protocol())
        said = f"evaluation_samples is {asked}, and {triangle_folder} has 200 images to compare with"
        assert (said in caplog.text) == (asked > 200)
    np.savez(tmp_path / "few.npz", images=_drawn(3, seed=5)[:15])
    with pytest.raises(UserError, match="has 15 images to score with; metric prd needs 20"):
        Options.from_dict({"dataset": str(tmp_path / "few.npz"), "evaluation_samples": 10_000, "metrics": "prd"})
