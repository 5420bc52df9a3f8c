"""How large a model would be: equal to the built one, and nothing is allocated to know it."""

import math
import random
import resource
import tracemalloc

import keras
import numpy as np
import pytest
from keras import ops

from mlm_tf import build_model, estimate
from mlm_tf.errors import InvalidArgumentError
from mlm_tf.layers import LSTM
from mlm_tf.models.estimate import readable_bytes

SIZES = {"vocabulary_size": 20, "hidden_dim": 16, "max_sequence_length": 12}
TASKS = ["causal_lm", "masked_lm", "text_classifier", "token_classifier", "seq2seq_lm"]


@pytest.mark.long_table
@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("architecture", ["rnn", "gru", "lstm", "attention", "transformer", "gpt2"])
def test_parameters_equal_those_of_the_built_model(architecture, task):
    sizes = {**SIZES, "num_layers": 2, "num_heads": 2, "embedding_dim": 12}
    if task.endswith("classifier"):
        sizes["num_classes"] = 3
    model = build_model(architecture, task, **sizes)
    expected = estimate(architecture, task, **sizes)
    assert expected.parameters == model.count_params()
    trainable = sum(math.prod(v.shape) for v in model.trainable_weights)
    assert expected.trainable_parameters == trainable
    assert expected.weight_bytes == 4 * model.count_params()


def test_heads_may_have_a_width_of_their_own():
    sizes = {**SIZES, "num_heads": 3, "num_key_value_heads": 1, "head_dim": 10}
    model = build_model("transformer", **sizes)
    expected = estimate("transformer", **sizes)
    assert expected.parameters == model.count_params()
    state = [ops.convert_to_numpy(leaf) for leaf in keras.tree.flatten(model.initial_state(1, 12))]
    assert expected.cache_bytes == sum(leaf.nbytes for leaf in state)


def test_what_is_frozen_is_not_trainable():
    matrix = np.zeros((20, 16), "float32")
    result = estimate("lstm", **SIZES, embedding=matrix, embedding_trainable=False)
    assert result.parameters - result.trainable_parameters == 20 * 16


def test_the_width_of_a_matrix_is_that_of_the_word_vectors():
    matrix = np.zeros((20, 6), "float32")
    arguments = {**SIZES, "embedding": matrix, "embedding_dim": None}
    assert (
        estimate("lstm", **arguments).parameters == build_model("lstm", **arguments).count_params()
    )


def test_a_block_of_the_callers_stays_as_it_was():
    block = LSTM(16)
    for architecture in (block, [block, "rnn"]):
        estimate(architecture, **SIZES)
    assert not block.built
    model = build_model(block, **SIZES)
    model.compile("adam")
    x = np.arange(6)[None]
    model.fit(x, x, verbose=0)
    np.testing.assert_array_equal(model.predict(x, verbose=0), model.predict(x, verbose=0))


@pytest.mark.parametrize(
    ("architecture", "task"),
    [("lstm", "causal_lm"), (["lstm", "attention"], "causal_lm"), ("transformer", "seq2seq_lm")],
    ids=str,
)
def test_the_cache_is_the_state_of_one_sequence(architecture, task):
    model = build_model(architecture, task, **SIZES)
    source = [np.ones((1, 12), "int32")] if task == "seq2seq_lm" else []
    state = keras.tree.flatten(model.initial_state(1, 12, *source))
    total = sum(ops.convert_to_numpy(leaf).nbytes for leaf in state)
    assert estimate(architecture, task, **SIZES).cache_bytes == total


def test_training_takes_weights_gradients_slots_and_activations():
    plain, adam = (estimate("lstm", **SIZES, optimizer_slots=slots) for slots in (0, 2))
    assert adam.training_bytes - plain.training_bytes == 2 * 4 * plain.trainable_parameters
    assert plain.training_bytes == 2 * plain.weight_bytes + plain.activation_bytes
    larger = estimate("lstm", **SIZES, batch_size=3)
    assert larger.activation_bytes == 3 * plain.activation_bytes


@pytest.mark.skipif(keras.backend.backend() != "jax", reason="JAX alone tells what XLA allocates")
@pytest.mark.parametrize("architecture", ["lstm", "attention", "transformer"])
def test_activations_are_near_what_xla_allocates(architecture):
    import jax

    sizes = {"vocabulary_size": 500, "hidden_dim": 64, "num_layers": 3}
    model = build_model(architecture, **sizes)
    trainable = [v.value for v in model.trainable_variables]
    fixed = [v.value for v in model.non_trainable_variables]

    def loss(trainable, ids):
        logits, _ = model.stateless_call(trainable, fixed, ids, training=True)
        return -jax.nn.log_softmax(logits)[..., 0].mean()

    ids = np.zeros((8, 128), "int32")
    compiled = jax.jit(jax.grad(loss)).lower(trainable, ids).compile()
    allocated = compiled.memory_analysis().temp_size_in_bytes
    expected = estimate(architecture, **sizes, batch_size=8, sequence_length=128).activation_bytes
    assert 0.7 < expected / allocated < 1.4


def test_ten_billion_parameters_are_counted_without_being_allocated():
    def largest_resident_bytes():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024

    estimate("transformer", **SIZES)  # whatever a first call loads
    before = largest_resident_bytes()
    tracemalloc.start()
    result = estimate(
        "transformer", vocabulary_size=50_000, hidden_dim=4096, num_layers=49, num_heads=32
    )
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert 10e9 < result.parameters < 11e9
    assert peak < 200e6
    assert largest_resident_bytes() - before < 500e6
    # Nor is anything allocated later, when Keras initialises the variables that wait for it.
    with keras.StatelessScope():
        keras.layers.Dense(2).build((None, 2))
    assert largest_resident_bytes() - before < 500e6


def test_nothing_is_left_behind():
    first, state = keras.layers.Dense(2).name, random.getstate()
    estimate("lstm", **SIZES)
    assert random.getstate() == state
    names = [first, keras.layers.Dense(2).name]
    numbers = [int(name.split("_")[-1]) if "_" in name else 0 for name in names]
    assert numbers[1] == numbers[0] + 1
    assert estimate("lstm", **SIZES) == estimate("lstm", **SIZES)


def test_half_precision_halves_the_cache_and_not_the_weights():
    full = estimate("attention", **SIZES)
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        half = estimate("attention", **SIZES)
    finally:
        keras.config.set_dtype_policy("float32")
    assert half.weight_bytes == full.weight_bytes
    assert full.cache_bytes / 2 <= half.cache_bytes < full.cache_bytes / 1.9


def test_it_reads_well():
    text = str(estimate("gpt2", batch_size=8))
    assert "124,439,808" in text and "475 MiB" in text and "batches of 8 × 1024 tokens" in text
    assert [readable_bytes(n) for n in (12, 2048, 3 * 2**30, 2**60)] == [
        "12 B",
        "2 KiB",
        "3 GiB",
        "1,048,576 TiB",
    ]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"architecture": "gpt"}, "architecture='gpt' is not known"),
        ({"batch_size": 0}, "batch_size=0"),
        ({"sequence_length": 0}, "sequence_length=0"),
        ({"optimizer_slots": -1}, "optimizer_slots=-1"),
        ({"embedding": np.zeros(20)}, r"embedding has shape \(20,\)"),
        ({"hidden_dim": 10, "architecture": "attention"}, "num_heads=4 does not divide"),
    ],
)
def test_wrong_arguments_are_named_in_one_sentence(arguments, message):
    with pytest.raises(InvalidArgumentError, match=message) as error:
        estimate(**{"architecture": "lstm", "vocabulary_size": 20, "hidden_dim": 8, **arguments})
    assert "\n" not in str(error.value)
