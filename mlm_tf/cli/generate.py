"""Continue prompts with a model that comes with the package or a saved one, until the end token.

    mlm-tf generate "The city"
    mlm-tf generate --model tang-small "春"
    mlm-tf generate --model my.keras "The city of" --temperature 0.7 --seed 1

Without a prompt the model starts a text of its own.
"""

import inspect
import shlex
import sys

from mlm_tf.cli.common import load_language_model
from mlm_tf.cli.prompts import as_typed, unknown_in
from mlm_tf.errors import InvalidArgumentError
from mlm_tf.generation import SAMPLERS, Sampler, get_sampler
from mlm_tf.models import pretrained_models

DEFAULT_MODEL = "wikipedia-small"
DEFAULT_LENGTH = 60


def add_arguments(parser) -> None:
    parser.add_argument(
        "--model",
        default=DEFAULT_MODEL,
        metavar="NAME|FILE",
        help=f"{', '.join(pretrained_models())}, or the .keras file of a causal language model "
        f"({DEFAULT_MODEL})",
    )
    parser.add_argument("prompts", nargs="*", metavar="prompt", help="the beginning of a text")
    parser.add_argument("--max-length", type=int, help="tokens at most, prompt included (60)")
    parser.add_argument("--sampler", default="top_k", help=", ".join(SAMPLERS))
    parser.add_argument("--k", type=int, help="tokens that top_k chooses from (20)")
    parser.add_argument("--p", type=float, help="bound of top_p (0.9), min_p (0.1), typical (0.95)")
    parser.add_argument("--num-beams", type=int, help="beams that beam follows (4)")
    parser.add_argument("--temperature", type=float, default=0.8, help="0 is greedy (0.8)")
    parser.add_argument("--seed", type=int, help="the same seed gives the same text")
    parser.add_argument("--unknown", action="store_true", help="let [UNK] be written")


def run(options) -> int:
    _check_prompts(options.prompts)
    model = load_language_model(options.model)
    max_length = options.max_length
    if max_length is None:
        max_length = model.max_sequence_length or DEFAULT_LENGTH
    sampler = _make_sampler(options, model.vocabulary_size)
    settings = {
        "max_length": max_length,
        "sampler": sampler,
        "temperature": options.temperature,
        "seed": options.seed,
        "allow_unknown": options.unknown,
    }
    for prompt in map(as_typed, options.prompts or [""]):
        if said := unknown_in(prompt, model.pipeline):
            print(f"mlm-tf: {said}", file=sys.stderr)
        if sampler.rewrites:
            print(model.generate(prompt, **settings), flush=True)
        else:
            stream_to_terminal(model.generate(prompt, stream=True, **settings))
    return 0


def _check_prompts(prompts: list[str]) -> None:
    """Raise for a file among the prompts: the model of an older command line."""
    for prompt in prompts:
        if prompt.endswith(".keras"):
            raise InvalidArgumentError(
                f"The prompt {prompt!r} is the name of a file; write --model {shlex.quote(prompt)} "
                "for the model that it holds."
            )


def _make_sampler(options, vocabulary_size: int) -> Sampler:
    """The sampler that was named, with the settings that belong to it."""
    settings = {name: getattr(options, name) for name in ("k", "p", "num_beams")}
    settings = {name: value for name, value in settings.items() if value is not None}
    for name, value in settings.items():
        takes = [s for s, kind in SAMPLERS.items() if name in inspect.signature(kind).parameters]
        if options.sampler not in takes:
            raise InvalidArgumentError(
                f"{name}={value} is for {' or '.join(takes)}, not for {options.sampler!r}; leave "
                "it out, or name another sampler."
            )
    sampler = SAMPLERS[options.sampler](**settings) if settings else options.sampler
    return get_sampler(sampler, vocabulary_size)


def stream_to_terminal(pieces) -> str:
    """Write pieces of text as they come, and a line break; returns the whole."""
    text = ""
    for piece in pieces:
        sys.stdout.write(piece)
        sys.stdout.flush()
        text += piece
    print(flush=True)
    return text
