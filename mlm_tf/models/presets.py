"""Sizes with a name: arguments of `build_model` that are known to work together.

The miniatures keep BERT's proportions: heads 64 wide and a position-wise network four times as
wide as the hidden state (Turc et al. 2019, "Well-Read Students Learn Better", table 1). `"gpt2"` is
exactly the smallest model of Radford et al. (2019), 124,439,808 parameters.
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
}
