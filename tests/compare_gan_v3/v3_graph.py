"""compare_gan v3's DCGAN and SNDCGAN restated as TensorFlow 1 graphs, and the files that it made of them.

Written from the description of the networks, with none of our own layers: a second opinion on what old weights mean.
"""

from __future__ import annotations

import contextlib
import dataclasses
import pathlib
import zlib
from collections.abc import Callable, Iterator, Mapping

import numpy as np
import tensorflow as tf
from tensorflow.core.protobuf import saved_model_pb2

v1 = tf.compat.v1

SHADOW = "/ExponentialMovingAverage"
NETWORKS = ("generator", "discriminator")
# A ModuleDef whose format is FORMAT_V3, which is all that tfhub_module.pb holds.
_MODULE_DEF = b"\x08\x03"
_EPSILON = 1e-5


@dataclasses.dataclass(frozen=True)
class Setup:
    """What a configuration of v3 decided.

    Attributes:
        architecture: "dcgan" or "sndcgan".
        image_shape: height, width, colors.
        normalization: of the generator: "batch_norm" or, in dcgan, "conditional_batch_norm".
        num_classes: of the labels; 0 without.
        side: where spectral norm, which the discriminator has, keeps its vector (singular_value).
        accumulators: whether batch norm kept accumulators in place of moving statistics (use_moving_averages=False).
        average: whether there is a running average of the generator (g_use_ema).
        base: channels of the discriminator's first layer; v3's own were 64.
        z_dim: length of the latents.
    """

    architecture: str
    image_shape: tuple[int, int, int]
    normalization: str = "batch_norm"
    num_classes: int = 0
    side: str = "left"
    accumulators: bool = False
    average: bool = False
    base: int = 8
    z_dim: int = 8


def generator(setup: Setup, z: tf.Tensor, labels: tf.Tensor | None) -> tf.Tensor:
    """Images [B, H, W, C] in [0, 1], in inference mode; makes the variables or uses those that are there."""
    y = tf.one_hot(labels, setup.num_classes) if setup.num_classes else None
    with v1.variable_scope("generator", reuse=v1.AUTO_REUSE):
        return _GENERATORS[setup.architecture](setup, z, y)


def discriminator(setup: Setup, images: tf.Tensor) -> tf.Tensor:
    """Probabilities [B, 1] of being real; every run moves the vectors of spectral norm."""
    with v1.variable_scope("discriminator", reuse=v1.AUTO_REUSE):
        return tf.sigmoid(_DISCRIMINATORS[setup.architecture](setup, images))


def exported_generator(setup: Setup, z: tf.Tensor, labels: tf.Tensor | None) -> tf.Tensor:
    """What v3 exported: where there is a running average, the generator built again with its shadows."""
    images = generator(setup, z, labels)
    if not setup.average:
        return images
    average = tf.train.ExponentialMovingAverage(0.9999)
    average.apply([variable for variable in v1.trainable_variables() if "generator" in variable.name])

    def shadow(getter: Callable, name: str, *args: object, **kwargs: object) -> tf.Variable:
        variable = getter(name, *args, **kwargs)
        kept = average.average(variable)
        return variable if kept is None else kept

    with v1.variable_scope("", reuse=True, custom_getter=shadow):
        return generator(setup, z, labels)


def variables(setup: Setup) -> dict[str, tuple[list[int], bool]]:
    """{name: (shape, whether trainable)} of both networks."""
    with tf.Graph().as_default():
        _both(setup)
        return {each.op.name: (each.shape.as_list(), each.trainable) for each in v1.global_variables()}


def values(setup: Setup) -> dict[str, np.ndarray]:
    """Weights, statistics and shadows of both networks, as if they had been trained."""
    with tf.Graph().as_default():
        _both(setup)
        made = {each.op.name: _value(each.op.name, each.shape.as_list()) for each in v1.global_variables()}
    for name in made:
        if name.endswith("/accu_counter"):
            made[name] = np.float32(37.0)
        elif name.endswith(("/accu_mean", "/accu_variance")):
            made[name] = np.float32(37.0) * made[name]
        elif name.endswith("/update_accus"):
            made[name] = np.int32(0)
    return made


def inputs(setup: Setup) -> tuple[np.ndarray, np.ndarray | None, np.ndarray]:
    """Eight latents, labels if there are any, and images with waves of several widths under some noise."""
    random = np.random.default_rng(7)
    z = random.uniform(-1.5, 1.5, [8, setup.z_dim]).astype(np.float32)
    labels = np.arange(8, dtype=np.int32) if setup.num_classes else None
    number, row, column, color = np.meshgrid(*map(np.arange, (8, *setup.image_shape)), indexing="ij")
    waves = 0.5 + 0.06 * number * np.sin(0.2 * row * (number + 1) + 0.1 * column + 1.7 * color)
    return z, labels, np.clip(waves + 0.05 * random.standard_normal(waves.shape), 0, 1).astype(np.float32)


def run(
    setup: Setup, weights: Mapping[str, np.ndarray], z: np.ndarray, labels: np.ndarray | None, images: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Images of the exported generator, images of its latest weights, and predictions, with fresh vectors each."""
    with _session() as session:
        fed, feed = _inputs(setup, None), {}
        exported = exported_generator(setup, fed["z"], fed.get("labels"))
        latest = generator(setup, fed["z"], fed.get("labels"))
        prediction = discriminator(setup, fed["images"])
        _load(session, weights)
        for name, value in {"z": z, "labels": labels, "images": images}.items():
            if value is not None:
                feed[fed[name]] = value
        return tuple(session.run([exported, latest, prediction], feed))


def write_checkpoint(
    setup: Setup, weights: Mapping[str, np.ndarray], folder: pathlib.Path, step: int, *, counted: bool = True
) -> pathlib.Path:
    """A training's checkpoint, with Adam's slots under the names that v3 gave its two optimizers.

    Args:
        setup: of the networks.
        weights: of both networks.
        folder: for `checkpoint` and model.ckpt-<step>.*.
        step: of the generator.
        counted: whether the step is inside too, with all that a training keeps beside its networks.

    Returns:
        What TensorFlow calls the checkpoint: the beginning of its files' names.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with _session() as session:
        _both(setup)
        counters = {}
        if counted:
            trainable = v1.trainable_variables()
            for network in reversed(NETWORKS):
                with contextlib.ExitStack() as scopes:
                    if network == "generator":
                        scopes.enter_context(v1.name_scope("gen_step"))
                    optimizer = v1.train.AdamOptimizer(2e-4, 0.5, 0.999, name=f"{network[0]}_opt")
                    own = [variable for variable in trainable if network in variable.name]
                    optimizer.apply_gradients([(tf.zeros_like(variable), variable) for variable in own])
            v1.train.create_global_step()
            _variable("global_step_disc", [], trainable=False, dtype=tf.int32)
            counters = {"global_step": np.int64(step), "global_step_disc": np.int32(5 * step)}
        _load(session, {**weights, **counters})
        saver = v1.train.Saver(sharded=True, save_relative_paths=True)
        return pathlib.Path(saver.save(session, str(folder / "model.ckpt"), global_step=step))


def write_module(
    setup: Setup, weights: Mapping[str, np.ndarray], folder: pathlib.Path, networks: tuple[str, ...] = NETWORKS
) -> pathlib.Path:
    """A TF1 Hub module: one graph per set of tags, one file of variables, no saver in the graphs; gives its folder."""
    model = saved_model_pb2.SavedModel(saved_model_schema_version=1)
    variants = [((), "generator", 64), (("gen", "bs8"), "generator", 8), (("disc", "bs8"), "discriminator", 8)]
    for tags, network, batch in variants:
        with tf.Graph().as_default():
            given = _inputs(setup, batch)
            if network == "generator":
                made = {"generated": exported_generator(setup, given["z"], given.get("labels"))}
            else:
                made = {"prediction": discriminator(setup, given["images"])}
            taken = {name: given[name] for name in given if name != ("images" if "generated" in made else "z")}
            v1.get_collection_ref(v1.GraphKeys.MOVING_AVERAGE_VARIABLES).clear()
            graph = v1.train.export_meta_graph(strip_default_attrs=True)
            graph.meta_info_def.tags.extend(tags)
            signature = v1.saved_model.build_signature_def(_described(taken), _described(made))
            graph.signature_def["default"].CopyFrom(signature)
            model.meta_graphs.append(graph)
    folder.mkdir(parents=True)
    (folder / "saved_model.pb").write_bytes(model.SerializeToString())
    (folder / "tfhub_module.pb").write_bytes(_MODULE_DEF)
    _save({name: value for name, value in weights.items() if name.startswith(networks)}, folder / "variables/variables")
    return folder


def write_filled_statistics(weights: Mapping[str, np.ndarray], module: pathlib.Path) -> pathlib.Path:
    """The checkpoint that v3's evaluation put beside a module when it had filled the generator's accumulators."""
    mine = {f"gen_module/{name}": value for name, value in weights.items() if name.startswith("generator/")}
    _save(mine, module / "model-with-accu.ckpt")
    return module / "model-with-accu.ckpt"


def unfilled(weights: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The same with accumulators as a training left them."""
    fresh = {"accu_mean": 0.0, "accu_variance": 0.0, "accu_counter": 1e-12}
    return {
        name: np.full_like(value, fresh[name.split("/")[-1]]) if name.split("/")[-1] in fresh else value
        for name, value in weights.items()
    }


def _both(setup: Setup) -> None:
    given = _inputs(setup, None)
    exported_generator(setup, given["z"], given.get("labels"))
    discriminator(setup, given["images"])


def _inputs(setup: Setup, batch: int | None) -> dict[str, tf.Tensor]:
    """Inputs by v3's names; as in v3, constants of zeros where the batch is fixed."""
    make = v1.placeholder if batch is None else v1.zeros
    inputs = {
        "z": make(shape=[batch, setup.z_dim], dtype=tf.float32, name="z_for_eval"),
        "images": make(shape=[batch, *setup.image_shape], dtype=tf.float32, name="images_for_eval"),
    }
    if setup.num_classes:
        inputs["labels"] = make(shape=[batch], dtype=tf.int32, name="labels_for_eval")
    return inputs


def _described(tensors: Mapping[str, tf.Tensor]) -> dict:
    return {name: v1.saved_model.build_tensor_info(tensor) for name, tensor in tensors.items()}


@contextlib.contextmanager
def _session() -> Iterator[v1.Session]:
    with tf.Graph().as_default(), v1.Session() as session:
        yield session


def _load(session: v1.Session, weights: Mapping[str, np.ndarray]) -> None:
    """Initial values, and then the given ones, of the graph's variables."""
    session.run(v1.global_variables_initializer())
    holders, updates = {}, []
    for variable in v1.global_variables():
        if variable.op.name in weights:
            holder = v1.placeholder(variable.dtype.base_dtype, variable.shape)
            holders[holder] = weights[variable.op.name]
            updates.append(variable.assign(holder))
    session.run(updates, holders)


def _save(weights: Mapping[str, np.ndarray], prefix: pathlib.Path) -> None:
    """A file of variables without `checkpoint` and graph."""
    prefix.parent.mkdir(parents=True, exist_ok=True)
    with _session() as session:
        for name, value in weights.items():
            _variable(name, np.shape(value), trainable=False, dtype=np.asarray(value).dtype)
        _load(session, weights)
        v1.train.Saver(sharded=True).save(session, str(prefix), write_meta_graph=False, write_state=False)


def _variable(name: str, shape: list[int], *, trainable: bool = True, dtype: tf.DType = tf.float32) -> tf.Variable:
    zeros = v1.zeros_initializer()
    return v1.get_variable(name, shape, dtype, zeros, trainable=trainable, use_resource=True)


def _value(name: str, shape: list[int]) -> np.ndarray:
    """A float32 array that depends on the name, of a size at which no activation saturates."""
    random = np.random.default_rng(zlib.crc32(name.encode()))
    drawn = random.standard_normal(shape).astype(np.float32)
    if name.endswith(SHADOW):
        latest = _value(name.removesuffix(SHADOW), shape)
        return latest + np.float32(0.3 * latest.std() + 0.05) * drawn
    leaf, layer = name.split("/")[-1], name.split("/")[-2]
    if leaf == "bias" and layer.startswith("d_"):
        return np.float32(0.5) * drawn
    if leaf == "kernel" and layer not in ("gamma", "beta"):
        is_transposed, stride = "/g_dc" in name, 2 if "/g_dc" in name and "/g_dc5/" not in name else 1
        fan = np.prod(shape) / shape[-2 if is_transposed else -1] / stride**2
        return drawn * np.float32(np.sqrt(1.5 / fan))
    if leaf == "gamma" or layer == "gamma":
        return 1 + np.float32(0.2) * drawn
    if leaf.endswith("_variance"):
        return random.uniform(0.5, 1.5, shape).astype(np.float32)
    return drawn if leaf == "u_var" else np.float32(0.1) * drawn


def _linear(x: tf.Tensor, units: int, name: str, side: str | None = None) -> tf.Tensor:
    with v1.variable_scope(name):
        return tf.matmul(x, _kernel([x.shape[-1], units], side)) + _variable("bias", [units])


def _conv(x: tf.Tensor, filters: int, size: int, stride: int, name: str, side: str) -> tf.Tensor:
    with v1.variable_scope(name):
        kernel = _kernel([size, size, x.shape[-1], filters], side)
        return tf.nn.conv2d(x, kernel, stride, "SAME") + _variable("bias", [filters])


def _deconv(x: tf.Tensor, filters: int, size: int, stride: int, sides: tuple[int, int], name: str) -> tf.Tensor:
    with v1.variable_scope(name):
        kernel = _kernel([size, size, filters, x.shape[-1]], None)
        shape = [tf.shape(x)[0], *sides, filters]
        made = tf.nn.conv2d_transpose(x, kernel, shape, stride, "SAME") + _variable("bias", [filters])
        return tf.ensure_shape(made, [None, *sides, filters])


def _kernel(shape: list[int], side: str | None) -> tf.Tensor:
    """The layer's kernel, divided by its largest singular value if a side is given."""
    kernel = _variable("kernel", shape)
    if side is None:
        return kernel
    matrix = tf.reshape(kernel, [-1, shape[-1]])
    rows, columns = matrix.shape
    if side == "left" or (side == "auto" and rows <= columns):
        kept = _variable("kernel/u_var", [rows, 1], trainable=False)
        v = _unit(tf.transpose(matrix) @ kept)
        u = _unit(matrix @ v)
        sigma = tf.transpose(u) @ matrix @ v
    else:
        kept = _variable("kernel/u_var", [1, columns], trainable=False)
        v = _unit(kept @ tf.transpose(matrix))
        u = _unit(v @ matrix)
        sigma = v @ matrix @ tf.transpose(u)
    with tf.control_dependencies([kept.assign(u)]):
        return tf.reshape(matrix / sigma, shape)


def _unit(x: tf.Tensor) -> tf.Tensor:
    return x / tf.sqrt(tf.maximum(tf.reduce_sum(x * x), 1e-12))


def _batch_norm(setup: Setup, x: tf.Tensor, y: tf.Tensor | None, name: str) -> tf.Tensor:
    channels = x.shape[-1]
    with v1.variable_scope(name):
        if setup.accumulators:
            counter = _variable("accu/accu_counter", [], trainable=False)
            mean = _variable("accu/accu_mean", [channels], trainable=False) / counter
            variance = _variable("accu/accu_variance", [channels], trainable=False) / counter
            _variable("accu/update_accus", [], trainable=False, dtype=tf.int32)
        else:
            mean = _variable("moving_mean", [channels], trainable=False)
            variance = _variable("moving_variance", [channels], trainable=False)
        standardized = (x - mean) / tf.sqrt(variance + _EPSILON)
        if setup.normalization == "batch_norm":
            return _variable("gamma", [channels]) * standardized + _variable("beta", [channels])
        gamma = y @ _variable("condition/gamma/kernel", [setup.num_classes, channels])
        beta = y @ _variable("condition/beta/kernel", [setup.num_classes, channels])
        return gamma[:, None, None, :] * standardized + beta[:, None, None, :]


def _sides(setup: Setup) -> list[tuple[int, int]]:
    """Height and width of the image, and after each halving, rounded up."""
    height, width, _ = setup.image_shape
    return [(-(-height // 2**n), -(-width // 2**n)) for n in range(5)]


def _dcgan_generator(setup: Setup, z: tf.Tensor, y: tf.Tensor | None) -> tf.Tensor:
    sides, base = _sides(setup), setup.base
    x = _linear(z, 8 * base * sides[4][0] * sides[4][1], "g_fc1")
    x = tf.nn.relu(_batch_norm(setup, tf.reshape(x, [-1, *sides[4], 8 * base]), y, "g_bn1"))
    for number, factor in enumerate((4, 2, 1), 1):
        x = _deconv(x, factor * base, 5, 2, sides[4 - number], f"g_dc{number}")
        x = tf.nn.relu(_batch_norm(setup, x, y, f"g_bn{number + 1}"))
    return 0.5 * tf.tanh(_deconv(x, setup.image_shape[2], 5, 2, sides[0], "g_dc4")) + 0.5


def _dcgan_discriminator(setup: Setup, x: tf.Tensor) -> tf.Tensor:
    for number, factor in enumerate((1, 2, 4, 8), 1):
        x = tf.nn.leaky_relu(_conv(x, factor * setup.base, 5, 2, f"d_conv{number}", setup.side), 0.2)
    return _linear(tf.reshape(x, [-1, np.prod(x.shape[1:])]), 1, "d_fc4", setup.side)


def _sndcgan_generator(setup: Setup, z: tf.Tensor, y: tf.Tensor | None) -> tf.Tensor:
    sides, base = _sides(setup), setup.base
    x = _linear(z, 8 * base * sides[3][0] * sides[3][1], "g_fc1")
    x = tf.reshape(tf.nn.relu(_batch_norm(setup, x, y, "g_bn1")), [-1, *sides[3], 8 * base])
    for number, factor in enumerate((4, 2, 1), 2):
        x = _deconv(x, factor * base, 4, 2, sides[4 - number], f"g_dc{number}")
        x = tf.nn.relu(_batch_norm(setup, x, y, f"g_bn{number}"))
    return (tf.tanh(_deconv(x, setup.image_shape[2], 3, 1, sides[0], "g_dc5")) + 1) / 2


def _sndcgan_discriminator(setup: Setup, x: tf.Tensor) -> tf.Tensor:
    x = 2 * x - 1
    plan = [(1, 3, 1), (2, 4, 2), (2, 3, 1), (4, 4, 2), (4, 3, 1), (8, 4, 2), (8, 3, 1)]
    for number, (factor, size, stride) in enumerate(plan, 1):
        x = tf.nn.leaky_relu(_conv(x, factor * setup.base, size, stride, f"d_conv{number}", setup.side), 0.1)
    return _linear(tf.reshape(x, [-1, np.prod(x.shape[1:])]), 1, "d_fc1", setup.side)


_GENERATORS = {"dcgan": _dcgan_generator, "sndcgan": _sndcgan_generator}
_DISCRIMINATORS = {"dcgan": _dcgan_discriminator, "sndcgan": _sndcgan_discriminator}
