"""Continue prompts with a saved model, until the end token.

    mlm-tf generate my.keras "The city of" --temperature 0.7 --seed 1

Without a prompt the model starts a sentence of its own.
"""

import os
import sys

from mlm_tf.cli.common import load_language_model
from mlm_tf.cli.prompts import unknown_in
from mlm_tf.errors import InvalidArgumentError
from mlm_tf.generation import Beam, Sampler, TopK, TopP

DEFAULT_LENGTH = 60


def add_arguments(parser) -> None:
    parser.add_argument("model", help="a .keras file of a causal language model")
    parser.add_argument("prompts", nargs="*", metavar="prompt", help="the beginning of a text")
    parser.add_argument("--max-length", type=int, help="tokens at most, prompt included (60)")
    parser.add_argument("--sampler", default="top_k", help="greedy, random, top_k, top_p or beam")
    parser.add_argument("--k", type=int, help="tokens that top_k chooses from (20)")
    parser.add_argument("--p", type=float, help="probability of what top_p chooses from (0.9)")
    parser.add_argument("--num-beams", type=int, help="beams that beam follows (4)")
    parser.add_argument("--temperature", type=float, default=0.8, help="0 is greedy (0.8)")
    parser.add_argument("--seed", type=int, help="the same seed gives the same text")
    parser.add_argument("--unknown", action="store_true", help="let [UNK] be written")


def run(options) -> int:
    model = load_language_model(options.model)
    max_length = options.max_length
    if max_length is None:
        max_length = model.max_sequence_length or DEFAULT_LENGTH
    sampler = make_sampler(options)
    settings = {
        "max_length": max_length,
        "sampler": sampler,
        "temperature": options.temperature,
        "seed": options.seed,
        "allow_unknown": options.unknown,
    }
    is_beam = sampler == "beam" or isinstance(sampler, Beam)
    for prompt in map(_as_typed, options.prompts or [""]):
        if said := unknown_in(prompt, model.pipeline):
            print(f"mlm-tf: {said}", file=sys.stderr)
        if is_beam:  # the best beam is known at the end
            print(model.generate(prompt, **settings), flush=True)
        else:
            stream_to_terminal(model.generate(prompt, stream=True, **settings))
    return 0


def _as_typed(prompt: str) -> str:
    """A prompt in UTF-8 that Python read as something else, since the terminal's encoding is."""
    is_escaped = any("\udc80" <= character <= "\udcff" for character in prompt)
    return os.fsencode(prompt).decode(errors="replace") if is_escaped else prompt


def make_sampler(options) -> str | Sampler:
    """The sampler that was named, with the setting that belongs to it."""
    sampler = options.sampler
    for name, kind, belongs_to in (
        ("k", TopK, "top_k"),
        ("p", TopP, "top_p"),
        ("num_beams", Beam, "beam"),
    ):
        value = getattr(options, name)
        if value is None:
            continue
        if options.sampler != belongs_to:
            raise InvalidArgumentError(
                f"{name}={value} is for {belongs_to} alone, not for {options.sampler!r}."
            )
        sampler = kind(value)
    return sampler


def stream_to_terminal(pieces) -> str:
    """Write pieces of text as they come, and a line break; returns the whole."""
    text = ""
    for piece in pieces:
        sys.stdout.write(piece)
        sys.stdout.flush()
        text += piece
    print(flush=True)
    return text
