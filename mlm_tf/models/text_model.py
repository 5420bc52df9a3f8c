"""What every model here has in common: an embedding, a stack of blocks, a text pipeline."""

import inspect
from collections.abc import Iterator
from types import MappingProxyType
from typing import ClassVar

import keras
import numpy as np
from keras import ops

from mlm_tf.checks import Checked, check_boolean, check_integer, check_number, shown
from mlm_tf.errors import InvalidArgumentError
from mlm_tf.layers import Block, LearnedPositions, TokenEmbedding
from mlm_tf.layers.attention import MultiHeadBlock
from mlm_tf.layers.lora import Dense
from mlm_tf.layers.settings import KeepsSettings
from mlm_tf.models.architectures import REST, stack
from mlm_tf.models.conversion import Conversion
from mlm_tf.models.lora import Adapters
from mlm_tf.models.saving import Saving
from mlm_tf.models.text_training import TextTraining
from mlm_tf.preprocessing import Pipeline
from mlm_tf.preprocessing.batches import check_ids


class TextModel(Saving, Conversion, Adapters, TextTraining, KeepsSettings, keras.Model):
    """Base class: `embedding -> blocks`, with the pipeline that made the ids carried along.

    Inputs are token ids `(batch, length)`, or `{"token_ids": ..., "padding_mask": ...}`; ids
    alone mean that nothing is padding. A mask is never guessed from ids.
    """

    pipeline_files: ClassVar = {"pipeline": "pipeline.json"}  # inside a .keras file
    stack_names: ClassVar = ("blocks",)  # the attributes that are lists of blocks
    # For `build_model`: whether no block may look ahead, whether recurrent blocks read both ways
    # unless told, and the arguments that `from_settings` takes and the constructor does not.
    causal: ClassVar = False
    bidirectional: ClassVar = False
    other_arguments: ClassVar = ()

    vocabulary_size = Checked(check_integer)
    embedding_dim = Checked(check_integer)
    hidden_dim = Checked(check_integer)
    dropout = Checked(check_number, least=0, below=1)
    max_sequence_length = Checked(check_integer, optional=True)

    def __new__(cls, *args, **kwargs):
        model = super().__new__(cls, *args, **kwargs)
        given = inspect.signature(cls.__init__).bind_partial(None, *args, **kwargs)
        given.apply_defaults()
        given = {**given.arguments, **kwargs}
        own = {n: given[n] for n in _own_arguments(cls) if n in given}
        vars(model)["_own_arguments"] = MappingProxyType(own)  # no dictionary: no layer is sought
        return model

    def __init__(
        self,
        vocabulary_size: int,
        embedding_dim: int,
        hidden_dim: int,
        blocks: list[Block],
        embedding_trainable: bool = True,
        tie_weights: bool = True,
        dropout: float = 0.0,
        max_sequence_length: int | None = None,
        pipeline: Pipeline | None = None,
        embedding: TokenEmbedding | None = None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.vocabulary_size = vocabulary_size
        self.embedding_dim = embedding_dim
        self.hidden_dim = hidden_dim
        self.dropout = dropout
        self.max_sequence_length = max_sequence_length
        for block in blocks:
            if isinstance(block, LearnedPositions):
                limit = block.max_sequence_length
                self.max_sequence_length = min(limit, self.max_sequence_length or limit)
        self.pipeline = pipeline

        # === Layers ===
        self.embedding = embedding or TokenEmbedding(
            vocabulary_size,
            embedding_dim,
            tie_weights=tie_weights,
            dtype=self.dtype_policy,
            name="embedding",
        )
        self.tie_weights = self.embedding.tie_weights
        self._start_frozen = not check_boolean("embedding_trainable", embedding_trainable)
        self.input_projection = None
        if embedding_dim != hidden_dim:
            self.input_projection = Dense(
                hidden_dim, dtype=self.dtype_policy, name="input_projection"
            )
        self.embedding_dropout = keras.layers.Dropout(
            dropout, dtype=self.dtype_policy, name="embedding_dropout"
        )
        self.blocks = blocks

    @classmethod
    def from_settings(cls, settings):
        """The model that `build_model` returns.

        Args:
            settings: its arguments by their names, and what `build_model` tells beside them;
                `architectures.stack` makes the blocks of them, and the constructor gets those
                that it names.
        """
        blocks = stack(settings)
        if not settings["cross_attention"]:
            _check_no_context(blocks, settings["task"])
        taken = {}
        for name, parameter in arguments_of(cls).items():
            if settings.get(name) is not None:
                taken[name] = settings[name]
            elif parameter.default is parameter.empty and name != "blocks":
                why = "has to be given; pass it to build_model"
                if name not in settings:
                    why = f"build_model does not know; let {cls.__name__} give it a default"
                task = settings["task"]
                raise InvalidArgumentError(f"task={task!r} asks for {name}, which {why}.")
        return cls(blocks=blocks, **taken)

    def build(self, input_shape=None):
        ids, vectors = (None, None), (None, None, self.embedding_dim)
        hidden = (None, None, self.hidden_dim)
        if not self.embedding.built:  # another model's
            self.embedding.build(ids)
        if self._start_frozen:  # an output table of its own goes on learning
            table = self.input_embedding
            frozen = table if table.tie_weights else table.table
            frozen.trainable = False
        if self.input_projection is not None:
            self.input_projection.build(vectors)
        self.embedding_dropout.build(hidden)
        self.build_blocks(self.blocks, hidden)
        self.build_head(hidden)
        self.built = True

    def build_blocks(self, blocks, hidden_shape):
        """Build a stack, from hidden states to hidden states of the same width."""
        for block in blocks:
            if not block.built:  # loading builds the blocks first
                block.build(hidden_shape)
            width = block.compute_output_shape(hidden_shape)[-1]
            if width != self.hidden_dim:
                raise InvalidArgumentError(
                    f"Block {block.name!r} ({type(block).__name__}) gives vectors of {width}, but "
                    f"hidden_dim={self.hidden_dim}; all blocks of a model have that width."
                )

    def norm_after(self, block: Block, name: str) -> keras.layers.Layer | None:
        """The norm, not built yet, in which a stack that ends in this block ends."""
        kind = type(block).__name__
        try:
            inspect.signature(block.final_norm).bind(name, self.dtype_policy)
        except TypeError as error:
            raise InvalidArgumentError(
                f"{kind}.final_norm takes other arguments than (name, dtype): {error}; take these."
            ) from error
        norm = block.final_norm(name, self.dtype_policy)
        if norm is not None and not isinstance(norm, keras.layers.Layer):
            raise InvalidArgumentError(
                f"{kind}.final_norm gave {shown(norm)}, which is no layer; give a norm, or None."
            )
        return norm

    def build_head(self, hidden_shape):
        """Build what stands after the blocks."""
        raise NotImplementedError(f"{type(self).__name__} does not define build_head().")

    @property
    def input_embedding(self) -> TokenEmbedding:
        """The table of the words that the model reads."""
        return self.embedding

    def embed(self, token_ids, training=None, beside=None):
        x = self.embedding(token_ids)  # (B, T, embedding_dim)
        if self.input_projection is not None:
            x = self.input_projection(x)  # (B, T, hidden_dim)
        if beside is not None:
            x = x + beside
        return self.embedding_dropout(x, training=training)

    def encode(self, token_ids, padding_mask=None, training=None, attended=None, beside=None):
        """Ids `(batch, length)` -> hidden states `(batch, length, hidden_dim)`; `beside` is what
        is added to the vectors of the words, of that shape too.

        `attended` is a list, if attention weights are asked for: of `(place, weights)`, the place
        being that of the block among all blocks of the model.
        """
        x = self.embed(token_ids, training=training, beside=beside)
        for place, block in enumerate(self.blocks):
            x = through(block, x, place, attended, padding_mask=padding_mask, training=training)
        return x

    def hidden_states(self, inputs, training=None, attended=None):
        """What the last block gives for the inputs of a call; for `attended` see `encode`."""
        return self.encode(*unpack(inputs), training=training, attended=attended)

    @property
    def all_blocks(self) -> list[Block]:
        """The blocks in the order of their calls; one in several places stands several times."""
        return list(self.blocks)

    def compute_output_spec(self, inputs, *_, **__):
        """Scores are float32 whatever the dtype policy."""
        shapes = keras.tree.map_structure(lambda tensor: tensor.shape, inputs)
        return keras.KerasTensor(self.compute_output_shape(shapes), dtype="float32")

    # === Training ===

    @property
    def suited_optimizer(self) -> str | None:
        """The name of the optimizer with which all blocks that declare one train best."""
        names = {block.suited_optimizer for block in self.all_blocks} - {None}
        return names.pop() if len(names) == 1 else None

    # === Saving ===

    def get_config(self):
        """The arguments of the constructor; of a task without a `get_config` of its own, those
        that it adds to the ones here."""
        config = super().get_config()
        for name, value in self._own_arguments.items():
            try:
                if getattr(value, "__name__", None) == "<lambda>":
                    raise TypeError("code is not saved")
                config[name] = keras.saving.serialize_keras_object(value)
            except (TypeError, ValueError) as error:
                raise InvalidArgumentError(
                    f"{type(self).__name__} was made with {name}={shown(value)}, which no config "
                    "can hold; write a get_config and a from_config for it."
                ) from error
        return config

    @classmethod
    def from_config(cls, config):
        own = {n: config[n] for n in _own_arguments(cls) if n in config}
        return super().from_config({**config, **keras.saving.deserialize_keras_object(own)})

    # === Looking inside ===

    def attention_weights(self, inputs) -> dict[str, np.ndarray]:
        """The weights α of every attention block for these inputs (formula 4.3).

        Args:
            inputs: as for a call, ids with or without their masks.

        Returns:
            By the name of the block, and of the layer in it where a block has several, float32
            `(batch, num_heads, length, length)`; for cross-attention the last axis is the source.
            Where a name stands for several blocks, or a block in several places, its place among
            the blocks follows: `"attention_0:2"`.

        Raises:
            InvalidArgumentError: if the model has no attention, a block of one's own does not tell
                the weights of the attention in it, or an id is not one of the model's own.

        Example:

        >>> from mlm_tf import build_model
        >>> model = build_model("attention", vocabulary_size=9, hidden_dim=8, num_layers=2)
        >>> weights = model.attention_weights(np.array([[1, 2, 3]]))
        >>> sorted(weights), weights["attention_0"].shape
        (['attention_0', 'attention_1'], (1, 4, 3, 3))
        """
        if isinstance(inputs, (list, tuple)):
            check_ids(inputs, "token_ids", self.vocabulary_size)
            inputs = np.asarray(inputs)
        self.check_token_ids(inputs)
        _check_attends(self.all_blocks)
        weights = []
        self.hidden_states(inputs, attended=weights)
        return _named_weights(weights, [block.name for block in self.all_blocks])

    @property
    def num_positions(self) -> int | None:
        """How many tokens a row may have, where positions are learned: only then is a model itself
        limited. `max_sequence_length` may be less, and limits what is generated."""
        learned = (block for block in self.blocks if isinstance(block, LearnedPositions))
        return min((block.max_sequence_length for block in learned), default=None)


def arguments_of(task_class) -> dict[str, inspect.Parameter]:
    """What a class's constructor takes, and those to which it passes what it does not name."""
    found = {}
    for _, parameters in _constructors(task_class):
        if parameters is not None:
            found = {p.name: p for p in parameters if p.kind not in REST} | found
            if not any(p.kind in REST for p in parameters):
                break
    return found


def _own_arguments(task_class) -> set[str]:
    """The arguments of constructors that no `get_config` writes: those that a task of one's own
    adds."""
    own, known = set(), set()
    names = own
    for kind, parameters in _constructors(task_class):
        if "get_config" in vars(kind):
            names = known
        names.update(p.name for p in parameters or () if p.kind not in REST)
    return own - known


def _constructors(task_class) -> Iterator[tuple[type, list[inspect.Parameter] | None]]:
    """A task's class and its bases up to `TextModel`, with the parameters of the constructor that
    each writes itself, `self` aside; `None` where it writes none."""
    for kind in task_class.__mro__[: task_class.__mro__.index(TextModel) + 1]:
        parameters = None
        if "__init__" in vars(kind):
            _, *parameters = inspect.signature(kind.__init__).parameters.values()
        yield kind, parameters


def takes_argument(task_class, name: str) -> bool:
    """Whether an argument of `build_model` means something to a task."""
    return name in task_class.other_arguments or name in arguments_of(task_class)


def check_vocabulary_size(
    size, pipeline, name: str = "vocabulary_size", pipeline_name: str = "pipeline"
) -> int:
    if pipeline is not None:
        if not isinstance(pipeline, Pipeline):
            raise InvalidArgumentError(
                f"{pipeline_name}={shown(pipeline)} is no pipeline; pass what "
                "TextPipeline.fit(...) gives."
            )
        if size not in (None, pipeline.vocabulary_size):
            raise InvalidArgumentError(
                f"{name}={size}, but the {pipeline_name} knows {pipeline.vocabulary_size} tokens; "
                f"leave {name} out."
            )
        return pipeline.vocabulary_size
    return check_integer(name, size, why=f", or pass a {pipeline_name}")


def _check_no_context(blocks: list[Block], task: str) -> None:
    """Raise if a block reads a source, of which the task has none."""
    for block in blocks:
        if block.uses_context:
            raise InvalidArgumentError(
                f"Block {block.name!r} ({type(block).__name__}) reads an encoded source, and "
                f"task={task!r} has none; leave it out, or choose 'seq2seq_lm'."
            )


def through(block: Block, x, place: int, attended: "list | None", **arguments):
    """A block's output; what it attends to goes into the list, if one is given."""
    if attended is None or not block.attends:
        return block(x, **arguments)
    y, weights = block(x, return_attention_scores=True, **arguments)
    attended.append((place, weights))
    return y


def _named_weights(attended: list[tuple], names: list[str]) -> dict[str, np.ndarray]:
    """By a name of its own what each place among the blocks attends to, as arrays."""
    named = {}

    def add(key, weights):
        if isinstance(weights, dict):
            for part, inner in weights.items():
                add(f"{key}/{part}", inner)
        else:
            named[key] = ops.convert_to_numpy(weights)

    for place, weights in attended:
        name = names[place]
        add(name if names.count(name) == 1 else f"{name}:{place}", weights)
    return named


def _check_attends(blocks: list[Block]) -> None:
    """Raise if no block attends, or one has attention in it and does not say so."""
    for block in blocks:
        inside = [layer for layer in block._flatten_layers() if isinstance(layer, MultiHeadBlock)]
        if inside and not block.attends:
            raise InvalidArgumentError(
                f"Block {block.name!r} ({type(block).__name__}) has attention in it and does not "
                "tell its weights; set attends = True in the class, and let its call take "
                "return_attention_scores, as mlm_tf.layers.Block says."
            )
    if not any(block.attends for block in blocks):
        raise InvalidArgumentError(
            "This model has no attention block, so it has no attention weights; build one with "
            "'attention' or 'transformer'."
        )


def unpack(inputs):
    """`(token_ids, padding_mask or None)` from ids alone or the dictionary."""
    if isinstance(inputs, dict):
        mask = inputs.get("padding_mask")
        return inputs["token_ids"], None if mask is None else ops.cast(mask, "bool")
    return inputs, None
