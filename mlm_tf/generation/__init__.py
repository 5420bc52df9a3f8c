"""Decoding: samplers and the one compiled loop, for any model that has a step and a state."""

from mlm_tf.generation.compile import compiled
from mlm_tf.generation.decoder import Decoder, Generated, bucket_length, padded_rows
from mlm_tf.generation.samplers import Beam, Greedy, Random, Sampler, TopK, TopP, get_sampler
from mlm_tf.generation.stop_strings import StopStrings

__all__ = [
    "Beam",
    "Decoder",
    "Generated",
    "Greedy",
    "Random",
    "Sampler",
    "StopStrings",
    "TopK",
    "TopP",
    "bucket_length",
    "compiled",
    "get_sampler",
    "padded_rows",
]
