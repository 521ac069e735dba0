"""What an export leaves alone, and what it says of private things."""

import errno
import json
import pathlib
import shutil

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from compare_gan_tf2.errors import UserError
from compare_gan_tf2.gans.base import build
from compare_gan_tf2.hub_export import _sums, save
from compare_gan_tf2.hub_export.load import load
from compare_gan_tf2.hub_export.save import export
from compare_gan_tf2.options import Options
from compare_gan_tf2.task_folder import checkpoints, score_table

OPTIONS = {"dataset": "triangles", "architecture": "mlp", "width": 0.05, "z_dim": 8}


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    """A task with one checkpoint, and its module; to be copied."""
    folder = tmp_path_factory.mktemp("exported")
    options = Options.from_dict(OPTIONS)
    checkpoints.save(folder / "task", 7, build(options, trains=False).evaluated_parts(), options)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(save, "_check_elsewhere", lambda folder, probes: None)
        export(folder / "task")
    return folder / "task"


@pytest.fixture
def task(exported, tmp_path):
    """The task's folder."""
    return pathlib.Path(shutil.copytree(exported, tmp_path / "task"))


def _score(task):
    """So that the module's card is no longer what it would be written as."""
    score_table.add_row(task, {"step": 7, "status": "ok", "fid_classifier_x": 1.5, "protocol": "real=10"})


def _contents(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def _add(module, name, text="mine"):
    (module / name).parent.mkdir(parents=True, exist_ok=True)
    (module / name).write_text(text)


def test_the_same_model_stays_as_it_is_with_files_of_the_users_own(task):
    module = task / "export/7"
    for name in (".git/config", "LICENSE", "README.md", "variables/notes.txt"):
        _add(module, name)
    before = _contents(module)
    assert export(task) == module and _contents(module) == before


@pytest.mark.parametrize(
    ("names", "shown"),
    [
        ([".git/config", ".git/HEAD", "LICENSE"], ".git, LICENSE"),
        (["README.md"], "README.md"),
        (["variables/notes.txt"], "variables/notes.txt"),
        ([f"{letter}.txt" for letter in "abcdefg"], "a.txt, b.txt, c.txt, d.txt, e.txt, ..."),
    ],
)
@pytest.mark.parametrize("why", ["scored", "damaged"])
def test_no_file_of_the_users_own_is_written_over(names, shown, why, task):
    module = task / "export/7"
    for name in names:
        _add(module, name)
    _score(task) if why == "scored" else (module / "samples.png").unlink()
    before = _contents(module)
    with pytest.raises(UserError, match="holds files of your own: .* or move them away") as caught:
        export(task)
    assert f"your own: {shown}; choose another --output" in str(caught.value) and _contents(module) == before


def test_files_that_came_during_the_work_are_kept_too(task, monkeypatch):
    module = task / "export/7"

    def looks(*arguments):
        _add(module, "LICENSE")
        save._check_here(*arguments)

    monkeypatch.setattr(save, "_check_elsewhere", looks)
    _score(task)
    with pytest.raises(UserError, match="files of your own: LICENSE"):
        export(task)
    assert (module / "LICENSE").read_text() == "mine" and [path.name for path in (task / "export").iterdir()] == ["7"]


def test_a_damaged_module_is_written_anew(task):
    module = task / "export/7"
    expected = (module / "samples.png").read_bytes()
    (module / "samples.png").write_bytes(b"")
    (module / "README.md").unlink()
    assert export(task) == module
    assert (module / "samples.png").read_bytes() == expected and not _sums.failure(module, all_files=True)
    (module / "SHA256SUMS").write_bytes(b"\xff")
    with pytest.raises(UserError, match="SHA256SUMS is not a list of checksums"):
        export(task)


@pytest.mark.parametrize(
    ("output", "line"),
    [
        ("task/checkpoints", "in the task's own folder checkpoints"),
        ("task/checkpoints/model", "in the task's own folder checkpoints"),
        ("task/export/../samples/model.tar.gz", "in the task's own folder samples"),
        ("task/tensorboard/a/b", "in the task's own folder tensorboard"),
        ("link", "is a link to"),
        ("dangling", "is a link to"),
        ("folder.tar.gz", "is a folder, and called like an archive"),
        ("other.tar.gz", "other.tar.gz.sha256 is there, and is no checksum of other.tar.gz"),
        ("damaged.tar.gz", "is not this model"),
        ("a.zip", "neither a folder nor called .tar.gz"),
        ("a.tar", "neither a folder"),
        ("a.GZ", "neither a folder"),
        ("a.keras", "neither a folder"),
        ("file", "is not this model"),
        ("~nobody-of-this-name/a", "no place ~nobody-of-this-name/a"),
    ],
)
def test_places_that_cannot_be_are_refused_before_the_work(output, line, task, tmp_path, monkeypatch):
    (tmp_path / "link").symlink_to(task)
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    (tmp_path / "folder.tar.gz").mkdir()
    (tmp_path / "other.tar.gz.sha256").write_text("my own notes")
    (tmp_path / "file").write_text("years of work")
    # A gzip stream whose inside is broken, which is an error of zlib's.
    (tmp_path / "damaged.tar.gz").write_bytes(b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff" + bytes(range(1, 200)))
    monkeypatch.setattr(save, "build", lambda *_, **__: pytest.fail("the work has begun"))
    before = _contents(tmp_path)
    with pytest.raises(UserError, match=line):
        export(task, output=output if output[0] == "~" else tmp_path / output)
    assert _contents(tmp_path) == before


def test_a_full_disk_is_one_line_with_the_place_and_the_reason(task, tmp_path, monkeypatch):
    def full(saved, folder, **_):
        message = f"{folder}/variables/variables.data-00000; No space left on device [Op:SaveV2]\nmore"
        raise tf.errors.ResourceExhaustedError(None, None, message)

    monkeypatch.setattr(tf.saved_model, "save", full)
    with pytest.raises(UserError) as caught:
        export(task, output=tmp_path / "there")
    assert str(caught.value) == f"cannot write {tmp_path / 'there'}: No space left on device"

    def full_too(saved, folder, **_):
        raise OSError(errno.ENOSPC, "No space left on device", f"{folder}/assets")

    monkeypatch.setattr(tf.saved_model, "save", full_too)
    with pytest.raises(UserError) as caught:
        export(task, output=tmp_path / "there")
    assert str(caught.value) == f"cannot write {tmp_path / 'there'}: No space left on device"
    assert [path.name for path in tmp_path.iterdir()] == ["task"]


def test_the_card_in_a_folder_with_a_dot_in_its_name_says_all_that_a_reader_needs(task, tmp_path):
    _score(task)
    module = export(task, output=tmp_path / "gan-1.0")
    assert (module / "saved_model.pb").is_file()
    card = (module / "README.md").read_text()
    head, _, text = card.removeprefix("---\n").partition("---\n")
    for line in ("license: other", "license_link: README.md#data", "pipeline_tag: unconditional-image-generation"):
        assert f"{line}\n" in head
    assert "library_name" not in head
    for part in (
        "## Data\n\nTriangles", "generated; free of rights", "Its terms also apply",
        "## Training\n\n| | |\n|---|---|\n| dataset | triangles |", "| loss | ", "| width | 0.05 |",
        "| fid_classifier_x | 1.5 |", "Protocol: real=10.", "## Limits\n\nThe model was trained on 28x28",
        "repeats the gaps and biases",
        "huggingface_hub.snapshot_download(", "kagglehub.model_download(",
    ):  # fmt: skip
        assert part in text, part


def _folder_task(folder, pictures):
    options = Options.from_dict(
        OPTIONS | {"dataset": str(pictures), "extractor": "pixels", "extractor_weights": f"{folder}/secret|w.npz"}
    )
    checkpoints.save(folder / "task", 7, build(options, trains=False).evaluated_parts(), options)
    return folder / "task"


def test_places_of_the_disk_are_not_published(tmp_path):
    tasks = []
    for owner in ("alice", "bob"):
        pictures = tmp_path / owner / "pets"
        pictures.mkdir(parents=True)
        for number in range(12):
            pixels = np.random.default_rng(number).integers(0, 256, (32, 32, 3), np.uint8)
            Image.fromarray(pixels).save(pictures / f"{number}.png")
        tasks.append(_folder_task(tmp_path / owner, pictures))
    row = {"step": 7, "status": "ok", "fid_x": 1.5, "protocol": f"data={tmp_path}/alice/pets train 0af3; real=12"}
    score_table.add_row(tasks[0], row)
    module = export(tasks[0])
    told = [(module / name).read_text() for name in ("README.md", "module.json")]
    loaded = load(module)
    told += [str(loaded.options.numpy()), str(loaded.protocol.numpy())]
    assert all("pets" in text and str(tmp_path) not in text for text in told)
    assert "| extractor_weights | secret\\|w.npz |" in told[0] and "images in pets" in told[0]
    assert json.loads(loaded.options.numpy())["dataset"] == "pets"
    written = (module / "saved_model.pb").stat().st_mtime_ns
    assert export(tasks[0]) == module and (module / "saved_model.pb").stat().st_mtime_ns == written
    # Another's pictures, in a folder of the same name.
    with pytest.raises(UserError, match="is not this model"):
        export(tasks[1], output=module)
