"""What `generate` is given: prompts, and how to go on; what is wrong is said in one sentence."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from mlm_tf.checks import Checked, check_boolean, check_integer, check_number, checked, shown
from mlm_tf.errors import InvalidArgumentError
from mlm_tf.generation import ForbiddenStrings, Greedy, StopStrings, get_sampler
from mlm_tf.preprocessing.batches import check_ids
from mlm_tf.preprocessing.packing import unpacked

LEAST_TEMPERATURE = 1e-6  # below it only the most probable token has a chance; float32 overflows
CHECKS = {
    "max_length": Checked(check_integer, optional=True),
    "temperature": Checked(check_number, least=0, why=", 0 for greedy decoding"),
    "repetition_penalty": Checked(check_number, above=0, why=", 1 for none"),
    "no_repeat_ngram_size": Checked(check_integer, optional=True),
    "strip_prompt": Checked(check_boolean),
    "seed": Checked(check_integer, optional=True, least=0),
    "stream": Checked(check_boolean),
    "num_return_sequences": Checked(check_integer),
    "return_log_probs": Checked(check_boolean),
    "allow_unknown": Checked(check_boolean),
    "return_read": Checked(check_boolean),
}


class Prepared(NamedTuple):
    """Prompts as a decoder takes them.

    Attributes:
        rows: int32 arrays, one a prompt: what each text begins with.
        source: arrays that the model's `initial_state` is given, axis 0 being the prompts.
        is_text: whether the prompts were strings, so that the results are.
        is_single: whether there was one alone, so that there is one result.
        read: a `Read` of the one prompt that there is, or `None`.
    """

    rows: list[np.ndarray]
    source: tuple[np.ndarray, ...]
    is_text: bool
    is_single: bool
    read: object | None = None


def prepared(
    prompts,
    pipeline,
    vocabulary_size: int,
    is_whole: bool = False,
    name: str = "prompts",
    goes_on: bool = False,
) -> Prepared:
    """Strings, encoded, or ids, checked.

    Args:
        prompts: a string, a list of strings, one sequence of ids, or a list of those; or the rows
            of `pipeline(texts)` with their mask, or ragged ones.
        pipeline: encodes strings; `None` if there is none.
        vocabulary_size: the ids are below it.
        is_whole: whether each string is a whole text, between a start and an end token, and none
            to be gone on with.
        name: what a message calls the prompts.
        goes_on: whether each stands behind another text, so that no start token comes first.

    Raises:
        InvalidArgumentError: for anything else, a prompt without a token, or strings without a
            pipeline.

    Example:

    >>> prepared([[2, 5], [2]], pipeline=None, vocabulary_size=9).is_single
    False
    >>> prepared([2, 5], pipeline=None, vocabulary_size=9).rows
    [array([2, 5], dtype=int32)]
    """
    is_single = isinstance(prompts, str)
    prompts = [prompts] if is_single else unpacked(prompts)
    is_many = _is_collection(prompts)
    prompts = list(prompts) if is_many else [prompts]
    kinds = {str if isinstance(prompt, str) else type(prompt) for prompt in prompts}
    is_text = kinds == {str}
    if is_text:
        if pipeline is None:
            raise InvalidArgumentError(
                f"{name} is text, but this model has no pipeline to encode it; build it with "
                "pipeline=..., or pass token ids."
            )
        # Some pipelines begin no prompt with a start token.
        add_start = False if goes_on else is_whole or None
        rows = pipeline.encode(prompts, add_start=add_start, add_end=is_whole)
    elif not is_many or not kinds.isdisjoint({str, bytes, type(None)}):
        found = ", ".join(sorted(kind.__name__ for kind in kinds))
        raise InvalidArgumentError(
            f"{name} must be a string, a list of strings, a list of token ids, or a list of "
            f"such lists, and holds {found}; pass one kind."
        )
    else:
        is_single = bool(prompts) and np.ndim(prompts[0]) == 0
        rows = [
            _id_row(row, name, vocabulary_size) for row in ([prompts] if is_single else prompts)
        ]
    if not rows or any(len(row) == 0 for row in rows):
        raise InvalidArgumentError(
            f"{name} holds a row without any token id; give at least "
            f"{'one' if goes_on else 'the start token'}."
        )
    return Prepared([np.asarray(row, "int32") for row in rows], (), is_text, is_single)


def _is_collection(prompts) -> bool:
    """Whether these are several things in an order."""
    return (
        isinstance(prompts, Iterable)
        and not isinstance(prompts, (bytes, Mapping))
        and getattr(prompts, "ndim", 1) > 0
    )


def _id_row(row, name: str, vocabulary_size: int) -> np.ndarray:
    """One sequence of ids, checked; a list, an array, or a tensor of any backend."""
    row = row if isinstance(row, (list, tuple)) else np.asarray(row)
    if not isinstance(row, np.ndarray) or row.ndim:
        check_ids(row, name, vocabulary_size)
        row = np.asarray(row)
    if row.ndim != 1:
        raise InvalidArgumentError(
            f"{name} holds a row of shape {row.shape}, and a row is one sequence of ids; pass a "
            "list of those."
        )
    return row


def checked_arguments(
    model, given: Prepared, arguments: Mapping
) -> tuple[dict, StopStrings | None]:
    """What `model.generate` was told, as `Decoder.run` takes it, and the stop strings, if any."""
    values = checked(CHECKS, arguments)
    pipeline, size = model.output_pipeline, model.vocabulary_size
    stop_token_ids = _check_stop_token_ids(arguments["stop_token_ids"], pipeline, size)
    stops = _check_stop_strings(arguments["stop_strings"], given.is_text)
    if stops and pipeline is not None:  # the names of special tokens are never written in a text
        names = pipeline.special_tokens
        stop_token_ids += [names[string] for string in stops.strings if string in names]
    sampler, temperature = get_sampler(arguments["sampler"], size), values["temperature"]
    if temperature < LEAST_TEMPERATURE:
        sampler, temperature = Greedy(), 1.0
    if values["return_read"]:
        _check_return_read(model, given.rows, values["num_return_sequences"])
    if values["stream"]:
        _check_stream(
            given.rows, sampler, values["num_return_sequences"], values["return_log_probs"]
        )
    seed = values["seed"]
    if seed is None:  # from NumPy's own numbers, which keras.utils.set_random_seed begins anew
        seed = int(np.random.randint(2**32, dtype="uint64"))
    decoding = {
        "max_length": _check_max_length(
            values["max_length"], model.max_sequence_length, given.rows
        ),
        "sampler": sampler,
        "temperature": temperature,
        "seed": seed,
        "stop_token_ids": stop_token_ids,
        "suppress_token_ids": _check_suppressed(
            arguments["suppress_token_ids"], pipeline, size, values["allow_unknown"]
        ),
        "forbidden": _forbidden(arguments["forbidden_strings"], pipeline),
        "repetition_penalty": values["repetition_penalty"],
        "no_repeat_ngram_size": values["no_repeat_ngram_size"],
        "num_sequences": values["num_return_sequences"],
        "with_log_probs": values["return_log_probs"],
    }
    return decoding, stops


def _check_max_length(max_length, limit: int | None, rows: Sequence[np.ndarray]) -> int:
    """Tokens in a row; `limit` is the model's own, and the default."""
    if max_length is None:
        max_length = limit
    if max_length is None:
        raise InvalidArgumentError(
            "max_length=None, and the model has no max_sequence_length to take instead; say "
            "how many tokens a text may have at most, prompt included."
        )
    longest = max(len(row) for row in rows)
    if longest > max_length:
        remedy = "" if max_length == limit else " or raise max_length"
        raise InvalidArgumentError(
            f"A prompt has {longest} tokens (start token included), but max_length="
            f"{max_length}; shorten the prompt{remedy}."
        )
    if limit is not None and max_length > limit:
        raise InvalidArgumentError(
            f"max_length={max_length} is beyond this model's max_sequence_length={limit}; "
            "use at most that."
        )
    return max_length


def _check_token_list(name: str, token_ids, vocabulary_size: int) -> list[int]:
    """Ids of the vocabulary, in a list."""
    if isinstance(token_ids, (set, frozenset, range)):
        token_ids = sorted(token_ids)
    is_list = isinstance(token_ids, (list, tuple)) or getattr(token_ids, "ndim", 0) == 1
    if is_list and len(token_ids):
        check_ids(token_ids, name, vocabulary_size)  # rows of different lengths, too
    if not is_list or np.ndim(token_ids) != 1:
        raise InvalidArgumentError(f"{name}={shown(token_ids)} is not allowed; use a list of ids.")
    return [int(token) for token in token_ids]


def _check_stop_token_ids(stop_token_ids, pipeline, vocabulary_size: int) -> list[int]:
    """Ids; `"auto"` is the end token of the pipeline, if there is one."""
    if stop_token_ids is None:
        return []
    if isinstance(stop_token_ids, str):
        if stop_token_ids != "auto":
            raise InvalidArgumentError(
                f"stop_token_ids={stop_token_ids!r} is not known; use 'auto', None, or ids."
            )
        return [] if pipeline is None else [*pipeline.end_ids]
    return _check_token_list("stop_token_ids", stop_token_ids, vocabulary_size)


def _check_suppressed(
    suppress_token_ids, pipeline, vocabulary_size: int, allow_unknown: bool
) -> list[int]:
    """Ids, and those that the pipeline says follow no token, or no token that a person writes."""
    suppressed = _check_token_list("suppress_token_ids", suppress_token_ids, vocabulary_size)
    if pipeline is not None:
        suppressed += pipeline.never_follow_ids
        unknown = pipeline.unk_id
        suppressed += [] if allow_unknown or unknown is None else [unknown]
    if len(set(suppressed)) == vocabulary_size:
        raise InvalidArgumentError(
            f"suppress_token_ids={shown(suppress_token_ids)} leaves no token to draw; allow one "
            "at least."
        )
    return suppressed


def _forbidden(forbidden_strings, pipeline):
    """The automaton over the tokens of the pipeline; `None` if nothing is forbidden."""
    if isinstance(forbidden_strings, str):
        forbidden_strings = [forbidden_strings]
    forbidden = ForbiddenStrings(forbidden_strings)
    if not forbidden.strings:
        return None
    if pipeline is None:
        raise InvalidArgumentError(
            f"forbidden_strings={shown(forbidden.strings)} are looked for in a text, and this "
            "model has no pipeline to write it; build it with pipeline=..., or use "
            "suppress_token_ids."
        )
    token_bytes = pipeline.token_bytes
    if token_bytes is None:
        raise InvalidArgumentError(
            f"forbidden_strings={shown(forbidden.strings)} needs to know what each token adds to a "
            f"text, and {type(pipeline).__name__} does not say (token_bytes=None); use "
            "suppress_token_ids, or a pipeline that says it."
        )
    return forbidden.automaton(token_bytes, pipeline.writes_words)


def _check_stop_strings(stop_strings, is_text: bool) -> StopStrings | None:
    if isinstance(stop_strings, (list, tuple)) and not stop_strings:
        return None
    stops = StopStrings([stop_strings] if isinstance(stop_strings, str) else stop_strings)
    if stops.strings and not is_text:
        raise InvalidArgumentError(
            f"stop_strings={shown(stops.strings)} are looked for in a text, and the prompts "
            "are token ids; pass strings as prompts, or use stop_token_ids."
        )
    return stops


def _check_return_read(model, rows, num_return_sequences: int) -> None:
    """What is read and written on is one text."""
    if not hasattr(model, "read"):
        raise InvalidArgumentError(
            f"return_read=True, and a {type(model).__name__} keeps nothing of a text to go on "
            "from; use return_read=False, or a model of the task 'causal_lm'."
        )
    if len(rows) > 1 or num_return_sequences > 1:
        raise InvalidArgumentError(
            f"return_read=True is for one text, and there are {len(rows)} prompts with "
            f"num_return_sequences={num_return_sequences}; pass one prompt, and ask for one text."
        )


def _check_stream(rows, sampler, num_return_sequences: int, return_log_probs: bool) -> None:
    """A stream is one text that is never taken back."""
    if len(rows) > 1:
        raise InvalidArgumentError(
            f"stream=True follows one prompt, and {len(rows)} were given; pass one of them, "
            "or stream=False."
        )
    if sampler.rewrites:
        raise InvalidArgumentError(
            f"stream=True with the sampler {type(sampler).__name__} has nothing to show before the "
            "end, when the best text is known; use another sampler, or stream=False."
        )
    if num_return_sequences > 1 or return_log_probs:
        raise InvalidArgumentError(
            f"stream=True gives one text and nothing else, and num_return_sequences="
            f"{num_return_sequences}, return_log_probs={return_log_probs}; use stream=False."
        )
