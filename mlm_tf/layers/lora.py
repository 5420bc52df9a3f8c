"""LoRA (Hu et al. 2022) that is saved as it stands: the matrix and the two factors beside it."""

import keras
import numpy as np

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
        start = {n: keras.ops.convert_to_numpy(factor) for n, factor in self._factors().items()}
        super().load_own_variables(store)
        for name, factor in self._factors().items():
            if name in given:
                factor.assign(given[name])
            elif name.endswith("_a"):
                factor.assign(start[name])

    def _factors(self) -> dict:
        names = FACTORS if self.lora_enabled else ()
        return {name: getattr(self, name) for name in names if hasattr(self, name)}

    def _add(self, factors: dict, alpha) -> None:
        """Put into the matrix what factors add to it, as Keras does when it saves: a matrix of
        few bits is rounded anew."""
        table = "embeddings" if "lora_embeddings_a" in factors else "kernel"
        rank = factors[f"lora_{table}_a"].shape[-1]
        given = {name: keras.ops.convert_to_tensor(factor[...]) for name, factor in factors.items()}
        given |= {"lora_rank": rank, ALPHA: rank if alpha is None else float(np.asarray(alpha))}
        before = {"lora_rank": self.lora_rank, ALPHA: self.lora_alpha}
        for name, value in {**given, "lora_enabled": True}.items():
            setattr(self, name, value)
        try:
            merged = getattr(self, f"_get_{table}_with_merged_lora")()
        finally:
            for name in factors:
                delattr(self, name)
            for name, value in {**before, "lora_enabled": False}.items():
                setattr(self, name, value)
        names = (f"_{table}", f"{table}_scale", f"{table}_zero")
        for name, value in zip(names, merged, strict=False):
            if value is not None:
                getattr(self, name).assign(value)


class Dense(KeepsFactors, keras.layers.Dense):
    """Keras's `Dense`, in the layers of this package. It has that name because names of classes
    are in the paths of weights in saved files."""

    def call(self, inputs, training=None):
        return by_rows(super().call, inputs)

    def quantize(self, mode=None, type_check=True, config=None):
        # Keras quantises no subclass unless it is told that this one computes what a Dense does.
        return super().quantize(mode, type_check=False, config=config)
