"""Searches round by round: what is proposed depends on the scores and the seed, and on nothing else."""

import json
import math
import zipfile

import pytest
from studies.searching import Trainer, begin, fid, write

from compare_gan_tf2.errors import UserError
from compare_gan_tf2.studies import best, rounds, settings, state, status_text
from compare_gan_tf2.studies.engines import RunPlan, Summary, local
from compare_gan_tf2.task_folder import tasks


def search(workdir, trainer):
    lines = []
    rounds.run(workdir, RunPlan(), trainer.run, lines.append)
    return lines


def proposed(workdir):
    return [each.settings for each in rounds.read_all(workdir)]


@pytest.fixture
def file(tmp_path):
    return write(tmp_path / "looking.py")


def test_a_search_ends_with_all_rounds_and_no_setting_twice(file, tmp_path):
    workdir = tmp_path / "study"
    begin(workdir, file, seeds=(0, 1))
    trainer = Trainer()
    lines = search(workdir, trainer)
    assert len(trainer.trained) == len(set(trainer.trained)) == 3 * 4 * 2
    keys = {settings.setting_key(tasks.read(workdir, number).options) for number in tasks.numbers(workdir)}
    assert len(keys) == 12
    assert lines[0].startswith("round 1 of 3: 4 settings, tasks 0, 1, 2") and lines[-1].startswith("the search is over")
    again = Trainer()
    search(workdir, again)
    assert again.trained == []


def test_a_search_that_was_killed_proposes_what_an_unbroken_one_does(file, tmp_path):
    begin(tmp_path / "unbroken", file)
    search(tmp_path / "unbroken", Trainer())
    begin(tmp_path / "killed", file)
    for after in (2, 5):
        with pytest.raises(KeyboardInterrupt):
            search(tmp_path / "killed", Trainer(dies_after=after, backwards=True))
    search(tmp_path / "killed", Trainer(backwards=True))
    assert proposed(tmp_path / "killed") == proposed(tmp_path / "unbroken")
    assert tasks.numbers(tmp_path / "killed") == list(range(12))


def test_a_round_whose_tasks_were_not_added_yet_goes_on(file, tmp_path):
    begin(tmp_path / "study", file)
    first = rounds.upcoming(tmp_path / "study")  # and killed before a task is made
    search(tmp_path / "study", Trainer())
    assert proposed(tmp_path / "study")[0] == list(first.settings)


def test_a_folder_that_was_removed_is_trained_again(file, tmp_path):
    import shutil

    workdir = tmp_path / "study"
    begin(workdir, file)
    with pytest.raises(KeyboardInterrupt):
        search(workdir, Trainer(dies_after=4))
    gone = tasks.read(workdir, 6).options
    shutil.rmtree(workdir / "6")
    search(workdir, Trainer())
    assert [n for n in tasks.numbers(workdir) if tasks.read(workdir, n).options == gone] != []
    assert len(tasks.numbers(workdir)) == 12


def test_a_failed_task_keeps_the_next_round_back(file, tmp_path):
    begin(tmp_path / "study", file)

    def engine(workdir, plan):
        return Summary(undone=tuple(plan.numbers))

    lines = []
    summary = rounds.run(tmp_path / "study", RunPlan(), engine, lines.append)
    assert summary.undone == (0, 1, 2, 3) and "run the same command again" in lines[-1]
    assert len(rounds.read_all(tmp_path / "study")) == 1


def test_tasks_without_the_score_are_named(file, tmp_path):
    begin(tmp_path / "study", file)
    with pytest.raises(UserError, match="tasks 0 to 3 ended without score fid"):
        rounds.run(tmp_path / "study", RunPlan(), lambda workdir, plan: Summary(), lambda line: None)


def test_a_space_of_choices_ends(tmp_path):
    file = write(tmp_path / "few.py", beta1="choice(0.0, 0.5)")
    text = file.read_text().replace("log_uniform(1e-5, 1e-2)", "choice(1e-4, 0.0001, 1e-3)")
    file.write_text(text.replace("log_uniform(0.1, 100.0", "choice(1.0, 10.0").replace("rounds=3", "rounds=9"))
    begin(tmp_path / "study", file)
    # 2 x 2 without a penalty, whose weight nothing reads, and 2 x 2 x 2 with one.
    assert search(tmp_path / "study", Trainer())[-1] == "search space exhausted after 12 settings"


def test_what_the_file_begins_with_comes_first(tmp_path):
    more = "\n\ndef tasks(seed):\n    return [{'beta1': 0.5, 'g_learning_rate': 1e-4, 'penalty': 'none'}]\n"
    file = write(tmp_path / "known.py", more=more)
    begin(tmp_path / "study", file)
    search(tmp_path / "study", Trainer())
    assert [len(each) for each in proposed(tmp_path / "study")] == [1, 4, 4, 4]
    assert tasks.read(tmp_path / "study", 0).options.beta1 == 0.5
    file.write_text(file.read_text().replace("return [", "return 3 * ["))
    lines = begin(tmp_path / "again", file)
    assert lines[0].startswith(
        "a search; 2 repeated settings of tasks(seed) left out: random search for the best fid, 4 rounds"
    )
    search(tmp_path / "again", Trainer())
    assert proposed(tmp_path / "again") == proposed(tmp_path / "study")
    file.write_text(file.read_text().replace("'beta1': 0.5", "'beta1': 5.0"))
    with pytest.raises(UserError, match=r"known.py, task 0: option beta1 is 5.0, which is not in the space"):
        begin(tmp_path / "other", file)


def test_a_changed_space_keeps_what_was_tried(file, tmp_path):
    workdir = tmp_path / "study"
    begin(workdir, file)
    with pytest.raises(KeyboardInterrupt):
        search(workdir, Trainer(dies_after=4))
    before = proposed(workdir)
    write(file, beta1="uniform(0.0, 0.4)")
    lines = begin(workdir, file)
    outside = sum(each["beta1"] > 0.4 for step in before for each in step)
    assert 0 < outside < 8 and f"{outside} of 8 tried settings are outside" in lines[0]
    search(workdir, Trainer())
    assert proposed(workdir)[:2] == before and all(each["beta1"] <= 0.4 for each in proposed(workdir)[2])
    file.write_text(file.read_text().replace('"training_steps": 36', '"training_steps": 40'))
    with pytest.raises(UserError, match="option training_steps is 36 in all tasks of the search, and 40 is asked for"):
        begin(workdir, file)


def test_halving_compares_at_equal_lengths_and_marks_what_it_cuts(tmp_path):
    begin(tmp_path / "study", write(tmp_path / "halves.py", "halving(batch=9, factor=3, rounds=3)"))
    trainer = Trainer(diverges=lambda options: options.beta1 > 0.8)
    search(tmp_path / "study", trainer)
    assert [step for _, step in trainer.trained].count(12) == 3
    assert [step for _, step in trainer.trained].count(36) == 1
    last = rounds.read_all(tmp_path / "study")[-1]
    everyone = [tasks.read(tmp_path / "study", number).options for number in tasks.numbers(tmp_path / "study")]
    assert len(everyone) == 9
    assert last.options() == [min((each for each in everyone if each.beta1 <= 0.8), key=fid)]
    places = best.places(tmp_path / "study", "fid")
    assert [each.cut_at for each in places] == [None] + 2 * [12] + 6 * [4]
    head, first, second, *_ = best.table(places, "fid", 9, 120).splitlines()
    assert head.split()[:4] == ["fid", "cut", "at", "step"] and " 12 " not in first and "  12  " in second


def test_the_status_tells_what_was_cut_from_what_waits(tmp_path, run):
    workdir = tmp_path / "study"
    begin(workdir, write(tmp_path / "halves.py", "halving(batch=9, factor=3, rounds=3)"))
    with pytest.raises(KeyboardInterrupt):
        search(workdir, Trainer(dies_after=10))
    assert run("status", workdir).out.startswith("0 of 9 done, 3 paused, 6 cut\n")
    lines = search(workdir, Trainer())
    assert lines[-1].startswith("the search is over: 9 settings, 8 of them stopped early; ")
    said = run("status", workdir, "--watch")  # which ends, though no task goes on
    assert said.out.startswith("1 of 9 done, 8 cut\n")
    rows = [line.split() for line in said.out.splitlines() if line[:1].isdecimal()][1:]
    assert sorted((row[1], row[2]) for row in rows) == [("cut", "12/36")] * 2 + [("cut", "4/36")] * 6 + [
        ("done", "36/36")
    ]
    found = json.loads(run("status", workdir, "--json").out)["states"]
    assert sorted(each["cut_at"] or 0 for each in found) == [0] + [4] * 6 + [12] * 2
    many = rounds.with_cuts(workdir, state.of_study(workdir)) * 5
    assert status_text.text(many, 120).splitlines()[1].split()[:3] == ["tasks", "cut", "done"]
    with zipfile.ZipFile(_archived(run, workdir, tmp_path / "all.zip")) as archive:
        assert json.loads(archive.read("study/status.json")) == [
            {name: value for name, value in each.items() if name != "seconds_since"} for each in found
        ]
    (workdir / "rounds/0001.json").write_text("{")
    assert run("status", workdir).out.startswith("1 of 9 done, 8 paused\n"), "a damaged round hides the tasks"


def _archived(run, workdir, path):
    assert run("archive", workdir, path).code == 0
    return path


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        (('"save_every_steps": 4', '"save_every_steps": 5'), "where no checkpoint is due"),
        (('"dataset": "triangles"', '"dataset": "triangles", "batch_size": choice(8, 16)'), "batch_size has to be the"),
    ],
)
def test_halving_refuses_lengths_that_cannot_be_compared(changes, line, tmp_path):
    file = write(tmp_path / "halves.py", "halving(batch=9, factor=3, rounds=3)")
    file.write_text(file.read_text().replace(*changes))
    with pytest.raises(UserError, match=line):
        begin(tmp_path / "study", file)
        search(tmp_path / "study", Trainer())


def test_a_damaged_round_is_named(file, tmp_path):
    begin(tmp_path / "study", file)
    search(tmp_path / "study", Trainer())
    (tmp_path / "study/rounds/0001.json").write_text("{")
    with pytest.raises(UserError, match=r"0001.json cannot be read .* remove it and those after it"):
        search(tmp_path / "study", Trainer())
    for number in (1, 2):
        (tmp_path / f"study/rounds/000{number}.json").unlink()
    trainer = Trainer()
    search(tmp_path / "study", trainer)
    assert len(trainer.trained) == 8, "settings that are there are not proposed again"


def test_the_best_are_confirmed_with_seeds_that_the_search_never_saw(file, tmp_path):
    workdir = tmp_path / "study"
    begin(workdir, file, seeds=(0, 1))
    search(workdir, Trainer(diverges=lambda options: options.seed == 1 and options.beta1 > 0.7))
    trainer = Trainer(score=lambda options: fid(options) + 5.0)
    best.confirm(workdir, 3, 2, RunPlan(), trainer.run)
    assert len(trainer.trained) == 6
    assert {tasks.read(workdir, number).options.seed for number, _ in trainer.trained} == {2, 3}
    first, second, third, *others = best.places(workdir, "fid")
    for each in (first, second, third):
        assert each.confirmed.count == 2 and each.confirmed.value == pytest.approx(each.found.value + 5.2)
        # t for one degree of freedom is 12.706; two values 0.1 apart.
        assert each.found.half_width == pytest.approx(12.7062 * 0.1 / 2, rel=1e-4)
    assert first.found.value < second.found.value and all(each.confirmed is None for each in others)
    assert [bool(each.found.diverged) for each in others] == sorted(bool(each.found.diverged) for each in others)
    again = Trainer()
    best.confirm(workdir, 3, 2, RunPlan(), again.run)
    assert again.trained == []
    assert math.isfinite(first.found.value) and "fresh seeds" in best.table([first], "fid", 1, 80)
    text = best.table([first, *others], "fid", 3, 60)
    assert max(map(len, text.splitlines())) <= 60 and "and 7 more" in text and text.count("penalty=") == 3


def test_programs_are_told_what_was_confirmed(file, tmp_path, run, monkeypatch):
    workdir = tmp_path / "study"
    begin(workdir, file, seeds=(0, 1))
    search(workdir, Trainer())
    monkeypatch.setattr(local, "run", lambda *given: print("an event") or Trainer().run(*given))
    said = run("confirm", workdir, "--top", 2, "--seeds", 3, "--json")
    assert (said.code, said.err) == (0, "an event\n") and len(said.out.splitlines()) == 1
    found = json.loads(said.out)
    assert found["done"] == list(range(24, 30)) and found["failed"] == found["undone"] == []
    assert [each["confirmed"]["count"] for each in found["settings"]] == [3, 3]
    assert found["settings"] == json.loads(run("best", workdir, "--json").out)[:2]
    monkeypatch.setattr(local, "run", lambda workdir, plan: Summary(undone=plan.numbers))
    said = run("confirm", workdir, "--json")
    assert said.code == 1 and json.loads(said.out)["undone"] == found["done"]
