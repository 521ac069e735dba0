"""The command that demonstrates systems from image to image: every demonstration can be trained and scored."""

import dataclasses

import pytest

from benchmarks import demonstrations, translation, translation_demos
from benchmarks.demo import SYSTEM, Demo, Number
from compare_gan_tf2 import api, components
from compare_gan_tf2.evaluation import abilities
from compare_gan_tf2.options import Options


@pytest.mark.parametrize("name", translation_demos.names())
def test_a_demonstration_asks_for_what_its_trainings_have(name):
    demo = translation_demos.load(name)
    known = {each for kind in ("metrics", "model_metrics", "paired_metrics") for each in components.names(kind)}
    asked = demonstrations._named(demo)
    for training, options in demo.trainings.items():
        metrics = set(demo.metrics_of.get(training, demo.metrics).split(","))
        task = Options.from_dict(options)
        assert metrics - {""} <= known
        scored = {f"{each}/" for each in abilities.scored(task)}
        of_abilities = {each for each in asked.get(training, ()) if "/" in each}
        assert {each.rpartition("/")[0] + "/" for each in of_abilities} <= scored
        for ability in of_abilities:
            name, _, score = ability.rpartition("/")
            of = abilities.dataset_of(task, name)
            there = abilities.paired(task.replace(metrics=",".join(metrics)), of, name, abilities.has(task, name))
            scores = {
                each for metric in {*there, *metrics & {*components.names("metrics")}} for each in _scores(metric)
            }
            assert score in scores, (training, name, scores)


def _scores(metric):
    kind = next(kind for kind in ("metrics", "paired_metrics") if metric in components.names(kind))
    said = components.facts(kind, metric)["LOWER_IS_BETTER"]
    return {*said} if isinstance(said, dict) else {metric, f"{metric}_5"}


def test_the_quickstarts_scores_need_no_trained_network():
    (task,) = components.load("experiments", "translation_quickstart").tasks(3)
    assert task["extractor"] == "pixels" and task["seed"] == 3
    assert abilities.scored(Options.from_dict(task)) == ("translate",)


def test_of_a_control_only_what_is_read_beside_is_asked(monkeypatch, tmp_path):
    demo = Demo(
        "made_up",
        "Fills.",
        options={"gan": "pix2pix"},
        controls={"baseline": {"gan": "baseline"}},
        metrics="hues,l1",
        metrics_of={"baseline": "l1"},
        numbers=(
            Number("translate/l1", control="baseline/translate_nearest_neighbor/l1"),
            Number("translate/hue_coverage", least=5.0),
        ),
    )
    asked = []

    def evaluate(folder, *, dataset_root, changes, since):
        asked.append(changes["metrics"])
        ability = "translate_nearest_neighbor" if folder.name == "baseline" else "translate"
        hues = {"hue_coverage": "6"} if folder.name == SYSTEM else {}
        return [{"step": "9", "ability": ability, "status": "ok", "l1": "0.25", **hues, "protocol": ""}]

    monkeypatch.setattr(api, "evaluate", evaluate)
    found = {
        name: demonstrations._measured(demo, name, tmp_path / name, 0, 9, None, {}) for name in (SYSTEM, "baseline")
    }
    assert found == {
        SYSTEM: {"translate/hue_coverage": 6.0, "translate/l1": 0.25},
        "baseline": {"translate_nearest_neighbor/l1": 0.25},
    }
    assert asked == ["hues,l1", "l1"]
    others = dataclasses.replace(demo, metrics_of={})
    assert demonstrations.digest(demo, {}) != demonstrations.digest(others, {})


def test_a_baseline_is_made_at_once_and_a_system_from_checkpoint_to_checkpoint(monkeypatch, tmp_path):
    pauses = []

    def train(task, folder, *, until, **others):
        pauses.append(until)
        return {"state": "done" if until in (None, task.training_steps) else "paused", "step": until or 0}

    monkeypatch.setattr(api, "train", train)
    demo = translation_demos.load("pix2pix")
    for training in ("baseline", SYSTEM):
        demonstrations._train(demo, demo.trainings[training], 0, tmp_path, None)
    # At its checkpoints.
    assert pauses == [None, 1000, 2000, 3000]


def test_what_is_not_prepared_is_left_out_unless_it_is_asked_for(monkeypatch, tmp_path, capsys):
    done = []
    monkeypatch.setattr(demonstrations, "_carry_out", lambda demo, *_: done.append(demo.name))
    monkeypatch.setattr(translation_demos, "names", lambda: ["emoji", "pix2pix"])
    words = ["--dataset_root", str(tmp_path), "--table", str(tmp_path / "t.csv")]
    assert translation.main(words) == 0
    said = capsys.readouterr().err
    assert done == ["pix2pix"] and "emoji is left out: " in said and "prepare_datasets.sh emoji" in said
    assert translation.main([*words, "--system", "emoji"]) == 0 and done == ["pix2pix", "emoji"]


def test_the_command_lists_its_demonstrations(capsys):
    assert translation.main(["--list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.partition(":")[0] for line in lines] == translation_demos.names()
    assert translation.TABLE.name == "translation.csv"
