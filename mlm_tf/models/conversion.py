"""A model in another form: with smaller numbers, or as a program that needs no Keras."""

import contextlib
import gc
import re
import warnings
from collections.abc import Iterator

import keras

from mlm_tf.checks import shown
from mlm_tf.errors import InvalidArgumentError
from mlm_tf.layers import LearnedPositions, TokenEmbedding

MODES = ("int8", "int4", "float8")


class Conversion:
    """`quantize` and `export` of a model, put before Keras's class."""

    def __new__(cls, *args, **kwargs):
        model = super().__new__(cls, *args, **kwargs)
        del model.quantize  # Keras's wrapper, whose checks would come first
        return model

    def quantize(self, mode=None, config=None, filters=None, **kwargs):
        """As `keras.Model.quantize`: the projections keep 8 or 4 bits a number.

        Word vectors, norms and the cells of recurrent blocks stay as they are. A compiled model
        gets its optimizer anew, since other variables are trained than before. It is saved, loaded
        and cloned as any other, and generates; on a CPU more slowly than before.

        Args:
            mode: `"int8"`, `"int4"` or `"float8"`.
            config: a `keras.quantizers.QuantizationConfig` instead.
            filters: which layers: a regular expression for their names, several, or a function.

        Raises:
            InvalidArgumentError: for another mode, a model that is quantised already or has no
                projection, for int8 with float16, and for float8 with adapters on.

        Example:

        >>> from mlm_tf import build_model
        >>> model = build_model("transformer", vocabulary_size=9, hidden_dim=8)
        >>> model.quantize("int8")
        >>> model.blocks[0].feed_forward.block.up.quantization_mode
        'int8'
        """
        if mode is None and config is not None:
            mode = getattr(config, "mode", None)
        layers = [layer for layer in self._flatten_layers() if _is_quantizable(layer, filters)]
        _check_quantization(self, mode, layers)
        identities = {id(layer) for layer in layers}
        with warnings.catch_warnings(), garbage_collected_once():
            # Keras turns TensorFlow's tensors into arrays as NumPy 1 did.
            warnings.filterwarnings("ignore", "__array__", DeprecationWarning)
            super().quantize(mode, config, lambda layer: id(layer) in identities, **kwargs)
        train_anew(self)

    def export(self, filepath, format="tf_saved_model", input_signature=None, **kwargs):
        """As `keras.Model.export`; without a signature the program takes what a call takes, ids
        and masks of any batch and length, a dictionary.

        Args:
            filepath: the folder to write.
            format: `"tf_saved_model"`, or another that Keras knows.
            input_signature: of other inputs.
            **kwargs: as `keras.Model.export`.
        """
        if input_signature is None:
            input_signature = [self.input_signature()]
            if keras.backend.backend() == "jax":
                kwargs.setdefault("jax2tf_kwargs", self._symbolic_shapes())
        kwargs.setdefault("verbose", False)
        with warnings.catch_warnings():
            # Keras passes JAX an argument that JAX is about to drop.
            warnings.filterwarnings("ignore", "The `native_serialization`", DeprecationWarning)
            super().export(filepath, format, input_signature=input_signature, **kwargs)

    def input_signature(self) -> dict[str, keras.layers.InputSpec]:
        """The shapes and dtypes of what a call takes."""
        signature = {}
        for name in self.input_names:
            dtype = "bool" if name.endswith("mask") else "int32"
            signature[name] = keras.layers.InputSpec(dtype, (None, None), name=name)
        return signature

    def _symbolic_shapes(self) -> dict:
        """The same signature for JAX, which has to be told that ids and mask are of one length."""
        sides = {name: name.split("_")[0] for name in self.input_names}
        if "token_ids" in self.input_names:  # one text
            sides = dict.fromkeys(sides, "length")
        found = [layer for layer in self._flatten_layers() if isinstance(layer, LearnedPositions)]
        limit = min((layer.max_sequence_length for layer in found), default=None)
        limits = () if limit is None else [f"{length} <= {limit}" for length in set(sides.values())]
        return {
            "polymorphic_shapes": [{name: f"(batch, {side})" for name, side in sides.items()}],
            "polymorphic_constraints": limits,
            "with_gradient": False,
        }


def train_anew(model) -> None:
    """Let a model that has other variables than before be compiled to programs anew, with an
    optimizer for them."""
    model.train_function = model.test_function = model.predict_function = None
    if getattr(getattr(model, "optimizer", None), "built", False):
        model.optimizer = type(model.optimizer).from_config(model.optimizer.get_config())


@contextlib.contextmanager
def garbage_collected_once() -> Iterator[None]:
    """Keras collects garbage for each matrix that it drops, a third of a second and more for each;
    inside, it looks at nothing that was there before."""
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def _is_quantizable(layer, filters) -> bool:
    """Whether Keras can, and the user wants to; scores of words stay in float32."""
    if type(layer).quantize is keras.layers.Layer.quantize or isinstance(layer, TokenEmbedding):
        return False
    if len(layer._flatten_layers()) > 1:
        return False
    if filters is None or callable(filters):
        return filters is None or bool(filters(layer))
    patterns = [filters] if isinstance(filters, str) else filters
    return any(re.search(pattern, layer.name) for pattern in patterns)


def _check_quantization(model, mode, layers) -> None:
    if mode not in MODES:
        raise InvalidArgumentError(
            f"mode={shown(mode)} is not allowed; use one of {', '.join(map(repr, MODES))}, which "
            "need no texts to calibrate with."
        )
    done = {layer.quantization_mode for layer in model._flatten_layers()} - {None}
    if done:
        raise InvalidArgumentError(
            f"This model is quantised already, with mode={done.pop()!r}; quantise the model that "
            "was saved before."
        )
    if not layers:
        raise InvalidArgumentError(
            "Nothing in this model can be quantised with these filters: recurrent cells, norms and "
            "word vectors stay as they are; quantise a model with 'attention' or 'transformer'."
        )
    if mode == "float8" and any(getattr(layer, "lora_enabled", False) for layer in layers):
        raise InvalidArgumentError(
            "mode='float8' has no place for adapters; call merge_adapters() first, or use 'int8' "
            "or 'int4', beside which they stay."
        )
    if mode == "int8" and model.compute_dtype == "float16":
        raise InvalidArgumentError(
            "mode='int8' does not go with float16; build the model under 'float32' or "
            "'mixed_bfloat16', load the weights, and quantise that."
        )
