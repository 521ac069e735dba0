"""Parameter counts of compare_gan v3, as it reported them: trainable and not."""

import math

import pytest

from compare_gan_tf2 import components
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.options import Options

# architecture, image, g_normalization, generator's counts; z 128, ten classes for the conditional.
GENERATORS = [
    ("infogan", (28, 28, 1), "batch", 6_707_777, 14_720),
    ("infogan", (32, 32, 3), "batch", 8_681_667, 18_560),
    ("dcgan", (28, 28, 1), "batch", 4_568_961, 1_920),
    ("dcgan", (32, 32, 3), "none", 4_570_243, 0),
    ("dcgan", (32, 32, 3), "conditional_batch", 4_589_443, 1_920),
    ("dcgan", (64, 64, 3), "batch", 5_364_739, 1_920),
    ("sndcgan", (28, 28, 1), "batch", 3_827_585, 17_280),
    ("sndcgan", (32, 32, 3), "batch", 3_828_739, 17_280),
    ("sndcgan", (48, 48, 3), "none", 5_132_419, 0),
    ("sndcgan", (64, 64, 3), "batch", 7_048_195, 66_432),
    ("resnet_cifar", (32, 32, 1), "none", 5_841_409, 0),
    ("resnet_cifar", (32, 32, 3), "batch", 5_849_603, 3_584),
    ("resnet_cifar", (32, 32, 3), "conditional_batch", 5_881_859, 3_584),
    ("resnet5", (32, 32, 3), "none", 13_780_227, 0),
    ("resnet5", (64, 64, 3), "batch", 13_786_115, 5_888),
    ("resnet5", (128, 128, 1), "conditional_batch", 13_837_953, 5_888),
]
# architecture, image, d_normalization, d_weight_normalization, counts.
DISCRIMINATORS = [
    ("infogan", (28, 28, 1), "none", "none", 6_556_865, 0),
    ("infogan", (32, 32, 3), "batch", "none", 8_524_993 + 2_304, 2_304),
    ("dcgan", (32, 32, 3), "batch", "none", 4_308_609 + 1_792, 1_792),
    ("dcgan", (64, 64, 3), "none", "spectral", 4_314_753, 19_467),
    ("sndcgan", (32, 32, 3), "none", "none", 5_860_865, 0),
    ("sndcgan", (64, 64, 3), "none", "spectral", 5_885_441, 48_027),
    ("resnet_cifar", (32, 32, 1), "none", "none", 1_478_529, 0),
    ("resnet_cifar", (32, 32, 3), "layer", "none", 1_484_935, 0),
    ("resnet_cifar", (32, 32, 3), "batch", "spectral", 1_484_935, 13_500),
    ("resnet5", (32, 32, 3), "none", "spectral", 15_086_529, 38_006),
    ("resnet5", (64, 64, 3), "layer", "none", 15_092_423, 0),
    ("resnet5", (128, 128, 1), "batch", "none", 15_090_115, 5_890),
]


def _counts(network):
    return tuple(
        sum(math.prod(variable.shape) for variable in variables)
        for variables in (network.trainable_variables, network.non_trainable_variables)
    )


@pytest.mark.parametrize(("architecture", "shape", "normalization", "trainable", "rest"), GENERATORS)
def test_generators_have_the_references_parameters(architecture, shape, normalization, trainable, rest):
    conditional = normalization == "conditional_batch"
    options = Options.from_dict({"dataset": "cifar10", "g_normalization": normalization, "conditional": conditional})
    generator = components.load("architectures", architecture).generator(shape, options, 10 if conditional else 0)
    assert _counts(generator) == (trainable, rest)


@pytest.mark.parametrize(("architecture", "shape", "activations", "kernels", "trainable", "rest"), DISCRIMINATORS)
def test_discriminators_have_the_references_parameters(architecture, shape, activations, kernels, trainable, rest):
    options = Options.from_dict({"d_normalization": activations, "d_weight_normalization": kernels})
    discriminator = components.load("architectures", architecture).discriminator(shape, options)
    assert _counts(discriminator) == (trainable, rest)


def test_reference_mode_ignores_what_the_reference_ignored():
    asked = {"g_normalization": "none", "g_weight_normalization": "spectral"}
    infogan = components.load("architectures", "infogan")
    obeyed = infogan.generator((28, 28, 1), Options.from_dict(asked))
    ignored = infogan.generator((28, 28, 1), Options.from_dict(asked | {"reference": "v3"}))
    assert _counts(ignored) == (6_707_777, 14_720)
    assert _counts(obeyed)[0] < 6_707_777 and any(name.endswith("u_var") for name in obeyed.named_variables())


def test_images_that_an_architecture_cannot_make_are_refused():
    with pytest.raises(UserError, match="divisible by 4"):
        components.load("architectures", "infogan").generator((30, 30, 1), Options())
    with pytest.raises(UserError, match="d_normalization=batch"):
        components.load("architectures", "sndcgan").discriminator((32, 32, 3), Options(d_normalization="batch"))
