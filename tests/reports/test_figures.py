"""Figures show what the records hold, and can be read with 3 settings and with 60."""

import csv
import dataclasses
import io
import math
import sys
import xml.etree.ElementTree as ElementTree

import matplotlib
import numpy as np
import pytest
from matplotlib.text import Text
from PIL import Image
from reports import made_up

from compare_gan_tf2.errors import UserError
from compare_gan_tf2.reports import figures
from compare_gan_tf2.reports.figures import _canvas, _selection, _sheets

ALL = {
    "box", "budget", "factors", "heat_map", "parallel_coordinates", "prd", "precision_recall", "samples", "seconds",
    "steps", "time_lapse",
}  # fmt: skip
# Of many trainings of one configuration, which studies here have not; tests/reports/test_papers_figures.py draws them.
OF_SEARCHES = {"best_five_percent", "least_score_by_trainings"}


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """40 tasks with sheets of samples."""
    found = made_up.factorial(tmp_path_factory.mktemp("study"))
    made_up.write_sheets(found)
    return found


@pytest.fixture(scope="module")
def answer(study):
    return made_up.answer(study)


@pytest.fixture(scope="module")
def written(study, answer, tmp_path_factory):
    """All figures of one score."""
    return figures.write(study, answer, tmp_path_factory.mktemp("report") / "figures")


@pytest.fixture(scope="module")
def written_of_two(study, answer, tmp_path_factory):
    """Two figures of two scores, one of which is the same for both; all take long."""
    answers = {"fid": answer, "is": made_up.answer(study, made_up.SCORE)}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(figures, "names", lambda: ("samples", "precision_recall"))
        return figures.write(study, answers, tmp_path_factory.mktemp("report") / "figures")


def _table(written, name, score="fid"):
    (found,) = (each for each in written.figures if (each.name, each.score) == (name, score))
    return list(csv.DictReader(io.StringIO(found.data.read_text())))


def _texts(figure):
    found = [each for each in figure.findobj(Text) if each.get_visible() and each.get_text().strip()]
    return [each for each in found if each.axes is None or each.axes.axison or each in each.axes.texts]


def _is_on_its_axis(text):
    """Whether a mark of an axis lies within it; matplotlib makes some beyond, which it does not draw."""
    for axes in text.figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            marks = {
                label
                for tick in (*axis.get_major_ticks(), *axis.get_minor_ticks())
                for label in (tick.label1, tick.label2)
            }
            if text in marks:
                drawn = {tick.label1 for tick in axis._update_ticks()}
                return text in drawn
    return True


def _overlaps(figure):
    """Pairs of texts that lie over one another, and texts that leave the picture."""
    boxes = [(each.get_text(), each.get_window_extent()) for each in _texts(figure) if _is_on_its_axis(each)]
    width, height = figure.get_size_inches() * figure.dpi
    for i, (text, box) in enumerate(boxes):
        if box.x0 < -1 or box.y0 < -1 or box.x1 > width + 1 or box.y1 > height + 1:
            yield text, "the edge"
        for other, beside in boxes[:i]:
            wide = min(box.x1, beside.x1) - max(box.x0, beside.x0)
            high = min(box.y1, beside.y1) - max(box.y0, beside.y0)
            # Boxes have a pixel or two around the letters.
            if wide > 1.5 and high > 2.5:
                yield text, other


def test_the_folder_is_the_list():
    assert set(figures.names()) == ALL | OF_SEARCHES
    for name in figures.names():
        module = figures.load(name)
        assert module.TITLE and isinstance(module.PER_SCORE, bool) and module.__doc__


def test_every_figure_of_a_study_is_written_with_its_data(written):
    assert {each.name for each in written.figures if each.score == "fid"} - OF_SEARCHES == ALL
    assert all("best_five_percent" in line for line in written.left_out)
    assert len(set(written.paths)) == len(written.paths) and all(path.stat().st_size for path in written.paths)
    for each in written.figures:
        with Image.open(each.picture) as picture:
            assert picture.width >= 1300 and "date" not in str(picture.info).lower()
    folder = written.figures[0].picture.parent
    assert sorted(folder.iterdir()) == sorted(written.paths)


def test_figures_that_no_score_changes_are_drawn_of_the_first_score(written_of_two):
    found = [(each.name, each.score) for each in written_of_two.figures]
    assert found == [("samples", "fid"), ("precision_recall", "fid"), ("samples", "is")]
    assert not figures.load("precision_recall").PER_SCORE
    assert len(set(written_of_two.paths)) == len(written_of_two.paths)


def test_points_of_boxes_are_the_values_of_groups(study, answer, written):
    values = {(group.label, seed): value for group in answer.groups for seed, value in group.values.items()}
    rows = _table(written, "box")
    assert {(row["setting"], int(row["seed"])): float(row["fid"]) for row in rows} == values
    collapsed = {(task.group, task.seed) for task in study.tasks if task.points and task.points[-1].collapse}
    keys = {label: key for key, label in study.labels.items()}
    assert {(keys[row["setting"]], int(row["seed"])) for row in rows if row["collapsed"] == "true"} == collapsed
    assert sum(int(row["diverged_seeds"]) > 0 for row in rows if row["seed"] == "0") == 2
    (axes,) = figures.load("box").draw(study, answer).axes
    points = [line for line in axes.lines if line.get_marker() == "o"]
    assert sorted(float(x) for line in points for x in line.get_xdata()) == pytest.approx(sorted(values.values()))
    hollow = [line for line in points if line.get_markerfacecolor() == "white"]
    assert sum(len(line.get_xdata()) for line in hollow) == len(collapsed) == 1
    means = sorted(float(line.get_xdata()[0]) for line in axes.lines if line.get_marker() == "|")
    assert means == pytest.approx(sorted(group.mean for group in answer.groups))


@pytest.mark.parametrize("name", ["steps", "seconds"])
def test_courses_are_means_and_ranges_of_the_seeds(study, answer, written, name):
    for row in _table(written, name):
        group = next(group for group in answer.groups if group.label == row["setting"])
        tasks = [task for task in study.tasks if task.group == group.key]
        here = [point for task in tasks for point in task.points if point.step == int(row["step"])]
        values = [point.values["fid"] for point in here]
        assert int(row["seeds"]) == len(values)
        expected = [np.mean(values), min(values), max(values), np.mean([point.seconds for point in here])]
        assert [float(row[each]) for each in ("mean", "low", "high", "seconds")] == pytest.approx(expected)
    assert sum(int(row["ended_badly"]) for row in _table(written, name)) == 3
    (axes,) = figures.load(name).draw(study, answer).axes
    best = [row for row in _table(written, name) if row["place"] == "1"]
    lines = [
        line for line in axes.lines if line.get_color() == _canvas.COLORS[0] and len(line.get_xdata()) == len(best)
    ]
    assert any(line.get_ydata() == pytest.approx([float(row["mean"]) for row in best]) for line in lines)


def test_budgets_factors_and_cells_are_the_answers(study, answer, written):
    rows = _table(written, "budget")
    expected = [each for budget in answer.budgets for each in budget.expected]
    assert [float(row["expected"]) for row in rows] == expected and float(rows[-1]["trainings"]) == len(
        answer.budgets[-1].amounts
    )
    for row in _table(written, "factors"):
        factor = next(each for each in answer.factors if each.name == row["factor"])
        assert float(row["mean"]) == factor.means[row["value"]]
        assert float(row["high"]) == factor.intervals[row["value"]].high
    cells = _table(written, "heat_map")
    assert len(cells) == 8
    for row in cells:
        values = [
            value
            for group in answer.groups
            if all(group.options[name] == row[name] for name in ("loss", "d_weight_normalization"))
            for value in group.values.values()
        ]  # fmt: skip
        assert float(row["mean"]) == pytest.approx(np.mean(values)) and int(row["values"]) == len(values)
    axes, _ = figures.load("heat_map").draw(study, answer).axes
    drawn = axes.images[0].get_array().ravel().tolist()
    assert drawn == pytest.approx([float(row["mean"]) for row in cells])


@pytest.mark.parametrize(
    ("name", "x", "y"), [("precision_recall", "recall", "precision"), ("prd", "prd_f8", "prd_f1_8")]
)
def test_precision_and_recall_are_of_the_same_checkpoint(study, answer, written, name, x, y):
    rows = _table(written, name)
    ended = [task for task in study.tasks if task.points and not task.has_ended_badly]
    expected = {
        (study.labels[task.group], task.seed): (task.points[-1].values[x], task.points[-1].values[y]) for task in ended
    }
    assert {(row["setting"], int(row["seed"])): (float(row[x]), float(row[y])) for row in rows} == expected
    (axes,) = figures.load(name).draw(study, answer).axes
    drawn = {(float(x), float(y)) for line in axes.lines for x, y in zip(*line.get_data(), strict=True)}
    assert drawn == set(expected.values())


def test_scores_of_other_protocols_are_no_pair(study, answer):
    columns = [
        dataclasses.replace(each, protocol="another one") if each.score == "recall" else each for each in study.columns
    ]
    with pytest.raises(figures.NothingToShowError, match="under one protocol"):
        figures.load("precision_recall").data(dataclasses.replace(study, columns=columns), answer)


def test_samples_are_of_the_best_median_and_worst_seed(study, answer, written, written_of_two):
    rows = _table(written, "samples")
    group = answer.groups[0]
    order = sorted(group.values, key=group.values.get)
    assert [(row["which"], int(row["seed"])) for row in rows] == [
        ("best", order[0]), ("median", order[2]), ("worst", order[4]),
    ]  # fmt: skip
    assert [float(row["fid"]) for row in rows] == [group.values[order[place]] for place in (0, 2, 4)]
    figure = figures.load("samples").draw(study, answer)
    shown = [axes.images[0].get_array() for axes in figure.axes]
    assert len(shown) == 4
    assert "same latents" in figure.get_label()
    for row, picture in zip(rows, shown[1:], strict=True):
        assert row["file"].endswith("-common.png") and row["same_latents"] == "true"
        with Image.open(row["file"]) as sheet:
            assert np.array_equal(np.asarray(sheet.convert("RGB"))[:28], picture)
    # More is better of the other score, so its best seed is the greatest.
    other = _table(written_of_two, "samples", "is")
    assert float(other[0]["is"]) == max(made_up.answer(study, made_up.SCORE).groups[0].values.values())


def test_tasks_that_share_a_seed_are_told_apart_by_their_values(study, answer):
    """As where groups are coarser than settings: keys of values are then no seeds."""
    group = answer.groups[0]
    order = sorted(group.values, key=group.values.get)
    shuffled = {place: group.values[seed] for place, seed in enumerate(order[::-1], 10)}
    other = dataclasses.replace(answer, groups=[dataclasses.replace(group, values=shuffled), *answer.groups[1:]])
    rows = figures.load("samples").data(study, other)
    assert [row["seed"] for row in rows] == [order[0], order[2], order[4]]
    rows = figures.load("box").data(study, other)[:5]
    assert {row["seed"]: row["fid"] for row in rows} == group.values


def test_a_row_of_real_images_has_one_of_each_class_and_no_names(study):
    sheet = _sheets.read(study.tasks[0].workdir / "0" / "samples" / "real.png")
    row = _sheets.real_row(study.tasks[0], 28)
    assert row.shape == (28, 8 * 29 - 1, 3)
    for place in range(8):
        assert np.array_equal(row[:, place * 29 : place * 29 + 28], sheet[place * 29 : place * 29 + 28, 40:68])


def test_a_time_lapse_has_all_checkpoints(study, answer, written):
    group = answer.groups[0]
    rows = _table(written, "time_lapse")
    best = min(group.values, key=group.values.get)
    assert {int(row["seed"]) for row in rows} == {best} and [int(row["step"]) for row in rows] == list(made_up.STEPS)
    (animation,) = (each.animation for each in written.figures if each.animation)
    with Image.open(animation) as picture:
        assert picture.n_frames == len(made_up.STEPS) and picture.width >= 400


def test_a_search_is_lines_through_its_options():
    found = made_up.search()
    answer = made_up.answer(found)
    rows = figures.load("parallel_coordinates").data(found, answer)
    # One of 60 waits.
    assert len(rows) == 59 and [row["fid"] for row in rows] == [group.mean for group in answer.groups][:59]
    figure = figures.load("parallel_coordinates").draw(found, answer)
    solid, dotted = figure.axes[0].collections
    assert len(solid.get_segments()) == sum(row["fid"] is not None for row in rows)
    assert len(dotted.get_segments()) == sum(row["fid"] is None for row in rows)
    # The best is drawn last and ends at the top.
    assert solid.get_segments()[-1][-1][1] == pytest.approx(1.0)


@pytest.mark.parametrize("name", sorted(ALL))
def test_no_text_lies_over_another(study, answer, name):
    assert list(_overlaps(figures.load(name).draw(study, answer))) == []


@pytest.mark.parametrize("name", sorted(ALL - {"samples", "time_lapse", "prd", "heat_map"}))
def test_sixty_settings_with_long_names_are_twenty_that_can_be_read(name):
    settings = [
        {
            "loss": f"a_loss_with_a_very_long_name_indeed_{i % 30}",
            "g_learning_rate": 10.0 ** -(i // 30 + 3),
            "beta1": i / 60,
        }
        for i in range(60)
    ]
    found = made_up.gathered(made_up.pathlib.Path("long"), settings, [10 + i for i in range(60)], 3, made_up.STEPS)
    answer = made_up.answer(found)
    figure = figures.load(name).draw(found, answer)
    assert list(_overlaps(figure)) == []
    if name in ("box", "steps", "seconds", "precision_recall"):
        assert "best 20 of 60 settings" in figure.get_label()
    if name == "box":
        names = [text.get_text() for text in figure.axes[0].get_yticklabels()]
        assert len(set(names)) == 20 and any("…" in text for text in names)


def test_a_heat_map_of_twelve_by_twelve_can_be_read():
    settings = [{"loss": f"loss_number_{i // 12}", "beta1": i % 12 / 12} for i in range(144)]
    found = made_up.gathered(made_up.pathlib.Path("many"), settings, [10.0 + i for i in range(144)], 1, (1000,))
    figure = figures.load("heat_map").draw(found, made_up.answer(found))
    assert len(figure.axes[0].texts) == 144 and list(_overlaps(figure)) == []


def test_texts_over_one_another_would_be_seen(study, answer):
    figure = figures.load("budget").draw(study, answer)
    (label,) = (text for text in figure.texts if text.get_text() == "loss=hinge")
    (other,) = (text for text in figure.texts if text.get_text() == "loss=least_squares")
    label.set_y(other.get_position()[1] + 0.01)
    assert list(_overlaps(figure)) in ([("loss=hinge", "loss=least_squares")], [("loss=least_squares", "loss=hinge")])
    label.set_x(0.95)
    assert ("loss=hinge", "the edge") in list(_overlaps(figure))


def test_three_settings_can_be_read(tmp_path):
    found = made_up.factorial(tmp_path, seeds=2, losses=("hinge", "wasserstein", "minimax"), normalizations=("none",))
    for name in sorted(ALL - {"samples", "time_lapse", "heat_map", "parallel_coordinates"}):
        assert list(_overlaps(figures.load(name).draw(found, made_up.answer(found)))) == [], name


WILD = "$x_1$ 5% <b>&"


def test_names_mean_nothing_but_themselves(tmp_path, monkeypatch):
    settings = [{"loss": f"{WILD} {i}", "penalty": ("none", "$$")[i % 2]} for i in range(6)]
    found = made_up.gathered(tmp_path, settings, [10.0 + i for i in range(6)], 3, made_up.STEPS)
    wild = dataclasses.replace(made_up.FID, short="F_{ID} $\\alpha$ <i>")
    found = dataclasses.replace(found, columns=[wild, *found.columns[1:]])
    made_up.write_sheets(found, steps=made_up.STEPS[-2:])
    answer = made_up.answer(found, wild)
    drawn, save = [], _canvas.saved
    monkeypatch.setattr(_canvas, "saved", lambda figure, kind: (drawn.append(figure), save(figure, kind))[1])
    written = figures.write(found, answer, tmp_path / "figures", "svg")
    assert {each.name for each in written.figures} - OF_SEARCHES == ALL
    for each in written.figures:
        ElementTree.fromstring(each.picture.read_bytes())
    assert len(drawn) == len(written.figures)
    for figure in drawn:
        assert not any(text.get_parse_math() or text.get_usetex() for text in _texts(figure)), figure.get_label()
    names = [text.get_text() for text in figures.load("box").draw(found, answer).axes[0].get_yticklabels()]
    assert any(text.startswith(WILD) for text in names)


# All figures in all kinds take long.
@pytest.mark.parametrize(
    ("kind", "names"), [("png", ("box", "time_lapse")), ("svg", ("box", "heat_map")), ("pdf", ("box",))]
)
def test_the_same_report_gives_the_same_bytes_whatever_the_settings_of_matplotlib(
    study, answer, tmp_path, kind, names, monkeypatch
):
    monkeypatch.setattr(figures, "names", lambda: names)
    first = figures.write(study, answer, tmp_path / "one", kind)
    with matplotlib.rc_context({"text.usetex": True, "font.size": 30, "axes.grid": True, "svg.hashsalt": "other"}):
        second = figures.write(study, answer, tmp_path / "two", kind)
    assert [path.name for path in first.paths] == [path.name for path in second.paths]
    for one, other in zip(first.paths, second.paths, strict=True):
        assert one.read_bytes() == other.read_bytes(), one.name


def test_figures_with_nothing_to_show_say_why_and_leave_nothing(tmp_path):
    nothing = made_up.gathered(tmp_path, [{"loss": "hinge"}], [10.0], 1, ())
    folder = tmp_path / "figures"
    folder.mkdir()
    (folder / "fid_box.png").write_bytes(b"of an earlier report")
    (folder / "own.png").write_bytes(b"a user's")
    written = figures.write(nothing, made_up.answer(nothing), folder)
    assert written.figures == () and [path.name for path in folder.iterdir()] == ["own.png"]
    assert len(written.left_out) == len(ALL | OF_SEARCHES)
    assert "figure box of FID: no task has a value of FID at last" in written.left_out
    # One task with one checkpoint (two ended badly): what needs two says so.
    one = made_up.gathered(tmp_path, [{"loss": "hinge"}], [10.0], 3, (1000,))
    written = figures.write(one, made_up.answer(one), folder)
    assert {each.name for each in written.figures} == {"box", "precision_recall", "prd"}
    assert any("one checkpoint" in line for line in written.left_out)


def test_damaged_and_foreign_sheets_are_left_out(tmp_path):
    found = made_up.factorial(tmp_path)
    made_up.write_sheets(found, with_real=False, with_common=False)
    answer = made_up.answer(found)
    best = min(answer.groups[0].values, key=answer.groups[0].values.get)
    number = answer.groups[0].numbers[best][1]
    (tmp_path / str(number) / "samples" / "step-00002000.png").write_bytes(b"\x89PNG\r\n\x1a\nhalf")
    (tmp_path / str(number) / "samples" / "step-00002000-translate.png").write_bytes(b"")
    figure = figures.load("time_lapse").draw(found, answer)
    assert len(figure.axes) == 4 and "4 of 5 checkpoints" in figure.get_label()
    figure = figures.load("samples").draw(found, answer)
    assert len(figure.axes) == 3 and "no real images" in figure.get_label()
    assert "each seed drew latents of its own" in figure.get_label()


def test_plots_of_points_are_shown_whole(tmp_path):
    found = made_up.factorial(tmp_path)
    for task in found.tasks:
        (tmp_path / str(task.number) / "samples").mkdir(parents=True)
        for point in task.points:
            Image.new("L", (256, 256), 255).save(tmp_path / f"{task.number}/samples/step-{point.step:08d}.png")
    figure = figures.load("samples").draw(found, made_up.answer(found))
    assert [axes.images[0].get_array().shape for axes in figure.axes] == [(256, 256, 3)] * 3
    assert list(_overlaps(figure)) == []


def test_mistakes_are_one_line(study, answer, tmp_path, monkeypatch):
    with pytest.raises(UserError, match="unknown kind of figure 'gif'.*png, svg"):
        figures.write(study, answer, tmp_path, "gif")
    with pytest.raises(UserError, match="unknown figure 'boxes'.*did you mean 'box'"):
        figures.load("boxes")
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(UserError, match=r"pip install 'compare_gan_tf2\[report\]'"):
        figures.write(study, answer, tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_table_keeps_digits_and_has_no_formulas():
    rows = [{"name": "=1+1", "value": 0.1 + 0.2, "flag": True, "none": None, "count": -3}, {"other": "a,b\n"}]
    assert figures.as_csv(rows).decode().splitlines() == [
        "name,value,flag,none,count,other", "'=1+1,0.30000000000000004,true,,-3,", ',,,,,"a,b"',
    ]  # fmt: skip


def test_labels_are_spread_as_little_as_need_be():
    assert _canvas.spread([1.0, 5.0], 0.5, 0, 6) == [1.0, 5.0]
    assert _canvas.spread([3.0, 3.0, 3.0], 1.0, 0, 6) == pytest.approx([2.0, 3.0, 4.0])
    assert _canvas.spread([5.9, 6.0], 1.0, 0, 6) == pytest.approx([5.0, 6.0])
    draw = np.random.default_rng(0)
    for _ in range(200):
        places = draw.uniform(0, 6, draw.integers(1, 12)).tolist()
        found = _canvas.spread(places, 0.5, 0, 6)
        assert (
            np.diff(sorted(found)).min(initial=math.inf) >= 0.5 - 1e-9
            and min(found) >= -1e-9
            and max(found) <= 6 + 1e-9
        )
        assert np.argsort(found, kind="stable").tolist() == np.argsort(places, kind="stable").tolist()


def test_names_of_settings_are_as_short_as_they_are_different():
    settings = [{"loss": "hinge", "beta1": value, "embed_y": True} for value in (0.5, 0.50001)]
    found = made_up.gathered(made_up.pathlib.Path("near"), settings, [1.0, 2.0], 3, (10,))
    names = _selection.short_names(made_up.answer(found).groups)
    assert sorted(names) == ["hinge, 0.5, true", "hinge, 0.50001, true"]
    assert _selection.meaning(made_up.answer(found).groups) == "settings: loss, beta1, embed_y"
    two = [{name: each[name] for name in ("loss", "beta1")} for each in settings]
    groups = made_up.answer(made_up.gathered(made_up.pathlib.Path("near"), two, [1.0, 2.0], 3, (10,))).groups
    assert sorted(_selection.short_names(groups)) == ["hinge, beta1=0.5", "hinge, beta1=0.50001"]
    assert _selection.meaning(groups) == "settings: loss"
