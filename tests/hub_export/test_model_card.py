"""A stranger's names are text in the model card."""

import types

import pytest

from compare_gan_tf2.hub_export import model_card as cards
from compare_gan_tf2.hub_export.model_card import model_card
from compare_gan_tf2.options import Options

NAMES = (
    "<b onmouseover=steal()>", "[free](https://example.org)", "a\n\n## Scores\n\n| fid | 0 |", "![x](y)", "b`c|d",
    "\x1b[1m",
)  # fmt: skip


@pytest.fixture
def card():
    options = Options.unchecked({"dataset": "triangles", "conditional": "true", "label_file": "/home/someone/<i>.csv"})
    dataset = types.SimpleNamespace(
        title="images in cats\n---\nlicense: mit\n# Best", licence="see https://example.org/a_b: <b>, free of <rights>",
        image_shape=(8, 8, 3), class_names=NAMES, num_classes=len(NAMES),
    )  # fmt: skip
    players = {"generator": None, "discriminator": None}
    prior = types.SimpleNamespace(length=8, distribution="uniform")
    gan = types.SimpleNamespace(options=options, dataset=dataset, prior=prior, players=players)
    row = {"step": "1", "status": "ok", "fid_<img src=x>": "0.5", "protocol": "real=*1*; data=<a href=x>\n\n## Scores"}
    return model_card(gan, {"step": 1, "options": {"label_file": "<i>.csv"}}, row, ("logits",))


def test_names_write_neither_html_nor_markdown(card):
    assert "\x1b" not in card and "<" not in card.replace("setuptools<82", "")
    assert "[free](" not in card and "![x](" not in card
    headings = [line for line in card.splitlines() if line.startswith("#")]
    assert headings[0].startswith("# infogan on images in cats --- license: mit \\# Best") and len(headings) == 6
    assert r"b\`c\|d" in card and r"real=\*1\*" in card and "| &lt;i&gt;.csv |" in card


def test_the_head_has_no_other_lines_and_the_address_stays_one(card):
    head = card.split("---\n")[1].splitlines()
    assert [line.partition(":")[0] for line in head] == ["license", "license_name", "license_link", "tags"]
    assert head[2] == "license_link: https://example.org/a_b"
    assert "see https://example.org/a_b: &lt;b&gt;, free of &lt;rights&gt;" in card


def test_a_card_says_how_w_is_truncated():
    def said(**values):
        return cards._truncation(Options.from_dict({"gan": "stylegan2", "dataset": "cifar10"} | values))

    assert said() == ""
    assert "use truncated w: psi 0.5 of the first 4 layers, towards" in said(truncation_psi=0.5, truncation_cutoff=4)
