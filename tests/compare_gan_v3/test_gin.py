"""Gin configurations of compare_gan v3: what becomes of each binding, and what is said of those that cannot be had."""

import json
import pathlib
import sys

import pytest

from compare_gan_tf2.commands import import_gin
from compare_gan_tf2.compare_gan_v3 import gin_files, gin_options
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.task_folder import tasks

pytest.importorskip("gin", reason="extra gin is not installed")

GIN = pathlib.Path(__file__).parent / "gin"
# What v3 could not do without.
NEEDED = """
dataset.name = 'cifar10'
options.architecture = 'resnet_cifar_arch'
options.batch_size = 64
options.gan_class = @ModularGAN
options.training_steps = 100
"""
IMAGENET = NEEDED.replace("cifar10", "imagenet_128").replace("resnet_cifar", "resnet_biggan")
IMAGENET += "options.z_dim = 120\nModularGAN.conditional = True\nG.batch_norm_fn = @conditional_batch_norm\n"


@pytest.fixture
def translated(tmp_path, monkeypatch):
    """translated(text, bindings): what becomes of a file model.gin, and of bindings of the command line."""
    monkeypatch.chdir(tmp_path)

    def of(text, *bindings, **changes):
        pathlib.Path("model.gin").write_text(text)
        return gin_options.translate(gin_files.read(["model.gin"], bindings), changes)

    return of


def left(made):
    return [(each.place, each.said.split(" = ")[0]) for each in made.left]


@pytest.mark.parametrize("path", sorted(GIN.glob("*.gin")), ids=lambda path: path.stem)
def test_a_published_configuration_is_the_recipe_of_its_name(path):
    (task,) = tasks.plan(f"v3_{path.stem}", 0, {})
    made = gin_options.translate(gin_files.read([str(path)]), {})
    assert made.options.to_dict() == task.options.to_dict()
    assert [each.said.split(" = ")[0] for each in made.left] == ["run_config.iterations_per_loop"]


def test_what_is_not_bound_is_as_in_v3(translated):
    options = translated(NEEDED).options
    assert (options.beta1, options.beta2) == (0.9, 0.999)
    assert (options.batch_norm_decay, options.batch_norm_epsilon) == (0.999, 1e-3)
    assert (options.g_normalization, options.d_normalization, options.loss) == ("none", "none", "non_saturating")
    assert (options.g_learning_rate, options.d_learning_rate, options.save_every_steps) == (2e-4, 2e-4, 5000)
    assert (options.reference, options.latents, options.ema_decay, options.z_distribution) == (
        "v3", "reused", 0.0, "uniform",
    )  # fmt: skip
    biggan = translated(IMAGENET).options
    assert (biggan.hierarchical_z, biggan.embed_y, biggan.d_conditioning) == (True, True, "projection")
    assert (biggan.g_attention, biggan.d_attention, biggan.width) == ("default", "default", 1.0)
    # At 256 pixels others are published than v3 had by default.
    larger = translated(IMAGENET.replace("imagenet_128", "imagenet_256").replace("= 120", "= 140")).options
    assert (larger.g_attention, larger.d_attention) == ("B4", "B1")


def test_macros_scopes_references_lists_blocks_and_imports_are_read(translated):
    made = translated(
        "import compare_gan.gans.modular_gan\nfrom tensorflow import keras\nimport somebodys.own\n"
        + NEEDED
        + """
RATE = 0.001
betas/macro.value = (0.1, [%RATE])
ModularGAN:
    g_lr = %RATE
    g_optimizer_fn = @of_g/tf.train.AdamOptimizer
    d_optimizer_fn = @of_d/tf.train.AdamOptimizer
AdamOptimizer.beta2 = 0.99
of_g/AdamOptimizer.beta1 = 0.25
of_d/tf.train.AdamOptimizer.beta1 = 0.25
compare_gan.architectures.arch_ops.standardize_batch.decay = 0.9
nobody/standardize_batch.decay = 0.5
weights.initializer = %betas
""",
        "weights.initializer = 'orthogonal'",
    )
    options = made.options
    assert (options.g_learning_rate, options.d_learning_rate) == (1e-3, 1e-3)
    assert (options.beta1, options.beta2, options.batch_norm_decay) == (0.25, 0.99, 0.9)
    assert options.initializer == "orthogonal"
    assert left(made) == [
        ("model.gin:3", "import somebodys.own"), ("model.gin:21", "nobody/standardize_batch.decay"),
    ]  # fmt: skip
    assert made.left[1].why == "no reference enters the scope nobody"


def test_included_files_are_beside_the_one_that_includes_them_and_places_are_theirs(translated, tmp_path):
    (tmp_path / "base").mkdir()
    (tmp_path / "base/all.gin").write_text("include 'more.gin'\n" + NEEDED)
    (tmp_path / "base/more.gin").write_text("\n\ndataset.seed = 3\n")
    made = translated("include 'base/all.gin'\noptions.batch_size = 32\n")
    assert made.options.batch_size == 32
    assert left(made) == [("base/more.gin:3", "dataset.seed")]


@pytest.mark.parametrize(
    ("line", "option", "value"),
    [
        ("ModularGAN.fit_label_distribution = True\nModularGAN.conditional = True\n"
         "G.batch_norm_fn = @conditional_batch_norm", "fake_labels", "data"),
        ("ModularGAN.deprecated_split_disc_calls = True", "judge", "apart"),
        ("ModularGAN.experimental_force_graph_unroll = True", "latents", "fresh"),
        ("ModularGAN.d_lr = 0.5", "d_learning_rate", 0.5),
        ("ModularGAN.g_optimizer_fn = @tf.train.RMSPropOptimizer", "d_optimizer", "rmsprop"),
        ("ModularGAN.g_use_ema = True", "ema_start_step", 40_000),
        ("ModularGAN.g_optimizer_fn = @MomentumOptimizer\nMomentumOptimizer.momentum = 0.7", "beta1", 0.7),
        ("D.layer_norm = True", "d_normalization", "layer"),
        ("G.batch_norm_fn = @arch_ops.self_modulated_batch_norm", "g_normalization", "self_modulated_batch"),
        ("penalty.fn = @dragan_penalty", "penalty", "dragan"),
        ("z.distribution_fn = @tf.random.truncated_normal\neval_z.distribution_fn = @tf.truncated_normal",
         "z_distribution", "truncated"),
        ("standardize_batch.use_moving_averages = False", "standing_batches", 3200),
        ("run_config.tf_random_seed = 8", "seed", 8),
        ("run_config.keep_checkpoint_max = 5", "keep_checkpoints", "5"),
        ("options.gan_class = @GPUModularGAN", "gan", "modular"),
        ("resnet_cifar.Generator.embed_z = True", "embed_z", True),
        ("options.gan_class = @SSGAN\nSSGAN.rotated_batch_size = 16\nSSGAN.weight_rotation_loss_g = 0.5",
         "g_rotation_weight", 0.5),
        ("options.gan_class = @SSGAN\nSSGAN.rotated_batch_size = 16\nSSGAN.self_supervision = 'rotation_only'",
         "self_supervision", "rotation_only"),
    ],
)  # fmt: skip
def test_a_binding_becomes_an_option(line, option, value, translated):
    made = translated(f"{NEEDED}\n{line}\n")
    assert getattr(made.options, option) == value and made.left == []


def test_s3gan_and_the_channels_of_a_biggan(translated):
    lines = """
options.gan_class = @S3GAN
S3GAN.rotated_batch_fraction = 2
S3GAN.project_y = True
S3GAN.use_predictor = True
S3GAN.use_soft_pred = True
resnet_biggan.Generator.ch = 48
resnet_biggan.Discriminator.ch = 48
"""
    own = "resnet_biggan.Discriminator.project_y = False\n"
    options = (made := translated(IMAGENET + lines + own)).options
    assert (options.gan, options.rotated_batch_size, options.class_predictor) == ("s3gan", 32, True)
    assert (options.soft_predictions, options.self_supervision, options.width) == (True, "rotation", 0.5)
    assert made.left == []
    twice = translated(IMAGENET + lines + own.replace("False", "True"))
    assert [each.why for each in twice.left] == ["compare_gan v3 projected labels twice; here S3GAN alone does"]


@pytest.mark.parametrize(
    ("line", "said", "why"),
    [
        ("z.maxval = 2.0", "z.maxval", "latents are uniform on [-1, 1], or normal with deviation 1"),
        ("z.distribution_fn = @tf.random.normal", "z.distribution_fn", "would have scored with uniform latents"),
        ("weights.stddev = 0.1", "weights.stddev", "it had no effect in compare_gan v3 either"),
        ("AdamOptimizer.epsilon = 0.1", "AdamOptimizer.epsilon", "it is 1e-08 here"),
        ("conditional_batch_norm.use_bias = True", "conditional_batch_norm.use_bias", "it is False here"),
        ("resnet_biggan.Generator.ch = 4", "resnet_biggan.Generator.ch", "no effect beside the other bindings"),
        ("ModularGAN.ema_decay = 0.9", "ModularGAN.ema_decay", "no effect beside the other bindings"),
        ("ModularGAN.g_lrr = 0.1", "ModularGAN.g_lrr", "unknown parameter of ModularGAN 'g_lrr', did you mean 'g_lr'?"),
        ("resnet_ops.Own.x = 1", "resnet_ops.Own.x", "unknown name 'Own'"),
        ("D.layer_norm = True\nD.batch_norm_fn = @batch_norm", "D.layer_norm", "it cannot follow another"),
        ("ModularGAN.experimental_joint_gen_for_disc = True", "ModularGAN.experimental_joint_gen_for_disc",
         "a call of the generator"),
    ],
)  # fmt: skip
def test_a_binding_that_cannot_be_honored_is_named_with_its_reason(line, said, why, translated):
    made = translated(f"{NEEDED}\n{line}\n")
    place = f"model.gin:{NEEDED.count(chr(10)) + 2}"
    assert [each[:2] for each in left(made)] == [(place, said)] and why in made.left[0].why
    assert str(made.left[0]).count("\n") == 0


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("options.batch_size = ", "model.gin:1: no gin: Unable to parse value."),
        ("options.batch_size 3", "model.gin:1: no gin: "),
        ("options.batch_size = abc", "model.gin:1: no gin: Failed to parse token 'abc'"),
        ("options.batch_size = (3", "model.gin:"),
        ("z_dim = %Z\noptions.z_dim = %z_dim", "model.gin:2: macro %Z has no value; defined are: %z_dim"),
        ("a = %b\nb = %a\noptions.z_dim = %a", "model.gin:3: macro %a is defined by itself"),
        ("include 'no.gin'", "cannot read no.gin, which model.gin includes: No such file or directory"),
        ("include 'model.gin'", "model.gin includes model.gin, by which it is included itself"),
        ("options.z_dim = 3", "nothing is bound to dataset.name and options.architecture and options.batch_size and"),
        (NEEDED + "options.z_dim = 'long'", "model.gin:7: options.z_dim = long: option z_dim is 'long'; it must be"),
        (NEEDED + "options.disc_iters = [1, 2]", "model.gin:7: options.disc_iters = [1, 2]: option disc_iters is"),
        (NEEDED + "dataset.name = 'cifar'", "model.gin:7: dataset.name = cifar: unknown data set 'cifar'"),
        (NEEDED + "loss.fn = @my_loss", "model.gin:7: loss.fn: unknown function of compare_gan v3 'my_loss'"),
        (NEEDED + "options.gan_class = @OwnGAN", "model.gin:7: options.gan_class: unknown function of"),
        (NEEDED + "ModularGAN.g_optimizer_fn = @AdaGrad", "model.gin:7: unknown optimizer 'AdaGrad'"),
        (NEEDED + "ModularGAN.conditional = True", "option conditional is true, but"),
        (NEEDED + "options.gan_class = @SSGAN", "nothing is bound to SSGAN.rotated_batch_size"),
        (IMAGENET + "resnet_biggan.Generator.ch = 'wide'", "model.gin:10: resnet_biggan.Generator.ch = wide:"),
    ],
)
def test_what_v3_would_not_take_is_one_line_and_code_2(text, line, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    pathlib.Path("model.gin").write_text(text)
    assert import_gin.main(["", "model.gin", "--workdir=w"]) == 2
    error = capsys.readouterr().err
    assert line in error and error.count("\n") == 1 and not pathlib.Path("w").exists()


def test_the_command_writes_a_task_and_says_what_it_left(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    pathlib.Path("model.gin").write_text(NEEDED + "run_config.single_core = True\n")
    words = ["model.gin", "--binding=options.batch_size = 32", "--set=reference=none", "--set=latents=fresh"]
    assert import_gin.main(["", *words, "--workdir=w"]) == 0
    assert (
        "not honored: 1\n  model.gin:7: run_config.single_core = True: it is not an option" in capsys.readouterr().out
    )
    task = tasks.read(pathlib.Path("w"), 0)
    assert (task.options.batch_size, task.options.reference, task.notes) == (32, "none", {"gin_files": "model.gin"})
    assert import_gin.main(["", *words, "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["options"] == task.options.to_dict() and said["not_honored"][0]["place"] == "model.gin:7"


def test_without_gin_config_the_command_says_how_to_get_it(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "gin", None)
    assert import_gin.main(["", "model.gin"]) == 2
    assert capsys.readouterr().err == "error: gin files need gin-config: pip install 'compare_gan_tf2[gin]'\n"
    assert import_gin.main([""]) == 2 and "which file?" in capsys.readouterr().err


def test_errors_are_users_errors():
    with pytest.raises(UserError, match="cannot read no.gin: No such file"):
        gin_files.read(["no.gin"])
