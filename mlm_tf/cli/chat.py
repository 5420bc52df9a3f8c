"""Talk with a language model: it answers as it writes.

    mlm-tf chat smollm2
    mlm-tf chat HuggingFaceTB/SmolLM2-135M-Instruct --system "You are a pirate."
    mlm-tf chat model.gguf --temperature 0

The model is a name on the Hugging Face Hub, a folder that holds a checkpoint, a GGUF file, or a
.keras file; smollm2 is what mlm_tf.interop.fetch_checkpoint("smollm2") fetches. What is typed is
said; a line that begins with / is a command:

    /reset          forget what was said
    /system TEXT    tell the model something before all else, and forget what was said
    /save FILE      write what was said to a file
    /quit           as Ctrl-D

Ctrl-C ends an answer, and the talk goes on.
"""

import contextlib
import pathlib
import sys

from mlm_tf.checks import check_choice
from mlm_tf.cli.common import load_language_model
from mlm_tf.cli.prompts import as_typed
from mlm_tf.errors import InvalidArgumentError, MlmError
from mlm_tf.interop import find_checkpoint, from_gguf, from_huggingface
from mlm_tf.models import CausalLM, Chat, pretrained_models
from mlm_tf.preprocessing.files import read_text

DTYPES = ("float32", "bfloat16", "float16")
PROMPT = "> "


def add_arguments(parser) -> None:
    add = parser.add_argument
    add(
        "model",
        nargs="?",
        default="smollm2",
        metavar="MODEL",
        help="smollm2, a name on the Hub, a folder, a .gguf or a .keras file (smollm2)",
    )
    add("--system", metavar="TEXT", help="what the model is told before all else")
    add("--template", metavar="FILE", help="a chat template in Jinja (that of the checkpoint)")
    add("--reply-length", type=int, default=512, help="the most tokens of an answer (512)")
    add("--sampler", default="top_p", help="how the next token is chosen (top_p)")
    add("--temperature", type=float, default=0.7, help="0 is greedy (0.7)")
    add("--repetition-penalty", type=float, default=1.1, help="above 1 less is repeated (1.1)")
    add("--seed", type=int, help="the same seed gives the same answers")
    add("--forbid", metavar="FILE", help="a word or phrase a line, of which none is ever written")
    add("--dtype", default="float32", help=f"of the weights: {', '.join(DTYPES)} (float32)")
    add("--load", metavar="FILE", help="go on with what /save wrote")


def run(options) -> int:
    check_choice("dtype", options.dtype, DTYPES)
    template = options.template and read_text(pathlib.Path(options.template), "chat template")
    settings = {
        "reply_length": options.reply_length,
        "sampler": options.sampler,
        "temperature": options.temperature,
        "repetition_penalty": options.repetition_penalty,
        "seed": options.seed,
    }
    if options.forbid:
        lines = read_text(pathlib.Path(options.forbid), "list of words").splitlines()
        settings["forbidden_strings"] = [line for line in lines if line.strip()]
    chat = Chat(_open(options.model, options.dtype), options.system, template, **settings)
    if options.load:
        chat.load(options.load)
    _talk(chat)
    return 0


def _open(name: str, dtype: str) -> CausalLM:
    """The model of a name, a folder or a file."""
    path = pathlib.Path(name)
    if name == "smollm2" and not path.exists():
        path = find_checkpoint(name)
    if path.suffix == ".gguf":
        return from_gguf(path, dtype=dtype)
    is_checkpoint = path.is_dir() and (path / "config.json").is_file()
    if not is_checkpoint and (path.exists() or name in pretrained_models() or "/" not in name):
        return load_language_model(name)
    model = from_huggingface(name, dtype=dtype)
    if not isinstance(model, CausalLM):
        raise InvalidArgumentError(
            f"{name} is a {type(model).__name__}, which does not write; name a causal language "
            "model that is made for conversations."
        )
    return model


def _talk(chat: Chat) -> None:
    is_terminal = sys.stdin.isatty()
    if is_terminal:
        with contextlib.suppress(ImportError):
            import readline  # noqa: F401  # with it a line can be edited, and earlier ones found
        print("/reset, /system TEXT, /save FILE, /quit; Ctrl-C ends an answer.")
    while True:
        try:
            line = as_typed(input(PROMPT if is_terminal else "")).strip()
        except EOFError:
            if is_terminal:
                print()
            return
        except KeyboardInterrupt:
            if not is_terminal:
                raise
            print("\n/quit or Ctrl-D ends the talk.")
            continue
        if line == "/quit":
            return
        if line:
            _turn(chat, line)


def _turn(chat: Chat, line: str) -> None:
    try:
        if line.startswith("/"):
            _command(chat, *line[1:].split(maxsplit=1))
            return
        with contextlib.closing(chat.reply(line, stream=True)) as pieces:
            if chat.left_out:
                print(f"({chat.left_out} of the oldest messages are left out, to make room)")
            for piece in pieces:
                print(piece, end="", flush=True)
        print()
    except KeyboardInterrupt:
        print()
    except MlmError as error:
        print(f"mlm-tf: {error}", file=sys.stderr)


def _command(chat: Chat, name: str = "", value: str = "") -> None:
    if name == "reset" and not value:
        chat.reset()
    elif name == "system" and value:
        chat.reset(value)
    elif name == "save" and value:
        chat.save(value)
        print(value)
    else:
        raise InvalidArgumentError(
            f"/{name} {value}".rstrip()
            + " is no command; use /reset, /system TEXT, /save FILE or /quit."
        )
