"""Lines that tokenizers trip over, drawn by chance from what has tripped one up."""

import random
import unicodedata
from collections.abc import Sequence

CONTROL = (
    *("<s>", "</s>", "<unk>", "<pad>", "<0x0A>", "<0xE4>", "<|endoftext|>", "<|im_start|>"),
    *("<|im_end|>", "<|eot_id|>", "<|begin_of_text|>", "<think>", "</think>", "<tool_call>"),
    *("[INST]", "[/INST]", "[CLS]", "[SEP]", "[MASK]", "[PAD]", "[UNK]", "<<SYS>>", "##s"),
)
LETTERS = "the of and in lamp Lamp LAMP lamps naïve café don't I'm they'LL we've İstanbul ΟΔΟΣ ﬁn"
FOREIGN = "灯塔的灯整夜亮着 東京 とても カタカナ 한국어 Привет, мир שלום مرحبا नमस्ते ไทย Ⅷ ½ ① x² ﷺ"
SIGNS = (
    ". , ! ? ' \" ... — – - _ ( ) [ ] { } < > | / \\ @ # $ % ^ & * + = ~ ` ’ “ ” … 、 。 ▁ Ġ ## €"
)
SPACES = (
    *(" ", " ", " ", "  ", "   ", "\n", "\n\n", "\r\n", "\r", "\t", " \n ", "\u00a0", "\u3000"),
    *("\u2028", "\u2029", "\u0085", "\u200b", "\ufeff", "\x0b", "\x0c", "\x1c", "\u2009"),
)
MARKS = (
    *("e\u0301", "a\u0308\u0323", "n\u0303o", "\u0301", "\u1100\u1161\u11a8", "क्ष", "\u200d"),
    *("\u212b", "\u0344", "ｶﾞ", "\ufb01", "\u00ad", "\u202e", "\ufffd", "\x00", "\x7f", "\x1b"),
)
EMOJI = (
    *("😀", "👍🏽", "👩\u200d👩\u200d👧\u200d👦", "🇨🇳", "❤\ufe0f", "🏴\U000e0067\U000e007f", "🫠"),
)
NUMBERS = "0 7 42 123 1234 12345 1,000 3.14 2024-01-31 ٣٤ 十二 1e-5 0x1F".split()


def hard_lines(count: int, names: Sequence[str] = (), seed: int = 0) -> list[str]:
    """Lines, the first of them of one piece each.

    Args:
        count: how many.
        names: of the control tokens of a tokenizer, which are among the pieces.
        seed: the same lines come of the same one.
    """
    rng = random.Random(seed)
    control = [*dict.fromkeys([*names, *CONTROL])]
    fixed = ["", *control, *SPACES, *LETTERS.split(), *FOREIGN.split(), *MARKS, *EMOJI, *NUMBERS]
    return [*fixed, *(_line(rng, control) for _ in range(count))][:count]


def _line(rng: random.Random, control: Sequence[str]) -> str:
    """A line of a few pieces, with or without spaces between."""
    kinds = (
        lambda: rng.choice(control),
        lambda: _cut(rng, rng.choice(control)),
        lambda: rng.choice(SPACES),
        lambda: rng.choice(LETTERS.split()),
        lambda: rng.choice(FOREIGN.split()),
        lambda: rng.choice(SIGNS.split()),
        lambda: rng.choice(MARKS),
        lambda: rng.choice(EMOJI),
        lambda: rng.choice(NUMBERS),
        lambda: _any_character(rng),
        lambda: rng.randbytes(rng.randint(1, 6)).decode("latin-1"),
        lambda: rng.randbytes(rng.randint(1, 6)).decode("utf-8", errors="replace"),
    )
    between = rng.choice(["", " ", " "])
    return between.join(rng.choice(kinds)() for _ in range(rng.randint(1, 12)))


def _cut(rng: random.Random, name: str) -> str:
    """A control token that is not one: cut short, or with something inside."""
    place = rng.randint(1, len(name) - 1)
    return rng.choice([name[:place], name[place:], f"{name[:place]} {name[place:]}", name.upper()])


def _any_character(rng: random.Random) -> str:
    while True:
        character = chr(rng.randrange(0x110000))
        if unicodedata.category(character) not in ("Cn", "Cs", "Co"):
            return character
