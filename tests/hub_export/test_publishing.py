"""Modules as others get them: archives, a web server, the command line, other processes, damage."""

import functools
import http.server
import io
import json
import shlex
import subprocess
import sys
import tarfile
import threading

import numpy as np
import pytest
import tensorflow as tf

from compare_gan_tf2 import checkpoints
from compare_gan_tf2.commands import export as command
from compare_gan_tf2.commands import generate_tasks
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.gans._gan import build
from compare_gan_tf2.hub_export import _archive, _module, save
from compare_gan_tf2.hub_export.load import load
from compare_gan_tf2.hub_export.save import export
from compare_gan_tf2.image_sets import evaluate_images
from compare_gan_tf2.options import Options

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


def _task(name, folder):
    """A task after one step, and its networks."""
    options = Options.from_dict(MODELS[name])
    gan = build(options)
    shape = [1, 4, *gan.dataset.image_shape]
    gan.train_step(
        tf.cast(tf.random.stateless_uniform(shape, [0, 0], 0, 64, tf.int32), tf.uint8),
        tf.constant([[0, 1, 2, 3]]),
        tf.constant(1, tf.int64),
    )
    checkpoints.save(folder, 7, gan.tracked(), options)
    return gan


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """Name -> (networks, module's folder, archive, inputs, images that the training process made)."""
    patch = pytest.MonkeyPatch()
    patch.setattr(save, "_check_elsewhere", save._check_here)
    found = {}
    for name in MODELS:
        folder = tmp_path_factory.mktemp(name)
        gan = _task(name, folder / "task")
        module = export(folder / "task")
        archive = export(folder / "task", output=folder / f"{name}.tar.gz")
        inputs = _inputs(gan)
        images = tf.function(gan.evaluated_generator)(*inputs, training=False).numpy()
        found[name] = (gan, module, archive, inputs, images)
    patch.undo()
    return found


@pytest.fixture
def served(published, tmp_path):
    """Addresses of the archives on a web server of this machine."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *arguments):
            pass

    root = tmp_path / "www"
    root.mkdir()
    for name, (_, _, archive, _, _) in published.items():
        (root / f"{name}.tar.gz").symlink_to(archive)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(root)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield {name: f"http://127.0.0.1:{server.server_port}/{name}.tar.gz" for name in published}
    server.shutdown()


def _given(path, gan, module, inputs, images):
    names = dict(zip(("z", "labels"), inputs, strict=False))
    loaded = load(module)  # held: its functions die with it
    generated = loaded.generate(6, seed=3).numpy()
    np.savez(path, **{name: np.asarray(value) for name, value in names.items()}, images=images, generated=generated)
    return str(path)


@pytest.mark.parametrize("name", MODELS)
def test_from_a_folder_and_from_a_web_server_the_images_are_those_of_the_training_to_the_bit(
    name, published, served, tmp_path, monkeypatch
):
    gan, module, archive, inputs, images = published[name]
    given = _given(tmp_path / "given.npz", gan, module, inputs, images)
    monkeypatch.setenv("TFHUB_CACHE_DIR", str(tmp_path / "hub"))
    places = [str(module), served[name]]
    run = [sys.executable, "-c", STRANGER, given, *places]
    done = subprocess.run(run, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    np.testing.assert_array_equal(load(archive, cache_dir=tmp_path / "cache")(*inputs), images)
    np.testing.assert_array_equal(load(served[name])(*inputs), images)


def test_archives_have_the_same_bytes_and_a_checksum_beside(published, tmp_path):
    _, module, archive, _, _ = published["infogan"]
    digest = _archive.pack(module, tmp_path / "again.tar.gz")
    assert (tmp_path / "again.tar.gz").read_bytes() == _repacked(archive, module, tmp_path)
    assert (tmp_path / "again.tar.gz.sha256").read_text() == f"{digest}  again.tar.gz\n"
    with tarfile.open(archive) as members:
        names = members.getnames()
    assert {"saved_model.pb", "README.md", "module.json", "samples.png", "SHA256SUMS"} <= set(names)


def _repacked(archive, module, tmp_path):
    _archive.pack(module, tmp_path / "other.tar.gz")
    return (tmp_path / "other.tar.gz").read_bytes()


@pytest.mark.parametrize("name", MODELS)
def test_what_a_module_is_about_can_be_read_from_it(name, published):
    gan, module, _, _, _ = published[name]
    loaded = load(module)
    assert loaded.z_dim.numpy() == 8 and loaded.z_distribution.numpy().decode() == gan.options.z_distribution
    assert loaded.num_classes.numpy() == gan.num_classes
    names = gan.dataset.class_names if gan.num_classes else ()
    assert tuple(text.decode() for text in loaded.class_names.numpy()) == names
    assert tuple(loaded.image_shape.numpy()) == gan.dataset.image_shape
    assert Options.from_dict(json.loads(loaded.options.numpy())) == gan.options and not loaded.regularization_losses
    for tag, signature in (("gen", "generator"), ("disc", "discriminator")):
        assert (
            loaded.signatures[tag].structured_outputs.keys() == loaded.signatures[signature].structured_outputs.keys()
        )
    assert ("prediction" in loaded.signatures["disc"].structured_outputs) and "generated" in loaded.signatures[
        "gen"
    ].structured_outputs


def test_generate_draws_by_seed_labels_and_truncation(published):
    gan, module, _, _, _ = published["dcgan"]
    loaded = load(module)
    images = loaded.generate(6, seed=3).numpy()
    assert images.shape == (6, 28, 28, 1)
    np.testing.assert_array_equal(loaded.generate(6, seed=3), images)
    np.testing.assert_array_equal(loaded.generate(6, 3, None, 0.0), images)
    assert not np.array_equal(loaded.generate(6, seed=4), images)
    ones = loaded.generate(3, seed=3, labels=1)
    for labels in ([1, 1, 1], np.ones(3, np.int64), tf.constant([1, 1, 1])):
        np.testing.assert_array_equal(loaded.generate(3, seed=3, labels=labels), ones)
    assert not np.array_equal(loaded.generate(3, seed=3, labels=[1, 2, 1])[1], ones[1])
    near, far = (loaded.generate(64, labels=1, truncation=bound).numpy().std(axis=0).mean() for bound in (0.01, 0.0))
    assert near < 0.5 * far
    with pytest.raises(tf.errors.InvalidArgumentError, match="labels are 0 to"):
        loaded.generate(2, labels=[0, 10])


@pytest.mark.parametrize("distribution", ["uniform", "normal", "truncated"])
@pytest.mark.parametrize("truncation", [0.0, 0.3, 1.5, 5.0])
def test_latents_are_those_of_the_prior_within_the_truncation(distribution, truncation):
    z = _module._latents(distribution, [20000, 4], tf.constant([1, 2], tf.int64), tf.constant(truncation)).numpy()
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


def test_a_wrong_latent_length_is_one_clear_line(published):
    _, module, _, _, _ = published["infogan"]
    loaded = load(module)
    with pytest.raises((ValueError, tf.errors.InvalidArgumentError), match=r"are 8 and 9|\[3,9\] is not compatible"):
        loaded(tf.zeros([3, 9]))


def test_a_loaded_generator_is_fine_tuned_for_ten_steps(published):
    _, module, _, (z, labels), images = published["dcgan"]
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


def test_tensorflows_own_command_runs_a_named_signature(published, tmp_path):
    _, module, _, (z,), images = published["infogan"]
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


def test_an_export_is_looked_at_by_another_process(tmp_path, checked_elsewhere, monkeypatch):
    _task("infogan", tmp_path / "task")
    assert export(tmp_path / "task").is_dir()
    monkeypatch.setattr(save, "_STRANGER", "raise RuntimeError('no TensorFlow here')")
    with pytest.raises(UserError, match="cannot be loaded by another process: RuntimeError: no TensorFlow here"):
        export(tmp_path / "task", output=tmp_path / "other")
    assert not (tmp_path / "other").exists()
    monkeypatch.setattr(save, "_STRANGER", "print(0.1)")
    with pytest.raises(RuntimeError, match="differ from the generator's by 0.1"):
        export(tmp_path / "task", output=tmp_path / "other.tar.gz")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["task"]


def test_the_command_writes_folders_and_archives(tmp_path, capsys):
    settings = [f"--set={name}={value}" for name, value in MODELS["infogan"].items()]
    assert generate_tasks.main(["", f"--workdir={tmp_path / 'study'}", "--experiment=quickstart", *settings]) == 0
    run = ["compare_gan_export", f"--workdir={tmp_path / 'study'}", "--task_num=0"]
    assert command.main(run) == 2 and "no checkpoint" in capsys.readouterr().err
    _task("infogan", tmp_path / "study/0")
    target = tmp_path / "published/triangles.tar.gz"
    assert command.main([*run, f"--output={target}"]) == 0 and f"exported: {target}" in capsys.readouterr().out
    written = target.stat().st_mtime_ns
    assert command.main([*run, "--step=last", f"--output={target}"]) == 0 and target.stat().st_mtime_ns == written
    target.write_bytes(target.read_bytes()[:-100])
    assert command.main([*run, f"--output={target}"]) == 2 and "is not this model" in capsys.readouterr().err
    target.unlink()
    assert command.main([*run, f"--output={target}"]) == 0
    for wrong, line in (
        ("--step=best:kid", "there are: best, last, 7"),
        (f"--output={tmp_path}/x.zip", "neither a folder"),
    ):
        assert command.main([*run, wrong]) == 2 and line in capsys.readouterr().err
    assert sorted(path.name for path in (tmp_path / "published").iterdir()) == [
        "triangles.tar.gz",
        "triangles.tar.gz.sha256",
    ]


# Damage and malice


def _tar(path, members):
    with tarfile.open(path, "w:gz") as archive:
        for member, content in members:
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return path


def _link(name, target, kind):
    member = tarfile.TarInfo(name)
    member.type, member.linkname = kind, target
    return member, b""


@pytest.mark.parametrize(
    ("members", "line"),
    [
        ([(tarfile.TarInfo("../evil.txt"), b"x")], "may be meant to do harm"),
        ([(tarfile.TarInfo("a/../../evil.txt"), b"x")], "may be meant to do harm"),
        ([_link("evil", "/etc/passwd", tarfile.SYMTYPE)], "neither a file nor a folder"),
        ([_link("evil", "../../evil.txt", tarfile.LNKTYPE)], "neither a file nor a folder"),
        ([_link("pipe", "", tarfile.FIFOTYPE)], "neither a file nor a folder"),
        ([(tarfile.TarInfo("model/saved_model.pb"), b"x")], "no saved_model.pb at its root"),
    ],
)
def test_archives_that_are_no_modules_write_nothing_outside(members, line, tmp_path):
    archive = _tar(tmp_path / "module.tar.gz", members)
    with pytest.raises(UserError, match=line):
        load(archive, cache_dir=tmp_path / "cache/deep/down")
    written = [path for path in tmp_path.rglob("*") if path.is_file() and path != archive]
    assert not written and not list((tmp_path / "cache/deep/down/modules").iterdir())


def test_a_name_from_the_root_of_the_disk_lands_within(tmp_path):
    archive = _tar(tmp_path / "module.tar.gz", [(tarfile.TarInfo(f"{tmp_path}/evil.txt"), b"x")])
    with pytest.raises(UserError, match=r"no saved_model\.pb|harm"):
        load(archive, cache_dir=tmp_path / "cache")
    assert not (tmp_path / "evil.txt").exists()


def test_damaged_modules_are_named(published, tmp_path):
    _, module, archive, (z,), _ = published["infogan"]
    content = archive.read_bytes()
    for name, damaged in (("cut", content[: len(content) // 2]), ("text", b"no archive at all")):
        path = tmp_path / f"{name}.tar.gz"
        path.write_bytes(damaged)
        with pytest.raises(UserError, match=f"{name}.tar.gz is damaged or no .tar.gz"):
            load(path, cache_dir=tmp_path / "cache")
    flipped = bytearray(content)
    flipped[len(flipped) // 2] ^= 1
    path = tmp_path / "flipped.tar.gz"
    path.write_bytes(bytes(flipped))
    (tmp_path / "flipped.tar.gz.sha256").write_text((archive.parent / f"{archive.name}.sha256").read_text())
    with pytest.raises(UserError, match="flipped.tar.gz is damaged: it has another checksum than"):
        load(path, cache_dir=tmp_path / "cache")
    assert not (tmp_path / "cache/modules").exists() or not list((tmp_path / "cache/modules").iterdir())
    _archive.unpack(archive, tmp_path / "copy")
    weights = next((tmp_path / "copy/variables").glob("*.data*"))
    weights.write_bytes(weights.read_bytes()[:-1] + bytes([weights.read_bytes()[-1] ^ 1]))
    with pytest.raises(UserError, match=f"{weights.name} has another checksum than SHA256SUMS"):
        load(tmp_path / "copy")
    weights.unlink()
    with pytest.raises(UserError, match=f"{weights.name} is missing"):
        load(tmp_path / "copy")
    with pytest.raises(UserError, match="cannot be loaded"):
        load("http://127.0.0.1:9/nothing.tar.gz")
    with pytest.raises(UserError, match="holds no module"):
        load(tmp_path / "nowhere.tar.gz")


@pytest.mark.slow
def test_a_fresh_environment_made_by_the_cards_own_line_loads_them(published, served, tmp_path, monkeypatch):
    monkeypatch.setenv("TFHUB_CACHE_DIR", str(tmp_path / "hub"))
    python = tmp_path / "venv/bin/python"
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "venv"], check=True)
    card = (published["infogan"][1] / "README.md").read_text()
    line = "pip install tensorflow tensorflow-hub 'setuptools<82'"
    assert line in card
    subprocess.run([python, "-m", *shlex.split(line), "--quiet"], check=True)
    for name, (gan, module, _, inputs, images) in published.items():
        given = _given(tmp_path / "given.npz", gan, module, inputs, images)
        run = [python, "-c", STRANGER, given, str(module), served[name]]
        done = subprocess.run(run, capture_output=True, text=True, cwd=tmp_path)
        assert done.returncode == 0, done.stderr


def test_a_module_of_another_number_of_classes_is_not_compared(published, tmp_path):
    _, module, archive, _, _ = published["dcgan"]
    images = np.random.default_rng(0).integers(0, 256, (8, 28, 28, 1), np.uint8)
    np.savez(tmp_path / "real.npz", images=images, labels=np.arange(8) % 3)
    places = {"cache_dir": tmp_path / "cache", "options": {"extractor": "pixels", "metrics": "fid"}}
    with pytest.raises(UserError, match="makes images of 10 classes, and .*real.npz has 3"):
        evaluate_images(tmp_path / "real.npz", module, **places)
    np.savez(tmp_path / "real.npz", images=images)
    rows = [evaluate_images(tmp_path / "real.npz", place, **places) for place in (module, archive)]
    first, second = ({name: value for name, value in row.items() if name.startswith("fid")} for row in rows)
    assert first and first == second
    with pytest.raises(UserError, match="is not a module that this package exported|cannot be loaded"):
        tf.saved_model.save(tf.Module(), str(tmp_path / "other"))
        evaluate_images(tmp_path / "real.npz", tmp_path / "other", **places)
