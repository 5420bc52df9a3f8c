"""LoRA (Hu et al. 2022) that is saved as it stands: the matrix and the two factors beside it."""

import keras
import numpy as np
from keras import ops

from mlm_tf.layers.rows import by_rows

FACTORS = ("lora_kernel_a", "lora_kernel_b", "lora_embeddings_a", "lora_embeddings_b")
ALPHA = "lora_alpha"  # beside the factors: their product counts alpha / rank times


class KeepsFactors:
    """Base of layers with `enable_lora`, put before Keras's class.

    Keras writes the sum of the matrix and of what LoRA adds, and starts both factors at zero when
    it reads that: neither has a gradient then, and training goes nowhere. Here the three are
    written, so that it goes on where it was. A file without factors starts LoRA anew, and a layer
    without LoRA adds up what it reads.
    """

    def save_own_variables(self, store):
        is_enabled = self.lora_enabled
        self.lora_enabled = False  # else Keras adds them up
        try:
            super().save_own_variables(store)
        finally:
            self.lora_enabled = is_enabled
        factors = self._factors()
        for name, factor in factors.items():
            store[name] = factor
        if factors:
            store[ALPHA] = np.array(self.lora_alpha, "float32")

    def load_own_variables(self, store):
        names = set(store.keys())  # Keras's store is no dictionary
        given = {name: store[name] for name in FACTORS if name in names}
        if given and not self.lora_enabled:
            super().load_own_variables({name: store[name] for name in names if name.isdigit()})
            self._add(given, store[ALPHA] if ALPHA in names else None)
            return
        start = {n: ops.convert_to_numpy(factor) for n, factor in self._factors().items()}
        super().load_own_variables(store)
        for name, factor in self._factors().items():
            if name in given:
                factor.assign(given[name])
            elif name.endswith("_a"):
                factor.assign(start[name])
        if given and ALPHA in names:
            alpha = float(np.asarray(store[ALPHA]))
            if alpha != np.float32(self.lora_alpha):  # as which it was written
                self.lora_alpha = alpha

    def merge_lora(self) -> None:
        """Put what LoRA has learned into the matrix, and be a layer without it: a matrix of few
        bits is rounded anew."""
        merged = self._merged()
        self.drop_lora()
        self._assign(merged)

    def drop_lora(self) -> None:
        """Be a layer without LoRA, and forget what it has learned."""
        for name in self._factors():
            delattr(self, name)
        self.lora_enabled, self.lora_rank, self.lora_alpha = False, None, None

    def _factors(self) -> dict:
        names = FACTORS if self.lora_enabled else ()
        return {name: getattr(self, name) for name in names if hasattr(self, name)}

    def _add(self, factors: dict, alpha) -> None:
        """Put into the matrix what factors add to it."""
        [rank] = (factor.shape[-1] for name, factor in factors.items() if name.endswith("_a"))
        given = {name: ops.convert_to_tensor(factor[...]) for name, factor in factors.items()}
        given |= {"lora_rank": rank, ALPHA: rank if alpha is None else float(np.asarray(alpha))}
        before = {"lora_rank": self.lora_rank, ALPHA: self.lora_alpha}
        for name, value in {**given, "lora_enabled": True}.items():
            setattr(self, name, value)
        try:
            merged = self._merged()
        finally:
            for name in factors:
                delattr(self, name)
            for name, value in {**before, "lora_enabled": False}.items():
                setattr(self, name, value)
        self._assign(merged)

    def _merged(self) -> dict:
        """By the names of variables, what they are together with what LoRA adds."""
        table = "embeddings" if hasattr(self, "_embeddings") else "kernel"
        if self.quantization_mode is None:  # Keras's sum would be of the precision of products
            a, b = (getattr(self, f"lora_{table}_{factor}") for factor in "ab")
            added = (self.lora_alpha / self.lora_rank) * ops.matmul(a, b)
            return {f"_{table}": getattr(self, f"_{table}") + added}
        names = (f"_{table}", f"{table}_scale", f"{table}_zero")
        values = getattr(self, f"_get_{table}_with_merged_lora")()
        return {n: value for n, value in zip(names, values, strict=False) if value is not None}

    def _assign(self, values: dict) -> None:
        for name, value in values.items():
            getattr(self, name).assign(value)


class Dense(KeepsFactors, keras.layers.Dense):
    """Keras's `Dense`, in the layers of this package. It has that name because names of classes
    are in the paths of weights in saved files."""

    def call(self, inputs, training=None):
        return by_rows(self._product, inputs)

    def _product(self, rows):
        """Rows `(N, D)` -> `(N, units)`: with LoRA `x W + (x A) B`, thin products beside the one
        that is there anyway. Keras's `x (W + A B)` makes a matrix of W's size at every call, and
        its gradient, of that size too, at every step."""
        if not self.lora_enabled:
            return super().call(rows)
        added = ops.matmul(ops.matmul(rows, self.lora_kernel_a), self.lora_kernel_b)
        y = ops.matmul(rows, self._kernel) + (self.lora_alpha / self.lora_rank) * added
        y = y if self.bias is None else y + self.bias
        return y if self.activation is None else self.activation(y)

    def quantize(self, mode=None, type_check=True, config=None):
        # Keras quantises no subclass unless it is told that this one computes what a Dense does.
        return super().quantize(mode, type_check=False, config=config)
