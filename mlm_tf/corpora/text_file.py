"""A corpus from a plain text file."""

import os
import pathlib
import re

from mlm_tf.corpora.document import Document
from mlm_tf.corpora.segmentation import split_sentences
from mlm_tf.errors import EmptyCorpusError, InvalidFileError, MissingFileError


def from_text_file(path: str | os.PathLike) -> list[Document]:
    """Read a UTF-8 text file: blank lines separate documents, sentences are found in each.

    A line break ends a sentence, so put a paragraph, or at least a sentence, on one line.

    Raises:
        MissingFileError: if there is no such file, or it is a folder.
        InvalidFileError: if the file is not UTF-8.
        EmptyCorpusError: if it holds no text.

    Example:

    >>> import pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "cats.txt"
    >>> _ = path.write_text("A cat sat. It slept.\\n\\nA dog ran.\\n")
    >>> [d.sentences for d in from_text_file(path)]
    [('A cat sat.', 'It slept.'), ('A dog ran.',)]
    """
    path = pathlib.Path(path)
    if not path.is_file():
        raise MissingFileError(
            f"path={str(path)!r} is not a file; give the path of a UTF-8 text file."
        )
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidFileError(
            f"path={str(path)!r} is not UTF-8 (byte {error.start} is "
            f"{error.object[error.start]:#04x}); convert it, for instance with iconv -f cp1252 -t "
            "utf-8."
        ) from error
    paragraphs = [p for p in re.split(r"\n\s*\n", text) if p.strip()]
    if not paragraphs:
        raise EmptyCorpusError(
            f"path={str(path)!r} holds no text; give a file with at least one sentence."
        )
    return [
        Document(f"{path.stem} {number}", tuple(split_sentences(paragraph)))
        for number, paragraph in enumerate(paragraphs, start=1)
    ]
