"""A causal language model: the probability of each token given those before it."""

import keras

from mlm_tf.models.language_model import StepwiseLanguageModel
from mlm_tf.models.registry import register_task
from mlm_tf.models.score import TextScoring
from mlm_tf.models.text_generation import TextGeneration


@register_task("causal_lm")
@keras.saving.register_keras_serializable(package="mlm_tf")
class CausalLM(TextGeneration, TextScoring, StepwiseLanguageModel):
    """`embedding -> blocks -> scores of the next token`, `generate` and `score`.

    The output at position t is float32 `(batch, length, vocabulary_size)`: the scores (logits)
    of token t + 1 given tokens 0..t. Made by `build_model(..., task="causal_lm")`.

    Args: those of `build_model`, with the blocks already made.
    """

    causal = True

    def __init__(self, vocabulary_size, embedding_dim, hidden_dim, blocks, **kwargs):
        super().__init__(vocabulary_size, embedding_dim, hidden_dim, blocks, **kwargs)
        self.build()
