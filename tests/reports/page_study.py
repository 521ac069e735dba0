"""A small study as the page gets it: two losses with and without spectral norm, three seeds, one that diverged."""

import dataclasses
import pathlib

from compare_gan_tf2.reports.records import (
    Answer,
    Budget,
    Column,
    Comparison,
    Factor,
    Gathered,
    Group,
    Interval,
    Point,
    Task,
)

LOSSES, NORMS, SEEDS, STEPS = ("hinge", "wasserstein"), ("none", "spectral"), (0, 1, 2), (500, 1000, 1500)
# What a user may write, by whatever way.
HOSTILE = "</script></style></title><script>hit()</script><img src=x onerror=hit()>\"'`&amp;\u2028\u202e\x1b[2J\0\udce9"
COLUMNS = (
    Column("fid", "fid_classifier_mnist_c28361d9", "fid", "FID", "", "5,000 samples, classifier of mnist", True),
    Column("recall", "recall_classifier_mnist_c28361d9", "recall", "recall", "", "5,000 samples, k = 3", False),
)


def score(key, loss, norm, seed, step):
    """Some number; of FID less with spectral norm, and later."""
    base = 12.0 + 9.0 * (norm == "none") + 3.0 * (loss == "wasserstein") + 1.1 * seed + 4000.0 / step
    return base if key == "fid" else round(20.0 / base, 4)


def tasks(workdir, **changes):
    """Tasks 0 to 11; the last has diverged, the one before collapsed, and one is unfinished."""
    found = []
    for number, (loss, norm, seed) in enumerate((a, b, c) for a in LOSSES for b in NORMS for c in SEEDS):
        state = {9: "running", 11: "diverged"}.get(number, "done")
        options = {"loss": loss, "d_weight_normalization": norm, "g_learning_rate": 0.0002, "seed": seed}
        points = [
            Point(
                step,
                64 * step,
                step / 10,
                {each.key: score(each.key, loss, norm, seed, step) for each in COLUMNS},
                "recall is 0.01" if number == 10 and step == 1500 else "",
            )
            for step in STEPS[: 1 if state != "done" else None]
        ]
        reason = "a loss is not finite at step 700" if state == "diverged" else ""
        step = points[-1].step
        group = f"{loss} {norm}"
        found.append(Task(workdir, number, options, seed, group, state, step, reason, points))
    return found


def gathered(workdir, **changes):
    """The study; `changes` replace fields of it."""
    fields = {
        "tasks": tasks(workdir),
        "columns": COLUMNS,
        "varied": ("loss", "d_weight_normalization", "seed"),
        "labels": {f"{a} {b}": f"loss={a} d_weight_normalization={b}" for a in LOSSES for b in NORMS},
        "progress": "10 of 12 done, 1 running to step 500, 1 diverged",
        "left_out": ("3 rows of another protocol: 2,000 samples",),
    }
    return Gathered(**{**fields, **changes})


def group(column, found, rank):
    """Repeats of one setting, from their tasks."""
    values = {each.seed: each.points[-1].values[column.key] for each in found if each.state == "done"}
    listed = sorted(values.values())
    mean = sum(listed) / len(listed) if listed else None
    return Group(
        key=found[0].group,
        label=found[0].group,
        options={name: found[0].options[name] for name in ("loss", "d_weight_normalization")},
        numbers=[(each.workdir, each.number) for each in found],
        values=values,
        count=len(values),
        diverged=sum(each.state == "diverged" for each in found),
        failed=0,
        collapsed=sum(bool(each.points[-1].collapse) for each in found),
        unfinished=sum(each.state == "running" for each in found),
        checkpoints=1,
        mean=mean,
        median=listed[len(listed) // 2] if listed else None,
        deviation=1.1 if len(listed) > 1 else None,
        interval=Interval(mean - 2, mean + 2, "Student's t") if len(listed) > 1 else None,
        rank=rank,
    )


def answer(study, column, **changes):
    """An answer of made-up statistics: they have the right form, not the right values."""
    by_group = {}
    for task in study.tasks:
        by_group.setdefault(task.group, []).append(task)
    order = sorted(by_group, key=lambda key: ("none" in key, "wasserstein" in key))
    groups = [group(column, by_group[key], float(i + 1)) for i, key in enumerate(order)]
    interval = Interval(-12.4, -6.1, "Student's t")
    compared = Comparison(
        "d_weight_normalization", "spectral", "none", 6, True, 6, 6, -9.2, interval, -2.4, 0.03125, 0.03125,
        0.03125, "exact sign-flip test over pairs", "better", "better", None,
    )  # fmt: skip
    undecided = Comparison(
        "", "hinge spectral", "wasserstein spectral", 3, True, 3, 3, -1.2, None, -0.4, 0.25, 0.75,
        0.25, "exact sign-flip test over pairs", "undecided", "undecided", 24,
    )  # fmt: skip
    factor = Factor(
        "d_weight_normalization", ("spectral", "none"), {"spectral": 14.2, "none": 23.4},
        {"spectral": Interval(13.0, 15.4, "Student's t")}, 0.71, (compared,),
    )  # fmt: skip
    budget = Budget(
        "hinge spectral", "trainings", (1, 2, 3), (15.8, 15.1, 14.7), (14.7, 14.7, 14.7), (16.9, 15.8, 15.0)
    )
    fields = {
        "column": column,
        "at": "last",
        "title": f"{column.short} at the last checkpoint ({column.protocol})",
        "groups": groups,
        "factors": (factor,),
        "settings": (undecided,),
        "seed_share": 0.08,
        "unexplained": 0.21,
        "budgets": (budget,),
        "sentences": (
            "Spectral norm is better than none: its FID is lower by 9.2 (95 % interval 6.1 to 12.4; 6 pairs).",
            "Best setting: hinge with spectral norm, 15.8, 13.8 to 17.8.",
        ),
        "notes": ("With 3 pairs, p is at least .25.",),
    }
    return Answer(**{**fields, **changes})


def answers(study):
    """Of every score, by its key."""
    return {column.key: answer(study, column) for column in study.columns}


def draw_samples(workdir, numbers, size=(232, 232)):
    """A sheet of samples for each of these tasks, of one color each."""
    from PIL import Image

    for number in numbers:
        folder = pathlib.Path(workdir, str(number), "samples")
        folder.mkdir(parents=True)
        for step in (500, 1500):
            color = (20 * number % 256, step % 256, 128)
            Image.new("RGB", size, color).save(folder / f"step-{step:08d}.png")
            # An ability's sheet, later than the last one of generated images.
            Image.new("RGB", size, "red").save(folder / f"step-{step + 100:08d}-reconstruct.png")


def hostile(workdir):
    """The study and its answers, in which every text that a user may write is hostile."""
    study = gathered(workdir)
    bad = f"a {HOSTILE}"
    columns = [dataclasses.replace(each, protocol=bad, short=bad, ability=bad) for each in study.columns]
    tasks = [
        dataclasses.replace(
            each,
            options={**each.options, "loss": bad, bad: bad},
            reason=bad,
            points=[dataclasses.replace(point, collapse=bad) for point in each.points],
        )
        for each in study.tasks
    ]
    study = dataclasses.replace(
        study,
        tasks=tasks,
        columns=columns,
        varied=("loss", bad, "seed"),
        labels=dict.fromkeys(study.labels, bad),
        progress=bad,
        left_out=(bad,),
    )
    answers = {}
    for column in columns:
        made = answer(study, column, title=bad, sentences=(bad,), notes=(bad,))
        groups = [dataclasses.replace(each, label=bad, options={bad: bad}) for each in made.groups]
        settings = [dataclasses.replace(each, a=bad, b=bad, method=bad, verdict=bad) for each in made.settings]
        factors = [dataclasses.replace(each, name=bad, values=(bad,)) for each in made.factors]
        budgets = [dataclasses.replace(each, label=bad, unit=bad) for each in made.budgets]
        answers[column.key] = dataclasses.replace(
            made, groups=groups, settings=settings, factors=factors, budgets=budgets
        )
    return study, answers
