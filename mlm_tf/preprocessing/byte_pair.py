"""Byte-level byte-pair encoding as `tokenizers` runs it: reading one, and what its tokens are."""

import re

from mlm_tf.errors import InvalidArgumentError
from mlm_tf.preprocessing.checks import shown

# How the vocabulary of a byte-level tokenizer writes bytes: the printable ones as themselves, the
# others, in order, as the characters from U+0100.
PRINTABLE = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
OTHERS = [byte for byte in range(0x100) if byte not in PRINTABLE]
BYTE_OF = {chr(byte): byte for byte in PRINTABLE}
BYTE_OF |= {chr(0x100 + place): byte for place, byte in enumerate(OTHERS)}


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
    missing = [byte for character, byte in BYTE_OF.items() if character not in ids]
    if missing:
        problem = problem or f"it has no token for the byte 0x{missing[0]:02X}"
    if problem:
        raise InvalidArgumentError(
            f"tokenizer is not byte-level BPE, as GPT-2's is ({problem}); use the tokenizer.json "
            "of such a checkpoint."
        )
    return byte_strings, {i for i, token in added.items() if token.special}


def readable(token: bytes) -> str:
    """Bytes as text, those of which no character comes by their numbers.

    >>> readable(" ä".encode()), readable(" ä".encode()[:-1])
    (' ä', ' <0xC3>')
    """
    text = token.decode(errors="surrogateescape")
    return re.sub("[\udc80-\udcff]", lambda byte: f"<0x{ord(byte[0]) - 0xDC00:02X}>", text)
