"""Step 1: from text to token ids and back."""

from mlm_tf.preprocessing.pipeline import TextPipeline
from mlm_tf.preprocessing.report import PreprocessingReport
from mlm_tf.preprocessing.stopwords import stopwords

__all__ = ["PreprocessingReport", "TextPipeline", "stopwords"]
