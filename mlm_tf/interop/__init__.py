"""Weights and tokenizers from elsewhere, and back."""

# Each of these registers its family.
from mlm_tf.interop import bert, gpt2, llama, mistral, qwen2, qwen3  # noqa: F401
from mlm_tf.interop.checkpoints import fetch_checkpoint, find_checkpoint
from mlm_tf.interop.family import Family, register_family
from mlm_tf.interop.gguf import GGUFFile, from_gguf
from mlm_tf.interop.huggingface import from_huggingface, to_huggingface

__all__ = [
    "Family",
    "GGUFFile",
    "fetch_checkpoint",
    "find_checkpoint",
    "from_gguf",
    "from_huggingface",
    "register_family",
    "to_huggingface",
]
