"""Plots of numbers: arrays and words in, a matplotlib figure or an HTML page out.

Nothing here knows a model, a pipeline or a text, so every other package may call it. The figures
are `matplotlib.figure.Figure` objects that `pyplot` has never heard of: no window opens, no global
state changes, nothing has to be closed. A notebook shows them after `%matplotlib inline`.
"""

from mlm_tf.viz.attention import attention
from mlm_tf.viz.attention_page import attention_page
from mlm_tf.viz.classification import confusion_matrix, deciding_words, reliability
from mlm_tf.viz.curves import learning_curves
from mlm_tf.viz.generation_page import generation_page
from mlm_tf.viz.groups import group_dots
from mlm_tf.viz.learning_rates import learning_rate_range
from mlm_tf.viz.lengths import length_histogram
from mlm_tf.viz.page import Page
from mlm_tf.viz.topics import document_map, topic_bars
from mlm_tf.viz.vectors import word_vectors

__all__ = [
    "Page",
    "attention",
    "attention_page",
    "confusion_matrix",
    "deciding_words",
    "document_map",
    "generation_page",
    "group_dots",
    "learning_curves",
    "learning_rate_range",
    "length_histogram",
    "reliability",
    "topic_bars",
    "word_vectors",
]
