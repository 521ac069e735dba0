"""Links of the pages lead somewhere, and every page is a part of the site."""

import pathlib
import re

import pytest
from PIL import Image

from benchmarks import demonstrations, gallery

CHECKOUT = pathlib.Path(__file__).resolve().parents[1]
PAGES = sorted(
    path.relative_to(CHECKOUT).as_posix()
    for pattern in ("*.md", "docs/*.md", "docs/systems/*.md", "datasets/README.md", "hub_export/**/README.md")
    for path in CHECKOUT.glob(pattern)
)
_LINK = re.compile(r"\]\((?!https?://)([^)#\s]*)(#[^)\s]*)?\)")
_CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)


def anchors(text):
    """What headings can be linked by, as GitHub and MyST make it of them."""
    headings = re.findall(r"^#+ (.*)$", re.sub(r"```.*?```", "", text, flags=re.DOTALL), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def broken(page, text):
    """Links of a page that lead nowhere."""
    found = []
    for path, anchor in _LINK.findall(_CODE.sub("", text)):
        target = (CHECKOUT / page).parent / path if path else CHECKOUT / page
        if not target.exists() or (anchor and anchor[1:] not in anchors(target.read_text(encoding="utf-8"))):
            found.append(path + anchor)
    return found


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page):
    assert not broken(page, (CHECKOUT / page).read_text(encoding="utf-8"))


def test_broken_links_are_found():
    text = "[a](docs/none.md) [b](docs/distributed.md#none) [c](docs/distributed.md#the-same-bits) `[d](x)`"
    assert broken("README.md", text) == ["docs/none.md", "docs/distributed.md#none"]


def test_the_site_has_every_page():
    index = (CHECKOUT / "docs/index.md").read_text(encoding="utf-8")
    listed = set(re.findall(r"^[\w./]+$", index, re.MULTILINE))
    for page in PAGES:
        path = pathlib.PurePosixPath(page)
        name = (
            path.with_suffix("").relative_to("docs").as_posix()
            if page.startswith("docs/")
            else f"../{path.with_suffix('')}"
        )
        assert name in listed or page.startswith("docs/systems/") or name == "index", f"docs/index.md lacks {name}"


def test_the_readme_is_a_page():
    assert len((CHECKOUT / "README.md").read_text(encoding="utf-8").splitlines()) <= 160


def test_gallery_and_demonstrations_say_what_the_tables_say():
    text = (CHECKOUT / "docs/gallery.md").read_text(encoding="utf-8")
    assert text == gallery.page(demonstrations.RESULTS), "run: python -m benchmarks.gallery"
    numbers = (CHECKOUT / "docs/demonstrations.md").read_text(encoding="utf-8")
    assert numbers == gallery.numbers(demonstrations.RESULTS), "run: python -m benchmarks.gallery"


def test_the_gallery_takes_the_last_sheet_of_a_system(tmp_path):
    sheets = {
        "latent_systems/acgan": (
            "step-00000010",
            "step-00000020",
            "step-00000020-common",
            "step-00000020-codes",
            "real",
        ),
        "translation/pix2pix": ("real", "step-00000030-translate", "step-00000040-translate", "step-00000040-cycle"),
        "translation/emoji": ("step-00000010-translate",),
        "translation/emoji_styles": ("step-00000010-translate_ab",),
        "translation/unit": ("step-00000010-translate",),
        "style_systems/r3gan": ("real",),
    }
    for place, names in sheets.items():
        samples = tmp_path / "work" / place / "system-0/samples"
        samples.mkdir(parents=True)
        for number, name in enumerate(names, 1):
            Image.new("L", (8, 8), 10 * number).save(samples / f"{name}.png")
    head = ",".join(demonstrations._COLUMNS)
    (tmp_path / "latent_systems.csv").write_text(
        f"{head}\nacgan,system,0,20,1.0,x,fid=1\nacgan,control,0,9,1.0,x,fid=1\n"
    )
    (tmp_path / "translation.csv").write_text(
        f"{head}\npix2pix,system,0,40,1.0,x,l1=1\nemoji,system,0,10,1.0,x,l1=1\nemoji_styles,system,0,10,1.0,x,l1=1\nunit,control,0,10,1.0,x,l1=1\n"
    )
    assert gallery.take_pictures(tmp_path / "work", tmp_path / "pictures", tmp_path) == ["acgan", "pix2pix"]
    for name, height, color in (("acgan", 4, 20), ("pix2pix", 8, 30)):
        with Image.open(tmp_path / f"pictures/{name}.png") as image:
            assert image.size == (8, height) and set(image.convert("L").getdata()) == {color}
    assert len([*(tmp_path / "pictures").iterdir()]) == 2
