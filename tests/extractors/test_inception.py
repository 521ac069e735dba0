"""The Inception network of 2015-12-05: equal to its graph, filled from every kind of file, and clear about bad ones."""

import functools
import pathlib

import numpy as np
import pytest
import tensorflow as tf
from extractors import inception_graph

from compare_gan_tf2 import npz
from compare_gan_tf2.datasets import catalog
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.extractors import Request, _inception, _inception_weights, _own_files, inception

NAME = "inceptionv1_for_inception_score.pb"


@pytest.fixture(autouse=True)
def few_images_per_call(monkeypatch):
    monkeypatch.setattr(inception, "_BATCH_SIZE", 2)
    monkeypatch.delenv(inception.VARIABLE, raising=False)


@pytest.fixture(scope="session")
def graph():
    return inception_graph.graph()


@pytest.fixture(scope="session")
def cache(graph, tmp_path_factory):
    """A cache_dir with the graph's file in it."""
    folder = tmp_path_factory.mktemp("inception")
    (folder / "inception").mkdir()
    (folder / "inception" / NAME).write_bytes(graph.SerializeToString())
    return folder


@pytest.fixture(scope="session")
def arrays(graph):
    """{name: array} of the graph's constants, for .npz files."""
    constants = {node.name: node for node in graph.node if node.op == "Const"}
    names = [name for name in constants if name.startswith("softmax") or "batchnorm" in name or "params" in name]
    return {name: tf.make_ndarray(constants[name].attr["value"].tensor) for name in names}


@pytest.fixture(scope="module", autouse=True)
def network_of():
    """Makes the network of a precision, once: its own weights are not used."""
    made = functools.cache(_inception.network)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_inception, "network", lambda dtype="float32": made(dtype))
        yield made


@pytest.fixture(scope="module")
def model(network_of):
    return network_of("float32")


def request(cache_dir, name="cifar10", **changes):
    return Request(catalog.find(name), pathlib.Path("nowhere"), pathlib.Path(cache_dir), **changes)


def images():
    """Grey, color, and larger than the network's input."""
    draws = np.random.default_rng(0)
    return [draws.random(shape, np.float32) for shape in ((1, 32, 32, 1), (2, 32, 32, 3), (1, 310, 350, 3))]


def prepared(batch):
    """As TensorFlow 1 did it."""
    pixels = tf.compat.v1.image.resize_bilinear(np.float32(255) * batch, [299, 299]).numpy()
    return np.repeat((pixels - 128) / 128, 3 // batch.shape[-1], axis=-1)


def difference(found, expected):
    """The largest, relative to the largest number."""
    expected = expected.reshape(found.shape)
    return np.abs(found - expected).max() / np.abs(expected).max()


@pytest.fixture(autouse=True)
def few_images_at_a_time(monkeypatch):
    """A full batch takes a gigabyte, and most of it would be filled up."""
    monkeypatch.setattr(inception, "_BATCH_SIZE", 4)


@pytest.fixture(scope="session")
def expected(graph):
    """pool_3 and logits of the images by the graph itself."""
    together = np.concatenate([prepared(batch) for batch in images()])
    return inception_graph.run(graph, together, ["pool_3", "logits"])


@pytest.mark.slow
def test_the_network_gives_what_the_graph_gives(cache, expected):
    extractor = inception.load(request(cache))
    digits = _own_files.short_hash(cache / "inception" / NAME)
    assert extractor.id == f"inception_{digits}" and extractor.image_shape is None
    assert (extractor.num_logits, extractor.resize, extractor.accuracy) == (1008, "tf1", None)
    for fact in (digits, "tf1 resize", "float32", "without biases"):
        assert fact in extractor.description
    parts = [extractor.extract(batch) for batch in images()]
    features, logits = (np.concatenate(part) for part in zip(*parts, strict=True))
    assert features.shape == (4, 2048) and features.dtype == logits.dtype == np.float32
    # Images differ from each other by more than the network from the graph.
    assert difference(expected[0][:1], expected[0][1:2]) > 1e-3
    assert difference(features, expected[0]) < 1e-5
    assert difference(logits, expected[1]) < 1e-5


@pytest.mark.slow
def test_bfloat16_is_an_option_that_the_id_tells(cache, expected):
    extractor = inception.load(request(cache, precision="bfloat16"))
    assert extractor.id == f"inception_{_own_files.short_hash(cache / 'inception' / NAME)}_bfloat16"
    assert "bfloat16" in extractor.description
    features, logits = extractor.extract(images()[1])
    assert features.dtype == logits.dtype == np.float32
    assert 1e-5 < difference(features, expected[0][1:3]) < 2e-2
    assert difference(logits, expected[1][1:3]) < 2e-2


def test_clean_images_have_an_id_of_their_own(monkeypatch, tmp_path):
    monkeypatch.setattr(_inception_weights, "read", lambda path, model: (model.get_weights(), True))
    _put(tmp_path / "inception" / "inception.npz", b"")
    extractor = inception.load(request(tmp_path, resize="clean"))
    assert extractor.id.startswith("inception_clean_") and extractor.resize == "clean"
    assert "clean resize" in extractor.description and "with biases" in extractor.description


def test_the_weights_are_folded_as_the_graph_normalises(cache, arrays, model):
    weights, biased = _inception_weights.read(cache / "inception" / NAME, model)
    assert not biased and len(weights) == 2 * 95
    for layer, (kernel, bias) in zip(
        [layer for layer in model.layers if layer.weights], zip(weights[::2], weights[1::2], strict=True), strict=True
    ):
        name = layer.name.replace(".", "/")
        if name == "softmax":
            continue
        mean, variance, beta = (
            arrays[f"{name}/batchnorm/{each}"] for each in ("moving_mean", "moving_variance", "beta")
        )
        factor = 1 / np.sqrt(variance.astype(np.float64) + 0.001)
        np.testing.assert_allclose(kernel, arrays[f"{name}/conv2d_params"] * factor, rtol=1e-6)
        np.testing.assert_allclose(bias, beta - mean * factor, rtol=1e-5, atol=1e-6)


def test_arrays_of_the_same_names_fill_the_network_alike(tmp_path, cache, arrays, model):
    expected, _ = _inception_weights.read(cache / "inception" / NAME, model)
    # An archive cannot say that a gamma is without effect, so it has to leave it away.
    used = {name: array for name, array in arrays.items() if not name.endswith("gamma")}
    np.savez(tmp_path / "inception.npz", **used)
    weights, biased = _inception_weights.read(tmp_path / "inception.npz", model)
    assert biased
    np.testing.assert_array_equal(weights[-1], arrays["softmax/biases"])
    for found, wanted in zip(weights[:-1], expected[:-1], strict=True):
        np.testing.assert_array_equal(found, wanted)
    del used["softmax/biases"]
    used["conv/batchnorm/gamma"] = np.full(32, 2.0, np.float32)
    np.savez(tmp_path / "inception.npz", **used)
    weights, biased = _inception_weights.read(tmp_path / "inception.npz", model)
    assert not biased and not weights[-1].any()
    np.testing.assert_allclose(weights[0], 2 * expected[0], rtol=1e-6)


def _changed(graph, change):
    copy = tf.compat.v1.GraphDef()
    copy.CopyFrom(graph)
    change({node.name: node for node in copy.node})
    return copy


def _rename_logits(nodes):
    nodes["logits"].name = "another"


def _biased_logits(nodes):
    nodes["logits"].op = "Identity"
    nodes["logits"].input[:] = ["softmax/logits"]


@pytest.mark.parametrize("change", [_rename_logits, _biased_logits])
def test_logits_have_biases_where_the_graph_says_so(tmp_path, graph, arrays, model, change):
    (tmp_path / "graph.pb").write_bytes(_changed(graph, change).SerializeToString())
    weights, biased = _inception_weights.read(tmp_path / "graph.pb", model)
    assert biased
    np.testing.assert_array_equal(weights[-1], arrays["softmax/biases"])


def test_names_may_have_a_prefix_and_a_graph_may_scale(tmp_path, graph, arrays, model):
    def change(nodes):
        for node in nodes.values():
            node.name = f"FID_Inception_Net/{node.name}"
        nodes["conv/batchnorm"].attr["scale_after_normalization"].b = True
        nodes["conv/batchnorm"].attr["variance_epsilon"].f = 0.5

    (tmp_path / "graph.pb").write_bytes(_changed(graph, change).SerializeToString())
    weights, biased = _inception_weights.read(tmp_path / "graph.pb", model)
    assert not biased
    factor = arrays["conv/batchnorm/gamma"] / np.sqrt(arrays["conv/batchnorm/moving_variance"] + 0.5)
    np.testing.assert_allclose(weights[0], arrays["conv/conv2d_params"] * factor, rtol=1e-5)


def _put(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def _without(name):
    return lambda arrays: {key: array for key, array in arrays.items() if key != name}


def _with(name, change):
    return lambda arrays: {**arrays, name: change(arrays[name])}


@pytest.mark.parametrize(
    ("change", "answer"),
    [
        (_without("mixed_3/tower/conv_1/conv2d_params"), "it has no mixed_3/tower/conv_1/conv2d_params"),
        (_without("mixed_10/tower_2/conv/conv2d_params"), "it has no mixed_10/tower_2/conv/conv2d_params"),
        (_without("conv/batchnorm/beta"), "it has no conv/batchnorm/beta"),
        (_without("softmax/weights"), "it has no softmax/weights"),
        (_with("softmax/weights", lambda array: array[:, :1001]), r"has shape \(2048, 1001\), not \(2048, 1008\)"),
        (_with("conv/conv2d_params", np.transpose), r"conv/conv2d_params has shape \(32, 3, 3, 3\)"),
        (_with("conv_1/batchnorm/beta", lambda array: array * np.nan), "conv_1/batchnorm/beta .* not finite"),
        (_with("conv_1/batchnorm/moving_variance", lambda array: array - 9), "moving_variance .* negative"),
    ],
)
def test_what_is_wrong_with_a_file_is_said_in_one_line(monkeypatch, tmp_path, arrays, model, change, answer):
    monkeypatch.setattr(npz, "read", lambda path: change(arrays))
    with pytest.raises(UserError, match=answer) as error:
        _inception_weights.read(tmp_path / "inception.npz", model)
    assert "\n" not in str(error.value) and "inception.npz" in str(error.value)


@pytest.mark.parametrize(
    ("name", "damage", "answer"),
    [
        (NAME, lambda content: content[: len(content) // 2], "cannot be read as a frozen graph"),
        (NAME, lambda content: b"", "it has no conv/conv2d_params"),
        (NAME, lambda content: b"<html>not found</html>", "cannot be read as a frozen graph"),
        ("inception.npz", lambda content: b"PK\x03\x04", "cannot be read as an archive"),
        ("inception.npz", lambda content: b"", "cannot be read as an archive"),
    ],
)
def test_a_damaged_file_is_named(tmp_path, cache, name, damage, answer):
    path = _put(tmp_path / "inception" / name, damage((cache / "inception" / NAME).read_bytes()))
    with pytest.raises(UserError, match=answer) as error:
        inception.load(request(tmp_path))
    assert "\n" not in str(error.value) and str(path) in str(error.value)


def test_without_weights_one_line_says_where_they_were_looked_for_and_where_to_get_them(tmp_path):
    with pytest.raises(UserError) as error:
        inception.check(request(tmp_path))
    line = str(error.value)
    assert "\n" not in line
    for fact in (*inception.FILES, str(tmp_path / "inception"), "http://download", inception.VARIABLE):
        assert fact in line


def test_named_weights_come_before_the_variable_and_that_before_the_cache(monkeypatch, tmp_path):
    cached = _put(tmp_path / "cache/inception/inception.npz", b"")
    assert inception._find(request(tmp_path / "cache")) == cached
    better = _put(tmp_path / "cache/inception/classify_image_graph_def.pb", b"")
    assert inception._find(request(tmp_path / "cache")) == better
    variable = _put(tmp_path / "variable/inception.npz", b"")
    monkeypatch.setenv(inception.VARIABLE, str(tmp_path / "variable"))
    assert inception._find(request(tmp_path / "cache")) == variable
    named = _put(tmp_path / "any name.pb", b"")
    assert inception._find(request(tmp_path / "cache", weights=str(named))) == named
    for wrong in ("nowhere.pb", "cache", "any name.txt"):
        with pytest.raises(UserError, match="has to be a .pb or .npz file"):
            inception.check(request(tmp_path / "cache", weights=str(tmp_path / wrong)))


def _module(path, outputs, width=2048):
    def function(x):
        means = tf.reduce_mean(x, [1, 2])
        found = {"pool_3": tf.tile(means, [1, 700])[:, None, None, :width], "logits": means * 2}
        return {name: found[name] for name in outputs}

    module = tf.train.Checkpoint()
    module.__call__ = tf.function(function, input_signature=[tf.TensorSpec([None, 299, 299, 3])])
    tf.saved_model.save(module, str(path))
    return path


def test_a_saved_model_is_used_as_it_is(tmp_path):
    folder = _module(tmp_path / "module", ["pool_3", "logits"])
    extractor = inception.load(request(tmp_path, weights=str(folder)))
    assert extractor.id == f"inception_{_own_files.short_hash(folder)}" and extractor.num_logits == 3
    for batch in images():
        features, logits = extractor.extract(batch)
        means = prepared(batch).mean(axis=(1, 2))
        assert features.shape == (len(batch), 2048)
        np.testing.assert_allclose(features[:, :3], means, atol=1e-5)
        np.testing.assert_allclose(logits, 2 * means, atol=1e-5)
    with pytest.raises(UserError, match="bfloat16 needs"):
        inception.check(request(tmp_path, weights=str(folder), precision="bfloat16"))


@pytest.mark.parametrize(
    ("outputs", "width", "answer"),
    [(["logits"], 2048, "has to give pool_3 and logits"), (["pool_3", "logits"], 2000, "2000 numbers, not 2048")],
)
def test_a_saved_model_of_another_network_is_refused(tmp_path, outputs, width, answer):
    folder = _module(tmp_path / "module", outputs, width)
    with pytest.raises(UserError, match=answer) as error:
        inception.load(request(tmp_path, weights=str(folder)))
    assert "\n" not in str(error.value)
