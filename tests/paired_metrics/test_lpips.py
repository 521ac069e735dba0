"""LPIPS with random weights of the published shapes: the definition in plain NumPy, files, and their refusals."""

import numpy as np
import pytest

from compare_gan_tf2.errors import UserError
from compare_gan_tf2.paired_metrics import Batch, Setup, _lpips
from compare_gan_tf2.paired_metrics.panel import Panel

# Layers of torchvision's `features`: (number, out channels, kernel, stride, padding), or a pool's width.
_ALEX = [(0, 64, 11, 4, 2), "tap", 3, (3, 192, 5, 1, 2), "tap", 3, (6, 384, 3, 1, 1), "tap"]
_ALEX += [(8, 256, 3, 1, 1), "tap", (10, 256, 3, 1, 1), "tap"]
_VGG = [(0, 64, 3, 1, 1), (2, 64, 3, 1, 1), "tap", 2, (5, 128, 3, 1, 1), (7, 128, 3, 1, 1), "tap", 2]
_VGG += [(10, 256, 3, 1, 1), (12, 256, 3, 1, 1), (14, 256, 3, 1, 1), "tap", 2]
_VGG += [(17, 512, 3, 1, 1), (19, 512, 3, 1, 1), (21, 512, 3, 1, 1), "tap", 2]
_VGG += [(24, 512, 3, 1, 1), (26, 512, 3, 1, 1), (28, 512, 3, 1, 1), "tap"]
_PUBLISHED = {"alex": _ALEX, "vgg": _VGG}


def _random_weights(network, seed=0):
    """Arrays by their published names, float32; kernels keep the size of what goes through."""
    source = np.random.default_rng(seed)
    arrays, channels, taps = {}, 3, 0
    for layer in _PUBLISHED[network]:
        if layer == "tap":
            arrays[f"lin{taps}.model.1.weight"] = source.random((1, channels, 1, 1), np.float32)
            taps += 1
        elif isinstance(layer, tuple):
            number, width, size, _, _ = layer
            kernel = source.standard_normal((width, channels, size, size), np.float32)
            arrays[f"features.{number}.weight"] = kernel * np.float32((2 / (channels * size * size)) ** 0.5)
            arrays[f"features.{number}.bias"] = 0.1 * source.standard_normal(width, np.float32)
            channels = width
    return arrays


def _windows(planes, size, stride):
    return np.lib.stride_tricks.sliding_window_view(planes, (size, size), axis=(1, 2))[:, ::stride, ::stride]


def _plainly(network, arrays, one, other):
    """The distance of two images uint8 [H, W, 3], channels first and in float64, as the paper's code has it."""
    shift, scale = np.array([-0.030, -0.088, -0.188]), np.array([0.458, 0.448, 0.450])
    images = [np.moveaxis((each / 127.5 - 1 - shift) / scale, 2, 0) for each in (one, other)]
    distance, taps = 0.0, 0
    for layer in _PUBLISHED[network]:
        if layer == "tap":
            units = [each / (np.sqrt((each**2).sum(axis=0)) + 1e-10) for each in images]
            weights = arrays[f"lin{taps}.model.1.weight"][0].astype(np.float64)
            distance += (weights * (units[0] - units[1]) ** 2).sum(axis=0).mean()
            taps += 1
        elif isinstance(layer, int):
            images = [_windows(each, layer, 2).max(axis=(3, 4)) for each in images]
        else:
            number, _, size, stride, padding = layer
            kernel = arrays[f"features.{number}.weight"].astype(np.float64)
            bias = arrays[f"features.{number}.bias"].astype(np.float64)[:, None, None]
            padded = [np.pad(each, [(0, 0), (padding, padding), (padding, padding)]) for each in images]
            products = [np.tensordot(kernel, _windows(each, size, stride), ((1, 2, 3), (0, 3, 4))) for each in padded]
            images = [np.maximum(each + bias, 0) for each in products]
    return distance


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("lpips")
    for network in _PUBLISHED:
        np.savez(path / f"{network}.npz", **_random_weights(network))
    return path


def _images(number, *shape, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (number, *shape), np.uint8)


def _scored(name, folder, batches, **setup):
    scored = Panel([name], Setup(batches[0].outputs.shape[1:], lpips_folder=folder, **setup))
    for batch in batches:
        scored.update(batch)
    return scored


@pytest.mark.parametrize(("network", "shape"), [("alex", (31, 47, 3)), ("vgg", (16, 19, 3))])
def test_the_distance_equals_the_definition_on_the_least_side(folder, network, shape):
    outputs, truths = _images(2, *shape), _images(2, *shape, seed=1)
    arrays = _random_weights(network)
    expected = np.mean([_plainly(network, arrays, *pair) for pair in zip(outputs, truths, strict=True)])
    found = _scored(f"lpips_{network}", folder, [Batch(outputs, truths)], truths=True)
    assert found.result()[f"lpips_{network}"] == pytest.approx(expected, rel=1e-9)
    assert expected > 0.1


@pytest.mark.parametrize(("network", "parameters"), [("alex", 2_469_696 + 1_152), ("vgg", 14_714_688 + 1_472)])
def test_the_networks_have_as_many_weights_as_the_published_ones(network, parameters):
    shapes = _lpips._shapes(_lpips.NETWORKS[network])
    assert sum(int(np.prod(shape)) for shape in shapes.values()) == parameters
    assert {name: array.shape for name, array in _random_weights(network).items()} == shapes


def test_equal_images_have_distance_0_and_batches_do_not_matter(folder):
    outputs, truths = _images(11, 32, 32, 3), _images(11, 32, 32, 3, seed=1)
    truths[3] = outputs[3]
    whole = _scored("lpips_alex", folder, [Batch(outputs, truths)], truths=True).result()["lpips_alex"]
    parts = [Batch(outputs[rows], truths[rows]) for rows in (slice(9, 11), slice(0, 1), slice(1, 9))]
    assert _scored("lpips_alex", folder, parts, truths=True).result()["lpips_alex"] == pytest.approx(whole, rel=1e-12)
    assert _scored("lpips_alex", folder, [Batch(truths, truths)], truths=True).result() == {"lpips_alex": 0.0}
    single = _scored("lpips_alex", folder, [Batch(outputs[3:4], truths[3:4])], truths=True)
    assert single.result()["lpips_alex"] == 0.0


def test_gray_images_are_gray_in_three_channels(folder):
    outputs, truths = _images(2, 31, 31, 1), _images(2, 31, 31, 1, seed=1)
    colored = Batch(outputs.repeat(3, axis=3), truths.repeat(3, axis=3))
    found = [_scored("lpips_alex", folder, [each], truths=True).result() for each in (Batch(outputs, truths), colored)]
    assert found[0] == found[1]


def test_diversity_is_the_mean_over_every_two(folder):
    draws = _images(6, 31, 31, 3).reshape(2, 3, 31, 31, 3)
    arrays = _random_weights("alex")
    pairs = [(each[a], each[b]) for each in draws for a, b in ((0, 1), (0, 2), (1, 2))]
    expected = np.mean([_plainly("alex", arrays, *pair) for pair in pairs])
    found = _scored("diversity_lpips_alex", folder, [Batch(draws[:, 0], draws=draws)], draws=3)
    assert found.result()["diversity_lpips_alex_3"] == pytest.approx(expected, rel=1e-9)


def test_names_of_the_published_modules_state_are_known(folder, tmp_path):
    renamed = {}
    slices = {"0": 1, "3": 2, "6": 3, "8": 4, "10": 5}
    for name, array in _random_weights("alex").items():
        first, number, rest = name.split(".", 2) if name.startswith("features") else (name[:3], name[3], name[5:])
        new = f"net.slice{slices[number]}.{number}.{rest}" if first == "features" else f"lins.{number}.{rest}"
        renamed[new] = array
    renamed |= {"scaling_layer.shift": np.zeros((1, 3, 1, 1)), "classifier.1.weight": np.zeros((2, 2))}
    np.savez(tmp_path / "alex.npz", **renamed)
    batch = Batch(_images(1, 31, 31, 3), _images(1, 31, 31, 3, seed=1))
    found = [_scored("lpips_alex", place, [batch], truths=True) for place in (folder, tmp_path)]
    assert found[0].result() == found[1].result()
    # Which file it was is in the protocol.
    said = [each.protocol()[0] for each in found]
    assert said[0] != said[1] and all(line.startswith("lpips_alex (version 0.1, ") for line in said)


def test_without_weights_the_line_says_how_to_make_them(tmp_path, monkeypatch):
    monkeypatch.delenv(_lpips.VARIABLE, raising=False)
    setup = Setup((32, 32, 3), truths=True)
    with pytest.raises(UserError, match=r"name a folder with vgg.npz in \$COMPARE_GAN_LPIPS; .*lpips.LPIPS") as error:
        Panel(["lpips_vgg"], setup)
    assert "\n" not in str(error.value)
    monkeypatch.setenv(_lpips.VARIABLE, str(tmp_path))
    with pytest.raises(UserError, match=f"{tmp_path}/alex.npz is not there; .*savez.'alex.npz'"):
        Panel(["lpips_alex"], setup)


def test_the_variable_has_precedence(folder, tmp_path, monkeypatch):
    monkeypatch.setenv(_lpips.VARIABLE, str(folder))
    batch = Batch(_images(1, 31, 31, 3), _images(1, 31, 31, 3))
    assert _scored("lpips_alex", tmp_path, [batch], truths=True).result() == {"lpips_alex": 0.0}


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"features.3.weight": None}, r"have no features.3.weight, and have to have it of shape \(192, 64, 5, 5\)"),
        ({"lin4.model.1.weight": np.ones((256, 1), np.float32)}, r"lin4.model.1.weight is float32 \(256, 1\), not flo"),
        ({"features.0.bias": np.zeros(64, np.int64)}, "features.0.bias is int64"),
        ({"features.0.bias": np.full(64, np.inf, np.float32)}, "features.0.bias is not finite"),
    ],
)
def test_other_weights_are_refused_by_name(tmp_path, change, line):
    arrays = _random_weights("alex") | change
    np.savez(tmp_path / "alex.npz", **{name: array for name, array in arrays.items() if array is not None})
    with pytest.raises(UserError, match=line):
        Panel(["lpips_alex"], Setup((32, 32, 3), truths=True, lpips_folder=tmp_path))


@pytest.mark.parametrize("contents", [b"", b"PK\x03\x04 cut off", b"no archive"])
def test_damaged_files_are_refused_in_one_line(tmp_path, contents):
    (tmp_path / "alex.npz").write_bytes(contents)
    with pytest.raises(UserError, match="alex.npz cannot be read: ") as error:
        Panel(["lpips_alex"], Setup((32, 32, 3), truths=True, lpips_folder=tmp_path))
    assert "\n" not in str(error.value)
