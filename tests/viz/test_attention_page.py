"""The page of attention weights: what its data are, and what a reader sees, picks and reaches."""

import json
import re

import numpy as np
import pytest
from selenium.webdriver import ActionChains, Keys
from selenium.webdriver.common.by import By
from selenium.webdriver.support.select import Select
from selenium.webdriver.support.wait import WebDriverWait

from mlm_tf.errors import InvalidArgumentError
from mlm_tf.viz import attention_page
from tests.browser import PHONE, complaints, picture, requests, show

WORDS = ["the", " cat", "<script>alert(1)</script>", "\n"]
SOURCE = ["猫", "坐", "。"]
HEADS = np.array(
    [
        [[1, 0, 0, 0], [0.25, 0.75, 0, 0], [0.125, 0.5, 0.375, 0], [0.1, 0.2, 0.3, 0.4]],
        [[1, 0, 0, 0], [0.5, 0.5, 0, 0], [1, 0, 0, 0], [0, 0, 1, 0]],
    ]
)
CROSS = np.array([[[0.5, 0.5, 0], [0, 1, 0], [1, 0, 0], [0.25, 0.25, 0.5]]])
TWO_TEXTS = {
    "encoder_attention_0": np.full((1, 1, 3, 3), 1 / 3),
    "attention_0": HEADS[None],
    "cross_attention_1": CROSS[None],
}


def data_of(page):
    [data] = re.findall(r'<script type="application/json" id="data">(.*?)</script>', page.html)
    return json.loads(data)


# === The data ===


def test_weights_are_thousandths_without_the_zeros_at_the_ends_of_rows():
    data = data_of(attention_page(HEADS[None], WORDS))
    assert data["texts"] == [WORDS]
    [layer] = data["layers"]
    assert layer["heads"][0] == [[1000], [250, 750], [125, 500, 375], [100, 200, 300, 400]]
    assert layer["heads"][1] == [[1000], [500, 500], [1000], [0, 0, 1000]]


def test_of_two_texts_each_layer_says_which_looks_at_which():
    data = data_of(attention_page(TWO_TEXTS, WORDS, SOURCE))
    assert data["texts"] == [WORDS, SOURCE]
    assert [(layer["name"], layer["query"], layer["key"]) for layer in data["layers"]] == [
        ("encoder_attention_0", 1, 1),
        ("attention_0", 0, 0),
        ("cross_attention_1", 0, 1),
    ]


def test_where_both_texts_are_as_long_the_name_says_which():
    names = ["encoder_transformer_0", "transformer_0/self_attention", "cross_attention_1"]
    layers = data_of(attention_page(dict.fromkeys(names, np.eye(4)), WORDS, WORDS))["layers"]
    assert [(d["query"], d["key"]) for d in layers] == [(1, 1), (0, 0), (0, 1)]
    [alone] = data_of(attention_page(np.eye(4), WORDS, WORDS))["layers"]
    assert (alone["query"], alone["key"]) == (0, 1)


def test_the_figure_is_that_of_the_layers_between_both_texts():
    figure = attention_page(TWO_TEXTS, WORDS, SOURCE).figure()
    [axes] = [axes for axes in figure.axes if axes.images]
    np.testing.assert_allclose(axes.images[0].get_array().data, CROSS[0])


def test_the_figure_of_many_heads_has_the_first_of_them():
    layers = {f"layer_{i}": np.full((10, 4, 4), 0.25) for i in range(4)}
    figure = attention_page(layers, WORDS).figure()
    assert len([axes for axes in figure.axes if axes.images]) == 24


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((np.full((4, 3), 0.3), WORDS), r"shape \(4, 3\), and 4 words that look at 4 words"),
        (
            ({"a": np.full((3, 4), 0.3)}, WORDS, SOURCE),
            r"weights\['a'\] ends in the shape \(3, 4\), and 4 words with 3 key_words .*"
            r"\(4, 4\) or \(4, 3\) or \(3, 3\)",
        ),
        ((np.full((2, 1, 4, 4), 0.3), WORDS), "the weights of 2 texts"),
        (({}, WORDS), "weights is empty"),
        (("heavy", WORDS), r"weights has shape \(0,\), and 4 words"),
        (([[0.5, 0.5], [1.0]], ["a", "b"]), r"weights has shape \(0,\), and 2 words"),
        (({"a": None}, WORDS, SOURCE), r"weights\['a'\] ends in the shape \(\)"),
        ((np.full((4, 4), 3.0), WORDS), "values from 3 to 3"),
        ((np.full((4, 4), np.nan), WORDS), "values from nan"),
        ((np.full((4, 4), 0.2), WORDS), "row 0 of head 1 sums to 0.8"),
        ((np.zeros((0, 0)), []), "words has 0 entries"),
        ((np.zeros((501, 501)), ["a"] * 501), "words has 501 entries, and a page shows 1 to 500"),
        ((np.zeros((3, 500, 500)), ["a"] * 500), "holds 750,000 numbers, and a page takes 500,000"),
        ((np.eye(2), ["a", "\udc00"]), "half of a surrogate pair"),
        ((np.eye(4), WORDS, None, "de"), "language='de'"),
    ],
)
def test_what_does_not_fit_is_named(arguments, message):
    with pytest.raises(InvalidArgumentError, match=message) as error:
        attention_page(*arguments)
    assert "\n" not in str(error.value)


def test_what_is_allowed_at_most_is_a_page_of_megabytes():
    weights = np.random.default_rng(0).dirichlet(np.ones(500), size=(2, 500))
    assert len(attention_page(weights, ["word"] * 500).html) < 4e6


# === In a browser ===


@pytest.fixture
def opened(chromium, tmp_path):
    """A function from a page and how to open it to the browser that shows it."""

    def open_page(page, **how):
        path = tmp_path / "page.html"
        page.save(path, overwrite=True)
        show(chromium, path, **how)
        return chromium

    return open_page


def options_of(browser):
    return browser.find_elements(By.CSS_SELECTOR, "#words [role=option]")


def shades_of(browser, selector):
    """How strong the colour behind each word is, against the strongest."""
    words = browser.find_elements(By.CSS_SELECTOR, selector)
    colours = [word.value_of_css_property("background-color") for word in words]
    alphas = [float(re.findall(r"[\d.]+", colour)[3]) for colour in colours]
    return [round(alpha / (max(alphas) or 1), 2) for alpha in alphas]


def read_of(browser):
    rows = browser.find_elements(By.CSS_SELECTOR, "#read tr")
    return [[cell.text for cell in row.find_elements(By.TAG_NAME, "td")[:3]] for row in rows]


def heads_of(browser):
    return browser.find_elements(By.CSS_SELECTOR, "#heads [role=radio]")


def away(browser):
    ActionChains(browser).move_to_element(browser.find_element(By.TAG_NAME, "h1")).perform()


def test_hovering_a_word_shades_what_it_reads_and_leaving_returns(opened):
    browser = opened(attention_page(HEADS, WORDS))
    away(browser)
    options = options_of(browser)
    assert [o.text for o in options] == ["the", "␣cat", WORDS[2], "⏎"]
    assert shades_of(browser, "#words .word") == [0.25, 0.5, 0.75, 1]  # the last word first
    ActionChains(browser).move_to_element(options[2]).perform()
    assert shades_of(browser, "#words .word") == [0.25, 1, 0.75, 0]
    assert read_of(browser) == [
        ["2", "␣cat", "50%"],
        ["3", WORDS[2], "38%"],
        ["1", "the", "13%"],
    ]
    bars = browser.find_elements(By.CSS_SELECTOR, "#read .bar span")
    assert bars[2].rect["width"] == pytest.approx(bars[0].rect["width"] / 4, rel=0.02)
    away(browser)
    assert shades_of(browser, "#words .word") == [0.25, 0.5, 0.75, 1]
    options[1].click()
    away(browser)
    assert shades_of(browser, "#words .word") == [0.33, 1, 0, 0]
    assert "What “␣cat” in place 2 reads" in browser.find_element(By.ID, "here").text
    assert complaints(browser) == []


def test_a_head_is_picked_from_the_list_and_from_the_pictures(opened):
    browser = opened(attention_page({"low": HEADS, "high": HEADS[::-1]}, WORDS))
    heads = heads_of(browser)
    assert [h.accessible_name for h in heads] == [
        f"layer {name}, head {i}" for name in ("low", "high") for i in (1, 2)
    ]

    def checked():
        return [head.get_attribute("aria-checked") for head in heads].index("true")

    assert checked() == 0
    heads[1].click()
    assert checked() == 1 and read_of(browser) == [["3", WORDS[2], "100%"]]
    assert Select(browser.find_element(By.ID, "head")).first_selected_option.text == "2"
    Select(browser.find_element(By.ID, "layer")).select_by_visible_text("high")
    assert checked() == 3 and len(read_of(browser)) == 4
    Select(browser.find_element(By.ID, "head")).select_by_visible_text("1")
    assert checked() == 2 and len(read_of(browser)) == 1


def test_all_heads_are_drawn_small_each_weight_a_pixel(opened):
    browser = opened(attention_page(TWO_TEXTS, WORDS, SOURCE))
    strengths = browser.execute_script(
        "return Array.from(document.querySelectorAll('#heads canvas'), (c) => [c.height, c.width, "
        "Array.from(c.getContext('2d').getImageData(0, 0, c.width, c.height).data)"
        ".filter((_, i) => i % 4 === 3)])"
    )
    expected = [np.full((3, 3), 1 / 3), *HEADS, *CROSS]
    assert len(strengths) == len(expected)
    for (height, width, alphas), weights in zip(strengths, expected, strict=True):
        assert (height, width) == weights.shape
        np.testing.assert_allclose(np.reshape(alphas, weights.shape) / 255, weights, atol=0.01)


def test_of_two_texts_the_target_looks_and_the_source_is_shaded(opened):
    browser = opened(attention_page(TWO_TEXTS, WORDS, SOURCE))
    assert Select(browser.find_element(By.ID, "layer")).first_selected_option.text == (
        "cross_attention_1"
    )
    headings = [h.text for h in browser.find_elements(By.CSS_SELECTOR, "#texts h2")]
    assert headings == [
        "Target: the words that look (queries)",
        "Source: the words that are read (keys)",
    ]
    assert shades_of(browser, "#readWords .word") == [0.5, 0.5, 1]
    options_of(browser)[1].click()
    assert shades_of(browser, "#readWords .word") == [0, 1, 0]
    read = browser.find_elements(By.CSS_SELECTOR, "#readWords [role=listitem]")
    assert [word.get_attribute("aria-label") for word in read] == ["猫, 0%", "坐, 100%", "。, 0%"]
    Select(browser.find_element(By.ID, "layer")).select_by_visible_text("encoder_attention_0")
    assert [o.text for o in options_of(browser)] == SOURCE
    assert not browser.find_elements(By.ID, "readWords")
    assert shades_of(browser, "#words .word") == [1, 1, 1]


def test_keys_reach_words_and_heads_and_the_focus_is_seen(opened):
    browser = opened(attention_page({"low": HEADS, "high": HEADS[::-1]}, WORDS))

    def press(*keys):
        ActionChains(browser).send_keys(*keys).perform()
        return browser.switch_to.active_element

    for expected in ("language", "layer", "head"):
        assert press(Keys.TAB).get_attribute("id") == expected
    assert press(Keys.TAB).text == "⏎"
    focused = press(Keys.ARROW_LEFT)
    assert focused.text == WORDS[2] and focused.get_attribute("aria-selected") == "true"
    assert focused.value_of_css_property("outline-style") == "solid"
    assert focused.accessible_name == f"{WORDS[2]}, place 3"
    live = browser.find_element(By.ID, "live").get_attribute("textContent")
    assert live == f"{WORDS[2]} reads space cat 50%, {WORDS[2]} 38%, the 13%"
    focused = press(Keys.TAB)
    assert focused.get_attribute("aria-checked") == "true"
    focused = press(Keys.ARROW_DOWN)  # the layer below
    assert focused.accessible_name == "layer high, head 1"
    assert focused.get_attribute("aria-checked") == "true"
    assert read_of(browser) == [["1", "the", "100%"]]
    assert press(Keys.TAB).tag_name == "summary"
    press(Keys.ENTER)
    rows = WebDriverWait(browser, 10).until(
        lambda b: b.find_elements(By.CSS_SELECTOR, "#all tbody tr")
    )
    assert [row.text for row in rows][1] == "2 ␣cat the 50%, ␣cat 50%"


def test_a_key_moves_on_from_the_word_on_which_the_mouse_rests(opened):
    browser = opened(attention_page(HEADS[:1], WORDS))
    options_of(browser)[2].click()
    assert len(read_of(browser)) == 3
    ActionChains(browser).send_keys(Keys.HOME).perform()
    assert read_of(browser) == [["1", "the", "100%"]]


def test_labels_are_in_the_readers_language_and_change_by_a_button(opened):
    browser = opened(attention_page(HEADS, WORDS), language="zh-CN")
    assert browser.title == "哪个词关注哪个词？"
    assert heads_of(browser)[1].accessible_name == "层 1，头 2"
    heads_of(browser)[1].click()
    browser.find_element(By.ID, "language").click()
    assert browser.title == "Which word reads which?"
    assert heads_of(browser)[1].get_attribute("aria-checked") == "true"  # what was picked stays
    assert read_of(browser) == [["3", WORDS[2], "100%"]]
    assert not browser.execute_script("return document.body.innerText.includes('undefined')")


def test_almost_all_is_not_all(opened):
    browser = opened(attention_page(np.array([[1, 0], [0.002, 0.998]]), ["a", "b"]))
    assert read_of(browser) == [["2", "b", "99.8%"], ["1", "a", "0.2%"]]


def test_of_many_words_the_table_has_ten_and_says_what_the_others_sum_to(opened):
    words = [f"word{i}" for i in range(40)]
    browser = opened(attention_page(np.full((40, 40), 1 / 40), words))
    assert len(read_of(browser)) == 10
    assert browser.find_element(By.ID, "rest").text == "and 30 more words, 75% in all"


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", [(1000, 900), PHONE])
def test_it_is_drawn_light_and_dark_and_fits_a_phone(opened, theme, size):
    browser = opened(attention_page(TWO_TEXTS, WORDS, SOURCE), size=size, theme=theme)
    seen = picture(browser)
    assert seen.std() > 10  # not blank
    assert (np.median(seen) > 128) == (theme == "light")
    assert browser.execute_script("return document.documentElement.scrollWidth") <= size[0]


def test_nothing_is_asked_of_a_network(opened):
    browser = opened(attention_page(HEADS, WORDS))
    assert [address for address in requests(browser) if not address.startswith("file:")] == []
