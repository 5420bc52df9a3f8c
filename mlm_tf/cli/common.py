"""What several commands do: learn a pipeline, read a model."""

from collections.abc import Iterable

from mlm_tf import TextPipeline, corpora
from mlm_tf.errors import InvalidArgumentError
from mlm_tf.models import CausalLM, load_model

VOCABULARY_SIZE = 8000


def add_pipeline_arguments(add) -> None:
    """The options of a pipeline, for `make_pipeline`."""
    add("--pipeline", help="a saved pipeline; without, one is learned as the next three say")
    add("--level", help="what a token is: word, character or subword (word; Chinese: character)")
    add("--language", help="en, zh or any (what the text is mostly written in)")
    add("--vocabulary-size", type=int, help="types, special tokens included (8000)")


def make_pipeline(
    options,
    texts: Iterable[str],
    sample: Iterable[str],
    vocabulary_size: int | None = VOCABULARY_SIZE,
) -> TextPipeline:
    """The saved one, or one that is learned; what is recognised of the texts is printed.

    Args:
        options: with those of `add_pipeline_arguments`.
        texts: to learn from.
        sample: texts to see what they are written in.
        vocabulary_size: where none is asked for.
    """
    asked = pipeline_settings(options)
    if options.pipeline is None:
        if "language" not in asked:
            writing = corpora.writing_of(sample)
            print(f"The text is mostly {writing.name}.")
            asked["language"] = writing.language
        return TextPipeline.fit(texts, **{"vocabulary_size": vocabulary_size, **asked})
    if asked:
        raise InvalidArgumentError(
            f"{', '.join(asked)} is for a pipeline to be learned, and {options.pipeline} has been; "
            "leave one of the two out."
        )
    return TextPipeline.load(options.pipeline)


def pipeline_settings(options) -> dict:
    """Those settings of a pipeline that were given."""
    asked = {name: getattr(options, name) for name in ("level", "language", "vocabulary_size")}
    return {name: value for name, value in asked.items() if value is not None}


def pipeline_line(pipeline) -> str:
    """What a pipeline makes of a text, in half a line."""
    return (
        f"level {pipeline.level}, language {pipeline.language}, vocabulary of "
        f"{pipeline.vocabulary_size:,} types"
    )


def load_language_model(path: str) -> CausalLM:
    """A saved causal language model with its pipeline."""
    model = load_model(path)
    if not isinstance(model, CausalLM) or model.pipeline is None:
        kind = type(model).__name__
        raise InvalidArgumentError(
            f"{path} holds a {kind} {'' if model.pipeline else 'without a pipeline '}and this "
            "command needs a causal language model with its pipeline, as mlm-tf train writes it."
        )
    return model
