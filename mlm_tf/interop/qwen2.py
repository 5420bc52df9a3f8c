"""Qwen 2: Llama with three biases."""

from typing import ClassVar

from mlm_tf.interop.family import register_family
from mlm_tf.interop.llama import Llama


@register_family("qwen2")
class Qwen2(Llama):
    """Qwen 2 and Qwen 2.5.

    Llama, but for biases on query, key and value alone. Most of their configurations have a window
    that is switched off, `use_sliding_window: false`; where it is on, some of the layers have it,
    and that is not built here.

    Reference: Yang et al. 2024, "Qwen2 technical report", section 2.2.1.
    """

    title = "Qwen 2"
    architecture = "Qwen2ForCausalLM"
    mark = "qkv_bias"
    defaults: ClassVar = {
        **Llama.defaults,
        "vocab_size": 151_936,
        "intermediate_size": 22016,
        "num_key_value_heads": 32,
        "max_position_embeddings": 32768,
        "bos_token_id": None,
        "eos_token_id": None,
    }
    required: ClassVar = {
        **{n: value for n, value in Llama.required.items() if n != "attention_bias"},
        "use_sliding_window": False,
    }

    def special(self, config):
        return {"qkv_bias": True}

    def settings_of(self, model):
        return {**super().settings_of(model), "use_sliding_window": False}
