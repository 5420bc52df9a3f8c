"""Plots of numbers: arrays and words in, a matplotlib figure out.

Nothing here knows a model, a pipeline or a text, so every other package may call it. The figures
are `matplotlib.figure.Figure` objects that `pyplot` has never heard of: no window opens, no global
state changes, nothing has to be closed. A notebook shows them after `%matplotlib inline`.
"""

from mlm_tf.viz.attention import attention
from mlm_tf.viz.curves import learning_curves
from mlm_tf.viz.lengths import length_histogram
from mlm_tf.viz.vectors import word_vectors

__all__ = ["attention", "learning_curves", "length_histogram", "word_vectors"]
