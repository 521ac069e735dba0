"""Recipes: what each says, that its page and its tasks say the same, and the networks that it makes."""

import json

import pytest
from oracles import parameter_counts
from slow_cases import slow_unless

from compare_gan_tf2 import components
from compare_gan_tf2.commands import list_components
from compare_gan_tf2.datasets import catalog
from compare_gan_tf2.task_folder import tasks

RECIPES = [name for name in components.names("experiments") if components.facts("experiments", name)["RECIPE"]]
# Trainable parameters of generator and discriminator: those that the originals report, or that their formulas give; of
# the networks alone, without the heads that SSGAN and S3GAN add.
COUNTS = {
    "biggan_deep_imagenet128": (50_244_484, 34_590_210),
    "biggan_imagenet128": (70_433_988, 87_982_370),
    "s3gan_10_imagenet128": (70_433_988, 87_982_370),
    "self_modulated_cifar10": (5_993_187, 1_483_137),
    "ssgan_imagenet128": (68_612_548, 86_446_370),
    "v3_biggan_imagenet128": (70_433_988, 87_982_370),
    "v3_dcgan_celeba64": (5_364_739, 4_314_753),
    "v3_resnet_cifar10": (5_849_603, 1_483_137),
    "v3_resnet_lsun_bedroom128": (13_786_115, 15_086_529),
    "v3_sndcgan_celebahq128": (19_926_019, 5_983_745),
}


def counted(name):
    options = tasks.plan(name, 0, {})[0].options
    dataset = catalog.of(options)
    classes = dataset.num_classes if options.conditional else 0
    return tuple(
        parameter_counts.total(parameter_counts.count(network, options, dataset.image_shape, classes), trainable=True)
        for network in ("generator", "discriminator")
    )


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_says_what_to_expect_where_and_from_whom_in_its_tasks_too(name):
    recipe = components.facts("experiments", name)["RECIPE"]
    needed = {"expected", "hardware", "source"}
    assert needed <= set(recipe) <= needed | {"data", "flags", "set"}
    planned = tasks.plan(name, 3, {})
    assert all(task.notes == recipe and task.options.seed == 3 for task in planned)
    # One that needs flags is shown with the command of one task.
    assert len(planned) == 1 or "flags" not in recipe
    # What is set is possible.
    assert tasks.plan(name, 3, dict(change.split("=") for change in recipe.get("set", "").split()))


def test_the_recipes_that_were_announced_are_there():
    assert len(RECIPES) == 29 and set(COUNTS) < set(RECIPES)
    options = {name: tasks.plan(name, 0, {})[0].options for name in RECIPES}
    assert [options[f"s3gan_{share}_imagenet128"].label_fraction for share in (10, 20)] == [0.1, 0.2]
    assert options["sagan_imagenet128"].g_attention == "B3" and options["sagan_imagenet128"].d_attention == "B2"
    biggan = options["biggan_imagenet128"]
    assert biggan.hierarchical_z and biggan.embed_y and biggan.initializer == biggan.penalty == "orthogonal"
    assert biggan.ema_decay and biggan.standing_batches and biggan.d_conditioning == "projection"
    # S3GAN differs from SSGAN in what labels do, and from its other share of labels in that share alone.
    ssgan, s3gan = (options[name].to_dict() for name in ("ssgan_imagenet128", "s3gan_10_imagenet128"))
    assert {name for name in ssgan if ssgan[name] != s3gan[name]} == {
        "class_predictor", "conditional", "g_normalization", "gan", "label_fraction",
    }  # fmt: skip
    assert options["s3gan_20_imagenet128"] == options["s3gan_10_imagenet128"].replace(label_fraction=0.2)


def test_every_system_from_image_to_image_has_its_published_settings_and_a_small_experiment():
    systems = {
        "bicyclegan", "ccgan", "context_encoder", "cyclegan", "discogan", "dualgan", "esrgan", "instagan", "munit",
        "pix2pix", "pixelda", "srgan", "stargan", "text_to_image", "unit",
    }  # fmt: skip
    published = {tasks.plan(name, 0, {})[0].options.gan for name in RECIPES}
    assert systems - {"stargan"} | {"stargan_attributes"} <= published
    for name in systems:
        (task,) = tasks.plan(f"{name}_small", 7, {})
        options = task.options
        assert (options.gan, options.seed) == (name, 7) and options.training_steps - options.text_steps <= 6_000
        assert options.dataset.startswith("polygon_") and not task.notes


def test_a_recipe_for_a_folder_is_shown_with_its_place(capsys):
    assert list_components.main(["", "recipes", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)["recipes"]
    command = listed["pix2pix_facades"]["commands"][0]
    assert command.endswith("--set dataset=FOLDER image_size=256 pair_order=target_input")
    assert "FOLDER" not in " ".join(listed["pixelda_mnist_m"]["commands"])


def test_few_labels_are_drawn_five_times():
    planned = tasks.plan("sgan_mnist_100_labels", 0, {})
    assert [task.options.label_seed for task in planned] == [0, 1, 2, 3, 4]
    first = planned[0].options
    assert {task.options.replace(label_seed=0) for task in planned} == {first}
    assert (first.training_steps, first.batch_size, first.labels_per_class) == (180_000, 100, 10)
    assert (first.d_ema_decay, first.d_ema_from_zero, first.g_loss_weight) == (0.9999, True, 0.0)


def test_the_page_and_the_list_have_each_recipe(repository, capsys):
    page = (repository / "docs/recipes.md").read_text(encoding="utf-8")
    assert list_components.main(["", "recipes", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)["recipes"]
    assert list(listed) == RECIPES
    for name, recipe in listed.items():
        row = f"| `{name}` | {recipe['expected']} | {recipe['hardware']} | {recipe['source']} |"
        assert row in page.splitlines(), f"docs/recipes.md lacks: {row}"
        assert all(name in command for command in recipe["commands"])
    assert page.count("imagenet128` |") == sum("imagenet128" in name for name in RECIPES)


@pytest.mark.parametrize("name", slow_unless(lambda name: name == "v3_dcgan_celeba64", COUNTS))
def test_a_recipe_makes_the_networks_of_the_original(name):
    assert counted(name) == COUNTS[name]


@pytest.mark.slow
def test_sagan_has_the_81_million_parameters_that_biggans_paper_says():
    assert round(sum(counted("sagan_imagenet128")) / 1e6, 1) == 81.5
