"""The papers' figures are drawn, and left out where a study is too small for them."""

import pytest
from reports.paper_answers import study

pytest.importorskip("compare_gan_tf2.reports.figures._canvas")  # needs matplotlib

from compare_gan_tf2.reports import figures
from compare_gan_tf2.reports.figures import best_five_percent, least_score_by_trainings

FIGURES = (best_five_percent, least_score_by_trainings)


def landscape(count):
    shared = {"dataset": "mnist", "architecture": "infogan"}
    return study(
        [
            (shared | {"loss": loss, "g_learning_rate": 1e-4 * (number + 1)}, {0: 10.0 + place + 3.0 * number})
            for place, loss in enumerate(("hinge", "wasserstein"))
            for number in range(count)
        ]
    )


@pytest.mark.parametrize("figure", FIGURES)
def test_the_figure_shows_what_its_data_say(figure):
    gathered, answer = landscape(30)
    rows = figure.data(gathered, answer)
    assert {row["configuration"] for row in rows} == {"loss=hinge", "loss=wasserstein"}
    axes = figure.draw(gathered, answer).axes[0]
    low, high = (min, max)
    name = "score" if figure is best_five_percent else "expected"
    limits = axes.get_xlim() if figure is best_five_percent else axes.get_ylim()
    values = [row[name] for row in rows]
    assert limits[0] <= low(values) and high(values) <= limits[1]


@pytest.mark.parametrize("figure", FIGURES)
def test_a_study_that_is_too_small_is_left_out_with_the_reason(figure):
    with pytest.raises(figures.NothingToShowError, match="^needs .* trainings per setting$"):
        figure.draw(*landscape(3))


def test_the_figures_are_in_the_list():
    assert {"best_five_percent", "least_score_by_trainings"} <= {*figures.names()}
