"""Look for what a saved model may do to people: bias, copies, secrets, false certainty.

    mlm-tf audit my.keras --training-text my.txt --output audit
    mlm-tf audit films.keras --rows held_out.csv --output audit

A language model is asked how much of what it writes is copied from its training text, and whether
numbers there, or secrets that were planted with --canary, have been learned by heart; a text
classifier, whether its scores move with gender, names and nationality; both, how calibrated they
are. With --output the report, its plots and a model card are written into a folder. The exit status
is 0 whatever is found.
"""

from rich.console import Console
from rich.markdown import Markdown

from mlm_tf import corpora
from mlm_tf.models import load_model, pretrained_models
from mlm_tf.tasks.audit import audit
from mlm_tf.tasks.exposure import DIGITS, Canary
from mlm_tf.tasks.rows import read_rows


def add_arguments(parser) -> None:
    add = parser.add_argument
    add("model", help="a .keras file of a causal language model or a text classifier")
    add("--training-text", action="append", metavar="FILE", help="what it has learned from")
    add("--held-out", action="append", metavar="FILE", help="text that it has not learned from")
    add("--rows", action="append", metavar="FILE", help="labelled texts, for a classifier")
    add("--text-column", help="the column of a table with the texts (text)")
    add("--label-column", help="that of the labels (label)")
    add("--encoding", default="utf-8", help="of the texts (utf-8)")
    canary = "a planted text with {} for each digit of a secret, and the digits"
    add("--canary", nargs=2, action="append", default=[], metavar=("TEXT", "DIGITS"), help=canary)
    add("--texts", type=int, default=40, help="how many texts a language model writes (40)")
    add("--seed", type=int, default=0, help="of what is drawn (0)")
    add("--output", metavar="DIR", help="a folder for report, plots and model card")
    add("--overwrite", action="store_true", help="replace an earlier report there")


def run(options) -> int:
    found = audit(
        load_model(options.model),
        _texts(options.training_text, options),
        _texts(options.held_out, options),
        _rows(options),
        [Canary(template, digits, DIGITS) for template, digits in options.canary],
        num_texts=options.texts,
        seed=options.seed,
        path=pretrained_models().get(options.model, options.model),
    )
    console = Console()
    console.print(Markdown(found.to_markdown()))
    if options.output is not None:
        for path in found.save(options.output, options.overwrite):
            print(path)
    return 0


def _texts(paths, options) -> list[str] | None:
    if paths is None:
        return None
    return corpora.sentences(corpora.read(paths, options.text_column, encoding=options.encoding))


def _rows(options):
    if options.rows is None:
        return None
    rows, _ = read_rows(options.rows, options.text_column, options.label_column, options.encoding)
    return rows
