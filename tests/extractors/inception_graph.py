"""The graph of 2015-12-05 written node by node, as its authors published it, with random weights."""

import numpy as np
import tensorflow as tf

_VALUE = tf.compat.v1.AttrValue
_FLOAT = _VALUE(type=tf.float32.as_datatype_enum)


def graph(seed=0, prefix=""):
    """A GraphDef from Mul [N, 299, 299, 3] to pool_3, logits (without biases) and softmax/logits (with them).

    Normalization is the operation that TensorFlow dropped in its GraphDef version 9, with a gamma it does not use.
    """
    return _Writer(seed, prefix).graph


def run(graph_def, images, outputs, prefix=""):
    """Outputs of the graph for images float32 [N, 299, 299, 3], by TensorFlow 1's session: later ways refuse it."""
    with tf.Graph().as_default() as loaded:
        tf.compat.v1.import_graph_def(graph_def, name="")
        with tf.compat.v1.Session(graph=loaded) as session:
            return session.run([f"{prefix}{name}:0" for name in outputs], {f"{prefix}Mul:0": images})


class _Writer:
    def __init__(self, seed, prefix):
        self.graph = tf.compat.v1.GraphDef()
        self.graph.versions.producer = 8
        self._draws, self._prefix, self._channels = np.random.default_rng(seed), prefix, {"Mul": 3}
        self._node("Placeholder", "Mul", dtype=_FLOAT)
        last = self._stem("Mul")
        for block, pooled in (("mixed", 32), ("mixed_1", 64), ("mixed_2", 64)):
            last = self._join(
                block,
                self._conv(last, f"{block}/conv", 64, 1, 1),
                self._chain(last, f"{block}/tower", (48, 1, 1), (64, 5, 5)),
                self._chain(last, f"{block}/tower_1", (64, 1, 1), (96, 3, 3), (96, 3, 3)),
                self._conv(self._pool("AvgPool", last, f"{block}/tower_2/pool"), f"{block}/tower_2/conv", pooled, 1, 1),
            )
        tower = self._chain(last, "mixed_3/tower", (64, 1, 1), (96, 3, 3))
        last = self._join(
            "mixed_3",
            self._conv(last, "mixed_3/conv", 384, 3, 3, 2, "VALID"),
            self._conv(tower, "mixed_3/tower/conv_2", 96, 3, 3, 2, "VALID"),
            self._pool("MaxPool", last, "mixed_3/pool", 2, "VALID"),
        )
        for block, c in (("mixed_4", 128), ("mixed_5", 160), ("mixed_6", 160), ("mixed_7", 192)):
            last = self._join(
                block,
                self._conv(last, f"{block}/conv", 192, 1, 1),
                self._chain(last, f"{block}/tower", (c, 1, 1), (c, 1, 7), (192, 7, 1)),
                self._chain(last, f"{block}/tower_1", (c, 1, 1), (c, 7, 1), (c, 1, 7), (c, 7, 1), (192, 1, 7)),
                self._conv(self._pool("AvgPool", last, f"{block}/tower_2/pool"), f"{block}/tower_2/conv", 192, 1, 1),
            )
        tower = self._chain(last, "mixed_8/tower", (192, 1, 1))
        tower_1 = self._chain(last, "mixed_8/tower_1", (192, 1, 1), (192, 1, 7), (192, 7, 1))
        last = self._join(
            "mixed_8",
            self._conv(tower, "mixed_8/tower/conv_1", 320, 3, 3, 2, "VALID"),
            self._conv(tower_1, "mixed_8/tower_1/conv_3", 192, 3, 3, 2, "VALID"),
            self._pool("MaxPool", last, "mixed_8/pool", 2, "VALID"),
        )
        for block, kind in (("mixed_9", "AvgPool"), ("mixed_10", "MaxPool")):
            tower = self._chain(last, f"{block}/tower", (384, 1, 1))
            tower_1 = self._chain(last, f"{block}/tower_1", (448, 1, 1), (384, 3, 3))
            last = self._join(
                block,
                self._conv(last, f"{block}/conv", 320, 1, 1),
                self._conv(tower, f"{block}/tower/mixed/conv", 384, 1, 3),
                self._conv(tower, f"{block}/tower/mixed/conv_1", 384, 3, 1),
                self._conv(tower_1, f"{block}/tower_1/mixed/conv", 384, 1, 3),
                self._conv(tower_1, f"{block}/tower_1/mixed/conv_1", 384, 3, 1),
                self._conv(self._pool(kind, last, f"{block}/tower_2/pool"), f"{block}/tower_2/conv", 192, 1, 1),
            )
        self._head(last)

    def _stem(self, last):
        last = self._conv(last, "conv", 32, 3, 3, 2, "VALID")
        last = self._conv(last, "conv_1", 32, 3, 3, 1, "VALID")
        last = self._pool("MaxPool", self._conv(last, "conv_2", 64, 3, 3), "pool", 2, "VALID")
        last = self._conv(last, "conv_3", 80, 1, 1, 1, "VALID")
        return self._pool("MaxPool", self._conv(last, "conv_4", 192, 3, 3, 1, "VALID"), "pool_1", 2, "VALID")

    def _head(self, last):
        self._pool("AvgPool", last, "pool_3", 1, "VALID", side=8)
        self._constant("pool_3/_reshape/shape", np.int32([-1, 2048]))
        shapes = {"T": _FLOAT, "Tshape": _VALUE(type=tf.int32.as_datatype_enum)}
        self._node("Reshape", "pool_3/_reshape", "pool_3", "pool_3/_reshape/shape", **shapes)
        self._constant("softmax/weights", self._draws.standard_normal((2048, 1008), np.float32) / 30)
        self._constant("softmax/biases", self._draws.standard_normal(1008, np.float32))
        for name in ("logits", "softmax/logits/MatMul"):
            self._node("MatMul", name, "pool_3/_reshape", "softmax/weights", T=_FLOAT)
        self._node("BiasAdd", "softmax/logits", "softmax/logits/MatMul", "softmax/biases", T=_FLOAT)

    def _chain(self, last, name, *layers):
        for number, (filters, height, width) in enumerate(layers):
            last = self._conv(last, f"{name}/conv_{number}" if number else f"{name}/conv", filters, height, width)
        return last

    def _conv(self, last, name, filters, height, width, stride=1, padding="SAME"):
        inputs, draws = self._channels[last], self._draws
        kernel = draws.standard_normal((height, width, inputs, filters), np.float32)
        self._constant(f"{name}/conv2d_params", kernel * np.float32(np.sqrt(2 / (height * width * inputs))))
        self._node("Conv2D", f"{name}/Conv2D", last, f"{name}/conv2d_params", **_window(stride, padding))
        norm = f"{name}/batchnorm"
        self._constant(f"{norm}/moving_mean", draws.uniform(-0.1, 0.1, filters))
        self._constant(f"{norm}/moving_variance", draws.uniform(0.5, 1.5, filters))
        self._constant(f"{norm}/beta", draws.uniform(-0.1, 0.1, filters))
        self._constant(f"{norm}/gamma", draws.uniform(0.5, 2, filters))
        parts = [f"{norm}/{part}" for part in ("moving_mean", "moving_variance", "beta", "gamma")]
        attributes = {"variance_epsilon": _VALUE(f=1e-3), "scale_after_normalization": _VALUE(b=False)}
        self._node("BatchNormWithGlobalNormalization", norm, f"{name}/Conv2D", *parts, T=_FLOAT, **attributes)
        self._node("Relu", name, norm, T=_FLOAT)
        self._channels[name] = filters
        return name

    def _pool(self, kind, last, name, stride=1, padding="SAME", side=3):
        ksize = _VALUE(list=_VALUE.ListValue(i=[1, side, side, 1]))
        self._node(kind, name, last, ksize=ksize, **_window(stride, padding))
        self._channels[name] = self._channels[last]
        return name

    def _join(self, block, *branches):
        self._constant(f"{block}/join/concat_dim", np.int32(3))
        name = f"{block}/join"
        self._node("Concat", name, f"{name}/concat_dim", *branches, T=_FLOAT, N=_VALUE(i=len(branches)))
        self._channels[name] = sum(self._channels[branch] for branch in branches)
        return name

    def _constant(self, name, value):
        value = np.asarray(value)
        proto = tf.make_tensor_proto(value.astype(np.float32) if value.dtype.kind == "f" else value)
        self._node("Const", name, dtype=_VALUE(type=proto.dtype), value=_VALUE(tensor=proto))

    def _node(self, operation, name, *inputs, **attributes):
        node = self.graph.node.add(op=operation, name=self._prefix + name)
        node.input.extend(self._prefix + each for each in inputs)
        for key, value in attributes.items():
            node.attr[key].CopyFrom(value)


def _window(stride, padding):
    strides = _VALUE(list=_VALUE.ListValue(i=[1, stride, stride, 1]))
    return {"T": _FLOAT, "strides": strides, "padding": _VALUE(s=padding.encode())}
