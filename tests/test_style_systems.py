"""The command that compares style-based systems: every demonstration can be trained, and ends by its minutes."""

import pytest

from benchmarks import demonstrations, style_demos, style_systems
from compare_gan_tf2 import components
from compare_gan_tf2.options import Options, notices


@pytest.mark.parametrize("name", style_demos.names())
def test_a_demonstration_can_be_trained_and_scored(name):
    demo = style_demos.load(name)
    task = Options.from_dict(demo.options)
    assert set(demo.metrics.split(",")) <= set(components.names("metrics"))
    assert list(notices.lines(task)) == [] and task.dataset == "cifar10" and demo.minutes == 20
    # Minutes are looked at often, and steps do not end before them.
    assert task.save_every_steps == 50 and task.training_steps >= 20_000


def test_a_training_ends_with_the_part_in_which_its_minutes_are_over(monkeypatch, tmp_path):
    taken = []

    def train(task, folder, *, until, **_):
        taken.append(until)
        folder.mkdir(exist_ok=True)
        return {"state": "paused" if until < task.training_steps else "done", "step": until}

    spent = iter([100.0, 200.0, 2 * 60 * 20 + 1.0])
    monkeypatch.setattr("compare_gan_tf2.api.train", train)
    monkeypatch.setattr(demonstrations, "_spent", lambda folder: next(spent))
    monkeypatch.setattr(demonstrations, "_add_spent", lambda folder, seconds: None)
    demo = style_demos.load("stylegan2")
    assert demonstrations._train(demo, demo.options, 0, tmp_path / "task", None) == ("paused", 150)
    assert taken == [50, 100, 150]


def test_the_command_lists_its_demonstrations(capsys):
    assert style_systems.main(["--list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.partition(":")[0] for line in lines] == style_demos.names()
