"""Measure the perplexity of a saved model on a text.

    mlm-tf evaluate my.keras my.txt

Perplexity is among how many equally likely tokens the model is left guessing; lower is better.
Known words leave out what stands outside the model's vocabulary, [UNK].
"""

from rich.console import Console
from rich.table import Table

from mlm_tf import corpora
from mlm_tf.cli.common import (
    WIKIPEDIA,
    load_language_model,
    perplexities,
    read_corpus,
    unknown_ids,
)


def add_arguments(parser) -> None:
    parser.add_argument("model", help="a .keras file of a causal language model")
    parser.add_argument("text", nargs="?", default=WIKIPEDIA, help="a UTF-8 text file")
    parser.add_argument("--length", type=int, default=32, help="tokens in a window (32)")


def run(options) -> int:
    model = load_language_model(options.model)
    sentences = corpora.sentences(read_corpus(options.text))
    data = model.pipeline.windows(sentences, options.length, batch_size=32, shuffle=False)
    model.compile(weighted_metrics=perplexities(model))
    result = model.evaluate(data, verbose=0, return_dict=True)
    table = Table(show_header=False)
    table.add_row("perplexity", f"{result['perplexity']:.1f}")
    if unknown_ids(model.pipeline):
        report = model.pipeline.report(sentences)
        table.add_row("on known words", f"{result['known_perplexity']:.1f}")
        table.add_row("\\[UNK]", f"{report.unknown_share:.1%} of {report.tokens:,} tokens")
    table.add_row("vocabulary", f"{model.vocabulary_size:,}")
    Console().print(table)
    return 0
