"""Models: the factory `build_model` and the classes that it returns."""

from mlm_tf.models.causal_lm import CausalLM
from mlm_tf.models.factory import build_model
from mlm_tf.models.files import load_model
from mlm_tf.models.text_classifier import TextClassifier
from mlm_tf.models.text_model import TextModel

__all__ = ["CausalLM", "TextClassifier", "TextModel", "build_model", "load_model"]
