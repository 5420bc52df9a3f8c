"""Step 3: training by maximum likelihood: what Keras lacks for it, and what to compare with."""

from mlm_tf.training.baselines import KneserNeyModel, UniformModel, UnigramModel, perplexity
from mlm_tf.training.fit import TrainingResult, check_model_path, fit_and_keep_best
from mlm_tf.training.metrics import Perplexity
from mlm_tf.training.progress import TokenProgress
from mlm_tf.training.recipe import make_optimizer, renew_optimizer

__all__ = [
    "KneserNeyModel",
    "Perplexity",
    "TokenProgress",
    "TrainingResult",
    "UniformModel",
    "UnigramModel",
    "check_model_path",
    "fit_and_keep_best",
    "make_optimizer",
    "perplexity",
    "renew_optimizer",
]
