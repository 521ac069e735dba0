"""What the benchmarks of training steps measure, and what they print, with tiny networks."""

import dataclasses
import json
import os
import subprocess
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf
from slow_cases import slow_unless

from benchmarks import _step_peers as peers
from benchmarks import memory, scaling, small_maps, step_time
from compare_gan_tf2.datasets import catalog
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.gans.base import build
from compare_gan_tf2.runtime import device

TINY = step_time.Settings(pairs=2, jit=False, compiles=False, width=0.06, batch=2)
WHOLE = dataclasses.replace(TINY, width=1.0, batch=0)
# Rows that have peers of Keras's layers.
IN_KERAS = [row for row in step_time.ROWS if row not in step_time.PERIODS]


@pytest.fixture(autouse=True)
def seeded():
    """Another test of this process may have switched determinism on, which asks for a seed."""
    tf.random.set_seed(1)


def _moved(row):
    """Ours, its biases and statistics moved off their start; its options; latents, images and labels."""
    options = TINY.options(row, "float32")
    gan, source = build(options), np.random.default_rng(3)
    for network in (gan.generator, gan.discriminator):
        for name, variable in network.named_variables().items():
            if not name.endswith("u_var"):
                variable.assign(variable + 0.1 * source.random(variable.shape))
    z = source.standard_normal((3, options.z_dim)).astype(np.float32)
    images = source.random((3, *gan.dataset.image_shape), np.float32)
    return gan, options, z, images, np.array([1, 0, 4])


@pytest.mark.parametrize("training", [pytest.param(False, marks=pytest.mark.slow), True])
@pytest.mark.parametrize("row", slow_unless(lambda row: row == "sndcgan32", IN_KERAS))
def test_the_peers_of_keras_compute_what_ours_do(row, training):
    gan, options, z, images, labels = _moved(row)
    pair = peers.networks(options, gan.dataset.image_shape, gan.num_classes)
    for theirs, our, x in zip(pair, (gan.generator, gan.discriminator), (z, images), strict=True):
        peers.take_weights(theirs, our)
        inputs = [tf.constant(x), tf.one_hot(labels, gan.num_classes)] if gan.num_classes else x
        found, wanted = theirs(inputs, training=training), our(x, labels, training=training)
        np.testing.assert_allclose(found, wanted if our is gan.generator else wanted[0], rtol=1e-4, atol=1e-4)
    with pytest.raises(ValueError, match="variables that only one of them has"):
        peers.take_weights(pair[0], gan.discriminator)


@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("is_channels_last", [False, True])
@pytest.mark.parametrize("row", ["sndcgan32", "resnet_cifar", "sndcgan128"])
def test_the_peers_of_torch_compute_what_ours_do(row, is_channels_last, training):
    torch = pytest.importorskip("torch")
    from benchmarks import _step_networks_torch as torch_peers

    gan, options, z, images, _ = _moved(row)
    layout = torch.channels_last if is_channels_last else torch.contiguous_format
    pair = torch_peers.networks(options, gan.dataset.image_shape, layout)
    pictures = torch.from_numpy(images).permute(0, 3, 1, 2).contiguous(memory_format=layout)
    for theirs, our, x in zip(pair, (gan.generator, gan.discriminator), (torch.from_numpy(z), pictures), strict=True):
        torch_peers.take_weights(theirs, our)
        theirs.train(training)
        with torch.no_grad():
            found = theirs(x).numpy()
        wanted = our(z, training=training) if our is gan.generator else our(images, training=training)[0]
        found = found.transpose(0, 2, 3, 1) if found.ndim == 4 else found
        np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-4)


def test_a_step_of_torch_moves_everything_once():
    pytest.importorskip("torch")
    from benchmarks import _step_networks_torch as torch_peers

    options = TINY.options("resnet_cifar", "float32")
    pictures = np.zeros((5, 2, 32, 32, 3), np.uint8)
    for is_half in (False, True):
        step = torch_peers.Step(options, pictures, is_channels_last=is_half, is_half=is_half)
        discriminator = step._discriminator
        before = {name: value.clone() for name, value in discriminator.state_dict().items()}
        assert np.isfinite(step())
        # A zero image has no gradient for the kernel of the layer that sees it alone, but there are generated ones.
        assert not [name for name, value in discriminator.state_dict().items() if value.equal(before[name])]


@pytest.mark.parametrize(
    "row, gflop", [("sndcgan32", 273.4), pytest.param("resnet_cifar", 2831.0, marks=pytest.mark.slow)]
)
def test_the_flops_are_those_of_the_minimal_algorithm(row, gflop):
    options = WHOLE.options(row, "float32")
    shape = catalog.of(options).image_shape
    # 2831 was counted for shortcuts as the papers have them; compare_gan's, and ours, are 3 x 3 and in every block.
    published = dataclasses.replace(
        peers.PLANS["resnet_cifar"],
        g_blocks=((256, "up", 1),) * 3,
        d_blocks=((128, "down", 1), (128, "down", 1), (128, "same", 0), (128, "same", 0)),
    )
    pair = peers.networks(options, shape, 0, published)
    assert 1e-9 * peers.step_flops(*pair, 64, options.disc_iters) == pytest.approx(gflop, rel=0.01)
    ours = build(options)
    of_kernels = sum(np.prod(v.shape) for v in ours.discriminator.trainable_variables if v.name == "kernel")
    theirs = peers.networks(options, shape)[1]
    assert of_kernels == sum(np.prod(v.shape) for v in theirs.trainable_variables if v.name == "kernel")


def test_flops_of_a_layer_by_hand():
    latents, images = keras.Input((4,)), keras.Input((8, 8, 3))
    generator = keras.Model(latents, keras.layers.Dense(10, use_bias=False)(latents))
    x = keras.layers.Conv2D(5, 3, 2, padding="same")(images)
    discriminator = keras.Model(images, keras.layers.Conv2DTranspose(7, 4, 2, padding="same")(x))
    g, first, second = 4 * 10, 9 * 3 * 5 * 16, 16 * 5 * 7 * 16
    update = g + 2 * (2 * first + 3 * second)
    assert peers.step_flops(generator, discriminator, 6, 2) == 2 * 6 * (2 * update + 2 * g + 2 * (first + second))


def test_flops_of_ours_leave_out_zeros_and_what_is_averaged():
    layers = [("B1.up_conv1", 5, 3), ("B1.down_conv2", 7, 3), ("B1.down_conv_shortcut", 2, 1)]
    images = x = keras.Input((8, 8, 3))
    for name, filters, size in layers:
        x = keras.layers.Conv2D(filters, size, padding="same", use_bias=False, name=name)(x)
    network = keras.Model(images, x)
    for is_merged, first, *others in ((False, 9 * 15, 9 * 35, 14), (True, 9 * 15 / 4, 4 * 35, 14 / 4)):
        whole = first + sum(others)
        update = whole + 2 * (3 * whole - first)
        found = peers.step_flops(network, network, 1, 1, merged=is_merged)
        assert found == pytest.approx(2 * 64 * (update + 3 * whole - first + 2 * whole))


def _cheap(monkeypatch):
    monkeypatch.setattr(step_time, "_GEMM_SIDES", (16,))
    monkeypatch.setattr(step_time, "_TURN_SECONDS", 1e-3)
    step_time.ceiling.cache_clear()


@pytest.mark.slow
def test_step_time_measures_all_sides_and_goes_on_where_it_was(tmp_path, capsys, monkeypatch):
    _cheap(monkeypatch)
    record = tmp_path / "record.json"
    arguments = ["--pairs", "2", "--width", "0.06", "--batch", "2", "--output", str(record)]
    arguments += ["--rows", "sndcgan32", "--precision", "mixed_bfloat16"]
    assert step_time.main(arguments) == 0
    out = capsys.readouterr().out
    for name in ("ours", "tf.function", "Keras fit", "torch float32", "torch bfloat16 channels_last"):
        assert f"| {name} |" in out
    assert "### sndcgan32, mixed_bfloat16\n" in out
    assert out.startswith(("CPU ", "GPU "))
    assert all(line.count("|") == 9 for line in out.splitlines() if line.startswith("|"))
    kept = json.loads(record.read_text())["rows"]
    assert set(kept) == {"sndcgan32/mixed_bfloat16"}
    monkeypatch.setattr(step_time, "measure", lambda *_: pytest.fail("measured again"))
    assert step_time.main(arguments) == 0
    assert capsys.readouterr().out == out
    with pytest.raises(UserError, match="was made with other settings"):
        step_time.main([*arguments, "--jit"])


@pytest.mark.slow
def test_step_time_of_the_conditional_row_has_a_profile(capsys, monkeypatch):
    _cheap(monkeypatch)
    arguments = ["--rows", "biggan32", "--precision", "mixed_bfloat16", "--pairs", "2", "--width", "0.06"]
    assert step_time.main([*arguments, "--batch", "2", "--profile"]) == 0
    out = capsys.readouterr().out
    assert "| tf.function |" in out and "Keras fit" not in out and "ms per step" in out


@pytest.mark.slow
def test_step_time_says_what_is_not_installed(capsys, monkeypatch):
    _cheap(monkeypatch)

    def missing():
        raise ImportError("No module named 'torch'", name="torch")

    given = list(step_time.sides("sndcgan32", "float32", TINY))[:2]
    monkeypatch.setattr(step_time, "sides", lambda *_: [*given, step_time.Side("torch float32", "float32", missing)])
    found = step_time.measured_row("sndcgan32", "float32", TINY)
    assert "| torch float32 | | not installed (torch) | | | | | |" in step_time.row_lines("sndcgan32", "float32", found)


def test_a_measurement_on_fewer_cores_leaves_this_process_all():
    before = os.sched_getaffinity(0)
    with scaling.pinned(1) as cores:
        assert cores == len(os.sched_getaffinity(0)) == 1
    assert os.sched_getaffinity(0) == before


def test_scaling_is_relative_to_one_replica_of_the_same_turn(capsys, monkeypatch):
    turns = iter([1.0, 2.0, 3.0, 4.0, 6.0, 2.0])  # one replica, two, two workers; two, two workers, one

    def measured(way, steps, width):
        assert (steps, width) == (5, 0.5)
        return next(turns)

    monkeypatch.setattr(scaling, "seconds_per_step", measured)
    assert scaling.main(["--replicas", "2", "--workers", "2", "--pairs", "2", "--steps", "5"]) == 0
    assert capsys.readouterr().out.splitlines()[2:] == [
        "| way | s per step | times one replica's (90 %) |",
        "|---|---|---|",
        "| 1 replica | 1.5 | 1 |",
        "| 2 replicas | 3 | 2.00 (2.00 to 2.00) |",
        "| 2 workers | 4.5 | 3.00 (3.00 to 3.00) |",
    ]


def test_a_failed_measurement_is_one_line_and_ends_the_others():
    code = ["import sys; sys.exit('no such device')", "import time; time.sleep(600)"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    children = [subprocess.Popen([sys.executable, "-c", each], **pipes) for each in code]
    with pytest.raises(UserError, match="^a measurement failed: no such device$"):
        scaling.results(children)
    assert all(child.returncode for child in children)


@pytest.mark.slow
def test_scaling_measures_every_step_but_the_first(monkeypatch):
    # Other tests are to go on without it.
    monkeypatch.setattr(tf.config.experimental, "enable_op_determinism", lambda: None)
    found = scaling.inside({"replicas": 1, "workers": 0, "steps": 2, "width": 0.02})
    assert len(found["seconds"]) == 2 and min(found["seconds"]) > 0


@pytest.mark.slow
def test_scaling_divides_a_step_among_devices_and_processes():
    assert scaling.seconds_per_step(scaling.Way(replicas=2), 2, 0.02) > 0
    assert scaling.seconds_per_step(scaling.Way(workers=2), 2, 0.02) > 0


def test_memory_is_above_what_imports_take(capsys, monkeypatch):
    def peak(given):
        if not given:
            return 500_000_000
        assert given["steps"] == 3 and given["options"]["batch_size"] == 64
        share = 2 if given["options"]["gradient_checkpointing"] else 1
        return 500_000_000 + 800_000_000 // given["options"]["accumulation_steps"] // share

    monkeypatch.setattr(memory, "peak", peak)
    arguments = ["--networks", "resnet_cifar", "--precision", "float32", "--accumulation", "1,4"]
    assert memory.main(arguments) == 0
    out = capsys.readouterr().out
    assert "above the 500 MB of imports" in out
    assert out.splitlines()[-4:] == [
        "| resnet_cifar | float32 | no | 1 | 800 | 100% |", "| resnet_cifar | float32 | no | 4 | 200 | 25% |",
        "| resnet_cifar | float32 | yes | 1 | 400 | 50% |", "| resnet_cifar | float32 | yes | 4 | 100 | 12% |",
    ]  # fmt: skip


@pytest.mark.slow
def test_memory_of_a_step_is_measured_in_a_process_of_its_own(capsys):
    arguments = ["--networks", "biggan32", "--precision", "float32", "--accumulation", "1,8", "--width", "0.1"]
    assert memory.main([*arguments, "--steps", "1"]) == 0
    found = [float(line.split("|")[5].replace(",", "")) for line in capsys.readouterr().out.splitlines()[-4:]]
    # So small a network takes less than its graph, which is the larger the more pieces there are.
    assert min(found) > 0


@pytest.mark.parametrize(
    "module, arguments, message",
    [
        (step_time, ["--rows", "dcgan"], "there is no row 'dcgan'; known are sndcgan32,"),
        (step_time, ["--precision", "float64"], "there is no precision 'float64'; known are float32,"),
        (step_time, ["--pairs", "1"], "--pairs has to be 2 or more"),
        (step_time, ["--width", "0"], "option width is 0.0"),
        (scaling, ["--replicas", "1,3"], "--replicas has to be numbers that divide 64; '3' does not"),
        (scaling, ["--workers", "two"], "--workers has to be numbers that divide 64; 'two' does not"),
        (scaling, ["--pairs", "1"], "--pairs has to be 2 or more"),
        (scaling, ["--steps", "0"], "--steps has to be 1 or more"),
        (memory, ["--networks", "dcgan"], "there is no network 'dcgan'; known are sndcgan32,"),
        (memory, ["--precision", "half"], "there is no precision 'half'; known are float32,"),
        (memory, ["--accumulation", "0"], "--accumulation has to be numbers that divide 64; '0' does not"),
        (memory, ["--steps", "0"], "--steps has to be 1 or more"),
    ],
)
def test_what_is_not_known_is_refused(module, arguments, message):
    with pytest.raises(UserError, match=message):
        module.main(arguments)


@pytest.mark.slow
def test_a_refusal_is_one_line_and_exit_code_2(repository):
    command = [sys.executable, "-m", "benchmarks.memory", "--networks", "dcgan"]
    done = subprocess.run(command, cwd=repository, capture_output=True, text=True, check=False)
    assert done.returncode == 2 and not done.stdout
    assert done.stderr.splitlines()[-1].startswith("error: there is no network 'dcgan'")


@pytest.mark.slow
def test_small_maps_are_measured_and_what_is_taken_said(capsys, monkeypatch):
    monkeypatch.setattr(device, "is_alone", lambda: True)
    monkeypatch.setattr(device, "flags", lambda: {"amx_bf16"})
    layers = [(2, 512, 4, 3, 1), (8, 256, 2, 1, 1), (3, 2, 4, 4, 2)]
    for precision, products in (("bfloat16", "yes"), ("float32", "no")):
        rows = [row.strip("| ").split(" | ") for row in small_maps.lines(layers, precision, 4, 1)][3:]
        kinds = ["output", "gradient of the map", "gradient of the kernel"]
        assert [row[1] for row in rows] == [*kinds, *kinds, kinds[2]]
        assert [row[-1] for row in rows] == ["yes"] * 3 + ["no", "no", products, "no"]
        assert rows[0][0] == "512 x 2², 3 x 3, stride 1, to 4"
    with pytest.raises(UserError, match="unknown precision 'half'"):
        small_maps.main(["--precision=half"])
