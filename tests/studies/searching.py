"""Searches whose trainings are a formula."""

import json

from studies.conftest import row, said

from compare_gan_tf2.studies import searching
from compare_gan_tf2.studies.engines import Summary
from compare_gan_tf2.studies.study import Request
from compare_gan_tf2.task_folder import tasks

FILE = """
from compare_gan_tf2 import searches
from compare_gan_tf2.tasks import choice, log_uniform, uniform

search = searches.{search}


def space():
    return {{
        "dataset": "triangles",
        "metrics": "fid",
        "training_steps": 36,
        "save_every_steps": 4,
        "beta1": {beta1},
        "g_learning_rate": log_uniform(1e-5, 1e-2),
        "penalty": choice("none", "wgan_gp"),
        "penalty_weight": log_uniform(0.1, 100.0, when="penalty!=none"),
    }}
{more}"""


def write(path, search="random(rounds=3, batch=4)", beta1="uniform(0.0, 0.9)", more=""):
    """A study file with a search."""
    path.write_text(FILE.format(search=search, beta1=beta1, more=more))
    return path


def begin(workdir, path, **request):
    """A study of this file."""
    return searching.make(workdir, Request(source=str(path), threads=1, **request))


def fid(options):
    """Least near a rate of 1e-3, without a penalty, for beta1 = 0.2; a seed moves it."""
    from math import log10

    penalty = 0.0 if options.penalty == "none" else 1.0 + abs(log10(options.penalty_weight))
    return 10.0 * (1.0 + (log10(options.g_learning_rate) + 3.0) ** 2 + penalty + options.beta1) + 0.1 * options.seed


class Trainer:
    """An engine that scores tasks by a formula, each once; `diverges` says of options whether their training does."""

    def __init__(self, score=fid, dies_after=None, diverges=lambda options: False, backwards=False):
        self.score, self.dies_after, self.diverges, self.backwards = score, dies_after, diverges, backwards
        self.trained = []

    def run(self, workdir, plan):
        for number in sorted(plan.numbers, reverse=self.backwards):
            folder, options = workdir / str(number), tasks.read(workdir, number).options
            step = plan.until or options.training_steps
            status = folder / "status.json"
            if (
                status.exists()
                and (there := json.loads(status.read_text()))["step"] >= step
                or (status.exists() and there["state"] == "diverged")
            ):
                continue
            if self.dies_after is not None and len(self.trained) >= self.dies_after:
                raise KeyboardInterrupt
            self.trained.append((number, step))
            if self.diverges(options):
                row(folder, step, "diverged", metrics=("fid",))
                said(folder, "diverged", step)
            else:
                row(folder, step, metrics=("fid",), fid=self.score(options))
                said(folder, "done" if step == options.training_steps else "paused", step)
        return Summary(done=tuple(plan.numbers))
