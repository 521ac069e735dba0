"""What a search has left to do counts before it is proposed."""

import pytest
from studies.searching import Trainer, begin, write
from studies.test_rounds import search

from compare_gan_tf2.studies import rounds, search_forecast, study, timing


@pytest.fixture
def file(tmp_path):
    return write(tmp_path / "looking.py")


def steps(workdir):
    """That are left of each training, the most first."""
    left = search_forecast.left(workdir, study.read(workdir))
    return sorted((timing._work(each, export=False).steps for each in left), reverse=True)


def test_all_rounds_count_with_all_seeds(file, tmp_path):
    workdir = tmp_path / "study"
    begin(workdir, file, seeds=(0, 1))
    assert steps(workdir) == [36] * 3 * 4 * 2
    rounds.upcoming(workdir)  # a round whose tasks are not there yet
    assert steps(workdir) == [36] * 24
    with pytest.raises(KeyboardInterrupt):
        search(workdir, Trainer(dies_after=5))
    assert steps(workdir) == [36] * 19
    left = search_forecast.left(workdir, study.read(workdir))
    assert sorted(each.round for each in left) == [0] * 3 + [1] * 8 + [2] * 8
    search(workdir, Trainer())
    assert steps(workdir) == []


def test_what_the_file_begins_with_is_a_round_more(tmp_path):
    more = "\n\ndef tasks(seed):\n    return [{'beta1': 0.5, 'g_learning_rate': 1e-4, 'penalty': 'none'}]\n"
    begin(tmp_path / "study", write(tmp_path / "known.py", more=more))
    assert len(steps(tmp_path / "study")) == 1 + 3 * 4


def test_a_space_of_choices_ends(tmp_path):
    file = write(tmp_path / "few.py", "grid()", beta1="choice(0.0, 0.5)")
    text = file.read_text().replace("log_uniform(1e-5, 1e-2)", "choice(1e-4, 1e-3)")
    file.write_text(text.replace("log_uniform(0.1, 100.0", "choice(1.0, 10.0"))
    begin(tmp_path / "study", file)
    assert len(steps(tmp_path / "study")) == 12


def test_trainings_that_halving_cuts_are_short(tmp_path):
    workdir = tmp_path / "study"
    begin(workdir, write(tmp_path / "halves.py", "halving(batch=9, factor=3, rounds=3)"))
    assert steps(workdir) == [36] + [12] * 2 + [4] * 6
    with pytest.raises(KeyboardInterrupt):
        search(workdir, Trainer(dies_after=10))
    # Three were at step 4, and one of them is at 12 by now.
    assert sum(steps(workdir)) == 12 + 12 + 36 - (12 + 4 + 4)
    search(workdir, Trainer())
    assert steps(workdir) == []


def test_both_commands_forecast_a_search(file, tmp_path, run, timed):
    workdir = tmp_path / "study"
    words = ("new", workdir, "--experiment", file, "--seeds", 2)
    found = run(*words, "--dry_run")
    first, second, *_ = found.out.splitlines()
    assert found.code == 0 and first.startswith(
        "planned: a search: random search for the best fid, 3 rounds, 2 seeds per setting, "
    )
    assert second.startswith("24 tasks, ") and not workdir.exists()
    run(*words)
    assert run("run", workdir, "--dry_run", "--jobs", 1).out.startswith("24 tasks: about ")
    assert len(timed) == 2


def test_a_search_whose_data_are_not_prepared_says_so_when_it_is_made(file, tmp_path, run, monkeypatch, caplog):
    monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path / "data"))
    assert run("new", tmp_path / "study", "--experiment", file).code == 0
    (line,) = (each.message for each in caplog.records)
    assert line.startswith("before you run the tasks: data set 'triangles' is not prepared under ")
