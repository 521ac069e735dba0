"""The list of where things are is true, and a question's own words lead to its file."""

import re

ROW = re.compile(r"^\| (?P<question>[^|]+) \| `(?P<path>[^`]+)` \| `(?P<text>[^`]+)` \|$", re.MULTILINE)


def _stems(text):
    """Words of three letters and more, without what plurals and verbs add."""
    return {word[:5] for word in re.findall(r"[a-z0-9]{3,}", text.lower().replace("_", " "))}


def _rows(repository):
    return [match.groupdict() for match in ROW.finditer((repository / "docs/where.md").read_text(encoding="utf-8"))]


def test_forty_things_are_where_the_list_says(repository):
    rows = _rows(repository)
    assert len({row["question"] for row in rows}) == len(rows) >= 40
    for row in rows:
        top = repository if row["path"].startswith(("datasets/", "hub_export/")) else repository / "compare_gan_tf2"
        assert row["text"] in (top / row["path"]).read_text(encoding="utf-8"), row


def test_the_words_of_a_question_lead_to_its_file(repository):
    for row in _rows(repository):
        words, path = _stems(row["question"]), row["path"].lower()
        assert any(word in path for word in words), row
