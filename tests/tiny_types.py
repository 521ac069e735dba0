"""GAN types so small that they train in a second, as files in a folder of one's own."""

import contextlib
import sys

from compare_gan_tf2 import components, gans

PAIRS = '''"""Makes targets of inputs by two convolutions with dropout between them."""

import tensorflow as tf

from compare_gan_tf2.architectures._blocks import Layers, relu, tanh
from compare_gan_tf2.architectures._padded import instance_norm, padded
from compare_gan_tf2.architectures.dropout import Dropout
from compare_gan_tf2.architectures.resnet_translator import Translator
from compare_gan_tf2.gans import Ability, Player, Stream, Term, Turn
from compare_gan_tf2.gans.base import BaseGan
from compare_gan_tf2.gans.random_inputs import seeds
from compare_gan_tf2.runtime.row_seeds import seeded

MODEL = "model that translates images"
HAS_LOGITS = False
NETWORKS = ("translator",)
IMPLIES = {"architecture": "resnet_translator", "g_normalization": "none", "loss": "none"}
ABILITIES = {"translate": (("input", "seed"), "target")}


class Gan(BaseGan):
    """The mean absolute difference of outputs from targets."""

    def setup(self):
        spec = tf.TensorSpec([None, *self.dataset.image_shape])
        self.players["generator"] = Player(self.build_generator, "g", self.generators_average())
        self.streams |= {"input": Stream(spec), "target": Stream(spec), "seed": seeds()}

    def build_generator(self):
        make = Layers(self.options, "generator")
        chain = [
            padded(make, "in", 4, 3, 1, 1), instance_norm, relu, Dropout(0.5, "dropout"),
            padded(make, "out", self.dataset.image_shape[2], 3, 1, 1), tanh,
        ]
        return Translator("generator", chain, image_shape=self.dataset.image_shape)

    def turns(self):
        return [Turn(("generator",), self.distance, "pairs")]

    def distance(self, input, target):
        return {"loss/l1": Term(tf.reduce_mean(tf.abs(self.players["generator"](input) - target)))}

    def abilities(self, nets):
        def translate(images, seed=None):
            with seeded(seed):
                return nets["generator"](images, training=False)

        return {"translate": Ability(translate, ("input", "seed"), "target")}
'''

CODES = '''"""The modular GAN whose latents are noise, a digit and a style, and that can also be given these apart."""

import dataclasses

import tensorflow as tf

from compare_gan_tf2.gans import Ability, Stream, Term, modular
from compare_gan_tf2.runtime.codes import Codes, Part

DRAWN = ("z", "noise", "digit", "style")
ABILITIES = {"generate": (("z",), "images"), "compose": (("noise", "digit", "style"), "images")}
REQUIRES = {"conditional": (False, "it has codes in their place")}
PRIOR = Codes.of_parts(
    Part("noise", "normal", 4, scale=0.5), Part("digit", "categorical", 3), Part("style", "uniform", 2)
)


class Gan(modular.Gan):
    """Also measures how far the digits of the latents are from those of the stream."""

    prior = PRIOR

    def setup(self):
        super().setup()
        self.streams |= {part.name: Stream(part.spec, part.rows) for part in PRIOR.parts}

    def build_generator(self):
        return self.architecture.generator(self.dataset.image_shape, self.options.replace(z_dim=PRIOR.length), 0)

    def turns(self):
        *others, last = super().turns()
        return [*others, dataclasses.replace(last, objective=self.measured)]

    def measured(self, images, z, digit):
        apart = tf.reduce_max(tf.abs(PRIOR.split(z)["digit"] - digit))
        return {**self.g(images, z), "apart": Term(apart, 0.0)}

    def abilities(self, nets):
        def compose(noise, digit, style):
            z = PRIOR.join({"noise": noise, "digit": digit, "style": style})
            return nets["generator"](z, None, training=False)

        return super().abilities(nets) | {"compose": Ability(compose, ("noise", "digit", "style"), "images")}
'''


@contextlib.contextmanager
def known(folder, name, text):
    """Within the block a GAN type of this name is one of the known ones; its file is written into the folder."""
    (folder / f"{name}.py").write_text(text)
    gans.__path__.append(str(folder))
    components.rescan()
    try:
        yield name
    finally:
        gans.__path__.remove(str(folder))
        sys.modules.pop(f"compare_gan_tf2.gans.{name}", None)
        vars(gans).pop(name, None)
        components.rescan()
