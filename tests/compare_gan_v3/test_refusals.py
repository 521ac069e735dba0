"""Weights that do not fit and files that hold none: one line, and nothing is written."""

import json
import shutil
import subprocess
import sys

import numpy as np
import pytest
from compare_gan_v3 import v3_graph
from compare_gan_v3.models import PLAIN, STEP, options_of

from compare_gan_tf2 import processes
from compare_gan_tf2.claims import claim
from compare_gan_tf2.commands import import_weights as command
from compare_gan_tf2.compare_gan_v3.tasks import export_weights, import_weights
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.task_folder import checkpoints, tasks


def _without(*endings):
    return lambda values: {name: value for name, value in values.items() if not name.endswith(endings)}


def _with(**changed):
    return lambda values: values | {name.replace("__", "/"): value for name, value in changed.items()}


def _turned(values):
    return values | {"discriminator/d_conv2/kernel/u_var": values["discriminator/d_conv2/kernel/u_var"].T}


def _not_finite(values):
    kernel = values["generator/g_dc1/kernel"].copy()
    kernel[0, 0, 0, 0] = np.inf
    return values | {"generator/g_dc1/kernel": kernel}


ERRORS = {
    "missing": (
        "plain", _without("g_fc1/bias", "g_bn2/moving_mean"), [],
        ["do not fit the generator of dcgan", "2 missing (generator/g_bn2/moving_mean, generator/g_fc1/bias)"],
    ),
    "many missing": ("plain", _without("bias"), [], ["5 missing", "generator/g_dc1/bias", "generator/g_fc1/bias)"]),
    "very many missing": ("plain", _without("kernel", "bias"), [], ["10 missing (", "g_dc3/bias and 5 more)"]),
    "left over": (
        "plain", _with(discriminator__d_fc5__bias=np.zeros(1)), [],
        ["do not fit the discriminator of dcgan", "1 left over (discriminator/d_fc5/bias)"],
    ),
    "of another shape": (
        "plain", _with(generator__g_fc1__bias=np.zeros(3)), [],
        ["1 of another shape (generator/g_fc1/bias is [3], and [256] here)"],
    ),
    "of another side": (
        "plain", _turned, [],
        ["kernel/u_var is [1, 200], and [200, 1] here (option spectral_side decides)"],
    ),
    "not finite": ("plain", _not_finite, [], ["1 not finite (generator/g_dc1/kernel)"]),
    "never filled": ("accumulators", v3_graph.unfilled, [], ["accu_counter is 1e-12", "never filled"]),
    "without counter": (
        "accumulators", _without("g_bn3/accu/accu_counter"), [], ["hold no number generator/g_bn3/accu/accu_counter"],
    ),
    "of other networks": (
        "plain", _with(encoder__kernel=np.zeros(1), vgg__kernel=np.zeros(1)), [],
        ["hold 2 variables of neither network (encoder/kernel, vgg/kernel)", "generator/ or discriminator/"],
    ),
    "without average": (
        "plain", lambda values: values, ["--weights=average"],
        ["hold no running average of 18 trainable variables", "weights=latest takes the others"],
    ),
    "with half an average": (
        "average", _without("g_fc1/bias" + v3_graph.SHADOW), [],
        ["hold no running average of 1 trainable variables (generator/g_fc1/bias)"],
    ),
    "of too late a step": ("plain", _with(global_step=np.int64(2001)), [], ["step 2001 is outside", "[0, 2000]"]),
}  # fmt: skip


def _refused(words, folder, capsys):
    """The one line that the command says; nothing is written."""
    before = sorted(folder.rglob("*"))
    assert command.main(["", "--workdir", str(folder), "--task_num=0", *map(str, words)]) == 2
    captured = capsys.readouterr()
    lines = [line for line in captured.err.splitlines() if line.startswith("error: ")]
    assert len(lines) == 1 and "Traceback" not in captured.err and not captured.out, captured
    assert sorted(folder.rglob("*")) == before
    return lines[0]


@pytest.mark.usefixtures("built_once")
@pytest.mark.parametrize("case", ERRORS)
def test_weights_that_do_not_fit_are_refused_in_one_line(case, old, tmp_path, capsys):
    name, change, words, expected = ERRORS[case]
    model = old(name)
    tasks.write(tmp_path / "study", [tasks.Task(0, "test", options_of(model.setup))])
    np.savez(tmp_path / "weights.npz", **change(model.values))
    line = _refused([f"--source={tmp_path / 'weights.npz'}", *words], tmp_path / "study", capsys)
    assert all(each in line for each in expected), line


def _damaged_files(model, folder):
    """Files that are nothing to import, by what is wrong with them."""
    archive = model.npz.read_bytes()
    contents = {
        "text.npz": b"weights", "empty.npz": b"", "cut.npz": archive[: len(archive) // 2],
        "spoilt.npz": archive[:3000] + bytes(300) + archive[3300:],
    }  # fmt: skip
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    np.savez(folder / "pickled.npz", generator=np.array([{}], dtype=object))
    np.savez(folder / "texts.npz", **model.values | {"generator/g_fc1/bias": np.full(256, "0.5")})
    with open(folder / "one_array.npz", "wb") as file:
        np.save(file, np.zeros(3))
    (folder / "folder.npz").mkdir()
    (folder / "empty").mkdir()
    for part, content in {"index": b"nothing", "data-00000-of-00001": b"nothing"}.items():
        shutil.copytree(model.checkpoint.parent, folder / part)
        (folder / part / f"model.ckpt-{STEP}.{part}").write_bytes(content)
    shutil.copytree(model.module, folder / "module")
    shutil.rmtree(folder / "module/variables")


@pytest.mark.parametrize(
    "name",
    [
        "text.npz",
        "empty.npz",
        "cut.npz",
        "spoilt.npz",
        "pickled.npz",
        "texts.npz",
        "one_array.npz",
        "folder.npz",
        "empty",
        "index",
        "data-00000-of-00001",
        "module",
        "nowhere.npz",
        "nowhere",
        "nowhere/model.ckpt-7",
        "~nobody-of-this-name/weights.npz",
    ],
)
def test_files_that_hold_no_weights_are_refused_in_one_line(name, old, tmp_path, capsys):
    _damaged_files(old("plain"), tmp_path)
    tasks.write(tmp_path / "study", [tasks.Task(0, "test", options_of(PLAIN))])
    source = name if name.startswith("~") else tmp_path / name
    line = _refused([f"--source={source}"], tmp_path / "study", capsys)
    assert str(source) in line and len(line) < 600, line


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ([], ["give either --source", "--target"]),
        (["--source=x.npz", "--target=y.npz"], ["give either --source", "--target"]),
        (["--source=x.npz", "--networks=generators"], ["network 'generators' is unknown", "generator, discriminator"]),
        (["--source=x.npz", "--networks="], ["network '' is unknown"]),
        (["--source=x.npz", "--weights=best"], ["weights", "average"]),
        (["--source=x.npz", "--step=-1"], ["step"]),
        (["--target=y.npz"], ["no checkpoint in", "there are: none"]),
        (["--target=y.npz", "--weights=latest"], ["--weights and --networks are for --source"]),
        (["y.npz"], ["unexpected argument 'y.npz'"]),
    ],
)
def test_the_command_answers_mistakes_in_one_line(words, expected, tmp_path, capsys):
    tasks.write(tmp_path, [tasks.Task(0, "test", options_of(PLAIN))])
    line = _refused(words, tmp_path, capsys)
    assert all(each in line for each in expected), line


def test_a_task_that_has_checkpoints_is_left_alone(old, tmp_path, capsys):
    model = old("plain")
    study = tmp_path / "study"
    tasks.write(study, [tasks.Task(0, "test", options_of(PLAIN))])
    import_weights(options_of(PLAIN), study / "0", model.npz)
    line = _refused([f"--source={model.npz}"], study, capsys)
    assert "has checkpoints already" in line and "new task" in line
    line = _refused([f"--target={tmp_path / 'weights.txt'}"], study, capsys)
    assert "weights.txt has to end in .npz" in line
    line = _refused([f"--target={tmp_path / 'weights.npz'}", "--step=8"], study, capsys)
    assert "no checkpoint of step 8" in line and f"there are: {STEP}" in line
    for place in ("~nobody-of-this-name/weights.npz", study / "0/task.json/weights.npz"):
        assert str(place) in _refused([f"--target={place}"], study, capsys)
    assert [path.name for path in tmp_path.iterdir()] == ["study"]


def test_a_task_that_another_process_trains_is_left_alone(old, tmp_path):
    with claim(tmp_path, "train"), pytest.raises(UserError, match="another process is at train"):
        import_weights(options_of(PLAIN), tmp_path, old("plain").values)
    assert not list(tmp_path.iterdir())


def test_weights_of_our_own_files_are_not_taken_for_old_ones(old, tmp_path, capsys):
    model, study = old("plain"), tmp_path / "study"
    tasks.write(study, [tasks.Task(0, "test", options_of(PLAIN))])
    import_weights(options_of(PLAIN), tmp_path / "made", model.values, step=7)
    for source in (checkpoints.path(tmp_path / "made", 7) / "weights", checkpoints.path(tmp_path / "made", 7)):
        line = _refused([f"--source={source}"], study, capsys)
        assert str(source) in line and ("of neither network" in line or "no weights" in line), line


def test_networks_and_weights_that_are_unknown_are_refused(old, tmp_path):
    for given, expected in (
        ({"parts": ["encoder"]}, "network 'encoder' is unknown; known: generator, discriminator"),
        ({"parts": []}, "network '' is unknown"),
        ({"weights": "best"}, "weights=best is unknown; known: auto, average, latest"),
    ):
        with pytest.raises(UserError, match=expected):
            import_weights(options_of(PLAIN), tmp_path, {}, **given)
    with pytest.raises(UserError, match="no checkpoint of step 3 in .*; there are: none"):
        export_weights(tmp_path, 3)
    assert not list(tmp_path.iterdir())


def test_an_import_that_was_killed_when_it_was_done_leaves_no_claim_behind_its_refusal(tmp_path):
    done = tmp_path / "checkpoints/00000001"
    done.mkdir(parents=True)
    (done / "options.json").write_text("{}")
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    owner = {"host": "h", "machine": processes.machine(), "token": "x", "pid": gone.pid}
    (tmp_path / "train.claim").write_text(json.dumps(owner))
    (tmp_path / ".train.claim.lock").mkdir()
    with pytest.raises(UserError, match="has checkpoints already"):
        import_weights(options_of(PLAIN), tmp_path, {})
    assert [path.name for path in tmp_path.iterdir()] == ["checkpoints"]
