"""A masked language model: what hidden words were, from the words on both sides."""

from typing import NamedTuple

import keras
import numpy as np
from keras import ops

from mlm_tf.checks import check_boolean, check_integer, check_number, shown
from mlm_tf.errors import InvalidArgumentError
from mlm_tf.layers.lora import Dense
from mlm_tf.layers.norm import make_norm
from mlm_tf.models.language_model import LanguageModel
from mlm_tf.models.new_head import TakesNewHead
from mlm_tf.models.registry import register_task
from mlm_tf.models.segments import ReadsSegments


class Filling(NamedTuple):
    """A token for a mask, its probability, and the text with it in place."""

    token: str
    probability: float
    text: str


@register_task("masked_lm")
@keras.saving.register_keras_serializable(package="mlm_tf")
class MaskedLM(ReadsSegments, TakesNewHead, LanguageModel):
    """`embedding -> blocks -> scores of the token at each position`, and `fill_mask`.

    The output at position t is float32 `(batch, length, vocabulary_size)`: the scores (logits) of
    the token that stands there, given all others. Made by `build_model(..., task="masked_lm")`,
    whose blocks look both ways; trained with `pipeline.windows(..., objective="masked_lm")` or
    `pipeline.rows(...)`, which hide 15 % of the tokens.

    Masking: what stands at padded positions changes no score of another position.

    The arguments are those of `build_model`, with the blocks already made, and these:

    Args:
        num_segments: how many texts may stand in a row, told apart by `"segment_ids"` in the
            inputs, 0 for the first (`layers.SegmentEmbedding`); by default one.
        output_transform: whether hidden states go through BERT's head before they meet the vectors
            of the words: `norm(gelu(dense(x)))`, of the width of the blocks.
        transform_epsilon: of that norm, added to the variance before the root is taken.

    Reference: Devlin et al. 2019, section 3.1, task 1.
    """

    bidirectional = True

    def __init__(
        self,
        vocabulary_size,
        embedding_dim,
        hidden_dim,
        blocks,
        output_transform=False,
        transform_epsilon=1e-12,
        **kwargs,
    ):
        super().__init__(vocabulary_size, embedding_dim, hidden_dim, blocks, **kwargs)
        self.transform_epsilon = check_number("transform_epsilon", transform_epsilon, least=0)
        self.transform_dense = self.transform_norm = None
        if check_boolean("output_transform", output_transform):
            self.transform_dense = Dense(
                self.hidden_dim, dtype=self.dtype_policy, name="transform_dense"
            )
            self.transform_norm = make_norm(
                "layer_norm", self.transform_epsilon, "transform_norm", self.dtype_policy
            )
        self.build()

    def build_head(self, hidden_shape):
        if self.transform_dense is not None:
            self.transform_dense.build(hidden_shape)
            self.transform_norm.build(hidden_shape)
        super().build_head(hidden_shape)

    def transformed(self, hidden):
        if self.transform_dense is None:
            return hidden
        return self.transform_norm(ops.gelu(self.transform_dense(hidden), approximate=False))

    def get_config(self):
        return {
            **super().get_config(),
            "output_transform": self.transform_dense is not None,
            "transform_epsilon": self.transform_epsilon,
        }

    def fill_mask(self, text: str, top_k: int = 5) -> "list[Filling] | list[list[Filling]]":
        """The most probable tokens where the text says "[MASK]".

        Args:
            text: a string with one "[MASK]" or several, or what else the pipeline of the model
                calls its mask in `special_tokens`.
            top_k: how many tokens for each.

        Returns:
            `(token, probability, text)` for each of the `top_k` tokens, the best first; for several
            masks a list of such lists, where every text has the best token at the other masks.
            Special tokens are never proposed; the probabilities are those among all others.

        Raises:
            InvalidArgumentError: if there is no mask in the text, `top_k` is larger than the
                vocabulary, the text is too long, or the model has no pipeline with a mask.

        Example:

        >>> from mlm_tf import TextPipeline, build_model
        >>> pipeline = TextPipeline.fit(["the cat sat", "the dog sat"])
        >>> model = build_model("lstm", "masked_lm", pipeline=pipeline, hidden_dim=8, seed=0)
        >>> sorted(filling.token for filling in model.fill_mask("the [MASK] sat", top_k=4))
        ['cat', 'dog', 'sat', 'the']
        """
        token_ids = self._with_masks(text)  # (T,)
        proposed = self._proposed_ids()
        top_k = check_integer("top_k", top_k)
        if top_k > len(proposed):
            raise InvalidArgumentError(
                f"top_k={top_k} is more than the {len(proposed)} tokens that can stand for a mask; "
                "use at most that."
            )
        logits = ops.convert_to_numpy(self(token_ids[None]))[0]  # (T, V)
        places = np.flatnonzero(token_ids == self.pipeline.mask_id)
        scores = logits[places][:, proposed].astype("float64")  # (masks, proposed)
        probabilities = np.exp(scores - scores.max(-1, keepdims=True))
        probabilities /= probabilities.sum(-1, keepdims=True)
        best = np.argsort(-probabilities, axis=-1, kind="stable")[:, :top_k]  # (masks, k)
        token_ids[places] = proposed[best[:, 0]]
        results = []
        for place, row, columns in zip(places, probabilities, best, strict=True):
            filled, fillings = token_ids.copy(), []
            for column in columns:
                filled[place] = proposed[column]
                token = self.pipeline.vocabulary[filled[place]]
                fillings.append(Filling(token, float(row[column]), self.pipeline.decode(filled)))
            results.append(fillings)
        return results[0] if len(results) == 1 else results

    def _with_masks(self, text) -> np.ndarray:
        """The ids of a text, start and end token included, with the mask's id at each mask."""
        pipeline = self.pipeline
        names = {} if pipeline is None else {i: n for n, i in pipeline.special_tokens.items()}
        mask = names.get(getattr(pipeline, "mask_id", None))
        if mask is None:
            raise InvalidArgumentError(
                "fill_mask reads text, but this model has no pipeline with a [MASK] to encode it; "
                "build it with pipeline=TextPipeline.fit(...)."
            )
        if not isinstance(text, str):
            raise InvalidArgumentError(
                f"text={shown(text)} is no string; pass one text at a time, with {mask} in it."
            )
        if mask not in text:
            raise InvalidArgumentError(
                f"text={shown(text)} has no {mask}; write it where a token is to be found."
            )
        if pipeline.brings_space:
            text = text.replace(f" {mask}", mask)
        first, *others = pipeline.encode(text.split(mask), add_start=False, add_end=False)
        parts = [[pipeline.start_id], first]
        for part in others:
            parts += [[pipeline.mask_id], part]
        token_ids = np.concatenate([*parts, [pipeline.end_id]]).astype("int32")
        limit = self.num_positions
        if limit is not None and len(token_ids) > limit:
            raise InvalidArgumentError(
                f"text has {len(token_ids)} tokens (start and end token included), but this model "
                f"has learned {limit} positions; shorten the text."
            )
        return token_ids

    def _proposed_ids(self) -> np.ndarray:
        """All ids but those of special tokens."""
        pipeline = self.pipeline
        special = {*pipeline.special_tokens.values(), *pipeline.end_ids, pipeline.unk_id} - {None}
        return np.setdiff1d(np.arange(self.vocabulary_size), list(special))
