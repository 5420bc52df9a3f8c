"""The built site: both languages, every page, links that lead somewhere, nothing from elsewhere."""

import os
import re
from urllib.parse import unquote, urlsplit

import nbformat
import pytest

from tools import course, course_map, docs

PAGES = course.sources()
SECTIONS = ["2", "3.1", "3.2", "3.3", "3.4", "4.1", "4.2", "4.3", "5", "6", "7", "8", "9"]


def names(site, language):
    return {name.partition("/")[2] for name in site if name.startswith(f"{language}/")}


def test_both_languages_have_the_same_pages(site):
    assert names(site, "en") == names(site, "zh") != set()


def test_every_page_leads_to_itself_in_the_other_language(site):
    for name, page in site.items():
        (link,) = [
            attributes["href"]
            for tag, attributes in page.elements
            if tag == "a" and attributes.get("class") == "other-language"
        ]
        language, _, rest = name.partition("/")
        other = {"en": "zh", "zh": "en"}[language]
        assert os.path.normpath(os.path.join(name, "..", link)) == f"{other}/{rest}"


@pytest.mark.parametrize("language", docs.LANGUAGES)
@pytest.mark.parametrize("source", PAGES, ids=lambda source: source.stem)
def test_a_page_of_the_course_is_there_with_its_figures(site, source, language):
    page = site[f"{language}/course/{source.stem}.html"]
    notebook = nbformat.read(course.notebook_path(source, language), as_version=4)
    outputs = [
        output.get("data", {})
        for cell in course.code_of(notebook.cells)
        for output in cell.outputs
        if "text/html" not in output.get("data", {})
    ]
    figures = [data for data in outputs if "image/png" in data]
    shown = [image for image in page.all("img", "src") if "_images" in image]
    assert len(set(shown)) >= len({data["image/png"] for data in figures}) > 0
    colab = [link for link in page.all("a", "href") if link.startswith("https://colab")]
    path = course.notebook_path(source, language).relative_to(course.ROOT).as_posix()
    (badge,) = colab
    assert badge.endswith(f"/{course.REPOSITORY}/blob/main/{path}")


@pytest.mark.parametrize("language", docs.LANGUAGES)
def test_the_map_leads_to_each_page_and_shows_the_planned_ones_without_a_link(site, language):
    page = site[f"{language}/index.html"]
    maps = re.findall(r'<svg[^>]*class="(?:wide|narrow)".*?</svg>', page.source, re.DOTALL)
    assert len(maps) == 2
    index = list(docs.LANGUAGES).index(language)
    for drawn in maps:
        links = re.findall(r'<a href="([^"]+)"', drawn)
        assert sorted(links) == sorted(f"course/{source.stem}.html" for source in PAGES)
        for name in (names[index] for names in course_map.NAMES.values()):
            assert name in drawn
        for number, name in course_map.LATER:
            assert number in drawn and name[index] in drawn
    planned = set(course_map.NAMES | course_map.PLANNED) - {course.page_of(p) for p in PAGES}
    assert page.text.count(docs.PLANNED_MARK[language].strip()) >= len(planned) > 0


def test_the_map_and_the_lists_know_every_page():
    assert {course.page_of(source) for source in PAGES} <= {
        *course_map.NAMES,
        *course_map.PLANNED,
    }


@pytest.mark.parametrize("name", course_map.README_MAPS)
def test_the_map_of_the_readmes_is_as_drawn(name):
    written = (course.ROOT / "docs" / name).read_text(encoding="utf-8")
    drawn = course_map.for_readme(course_map.README_MAPS[name])
    assert written == drawn, "python -m tools.course_map"


@pytest.mark.parametrize("language", docs.LANGUAGES)
def test_every_section_of_the_document_leads_to_a_page(language):
    text = (docs.SITE / language / "document.md").read_text(encoding="utf-8")
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in text.splitlines()]
    rows = [row for row in rows if len(row) == 4][2:]
    assert [row[0] for row in rows] == SECTIONS
    known = course_map.NAMES | course_map.PLANNED
    for row in rows:
        led_to = re.findall(r"\[\[(\w+)\]\]", row[2])
        assert led_to and set(led_to) <= set(known), row


def test_every_public_name_is_in_the_reference(site):
    for package in docs.PACKAGES:
        for name, home in docs.public_names(package).items():
            assert f"{home}.{name}" in site[f"en/api/{home}.html"].ids


def test_every_link_within_the_site_leads_somewhere(site):
    files = {path.relative_to(docs.BUILD).as_posix() for path in docs.BUILD.rglob("*")}
    lost = []
    for name, page in site.items():
        links = [
            attributes[kind]
            for _, attributes in page.elements
            for kind in ("href", "src")
            if attributes.get(kind)
        ]
        for link in links:
            parts = urlsplit(link)
            if parts.scheme:
                continue
            target = os.path.normpath(os.path.join(name, "..", parts.path)) if parts.path else name
            if target not in files or (
                target in site and unquote(parts.fragment) not in {"", *site[target].ids}
            ):
                lost.append((name, link))
    assert lost == []


def test_links_to_elsewhere_are_well_formed(site):
    """Whether somebody answers there no test can know without a network."""
    for page in site.values():
        for link in page.all("a", "href"):
            parts = urlsplit(link)
            if parts.scheme:
                assert parts.scheme in ("https", "http", "mailto") and " " not in link, link
                assert parts.scheme == "mailto" or re.fullmatch(r"[\w.-]+\.\w+", parts.netloc), link


def test_nothing_that_a_page_loads_is_from_elsewhere(site):
    loaded = [
        (page.name, tag, address)
        for page in site.values()
        for tag, attributes in page.elements
        for kind in (
            "src",
            "srcset",
            "data",
            "poster",
            *(["href"] if tag in ("link", "use") else []),
        )
        for address in [attributes.get(kind, "")]
    ]
    assert len(loaded) > 100
    assert not [found for found in loaded if re.match(r"(?!data:)(\w+:)?//|\w+://", found[2])]
    for sheet in docs.BUILD.rglob("*.css"):
        text = sheet.read_text(encoding="utf-8")
        assert not re.findall(r"(?:@import|url\()\s*[\"']?(?:https?:)?//", text), sheet


def test_the_chinese_pages_are_said_to_be_in_chinese(site):
    for name, page in site.items():
        code = {"en": "en", "zh": "zh-CN"}[name[:2]]
        assert page.all("html", "lang") == [code]


def test_a_page_in_english_alone_says_so(site):
    for name in [f"reference/{name}" for name in docs.REFERENCE] + ["api/mlm_tf.layers"]:
        assert "本页只有英文版" in site[f"zh/{name}.html"].text
        assert "本页只有英文版" not in site[f"en/{name}.html"].text


def test_what_to_set_within_china_is_on_the_site(site):
    for language in docs.LANGUAGES:
        page = site[f"{language}/china.html"]
        for variable in ("PIP_INDEX_URL", "HF_ENDPOINT", "MLM_TF_MIRROR"):
            assert variable in page.text
    assert "in Chinese alone" in site["en/china.html"].text
