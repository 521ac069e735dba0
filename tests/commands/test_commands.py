"""The command line: one clear line and exit code 2 for every mistake, and the whole way from tasks to export."""

import json
import logging
import subprocess
import sys
import types

import pytest
from absl import flags

import compare_gan_tf2
from compare_gan_tf2 import progress
from compare_gan_tf2.commands import (
    _completion,
    _estimate,
    evaluate,
    generate_tasks,
    import_gin,
    import_weights,
    list_components,
    prepare_datasets,
    run_one_task,
    study,
)
from compare_gan_tf2.commands import _run as _run_helpers
from compare_gan_tf2.hub_export import save
from compare_gan_tf2.hub_export.load import load
from compare_gan_tf2.task_folder import score_table, tasks


def _run(command, *words):
    return command.main([command.__name__, *map(str, words)])


def _line(capsys):
    captured = capsys.readouterr()
    lines = [line for line in captured.err.splitlines() if line.startswith("error: ")]
    assert len(lines) == 1, captured.err
    return lines[0]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["--experiment", "quickstart"], ["--workdir is missing"]),
        (["--workdir", "w"], ["--experiment is missing"]),
        (["--workdir", "w", "--experiment", "quickstar"], ["quickstar", "did you mean 'quickstart'"]),
        (["--workdir", "w", "--experiment", "none.py"], ["none.py"]),
        (
            ["--workdir", "w", "--experiment", "test", "--set", "los=hinge"],
            ["'los'", "'loss'", "`compare_gan_list options`"],
        ),
        (["--workdir", "w", "--experiment", "test", "--set", "loss"], ["option=value"]),
        (["--workdir", "w", "--experiment", "test", "--set", "seed=1", "--set", "seed=2"], ["seed", "twice"]),
        (["--workdir", "w", "--experiment", "test", "--set", "width=-1"], ["width is -1.0", "(0, 16]"]),
        (["--workdir", "w", "--experiment", "test", "--seed", "x"], ["seed"]),
        (["--workdri", "w"], ["--workdri", "did you mean --workdir"]),
        (["--workdir", "w", "--loss=hinge"], ["loss is an option", "write --set loss=hinge"]),
        (["workdir"], ["unexpected argument 'workdir'"]),
        (["--workdir", "w", "seed=1"], ["unexpected argument 'seed=1'"]),
        (["--set", "loss=hinge", "--", "seed=1"], ["unexpected argument 'seed=1'"]),
        (["--workdir", "w", "--experiment", "test", "--set", "seed=1", "seed=2"], ["seed", "twice"]),
    ],
)
def test_generate_tasks_answers_mistakes_in_one_line(words, expected, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert _run(generate_tasks, *words) == 2
    line = _line(capsys)
    assert all(word in line for word in expected), line
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("first", [("--set", "width=0.5"), ("--set=width=0.5",)])
def test_several_options_stand_behind_one_set(first, tmp_path, capsys):
    words = ["--experiment", "quickstart", *first, "z_dim=8", "loss=hinge", "--workdir", tmp_path, "--set", "seed=5"]
    assert _run(generate_tasks, *words) == 0
    made = tasks.read(tmp_path, 0).options
    assert (made.width, made.z_dim, made.loss, made.seed) == (0.5, 8, "hinge", 5)


@pytest.mark.parametrize("command", [evaluate, generate_tasks, import_gin, import_weights, run_one_task])
def test_the_help_of_set_says_how_several_options_are_set(command, capsys):
    assert _run(command, "--help") == 0
    text = " ".join(capsys.readouterr().out.split())
    assert "to set several options: --set a=1 b=2" in text and "repeat" not in text
    assert _run(command, "--set", "loss=hinge", "seed=1") == 2
    assert "unexpected argument" not in _line(capsys)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ([], ["--workdir is missing"]),
        (["--workdir", "w"], ["--task_num is missing"]),
        (["--workdir", "w", "--task_num=1"], ["no task 1", "task 0"]),
        (["--workdir", "w", "--task_num=0", "--loss=hinge"], ["loss is an option of tasks", "generate_tasks"]),
        (["--workdir", "w", "--task_num=-1"], ["task_num"]),
        (["--workdir", "w", "--task_num=one"], ["task_num"]),
        (["--workdir", "x", "--task_num=0"], ["no task 0", "compare_gan_generate_tasks"]),
        (["--workdir", "w", "--task_num=0", "--command=trian"], ["trian", "train"]),
        (["--workdir", "w", "--task_num=0", "--strategy=tpus"], ["tpus", "mirrored"]),
        (["--workdir", "w", "--task_num=0", "--set=loss=hinge"], ["loss is not one of the evaluation", "metrics"]),
        (["--workdir", "w", "--task_num=0", "--command=train", "--metrics=fid"], ["for scoring", "train"]),
        (["--workdir", "w", "--task_num=0", "--metrics=fid", "--set=metrics=kid"], ["given twice"]),
        (["--workdir", "w", "--task_num=0", "--metrics=fidd"], ["'fidd'", "did you mean 'fid'"]),
        (["--workdir", "w", "--task_num=0", "--watch"], ["--watch is for --command=eval"]),
        (["--workdir", "w", "--task_num=0", "--command=eval"], ["no checkpoint", "--watch"]),
        (["--workdir", "w", "--task_num=0", "--dataset_root", "nowhere"], ["prepare_datasets.sh triangles", "nowhere"]),
        (["--workdir", "w", "--task_num=0", "--command=export"], ["no checkpoint"]),
        (["--workdir", "w", "--task_num=0", "--command=eval"], ["no checkpoint", "--command=train"]),
        (["--workdir", "w", "--task_num=0", "--export_step=bset"], ["bset", "best"]),
        (["--workdir", "w", "--task_num=0", "--export_step=best:fit"], ["unknown score 'fit'", "mean 'fid'", "recall"]),
        (["--workdir", "w", "--task_num=0", "--replicas=2"], ["mirrored"]),
        (["--workdir", "w", "--task_num=0", "--strategy=mirrored", "--replicas=5", "--dry_run"], ["divisible by 5"]),
        (["--workdir", "w", "--task_num=0", "--tpu=x"], ["--tpu is for --strategy=tpu", "one_device"]),
        (["--workdir", "w", "--task_num=0", "--cluster=slurm", "--strategy=tpu"], ["--cluster is for", "multi_worker"]),
        (["--workdir", "~nobody-of-this-name/w", "--task_num=0"], ["nobody-of-this-name"]),
    ],
)
def test_run_one_task_answers_mistakes_in_one_line(words, expected, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert _run(generate_tasks, "--workdir", "w", "--experiment", "quickstart") == 0
    before = sorted(str(path) for path in tmp_path.rglob("*"))
    assert _run(run_one_task, *words) == 2
    line = _line(capsys)
    assert all(word in line for word in expected), line
    assert sorted(str(path) for path in tmp_path.rglob("*") if not path.name.endswith(".claim")) == before


def test_an_unreadable_task_file_is_answered_in_one_line(tmp_path, capsys):
    (tmp_path / "0").mkdir()
    (tmp_path / "0" / tasks.TASK_FILE).write_text("{")
    assert _run(run_one_task, "--workdir", tmp_path, "--task_num=0") == 2
    assert tasks.TASK_FILE in _line(capsys)


@pytest.mark.parametrize(("words", "expected"), [([], ["triangles"]), (["mnits"], ["mnits", "did you mean 'mnist'"])])
def test_prepare_datasets_answers_mistakes_in_one_line(words, expected, tmp_path, capsys):
    assert _run(prepare_datasets, *words, "--dataset_root", tmp_path) == 2
    line = _line(capsys)
    assert all(word in line for word in expected), line


def test_the_lists_name_every_kind_and_option(capsys):
    assert _run(list_components) == 0
    text = capsys.readouterr().out
    for word in ("losses:", "hinge", "penalties:", "wgan_gp", "options:", "penalty_weight = 1.0", "[0, inf)"):
        assert word in text
    assert _run(list_components, "losses") == 0
    assert "options:" not in capsys.readouterr().out
    assert _run(list_components, "loses") == 2
    assert "did you mean 'losses'" in _line(capsys)


def test_a_name_shows_one_component_or_option(capsys):
    """Its formula, its paper, and how it is asked for."""
    assert _run(list_components, "hinge", "z_dim", "spectral") == 0
    text = " ".join(capsys.readouterr().out.split())
    for word in (
        "losses: hinge", "Lim and Ye 2017", "E[max(0, 1 - D(x))]", "use: --set loss=hinge",
        "options: z_dim", "default: 128", "[1, 65536]",
        "--set g_weight_normalization=spectral or --set d_weight_normalization=spectral",
    ):  # fmt: skip
        assert word in text, text
    assert _run(list_components, "hinge", "--json") == 0
    said = json.loads(capsys.readouterr().out)
    assert list(said) == ["hinge"] and said["hinge"]["losses"]["use"] == "--set loss=hinge"
    assert _run(list_components, "hing") == 2
    assert "did you mean 'hinge'" in _line(capsys)


@pytest.mark.parametrize("command", [list_components, study])
def test_every_command_says_its_version(command, capsys):
    assert _run(command, "--version") == 0
    assert capsys.readouterr().out == f"compare_gan_tf2 {compare_gan_tf2.__version__}\n"


def test_a_study_answers_unknown_flags_as_other_commands_do(tmp_path, capsys):
    assert _run(study, "new", tmp_path / "s", "--loss=hinge") == 2
    assert "write --set loss=hinge" in _line(capsys)
    assert _run(study, "new", tmp_path / "s", "--sed=3") == 2
    assert "did you mean --seeds" in _line(capsys)
    assert _run(study, "run", tmp_path / "s", "more") == 2
    assert "unexpected argument 'more'" in _line(capsys)
    assert not list(tmp_path.iterdir())


def test_quiet_leaves_results_and_errors(capsys):
    def work(words):
        progress.announce("this", 3600.0)
        with progress.Progress("this", 2) as bar:
            bar.advance(2)
        logging.getLogger("compare_gan_tf2").warning("careful")
        print("a result")

    values = flags.FlagValues()
    for words, said in ((["--quiet"], False), ([], True)):
        assert _run_helpers.run("", values, work, ["command", *words]) == 0
        captured = capsys.readouterr()
        assert captured.out == "a result\n"
        assert ("this will take" in captured.err) == ("this: step 2/2" in captured.err) == said
        assert logging.getLogger("compare_gan_tf2").isEnabledFor(logging.WARNING) == said
    assert _run_helpers.run("", values, work, ["command", "--quiet", "--unknown"]) == 2
    assert "unknown flag --unknown" in _line(capsys)


@pytest.mark.parametrize(
    ("words", "completed"),
    [
        (["compare_gan_generate_tasks", "--wor"], ["--workdir="]),
        (["compare_gan_generate_tasks", "--set", "los"], ["loss="]),
        (["compare_gan_generate_tasks", "--set", "loss", "=", "hi"], ["hinge"]),
        (["compare_gan_generate_tasks", "--set", "conditional", "="], ["false", "true"]),
        (["compare_gan_generate_tasks", "--experiment", "=", "quick"], ["quickstart"]),
        (["compare_gan_study", "arc"], ["archive"]),
        (["compare_gan_study", "run", "study", "--exp"], ["--export"]),
    ],
)
def test_a_shell_completes_flags_options_and_values(words, completed, completion):
    line = " ".join(f"'{word}'" for word in words)
    asked = f'COMP_WORDS=({line}); COMP_CWORD={len(words) - 1}; _compare_gan_complete; echo "${{COMPREPLY[@]}}"'
    done = subprocess.run(["bash", "-c", completion + asked], capture_output=True, text=True, check=True)
    assert set(completed) <= set(done.stdout.split()) and not done.stderr
    assert len(done.stdout.split()) <= len(completed) + 1


@pytest.fixture(scope="module")
def completion():
    return _completion.script("bash")


def test_help_shows_the_flags(capsys):
    assert _run(run_one_task, "--help") == 0
    text = capsys.readouterr().out
    assert all(flag in text for flag in ("--task_num", "--dry_run", "--quiet", "--version"))


@pytest.mark.usefixtures("cheap_scores")
def test_from_tasks_to_export_and_a_second_run_does_nothing(tmp_path, triangles, tiny, monkeypatch, capsys):
    monkeypatch.setattr(save, "_check_elsewhere", lambda folder, probes: None)
    workdir = tmp_path / "study"
    options = tiny.replace(architecture="mlp", width=0.05)
    changes = [f"--set={name}={value}" for name, value in options.to_dict().items()]
    assert _run(generate_tasks, "--workdir", workdir, "--experiment", "quickstart", *changes) == 0
    words = ["--workdir", workdir, "--task_num=0", "--dataset_root", triangles, "--cache_dir", tmp_path / "cache"]
    assert _run(run_one_task, *words, "--dry_run") == 0
    text = capsys.readouterr().out
    assert "12 generator steps" in text and "3 checkpoints with 64 images" in text and "MB" in text
    with monkeypatch.context() as patch:
        patch.setattr(_estimate, "_timings", lambda gan, done, steps: ([_estimate._Phase(steps, 0.01)], 0.01))
        assert _run(run_one_task, *words, "--dry_run", "--eval_every=2", "--eval_since=9") == 0
    text = capsys.readouterr().out
    assert "3 checkpoints\n" in text and "evaluation: 1 checkpoints" in text  # of steps 8 and 12 the latter
    assert "about 0:00:00 for training (10 ms a step) and 0:00:01 for generating the images to score" in text
    assert _run(run_one_task, *words, "--eval_since=13") == 2
    assert "--eval_since is 13, but the task has only 12 steps" in _line(capsys)
    assert sorted(path.name for path in (workdir / "0").iterdir()) == [tasks.TASK_FILE]

    assert _run(run_one_task, *words) == 0
    text = capsys.readouterr().out
    assert "training done: step 12" in text and "fid_classifier_polygons_" in text and "exported: " in text
    (module,) = (workdir / "0/export").iterdir()
    assert load(module).signatures["default"]
    rows = score_table.read_rows(workdir / "0")
    assert len(rows) == 3 and {(row["task"], row["experiment"]) for row in rows} == {("0", "quickstart")}
    machine = json.loads((workdir / "0/machine.json").read_text())
    assert machine["intra_op_threads"] > 0 and machine["xla"] is False
    files = {path: path.stat().st_mtime_ns for path in workdir.rglob("*") if path.is_file()}
    assert _run(run_one_task, *words) == 0
    assert {path: path.stat().st_mtime_ns for path in workdir.rglob("*") if path.is_file()} == files
    assert _run(run_one_task, *words, "--command=show") == 0
    assert "fid_classifier_polygons_" in capsys.readouterr().out

    path = workdir / "0" / tasks.TASK_FILE
    content = json.loads(path.read_text())
    content["options"]["loss"] = "hinge"
    content["options"]["seed"] = 9
    path.write_text(json.dumps(content))
    assert _run(run_one_task, *words) == 2 and "changed after it was written" in _line(capsys)
    del content["sha256"]
    path.write_text(json.dumps(content))
    for command in ("all", "train", "eval", "export"):
        assert _run(run_one_task, *words, f"--command={command}") == 2
        line = _line(capsys)
        assert "loss is 'hinge', was 'non_saturating'" in line and "seed is 9, was 0" in line


def test_classes_are_counted_and_named_from_the_data():
    def said(*names):
        return _run_helpers.classes(types.SimpleNamespace(class_names=names, num_classes=len(names)))

    assert said() == "without classes" and said("cat", "dog") == "2 classes: cat, dog"
    assert said("a\nb", "c") == "2 classes: a\\nb, c"
    many = said(*(f"n{i}" for i in range(300)))
    assert many.startswith("300 classes: n0, n1, ") and many.endswith("n18, n19, ... n299")


def test_exit_codes_reach_the_shell():
    code = "import sys; from compare_gan_tf2.commands.generate_tasks import main; sys.exit(main())"
    done = subprocess.run([sys.executable, "-c", code, "--workdir=w"], capture_output=True, text=True, check=False)
    assert done.returncode == 2 and done.stderr == (
        "error: --experiment is missing: name of an experiment, or a Python file that defines tasks(seed)\n"
    )


def test_a_published_task_whose_data_is_missing_is_written_and_says_what_to_prepare(tmp_path, capsys):
    workdir = tmp_path / "best"
    assert _run(generate_tasks, "--workdir", workdir, "--experiment", "best_models_sndcgan") == 0
    task = json.loads((workdir / "2/task.json").read_text())
    assert task["notes"]["expected_fid"] == 61.15 and task["options"]["dataset"] == "celeb_a_hq_128"
    capsys.readouterr()
    words = ["--workdir", workdir, "--task_num", 2, "--dataset_root", tmp_path / "data", "--cache_dir", tmp_path / "c"]
    assert _run(run_one_task, *words) == 2
    assert "prepare_datasets.sh celeb_a_hq_128" in _line(capsys)
    assert _run(run_one_task, *words, "--set=extractor=inception") == 2
    line = _line(capsys)
    assert "prepare_datasets.sh celeb_a_hq_128" in line and "--command=train" in line and "inception" in line
    assert _run(run_one_task, *words, "--command=train") == 2
    assert "prepare_datasets.sh celeb_a_hq_128" in _line(capsys)
    assert [path.name for path in (workdir / "2").iterdir()] == ["task.json"]
