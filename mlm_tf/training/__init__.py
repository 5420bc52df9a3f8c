"""Step 3: training by maximum likelihood, and what Keras lacks for it."""

from mlm_tf.training.checkpoints import Checkpoints
from mlm_tf.training.fit import TrainingResult, check_model_path, fit_and_keep_best
from mlm_tf.training.losses import SmoothedCrossentropy
from mlm_tf.training.metrics import BitsPerByte, Perplexity, TokenAccuracy, perplexities
from mlm_tf.training.progress import TokenProgress
from mlm_tf.training.recipe import SCHEDULES, Recipe, make_optimizer, renew_optimizer, train
from mlm_tf.training.run import check_output
from mlm_tf.training.schedules import PerUpdate, WarmupStableDecay

__all__ = [
    "SCHEDULES",
    "BitsPerByte",
    "Checkpoints",
    "PerUpdate",
    "Perplexity",
    "Recipe",
    "SmoothedCrossentropy",
    "TokenAccuracy",
    "TokenProgress",
    "TrainingResult",
    "WarmupStableDecay",
    "check_model_path",
    "check_output",
    "fit_and_keep_best",
    "make_optimizer",
    "perplexities",
    "renew_optimizer",
    "train",
]
