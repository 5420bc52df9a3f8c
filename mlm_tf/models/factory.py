"""`build_model`: from a few arguments to a model; the blocks are in architectures.py."""

import contextlib
import random
import threading
from collections.abc import Sequence

import numpy as np

from mlm_tf.embeddings import EmbeddingMatrix
from mlm_tf.layers import Block, TokenEmbedding
from mlm_tf.models.registry import TASKS
from mlm_tf.models.settings import checked_settings
from mlm_tf.models.text_model import TextModel
from mlm_tf.preprocessing import Pipeline


def build_model(
    architecture: "str | Block | list[str | Block]",
    task: str = "causal_lm",
    vocabulary_size: int | None = None,
    pipeline: Pipeline | None = None,
    target_vocabulary_size: int | None = None,
    target_pipeline: Pipeline | None = None,
    embedding: "str | EmbeddingMatrix | np.ndarray | TokenEmbedding" = "random",
    embedding_dim: int | None = None,
    embedding_trainable: bool = True,
    positions: str | None = None,
    hidden_dim: int | None = None,
    num_layers: int | None = None,
    num_heads: int | None = None,
    num_key_value_heads: int | None = None,
    intermediate_dim: int | None = None,
    sliding_window: int | None = None,
    dropout: float = 0.0,
    bidirectional: bool | None = None,
    pooling: str | None = None,
    num_classes: int | None = None,
    label_names: "Sequence[str] | Sequence[int] | None" = None,
    max_sequence_length: int | None = None,
    tie_weights: bool = True,
    output_bias: bool | None = None,
    seed: int | None = None,
) -> TextModel:
    """Build a Keras model from a name, or a list of names and blocks.

    The result trains with `compile` and `fit`, saves with `save`, loads with
    `keras.saving.load_model`, and nests in any Keras model. A `causal_lm` and a `seq2seq_lm` have
    `generate`, a `masked_lm` has `fill_mask`. `mlm_tf.estimate` takes the same arguments, and tells
    the size before anything is allocated.

    Where the model stands at the start: with a pipeline that has counted its words, the output
    bias is the logarithm of each word's frequency, so that the first prediction is the unigram
    model.

    Args:
        architecture: `"rnn"`, `"gru"`, `"lstm"`, `"attention"`, `"transformer"` or a name given to
            `register_block`; a list of such names and of `Block` instances, one an item, bottom
            first (then `num_layers` does not apply); or a preset by size, `"tiny"`, `"mini"`,
            `"small"`, `"medium"`, `"base"` or `"gpt2"`, whose numbers other arguments override.
        task: `"causal_lm"` (predict the next token), `"masked_lm"` (say what hidden tokens were),
            `"text_classifier"` (one label a text), `"token_classifier"` (one label a word),
            `"seq2seq_lm"` (write a text from another: an encoder and a decoder, each of this
            architecture), or a name given to `register_task`. Attention looks both ways but in a
            `causal_lm` and a decoder. A recurrent decoder begins where its encoder ended; in
            `["lstm", "cross_attention"]` it also reads all of the source.
        vocabulary_size: number of token ids; taken from the pipeline if there is one.
        pipeline: the `Pipeline` that makes the ids; it is saved inside the model.
        target_vocabulary_size: for `seq2seq_lm`, as `vocabulary_size` of what is written. Without
            it or a `target_pipeline` there is one vocabulary, and one table of word vectors.
        target_pipeline: for `seq2seq_lm`, the pipeline of what is written.
        embedding: `"random"`, or a matrix `(vocabulary_size, embedding_dim)`, for instance
            from `mlm_tf.embeddings.from_vectors`; or the table of another model, as
            `other.embedding`, which both then read and train. Each is saved with a copy of it.
        embedding_dim: length of a word vector; by default the matrix's, else `hidden_dim`.
        embedding_trainable: whether training changes the word vectors, an output table of its own
            aside. Freeze them first and release them later with
            `model.input_embedding.trainable = True` and a second `compile` and `fit`, as below.
        positions: how the blocks know the order: `"rotary"` (inside attention; the default where
            there is attention), `"learned"` (a vector for each of `max_sequence_length`),
            `"sinusoidal"`, or `"none"` (the default of recurrent stacks).
        hidden_dim: width of the blocks; by default `embedding_dim`, else 128.
        num_layers: how many blocks of the named architecture; by default 1.
        num_heads: heads of each attention block; divides `hidden_dim`; by default 4.
        num_key_value_heads: heads of keys and values, which several query heads then share.
        intermediate_dim: width inside a `transformer`'s position-wise network; by default four
            times `hidden_dim`.
        sliding_window: how far back attention reads; by default everything.
        dropout: share of the embeddings and of each block's outputs set to zero in training.
        bidirectional: whether recurrent blocks, of a `seq2seq_lm` those of the encoder, read both
            ways; by default in a `masked_lm` and a `token_classifier`.
        pooling: for `text_classifier`, how the tokens become one vector: `"mean"` (the default),
            `"last"`, `"max"`, `"attention"` or `"tfidf"` (weighed by what `model.pooling.set_idf`
            is told).
        num_classes: for `text_classifier` and `token_classifier`, the number of labels.
        label_names: for these, what they are called, in the order of their numbers;
            without it `fit` learns names from its labels, or takes integers from 0.
        max_sequence_length: the most tokens that `generate` may reach.
        tie_weights: whether the scores over the vocabulary use the embedding's table.
        output_bias: whether each word has a number of its own added to its score; by default yes.
        seed: makes the starting weights (and dropout) repeatable.

    Returns:
        A `CausalLM`, `MaskedLM`, `Seq2SeqLM`, `TextClassifier` or `TokenClassifier`, or a model of
        one's own task, built, not compiled.

    Raises:
        InvalidArgumentError: one sentence naming the argument, for every value above that
            cannot work, or would change nothing.

    Example:

    >>> import numpy as np
    >>> model = build_model("attention", vocabulary_size=50, hidden_dim=16, num_layers=2, seed=0)
    >>> model.compile("adam")
    >>> ids = np.random.default_rng(0).integers(0, 50, size=(8, 12))
    >>> history = model.fit(ids[:, :-1], ids[:, 1:], verbose=0)
    >>> model(ids[:, :-1]).shape
    TensorShape([8, 11, 50])

    Given vectors, frozen while the rest learns what to do with them, and then released to be fitted
    to the task at a lower rate:

    >>> import keras
    >>> from mlm_tf import TextPipeline, embeddings
    >>> texts = ["the cat sat on the mat", "the dog sat on the log"] * 8
    >>> pipeline = TextPipeline.fit(texts)
    >>> matrix = embeddings.from_word2vec(texts, pipeline, embedding_dim=4, progress=False)
    >>> model = build_model(
    ...     "lstm", pipeline=pipeline, embedding=matrix, embedding_trainable=False, hidden_dim=8
    ... )
    >>> windows = pipeline.windows(texts, length=6, batch_size=4)
    >>> has_moved = []
    >>> for is_trainable, rate in ((False, 0.01), (True, 0.001)):
    ...     model.input_embedding.trainable = is_trainable
    ...     model.compile(keras.optimizers.Adam(rate))
    ...     history = model.fit(windows, verbose=0)
    ...     vectors = keras.ops.convert_to_numpy(model.input_embedding.embeddings)
    ...     has_moved.append(bool((vectors != matrix.values).any()))
    >>> has_moved
    [False, True]
    """
    settings = checked_settings(build_model, {**locals()})
    with seeded(settings["seed"]):
        model = TASKS[task].from_settings(settings)
    if settings["matrix"] is not None:
        model.input_embedding.set_matrix(settings["matrix"])
    return model


_drawing = threading.RLock()  # of weights: one model at a time, or seeds would mix


@contextlib.contextmanager
def seeded(seed: int | None):
    """Repeatable starting weights without touching anybody else's random numbers.

    Keras draws the seed of every initializer and dropout layer from Python's `random`.
    """
    if seed is None:
        with _drawing:
            yield
        return
    with _drawing:
        before = random.getstate()
        random.seed(seed)
        try:
            yield
        finally:
            random.setstate(before)
