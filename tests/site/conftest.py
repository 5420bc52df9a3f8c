"""The built site, read once; and a browser that has it before it."""

import functools
import http.server
import threading
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.browser import requests as addresses
from tests.browser import started
from tools import docs

# Elements that are never closed, so that nothing is inside them.
EMPTY = {"br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"}


class Page(HTMLParser):
    """An HTML page: its elements with attributes, its ids, and the text of its article."""

    def __init__(self, path: Path):
        super().__init__()
        self.path, self.name = path, path.relative_to(docs.BUILD).as_posix()
        self.source = path.read_text(encoding="utf-8")
        self.elements: list[tuple[str, dict]] = []
        self.text, self._inside, self._unread = "", 0, 0
        self.feed(self.source)
        self.ids = {attributes["id"] for _, attributes in self.elements if "id" in attributes}

    def handle_starttag(self, tag, attributes):
        attributes = {name: value or "" for name, value in attributes}
        self.elements.append((tag, attributes))
        if tag not in EMPTY:
            self._inside += bool(self._inside) or attributes.get("id") == "furo-main-content"
            self._unread += tag in ("script", "style")

    def handle_startendtag(self, tag, attributes):
        self.elements.append((tag, {name: value or "" for name, value in attributes}))

    def handle_endtag(self, tag):
        if tag not in EMPTY:
            self._inside -= bool(self._inside)
            self._unread -= tag in ("script", "style")

    def handle_data(self, data):
        if self._inside and not self._unread:
            self.text += data

    def all(self, tag: str, attribute: str) -> list[str]:
        return [
            found[attribute] for name, found in self.elements if name == tag and attribute in found
        ]


def newest(*folders: Path) -> float:
    files = (file for folder in folders for file in ([folder], folder.rglob("*"))[folder.is_dir()])
    return max(file.stat().st_mtime for file in files if file.is_file())


@pytest.fixture(scope="session")
def site() -> dict[str, Page]:
    """The pages by their names, as `en/index.html`."""
    built = docs.BUILD / "index.html"
    if not built.exists():
        pytest.skip("the site is not built: make docs")
    if newest(docs.ROOT / "docs", docs.ROOT / "notebooks") > built.stat().st_mtime:
        pytest.skip("the site is older than what it is made of: make docs")
    pages = [Page(path) for path in sorted(docs.BUILD.rglob("*.html"))]
    return {page.name: page for page in pages if page.path != built}


@pytest.fixture(scope="session")
def address(site) -> Iterator[str]:
    """Where a server of this machine has the site."""
    handler = functools.partial(Quiet, directory=docs.BUILD)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *arguments):
        pass


@pytest.fixture(scope="session")
def browser(site):
    """A Chromium without a window that tells what it asks for; skips where there is none."""
    with started() as browser:
        yield browser


@pytest.fixture
def requests(browser):
    """A function that says what the browser asked for since it was last called."""

    def asked() -> set[str]:
        return set(addresses(browser))

    asked()
    return asked
