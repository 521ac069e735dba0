"""The row of benchmarks.step_time whose steps have lazy updates: its peer in PyTorch, periods, operations."""

import dataclasses
import json
import pathlib

import numpy as np
import pytest

from benchmarks import _step_stylegan2, step_time
from compare_gan_tf2.gans.base import build
from compare_gan_tf2.options import Options

ORACLE = pathlib.Path(__file__).parents[2] / "shared/oracle/style_based"
PHASES = {"Gmain": "generator", "Greg": "path_length", "Dmain": "discriminator", "Dreg": "r1"}
TINY = step_time.Settings(pairs=2, jit=False, compiles=False, width=0.06, batch=2)


@pytest.fixture
def torch_peer():
    pytest.importorskip("torch")
    from benchmarks import _step_stylegan2_torch

    return _step_stylegan2_torch


def _case(name):
    if not (ORACLE / f"{name}.npz").is_file():
        pytest.skip("needs numbers of the official program")
    with np.load(ORACLE / f"{name}.npz", allow_pickle=False) as arrays:
        return json.loads((ORACLE / f"{name}.json").read_text())["config"], dict(arrays)


def _below(arrays, prefix):
    return {name.removeprefix(prefix): each for name, each in arrays.items() if name.startswith(prefix)}


def _filled(network, stored):
    import torch

    network.load_state_dict({name: torch.from_numpy(np.array(each)) for name, each in stored.items()})
    return network


@pytest.mark.parametrize(("layout", "is_grouped"), [("contiguous_format", False), ("channels_last", True)])
def test_the_networks_of_torch_compute_what_the_official_ones_do(layout, is_grouped, torch_peer):
    import torch

    config, arrays = _case("sg2_forward_16_skip_resnet")
    widths = {side: min(config["channel_base"] // side, config["channel_max"]) for side in (4, 8, 16)}
    sizes = _step_stylegan2.Sizes(
        (4, 8, 16), arrays["in/real"].shape[1], widths.get, config["z_dim"], config["w_dim"],
        config["mapping_layers"], config["mbstd_group_size"],
    )  # fmt: skip
    layout = getattr(torch, layout)
    g = _filled(torch_peer.Generator(sizes, layout, is_grouped), _below(arrays, "g/"))
    d = _filled(torch_peer.Discriminator(sizes, layout), _below(arrays, "d/"))
    noise = _below(arrays, "in/noise/")
    with torch.no_grad():
        ws = g.for_layers(torch.from_numpy(arrays["in/z"]), moves=False)
        found = {
            "out/ws": ws,
            "out/img_const": g.synthesis(ws),
            "out/img_noise": g.synthesis(ws, lambda purpose, _: torch.from_numpy(_noise(noise, purpose))),
            "out/d/logits_real": d(torch.from_numpy(arrays["in/real"])),
            "out/d/logits_fake": d(torch.from_numpy(arrays["out/img_const"])),
        }
    for name, each in found.items():
        np.testing.assert_allclose(each.numpy(), arrays[name], rtol=1e-4, atol=2e-5, err_msg=name)


def _noise(stored, purpose):
    """The map of a layer, whatever stands before its name."""
    (found,) = (each for name, each in stored.items() if name.endswith(purpose.rpartition("/")[2]))
    return found


@pytest.mark.parametrize("name", ["sg2_train_16_const_noise", "sg2_train_16_mixing_random_noise"])
def test_two_steps_of_torch_are_the_official_ones(name, torch_peer):
    import torch

    config, arrays = _case(name)
    width, batch, side = config["channel_max"], config["batch"], config["resolution"]
    assert config["channel_base"] // side >= width and (config["g_architecture"], config["d_architecture"]) == (
        "skip", "resnet",
    )  # fmt: skip
    options = Options.from_dict({
        "gan": "stylegan2", "dataset": "cifar10", "batch_size": batch, "z_dim": config["z_dim"], "width": width / 512,
        "channel_base": 8192, "mapping_layers": config["mapping_layers"], "r1_gamma": config["r1_gamma"],
        "r1_interval": config["d_reg_interval"], "path_length_weight": config["pl_weight"],
        "path_length_interval": config["g_reg_interval"], "style_mixing": config["style_mixing_prob"],
        "g_learning_rate": config["base_learning_rate"], "d_learning_rate": config["base_learning_rate"],
        "ema_kimg": config["ema_kimg"], "beta2": config["adam"]["beta2"],
        "deviation_group": config["mbstd_group_size"],
    })  # fmt: skip
    black = np.zeros((1, batch, side, side, 3), np.uint8)
    step = torch_peer.Step(options, black, is_channels_last=False, is_half=False)
    for prefix, network in (("g/", step.generator), ("g/", step.average), ("d/", step.discriminator)):
        _filled(network, _below(arrays, prefix))
    for i in range(config["iterations"]):
        step.real = torch.from_numpy(arrays[f"in/it{i}/real"])
        step.draw, step.unit = _stored_draws(arrays, f"in/it{i}", step.generator)
        found = step.step()
        for loss, stored in (("g", "Gmain/loss"), ("d", "Dmain/loss"), ("path_length", "Greg/pl_penalty"),
                             ("r1", "Dreg/r1_penalty")):  # fmt: skip
            assert (loss in found) == (f"out/it{i}/{stored}" in arrays), stored
            if loss in found:
                assert found[loss] == pytest.approx(arrays[f"out/it{i}/{stored}"].mean(), rel=1e-4), (i, stored)
    for prefix, network in (("g", step.generator), ("ema", step.average), ("d", step.discriminator)):
        state = network.state_dict()
        for name, stored in _below(arrays, f"after/{prefix}/").items():
            # Two roundings of the largest, and a little of a step: Adam's is full also where a gradient is a rounding.
            atol = 2.4e-7 * max(np.abs(stored).max(), 1.0) + 5e-3 * config["base_learning_rate"]
            np.testing.assert_allclose(state[name].numpy(), stored, rtol=0, atol=atol, err_msg=f"{prefix}/{name}")


def _stored_draws(arrays, prefix, generator):
    """What a step draws, by purpose."""
    import torch

    drawn, units = {}, {}
    for phase, turn in PHASES.items():
        for name, purpose in ((f"z/{phase}", f"{turn}/z"), (f"{phase}/mix_z0", f"{turn}/other/z"),
                              (f"{phase}/pl_noise", f"{turn}/pixels")):  # fmt: skip
            if f"{prefix}/{name}" in arrays:
                drawn[purpose] = arrays[f"{prefix}/{name}"]
        for layer, noise in _below(arrays, f"{prefix}/{phase}/noise/0/").items():
            drawn[f"{turn}/noise/{layer}"] = noise
        cutoff = arrays.get(f"{prefix}/{phase}/mix_cutoff0")
        is_mixed = cutoff is not None and int(cutoff) < generator.styles
        units[f"{turn}/mixing"] = [0.0, (int(cutoff) - 0.5) / (generator.styles - 1)] if is_mixed else [1.0, 0.0]

    def draw(purpose, shape):
        if "/noise/" in purpose and purpose not in drawn:  # the maps that the network has
            return generator.synthesis.get_submodule(purpose.rpartition("/")[2]).noise_const
        found = torch.from_numpy(drawn[purpose])[: shape[0]]
        assert found.shape == shape, purpose
        return found

    return draw, lambda purpose, count: units[purpose]


@pytest.mark.parametrize("is_channels_last", [False, True])
def test_the_networks_of_torch_compute_what_ours_do(is_channels_last, torch_peer):
    import torch

    options = TINY.options("stylegan2_32", "float32")
    gan, source = build(options), np.random.default_rng(3)
    for network in (gan.generator, gan.discriminator):
        for variable in network.trainable_variables:
            variable.assign(variable + 0.1 * source.random(variable.shape))
    sizes = _step_stylegan2.Sizes.of(options, gan.dataset.image_shape)
    layout = torch.channels_last if is_channels_last else torch.contiguous_format
    g, d = torch_peer.Generator(sizes, layout), torch_peer.Discriminator(sizes, layout)
    torch_peer.take_weights(g, gan.generator)
    torch_peer.take_weights(d, gan.discriminator)
    z = source.standard_normal((4, options.z_dim)).astype(np.float32)
    images = source.random((4, 32, 32, 3), np.float32)
    with torch.no_grad():
        made = g.synthesis(g.for_layers(torch.from_numpy(z), moves=False)).numpy().transpose(0, 2, 3, 1)
        logits = d(torch.from_numpy(2.0 * images - 1.0).permute(0, 3, 1, 2)).numpy()
    wanted = gan.generator.synthesized(gan.generator.for_layers(gan.generator.mapped(z)))
    np.testing.assert_allclose(made, wanted, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(logits, gan.discriminator(images, training=True)[0], rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("is_half", [False, True])
def test_a_period_of_torch_moves_everything(is_half, torch_peer):
    options = TINY.options("stylegan2_32", "float32").replace(batch_size=4)
    pictures = np.random.default_rng(0).integers(0, 256, (1, 4, 32, 32, 3), np.uint8)
    step = torch_peer.Step(options, pictures, is_channels_last=True, is_half=is_half, is_grouped=is_half)
    before = {name: each.clone() for name, each in step.generator.named_parameters()}
    before |= {name: each.clone() for name, each in step.discriminator.named_parameters()}
    losses = [step.step() for _ in range(5)]
    assert all(np.isfinite(list(each.values())).all() for each in losses)
    assert [set(each) - {"g", "d"} for each in losses] == [{"path_length", "r1"}, set(), set(), set(), {"path_length"}]
    after = dict(step.generator.named_parameters()) | dict(step.discriminator.named_parameters())
    assert not [name for name, each in after.items() if each.equal(before[name])]
    assert float(step.path_length_mean) > 0


def _options(width):
    return dataclasses.replace(TINY, width=width, batch=0).options("stylegan2_32", "float32")


def test_a_turn_has_whole_periods_and_a_row_its_own_width(monkeypatch):
    monkeypatch.setattr(step_time, "_TURN_SECONDS", 0.0)
    calls = []
    found = step_time.measure({"ours": lambda: calls.append(1)}, 3, 16)
    assert len(calls) == 16 * (2 + 3) and len(found["ours"]) == 3
    assert set(step_time.PERIODS) == {row for row, values in step_time.ROWS.items() if "gan" in values}
    options = _options(0.5)
    assert options.width == 0.125 and options.path_length_weight == 2.0 and options.r1_interval == 16


def test_operations_are_those_of_the_layers():
    options = _options(1.0)
    sizes = _step_stylegan2.Sizes.of(options, (32, 32, 3))
    assert [sizes.channels(side) for side in sizes.sides] == [128, 128, 128, 64]
    g, d, first = _step_stylegan2.multiply_adds(sizes)
    # Counted elsewhere, with the smoothing.
    assert 2e-9 * g == pytest.approx(0.241, rel=0.03) and 2e-9 * d == pytest.approx(0.241, rel=0.05)
    assert first == 3 * 64 * 32 * 32
    whole = _step_stylegan2.step_flops(options, (32, 32, 3))
    without = _step_stylegan2.step_flops(options.replace(path_length_weight=0.0, r1_gamma=0.0), (32, 32, 3))
    assert without == pytest.approx(2 * 64 * (4 * g + 8 * d - 2 * first))
    assert whole - without == pytest.approx(2 * 64 * (6 * d / 16 + 6 * g / 8))
