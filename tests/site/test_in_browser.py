"""Every page in Chromium: it asks nobody else for anything, and fits a phone."""

import pytest

from tools import docs

PHONE = {"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": True}


@pytest.fixture
def phone(browser):
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", PHONE)
    yield browser
    browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


@pytest.mark.parametrize("language", docs.LANGUAGES)
def test_no_page_asks_elsewhere_or_is_wider_than_a_phone(site, address, phone, requests, language):
    phone.get_log("browser")
    asked, wide = set(), []
    for name in site:
        if name.startswith(f"{language}/"):
            phone.get(address + name)
            width = phone.execute_script("return document.documentElement.scrollWidth")
            wide += [(name, width)] if width > PHONE["width"] else []
            asked |= requests()
    assert address + f"{language}/index.html" in asked
    assert not {url for url in asked if not url.startswith((address, "data:", "about:", "blob:"))}
    assert wide == []
    errors = [entry["message"] for entry in phone.get_log("browser") if entry["level"] == "SEVERE"]
    assert not [error for error in errors if "favicon.ico" not in error]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_light_and_dark_are_the_reader_s(address, browser, scheme):
    browser.execute_cdp_cmd(
        "Emulation.setEmulatedMedia",
        {"features": [{"name": "prefers-color-scheme", "value": scheme}]},
    )
    browser.get(address + "en/index.html")
    paper, card = browser.execute_script(
        "const card = document.querySelector('.course-map .wide .card');"
        "return [getComputedStyle(document.body).backgroundColor, getComputedStyle(card).fill]"
    )
    assert (brightness(paper) > 128) == (scheme == "light")
    assert (brightness(card) > 128) == (scheme == "light")


def brightness(colour: str) -> float:
    red, green, blue = map(float, colour.split("(")[1].rstrip(")").split(",")[:3])
    return (red + green + blue) / 3


def test_the_switch_of_light_and_dark_turns_the_map_too(address, browser):
    browser.get(address + "zh/index.html")
    seen = set()
    for _ in range(3):  # by the system, light, dark
        browser.execute_script("document.querySelector('.theme-toggle-content button').click()")
        seen.add(
            browser.execute_script(
                "return getComputedStyle(document.querySelector('.course-map')).color"
                " + getComputedStyle(document.querySelector('.course-map text')).fill"
            )
        )
    assert len(seen) == 2


def test_a_formula_is_drawn_by_the_browser(address, browser):
    browser.get(address + "en/course/05_attention.html")
    height = browser.execute_script(
        "return document.querySelector('.math math').getBoundingClientRect().height"
    )
    assert height > 20


def test_a_click_on_the_map_opens_the_page(address, browser):
    browser.get(address + "zh/index.html")
    browser.find_element("css selector", '.course-map .wide a[href*="05_"]').click()
    assert browser.current_url == address + "zh/course/05_attention.html"
    browser.find_element("css selector", ".other-language").click()
    assert browser.current_url == address + "en/course/05_attention.html"


def test_the_first_page_leads_to_the_language_of_the_reader(address, browser):
    browser.get(address + "index.html")
    browser.execute_async_script(
        "const done = arguments[0];"
        "const wait = () => location.pathname !== '/index.html' ? done() : setTimeout(wait, 20);"
        "wait();"
    )
    assert browser.current_url == address + "en/index.html"
