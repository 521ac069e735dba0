"""Abilities beside generating: a row each, paired metrics where the truth is known, refusals by name."""

import numpy as np
import pytest

from compare_gan_tf2.datasets import catalog, pipeline
from compare_gan_tf2.datasets.places import Places, places
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.evaluation import abilities, scorer, task
from compare_gan_tf2.evaluation.task import check_scores, evaluate
from compare_gan_tf2.evaluation.unscored import Asked, unscored, unscored_abilities
from compare_gan_tf2.gans.base import build
from compare_gan_tf2.options import Options
from compare_gan_tf2.task_folder import checkpoints, score_table
from compare_gan_tf2.task_folder.column_names import ABILITY

VAE = {
    "dataset": "fake:mnist", "gan": "vae", "architecture": "infogan", "width": 0.03, "z_dim": 4, "batch_size": 4,
    "training_steps": 2, "save_every_steps": 2, "ema_decay": 0.5, "extractor": "pixels", "evaluation_samples": 40,
}  # fmt: skip


@pytest.fixture(scope="module")
def vae(tmp_path_factory):
    """A folder with one checkpoint of an untrained VAE, its options, and where its data are."""
    folder = tmp_path_factory.mktemp("vae")
    options = Options.from_dict(VAE | {"metrics": "fid,l1,psnr_rgb,l1_to_input"})
    checkpoints.save(folder, 2, build(options, trains=False).evaluated_parts(), options)
    return folder, options, {"dataset_root": folder / "data", "cache_dir": folder / "cache"}


@pytest.fixture(scope="module")
def rows(vae):
    folder, _, where = vae
    return evaluate(folder, **where)


def test_a_row_per_ability_that_gives_a_stream(rows, vae):
    folder, options, where = vae
    assert [row[ABILITY] for row in rows] == ["", "reconstruct"]
    generated, copies = rows
    fid = next(name for name in score_table.score_columns(rows) if name.startswith("fid"))
    assert generated[fid] and copies[fid] and generated[fid] != copies[fid]
    assert generated["l1"] == "" and "l1" not in generated["metrics"].split(",")
    assert float(copies["l1"]) == float(copies["l1_to_input"]) > 0
    assert "ability" not in generated["protocol"] and "ability=reconstruct" in copies["protocol"]
    assert unscored(folder, Asked({})) == [] and unscored_abilities(folder, 2, options) == []
    before = (folder / score_table.SCORES_FILE).read_bytes()
    evaluate(folder, **where)
    assert (folder / score_table.SCORES_FILE).read_bytes() == before


def test_the_paired_score_is_that_of_the_model_called_by_hand(rows, vae):
    folder, options, where = vae
    gan = build(options, trains=False)
    checkpoints.restore(folder, 2, gan.networks(), partly=True)
    stored, _ = pipeline.read(catalog.of(options), "test", places(where["dataset_root"], where["cache_dir"]), 40)
    copies = gan.abilities(gan.evaluated())["reconstruct"].call(pipeline.to_float(stored, gan.dataset)).numpy()
    error = np.abs(np.round(copies * 255) - stored.astype(np.float64)).mean() / 255
    assert float(rows[1]["l1"]) == pytest.approx(error, abs=2e-6)


def test_the_best_checkpoint_is_chosen_by_generated_images(rows):
    fid = next(name for name in score_table.score_columns(rows) if name.startswith("fid"))
    good = {**rows[1], "step": "4", fid: "0.0"}
    assert score_table.best_step([rows[0], rows[1], good]) == 2
    assert score_table.best_step([rows[1], good]) == 4  # where nothing else is scored
    assert score_table.best_step([rows[0], rows[1], {**good, "l1": "0.0"}], "l1") == 4


def test_rows_of_before_abilities_stay_as_they_are_and_the_missing_row_comes(rows, vae, tmp_path):
    _, options, _ = vae
    old = {name: cell for name, cell in rows[0].items() if name != ABILITY}
    score_table.write_rows(tmp_path / score_table.SCORES_FILE, [old])
    assert unscored_abilities(tmp_path, 2, options) == ["reconstruct"]
    score_table.add_row(tmp_path, rows[1])
    found = score_table.read_rows(tmp_path)
    assert [row["status"] for row in found] == ["ok", "ok"] and found[0] == {**rows[0], ABILITY: ""}
    assert score_table.score_columns(found) == score_table.score_columns(rows)


def test_a_model_that_diverged_has_one_row(vae, tmp_path):
    _, options, where = vae
    gan = build(options, trains=False)
    for variable in gan.average.variables:
        variable.assign(np.full(variable.shape, np.nan))
    checkpoints.save(tmp_path, 2, gan.evaluated_parts(), options)
    (row,) = evaluate(tmp_path, **where)
    assert row["status"] == "diverged" and unscored(tmp_path, Asked({})) == []


def test_a_type_that_only_generates_has_the_rows_of_before(tmp_path):
    options = Options.from_dict(VAE | {"gan": "modular", "loss": "non_saturating", "metrics": "fid"})
    checkpoints.save(tmp_path, 2, build(options, trains=False).evaluated_parts(), options)
    (row,) = evaluate(tmp_path, dataset_root=tmp_path, cache_dir=tmp_path / "cache")
    assert ABILITY not in row


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"gan": "modular", "loss": "hinge", "metrics": "fid,psnr_rgb"}, "psnr_rgb cannot be had with gan=modular"),
        ({"evaluated_abilities": "reconstuct"}, "unknown ability 'reconstuct', did you mean 'reconstruct'"),
        ({"evaluated_abilities": "encode"}, "unknown ability 'encode'.* known: all, generate, reconstruct"),
        ({"metrics": "diversity_l1"}, "of ability reconstruct: .*several outputs for one input: there is none"),
        ({"metrics": "label_accuracy"}, "of ability reconstruct: .*labels that the outputs were made for"),
        (
            {"dataset": "ring", "architecture": "mlp", "gan": "modular", "loss": "hinge", "metrics": "iou"},
            "iou cannot be had",
        ),
    ],
)
def test_a_paired_metric_that_cannot_be_had_is_refused_by_name(changes, line, tmp_path):
    with pytest.raises(UserError, match=line):
        check_scores(Options.from_dict(VAE | changes), Places(tmp_path, tmp_path))


def test_metrics_on_the_model_need_one_that_generates(monkeypatch):
    monkeypatch.setattr(abilities, "stated", lambda options: {"translate_ab": (("a",), "b")})
    with pytest.raises(UserError, match="gilbo needs a model that can generate .* translate_ab"):
        scorer.chosen_metrics(Options.from_dict(VAE | {"metrics": "gilbo"}), catalog.find("fake:mnist"))
    assert task.metric_names(Options.from_dict(VAE | {"metrics": "fid"}), "translate_ab") == ["fid"]


def test_only_abilities_that_are_asked_for_are_scored_and_tasks_of_before_asked_for_one():
    options = Options.from_dict(VAE)
    assert abilities.scored(options) == ("generate", "reconstruct")
    assert abilities.scored(options.replace(evaluated_abilities="reconstruct")) == ("reconstruct",)
    of_before = {name: value for name, value in options.to_dict().items() if name != "evaluated_abilities"}
    assert abilities.scored(Options.from_file(of_before)) == ("generate",)


@pytest.mark.parametrize(("dataset", "draws"), [("polygon_hole", False), ("fake:cifar10", True)])
@pytest.mark.parametrize("gan", ["ccgan", "context_encoder"])
def test_a_mask_that_the_data_set_has_is_no_draw(gan, dataset, draws):
    options = Options.from_dict({"gan": gan, "dataset": dataset})
    assert ("draws" in abilities.has(options, "inpaint")) == draws
