"""Scores on a terminal: what fits, what comes first, what is marked."""

import pytest

from compare_gan_tf2.studies import terminal

PROTOCOL = "data=mnist test 5c1f0a1b; real=10000; metrics=fid; kid (blocks of at most 1024)"
_NAMES = """
precision recall density coverage inception_score kid kid_standard_error fid fid_deviation fid_infinity ms_ssim
vendi_score fractal_dimension polygon_precision polygon_recall polygon_median_distance sliced_wasserstein_16
"""
PANEL = _NAMES.split()


def row(step, status="ok", protocol=PROTOCOL, ability="", **scores):
    said = {"ability": ability} if ability else {}
    return {"step": str(step), **said, "status": status, **scores, "protocol": protocol}


def panel(step, value):
    return row(step, **{f"{name}_classifier_mnist_c28361d9": str(value + i) for i, name in enumerate(PANEL)})


@pytest.mark.parametrize("width", [60, 80, 120])
def test_a_panel_fits_and_has_every_score_once(width):
    text = terminal.scores([panel(500, 10.123456), panel(1000, 7.1)], width)
    assert max(map(len, text.splitlines())) <= width
    heads = [line.split()[1:] for line in text.splitlines() if line.startswith("step")]
    assert heads[0][:3] == ["FID", "KID", "IS"]
    # The uncertainties stand beside their scores.
    assert len(sum(heads, [])) == len(set(sum(heads, []))) == len(PANEL) - 2
    assert text.count("protocol: ") == 1 and " ".join(text.split()).endswith(PROTOCOL)
    assert "14.1±15*" in text and "FID ± standard deviation over repeats" in " ".join(text.split())


def test_the_best_is_marked_as_each_score_counts_and_what_is_damaged_is_not():
    rows = [
        row(1, fid="3", precision="0.5", vendi_score_real="1"),
        row(2, fid="2", precision="0.9", vendi_score_real="2"),
        row(3, "damaged", fid="1", precision="1.5", vendi_score_real="3"),
        row(4, fid="2", precision="", vendi_score_real="4"),
    ]
    lines = [line.split() for line in terminal.scores(rows, 80).splitlines()[:5]]
    assert lines == [
        ["step", "status", "FID", "precision", "Vendi-real"],
        ["1", "ok", "3", "0.5", "1"],
        ["2", "ok", "2*", "0.9*", "2"],
        ["3", "damaged", "1", "1.5", "3"],
        ["4", "ok", "2*", "4"],
    ]


def test_all_that_look_equal_to_the_best_are_marked():
    rows = [row(1, fid="2.00001", kid="-0.5"), row(2, fid="2.00002", kid="-0.5"), row(3, fid="2.1", kid="0")]
    lines = [line.split() for line in terminal.scores(rows, 80).splitlines()[1:4]]
    assert lines == [["1", "2*", "-0.5*"], ["2", "2*", "-0.5*"], ["3", "2.1", "0"]]


def test_each_ability_has_its_best():
    rows = [row(step, ability=name, l1=str(step)) for step in (1, 2) for name in ("encode", "translate")]
    text = terminal.scores(rows, 80)
    assert text.count("1*") == 2 and "2*" not in text


def test_a_single_row_has_no_best_and_its_status_is_left_out():
    assert terminal.scores([row(7, fid="12.345678")], 80).splitlines()[:2] == ["step    FID", "   7  12.35"]


def test_protocols_have_a_table_each_and_what_is_empty_is_left_out():
    rows = [row(1, fid_a="1.0", fid_b=""), row(2, fid_a="", fid_b="2.0", protocol="real=20")]
    first, second = terminal.scores(rows, 80).split("\n\n")
    assert first.splitlines()[:3] == ["step  FID", "   1    1", "FID stands for column fid_a"]
    assert second.splitlines()[2:] == ["FID stands for column fid_b", "protocol: real=20"]


def test_the_protocol_that_says_most_is_told_and_the_width_is_the_terminals(monkeypatch):
    rows = [row(1, fid="1.0", protocol="real=9"), row(2, fid="2.0", protocol="real=9; metrics=fid; kid")]
    assert terminal.scores(rows, 80).splitlines()[-1] == "protocol: real=9; metrics=fid; kid"
    monkeypatch.setenv("COLUMNS", "77")
    assert terminal.width() == 77


def test_two_columns_of_one_score_keep_their_names_which_are_not_explained():
    rows = [row(1, fid_a="1.0", fid_b="2.0")]
    text = terminal.scores(rows, 80)
    assert text.splitlines()[0].split() == ["step", "fid_a", "fid_b"] and "is fid_a" not in text


def test_one_row_is_listed_with_all_digits():
    found = terminal.listed(row(1, coverage_x="1.0", kid_x="0.1234567890123", fid_x=""), 40)
    assert found.splitlines()[:3] == ["fid_x: not defined", "kid_x: 0.1234567890123", "coverage_x: 1.0"]
    assert max(map(len, found.splitlines())) <= 40


def test_programs_get_numbers_by_full_names():
    assert terminal.as_json([row(1, "ok", fid_x="0.1", kid_x="", coverage_x="nan")]) == [
        {"step": 1, "status": "ok", "scores": {"fid_x": 0.1, "coverage_x": None}, "protocol": PROTOCOL}
    ]


def test_what_is_no_number_is_not_the_best():
    assert [
        line.split()[1:] for line in terminal.scores([row(1, fid="nan"), row(2, fid="3")], 80).splitlines()[:3]
    ] == [
        ["FID"],
        ["nan"],
        ["3*"],
    ]


def test_a_word_that_is_longer_than_the_terminal_stays_whole_and_goes_below():
    path = "/a/long/path/of/a-log-file.txt"
    assert terminal.wrapped(f"see {path} there", 20).splitlines() == ["see", f"  {path}", "  there"]
    rows = [("log", "a"), ("path", "words that go on below"), ("x", 9 * "ten words ")]
    assert max(map(len, terminal.described(rows, 34).splitlines())) <= 34
    rows = [("name", "what it is"), ("log", path)]
    assert terminal.described(rows, 34).splitlines() == ["name", "    what it is", "log", f"    {path}"]
    assert terminal.described(rows, 36).splitlines() == ["name  what it is", f"log   {path}"]
