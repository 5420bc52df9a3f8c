"""A corpus from files: plain texts, tables and folders of them."""

import os
import re
from pathlib import Path

from glove.opening import unpacked_name
from glove.sources import Paths, text_files
from glove.tables import Column, is_table, read_table
from mlm_tf.corpora.document import Document
from mlm_tf.corpora.downloads import our_errors
from mlm_tf.corpora.line_breaks import LineBreaks
from mlm_tf.corpora.segmentation import split_sentences
from mlm_tf.corpora.sentiment import LabelledText
from mlm_tf.corpora.text_stream import lines_of, no_text_in
from mlm_tf.errors import InvalidArgumentError, MissingFileError

INTEGER = re.compile(r"0|-?[1-9][0-9]{0,17}")  # a label that is one
FOLDER = "folder"  # as a label: the name of the folder in which a text lies


def from_text_file(
    path: str | os.PathLike, line_breaks: str = "auto", encoding: str = "utf-8"
) -> list[Document]:
    """Read a text file: blank lines separate documents, sentences are found in each.

    A line break ends a sentence too, but not in a hard-wrapped text, as every book of Project
    Gutenberg is one: there the lines of a paragraph are joined first, and a line of the log says
    so. A file whose name ends in `.gz`, `.bz2` or `.xz` is unpacked on the way. For a file larger
    than memory there is `TextStream`; for tables and folders `read`.

    Args:
        path: the file.
        line_breaks: `"auto"` joins lines if the file is hard-wrapped (with a blank line after every
            line too), and of these the ones that are full, so that verse, titles and lists inside
            it keep theirs; where that is doubtful the log says so; `"keep"` joins none;
            `"unwrap"` joins all that no blank line, indentation or list mark separates.
        encoding: of the file, by the name that Python has for it.

    Raises:
        MissingFileError: if there is no such file, or it is a folder.
        InvalidFileError: if the file is not in that encoding, or its compression is damaged.
        InvalidArgumentError: if `line_breaks` or `encoding` is not known.
        EmptyCorpusError: if it holds no text.

    Example:

    >>> import pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "cats.txt"
    >>> _ = path.write_text("A cat sat. It slept.\\n\\nA dog ran.\\n")
    >>> [d.sentences for d in from_text_file(path)]
    [('A cat sat.', 'It slept.'), ('A dog ran.',)]
    """
    path = Path(path)
    if path.is_dir():
        raise MissingFileError(
            f"path={str(path)!r} is not a file but a folder; corpora.read reads folders."
        )
    treated = LineBreaks(line_breaks)
    documents = _documents(path, encoding, treated)
    treated.log()
    if not documents:
        raise no_text_in([path])
    return documents


def read(
    path: Paths,
    text_column: Column | None = None,
    label_column: Column | None = None,
    encoding: str = "utf-8",
    line_breaks: str = "auto",
) -> list[Document] | list[LabelledText]:
    """Read texts from a file, a table, a folder, several of these, or the standard input.

    - A **text file**: blank lines separate documents, as for `from_text_file`.
    - A **table**, whose name ends in .csv, .tsv, .jsonl or .json: each row is a document. Fields in
      quotes may hold line breaks. A row whose text is empty is left out.
    - A **folder**: each text file in it, or in a folder in it, is a document; with `text_column`
      the tables in it are read.
    - "-" is the standard input: plain text, or with `text_column` a table.

    Any of them may be packed (.gz, .bz2, .xz).

    Args:
        path: one of these, or a list of several.
        text_column: the name of the column that holds the texts. A number counts columns from 0, of
            a CSV or TSV file whose first row is no header. By default the only column, or the one
            that is called "text".
        label_column: the column that holds the labels, likewise. "folder" is, for text files, the
            name of the folder in which each lies, as in `pos/1.txt` and `neg/1.txt`; where there
            are such folders, files beside them are left out.
        encoding: of the files, by the name that Python has for it.
        line_breaks: of text files, as for `from_text_file`; each file decides for itself.

    Returns:
        Documents; with `label_column` labelled texts, whose label is what stands in the file: a
        string, or an integer where all of them are whole numbers (and none is written "01" or
        "-0"), or what a JSONL file has.

    Raises:
        MissingFileError: if there is no such file.
        InvalidFileError: if a file is damaged, is no text or in another encoding, or a folder holds
            nothing to read.
        InvalidArgumentError: for a column or an encoding that does not exist.
        EmptyCorpusError: if there is no text.

    Example:

    >>> import pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "films.csv"
    >>> _ = path.write_text('text,stars\\n"Great, see it. Twice!",5\\nA bore.,1\\n')
    >>> [document.sentences for document in read(path, text_column="text")]
    [('Great, see it.', 'Twice!'), ('A bore.',)]
    >>> read(path, text_column="text", label_column="stars")[1]
    LabelledText(text='A bore.', label=1)
    """
    treated = LineBreaks(line_breaks)
    by_folder = label_column == FOLDER and text_column is None
    with our_errors():
        files = text_files(path, tables=text_column is not None)
        folders = _folders(path)
        if by_folder:
            files = _in_class_folders(files, folders)
        texts: list = []
        for file in files:
            in_folder = next((f for f in folders if file.is_relative_to(f)), None)
            if by_folder:
                text = "\n".join(_texts(file, encoding, treated))
                texts += [LabelledText(text, file.parent.name)] if text else []
            elif text_column is not None or is_table(file):
                texts += _from_table(file, text_column, label_column, encoding, treated)
            elif label_column is not None:
                raise InvalidArgumentError(
                    f"label_column={label_column!r} belongs to a table, and {file} is plain text; "
                    f"leave it out, or use {FOLDER!r} for the names of the folders."
                )
            elif in_folder is None:
                texts += _documents(file, encoding, treated)
            else:
                paragraphs = _texts(file, encoding, treated)
                sentences = tuple(s for text in paragraphs for s in split_sentences(text))
                name = file.relative_to(in_folder).as_posix()
                texts += [Document(name, sentences)] if sentences else []
    if not texts:
        raise no_text_in(files)
    treated.log()
    return _with_integers(texts) if label_column is not None else texts


def _documents(path: Path, encoding: str, treated: LineBreaks) -> list[Document]:
    name = unpacked_name(path).stem
    return [
        Document(f"{name} {number}", tuple(split_sentences(text)))
        for number, text in enumerate(_texts(path, encoding, treated), start=1)
    ]


def _texts(path: Path, encoding: str, treated: LineBreaks) -> list[str]:
    """What blank lines separate in a text file."""
    return list(treated.of_text(lines_of(path, encoding), path))


def _from_table(path: Path, text_column, label_column, encoding: str, treated: LineBreaks) -> list:
    records = read_table(path, text_column, label_column, encoding)
    if label_column is not None:
        return [LabelledText(record.text.strip(), record.label) for record in records]
    rows = treated.of_table((record.text for record in records), path)  # a book may be a row
    name = unpacked_name(path).stem
    documents = (
        Document(f"{name} {number}", tuple(s for block in row for s in split_sentences(block)))
        for number, row in enumerate(rows, start=1)
    )
    return [document for document in documents if document.sentences]


def _folders(path: Paths) -> list[Path]:
    paths = [path] if isinstance(path, (str, os.PathLike)) else list(path)
    return [Path(path) for path in paths if Path(path).is_dir()]


def _in_class_folders(files: list[Path], folders: list[Path]) -> list[Path]:
    """Without those that lie beside folders of texts."""
    deeper = [file for file in files if file.parent not in folders]
    return [f for f in files if not any(d.is_relative_to(f.parent) for d in deeper if d != f)
            or f.parent not in folders]  # fmt: skip


def _with_integers(texts: list[LabelledText]) -> list[LabelledText]:
    """A CSV file knows only strings: labels that are all whole numbers become integers.

    Not if one is written as Python would not write it: "01" may be another class than "1".
    """
    if not all(isinstance(text.label, str) for text in texts):
        return texts
    if not all(INTEGER.fullmatch(text.label.strip()) for text in texts):
        return texts
    return [LabelledText(text.text, int(text.label)) for text in texts]
