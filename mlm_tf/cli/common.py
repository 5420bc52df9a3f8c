"""What several commands do: learn a pipeline, read a model, train a model."""

import pathlib
from collections.abc import Iterable
from dataclasses import dataclass

from mlm_tf import TextPipeline, corpora
from mlm_tf.checks import check_integer
from mlm_tf.errors import InvalidArgumentError
from mlm_tf.models import CausalLM, load_model
from mlm_tf.training import Perplexity, TrainingResult, fit_and_keep_best, make_optimizer

VOCABULARY_SIZE = 8000


@dataclass(frozen=True)
class Recipe:
    """How a causal language model is trained.

    Attributes:
        epochs: how often the training text is gone through.
        window_length: tokens in a window.
        batch_size: windows in a batch.
        evaluations_per_epoch: how often the validation text is gone through meanwhile.
        optimizer: a name that `training.make_optimizer` knows.
        learning_rate: the highest; None takes that optimizer's own.
        seed: of the order of the windows.
    """

    epochs: int
    window_length: int = 32
    batch_size: int = 32
    evaluations_per_epoch: int = 2
    optimizer: str = "adamw"
    learning_rate: float | None = None
    seed: int = 0


def add_pipeline_arguments(add) -> None:
    """The options of a pipeline, for `make_pipeline`."""
    add("--pipeline", help="a saved pipeline; without, one is learned as the next three say")
    add("--level", help="what a token is: word, character or subword (word; Chinese: character)")
    add("--language", help="en, zh or any (what the text is mostly written in)")
    add("--vocabulary-size", type=int, help="types, special tokens included (8000)")


def make_pipeline(options, texts: Iterable[str], sample: Iterable[str]) -> TextPipeline:
    """The saved one, or one that is learned; what is recognised of the texts is printed.

    Args:
        options: with those of `add_pipeline_arguments`.
        texts: to learn from.
        sample: texts to see what they are written in.
    """
    asked = pipeline_settings(options)
    if options.pipeline is None:
        if "language" not in asked:
            writing = corpora.writing_of(sample)
            print(f"The text is mostly {writing.name}.")
            asked["language"] = writing.language
        return TextPipeline.fit(texts, **{"vocabulary_size": VOCABULARY_SIZE, **asked})
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


def train_model(
    model: CausalLM,
    training: list[str],
    validation: list[str],
    recipe: Recipe,
    path: pathlib.Path,
    description: str,
    overwrite: bool = False,
) -> TrainingResult:
    """Compile a model as the recipe says and fit it to sentences; see `fit_and_keep_best`."""
    check_integer("epochs", recipe.epochs)
    pipeline = model.pipeline
    windows = {"length": recipe.window_length, "batch_size": recipe.batch_size}
    training_data = pipeline.windows(training, seed=recipe.seed, **windows)
    validation_data = pipeline.windows(validation, shuffle=False, **windows)
    optimizer = make_optimizer(
        recipe.optimizer, len(training_data) * recipe.epochs, recipe.learning_rate
    )
    model.compile(optimizer, weighted_metrics=perplexities(model))
    return fit_and_keep_best(
        model,
        training_data,
        validation_data,
        path,
        epochs=recipe.epochs,
        evaluations_per_epoch=min(recipe.evaluations_per_epoch, len(training_data)),
        overwrite=overwrite,
        description=description,
    )


def perplexities(model: CausalLM) -> list[Perplexity]:
    """The metrics `perplexity`, over all tokens, and `known_perplexity`, without [UNK]."""
    unknown = unknown_ids(model.pipeline)
    return [Perplexity(), Perplexity(unknown, name="known_perplexity")]


def unknown_ids(pipeline) -> list[int]:
    """The id of [UNK]; none in the pipeline of a checkpoint, whose bytes are never unknown."""
    return [] if pipeline.unk_id is None else [pipeline.unk_id]
