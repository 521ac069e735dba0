"""Weights of compare_gan v3 in our networks: from its files, by the command line, and back under its names."""

import hashlib
import json
import shutil

import numpy as np
import pytest
import tensorflow as tf
from compare_gan_v3 import v3_graph
from compare_gan_v3.models import (
    ACCUMULATORS,
    AVERAGE,
    PLAIN,
    STEP,
    as_moving,
    assert_same,
    evaluated,
    generated,
    options_of,
    restored,
)
from compare_gan_v3.v3_graph import Setup
from slow_cases import slow_unless

from compare_gan_tf2.commands import import_weights as command
from compare_gan_tf2.commands import run_one_task
from compare_gan_tf2.compare_gan_v3 import files
from compare_gan_tf2.compare_gan_v3.tasks import export_weights, import_weights
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.gans.base import build
from compare_gan_tf2.hub_export.load import load
from compare_gan_tf2.task_folder import checkpoints, tasks
from compare_gan_tf2.training.loop import train


@pytest.mark.parametrize(
    ("setup", "net", "normalization"),
    [
        (Setup("dcgan", (28, 28, 1), base=64, z_dim=128), "G", "batch_norm"),
        (Setup("dcgan", (28, 28, 1), "conditional_batch_norm", 10, base=64, z_dim=128), "G", "conditional_batch_norm"),
        (Setup("dcgan", (28, 28, 1), base=64, z_dim=128), "D", "none"),
        (Setup("sndcgan", (28, 28, 1), base=64, z_dim=128), "G", "batch_norm"),
        (Setup("sndcgan", (28, 28, 1), base=64, z_dim=128), "D", "none"),
    ],
)
def test_the_graphs_have_the_references_variables(setup, net, normalization, repository):
    rows = json.loads((repository / "tests/golden/parameter_counts.json").read_text())
    (row,) = [
        row
        for row in rows
        if (row["net"], row["arch"], row["batch_norm"]) == (net, setup.architecture, normalization)
        and row["singular_value"] == ("left" if net == "D" else None)
    ]
    network = {"G": "generator/", "D": "discriminator/"}[net]
    ours = {name: each for name, each in v3_graph.variables(setup).items() if name.startswith(network)}
    listed = sorted([name, shape, is_trainable] for name, (shape, is_trainable) in ours.items())
    assert hashlib.sha256(json.dumps(listed).encode()).hexdigest() == row["variables_sha256"], listed


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("plain", "checkpoint"),
        pytest.param("average", "npz", marks=pytest.mark.slow),
        pytest.param("plain", "module", marks=pytest.mark.slow),
        pytest.param("accumulators", "npz", marks=pytest.mark.slow),
        *(
            pytest.param(name, form, marks=pytest.mark.slow)
            for name, form in (
                ("average", "checkpoint"),
                ("average", "module"),
                ("accumulators", "checkpoint"),
                ("conditional", "module"),
            )
        ),
        pytest.param("sndcgan", "checkpoint", marks=pytest.mark.slow),
        pytest.param("published", "module", marks=pytest.mark.slow),
    ],
)
def test_old_weights_give_old_images(name, form, old, tmp_path):
    model = old(name)
    assert model.generated.std() > 0.1 and np.ptp(model.prediction) > 1e-3
    done = import_weights(options_of(model.setup), tmp_path, getattr(model, form), step=7)
    assert done.checkpoint == checkpoints.path(tmp_path, 7) and done.step == 7
    assert done.generator == ("average" if model.setup.average else "latest")
    gan = restored(tmp_path, 7)
    np.testing.assert_allclose(generated(gan.evaluated_generator, model), model.generated, atol=1e-5)
    outputs = gan.discriminator.outputs(tf.constant(model.images), model.labels)
    np.testing.assert_allclose(outputs["prediction"], model.prediction, atol=1e-5)


@pytest.mark.parametrize("form", ["module", "npz"])  # of checkpoints every name is read below
def test_every_form_holds_the_same_arrays(form, old):
    model = old("plain")
    assert_same(dict(files.read(getattr(model, form)).values), model.values)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["average", "conditional"])
def test_our_export_of_an_old_module_gives_what_the_old_module_gives(name, old, tmp_path, capsys):
    model = old(name)
    tasks.write(tmp_path, [tasks.Task(0, "test", options_of(model.setup))])
    words = ["--workdir", str(tmp_path), "--task_num=0"]
    assert command.main(["", *words, f"--source={model.module}", "--step=7"]) == 0
    assert run_one_task.main(["", *words, "--command=export"]) == 0
    ours = load(tmp_path / "0/export/7").signatures
    given = {"z": tf.constant(model.z)} | ({} if model.labels is None else {"labels": tf.constant(model.labels)})
    generated = model.module_gives("gen", "bs8", z=model.z, labels=model.labels)["generated"]
    np.testing.assert_allclose(generated, model.generated, atol=1e-5)
    np.testing.assert_allclose(ours["default"](**given)["generated"], generated, atol=1e-5)
    prediction = model.module_gives("disc", "bs8", images=model.images, labels=model.labels)["prediction"]
    np.testing.assert_allclose(prediction, model.prediction, atol=1e-5)
    shown = {"images": tf.constant(model.images)} | given
    del shown["z"]
    np.testing.assert_allclose(ours["discriminator"](**shown)["prediction"], prediction, atol=1e-5)


@pytest.mark.parametrize(
    "ending",
    slow_unless(lambda ending: ending in ("", ".index", None), ["", ".index", ".meta", ".data-00000-of-00001", None]),
)
def test_every_name_of_a_checkpoint_reads_the_same(ending, old):
    model = old("average")
    named = model.checkpoint.parent if ending is None else model.checkpoint.with_name(model.checkpoint.name + ending)
    read = files.read(str(named))
    assert_same(dict(read.values), model.values)
    assert read.step == STEP
    slots = 2 * sum(is_trainable for _, is_trainable in v3_graph.variables(AVERAGE).values())
    powers, counters = 4, 2
    assert len(read.skipped) == slots + powers + counters


def test_a_folder_gives_its_newest_checkpoint_wherever_it_is(old, tmp_path):
    model = old("plain")
    v3_graph.write_checkpoint(PLAIN, model.values, tmp_path / "here", 50)
    shutil.move(tmp_path / "here", tmp_path / "there")
    assert files.read(tmp_path / "there").step == 50


@pytest.mark.parametrize(
    ("name", "weights", "expected", "ema_decay"),
    slow_unless(
        lambda case: (
            (*case[:2], case[3]) in (("average", "auto", 0.99), ("average", "latest", 0.0), ("plain", "auto", 0.99))
        ),
        [
            (*case, ema_decay)
            for ema_decay in (0.0, 0.99)
            for case in (
                ("average", "auto", "average"),
                ("average", "average", "average"),
                ("average", "latest", "latest"),
                ("plain", "auto", "latest"),
                ("plain", "latest", "latest"),
            )
        ],
    ),
)
def test_the_evaluated_generator_has_the_weights_that_were_asked_for(name, weights, expected, ema_decay, old, tmp_path):
    model = old(name)
    assert name == "plain" or np.abs(model.generated - model.latest).mean() > 0.05
    options = options_of(model.setup, ema_decay=ema_decay)
    done = import_weights(options, tmp_path, model.values, step=7, weights=weights)
    assert done.generator == expected
    assert done.filled == {"generator": 26, "discriminator": 15}
    gan = restored(tmp_path, 7)
    images = model.generated if expected == "average" else model.latest
    np.testing.assert_allclose(generated(gan.evaluated_generator, model), images, atol=1e-5)
    if ema_decay:
        assert gan.average is not None
        np.testing.assert_allclose(generated(gan.generator, model), model.latest, atol=1e-5)


@pytest.mark.parametrize("weights", ["auto", pytest.param("latest", marks=pytest.mark.slow)])
def test_an_average_is_filled_also_where_the_latest_weights_are_evaluated(weights, old, tmp_path):
    model = old("average")
    options = options_of(model.setup, ema_decay=0.99, evaluated_weights="latest")
    done = import_weights(options, tmp_path, model.values, step=7, weights=weights)
    assert done.generator == "latest"
    gan = restored(tmp_path, 7)
    np.testing.assert_allclose(generated(gan.evaluated_generator, model), model.latest, atol=1e-5)
    expected = {"auto": model.generated, "latest": model.latest}[weights]
    np.testing.assert_allclose(generated(gan.average, model), expected, atol=1e-5)


@pytest.mark.usefixtures("built_once")
@pytest.mark.parametrize(
    ("form", "step", "expected"),
    [
        ("with a counter", None, STEP),
        ("with a counter", 0, 0),
        ("by its name", None, 77),
        ("module", None, 2000),
        ("arrays", None, 2000),
        ("arrays with a counter", None, STEP),
        ("arrays with a counter", 5, 5),
    ],
)
def test_the_step_is_the_given_one_or_the_sources_or_the_tasks_last(form, step, expected, old, tmp_path):
    model = old("plain")
    source = {
        "with a counter": lambda: model.checkpoint,
        "by its name": lambda: v3_graph.write_checkpoint(PLAIN, model.values, tmp_path / "old", 77, counted=False),
        "module": lambda: model.module,
        "arrays": lambda: model.values,
        "arrays with a counter": lambda: model.values | {"global_step": np.int64(STEP)},
    }[form]()
    done = import_weights(options_of(PLAIN), tmp_path / "task", source, step=step)
    assert done.step == expected and checkpoints.steps(tmp_path / "task") == [expected]


@pytest.mark.parametrize(("step", "training_steps"), [(2001, 2000), (-1, 2000), (None, STEP - 1)])
def test_a_step_outside_the_training_is_refused(step, training_steps, old, tmp_path):
    options = options_of(PLAIN, training_steps=training_steps)
    with pytest.raises(UserError, match=rf"outside the task's \[0, {training_steps}\].*training_steps"):
        import_weights(options, tmp_path / "task", old("plain").checkpoint, step=step)
    assert not (tmp_path / "task").exists()


@pytest.mark.parametrize(
    ("name", "ema_decay"),
    slow_unless(
        lambda case: case in (("plain", 0.99), ("average", 0.0)),
        [
            ("plain", 0.0),
            ("plain", 0.99),
            ("average", 0.0),
            ("average", 0.99),
            ("conditional", 0.99),
            ("sndcgan", 0.99),
        ],
    ),
)
def test_exported_weights_are_the_imported_ones_bit_for_bit(name, ema_decay, old, tmp_path):
    model = old(name)
    import_weights(options_of(model.setup, ema_decay=ema_decay), tmp_path, model.values)
    expected = as_moving(model.values)
    if not ema_decay:
        expected = evaluated(expected)
    elif not model.setup.average:
        expected |= {
            name + v3_graph.SHADOW: expected[name]
            for name, (_, is_trainable) in v3_graph.variables(model.setup).items()
            if is_trainable and name.startswith("generator/")
        }
    assert_same(export_weights(tmp_path), expected)


def test_weights_go_through_the_commands_into_another_task(old, tmp_path, capsys):
    model = old("average")
    options = options_of(AVERAGE, ema_decay=0.5)
    tasks.write(tmp_path, [tasks.Task(number, "test", options) for number in (0, 1)])
    first, second = (["", "--workdir", str(tmp_path), f"--task_num={number}"] for number in (0, 1))
    npz = tmp_path / "given" / "weights.npz"
    assert command.main([*first, f"--source={model.checkpoint}"]) == 0
    told = capsys.readouterr().out
    assert "generator: 26 variables (average weights)" in told and "discriminator: 15 variables" in told
    assert "not part of a network: 62 (" in told and f"checkpoint of step {STEP}: {tmp_path / '0'}" in told
    assert command.main([*first, f"--target={npz}"]) == 0
    assert f"59 variables of step {STEP}: {npz}" in capsys.readouterr().out
    with np.load(npz) as file:
        assert file["global_step"] == STEP
        assert_same({name: file[name] for name in file.files if name != "global_step"}, model.values)
    assert command.main([*second, f"--source={npz}"]) == 0
    assert "(average weights)" in capsys.readouterr().out
    assert_same(export_weights(tmp_path / "1", STEP), model.values)


@pytest.mark.slow
def test_a_generator_alone_leaves_the_discriminators_initial_weights(old, tmp_path):
    model = old("plain")
    module = v3_graph.write_module(PLAIN, model.values, tmp_path / "module", networks=("generator",))
    with pytest.raises(UserError, match="nothing of the discriminator; .*--networks=generator"):
        import_weights(options_of(PLAIN), tmp_path / "task", module)
    assert not (tmp_path / "task").exists()
    tasks.write(tmp_path, [tasks.Task(0, "test", options_of(PLAIN))])
    words = ["", "--workdir", str(tmp_path), "--task_num=0", f"--source={module}", "--step=7"]
    assert command.main([*words, "--networks=generator"]) == 0
    gan, fresh = restored(tmp_path / "0", 7), build(options_of(PLAIN))
    np.testing.assert_allclose(generated(gan.generator, model), model.generated, atol=1e-5)
    for path, variable in fresh.discriminator.named_variables().items():
        np.testing.assert_array_equal(gan.discriminator.named_variables()[path], variable, err_msg=path)


@pytest.mark.slow
def test_a_discriminator_alone_leaves_the_generators_initial_weights(old, tmp_path):
    model = old("average")
    done = import_weights(options_of(AVERAGE), tmp_path, model.values, step=7, parts=["discriminator"])
    assert done.generator == "initial" and done.filled == {"discriminator": 15}
    gan, fresh = restored(tmp_path, 7), build(options_of(AVERAGE))
    outputs = gan.discriminator.outputs(tf.constant(model.images))
    np.testing.assert_allclose(outputs["prediction"], model.prediction, atol=1e-5)
    np.testing.assert_array_equal(generated(gan.generator, model), generated(fresh.generator, model))


def test_statistics_that_were_filled_beside_a_module_give_old_images(old, tmp_path):
    model = old("accumulators")
    module = v3_graph.write_module(ACCUMULATORS, v3_graph.unfilled(model.values), tmp_path / "tfhub/40000")
    filled = v3_graph.write_filled_statistics(model.values, module)
    import_weights(options_of(ACCUMULATORS), tmp_path / "task", module, step=7, parts=["generator"])
    gan = restored(tmp_path / "task", 7)
    np.testing.assert_allclose(generated(gan.generator, model), model.generated, atol=1e-5)
    # Named itself, as found beside the module whose own accumulators are empty.
    named, beside = (
        {name: value for name, value in files.read(source).values.items() if name.startswith("generator/")}
        for source in (filled, module)
    )
    assert named.keys() == beside.keys()
    for name, value in named.items():
        np.testing.assert_array_equal(value, beside[name], err_msg=name)


@pytest.mark.slow
def test_statistics_that_were_never_filled_can_be_filled_here(old, tmp_path):
    empty = v3_graph.unfilled(old("accumulators").values)
    with pytest.raises(UserError, match="never filled.*model-with-accu.ckpt.*standing_batches"):
        import_weights(options_of(ACCUMULATORS), tmp_path / "task", empty, step=7)
    import_weights(options_of(ACCUMULATORS, standing_batches=2), tmp_path / "task", empty, step=7)
    generator = restored(tmp_path / "task", 7).generator.named_variables()
    assert not np.any(generator["g_bn1/moving_mean"]) and np.all(np.asarray(generator["g_bn1/moving_variance"]) == 1)


def test_a_folder_without_a_state_file_gives_its_only_checkpoint(old, tmp_path):
    for name in ("model.ckpt-10", "model.ckpt-20"):
        for file in old("plain").checkpoint.parent.glob(f"{old('plain').checkpoint.name}.*"):
            shutil.copy(file, tmp_path / file.name.replace(old("plain").checkpoint.name, name))
        if name.endswith("10"):
            assert files.read(tmp_path).values.keys() == files.read(old("plain").checkpoint).values.keys()
    with pytest.raises(UserError, match="several checkpoints.*model.ckpt-10, model.ckpt-20"):
        files.read(tmp_path)


@pytest.mark.slow
def test_an_imported_task_can_be_trained_on(old, tmp_path, triangles):
    model = old("average")
    options = options_of(AVERAGE, dataset="triangles", training_steps=STEP + 2, batch_size=4, ema_decay=0.9)
    import_weights(options, tmp_path, model.checkpoint)
    assert train(options, tmp_path, dataset_root=triangles) == {"state": "done", "step": STEP + 2}
    before, after = export_weights(tmp_path, STEP), export_weights(tmp_path)
    assert_same(before, model.values)
    for name, value in before.items():
        assert np.all(np.isfinite(after[name])) and np.any(after[name] != value), name
        if name.endswith(("kernel", "gamma", "beta")):
            np.testing.assert_allclose(after[name], value, atol=0.01, err_msg=name)
