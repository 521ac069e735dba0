"""A type that translates between two sets of pictures, by commands alone: trained, scored both ways, exported, used."""

import csv
import json

import numpy as np
import pytest
from PIL import Image

from compare_gan_tf2.commands import evaluate, export, generate_tasks, run_one_task
from compare_gan_tf2.commands import sample as sample_command
from compare_gan_tf2.hub_export import save
from compare_gan_tf2.hub_export.load import load

# By default test_pairs.py does the same with a type that traces fast.
pytestmark = pytest.mark.slow

OPTIONS = {
    "gan": "cyclegan", "width": 0.03, "translator_blocks": 1, "patch_layers": 1, "image_buffer": 2, "batch_size": 2,
    "training_steps": 2, "save_every_steps": 2, "extractor": "pixels", "metrics": "fid", "image_size": 16,
    "domain_names": "outlines,filled",
}  # fmt: skip


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """A work directory with a trained, scored and exported task, and the folder of its pictures."""
    root = tmp_path_factory.mktemp("two")
    source = np.random.default_rng(0)
    for name, number in (("trainA", 6), ("trainB", 5), ("testA", 4), ("testB", 3)):
        (root / "data" / name).mkdir(parents=True)
        for i in range(number):
            pixels = source.integers(0, 256, [16, 16, 3], np.uint8)
            Image.fromarray(pixels).save(root / "data" / name / f"{i}.png")
    given = OPTIONS | {"dataset": str(root / "data")}
    (root / "study.py").write_text(f"def tasks(seed):\n    return [{given!r}]\n")
    common = [f"--workdir={root / 'work'}"]
    assert generate_tasks.main(["x", *common, f"--experiment={root / 'study.py'}"]) == 0
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(save, "_check_elsewhere", save._check_here)
        cache = f"--cache_dir={root / 'cache'}"
        assert run_one_task.main(["x", *common, "--task_num=0", "--command=all", cache]) == 0
    return root


def test_each_direction_has_a_row_and_no_row_is_about_latents(study):
    with (study / "work/0/scores.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["ability"] for row in rows] == ["translate_ab", "translate_ba", "cycle"]
    fids = [next(float(cell) for name, cell in row.items() if name.startswith("fid")) for row in rows]
    assert all(fid > 0 for fid in fids) and fids[0] != fids[1]
    # Three pictures of b are what four translated ones are compared with; and the other way round.
    assert "real=3; generated=4" in rows[0]["protocol"] and "real=4; generated=3" in rows[1]["protocol"]
    assert all("statistics=per image" in row["protocol"] and row["batch_size"] == "2" for row in rows)
    assert [(row["images_seen_a"], row["images_seen_b"]) for row in rows] == [("4", "4")] * 3


def test_grids_show_inputs_beside_outputs(study):
    made = {path.name for path in (study / "work/0/samples").iterdir()}
    assert made == {f"step-00000002-{name}.png" for name in ("translate_ab", "translate_ba", "cycle")}
    sheet = np.asarray(Image.open(study / "work/0/samples/step-00000002-translate_ab.png"))
    stored = {np.asarray(Image.open(path)).tobytes() for path in (study / "data/testA").iterdir()}
    assert sheet.shape == (16, 4 * 34 - 1, 3) and sheet[:, :16].tobytes() in stored


def test_the_module_translates_both_ways_and_says_so(study):
    place = study / "work/0/export/2"
    module = load(place)
    images = np.random.default_rng(1).random([3, 16, 16, 3]).astype(np.float32)
    for name in ("translate_ab", "translate_ba", "cycle"):
        made = getattr(module, name)(images).numpy()
        np.testing.assert_array_equal(getattr(module, name)(images[1:2])[0], made[1])
        assert made.shape == images.shape and 0 <= made.min() <= made.max() <= 1
    there_and_back = module.translate_ba(module.translate_ab(images))
    np.testing.assert_allclose(module.cycle(images), there_and_back, atol=1e-5)
    stated = json.loads((place / "module.json").read_text())["abilities"]
    assert list(stated) == ["translate_ab", "translate_ba", "cycle"]
    assert stated["translate_ba"]["direction"] == "filled -> outlines" and "direction" not in stated["cycle"]
    card = (place / "README.md").read_text()
    assert "outlines -&gt; filled" in card and "statistics of its own image only" in card
    assert "module.translate_ab(a)" in card and "module.generate" not in card and "image-to-image" in card


def test_a_folder_is_translated_by_command(study, capsys):
    place, out = study / "work/0/export/2", study / "translated"
    given = ["--ability=translate_ab", f"--inputs={study / 'data/testA'}", f"--cache_dir={study / 'cache'}"]
    assert sample_command.main(["x", str(place), *given, "--kind=files", f"--output={out}"]) == 0
    assert sorted(path.name for path in out.iterdir()) == [f"{i}.png" for i in range(4)]
    picture = np.asarray(Image.open(study / "data/testA/2.png"), np.float32) / 255
    module = load(place)
    made = module.translate_ab(picture[None])[0].numpy()
    np.testing.assert_array_equal(np.asarray(Image.open(out / "2.png")), np.round(made * 255).astype(np.uint8))
    mixed = study / "mixed"
    mixed.mkdir()
    for i in range(3):
        (mixed / f"{i}.png").write_bytes((study / f"data/testA/{i}.png").read_bytes())
    (mixed / "1.png").write_bytes(b"no picture")
    given[1] = f"--inputs={mixed}"
    assert sample_command.main(["x", str(place), *given, f"--output={study / 'sheet.png'}"]) == 1
    assert "left out: 1.png" in capsys.readouterr().out and Image.open(study / "sheet.png").size == (67, 16)
    assert sample_command.main(["x", str(place)]) == 2
    assert "its abilities are: translate_ab, translate_ba, cycle" in capsys.readouterr().err


@pytest.mark.slow
def test_a_dry_run_counts_both_directions(study, capsys):
    arguments = [f"--workdir={study / 'work'}", "--task_num=0", "--dry_run", f"--cache_dir={study / 'cache'}"]
    assert run_one_task.main(["x", *arguments]) == 0
    said = capsys.readouterr().out
    assert "generator_ab" in said and "for translate_ab, translate_ba, cycle" in said
    assert "data in 2 steps: a: 6 examples, each read 0.667 times; b: 5 examples, each read 0.8 times" in said
    assert export.main(["x", f"--workdir={study / 'work'}", "--task_num=0"]) == 0  # left alone


def test_a_module_is_scored_on_inputs_of_ones_own(study, capsys):
    data, place = study / "data", str(study / "work/0/export/2")
    given = ["x", f"--real={data / 'testB'}", f"--generated={place}", "--extractor=pixels", "--metrics=fid"]
    given += [f"--cache_dir={study / 'cache'}"]
    assert evaluate.main([*given, "--ability=translate_ab", f"--inputs={data / 'testA'}"]) == 0
    said = capsys.readouterr().out
    assert "ability=translate_ab" in said and "generated=4" in said
    with (study / "work/0/scores.csv").open() as file:
        row = next(csv.DictReader(file))
    fid = next(float(cell) for name, cell in row.items() if name.startswith("fid"))
    assert float(said.split("fid_pixels")[1].split(": ")[1].split("\n")[0]) == pytest.approx(fid, rel=1e-3)
    assert evaluate.main([*given, "--ability=translate_ab"]) == 2
    assert "belong together" in capsys.readouterr().err
    assert evaluate.main(given) == 2
    assert "its abilities are: translate_ab, translate_ba, cycle" in capsys.readouterr().err


WRONG = {
    "empty": ({"trainA": (3, 16), "trainB": (0, 16)}, "trainB has no image in it"),
    "missing": ({"trainA": (3, 16)}, "has no folder trainB"),
    "other sizes": ({"trainA": (3, 8), "trainB": (3, 16)}, "image_size=8"),
    "one image": ({"trainA": (3, 16), "trainB": (1, 16)}, "trainB has one image and needs 2 or more"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_wrong_folders_are_answered_in_one_line_and_leave_nothing(wrong, tmp_path, capsys):
    parts, said = WRONG[wrong]
    for name, (number, side) in (parts | {"testA": (2, side_of(parts)), "testB": (2, side_of(parts))}).items():
        (tmp_path / "data" / name).mkdir(parents=True)
        for i in range(number):
            Image.new("RGB", (side, side), (i, 50, 90)).save(tmp_path / "data" / name / f"{i}.png")
    given = {name: value for name, value in OPTIONS.items() if name != "image_size"} | {"dataset": f"{tmp_path}/data"}
    (tmp_path / "study.py").write_text(f"def tasks(seed):\n    return [{given!r}]\n")
    common = [f"--workdir={tmp_path / 'work'}"]
    assert generate_tasks.main(["x", *common, f"--experiment={tmp_path / 'study.py'}"]) == 0
    capsys.readouterr()
    assert run_one_task.main(["x", *common, "--task_num=0", f"--cache_dir={tmp_path / 'cache'}"]) == 2
    (answer,) = (line for line in capsys.readouterr().err.splitlines() if not line.startswith("WARNING:"))
    assert said in answer
    assert [path.name for path in (tmp_path / "work/0").iterdir()] == ["task.json"]


def side_of(parts):
    """Of the pictures of the first part."""
    return next(iter(parts.values()))[1]


def test_a_folder_of_one_picture_is_named_before_the_first_step(study, tmp_path, capsys):
    for name in ("trainA", "trainB"):
        (tmp_path / "data" / name).mkdir(parents=True)
    for place in ("trainA/0.png", "trainA/1.png", "trainB/0.png"):
        (tmp_path / "data" / place).write_bytes((study / "data/trainA/0.png").read_bytes())
    given = OPTIONS | {"dataset": str(tmp_path / "data")}
    (tmp_path / "study.py").write_text(f"def tasks(seed):\n    return [{given!r}]\n")
    work = f"--workdir={tmp_path / 'work'}"
    assert generate_tasks.main(["x", work, f"--experiment={tmp_path / 'study.py'}"]) == 0
    assert run_one_task.main(["x", work, "--task_num=0", "--command=train", f"--cache_dir={tmp_path / 'cache'}"]) == 2
    assert "data/trainB has one image and needs 2 or more" in capsys.readouterr().err
    assert not (tmp_path / "work/0/checkpoints").exists() and not (tmp_path / "work/0/measurements.jsonl").exists()
