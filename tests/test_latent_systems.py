"""The command that demonstrates systems with codes: what it does once, prints, and refuses."""

import csv
import dataclasses

import pytest

from benchmarks import demonstrations, latent_demos, latent_systems
from benchmarks.demo import Demo, Number
from compare_gan_tf2 import api, components
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.options import Options

DEMO = Demo(
    "made_up",
    "Codes find classes.",
    options={"training_steps": 800, "weight": 1.0, "networks_from": "{first}"},
    seeds=(0, 1, 2),
    stages={"first": {"training_steps": 80}},
    controls={"no_weight": {"weight": 0.0, "networks_from": None}},
    metrics="codes",
    numbers=(
        Number("accuracy", control="no_weight/accuracy", published=".95", expected="at least .75", least=0.75),
        Number("ratio", control="ratio_untrained", most=0.5),
    ),
)


@pytest.fixture
def carried_out(monkeypatch):
    """What was trained and measured, in place of doing it."""
    did = []

    def train(demo, options, seed, folder, dataset_root):
        did.append((folder.name, options))
        return "done", options["training_steps"]

    def measured(demo, name, folder, seed, step, dataset_root, finished):
        found = {"accuracy": 0.3 if name == "no_weight" else 0.7 + 0.1 * seed, "ratio": 0.6, "ratio_untrained": 1.0}
        return found

    monkeypatch.setattr(demonstrations, "_train", train)
    monkeypatch.setattr(demonstrations, "_measured", measured)
    monkeypatch.setattr(latent_demos, "names", lambda: ["made_up"])
    monkeypatch.setattr(latent_demos, "load", lambda name: DEMO)
    return did


@pytest.fixture
def run(tmp_path, capsys):
    def called(*flags):
        latent_systems.main([f"--table={tmp_path / 't.csv'}", f"--workdir={tmp_path}", *flags])
        return capsys.readouterr().out.splitlines()

    return called


def test_finished_trainings_are_rows_and_not_done_again(carried_out, run, tmp_path):
    lines = run()
    assert [name for name, _ in carried_out] == [
        f"{training}-{seed}" for seed in range(3) for training in ("first", "system", "no_weight")
    ]
    assert carried_out[1][1]["networks_from"] == str(tmp_path / "made_up/first-0/checkpoints/00000080")
    assert carried_out[2][1] == {"training_steps": 800, "weight": 0.0}
    assert lines[2:] == [
        "| made_up | accuracy | 0.8 | 3 | 0.3 (no_weight/accuracy) | .95 | at least .75 | yes |",
        "| made_up | ratio | 0.6 | 3 | 1 (ratio_untrained) |  |  | no |",
        "",
        "* made_up: accuracy minus no_weight/accuracy: mean over 3 seeds 0.5, 95 % interval by Student's t from 0.2516 "
        "to 0.7484",
    ]
    carried_out.clear()
    assert run() == lines and run("--report") == lines and not carried_out
    # One row is gone: its training alone is done again, after the stage that it builds on.
    with (tmp_path / "t.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    kept = [row for row in rows if (row["training"], row["seed"]) != ("system", "1")]
    (tmp_path / "t.csv").write_text("\n".join([",".join(rows[0]), *(",".join(row.values()) for row in kept), ""]))
    assert run() == lines and [name for name, _ in carried_out] == ["first-1", "system-1"]


def test_seeds_can_be_trained_apart(carried_out, run):
    run("--seed", "1, 2")
    assert {name[-1] for name, _ in carried_out} == {"1", "2"}
    carried_out.clear()
    run()
    assert {name[-1] for name, _ in carried_out} == {"0"}
    with pytest.raises(UserError, match="no demonstration has a seed '7'; there are 0, 1, 2"):
        run("--seed=7")


def test_a_row_of_other_options_is_refused(carried_out, run, monkeypatch):
    run()
    changed = dataclasses.replace(DEMO, controls={"no_weight": {"weight": 0.5, "networks_from": None}})
    monkeypatch.setattr(latent_demos, "load", lambda name: changed)
    with pytest.raises(UserError, match="made_up, no_weight, seed 0 is of other options"):
        run()


def test_a_control_that_diverged_is_a_row_without_numbers(carried_out, run, monkeypatch):
    monkeypatch.setattr(
        demonstrations,
        "_train",
        lambda demo, options, *more: ("diverged" if not options.get("weight", 1) else "done", 9),
    )
    lines = run()
    assert "| no_weight/accuracy |" in lines[2] and lines[2].endswith("| yes |") and len(lines) == 4
    monkeypatch.setattr(demonstrations, "_train", lambda *given: ("diverged", 9))
    with pytest.raises(UserError, match="stage first of made_up diverged at step 9"):
        run(f"--table={__file__}.none")


def test_differences_are_of_the_same_seed_and_of_other_trainings_alone():
    rows = {
        ("made_up", training, seed): {"numbers": f"accuracy={value} ratio=1 ratio_untrained=0"}
        for training, values in (("system", {0: 1.0, 1: 5.0, 2: 9.0}), ("no_weight", {1: 4.0, 2: 10.0}))
        for seed, value in values.items()
    }
    (line,) = demonstrations.differences(DEMO, rows)
    # Of 1 and -1: deviation sqrt 2, over sqrt 2, and t of one degree of freedom, 12.706.
    assert "over 2 seeds 0, 95 % interval by Student's t from -12.71 to 12.71" in line
    del rows["made_up", "no_weight", 2]
    assert not [*demonstrations.differences(DEMO, rows)]


def test_a_number_is_as_expected_within_its_bounds_and_unknown_without():
    assert Number("n").is_as_expected(1.0, 1.0) is None
    assert Number("n", least=1.0).is_as_expected(1.0) and not Number("n", least=1.0).is_as_expected(float("nan"))
    below = Number("n", control="c", most_more=-0.5)
    assert below.is_as_expected(1.0) is None
    assert below.is_as_expected(1.0, 1.5) and not below.is_as_expected(1.0, 1.4)
    assert Number("n", least_more=1.0).is_as_expected(2.0, 1.0) and not Number("n", least_more=1.0).is_as_expected(
        1.9, 1
    )
    times = Number("n", most=2.0, most_times=1.2)
    assert [times.is_as_expected(*each) for each in ((1.2, 1.0), (1.3, 1.0), (2.1, 9.0))] == [True, False, False]


def test_seeds_may_draw_labels_of_their_own_and_rows_of_the_same_ones_are_others(monkeypatch, tmp_path):
    seen = []
    monkeypatch.setattr(api, "train", lambda task, *more, **others: seen.append(task) or {"state": "done", "step": 1})
    for draws in (False, True):
        demo = dataclasses.replace(DEMO, draws_labels=draws)
        demonstrations._train(demo, {"dataset": "mnist", "gan": "sgan", "labels_per_class": 10}, 3, tmp_path, None)
    assert [(task.seed, task.label_seed) for task in seen] == [(3, 0), (3, 3)]
    drawn = dataclasses.replace(DEMO, draws_labels=True)
    assert demonstrations.digest(DEMO, {}) != demonstrations.digest(drawn, {})


def test_demonstrations_are_listed_and_unknown_ones_named(carried_out, run):
    assert run("--list") == ["made_up: Codes find classes. (3 x first, system, no_weight)"]
    with pytest.raises(UserError, match="no demonstration 'other'; there are made_up"):
        run("--system=made_up,other")


@pytest.mark.parametrize("name", latent_demos.names())
def test_a_demonstration_has_options_and_metrics_that_there_are(name):
    demo = latent_demos.load(name)
    known = {each for kind in ("metrics", "model_metrics", "paired_metrics") for each in components.names(kind)}
    assert {*demo.metrics.split(",")} - {""} <= known and demo.numbers
    for options in demo.trainings.values():
        # A checkpoint of an earlier stage, which is not there yet.
        placed = {option: "/stage/1" if str(value).startswith("{") else value for option, value in options.items()}
        Options.from_dict(placed)


def test_what_a_demonstration_may_not_say():
    with pytest.raises(ValueError, match="takes 41 minutes"):
        dataclasses.replace(DEMO, minutes=41)
    with pytest.raises(ValueError, match="two trainings system"):
        dataclasses.replace(DEMO, controls={"system": {}})
    with pytest.raises(ValueError, match="stage first is scored by nothing"):
        dataclasses.replace(DEMO, numbers=(Number("accuracy", control="first/accuracy"),))
