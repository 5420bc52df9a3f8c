"""Counting language models: what a neural one has to beat, in NumPy, on id sequences.

A perplexity means little alone: a text of 4,000 words where every fifth token is [UNK] makes any
model look good. These three say how far one comes by counting:

- `UniformModel`: knows nothing but how many outcomes there are;
- `UnigramModel`: how often each token occurs, whatever stands before it;
- `KneserNeyModel`: the best of the classical n-gram models, the strong baseline.

They share one shape. `fit(sequences)` counts, `log_probs(sequences)` gives the natural logarithm of
the probability of every token after the start. A sequence is a 1-D array of ids, one sentence, that
begins with the start id and ends with the end id. The start is a history and never an outcome, and
no history reaches back into another sentence. `perplexity` turns the result into a figure.

`GrammarModel` has the same shape and counts nothing: on the stories of `corpora.grammar` it is the
limit, below which no model comes.

A model is told `num_outcomes`, how many ids can be predicted at all: the size of the vocabulary
less the special tokens that never are ([PAD], [START], [SEP], [MASK]). Each of them gets a
probability above zero, and all of them together get one.

`IBM1` is for translation: which word stands for which, learned from pairs of sentences.
"""

from mlm_tf.baselines.counting import UniformModel, UnigramModel, perplexity
from mlm_tf.baselines.grammar_model import GrammarModel
from mlm_tf.baselines.ibm1 import IBM1
from mlm_tf.baselines.kneser_ney import KneserNeyModel

__all__ = [
    "IBM1",
    "GrammarModel",
    "KneserNeyModel",
    "UniformModel",
    "UnigramModel",
    "perplexity",
]
