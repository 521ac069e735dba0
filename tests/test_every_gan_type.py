"""Every GAN type as a user has it: trained, killed, taken up again, exported, loaded.

A new type is tested here before its author writes a line; what it needs beside its name stands in OPTIONS. By default
types that trace slowly take their steps operation by operation, and the slow tests compile them too.
"""

import contextlib
import functools
import resource
import time

import numpy as np
import pytest
import tensorflow as tf
from eager_steps import eager_steps
from PIL import Image
from slow_cases import slow_unless

from compare_gan_tf2 import api, components
from compare_gan_tf2.datasets import catalog
from compare_gan_tf2.gans import engine
from compare_gan_tf2.gans.base import build
from compare_gan_tf2.hub_export import save
from compare_gan_tf2.task_folder import checkpoints
from compare_gan_tf2.task_folder.ability_grids import AbilityGrids
from compare_gan_tf2.task_folder.status import Record
from compare_gan_tf2.training.kept_steps import KeptSteps

SHARED = {
    "dataset": "fake:mnist", "architecture": "mlp", "width": 0.05, "z_dim": 4, "batch_size": 4, "training_steps": 2,
    "save_every_steps": 1, "ema_decay": 0.5,
}  # fmt: skip
WITHOUT_STEPS = [name for name in components.names("gans") if not components.facts("gans", name)["HAS_STEPS"]]
AUTOENCODING = {"architecture": "infogan", "width": 0.03}
TRANSLATING = {"dataset": "polygon_outline:20", "width": 0.03}
STARRING = {
    "architecture": "stargan", "dataset": "polygon_domains:20", "disc_iters": 1, "translator_blocks": 1, "width": 0.03,
}  # fmt: skip
# The killed step is the first one of a fade.
GROWING = {"dataset": "fake:cifar10", "width": 0.01, "growing_stable_kimg": 0.003, "growing_fade_kimg": 0.02}
OPTIONS = {
    "aae": {"architecture": "aae"},
    "aae_clustering": {"architecture": "aae", "clusters": 3},
    "aae_semi_supervised": {"architecture": "aae"},
    "aae_supervised": {"architecture": "aae"},
    "baseline": {"remembered_images": 20},
    "began": AUTOENCODING,
    "bicyclegan": TRANSLATING | {"architecture": "bicyclegan"},
    "bigan": {"architecture": "bigan_mlp"},
    "bigbigan": {"disc_iters": 1, "d_weight_normalization": "none", "g_weight_normalization": "none"},
    "ccgan": {"architecture": "ccgan"},
    "cgan": {"architecture": "cgan_mlp", "width": 0.01},
    "clustergan": {"clusters": 3, "disc_iters": 1},
    "class_means": {"architecture": "mlp", "width": 0.05, "z_dim": 4, "networks_from": "/another/1"},
    "cogan": {"dataset": "fake:mnist_and_edges"},
    "cogan_adaptation": {"dataset": "fake:mnist_and_edges"},
    "context_encoder": {"architecture": "context_encoder", "bottleneck_channels": 80, "hole_overlap": 1},
    "cyclegan": TRANSLATING | {
        "architecture": "resnet_translator", "image_buffer": 2, "patch_layers": 1, "translator_blocks": 1,
    },
    "discogan": TRANSLATING | {"architecture": "discogan"},
    "dualgan": TRANSLATING | {"architecture": "dualgan"},
    "ebgan": AUTOENCODING,
    "esrgan": {"architecture": "rrdb", "translator_blocks": 1, "pixel_steps": 1},
    "icgan": {"networks_from": "/another/1"},
    "infogan": {"codes": "cat3,unif1", "d_normalization": "none"},
    "instagan": {
        "architecture": "instagan", "dataset": "polygon_scene_32:20", "image_buffer": 2, "masks_at_once": 2,
        "patch_layers": 2, "translator_blocks": 1, "width": 0.03,
    },
    "lapgan": {"architecture": "lapgan", "width": 0.01},
    "multigan": {"objects": 2},
    "munit": TRANSLATING | {"architecture": "munit", "style_units": 4, "translator_blocks": 1},
    "pix2pix": TRANSLATING | {"architecture": "unet"},
    "pixelda": {
        "architecture": "pixelda", "dataset": "polygon_on_photo:20", "translator_blocks": 1, "width": 0.03,
    },
    "pggan": GROWING | {"architecture": "pggan"},
    "r3gan": {
        "architecture": "r3gan", "augmentation": "none", "dataset": "fake:cifar10", "stage_blocks": 1, "width": 0.01,
    },
    "s3gan": {"conditional": True, "class_predictor": True, "rotated_batch_size": 4},
    "sgan_k_outputs": {"architecture": "sgan_mlp", "data_start_images": 0, "initializer_stddev": 0.3},
    "srgan": {"architecture": "srresnet", "translator_blocks": 1},
    "ssgan": {"rotated_batch_size": 4},
    "stargan": STARRING,
    "stargan_attributes": STARRING,
    "stylegan": GROWING | {"architecture": "stylegan", "mapping_layers": 2},
    "stylegan2": {"architecture": "stylegan2", "dataset": "fake:cifar10", "width": 0.01},
    "text_to_image": {
        "architecture": "text_to_image", "dataset": "polygon_caption:20", "projected_units": 4, "text_steps": 1,
        "text_units": 8, "width": 0.03,
    },
    "tlgan": {
        "architecture": "mlp", "width": 0.05, "z_dim": 4, "axis_samples": 50, "networks_from": "/another/1",
    },
    "unit": TRANSLATING | {"architecture": "munit", "translator_blocks": 1},
    "vae": AUTOENCODING,
}  # fmt: skip
# The type that the generator of a type with a frozen one is of.
SOURCES = {"class_means": "vae_gan", "icgan": "matching_aware", "tlgan": "modular"}


def options_of(gan, **more):
    """Small ones; of a type without steps only its own."""
    shared = {"dataset": SHARED["dataset"]} if gan in WITHOUT_STEPS else SHARED
    return api.Options.from_dict(shared | {"gan": gan} | OPTIONS.get(gan, {}) | more)


def with_source(options, folder):
    """The same with the networks of a task that a folder gets, if it has frozen ones."""
    if not components.facts("gans", options.gan)["FROZEN"]:
        return options
    theirs = options_of(SOURCES[options.gan])
    checkpoints.save(folder, theirs.training_steps, build(theirs, trains=False).evaluated_parts(), theirs)
    return options.replace(networks_from=str(folder))


class Killed(BaseException):
    """Stands for a kill: nothing of the product catches it."""


def _variables(folder, step):
    reader = tf.train.load_checkpoint(str(checkpoints.path(folder, step) / "weights"))
    return {name: reader.get_tensor(name) for name in reader.get_variable_to_shape_map()}


def _train_and_kill(options, folder, kept, monkeypatch):
    """Kills a training before it writes what its second step has made; gives what that would have been."""
    save, unbroken = checkpoints.save, folder.with_name("unbroken")

    def save_or_die(where, step, *arguments, **more):
        save(unbroken if step == 2 else where, step, *arguments, **more)
        if step == 2:
            raise Killed

    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(checkpoints, "save", save_or_die)
        # Sheets are drawn by the training that goes on.
        patch.setattr(Record, "_generated", lambda *_: None)
        patch.setattr(AbilityGrids, "drawn", lambda _: {})
        api.train(options, folder, kept=kept)
    assert checkpoints.steps(folder) == [1]
    return _variables(unbroken, 2)


def trainable_bytes(gan):
    """What training may move, by players."""
    return {
        name: b"".join(each.numpy().tobytes() for each in player.network.trainable_variables)
        for name, player in gan.players.items()
    }


@contextlib.contextmanager
def turns_that_move_what_they_say():
    """In the block every turn of a training without compilation moves its players alone; at its end all have moved."""
    take, moved, gans = engine.Engine._take, set(), set()

    def watched(self, place, *arguments):
        gan, turn, before = self._gan, self.turns[place], trainable_bytes(self._gan)
        measured = take(self, place, *arguments)
        changed = {player for player, value in trainable_bytes(gan).items() if value != before[player]}
        assert changed <= {*turn.moves, *turn.starts}, turn.draws
        moved.update(changed)
        gans.add(gan)
        return measured

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine.Engine, "_take", watched)
        yield
    assert gans and moved == {name for gan in gans for name, each in gan.players.items() if not each.frozen}


def _processor_seconds():
    """Of this process and of those that it started and has waited for."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


WITH_STEPS = [name for name in components.names("gans") if name not in WITHOUT_STEPS]
# What these do with an image; they make none of latents, as others that take images.
RESTORING = {"ccgan": "inpaint", "context_encoder": "inpaint", "esrgan": "upscale", "srgan": "upscale"}
OF_LATENTS = [
    name for name in WITH_STEPS
    if components.facts("gans", name)["ABILITIES"].get("generate", ((), ""))[0] == ("z",)
]  # fmt: skip


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """Gives the folder of a type's task that was killed and went on, and what an unbroken one had made."""

    @functools.cache
    def train(gan, compiles):
        folder = tmp_path_factory.mktemp(gan) / "task"
        # Steps are traced once for what is killed and for what goes on.
        options, kept = with_source(options_of(gan), folder.with_name("source")), KeptSteps()
        if gan == "modular":
            other = options.replace(seed=7, g_learning_rate=0.01, training_steps=1)
            api.train(other, folder.with_name("other"), kept=kept)
        watched = contextlib.nullcontext() if compiles else turns_that_move_what_they_say()
        with pytest.MonkeyPatch.context() as patch, contextlib.nullcontext() if compiles else eager_steps(), watched:
            expected = _train_and_kill(options, folder, kept, patch)
            kept = KeptSteps() if gan == "modular" else kept
            assert api.train(options, folder, kept=kept) == {"state": "done", "step": 2}
        return folder, expected

    return train


@pytest.fixture
def timed(record_property, capsys):
    """Prints how much processor time a test of a type took."""
    start = _processor_seconds()
    yield
    seconds = _processor_seconds() - start
    record_property("processor_seconds", round(seconds, 1))
    with capsys.disabled():
        print(f"\n{seconds:.1f} s of processor time", end="")


# began and vae are compiled in gans/test_engine.py; all others by the slow tests.
COMPILED = ("modular",)

OF_STYLE = ("pggan", "stylegan", "stylegan2")
# By default one of a kind: that codes, encodes, restores, has a frozen network, several of them, or a state of its own.
DEFAULT = (
    "aae_semi_supervised", "began", "bigan", "cogan", "context_encoder", "icgan", "infogan", "lapgan", "multigan",
    "pix2pix", "s3gan", "sgan_k_outputs", "ssgan", "vae", "vae_gan",
)  # fmt: skip
UNCOMPILED = [name for name in WITH_STEPS if name not in COMPILED]


@pytest.mark.usefixtures("timed")
@pytest.mark.parametrize("gan", slow_unless(DEFAULT.__contains__, UNCOMPILED))
def test_a_killed_training_goes_on_to_the_same_bits_and_turns_move_what_they_say(gan, trained):
    _assert_it_went_on(*trained(gan, False))


@pytest.mark.usefixtures("timed")
@pytest.mark.parametrize("gan", slow_unless(COMPILED.__contains__, WITH_STEPS))
def test_a_killed_training_goes_on_to_the_same_bits(gan, trained):
    _assert_it_went_on(*trained(gan, True))


def _assert_it_went_on(folder, expected):
    found = _variables(folder, 2)
    assert found.keys() == expected.keys() and len(found) > 10
    for name, value in expected.items():
        np.testing.assert_array_equal(found[name], value, err_msg=name)
    before = _variables(folder, 1)
    assert any(not np.array_equal(value, before[name]) for name, value in found.items())


# Modules of types that encode, and of several objects, are in hub_export/test_abilities.py and gans/test_multigan.py.
@pytest.mark.usefixtures("timed")
@pytest.mark.parametrize("gan", slow_unless(COMPILED.__contains__, OF_LATENTS))
def test_what_was_trained_becomes_a_module_that_draws_its_images(gan, trained, monkeypatch):
    # By this process, and not by another one that would have to load TensorFlow.
    monkeypatch.setattr(save, "_check_elsewhere", save._check_here)
    folder, _ = trained(gan, True)
    place = api.export(folder)
    # The sheet that the training drew of this step, and the one that the module was compared with.
    drawn = [folder / "samples" / "step-00000002.png", place / "samples.png"]
    first, second = (np.asarray(Image.open(each), np.int16) for each in drawn)
    # Compiled, many multiplications round otherwise, and a color between two bytes may become the other one.
    assert np.abs(first - second).max() <= (1 if gan in ("sgan_k_outputs", *OF_STYLE) else 0)
    _assert_images_are_drawn(api.load(place), catalog.of(options_of(gan)).image_shape)


@pytest.mark.slow
@pytest.mark.parametrize("gan", RESTORING)
def test_what_was_trained_to_restore_images_is_scored_and_becomes_a_module(gan, trained, monkeypatch):
    monkeypatch.setattr(save, "_check_elsewhere", save._check_here)
    folder, _ = trained(gan, False)
    rows = api.evaluate(folder, changes={"evaluation_samples": 20, "extractor": "pixels", "metrics": "fid,l1,psnr_rgb"})
    assert [row["ability"] for row in rows] == [RESTORING[gan]] * 2 and all(float(row["l1"]) > 0 for row in rows)
    module, shape = api.load(api.export(folder)), catalog.of(options_of(gan)).image_shape
    images = np.random.default_rng(0).random((3, *shape), np.float32)
    if RESTORING[gan] == "upscale":
        made = module.upscale(images[:, ::4, ::4]).numpy()
    else:
        mask = np.zeros((3, *shape[:2], 1), np.float32)
        mask[:, 8:20, 8:20] = 1.0
        made = module.inpaint(images, mask).numpy()
        np.testing.assert_array_equal(made[:, :8], images[:, :8])
    assert made.shape == images.shape and 0 <= made.min() <= made.max() <= 1


@pytest.mark.parametrize("gan", slow_unless(lambda gan: gan == "baseline", WITHOUT_STEPS))
def test_a_type_without_steps_is_fit_again_after_a_kill_and_becomes_a_module(gan, tmp_path, monkeypatch):
    monkeypatch.setattr(save, "_check_elsewhere", save._check_here)
    options, folder, kept = with_source(options_of(gan), tmp_path / "source"), tmp_path / "task", {}

    def die(where, step, parts, *_, **__):
        kept.update({f"{part}/{name}": value.numpy() for part, each in parts.items() for name, value in each.items()})
        raise Killed

    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(checkpoints, "save", die)
        api.train(options, folder)
    assert checkpoints.steps(folder) == []
    assert api.train(options, folder) == {"state": "done", "step": 0} == api.train(options, folder)
    found = _variables(folder, 0)
    for name, value in kept.items():
        key = next(key for key in found if key.replace(".S", "/").startswith(f"{name}/."))
        np.testing.assert_array_equal(found[key], value, err_msg=name)
    _assert_images_are_drawn(api.load(api.export(folder)), catalog.of(options).image_shape)


def _assert_images_are_drawn(module, shape):
    """A module makes the same images of the same seed, and others of another one."""
    first, again, other = (module.generate(3, seed=seed).numpy() for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert first.shape == (3, *shape) and np.isfinite(first).all() and 0 <= first.min() <= first.max() <= 1
    assert not np.array_equal(first, other)
