"""A text classifier: one label a text."""

import keras

from mlm_tf.checks import check_boolean, check_choice, shown
from mlm_tf.errors import InvalidArgumentError
from mlm_tf.layers import AttentionPooling, LastPooling, MaxPooling, MeanPooling, TfidfPooling
from mlm_tf.layers.lora import Dense
from mlm_tf.models.labelled_texts import LabelledTexts
from mlm_tf.models.registry import register_task
from mlm_tf.models.segments import ReadsSegments
from mlm_tf.models.text_inputs import ReadsTexts
from mlm_tf.models.text_model import TextModel, unpack

POOLINGS = {
    "mean": MeanPooling,
    "last": LastPooling,
    "max": MaxPooling,
    "attention": AttentionPooling,
    "tfidf": TfidfPooling,
}


@register_task("text_classifier")
@keras.saving.register_keras_serializable(package="mlm_tf")
class TextClassifier(ReadsSegments, ReadsTexts, LabelledTexts, TextModel):
    """`embedding -> blocks -> pooling over the tokens -> scores of the classes`.

    The output is float32 `(batch, num_classes)`, the scores (logits) of the classes. Made by
    `build_model(..., task="text_classifier", num_classes=...)`. What stands at padded positions
    changes nothing.

    `fit`, `evaluate` and `predict` take lists of texts as well as ids, if there is a pipeline; the
    labels are integers from 0, or names. Names are given to `build_model`, or learned by `fit` from
    the labels, in alphabetical order; they are saved with the model, and `predict_labels` gives
    them back. In a data set a label is its place among the names, as `pipeline.rows` writes it.

    With `pooling="tfidf"` every token weighs the same until
    `model.pooling.set_idf(preprocessing.idf_vector(...))` is called.

    The arguments are those of `build_model`, with the blocks already made, and these:

    Args:
        num_segments: as in `MaskedLM`.
        output_norm: whether the norm in which the stack ends, if its blocks ask for one, stands
            before the pooling, as it does in a language model of these blocks.

    Attributes:
        label_names: list of the names of the classes, or `None` where labels are numbers.

    Example:

    >>> from mlm_tf import TextPipeline, build_model
    >>> texts = ["a fine film", "a dull film", "fine", "so dull"] * 8
    >>> labels = ["good", "bad", "good", "bad"] * 8
    >>> pipeline = TextPipeline.fit(texts)
    >>> model = build_model(
    ...     "lstm", "text_classifier", pipeline=pipeline, hidden_dim=8, num_classes=2, seed=0
    ... )
    >>> model.compile(keras.optimizers.Adam(0.02))
    >>> history = model.fit(texts, labels, epochs=10, verbose=0)
    >>> model.predict_labels(["fine", "a dull film"])
    ['good', 'bad']
    """

    def __init__(
        self,
        vocabulary_size,
        embedding_dim,
        hidden_dim,
        blocks,
        pooling="mean",
        output_norm=False,
        **kwargs,
    ):
        check_choice("pooling", pooling, tuple(POOLINGS))
        super().__init__(vocabulary_size, embedding_dim, hidden_dim, blocks, **kwargs)
        self.output_norm = None
        if check_boolean("output_norm", output_norm):
            self.output_norm = self.norm_after(blocks[-1], "output_norm")
        self.reads_token_ids = pooling == "tfidf"
        of_pooling = {"vocabulary_size": vocabulary_size} if self.reads_token_ids else {}
        self.pooling = POOLINGS[pooling](**of_pooling, dtype=self.dtype_policy, name="pooling")
        self.classifier = Dense(self.num_classes, dtype="float32", name="classifier")
        self.build()

    def build_head(self, hidden_shape):
        if self.output_norm is not None:
            self.output_norm.build(hidden_shape)
        self.pooling.build(hidden_shape)
        self.classifier.build((hidden_shape[0], hidden_shape[-1]))

    def call(self, inputs, training=None):
        token_ids, padding_mask = unpack(inputs)
        hidden = self.hidden_states(inputs, training=training)  # (B, T, hidden_dim)
        if self.output_norm is not None:
            hidden = self.output_norm(hidden)
        knows = {"token_ids": token_ids} if self.reads_token_ids else {}
        pooled = self.pooling(hidden, padding_mask=padding_mask, **knows)  # (B, hidden_dim)
        return self.classifier(pooled)  # (B, num_classes)

    def compute_output_shape(self, input_shape):
        ids = input_shape["token_ids"] if isinstance(input_shape, dict) else input_shape
        return (ids[0], self.num_classes)

    # === Texts and labels ===

    target_axes = 1

    def as_examples(self, x, y, sample_weight=None, is_learned: bool = False) -> tuple:
        return self.as_inputs(x), self.as_labels(y, is_learned), sample_weight

    def predict_labels(self, texts, batch_size: int = 32) -> list:
        """The most probable label of each text: its name, or where labels have none its number.

        Args:
            texts: a list of strings, or what `predict` takes.
            batch_size: texts at once.
        """
        inputs = self.as_inputs([texts] if isinstance(texts, str) else texts)
        if isinstance(inputs, (list, tuple)) and not inputs:
            return []
        return self.labels_of(self.predict(inputs, batch_size=batch_size, verbose=0))

    def checked_class_weight(self, class_weight, sample_weight=None):
        """A weight of every class, of the rest 1: Keras fails at those that a dictionary lacks."""
        if sample_weight is not None:
            raise InvalidArgumentError(
                "class_weight and sample_weight are given, and only one can weigh a text; multiply "
                "them into sample_weight."
            )
        classes = range(self.num_classes)
        if isinstance(class_weight, dict) and self.label_names is not None:
            places = {name: place for place, name in enumerate(self.label_names)}
            class_weight = {places.get(c, c): weight for c, weight in class_weight.items()}
        if not isinstance(class_weight, dict) or not all(c in classes for c in class_weight):
            raise InvalidArgumentError(
                f"class_weight={shown(class_weight)} is not allowed; use a dictionary from labels "
                f"0 to {self.num_classes - 1} to numbers."
            )
        return {label: float(class_weight.get(label, 1.0)) for label in classes}

    def get_config(self):
        names = {kind: name for name, kind in POOLINGS.items()}
        told = {"pooling": names[type(self.pooling)], "output_norm": self.output_norm is not None}
        return {**super().get_config(), **told}
