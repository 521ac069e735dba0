"""The figure of precision and recall has whole curves where tasks kept them, and says where it has points only."""

import dataclasses

import pytest
from reports import made_up

from compare_gan_tf2.reports import figures
from compare_gan_tf2.task_folder import curves
from compare_gan_tf2.task_folder.protocol import Protocol

NAME = "prd_classifier_mnist_c28361d9"


@pytest.fixture
def study(tmp_path):
    """Four settings with five seeds each."""
    return made_up.factorial(tmp_path, losses=made_up.LOSSES[:2])


@pytest.fixture
def answer(study):
    return made_up.answer(study)


@pytest.fixture(scope="module")
def prd():
    return figures.load("prd")


def _curve(task):
    """A curve of three points that no other task has."""
    recall, precision = (task.points[-1].values[name] for name in ("recall", "precision"))
    return curves.Curve((recall, recall / 2, 0.0), (0.0, precision / 2, precision))


def _write(tasks, protocol=made_up.FID.protocol, name=NAME):
    for task in tasks:
        folder = task.workdir / str(task.number)
        curves.write(folder, task.points[-1].step, Protocol.parse(protocol), {name: _curve(task)})


def _ended(study):
    return [task for task in study.tasks if task.points and not task.has_ended_badly]


def _drawn(figure):
    """Lines of the curves' axes; none where there are only points."""
    return [] if len(figure.axes) == 1 else figure.axes[1].lines


def test_each_task_is_a_curve_and_a_point_and_the_median_is_thick(study, answer, prd):
    _write(_ended(study))
    figure = prd.draw(study, answer)
    expected = {(_curve(task).recall, _curve(task).precision) for task in _ended(study)}
    lines = _drawn(figure)
    assert {(tuple(line.get_xdata()), tuple(line.get_ydata())) for line in lines} == expected
    assert "points only" not in figure.get_label() and "no curve" not in figure.get_label()
    thick = {tuple(line.get_xdata()) for line in lines if line.get_linewidth() > 1}
    for group in answer.groups:
        order = sorted(group.values, key=group.values.get)
        median = next(
            task for task in study.tasks if task.group == group.key and task.seed == order[(len(order) - 1) // 2]
        )
        assert _curve(median).recall in thick
    assert len(thick) == len(answer.groups) == 4
    points = {(float(x), float(y)) for line in figure.axes[0].lines for x, y in zip(*line.get_data(), strict=True)}
    assert points == {(task.points[-1].values["prd_f8"], task.points[-1].values["prd_f1_8"]) for task in _ended(study)}


def test_the_data_are_all_points_of_all_curves_that_are_drawn(study, answer, prd):
    _write(_ended(study)[1:])
    rows = prd.data(study, answer)
    first, *others = _ended(study)
    alone = [row for row in rows if row["recall"] is None]
    assert [(row["setting"], row["seed"]) for row in alone] == [(study.labels[first.group], first.seed)]
    for task in others:
        own = [row for row in rows if (row["setting"], row["seed"]) == (study.labels[task.group], task.seed)]
        assert tuple(row["recall"] for row in own) == _curve(task).recall
        assert tuple(row["precision"] for row in own) == _curve(task).precision
        assert {row["prd_f8"] for row in own} == {task.points[-1].values["prd_f8"]}


def test_tasks_of_older_versions_are_points_and_it_is_said(study, answer, prd):
    figure = prd.draw(study, answer)
    assert _drawn(figure) == [] and "points only" in figure.get_label()
    _write(_ended(study)[2:])
    figure = prd.draw(study, answer)
    assert len(_drawn(figure)) == len(_ended(study)) - 2
    assert "no curve is stored: 2" in figure.get_label()


def test_curves_of_other_protocols_and_extractors_are_not_drawn(study, answer, prd):
    _write(_ended(study), protocol="10000 samples; test split; classifier of mnist")
    _write(_ended(study), name="prd_pixels")
    figure = prd.draw(study, answer)
    assert _drawn(figure) == [] and "points only" in figure.get_label()


def test_a_damaged_curve_is_named_and_the_others_are_drawn(study, answer, prd):
    _write(_ended(study))
    task = _ended(study)[0]
    (path,) = curves.files(task.workdir / str(task.number))
    path.write_bytes(path.read_bytes()[:100])
    figure = prd.draw(study, answer)
    assert len(_drawn(figure)) == len(_ended(study)) - 1 and path.name in figure.get_label()


def test_of_many_seeds_five_are_drawn_from_the_best_to_the_worst(tmp_path, prd):
    study = made_up.gathered(tmp_path, [{"loss": "hinge"}, {"loss": "minimax"}], [10.0, 12.0], 12, (1000,))
    _write(_ended(study))
    answer = made_up.answer(study)
    figure = prd.draw(study, answer)
    assert len(_drawn(figure)) == 10 and "5 from best to worst" in figure.get_label()
    for group in answer.groups:
        order = sorted(group.values, key=group.values.get)
        by_seed = {task.seed: _curve(task).recall for task in _ended(study) if task.group == group.key}
        shown = {
            seed for seed, recall in by_seed.items() if any(tuple(x.get_xdata()) == recall for x in _drawn(figure))
        }
        assert {order[0], order[(len(order) - 1) // 2], order[-1]} < shown and len(shown) == 5


def test_a_curve_of_all_angles_is_drawn_with_its_ends_and_every_fifth(study, answer, prd):
    task = _ended(study)[0]
    whole = curves.Curve(tuple(1 - i / 1000 for i in range(1001)), tuple(i / 1000 for i in range(1001)))
    protocol = Protocol.parse(made_up.FID.protocol)
    curves.write(task.workdir / str(task.number), task.points[-1].step, protocol, {NAME: whole})
    (line,) = _drawn(prd.draw(study, answer))
    assert tuple(line.get_xdata()) == whole.recall[::5] and line.get_xdata()[-1] == 0.0


def test_settings_without_a_color_have_points_alone(tmp_path, prd):
    settings = [{"loss": f"loss_{i}"} for i in range(9)]
    study = made_up.gathered(tmp_path, settings, [10.0 + i for i in range(9)], 3, (1000,))
    _write(_ended(study))
    answer = made_up.answer(study)
    labels = {group.label for group in answer.groups[:7]}
    drawn = {row["setting"] for row in prd.data(study, answer) if row["recall"] is not None}
    assert drawn == labels and "gray: the other 2" in prd.draw(study, answer).get_label()


def test_a_column_of_all_metrics_finds_the_curve_of_one(study, prd):
    """A row's protocol lists what is measured with it, too."""
    _write(_ended(study), protocol="data=mnist; metrics=prd (20 clusters)")
    columns = [
        dataclasses.replace(each, protocol="data=mnist; metrics=fid; prd (20 clusters)") for each in study.columns
    ]
    study = dataclasses.replace(study, columns=columns)
    figure = prd.draw(study, made_up.answer(study, columns[0]))
    assert len(_drawn(figure)) == len(_ended(study))
