"""Studies that nobody trained, and plain answers to them, for tests of what shows them.

The numbers are consistent with one another: an answer's means are those of the tasks' points. Its tests (p values,
needed seeds) are made up.
"""

import dataclasses
import functools
import io
import itertools
import math
import pathlib

import numpy as np
from PIL import Image

from compare_gan_tf2.reports import records

LOSSES = ("hinge", "non_saturating", "least_squares", "wasserstein")
NORMALIZATIONS = ("none", "spectral")
STEPS = tuple(range(1000, 6000, 1000))
_PROTOCOL = "5000 samples; test split; classifier of mnist"
_T = {2: 12.706, 3: 4.303, 4: 3.182, 5: 2.776}

FID = records.Column("fid", "fid_classifier_mnist_c28361d9", "fid", "FID", "", _PROTOCOL, True)
SCORE = records.Column("is", "inception_score_classifier_mnist_c28361d9", "inception_score", "IS", "", _PROTOCOL, False)
COLUMNS = (
    FID,
    SCORE,
    *(
        records.Column(name, f"{name}_classifier_mnist_c28361d9", name, short, "", _PROTOCOL, False)
        for name, short in (
            ("precision", "precision"),
            ("recall", "recall"),
            ("prd_f8", "PRD-F8"),
            ("prd_f1_8", "PRD-F1/8"),
        )
    ),
)


def factorial(workdir=pathlib.Path("study"), seeds=5, losses=LOSSES, normalizations=NORMALIZATIONS, steps=STEPS):
    """Losses times normalizations times seeds: two tasks diverged, one failed, one collapsed, one waits."""
    settings = [
        {"loss": loss, "d_weight_normalization": normalization}
        for loss, normalization in itertools.product(losses, normalizations)
    ]
    goodness = {loss: 12.0 + 4.0 * place for place, loss in enumerate(losses)}
    means = [goodness[each["loss"]] + (9.0 if each["d_weight_normalization"] == "none" else 0.0) for each in settings]
    return gathered(workdir, settings, means, seeds, steps)


def search(workdir=pathlib.Path("search"), count=60, steps=(5000,)):
    """A random search over four options, one seed each."""
    draw = np.random.default_rng(3)
    settings = [
        {
            "loss": LOSSES[draw.integers(len(LOSSES))],
            "g_learning_rate": float(f"{10 ** draw.uniform(-5, -2):.3g}"),
            "beta1": round(float(draw.uniform()), 3),
            "disc_iters": int(draw.choice([1, 5])),
        }
        for _ in range(count)
    ]
    means = [15 + 12 * abs(math.log10(each["g_learning_rate"]) + 3.7) + 8 * each["beta1"] for each in settings]
    return gathered(workdir, settings, means, 1, steps)


def gathered(workdir, settings, means, seeds, steps):
    """Tasks of settings around these FIDs, numbered with the seed running fastest."""
    draw = np.random.default_rng(7)
    tasks, labels = [], {}
    for place, (options, mean) in enumerate(zip(settings, means, strict=True)):
        key = f"group-{place}"
        labels[key] = " ".join(f"{name}={value}" for name, value in options.items())
        for seed in range(seeds):
            number = len(tasks)
            state, reason = "done", ""
            if seed == seeds - 1 and place in (len(settings) - 2, len(settings) - 1):
                state, reason = "diverged", "loss/d is nan at step 2310"
            elif seed == seeds - 2 and place == len(settings) - 1:
                state, reason = "failed", "out of memory"
            elif seed == 0 and place == 2:
                state = "waiting"
            last = {"done": len(steps), "diverged": len(steps) // 2, "failed": 1, "waiting": 0}[state]
            base = mean * math.exp(draw.normal(0, 0.08))
            collapsed = seed == 1 and place == 1
            points = tuple(_point(step, steps[-1], base, 300.0 + 40 * place, collapsed, draw) for step in steps[:last])
            given = {**options, "seed": seed}
            reached = points[-1].step if points else 0
            tasks.append(records.Task(workdir, number, given, seed, key, state, reached, reason, points))
    varied = (*(settings[0] if settings else ()), "seed")
    done = sum(task.state == "done" for task in tasks)
    return records.Gathered(tuple(tasks), COLUMNS, varied, labels, f"{done} of {len(tasks)} done")


def _point(step, whole, base, seconds, collapsed, draw):
    fid = base * (1 + 3 * math.exp(-4 * step / whole)) * math.exp(draw.normal(0, 0.02))
    recall = 0.02 if collapsed else 1 / (1 + fid / 20)
    precision = 1 / (1 + fid / 60)
    values = {
        "fid": fid,
        "is": 10 / (1 + fid / 30),
        "precision": precision,
        "recall": recall,
        "prd_f8": min(recall * 1.3, 0.99),
        "prd_f1_8": min(precision * 1.1, 0.99),
    }
    reason = "recall 0.02: hardly any kind of real image is among its samples" if collapsed else ""
    return records.Point(step, 64 * step, seconds * step / 1000, values, reason)


def answer(of, column=FID, at="last"):
    """What `answering.answer` gives, by plain means."""
    groups = _ranked([_group(of, key, column, at) for key in of.labels], column)
    names = [name for name in of.varied if name != "seed"]
    factors = tuple(_factor(name, groups, column) for name in names)
    scored = [group for group in groups if group.count]
    settings = tuple(_comparison("", scored[0].label, each.label, scored[0], each) for each in scored[1:])
    budgets = tuple(_budget(value, factors[0].name, groups, column) for value in factors[0].values) if factors else ()
    return records.Answer(
        column, at, f"{column.short} at the {at} checkpoint (5,000 samples, classifier of mnist)", groups, factors,
        settings, 0.1, 0.2, budgets, ("spectral is better than none: its FID is lower by 9.0 (6.1 to 12.4; 20 pairs)",),
        ("one task waits",),
    )  # fmt: skip


def value_of(task, column, at):
    """The score of a task at "last", "best" or a step; None if it has none."""
    found = [(point.values[column.key], point.step) for point in task.points if column.key in point.values]
    if task.has_ended_badly or not found:
        return None
    if at == "best":
        return (min if column.lower_is_better else max)(value for value, _ in found)
    if at == "last":
        return found[-1][0]
    return next((value for value, step in found if str(step) == at), None)


def _group(of, key, column, at):
    tasks = [task for task in of.tasks if task.group == key]
    found = {task.seed: value_of(task, column, at) for task in tasks if not task.is_cut}
    values = {seed: value for seed, value in found.items() if value is not None}
    options = {name: tasks[0].options[name] for name in of.varied if name != "seed"}
    mean, deviation, interval = _moments(list(values.values()))
    counted = {state: sum(task.state == state for task in tasks) for state in ("diverged", "failed", "waiting")}
    collapsed = sum(bool(task.points and task.points[-1].collapse) for task in tasks)
    median = float(np.median(list(values.values()))) if values else None
    checkpoints = max(len(task.points) for task in tasks) if at == "best" else 1
    return records.Group(
        key, of.labels[key], options, tuple((task.workdir, task.number) for task in tasks), values, len(values),
        counted["diverged"], counted["failed"], collapsed, counted["waiting"], checkpoints, mean, median, deviation,
        interval, None,
    )  # fmt: skip


def _moments(values):
    if not values:
        return None, None, None
    mean = math.fsum(values) / len(values)
    if len(values) < 2:
        return mean, None, None
    deviation = float(np.std(values, ddof=1))
    half = _T.get(len(values), 2.0) * deviation / math.sqrt(len(values))
    return mean, deviation, records.Interval(mean - half, mean + half, "Student's t")


def _ranked(groups, column):
    sign = -1 if column.lower_is_better is False else 1
    order = sorted(groups, key=lambda group: math.inf if group.mean is None else sign * group.mean)
    return tuple(dataclasses.replace(group, rank=float(rank)) for rank, group in enumerate(order, 1))


def _factor(name, groups, column):
    values = {}
    for group in groups:
        values.setdefault(str(group.options[name]), []).extend(group.values.values())
    values = {text: found for text, found in values.items() if found}
    moments = {text: _moments(found) for text, found in values.items()}
    order = sorted(values, key=lambda text: moments[text][0], reverse=column.lower_is_better is False)
    means = {text: moments[text][0] for text in order}
    intervals = {text: moments[text][2] for text in order if moments[text][2]}
    pairs = tuple(_comparison(name, a, b) for a, b in itertools.combinations(order, 2))[:6]
    return records.Factor(name, tuple(order), means, intervals, 0.6 if name == "loss" else 0.3, pairs)


def _comparison(factor, a, b, one=None, other=None):
    difference = one.mean - other.mean if one else -3.0
    interval = records.Interval(difference - 1, difference + 1, "Student's t")
    return records.Comparison(
        factor, a, b, 5, True, 5, 5, difference, interval, -1.2, 0.03, 0.06, 0.0625, "exact sign-flip test",
        "undecided", "undecided", 8,
    )  # fmt: skip


def _budget(value, name, groups, column):
    values = sorted(v for group in groups if str(group.options[name]) == value for v in group.values.values())
    values = values if column.lower_is_better else values[::-1]
    amounts = tuple(range(1, max(len(values), 1) + 1))
    count = len(values)
    # The best of k drawn without replacement is the i-th best with probability C(n - i, k - 1) / C(n, k).
    expected = [
        math.fsum(each * math.comb(count - i, k - 1) for i, each in enumerate(values, 1)) / math.comb(count, k)
        for k in amounts
    ]
    band = [(min(values[0], each), each * 1.08) for each in expected]
    low, high = zip(*(sorted(pair) for pair in band), strict=True)
    return records.Budget(f"{name}={value}", "trainings", amounts, tuple(expected), low, high)


def write_sheets(of, side=28, steps=None, with_real=True, with_common=True):
    """Sheets as trainings leave them, of blobs that get sharper: 64, 8 of common latents, and named real ones."""
    for task in of.tasks:
        folder = task.workdir / str(task.number) / "samples"
        folder.mkdir(parents=True, exist_ok=True)
        for point in task.points:
            if steps is None or point.step in steps:
                sharpness = point.step / 5000
                (folder / f"step-{point.step:08d}.png").write_bytes(_sheet(64, side, sharpness, task.seed))
                if with_common:
                    (folder / f"step-{point.step:08d}-common.png").write_bytes(_sheet(8, side, sharpness, 0))
        if with_real:
            (folder / "real.png").write_bytes(_sheet(80, side, 2.0, 99, margin=40))


@functools.cache
def _sheet(count, side, sharpness, seed, margin=0):
    """A PNG file of a grid of blobs, with white pixels to the left."""
    grid = _grid(_blobs(count, side, sharpness, seed))
    content = io.BytesIO()
    names = np.full((grid.shape[0], margin), 255, np.uint8)
    Image.fromarray(np.concatenate([names, grid], axis=1)).save(content, "png")
    return content.getvalue()


def _blobs(count, side, sharpness, seed):
    draw = np.random.default_rng(seed)
    centers = draw.uniform(0.25, 0.75, (count, 2, 1, 1))
    down, across = np.mgrid[0:side, 0:side] / side
    distance = (down - centers[:, 0]) ** 2 + (across - centers[:, 1]) ** 2
    noise = draw.normal(0, 0.2 / (0.2 + sharpness), distance.shape)
    return np.clip(np.exp(-40 * distance * (0.3 + sharpness)) + noise * 0.3, 0, 1)


def _grid(images, columns=8):
    count, side, _ = images.shape
    rows = -(-count // columns)
    sheet = np.full((rows * (side + 1) - 1, columns * (side + 1) - 1), 255, np.uint8)
    for i, image in enumerate(images):
        top, left = (i // columns) * (side + 1), (i % columns) * (side + 1)
        sheet[top : top + side, left : left + side] = np.round(image * 255)
    return sheet
