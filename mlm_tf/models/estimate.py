"""How large a model would be, and what memory it would take, before anything is allocated."""

import math
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import keras
import numpy as np

from mlm_tf.checks import check_integer
from mlm_tf.layers import Block, TokenEmbedding
from mlm_tf.layers.attention import MultiHeadBlock
from mlm_tf.models.architectures import with_copies
from mlm_tf.models.factory import build_model
from mlm_tf.models.text_model import TextModel

DEFAULT_LENGTH = 128  # of a sequence, for a model that has no greatest
LOGIT_COPIES = 3  # the scores, their softmax and their gradient


@dataclass(frozen=True)
class Estimate:
    """The size of a model. Bytes are those of the tensors alone, without what a program adds.

    Attributes:
        parameters: numbers in the weights; `model.count_params()` of the built model.
        trainable_parameters: those that training changes.
        weight_bytes: of the weights.
        training_bytes: of weights, gradients, the optimizer's slots and the activations.
        activation_bytes: of what the forward pass leaves for the backward pass, and its gradients;
            a rough number.
        cache_bytes: of the state that generation keeps for one sequence; 0 for a model that does
            not write.
        batch_size: sequences in a training step.
        sequence_length: tokens in each of them, and in a generated one.
    """

    parameters: int
    trainable_parameters: int
    weight_bytes: int
    training_bytes: int
    activation_bytes: int
    cache_bytes: int
    batch_size: int
    sequence_length: int

    def __str__(self):
        lines = [
            f"parameters            {self.parameters:,} ({self.trainable_parameters:,} trainable)",
            f"weights               {readable_bytes(self.weight_bytes)}",
            f"training, about       {readable_bytes(self.training_bytes)} "
            f"(batches of {self.batch_size} × {self.sequence_length} tokens)",
        ]
        if self.cache_bytes:
            lines.append(
                f"generation, beside    {readable_bytes(self.cache_bytes)} for each sequence of "
                f"{self.sequence_length} tokens"
            )
        return "\n".join(lines)


def estimate(
    architecture,
    task: str = "causal_lm",
    batch_size: int = 1,
    sequence_length: int | None = None,
    optimizer_slots: int = 2,
    **arguments,
) -> Estimate:
    """What `build_model(architecture, task, **arguments)` would give, without giving it.

    Args:
        architecture, task, arguments: those of `build_model`.
        batch_size: sequences in a training step.
        sequence_length: tokens in each; by default the model's `max_sequence_length`, else 128.
        optimizer_slots: numbers that the optimizer keeps for each trainable one: 2 for Adam and
            AdamW, 1 for Muon or momentum, 0 for plain gradient descent.

    Returns:
        An `Estimate`; print it.

    Raises:
        InvalidArgumentError: as `build_model`.

    Example:

    >>> print(estimate("gpt2", batch_size=8))
    parameters            124,439,808 (124,439,808 trainable)
    weights               475 MiB
    training, about       ... GiB (batches of 8 × 1024 tokens)
    generation, beside    72.1 MiB for each sequence of 1024 tokens
    """
    check_integer("batch_size", batch_size)
    check_integer("optimizer_slots", optimizer_slots, least=0)
    if sequence_length is not None:
        check_integer("sequence_length", sequence_length)
    matrix = arguments.get("embedding", "random")
    if not isinstance(matrix, str) and np.ndim(matrix) == 2:  # its shape says enough
        arguments["embedding"] = "random"
        if arguments.get("embedding_dim") is None:
            arguments["embedding_dim"] = np.shape(matrix)[1]
    arguments.setdefault("seed", 0)  # draw from nobody else's random numbers
    if not isinstance(architecture, str):  # a caller's block is not built in here
        is_list = isinstance(architecture, (list, tuple))
        architecture = with_copies(architecture if is_list else [architecture])
    if isinstance(matrix, TokenEmbedding) and not matrix.built:
        arguments |= {"embedding": "random", "embedding_dim": matrix.output_dim}

    def measure(dtype_policy):
        keras.config.set_dtype_policy(dtype_policy)
        with keras.StatelessScope(initialize_variables=False):
            model = build_model(architecture, task, **arguments)
            return _measured(model, batch_size, sequence_length, optimizer_slots)

    # Keras keeps a list of the variables to be initialised later, one list a thread: in a thread
    # of their own they are forgotten with it.
    with ThreadPoolExecutor(max_workers=1) as thread:
        return thread.submit(measure, keras.config.dtype_policy()).result()


def _measured(model: TextModel, batch_size, sequence_length, optimizer_slots) -> Estimate:
    length = sequence_length or model.max_sequence_length or DEFAULT_LENGTH
    trainable = model.trainable_weights
    trained_bytes = _bytes(trainable)
    activation_bytes = batch_size * length * _activation_bytes_per_token(model, length)
    weight_bytes = _bytes(model.weights)
    return Estimate(
        parameters=_numbers(model.weights),
        trainable_parameters=_numbers(trainable),
        weight_bytes=weight_bytes,
        training_bytes=weight_bytes + trained_bytes * (1 + optimizer_slots) + activation_bytes,
        activation_bytes=activation_bytes,
        cache_bytes=_bytes(_state(model, length)),
        batch_size=batch_size,
        sequence_length=length,
    )


def _activation_bytes_per_token(model: TextModel, length: int) -> int:
    """What training keeps of each token until the backward pass is done: the input and the output
    of every product with a matrix, and the weights of attention, with a gradient for each; and the
    scores over the vocabulary in float32. XLA on a CPU takes within 15 % of it."""
    tables = {id(v) for layer in _layers_of(model, keras.layers.Embedding) for v in layer.weights}
    again = _repeated(model)
    weights = [*model.weights, *(v for block in again for v in block.weights)]
    numbers = sum(sum(v.shape) for v in weights if len(v.shape) == 2 and id(v) not in tables)
    for attention in [a for part in (model, *again) for a in _layers_of(part, MultiHeadBlock)]:
        numbers += 2 * attention.num_heads * length  # the weights, and what dropout leaves of them
    scores = LOGIT_COPIES * model.vocabulary_size if hasattr(model, "logits") else 0
    return 2 * numbers * _itemsize(model.compute_dtype) + scores * _itemsize("float32")


def _repeated(model: TextModel) -> list[Block]:
    """The blocks that stand in a stack once more, each time that they do."""
    seen, again = set(), []
    for block in model.all_blocks:
        if id(block) in seen:
            again.append(block)
        seen.add(id(block))
    return again


class _InitialState(keras.Operation):
    """`model.initial_state` for one sequence, of which only shapes are asked."""

    def __init__(self, model, length):
        super().__init__()
        self.model, self.length = model, length

    def call(self, token_ids):
        source = [token_ids] if "encoder_token_ids" in self.model.input_names else []
        return self.model.initial_state(1, self.length, *source)


def _state(model: TextModel, length: int) -> list:
    if not hasattr(model, "initial_state"):
        return []
    token_ids = keras.KerasTensor((1, length), dtype="int32")
    return keras.tree.flatten(_InitialState(model, length).symbolic_call(token_ids))


def _layers_of(model, kind) -> list:
    return [layer for layer in model._flatten_layers() if isinstance(layer, kind)]


def _numbers(tensors) -> int:
    return sum(math.prod(t.shape) for t in tensors)


def _bytes(tensors) -> int:
    return sum(math.prod(t.shape) * _itemsize(t.dtype) for t in tensors)


def _itemsize(dtype) -> int:
    dtype = keras.backend.standardize_dtype(dtype)
    return {"bfloat16": 2, "bool": 1}.get(dtype) or np.dtype(dtype).itemsize


def readable_bytes(count: int) -> str:
    """A number of bytes with three figures and a unit.

    >>> readable_bytes(497_759_232)
    '475 MiB'
    """
    for unit in ("B", "KiB", "MiB", "GiB"):
        if count < 1000:
            return f"{count:.3g} {unit}"
        count /= 1024
    return f"{count:,.3g} TiB" if count < 1000 else f"{count:,.0f} TiB"
