"""Facts: what a component's file states of itself, read without importing it."""

import dataclasses
import importlib
import sys

import pytest

from benchmarks.landscape_grid import train_tiny
from compare_gan_tf2 import components
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.metrics import neighbors
from compare_gan_tf2.options import Options, _values, architecture_limits, block_plans

FIELDS = {field.name: field for field in dataclasses.fields(Options)}
OF_COMPONENTS = [(kind, name) for kind in components.FACTS for name in components.names(kind)]
LOSS = '''"""A loss of a test."""
import tensorflow as tf

GENERATOR_SEES_REAL = False
WHOLE_BATCH = False
HAS_TARGET = False
THRESHOLD = None


def discriminator(real_logits, fake_logits):
    return tf.reduce_mean(tf.nn.softplus(fake_logits - real_logits))


def generator(fake_logits, real_logits=None):
    return -tf.reduce_mean(fake_logits)
'''
ARCHITECTURE = '''"""An architecture of a test."""
from compare_gan_tf2.architectures._blocks import Layers, flatten, reshape, sigmoid
from compare_gan_tf2.architectures._resnet import residual_chain
from compare_gan_tf2.architectures.networks import Discriminator, Generator

BLOCKS = {"generator": [("First Second", "up", 4)], "discriminator": [("Only", "down", 8)]}
HONORS = ("gradient_checkpointing",)
IMPLIES = {"z_dim": 6}


def generator(image_shape, options, num_classes=0):
    make = Layers(options, "generator")
    seed = (image_shape[0] // 4, image_shape[1] // 4, 4)
    chain = [
        make.linear("in", seed[0] * seed[1] * seed[2]), reshape(*seed),
        *residual_chain(make, "two_blocks", image_shape[0]), make.conv("out", image_shape[2], 3), sigmoid,
    ]
    return Generator(chain, z_dim=options.z_dim, num_classes=num_classes)


def discriminator(image_shape, options, num_classes=0):
    make = Layers(options, "discriminator")
    chain = [*residual_chain(make, "two_blocks", image_shape[0]), flatten]
    return Discriminator(
        chain, make.linear("out", 1), make.projection("labels"), image_shape=image_shape, num_classes=num_classes
    )
'''
GAN = '''"""A GAN type of a test."""
from compare_gan_tf2.gans import modular

MODEL = "generative model of a test"
IMPLIES = {"loss": "of_differences"}
REQUIRES = {"penalty": ("none", "it was not tried with one")}


class Gan(modular.Gan):
    """The modular one."""
'''


@pytest.fixture
def add(tmp_path):
    """add(kind, name, text): a component in a folder of its own, which is gone after the test."""
    undo = []

    def added(kind, name, text):
        (tmp_path / kind).mkdir(exist_ok=True)
        (tmp_path / kind / f"{name}.py").write_text(text)
        package = importlib.import_module(f"compare_gan_tf2.{kind}")
        package.__path__.append(str(tmp_path / kind))
        undo.append((package, name))
        components.rescan()

    yield added
    for package, name in undo:
        package.__path__.pop()
        sys.modules.pop(f"{package.__name__}.{name}", None)
    components.rescan()


@pytest.mark.parametrize(("kind", "name"), OF_COMPONENTS)
def test_every_component_states_its_facts_and_they_are_what_its_module_has(kind, name):
    facts, module = components.facts(kind, name), components.load(kind, name)
    assert set(facts) == set(components.FACTS[kind])
    for fact, value in facts.items():
        assert getattr(module, fact, value) == value
    for option, value in facts.get("IMPLIES", {}).items():
        _values.check_range(FIELDS[option], value)
        assert type(value) is _values.type_of(FIELDS[option]), option
    for option, (value, reason) in facts.get("REQUIRES", {}).items():
        _values.check_range(FIELDS[option], value)
        assert reason and "\n" not in reason
    assert set(facts.get("HONORS", ())) <= set(FIELDS)


@pytest.mark.parametrize("name", components.names("architectures"))
def test_plans_of_blocks_are_well_formed_and_attention_follows_blocks_that_are_there(name):
    facts = components.facts("architectures", name)
    assert facts["REFERENCE_LABELS"] in ("none", "generator", "projection")
    assert set(facts["REFERENCE_VERSIONS"]) <= {"v1", "v2", "v3"}
    assert set(facts["BLOCKS"]) in (set(), {"generator", "discriminator"})
    sides = block_plans.possible_sides(name) or (4 * block_plans.divisor(name),)
    for side, network in ((side, network) for side in sides for network in facts["BLOCKS"]):
        blocks = block_plans.blocks(name, side, network)
        assert len({block.name for block in blocks}) == len(blocks) > 0
        assert {block.scale for block in blocks} <= {"same", "up" if network == "generator" else "down"}
        assert set(block_plans.attention(name, side, network, "default")) <= {block.name for block in blocks}
        if network == "generator":
            assert block_plans.sides_behind(name, side, network)[-1] == side
    assert all(set(places) <= set(sides) for places in facts["ATTENTION"].values())


def test_metrics_of_neighbors_need_one_sample_more_than_neighbors_are_kept():
    for name in ("authenticity", "density_coverage", "nearest_neighbour_accuracy", "precision_recall"):
        assert components.facts("metrics", name)["LEAST_SAMPLES"] == neighbors.KEPT + 1


def test_networks_are_those_that_the_architectures_define():
    having = {
        network: [
            name for name in components.names("architectures") if components.defines("architectures", name, network)
        ]
        for network in ("generator", "discriminator", "autoencoder", "encoder", "decoder", "translator",
                        "patch_discriminator", "pair_discriminator", "feature_discriminator", "critic",
                        "latent_translator", "gaussian_encoder", "content_encoder", "domain_decoder",
                        "style_encoder", "style_decoder", "multiscale_discriminator",
                        "domain_translator", "domain_discriminator", "text_generator", "text_discriminator",
                        "text_encoder", "picture_encoder", "noisy_translator", "domain_judge", "task_tower",
                        "set_translator", "set_judge",
                        "pyramid_generator", "pyramid_discriminator", "style_generator", "style_discriminator",
                        "growing_generator", "growing_discriminator", "mixing_generator", "smoothing_discriminator",
                        "upscaler", "hr_discriminator", "hole_filler", "hole_discriminator", "context_filler",
                        "composite_discriminator")
    }  # fmt: skip
    assert having["upscaler"] == having["hr_discriminator"] == ["rrdb", "rrdb_patch", "srresnet", "srresnet_patch"]
    assert having["hole_filler"] == having["hole_discriminator"] == ["context_encoder", "context_encoder_patch"]
    assert having["context_filler"] == having["composite_discriminator"] == ["ccgan", "ccgan_vgg"]
    restoring = {*having["upscaler"], *having["hole_filler"], *having["context_filler"]}
    others = {"bicyclegan", "discogan", "dualgan", "lapgan", "munit", "pggan", "resnet_translator", "stylegan",
              "stylegan2", "stylegan2_growing", "unet", "instagan", "pixelda", "pixelda_pytorch_gan",
              "stargan", "text_to_image", *restoring}  # fmt: skip
    assert set(having["generator"]) == set(components.names("architectures")) - others
    assert having["discriminator"] == having["generator"]
    assert having["translator"] == ["discogan", "dualgan", "resnet_translator", "unet"]
    assert having["patch_discriminator"] == ["resnet_translator"] and having["pair_discriminator"] == ["unet"]
    assert having["feature_discriminator"] == ["discogan"] and having["critic"] == ["dualgan"]
    assert having["latent_translator"] == having["gaussian_encoder"] == ["bicyclegan"]
    assert having["content_encoder"] == having["domain_decoder"] == ["munit"]
    assert having["style_encoder"] == having["style_decoder"] == ["munit"]
    assert having["multiscale_discriminator"] == ["bicyclegan", "munit"]
    assert having["domain_translator"] == having["domain_discriminator"] == ["stargan"]
    assert having["text_generator"] == having["text_discriminator"] == ["text_to_image"]
    assert having["text_encoder"] == having["picture_encoder"] == ["text_to_image"]
    assert having["noisy_translator"] == having["domain_judge"] == ["pixelda", "pixelda_pytorch_gan"]
    assert having["task_tower"] == having["noisy_translator"]
    assert having["set_translator"] == having["set_judge"] == ["instagan"]
    assert having["pyramid_generator"] == having["pyramid_discriminator"] == ["lapgan"]
    assert having["style_generator"] == having["style_discriminator"] == ["stylegan2"]
    assert having["mixing_generator"] == having["smoothing_discriminator"] == ["stylegan", "stylegan2_growing"]
    assert having["growing_generator"] == having["growing_discriminator"] == ["pggan"]
    assert having["autoencoder"] == ["infogan"]
    assert having["encoder"] == having["decoder"] == ["infogan", "vae_gan"]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("HAS_TARGET = False\n", "", ["broken.py does not state HAS_TARGET", "bool"]),
        ("HAS_TARGET = False", "HAS_TARGET = bool(0)", ["HAS_TARGET must be a literal", "bool(0)"]),
        ("HAS_TARGET = False", "HAS_TARGET = 0", ["HAS_TARGET is 0", "of type bool"]),
        ("THRESHOLD = None", "THRESHOLD = True", ["THRESHOLD is True", "float | None"]),
        ("HAS_TARGET = False", "HAS_TARGETS = False", ["HAS_TARGETS is no fact of losses, did you mean HAS_TARGET?"]),
    ],
)
def test_a_wrong_or_missing_fact_is_one_line_with_the_file(old, new, words, add):
    assert old in LOSS
    add("losses", "broken", LOSS.replace(old, new))
    with pytest.raises(UserError) as caught:
        components.facts("losses", "broken")
    assert all(word in str(caught.value) for word in words) and "\n" not in str(caught.value), caught.value


def test_a_new_architecture_loss_and_gan_type_are_one_file_each(add):
    add("losses", "of_differences", LOSS)
    add("architectures", "two_blocks", ARCHITECTURE)
    add("gans", "of_a_test", GAN)
    options = Options.from_dict({"dataset": "mnist", "gan": "of_a_test", "architecture": "two_blocks"})
    assert (options.loss, options.z_dim) == ("of_differences", 6)
    train_tiny(options, steps=1)
    assert options.replace(g_attention="Second").g_attention == "Second"
    for changes, words in (
        ({"penalty": "r1"}, "gan=of_a_test needs penalty=none: it was not tried with one"),
        ({"augmentation": "adaptive"}, "loss=of_differences is the same with any constant"),
        ({"label_smoothing": 0.1}, "loss=of_differences has no target"),
        ({"d_attention": "Second"}, "pixels has Only"),
        ({"embed_z": True}, "architecture two_blocks has no place for embed_z"),
        ({"reference": "v3"}, "compare_gan v3 had no architecture two_blocks; set reference=none"),
    ):
        with pytest.raises(UserError, match=words):
            options.replace(**changes)
    assert "two_blocks" in architecture_limits.honoring("architectures")["gradient_checkpointing"]


def test_facts_of_a_component_that_is_not_there_name_the_nearest():
    with pytest.raises(UserError, match="unknown loss 'hing', did you mean 'hinge'"):
        components.facts("losses", "hing")
