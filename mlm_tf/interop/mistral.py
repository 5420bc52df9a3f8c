"""Mistral: Llama with a window."""

from typing import ClassVar

from mlm_tf.checks import Checked, check_integer
from mlm_tf.interop.family import register_family
from mlm_tf.interop.llama import Llama


@register_family("mistral")
class Mistral(Llama):
    """Mistral 7B and what has its shape.

    Llama, but for attention that reads so many tokens back and no further, in the first version;
    later ones say `sliding_window: null`, and have none.

    Reference: Jiang et al. 2023, "Mistral 7B", section 2.
    """

    title = "Mistral"
    architecture = "MistralForCausalLM"
    mark = "sliding_window"
    defaults: ClassVar = {
        **Llama.defaults,
        "intermediate_size": 14336,
        "num_key_value_heads": 8,
        "max_position_embeddings": 131_072,
        "sliding_window": 4096,
    }
    entries: ClassVar = {**Llama.entries, "sliding_window": Checked(check_integer, optional=True)}

    def special(self, config):
        return {"sliding_window": config["sliding_window"]}

    def settings_of(self, model):
        window = model.blocks[0].get_config()["sliding_window"]
        return {**super().settings_of(model), "sliding_window": window}
