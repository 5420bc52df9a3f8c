"""Decoding: samplers and the one compiled loop, for any model that has a step and a state."""

from mlm_tf.generation.compile import compiled
from mlm_tf.generation.loop import Decoder, bucket_length
from mlm_tf.generation.samplers import Greedy, Random, Sampler, TopK, get_sampler

__all__ = [
    "Decoder",
    "Greedy",
    "Random",
    "Sampler",
    "TopK",
    "bucket_length",
    "compiled",
    "get_sampler",
]
