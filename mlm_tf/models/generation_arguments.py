"""What the arguments of `generate` must be; what is not is refused in one sentence."""

from collections.abc import Sequence

import numpy as np

from mlm_tf.checks import check_boolean, check_integer, check_number, shown
from mlm_tf.errors import InvalidArgumentError
from mlm_tf.generation import Greedy, Sampler, StopStrings, get_sampler
from mlm_tf.models.input_checks import check_ids

LEAST_TEMPERATURE = 1e-6  # below it only the most probable token has a chance; float32 overflows


def check_sampler(sampler, temperature, vocabulary_size: int) -> tuple[Sampler, float]:
    """The sampler, and the temperature that it works at: at 0 every sampler is greedy."""
    temperature = check_number("temperature", temperature, least=0, why=", 0 for greedy decoding")
    sampler = get_sampler(sampler, vocabulary_size)
    if temperature < LEAST_TEMPERATURE:
        return Greedy(), 1.0
    return sampler, temperature


def check_seed(seed) -> int:
    """A seed, or without one a new one."""
    if seed is None:  # from NumPy's own numbers, which keras.utils.set_random_seed begins anew
        return int(np.random.randint(2**32, dtype="uint64"))
    return check_integer("seed", seed, least=0)


def check_max_length(max_length, limit: int | None, rows: Sequence[np.ndarray]) -> int:
    """Tokens in a row; `limit` is the model's own, and the default."""
    if max_length is None:
        max_length = limit
    if max_length is None:
        raise InvalidArgumentError(
            "max_length=None, and the model has no max_sequence_length to take instead; say "
            "how many tokens a text may have at most, prompt included."
        )
    max_length = check_integer("max_length", max_length)
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


def check_token_list(name: str, token_ids, vocabulary_size: int) -> list[int]:
    """Ids of the vocabulary, in a list."""
    if isinstance(token_ids, (set, frozenset, range)):
        token_ids = sorted(token_ids)
    is_list = isinstance(token_ids, (list, tuple)) or getattr(token_ids, "ndim", 0) == 1
    if is_list:
        check_ids(token_ids, name, vocabulary_size)  # rows of different lengths, too
    if not is_list or np.ndim(token_ids) != 1:
        raise InvalidArgumentError(f"{name}={shown(token_ids)} is not allowed; use a list of ids.")
    return [int(token) for token in token_ids]


def check_stop_token_ids(stop_token_ids, pipeline, vocabulary_size: int) -> list[int]:
    """Ids; `"auto"` is the end token of the pipeline, if there is one."""
    if stop_token_ids is None:
        return []
    if isinstance(stop_token_ids, str):
        if stop_token_ids != "auto":
            raise InvalidArgumentError(
                f"stop_token_ids={stop_token_ids!r} is not known; use 'auto', None, or ids."
            )
        return [] if pipeline is None else [*pipeline.end_ids]
    return check_token_list("stop_token_ids", stop_token_ids, vocabulary_size)


def check_suppressed(
    suppress_token_ids, pipeline, vocabulary_size: int, allow_unknown: bool
) -> list[int]:
    """Ids, and those that the pipeline says follow no token, or no token that a person writes."""
    allow_unknown = check_boolean("allow_unknown", allow_unknown)
    suppressed = check_token_list("suppress_token_ids", suppress_token_ids, vocabulary_size)
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


def special_stops(stops: StopStrings, pipeline) -> list[int]:
    """The ids of stop strings that name a special token: these are never written in a text."""
    names = {} if pipeline is None else pipeline.special_tokens
    return [names[string] for string in stops.strings if string in names]


def check_stop_strings(stop_strings, is_text: bool) -> StopStrings:
    stops = StopStrings([stop_strings] if isinstance(stop_strings, str) else stop_strings)
    if stops.strings and not is_text:
        raise InvalidArgumentError(
            f"stop_strings={shown(stops.strings)} are looked for in a text, and the prompts "
            "are token ids; pass strings as prompts, or use stop_token_ids."
        )
    return stops


def check_repetition_penalty(repetition_penalty) -> float:
    return check_number("repetition_penalty", repetition_penalty, above=0, why=", 1 for none")


def check_no_repeat_ngram_size(no_repeat_ngram_size) -> int | None:
    if no_repeat_ngram_size is None:
        return None
    return check_integer("no_repeat_ngram_size", no_repeat_ngram_size)


def check_num_return_sequences(num_return_sequences, sampler: Sampler) -> int:
    """As many as the sampler has to give."""
    number = check_integer("num_return_sequences", num_return_sequences)
    sampler.copies(number)
    return number


def check_stream(num_prompts: int, sampler, num_return_sequences: int, return_log_probs) -> None:
    """A stream is one text that is never taken back."""
    if num_prompts > 1:
        raise InvalidArgumentError(
            f"stream=True follows one prompt, and {num_prompts} were given; pass one of them, "
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
