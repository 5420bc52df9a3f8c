"""The helper that checks every layer: what it lets pass, and that each law can be broken."""

import keras
import numpy as np
import pytest
from keras import ops

from mlm_tf.layers import Block
from mlm_tf.layers.testing import check_block, check_layer

registered = keras.saving.register_keras_serializable(package="test_layer_helper")
BROKEN = {}


@registered
class RunningMean(Block):
    """The mean of the tokens so far, times a gain: a block that keeps every law."""

    def __init__(self, hidden_dim, offset=0.0, **kwargs):
        super().__init__(**kwargs)
        self.hidden_dim = hidden_dim
        self.offset = offset

    def build(self, input_shape):
        self.gain = self.add_weight(shape=(self.hidden_dim,), initializer="ones", name="gain")

    def call(self, x, padding_mask=None, mask=None, training=None):
        padding_mask = self.first_mask(padding_mask, mask)
        return self.run(x, self.initial_state(ops.shape(x)[0], None), padding_mask)[0]

    def initial_state(self, batch_size, max_length):
        return {
            "sum": ops.zeros((batch_size, self.hidden_dim), self.compute_dtype),
            "count": ops.zeros((batch_size, 1), "int32"),
        }

    def step(self, x, state, padding_mask=None):
        if not self.built:
            self.build(tuple(x.shape))
        return self.run(ops.cast(x, self.compute_dtype), state, padding_mask)

    def run(self, x, state, padding_mask):
        keep = ops.ones_like(x[:, :, :1], "bool")  # (B, S, 1)
        if padding_mask is not None:
            keep = ops.cast(padding_mask, "bool")[:, :, None]
        count = state["count"][:, None] + ops.cumsum(ops.cast(keep, "int32"), axis=1)  # (B, S, 1)
        total = state["sum"][:, None] + ops.cumsum(ops.where(keep, x, ops.zeros_like(x)), axis=1)
        mean = total / ops.cast(ops.maximum(count, 1), x.dtype)  # (B, S, D)
        y = mean * ops.cast(self.gain, x.dtype) + self.offset
        return y, {"sum": total[:, -1], "count": count[:, -1]}

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        return {**super().get_config(), "hidden_dim": self.hidden_dim, "offset": self.offset}


def breaks(law):
    """Notes a broken block under the law that the helper should name."""

    def note(block):
        BROKEN[block.__name__] = (registered(block), law)
        return block

    return note


@breaks("the config holds every argument")
class ConfigWithoutAnArgument(RunningMean):
    def get_config(self):
        return {**Block.get_config(self), "hidden_dim": self.hidden_dim}


@breaks("symbolic and eager calls agree with compute_output_shape")
class WrongOutputShape(RunningMean):
    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], 3)


@breaks("the order of the batch does not matter")
class MixesTheBatch(RunningMean):
    def run(self, x, state, padding_mask):
        y, state = super().run(x, state, padding_mask)
        return y - ops.mean(y, axis=0, keepdims=True), state


@breaks("symbolic and eager calls agree with compute_output_shape")
class AnswersInAnotherDtype(RunningMean):
    def call(self, x, padding_mask=None, mask=None, training=None):
        return ops.cast(super().call(x, padding_mask, mask), "float16")


@breaks("half precision stays close")
class StaysInFloat32(RunningMean):
    def call(self, x, padding_mask=None, mask=None, training=None):
        return ops.cast(super().call(x, padding_mask, mask), "float32")


@breaks("padding changes no output")
class ReadsPadding(RunningMean):
    def run(self, x, state, padding_mask):
        y, state = super().run(x, state, padding_mask)
        return y + 0.01 * ops.mean(x, axis=1, keepdims=True), state


@breaks("the implicit Keras mask does what padding_mask does")
class ForgetsTheImplicitMask(RunningMean):
    def call(self, x, padding_mask=None, mask=None, training=None):
        return super().call(x, padding_mask)


@breaks("the implicit Keras mask does what padding_mask does")
class PassesNoMaskOn(RunningMean):
    def compute_mask(self, inputs, mask=None):
        return None


@breaks("a step of training changes every weight")
class LetsNoGradientThrough(RunningMean):
    def run(self, x, state, padding_mask):
        y, state = super().run(x, state, padding_mask)
        return ops.stop_gradient(y) + 0 * ops.cast(self.gain, y.dtype) + x, state


@breaks("padding changes no loss and no gradient")
class WeighsPadding(RunningMean):
    def call(self, x, padding_mask=None, mask=None, training=None):
        self.add_loss(0.01 * ops.mean(ops.square(x)))
        return super().call(x, padding_mask, mask)


@breaks("a block that looks ahead refuses initial_state and step")
class LooksAheadAndSteps(RunningMean):
    causal = False


@breaks("step may be the first thing that is called")
class StepsOnlyWhenBuilt(RunningMean):
    def step(self, x, state, padding_mask=None):
        return self.run(ops.cast(x, self.compute_dtype), state, padding_mask)


@breaks("padding takes no position")
class CountsPadding(RunningMean):
    def call(self, x, padding_mask=None, mask=None, training=None):
        place = ops.cast(ops.arange(ops.shape(x)[1]), self.compute_dtype)[None, :, None]
        return super().call(x, padding_mask, mask) + 0.01 * place


@registered
class AddsTheMean(RunningMean):
    """A residual sum of one's own, which a stack ends with a norm of."""

    def __init__(self, hidden_dim, **kwargs):
        super().__init__(hidden_dim, **kwargs)
        self.norm = keras.layers.LayerNormalization(dtype=self.dtype_policy)

    def build(self, input_shape):
        super().build(input_shape)
        self.norm.build(input_shape)

    def run(self, x, state, padding_mask):
        y, state = super().run(self.norm(x), state, padding_mask)
        return x + y, state

    def final_norm(self, name, dtype=None):
        return keras.layers.LayerNormalization(name=name, dtype=dtype)


@breaks("a stack may end with the norm it gives")
class GivesItsOwnNorm(AddsTheMean):
    def final_norm(self, name, dtype=None):
        return self.norm


@breaks("a stack may end with the norm it gives")
class GivesTheNameOfANorm(AddsTheMean):
    def final_norm(self, name, dtype=None):
        return "rms_norm"


@breaks("a stack may end with the norm it gives")
class TakesNoDtype(AddsTheMean):
    def final_norm(self, name):
        return keras.layers.LayerNormalization(name=name)


@breaks("a stack may end with the norm it gives")
class NamesTheNormItself(AddsTheMean):
    def final_norm(self, name, dtype=None):
        return keras.layers.LayerNormalization()


@registered
class Carries(Block):
    """A running sum that a decoder may begin with; `call` is that of every block."""

    continues = True

    def __init__(self, hidden_dim, **kwargs):
        super().__init__(**kwargs)
        self.hidden_dim = hidden_dim
        self.dense = keras.layers.Dense(hidden_dim, dtype=self.dtype_policy)

    def build(self, input_shape):
        self.dense.build(input_shape)

    def initial_state(self, batch_size, max_length):
        return {"sum": ops.zeros((batch_size, self.hidden_dim), self.compute_dtype)}

    def step(self, x, state, padding_mask=None):
        if not self.built:
            self.build(tuple(x.shape))
        x = self.dense(x)  # (B, S, D)
        if padding_mask is not None:
            x = ops.where(ops.cast(padding_mask, "bool")[:, :, None], x, ops.zeros_like(x))
        sums = state["sum"][:, None] + ops.cumsum(x, axis=1)  # (B, S, D)
        return sums, {"sum": sums[:, -1]}

    def get_config(self):
        return {**super().get_config(), "hidden_dim": self.hidden_dim}


@breaks("it begins where another of its class ended")
class ForgetsWhereItBegins(Carries):
    def call(self, x, padding_mask=None, mask=None, initial_state=None, return_state=False):
        return super().call(x, padding_mask, mask, return_state=return_state)


@breaks("it begins where another of its class ended")
class HandsNothingOver(RunningMean):
    continues = True


@breaks("it begins where another of its class ended")
class EndsWhereItBegan(Carries):
    def call(self, x, padding_mask=None, mask=None, initial_state=None, return_state=False):
        padding_mask = self.first_mask(padding_mask, mask)
        start = self.initial_state(ops.shape(x)[0], None)
        y, _ = self.step(x, initial_state or start, padding_mask)
        return (y, start) if return_state else y


@registered
class Means(RunningMean):
    """The mean of the tokens so far tells how much each of them counts."""

    attends = True

    def call(self, x, padding_mask=None, mask=None, return_attention_scores=False):
        y = super().call(x, padding_mask, mask)
        if not return_attention_scores:
            return y
        place = ops.arange(ops.shape(x)[1])
        keep = ops.ones_like(x[:, :, 0], "bool") if padding_mask is None else padding_mask
        counts = ops.cast(keep[:, None] & (place <= place[:, None]), "float32")  # (B, T, T)
        return y, self.share(counts)[:, None]

    def share(self, counts):
        return counts / ops.maximum(ops.sum(counts, axis=-1, keepdims=True), 1)


@breaks("what it attends to can be asked for")
class AttendsInSecret(RunningMean):
    attends = True


@breaks("what it attends to can be asked for")
class TellsCounts(Means):
    def share(self, counts):
        return counts


@breaks("no later token changes an earlier output")
class LooksAheadInSecret(RunningMean):
    def call(self, x, padding_mask=None, mask=None, training=None):
        y = super().call(x, padding_mask, mask)
        return y + 0.1 * y[:, -1:]


@breaks("call equals chunks of step")
class StepsOffByOne(RunningMean):
    def initial_state(self, batch_size, max_length):
        start = super().initial_state(batch_size, max_length)
        late = 0 if max_length is None else 1
        return {**start, "count": start["count"] + late}


@breaks("call equals chunks of step")
class ForgetsTheStateAfterAChunk(RunningMean):
    def step(self, x, state, padding_mask=None):
        y, new_state = super().step(x, state, padding_mask)
        return y, new_state if x.shape[1] == 1 else state


@breaks("a step keeps the structure, shapes and dtypes of the state")
class StateChangesItsDtype(RunningMean):
    def step(self, x, state, padding_mask=None):
        y, state = super().step(x, {**state, "count": ops.cast(state["count"], "int32")})
        return y, {**state, "count": ops.cast(state["count"], "float32")}


@breaks("a state can be reordered along the batch")
class StateWithTheBatchBehind(RunningMean):
    def initial_state(self, batch_size, max_length):
        start = super().initial_state(batch_size, max_length)
        return {**start, "sum": ops.transpose(start["sum"])}

    def run(self, x, state, padding_mask):
        y, state = super().run(x, {**state, "sum": ops.transpose(state["sum"])}, padding_mask)
        return y, {**state, "sum": ops.transpose(state["sum"])}


@breaks("a state may be given more room")
class ForgetsWhenItGrows(RunningMean):
    def grown_state(self, state, empty):
        return empty


@breaks("a state that is cut back is what it was")
class CutsNothing(RunningMean):
    def cut_state(self, state, length):
        return state


class NotRegistered(RunningMean):
    pass


BROKEN["NotRegistered"] = (NotRegistered, "saved and loaded it is the same layer")


@pytest.mark.parametrize(
    "make",
    [
        lambda: RunningMean(8, offset=0.5),
        lambda: AddsTheMean(8),
        lambda: Carries(8),
        lambda: Means(8),
    ],
)
def test_a_block_that_keeps_every_law_passes(make):
    check_block(make)


@pytest.mark.long_table
@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_law_is_named(name):
    block, law = BROKEN[name]
    with pytest.raises(AssertionError) as caught:
        check_block(lambda: block(6), hidden_dim=6)
    first_line = str(caught.value).splitlines()[0]
    assert first_line.startswith(name) and f"breaks the law {law!r}" in first_line


def test_a_broken_step_is_told_with_its_mask_and_splits():
    with pytest.raises(AssertionError, match=r", mask: none, splits: \[\(0, \d\)\], room: \d"):
        check_block(lambda: StepsOffByOne(6), hidden_dim=6)


def test_a_weight_without_a_gradient_may_be_expected():
    block = BROKEN["LetsNoGradientThrough"][0]
    x = np.ones((3, 4, 6), "float32")
    check_layer(lambda: block(6), x, without_gradient=["gain", "kernel", "bias"])
