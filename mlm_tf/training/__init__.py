"""Step 3: training by maximum likelihood, and what Keras lacks for it."""

from mlm_tf.training.callbacks import LearningCurves, TextSamples
from mlm_tf.training.checkpoints import Checkpoints
from mlm_tf.training.distribution import STRATEGIES, distributed, layout_map
from mlm_tf.training.fit import TrainingResult, check_model_path, fit_and_keep_best
from mlm_tf.training.losses import SmoothedCrossentropy
from mlm_tf.training.metrics import BitsPerByte, Perplexity, TokenAccuracy, perplexities
from mlm_tf.training.optimizers import AdamW, Muon
from mlm_tf.training.progress import TokenProgress
from mlm_tf.training.range_test import RangeTest, find_learning_rate
from mlm_tf.training.recipe import SCHEDULES, Recipe, make_optimizer, renew_optimizer, train
from mlm_tf.training.run import check_output
from mlm_tf.training.schedules import PerUpdate, WarmupStableDecay
from mlm_tf.training.throughput import Throughput

__all__ = [
    "SCHEDULES",
    "STRATEGIES",
    "AdamW",
    "BitsPerByte",
    "Checkpoints",
    "LearningCurves",
    "Muon",
    "PerUpdate",
    "Perplexity",
    "RangeTest",
    "Recipe",
    "SmoothedCrossentropy",
    "TextSamples",
    "Throughput",
    "TokenAccuracy",
    "TokenProgress",
    "TrainingResult",
    "WarmupStableDecay",
    "check_model_path",
    "check_output",
    "distributed",
    "find_learning_rate",
    "fit_and_keep_best",
    "layout_map",
    "make_optimizer",
    "perplexities",
    "renew_optimizer",
    "train",
]
