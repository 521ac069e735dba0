"""The page: whole, safe whatever users wrote, the same each time, and bounded."""

import ast
import base64
import dataclasses
import hashlib
import html.parser
import json
import os
import pathlib
import re
import shlex
import subprocess

import pytest
from reports import page_study

from compare_gan_tf2.commands import export, run_one_task
from compare_gan_tf2.reports import page
from compare_gan_tf2.reports.page import _data, _pictures, _places, _texts
from compare_gan_tf2.reports.records import Interval

SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><script>alert(1)</script><rect/></svg>'


class Parsed(html.parser.HTMLParser):
    """A page: elements with attributes, ids, texts; fails on what is not closed in order."""

    EMPTY = ("meta", "img", "br", "input", "link")

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.open, self.elements, self.texts, self.blocks = [], [], [], []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        names = [name for name, _ in attrs]
        assert len(set(names)) == len(names)
        self.elements.append((tag, dict(attrs)))
        if tag not in self.EMPTY:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        (self.blocks if self.open and self.open[-1] in ("script", "style") else self.texts).append(data)

    def named(self, tag):
        return [attributes for name, attributes in self.elements if name == tag]

    def all(self, attribute):
        return [attributes[attribute] for _, attributes in self.elements if attribute in attributes]

    @property
    def text(self):
        return " ".join("".join(self.texts).split())


def written(folder, study, answers=None, figures=()):
    answers = page_study.answers(study) if answers is None else answers
    return page.write(study, answers, figures, folder / "report").read_bytes().decode()


def data_of(text):
    return json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.DOTALL)[1])


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """Text of a page with samples and a figure, and what html.parser makes of it."""
    folder = tmp_path_factory.mktemp("page")
    workdir = folder / "digits"
    page_study.draw_samples(workdir, range(10))
    figure = folder / "effect_of_loss.svg"
    figure.write_text(SVG)
    text = written(folder, page_study.gathered(workdir), figures=[figure])
    return text, Parsed(text), workdir


def test_nothing_is_fetched_from_anywhere(whole):
    text, parsed, _ = whole
    assert parsed.all("src")
    assert all(each.startswith("data:image/") for each in parsed.all("src"))
    assert all(each.startswith("#") for each in parsed.all("href"))
    assert "url(" not in text and "@import" not in text and "fetch(" not in text
    # The name space of SVG is a name and no address.
    assert set(re.findall(r"\w+://[\w./]*", text)) <= {"http://www.w3.org/2000/svg"}


def test_the_policy_lets_only_the_pages_own_style_and_script_run(whole):
    text, parsed, _ = whole
    (policy,) = (each["content"] for each in parsed.named("meta") if "http-equiv" in each)
    allowed = dict(each.split(" ", 1) for each in policy.split("; "))
    assert allowed["default-src"] == "'none'" and allowed["img-src"] == "data:"
    for kind in ("style", "script"):
        content = re.search(rf"<{kind}>(.*?)</{kind}>", text, re.DOTALL)[1]
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert allowed[f"{kind}-src"] == f"'sha256-{digest}'"
    assert not parsed.all("style") and not [each for each in parsed.elements if any(k[:2] == "on" for k in each[1])]


def test_the_script_never_reads_a_text_as_html_or_as_a_program(whole):
    text, _, _ = whole
    for name in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function", "srcdoc"):
        assert name not in text


def test_links_lead_somewhere_and_ids_are_unique(whole):
    _, parsed, _ = whole
    ids = parsed.all("id")
    assert len(set(ids)) == len(ids)
    assert {each[1:] for each in parsed.all("href")} <= set(ids)
    assert set(parsed.all("aria-labelledby")) <= set(ids)


def test_everything_that_is_to_be_read_is_there_without_the_script(whole):
    _, parsed, _ = whole
    for said in (
        "10 of 12 done, 1 running to step 500, 1 diverged",
        "Spectral norm is better than none: its FID is lower by 9.2 (95 % interval 6.1 to 12.4; 6 pairs).",
        "With 3 pairs, p is at least .25.",
        "protocol of FID: 5,000 samples, classifier of mnist",
        "a loss is not finite at step 700",
        "recall is 0.01",
        "A is better",
        "intervals: Student's t; failed tasks: none",
        "undecided",
        "-12.4 to -6.1",
        "0.0312",
        "71 %",
        "Effect of loss",
        "3 rows of another protocol: 2,000 samples",
    ):
        assert said in parsed.text, said


def test_protocols_and_notes_that_scores_share_stand_once(whole, tmp_path):
    _, parsed, _ = whole
    assert parsed.text.count("With 3 pairs, p is at least .25.") == 1
    study = page_study.gathered(tmp_path)
    columns = [dataclasses.replace(each, protocol="one for all") for each in study.columns]
    answers = {
        each.key: page_study.answer(study, each, title=each.short, notes=("of both", f"of {each.short} alone"))
        for each in columns
    }
    text = Parsed(written(tmp_path, study, answers)).text
    assert text.count("protocol of FID, recall: one for all") == text.count("one for all") == 1
    for note in ("of both", "of FID alone", "of recall alone"):
        assert text.count(note) == 1, note
    alone = Parsed(written(tmp_path, study, {"fid": answers["fid"]})).text
    assert alone.count("of both") == 1 and alone.count("protocol of FID: one for all") == 1


def test_scores_that_are_the_same_in_all_tasks_are_a_line_and_no_tables(tmp_path):
    study = page_study.gathered(tmp_path)
    fid, recall = study.columns

    def constant(column):
        made = page_study.answer(study, column)
        groups = [dataclasses.replace(each, values=dict.fromkeys(each.values, 0.0)) for each in made.groups]
        return dataclasses.replace(made, groups=groups)

    column = dataclasses.replace(recall, key="density", score="density", short="density")
    density = dataclasses.replace(constant(recall), column=column)
    answers = {"fid": page_study.answer(study, fid), "recall": constant(recall), "density": density}
    text = written(tmp_path, study, answers)
    parsed = Parsed(text)
    assert "recall, density: 0 in all tasks" in parsed.text
    assert [each.get("data-score") for each in parsed.named("section") if "data-score" in each] == ["0"]
    assert [each["key"] for each in data_of(text)["scores"]] == ["fid"]
    # The score that was asked for has its tables in any case.
    text = written(tmp_path, study, {"recall": constant(recall), "fid": answers["fid"]})
    assert [each["key"] for each in data_of(text)["scores"]] == ["recall", "fid"] and "in all tasks" not in text


def test_it_can_be_read_aloud(whole):
    text, parsed, _ = whole
    assert parsed.named("html") == [{"lang": "en"}]
    assert text.count("<table") == text.count("<caption><span>") > 5
    assert all(each.get("alt") for each in parsed.named("img"))
    assert all(each.get("scope") in ("col", "row") for each in parsed.named("th"))
    levels = [int(tag[1]) for tag, _ in parsed.elements if re.fullmatch(r"h\d", tag)]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after - before <= 1 for before, after in zip(levels, levels[1:], strict=False))


def test_the_best_group_is_first_and_marked(whole):
    text, _, _ = whole
    rows = re.findall(r"<tr[^>]*data-group[^>]*>.*?</tr>", text)
    assert 'class="best"' in rows[0] and "hinge" in rows[0] and "spectral" in rows[0]
    assert sum('class="best"' in row for row in rows) == len(page_study.COLUMNS)


def test_samples_are_of_the_last_sheet_of_generated_images(whole, tmp_path):
    from PIL import Image

    text, _, _ = whole
    article = re.search(r'<article id="task-3".*?</article>|<article[^>]*id="task-3".*?</article>', text, re.DOTALL)[0]
    picture = tmp_path / "picture.jpg"
    picture.write_bytes(base64.b64decode(re.search(r"data:image/jpeg;base64,([^\"]*)", article)[1]))
    red, green, _ = Image.open(picture).getpixel((9, 9))
    assert abs(red - 60) < 9 and abs(green - 1500 % 256) < 9
    assert "step 1,500" in article


def test_the_same_input_gives_the_same_bytes(whole, tmp_path):
    text, _, workdir = whole
    figure = tmp_path / "effect_of_loss.svg"
    figure.write_text(SVG)
    assert written(tmp_path, page_study.gathered(workdir), figures=[figure]) == text


def test_texts_of_users_are_texts_and_nothing_else(whole, tmp_path):
    workdir = tmp_path / "stu\udce9dy <b>'\"&"
    figure = tmp_path / "a <b>'\"&_figure.svg"
    figure.write_text(SVG)
    study, answers = page_study.hostile(workdir)
    text = written(tmp_path, study, answers, [figure])
    parsed, plain = Parsed(text), whole[1]
    assert {tag for tag, _ in parsed.elements} <= {tag for tag, _ in plain.elements}
    assert len(parsed.named("script")) == 2 and len(parsed.named("style")) == 1
    assert {each for _, names in parsed.elements for each in names} <= {e for _, n in plain.elements for e in n}
    assert r"</script></style></title><script>hit()</script><img src=x onerror=hit()>" in parsed.text
    assert r"\u2028\u202e\x1b[2J\x00\udce9" in parsed.text
    assert not re.search("[\x00-\x09\x0b-\x1f\u2028\u202e]", text)
    data = data_of(text)
    assert "</script>" in data["groups"][0] and r"\udce9" in data["groups"][0]


def test_lines_of_a_task_are_those_of_the_commands(whole):
    _, _, workdir = whole
    task = page_study.tasks(workdir)[4]
    (_, run), (_, publish), (_, load) = _places.commands(task, 1500)
    for line, name, flags in ((run, "run_one_task", run_one_task.FLAGS), (publish, "export", export.FLAGS)):
        words = shlex.split(line)
        assert words[0] == f"compare_gan_{name}"
        assert flags(words) == words[:1]  # what is no flag of the command would be left, or refused
        assert (flags.workdir, flags.task_num) == (str(workdir), 4)
    assert export.FLAGS.step == "1500"
    call = ast.parse(load).body[-1].value
    assert ast.literal_eval(call.args[0]) == str(workdir / "4" / "export" / "1500")


def test_what_has_no_score_is_not_exported(whole):
    text, _, _ = whole
    diverged = re.search(r'<article[^>]*id="task-11".*?</article>', text, re.DOTALL)[0]
    assert "compare_gan_run_one_task" in diverged and "compare_gan_export" not in diverged


@pytest.mark.parametrize("name", ["plain", "it's", "two words", "a\udcff\\'$(x)", "line\nbreak", "é"])
def test_a_path_is_one_word_of_the_shell(name):
    line = f"printf %s {_places.shell_word(pathlib.Path(name))}"
    assert line.encode().isascii() or name == "é"
    assert subprocess.run(["bash", "-c", line], capture_output=True, check=True).stdout == os.fsencode(name)


@pytest.mark.parametrize(
    ("at", "lower", "step"), [("last", True, 1500), ("best", True, 1500), ("best", False, 500), ("1000", True, 1000)]
)
def test_the_checkpoint_that_counts_is_the_answers(tmp_path, at, lower, step):
    study = page_study.gathered(tmp_path)
    column = dataclasses.replace(study.columns[0], lower_is_better=lower)
    found = _places.scored_point(study.tasks[0], page_study.answer(study, column, at=at))
    assert found.step == step


def test_without_scores_there_is_a_page_all_the_same(tmp_path):
    study = page_study.gathered(tmp_path, columns=())
    study = dataclasses.replace(study, tasks=[dataclasses.replace(each, points=()) for each in study.tasks])
    parsed = Parsed(written(tmp_path, study, {}))
    assert "No task has a score yet" in parsed.text and "10 of 12 done" in parsed.text
    assert Parsed(written(tmp_path, page_study.gathered(tmp_path, tasks=(), columns=()), {}))


def test_two_studies_have_tasks_of_their_own(tmp_path):
    one, other = (page_study.tasks(tmp_path / name) for name in ("a", "b"))
    text = written(tmp_path, page_study.gathered(tmp_path, tasks=[*one, *other]))
    assert {"task-1-3", "task-2-3"} <= set(Parsed(text).all("id"))
    assert "Task a/3" in text and "Task b/3" in text


def test_figures_that_cannot_be_shown_are_named(tmp_path, monkeypatch):
    (tmp_path / "small.svg").write_text(SVG)
    (tmp_path / "large.svg").write_text(SVG * 100)
    monkeypatch.setattr(_pictures, "_FIGURE_BYTES", 1000)
    figures = [tmp_path / name for name in ("large.svg", "small.svg", "curve.pdf", "gone.png", "small.csv")]
    captions = {figures[1]: "What <small> things do"}
    study = page_study.gathered(tmp_path / "w")
    parsed = Parsed(page.write(study, {}, figures, tmp_path, captions).read_text())
    assert len([each for each in parsed.all("src") if "svg" in each]) == 1
    for said in (
        "large.svg: too large",
        "curve.pdf: a page shows .svg, .png and .gif only",
        "gone.png: cannot be read",
    ):
        assert said in parsed.text
    assert "What <small> things do" in parsed.text and "small.csv" not in parsed.text


def pictures(text):
    return text.count("data:image/jpeg")


def test_where_room_is_short_samples_are_of_tasks_of_note(tmp_path, monkeypatch):
    page_study.draw_samples(tmp_path, range(12))
    study = page_study.gathered(tmp_path)
    assert pictures(written(tmp_path, study)) == 12
    monkeypatch.setattr(_pictures, "_MOST_SAMPLES", 11)
    text = written(tmp_path, study)
    # Three of each of the three groups that have values of all seeds or of two of them, and one group's two.
    assert pictures(text) == 3 + 3 + 2 + 2 and "samples of 2 tasks: the page has room for the best" in text
    monkeypatch.setattr(_pictures, "_MOST_SAMPLES", 4)
    text = written(tmp_path, study)
    assert pictures(text) == 3 and "samples of 9 tasks: the page has room for the best, the median" in text
    monkeypatch.setattr(_pictures, "_SAMPLE_BYTES", 100)
    text = written(tmp_path, study)
    assert pictures(text) == 0 and "samples of all tasks: the page has no room for them" in text


def test_samples_that_cannot_be_read_are_not_there(tmp_path):
    page_study.draw_samples(tmp_path, (0, 1))
    (tmp_path / "0" / "samples" / "step-00002000.png").write_bytes(b"\x89PNG\r\n\x1a\nno more")
    assert pictures(written(tmp_path, page_study.gathered(tmp_path))) == 1


def test_many_tasks_have_sections_up_to_a_limit(tmp_path, monkeypatch):
    monkeypatch.setattr(page, "_MOST_SECTIONS", 5)
    monkeypatch.setattr(_data, "_MOST_NUMBERS", 60)
    text = written(tmp_path, page_study.gathered(tmp_path))
    parsed, data = Parsed(text), data_of(text)
    assert text.count("<article") == 5 and "sections of 7 tasks" in parsed.text
    assert {each[1:] for each in parsed.all("href")} <= set(parsed.all("id"))
    assert len(data["tasks"]) == 12 and [each[1] for each in data["tasks"]].count("") == 7
    # Each second checkpoint, counted from the last.
    assert [point[0] for point in data["tasks"][0][6]] == [500, 1500]
    assert "of each task the last and, going back, one in 2 are drawn" in parsed.text


def test_charts_get_each_value_once(whole):
    text, _, _ = whole
    data = data_of(text)
    assert data["scores"][0]["values"][9:] == [None, pytest.approx(18.7667), None]
    assert [data["values"][i][place] for i, place in enumerate(data["tasks"][3][5])] == ["hinge", "spectral"]
    assert data["tasks"][10][6][-1][1] == 1


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (12.3456, "12.35"),
        (12345.6, "12350"),
        (0.000123456, "0.0001235"),
        (1.5e-7, "1.500e-07"),
        (-0.0, "0"),
        (None, "–"),
    ],
)
def test_numbers_have_four_digits(value, text):
    assert _texts.number(value) == text


def test_small_p_and_ranges_are_said_in_words():
    assert _texts.probability(0.00001) == "< 0.0001"
    assert _texts.interval(Interval(10.9, 13.54321, "")) == "10.9 to 13.54"
    assert _texts.option(True) == "true" and _texts.option(2e-4) == "0.0002" and _texts.option("") == "''"


def contrast(one, other):
    """Of two colors "#rrggbb", as WCAG 2 has it: from 1 to 21."""
    lights = []
    for color in (one, other):
        parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in parts]
        lights.append(0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2])
    return (max(lights) + 0.05) / (min(lights) + 0.05)


@pytest.mark.parametrize("theme", [0, 1])
def test_colors_can_be_told_from_their_ground(whole, theme):
    named = {name: pair[theme] for name, *pair in re.findall(r"--([\w-]+): light-dark\((#\w+), (#\w+)\)", whole[0])}
    for name in ("ink", "quiet", "accent", "good", "bad"):
        assert min(contrast(named[name], named[ground]) for ground in ("paper", "raised")) >= 4.5, name
    for name in (each for each in named if each.startswith(("color-", "focus"))):
        assert contrast(named[name], named["paper"]) >= 3, name
