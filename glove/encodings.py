"""What a file is that is no UTF-8 text, told from its bytes, so that advice can name it."""

import codecs
import functools
import unicodedata

from glove.errors import GloveValueError
from glove.languages import readable_encoding

UTF_8_MARK = codecs.BOM_UTF8
SAMPLE = 1 << 16  # bytes that a guess looks at

# The first bytes of a file, what it is, and what to do with it.
FORMATS = (
    (b"PK\x03\x04", "a zip archive", "unpack it"),
    (b"\x1f\x8b", "packed with gzip", "unpack it"),
    (b"BZh", "packed with bzip2", "unpack it"),
    (b"\xfd7zXZ\x00", "packed with xz", "unpack it"),
    (b"\x28\xb5\x2f\xfd", "packed with zstd", "unpack it, or pack it with gzip"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive", "unpack it"),
    (b"Rar!\x1a\x07", "a rar archive", "unpack it"),
    (b"\x93NUMPY", "a NumPy array", "give the text that it was made from"),
    (b"PAR1", "a Parquet file", "write it as .csv or .jsonl, for example with pandas"),
    (b"ARROW1", "an Arrow file", "write it as .csv or .jsonl, for example with pandas"),
    (b"\x89HDF", "an HDF5 file", "give a text"),
    (b"%PDF", "a PDF", "save it as plain text"),
    (b"{\\rtf", "an RTF document", "save it as plain text"),
    (b"\xd0\xcf\x11\xe0", "an Office document", "save it as plain text"),
    (b"SQLite format 3\x00", "an SQLite database", "write its table as .csv"),
    (b"\xba\x16\x4f\x2f", "a fastText model", "load its vectors with glove.load"),
    *(
        (bytes([0x80, protocol]), "a Python pickle (as gensim's .kv and .model files are)",
         "load vectors with glove.load, and anything else with the program that wrote it")
        for protocol in (2, 3, 4, 5)
    ),
    (b"\x89PNG", "a picture", "give a text"),
    (b"\xff\xd8\xff", "a picture", "give a text"),
)  # fmt: skip
# What a zip archive is whose first bytes hold this.
ARCHIVES = (
    (b"word/", "a Word document", "save it as plain text"),
    (b"xl/", "an Excel workbook", "write its table as .csv"),
    (b"ppt/", "a PowerPoint document", "save it as plain text"),
    (b"[Content_Types].xml", "an Office document", "save it as plain text"),
    (b"mimetypeapplication/epub+zip", "an EPUB book", "save it as plain text"),
    (b"mimetypeapplication/vnd.oasis", "an OpenDocument file", "save it as plain text, or as .csv"),
    (b".npy", "a zip archive of NumPy arrays", "give the text that they were made from"),
)
MARKS = (  # UTF-32's begin as UTF-16's do
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
SHOWN = {
    "gb18030": "GB18030",
    "big5": "Big5",
    "euc-jp": "EUC-JP",
    "cp932": "Shift_JIS",
    "cp949": "EUC-KR",
    "macintosh": "Mac Roman",
}


def checked_encoding(encoding: str) -> str:
    """The name of an encoding of texts that Python knows, as Python writes it.

    Raises:
        GloveValueError: it knows no such encoding.

    Example:

    >>> checked_encoding("GBK")
    'gbk'
    """
    try:
        found = codecs.lookup(encoding)
        if getattr(found, "_is_text_encoding", True):
            return found.name
    except (LookupError, TypeError, ValueError):
        pass
    raise GloveValueError(
        f"encoding={encoding!r} is not the name of an encoding; use for example 'utf-8', 'utf-16', "
        "'gb18030', 'big5' or 'cp1252'."
    )


def shown_encoding(encoding: str) -> str:
    """As people write it: UTF-16, GB18030, cp1252."""
    return SHOWN.get(encoding, encoding.upper() if encoding.startswith("utf") else encoding)


def format_of(head: bytes) -> tuple[str, str] | None:
    """What a file is that begins so and is no text, and what to do with it; None for a text.

    >>> format_of(b"%PDF-1.7")
    ('a PDF', 'save it as plain text')
    """
    for first, what, remedy in FORMATS:
        if head.startswith(first):
            inside = ARCHIVES if first == b"PK\x03\x04" else ()
            return next((found[1:] for found in inside if found[0] in head), (what, remedy))
    return None


def guess_encoding(data: bytes) -> str | None:
    """The encoding that some bytes of a text are most likely in; None where nothing fits.

    UTF-16 is told by its mark, or by where its zeros stand; Japanese, Korean and Chinese by
    frequent characters; Latin letters with accents by where they stand. A name that covers more is
    given for the usual one: cp949 for EUC-KR, cp932 for Shift_JIS.

    Args:
        data: the first bytes of a text, and enough of them: a line or more.

    Example:

    >>> guess_encoding("今天天气很好。".encode("gbk"))
    'gb18030'
    >>> guess_encoding("un café noir".encode("cp1252"))
    'cp1252'
    """
    data = data[:SAMPLE].removeprefix(UTF_8_MARK)
    if wide := guess_wide(data):
        return wide
    if _decoded(data, "utf-8") is not None:
        return "utf-8"
    return readable_encoding(functools.partial(_decoded, data))


def guess_wide(data: bytes) -> str | None:
    """UTF-16 and UTF-32 by their marks; UTF-16 by its zeros: of each Latin letter, blank and line
    break one byte is 0.
    """
    for mark, name in MARKS:
        if data.startswith(mark):
            return name
    even, odd = data[0::2].count(0), data[1::2].count(0)
    most, least = max(even, odd), min(even, odd)
    # In UTF-8 a zero is legal, but rare.
    if most * 5 < len(data) and _decoded(data, "utf-8") is not None:
        return None
    if most < 2 or least * 20 > most:
        return None
    name = "utf-16-le" if odd > even else "utf-16-be"
    text = _decoded(data, name)
    if text is None or any(unicodedata.category(c) in ("Cn", "Co") for c in set(text)):
        return None
    return name


def _decoded(data: bytes, encoding: str) -> str | None:
    """The text, up to a character that is cut off at the end; None where a byte is wrong."""
    try:
        return codecs.getincrementaldecoder(encoding)().decode(data)
    except UnicodeDecodeError:
        return None
