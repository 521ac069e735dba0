"""Measures the metrics against other implementations on the same synthetic features, in one run.

python -m benchmarks.metrics [--samples 10000] [--features 2048] [--pairs 10] [--rows fid,kid,...] [--quick]

Every row is a comparison: both sides' seconds (medians), how far their scores are from those computed in float64 (or
the scores, where there is nothing exact), and how many times faster ours is, with a 90 % interval over interleaved
pairs of runs. A target is met if the interval's
lower end reaches it. Fewer pairs than --pairs, but at least three, are made once the interval is 15 % or more away from
the target. --quick is for looking at the table: small sets, three pairs, no targets.

Packages that are not installed are said to be so: pip install torch torch-fidelity clean-fid scikit-learn scipy prdc.
torch-fidelity and clean-fid want torchvision for images and networks, and are measured without if there is none.
"""

from __future__ import annotations

import argparse
import dataclasses
import functools
import math
import statistics
import time
from collections.abc import Callable, Iterable, Iterator

import numpy as np

from benchmarks import _metric_peers as peers
from benchmarks._command import run as run_command
from benchmarks._metric_peers import Run, Scores
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.metrics import (
    Pair,
    density_coverage,
    fid,
    images_only,
    kid,
    kid_subsets,
    ms_ssim,
    neighbors,
    of_features,
    prd,
    precision_recall,
)

LEAST_PAIRS = 3
# How far from a target, as a factor, an interval has to be to end a comparison early.
_CLEAR = 1.15
# 95 % quantiles of Student's t for 1, 2, ... degrees of freedom; the last stands for all that follow.
_STUDENT_T = (6.314, 2.920, 2.353, 2.132, 2.015, 1.943, 1.895, 1.860, 1.833)


@dataclasses.dataclass(frozen=True, eq=False)
class Data:
    """What is measured on: features float32 [N, F] of both sets, and images float32 [M, side, side, 3] in [0, 1]."""

    real: np.ndarray
    generated: np.ndarray
    images: np.ndarray

    def pair(self) -> Pair:
        """A pair that nothing has been computed of yet."""
        return Pair(of_features(self.real), of_features(self.generated))


@dataclasses.dataclass(frozen=True)
class Side:
    """One side of a comparison.

    Attributes:
        name: for the table.
        prepare: gives the function to measure. Raises ImportError where a package is missing.
        exact: gives the values in float64 that the function's are compared with, or None.
        target: of a peer, how many times faster ours has to be, or None.
    """

    name: str
    prepare: Callable[[Data], Run]
    exact: Callable[[Data], Scores] | None = None
    target: float | None = None


def make_data(samples: int, features: int, images: int, side: int, seed: int = 0) -> Data:
    """Features that look like those of a network: of a rank of at most 512 that decays, with noise, and no negatives.

    Images are smooth noise.
    """
    source = np.random.default_rng(seed)
    rank = min(512, features)
    decay = np.arange(1, rank + 1, dtype=np.float32) ** -0.5
    directions = source.standard_normal((rank, features), np.float32)

    def rows(spread: float, shift: float) -> np.ndarray:
        factors = source.standard_normal((samples, rank), np.float32) * (spread * decay)
        noise = source.standard_normal((samples, features), np.float32)
        return np.maximum(0.25 * (factors @ directions) + 0.1 * noise + np.float32(shift), 0.0)

    real, generated = rows(1.0, 0.1), rows(0.95, 0.12)
    coarse = source.random((images, side // 8, side // 8, 3), np.float32)
    smooth = np.repeat(np.repeat(coarse, 8, axis=1), 8, axis=2)
    for axis in (1, 2):
        smooth = (smooth + np.roll(smooth, 3, axis) + np.roll(smooth, -3, axis)) / np.float32(3.0)
    return Data(real, generated, smooth)


@functools.cache
def _exact_fid(data: Data) -> Scores:
    """With the covariances' roots from their eigenvalues, and the trace of the root from singular values."""
    roots, means = [], []
    for rows in (data.real.astype(np.float64), data.generated.astype(np.float64)):
        values, vectors = np.linalg.eigh(np.cov(rows, rowvar=False))
        roots.append(vectors * np.sqrt(np.maximum(values, 0.0)))
        means.append(rows.mean(axis=0))
    trace = np.linalg.svd(roots[0].T @ roots[1], compute_uv=False).sum()
    traces = sum(float((root**2).sum()) for root in roots)
    return {"fid": float(((means[0] - means[1]) ** 2).sum() + traces - 2.0 * trace)}


def _exact_kid(data: Data, subsets: Iterable[tuple[np.ndarray, np.ndarray]]) -> Scores:
    estimates = []
    for i, j in subsets:
        x, y = data.real[i].astype(np.float64), data.generated[j].astype(np.float64)
        within = 0.0
        for rows in (x, y):
            gram = (rows @ rows.T / rows.shape[1] + 1.0) ** 3
            within += (gram.sum() - np.trace(gram)) / (len(rows) * (len(rows) - 1))
        estimates.append(within - 2.0 * ((x @ y.T / x.shape[1] + 1.0) ** 3).mean())
    return {"kid": float(np.mean(estimates))}


@functools.cache
def _exact_kid_ours(data: Data) -> Scores:
    source, size = data.pair().generator("kid_subsets"), min(1000, len(data.real))
    drawn = [
        np.stack([source.choice(len(rows), size, replace=False) for _ in range(100)])
        for rows in (data.real, data.generated)
    ]
    return _exact_kid(data, zip(*drawn, strict=True))


@functools.cache
def _exact_kid_torch_fidelity(data: Data) -> Scores:
    return _exact_kid(data, peers.torch_fidelity_subsets(len(data.real), len(data.generated)))


@functools.cache
def _exact_kid_blocks(data: Data) -> Scores:
    number = len(data.real)
    blocks = -(-number // 1024)
    size, larger = divmod(number, blocks)
    places = np.split(np.arange(number), np.cumsum([size] * (blocks - larger) + [size + 1] * larger)[:-1])
    return _exact_kid(data, zip(places, places, strict=True))


@functools.cache
def _exact_neighbourhoods(data: Data) -> Scores:
    x, y = data.real.astype(np.float64), data.generated.astype(np.float64)

    def squares(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        return (a * a).sum(1)[:, None] + (b * b).sum(1) - 2.0 * (a @ b.T)

    def radii(rows: np.ndarray) -> np.ndarray:
        apart = squares(rows, rows)
        np.fill_diagonal(apart, np.inf)
        return np.partition(apart, (2, 4), axis=1)[:, (2, 4)]

    of_real, of_generated, apart = radii(x), radii(y), squares(x, y)
    return {
        "precision": float((apart <= of_real[:, :1]).any(axis=0).mean()),
        "recall": float((apart <= of_generated[:, 0]).any(axis=1).mean()),
        "density": float((apart < of_real[:, 1:]).sum() / (5 * len(y))),
        "coverage": float((apart < of_real[:, 1:]).any(axis=1).mean()),
    }


@functools.cache
def _exact_ms_ssim(data: Data) -> Scores:
    images, scores = 255.0 * np.moveaxis(data.images.astype(np.float64), 3, 1), []
    for other in range(1, len(images)):
        x, y = images[:other], np.broadcast_to(images[other], images[:other].shape)
        score = np.ones(x.shape[:2])
        for scale, weight in enumerate(peers.SCALES):
            if scale:
                x, y = (each.reshape(*each.shape[:2], len(each[0, 0]) // 2, 2, -1, 2).mean((3, 5)) for each in (x, y))
            whole, contrast = _similarity(x, y)
            score *= np.maximum(contrast if scale + 1 < len(peers.SCALES) else whole, 0.0) ** weight
        scores.extend(score.mean(axis=1))
    return {"ms_ssim": float(np.mean(scores))}


def _similarity(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Means of the whole and of the contrast-structure term of images [P, C, side, side] of levels up to 255."""
    side = x.shape[3]
    size = min(11, side)
    row = np.exp(-((np.arange(size) - (size - 1) / 2.0) ** 2) / (2.0 * 1.5**2))
    windows = np.stack([np.pad(row / row.sum(), (start, side - size - start)) for start in range(side - size + 1)])

    def blur(each: np.ndarray) -> np.ndarray:
        return windows @ each @ windows.T

    mean_x, mean_y, luminance, contrast = blur(x), blur(y), (0.01 * 255) ** 2, (0.03 * 255) ** 2
    covariance, variances = blur(x * y) - mean_x * mean_y, blur(x * x + y * y) - mean_x**2 - mean_y**2
    structure = (2.0 * covariance + contrast) / (variances + contrast)
    whole = structure * (2.0 * mean_x * mean_y + luminance) / (mean_x**2 + mean_y**2 + luminance)
    return whole.mean(axis=(2, 3)), structure.mean(axis=(2, 3))


def _fid(data: Data) -> Run:
    return lambda: fid.metric(data.pair())


def _fid_per_checkpoint(data: Data) -> Run:
    real = of_features(data.real)
    fid.metric(Pair(real, of_features(data.real)))
    return lambda: fid.metric(Pair(real, of_features(data.generated)))


def _fid_distance(data: Data) -> Run:
    moments = (*fid.moments(data.real), *fid.moments(data.generated))
    return lambda: {"fid": fid.frechet_distance(*moments)}


def _scipy_distance(data: Data) -> Run:
    return peers.scipy_distance(*fid.moments(data.real), *fid.moments(data.generated))


def _kid(data: Data) -> Run:
    return lambda: {"kid": kid_subsets.metric(data.pair())["kid_subsets"]}


def _kid_blocks(data: Data) -> Run:
    return lambda: {"kid": kid.metric(data.pair())["kid"]}


def _prd(data: Data) -> Run:
    def run() -> Scores:
        found = prd.metric(data.pair())
        return {name: found[name] for name in ("prd_f8", "prd_f1_8")}

    return run


def _neighbourhoods(data: Data, cached: bool = False) -> Run:
    real = of_features(data.real)
    if cached:
        neighbors.of_samples(real)

    def run() -> Scores:
        pair = Pair(real if cached else of_features(data.real), of_features(data.generated))
        return precision_recall.metric(pair) | density_coverage.metric(pair)

    return run


def _ms_ssim(data: Data) -> Run:
    images = images_only(data.images)
    return lambda: ms_ssim.metric(Pair(images, images))


def _of_features(make: Callable[..., Run], **options: bool) -> Callable[[Data], Run]:
    return lambda data: make(data.real, data.generated, **options)


_TORCH_NEIGHBOURHOODS = Side(
    "torch-fidelity (P, R)", _of_features(peers.torch_fidelity_precision_recall), _exact_neighbourhoods, 1.3
)
_PRDC = Side("prdc", _of_features(peers.prdc_scores), _exact_neighbourhoods, 4.5)

# Row -> ours, and whom it is compared with.
ROWS: dict[str, tuple[Side, tuple[Side, ...]]] = {
    "fid": (
        Side("ours", _fid, _exact_fid),
        (
            Side("TF-GAN", _of_features(peers.tf_gan_fid), _exact_fid, 7.0),
            Side("torch-fidelity", _of_features(peers.torch_fidelity_fid), _exact_fid, 1.4),
            Side("clean-fid", _of_features(peers.clean_fid_fid), _exact_fid),
        ),
    ),
    "fid_per_checkpoint": (
        Side("ours, cached", _fid_per_checkpoint, _exact_fid),
        (
            Side("TF-GAN", _of_features(peers.tf_gan_fid), _exact_fid, 10.0),
            Side("torch-fidelity", _of_features(peers.torch_fidelity_fid), _exact_fid, 2.0),
            Side("torch-fidelity, cached", _of_features(peers.torch_fidelity_fid, cached=True), _exact_fid),
        ),
    ),
    "fid_distance": (
        Side("ours", _fid_distance, _exact_fid),
        (Side("scipy sqrtm", _scipy_distance, _exact_fid, 10.0),),
    ),
    "kid": (
        Side("ours", _kid, _exact_kid_ours),
        (
            Side("torch-fidelity", _of_features(peers.torch_fidelity_kid), _exact_kid_torch_fidelity, 1.0),
            Side("clean-fid", _of_features(peers.clean_fid_kid)),
        ),
    ),
    "kid_blocks": (
        Side("ours", _kid_blocks, _exact_kid_blocks),
        (Side("TF-GAN", _of_features(peers.tf_gan_kid), _exact_kid_blocks),),
    ),
    "prd": (Side("ours", _prd), (Side("scikit-learn", _of_features(peers.scikit_learn_prd), target=3.0),)),
    "prdc": (Side("ours", _neighbourhoods, _exact_neighbourhoods), (_TORCH_NEIGHBOURHOODS, _PRDC)),
    "prdc_per_checkpoint": (
        Side("ours, cached", functools.partial(_neighbourhoods, cached=True), _exact_neighbourhoods),
        tuple(dataclasses.replace(side, target=None) for side in (_TORCH_NEIGHBOURHOODS, _PRDC)),
    ),
    "ms_ssim": (
        Side("ours", _ms_ssim, _exact_ms_ssim),
        (Side("compare_gan's form", lambda data: peers.pairwise_ms_ssim(data.images), _exact_ms_ssim, 6.0),),
    ),
}


@dataclasses.dataclass(frozen=True)
class Comparison:
    """What measuring gave: seconds of both sides, pair by pair, and the last scores of both."""

    ours: list[float]
    theirs: list[float]
    scores: tuple[Scores, Scores]

    @property
    def interval(self) -> tuple[float, float, float]:
        """How many times faster ours is: lower end, geometric mean and upper end of a 90 % interval."""
        return interval([theirs / ours for ours, theirs in zip(self.ours, self.theirs, strict=True)])


def interval(ratios: list[float]) -> tuple[float, float, float]:
    """Lower end, geometric mean and upper end of Student's 90 % interval of the mean of the ratios' logarithms."""
    logarithms = [math.log(ratio) for ratio in ratios]
    mean = statistics.fmean(logarithms)
    freedom = min(len(ratios) - 1, len(_STUDENT_T))
    half = _STUDENT_T[freedom - 1] * statistics.stdev(logarithms) / math.sqrt(len(ratios))
    return math.exp(mean - half), math.exp(mean), math.exp(mean + half)


def compare(ours: Run, theirs: Run, target: float | None, pairs: int) -> Comparison:
    """Runs both sides by turns, at most so many times; without a target, LEAST_PAIRS times."""
    seconds: tuple[list[float], list[float]] = ([], [])
    scores: list[Scores] = [{}, {}]
    for number in range(pairs if target else min(pairs, LEAST_PAIRS)):
        # Neither side is always the one that finds the caches warm.
        for side in (0, 1) if number % 2 == 0 else (1, 0):
            start = time.perf_counter()
            scores[side] = (ours, theirs)[side]()
            seconds[side].append(time.perf_counter() - start)
        if target and number + 1 >= LEAST_PAIRS:
            low, _, high = interval([their / our for our, their in zip(*seconds, strict=True)])
            if low >= _CLEAR * target or high <= target / _CLEAR:
                break
    return Comparison(*seconds, (scores[0], scores[1]))


def error(scores: Scores, exact: Scores) -> float:
    """The greatest distance of a score from its exact value."""
    return max(abs(value - exact[name]) for name, value in scores.items())


def lines(rows: list[str], data: Data, pairs: int, targets: bool) -> Iterator[str]:
    """The table: Markdown lines, one per comparison, as they are measured."""
    yield "| row | ours, s | error or scores | peer | s | error or scores | faster (90 %) | pairs | target | met |"
    yield "|---|---|---|---|---|---|---|---|---|---|"
    for row in rows:
        ours, others = ROWS[row]
        run = ours.prepare(data)
        for peer in others:
            try:
                other = peer.prepare(data)
            except ImportError as missing:
                yield f"| {row} | | | {peer.name} | not installed ({missing.name or missing}) | | | | | |"
                continue
            target = peer.target if targets else None
            # Once without measuring: graphs are traced, libraries loaded, memory is touched.
            run(), other()
            yield _line(row, ours, peer, compare(run, other, target, pairs), target, data)


def _line(row: str, ours: Side, peer: Side, found: Comparison, target: float | None, data: Data) -> str:
    low, mean, high = found.interval
    errors = [
        f"{error(scores, side.exact(data)):.1e}" if side.exact else ", ".join(f"{v:.5g}" for v in scores.values())
        for side, scores in zip((ours, peer), found.scores, strict=True)
    ]
    verdict = "| | |" if target is None else f"| {target:g} | {'yes' if low >= target else 'no'} |"
    return (
        f"| {row} | {statistics.median(found.ours):.3g} | {errors[0]} | {peer.name} "
        f"| {statistics.median(found.theirs):.3g} | {errors[1]} | {mean:.2f} ({low:.2f} to {high:.2f}) "
        f"| {len(found.ours)} {verdict}"
    )


def main(arguments: list[str] | None = None) -> int:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--samples", type=int, default=10000, help="of each set")
    parser.add_argument("--features", type=int, default=2048, help="of each sample")
    parser.add_argument("--images", type=int, default=32, help="for ms_ssim")
    parser.add_argument("--pairs", type=int, default=10, help="of runs at most, for each comparison")
    parser.add_argument("--rows", default=",".join(ROWS), help=f"of: {', '.join(ROWS)}")
    parser.add_argument("--quick", action="store_true", help="600 samples of 64 features, 4 images, three pairs")
    given = parser.parse_args(arguments)
    rows = given.rows.split(",")
    if unknown := [row for row in rows if row not in ROWS]:
        raise UserError(f"there is no row {unknown[0]!r}; known are {', '.join(ROWS)}")
    for name, least in (("samples", 100), ("features", 2), ("images", 2), ("pairs", LEAST_PAIRS)):
        if getattr(given, name) < least:
            raise UserError(f"--{name} has to be {least} or more")
    samples, features, images = (600, 64, 4) if given.quick else (given.samples, given.features, given.images)
    data = make_data(samples, features, images, 128)
    print(f"{samples} samples of {features} features, {images} images of 128 x 128 pixels", flush=True)
    for line in lines(rows, data, LEAST_PAIRS if given.quick else given.pairs, targets=not given.quick):
        print(line, flush=True)
    return 0


if __name__ == "__main__":
    run_command(main)
