"""Sizes with a name: arguments of `build_model` that are known to work together.

The miniatures keep BERT's proportions: heads 64 wide and a position-wise network four times as
wide as the hidden state (Turc et al. 2019, "Well-Read Students Learn Better", table 1). `"gpt2"` is
exactly the smallest model of Radford et al. (2019), 124,439,808 parameters. The others named after
a model have the shape that its configuration says: SmolLM2-135M (Ben Allal et al. 2025), Llama 3.2
1B (Grattafiori et al. 2024), Qwen3-0.6B (Yang et al. 2025) and BERT-base, uncased (Devlin et al.
2019).
"""

PRESETS = {
    "tiny": {"architecture": "transformer", "num_layers": 2, "hidden_dim": 128, "num_heads": 2},
    "mini": {"architecture": "transformer", "num_layers": 4, "hidden_dim": 256, "num_heads": 4},
    "small": {"architecture": "transformer", "num_layers": 4, "hidden_dim": 512, "num_heads": 8},
    "medium": {"architecture": "transformer", "num_layers": 8, "hidden_dim": 512, "num_heads": 8},
    "base": {"architecture": "transformer", "num_layers": 12, "hidden_dim": 768, "num_heads": 12},
    "gpt2": {
        "architecture": "gpt2",
        "num_layers": 12,
        "hidden_dim": 768,
        "num_heads": 12,
        "positions": "learned",
        "max_sequence_length": 1024,
        "vocabulary_size": 50257,
        "output_bias": False,
    },
    "smollm2-135m": {
        "architecture": "llama",
        "num_layers": 30,
        "hidden_dim": 576,
        "num_heads": 9,
        "num_key_value_heads": 3,
        "intermediate_dim": 1536,
        "rope_max_wavelength": 100_000,
        "max_sequence_length": 8192,
        "vocabulary_size": 49152,
        "output_bias": False,
    },
    "llama3.2-1b": {
        "architecture": "llama",
        "num_layers": 16,
        "hidden_dim": 2048,
        "num_heads": 32,
        "num_key_value_heads": 8,
        "intermediate_dim": 8192,
        "rope_max_wavelength": 500_000,
        "rope_scaling": {
            "rope_type": "llama3",
            "factor": 32.0,
            "low_freq_factor": 1.0,
            "high_freq_factor": 4.0,
            "original_max_position_embeddings": 8192,
        },
        "max_sequence_length": 131_072,
        "vocabulary_size": 128_256,
        "output_bias": False,
    },
    "qwen3-0.6b": {
        "architecture": "qwen3",
        "num_layers": 28,
        "hidden_dim": 1024,
        "num_heads": 16,
        "num_key_value_heads": 8,
        "head_dim": 128,
        "intermediate_dim": 3072,
        "rope_max_wavelength": 1_000_000,
        "max_sequence_length": 40_960,
        "vocabulary_size": 151_936,
        "output_bias": False,
    },
    "bert-base": {
        "architecture": "bert",
        "num_layers": 12,
        "hidden_dim": 768,
        "num_heads": 12,
        "positions": "learned",
        "max_sequence_length": 512,
        "vocabulary_size": 30522,
        "num_segments": 2,
        "output_transform": True,
    },
}
