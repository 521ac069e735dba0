"""Evaluation: one row per checkpoint, cached references, nothing done twice."""

import datetime
import json
import math
import pathlib
import shutil
import threading

import keras
import numpy as np
import pytest

from compare_gan_tf2 import files
from compare_gan_tf2.datasets import _polygons, catalog
from compare_gan_tf2.datasets.places import Places
from compare_gan_tf2.datasets.places import places as given_places
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.evaluation import real_statistics
from compare_gan_tf2.evaluation import task as evaluate_module
from compare_gan_tf2.evaluation.kept_scorers import KeptScorers
from compare_gan_tf2.evaluation.task import check_scores, evaluate
from compare_gan_tf2.evaluation.unscored import Asked, unscored
from compare_gan_tf2.extractors import Request, classifier
from compare_gan_tf2.gans.base import build
from compare_gan_tf2.metrics import Samples, kid, prd
from compare_gan_tf2.options import Options
from compare_gan_tf2.studies import terminal
from compare_gan_tf2.task_folder import checkpoints, curves, provenance, score_table
from compare_gan_tf2.task_folder.column_names import CHECKSUM, PROVENANCE, is_fid
from compare_gan_tf2.task_folder.protocol import Protocol
from compare_gan_tf2.task_folder.status import STATUS_FILE
from compare_gan_tf2.training.kept_steps import KeptSteps
from compare_gan_tf2.training.loop import train


@pytest.fixture(scope="module")
def tiny(tiny):
    """Rows are about any network: one of the cheapest."""
    return tiny.replace(architecture="mlp", width=0.05)


@pytest.fixture(scope="module")
def kept():
    """Compiled steps for tasks that differ in seeds and rates."""
    return KeptSteps()


@pytest.fixture(scope="module")
def trained_once(tmp_path_factory, triangles, tiny, kept):
    folder = tmp_path_factory.mktemp("trained") / "task"
    train(tiny, folder, dataset_root=triangles, kept=kept)
    return folder


@pytest.fixture
def trained(trained_once, tmp_path):
    """A trained task of the test's own."""
    return pathlib.Path(shutil.copytree(trained_once, tmp_path / "task"))


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    """A cache that is filled by the first evaluation; a test that looks into one has its own."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def places(triangles, cache):
    """Arguments of `evaluate`, with networks and references that tests share as tasks of a worker do."""
    kept = KeptScorers(Places(triangles, cache), most=3)
    return {"dataset_root": triangles, "cache_dir": cache, "scorer_for": kept.take}


@pytest.fixture(scope="module")
def scored_once(trained_once, places, tmp_path_factory):
    folder = pathlib.Path(shutil.copytree(trained_once, tmp_path_factory.mktemp("scored") / "task"))
    evaluate(folder, **places)
    return folder


@pytest.fixture
def scored(scored_once, tmp_path):
    """A trained task of the test's own with a row for every checkpoint."""
    return pathlib.Path(shutil.copytree(scored_once, tmp_path / "task"))


def _without_provenance(rows):
    return [{name: cell for name, cell in row.items() if name not in (*PROVENANCE, CHECKSUM)} for row in rows]


def test_every_checkpoint_gets_one_full_row_and_a_second_evaluation_adds_none(scored, places, triangles, tiny):
    rows = evaluate(scored, **places)
    assert [row["step"] for row in rows] == ["4", "8", "12"]
    columns = score_table.score_columns(rows)
    # Of fewer images than features KID comes first.
    assert [name.partition("_classifier_polygons_")[0] for name in columns] == ["kid", "kid_standard_error", "fid"]
    for row in rows:
        assert row["status"] == "ok" and float(row[columns[2]]) > 0
        assert row["discriminator_steps"] == row["step"] and int(row["images_seen"]) == 8 * int(row["step"])
        for fact in ("data=triangles test", "generated=64", "weights=average", "weights ", "seed=42"):
            assert fact in row["protocol"]
        for name, value in tiny.to_dict().items():
            assert row[name] == (str(value).lower() if isinstance(value, bool) else str(value))
        assert row["tensorflow_version"]
        assert row["task"] == row["experiment"] == "" and float(row["seconds"]) > 0 and row["host"]
        assert datetime.datetime.fromisoformat(row["date"]).utcoffset() == datetime.timedelta(0)
    # Of so short a training the last row alone says that samples are alike; none counts as collapsed.
    alike = [row["flags"].startswith("samples alike after a short training: ") for row in rows]
    assert alike == [False, False, True] and not any(row["collapse"] for row in rows)
    before = (scored / score_table.SCORES_FILE).read_bytes()
    assert evaluate(scored, **places) == rows
    assert (scored / score_table.SCORES_FILE).read_bytes() == before


def test_evaluating_again_gives_the_same_scores_without_reading_real_images(scored, cache, triangles, monkeypatch):
    rows = score_table.read_rows(scored)
    (scored / score_table.SCORES_FILE).unlink()

    def read(*arguments):
        raise AssertionError("a real image was read")

    monkeypatch.setattr(_polygons.PolygonDataset, "arrays", read)
    again = evaluate(scored, dataset_root=triangles, cache_dir=cache)
    assert len(again) == 3 and _without_provenance(again) == _without_provenance(rows)


def test_a_checkpoint_with_broken_weights_gets_the_status_diverged_and_the_others_are_scored(trained, places, tiny):
    gan = build(tiny)
    checkpoints.restore(trained, 8, gan.tracked())
    gan.average.variables[0].assign(np.full(gan.average.variables[0].shape, np.nan, np.float32))
    checkpoints.save(trained, 8, gan.tracked(), tiny)
    rows = evaluate(trained, **places)
    assert [row["status"] for row in rows] == ["ok", "diverged", "ok"]
    assert all(rows[1][name] == "" for name in score_table.score_columns(rows))


def test_a_diverged_training_ends_with_a_row_that_says_so(scored, places, tiny):
    status = {"state": "diverged", "step": 15, "not_finite": ["loss/d"], "options": tiny.to_dict()}
    (scored / STATUS_FILE).write_text(json.dumps(status))
    rows = evaluate(scored, **places)
    assert [(row["step"], row["status"]) for row in rows][-1] == ("15", "diverged") and len(rows) == 4
    assert evaluate(scored, **places) == rows


def test_a_training_that_diverges_before_its_first_checkpoint_has_a_row(tmp_path, places, triangles, tiny, kept):
    rates = {"g_learning_rate": 1e30, "d_learning_rate": 1e30, "learning_rate_decay": 0.0}
    status = train(tiny.replace(save_every_steps=12, **rates), tmp_path / "t", dataset_root=triangles, kept=kept)
    assert status["state"] == "diverged" and not checkpoints.steps(tmp_path / "t")
    (row,) = evaluate(tmp_path / "t", **places)
    assert (row["status"], row["step"], row["g_learning_rate"]) == ("diverged", str(status["step"]), "1e+30")


def test_a_damaged_checkpoint_does_not_keep_the_others_from_being_scored(trained, places):
    data = checkpoints.path(trained, 4) / "weights.data-00000-of-00001"
    data.write_bytes(data.read_bytes()[:100])
    with pytest.raises(UserError, match="00000004"):
        evaluate(trained, **places)
    assert [row["step"] for row in score_table.read_rows(trained)] == ["8", "12"]


def test_a_metric_that_does_not_apply_is_refused(tmp_path):
    def refused(**options):
        with pytest.raises(UserError) as error:
            check_scores(Options.from_dict(options), Places(tmp_path, tmp_path))
        return str(error.value)

    line = refused(dataset="mnist", metrics="fid,polygon_manifold")
    assert "polygon_manifold applies to data sets of polygons" in line and "mnist" in line
    assert "intra_fid needs real and generated images with labels" in refused(dataset="mnist", metrics="intra_fid")
    line = refused(dataset="mnist", metrics="inception_score", extractor="pixels")
    assert "inception_score needs class scores, and extractor pixels has none" in line
    assert "inception_score" in refused(dataset="celeb_a", metrics="inception_score")
    check_scores(Options.from_dict({"dataset": "celeb_a"}), Places(tmp_path, tmp_path))


def test_metrics_that_a_row_lacks_are_added_to_it(scored, places):
    before = evaluate(scored, **places)
    rows = evaluate(scored, changes={"metrics": "kid,vendi"}, **places)
    assert len(rows) == 3
    for old, new in zip(before, rows, strict=True):
        scores = {name: old[name] for name in score_table.score_columns([old])}
        assert {name: new[name] for name in scores} == scores
        assert len(score_table.score_columns([new])) > len(scores) and new["metrics"] == "fid,kid,vendi"
        was, now = Protocol.parse(old["protocol"]), Protocol.parse(new["protocol"])
        assert now.without_metrics() == was.without_metrics() and list(now.by_metric()) == ["fid", "kid", "vendi"]
        assert float(new["seconds"]) > float(old["seconds"]) and new["date"] >= old["date"]
    assert evaluate(scored, changes={"metrics": "vendi"}, **places) == rows


def test_another_protocol_has_rows_and_a_table_of_its_own(scored, places):
    evaluate(scored, **places)
    changes = {"evaluation_samples": 32, "quantisation": "uint8", "metrics": "fid"}
    rows = evaluate(scored, changes=changes, every=2, **places)
    assert [row["step"] for row in rows] == ["4", "8", "8", "12", "12"]
    assert len(score_table.by_protocol(rows)) == 2 and terminal.scores(rows, 80).count("protocol: ") == 2
    assert "quantisation=uint8" in rows[-1]["protocol"] and "generated=32" in rows[-1]["protocol"]
    with pytest.raises(UserError, match="option loss is not one of the evaluation"):
        evaluate(scored, changes={"loss": "hinge"}, **places)


@pytest.mark.slow
def test_the_latest_weights_of_a_training_score_as_of_one_that_keeps_no_average(
    trained, tmp_path, places, triangles, tiny
):
    rows = evaluate(trained, changes={"evaluated_weights": "latest"}, since=8, **places)
    assert [row["step"] for row in rows] == ["8", "12"] and all("weights=latest;" in row["protocol"] for row in rows)
    train(tiny.replace(ema_decay=0.0), tmp_path / "without", dataset_root=triangles)
    without = evaluate(tmp_path / "without", **places)
    for name in score_table.score_columns(rows):
        assert [row[name] for row in rows] == [row[name] for row in without[1:]]
    both = evaluate(trained, **places)
    assert len(both) == 5 and len(score_table.by_protocol(both)) == 2
    column = next(name for name in both[0] if is_fid(name))
    (averaged,) = (row for row in both if row["step"] == "12" and row["evaluated_weights"] == "auto")
    assert "weights=average;" in averaged["protocol"] and averaged[column] != rows[-1][column]


def test_a_row_without_an_option_has_its_default(scored, places):
    rows = evaluate(scored, **places)
    lacking = ("evaluated_weights", "resize", *PROVENANCE, CHECKSUM)
    older = [{name: cell for name, cell in row.items() if name not in lacking} for row in rows]
    score_table.write_rows(scored / score_table.SCORES_FILE, older)
    assert evaluate(scored, **places) == older
    # The column comes back with the new row, empty in the others.
    both = evaluate(scored, changes={"evaluated_weights": "latest"}, since=12, **places)
    assert len(both) == 4 and [row["resize"] for row in both] == ["", "", "", "tf1"]
    assert [bool(row["host"]) for row in both] == [row["evaluated_weights"] == "latest" for row in both]
    assert evaluate(scored, **places) == both
    # A row whose first part is of unknown duration.
    *_, joined, _ = evaluate(scored, changes={"metrics": "vendi"}, since=12, **places)
    assert joined["metrics"] == "fid,kid,vendi" and joined["seconds"] == "" and joined["date"]


@pytest.mark.slow
def test_without_an_average_all_weights_are_the_latest(tmp_path, places, triangles, tiny):
    train(tiny.replace(ema_decay=0.0), tmp_path / "task", dataset_root=triangles)
    rows = evaluate(tmp_path / "task", **places)
    assert evaluate(tmp_path / "task", changes={"evaluated_weights": "latest"}, **places) == rows


def test_nothing_before_a_step_is_looked_at(trained, places, tiny):
    (checkpoints.path(trained, 4) / "options.json").write_text("{")
    status = {"state": "diverged", "step": 15, "not_finite": ["loss/d"], "options": tiny.to_dict()}
    (trained / STATUS_FILE).write_text(json.dumps(status))
    assert unscored(trained, Asked(every=10, since=8)) == [12]
    assert unscored(trained, Asked(since=13)) == []
    with pytest.raises(UserError, match="00000004"):
        evaluate(trained, **places)


def test_repeats_give_means_and_deviations(scored, places):
    once = evaluate(scored, **places)[-1]
    rows = evaluate(scored, changes={"evaluation_repeats": 3, "metrics": "fid,prd"}, every=10, **places)
    column = next(name for name in once if is_fid(name))
    (row,) = (row for row in rows if row["evaluation_repeats"] == "3")
    deviation = float(row[column.replace("fid_", "fid_deviation_")])
    assert deviation > 0 and row[column] != once[column] and "repeats=3" in row["protocol"]
    assert abs(float(row[column]) - float(once[column])) < 4 * deviation
    assert not is_fid(column.replace("fid_", "fid_deviation_"))
    # A curve is the mean of its repeats, too.
    protocol, extractor = Protocol.parse(row["protocol"]), column.removeprefix("fid_")
    curve = curves.read(scored, int(row["step"]), protocol, f"prd_{extractor}")
    assert len(curve.recall) == 1001 and len(curves.files(scored)) == 1
    f8 = prd.max_f_beta(np.array(curve.precision), np.array(curve.recall), 8)
    assert f8 == pytest.approx(float(row[f"prd_f8_{extractor}"]), abs=0.02)


@pytest.mark.slow
def test_watching_scores_every_checkpoint_until_the_training_is_over(tmp_path, places, triangles, tiny, monkeypatch):
    folder, found = tmp_path / "task", []
    monkeypatch.setattr(evaluate_module, "_SECONDS_BETWEEN_LOOKS", 0.05)

    def watch():
        found.extend(evaluate(folder, watch=True, **places))

    thread = threading.Thread(target=watch)
    thread.start()
    train(tiny, folder, dataset_root=triangles)
    thread.join(timeout=120)
    assert not thread.is_alive() and [row["step"] for row in found] == ["4", "8", "12"]


def test_a_metric_that_fails_leaves_its_cells_empty_and_the_others_are_scored(trained, places, monkeypatch, caplog):
    def fails(pair):
        raise ValueError("class 5 has 1 sample")

    monkeypatch.setattr(kid, "metric", fails)
    rows = evaluate(trained, **places)
    assert [row["status"] for row in rows] == ["ok"] * 3
    assert all(name.startswith("fid_") for name in score_table.score_columns(rows))
    assert "step 4: no metric kid: class 5 has 1 sample" in caplog.text


def test_who_lost_the_claim_adds_no_row(tmp_path, tiny, monkeypatch):
    status = {"state": "diverged", "step": 3, "not_finite": ["loss/d"], "options": tiny.to_dict()}
    (tmp_path / STATUS_FILE).write_text(json.dumps(status))
    made = provenance.of_row

    def while_suspended(folder):
        (folder / "evaluate.claim").write_text(json.dumps({"token": "another"}))
        return made(folder)

    monkeypatch.setattr(provenance, "of_row", while_suspended)
    with pytest.raises(UserError, match="another process took over evaluate"):
        evaluate(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {STATUS_FILE, "evaluate.claim"}


def test_a_training_that_died_is_not_watched_for_ever(trained, places, monkeypatch, caplog):
    (trained / STATUS_FILE).write_text(json.dumps({"state": "training", "step": 12}))
    rows = evaluate(trained, watch=True, **places)
    assert [row["step"] for row in rows] == ["4", "8", "12"] and "nobody is training" in caplog.text


def test_options_without_effect_are_refused(tmp_path):
    for changes, line in (
        ({"resize": "clean"}, "option resize has no effect with extractor classifier; leave it at 'tf1'"),
        ({"extractor": "pixels", "extractor_weights": "w.npz"}, "option extractor_weights has no effect"),
        ({"extractor": "keras_inception", "extractor_precision": "bfloat16"}, "option extractor_precision has no"),
    ):
        with pytest.raises(UserError, match=line):
            check_scores(Options.from_dict({"dataset": "mnist", **changes}), Places(tmp_path, tmp_path))


def test_other_contents_of_a_file_of_weights_are_scored_again(trained, tmp_path, cache, triangles, monkeypatch):
    def write(scale):
        inputs = keras.Input((28, 28, 1))
        keras.Model(inputs, scale * keras.layers.GlobalAveragePooling2D()(inputs[:, ::2])).save(tmp_path / "m.keras")

    places = {"dataset_root": triangles, "cache_dir": cache}
    changes = {"extractor": "model_file", "extractor_weights": str(tmp_path / "m.keras"), "metrics": "fid"}
    write(1.0)
    assert len(evaluate(trained, changes=changes, **places)) == 3
    assert len(evaluate(trained, changes=changes, **places)) == 3
    write(2.0)
    with monkeypatch.context() as patched:
        patched.setattr(
            evaluate_module, "build", lambda *_, **__: pytest.fail("a network is built to ask what is there")
        )
        asked = Asked(changes)
        other = evaluate_module.CheckpointScorer(asked.options_for(trained, 12), given_places(**places)).measured
        assert unscored(trained, asked, other) == [4, 8, 12]
    rows = evaluate(trained, changes=changes, **places)
    assert len(rows) == 6 and len(score_table.by_protocol(rows)) == 2


@pytest.mark.slow
def test_what_metrics_derive_from_real_images_is_computed_once(trained, tmp_path, triangles, monkeypatch):
    places = {"dataset_root": triangles, "cache_dir": tmp_path / "cache"}
    changes = {"metrics": "fid,precision_recall"}
    rows = evaluate(trained, changes=changes, **places)
    (folder,) = (tmp_path / "cache/references").iterdir()
    derived = {path.stem for path in folder.iterdir()} - {"samples"}
    assert len(derived) >= 2  # moments or their root, radii
    (trained / score_table.SCORES_FILE).unlink()
    monkeypatch.setattr(files, "replace_file", lambda path: pytest.fail(f"{path} is written again"))
    assert _without_provenance(evaluate(trained, changes=changes, **places)) == _without_provenance(rows)


@pytest.mark.slow
def test_polygon_scores_are_in_the_default_panel_of_polygons(tmp_path, places, triangles, tiny, monkeypatch):
    from compare_gan_tf2.model_metrics import polygon_manifold

    monkeypatch.setattr(polygon_manifold, "RECALL_IMAGES", 4)
    monkeypatch.setattr(polygon_manifold, "START_SAMPLES", 64)
    monkeypatch.setattr(polygon_manifold, "SEARCH_STEPS", 3)
    options = tiny.replace(metrics="default", training_steps=2, save_every_steps=2)
    train(options, tmp_path / "task", dataset_root=triangles)
    (row,) = evaluate(tmp_path / "task", **places)
    assert float(row["polygon_precision"]) == 0.0 and float(row["polygon_median_distance"]) > 1
    assert math.isfinite(float(row["polygon_recall"])) and "fid_classifier_polygons" in " ".join(row)


def test_the_reference_depends_on_the_data_the_split_and_the_count(tmp_path, triangles):
    dataset = catalog.find("triangles")
    extractor = classifier.load(Request(dataset, triangles, tmp_path))
    places = Places(triangles, tmp_path / "cache")
    few = real_statistics.reference(dataset, "test", 20, extractor, places)
    more = real_statistics.reference(dataset, "test", 30, extractor, places)
    other = real_statistics.reference(dataset, "train", None, extractor, places, most=25)
    assert isinstance(few, Samples) and (len(few.features), len(more.features), len(other.features)) == (20, 30, 25)
    np.testing.assert_array_equal(few.features, more.features[:20])
    assert not np.array_equal(few.features, other.features[:20])
    folders = list((tmp_path / "cache/references").iterdir())
    assert len(folders) == 3
    for folder in folders:
        (folder / "samples.npz").write_bytes(b"damaged")
    again = real_statistics.reference(dataset, "test", 20, extractor, places)
    np.testing.assert_array_equal(again.features, few.features)
    with pytest.raises(UserError, match="evaluation_samples"):
        real_statistics.reference(dataset, "test", 10**6, extractor, places)


def test_features_of_real_images_go_on_where_an_evaluation_was_interrupted(tmp_path, triangles, monkeypatch):
    monkeypatch.setattr(real_statistics, "_CHUNK", 5)
    monkeypatch.setattr(real_statistics, "_PIECE", 20)
    dataset = catalog.find("triangles")
    extractor = classifier.load(Request(dataset, triangles, tmp_path))
    whole = real_statistics.reference(dataset, "test", 50, extractor, Places(triangles, tmp_path / "unbroken"))
    extracted, places = [], Places(triangles, tmp_path / "cache")

    class Broken:
        id = extractor.id

        def extract(self, images):
            extracted.append(len(images))
            if len(extracted) == 7:
                raise KeyboardInterrupt
            return extractor.extract(images)

    with pytest.raises(KeyboardInterrupt):
        real_statistics.reference(dataset, "test", 50, Broken(), places)
    again = real_statistics.reference(dataset, "test", 50, Broken(), places)
    assert len(extracted) == 7 + 6  # of 10 parts 4 were kept
    for name in ("images", "features", "logits", "labels"):
        np.testing.assert_array_equal(getattr(again, name), getattr(whole, name))
    (folder,) = (tmp_path / "cache/references").iterdir()
    assert [file.name for file in folder.iterdir()] == ["samples.npz"]
