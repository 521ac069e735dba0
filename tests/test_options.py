"""Options: names, ranges, old names, combinations; no TensorFlow."""

import copy
import dataclasses
import itertools
import pickle
import subprocess
import sys

import pytest

from compare_gan_tf2 import components
from compare_gan_tf2.commands import _listing
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.options import Options, check_values, differences, notices
from compare_gan_tf2.task_folder import column_names


def test_every_option_round_trips_as_text_and_as_a_value():
    options = Options.from_dict({"loss": "hinge", "penalty_weight": 0.1, "seed": 7, "ema_decay": 0.5})
    assert Options.from_dict(options.to_dict()) == options
    assert Options.from_dict({name: str(value) for name, value in options.to_dict().items()}) == options


def test_no_option_has_a_column_that_reads_as_a_score():
    # That of the score has the extractor's id behind it.
    assert [name for name in Options().to_dict() if column_names.score_of(name)] == ["precision"]


def test_every_option_has_a_doc_and_a_default_within_its_range():
    Options().check()
    check_values(Options().to_dict())
    for field in dataclasses.fields(Options):
        assert len(field.metadata["doc"]) > 10, field.name


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"lambda": "10"}, {"penalty_weight": 10.0}),
        ({"lamba": 10}, {"penalty_weight": 10.0}),
        ({"tf_seed": 3}, {"seed": 3}),
        ({"learning_rate": 1e-3}, {"g_learning_rate": 1e-3, "d_learning_rate": 1e-3}),
        ({"architecture": "sndcgan_arch"}, {"architecture": "sndcgan"}),
        ({"gan_type": "WGAN_GP"}, {"loss": "wasserstein", "penalty": "wgan_gp", "penalty_weight": 1.0}),
        ({"gan_type": "GAN_MINMAX"}, {"gan": "modular", "loss": "minimax"}),
        ({"gan_type": "WGAN", "weight_clipping": 0.01}, {"loss": "wasserstein", "weight_clipping": 0.01}),
        ({"gan_type": "WGAN_PENALTY", "penalty_type": "l2_penalty"}, {"loss": "wasserstein", "penalty": "l2"}),
        (
            {"gan_type": "GAN_PENALTY", "penalty_type": "dragan_penalty"},
            {"loss": "non_saturating", "penalty": "dragan"},
        ),
        ({"gan_type": "SN_GAN"}, {"loss": "non_saturating"}),
        ({"gan_type": "DRAGAN", "lambda": 3}, {"penalty": "dragan_v1", "penalty_weight": 3.0}),
        (
            {"lambda": 0.002, "gamma": "0.5", "gan_type": "BEGAN"},
            {"gan": "began", "loss": "none", "proportional_gain": 0.002, "diversity_ratio": 0.5, "penalty_weight": 1.0},
        ),
        ({"gan_type": "VAE"}, {"gan": "vae", "loss": "none", "z_distribution": "normal"}),
        (
            {
                "gan_type": "MultiGAN",
                "k": 4,
                "aggregate": "alpha",
                "n_heads": 2,
                "n_blocks": "1",
                "share_block_weights": True,
                "embedding_dim": 64,
                "penalty_type": "wgangp_penalty",
            },
            {
                "gan": "multigan",
                "loss": "non_saturating",
                "objects": 4,
                "aggregation": "alpha",
                "relation_heads": 2,
                "relation_blocks": 1,
                "relation_shared": True,
                "relation_units": 64,
                "background": "none",
            },
        ),
        ({"gan_type": "MultiGAN", "n_heads": 0, "n_blocks": 0}, {"relation_heads": 1, "relation_blocks": 0}),
        ({"gan_type": "MultiGANBackground"}, {"gan": "multigan", "background": "apart"}),
        ({"gan_type": "MultiGANBackground", "background_interaction": True}, {"background": "related"}),
        ({"gan_type": "MultiGANBackground", "background_interaction": "False"}, {"background": "apart"}),
        ({"optimizer": "rmsprop"}, {"g_optimizer": "rmsprop", "d_optimizer": "rmsprop"}),
        ({"discriminator_batchnorm": True}, {"d_normalization": "batch"}),
        ({"discriminator_batchnorm": "False"}, {"d_normalization": "none"}),
        ({"architecture": "resnet5_arch", "dataset": "cifar10"}, {"architecture": "resnet5"}),
        ({"architecture": "resnet_cifar_arch", "dataset": "cifar10"}, {"architecture": "resnet_cifar"}),
        ({"architecture": "resnet107_arch", "dataset": "lsun_bedroom"}, {"architecture": "resnet30"}),
        ({"architecture": "resnet5_ablation", "dataset": "cifar10"}, {"architecture": "resnet5"}),
        ({"architecture": "resnet_biggan_arch", "dataset": "cifar10"}, {"architecture": "biggan"}),
        ({"architecture": "resnet_biggan_deep_arch", "dataset": "cifar10"}, {"architecture": "biggan_deep"}),
        ({"dataset": "fashion-mnist"}, {"dataset": "fashion_mnist"}),
        ({"dataset": "lsun-bedroom"}, {"dataset": "lsun_bedroom"}),
        ({"dataset": "celeba"}, {"dataset": "celeb_a"}),
        ({"dataset": "celebahq128"}, {"dataset": "celeb_a_hq_128"}),
        ({"penalty_type": "wgangp_penalty"}, {"penalty": "wgan_gp"}),
        (
            {"discriminator_normalization": "spectral_norm"},
            {"d_normalization": "none", "d_weight_normalization": "spectral"},
        ),
        (
            {"discriminator_normalization": "layer_norm"},
            {"d_normalization": "layer", "d_weight_normalization": "none"},
        ),
        (
            {"discriminator_normalization": "weight_norm"},
            {"d_normalization": "none", "d_weight_normalization": "weight"},
        ),
    ],
)
def test_old_names_are_understood(given, expected):
    values = Options.from_dict(given).to_dict()
    assert {name: values[name] for name in expected} == expected


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"losss": "hinge"}, ["losss", "did you mean 'loss'"]),
        ({"g_learnin_rate": 1.0}, ["'g_learning_rate' or 'd_learning_rate' or 'learning_rate_decay'"]),
        ({"loss": "hing"}, ["loss", "did you mean 'hinge'", "wasserstein"]),
        ({"training_steps": "many"}, ["training_steps", "whole number"]),
        ({"training_steps": 1.5}, ["training_steps", "whole number"]),
        ({"training_steps": 0}, ["training_steps is 0", "[1, 99999999]"]),
        ({"g_learning_rate": 0}, ["g_learning_rate", "(0, inf)"]),
        ({"g_learning_rate": "nan"}, ["g_learning_rate", "finite"]),
        ({"beta1": 1}, ["beta1", "[0, 0.999999]"]),
        ({"conditional": "perhaps"}, ["conditional", "true or false"]),
        ({"conditional": True, "dataset": "triangles"}, ["triangles", "no classes"]),
        (
            {"conditional": True, "dataset": "mnist", "g_normalization": "batch"},
            ["g_normalization=conditional_batch"],
        ),
        ({"g_normalization": "conditional_batch", "dataset": "mnist"}, ["conditional=true"]),
        ({"keep_checkpoints": "some"}, ["keep_checkpoints", "all"]),
        ({"metrics": "fid,fud"}, ["fud", "did you mean 'fid'"]),
        ({"gan_type": "CLGAN"}, ["CLGAN", "WGAN_GP"]),
        ({"discriminator_batchnorm": "perhaps"}, ["discriminator_batchnorm", "perhaps", "true"]),
    ],
)
def test_mistakes_are_answered_with_the_name_and_what_is_allowed(given, words):
    with pytest.raises(UserError) as caught:
        Options.from_dict(given)
    assert all(word in str(caught.value) for word in words), str(caught.value)
    assert "\n" not in str(caught.value)


def test_differences_name_each_field():
    assert differences({"a": 1, "b": 2}, {"a": 1, "b": 3, "c": 4}) == ["b is 2, was 3", "c is absent, was 4"]


def test_the_option_page_is_up_to_date(repository):
    written = (repository / "docs/options.md").read_text(encoding="utf-8")
    assert written == _listing.options_markdown(), "run: compare_gan_list --markdown > docs/options.md"


@pytest.mark.parametrize("kind", ["metrics", "model_metrics", "paired_metrics", "extractors"])
def test_the_page_on_scores_names_every_metric_and_extractor(kind, repository):
    page = (repository / "docs/scores.md").read_text(encoding="utf-8")
    rows = [line for line in page.splitlines() if line.startswith("| `")]
    for name in components.names(kind):
        assert any(f"`{name}`" in row.split("|")[1] for row in rows), name


def test_the_page_on_scores_says_what_is_better(repository):
    page = (repository / "docs/scores.md").read_text(encoding="utf-8")
    tables = [part.partition("\n\n")[0] for part in page.split("metric | scores | better |")[1:]]
    rows = [line for table in tables for line in table.splitlines() if line.startswith("| `")]
    told = 0
    for names, _, better, *_ in (row.strip("| ").split(" | ") for row in rows):
        said = {score: lower for score, lower in column_names.directions().items() if _metric_of(score) in names}
        lower, higher = ([f"`{score}`" for score in said if said[score] is direction] for direction in (True, False))
        if lower and higher:
            assert better == f"higher: {', '.join(higher)}; lower: {', '.join(lower)}"
        else:
            assert better == ("lower" if lower else "higher" if higher else "neither"), names
        told += len(said)
    assert told == len(column_names.directions())


def _metric_of(score):
    """The metric that gives a score, as the page has it."""
    for kind in ("metrics", "model_metrics", "paired_metrics"):
        for name in components.names(kind):
            said = components.facts(kind, name)["LOWER_IS_BETTER"]
            if score in ({name} if isinstance(said, bool) else said):
                return f"`{name}`"


@pytest.mark.parametrize("kind", components.KINDS)
def test_every_component_defines_what_its_kind_promises(kind):
    assert components.names(kind)
    for name in components.names(kind):
        module = components.load(kind, name)
        # An architecture that makes no images of latents alone makes them of styles, or of other images.
        others = [each for each in components.ENTRIES.get(kind, ())[1:] if hasattr(module, each)]
        assert others or all(hasattr(module, wanted) for wanted in components.KINDS[kind]), name
        assert components.description(kind, name).endswith(tuple(".)")), name


def test_modules_for_writing_tasks_do_not_import_tensorflow():
    modules = "options, tasks, components, claims, task_folder.score_table, commands._listing, errors, files"
    code = "; ".join(f"import compare_gan_tf2.{name}" for name in f"{modules}, experiments.test".split(", "))
    code += "; from compare_gan_tf2.options import Options; import sys"
    code += "; Options.from_dict({'dataset': 'cifar10', 'architecture': 'biggan', 'conditional': True, 'z_dim': 120})"
    code += "; assert 'tensorflow' not in sys.modules and 'keras' not in sys.modules"
    code += "; loaded = [name for name in sys.modules if name.startswith('compare_gan_tf2.')]"
    code += (
        "; assert not [name for name in loaded if name.split('.')[1] in ('metrics', 'losses', 'gans', 'architectures')]"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_reference_version_brings_its_own_ways_unless_told_otherwise():
    def ways(options):
        return options.latents, options.judge

    assert ways(Options.from_dict({})) == ("fresh", "together")
    assert ways(Options.from_dict({"reference": "v3"})) == ("reused", "together")
    assert ways(Options.from_dict({"reference": "v2"})) == ("reused", "apart")
    assert ways(Options.from_dict({"reference": "v1", "gan_type": "WGAN_GP"})) == ("fresh", "apart")
    assert ways(Options().replace(reference="v2")) == ("reused", "apart")
    assert ways(Options().replace(reference="v2").replace(seed=3)) == ("reused", "apart")
    normal = Options.from_dict({"z_distribution": "normal", "loss": "hinge"})
    assert normal.replace(gan="modular") == normal
    assert normal.replace(gan="began", loss="none").z_distribution == "normal"
    with pytest.raises(UserError, match="loss is hinge, but gan=began has an objective of its own"):
        normal.replace(gan="began")
    vae = Options().replace(gan="vae")
    assert (vae.loss, vae.z_distribution) == ("none", "normal")
    assert vae.replace(gan="modular") == Options()
    with pytest.raises(UserError, match="judged apart"):
        Options.from_dict({"reference": "v1", "judge": "together"})


def test_a_choice_that_was_given_outlives_what_others_imply():
    given = Options.from_dict({"dataset": "cifar10", "architecture": "resnet_cifar", "g_normalization": "batch"})
    deep = given.replace(architecture="biggan_deep")
    assert (deep.g_normalization, deep.embed_y_dim, deep.embed_bias) == ("batch", 128, False)
    # BigGAN cuts its latents, which plain batch norm does not look at: said, instead of another norm.
    with pytest.raises(UserError, match="g_normalization=batch does not look at them"):
        given.replace(architecture="biggan")
    assert given.replace(architecture="biggan", hierarchical_z=False).g_normalization == "batch"
    assert Options.from_dict({"reference": "v3", "latents": "reused"}).replace(reference="none").latents == "reused"
    assert Options.from_dict({"reference": "v3"}).replace(reference="none").latents == "fresh"
    made = Options(dataset="cifar10", architecture="resnet_cifar", g_normalization="batch")
    assert made.replace(architecture="biggan_deep").g_normalization == "batch"


@pytest.mark.parametrize(
    ("make", "every"),
    [(lambda options: options, 3), (copy.deepcopy, 13), (lambda o: pickle.loads(pickle.dumps(o)), 13)],
)
def test_chains_of_replacements_end_alike_in_any_order(make, every):
    changes = [
        {"architecture": "biggan_deep"}, {"g_normalization": "layer"}, {"latents": "reused"}, {"reference": "v3"},
        {"architecture": "resnet_cifar"}, {"reference": "none"},
    ]  # fmt: skip
    expected = Options.from_dict(
        {"dataset": "cifar10", "architecture": "resnet_cifar", "g_normalization": "layer", "latents": "reused"}
    )
    # Some of the 720 orders.
    for order in itertools.islice(itertools.permutations(changes), 0, None, every):
        last = {name: value for change in order for name, value in change.items()}
        options = Options.from_dict({"dataset": "cifar10"})
        for change in order:
            options = make(options).replace(**change)
        assert options == Options.from_dict({"dataset": "cifar10"} | last)
    assert options.replace(architecture="resnet_cifar", reference="none") == expected


def test_what_was_given_is_neither_compared_nor_written():
    given = Options.from_dict({"g_normalization": "batch", "latents": "fresh"})
    assert given == Options() and hash(given) == hash(Options()) and given.to_dict() == Options().to_dict()
    assert repr(given) == repr(Options())


def test_of_a_file_that_lists_all_options_what_follows_from_others_goes_on_following():
    brought = Options.from_dict({"dataset": "cifar10", "architecture": "biggan", "z_dim": 120, "reference": "v3"})
    read = Options.from_file(brought.to_dict())
    assert read == brought == read.replace(seed=0)
    assert read.replace(architecture="resnet_cifar") == brought.replace(architecture="resnet_cifar")
    assert read.replace(reference="none").latents == "fresh" and read.replace(reference="none").z_dim == 120
    chosen = Options.from_dict({"dataset": "cifar10", "architecture": "biggan_deep", "g_normalization": "batch"})
    # The default, but not what this architecture implies: a choice.
    assert Options.from_file(chosen.to_dict()).replace(architecture="resnet5").g_normalization == "batch"
    assert Options.from_file(chosen.to_dict()).replace(embed_y_dim=64).g_normalization == "batch"
    # Files of old versions list fewer options.
    old = {name: value for name, value in brought.to_dict().items() if name not in ("d_conditioning", "judge")}
    assert Options.from_file(old) == brought


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"evaluation_samples": 1}, "[2, 10000]"),
        ({"evaluation_samples": 10001}, "[2, 10000]"),
        ({"keep_checkpoints": "1", "metrics": "kid"}, "best by FID"),
        ({"lambda": 1, "penalty_weight": 10}, "given twice"),
        (
            {"reference": "v2", "conditional": True, "dataset": "mnist", "g_normalization": "conditional_batch"},
            "v2 had no",
        ),
        ({"training_steps": 10**8}, "99999999"),
    ],
)
def test_what_could_only_fail_after_the_training_is_refused_before_it(given, words):
    with pytest.raises(UserError) as caught:
        Options.from_dict(given)
    assert words in str(caught.value)


def test_old_task_files_counted_updates_of_the_discriminator():
    old = {"gan_type": "WGAN_GP", "disc_iters": 5, "training_steps": "100000", "save_checkpoint_steps": 20000}
    options = Options.from_dict(old)
    assert (options.training_steps, options.save_every_steps) == (20000, 4000)


@pytest.mark.parametrize("value", ["=HYPERLINK(1)", "+1", "-a.npz", "@x"])
def test_a_value_that_spreadsheets_compute_is_refused(value):
    with pytest.raises(UserError, match="option extractor_weights is .*formula.*'./"):
        Options.from_dict({"extractor_weights": value})


@pytest.mark.parametrize("value", ["1_6", "\u0663", "\uff11\uff16", "0x10", "1 6", ""])
def test_numbers_are_plain_digits(value):
    with pytest.raises(UserError, match="option batch_size is .*must be a whole number"):
        Options.from_dict({"batch_size": value})
    with pytest.raises(UserError, match="option d_learning_rate is .*must be a number"):
        Options.from_dict({"d_learning_rate": value})


def test_a_text_with_a_zero_byte_is_refused():
    with pytest.raises(UserError, match="option dataset is"):
        Options.from_dict({"dataset": "/photos\0"})


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, []),
        ({"penalty_weight": 0.0}, []),
        ({"penalty": "wgan_gp", "penalty_weight": 0.0}, ["penalty_weight is 0: penalty=wgan_gp has no effect"]),
        ({"gan": "stylegan2", "dataset": "cifar10"}, []),
        (
            {"gan": "stylegan2", "dataset": "cifar10", "r1_gamma": 0.0, "batch_size": 4},
            ["r1_gamma is 0: the discriminator of gan=stylegan2", "batch_size is 4: style-based networks may collapse"],
        ),
        (
            {"gan": "stylegan", "dataset": "cifar10", "growing_from": 0, "batch_size": 61},
            ["batch_size is 61, which no"],
        ),
        (
            {"gan": "stylegan2", "dataset": "cifar10", "precision": "mixed_float16"},
            ["precision is mixed_float16 without activation_clamp"],
        ),
        (
            {"gan": "pggan", "dataset": "cifar10", "growing_batch_sizes": "4:64,8:4"},
            [
                "the batch for images of 8 pixels is 4",
                "the training ends at step 40000 with images of 8 pixels at level of detail 2.80; 32 pixels",
            ],
        ),
        ({"gan": "pggan", "dataset": "cifar10", "training_steps": 100_000}, []),
        ({"gan": "r3gan", "dataset": "cifar10", "batch_size": 61}, []),
        ({"gan": "stylegan2", "dataset": "cifar10", "batch_size": 61, "deviation_group": 61}, []),
    ],
)
def test_what_is_possible_and_hardly_meant_is_said(given, said):
    found = list(notices.lines(Options.from_dict(given)))
    assert len(found) == len(said) and all(line.startswith(start) for line, start in zip(found, said, strict=True))
