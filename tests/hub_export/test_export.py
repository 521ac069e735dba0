"""Exported modules: the right images, in a process that has never heard of us."""

import json
import pathlib
import shutil
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf
from slow_cases import slow_unless

from compare_gan_tf2.errors import UserError
from compare_gan_tf2.gans.base import build
from compare_gan_tf2.hub_export import _sums, save
from compare_gan_tf2.hub_export.load import load
from compare_gan_tf2.hub_export.save import export
from compare_gan_tf2.options import Options
from compare_gan_tf2.task_folder import checkpoints, score_table

OPTIONS = {
    "plain": {"dataset": "triangles", "width": 0.1, "z_dim": 8},
    "conditional": {
        "dataset": "mnist", "architecture": "dcgan", "width": 0.1, "z_dim": 8, "ema_decay": 0.9, "conditional": True,
        "g_normalization": "conditional_batch", "d_weight_normalization": "spectral", "z_distribution": "normal",
    },
    "began": {"dataset": "triangles", "width": 0.1, "z_dim": 8, "gan": "began", "z_distribution": "truncated"},
    "vae": {"dataset": "triangles", "width": 0.1, "z_dim": 8, "gan": "vae"},
}  # fmt: skip
SMALL = {"dataset": "triangles", "architecture": "mlp", "width": 0.05, "z_dim": 8}

STRANGER = """
import sys
import numpy as np, tensorflow as tf, tensorflow_hub as hub
module = hub.load(sys.argv[1])
z = tf.constant(np.load(sys.argv[2]))
images = module(z, tf.range(5)) if sys.argv[4] == "conditional" else module(z)
assert not any(name.startswith("compare_gan_tf2") for name in sys.modules)
np.save(sys.argv[3], images.numpy())
"""


def _task(options, folder):
    """The networks of a task's checkpoint in a folder; they have moved."""
    options = Options.from_dict(options)
    gan = build(options, trains=False)
    # Not at their start, where all would be alike.
    for network in gan.networks().values():
        for number, (variable_name, variable) in enumerate(sorted(network.items())):
            if not variable_name.endswith("moving_variance"):
                variable.assign_add(0.02 * tf.random.stateless_normal(variable.shape, [number, 5]))
    checkpoints.save(folder, 7, gan.evaluated_parts(), options)
    return gan


@pytest.fixture(params=slow_unless(lambda name: name == "conditional", OPTIONS))
def task(request, tmp_path):
    """Of every kind: the name, a task's folder and its networks."""
    return request.param, tmp_path / "task", _task(OPTIONS[request.param], tmp_path / "task")


@pytest.fixture
def small_task(tmp_path):
    """Of one kind, for what is the same of all: a task's folder and its networks."""
    return tmp_path / "task", _task(SMALL, tmp_path / "task")


@pytest.fixture(scope="module")
def exported_once(tmp_path_factory):
    folder = tmp_path_factory.mktemp("exported") / "task"
    _task(SMALL, folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(save, "_check_elsewhere", lambda folder, probes: None)
        export(folder)
    return folder


@pytest.fixture
def exported(exported_once, tmp_path):
    """A task's folder with its module, the test's own."""
    return pathlib.Path(shutil.copytree(exported_once, tmp_path / "task"))


def _inputs(gan):
    z = tf.random.stateless_normal([5, 8], [1, 2])
    return z, (tf.range(5) if gan.num_classes else None)


@pytest.mark.slow
def test_a_process_without_this_package_gets_the_same_images(task, tmp_path):
    name, folder, gan = task
    module = export(folder)
    assert module == folder / "export" / "7"
    z, labels = _inputs(gan)
    np.save(tmp_path / "z.npy", z)
    arguments = [str(module), str(tmp_path / "z.npy"), str(tmp_path / "images.npy"), name]
    subprocess.run([sys.executable, "-c", STRANGER, *arguments], check=True, cwd=tmp_path, capture_output=True)
    expected = gan.evaluated_generator(z, labels, training=False)
    np.testing.assert_allclose(np.load(tmp_path / "images.npy"), expected, atol=1e-6)


def test_signatures_options_scores_and_card_are_there(task):
    name, folder, gan = task
    row = {"step": 7, "status": "ok", "fid_classifier_x": 1.25, "protocol": "real=10; generated=10"}
    score_table.add_row(folder, row | {"host": "gpu-17.private", "commit": "0af3"})
    module = load(export(folder))
    z, labels = _inputs(gan)
    given = {"z": z} if labels is None else {"z": z, "labels": labels}
    expected = gan.evaluated_generator(z, labels, training=False)
    for signature in ("default", "serving_default", "generator"):
        np.testing.assert_allclose(module.signatures[signature](**given)["generated"], expected, atol=1e-6)
    assert ("generator_latest" in module.signatures) == (name == "conditional")
    shown = {"images": expected} if labels is None else {"images": expected, "labels": labels}
    judged = module.signatures["discriminator"](**shown)
    first, second = gan.discriminator(expected, labels, training=False)
    names = {"began": ("reconstruction", "features"), "vae": ("mean", "deviation")}.get(name, ("logits", "features"))
    np.testing.assert_allclose(judged[names[0]], first, atol=1e-5)
    np.testing.assert_allclose(judged[names[1]], second, atol=1e-5)
    if "logits" in names:
        np.testing.assert_allclose(judged["prediction"], tf.sigmoid(first), atol=1e-6)
    assert Options.from_dict(json.loads(module.options.numpy())) == gan.options
    assert json.loads(module.scores.numpy()) == {"fid_classifier_x": 1.25}
    assert module.protocol.numpy().decode() == row["protocol"]
    card = (folder / "export/7/README.md").read_text()
    assert "hub.load" in card and "1.25" in card and gan.dataset.title in card
    assert all(each in card for each in judged) and ("autoencoder" in card) == (name == "vae")
    assert ("pipeline_tag" in card) == (name != "conditional")
    assert ("license_link: http://yann.lecun.com/exdb/mnist/\n" in card) == (name == "conditional")
    assert (folder / "export/7/samples.png").is_file()
    assert not [path for path in (folder / "export/7").rglob("*") if path.is_file() and b"gpu-17" in path.read_bytes()]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("asked", "weights", "best"),
    [("auto", "average", 6), ("latest", "latest", 5)],
)
def test_scores_of_other_weights_are_not_the_modules(asked, weights, best, tmp_path, caplog):
    options = Options.from_dict(SMALL | {"ema_decay": 0.9, "evaluated_weights": asked})
    gan = build(options, trains=False)
    gan.average.variables[0].assign(gan.average.variables[0] + 1)
    fids = {5: {"average": 3.0, "latest": 2.0}, 6: {"average": 1.0, "latest": 4.0}}
    for step in fids:
        checkpoints.save(tmp_path, step, gan.evaluated_parts(), options)
        for about, fid in fids[step].items():
            protocol = f"seed=1; weights={about}; metrics=fid"
            score_table.add_row(tmp_path, {"step": step, "status": "ok", "fid_x": fid, "protocol": protocol})
    module = load(export(tmp_path, output=tmp_path / "module"))
    assert json.loads(module.scores.numpy()) == {"fid_x": fids[best][weights]} and "other weights" not in caplog.text
    z, _ = _inputs(gan)
    expected = {"average": gan.average, "latest": gan.generator}[weights](z, training=False)
    np.testing.assert_allclose(module(z), expected, atol=1e-6)
    latest = module.signatures["generator_latest"](z=z)["generated"]
    np.testing.assert_allclose(latest, gan.generator(z, training=False), atol=1e-6)
    networks = [gan.discriminator, gan.generator] + ([gan.average] if weights == "average" else [])
    assert len(module.variables) == sum(len(network.variables) for network in networks)

    others = [row for row in score_table.read_rows(tmp_path) if f"weights={weights};" not in row["protocol"]]
    score_table.write_rows(tmp_path / score_table.SCORES_FILE, others)
    assert json.loads(load(export(tmp_path, output=tmp_path / "unscored")).scores.numpy()) == {}
    assert "other weights" in caplog.text


@pytest.mark.slow
def test_a_loaded_generator_can_be_trained_on(task):
    _, folder, gan = task
    module = load(export(folder))
    z, labels = _inputs(gan)
    arguments = (z,) if labels is None else (z, labels)
    before = module(*arguments).numpy()
    assert len(module.trainable_variables) == len(gan.generator.trainable_variables)
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(module(*arguments, training=True))
    gradients = tape.gradient(loss, module.trainable_variables)
    assert all(gradient is not None for gradient in gradients)
    for variable, gradient in zip(module.trainable_variables, gradients, strict=True):
        variable.assign_sub(10.0 * gradient)
    assert np.abs(module(*arguments).numpy() - before).max() > 1e-4


def test_an_export_is_made_once_and_a_foreign_folder_is_left_alone(exported, tmp_path):
    module = exported / "export/7"
    written = (module / "saved_model.pb").stat().st_mtime_ns
    assert export(exported) == module and (module / "saved_model.pb").stat().st_mtime_ns == written
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/thesis.txt").write_text("years of work")
    with pytest.raises(UserError, match="not this model"):
        export(exported, output=tmp_path / "mine")
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["thesis.txt"]


def test_a_module_of_a_version_with_fewer_options_is_known_again(exported):
    module = exported / "export/7"
    facts = json.loads((module / "module.json").read_text())
    del facts["options"]["margin"]
    (module / "module.json").write_text(json.dumps(facts))
    _sums.write(module)
    written = (module / "saved_model.pb").stat().st_mtime_ns
    assert export(exported) == module and (module / "saved_model.pb").stat().st_mtime_ns == written


def test_a_module_is_written_anew_when_its_model_has_been_scored_since(exported):
    module = exported / "export/7"
    assert "Not scored" in (module / "README.md").read_text()
    score_table.add_row(exported, {"step": 7, "status": "ok", "fid_classifier_x": 1.5, "protocol": "real=10"})
    assert export(exported) == module
    assert "1.5" in (module / "README.md").read_text()
    assert json.loads((module / "module.json").read_text())["scores"] == {"fid_classifier_x": 1.5}


def test_wrong_steps_and_broken_weights_are_refused(small_task, tmp_path):
    folder, gan = small_task
    with pytest.raises(UserError, match="there are: best, best:SCORE, last, 7"):
        export(folder, step=8)
    with pytest.raises(UserError, match="no checkpoint"):
        export(tmp_path / "empty")
    with pytest.raises(UserError, match="no module"):
        load(tmp_path)
    gan.generator.variables[0].assign(np.full(gan.generator.variables[0].shape, np.inf, np.float32))
    checkpoints.save(folder, 9, gan.evaluated_parts(), gan.options)
    with pytest.raises(UserError, match="not finite"):
        export(folder, step=9)
    assert not (folder / "export").exists() or not list((folder / "export").iterdir())


def test_the_best_step_is_the_one_with_the_lowest_fid_that_still_has_its_checkpoint(small_task, monkeypatch):
    folder, gan = small_task
    monkeypatch.setattr(save, "_export", lambda options, folder, step, target, facts, rows: target)
    checkpoints.save(folder, 9, gan.evaluated_parts(), gan.options)
    for step, fid in ((7, 2.0), (9, 3.0), (5, 1.0)):
        score_table.add_row(folder, {"step": step, "status": "ok", "fid_classifier_x": fid, "protocol": ""})
    for step, recall in ((7, 0.25), (9, 0.5)):
        score_table.add_row(folder, {"step": step, "status": "ok", "recall_classifier_x": recall, "protocol": "seed=1"})
    assert export(folder).name == "7" and export(folder, step="last").name == "9"
    assert export(folder, step="best:recall").name == "9"
