"""Weights and tokenizers from elsewhere, and back."""

from mlm_tf.interop.huggingface import from_huggingface, to_huggingface

__all__ = ["from_huggingface", "to_huggingface"]
