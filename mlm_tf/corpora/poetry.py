"""Classical Chinese poems: three anthologies and the head of the complete Tang poems."""

import json
from dataclasses import dataclass

from mlm_tf.checks import check_choice
from mlm_tf.corpora.document import Document
from mlm_tf.corpora.downloads import fetch_file

COLLECTIONS = {
    "tang_300": ("唐诗三百首.json",),
    "song_300": ("宋词三百首.json",),
    "shijing": ("shijing.json",),
    "tang": ("poet.tang.0.json", "poet.tang.1000.json"),
}


@dataclass(frozen=True)
class Poem(Document):
    """A document whose `sentences` are the lines of a poem.

    Attributes:
        author: who wrote it; None for the Book of Songs.
    """

    author: str | None = None


def chinese_poetry(collection: str = "tang_300") -> list[Poem]:
    """Classical Chinese poems.

    - `"tang_300"`: Three Hundred Tang Poems (唐诗三百首), 366 poems in traditional characters
    - `"song_300"`: Three Hundred Song Lyrics (宋词三百首), 280 in simplified ones
    - `"shijing"`: the Book of Songs (诗经), 305 in simplified ones
    - `"tang"`: the first 2,000 of the complete Tang poems (全唐诗), in traditional ones

    The numbers are those of the files, whatever the titles say. Some poems come twice: 354 of the
    366 and 1,981 of the 2,000 differ. A line is mostly a couplet, with its punctuation. The title
    of a song lyric is the name of its tune, which several may share. The editors' marks are kept:
    `[ ]` around a reading of theirs, `□` for a lost character, and once `{𥫗/戢}` for a character
    that Unicode lacks.

    Encoding: UTF-8. There are no splits; `mlm_tf.corpora.split` makes them, by poem.

    Licence: MIT; the poems are public domain. Source: github.com/chinese-poetry/chinese-poetry.
    0.2 MB each, `"tang"` 0.9 MB; downloaded at the first call.

    Args:
        collection: one of those above.

    Raises:
        InvalidArgumentError: for another collection.
        DownloadError: see `fetch_file`.

    Example, on one entry of a file:

    >>> poem({"author": "李白", "title": "靜夜思", "paragraphs": ["牀前看月光，疑是地上霜。"]})
    Poem(title='靜夜思', sentences=('牀前看月光，疑是地上霜。',), author='李白')
    """
    check_choice("collection", collection, COLLECTIONS)
    return [
        poem(entry)
        for file in COLLECTIONS[collection]
        for entry in json.loads(fetch_file(f"chinese-poetry/{file}").read_bytes())
    ]


def poem(entry: dict) -> Poem:
    """From an entry of any of the files, which name the same things differently."""
    return Poem(
        title=entry["title"] if "title" in entry else entry["rhythmic"],
        sentences=tuple(entry["paragraphs"] if "paragraphs" in entry else entry["content"]),
        author=entry.get("author"),
    )
