"""Byte-level byte-pair encoding as `tokenizers` runs it: reading one, and what its tokens are."""

import json
import re

from mlm_tf.checks import shown
from mlm_tf.errors import InvalidArgumentError

# How the vocabulary of a byte-level tokenizer writes bytes: the printable ones as themselves, the
# others, in order, as the characters from U+0100.
PRINTABLE = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
OTHERS = [byte for byte in range(0x100) if byte not in PRINTABLE]
BYTE_OF = {chr(byte): byte for byte in PRINTABLE}
BYTE_OF |= {chr(0x100 + place): byte for place, byte in enumerate(OTHERS)}
NEVER_IN_UTF8 = {0xC0, 0xC1, *range(0xF5, 0x100)}  # no text needs a token for these


def make_engine(tokenizer: str):
    """A `tokenizers.Tokenizer` from its JSON, which cuts nothing off and adds nothing."""
    from tokenizers import Tokenizer

    try:
        engine = Tokenizer.from_str(tokenizer)
    except Exception as error:  # tokenizers raises no kind of its own
        raise InvalidArgumentError(
            f"tokenizer={shown(tokenizer)} is not what the package tokenizers reads ({error}); use "
            "the content of a tokenizer.json."
        ) from None
    engine.no_padding()
    engine.no_truncation()
    return engine


def read_tokenizer(engine) -> tuple[list[bytes], set[int]]:
    """Of a `tokenizers.Tokenizer`, what each id adds to a text, and which ids are special.

    Raises:
        InvalidArgumentError: if it is no byte-level BPE.
    """
    from tokenizers import models

    ids = engine.get_vocab(with_added_tokens=True)
    added = engine.get_added_tokens_decoder()
    byte_strings = [b""] * (max(ids.values(), default=-1) + 1)
    problem = None
    if not isinstance(engine.model, models.BPE):
        problem = f"its model is {type(engine.model).__name__}"
    for token, i in ids.items():
        if i in added:
            byte_strings[i] = token.encode()
        elif all(character in BYTE_OF for character in token):
            byte_strings[i] = bytes(BYTE_OF[character] for character in token)
        else:
            problem = problem or f"its token {shown(token)} is not written in bytes"
    missing = [b for c, b in BYTE_OF.items() if c not in ids and b not in NEVER_IN_UTF8]
    if missing:
        problem = problem or f"it has no token for the byte 0x{missing[0]:02X}"
    if problem:
        raise InvalidArgumentError(
            f"tokenizer is not byte-level BPE, as GPT-2's is ({problem}); use the tokenizer.json "
            "of such a checkpoint."
        )
    return byte_strings, {i for i, token in added.items() if token.special}


def without_special(tokenizer: str, vocabulary_size: int) -> str:
    """A tokenizer's JSON without special tokens that a model has no vectors for.

    Who fine-tunes often adds one for padding, which no text needs: the mask tells what is padding.
    """
    try:
        content = json.loads(tokenizer)
        added = content["added_tokens"]
        kept = [t for t in added if not (t["special"] and t["id"] >= vocabulary_size)]
    except (ValueError, TypeError, KeyError, RecursionError):
        return tokenizer  # `make_engine` says what is wrong with it
    if len(kept) == len(added):
        return tokenizer
    return json.dumps({**content, "added_tokens": kept}, ensure_ascii=False)


def start_of_template(engine) -> int | None:
    """The token that a tokenizer writes before every text, if there is one."""
    bare = engine.encode("a", add_special_tokens=False).ids
    ids = engine.encode("a", add_special_tokens=True).ids
    places = range(len(ids) - len(bare) + 1)
    begin = next((place for place in places if ids[place : place + len(bare)] == bare), 0)
    return ids[0] if begin == 1 else None


def readable(token: bytes) -> str:
    """Bytes as text, those of which no character comes by their numbers.

    >>> readable(" ä".encode()), readable(" ä".encode()[:-1])
    (' ä', ' <0xC3>')
    """
    text = token.decode(errors="surrogateescape")
    return re.sub("[\udc80-\udcff]", lambda byte: f"<0x{ord(byte[0]) - 0xDC00:02X}>", text)
