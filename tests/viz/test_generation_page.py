"""The page of a generated text: what its data are, and what a reader sees, hovers and reaches."""

import importlib
import json
import re

import numpy as np
import pytest
from selenium.webdriver import ActionChains, Keys
from selenium.webdriver.common.by import By
from selenium.webdriver.support.wait import WebDriverWait

from mlm_tf.errors import InvalidArgumentError
from mlm_tf.viz import generation_page
from tests.browser import PHONE, complaints, picture, requests, show

WORDS = ["the", " cat", "\n", "<script>alert(1)</script>", "猫", "[END]"]
PROBABILITIES = [0.6, 0.2, 0.05, 0.005, 0.0005, 1.0]
CANDIDATES = [
    ["the", "a"],
    [" dog", " cat"],
    [" ", "\n"],
    ["</script>", "&amp;"],
    ["狗", '"'],
    ["[END]", "the"],
]
SHARES = [[0.6, 0.4], [0.8, 0.2], [0.95, 0.05], [0.7, 0.2], [0.9, 0.01], [1.0, 0.0]]
ENTROPIES = [0.97, 0.72, 0.29, 1.2, 2.0, 0.0]


def page_of(**changes):
    arguments = {
        "words": WORDS,
        "probabilities": PROBABILITIES,
        "candidates": CANDIDATES,
        "candidate_probabilities": SHARES,
        "entropies": ENTROPIES,
    }
    return generation_page(**{**arguments, **changes})


def data_of(page):
    [data] = re.findall(r'<script type="application/json" id="data">(.*?)</script>', page.html)
    return json.loads(data)


# === The data ===


def test_the_document_holds_what_it_was_given():
    data = data_of(page_of())
    assert data["words"] == WORDS
    assert data["probabilities"] == PROBABILITIES and data["entropies"] == ENTROPIES
    assert data["candidates"][3] == [["</script>", 0.7], ["&amp;", 0.2]]


def test_candidates_stand_by_their_probability_whatever_their_order():
    shares = [[0.1, 0.9], *SHARES[1:]]
    assert data_of(page_of(candidate_probabilities=shares))["candidates"][0] == [
        ["a", 0.9],
        ["the", 0.1],
    ]


def test_numbers_are_rounded_and_long_words_cut():
    page = page_of(probabilities=[1 / 3] * 6, words=["x" * 100_000, *WORDS[1:]])
    assert data_of(page)["probabilities"] == [0.333] * 6
    assert len(data_of(page)["words"][0]) == 60
    assert len(page.html) < 50_000


def test_the_colours_of_the_figure_are_those_of_the_page():
    module = importlib.import_module("mlm_tf.viz.generation_page")
    html = page_of().html
    assert f"BOUNDS = {list(module.BOUNDS)}" in html
    for place, colour in enumerate(module.WORD_COLOURS):
        assert f"--p{place}: {colour};" in html
    for name in module.BOUND_NAMES:
        assert f'"{name}"' in html


def test_the_figure_stands_in_with_every_word_on_its_colour():
    figure = page_of().figure()
    figure.draw_without_rendering()  # a missing glyph warns, and that fails
    words, entropies = figure.axes
    labels = [text.get_text() for text in words.texts]
    assert labels[:4] == ["the", "␣cat", repr("\n"), "<script>alert(1)</script>"]
    assert labels[5] == "[END]"
    np.testing.assert_allclose([bar.get_height() for bar in entropies.patches], ENTROPIES)


def test_the_figure_of_a_long_text_says_how_much_of_it_is_drawn():
    n = 700
    page = generation_page(
        ["word"] * n, [0.5] * n, [["word"]] * n, [[0.5]] * n, np.linspace(0, 1, n)
    )
    figure = page.figure()
    assert len(figure.axes[0].texts) == 240
    assert "the first 240 of 700" in figure.axes[1].get_xlabel()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"words": []}, "words has 0 entries"),
        ({"words": ["a"] * 2001}, "words has 2,001 entries, and a page shows 1 to 2,000"),
        ({"words": "the"}, "is one string"),
        ({"words": ["the", 3]}, "of type int"),
        ({"words": ["\ud800"] * 6}, "half of a surrogate pair"),
        ({"probabilities": [0.5] * 5}, r"probabilities has shape \(5,\), and \(6,\) is needed"),
        ({"probabilities": [1.5] * 6}, "probabilities has values from 1.5 to 1.5"),
        ({"probabilities": [np.nan] * 6}, "values from nan"),
        ({"candidates": [["a"]] * 5}, "candidates holds 5 lists of words, and 6 words"),
        ({"candidates": None}, "candidates holds 0 lists"),
        ({"candidates": "secret"}, r"candidates\[0\]='s' is one string"),
        ({"candidates": [["a"]] * 5 + [["a", "b"]]}, "candidates holds lists of 1 to 2 words"),
        ({"candidates": [[]] * 6}, r"candidates\[0\] has 0 entries"),
        ({"candidates": [["a"] * 51] * 6}, r"candidates\[0\] has 51 entries"),
        ({"candidate_probabilities": [[0.5]] * 6}, r"shape \(6, 1\), and \(6, 2\) is needed"),
        ({"candidate_probabilities": [[0.5], [0.5, 0.1]]}, "candidate_probabilities has shape"),
        ({"entropies": [1.0] * 7}, r"entropies has shape \(7,\)"),
        ({"entropies": None}, r"entropies has shape \(\)"),
        ({"probabilities": ["likely"] * 6}, "probabilities has shape"),
        ({"entropies": [-1.0] * 6}, "a finite number >= 0"),
        ({"entropies": [np.inf] * 6}, "a finite number >= 0"),
        ({"language": "fr"}, "language='fr'"),
    ],
)
def test_what_does_not_fit_is_named(changes, message):
    with pytest.raises(InvalidArgumentError, match=message) as error:
        page_of(**changes)
    assert "\n" not in str(error.value)


# === In a browser ===


@pytest.fixture
def opened(chromium, tmp_path):
    """A function from how to open the page to the browser that shows it."""

    def open_page(page=None, **how):
        path = tmp_path / "page.html"
        (page or page_of()).save(path, overwrite=True)
        show(chromium, path, **how)
        return chromium

    return open_page


def options_of(browser):
    return browser.find_elements(By.CSS_SELECTOR, "#words [role=option]")


def text_of(browser, identity):
    return browser.find_element(By.ID, identity).text


def rows_of(browser):
    """The table of candidates: rank, word, probability."""
    rows = browser.find_elements(By.CSS_SELECTOR, "#candidates tr")
    return [[cell.text for cell in row.find_elements(By.TAG_NAME, "td")[:3]] for row in rows]


def test_words_are_coloured_by_their_probability_and_what_is_unseen_is_shown(opened):
    browser = opened()
    options = options_of(browser)
    assert [o.text for o in options] == ["the", "␣cat", "⏎", WORDS[3], "猫", "[END]"]
    assert [o.get_attribute("class").split()[1] for o in options] == [
        "p0", "p1", "p2", "p3", "p4", "p0"
    ]  # fmt: skip
    colours = {o.value_of_css_property("background-color") for o in options}
    assert len(colours) == 5
    tops = [o.rect["y"] for o in options]
    assert tops[2] == tops[0] and tops[3] > tops[2]  # a line ends where the text's does
    assert complaints(browser) == []


def test_hovering_shows_the_likeliest_and_leaving_returns_to_the_word_that_was_chosen(opened):
    browser = opened()
    options = options_of(browser)
    assert "Place 1 of 6: “the”" in text_of(browser, "here")
    ActionChains(browser).move_to_element(options[1]).perform()
    assert "Place 2 of 6: “␣cat”" in text_of(browser, "here")
    assert rows_of(browser) == [["1", "␣dog", "80%"], ["2", "␣cat", "20%"]]
    assert "rank 2. Entropy 0.72 bits" in text_of(browser, "facts")
    bars = browser.find_elements(By.CSS_SELECTOR, "#candidates .bar span")
    assert bars[1].rect["width"] == pytest.approx(bars[0].rect["width"] / 4, rel=0.02)
    ActionChains(browser).move_to_element(browser.find_element(By.TAG_NAME, "h1")).perform()
    assert "Place 1 of 6" in text_of(browser, "here")
    options[4].click()
    ActionChains(browser).move_to_element(browser.find_element(By.TAG_NAME, "h1")).perform()
    assert "Place 5 of 6: “猫”" in text_of(browser, "here")
    assert rows_of(browser)[-1] == ["…", "猫", "0.05%"]  # none of the likeliest


def test_a_word_that_is_a_script_stays_text(opened):
    browser = opened()
    ActionChains(browser).move_to_element(options_of(browser)[3]).perform()
    assert [row[1] for row in rows_of(browser)] == ["</script>", "&amp;", WORDS[3]]
    assert browser.execute_script("return document.scripts.length") == 2  # the data and the code


def test_keys_reach_every_word_and_the_focus_is_seen(opened):
    browser = opened()

    def press(key):
        ActionChains(browser).send_keys(key).perform()
        return browser.switch_to.active_element

    assert press(Keys.TAB).get_attribute("id") == "language"
    focused = press(Keys.TAB)
    assert focused.text == "the" and focused.get_attribute("role") == "option"
    focused = press(Keys.ARROW_RIGHT)
    assert focused.text == "␣cat" and focused.get_attribute("aria-selected") == "true"
    assert focused.value_of_css_property("outline-style") == "solid"
    assert "Place 2 of 6" in text_of(browser, "here")
    live = browser.find_element(By.ID, "live").get_attribute("textContent")
    assert live == "Likeliest here: space dog 80%, space cat 20%"
    assert press(Keys.END).text == "[END]"
    assert press(Keys.ARROW_RIGHT).text == "[END]"  # no further
    assert press(Keys.ARROW_UP).text == "⏎"  # the line above, its nearest word
    assert press(Keys.HOME).text == "the"
    assert press(Keys.ARROW_DOWN).text == WORDS[3]
    assert press(Keys.TAB).tag_name == "summary"  # the text is one stop


def test_a_key_moves_on_from_the_word_on_which_the_mouse_rests(opened):
    browser = opened()
    options_of(browser)[1].click()
    assert "Place 2 of 6" in text_of(browser, "here")
    ActionChains(browser).send_keys(Keys.ARROW_RIGHT).perform()
    assert "Place 3 of 6" in text_of(browser, "here")


def test_a_screen_reader_is_told_names_and_probabilities(opened):
    browser = opened()
    words = browser.find_element(By.ID, "words")
    assert words.aria_role == "listbox" and words.accessible_name
    names = [o.accessible_name for o in options_of(browser)]
    assert names[0] == "the, 60%" and names[2] == "line break, 5%"
    assert names[1] == "space cat, 20%"
    chart = browser.find_element(By.ID, "chart")
    assert chart.accessible_name == "From 0 to 2 bits, the highest before “猫”."
    browser.find_element(By.CSS_SELECTOR, "#all summary").click()
    rows = WebDriverWait(browser, 10).until(
        lambda b: b.find_elements(By.CSS_SELECTOR, "#all tbody tr")
    )
    assert [row.text for row in rows][1] == "2 ␣cat 20% 0.72 ␣dog 80%, ␣cat 20%"
    assert len(rows) == len(WORDS)


def test_the_entropy_leads_to_its_word(opened):
    browser = opened()
    chart = browser.find_element(By.ID, "chart")
    at = int(chart.rect["width"] * (4.5 / 6 - 0.5))
    ActionChains(browser).move_to_element_with_offset(chart, at, 0).perform()
    assert "Place 5 of 6" in text_of(browser, "here")
    ActionChains(browser).click().perform()
    assert browser.switch_to.active_element.text == "猫"


@pytest.mark.parametrize(
    ("language", "reader", "title"),
    [
        ("auto", "en-US", "How probable is each word?"),
        ("auto", "zh-CN", "每个词的概率有多大？"),
        ("zh", "en-US", "每个词的概率有多大？"),
        ("en", "zh-CN", "How probable is each word?"),
    ],
)
def test_labels_are_in_the_language_that_is_asked_for_or_the_readers(
    opened, language, reader, title
):
    browser = opened(page_of(language=language), language=reader)
    assert browser.find_element(By.TAG_NAME, "h1").text == browser.title == title
    browser.find_element(By.ID, "language").click()
    assert browser.title != title
    assert browser.find_element(By.TAG_NAME, "html").get_attribute("lang") in ("en", "zh-Hans")
    missing = browser.execute_script("return document.body.innerText.includes('undefined')")
    assert not missing


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", [(1000, 900), PHONE])
def test_it_is_drawn_light_and_dark_and_fits_a_phone(opened, theme, size):
    browser = opened(size=size, theme=theme)
    seen = picture(browser)
    assert seen.std() > 10  # not blank
    assert (np.median(seen) > 128) == (theme == "light")
    width = browser.execute_script("return document.documentElement.scrollWidth")
    assert width <= size[0]


def test_nothing_is_asked_of_a_network(opened):
    browser = opened()
    assert [address for address in requests(browser) if not address.startswith("file:")] == []


def test_too_many_candidates_are_told_how_to_be_fewer():
    many = [["a"] * 51] * len(WORDS)
    with pytest.raises(InvalidArgumentError, match=r"1 to 50; .*top_k=50"):
        page_of(candidates=many, candidate_probabilities=[[0.01] * 51] * len(WORDS))
