"""Other implementations of the metrics that benchmarks.metrics measures against.

Every function takes real and generated features float32 [N, F] (or images float32 [N, H, W, 3] in [0, 1]) and gives a
function without arguments that computes the scores. It raises ImportError where the other package is not installed.
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import io
import sys
import types
import warnings
from collections.abc import Callable, Iterator

import numpy as np

Scores = dict[str, float]
Run = Callable[[], Scores]

# Exponents of the terms of MS-SSIM, from the finest scale to the coarsest.
SCALES = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)


def tf_gan_fid(real: np.ndarray, generated: np.ndarray) -> Run:
    """Two singular value decompositions in float64."""
    import tensorflow as tf

    from compare_gan_tf2.compat import tensorflow_gan

    distance = tensorflow_gan.load().eval.frechet_classifier_distance_from_activations
    x, y = tf.constant(real), tf.constant(generated)
    return lambda: {"fid": float(distance(x, y))}


def tf_gan_kid(real: np.ndarray, generated: np.ndarray) -> Run:
    """Blocks of at most 1,024."""
    import tensorflow as tf

    from compare_gan_tf2.compat import tensorflow_gan

    distance = tensorflow_gan.load().eval.kernel_classifier_distance_from_activations
    x, y = tf.constant(real), tf.constant(generated)
    return lambda: {"kid": float(distance(x, y))}


def torch_fidelity_fid(real: np.ndarray, generated: np.ndarray, cached: bool = False) -> Run:
    """Eigenvalues of the covariances' product; cached: the real statistics are there, as its own cache keeps them."""
    torch, metric = importlib.import_module("torch"), _without_torchvision("torch_fidelity.metric_fid")
    x, y = torch.from_numpy(real), torch.from_numpy(generated)
    kept = metric.fid_features_to_statistics(x) if cached else None

    def run() -> Scores:
        of_real = kept or metric.fid_features_to_statistics(x)
        found = metric.fid_statistics_to_metric(of_real, metric.fid_features_to_statistics(y), verbose=False)
        return {"fid": found["frechet_inception_distance"]}

    return run


def clean_fid_fid(real: np.ndarray, generated: np.ndarray) -> Run:
    """SciPy's root of the covariances' product."""
    distance = _without_torchvision("cleanfid.fid").fid_from_feats
    return lambda: {"fid": float(_silently(distance, real, generated))}


def scipy_distance(
    mean_real: np.ndarray, covariance_real: np.ndarray, mean_generated: np.ndarray, covariance_generated: np.ndarray
) -> Run:
    """The Fréchet distance alone, by SciPy's root of the covariances' product."""
    linalg = importlib.import_module("scipy.linalg")

    def run() -> Scores:
        root = _silently(linalg.sqrtm, covariance_real @ covariance_generated)
        difference = mean_real - mean_generated
        traces = np.trace(covariance_real) + np.trace(covariance_generated) - 2.0 * np.trace(root).real
        return {"fid": float(difference @ difference + traces)}

    return run


def torch_fidelity_kid(real: np.ndarray, generated: np.ndarray) -> Run:
    """100 subsets of 1,000; its first input is the generated one."""
    torch, metric = importlib.import_module("torch"), _without_torchvision("torch_fidelity.metric_kid")
    x, y = torch.from_numpy(real), torch.from_numpy(generated)
    size = min(1000, len(real), len(generated))

    def run() -> Scores:
        found = metric.kid_features_to_metric(y, x, kid_subset_size=size, verbose=False)
        return {"kid": found["kernel_inception_distance_mean"]}

    return run


def torch_fidelity_subsets(of_real: int, of_generated: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """The subsets that `torch_fidelity_kid` draws by default."""
    source, size = np.random.RandomState(2020), min(1000, of_real, of_generated)
    for _ in range(100):
        second = source.choice(of_generated, size, replace=False)
        yield source.choice(of_real, size, replace=False), second


def clean_fid_kid(real: np.ndarray, generated: np.ndarray) -> Run:
    """100 subsets of 1,000, other ones each time."""
    distance = _without_torchvision("cleanfid.fid").kernel_distance
    return lambda: {"kid": distance(real, generated)}


def torch_fidelity_precision_recall(real: np.ndarray, generated: np.ndarray) -> Run:
    """Two of the four scores, k=3; its first input is the generated one."""
    torch, metric = importlib.import_module("torch"), _without_torchvision("torch_fidelity.metric_prc")
    x, y = torch.from_numpy(real), torch.from_numpy(generated)

    def run() -> Scores:
        found = metric.prc_features_to_metric(y, x, verbose=False)
        return {name: found[name] for name in ("precision", "recall")}

    return run


def prdc_scores(real: np.ndarray, generated: np.ndarray) -> Run:
    """All four scores, with k=5 for the former two as well, which are therefore left out."""
    compute = importlib.import_module("prdc").compute_prdc

    def run() -> Scores:
        found = _silently(compute, real, generated, nearest_k=5)
        return {name: float(found[name]) for name in ("density", "coverage")}

    return run


def scikit_learn_prd(real: np.ndarray, generated: np.ndarray) -> Run:
    """As compare_gan has it: ten times the best of ten mini-batch k-means of 20 clusters on the union, in float64."""
    clusters = importlib.import_module("sklearn.cluster")
    from compare_gan_tf2.metrics import prd

    def run() -> Scores:
        union = np.concatenate([generated, real]).astype(np.float64)
        curves = []
        for number in range(10):
            labels = clusters.MiniBatchKMeans(n_clusters=20, n_init=10, random_state=number).fit(union).labels_
            parts = labels[: len(generated)], labels[len(generated) :]
            curves.append(prd.prd_curve(*(np.bincount(part, minlength=20) / len(part) for part in parts)))
        precision, recall = np.mean(curves, axis=0)
        return {"prd_f8": prd.max_f_beta(precision, recall, 8.0), "prd_f1_8": prd.max_f_beta(precision, recall, 1 / 8)}

    return run


def pairwise_ms_ssim(images: np.ndarray) -> Run:
    """As compare_gan has it: TensorFlow operations on all ordered pairs at once, self-pairs included and taken off."""
    import tensorflow as tf

    count, side = len(images), images.shape[1]
    first, second = (0.01 * 255) ** 2, (0.03 * 255) ** 2

    def blur(x: tf.Tensor) -> tf.Tensor:
        size = min(11, x.shape[1])
        places = np.arange(size) - (size - 1) / 2.0
        row = np.exp(-(places**2) / (2.0 * 1.5**2))
        window = np.outer(row, row) / row.sum() ** 2
        kernel = tf.constant(np.tile(window[:, :, None, None], (1, 1, 3, 1)), tf.float32)
        return tf.nn.depthwise_conv2d(x, kernel, [1, 1, 1, 1], "VALID")

    def factors(x: tf.Tensor, y: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        mean_x, mean_y = blur(x), blur(y)
        product, squares = 2.0 * mean_x * mean_y, mean_x**2 + mean_y**2
        contrast = (2.0 * blur(x * y) - product + second) / (blur(x**2 + y**2) - squares + second)
        luminance = (product + first) / (squares + first)
        return tf.reduce_mean(luminance * contrast, [1, 2]), tf.reduce_mean(contrast, [1, 2])

    @tf.function
    def mean_of_pairs(batch: tf.Tensor) -> tf.Tensor:
        batch = 255.0 * batch
        x, y, score = tf.repeat(batch, count, 0), tf.tile(batch, [count, 1, 1, 1]), 1.0
        for scale, weight in enumerate(SCALES):
            whole, contrast = factors(x, y)
            score *= tf.nn.relu(whole if scale == len(SCALES) - 1 else contrast) ** weight
            if scale < len(SCALES) - 1:
                odd = x.shape[1] % 2
                x, y = (tf.pad(each, [[0, 0], [0, odd], [0, odd], [0, 0]], "SYMMETRIC") for each in (x, y))
                x, y = (tf.nn.avg_pool2d(each, 2, 2, "VALID") for each in (x, y))
        return (tf.reduce_sum(tf.reduce_mean(score, 1)) - count) / (count * (count - 1))

    batch = tf.constant(images.reshape(count, side, side, 3))
    return lambda: {"ms_ssim": float(mean_of_pairs(batch))}


def _silently(function: Callable, *arguments: object, **options: object) -> object:
    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return function(*arguments, **options)


class _Absent(types.ModuleType):
    """Stands in for a module of torchvision; whatever is asked of it is a class without anything."""

    __path__: list[str] = []

    def __getattr__(self, name: str) -> type:
        if name.startswith("__"):
            raise AttributeError(name)
        return type(name, (), {})


def _without_torchvision(name: str) -> types.ModuleType:
    """Imports a module whose package wants torchvision for its images and networks, also where there is none."""
    if name in sys.modules or importlib.util.find_spec("torchvision"):
        return importlib.import_module(name)
    absent: dict[str, types.ModuleType] = {}
    for inner in ("", ".datasets", ".models", ".models.inception", ".transforms", ".transforms.functional"):
        module = absent["torchvision" + inner] = _Absent("torchvision" + inner)
        if inner:
            parent, _, last = module.__name__.rpartition(".")
            setattr(absent[parent], last, module)
    sys.modules.update(absent)
    try:
        return importlib.import_module(name)
    finally:
        for each in absent:
            del sys.modules[each]
