"""The usual output of every command at 80 and 120 columns, kept as text in tests/commands/output.

What takes long to compute (trainings, scores, modules) is replaced by a result that is known; all that is printed of it
is the commands' own. To renew the files after a wanted change, and look at the difference:

    RENEW_OUTPUT=1 python -m pytest tests/commands/test_usual_output.py; git diff tests/commands/output
"""

import dataclasses
import json
import os
import pathlib
import re
import shlex
import shutil
import sys
import types

import pytest
from studies.conftest import checkpoint, finished, made, row, said
from studies.timings import TIMINGS

from compare_gan_tf2.commands import (
    _run,
    evaluate,
    export,
    generate_tasks,
    import_gin,
    import_weights,
    list_components,
    prepare_datasets,
    run_one_task,
    sample,
    study,
    train_extractor,
    translate,
)
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.studies import state, timing
from compare_gan_tf2.studies.engines import Summary
from compare_gan_tf2.task_folder import score_table, tasks

KEPT = pathlib.Path(__file__).parent / "output"
GIN = pathlib.Path(__file__).parents[1] / "compare_gan_v3/gin/biggan_imagenet128.gin"
EXTRACTOR = "classifier_triangles_5c1f0a1b"
PROTOCOL = (
    "data=triangles test 93a0e0d1; extractor=classifier of triangles, test accuracy 0.9871, weights 5c1f0a1b; "
    "resize=none; quantisation=none; real=1000; generated=1000; repeats=1; seed=42; weights=latest; statistics=moving; "
    "metrics=density_coverage (k=5); fid; inception_score; kid (blocks of at most 1024); polygon_manifold; "
    "precision_recall (k=3)"
)
SCORES = {
    "density": (0.2310001, 0.512, 0.508),
    "coverage": (0.118, 0.402, 0.451),
    "fid": (181.25678, 62.512345, 64.75),
    "inception_score": (1.25, 2.125, 2.25),
    "kid": (0.25101, 0.1201, 0.1189),
    "kid_standard_error": (0.004, 0.002, 0.002),
    "polygon_precision": (0.01, 0.25, 0.27),
    "polygon_recall": (0.02, 0.31, 0.33),
    "polygon_median_distance": (0.5, 0.125, 0.117),
    "precision": (0.31, 0.62, 0.6),
    "recall": (0.05, 0.21, 0.25),
}
# What differs from run to run.
VARYING = (
    (re.compile(r"[\d.]+ kB: study.zip"), "N kB: study.zip"),
    (re.compile(r'"seconds_since": [\d.]+'), '"seconds_since": N'),
    (re.compile(r"[\d.]+ \w+ free"), "N free"),
    (re.compile(r"[\d.,]+ (pictures/s|s per picture)"), "N pictures/s"),
    (re.compile(r'"size": \d+(?=, "file")'), '"size": N'),
)


def scores(number):
    return {
        name if name.startswith("polygon") else f"{name}_{EXTRACTOR}": values[number] for name, values in SCORES.items()
    }


def a_study(workdir):
    """Eight tasks in several states."""
    made(workdir, d_weight_normalization=["none", "spectral"], loss=["hinge", "wasserstein"])
    for number in ("0", "1"):
        finished(workdir / number)
    said(workdir / "2", "diverged", 33)
    row(workdir / "2", 33, "diverged")
    failure = {"line": "data set triangles is not prepared", "host": "node1", "log": "study/3/log.txt"}
    (workdir / "3" / "failure.json").write_text(json.dumps(failure))


def a_task(workdir):
    """A task with three scored checkpoints."""
    generate_tasks.main(["", f"--workdir={workdir}", "--experiment=quickstart"])
    folder, options = workdir / "0", tasks.read(workdir, 0).options
    for number, step in enumerate((500, 1000, 1500)):
        checkpoint(folder, step, **{"options.json": json.dumps(options.to_dict())})
        row(folder, step, protocol=PROTOCOL, **scores(number))


def a_run(workdir, plan):
    """In place of an engine's: what is not over goes well."""
    numbers = tasks.numbers(workdir) if plan.numbers is None else plan.numbers
    for number in numbers:
        if not state.of_task(workdir / str(number)).is_over:
            finished(workdir / str(number), fids=(5.0, 2.0 + tasks.read(workdir, number).options.seed / 4))
    diverged = tuple(number for number in numbers if state.of_task(workdir / str(number)).state == "diverged")
    return Summary(tuple(numbers), diverged=diverged)


def a_module(path):
    path.mkdir()
    return path


def a_translator():
    """In place of a module's ability."""
    ability = types.SimpleNamespace(name="translate_ab", latents=None, takes_seed=False, shape=(32, 32, 1))
    return types.SimpleNamespace(
        ability=ability, direction="outlines -> filled", pixels_at_once=lambda size: 1024, tiling=None
    )


class UnreadableError(UserError):
    """As `hub_export.translate` has it."""


def a_size(path):
    """Of what ends in .png."""
    if path.suffix != ".png":
        raise UnreadableError("not a readable picture: cannot identify image file")
    return 32, 32


def pictures(path):
    """A folder of three, and of notes on them."""
    path.mkdir()
    for name in ("house.png", "tree.png", "car.png", "notes.txt"):
        (path / name).touch()


COMMANDS = {
    "compare_gan_study": (
        study,
        [
            "new fresh --dataset triangles --vary loss=hinge,wasserstein --seeds 3 --threads 1",
            "new fresh --dataset triangles --vary loss=minimax --seeds 3",
            "new fresh --vary loss=minimax --seeds 3 --json",
            "status study",
            "status study --json",
            "clean study",
            "clean study --dry_run --json",
            "archive study study.zip",
            "archive study again.zip --json",
            "best study",
            "best study --json",
            "run study --dry_run --jobs 2",
            "run study",
            "run study --json",
            "confirm study --top 2 --seeds 3",
            "confirm study --top 2 --seeds 3 --json",
            "new fresh --dataset triangle",
        ],
    ),
    "compare_gan_generate_tasks": (
        generate_tasks,
        ["--workdir=a --experiment=quickstart", "--workdir=b --experiment=quickstart --json", "--workdir=a"],
    ),
    "compare_gan_run_one_task": (
        run_one_task,
        [
            "--workdir=tasks --task_num=0",
            "--workdir=tasks --task_num=0 --command=show",
            "--workdir=tasks --task_num=0 --command=show --json",
            "--workdir=tasks --task_num=7",
        ],
    ),
    "compare_gan_evaluate": (
        evaluate,
        [
            "--real=triangles --generated=module --output=scores.csv",
            "--real=triangles --generated=module --json",
            "--real=triangles --generated=module --metrics=fid,kid --truncation=2,1,0",
            "--real=triangles --generated=module --truncation=1,x",
            "--real=triangles",
        ],
    ),
    "compare_gan_export": (
        export,
        ["--workdir=tasks --task_num=0", "--workdir=tasks --task_num=0 --json", "--workdir=tasks"],
    ),
    "compare_gan_sample": (sample, ["module", "module --kind=files --json", "''"]),
    "compare_gan_list": (list_components, ["losses", "weight_normalizations --json", "recipes", "loses"]),
    "compare_gan_prepare_datasets": (
        prepare_datasets,
        ["--list triangles mnist --dataset_root=data", "--list triangles --dataset_root=data --json", ""],
    ),
    "compare_gan_train_extractor": (
        train_extractor,
        [
            "--dataset=fake --output=judge.npz",
            "--dataset=fake --output=judge.npz --json",
            "--dataset=triangles --output=judge.npz",
        ],
    ),
    "compare_gan_translate": (
        translate,
        [
            "module pictures filled",
            "module pictures filled",
            "module pictures filled --overwrite --json",
            "module pictures pictures/filled",
            "module pictures",
        ],
    ),
    "compare_gan_import_gin": (
        import_gin,
        ["model.gin --workdir=old", "none.gin"],
    ),
    "compare_gan_import_weights": (
        import_weights,
        [
            "--workdir=w --task_num=0 --source=model.ckpt-40000",
            "--workdir=w --task_num=0 --source=model.ckpt-40000 --json",
            "--workdir=w --task_num=0",
        ],
    ),
}


class _Weights:
    """Of a trained classifier."""

    metadata = {"test_accuracy": 0.98712, "test_images": 2000}
    arrays = {"dense": types.SimpleNamespace(size=123456)}
    short_hash = "5c1f0a1b"

    def write(self, path):
        path.write_bytes(b"x" * 1000)


@dataclasses.dataclass
class _Imported:
    """Of weights that came from elsewhere."""

    checkpoint: str = "w/0/checkpoints/40000"
    step: int = 40000
    filled: dict = dataclasses.field(default_factory=lambda: {"generator": 41, "discriminator": 25})
    generator: str = "average"
    skipped: tuple = ("global_step",)


@pytest.fixture
def computed(monkeypatch, tmp_path):
    """Results in place of what computes them; TensorFlow is not needed."""
    monkeypatch.setattr(_run, "start_tensorflow", lambda: None)
    evaluated = {name: repr(value) for name, value in scores(1).items()}
    for name, content in {
        "training.loop": {"train": lambda *_, **__: {"state": "done", "step": 1500}},
        "evaluation.task": {
            "changed": dict,
            "check_scores": lambda *_: None,
            "evaluate": lambda folder, **_: score_table.read_rows(folder),
        },
        "evaluation.images": {
            "DIRECTION": "direction",
            "TRUNCATION": "truncation",
            "evaluate_images": lambda *_, truncation=0, **__: {
                "status": "ok",
                **evaluated,
                "protocol": PROTOCOL,
                **({"truncation": repr(truncation)} if truncation else {}),
            },
        },
        "runtime.distribution": {
            "create": lambda *_, **__: None,
            "check_batch": lambda *_: None,
            "describe": lambda _: "CPU",
            "workers": lambda _: (0, 1),
        },
        "hub_export.save": {"export": lambda folder, **_: folder / "export" / "1000"},
        "hub_export.load": {"load": lambda *_, **__: None},
        "hub_export.sample": {
            "facts": lambda _: None,
            "grid": lambda *_, **__: None,
            "require_new": lambda _: None,
            "write_files": lambda *_, **__: None,
        },
        "hub_export.filling": {},
        "hub_export.targets": {},
        "hub_export.translate": {
            "memory_for": lambda *_: 0,
            "translator_of": lambda *_: a_translator(),
            "size_of": a_size,
            "UnreadableError": UnreadableError,
            "fits": lambda *_: True,
            "read": lambda _: types.SimpleNamespace(alpha=None, colors=None),
            "seed_of": lambda *_, **__: 0,
            "translated": lambda *_, **__: None,
            "encoded": lambda _: b"\x89PNG\r\n\x1a\n",
            "is_constant": lambda _: False,
        },
        "studies.engines.local": {"run": a_run},
        "task_folder.machine": {"take_threads": lambda _: None},
        "task_folder.status": {"read_status": lambda _: {}},
        "task_folder.grids": {"encode_png": lambda _: b"\x89PNG\r\n\x1a\n"},
        "extractors.classifier_training": {"train": lambda *_, **__: _Weights()},
        "style_weights.tasks": {"import_weights": lambda *_, **__: _Imported()},
    }.items():
        replace(monkeypatch, f"compare_gan_tf2.{name}", content)
    monkeypatch.setattr(timing, "_timed", lambda kinds, order: (5.0, [TIMINGS for _ in kinds]))
    errors = types.SimpleNamespace(ResourceExhaustedError=MemoryError)
    determinism = types.SimpleNamespace(enable_op_determinism=lambda: None)
    replace(monkeypatch, "tensorflow", {"errors": errors, "config": types.SimpleNamespace(experimental=determinism)})


def replace(monkeypatch, name, content):
    """Has a module be something else where it is imported from now on."""
    module = types.ModuleType(name)
    vars(module).update(content)
    monkeypatch.setitem(sys.modules, name, module)
    package, _, own = name.rpartition(".")
    if package in sys.modules:
        monkeypatch.setattr(sys.modules[package], own, module, raising=False)


@pytest.mark.parametrize("columns", [80, 120])
@pytest.mark.parametrize("name", COMMANDS)
def test_the_usual_output_is_as_kept_and_fits(name, columns, computed, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", str(columns))
    if name == "compare_gan_import_gin":
        pytest.importorskip("gin", reason="extra gin is not installed")
        shutil.copy(GIN, "model.gin")
    a_study(pathlib.Path("study"))
    a_task(pathlib.Path("tasks"))
    a_task(pathlib.Path("w"))
    a_module(pathlib.Path("module"))
    pictures(pathlib.Path("pictures"))
    command, lines = COMMANDS[name]
    text = ""
    for words in lines:
        capsys.readouterr()
        code = command.main([name, *shlex.split(words)])
        out, err = capsys.readouterr()
        text += f"$ {name} {words}\n{out}{err}" + (f"(exit code {code})\n" if code else "") + "\n"
    for pattern, replacement in VARYING:
        text = pattern.sub(replacement, text)
    kept = KEPT / f"{name}-{columns}.txt"
    if os.environ.get("RENEW_OUTPUT"):
        kept.write_text(text, encoding="utf-8")
    assert text == kept.read_text(encoding="utf-8"), f"wanted? Renew: {__doc__.splitlines()[-2].strip()}"
    assert [line for line in text.splitlines() if len(line) > columns and not may_be_long(line)] == []


def may_be_long(line):
    """What is for programs, one line on standard error, or what was typed."""
    return line.startswith(("{", "[", "$ ", "error: "))
