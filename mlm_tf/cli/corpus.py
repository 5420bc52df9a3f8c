"""What is trained on and measured on: texts, or the token files of `mlm-tf tokenize`."""

import pathlib
from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np

from mlm_tf import corpora
from mlm_tf.errors import InvalidArgumentError
from mlm_tf.preprocessing.shards import PIPELINE, TRAINING, VALIDATION
from mlm_tf.preprocessing.token_file import TokenFile, TokenFiles, is_token_file

WIKIPEDIA = "wikipedia"
HELD_BACK = 0.1  # of a token file without another beside it
PART = 2**22  # tokens of a file that are looked at together


def add_corpus_arguments(add) -> None:
    """The texts of a command and how they are read, for `read_corpus`."""
    what = (
        "texts, tables (.csv, .tsv, .jsonl), folders of them, or - for the standard input; or the "
        "token files, or their folders, that mlm-tf tokenize wrote (106 Wikipedia articles)"
    )
    add("text", nargs="*", default=[WIKIPEDIA], help=what)
    add_reading_arguments(add)


def add_reading_arguments(add) -> None:
    """How texts are read, whatever is done with them."""
    add("--text-column", help="the column of a table with the texts: its name, or number from 0")
    add("--encoding", default="utf-8", help="of the texts: gb18030, utf-16, cp1252, ... (utf-8)")
    breaks = "auto joins the lines of a hard-wrapped text; keep, unwrap (auto)"
    add("--line-breaks", default="auto", help=breaks)


def read_corpus(options) -> list[corpora.Document]:
    """The Wikipedia articles, or the documents of the texts."""
    if options.text == [WIKIPEDIA]:
        return corpora.wikipedia()
    return corpora.read(
        options.text,
        options.text_column,
        encoding=options.encoding,
        line_breaks=options.line_breaks,
    )


def corpus_line(options, documents: Sequence[corpora.Document]) -> str:
    """What was read, as a line."""
    count = sum(len(document.sentences) for document in documents)
    read = f"{_many(len(documents), 'document')}, {_many(count, 'sentence')}"
    return f"{', '.join(options.text)}: {read}"


def tokens_line(pipeline, texts: "Sequence[str] | TokenFile") -> str:
    """How many tokens there are, and how many of them the pipeline does not know."""
    if isinstance(texts, TokenFile):
        counts = Counter(tokens=len(texts))
        for ids in _parts(texts):
            counts["unknown"] += int((ids == pipeline.unk_id).sum())
        tokens, unknown = counts["tokens"], counts["unknown"]
    else:
        report = pipeline.report(texts)
        tokens, unknown = report.tokens, report.unknown_tokens
    share = f", {unknown / max(tokens, 1):.1%} [UNK]" if pipeline.level == "word" else ""
    return f"{_many(tokens, 'token')}{share}"


# === Token files ===


def token_files_of(paths: Sequence[str]) -> list[pathlib.Path]:
    """The token files that are meant, those in folders of `mlm-tf tokenize` and other folders of
    token files too; none if these are texts.

    Raises:
        InvalidArgumentError: if there are others beside them.
    """
    found = [_in_place(path) for path in map(pathlib.Path, paths)]
    files = [file for part in found for file in part]
    if files and not all(found):
        raise InvalidArgumentError(
            f"{files[0]} is a token file, and {paths[found.index([])]} is none; tokenize all "
            "texts, or use token files alone."
        )
    return files


def _in_place(path: pathlib.Path) -> list[pathlib.Path]:
    """The token files that a path names."""
    if is_token_file(path):
        return [path]
    if is_token_file(path / TRAINING):
        return [path / TRAINING]
    return [file for file in sorted(path.glob("*.tokens")) if is_token_file(file)]


def pipeline_beside(path: pathlib.Path) -> pathlib.Path:
    """The pipeline that a token file was written with."""
    pipeline = path.with_name(PIPELINE)
    if not pipeline.is_file():
        raise InvalidArgumentError(
            f"{path} holds the ids of a pipeline, and there is no {PIPELINE} beside it; name "
            "one with --pipeline."
        )
    return pipeline


def read_tokens(paths: Sequence[pathlib.Path]) -> TokenFile:
    """One token file, or several as one."""
    return TokenFile(paths[0]) if len(paths) == 1 else TokenFiles(paths)


def with_validation(paths: Sequence[pathlib.Path], pipeline) -> tuple[TokenFile, TokenFile]:
    """Token files and what to validate on: the files beside them, or else their last tenth."""
    file = read_tokens(paths)
    file.check_pipeline(pipeline)
    beside = [path.with_name(VALIDATION) for path in paths if path.name == TRAINING]
    beside = [path for path in beside if path.is_file()]
    if beside:
        return file, read_tokens(beside)
    cut = int(len(file) * (1 - HELD_BACK))
    starts = np.flatnonzero(file[cut : cut + PART] == pipeline.start_id)  # where a text begins
    cut += int(starts[0]) if len(starts) else 0
    return file.part(0, cut), file.part(cut, len(file))


def _parts(file: TokenFile) -> Iterator[np.ndarray]:
    return (file[start : start + PART] for start in range(0, len(file), PART))


def _many(count: int, name: str) -> str:
    return f"{count:,} {name}{'' if count == 1 else 's'}"
