"""Task files: written once, read back, never silently mixed."""

import json
import os
import sys
import time

import pytest
from faults.damage import damaged_files

from compare_gan_tf2.errors import UserError
from compare_gan_tf2.files import replace_file
from compare_gan_tf2.task_folder import tasks

STUDY = """
from compare_gan_tf2.tasks import choice, log_uniform, random_search, uniform

def tasks(seed):
    return random_search(
        COUNT, seed, g_learning_rate=log_uniform(1e-5, 1e-2), beta1=uniform(0, 0.9), loss=choice("hinge", "wasserstein")
    )
"""


@pytest.fixture
def study(tmp_path):
    """A study file of a hundred tasks."""
    path = tmp_path / "study.py"
    path.write_text(STUDY.replace("COUNT", "100"))
    return str(path)


@pytest.mark.slow
def test_a_thousand_tasks_take_little_more_than_their_files_and_are_equal_to_the_byte(tmp_path, study):
    (tmp_path / "study.py").write_text(STUDY.replace("COUNT", "1000"))
    planned = tasks.plan(study, 3, {})

    def files_alone(folder):
        for task in planned:
            path = folder / str(task.number) / tasks.TASK_FILE
            path.parent.mkdir(parents=True)
            with replace_file(path) as file:
                file.write(task.to_json().encode())

    # Time of this process, the least of three: a busy machine is not the code's fault.
    ours, alone = [], []
    for turn in range(3):
        start = time.process_time()
        files_alone(tmp_path / f"alone{turn}")
        middle = time.process_time()
        tasks.write(tmp_path / f"run{turn}", tasks.plan(study, 3, {}))
        alone.append(middle - start)
        ours.append(time.process_time() - middle)
    assert min(ours) < 6 * min(alone)
    for task in planned:
        texts = {(tmp_path / f"run{turn}" / str(task.number) / tasks.TASK_FILE).read_bytes() for turn in range(2)}
        assert len(texts) == 1
    assert tasks.plan(study, 4, {}) != planned


def test_a_task_reads_back_as_it_was_written(tmp_path, study):
    planned = tasks.plan(study, 0, {"dataset": "mnist", "lambda": "3"})
    tasks.write(tmp_path, planned[:3])
    assert tasks.numbers(tmp_path) == [0, 1, 2]
    assert tasks.read(tmp_path, 2) == planned[2]
    assert planned[2].options.penalty_weight == 3.0


def test_drawn_values_stay_in_their_ranges(study):
    rates = [task.options.g_learning_rate for task in tasks.plan(study, 0, {})]
    assert 1e-5 <= min(rates) < 1e-4 and 1e-3 < max(rates) <= 1e-2


def test_a_grid_is_the_cross_product_and_its_first_name_varies_slowest():
    assert tasks.grid(b=[1, 2], a=["x", "y"], c=0) == [
        {"c": 0, "a": "x", "b": 1},
        {"c": 0, "a": "x", "b": 2},
        {"c": 0, "a": "y", "b": 1},
        {"c": 0, "a": "y", "b": 2},
    ]


def test_the_same_tasks_may_be_written_again_and_missing_ones_are_added(tmp_path, study):
    planned = tasks.plan(study, 0, {})[:4]
    tasks.write(tmp_path, planned[:2])
    tasks.write(tmp_path, planned)
    tasks.write(tmp_path, planned)
    assert tasks.numbers(tmp_path) == [0, 1, 2, 3]


def test_a_used_folder_with_other_tasks_is_refused_and_every_field_is_named(tmp_path, study):
    tasks.write(tmp_path, tasks.plan("quickstart", 0, {}))
    before = (tmp_path / "0" / tasks.TASK_FILE).read_bytes()
    with pytest.raises(UserError, match="loss is 'hinge', was 'non_saturating'.*seed is 5, was 0"):
        tasks.write(tmp_path, tasks.plan("quickstart", 0, {"loss": "hinge", "seed": 5}))
    with pytest.raises(UserError, match="experiment quickstart"):
        tasks.write(tmp_path, tasks.plan("test", 0, {}))
    assert (tmp_path / "0" / tasks.TASK_FILE).read_bytes() == before
    assert tasks.numbers(tmp_path) == [0]


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"task_num": 0, "experiment": "x"}', "\x00\x01"])
def test_an_unreadable_task_file_gives_one_line(tmp_path, text):
    path = tmp_path / "0" / tasks.TASK_FILE
    path.parent.mkdir()
    path.write_text(text)
    with pytest.raises(UserError) as caught:
        tasks.read(tmp_path, 0)
    assert str(path) in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize("count", [300, pytest.param(2000, marks=pytest.mark.slow)])
def test_no_damage_of_a_task_file_gives_another_task(count, tmp_path):
    (task, *_) = tasks.plan("quickstart", 0, {})
    tasks.write(tmp_path, [task])
    path = tmp_path / "0" / tasks.TASK_FILE
    same = 0
    for _, what in damaged_files([path], count):
        try:
            assert tasks.read(tmp_path, 0) == task, what
            same += 1
        except UserError as error:
            assert str(tmp_path) in str(error), what
    assert same <= 1  # without the last end of a line


def test_a_task_file_that_its_owner_changed_is_taken_without_its_checksum(tmp_path):
    (task, *_) = tasks.plan("quickstart", 0, {})
    tasks.write(tmp_path, [task])
    path = tmp_path / "0" / tasks.TASK_FILE
    path.write_text(path.read_text().replace('"batch_size": 64', '"batch_size": 32'))
    with pytest.raises(UserError, match=r'task\.json: it was changed .* remove the line with "sha256"'):
        tasks.read(tmp_path, 0)
    path.write_text("".join(line for line in path.read_text().splitlines(True) if "sha256" not in line))
    assert tasks.read(tmp_path, 0).options == task.options.replace(batch_size=32)


def test_an_unknown_option_in_a_task_file_is_named(tmp_path):
    path = tmp_path / "0" / tasks.TASK_FILE
    path.parent.mkdir()
    path.write_text(json.dumps({"format": 1, "task_num": 0, "experiment": "x", "options": {"los": "hinge"}}))
    with pytest.raises(UserError, match=r"task\.json.*'los'.*'loss'"):
        tasks.read(tmp_path, 0)


def test_a_missing_task_is_answered_with_those_that_exist(tmp_path, study):
    with pytest.raises(UserError, match="compare_gan_generate_tasks"):
        tasks.read(tmp_path, 0)
    tasks.write(tmp_path, tasks.plan(study, 0, {})[:3])
    with pytest.raises(UserError, match="tasks 0 to 2"):
        tasks.read(tmp_path, 3)


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("x = 1", "defines no tasks"),
        ("1/0", "in line 1: ZeroDivisionError"),
        ("import sys; sys.exit()", "SystemExit"),
        ("\ndef tasks(seed): return 1/0", "in line 2: ZeroDivisionError"),
        ("import json\n\njson.loads('{')", "in line 3: JSONDecodeError"),
        ("x = 1\ny = (", "in line 2: SyntaxError: '\\(' was never closed"),
        ("x = 1\n  y = 2", "in line 2: IndentationError"),
        ("\nraise ValueError('one\\n\\ntwo')", "in line 2: ValueError: one two"),
        ("\nimport broken_beside", "in line 2 in line 1 of .*broken_beside.py: SyntaxError"),
        ("# coding: nothing", "SyntaxError.*nothing"),
        ("tasks = [{}]", "defines no tasks"),
        ("def tasks(): return [{}]", "TypeError"),
        ("def tasks(seed): return []", "one or more"),
        ("def tasks(seed): return [1]", "dictionaries"),
        ("def tasks(seed): return [{'gan_type': ['GAN']}]", "gan_type"),
        ("def tasks(seed): return [{'seed': 1, 'tf_seed': 2}]", "given twice"),
    ],
)
def test_a_broken_experiment_file_gives_one_line(tmp_path, source, words):
    path = tmp_path / "broken.py"
    path.write_text(source)
    (tmp_path / "broken_beside.py").write_text("(")
    before = list(sys.path)
    with pytest.raises(UserError, match=words) as caught:
        tasks.plan(str(path), 0, {})
    assert "\n" not in str(caught.value) and sys.path == before


CLASSES = """
from __future__ import annotations
import dataclasses, enum, pickle, typing
from compare_gan_tf2.tasks import grid
import common_of_this_study

class Loss(str, enum.Enum):
    HINGE = "hinge"

class Steps(typing.NamedTuple):
    count: int

@dataclasses.dataclass(frozen=True)
class Setting:
    seed: int = 1
    loss: typing.ClassVar[Loss] = Loss.HINGE

if __name__ == "__main__":
    raise SystemExit("run as a program")

def tasks(seed):
    copied = pickle.loads(pickle.dumps(Setting(seed)))
    typing.get_type_hints(Setting)
    from common_of_this_study import STEPS
    return [{"loss": Setting.loss.value, "training_steps": Steps(STEPS).count, **dataclasses.asdict(copied)}]
"""


def test_a_file_with_classes_and_files_beside_it_is_read_as_python_would(tmp_path):
    for steps in (30, 40):
        folder = tmp_path / str(steps)
        folder.mkdir()
        (folder / "statistics.py").write_text(CLASSES)  # which is a module of Python, too
        (folder / "common_of_this_study.py").write_text(f"STEPS = {steps}")
        (task,) = tasks.plan(str(folder / "statistics.py"), 3, {})
        assert (task.options.seed, task.options.loss, task.options.training_steps) == (3, "hinge", steps)
    import statistics

    assert statistics.mean([1, 3]) == 2


def test_a_file_that_changes_within_a_second_is_read_anew_and_nothing_is_left_beside_it(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    path = tmp_path / "study.py"
    for seed in (1, 2):
        path.write_text(f"def tasks(seed): return [{{'seed': {seed}}}]")
        os.utime(path, (10**9, 10**9))
        assert tasks.plan(str(path), 0, {})[0].options.seed == seed
    assert [each.name for each in tmp_path.iterdir()] == ["study.py"]


def test_a_copied_task_folder_is_refused(tmp_path):
    tasks.write(tmp_path, tasks.plan("quickstart", 0, {}))
    (tmp_path / "1").mkdir()
    (tmp_path / "1" / tasks.TASK_FILE).write_bytes((tmp_path / "0" / tasks.TASK_FILE).read_bytes())
    with pytest.raises(UserError, match="task_num 0"):
        tasks.read(tmp_path, 1)


def test_an_override_in_an_old_name_wins_over_the_experiment():
    (task,) = tasks.plan("quickstart", 0, {"learning_rate": "0.5"})
    assert task.options.g_learning_rate == task.options.d_learning_rate == 0.5


OWN_STUDY = """
from compare_gan_tf2.tasks import grid

def tasks(seed):
    notes = {"source": "my table 3", "expected_fid": 7.5}
    return grid(loss=["hinge", "wasserstein"], seed=[seed, seed + 1], notes=notes)
"""


def test_a_short_file_is_a_study_with_notes(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text(OWN_STUDY.strip())
    assert len(path.read_text().splitlines()) <= 6
    planned = tasks.plan(str(path), 5, {"disc_iters": 2})
    assert [(task.options.loss, task.options.seed) for task in planned] == [
        ("hinge", 5),
        ("hinge", 6),
        ("wasserstein", 5),
        ("wasserstein", 6),
    ]
    assert all(task.notes == {"source": "my table 3", "expected_fid": 7.5} for task in planned)
    tasks.write(tmp_path / "run", planned)
    assert [tasks.read(tmp_path / "run", number) for number in range(4)] == planned
    content = json.loads(planned[0].to_json())
    assert content["notes"] == {"source": "my table 3", "expected_fid": 7.5} and "notes" not in content["options"]


def test_notes_decide_nothing(tmp_path):
    (task,) = tasks.plan("quickstart", 0, {})
    assert "notes" not in json.loads(task.to_json()) and task.notes == {}
    noted = tasks.Task(task.number, task.experiment, task.options, {"b": 1, "a": "x"})
    turned = tasks.Task(task.number, task.experiment, task.options, {"a": "x", "b": 1})
    assert noted == turned != task and noted.to_json() == turned.to_json() and hash(noted) == hash(turned)
    tasks.write(tmp_path, [noted])
    tasks.write(tmp_path, [task])
    assert tasks.read(tmp_path, 0) == noted


@pytest.mark.parametrize(
    ("notes", "words"),
    [
        ("[1]", "must be a dictionary"),
        ("{1: 2}", "must be a dictionary"),
        ("{'a': [1]}", "note 'a' is"),
        ("{'a': None}", "note 'a' is"),
        ("{'a': float('nan')}", "note 'a' is nan"),
    ],
)
def test_notes_that_json_would_not_give_back_are_refused(tmp_path, notes, words):
    path = tmp_path / "noted.py"
    path.write_text(f"def tasks(seed): return [{{'notes': {notes}}}]")
    with pytest.raises(UserError, match=words) as caught:
        tasks.plan(str(path), 0, {})
    assert "noted.py, task 0" in str(caught.value)


def test_damaged_notes_give_one_line(tmp_path):
    (task,) = tasks.plan("quickstart", 0, {})
    tasks.write(tmp_path, [task])
    path = tmp_path / "0" / tasks.TASK_FILE
    path.write_text(json.dumps(json.loads(path.read_text()) | {"notes": [1]}))
    with pytest.raises(UserError, match=r"task\.json.*notes"):
        tasks.read(tmp_path, 0)


def test_an_experiment_may_say_itself_what_is_missing(tmp_path):
    path = tmp_path / "choosy.py"
    path.write_text("from compare_gan_tf2.errors import UserError\ndef tasks(seed): raise UserError('no coffee')")
    with pytest.raises(UserError, match="choosy.py: no coffee$"):
        tasks.plan(str(path), 0, {})


def test_an_impossible_task_is_named_and_a_grid_can_leave_it_out(tmp_path):
    file = tmp_path / "mine.py"
    study = """
from compare_gan_tf2.tasks import grid, possible

def tasks(seed):
    crossed = grid(gan=["modular", "vae"], loss=["hinge", "none"], notes={"mine": 1})
    return FILTER(crossed)
"""
    file.write_text(study.replace("FILTER", "list"))
    with pytest.raises(UserError, match=r"task 1: option loss is none"):
        tasks.plan(str(file), 0, {})
    file.write_text(study.replace("FILTER", "possible"))
    planned = tasks.plan(str(file), 0, {})
    assert [(task.options.gan, task.options.loss) for task in planned] == [("modular", "hinge"), ("vae", "none")]


@pytest.mark.parametrize("name", ["=1+2", "+x", "-x", "@SUM", "a\x1b[1m", "a\nb", "\udcff"])
def test_the_name_of_a_study_is_no_formula_and_no_control_character_in_rows(tmp_path, name):
    path = tmp_path / f"{name}.py"
    path.write_text("def tasks(seed): return [{}]")
    with pytest.raises(UserError, match="a name has to begin with") as caught:
        tasks.plan(str(path), 0, {})
    assert "\n" not in str(caught.value)
    (tmp_path / "0").mkdir()
    content = json.loads(tasks.plan("quickstart", 0, {})[0].to_json()) | {"experiment": name}
    (tmp_path / "0" / tasks.TASK_FILE).write_text(json.dumps(content))
    with pytest.raises(UserError, match=r"task\.json: experiment"):
        tasks.read(tmp_path, 0)
