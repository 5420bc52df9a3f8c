"""Qwen 3: Llama with norms on queries and keys."""

from typing import ClassVar

from mlm_tf.interop.family import register_family
from mlm_tf.interop.qwen2 import Qwen2


@register_family("qwen3")
class Qwen3(Qwen2):
    """Qwen 3, the dense ones.

    Qwen 2 without its biases: queries and keys are RMS-normalised per head, with the epsilon of the
    other norms, and a head is 128 wide whatever the width of the model.

    Reference: Yang et al. 2025, "Qwen3 technical report", section 2.
    """

    title = "Qwen 3"
    architecture = "Qwen3ForCausalLM"
    mark = "qk_norm"
    defaults: ClassVar = {**Qwen2.defaults, "head_dim": 128}
    required: ClassVar = {**Qwen2.required, "attention_bias": False}

    def special(self, config):
        return {"qk_norm": True, "qk_norm_epsilon": config["rms_norm_eps"]}
