"""A generator that makes few images is flagged with the reason; one that has only begun is not."""

import json

import pytest

from compare_gan_tf2.studies import terminal
from compare_gan_tf2.task_folder import collapse, score_table
from compare_gan_tf2.task_folder.protocol import Protocol


def row(step=4000, status="ok", steps=4000, **scores):
    named = {f"{name}_classifier_x_1" if name[0] in "rcdp" else name: str(value) for name, value in scores.items()}
    return {
        "step": str(step),
        "status": status,
        **named,
        "protocol": "p",
        "training_steps": str(steps),
        "precision": "float32",
    }


@pytest.mark.parametrize(
    ("scores", "reason"),
    [
        # Good images of a few kinds: second by mean FID, and no error anywhere.
        ({"fid": 3.1, "precision": 0.7, "recall": 0.06}, "recall 0.06"),
        ({"recall": 0.0, "coverage": 0.01, "density": 0.9}, "recall 0; coverage 0.01"),
        ({"recall": 0.4, "coverage": 0.04, "density": 0.5}, "coverage 0.04"),
        # A blurry model is no collapsed one: its images are far from all real ones.
        ({"recall": 0.4, "coverage": 0.04, "density": 0.02}, ""),
        ({"recall": 0.1, "coverage": 0.05, "density": 0.5}, ""),
        ({"ms_ssim": 0.97}, "samples are alike: MS-SSIM 0.97"),
        ({"ms_ssim": 0.4, "vendi_score": 3.0, "vendi_score_real": 25.0}, ""),
        ({"vendi_score": 2.0, "vendi_score_real": 25.0}, "samples are alike: Vendi score 2, of real images 25"),
        ({"fid": 99.0}, ""),
    ],
)
def test_scores_that_tell_of_few_images(scores, reason):
    assert collapse.reason(row(**scores)) == reason


def test_samples_that_hardly_differ_are_flagged_whatever_they_score():
    assert collapse.reason(row(recall=0.5), spread=0.05).startswith("samples hardly differ: their distances are 0.05")
    assert collapse.reason(row(recall=0.5), spread=0.4) == ""


@pytest.mark.parametrize(
    ("step", "steps", "is_flagged"),
    [
        (300, 1200, False),  # tried: StyleGAN2 had 0.03 there, and 0.11 at the end
        (2000, 4000, True),
        (20, 20, False),  # a test of an installation
        (150, 150, False),
        (300, 400, True),
        (3000, 100_000, False),
        (5000, 100_000, True),
    ],
)
def test_what_has_only_begun_is_not_flagged(step, steps, is_flagged):
    assert bool(collapse.reason(row(step, steps=steps, recall=0.05))) is is_flagged


def test_networks_that_were_not_trained_make_images_that_are_alike_and_are_not_flagged():
    assert collapse.reason(row(100, steps=100), spread=0.01) == ""
    assert collapse.reason(row(250), spread=0.01)


@pytest.mark.parametrize("state", ["diverged", "damaged"])
def test_what_has_no_scores_that_count_is_not_flagged(state):
    assert collapse.of_row(row(status=state, recall=0.0) | {"collapse": "recall 0"}) == (
        "recall 0" * (state != "damaged")
    )
    assert collapse.reason(row(status=state, recall=0.0)) == ""


def lines(start, end, name="loss/d"):
    """Forty lines of a loss that goes from one value to another, evenly in its logarithm."""
    return [{"step": 10 * i, name: -start * (end / start) ** (i / 39)} for i in range(40)]


@pytest.mark.parametrize(
    ("measured", "is_flagged"),
    [
        (lines(0.1, 1e7), True),
        (lines(0.1, 30.0), False),
        (lines(8000.0, 2000.0), False),  # a sum over pixels
        (lines(0.1, 1e7, "penalty_gradient"), False),
        (lines(0.1, 1e7)[:8], False),
        ([], False),
    ],
)
def test_losses_that_ran_away(measured, is_flagged):
    said = collapse.reason(row(), losses=measured)
    assert said.startswith("loss/d exploded: from ") is is_flagged and bool(said) is is_flagged


def test_a_new_row_is_judged_with_what_its_training_measured_until_then(tmp_path):
    measured = lines(0.1, 1e7)
    (tmp_path / "measurements.jsonl").write_text("".join(json.dumps(each) + "\n" for each in measured) + '{"st')
    assert "exploded" in collapse.of_new_row(tmp_path, row() | {"step": 4000}, None)
    assert collapse.of_new_row(tmp_path, row() | {"step": 50}, None) == ""
    assert collapse.of_new_row(tmp_path / "none", row() | {"step": 4000}, None) == ""


def test_the_cell_is_kept_and_rows_without_it_are_judged_when_they_are_read(tmp_path):
    def add(step, cells, **scores):
        said = {"protocol": str(Protocol.parse(f"a={step}"))}
        score_table.add_row(tmp_path, row(step, **scores) | said | cells)

    add(2000, {}, recall=0.01)
    (old,) = score_table.read_rows(tmp_path)
    assert "collapse" not in old and collapse.of_row(old) == "recall 0.01"
    add(4000, {"collapse": "samples hardly differ"})
    old, new = score_table.sound(score_table.read_rows(tmp_path))
    assert (collapse.of_row(old), collapse.of_row(new)) == ("recall 0.01", "samples hardly differ")
    # More scores of the same step, which tell of nothing, do not take the reason away.
    add(4000, {"collapse": ""}, recall=0.6)
    new = score_table.sound(score_table.read_rows(tmp_path))[-1]
    assert collapse.of_row(new) == "samples hardly differ"
    assert {name: new[name] for name in score_table.score_columns([new])} == {"recall_classifier_x_1": "0.6"}


def test_the_table_of_scores_says_which_step_and_why():
    rows = [row(2000, fid="3", recall=0.5), row(4000, fid="2", recall=0.03)]
    text = terminal.scores(rows, 60)
    assert text.splitlines()[-2:] == ["collapsed? step 4000: recall 0.03", "protocol: p"]
    assert [each.get("collapse") for each in terminal.as_json(rows)] == [None, "recall 0.03"]
