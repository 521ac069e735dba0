"""Networks that the user brings, whole, odd and damaged."""

import pathlib

import keras
import numpy as np
import pytest
import tensorflow as tf

from compare_gan_tf2.datasets import catalog
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.extractors import Request, _own_files, _resize, model_file


def request(path, name="cifar10", **changes):
    return Request(catalog.find(name), pathlib.Path("nowhere"), pathlib.Path("nowhere"), weights=str(path), **changes)


def images(name="cifar10", count=3):
    return np.random.default_rng(0).random((count, *catalog.find(name).image_shape), np.float32)


def network(shape=(16, 16, 3), *, logits=False):
    inputs = keras.Input(shape)
    features = keras.layers.GlobalAveragePooling2D()(keras.layers.Conv2D(7, 3)(inputs))
    return keras.Model(inputs, (features, keras.layers.Dense(4)(features)) if logits else features)


def save_module(path, function, shape=(None, 16, 16, 3), dtype=tf.float32):
    module = tf.Module()
    module.function = tf.function(function, input_signature=[tf.TensorSpec(shape, dtype)])
    tf.saved_model.save(module, str(path), signatures={"serving_default": module.function})


@pytest.mark.parametrize("suffix", [".keras", ".h5"])
@pytest.mark.parametrize("resize", ["tf1", "clean"])
def test_a_keras_file_gives_what_its_model_gives(tmp_path, suffix, resize):
    path = tmp_path / f"My net-2{suffix}"
    model = network()
    model.save(path)
    extractor = model_file.load(request(path, resize=resize))
    digits = _own_files.short_hash(path)
    assert extractor.id == f"model_file_my_net_2{'_clean' if resize == 'clean' else ''}_{digits}"
    assert extractor.resize == resize and extractor.num_logits == 0
    for fact in (path.name, "16x16x3", f"{resize} resize", "7 features", digits):
        assert fact in extractor.description
    features, logits = extractor.extract(images())
    expected = model(_resize.resize(tf.constant(images()), (16, 16), resize))
    np.testing.assert_allclose(features, expected, rtol=1e-4, atol=1e-6)
    assert features.dtype == np.float32 and logits.shape == (3, 0)


def test_a_network_of_the_images_own_size_or_any_size_resizes_nothing(tmp_path):
    for shape in ((32, 32, 3), (None, None, 3)):
        path = tmp_path / "net.keras"
        model = network(shape, logits=True)
        model.save(path)
        extractor = model_file.load(request(path, resize="clean"))
        assert extractor.resize == "none" and "resize" not in extractor.description and "clean" not in extractor.id
        for found, expected in zip(extractor.extract(images()), model(images()), strict=True):
            np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-6)
        assert extractor.num_logits == 4


def test_grey_images_are_repeated_for_a_network_of_colours(tmp_path):
    path = tmp_path / "net.keras"
    model = network((28, 28, 3))
    model.save(path)
    features, _ = model_file.load(request(path, "mnist")).extract(images("mnist"))
    np.testing.assert_allclose(features, model(np.repeat(images("mnist"), 3, axis=-1)), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("names", [("features", "logits"), ("output_0", "output_1"), ("anything",)])
def test_a_saved_model_may_name_its_outputs(tmp_path, names):
    def function(x):
        means = tf.reduce_mean(x, [1, 2])
        return dict(zip(names, (means, tf.concat([means, 2 * means], 1)), strict=False))

    save_module(tmp_path / "net", function, (None, 32, 32, 3))
    extractor = model_file.load(request(tmp_path / "net"))
    features, logits = extractor.extract(images())
    means = images().mean(axis=(1, 2))
    np.testing.assert_allclose(features, means, rtol=1e-5)
    assert extractor.num_logits == logits.shape[1] == (6 if len(names) == 2 else 0)
    if len(names) == 2:
        np.testing.assert_allclose(logits, np.concatenate([means, 2 * means], axis=1), rtol=1e-5)


def test_keras_exports_and_plain_callables_are_saved_models_too(tmp_path):
    model = network((32, 32, 3), logits=True)
    model.export(tmp_path / "exported", verbose=False)
    module = tf.train.Checkpoint()
    module.model = model
    module.__call__ = tf.function(model, input_signature=[tf.TensorSpec([None, 32, 32, 3])])
    tf.saved_model.save(module, str(tmp_path / "callable"))
    for name in ("exported", "callable"):
        for found, expected in zip(
            model_file.load(request(tmp_path / name)).extract(images()), model(images()), strict=True
        ):
            np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-6)


def test_a_module_of_tf_hubs_first_format_is_used_without_its_training_graph(tmp_path):
    builder = tf.compat.v1.saved_model.Builder(str(tmp_path / "module"))
    for tags, factor in (([], 1.0), (["train"], 100.0)):
        with tf.Graph().as_default(), tf.compat.v1.Session() as session:
            inputs = tf.compat.v1.placeholder(tf.float32, [None, 32, 32, 3])
            scale = tf.compat.v1.get_variable("scale", initializer=3.0)
            features = tf.reduce_mean(inputs, [1, 2]) * scale * factor
            signature = tf.compat.v1.saved_model.predict_signature_def({"images": inputs}, {"default": features})
            session.run(tf.compat.v1.global_variables_initializer())
            if tags:
                builder.add_meta_graph(tags, {"default": signature})
            else:
                builder.add_meta_graph_and_variables(session, tags, {"default": signature})
    builder.save()
    (tmp_path / "module/tfhub_module.pb").write_bytes(b"\x08\x03")
    features, _ = model_file.load(request(tmp_path / "module")).extract(images())
    np.testing.assert_allclose(features, 3 * images().mean(axis=(1, 2)), rtol=1e-5)


def test_the_digits_follow_the_content_and_names_alone(tmp_path):
    save_module(tmp_path / "one", lambda x: tf.reduce_mean(x, [1, 2]))
    digits = _own_files.short_hash(tmp_path / "one")
    (tmp_path / "one").rename(tmp_path / "two")
    assert _own_files.short_hash(tmp_path / "two") == digits
    (tmp_path / "two/assets/extra").write_text("")
    assert _own_files.short_hash(tmp_path / "two") != digits


@pytest.mark.parametrize(
    ("make", "answer"),
    [
        (lambda path: "", "needs the network"),
        (lambda path: path / "nothing.keras", "there is no network"),
        (lambda path: path, "no saved_model.pb"),
        (lambda path: _written(path / "net.pt", b"x"), "no network of a known kind"),
    ],
)
def test_what_is_no_network_is_refused_before_anything_is_read(tmp_path, make, answer):
    with pytest.raises(UserError, match=answer) as error:
        model_file.check(request(make(tmp_path)))
    assert "\n" not in str(error.value)


def _written(path, content):
    path.write_bytes(content)
    return path


def _saved(path, model):
    model.save(path)
    return path


def _weights_alone(path):
    network().save_weights(path / "net.weights.h5")
    return path / "net.weights.h5"


def _truncated(path):
    file = _saved(path / "net.keras", network())
    return _written(file, file.read_bytes()[:2000])


def _module(path, function, **changes):
    save_module(path / "net", function, **changes)
    return path / "net"


def _damaged_module(path):
    folder = _module(path, lambda x: tf.reduce_mean(x, [1, 2]))
    _written(folder / "saved_model.pb", b"\xff" * 100)
    return folder


def _of_two_inputs(path):
    inputs = [keras.Input((8, 8, 3)), keras.Input((8, 8, 3))]
    return _saved(path / "net.keras", keras.Model(inputs, keras.layers.Flatten()(keras.layers.Add()(inputs))))


@pytest.mark.parametrize(
    ("make", "answer"),
    [
        (_truncated, "cannot be read"),
        (_weights_alone, "cannot be read"),
        (_damaged_module, "cannot be read"),
        (lambda path: _saved(path / "net.keras", network((16, 16, 4))), "4 channels"),
        (lambda path: _saved(path / "net.keras", network((16, 16, 1))), "1 channels"),
        (_of_two_inputs, "takes"),
        (lambda path: _module(path, lambda x: x), "average over positions"),
        (lambda path: _module(path, lambda x: {"a": x, "b": x}), "has to give features"),
        (lambda path: _module(path, lambda x: x, shape=(None, 10)), r"has to take float32 \[N, H, W, C\]"),
        (lambda path: _module(path, lambda x: x, dtype=tf.uint8), r"has to take float32 \[N, H, W, C\]"),
        (lambda path: _module(path, lambda x: tf.reduce_mean(x, [1, 2]), shape=(3, 8, 8, 3)), "does not take images"),
    ],
)
def test_a_network_that_does_not_fit_is_refused_in_one_line(tmp_path, make, answer):
    wanted = request(make(tmp_path))
    model_file.check(wanted)
    with pytest.raises(UserError, match=answer) as error:
        model_file.load(wanted)
    assert "\n" not in str(error.value) and str(tmp_path) in str(error.value)
