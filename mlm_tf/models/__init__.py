"""Models: the factory `build_model` and the classes that it returns."""

from mlm_tf.models.chat import Chat
from mlm_tf.models.counted_classifier import CountedClassifier
from mlm_tf.models.estimate import Estimate, estimate
from mlm_tf.models.factory import build_model
from mlm_tf.models.files import load_model, pretrained_models
from mlm_tf.models.language_model import CausalLM
from mlm_tf.models.masked_lm import Filling, MaskedLM
from mlm_tf.models.pointer_generator import PointerGenerator
from mlm_tf.models.read import Read
from mlm_tf.models.registry import register_block, register_task
from mlm_tf.models.seq2seq_lm import Seq2SeqLM
from mlm_tf.models.stream import Stream
from mlm_tf.models.text_classifier import TextClassifier
from mlm_tf.models.text_encoder import TextEncoder
from mlm_tf.models.text_model import TextModel
from mlm_tf.models.token_classifier import TokenClassifier

__all__ = [
    "CausalLM",
    "Chat",
    "CountedClassifier",
    "Estimate",
    "Filling",
    "MaskedLM",
    "PointerGenerator",
    "Read",
    "Seq2SeqLM",
    "Stream",
    "TextClassifier",
    "TextEncoder",
    "TextModel",
    "TokenClassifier",
    "build_model",
    "estimate",
    "load_model",
    "pretrained_models",
    "register_block",
    "register_task",
]
