"""Answers about trainings that a test makes up."""

import pathlib
import statistics

from compare_gan_tf2.options import Options
from compare_gan_tf2.reports.records import Answer, Column, Gathered, Group, Task
from compare_gan_tf2.studies import settings

INCEPTION = (
    "data=mnist test 5c1f0a1b; extractor=Inception of 2015-12-05 (logits with biases), tf1 resize to 299x299, float32, "
    "weights 0123abcd; resize=tf1; quantisation=none; real=10000; generated=10000; repeats=1; seed=42; weights=latest; "
    "metrics=fid"
)
CLASSIFIER = INCEPTION.replace("Inception of 2015-12-05 (logits with biases)", "classifier of mnist")
WORKDIR = pathlib.Path("study")


def column(protocol=INCEPTION, score="fid", lower_is_better=True, ability=""):
    """A score that published ones may stand beside."""
    return Column(score, f"{score}_inception_0123abcd", score, score.upper(), ability, protocol, lower_is_better)


def study(trained, of=None, bad=()):
    """What was gathered and answered of (options without the seed, scores by seed).

    Args:
        trained: the settings, the best first.
        of: the column; FID by Inception of 10,000 MNIST images by default.
        bad: places of settings, each of which has one more training that diverged.
    """
    of = of or column()
    tasks, groups = [], []
    canonical = [settings.setting(Options.from_dict(options)) for options, _ in trained]
    varied = settings.differing(canonical)
    for place, (options, (_, values)) in enumerate(zip(canonical, trained, strict=True)):
        numbers = []
        for seed in values:
            numbers.append((WORKDIR, len(tasks)))
            tasks.append(Task(WORKDIR, len(tasks), {**options, "seed": seed}, seed, str(place), "done", 1, "", ()))
        own = {name: options[name] for name in varied}
        found = list(values.values())
        groups.append(
            Group(
                key=str(place), label=settings.label(own, varied), options=own, numbers=numbers, values=values,
                count=len(found), diverged=int(place in bad), failed=0, collapsed=0, unfinished=0, checkpoints=1,
                mean=statistics.mean(found) if found else None, median=None, deviation=None, interval=None, rank=None,
            )
        )  # fmt: skip
    labels = {group.key: group.label for group in groups}
    gathered = Gathered(tasks, [of], [*varied, "seed"], labels, "all done")
    return gathered, Answer(of, "last", "FID", groups, (), (), None, None, (), ())
