"""Continue prompts with a saved model, until the end token.

    mlm-tf generate my.keras "The city of" --temperature 0.7 --seed 1

Without a prompt the model starts a sentence of its own.
"""

import sys

from mlm_tf.cli.common import load_language_model
from mlm_tf.errors import InvalidArgumentError
from mlm_tf.generation import TopK

DEFAULT_LENGTH = 60


def add_arguments(parser) -> None:
    parser.add_argument("model", help="a .keras file of a causal language model")
    parser.add_argument("prompts", nargs="*", metavar="prompt", help="the beginning of a text")
    parser.add_argument("--max-length", type=int, help="tokens at most, prompt included (60)")
    parser.add_argument("--sampler", default="top_k", help="greedy, random or top_k")
    parser.add_argument("--k", type=int, help="tokens that top_k chooses from (20)")
    parser.add_argument("--temperature", type=float, default=0.8, help="0 is greedy (0.8)")
    parser.add_argument("--seed", type=int, help="the same seed gives the same text")
    parser.add_argument("--unknown", action="store_true", help="let [UNK] be written")


def run(options) -> int:
    model = load_language_model(options.model)
    sampler, max_length = options.sampler, options.max_length
    if options.k is not None:
        if sampler != "top_k":
            raise InvalidArgumentError(f"k={options.k} is for top_k alone, not for {sampler!r}.")
        sampler = TopK(options.k)
    if max_length is None:
        max_length = model.max_sequence_length or DEFAULT_LENGTH
    settings = {
        "max_length": max_length,
        "sampler": sampler,
        "temperature": options.temperature,
        "seed": options.seed,
        "suppress_token_ids": [] if options.unknown else [model.pipeline.unk_id],
    }
    for prompt in options.prompts or [""]:
        stream_to_terminal(model.generate(prompt, stream=True, **settings))
    return 0


def stream_to_terminal(pieces) -> str:
    """Write pieces of text as they come, and a line break; returns the whole."""
    text = ""
    for piece in pieces:
        sys.stdout.write(piece)
        sys.stdout.flush()
        text += piece
    print(flush=True)
    return text
