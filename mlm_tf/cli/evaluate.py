"""Measure the perplexity of a saved model on a text.

    mlm-tf evaluate my.keras my.txt

Perplexity is among how many equally likely tokens the model is left guessing; lower is better.
Known words leave out what stands outside the model's vocabulary, [UNK]. Bits a byte, which compare
models that cut text differently, are those of a model whose tokens hold every byte. Without a text
the Wikipedia articles are taken; instead of one token files that the model's pipeline wrote.
"""

import contextlib
import sys

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from mlm_tf import corpora
from mlm_tf.cli.common import load_language_model
from mlm_tf.cli.corpus import (
    add_corpus_arguments,
    read_corpus,
    read_tokens,
    token_files_of,
    tokens_line,
)
from mlm_tf.cli.prompts import LOOKED_AT, other_variant
from mlm_tf.errors import InvalidArgumentError
from mlm_tf.training import BitsPerByte, perplexities


def add_arguments(parser) -> None:
    parser.add_argument("model", help="a .keras file of a causal language model")
    add_corpus_arguments(parser.add_argument)
    parser.add_argument("--length", type=int, default=32, help="tokens in a window (32)")


def run(options) -> int:
    model = load_language_model(options.model)
    if token_files := token_files_of(options.text):
        texts = read_tokens(token_files)
    else:
        texts = corpora.sentences(read_corpus(options))
        if said := other_variant("The text", "".join(texts[:LOOKED_AT]), model.pipeline):
            print(f"mlm-tf: {said}", file=sys.stderr)
    data = model.pipeline.windows(texts, options.length, batch_size=32, shuffle=False)
    measured = perplexities(model.pipeline)
    with contextlib.suppress(InvalidArgumentError):  # of tokens that do not hold every byte
        measured.append(BitsPerByte.of(model.pipeline))
    model.compile(weighted_metrics=measured)
    result = model.evaluate(data, verbose=0, return_dict=True)
    table = Table(show_header=False)
    table.add_row("perplexity", f"{result['perplexity']:.1f}")
    if model.pipeline.unk_id is not None:
        table.add_row("on known words", f"{result['known_perplexity']:.1f}")
        table.add_row("text", escape(tokens_line(model.pipeline, texts)))
    if "bits_per_byte" in result:
        table.add_row("bits a byte", f"{result['bits_per_byte']:.3f}")
    table.add_row("vocabulary", f"{model.vocabulary_size:,}")
    Console().print(table)
    return 0
