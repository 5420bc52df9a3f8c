"""Several texts in one row: a model that is told which token belongs to which."""

from keras import ops

from mlm_tf.checks import check_integer
from mlm_tf.layers.segments import SegmentEmbedding
from mlm_tf.models.text_model import unpack


class ReadsSegments:
    """Mixed into a `TextModel` that reads whole rows, before it: with `num_segments` its inputs may
    hold `"segment_ids"`, `(batch, length)`, and a vector for each segment is added to those of the
    words. Without them every token is of segment 0."""

    def __init__(self, *args, num_segments=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.num_segments = self.segment_embedding = None
        if num_segments is not None:
            self.num_segments = check_integer("num_segments", num_segments)
            self.segment_embedding = SegmentEmbedding(
                self.num_segments,
                self.hidden_dim,
                dtype=self.dtype_policy,
                name="segment_embedding",
            )

    def build(self, input_shape=None):
        if self.segment_embedding is not None:
            self.segment_embedding.build((None, None))
        super().build(input_shape)

    @property
    def input_names(self):
        names = super().input_names
        return names if self.num_segments is None else (*names, "segment_ids")

    @property
    def input_sizes(self):
        sizes = super().input_sizes
        return sizes if self.num_segments is None else {**sizes, "segment_ids": self.num_segments}

    def hidden_states(self, inputs, training=None, attended=None):
        token_ids, padding_mask = unpack(inputs)
        beside = None
        if self.segment_embedding is not None:
            segment_ids = inputs.get("segment_ids") if isinstance(inputs, dict) else None
            if segment_ids is None:
                segment_ids = ops.zeros_like(token_ids)
            beside = self.segment_embedding(segment_ids)  # (B, T, hidden_dim)
        return self.encode(token_ids, padding_mask, training, attended, beside)

    def get_config(self):
        return {**super().get_config(), "num_segments": self.num_segments}
