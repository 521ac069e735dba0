"""The page in a real browser, without a network: sorting, filtering, switching scores, hovering, printing."""

import pytest
from reports import chromium, page_study

from compare_gan_tf2.reports import page

pytestmark = pytest.mark.skipif(chromium.program() is None, reason="no Chromium (Debian's package chromium)")

FIRST_DOT = "document.querySelector('section.answer:not([hidden]) .chart .dot').getBoundingClientRect()"


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    with chromium.started(tmp_path_factory.mktemp("profile")) as found:
        yield found


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    folder = tmp_path_factory.mktemp("page")
    page_study.draw_samples(folder / "digits", range(10))
    study = page_study.gathered(folder / "digits")
    return page.write(study, page_study.answers(study), [], folder / "report")


@pytest.fixture
def shown(browser, path):
    """A browser of a desktop's size that has just opened the page."""
    browser.screen(1280, 900)
    browser.open(path)
    return browser


def rows(browser):
    """Texts of the rows that the table of groups shows."""
    rows = "section.answer:not([hidden]) table.groups tbody tr:not([hidden])"
    return browser.value(f"[...document.querySelectorAll('{rows}')].map((row) => row.innerText)")


def test_it_opens_without_a_request_or_a_complaint(shown):
    assert shown.value("document.querySelectorAll('.chart svg .dot').length") == 10
    assert shown.complaints == []
    assert all(each.startswith(("file:", "data:")) for each in shown.requests)


def click_head(browser, name):
    """Sorts the table of groups by a column; what the head says then."""
    head = f"[...document.querySelectorAll('table.groups th')].find((each) => each.innerText.startsWith('{name}'))"
    browser.value(f"{head}.querySelector('button').click()")
    return browser.value(f"{head}.getAttribute('aria-sort')")


def test_a_click_on_a_head_sorts_and_says_so(shown):
    first = rows(shown)
    labels = "[...document.querySelectorAll('.chart text.label')].map((each) => each.textContent)"
    before = shown.value(labels)
    assert click_head(shown, "mean") == "ascending" and rows(shown) == first
    assert click_head(shown, "mean") == "descending" and rows(shown) == first[::-1]
    assert shown.value(labels) == before[::-1]  # the chart follows
    # What has no value is last both ways: the second group has one score, and so no deviation.
    for direction in ("ascending", "descending"):
        assert click_head(shown, "deviation") == direction and rows(shown)[-1] == first[1]


def test_words_and_menus_filter_table_and_chart(shown):
    shown.value("""{
        const [search] = document.querySelectorAll("section.answer:not([hidden]) .tools input");
        search.value = "hinge SPECTRAL";
        search.dispatchEvent(new Event("input"));
    }""")
    assert len(rows(shown)) == 1
    assert shown.value("document.querySelectorAll('.chart svg .dot').length") == 3
    assert "1 of 4 groups" in shown.value("document.querySelector('.tools').innerText")
    shown.value("""{
        const [search] = document.querySelectorAll("section.answer:not([hidden]) .tools input");
        search.value = "";
        const menu = document.querySelectorAll("section.answer:not([hidden]) .tools select")[1];
        menu.selectedIndex = 1;
        menu.dispatchEvent(new Event("change"));
    }""")
    assert len(rows(shown)) == 2 and all("none" in row for row in rows(shown))


def test_the_score_is_switched_by_its_link(shown):
    assert shown.value("document.querySelectorAll('section.answer:not([hidden]) h2')[0].innerText").startswith("FID")
    shown.value("document.querySelectorAll('.switch a')[1].click()")
    shown.value("new Promise((done) => setTimeout(done, 200))")
    titles = "[...document.querySelectorAll('section.answer:not([hidden]) h2')].map((each) => each.innerText)"
    assert [each.split()[0] for each in shown.value(titles)] == ["recall"]
    assert shown.value("document.querySelector('.switch a[aria-current]').innerText") == "recall"


def test_a_point_shows_samples_and_options_and_a_click_keeps_them(shown):
    shown.value("document.querySelector('.chart').scrollIntoView({ behavior: 'instant' })")
    place = shown.value(f"(() => {{ const box = {FIRST_DOT}; return [box.x + 4, box.y + 4]; }})()")
    shown.mouse("move", *place)
    box = "document.getElementById('hover')"
    told = shown.value(f"{box}.innerText")
    assert all(said in told for said in ("Task 3", "loss: hinge", "d_weight_normalization: spectral", "seed: 0"))
    assert shown.value(f"{box}.querySelector('img').naturalWidth") == 232
    shown.mouse("move", 2, 2)
    assert shown.value(f"{box}.hidden")
    shown.mouse("click", *place)
    for elsewhere in ((place[0] - 40, place[1]), (2, 2)):
        shown.mouse("move", *elsewhere)
        # A box that is not drawn yet has the same text without its line breaks.
        now = shown.value(f"{box}.innerText")
        assert not shown.value(f"{box}.hidden") and "".join(now.split()) == "".join(told.split())
    shown.key("Escape")
    assert shown.value(f"{box}.hidden")


def test_arrow_keys_go_from_point_to_point(shown):
    shown.value("document.querySelector('.chart svg').focus()")
    shown.key("ArrowRight")
    shown.key("ArrowRight")
    assert "Task 4" in shown.value("document.getElementById('hover').innerText")
    shown.key("Enter")
    assert shown.value("location.hash") == "#task-4"


def test_the_theme_follows_the_system_and_the_button(browser, path):
    ground = "getComputedStyle(document.body).backgroundColor"
    browser.screen(1280, 900, dark=True)
    browser.open(path)
    assert browser.value(ground) == "rgb(21, 24, 29)"
    browser.value("document.getElementById('theme').click()")
    assert browser.value(ground) == "rgb(255, 255, 255)"


def test_on_a_phone_nothing_but_a_table_scrolls_sideways(browser, path):
    browser.screen(390, 844)
    browser.open(path)
    assert browser.value("document.documentElement.scrollWidth") <= 390
    assert browser.value("document.querySelector('.scroll').scrollWidth") > 390


def test_it_prints(shown):
    assert shown.pdf().startswith(b"%PDF-")


def test_texts_of_users_do_nothing(browser, tmp_path):
    study, answers = page_study.hostile(tmp_path / "a <b>")
    browser.screen(1280, 900)
    browser.open(page.write(study, answers, [], tmp_path / "report"))
    assert browser.value("typeof hit") == "undefined" and browser.complaints == []
    assert browser.value("document.querySelectorAll('img[onerror], script').length") == 2
    assert browser.value("document.querySelectorAll('.chart svg').length") >= 2
    assert "<img src=x" in browser.value("document.querySelector('.chart text.label title').textContent")
