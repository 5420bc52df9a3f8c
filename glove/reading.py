"""The plain GloVe text format, read: one word and its D numbers a line, UTF-8.

The text is taken in blocks of whole lines, so that what is held is what is kept and a block. A
columnar CSV reader parses the blocks, many times as fast as a loop over lines, on a few threads. It
says little about a block that it cannot read, so such a block is read again by a plain loop, which
finds the fault and its line, or a word that has spaces:

    stream --> whole lines --> top `limit` --> the words wanted --> parsed, in order
"""

import collections
import contextlib
import functools
import itertools
import os
import re
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import BinaryIO

import numpy as np

from glove.archives import members
from glove.errors import GloveFileError, GloveValueError
from glove.lines import check_not_numbered, located, parse_line, text_size
from glove.opening import MAYBE_DAMAGED, as_utf_8, in_words, open_text

BLOCK = 1 << 20  # bytes
LINES_TO_LOOK_AT = 1_000  # before the number of dimensions is settled
THREADS = min(4, os.cpu_count() or 1)
UNPACKED = 1 << 36  # bytes that may come out of a zip archive; the largest GloVe has a twelfth
BOM = b"\xef\xbb\xbf"
HEADER = re.compile(rb"(\d{1,12}) (\d{1,12})")
# What may stand where vectors should, and what to do. (A word "<html>" has numbers behind it.)
PAGES = (
    (
        re.compile(
            rb"\s*<(!doctype|html|head|body|\?xml)\b(?!.* [-+.\d][\d.e+-]*$)", re.IGNORECASE
        ),
        "a web page, as a server sends where it has no such file or shows it, but a GloVe "
        "file is needed; look at it in a browser, and download the file itself",
    ),
    (
        re.compile(rb"version https://git-lfs"),
        "a pointer of Git LFS, but the file that it stands for is needed; get it with git lfs pull",
    ),
)
TAB_AND_NUMBER = re.compile(rb"\t[-+.\d]")
UNKNOWN = "<unk>"

Lines = tuple[int, bytes]  # the number of the first line, and whole lines
Vectors = tuple[list[str], np.ndarray]  # N words, and their vectors (N, D)


def read_blocks(
    path: Path,
    member: str | None = None,
    limit: int | None = None,
    vocabulary: set[str] | None = None,
    encoding: str = "utf-8",
    faults: dict[int, str] | None = None,
) -> Iterator[Vectors]:
    """The words and vectors of a file, block by block, in its order and with its duplicates.

    Args:
        path: a text, packed (.gz, .bz2, .xz) or not, or a `.zip` that has one; with a word2vec
            header or without. Tabs may stand for the spaces.
        member: which file of a `.zip` that has several.
        limit: how many lines are read from the top, without a header and blank lines.
        vocabulary: only these words; the lines of others are passed over unread.
        encoding: of the text.
        faults: takes what is wrong with a line, by its number, and the line is left out; without it
            a fault is raised.

    Yields:
        N words and a float32 array (N, D); of every block, also when N is 0.

    Raises:
        GloveFileError: the file does not hold vectors; the message names the line.

    Example:

    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "vectors.txt"
    >>> _ = path.write_text("2 3\\nthe 0.5 1 2\\n. . . 3 4 5\\n", encoding="utf-8")
    >>> [(words, rows.tolist()) for words, rows in read_blocks(path)]
    [(['the', '. . .'], [[0.5, 1.0, 2.0], [3.0, 4.0, 5.0]])]
    """
    with _opened(path, member, encoding) as stream:
        blocks = _whole_lines(path, stream)
        number, first = next((b for b in blocks if not b[1].isspace()), (1, b""))
        if _is_tabbed(first):
            first = first.replace(b"\t", b" ")
            blocks = ((line, block.replace(b"\t", b" ")) for line, block in blocks)
        later = next(blocks, None)
        size, count, first = _layout(path, number, first, later is None, faults is not None)
        blocks = itertools.chain([(number, first)], [later] if later else (), blocks)
        if limit is not None:
            blocks = _top(blocks, limit)
        if vocabulary is not None:
            blocks = _wanted(blocks, vocabulary)
        total, last = 0, None
        for words, rows in _in_order(functools.partial(_parsed, path, size, faults), blocks):
            total += len(words)
            last = words[-1] if words else last
            if vocabulary is not None:  # _wanted looks at the part before the first space only
                kept = [row for row, word in enumerate(words) if word in vocabulary]
                words, rows = [words[row] for row in kept], rows[kept]
            yield words, rows
    total += len(faults or ())
    # The reference program announces its V words, and writes a vector for unknown ones besides.
    total -= total - 1 == count and last == UNKNOWN
    if count not in (None, total) and limit is None and vocabulary is None:
        remedy = "the file is cut short or damaged, so get it again"
        if total > count:
            remedy = f"write {total} there, or take the line out"
        raise GloveFileError(
            f"{path}, line 1: {count:,} vectors are announced, but {total:,} follow; {remedy}."
        )


def give_back() -> None:
    """Returns to the system what the blocks took; the C library would keep it for later."""
    import pyarrow

    pyarrow.system_memory_pool().release_unused()


# === From the file to blocks of lines ===


@contextlib.contextmanager
def _opened(path: Path, member: str | None, encoding: str) -> Iterator[BinaryIO]:
    if path.suffix.lower() == ".zip":
        names = [found.name for found in members(path, UNPACKED)]
        if member not in names and (member is not None or len(names) != 1):
            if not names:
                raise GloveFileError(
                    f"{path} has no member, but a file of vectors is needed; get it again."
                )
            what = f"{len(names)} members" if member is None else f"no member {member!r}"
            raise GloveFileError(
                f"{path} has {what}; pass member= (--member) one of {names}, or unpack it."
            )
        for found in members(path, UNPACKED):
            if member in (None, found.name):
                yield as_utf_8(found, path, encoding)
        return
    if member is not None:
        raise GloveValueError(
            f"member={member!r} names a file in a .zip archive, which {path} is not; leave it out."
        )
    with contextlib.ExitStack() as stack:
        try:
            stream = stack.enter_context(open_text(path, encoding))
        except MAYBE_DAMAGED as error:
            raise in_words(path, 1, error) from error
        yield stream


def _whole_lines(path: Path, stream: BinaryIO) -> Iterator[Lines]:
    number, rest = 1, b""
    while True:
        try:
            chunk = stream.read(BLOCK)
        except MAYBE_DAMAGED as error:
            raise in_words(path, number, error) from error
        if not chunk:
            break
        end = chunk.rfind(b"\n") + 1
        if end == 0 and len(rest) > BLOCK:
            raise GloveFileError(
                f"{path}, line {number}: no line end within {len(rest):,} bytes, but a GloVe file "
                "has a word and its numbers on each line; use a text file."
            )
        if end:
            block = b"".join((rest, memoryview(chunk)[:end]))
            yield number, block
            number += block.count(b"\n")
            rest = b""
        rest += chunk[end:]
    if rest:
        yield number, rest


def _layout(
    path: Path, number: int, block: bytes, is_all: bool, skip: bool
) -> tuple[int, int | None, bytes]:
    """D, V if a word2vec header "V D" tells it, and the first block with its header blanked.

    A first line of two numbers may also be a word and its vector of one number, so a header is
    recognised by the longer lines after it, or that there are V.
    """
    lines = enumerate((line.rstrip(b" \r") for line in block.split(b"\n")), start=number)
    filled = list(itertools.islice((line for line in lines if line[1]), LINES_TO_LOOK_AT))
    if not filled:
        raise GloveFileError(
            f"{path} is empty; a GloVe file has a word and its numbers on each line."
        )
    number, line = filled[0]
    for beginning, what in PAGES:
        if beginning.match(line):
            raise GloveFileError(f"{path} is {what}.")
    header = HEADER.fullmatch(line)
    words = filled[1 if header else 0 :]
    if words:
        with located(path, words[0][0]):
            check_not_numbered([line for _, line in words])
    if header and not words:
        raise GloveFileError(
            f"{path}, line {number}: {int(header[1]):,} vectors are announced, but none follow; "
            "the file is cut short, so get it again."
        )
    if header:
        count, size = map(int, header.groups())
        is_all = is_all and len(filled) < LINES_TO_LOOK_AT
        longer = sum(line.count(b" ") > 1 for _, line in words) * 2 > len(words)
        if longer or (size == 1 and (count == len(words) if is_all else count > len(words))):
            _check_size(path, words if skip else words[:1], size)
            return size, count, block.replace(line, b"", 1)
    with located(path, number):
        return text_size([line for _, line in filled], skip), None, block


def _check_size(path: Path, lines: list[tuple[int, bytes]], size: int) -> None:
    """That one of the lines has so many numbers, before anything of that size is made."""
    for number, line in lines[1:]:
        with contextlib.suppress(GloveFileError), located(path, number):
            parse_line(line, size)
            return
    with located(path, lines[0][0]):
        parse_line(lines[0][1], size)


def _is_tabbed(block: bytes) -> bool:
    """Whether tabs part the numbers: in one of the first two lines that have something."""
    filled = (line for line in block.split(b"\n") if line.strip())
    return any(map(TAB_AND_NUMBER.search, itertools.islice(filled, 2)))


def _top(blocks: Iterator[Lines], limit: int) -> Iterator[Lines]:
    for number, block in blocks:
        lines = block.split(b"\n")
        filled = [row for row, line in enumerate(lines) if line.strip()]
        if len(filled) >= limit:
            yield number, b"\n".join(lines[: filled[limit - 1] + 1])
            return
        limit -= len(filled)
        yield number, block


def _wanted(blocks: Iterator[Lines], vocabulary: set[str]) -> Iterator[Lines]:
    """Blanks the other lines, so that those that are left keep their numbers."""
    begins = {word.encode("utf-8", "surrogatepass").partition(b" ")[0] for word in vocabulary}
    for number, block in blocks:
        lines = block.split(b"\n")
        lines = [line if line.partition(b" ")[0] in begins else b"" for line in lines]
        yield number, b"\n".join(lines)


# === From a block to vectors ===


def _in_order(parse: Callable[[Lines], Vectors], blocks: Iterable[Lines]) -> Iterator[Vectors]:
    """What each block holds, while as many of the next as there are threads are parsed."""
    with ThreadPoolExecutor(THREADS) as pool:
        waiting: collections.deque = collections.deque()
        for block in blocks:
            waiting.append(pool.submit(parse, block))
            if len(waiting) > THREADS:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _parsed(path: Path, size: int, faults: dict[int, str] | None, lines: Lines) -> Vectors:
    import pyarrow

    first, block = lines
    if block.isspace():
        return [], np.empty((0, size), dtype=np.float32)
    # The reader takes a lone carriage return for a line end too.
    if block.count(b"\r") == block.count(b"\r\n") and not TAB_AND_NUMBER.search(block):
        with contextlib.suppress(pyarrow.ArrowInvalid):
            words, rows = _columns(block, size)
            if np.isfinite(rows).all() and "" not in words:
                return words, rows
    words, rows = [], []
    for number, line in enumerate(block.split(b"\n"), start=first):
        if line := line.rstrip(b" \r"):
            try:
                with located(path, number):
                    word, row = parse_line(line, size)
            except GloveFileError as fault:
                if faults is None:
                    raise
                faults[number] = str(fault)
                continue
            words.append(word)
            rows.append(row)
    return words, np.array(rows, dtype=np.float32).reshape(-1, size)


def _columns(block: bytes, size: int) -> Vectors:
    import pyarrow
    from pyarrow import csv

    if block.endswith(b" \n"):  # the word2vec program ends each line so
        block = block.replace(b" \n", b"\n")
    if block.startswith(BOM):  # part of a word here, but the reader drops one
        block = BOM + block
    # Arrow's own pool would keep several megabytes that it has freed.
    pool = pyarrow.system_memory_pool()
    table = csv.read_csv(pyarrow.BufferReader(block), *_options(size), memory_pool=pool)
    (batch,) = table.to_batches()
    numbers = batch.select(list(range(1, size + 1))).to_tensor(row_major=True, memory_pool=pool)
    return batch.column(0).to_numpy(zero_copy_only=False).tolist(), numbers.to_numpy()


@functools.cache
def _options(size: int) -> tuple:
    """How the columnar reader reads: a word and `size` numbers, with a space between."""
    import pyarrow
    from pyarrow import csv

    names = ["word", *map(str, range(size))]
    types = dict.fromkeys(names[1:], pyarrow.float32()) | {"word": pyarrow.string()}
    return (
        csv.ReadOptions(column_names=names, block_size=1 << 30, use_threads=False),  # one of ours
        # Quotes and backslashes are ordinary words.
        csv.ParseOptions(delimiter=" ", quote_char=False, double_quote=False, escape_char=False),
        # No text stands for a missing value: "NA" and "null" are words too.
        csv.ConvertOptions(column_types=types, null_values=[], strings_can_be_null=False),
    )
