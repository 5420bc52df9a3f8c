"""Step 1: from text to token ids and back."""

from mlm_tf.preprocessing.byte_pair_pipeline import BytePairPipeline
from mlm_tf.preprocessing.checkpoint_tokenizer import pipeline_of_tokenizer
from mlm_tf.preprocessing.chinese_variants import to_simplified, to_traditional
from mlm_tf.preprocessing.objectives import mask_tokens, next_token, padding_mask_of
from mlm_tf.preprocessing.pipeline import Pipeline, load_pipeline
from mlm_tf.preprocessing.report import PreprocessingReport
from mlm_tf.preprocessing.sequence_pairs import pair_rows
from mlm_tf.preprocessing.stopwords import stopwords
from mlm_tf.preprocessing.text_pipeline import TextPipeline
from mlm_tf.preprocessing.tfidf import bag_of_words, idf_vector
from mlm_tf.preprocessing.token_file import TokenFile, TokenFiles, TokenFileWriter
from mlm_tf.preprocessing.word_piece_pipeline import WordPiecePipeline

__all__ = [
    "BytePairPipeline",
    "Pipeline",
    "PreprocessingReport",
    "TextPipeline",
    "TokenFile",
    "TokenFileWriter",
    "TokenFiles",
    "WordPiecePipeline",
    "bag_of_words",
    "idf_vector",
    "load_pipeline",
    "mask_tokens",
    "next_token",
    "padding_mask_of",
    "pair_rows",
    "pipeline_of_tokenizer",
    "stopwords",
    "to_simplified",
    "to_traditional",
]
