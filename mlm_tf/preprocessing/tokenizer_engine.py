"""A checkpoint's tokenizer as the package `tokenizers` runs it: what is the same for every kind."""

import json
import re
from collections.abc import Collection, Iterable, Iterator
from typing import NamedTuple

from mlm_tf.checks import shown
from mlm_tf.errors import InvalidArgumentError
from mlm_tf.preprocessing.losses import in_order

# A token that steers a model, as `<think>`, `</tool_call>`, `<|im_end|>` and `[INST]` do.
CONTROL = re.compile(r"[<\[].+[>\]]", re.DOTALL)
BRACKETS = ("normalizers", "pretokenizers", "processors", "decoders")  # what a Sequence holds


class Tokens(NamedTuple):
    """What a kind of tokenizer says of its ids.

    Attributes:
        names: of each id, the token as it stands in the file; "" where there is none.
        spelled: of each id, the bytes that it adds to a text.
        drops_first_space: whether the first space of a text is not written.
        losses: what of a text is lost; `None` if that is not known.
    """

    names: list[str]
    spelled: list[bytes]
    drops_first_space: bool
    losses: tuple[str, ...] | None


# === Making one ===


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


def make_plain(engine, tokenizer: str, names: Collection[str]):
    """The one that reads the names of control tokens in a text as any other characters.

    Where words are looked up whole, or merges lead to such a name, that way is closed as well.

    Args:
        engine: made from this JSON; it may become the result.
        tokenizer: the JSON.
        names: those of the control tokens.
    """
    from tokenizers import AddedToken

    within = {name for name in names if engine.model.token_to_id(name) is not None}
    closed = _without_ways_to(tokenizer, within) if within else None
    if closed is not None:
        engine, names = make_engine(closed), {*names} - within
    engine.add_special_tokens([AddedToken(name, special=True) for name in names])
    engine.encode_special_tokens = True  # as text
    return engine


def make_special(tokenizer: str, names: Collection[str]):
    """The one that reads these names in a text as the control tokens."""
    from tokenizers import AddedToken

    engine = make_engine(tokenizer)
    engine.add_special_tokens([AddedToken(name, special=True) for name in names])
    return engine


def _without_ways_to(tokenizer: str, names: Collection[str]) -> str | None:
    """A tokenizer's JSON, in which no text becomes one of these tokens of its model; `None` where
    it is so already."""
    content = json.loads(tokenizer)
    model = content["model"]
    merges = model.get("merges")
    kept = [merge for merge in merges or [] if not _parts(merge) & {*names}]
    is_looked_up = merges is None or model.get("ignore_merges")
    if not is_looked_up and len(kept) == len(merges):
        return None
    unknown = model.get("unk_token")
    for name in {*names} - ({unknown} if merges is None else set()):
        model["vocab"][f" {name} "] = model["vocab"].pop(name)  # no word holds a space
    if merges is not None:
        model["merges"] = kept
        model["unk_token"] = None if unknown in names else unknown  # no byte is unknown
    added = [token for token in content["added_tokens"] if token["content"] not in names]
    return json.dumps({**content, "added_tokens": added}, ensure_ascii=False)


def _parts(merge) -> set[str]:
    """The two tokens of a merge, and what becomes of them."""
    first, second = merge.split(" ", 1) if isinstance(merge, str) else merge
    return {first, second, first + second}


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


def without_first_space(tokenizer: str) -> str:
    """A tokenizer's JSON that puts no space before a text."""

    def changed(part):
        if not isinstance(part, dict):
            return part
        if part.get("type") == "Metaspace":
            return {**part, "prepend_scheme": "never", "add_prefix_space": False}
        if part.get("type") == "ByteLevel":
            return {**part, "add_prefix_space": False}
        steps = {name: part[name] for name in BRACKETS if name in part}
        return part | {k: [changed(p) for p in v if not _prepends(p)] for k, v in steps.items()}

    content = json.loads(tokenizer)
    normalizer = content.get("normalizer")
    content["normalizer"] = None if _prepends(normalizer) else changed(normalizer)
    content["pre_tokenizer"] = changed(content.get("pre_tokenizer"))
    return json.dumps(content, ensure_ascii=False)


def _prepends(part) -> bool:
    return isinstance(part, dict) and part.get("type") == "Prepend"


# === What is in one ===


def parts_of(part) -> Iterator[dict]:
    """The steps of a normaliser, pre-tokenizer, post-processor or decoder, in their order, each
    with its settings."""
    yield from _flat([] if part is None else [json.loads(part.__getstate__())])


def _flat(states: Iterable[dict]) -> Iterator[dict]:
    for state in states:
        inner = next((state[name] for name in BRACKETS if name in state), None)
        yield from [state] if inner is None else _flat(inner)


def names_of(engine) -> list[str]:
    """The token of each id, "" where there is none."""
    ids = engine.get_vocab(with_added_tokens=True)
    names = [""] * (max(ids.values(), default=-1) + 1)
    for token, i in ids.items():
        names[i] = token
    return names


def puts_space(engine) -> bool:
    """Whether a space is put before a text."""
    return any(
        part["type"] == "Prepend"
        or (part["type"] == "Metaspace" and part["prepend_scheme"] != "never")
        or (part["type"] == "ByteLevel" and part.get("add_prefix_space", False))
        for part in (*parts_of(engine.normalizer), *parts_of(engine.pre_tokenizer))
    )


def template_of(engine) -> tuple[int | None, int | None]:
    """The tokens that a tokenizer writes before and behind every text, where it is one each."""
    before, behind = [], []
    for part in parts_of(engine.post_processor):
        if part["type"] == "TemplateProcessing":
            sides = [before]
            for piece in part["single"]:
                if "Sequence" in piece:
                    sides.append(behind)
                else:
                    ids = part["special_tokens"][piece["SpecialToken"]["id"]]["ids"]
                    sides[-1].extend(ids)
        elif part["type"] in ("BertProcessing", "RobertaProcessing"):
            before.append(part["cls"][1])
            behind.append(part["sep"][1])
    one = ([*side, None][0] if len(side) == 1 else None for side in (before, behind))
    return tuple(one)


def readable(token: bytes) -> str:
    """Bytes as text, those of which no character comes by their numbers.

    >>> readable(" ä".encode()), readable(" ä".encode()[:-1])
    (' ä', ' <0xC3>')
    """
    text = token.decode(errors="surrogateescape")
    return re.sub("[\udc80-\udcff]", lambda byte: f"<0x{ord(byte[0]) - 0xDC00:02X}>", text)


# === What it loses ===


def losses_of(engine, drops_first_space: bool) -> tuple[str, ...] | None:
    """What of a text is lost by how it is normalised and cut; `None` if that is not known.

    Args:
        engine: the tokenizer.
        drops_first_space: whether the first space of a text is not written.
    """
    steps = (*parts_of(engine.normalizer), *parts_of(engine.pre_tokenizer))
    found = [_losses_of_step(step) for step in steps]
    if None in found:
        return None
    lost = {name for names in found for name in names}
    if puts_space(engine) != drops_first_space:
        lost.add("spaces at the start")
    words = [t for t in engine.get_added_tokens_decoder().values() if not is_control(t)]
    if any(word.lstrip or word.rstrip or puts_space(engine) for word in words):
        lost.add("white space")
    return in_order(lost)


def is_control(token) -> bool:
    """Whether an added token steers the model and is no word."""
    return token.special or CONTROL.fullmatch(token.content) is not None


def _losses_of_step(step: dict) -> tuple[str, ...] | None:
    kind = step["type"]
    if kind == "BertNormalizer":
        strips = step["lowercase"] if step["strip_accents"] is None else step["strip_accents"]
        cleans = ("control characters", "white space") * step["clean_text"]
        spaces = ("white space",) * step["handle_chinese_chars"]
        return (*cleans, *spaces, *["accents"] * strips, *["case"] * step["lowercase"])
    if kind == "Metaspace":
        return ("▁", *["spaces at the start"] * (step["prepend_scheme"] != "never"))
    if kind == "Replace":
        is_space = step["pattern"] == {"String": " "} and step["content"] == "▁"
        return ("▁",) if is_space else None
    if kind in ("Split", "Punctuation"):
        return None if step["behavior"] == "Removed" else ()
    return _STEPS.get(kind)


_STEPS = {
    **{form: (form,) for form in ("NFC", "NFD", "NFKC", "NFKD")},
    "Lowercase": ("case",),
    "StripAccents": ("accents",),
    **dict.fromkeys("Strip BertPreTokenizer Whitespace WhitespaceSplit".split(), ("white space",)),
    **dict.fromkeys("ByteLevel Prepend Digits UnicodeScripts".split(), ()),
}
