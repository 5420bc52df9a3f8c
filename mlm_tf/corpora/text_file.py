"""A corpus from a plain text file."""

import os
from pathlib import Path

from mlm_tf.corpora.document import Document
from mlm_tf.corpora.segmentation import split_sentences
from mlm_tf.corpora.text_stream import TextStream, is_packed
from mlm_tf.errors import EmptyCorpusError


def from_text_file(path: str | os.PathLike) -> list[Document]:
    """Read a UTF-8 text file: blank lines separate documents, sentences are found in each.

    A line break ends a sentence, so put a paragraph, or at least a sentence, on one line. A file
    whose name ends in `.gz` is unpacked on the way. For a file larger than memory there is
    `TextStream`.

    Raises:
        MissingFileError: if there is no such file, or it is a folder.
        InvalidFileError: if the file is not UTF-8, or its compression is damaged.
        EmptyCorpusError: if it holds no text.

    Example:

    >>> import pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "cats.txt"
    >>> _ = path.write_text("A cat sat. It slept.\\n\\nA dog ran.\\n")
    >>> [d.sentences for d in from_text_file(path)]
    [('A cat sat.', 'It slept.'), ('A dog ran.',)]
    """
    path = Path(path)
    name = Path(path.stem).stem if is_packed(path) else path.stem
    documents = [
        Document(f"{name} {number}", tuple(split_sentences(text)))
        for number, text in enumerate(TextStream(path, unit="document"), start=1)
    ]
    if not documents:
        raise EmptyCorpusError(
            f"path={str(path)!r} holds no text; give a file with at least one sentence."
        )
    return documents
