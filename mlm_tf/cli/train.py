"""Train a causal language model on a text and save it with its pipeline.

    mlm-tf train my.txt --output my.keras --architecture lstm --embedding glove

Blank lines separate the documents of a text file; a tenth of the documents is held back to
validate on. Without a text the 106 Wikipedia articles that gensim ships are taken. Instead of a
text it takes the folders that mlm-tf tokenize wrote, or the token files in them.

A training that was stopped, by Ctrl-C or by whatever ended its process, goes on where the same
command is given again, from its last checkpoint; what only shows it, as --sample-every, may be left
out or added. Nothing but --output is needed: what is not given is what suits the model, and is
printed.
"""

import argparse
import atexit
import contextlib
import functools
import gc
import json
import pathlib
import shlex
import sys
from collections.abc import Iterator

import keras

import glove
from mlm_tf import TextPipeline, build_model, corpora, embeddings, estimate
from mlm_tf.checks import check_choice
from mlm_tf.cli.common import (
    add_pipeline_arguments,
    make_pipeline,
    pipeline_line,
    pipeline_settings,
)
from mlm_tf.cli.corpus import (
    add_corpus_arguments,
    corpus_line,
    pipeline_beside,
    read_corpus,
    token_files_of,
    tokens_line,
    with_validation,
)
from mlm_tf.cli.prompts import prompt_from
from mlm_tf.errors import InvalidArgumentError
from mlm_tf.models.presets import PRESETS
from mlm_tf.training import SCHEDULES, STRATEGIES, Recipe, check_output, distributed, train
from mlm_tf.training.run import kept_folder
from mlm_tf.training.watching import Watching

DECIDING = (  # beside the recipe and what the data holds
    "architecture",
    "num_layers",
    "hidden_dim",
    "num_heads",
    "dropout",
    "embedding",
    "freeze_embedding",
    "length",
    "batch_size",
    "seed",
)
LEARNED = ("tfidf", "word2vec", "glove")
EPOCHS = 2
PLACEHOLDER = 1000  # words of a vocabulary that is not known yet


def _number_or_none(text: str) -> float | None:
    return None if text == "none" else float(text)


# An option for each part of a recipe: (its type, its help).
RECIPE = {
    "epochs": (int, f"passes over the text ({EPOCHS}, or what a budget takes)"),
    "max_tokens": (int, "a budget: the training ends after so many tokens"),
    "max_minutes": (float, "a budget: it ends after about so many minutes of training steps"),
    "evaluations_per_epoch": (int, "how often to validate within a pass (2)"),
    "optimizer": (str, "adamw or muon (muon for attention, else adamw)"),
    "learning_rate": (float, "the highest (0.01 for adamw, 0.02 for muon)"),
    "schedule": (str, f"{', '.join(SCHEDULES)} (cosine)"),
    "warmup_ratio": (float, "share of the updates in which the rate rises (0.05)"),
    "weight_decay": (float, "share of the weights, times the rate, taken by an update (0.01)"),
    "global_clipnorm": (_number_or_none, "how long a gradient may be; none: any length (1)"),
    "label_smoothing": (float, "share of a target that all tokens have (0)"),
    "ema_momentum": (float, "evaluate and save the moving average of the weights, as of 0.999"),
    "accumulation_steps": (int, "batches whose mean gradient makes one update (1)"),
    "precision": (str, "float32, mixed_bfloat16 or mixed_float16 (float32)"),
    "steps_per_execution": (int, "batches that Keras computes in one call (1)"),
    "jit_compile": (bool, "whether XLA compiles the steps (Keras decides)"),
}


# An option for each argument of `build_model` that says what the blocks of a model are.
MODEL = {
    "num_layers": (int, "blocks of a single architecture (1, or the size's)"),
    "hidden_dim": (int, "width of the blocks (128, or the size's)"),
    "num_heads": (int, "heads of an attention block (4, or the size's)"),
    "num_key_value_heads": (int, "heads of its keys and values, which those share (as many)"),
    "head_dim": (int, "width of a head (hidden_dim / num_heads)"),
    "intermediate_dim": (int, "width inside a Transformer's network (4 times hidden_dim)"),
    "positions": (str, "none, learned, sinusoidal or rotary (rotary in attention, else none)"),
    "rope_max_wavelength": (float, "base of the periods of rotary positions (10,000)"),
    "rope_scaling": (json.loads, 'how they are stretched, as {"rope_type": "linear", "factor": 2}'),
    "sliding_window": (int, "how many tokens back attention reads (all)"),
    "embedding_dim": (int, "length of a word vector (hidden_dim)"),
    "max_sequence_length": (int, "the most tokens of a text that is generated (any number)"),
    "tie_weights": (bool, "whether the scores are products with the word vectors (yes)"),
    "output_bias": (bool, "whether each word has a number added to its score (yes)"),
}


def add_arguments(parser) -> None:
    add = parser.add_argument_group("text").add_argument
    add_corpus_arguments(add)
    add_pipeline_arguments(add)
    add("--length", type=int, default=32, help="tokens in a window (32)")
    add("--batch-size", type=int, default=32, help="windows in a batch (32)")
    add = parser.add_argument_group("model").add_argument
    sizes = (f"{n} ({of['num_layers']} x {of['hidden_dim']})" for n, of in PRESETS.items())
    add(
        "--architecture",
        default="lstm",
        help="rnn, gru, lstm, attention or transformer; several: lstm,attention; or a size, blocks "
        f"x width: {', '.join(sizes)} (lstm)",
    )
    _add_each(add, MODEL, default=None)
    add("--dropout", type=float, default=0.2, help="share of zeros in training (0.2)")
    add(
        "--embedding",
        default="random",
        help="random; tfidf, word2vec or glove: learned from this text; or the file or the name of "
        "GloVe vectors (random)",
    )
    add("--freeze-embedding", action="store_true", help="leave the word vectors as they are")
    add = parser.add_argument_group("recipe").add_argument
    _add_each(add, RECIPE, default=argparse.SUPPRESS)
    add = parser.add_argument_group("run").add_argument
    add("--output", required=True, help="the .keras file to write, or a folder for all of the run")
    add("--overwrite", action="store_true", help="replace that file or run if it exists")
    add("--no-resume", action="store_true", help="do not go on with a run that was stopped")
    add(
        "--checkpoint-minutes",
        type=float,
        default=5.0,
        help="the longest time between two checkpoints (5)",
    )
    add("--sample-every", type=int, metavar="N", help="show what it writes after every N batches")
    add(
        "--sample-prompt",
        metavar="TEXT",
        help="what that begins with; alone it is shown after each validation",
    )
    add(
        "--tensorboard",
        action="store_true",
        help="keep the figures for TensorBoard too, where --output is a folder",
    )
    add("--seed", type=int, default=0, help="of weights, split and order")
    names = ", ".join(STRATEGIES)
    add("--strategy", default="auto", help=f"on several devices or machines: {names} (auto)")


def _add_each(add, table: dict, default) -> None:
    """An option for each row of a table."""
    metavars = {int: "N", str: "NAME", json.loads: "JSON"}
    for name, (kind, said) in table.items():
        how = {"type": kind, "metavar": metavars.get(kind, "NUMBER")}
        if kind is bool:
            how = {"action": argparse.BooleanOptionalAction}
        add("--" + name.replace("_", "-"), default=default, help=said, **how)


@functools.cache
def _end_quietly() -> None:
    """Have garbage collected while Python still runs: of data that was not read to its end, as in a
    training that was stopped, TensorFlow would say otherwise that the interpreter is gone."""
    atexit.register(gc.collect)


def run(options) -> int:
    _end_quietly()
    check_output(options.output, options.overwrite)  # before anything takes time
    _check_watching(options)
    check_choice("strategy", options.strategy, STRATEGIES)
    recipe = _recipe(options)
    architecture, of_model = _of_model(options)
    estimate(architecture, vocabulary_size=PLACEHOLDER, **of_model)  # refuses what cannot be
    token_files = token_files_of(options.text)
    training, validation, pipeline = (
        _from_tokens(options, token_files) if token_files else _from_texts(options)
    )
    print(f"pipeline: {pipeline_line(pipeline)}")
    print(f"training: {tokens_line(pipeline, training)}")
    print(f"validation: {tokens_line(pipeline, validation)}", flush=True)
    with distributed(options.strategy, pipeline.vocabulary_size):
        dim = of_model.get("embedding_dim", of_model["hidden_dim"])
        embedding = _embedding(options, dim, pipeline, training)
        with _precision(recipe.precision):
            model = build_model(
                architecture,
                pipeline=pipeline,
                embedding=embedding,
                embedding_trainable=not options.freeze_embedding,
                seed=options.seed,
                **of_model,
            )
        recipe = recipe.for_model(model)
        print(f"recipe: {recipe}", flush=True)
        size = {"length": options.length, "batch_size": options.batch_size}
        result = train(
            model,
            pipeline.windows(training, seed=options.seed, **size),
            pipeline.windows(validation, shuffle=False, **size),
            recipe,
            options.output,
            overwrite=options.overwrite,
            description=options.architecture,
            resume=not options.no_resume,
            arguments=_deciding(options),
            checkpoint_minutes=options.checkpoint_minutes,
            sample_every=options.sample_every,
            sample_prompts=options.sample_prompt,
            tensorboard=options.tensorboard,
        )
    path = result.path
    if result.interrupted:
        return 130
    print(f"{path}: validation perplexity {_perplexities(result.best, pipeline)}")
    print(f"Next: {_command('generate', '--model', path, prompt_from(training, pipeline))}")
    return 0


def _check_watching(options) -> None:
    """Raise now for what `train` would refuse when the text is read."""
    shown = options.sample_every, options.sample_prompt, options.tensorboard
    Watching(*shown, options.output, kept_folder(options.output))


def _of_model(options) -> tuple[str | list[str], dict]:
    """The architecture, and the arguments of `build_model` beside it that were given."""
    names = options.architecture.split(",")
    given = {name: value for name in MODEL if (value := getattr(options, name)) is not None}
    size = PRESETS.get(options.architecture, {}).get("hidden_dim", 128)
    given = {"hidden_dim": size, "dropout": options.dropout, **given}
    return (names if len(names) > 1 else names[0]), given


def _deciding(options) -> dict:
    """What a training that goes on must have been told alike."""
    given = vars(options)
    added = {name: given[name] for name in MODEL if name not in DECIDING}
    return {
        **{name: given[name] for name in DECIDING},
        **{name: value for name, value in added.items() if value is not None},
    }


def _perplexities(best: dict, pipeline: TextPipeline) -> str:
    """Of all tokens; and of known words, where there are others."""
    found = f"{best['val_perplexity']:.1f}"
    known = best.get("val_known_perplexity", best["val_perplexity"])
    if pipeline.unk_id is not None and known != best["val_perplexity"]:
        found += f", on known words {known:.1f}"
    return found


def _recipe(options) -> Recipe:
    """Of what was given."""
    given = {name: value for name, value in vars(options).items() if name in RECIPE}
    if not {"epochs", "max_tokens", "max_minutes"} & given.keys():
        given["epochs"] = EPOCHS
    return Recipe(**given)


@contextlib.contextmanager
def _precision(name: str | None) -> Iterator[None]:
    """Inside, layers are made with this precision."""
    before = keras.config.dtype_policy()
    if name is not None:
        keras.config.set_dtype_policy(name)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)


def _from_texts(options) -> tuple[list[str], list[str], TextPipeline]:
    """Sentences to train and to validate on, and their pipeline."""
    documents = read_corpus(options)
    print(corpus_line(options, documents))
    training, validation = map(corpora.sentences, corpora.split(documents, seed=options.seed))
    return training, validation, make_pipeline(options, training, sample=training)


def _from_tokens(options, paths: list[pathlib.Path]):
    """Token files to train and to validate on, and their pipeline."""
    if asked := pipeline_settings(options):
        raise InvalidArgumentError(
            f"{', '.join(asked)} is for texts, and {paths[0]} holds tokens already; leave it out, "
            "or tokenize again."
        )
    if options.embedding in LEARNED:
        raise InvalidArgumentError(
            f"embedding={options.embedding!r} is learned from texts, and {paths[0]} holds tokens; "
            "use the file or the name of vectors, or train on the texts."
        )
    pipeline = TextPipeline.load(options.pipeline or pipeline_beside(paths[0]))
    return *with_validation(paths, pipeline), pipeline


def _command(*arguments) -> str:
    """A command to go on with, as it is typed into a shell."""
    program = pathlib.Path(sys.argv[0]).name
    program = "python -m mlm_tf.cli" if program == "__main__.py" else shlex.quote(program)
    return " ".join([program, *(shlex.quote(str(a)) for a in arguments if a != "")])


def _embedding(options, dim, pipeline, training):
    name, seed = options.embedding, options.seed
    if name == "random":
        return name
    if name == "tfidf":
        matrix = embeddings.from_tfidf(training, pipeline, dim, seed=seed)
    elif name == "word2vec":
        matrix = embeddings.from_word2vec(training, pipeline, dim, seed=seed)
    else:
        if name == "glove":
            pairs = glove.cooccurrence(pipeline.tokenize(training))
            vectors = glove.train(pairs, vector_size=dim, seed=seed)
        else:
            vectors = glove.load(name, vocabulary=pipeline.vocabulary)
        matrix = embeddings.from_vectors(vectors, pipeline.vocabulary, seed=seed)
    print(matrix.report(pipeline.counts))
    return matrix
