"""What several commands do: read a corpus or a model, train a model."""

import pathlib
from dataclasses import dataclass

from mlm_tf import corpora
from mlm_tf.errors import InvalidArgumentError
from mlm_tf.models import CausalLM, load_model
from mlm_tf.preprocessing.checks import check_integer
from mlm_tf.training import Perplexity, TrainingResult, fit_and_keep_best, make_optimizer

WIKIPEDIA = "wikipedia"


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


def read_corpus(name: str) -> list[corpora.Document]:
    """The Wikipedia articles, or the documents of a text file."""
    return corpora.wikipedia() if name == WIKIPEDIA else corpora.from_text_file(name)


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
    return [pipeline.unk_id] if hasattr(pipeline, "unk_id") else []
