"""One block in several places: a stack's config says which blocks are one, so that a stack made
from it shares them again."""

import contextlib
from collections import Counter
from collections.abc import Iterator
from contextvars import ContextVar

import keras

from mlm_tf.layers.settings import sublayers_of

ENTRY = "shared_block"  # a number, the same for each place of one block

_numbers: ContextVar[dict[int, int] | None] = ContextVar("numbers", default=None)  # by id(block)
_known: ContextVar[dict[int, keras.layers.Layer] | None] = ContextVar("known", default=None)


def serialize_block(block) -> dict:
    """As `keras.saving.serialize_keras_object`, with a number if the stack being written has this
    block in several places."""
    config = keras.saving.serialize_keras_object(block)
    number = (_numbers.get() or {}).get(id(block))
    return config if number is None else {**config, ENTRY: number}


def deserialize_block(config: dict):
    """The block, or the one that was made of the same number before."""
    known, number = _known.get(), config.get(ENTRY)
    if known is None or number is None:
        return keras.saving.deserialize_keras_object(config)
    if number not in known:
        known[number] = keras.saving.deserialize_keras_object(config)
    return known[number]


@contextlib.contextmanager
def written_together(blocks: list) -> Iterator[None]:
    """`serialize_block` inside knows which of these blocks stand in several places."""
    places = Counter(map(id, blocks))
    unique = {id(block): block for block in blocks}
    while unique:
        inside = [inner for block in unique.values() for inner in sublayers_of(block).values()]
        unique = {id(inner): inner for inner in inside if id(inner) not in places}
        places.update(map(id, inside))
    shared = [identity for identity, count in places.items() if count > 1]
    token = _numbers.set({identity: number for number, identity in enumerate(shared)})
    try:
        yield
    finally:
        _numbers.reset(token)


@contextlib.contextmanager
def read_together() -> Iterator[None]:
    """`deserialize_block` inside makes one block of those with one number."""
    token = _known.set({})
    try:
        yield
    finally:
        _known.reset(token)


def copies_of(blocks: list, prefix: str = "") -> list:
    """New blocks of the same configs, not built, that share where these share; `prefix` is put
    before their names.

    >>> from mlm_tf.layers import LSTM
    >>> first, second = copies_of([block := LSTM(4), block])
    >>> first is second, first is block
    (True, False)
    """
    with written_together(blocks):
        configs = [_not_built(serialize_block(block), prefix) for block in blocks]
    with read_together():
        return [deserialize_block(config) for config in configs]


def _not_built(config: dict, prefix: str) -> dict:
    named = {**config["config"], "name": f"{prefix}{config['config']['name']}"}
    return {**config, "config": named, "build_config": None}
