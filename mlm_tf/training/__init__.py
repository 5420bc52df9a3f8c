"""Step 3: training by maximum likelihood: what Keras lacks for it."""

from mlm_tf.training.fit import TrainingResult, check_model_path, fit_and_keep_best
from mlm_tf.training.metrics import Perplexity
from mlm_tf.training.progress import TokenProgress
from mlm_tf.training.recipe import make_optimizer, renew_optimizer

__all__ = [
    "Perplexity",
    "TokenProgress",
    "TrainingResult",
    "check_model_path",
    "fit_and_keep_best",
    "make_optimizer",
    "renew_optimizer",
]
