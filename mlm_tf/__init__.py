"""Massive language models in TensorFlow and Keras: text in, sentence out, every piece visible.

`import mlm_tf` registers every class that a `.keras` file may name, so that
`keras.saving.load_model` works in a fresh process, and costs about as much as `import keras`.
"""

from mlm_tf import _interrupt as _interrupt  # isort: skip  # before what takes seconds
from mlm_tf import _startup as _startup  # isort: skip  # first: it imports Keras
from mlm_tf import baselines, corpora, embeddings, interop, layers, tasks, training, viz
from mlm_tf.errors import MlmError
from mlm_tf.models import Chat, build_model, estimate, load_model, register_block, register_task
from mlm_tf.preprocessing import TextPipeline

__version__ = "0.1.0"

__all__ = [
    "Chat",
    "MlmError",
    "TextPipeline",
    "__version__",
    "baselines",
    "build_model",
    "corpora",
    "embeddings",
    "estimate",
    "interop",
    "layers",
    "load_model",
    "register_block",
    "register_task",
    "tasks",
    "training",
    "viz",
]
