"""What every HTML page is: one document, in a frame in a notebook, in a file that is whole."""

import base64
import html
import io
import re

import numpy as np
import pytest
from PIL import Image
from selenium.webdriver.common.by import By

from mlm_tf.errors import InvalidArgumentError, MissingFileError
from mlm_tf.viz import attention_page, generation_page
from mlm_tf.viz.page import UNSAFE
from tests.browser import complaints, show

WORDS = ["the", "</script><script>document.title='stolen'</script>", '"', "&amp;", "\u2028"]
PAGES = {
    "generation": lambda: generation_page(
        WORDS, [0.5] * 5, [["a", "b"]] * 5, [[0.6, 0.4]] * 5, [1.0] * 5
    ),
    "attention": lambda: attention_page(np.full((2, 5, 5), 0.2), WORDS),
}


@pytest.fixture(params=PAGES)
def page(request):
    return PAGES[request.param]()


def test_a_page_is_saved_whole_and_replaces_nothing_unasked(page, tmp_path):
    path = tmp_path / "page.html"
    page.save(path)
    assert path.read_text(encoding="utf-8") == page.html
    path.write_text("mine", encoding="utf-8")
    with pytest.raises(InvalidArgumentError, match=r"exists already.* overwrite=True"):
        page.save(path)
    assert path.read_text(encoding="utf-8") == "mine"
    page.save(str(path), overwrite=True)
    assert path.read_text(encoding="utf-8") == page.html
    assert list(tmp_path.iterdir()) == [path]


def test_a_path_that_cannot_be_written_is_named(page, tmp_path):
    with pytest.raises(InvalidArgumentError, match=r"page\.pdf.* ending in '\.html'"):
        page.save(tmp_path / "page.pdf")
    with pytest.raises(
        MissingFileError, match=r"missing/page.html' lies in a folder that does not exist"
    ):
        page.save(tmp_path / "missing" / "page.html")
    (tmp_path / "folder.html").mkdir()
    with pytest.raises(InvalidArgumentError, match="is a folder"):
        page.save(tmp_path / "folder.html", overwrite=True)
    with pytest.raises(InvalidArgumentError, match="overwrite='yes'"):
        page.save(tmp_path / "page.html", overwrite="yes")
    for path in (None, 3):
        with pytest.raises(InvalidArgumentError, match=f"path={path} is no path; use the name of"):
            page.save(path)


def test_no_word_can_end_the_element_that_holds_it(page):
    assert page.html.count("<script") == page.html.count("</script") == 2
    assert not set(map(chr, UNSAFE)) & set(re.findall(r'id="data">(.*?)</script>', page.html)[0])


def test_nothing_is_left_to_fill_in_and_nothing_leads_elsewhere(page):
    assert "{{" not in page.html and "}}</" not in page.html
    assert not re.search(r"https?:|\bsrc=|\bhref=|@import|url\(", page.html)
    assert "default-src 'none'" in page.html


def test_a_notebook_gets_a_frame_an_image_and_a_line(page):
    bundle = page._repr_mimebundle_()
    assert set(bundle) == {"text/html", "image/png", "text/plain"}
    [inside] = re.findall(r'srcdoc="([^"]*)"', bundle["text/html"])
    assert html.unescape(inside) == page.html
    with Image.open(io.BytesIO(base64.b64decode(bundle["image/png"]))) as image:
        assert image.format == "PNG" and len(image.getcolors()) <= 64
        assert image.width == pytest.approx(80 * page.figure().get_figwidth(), abs=1)
    # What a sanitizer leaves, which takes frames away: the image, with a text in its place.
    left = re.sub(r"(?s)<iframe.*?</iframe>", "", bundle["text/html"])
    assert re.fullmatch(r'<div><img alt="[\w ?]+" src="data:image/png;base64,(.*)"></div>', left)
    assert bundle["image/png"] in left
    assert re.fullmatch(r"<[\w ?:]+: \d+ KB of HTML>", bundle["text/plain"])


def test_a_cell_of_a_notebook_shows_it(page):
    from IPython.core.formatters import DisplayFormatter

    data, _ = DisplayFormatter().format(page)
    assert {"text/html", "image/png", "text/plain"} <= set(data)


@pytest.mark.parametrize("dark", [False, True])
def test_several_stand_on_one_page_each_in_its_frame_and_in_its_light(chromium, tmp_path, dark):
    frames = "".join(make()._repr_html_() for make in PAGES.values())
    ground = "#111" if dark else "#fff"
    around = (
        f"<!doctype html><html><head><title>notebook</title></head><body style='background: "
        f"{ground}'><p id='words'>mine</p>{frames}</body></html>"
    )
    path = tmp_path / "notebook.html"
    path.write_text(around, encoding="utf-8")
    show(chromium, path, theme="light")
    assert complaints(chromium) == []
    assert chromium.title == "notebook"
    frames = chromium.find_elements(By.TAG_NAME, "iframe")
    for frame in frames:
        height = frame.rect["height"]
        image = frame.find_element(By.XPATH, "preceding-sibling::img")
        assert not image.is_displayed()
        chromium.switch_to.frame(frame)
        needed = chromium.execute_script("return document.documentElement.scrollHeight")
        theme = chromium.execute_script("return document.documentElement.dataset.theme")
        words = [o.text for o in chromium.find_elements(By.CSS_SELECTOR, "[role=option]")]
        chromium.switch_to.default_content()
        assert height == pytest.approx(needed, abs=4)
        assert theme == ("dark" if dark else "light")
        assert words[:2] == WORDS[:2] and words[4] == "U+2028"
    assert chromium.find_element(By.ID, "words").text == "mine"


def test_what_no_font_draws_is_seen_and_what_joins_an_emoji_is_not(chromium, tmp_path):
    words = ["\u3164", "\u2800", "\ufe0f", "\u200d", "❤\ufe0f", "👨\u200d👩🏽\u200d👧", "a\u200db"]
    page = attention_page(np.eye(len(words)), words)
    page.save(tmp_path / "page.html")
    show(chromium, tmp_path / "page.html")
    shown = [o.text for o in chromium.find_elements(By.CSS_SELECTOR, "[role=option]")]
    signs = ["U+3164", "U+2800", "U+FE0F", "U+200D"]
    assert shown == [*signs, *words[4:6], "aU+200Db"]


def test_a_page_around_that_turns_dark_takes_the_frame_with_it(chromium, tmp_path):
    path = tmp_path / "notebook.html"
    path.write_text(
        "<!doctype html><html><head><style>[data-theme=dark] body { background: #111 }</style>"
        f"</head><body>{PAGES['generation']()._repr_html_()}</body></html>",
        encoding="utf-8",
    )
    show(chromium, path)
    chromium.execute_script("document.documentElement.dataset.theme = 'dark'")
    chromium.switch_to.frame(0)
    chromium.execute_async_script("setTimeout(arguments[0], 300)")
    found = chromium.execute_script("return document.documentElement.dataset.theme")
    chromium.switch_to.default_content()
    assert found == "dark"


def _luminance(colour: str) -> float:
    shares = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [s / 12.92 if s <= 0.04045 else ((s + 0.055) / 1.055) ** 2.4 for s in shares]
    return float(np.dot([0.2126, 0.7152, 0.0722], linear))


def _mixed(share: float, one: str, other: str) -> str:
    parts = [[int(colour[i : i + 2], 16) for i in (1, 3, 5)] for colour in (one, other)]
    mixed = [round(share * a + (1 - share) * b) for a, b in zip(*parts, strict=True)]
    return "#" + "".join(f"{part:02x}" for part in mixed)


def test_letters_stand_out_from_every_colour_behind_them(page):
    """WCAG 2.2, success criterion 1.4.3: a contrast of 4.5 at least."""
    blocks = re.findall(r":root[^{]*\{([^}]*)\}", page.html)
    assert len(blocks) == 2  # light and dark
    for block in blocks:
        colours = dict(re.findall(r"--(\w+): (#[0-9a-f]{6});", block))
        pairs = [("text", name) for name in ("ground", "p0", "p1", "p2", "p3", "p4")]
        [accent] = re.findall(r"--accent-parts: (\d+) (\d+) (\d+);", block)
        [darkest] = re.findall(r"DARKEST = ([\d.]+);", PAGES["attention"]().html)
        accent = "#" + "".join(f"{int(part):02x}" for part in accent)
        colours["shade"] = _mixed(float(darkest), accent, colours["ground"])
        for one, other in [*pairs, ("text", "shade"), ("quiet", "ground")]:
            low, high = sorted((_luminance(colours[one]), _luminance(colours[other])))
            assert (high + 0.05) / (low + 0.05) >= 4.5, (one, other)
