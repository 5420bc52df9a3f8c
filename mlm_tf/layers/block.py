"""The one contract that every sequence layer here keeps: a block is a recurrence."""

import keras
from keras import ops

from mlm_tf.errors import InvalidArgumentError
from mlm_tf.layers.settings import KeepsSettings


class Block(KeepsSettings, keras.layers.Layer):
    """A layer over sequences that can also be run a few positions at a time.

    The formula `h_i = f(h_{i-1}, w_i)` is the contract of all of them. For an LSTM the state is
    `h` and `c`; for self-attention it is the keys and values of all positions so far, the "KV
    cache". Every causal block obeys one law, which the tests check at random split points and
    for ragged rows (with `training=False`)::

        call(x, mask) == concatenation of step(x[:, a:b], state, mask[:, a:b]) over any split

    on every position that is not padding. What stands at padded positions changes nothing, and
    a row whose chunk ends in padding goes on at its own position with the next chunk.

    A causal subclass writes `initial_state` and `step`, and `call` where whole sequences can be
    done in parallel. A block that looks ahead sets `causal = False` and has `call` alone;
    generation refuses it by name. A block of a decoder that reads the encoded source sets
    `uses_context = True`; its `call` and `initial_state` take `context`, `(batch, source_length,
    dim)`, and `context_mask`. A block with attention in it sets `attends = True`; its `call` takes
    `return_attention_scores`, and if that is true gives `(output, weights)`: the weights α, or a
    dictionary of them by the name of what computed them. A block of a decoder that may begin where
    one of its class in the encoder ended sets `continues = True`; its `call` takes `initial_state`,
    and with `return_state` gives `(output, state)`, the state after the last token of each row.

    A stack of blocks ends in the norm that its last one gives, `final_norm`; by default in none.

    Axis 0 of every tensor in a state is the batch, or a multiple of it with the rows of one
    sequence together, so that any state can be reordered along the batch without knowing the
    block that made it.
    """

    causal = True
    uses_context = False
    attends = False
    continues = False
    suited_optimizer: str | None = None  # a name of `training.make_optimizer`, if one is best

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.supports_masking = True

    def call(
        self,
        x,
        padding_mask=None,
        mask=None,
        training=None,
        initial_state=None,
        return_state=False,
        x_mask=None,
    ):
        """Whole sequences at once; by default one long step from the initial state.

        Args:
            x: float tensor `(batch, length, dim)`.
            padding_mask: bool tensor `(batch, length)`, true where there is a token; `None`
                means that nothing is padding.
            mask: the implicit mask that Keras passes along; used when `padding_mask` is `None`.
            training: whether dropout is active.
            initial_state: of a block that `continues`, the state to start from.
            return_state: of a block that `continues`, whether to return `(y, state)`.
            x_mask: what Keras calls the implicit mask where `initial_state` is passed too.

        Returns:
            Float tensor `(batch, length, hidden_dim)`.
        """
        padding_mask = self.first_mask(padding_mask, mask, x_mask)
        if initial_state is None:
            initial_state = self.initial_state(ops.shape(x)[0], x.shape[1])
        y, state = self.step(x, initial_state, padding_mask)
        return (y, state) if return_state else y

    def compute_output_shape(self, input_shape):
        """That of the input; a block of another width says so."""
        return input_shape

    def initial_state(self, batch_size: int, max_length: int):
        """What is known before the first token: nested tensors of static shape.

        Args:
            batch_size: number of sequences.
            max_length: the most tokens that the state will ever have to hold in one row.
        """
        raise self._refusal()

    def step(self, x, state, padding_mask=None):
        """The next `S >= 1` positions: `(batch, S, dim), state -> (batch, S, hidden_dim), state`.

        `padding_mask` is `(batch, S)`; a padded position leaves the state of its row as it was.
        """
        raise self._refusal()

    def grown_state(self, state, empty):
        """A state with more room: what it knows, in the form of one that knows nothing.

        By default `grown`, which is right wherever a state with room for more begins as the smaller
        one does, as a cache whose next tokens stand behind those that it has.

        Args:
            state: from `initial_state` and `step`; within its `max_length`.
            empty: what `initial_state` gives for as many sequences and a larger `max_length`.

        Returns:
            As `empty`; to go on from it is to go on from `state`.
        """
        return grown(state, empty)

    def cut_state(self, state, length: int):
        """The state as it was after the first `length` tokens of each row.

        Returns:
            The state; or `None` where it does not hold that any more, as that of a recurrence, so
            that these tokens have to be read again. By default only a state of nothing holds it.
        """
        return None if keras.tree.flatten(state) else state

    def final_norm(self, name: str, dtype=None) -> keras.layers.Layer | None:
        """A new norm, of that name and dtype policy, for what stands after a stack that ends in
        this block: of one that adds to its input, the kind that it begins with itself."""
        return None

    def compute_output_spec(self, *tensors, **arguments):
        """What a call gives, symbolically, and what it was asked for beside its output."""
        self.check_takes(**arguments)
        if arguments.get("return_attention_scores") or arguments.get("return_state"):
            return keras.Operation.compute_output_spec(self, *tensors, **arguments)
        return super().compute_output_spec(*tensors, **arguments)

    @staticmethod
    def first_mask(*masks):
        """The first that is not `None`: the explicit mask before those that Keras passes along
        (as `mask`, or as `x_mask` to a call of several tensors)."""
        return next((mask for mask in masks if mask is not None), None)

    def check_takes(
        self, context=None, context_mask=None, return_attention_scores=False, **others
    ) -> None:
        """Raise for what a call of this block would have to ignore."""
        if not self.uses_context and not (context is None and context_mask is None):
            raise InvalidArgumentError(
                f"Block {self.name!r} ({type(self).__name__}) was given a context, and nothing in "
                "it reads one; leave context and context_mask out, or use a block that does, as "
                "CrossAttention or Transformer(..., cross_attention=True)."
            )
        if return_attention_scores and not self.attends:
            raise InvalidArgumentError(
                f"Block {self.name!r} ({type(self).__name__}) has no attention, so it has no "
                "attention weights; leave return_attention_scores out."
            )

    def _refusal(self) -> InvalidArgumentError:
        """What a block that looks ahead raises where it is to begin or to go on."""
        return InvalidArgumentError(
            f"Block {self.name!r} ({type(self).__name__}) looks ahead (causal=False), so it has "
            "no state to continue from; use it in a classifier, or a causal block for generation."
        )


def grown(state, empty):
    """Nested tensors, each at the beginning of a larger one of the same rank.

    >>> from keras import ops
    >>> state, empty = {"keys": ops.ones((1, 2))}, {"keys": ops.zeros((1, 4))}
    >>> ops.convert_to_numpy(grown(state, empty)["keys"]).tolist()
    [[1.0, 1.0, 0.0, 0.0]]
    """

    def put(held, into):
        if tuple(held.shape) == tuple(into.shape):
            return held
        room = [(0, more - some) for some, more in zip(held.shape, into.shape, strict=True)]
        is_held = ops.pad(ops.ones(held.shape, "int32"), room) > 0
        return ops.where(is_held, ops.pad(held, room), into)

    return keras.tree.map_structure(put, state, empty)
