"""Studies of tasks that nobody had to train."""

import json
import types

import pytest

from compare_gan_tf2.task_folder import checkpoints, score_table, tasks
from compare_gan_tf2.task_folder.protocol import Protocol

FIXED = {"dataset": "triangles", "training_steps": 40, "save_every_steps": 20, "metrics": "fid,kid"}


def made(workdir, **varied):
    """A study of these values, two seeds each."""
    # Imported late: fake workers, which are started again and again, import this file for other things.
    from compare_gan_tf2.studies import making
    from compare_gan_tf2.studies.study import Request

    values = {name: tuple(each) for name, each in varied.items()}
    return making.make(workdir, Request(fixed=FIXED, varied=values, seeds=(0, 1), threads=1))


def checkpoint(folder, step, **files):
    """A checkpoint without weights, of 100 bytes beside its options."""
    place = checkpoints.path(folder, step)
    place.mkdir(parents=True, exist_ok=True)
    for name, text in {"options.json": "{}", "weights.index": "x" * 100, **files}.items():
        (place / name).write_text(text)


def row(
    folder, step, status="ok", protocol="data=triangles; weights=latest", metrics=("fid", "kid"), changes=None, **scores
):
    """A row of scores as an evaluation leaves it, with the task's own options but for some changes."""
    options = tasks.read(folder.parent, int(folder.name)).options.replace(**changes or {})
    score_table.add_row(
        folder, score_table.new_row(step, status, scores, Protocol.parse(protocol), options, metrics, {})
    )


def said(folder, state, step, **more):
    """What a training says of itself."""
    (folder / "status.json").write_text(json.dumps({"state": state, "step": step, **more}))


def finished(folder, fids=(5.0, 3.0)):
    """A task that is trained and scored."""
    said(folder, "done", 40)
    for step, fid in zip((20, 40), fids, strict=True):
        checkpoint(folder, step)
        row(folder, step, fid=fid, kid=fid)


@pytest.fixture
def run(capsys):
    """Calls the command; gives its code and what it printed."""
    from compare_gan_tf2.commands import study as command

    def call(*arguments):
        code = command.main(["compare_gan_study", *map(str, arguments)])
        return types.SimpleNamespace(code=code, **dict(zip(("out", "err"), capsys.readouterr(), strict=True)))

    return call


@pytest.fixture
def timed(monkeypatch):
    """Kinds that were to be timed."""
    from studies.timings import TIMINGS

    from compare_gan_tf2.studies import timing

    asked = []

    def answer(kinds, order):
        asked.append((kinds, order))
        return 5.0, [TIMINGS for _ in kinds]

    monkeypatch.setattr(timing, "_timed", answer)
    return asked
