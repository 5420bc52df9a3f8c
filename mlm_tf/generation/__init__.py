"""Decoding: samplers and the one compiled loop, for any model that has a step and a state."""

from mlm_tf.generation.beam import Beam
from mlm_tf.generation.compile import compiled
from mlm_tf.generation.decoder import (
    Decoder,
    Generated,
    Known,
    bucket_length,
    padded_rows,
    room_for,
)
from mlm_tf.generation.forbidden_strings import ForbiddenStrings
from mlm_tf.generation.loop import Greedy, Sampler
from mlm_tf.generation.samplers import (
    SAMPLERS,
    MinP,
    Random,
    TopK,
    TopP,
    Typical,
    draw,
    draw_among,
    get_sampler,
)
from mlm_tf.generation.stop_strings import StopStrings

__all__ = [
    "SAMPLERS",
    "Beam",
    "Decoder",
    "ForbiddenStrings",
    "Generated",
    "Greedy",
    "Known",
    "MinP",
    "Random",
    "Sampler",
    "StopStrings",
    "TopK",
    "TopP",
    "Typical",
    "bucket_length",
    "compiled",
    "draw",
    "draw_among",
    "get_sampler",
    "padded_rows",
    "room_for",
]
