"""Byte-pair encoding of any text, as `tokenizers` runs it: what the tokens of one are.

Two kinds lose no byte. In one every token is written in bytes, as GPT-2's, Llama 3's and Qwen's
are; in the other tokens are characters, and what is none of them falls back to its bytes, as in
Llama 2 and Mistral.
"""

import re

from mlm_tf.checks import shown
from mlm_tf.errors import InvalidArgumentError
from mlm_tf.preprocessing.losses import in_order
from mlm_tf.preprocessing.tokenizer_engine import (
    Tokens,
    losses_of,
    names_of,
    parts_of,
)

# How the vocabulary of a byte-level tokenizer writes bytes: the printable ones as themselves, the
# others, in order, as the characters from U+0100.
PRINTABLE = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
OTHERS = [byte for byte in range(0x100) if byte not in PRINTABLE]
BYTE_OF = {chr(byte): byte for byte in PRINTABLE}
BYTE_OF |= {chr(0x100 + place): byte for place, byte in enumerate(OTHERS)}
NEVER_IN_UTF8 = {0xC0, 0xC1, *range(0xF5, 0x100)}  # no text needs a token for these
# Of characters for control, and of those that Unicode has not assigned; SmolLM2 has not all.
OF_CONTROL = {*range(0x20), 0xF1, 0xF2} - {*b"\t\n\r"}
BYTE_TOKEN = re.compile("<0x([0-9A-F]{2})>")  # of byte fallback


def read_tokenizer(engine) -> Tokens:
    """What the tokens of a `tokenizers.Tokenizer` are.

    Raises:
        InvalidArgumentError: if it is no BPE that writes every byte.
    """
    from tokenizers import models

    model = engine.model
    if not isinstance(model, models.BPE):
        raise _refusal(f"its model is {type(model).__name__}")
    if model.dropout:
        raise _refusal(f"it merges by chance, dropout={model.dropout}")
    for name in ("continuing_subword_prefix", "end_of_word_suffix"):
        if mark := getattr(model, name):
            raise _refusal(f"it marks parts of words, {name}={shown(mark)}")
    return _with_fallback(engine) if model.byte_fallback else _in_bytes(engine)


def _in_bytes(engine) -> Tokens:
    """Of tokens that are written in bytes."""
    names, added = names_of(engine), engine.get_added_tokens_decoder()
    spelled = [name.encode() if i in added else _bytes_of(name) for i, name in enumerate(names)]
    known = {*names}
    missing = [b for c, b in BYTE_OF.items() if c not in known and b not in NEVER_IN_UTF8]
    for name, token in zip(names, spelled, strict=True):
        if token is None:
            raise _refusal(f"its token {shown(name)} is not written in bytes")
    if common := [byte for byte in missing if byte not in OF_CONTROL]:
        raise _refusal(f"it has no token for the byte 0x{common[0]:02X}")
    losses = losses_of(engine, drops_first_space=False)
    if missing and losses is not None:
        losses = in_order({*losses, "control characters"})
    steps = (*parts_of(engine.normalizer), *parts_of(engine.pre_tokenizer))
    if not any(step["type"] == "ByteLevel" for step in steps):
        losses = None  # a text is not written in bytes, and loses what is no token
    return Tokens(names, spelled, False, losses)


def _bytes_of(name: str) -> bytes | None:
    """
    >>> _bytes_of("Ġthe"), _bytes_of("▁the")
    (b' the', None)
    """
    try:
        return bytes([BYTE_OF[character] for character in name])
    except KeyError:
        return None


def _with_fallback(engine) -> Tokens:
    """Of tokens that are characters, beside one for each byte."""
    names = names_of(engine)
    known = {*names}
    for byte in range(0x100):
        if f"<0x{byte:02X}>" not in known and byte not in NEVER_IN_UTF8:
            raise _refusal(f"it has no token for the byte 0x{byte:02X}")
    replaced, drops_first_space = _read_decoder(engine.decoder)
    spelled = []
    for name in names:
        if byte := BYTE_TOKEN.fullmatch(name):
            spelled.append(bytes.fromhex(byte[1]))
            continue
        for old, new in replaced:
            name = name.replace(old, new)
        spelled.append(name.encode())
    return Tokens(names, spelled, drops_first_space, losses_of(engine, drops_first_space))


def _read_decoder(decoder) -> tuple[list[tuple[str, str]], bool]:
    """What is replaced in tokens when they are written, and whether the first space is left out."""
    replaced, drops_first_space, joins = [], False, False
    for part in parts_of(decoder):
        kind = part["type"]
        if kind == "Replace" and "String" in part["pattern"]:
            replaced.append((part["pattern"]["String"], part["content"]))
        elif kind == "Metaspace":
            replaced.append((part["replacement"], " "))
            drops_first_space = part["prepend_scheme"] != "never"
        elif kind == "Strip" and (part["content"], part["start"], part["stop"]) == (" ", 1, 0):
            drops_first_space = True
        elif kind == "ByteFallback":
            joins = True
        elif kind != "Fuse":
            raise _refusal(f"what its decoder does, {kind}, is none of what Llama's does")
    if not joins:
        raise _refusal("its decoder makes no characters of bytes")
    return replaced, drops_first_space


def _refusal(problem: str) -> InvalidArgumentError:
    return InvalidArgumentError(
        f"tokenizer is not byte-level BPE, nor one with byte fallback ({problem}); use the "
        "tokenizer.json of a GPT-2, Llama, Mistral or Qwen checkpoint."
    )
