"""The command `mlm-tf`: the package's own pieces, called from a terminal.

What the package refuses is printed as its one sentence, without a traceback, and ends with exit
status 2; Ctrl-C ends with 130, a closed pipe with 141, both without a word.
"""

import argparse
from collections.abc import Sequence

import glove
import mlm_tf
from glove import terminal
from mlm_tf.cli import audit, chat, demo, evaluate, generate, task, tokenize, train
from mlm_tf.errors import MlmError

COMMANDS = {
    "demo": demo,
    "train": train,
    "generate": generate,
    "chat": chat,
    "evaluate": evaluate,
    "tokenize": tokenize,
    "task": task,
    "audit": audit,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    return terminal.run("mlm-tf", lambda: _run(arguments), (MlmError, glove.GloveError))


def _run(arguments: Sequence[str] | None) -> int:
    options = _parser().parse_args(arguments)
    return options.run(options)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="mlm-tf", description=mlm_tf.__doc__.splitlines()[0])
    parser.add_argument("--version", action="version", version=f"mlm-tf {mlm_tf.__version__}")
    commands = parser.add_subparsers(required=True, metavar="command")
    for name, module in COMMANDS.items():
        summary = module.__doc__.splitlines()[0]
        command = commands.add_parser(
            name,
            help=summary,
            description=module.__doc__,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        module.add_arguments(command)
        command.set_defaults(run=module.run)
    return parser
