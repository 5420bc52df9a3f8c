"""LoRA (Hu et al. 2022) that is saved as it stands: the matrix and the two factors beside it."""

import keras

FACTORS = ("lora_kernel_a", "lora_kernel_b", "lora_embeddings_a", "lora_embeddings_b")


class KeepsFactors:
    """Base of layers with `enable_lora`, put before Keras's class.

    Keras writes the sum of the matrix and of what LoRA adds, and starts both factors at zero when
    it reads that: neither has a gradient then, and training goes nowhere. Here the three are
    written, so that it goes on where it was. A file without factors starts LoRA anew.
    """

    def save_own_variables(self, store):
        is_enabled = self.lora_enabled
        self.lora_enabled = False  # else Keras adds them up
        try:
            super().save_own_variables(store)
        finally:
            self.lora_enabled = is_enabled
        for name, factor in self._factors().items():
            store[name] = factor

    def load_own_variables(self, store):
        start = {n: keras.ops.convert_to_numpy(factor) for n, factor in self._factors().items()}
        super().load_own_variables(store)
        for name, factor in self._factors().items():
            if name in store.keys():  # noqa: SIM118 - Keras's store is no dictionary
                factor.assign(store[name])
            elif name.endswith("_a"):
                factor.assign(start[name])

    def _factors(self) -> dict:
        names = FACTORS if self.lora_enabled else ()
        return {name: getattr(self, name) for name in names if hasattr(self, name)}


class Dense(KeepsFactors, keras.layers.Dense):
    """Keras's `Dense`, in the layers of this package. It has that name because names of classes
    are in the paths of weights in saved files."""

    def quantize(self, mode=None, type_check=True, config=None):
        # Keras quantises no subclass unless it is told that this one computes what a Dense does.
        return super().quantize(mode, type_check=False, config=config)
