"""The Inception network of 2015-12-05 that Inception scores and Fréchet distances were defined with.

Szegedy et al. (2016), as the authors published it in a graph: 94 convolutions, each normalized without a scale and
rectified; average pools that leave padding out of the mean; and in the last block a maximum where the other blocks of
its kind have an average. The networks of keras.applications, TF-Slim and torchvision are others: they have other
weights and 1000 or 1001 classes, and their last block averages.
"""

from __future__ import annotations

from collections.abc import Sequence

import keras

SIZE = 299
FEATURES = 2048
LOGITS = 1008
# The layer of the logits, a matrix; all others are convolutions.
SOFTMAX = "softmax"

_Size = tuple[int, int]


def network(dtype: str = "float32") -> keras.Model:
    """The network with normalizations folded into the convolutions, its weights zero.

    Args:
        dtype: of the convolutions; both outputs are float32 under any.

    Returns:
        A model from images [N, 299, 299, 3] of that type, (x - 128) / 128 of pixels 0..255, to (pool_3 float32
        [N, 2048], logits float32 [N, 1008]). Its layers with weights, each a kernel and a bias, are called what they
        are in the graph, with . for /.
    """
    images = keras.Input((SIZE, SIZE, 3), dtype=dtype, name="Mul")
    build = _Builder(dtype)
    hidden = build.convolution(images, "conv", 32, (3, 3), strides=2, padding="valid")
    hidden = build.convolution(hidden, "conv_1", 32, (3, 3), padding="valid")
    hidden = build.convolution(hidden, "conv_2", 64, (3, 3))
    hidden = build.shrink(hidden)
    hidden = build.convolution(hidden, "conv_3", 80, (1, 1))
    hidden = build.convolution(hidden, "conv_4", 192, (3, 3), padding="valid")
    hidden = build.shrink(hidden)
    for block, pooled in (("mixed", 32), ("mixed_1", 64), ("mixed_2", 64)):
        hidden = build.block_35(hidden, block, pooled)
    hidden = build.block_35_to_17(hidden, "mixed_3")
    for block, width in (("mixed_4", 128), ("mixed_5", 160), ("mixed_6", 160), ("mixed_7", 192)):
        hidden = build.block_17(hidden, block, width)
    hidden = build.block_17_to_8(hidden, "mixed_8")
    hidden = build.block_8(hidden, "mixed_9", keras.layers.AveragePooling2D)
    hidden = build.block_8(hidden, "mixed_10", keras.layers.MaxPooling2D)
    features = keras.layers.GlobalAveragePooling2D(dtype="float32", name="pool_3")(hidden)
    logits = keras.layers.Dense(LOGITS, kernel_initializer="zeros", dtype="float32", name=SOFTMAX)(features)
    return keras.Model(images, (features, logits), name="inception_2015_12_05")


class _Builder:
    """Blocks of one dtype; branches are joined in the graph's order."""

    def __init__(self, dtype: str):
        self._dtype = dtype

    def convolution(
        self,
        inputs: keras.KerasTensor,
        name: str,
        filters: int,
        size: _Size,
        *,
        strides: int = 1,
        padding: str = "same",
    ) -> keras.KerasTensor:
        return keras.layers.Conv2D(
            filters,
            size,
            strides=strides,
            padding=padding,
            activation="relu",
            kernel_initializer="zeros",
            dtype=self._dtype,
            name=name.replace("/", "."),
        )(inputs)

    def tower(
        self, inputs: keras.KerasTensor, name: str, layers: Sequence[tuple[int, _Size]], *, shrinks: bool = False
    ) -> keras.KerasTensor:
        """Convolutions name/conv, name/conv_1, ... of (filters, size); the last halves the sides if it shrinks."""
        hidden = inputs
        for number, (filters, size) in enumerate(layers):
            layer = f"{name}/conv_{number}" if number else f"{name}/conv"
            halved = shrinks and number == len(layers) - 1
            strides, padding = (2, "valid") if halved else (1, "same")
            hidden = self.convolution(hidden, layer, filters, size, strides=strides, padding=padding)
        return hidden

    def shrink(self, inputs: keras.KerasTensor) -> keras.KerasTensor:
        return keras.layers.MaxPooling2D(3, 2, "valid", dtype=self._dtype)(inputs)

    def pooled(
        self,
        inputs: keras.KerasTensor,
        block: str,
        filters: int,
        kind: type[keras.Layer] = keras.layers.AveragePooling2D,
    ) -> keras.KerasTensor:
        return self.tower(kind(3, 1, "same", dtype=self._dtype)(inputs), f"{block}/tower_2", [(filters, (1, 1))])

    def join(self, *branches: keras.KerasTensor) -> keras.KerasTensor:
        return keras.layers.Concatenate(dtype=self._dtype)(branches)

    def block_35(self, inputs: keras.KerasTensor, block: str, pooled: int) -> keras.KerasTensor:
        return self.join(
            self.tower(inputs, block, [(64, (1, 1))]),
            self.tower(inputs, f"{block}/tower", [(48, (1, 1)), (64, (5, 5))]),
            self.tower(inputs, f"{block}/tower_1", [(64, (1, 1)), (96, (3, 3)), (96, (3, 3))]),
            self.pooled(inputs, block, pooled),
        )

    def block_35_to_17(self, inputs: keras.KerasTensor, block: str) -> keras.KerasTensor:
        return self.join(
            self.tower(inputs, block, [(384, (3, 3))], shrinks=True),
            self.tower(inputs, f"{block}/tower", [(64, (1, 1)), (96, (3, 3)), (96, (3, 3))], shrinks=True),
            self.shrink(inputs),
        )

    def block_17(self, inputs: keras.KerasTensor, block: str, width: int) -> keras.KerasTensor:
        row, column = (1, 7), (7, 1)
        deep = [(width, (1, 1)), (width, column), (width, row), (width, column), (192, row)]
        return self.join(
            self.tower(inputs, block, [(192, (1, 1))]),
            self.tower(inputs, f"{block}/tower", [(width, (1, 1)), (width, row), (192, column)]),
            self.tower(inputs, f"{block}/tower_1", deep),
            self.pooled(inputs, block, 192),
        )

    def block_17_to_8(self, inputs: keras.KerasTensor, block: str) -> keras.KerasTensor:
        deep = [(192, (1, 1)), (192, (1, 7)), (192, (7, 1)), (192, (3, 3))]
        return self.join(
            self.tower(inputs, f"{block}/tower", [(192, (1, 1)), (320, (3, 3))], shrinks=True),
            self.tower(inputs, f"{block}/tower_1", deep, shrinks=True),
            self.shrink(inputs),
        )

    def block_8(self, inputs: keras.KerasTensor, block: str, kind: type[keras.Layer]) -> keras.KerasTensor:
        tower = self.tower(inputs, f"{block}/tower", [(384, (1, 1))])
        tower_1 = self.tower(inputs, f"{block}/tower_1", [(448, (1, 1)), (384, (3, 3))])
        return self.join(
            self.tower(inputs, block, [(320, (1, 1))]),
            *self._row_and_column(tower, f"{block}/tower/mixed"),
            *self._row_and_column(tower_1, f"{block}/tower_1/mixed"),
            self.pooled(inputs, block, 192, kind),
        )

    def _row_and_column(self, inputs: keras.KerasTensor, name: str) -> tuple[keras.KerasTensor, keras.KerasTensor]:
        row = self.convolution(inputs, f"{name}/conv", 384, (1, 3))
        return row, self.convolution(inputs, f"{name}/conv_1", 384, (3, 1))
