"""A headless Chromium for tests of pages: started once a test file, and kept from any network."""

import contextlib
import io
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

HOW_TO_INSTALL = (
    "no Chromium with its driver is installed; on Debian and Ubuntu: apt-get install chromium "
    "chromium-driver fonts-noto-cjk (the last for Chinese)"
)
FLAGS = (
    "--headless",
    "--no-sandbox",  # tests may run as root
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # No name but this machine's own is looked up.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
)
WIDE, PHONE = (1000, 900), (375, 800)  # pixels


def _installed(*names: str) -> str | None:
    return next(filter(None, map(shutil.which, names)), None)


@pytest.fixture(scope="module")
def chromium() -> Iterator:
    """A `selenium.webdriver.Chrome` for the tests of a file."""
    with started() as browser:
        yield browser


@contextlib.contextmanager
def started() -> Iterator:
    """A `selenium.webdriver.Chrome`; skips without Chromium, but where `.ci/run` has installed it,
    and set MLM_TF_CHROMIUM, fails."""
    program = _installed("chromium", "chromium-browser", "google-chrome")
    driver = _installed("chromedriver", "chromium.chromedriver")
    if not (program and driver):
        if os.environ.get("MLM_TF_CHROMIUM"):
            pytest.fail(HOW_TO_INSTALL)
        pytest.skip(HOW_TO_INSTALL)
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = program
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    with tempfile.TemporaryDirectory() as profile:
        for flag in (*FLAGS, f"--user-data-dir={profile}"):
            options.add_argument(flag)
        browser = webdriver.Chrome(options, webdriver.ChromeService(driver))
        try:
            yield browser
        finally:
            browser.quit()


def show(
    browser,
    address: str | Path,
    size: tuple[int, int] = WIDE,
    theme: str = "light",
    language: str = "en-US",
) -> None:
    """Open a file or an address, as a reader does who likes it light or dark, in a language.

    A phone has the width PHONE, and touches.
    """
    send = browser.execute_cdp_cmd
    screen = {"width": size[0], "height": size[1], "deviceScaleFactor": 1, "mobile": size == PHONE}
    send("Emulation.setDeviceMetricsOverride", screen)
    likes = [{"name": "prefers-color-scheme", "value": theme}]
    send("Emulation.setEmulatedMedia", {"features": likes})
    agent = browser.execute_script("return navigator.userAgent")
    send("Network.setUserAgentOverride", {"userAgent": agent, "acceptLanguage": language})
    for log in ("browser", "performance"):  # of the page before
        browser.get_log(log)
    browser.get(address.as_uri() if isinstance(address, Path) else address)


def complaints(browser) -> list[str]:
    """What the console has said since the page was opened: errors of scripts, what was refused."""
    return [entry["message"] for entry in browser.get_log("browser")]


def requests(browser) -> list[str]:
    """The addresses that were asked for since the page was opened, its own among them."""
    messages = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    sent = [m["params"] for m in messages if m["method"] == "Network.requestWillBeSent"]
    return [params["request"]["url"] for params in sent]


def picture(browser, path: Path | None = None) -> np.ndarray:
    """What is seen, (height, width, 3), in a file too if there is a `path` for a PNG."""
    from PIL import Image

    png = browser.get_screenshot_as_png()
    if path is not None:
        path.write_bytes(png)
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB"))
