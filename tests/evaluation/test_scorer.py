"""One scorer: scores owe nothing to batches, order or replicas, and a collapse shows."""

import numpy as np
import pytest
from programs import run_program

from compare_gan_tf2.datasets import catalog, pipeline
from compare_gan_tf2.datasets.places import Places, places
from compare_gan_tf2.evaluation import scorer as scorer_module
from compare_gan_tf2.evaluation.scorer import Scorer, summary
from compare_gan_tf2.evaluation.task import evaluate
from compare_gan_tf2.options import Options
from compare_gan_tf2.task_folder import score_table
from compare_gan_tf2.task_folder.column_names import is_fid
from compare_gan_tf2.training.loop import train

SEED = 42


def _scorer(dataset_name, root, cache, **options):
    dataset = catalog.find(dataset_name)
    chosen = Options.from_dict({"dataset": dataset_name, **options})
    return Scorer(chosen, dataset, Places(root, cache), training=dataset, model=False)


def _cut(images, size, labels=None):
    for start in range(0, len(images), size):
        yield images[start : start + size], None if labels is None else labels[start : start + size]


def _scores(scorer, images, size=500, labels=None):
    found = scorer.scores(scorer.collect(_cut(images, size, labels), "test", len(images)), SEED)
    return {name.partition(f"_{scorer.extractor.id}")[0]: value for name, value in found.items()}


@pytest.fixture(scope="module")
def drawn(triangles):
    dataset = catalog.find("triangles")
    return pipeline.to_float(pipeline.read(dataset, "train", places(triangles), 100)[0], dataset)


def test_scores_do_not_depend_on_how_images_are_cut_into_batches(triangles, tmp_path, drawn):
    scorer = _scorer("triangles", triangles, tmp_path, evaluation_samples=100)
    assert _scores(scorer, drawn, 100) == _scores(scorer, drawn, 27) == _scores(scorer, drawn, 1000)


def test_scores_do_not_depend_on_the_order_of_images(triangles, tmp_path, drawn):
    scorer = _scorer("triangles", triangles, tmp_path, evaluation_samples=100, metrics="default,vendi,inception_score")
    one, other = _scores(scorer, drawn), _scores(scorer, drawn[np.random.default_rng(0).permutation(100)])
    for name, value in one.items():
        # Consecutive blocks and splits change with the order, within their own errors; 100 images are one block.
        if "10_splits" not in name and np.isfinite(value):
            assert other[name] == pytest.approx(value, rel=1e-7, abs=1e-9), name


def test_quantised_images_are_those_of_a_file(triangles, tmp_path, drawn):
    scorer = _scorer("triangles", triangles, tmp_path, evaluation_samples=100, quantisation="uint8")
    noise = drawn * 0.999
    stored = (np.rint(noise * 255).astype(np.uint8) / np.float32(255)).astype(np.float32)
    assert _scores(scorer, noise) == _scores(scorer, stored)


def test_pixels_that_are_not_finite_give_no_samples(triangles, tmp_path, drawn):
    scorer = _scorer("triangles", triangles, tmp_path, evaluation_samples=100)
    broken = drawn.copy()
    broken[70, 3, 3] = np.nan
    assert scorer.collect(_cut(broken, 50), "test") is None


def test_kid_comes_first_of_fewer_images_than_features(triangles, tmp_path, drawn):
    many, few = (
        list(_scores(_scorer("triangles", triangles, tmp_path, metrics="fid,kid", evaluation_samples=len(each)), each))
        for each in (np.concatenate([drawn, drawn]), drawn)
    )
    assert many[0] == "fid" and few == ["kid", "kid_standard_error", "fid"]  # the classifier has 128 features


def test_a_summary_of_repeats_has_means_and_sample_deviations():
    repeats = [{"fid_x_1": 1.0, "ms_ssim": 0.5}, {"fid_x_1": 3.0, "ms_ssim": 0.5}]
    assert summary(repeats[:1], "x_1") == repeats[0]
    assert summary(repeats, "x_1") == {
        "fid_x_1": 2.0, "fid_deviation_x_1": pytest.approx(2**0.5), "ms_ssim": 0.5, "ms_ssim_deviation": 0.0
    }  # fmt: skip


@pytest.mark.slow
def test_scores_do_not_depend_on_the_number_of_replicas(triangles, tmp_path):
    run_program("replicas", "train_and_score", triangles, tmp_path)
    one, two = (score_table.read_rows(tmp_path / name)[-1] for name in ("one", "two"))
    assert one["protocol"] == two["protocol"]
    for name in score_table.score_columns([one]):
        if one[name]:
            assert float(two[name]) == pytest.approx(float(one[name]), rel=1e-3, abs=1e-3), name


class TestCollapse:
    """Real MNIST as sample sets, against the test split (2,000 images, or all) and 6,000 training images."""

    COUNT = 2_000

    @pytest.fixture(scope="class")
    def scorer(self, real_data, tmp_path_factory):
        metrics = "default,authenticity"
        cache = tmp_path_factory.mktemp("cache")
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(scorer_module, "_MOST_TRAINING_IMAGES", 6_000)
            yield _scorer("mnist", real_data, cache, evaluation_samples=self.COUNT, metrics=metrics)

    @pytest.fixture(scope="class")
    def training(self, real_data):
        dataset = catalog.find("mnist")
        images, labels = pipeline.read(dataset, "train", places(real_data))
        return pipeline.to_float(images, dataset), labels

    @pytest.mark.slow
    def test_one_class_is_precise_and_recalls_next_to_nothing(self, training, real_data, tmp_path):
        images, labels = training
        scorer = _scorer("mnist", real_data, tmp_path, metrics="precision_recall,density_coverage")
        found = _scores(scorer, images[labels == 1][:3000])
        assert found["precision"] > 0.9 and found["recall"] < 0.2 and found["coverage"] < 0.2

    @pytest.mark.slow
    def test_a_copy_of_the_training_set_is_caught(self, scorer, training):
        copied = _scores(scorer, training[0][: self.COUNT])
        assert copied["authenticity"] == 0 and copied["fid"] < 0.5  # a perfect score, but for one metric

    @pytest.mark.slow
    def test_unseen_digits_are_not_taken_for_copies(self, scorer, real_data):
        dataset = catalog.find("mnist")
        images = pipeline.to_float(pipeline.read(dataset, "test", places(real_data))[0][: self.COUNT], dataset)
        assert _scores(scorer, images)["authenticity"] > 0.3

    @pytest.mark.slow
    def test_noise_is_worse_than_every_trained_generator(self, scorer, real_data, tmp_path):
        noise = np.random.default_rng(0).random((self.COUNT, 28, 28, 1), np.float32)
        found = _scores(scorer, noise)
        assert found["recall"] < 0.05 and found["coverage"] < 0.05 and found["precision"] < 0.05
        options = Options.from_dict(
            {
                "dataset": "mnist",
                "width": 0.25,
                "training_steps": 40,
                "save_every_steps": 20,
                "evaluation_samples": self.COUNT,
                "metrics": "fid",
            }
        )
        train(options, tmp_path / "task", dataset_root=real_data)
        rows = evaluate(tmp_path / "task", dataset_root=real_data, cache_dir=tmp_path / "cache")
        trained = [float(row[name]) for row in rows for name in row if is_fid(name)]
        assert len(trained) == 2 and found["fid"] > max(trained)
