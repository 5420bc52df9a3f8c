"""What is trained on and measured on: texts, or the token files of `mlm-tf tokenize`."""

import pathlib
from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np

from mlm_tf import corpora
from mlm_tf.errors import InvalidArgumentError
from mlm_tf.preprocessing.token_file import TokenFile, is_token_file

WIKIPEDIA = "wikipedia"
TRAINING, VALIDATION, PIPELINE = "training.tokens", "validation.tokens", "pipeline.json"
HELD_BACK = 0.1  # of a token file without another beside it
PART = 2**22  # tokens of a file that are looked at together


def add_corpus_arguments(add) -> None:
    """The texts of a command and how they are read, for `read_corpus`."""
    what = (
        "texts, tables (.csv, .tsv, .jsonl), folders of them, or - for the standard input; or the "
        "token file, or its folder, that mlm-tf tokenize wrote (106 Wikipedia articles)"
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


def token_file_of(paths: Sequence[str]) -> pathlib.Path | None:
    """The token file that is meant, the one in a folder of `mlm-tf tokenize` too, if one is.

    Raises:
        InvalidArgumentError: if there are others beside it.
    """
    found = [
        path
        for path in map(pathlib.Path, paths)
        if is_token_file(path) or is_token_file(path / TRAINING)
    ]
    if found and len(paths) > 1:
        raise InvalidArgumentError(
            f"{found[0]} is a token file, and one is read at a time; use it alone, or tokenize "
            "all texts together."
        )
    if not found:
        return None
    return found[0] / TRAINING if found[0].is_dir() else found[0]


def pipeline_beside(path: pathlib.Path) -> pathlib.Path:
    """The pipeline that a token file was written with."""
    pipeline = path.with_name(PIPELINE)
    if not pipeline.is_file():
        raise InvalidArgumentError(
            f"{path} holds the ids of a pipeline, and there is no {PIPELINE} beside it; name "
            "one with --pipeline."
        )
    return pipeline


def with_validation(path: pathlib.Path, pipeline) -> tuple[TokenFile, TokenFile]:
    """A token file and what to validate on: the file beside it, or else its last tenth."""
    file = TokenFile(path)
    file.check_pipeline(pipeline)
    beside = path.with_name(VALIDATION)
    if path.name == TRAINING and beside.is_file():
        return file, TokenFile(beside)
    cut = int(len(file) * (1 - HELD_BACK))
    starts = np.flatnonzero(file[cut : cut + PART] == pipeline.start_id)  # where a text begins
    cut += int(starts[0]) if len(starts) else 0
    return file.part(0, cut), file.part(cut, len(file))


def _parts(file: TokenFile) -> Iterator[np.ndarray]:
    return (file[start : start + PART] for start in range(0, len(file), PART))


def _many(count: int, name: str) -> str:
    return f"{count:,} {name}{'' if count == 1 else 's'}"
