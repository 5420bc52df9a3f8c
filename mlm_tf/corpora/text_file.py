"""A corpus from a plain text file."""

import os
from pathlib import Path

from mlm_tf.corpora.document import Document
from mlm_tf.corpora.line_breaks import with_line_breaks
from mlm_tf.corpora.segmentation import split_sentences
from mlm_tf.corpora.text_stream import TextStream, is_packed
from mlm_tf.errors import EmptyCorpusError


def from_text_file(path: str | os.PathLike, line_breaks: str = "auto") -> list[Document]:
    """Read a UTF-8 text file: blank lines separate documents, sentences are found in each.

    A line break ends a sentence too, but not in a hard-wrapped text, as every book of Project
    Gutenberg is one: there the lines of a paragraph are joined first, and a line of the log says
    so. A file whose name ends in `.gz` is unpacked on the way. For a file larger than memory there
    is `TextStream`.

    Args:
        path: the file.
        line_breaks: `"auto"` joins lines if the file is hard-wrapped, and of these the ones that
            are full, so that verse, titles and lists inside it keep theirs; `"keep"` joins none;
            `"unwrap"` joins all that no blank line, indentation or list mark separates.

    Raises:
        MissingFileError: if there is no such file, or it is a folder.
        InvalidFileError: if the file is not UTF-8, or its compression is damaged.
        InvalidArgumentError: if `line_breaks` is not known.
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
    texts = with_line_breaks(list(TextStream(path, unit="document")), line_breaks, path)
    if not texts:
        raise EmptyCorpusError(
            f"path={str(path)!r} holds no text; give a file with at least one sentence."
        )
    return [
        Document(f"{name} {number}", tuple(split_sentences(text)))
        for number, text in enumerate(texts, start=1)
    ]
