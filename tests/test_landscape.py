"""Every pair of values of loss, penalty and the normalizations trains; refusals are few and say why."""

import itertools
import subprocess
import sys

import pytest
import tensorflow as tf

from benchmarks.landscape_grid import train_tiny
from compare_gan_tf2 import components
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.experiments import landscape_grid
from compare_gan_tf2.options import Options, combinations

AXES = {
    "loss": [name for name in components.names("losses") if name != "none"],
    "penalty": list(components.names("penalties")),
    "g_normalization": [
        name for name in components.names("normalizations") if name not in ("conditional_batch", "plain_batch")
    ],
    "d_normalization": [
        name
        for name in components.names("normalizations")
        if name not in ("conditional_batch", "plain_batch", "self_modulated_batch", "virtual_batch")
    ],
    "g_weight_normalization": list(components.names("weight_normalizations")),
    "d_weight_normalization": list(components.names("weight_normalizations")),
}


def _pairs(row):
    return set(itertools.combinations(sorted(row.items()), 2))


def _covering_set():
    """Rows that hold every pair of values of two axes at least once: greedily, one per pair of the longest axes."""
    missing = set()
    for (a, values), (b, others) in itertools.combinations(AXES.items(), 2):
        missing |= {tuple(sorted([(a, x), (b, y)])) for x in values for y in others}
    for loss, penalty in itertools.product(AXES["loss"], AXES["penalty"]):
        row = {"loss": loss, "penalty": penalty}
        for axis in list(AXES)[2:]:
            row[axis] = max(AXES[axis], key=lambda value, axis=axis: len(_pairs(row | {axis: value}) & missing))
        missing -= _pairs(row)
        yield row
    assert not missing, missing


ROWS = list(_covering_set())


@pytest.mark.slow
@pytest.mark.parametrize("loss", AXES["loss"])
def test_every_pair_of_values_takes_a_finite_step_that_moves_both_networks(loss):
    rows = [row for row in ROWS if row["loss"] == loss]
    assert len(rows) == len(AXES["penalty"])
    for row in rows:
        train_tiny(Options.from_dict({"dataset": "mnist"} | row), steps=1)


def test_a_network_that_does_not_move_or_a_loss_that_is_not_finite_is_noticed(monkeypatch):
    options = Options.from_dict({"dataset": "mnist", "g_learning_rate": 1e-30})
    with pytest.raises(FloatingPointError, match="generator did not move"):
        train_tiny(options.replace(g_normalization="none", g_optimizer="sgd"), steps=1)
    with pytest.raises(FloatingPointError, match="loss/penalty"):
        monkeypatch.setattr(components.load("penalties", "r1"), "discriminator", lambda context: float("nan"))
        train_tiny(Options.from_dict({"dataset": "mnist", "penalty": "r1"}), steps=1)


@pytest.mark.parametrize("nth", [pytest.param(1, marks=pytest.mark.slow), 7])
def test_few_combinations_are_refused_and_each_with_one_line(nth, monkeypatch):
    everything = landscape_grid.combinations()
    assert len(everything) > 10_000
    chosen = everything[::nth]
    found = [Options.unchecked(each).refusals() for each in chosen]
    about_labels = sum(any(lines.values()) for lines in found)
    others = sum(bool(lines) for lines in found) - about_labels
    assert 0 < others < (len(found) - about_labels) / 5
    assert all("\n" not in line and "{" not in line for lines in found for line in lines)
    possible = [each for each, lines in zip(chosen, found, strict=True) if not lines]
    assert len(possible) > 2000 / nth
    for each in possible[::50]:
        Options.from_dict(each)
    monkeypatch.setattr(landscape_grid, "combinations", lambda: chosen[:300])
    wanted = [each | {"seed": 3} for each, lines in zip(chosen[:300], found, strict=False) if not lines]
    assert landscape_grid.tasks(3) == wanted


REFUSED = [
    {"dataset": "mnist", "pairs": "matched"},
    {"dataset": "mnist", "domain_names": "outlines"},
    {"gan": "baseline", "beta1": 0.3},
    {"training_steps": 0},
    {"networks_from": "/study/0"},
    {"dataset": "mnist", "held_out_share": 0.1},
    {"dataset": "celeb_a", "labelled_only": True},
    {"dataset": "mnist", "label_fraction": 0.5},
    {"dataset": "soft_labeled_imagenet_128"},
    {"self_supervision": "rotation"},
    {"gan": "ssgan", "batch_size": 8},
    {"class_predictor": True},
    {"gan": "s3gan", "dataset": "mnist", "conditional": True, "soft_predictions": True},
    {"gan": "s3gan", "dataset": "mnist"},
    {"loss": "none"},
    {"gan": "began", "loss": "hinge"},
    {"gan": "vae", "penalty": "r1"},
    {"gan": "ebgan", "architecture": "dcgan"},
    {"gan": "began", "penalty_weight": 0.01},
    {"dataset": "mnist", "architecture": "resnet5"},
    {"architecture": "sndcgan", "d_normalization": "batch"},
    {"loss": "softmax", "augmentation": "adaptive"},
    {"augmentation": "diff_augment", "augmentation_probability": 0.5},
    {"dataset": "cifar10", "architecture": "sndcgan", "conditional": True, "g_normalization": "conditional_batch",
     "reference": "v3"},
    {"gan": "began", "augmentation": "diff_augment"},
    {"gan": "vae", "weight_clipping": 0.1},
    {"gan": "vae", "z_distribution": "uniform"},
    {"accumulation_steps": 3},
    {"gan": "ebgan", "batch_size": 1},
    {"gan": "infogan", "codes": "cat1"},
    {"gan": "infogan", "first_update": "generator", "disc_iters": 2},
    {"gan": "acgan", "dataset": "mnist", "d_normalization": "conditional_batch"},
    {"gan": "acgan", "dataset": "cifar10", "architecture": "biggan_deep", "g_conditioning": "multiplication"},
    {"loss": "hinge", "label_smoothing": 0.1},
    {"d_normalization": "self_modulated_batch"},
    {"gan": "pix2pix", "dataset": "polygon_outline", "g_normalization": "self_modulated_batch"},
    {"d_normalization": "virtual_batch"},
    {"dataset": "cifar10", "architecture": "resnet_cifar", "g_normalization": "virtual_batch",
     "gradient_checkpointing": True},
    {"g_loss_weight": 0.0},
    {"gan": "aae", "dataset": "mnist", "prior_shape": "gaussians"},
    {"gan": "aae", "dataset": "mnist", "prior_labels": True},
    {"gan": "aae", "dataset": "triangles", "z_dim": 2, "prior_shape": "swiss_roll", "prior_labels": True},
    {"gan": "aae", "dataset": "mnist", "z_dim": 2, "prior_shape": "swiss_roll", "prior_labels": True,
     "regularization_weight": 0.1},
    {"gan": "sgan", "dataset": "triangles"},
    {"label_fraction": 0.5, "labels_per_class": 2, "dataset": "mnist", "gan": "sgan"},
    {"reference": "v1", "judge": "together"},
    {"relation_blocks": 2},
    {"gan": "ccgan", "dataset": "cifar10", "smallest_hole": 0.5, "largest_hole": 0.25},
    {"ema_decay": 0.9, "ema_kimg": 10.0},
    {"gan": "pggan", "dataset": "cifar10", "growing_from": 12},
    {"gan": "stylegan2", "dataset": "cifar10", "style_settings": "paper"},
    {"gan": "stylegan", "dataset": "cifar10", "truncation_psi": 0.5, "truncation_cutoff": 9},
    {"gan": "stylegan2", "dataset": "cifar10", "conditional": True, "d_conditioning": "concatenation"},
    {"gan": "multigan", "dataset": "mnist", "conditional": True},
    {"gan": "began", "conditional": True},
    {"reference": "v2", "conditional": True},
    {"conditional": True},
    {"dataset": "mnist", "g_normalization": "conditional_batch"},
    {"dataset": "mnist", "d_normalization": "conditional_batch"},
    {"gan": "aae_semi_supervised", "dataset": "mnist", "d_normalization": "conditional_batch"},
    {"dataset": "mnist", "conditional": True, "g_normalization": "batch"},
    {"dataset": "mnist", "conditional": True, "d_conditioning": "none"},
    {"dataset": "cifar10", "architecture": "resnet_cifar", "embed_y": True},
    {"dataset": "mnist", "d_conditioning": "concatenation"},
    {"dataset": "mnist", "fake_labels": "data"},
    {"dataset": "mnist", "conditional": True, "g_normalization": "conditional_batch", "reference": "v3",
     "d_conditioning": "concatenation"},
]  # fmt: skip


def test_every_refusal_is_met_by_an_example_and_stops_the_task():
    met = set()
    for example in REFUSED:
        options = Options.unchecked(example)
        met |= {id(refusal) for refusal, _ in combinations.found(options)}
        with pytest.raises(UserError) as caught:
            Options.from_dict(example)
        assert str(caught.value) in options.refusals()
    assert met == {id(refusal) for refusal in combinations.REFUSALS}


def test_losses_state_their_target_and_whether_they_have_a_threshold():
    real, fake = tf.constant([[0.5], [-2.0]]), tf.constant([[0.25], [1.0]])
    for name in AXES["loss"]:
        loss, facts = components.load("losses", name), components.facts("losses", name)
        assert facts["HAS_TARGET"] == ("real_target" in loss.discriminator.__annotations__), name
        changes = [
            abs(float(loss.discriminator(real + 3.0, fake + 3.0) - loss.discriminator(real, fake))),
            abs(float(loss.generator(fake + 3.0, real + 3.0) - loss.generator(fake, real))),
        ]
        # Wasserstein's generator has only one half of the difference that its discriminator has.
        ignores = changes[0] < 1e-5 and (changes[1] < 1e-5 or name == "wasserstein")
        assert ignores == (facts["THRESHOLD"] is None), (name, changes)


@pytest.mark.slow
def test_the_grid_command_resumes_and_prints_its_table(tmp_path, repository):
    command = [sys.executable, "-m", "benchmarks.landscape_grid", "--workdir", str(tmp_path), "--shard"]
    first = subprocess.run([*command, "7/1500"], cwd=repository, capture_output=True, text=True, check=False)
    assert first.returncode == 1 and "are refused for what concerns labels" in first.stdout, first.stderr[-2000:]
    done = (tmp_path / "shard-7-of-1500.jsonl").read_text()
    assert done.count('"pass"') >= 2
    again = subprocess.run([*command, "7/1500"], cwd=repository, capture_output=True, text=True, check=False)
    assert (tmp_path / "shard-7-of-1500.jsonl").read_text().count('"pass"') == done.count('"pass"')
    assert again.stdout == first.stdout
    wrong = subprocess.run([*command, "3/3"], cwd=repository, capture_output=True, text=True, check=False)
    assert wrong.returncode == 2 and "0 <= i < n" in wrong.stderr
