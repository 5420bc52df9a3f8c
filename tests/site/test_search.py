"""The search of the built site: whoever asks for a term finds every page that says it."""

import json

import pytest

from tools import docs

ASK = """
const [terms] = arguments;
return terms.map((term) =>
  Search._performSearch(...Search._parseQuery(term)).map((result) => result[0]).reverse());
"""


def terms() -> list[str]:
    """The terms of TERMINOLOGY.md in both languages, each of several in a cell alone."""
    lines = (docs.ROOT / "TERMINOLOGY.md").read_text(encoding="utf-8").splitlines()
    rows = [[cell.strip() for cell in line.split("|")[1:3]] for line in lines if line[:2] == "| "]
    cells = [cell for row in rows[1:] for cell in row if cell and not cell.startswith("**")]
    found = []
    for cell in cells:
        for part in cell.replace("：", "、").replace(": ", ", ").split("、"):
            found += part.split(", ")
    return list(dict.fromkeys(found))


@pytest.fixture(scope="module")
def ask(address, browser):
    """A function from a language and queries to the pages found for each, the best first."""

    def asked(language: str, queries: list[str]) -> list[list[str]]:
        browser.get(f"{address}{language}/search.html?q=token")
        browser.execute_async_script(
            "const done = arguments[0];"
            "const wait = () => Search.hasIndex() ? done() : setTimeout(wait, 20); wait();"
        )
        return browser.execute_script(ASK, queries)

    return asked


def test_there_are_terms_to_ask_for():
    assert {"自注意力", "困惑度", "perplexity", "KV cache", "门"} <= set(terms())
    assert len(terms()) > 200


@pytest.mark.parametrize("language", docs.LANGUAGES)
def test_every_term_finds_every_page_that_says_it(site, ask, language):
    asked = terms()
    missed = []
    for term, found in zip(asked, ask(language, asked), strict=True):
        assert found, term
        saying = {
            name.removesuffix(".html").partition("/")[2]
            for name, page in site.items()
            if name.startswith((f"{language}/course/", f"{language}/terminology"))
            and says(page.text, term)
        }
        missed += [(term, page) for page in saying - set(found)]
    assert missed == []


def says(text: str, term: str) -> bool:
    """Whether a page has a term: as it stands in Chinese, as words of their own in English."""
    if not term.isascii():
        return term in text
    return f" {term.lower()} " in f" {' '.join(text.lower().split())} "


@pytest.mark.parametrize("query", ["自注意力机制", "困惑度", "注意力权重怎么算"])
def test_a_query_in_chinese_is_cut_as_the_pages_are(ask, query):
    (found,) = ask("zh", [query])
    assert found
    if "注意力" in query:
        assert found[0] == "course/05_attention"


def test_the_course_comes_before_the_code(ask):
    (found,) = ask("en", ["self-attention"])
    assert found[0] == "course/05_attention"
    assert any(page.startswith("api/") for page in found)


def test_who_asks_for_nothing_that_is_there_finds_nothing(ask):
    assert ask("zh", ["鼙鼛"]) == ask("en", ["xylophonist"]) == [[]]


@pytest.mark.parametrize(("language", "query"), [("zh", "自注意力机制"), ("en", "padding")])
def test_the_page_of_results_shows_them(address, browser, language, query):
    browser.get(f"{address}{language}/search.html?q={query}")
    browser.execute_async_script(
        "const done = arguments[0];"
        "const wait = () => document.querySelector('#search-results li a')"
        " ? done() : setTimeout(wait, 20); wait();"
    )
    assert browser.execute_script("return document.querySelectorAll('#search-results li').length")


def test_a_term_is_marked_whole_on_the_page_that_it_leads_to(address, browser):
    browser.get(f"{address}zh/search.html?q=自注意力机制")
    browser.execute_async_script(
        "const done = arguments[0];"
        "const wait = () => Search.hasIndex() ? done() : setTimeout(wait, 20); wait();"
    )
    browser.get(f"{address}zh/document.html")
    marked = browser.execute_script(
        "return [...document.querySelectorAll('.highlighted')].map((mark) => mark.textContent)"
    )
    assert "自注意力机制" in marked


def test_the_index_is_a_file_beside_the_pages(site):
    for language in docs.LANGUAGES:
        text = (docs.BUILD / language / "searchindex.js").read_text(encoding="utf-8")
        index = json.loads(text.removeprefix("Search.setIndex(").removesuffix(")"))
        assert {"困惑", "惑度"} <= set(index["terms"])
