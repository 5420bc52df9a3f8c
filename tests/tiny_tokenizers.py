"""Tokenizers of a few hundred tokens, each built as those of one family of checkpoints are."""

import json

from tokenizers import (
    AddedToken,
    Regex,
    Tokenizer,
    decoders,
    models,
    normalizers,
    pre_tokenizers,
    processors,
    trainers,
)

TEXTS = [
    "The lamp burns all night, and the keeper reads by the lamp.",
    "Don't you think 1234 lamps are 5 too many? They're bright!",
    "灯塔的灯整夜亮着。 naïve café",
    "    if a < b | c > d [e]/f:\n        return lamps\n\n",
]
GPT = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}%s| ?[^\s\p{L}\p{N}]+[\r\n]*"
    r"|\s*[\r\n]+|\s+(?!\S)|\s+"
)
CHAT = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")
STEERING = ("<think>", "</think>", "<tool_call>", "</tool_call>")  # not marked special


def _in_bytes(cut, size: int = 320, **settings) -> Tokenizer:
    """Byte-level BPE."""
    tokenizer = Tokenizer(models.BPE(**settings))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [cut, pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=isinstance(cut, DIGITS))]
    )
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=size, initial_alphabet=sorted(alphabet), show_progress=False
    )
    tokenizer.train_from_iterator(TEXTS, trainer)
    return tokenizer


DIGITS = pre_tokenizers.Digits


def _split(pattern: str):
    return pre_tokenizers.Split(Regex(pattern), "isolated")


def qwen() -> str:
    """Qwen 3: NFC, a pattern, special tokens and others that steer; one word was added."""
    tokenizer = _in_bytes(_split(GPT % ""))
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.add_tokens(["covid"])
    tokenizer.add_special_tokens([*CHAT])
    tokenizer.add_tokens([AddedToken(name, normalized=False) for name in STEERING])
    return tokenizer.to_str()


def llama_3(ignore_merges: bool = True) -> str:
    """Llama 3: words that are tokens are looked up whole, and a text has a start token."""
    tokenizer = _in_bytes(_split(GPT % "{1,3}"))
    start, end = "<|begin_of_text|>", "<|eot_id|>"
    tokenizer.add_special_tokens([start, "<|end_of_text|>", end])
    template = processors.TemplateProcessing(
        f"{start} $A", f"{start} $A {start} $B", [(start, tokenizer.token_to_id(start))]
    )
    byte_level = processors.ByteLevel(trim_offsets=False)
    tokenizer.post_processor = processors.Sequence([byte_level, template])
    content = json.loads(tokenizer.to_str())
    content["model"]["ignore_merges"] = ignore_merges
    return json.dumps(content)


def smollm() -> str:
    """SmolLM2: digits one by one, and special tokens that stand first in the model itself."""
    content = json.loads(_in_bytes(pre_tokenizers.Digits(individual_digits=True)).to_str())
    ids = content["model"]["vocab"]
    content["model"]["vocab"] = {t: i for i, t in enumerate([*CHAT, *sorted(ids, key=ids.get)])}
    tokenizer = Tokenizer.from_str(json.dumps(content))
    tokenizer.add_special_tokens([*CHAT])
    return tokenizer.to_str()


def _with_fallback() -> Tokenizer:
    """Characters, and a token for each byte."""
    learned = Tokenizer(models.BPE())
    learned.normalizer = normalizers.Sequence(
        [normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")]
    )
    learned.pre_tokenizer = pre_tokenizers.Split("▁", "merged_with_next")
    learned.train_from_iterator(TEXTS, trainers.BpeTrainer(vocab_size=160, show_progress=False))
    model = json.loads(learned.to_str())["model"]
    learned_tokens = sorted(model["vocab"], key=model["vocab"].get)
    tokens = ["<unk>", "<s>", "</s>", *(f"<0x{byte:02X}>" for byte in range(256)), *learned_tokens]
    # As converters make them of a SentencePiece model: whatever makes a token by joining two.
    merges = [tuple(merge) for merge in model["merges"]]
    tokenizer = Tokenizer(
        models.BPE(
            {token: i for i, token in enumerate(tokens)},
            merges,
            unk_token="<unk>",
            fuse_unk=True,
            byte_fallback=True,
        )
    )
    tokenizer.add_special_tokens(["<unk>", "<s>", "</s>"])
    tokenizer.post_processor = processors.TemplateProcessing(
        "<s> $A", "<s> $A <s> $B", [("<s>", 1)]
    )
    steps = [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()]
    tokenizer.decoder = decoders.Sequence([*steps, decoders.Strip(" ", 1, 0)])
    return tokenizer


def llama_2() -> str:
    """Llama 2, and the first Mistral: a normaliser puts "▁" before a text and for each space."""
    tokenizer = _with_fallback()
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")]
    )
    return tokenizer.to_str()


def mistral() -> str:
    """Later Mistrals: the same by a pre-tokenizer, and control tokens of the chat."""
    tokenizer = _with_fallback()
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="first", split=False)
    tokenizer.add_special_tokens(["[INST]", "[/INST]"])
    return tokenizer.to_str()


def bert(lowercase: bool = True) -> str:
    """BERT, with small letters alone or as it is written."""
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    letters = sorted({*"".join(TEXTS).replace("ï", "i").replace("é", "e")} - {" ", "\n"})
    if lowercase:
        letters = [letter for letter in letters if not letter.isupper()]
    tokens = [*special, *letters, *(f"##{letter}" for letter in letters if letter.isalnum())]
    tokens += ["the", "lamp", "and", "keeper", "reads", "##ing", "##ef"]
    model = models.WordPiece({token: i for i, token in enumerate(tokens)}, unk_token="[UNK]")
    tokenizer = Tokenizer(model)
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=lowercase)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    tokenizer.add_special_tokens(special)
    tokenizer.post_processor = processors.TemplateProcessing(
        "[CLS] $A [SEP]", "[CLS] $A [SEP] $B:1 [SEP]:1", [("[CLS]", 2), ("[SEP]", 3)]
    )
    return tokenizer.to_str()


TINY = {
    "qwen": qwen,
    "llama 3": llama_3,
    "smollm": smollm,
    "llama 2": llama_2,
    "mistral": mistral,
    "bert": bert,
    "bert as written": lambda: bert(lowercase=False),
}
END = {"qwen": "<|im_end|>", "llama 3": "<|eot_id|>", "smollm": "<|im_end|>"}
END |= {"llama 2": "</s>", "mistral": "</s>", "bert": "[SEP]", "bert as written": "[SEP]"}
