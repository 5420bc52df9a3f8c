"""HTML documents that hold everything they need: for a notebook, a file, a browser, a phone."""

import base64
import html
import io
import json
import os
from collections.abc import Callable, Sequence
from importlib import resources
from typing import TYPE_CHECKING

from glove.writing import written_beside
from mlm_tf.checks import check_new_file, check_path, check_strings
from mlm_tf.errors import InvalidArgumentError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LANGUAGES = ("auto", "en", "zh")
LONGEST_WORD = 60  # characters; what is longer is cut
FRAME_HEIGHT = 640  # pixels, until the page says how high it is
FIGURE_DPI, FIGURE_COLOURS = 80, 64  # of the image in a notebook, which is kept small
# A bracket or an ampersand in the data cannot end its element, or begin another.
UNSAFE = {ord(sign): f"\\u{ord(sign):04x}" for sign in "<>&\u2028\u2029"}


class Page:
    """An HTML document in one piece: no file beside it, and nothing in it is asked of a network.

    A notebook shows it as the last value of a cell, in a frame of its own; where frames or scripts
    are not shown, as on GitHub, on paper, or in a notebook that JupyterLab does not trust before it
    has run, its figure stands in. `viz.attention_page` and `viz.generation_page` make pages.

    Attributes:
        html: the document.
    """

    def __init__(self, kind: str, title: str, data: dict, figure: "Callable[[], Figure]"):
        self.html = _document(kind, title, data)
        self._title, self._figure = title, figure

    def figure(self) -> "Figure":
        """What stands in where HTML is not shown: a `matplotlib.figure.Figure`."""
        return self._figure()

    def save(self, path: str | os.PathLike, overwrite: bool = False) -> None:
        """Writes the document beside `path` and renames it, so that `path` is never half a file.

        Args:
            path: a name that ends in `.html`.
            overwrite: whether a file that has the name already may be replaced.

        Raises:
            InvalidArgumentError: `path` does not end in `.html`, is a folder, or is a file already
                and `overwrite` is false.
            MissingFileError: the folder of `path` does not exist.
        """
        path = check_path("path", path)
        if path.suffix.lower() not in (".html", ".htm"):
            raise InvalidArgumentError(
                f"path={str(path)!r} is no page; use a name ending in '.html'."
            )
        with written_beside(check_new_file(path, overwrite)) as beside:
            beside.write_text(self.html, encoding="utf-8", newline="\n")

    def __repr__(self):
        return f"<{self._title}: {len(self.html.encode()) / 1024:,.0f} KB of HTML>"

    def _repr_html_(self) -> str:
        return self._framed(self._image())

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict[str, str]:
        image = self._image()
        return {
            "text/html": self._framed(image),
            "image/png": image,
            "text/plain": repr(self),
        }

    def _framed(self, image: str) -> str:
        """The document in a frame, so that its styles and scripts are its own.

        The image before it is what a sanitizer leaves; the document hides it as soon as it runs.
        """
        title = html.escape(self._title)
        return (
            f'<div><img alt="{title}" src="data:image/png;base64,{image}">'
            f'<iframe title="{title}" srcdoc="{html.escape(self.html)}" '
            f'style="width: 100%; height: {FRAME_HEIGHT}px; border: 0"></iframe></div>'
        )

    def _image(self) -> str:
        """The figure as a PNG of few colours, in base64."""
        from PIL import Image

        drawn, small = io.BytesIO(), io.BytesIO()
        figure = self.figure()
        figure.set_dpi(FIGURE_DPI)  # for the layout; told to savefig alone, labels can touch
        figure.savefig(drawn, format="png", dpi=FIGURE_DPI)
        with Image.open(drawn) as image:
            image.convert("RGB").quantize(FIGURE_COLOURS).save(small, "png", optimize=True)
        return base64.b64encode(small.getvalue()).decode()


def check_page_words(
    name: str, words, most: int, remedy: str = "give a part of the text"
) -> list[str]:
    """Words for a page, at least one and not too many; what is very long is cut."""
    words = check_strings(name, words)
    if not 0 < len(words) <= most:
        raise InvalidArgumentError(
            f"{name} has {len(words):,} entries, and a page shows 1 to {most:,}; {remedy}."
        )
    return [_cut(word) for word in words]


def _cut(word: str) -> str:
    """
    >>> len(_cut("ha" * 1000)), _cut("ha" * 3)
    (60, 'hahaha')
    """
    return word if len(word) <= LONGEST_WORD else word[: LONGEST_WORD - 1] + "…"


def rounded(values: Sequence[float], digits: int = 3) -> list[float]:
    """Numbers with few significant digits, which is all that is read, and short as JSON.

    >>> rounded([0.123456, 1e-9, 1.0])
    [0.123, 1e-09, 1.0]
    """
    return [float(f"{value:.{digits}g}") for value in values]


def _document(kind: str, title: str, data: dict) -> str:
    folder = resources.files("mlm_tf.viz") / "pages"

    def read(name: str) -> str:
        return (folder / name).read_text(encoding="utf-8").strip()

    parts = {
        "title": html.escape(title),
        "style": read("page.css"),
        "body": read(f"{kind}.html"),
        "script": f"{read('common.js')}\n\n{read(f'{kind}.js')}",
        "data": json.dumps(data, ensure_ascii=False, separators=(",", ":")).translate(UNSAFE),
    }
    # Cut first: what is put in is not looked at again.
    pieces = read("page.html").split("{{")
    document = pieces[0]
    for piece in pieces[1:]:
        name, _, rest = piece.partition("}}")
        document += parts[name] + rest
    return document + "\n"
