"""A text classifier: one label a text."""

import keras

from mlm_tf.layers import MeanPooling
from mlm_tf.models.text_model import TextModel, unpack


@keras.saving.register_keras_serializable(package="mlm_tf")
class TextClassifier(TextModel):
    """`embedding -> blocks -> mean over the tokens -> scores of the classes`.

    The output is float32 `(batch, num_classes)`, the scores (logits) of the classes. Made by
    `build_model(..., task="text_classifier", num_classes=...)`. What stands at padded positions
    changes nothing.
    """

    def __init__(self, vocabulary_size, embedding_dim, hidden_dim, blocks, num_classes, **kwargs):
        super().__init__(vocabulary_size, embedding_dim, hidden_dim, blocks, **kwargs)
        self.num_classes = num_classes
        self.pooling = MeanPooling(name="pooling")
        self.classifier = keras.layers.Dense(num_classes, dtype="float32", name="classifier")
        self.build()

    def build_head(self, hidden_shape):
        self.pooling.build(hidden_shape)
        self.classifier.build((hidden_shape[0], hidden_shape[-1]))

    def call(self, inputs, training=None):
        token_ids, padding_mask = unpack(inputs)
        hidden = self.encode(token_ids, padding_mask, training=training)  # (B, T, hidden_dim)
        pooled = self.pooling(hidden, padding_mask=padding_mask)  # (B, hidden_dim)
        return self.classifier(pooled)  # (B, num_classes)

    def compute_output_shape(self, input_shape):
        ids = input_shape["token_ids"] if isinstance(input_shape, dict) else input_shape
        return (ids[0], self.num_classes)

    def get_config(self):
        return {**super().get_config(), "num_classes": self.num_classes}
