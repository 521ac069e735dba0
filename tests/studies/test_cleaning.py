"""Only what nothing needs is deleted, and it is said before and after."""

import json

import pytest
from studies.conftest import checkpoint, finished, made, row, said

from compare_gan_tf2.claims import claim
from compare_gan_tf2.studies import cleaning
from compare_gan_tf2.task_folder import checkpoints, tasks

# Of hinge; the best FID is at 60, the best KID at 40, the best recall (of which more is better) at 80.
SCORES = {20: (9.0, 9.0, 0.1), 40: (8.0, 1.0, 0.2), 60: (2.0, 5.0, 0.3), 80: (3.0, 6.0, 0.9), 100: (4.0, 7.0, 0.4)}


@pytest.fixture
def workdir(tmp_path):
    """Two tasks of a hundred steps, of which the first is done."""
    made(tmp_path, loss=["hinge"], training_steps=[100])
    folder = tmp_path / "0"
    for step, (fid, kid, recall) in SCORES.items():
        checkpoint(folder, step)
        row(folder, step, fid_classifier_mnist_c28361d9=fid, kid_classifier_mnist_c28361d9=kid, recall=recall)
    said(folder, "done", 100)
    return tmp_path


def steps(workdir, number=0):
    return checkpoints.steps(workdir / str(number))


def test_the_last_and_the_best_by_every_score_stay(workdir, run):
    said_before = run("clean", workdir, "--dry_run")
    assert said_before.out.startswith("would free 102 B: 1 checkpoint of 1 task; ") and len(steps(workdir)) == 5
    assert "1 task not finished: all their checkpoints are kept" in said_before.out
    assert run("clean", workdir).out.startswith("freed 102 B: 1 checkpoint of 1 task; ")
    assert steps(workdir) == [40, 60, 80, 100]
    assert run("clean", workdir).out.startswith("freed 0 B: 0 checkpoints of 0 tasks; ")
    # What is left of it is as usual: done, without claims.
    assert not [path for path in (workdir / "0").iterdir() if path.name.endswith(".claim")]
    assert run("status", workdir).out.startswith("1 of 2 done")


def test_another_protocol_has_its_own_best(workdir):
    other = "data=triangles; weights=latest; generated=7"
    for step, fid in ((20, 1.0), (40, 2.0)):
        row(workdir / "0", step, protocol=other, fid_classifier_mnist_c28361d9=fid)
    assert cleaning.clean(workdir).steps == {} and len(steps(workdir)) == 5


def test_a_row_that_is_missing_or_damaged_keeps_all(workdir):
    rows = workdir / "0" / "scores.csv"
    rows.write_text(rows.read_text().replace("9.0", "9.1", 1))
    assert cleaning.clean(workdir) == cleaning.Cleaned({}, 0, 2)


def test_a_checkpoint_without_scores_stays(workdir):
    checkpoint(workdir / "0", 30)
    assert cleaning.clean(workdir).steps == {0: [20]} and 30 in steps(workdir)


def test_what_belongs_to_others_stays(workdir, tmp_path_factory):
    place = checkpoints.path(workdir / "0", 20)
    (place / "notes.txt").write_text("mine")
    assert cleaning.clean(workdir).freed == 0
    (place / "notes.txt").unlink()
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "kept"
    place.rename(elsewhere)
    place.symlink_to(elsewhere)
    assert cleaning.clean(workdir).freed == 0 and (elsewhere / "weights.index").exists()


def test_what_another_task_starts_from_stays(workdir):
    file = workdir / "1" / tasks.TASK_FILE
    task = json.loads(file.read_text())
    task["options"]["start_from"] = str(checkpoints.path(workdir / "0", 20))
    file.write_text(json.dumps(task))
    assert cleaning.clean(workdir).steps == {}


@pytest.mark.parametrize("role", ["train", "evaluate"])
def test_a_task_that_somebody_is_at_is_left_alone(workdir, role):
    with claim(workdir / "0", role):
        assert cleaning.clean(workdir) == cleaning.Cleaned({}, 0, 2)
    assert cleaning.clean(workdir).steps == {0: [20]}


def test_a_diverged_task_keeps_its_last_checkpoint(tmp_path):
    made(tmp_path, loss=["hinge"])
    finished(tmp_path / "0", fids=(5.0, 3.0))
    said(tmp_path / "0", "diverged", 40)
    assert cleaning.clean(tmp_path).steps == {0: [20]} and steps(tmp_path) == [40]


@pytest.mark.parametrize(
    ("size", "words"), [(0, "0 B"), (999, "999 B"), (3400, "3.4 kB"), (2_000_000, "2.0 MB"), (5.2e12, "5200.0 GB")]
)
def test_sizes_are_said_in_words(size, words):
    assert cleaning.in_words(size) == words
