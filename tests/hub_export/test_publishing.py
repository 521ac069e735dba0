"""Modules as others get them: archives, a web server, the command line, other processes, damage."""

import functools
import http.server
import itertools
import json
import shlex
import subprocess
import sys
import threading

import numpy as np
import pytest
import tensorflow as tf
from slow_cases import slow_unless

from compare_gan_tf2.commands import export as command
from compare_gan_tf2.commands import generate_tasks
from compare_gan_tf2.compat import tensorflow_hub
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.evaluation.images import evaluate_images
from compare_gan_tf2.gans.base import build
from compare_gan_tf2.hub_export import _archive, save
from compare_gan_tf2.hub_export.load import load
from compare_gan_tf2.hub_export.save import export
from compare_gan_tf2.options import Options
from compare_gan_tf2.runtime.prior import Prior
from compare_gan_tf2.task_folder import checkpoints

# Three architectures; with labels and without, with an average and without, of three priors.
MODELS = {
    "infogan": {"dataset": "triangles", "width": 0.1, "z_dim": 8},
    "dcgan": {
        "dataset": "mnist", "architecture": "dcgan", "width": 0.1, "z_dim": 8, "ema_decay": 0.9, "conditional": True,
        "z_distribution": "normal",
    },
    "resnet_cifar": {
        "dataset": "cifar10", "architecture": "resnet_cifar", "width": 0.05, "z_dim": 8, "z_distribution": "truncated",
        "g_weight_normalization": "spectral",
    },
}  # fmt: skip
SMALL = {"dataset": "triangles", "architecture": "mlp", "width": 0.05, "z_dim": 8}

STRANGER = """
import sys
import numpy as np, tensorflow as tf, tensorflow_hub as hub
given = np.load(sys.argv[1])
arguments = [tf.constant(given[name]) for name in ("z", "labels") if name in given.files]
for place in sys.argv[2:]:
    module = hub.load(place)
    np.testing.assert_array_equal(module(*arguments), given["images"])
    np.testing.assert_array_equal(module.generate(6, seed=3), given["generated"])
    assert module.image_shape.numpy().tolist() == list(given["images"].shape[1:])
assert not any(name.startswith("compare_gan_tf2") for name in sys.modules)
"""


def _inputs(gan):
    z = tf.random.stateless_uniform([5, gan.generator.z_dim], [1, 2], -1, 1)
    return (z, tf.range(5)) if gan.num_classes else (z,)


def _task(options, folder):
    """A task with a checkpoint whose networks are not at their start, where the average is the generator, and these."""
    options = Options.from_dict(options)
    gan = build(options, trains=False)
    for part, variables in enumerate(gan.networks().values()):
        for number, (name, variable) in enumerate(sorted(variables.items())):
            if not name.endswith("moving_variance"):
                variable.assign_add(0.02 * tf.random.stateless_normal(variable.shape, [part, number]))
    checkpoints.save(folder, 7, gan.evaluated_parts(), options)
    return gan


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """Gives by name (networks, module's folder, archive, inputs, images that the training process made)."""

    elsewhere = save._check_elsewhere

    @functools.cache
    def publish(name):
        folder = tmp_path_factory.mktemp(name)
        gan = _task(MODELS[name], folder / "task")
        with pytest.MonkeyPatch.context() as patch:
            # One is looked at by another process, as users' exports are.
            patch.setattr(save, "_check_elsewhere", elsewhere if name == "dcgan" else save._check_here)
            module = export(folder / "task")
        archive = folder / f"{name}.tar.gz"
        _archive.pack(module, archive)
        inputs = _inputs(gan)
        images = tf.function(gan.evaluated_generator)(*inputs, training=False).numpy()
        return gan, module, archive, inputs, images

    return publish


@pytest.fixture(scope="module")
def loaded_once(published):
    """Gives the loaded module of a name, for tests that change nothing of it."""
    return functools.cache(lambda name: load(published(name)[1]))


@pytest.fixture
def served(published, tmp_path):
    """Gives the address of a model's archive on a web server of this machine."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *arguments):
            pass

    root = tmp_path / "www"
    root.mkdir()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(root)))
    threading.Thread(target=server.serve_forever, daemon=True).start()

    def address(name):
        (root / f"{name}.tar.gz").symlink_to(published(name)[2])
        return f"http://127.0.0.1:{server.server_port}/{name}.tar.gz"

    yield functools.cache(address)
    server.shutdown()


def _given(path, loaded, inputs, images):
    names = dict(zip(("z", "labels"), inputs, strict=False))
    generated = loaded.generate(6, seed=3).numpy()
    np.savez(path, **{name: np.asarray(value) for name, value in names.items()}, images=images, generated=generated)
    return str(path)


# With labels, an average, and a prior of its own.
each_model = pytest.mark.parametrize("name", slow_unless(lambda name: name == "dcgan", MODELS))


def test_images_of_a_module_are_those_of_the_training_to_the_bit(published, loaded_once):
    _, _, _, inputs, images = published("dcgan")
    np.testing.assert_array_equal(loaded_once("dcgan")(*inputs), images)


@pytest.mark.slow
def test_so_are_those_of_a_module_from_a_web_server(published, served, tmp_path, monkeypatch):
    _, _, _, inputs, images = published("dcgan")
    monkeypatch.setenv("TFHUB_CACHE_DIR", str(tmp_path / "hub"))
    np.testing.assert_array_equal(load(served("dcgan"))(*inputs), images)


@pytest.mark.slow
@pytest.mark.parametrize("name", MODELS)
def test_a_process_without_this_package_gets_the_same_bits_from_a_folder_and_from_a_web_server(
    name, published, loaded_once, served, tmp_path, monkeypatch
):
    _, module, _, inputs, images = published(name)
    given = _given(tmp_path / "given.npz", loaded_once(name), inputs, images)
    monkeypatch.setenv("TFHUB_CACHE_DIR", str(tmp_path / "hub"))
    places = [str(module), served(name)]
    run = [sys.executable, "-c", STRANGER, given, *places]
    done = subprocess.run(run, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", slow_unless(lambda name: name == "dcgan", MODELS))
def test_what_a_module_is_about_can_be_read_from_it(name, published, loaded_once):
    gan, loaded = published(name)[0], loaded_once(name)
    assert loaded.z_dim.numpy() == 8 and loaded.z_distribution.numpy().decode() == gan.options.z_distribution
    assert loaded.num_classes.numpy() == gan.num_classes
    names = gan.dataset.class_names if gan.num_classes else ()
    assert tuple(text.decode() for text in loaded.class_names.numpy()) == names
    assert tuple(loaded.image_shape.numpy()) == gan.dataset.image_shape
    assert Options.from_dict(json.loads(loaded.options.numpy())) == gan.options and not loaded.regularization_losses


@each_model
def test_the_old_tags_and_the_latest_generator_give_the_networks_own_values(name, published, loaded_once):
    gan, _, _, inputs, images = published(name)
    signatures = loaded_once(name).signatures
    labels = {"labels": inputs[1]} if gan.num_classes else {}
    np.testing.assert_allclose(signatures["gen"](z=inputs[0], **labels)["generated"], images, atol=1e-6)
    judged = signatures["disc"](images=tf.constant(images), **labels)
    expected = gan.discriminator.outputs(images, *inputs[1:])
    assert judged.keys() == expected.keys() >= {"prediction", "logits", "features"}
    for output, value in expected.items():
        np.testing.assert_allclose(judged[output], value, rtol=1e-4, atol=1e-5)
    assert ("generator_latest" in signatures) == (gan.average is not None)
    if gan.average:
        latest = signatures["generator_latest"](z=inputs[0], **labels)["generated"]
        np.testing.assert_allclose(latest, gan.generator(*inputs, training=False), atol=1e-6)
        assert np.abs(latest - images).max() > 1e-4, "the two generators must differ for this to mean something"


def test_generate_draws_by_seed_labels_and_truncation(loaded_once):
    loaded = loaded_once("dcgan")
    images = loaded.generate(6, seed=3).numpy()
    assert images.shape == (6, 28, 28, 1)
    np.testing.assert_array_equal(loaded.generate(6, seed=3), images)
    np.testing.assert_array_equal(loaded.generate(6, 3, -1, 0.0), images)
    assert not np.array_equal(loaded.generate(6, seed=4), images)
    ones = loaded.generate(3, seed=3, labels=1)
    for labels in ([1, 1, 1], np.ones(3, np.int64), tf.constant([1, 1, 1])):
        np.testing.assert_array_equal(loaded.generate(3, seed=3, labels=labels), ones)
    assert not np.array_equal(loaded.generate(3, seed=3, labels=[1, 2, 1])[1], ones[1])
    near, far = (loaded.generate(64, labels=1, truncation=bound).numpy().std(axis=0).mean() for bound in (0.01, 0.0))
    assert near < 0.5 * far
    assert loaded.generate(0).shape == (0, 28, 28, 1)
    large = [loaded.generate(2, seed=seed).numpy() for seed in (2**31, 2**31 + 2**32, -1, 2**63 - 1)]
    assert all(np.abs(one - other).max() > 1e-4 for one, other in itertools.combinations(large, 2))


def test_generate_draws_the_same_images_as_ever(published, loaded_once):
    gan = published("dcgan")[0]
    z = Prior("normal", 8).draw_truncated(6, seed=3, truncation=0.0)
    labels = tf.random.stateless_uniform([6], [3, 1], 0, 10, tf.int32, alg="philox")
    expected = gan.evaluated_generator(z, labels, training=False)
    np.testing.assert_allclose(loaded_once("dcgan").generate(6, seed=3), expected, atol=1e-6)


def test_generate_is_traced_once_whatever_it_is_called_with(loaded_once):
    loaded = loaded_once("dcgan")
    for number in range(1, 5):
        loaded.generate(number, seed=number, labels=[1] * number, truncation=0.1 * number)
        loaded.generate(np.int64(number), np.int32(number), number)
    loaded.generate(tf.constant(2), tf.constant(3, tf.int64))
    assert loaded.generate.experimental_get_tracing_count() == 1


@pytest.mark.parametrize(
    ("name", "arguments", "line"),
    [
        ("dcgan", {"labels": [0, 10]}, r"labels are 0 to 9, and not\] \[0 10"),
        ("dcgan", {"labels": [-1, 1]}, r"labels are 0 to 9, and not\] \[-1 1"),
        ("dcgan", {"labels": -2}, "labels are 0 to 9"),
        ("dcgan", {"labels": [1, 2, 3]}, "broadcast|[Ii]ncompatible"),
        ("infogan", {"labels": 1}, "has no classes, and takes no labels"),
        ("infogan", {"labels": [-1, -1]}, "has no classes, and takes no labels"),
        ("infogan", {"truncation": -0.5}, r"truncation is 0 \(none\) or more, and not\] \[-0.5"),
        ("dcgan", {"truncation": np.nan}, "truncation is 0"),
        ("dcgan", {"n": -3}, r"n is 0 or more, and not\] \[-3"),
    ],
)
def test_generate_refuses_what_cannot_be(name, arguments, line, loaded_once):
    with pytest.raises(tf.errors.InvalidArgumentError, match=line):
        loaded_once(name).generate(**{"n": 2} | arguments)


def test_labels_out_of_range_are_refused_everywhere_and_of_any_whole_kind_taken(published, loaded_once):
    _, _, _, (z, labels), images = published("dcgan")
    loaded = loaded_once("dcgan")
    for given in (labels, labels.numpy(), labels.numpy().tolist(), tf.cast(labels, tf.int64), np.int64(labels)):
        np.testing.assert_array_equal(loaded(z, given), images)
        np.testing.assert_array_equal(loaded([z, given]), images)
    shown, signatures = tf.constant(images), loaded.signatures
    wrong = [np.array([0, 1, 2, 3, last], np.int64) for last in (10, -2, 2**32)]
    for given in wrong:
        with pytest.raises(tf.errors.InvalidArgumentError, match="labels are 0 to 9"):
            loaded(z, given)
    for given in (tf.constant(each, tf.int32) for each in wrong[:2]):
        for name in ("default", "gen", "generator_latest"):
            with pytest.raises(tf.errors.InvalidArgumentError, match="labels are 0 to 9"):
                signatures[name](z=z, labels=given)
        with pytest.raises(tf.errors.InvalidArgumentError, match="labels are -1 to 9"):
            signatures["disc"](images=shown, labels=given)
    with pytest.raises(tf.errors.InvalidArgumentError, match="one label for each"):
        loaded(z, labels[:1])
    nobody = tf.fill([5], -1)  # an image without a label
    assert signatures["disc"](images=shown, labels=nobody)["logits"].shape == (5, 1)
    with pytest.raises(tf.errors.InvalidArgumentError, match="labels are 0 to 9"):
        loaded(z, nobody)


def test_a_keras_layer_takes_latents_with_labels_and_is_trained(published):
    _, module, _, (z, labels), images = published("dcgan")
    layer = tensorflow_hub.load().KerasLayer(str(module), trainable=True)
    np.testing.assert_array_equal(layer([z, labels]), images)
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(layer([z, labels], training=True))
    gradients = tape.gradient(loss, layer.trainable_weights)
    assert len(gradients) == len(load(module).trainable_variables) and all(each is not None for each in gradients)


@pytest.mark.parametrize("distribution", ["uniform", "normal", "truncated"])
@pytest.mark.parametrize("truncation", [0.0, 0.3, 1.5, 5.0])
def test_latents_are_those_of_the_prior_within_the_truncation(distribution, truncation):
    z = Prior(distribution, 4).draw_truncated(20000, seed=1, truncation=truncation).numpy()
    widest = {"uniform": 1.0, "normal": np.inf, "truncated": 2.0}[distribution]
    bound = min(truncation or np.inf, widest)
    assert z.dtype == np.float32 and np.isfinite(z).all() and np.abs(z).max() <= bound * (1 + 1e-6)
    if np.isfinite(bound):
        assert np.abs(z).max() > 0.995 * min(bound, 4)
    grid = np.linspace(-4, 4, 400001)
    density = np.exp(-(grid**2) / 2) if distribution != "uniform" else np.ones_like(grid)
    density = density * (np.abs(grid) <= bound)
    expected = np.sqrt((grid**2 * density).sum() / density.sum())
    assert abs(z.std() - expected) < 0.01 * max(expected, 0.1) and abs(z.mean()) < 0.02


def test_a_wrong_latent_length_is_one_clear_line(loaded_once):
    loaded = loaded_once("infogan")
    with pytest.raises((ValueError, tf.errors.InvalidArgumentError), match=r"are 8 and 9|\[3,9\] is not compatible"):
        loaded(tf.zeros([3, 9]))
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"\[3,9\] is not compatible with expected shape \[\?,8\]"):
        loaded.signatures["gen"](z=tf.zeros([3, 9]))
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"\[3,9,28,1\] is not compatible"):
        loaded.signatures["disc"](images=tf.zeros([3, 9, 28, 1]))


@pytest.mark.slow
def test_a_loaded_generator_is_fine_tuned_for_ten_steps(published):
    _, module, _, (z, labels), images = published("dcgan")
    loaded = load(module)
    before = [variable.numpy() for variable in loaded.trainable_variables]
    losses = []
    for _ in range(10):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(loaded(z, labels, training=True)) + sum(loaded.regularization_losses, 0.0)
        gradients = tape.gradient(loss, loaded.trainable_variables)
        for variable, gradient in zip(loaded.trainable_variables, gradients, strict=True):
            variable.assign_sub(0.5 * gradient)
        losses.append(float(loss))
    assert losses[-1] < losses[0] - 0.01
    assert all(not np.array_equal(old, new) for old, new in zip(before, loaded.trainable_variables, strict=True))
    assert np.abs(loaded(z, labels) - images).max() > 0.01
    np.testing.assert_array_equal(load(module)(z, labels), images)


@pytest.mark.slow
def test_tensorflows_own_command_runs_a_named_signature(published, tmp_path):
    _, module, _, (z,), images = published("infogan")
    np.save(tmp_path / "z.npy", z)
    run = ["run", "--dir", str(module), "--tag_set", "serve", "--signature_def", "generator"]
    code = "import sys; from tensorflow.python.tools.saved_model_cli import main; sys.exit(main())"
    done = subprocess.run(
        [sys.executable, "-c", code, *run, "--inputs", f"z={tmp_path}/z.npy", "--outdir", str(tmp_path)],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    np.testing.assert_array_equal(np.load(tmp_path / "generated.npy"), images)


@pytest.mark.slow
def test_an_export_is_looked_at_by_another_process(tmp_path, checked_elsewhere, monkeypatch):
    stranger = save._STRANGER
    _task(SMALL, tmp_path / "task")
    assert export(tmp_path / "task").is_dir()
    monkeypatch.setattr(save, "_STRANGER", "raise RuntimeError('no TensorFlow here')")
    with pytest.raises(UserError, match="cannot be loaded by another process: RuntimeError: no TensorFlow here"):
        export(tmp_path / "task", output=tmp_path / "other")
    assert not (tmp_path / "other").exists()
    on_the_processor = "import os; assert os.environ['CUDA_VISIBLE_DEVICES'] == '-1'\n"
    monkeypatch.setattr(save, "_STRANGER", on_the_processor + stranger)
    assert export(tmp_path / "task", output=tmp_path / "task/own").is_dir()
    monkeypatch.setattr(save, "_STRANGER", stranger.replace("value.numpy()", "value.numpy() + 0.125"))
    with pytest.raises(RuntimeError, match="differ from the networks' by 0.125"):
        export(tmp_path / "task", output=tmp_path / "other.tar.gz")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["task"]


def test_the_command_writes_folders_and_archives(tmp_path, capsys):
    settings = [f"--set={name}={value}" for name, value in SMALL.items()]
    assert generate_tasks.main(["", f"--workdir={tmp_path / 'study'}", "--experiment=quickstart", *settings]) == 0
    run = ["compare_gan_export", f"--workdir={tmp_path / 'study'}", "--task_num=0"]
    assert command.main(run) == 2 and "no checkpoint" in capsys.readouterr().err
    _task(SMALL, tmp_path / "study/0")
    target = tmp_path / "published/triangles.tar.gz"
    assert command.main([*run, f"--output={target}"]) == 0 and f"exported: {target}" in capsys.readouterr().out
    written = target.stat().st_mtime_ns
    assert command.main([*run, "--step=last", f"--output={target}"]) == 0 and target.stat().st_mtime_ns == written
    target.write_bytes(target.read_bytes()[:-100])
    assert command.main([*run, f"--output={target}"]) == 2 and "is not this model" in capsys.readouterr().err
    target.unlink()  # its checksum stays, and is known to be of an archive of this name
    assert command.main([*run, f"--output={target}"]) == 0
    for wrong, line in (
        ("--step=best_kid", "there are: best, best:SCORE, last, 7"),
        ("--step=best:kid", "has the score 'kid'; scores there: none"),
        ("--step=best:kit", "unknown score 'kit', did you mean 'kid'? known: attribute_accuracy, "),
        (f"--output={tmp_path}/x.zip", "neither a folder"),
        ("--output=~nobody-of-this-name/a", "nobody-of-this-name"),
    ):
        assert command.main([*run, wrong]) == 2 and line in capsys.readouterr().err
    assert sorted(path.name for path in (tmp_path / "published").iterdir()) == [
        "triangles.tar.gz",
        "triangles.tar.gz.sha256",
    ]


@pytest.mark.slow
def test_a_fresh_environment_made_by_the_cards_own_line_loads_them(
    published, loaded_once, served, tmp_path, monkeypatch
):
    monkeypatch.setenv("TFHUB_CACHE_DIR", str(tmp_path / "hub"))
    python = tmp_path / "venv/bin/python"
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "venv"], check=True)
    card = (published("infogan")[1] / "README.md").read_text()
    line = "pip install tensorflow tensorflow-hub 'setuptools<82'"
    assert line in card
    subprocess.run([python, "-m", *shlex.split(line), "--quiet"], check=True)
    for name in MODELS:
        _, module, _, inputs, images = published(name)
        given = _given(tmp_path / "given.npz", loaded_once(name), inputs, images)
        run = [python, "-c", STRANGER, given, str(module), served(name)]
        done = subprocess.run(run, capture_output=True, text=True, cwd=tmp_path)
        assert done.returncode == 0, done.stderr


@pytest.mark.slow
@pytest.mark.usefixtures("cheap_scores")
def test_a_module_of_another_number_of_classes_is_not_compared(published, tmp_path):
    _, module, archive, _, _ = published("dcgan")
    images = np.random.default_rng(0).integers(0, 256, (8, 28, 28, 1), np.uint8)
    np.savez(tmp_path / "real.npz", images=images, labels=np.arange(8) % 3)
    places = {"cache_dir": tmp_path / "cache", "options": {"extractor": "pixels", "metrics": "fid"}}
    with pytest.raises(UserError, match="makes images of 10 classes, and .*real.npz has 3"):
        evaluate_images(tmp_path / "real.npz", module, **places)
    np.savez(tmp_path / "real.npz", images=images)
    rows = [evaluate_images(tmp_path / "real.npz", place, **places) for place in (module, archive)]
    first, second = ({name: value for name, value in row.items() if name.startswith("fid")} for row in rows)
    assert first and first == second
    tf.saved_model.save(tf.Module(), str(tmp_path / "other"))
    with pytest.raises(UserError, match="other: .*not written by this version's compare_gan_export"):
        evaluate_images(tmp_path / "real.npz", tmp_path / "other", **places)
