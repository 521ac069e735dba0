"""Experiments: every published task is possible and is the published one; no TensorFlow."""

import functools
import random
import subprocess
import sys

import pytest
from PIL import Image
from slow_cases import slow_unless

from compare_gan_tf2 import components
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.experiments import _v1
from compare_gan_tf2.task_folder import score_table, tasks

PHASE1 = "phase1_gan8_mnist_sample100_rep1"
COUNTS = {
    "v1_test": 8,
    **{f"phase1_gan8_{name}_sample100_rep1": 800 for name in ("mnist", "fashionmnist", "cifar", "celeba", "triangles")},
    **{f"phase2_gan8_{name}_sample50_rep1": 400 for name in ("mnist", "fashionmnist", "cifar", "celeba")},
    "adam_vs_rmsprop_cifar_celeba": 400,
    "v2_test": 10,
    "test_penalty": 4,
    "test_normalization": 4,
    "test_new_datasets": 4,
    "test_penalty_new_datasets": 12,
    "test_penalty_resnet5": 12,
    "best_models_sndcgan": 18,
    "best_models_resnet19": 12,
    "best_models_resnet_cifar": 6,
}
PHASE3 = ("phase3_mnist", "phase3_fashionmnist", "phase3_cifar", "phase3_celeba", "phase3_small")
SEARCHES = tuple(
    f"landscape_{study}{size}" for study in ("loss", "constraints", "both", "architecture") for size in ("", "_small")
)


@functools.cache
def _planned_once(name, seed):
    return tasks.plan(name, seed, {})


def planned(name, seed=0):
    """The tasks of an experiment; those of the third phase depend on a work directory, which differs among tests."""
    return tasks.plan(name, seed, {}) if name in PHASE3 else _planned_once(name, seed)


def of_gan(study, gan):
    return [task for task in study if task.notes["original_gan_type"] == gan]


@pytest.mark.parametrize("name", COUNTS)
def test_published_experiments_have_their_tasks_and_all_are_possible(name):
    study = planned(name)
    assert len(study) == COUNTS[name]
    version = "v1" if name.startswith(("v1", "phase", "adam")) else "v2"
    assert {task.options.reference for task in study} == {version}


# tests/test_landscape.py looks at that one's tasks.
@pytest.mark.parametrize(
    "name",
    slow_unless(
        lambda name: name != "landscape_grid",
        sorted({*components.names("experiments")} - {*COUNTS, *PHASE3, *SEARCHES, "own_images"}),
    ),
)
def test_every_other_experiment_is_possible(name):
    assert planned(name)


def test_own_images_is_told_its_folder(tmp_path):
    for i in range(8):
        Image.new("RGB", (70, 70), (i, 0, 0)).save(tmp_path / f"{i}.png")
    (task,) = tasks.plan("own_images", 0, {"dataset": str(tmp_path)})
    assert (task.options.image_size, task.options.augmentation) == (64, "diff_augment")
    with pytest.raises(UserError, match="your_images does not exist"):
        tasks.plan("own_images", 0, {})


def test_planning_needs_no_tensorflow():
    small = [name for name, count in COUNTS.items() if count < 100]
    code = "from compare_gan_tf2 import components, tasks; import sys; "
    code += f"[components.load('experiments', name) for name in {[*COUNTS]!r}]; "
    code += f"[tasks.plan(name, 0, {{}}) for name in {small!r}]; "
    code += "assert 'tensorflow' not in sys.modules and 'keras' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_phase_1_draws_what_python_2_drew_in_its_order():
    source = random.Random(123)  # its random() is the same in Python 2 and 3
    numbers = [source.random() for _ in range(99 * 37)]
    study = planned(PHASE1)
    # Settings per draw; the names sort beta1, disc_iters, discriminator_batchnorm, gamma, lambda, learning_rate, clip.
    place = 0
    for gan, settings in zip(_v1.GANS, (4, 4, 5, 5, 5, 4, 4, 6), strict=True):
        tasks_of_gan = of_gan(study, gan)
        assert [task.notes["original_sample"] for task in tasks_of_gan] == list(range(100))
        for task in tasks_of_gan[1:]:
            u, options = iter(numbers[place : place + settings]), task.options
            assert options.beta1 == next(u)
            assert options.disc_iters == (1 if next(u) < 0.5 else 5)
            assert options.d_normalization == ("batch" if next(u) < 0.5 else "none")
            if gan == "BEGAN":
                assert options.diversity_ratio == next(u)
                assert options.proportional_gain == pytest.approx(10 ** (-4 + 2 * next(u)), rel=1e-12)
                assert options.penalty_weight == 1.0
            if gan in ("WGAN_GP", "DRAGAN"):
                assert options.penalty_weight == pytest.approx(10 ** (-1 + 3 * next(u)), rel=1e-12)
            assert options.g_learning_rate == pytest.approx(10 ** (-5 + 3 * next(u)), rel=1e-12)
            if gan == "WGAN":
                assert options.weight_clipping == pytest.approx(10 ** (-3 + 3 * next(u)), rel=1e-12)
            assert next(u, None) is None
            place += settings
    assert place == len(numbers)


def test_phase_2_has_narrow_ranges_and_draws_even_where_there_is_no_choice():
    study = planned("phase2_gan8_cifar_sample50_rep1")
    assert {task.options.disc_iters for task in study if task.notes["original_sample"]} == {1}
    assert {task.options.beta1 for task in study if task.notes["original_sample"]} == {0.5}
    source = random.Random(123)
    numbers = [source.random() for _ in range(8)]
    second, third = study[1].options, study[2].options
    assert second.g_learning_rate == pytest.approx(10 ** (-4 + numbers[3]), rel=1e-12)
    assert third.g_learning_rate == pytest.approx(10 ** (-4 + numbers[7]), rel=1e-12)
    for gan in ("WGAN_GP", "DRAGAN"):
        assert {task.options.d_normalization for task in of_gan(study, gan)[1:]} == {"none"}
    assert {task.options.proportional_gain for task in of_gan(study, "BEGAN")} == {0.001}
    assert all(0.6 <= task.options.diversity_ratio <= 0.9 for task in of_gan(study, "BEGAN"))
    clips = [task.options.weight_clipping for task in of_gan(study, "WGAN")]
    assert min(clips) >= 0.01 and max(clips) <= 1.0 and len(set(clips)) == 50
    assert of_gan(study, "VAE")[0].options.d_normalization == "none"
    assert of_gan(planned(PHASE1), "VAE")[0].options.d_normalization == "batch"


@pytest.mark.parametrize(
    ("name", "steps"), [("mnist", (15625, 3906)), ("cifar", (78125, 3906)), ("celeba", (101250, 12656))]
)
def test_steps_of_v1_are_the_discriminators_in_the_notes_and_the_generators_in_the_options(name, steps):
    for task in planned(f"phase1_gan8_{name}_sample100_rep1"):
        assert (task.notes["original_training_steps"], task.notes["original_save_every_steps"]) == steps
        n = task.options.disc_iters
        assert (task.options.training_steps, task.options.save_every_steps) == (steps[0] // n, steps[1] // n)
        assert (task.options.reference, task.options.judge, task.options.z_dim) == ("v1", "apart", 64)


def test_the_seed_is_the_trainings_and_never_the_draws():
    first, second = planned(PHASE1), planned(PHASE1, 7)
    assert {task.options.seed for task in first} == {0} and {task.options.seed for task in second} == {7}
    assert [task.options for task in first] == [task.options.replace(seed=0) for task in second]
    assert {task.options.seed for task in planned("v1_test")} == {42}
    assert {task.options.seed for task in planned("best_models_sndcgan")} == {2, 23}
    assert {task.options.seed for task in planned("best_models_sndcgan", 1)} == {3, 24}


def test_v1s_classes_are_the_objectives_they_were():
    ways = {
        task.notes["original_gan_type"]: (task.options.gan, task.options.loss, task.options.penalty)
        for task in planned("v1_test")
    }
    assert ways == {
        "GAN": ("modular", "non_saturating", "none"),
        "GAN_MINMAX": ("modular", "minimax", "none"),
        "WGAN": ("modular", "wasserstein", "none"),
        "WGAN_GP": ("modular", "wasserstein", "wgan_gp"),
        "DRAGAN": ("modular", "non_saturating", "dragan_v1"),
        "VAE": ("vae", "none", "none"),
        "LSGAN": ("modular", "least_squares", "none"),
        "BEGAN": ("began", "none", "none"),
    }
    clips = {task.notes["original_gan_type"]: task.options.weight_clipping for task in planned("v1_test")}
    assert {gan for gan, clip in clips.items() if clip} == {"WGAN"} and clips["WGAN"] == 0.01
    latents = {task.notes["original_gan_type"] for task in planned(PHASE1) if task.options.latents == "fresh"}
    assert latents == {"WGAN_GP"}


def test_optimisers_are_compared_on_the_same_settings():
    study = planned("adam_vs_rmsprop_cifar_celeba")
    wgan = of_gan(planned("phase1_gan8_cifar_sample100_rep1"), "WGAN")
    assert [task.options for task in study[:100]] == [task.options for task in wgan]
    for adam, rmsprop in ((0, 100), (200, 300)):
        for one, other in zip(study[adam : adam + 100], study[rmsprop : rmsprop + 100], strict=True):
            assert other.options == one.options.replace(g_optimizer="rmsprop", d_optimizer="rmsprop")
    assert [task.options.dataset for task in study[::100]] == ["cifar10", "cifar10", "celeb_a", "celeb_a"]


def _row(task):
    o = task.options
    networks = (o.dataset, o.architecture, o.loss, o.penalty, o.d_normalization, o.d_weight_normalization)
    numbers = (o.g_learning_rate, o.beta1, o.beta2, o.disc_iters, o.penalty_weight, o.seed, o.training_steps)
    return (task.notes["expected_fid"], *networks, *numbers)


@pytest.mark.parametrize(
    ("name", "number", "expected"),
    [
        (
            "best_models_sndcgan",
            2,
            (61.15, "celeb_a_hq_128", "sndcgan", "non_saturating", "none", "none", "none")
            + (0.000412, 0.246, 0.341, 1, 10.0, 23, 100000),
        ),
        (
            "best_models_sndcgan",
            11,
            (56.71, "lsun_bedroom", "sndcgan", "non_saturating", "none", "none", "spectral")
            + (0.00192, 0.097, 0.938, 1, 0.58, 2, 100000),
        ),
        (
            "best_models_sndcgan",
            13,
            (26.0, "cifar10", "sndcgan", "non_saturating", "wgan_gp", "none", "spectral")
            + (0.0002, 0.5, 0.999, 1, 10.0, 2, 200000),
        ),
        (
            "best_models_resnet19",
            6,
            (41.6, "lsun_bedroom", "resnet5", "least_squares", "none", "none", "spectral")
            + (0.0002, 0.5, 0.999, 1, 1.0, 2, 200000),
        ),
        (
            "best_models_resnet19",
            9,
            (29.13, "celeb_a_hq_128", "resnet5", "non_saturating", "dragan", "layer", "none")
            + (0.0001, 0.5, 0.9, 5, 1.0, 2, 40000),
        ),
        (
            "best_models_resnet_cifar",
            4,
            (22.73, "cifar10", "resnet_cifar", "non_saturating", "wgan_gp", "none", "spectral")
            + (0.0002, 0.5, 0.999, 5, 1.0, 2, 40000),
        ),
    ],
)
def test_best_models_are_the_published_rows(name, number, expected):
    task = planned(name)[number]
    assert _row(task) == expected
    assert task.options.reference == "v2" and task.options.z_dim == 128 and task.notes["source"]
    assert task.options.save_every_steps == 20000 // task.options.disc_iters


def test_repeated_best_models_are_repeated():
    sndcgan = [task.options for task in planned("best_models_sndcgan")]
    assert [sndcgan[12], sndcgan[16], sndcgan[17]] == [sndcgan[6], sndcgan[10], sndcgan[11]]
    cifar = [task.options for task in planned("best_models_resnet_cifar")]
    assert cifar[5] == cifar[2] != cifar[3]


def test_v2s_grids_vary_what_they_did():
    def ways(name, *fields):
        return [tuple(getattr(task.options, field) for field in fields) for task in planned(name)]

    gans = [("non_saturating", "none"), ("non_saturating", "wgan_gp"), ("wasserstein", "none")]
    gans.append(("wasserstein", "wgan_gp"))
    assert ways("test_penalty", "loss", "penalty") == gans
    assert ways("test_normalization", "d_normalization", "d_weight_normalization", "loss") == [
        ("batch", "none", "non_saturating"),
        ("batch", "none", "wasserstein"),
        ("none", "spectral", "non_saturating"),
        ("none", "spectral", "wasserstein"),
    ]
    sets = ("celeb_a_hq_128", "imagenet_128", "lsun_bedroom")
    for name, architecture in (("test_penalty_new_datasets", "dcgan"), ("test_penalty_resnet5", "resnet5")):
        assert ways(name, "dataset", "loss", "penalty") == [(each, *gan) for each in sets for gan in gans]
        assert set(ways(name, "architecture", "z_dim", "seed")) == {(architecture, 128, 42)}
        # The Wasserstein GANs update the discriminator five times.
        assert set(ways(name, "training_steps", "save_every_steps")) == {(202500, 10000), (40500, 2000)}
    assert ways("test_new_datasets", "dataset", "training_steps") == [
        (each, 100) for each in ("celeb_a_hq_128", "imagenet_64", "imagenet_128", "lsun_bedroom")
    ]
    assert set(ways("v2_test", "dataset", "evaluation_samples")) == {("fake", 50)}


@pytest.fixture
def phase_1(tmp_path, monkeypatch):
    """A work directory with the default and one drawn task of every GAN; call to score them."""
    study = planned(PHASE1)
    chosen = [task for task in study if task.notes["original_sample"] in (0, 31)]
    tasks.write(tmp_path, chosen)
    monkeypatch.setenv(_v1.PHASE1_DIR, str(tmp_path))

    def score(task, step, fid, column="fid_classifier_mnist_abc", protocol="p1"):
        row = {"step": step, "status": "ok", column: fid, "protocol": protocol}
        score_table.add_row(tmp_path / str(task.number), row)

    for task in chosen:
        best = task.notes["original_sample"] == (31 if task.notes["original_gan_type"] == "WGAN" else 0)
        score(task, 1000, 40.0)
        score(task, 2000, 20.0 if best else 30.0)
        score(task, 3000, None)  # diverged: no score
    return tmp_path, chosen, score


def test_phase_3_repeats_the_best_task_of_each_gan(phase_1):
    study = planned("phase3_mnist")
    assert len(study) == 400
    for gan in _v1.GANS:
        repeated = of_gan(study, gan)
        assert [task.options.seed for task in repeated] == list(range(50))
        best = next(
            task for task in phase_1[1] if of_gan([task], gan) and task.notes["original_sample"] == 31 * (gan == "WGAN")
        )
        assert {task.options.replace(seed=0) for task in repeated} == {best.options}
        assert repeated[0].notes == best.notes | {"phase1_task": best.number, "phase1_fid": 20.0}
    assert {task.options.seed for task in planned("phase3_mnist", 1)} == set(range(50, 100))


def test_phase_3_says_what_it_lacks(phase_1, tmp_path_factory, monkeypatch):
    workdir, chosen, score = phase_1
    with pytest.raises(UserError, match="holds experiment phase1_gan8_mnist.*must name one of phase1_gan8_cifar"):
        planned("phase3_cifar")
    score(chosen[0], 4000, 1.0, protocol="p2")
    with pytest.raises(UserError, match="cannot be compared: fid_.* by protocol p1; fid_.* by protocol p2"):
        planned("phase3_mnist")
    (workdir / str(chosen[2].number) / "scores.csv").unlink()
    (workdir / str(chosen[3].number) / "scores.csv").unlink()
    with pytest.raises(UserError, match="no FID yet of GAN_MINMAX;"):
        planned("phase3_mnist")
    monkeypatch.setenv(_v1.PHASE1_DIR, str(tmp_path_factory.mktemp("empty")))
    with pytest.raises(UserError, match="holds no tasks"):
        planned("phase3_mnist")
    monkeypatch.delenv(_v1.PHASE1_DIR)
    for name in PHASE3:
        with pytest.raises(UserError, match=f"set {_v1.PHASE1_DIR} to the work directory of phase1_gan8_") as caught:
            planned(name)
        assert "\n" not in str(caught.value)
