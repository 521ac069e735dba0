"""Names from outside are text, on a terminal and in Markdown."""

import html
import random
import re

import pytest

from compare_gan_tf2 import display

NAMES = (
    "cat & dog <3", "<script>x</script>", "<!-- hidden", "&lt;b&gt;", "*bold* __init__ _x_ snake_case 2*3*4",
    "~~gone~~", "![picture](https://example.org/p.png)", "[a]: https://example.org", "<https://example.org>",
    "`` `code` ``", "a|b|c",
    "# heading", "- item", "+ item", "1. item", "23) item", "---", "===", "> quote", "\\`x", "a\n\n# b\r\n| c |", "$x$",
    "    code", "trailing \\", "\u202egnp.exe", "\x1b[2Jgone\x07", "caf\u00e9 \U0001f431 \u732b", "lone \udc80", "",
)  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_a_name_in_markdown_is_shown_as_it_is(name):
    written = display.markdown(name)
    assert _shown(f"# {written}", "h1") == _shown(written, "p") == display.line(name)
    assert _shown(f"| | |\n|---|---|\n| {written} | {written} |", "td") == display.line(name)


def test_names_of_many_marks_are_shown_as_they_are():
    source = random.Random(5)
    for _ in range(300):
        name = "".join(source.choices("ab1 .\\`*_[]()|~#<>!&-+=:/@$\n", k=source.randint(1, 12)))
        assert _shown(display.markdown(name), "p") == display.line(name), name


def _shown(markdown, element):
    """The text of each such element of the page, which has to be the same and without any element in it."""
    page = (
        pytest.importorskip("markdown_it").MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(markdown)
    )
    texts = set(re.findall(f"<{element}>(.*?)</{element}>", page, re.DOTALL)) or {""}
    assert len(texts) == 1 and not re.search("<(?!/?(table|thead|tbody|tr|th|td|h1|p)>)", page), page
    return html.unescape(texts.pop()).strip()


def test_addresses_and_mentions_are_no_links():
    written = display.markdown("https://example.org www.example.org me@example.org $x$ wgan_gp 0.0002 -1")
    assert not re.search(r"://|www\.|@|(?<!\\)\$", written)
    assert written.endswith("wgan_gp 0.0002 -1")
    assert html.unescape(written).startswith("https://example.org www.example.org me@example.org")


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("plain \u00e9 \u732b", "plain \u00e9 \u732b"),
        ("\x1b]0;title\x07", r"\x1b]0;title\x07"),
        ("a\rb\x00\x7f\x9b", r"a\rb\x00\x7f\x9b"),
        ("\u202eabc\u2066\u200b\u2028", r"\u202eabc\u2066\u200b\u2028"),
        ("not utf-8: \udcff", r"not utf-8: \udcff"),
    ],
)
def test_what_a_terminal_obeys_is_shown_as_an_escape(text, seen):
    assert display.visible(text) == seen


def test_kept_characters_stay_and_a_line_is_one_line():
    assert display.visible("a\tb\n\x1b", keep="\n\t") == "a\tb\n\\x1b"
    assert display.line("  a\n\tb\u2028c \x1b ") == r"a b c \x1b"
