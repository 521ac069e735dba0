"""Trackers are told each point once, and none of them can hold up or change a task."""

import json
import logging
import struct
import sys
import threading
import types
import zlib

import pytest

from compare_gan_tf2.errors import UserError
from compare_gan_tf2.options import Options
from compare_gan_tf2.task_folder import score_table, watching, writers
from compare_gan_tf2.task_folder.protocol import Protocol

PNG_HEAD = b"\x89PNG\r\n\x1a\n"


def png(width, height):
    """A gray picture."""

    def chunk(kind, content):
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    rows = zlib.compress((b"\0" + b"\x80" * width) * height)
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    return PNG_HEAD + head + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def measured(folder, steps):
    """What a training measured; lines are written again from the first on."""
    lines = [json.dumps({"step": step, "loss/d": step / 7, "learning_rate/d": 2e-4}) for step in steps]
    (folder / "measurements.jsonl").write_text("".join(line + "\n" for line in lines))


def scored(folder, step, protocol="data=x; weights=latest", ability="", **scores):
    metrics = [name.partition("_")[0] for name in scores]
    row = score_table.new_row(
        step, "ok", scores, Protocol.parse(protocol), Options(dataset="triangles"), metrics, {}, ability
    )
    score_table.add_row(folder, row)


@pytest.fixture
def folder(tmp_path):
    """A task that is half trained."""
    task = tmp_path / "study" / "7"
    (task / "samples").mkdir(parents=True)
    measured(task, range(10, 60, 10))
    (task / "samples" / "step-00000050.png").write_bytes(png(5, 3))
    (task / "samples" / "step-00000050-translate_ab.png").write_bytes(png(4, 4))
    (task / "samples" / "real.png").write_bytes(png(4, 4))
    (task / "status.json").write_text('{"state": "training", "step": 50}')
    scored(task, 50, fid_x=3.5, kid_x=0.25)
    return task


@pytest.fixture
def run(tmp_path):
    options = {"loss": "hinge", "g_learning_rate": 2e-4, "conditional": True}
    return writers.Run("study", 7, "loss=hinge a/b=c", options, tmp_path / "watch")


class Tracker:
    """A tracker that remembers; `fails_at` is the place of the call that raises, `forgets` loses all runs."""

    PACKAGE = ("json", "json")

    def __init__(self):
        self.told, self.closed, self.starts, self.fails_at, self.forgets = [], 0, [], None, False

    def destination(self, run):
        return str(run.folder)

    def start(self, run):
        self.starts.append(run.identity)
        goes_on = bool(run.identity) and not self.forgets
        return types.SimpleNamespace(
            identity=run.identity if goes_on else f"run{len(self.starts)}",
            goes_on=goes_on,
            scalars=lambda step, values: self._take(step, *values.items()),
            picture=lambda step, name, path: self._take(step, name, path.name),
            note=lambda facts: self._take("note", *facts.items()),
            close=self._close,
        )

    def _take(self, *point):
        if self.fails_at == len(self.told):
            raise ConnectionError("no network")
        self.told.append(point)

    def _close(self):
        self.closed += 1


@pytest.fixture
def tracker(monkeypatch):
    made = Tracker()
    monkeypatch.setattr(writers, "load", lambda name: made)
    return made


def look(folder, run, name="fake"):
    watcher = watching.Watcher(folder, name, run)
    watcher.look()
    watcher.close()


def test_everything_is_told_once_whoever_looks(folder, run, tracker):
    look(folder, run)
    assert tracker.told[0] == (10, ("loss/d", 10 / 7), ("learning_rate/d", 2e-4)) and len(tracker.told) == 10
    assert (50, "samples", "step-00000050.png") in tracker.told
    assert (50, "translate_ab", "step-00000050-translate_ab.png") in tracker.told
    assert (50, ("scores/kid_x", 0.25)) in tracker.told and tracker.told[-1] == ("note", ("state", "training"))
    # The training resumed from step 20 and goes again where it was; a score is added to a row.
    measured(folder, [10, 20])
    look(folder, run)
    measured(folder, range(10, 80, 10))
    scored(folder, 50, recall_x=0.5)
    scored(folder, 70, "data=y; weights=latest", fid_x=1.0)
    scored(folder, 70, ability="encode", lpips_alex=0.1)
    (folder / "status.json").write_text('{"state": "done", "step": 70}')
    watcher = watching.Watcher(folder, "fake", run)
    watcher.look()
    watcher.look()
    watcher.close()
    told = tracker.told[10:]
    assert [point[0] for point in told] == [60, 70, 50, 70, 70, "note"]
    names = [point[1][0] for point in told[2:5]]
    assert names == ["scores/recall_x", "scores/encode/lpips_alex", "scores_of_protocol_2/fid_x"]
    assert len(set(tracker.told)) == len(tracker.told) and tracker.starts == ["", "run1"]


def test_a_task_that_has_nothing_to_tell_begins_no_run(tmp_path, run, tracker):
    (tmp_path / "0").mkdir()
    look(tmp_path / "0", run)
    assert tracker.starts == [] and list((tmp_path / "0").iterdir()) == []


def test_a_tracker_that_failed_or_forgot_gets_what_it_lacks(folder, run, tracker):
    tracker.fails_at = 3
    with pytest.raises(ConnectionError):
        look(folder, run)
    tracker.fails_at = None
    look(folder, run)
    assert len(tracker.told) == len(set(tracker.told)) == 10
    tracker.forgets, tracker.told = True, []
    measured(folder, range(10, 70, 10))
    look(folder, run)
    assert len(tracker.told) == 11
    # So does another place, and one whose notes were damaged.
    tracker.forgets, tracker.told = False, []
    (folder / "watching-fake.json").write_text("{")
    look(folder, run)
    assert len(tracker.told) == 11


def test_a_kill_between_two_points_has_none_told_twice(folder, run, tracker, monkeypatch):
    class KilledError(BaseException):
        pass

    def killed(*point):
        tracker.told.append(point)
        raise KilledError

    monkeypatch.setattr(tracker, "_take", killed)
    with pytest.raises(KilledError):
        look(folder, run)
    monkeypatch.undo()
    monkeypatch.setattr(writers, "load", lambda name: tracker)
    measured(folder, range(10, 70, 10))
    look(folder, run)
    assert [point[0] for point in tracker.told] == [10, 60]


def test_a_collapse_is_told(folder, run, tracker):
    scored(folder, 4000, "data=z", fid_x=1.0, recall_x=0.01)
    look(folder, run)
    assert tracker.told[-1] == ("note", ("state", "training"), ("collapse", "recall 0.01"))


def test_while_a_task_runs_a_tracker_that_fails_is_one_warning(folder, run, tracker, caplog):
    tracker.fails_at = 0
    with caplog.at_level(logging.WARNING), watching.watched(folder, ["fake"], lambda: run):
        pass
    assert caplog.text.count("no more reports to") == 1 and "ConnectionError: no network" in caplog.text
    with pytest.raises(ZeroDivisionError), watching.watched(folder, ["fake"], lambda: 1 / 0):
        raise ZeroDivisionError  # the task's own
    tracker.fails_at = None
    with watching.watched(folder, ["fake"], lambda: run):
        pass
    assert len(tracker.told) == 10 and tracker.closed == 1


def test_a_tracker_that_hangs_is_not_waited_for(folder, run, tracker, caplog, monkeypatch):
    monkeypatch.setattr(watching, "_SECONDS_TO_END", 0.05)
    release = threading.Event()
    monkeypatch.setattr(tracker, "start", lambda run: release.wait(30) and None)
    with watching.watched(folder, ["fake"], lambda: run):
        pass
    assert "fake has not received everything" in caplog.text
    release.set()


def test_names_are_checked_before_anything_runs(monkeypatch):
    assert writers.asked("tensorboard, tensorboard,") == ("tensorboard",) and writers.asked("") == ()
    assert writers.names() == ("mlflow", "tensorboard", "wandb")
    with pytest.raises(UserError, match="tracker 'wanb'.*wandb"):
        writers.asked("wanb")
    monkeypatch.setattr("importlib.util.find_spec", lambda package: None)
    with pytest.raises(UserError, match=r"mlflow needs the package mlflow: pip install 'compare_gan_tf2\[mlflow\]'"):
        writers.asked("mlflow")


def events(folder):
    """All events of a folder, by step: names of files that were written within one second have no order."""
    import tensorflow as tf

    found = []
    for path in sorted(folder.glob("events*")):
        rest = path.read_bytes()
        while rest:
            (size,) = struct.unpack("<Q", rest[:8])
            found.append(tf.compat.v1.Event.FromString(rest[12 : 12 + size]))
            rest = rest[16 + size :]
    found.sort(key=lambda event: event.step)
    return [(event.step, value) for event in found for value in event.summary.value]


def test_tensorboard_has_everything_in_a_folder_that_says_what_differs(folder, run):
    look(folder, run, "tensorboard")
    measured(folder, range(10, 70, 10))
    look(folder, run, "tensorboard")
    (place,) = run.folder.iterdir()
    assert place.name == "7 loss=hinge a-b=c"
    found = events(place)
    steps = [step for step, value in found if value.tag == "loss/d"]
    assert steps == [10, 20, 30, 40, 50, 60]
    tags = {value.tag: value for _, value in found}
    assert {"scores/fid_x", "learning_rate/d", "samples", "translate_ab", "task/state"} <= tags.keys()
    assert list(tags["samples"].tensor.string_val)[:2] == [b"5", b"3"]
    hparams = tags["_hparams_/session_start_info"].metadata.plugin_data.content
    assert all(name.encode() in hparams for name in (*run.options, "hinge"))
    # More of the study differs now: the run has another name, and its points are still there once.
    measured(folder, range(10, 80, 10))
    renamed = writers.Run("study", 7, "loss=hinge seed=0", run.options, run.folder)
    look(folder, renamed, "tensorboard")
    (place,) = run.folder.iterdir()
    assert place.name == "7 loss=hinge seed=0"
    assert [step for step, value in events(place) if value.tag == "loss/d"] == [10, 20, 30, 40, 50, 60, 70]


def test_tensorboards_own_program_reads_what_it_shows(folder, run):
    """Scores, losses, a penalty, gradient norms, a sheet for each ability, notes, and HParams."""
    accumulators = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    from tensorboard.plugins.hparams import metadata
    from tensorboard.util import tensor_util

    names = ("loss/d", "loss/penalty", "gradient_norm/generator", "learning_rate/g")
    lines = [{"step": step, **{name: step / 7 for name in names}} for step in (10, 20)]
    (folder / "measurements.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    look(folder, run, "tensorboard")
    (place,) = run.folder.iterdir()
    found = accumulators.EventAccumulator(str(place), {accumulators.TENSORS: 0}).Reload()

    def plugin(name):
        return set(found.summary_metadata) & set(found.PluginTagToContent(name))

    assert plugin("scalars") >= {*names, "scores/fid_x"}
    for name in names:
        points = [(each.step, float(tensor_util.make_ndarray(each.tensor_proto))) for each in found.Tensors(name)]
        assert points == [(10, pytest.approx(10 / 7)), (20, pytest.approx(20 / 7))]
    assert plugin("images") == {"samples", "translate_ab"} and "task/state" in plugin("text")
    assert tensor_util.make_ndarray(found.Tensors("samples")[0].tensor_proto).tolist() == [b"5", b"3", png(5, 3)]
    content = found.PluginTagToContent("hparams")[metadata.SESSION_START_INFO_TAG]
    start = metadata.parse_session_start_info_plugin_data(content)
    values = {name: getattr(value, value.WhichOneof("kind")) for name, value in start.hparams.items()}
    assert values == run.options and start.group_name == place.name


class FakeWandb(types.ModuleType):
    """What is used of W&B."""

    def __init__(self):
        super().__init__("wandb")
        self.inits, self.rows, self.summary, self.id = [], [], {}, "abc"
        self.log, self.finish, self.define_metric = self.rows.append, lambda: None, lambda *a, **k: None
        self.Settings, self.Image = dict, lambda path: path.rpartition("/")[2]

    def init(self, **arguments):
        self.inits.append(arguments)
        return self


def test_wandb_has_steps_of_its_own_and_goes_on_with_its_run(folder, run, monkeypatch):
    fake = FakeWandb()
    monkeypatch.setitem(sys.modules, "wandb", fake)
    for name in ("WANDB_PROJECT", "WANDB_ENTITY"):
        monkeypatch.delenv(name, raising=False)
    for steps in (50, 60):
        measured(folder, range(10, steps + 10, 10))
        watcher = watching.Watcher(folder, "wandb", run)
        watcher.look()
        watcher.close()
    first, second = fake.inits
    assert (first["project"], first["id"], first["name"]) == ("study", None, "7 loss=hinge a/b=c")
    assert first["config"] == run.options and (second["id"], second["resume"]) == ("abc", "allow")
    assert fake.rows[0] == {"loss/d": 10 / 7, "learning_rate/d": 2e-4, "training_step": 10}
    assert [row["samples"] for row in fake.rows if "samples" in row] == ["step-00000050.png"]
    assert len([row for row in fake.rows if row["training_step"] == 60]) == 1 and fake.summary == {"state": "training"}


def test_mlflow_without_an_address_keeps_files_beside_the_study(folder, run, monkeypatch):
    calls = []

    class Client:
        def __init__(self, tracking_uri):
            calls.append(("uri", tracking_uri))

        def get_experiment_by_name(self, name):
            return None

        def create_run(self, experiment, run_name):
            return types.SimpleNamespace(info=types.SimpleNamespace(run_id=f"{experiment} {run_name}"))

        def __getattr__(self, name):
            return lambda *a, **k: calls.append((name, a, k)) or "experiment"

    fake = types.ModuleType("mlflow")
    fake.MlflowClient = Client
    fake.entities = types.SimpleNamespace(Metric=lambda *a: a, Param=lambda *a: a)
    monkeypatch.setitem(sys.modules, "mlflow", fake)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    watcher = watching.Watcher(folder, "mlflow", run)
    watcher.look()
    watcher.close()
    assert calls[0] == ("uri", (run.folder / "mlflow").as_uri())
    batches = [call for call in calls if call[0] == "log_batch"]
    assert batches[0][2]["params"][0] == ("loss", "hinge")
    assert [point[::3] for point in batches[1][2]["metrics"]] == [("loss/d", 10), ("learning_rate/d", 10)]
    assert calls[-1][:2] == ("set_terminated", ("experiment 7 loss=hinge a/b=c",))
    assert sum(call[0] == "log_artifact" for call in calls) == 2
