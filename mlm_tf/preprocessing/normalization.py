"""Normalisation: one spelling for what a reader takes for the same, in the TensorFlow graph."""

from collections.abc import Callable
from dataclasses import dataclass

from mlm_tf._startup import tf, tf_text

# The newest version of the rules by which texts become tokens and tokens text. A pipeline keeps
# those that it was fitted with, also when it is saved and loaded by a later version.
RULES = 4
NORMALIZATIONS = ("NFC", "NFD", "NFKC", "NFKD")
LOWER = "lower"

# Full-width marks are how Chinese is punctuated, and NFKC takes them for variants of ASCII. They
# are put aside as noncharacters, which Unicode keeps for such uses and no text should hold.
CHINESE_PUNCTUATION = "，！？：；（）～…"
ASIDE = [(mark, chr(0xFDD0 + i)) for i, mark in enumerate(CHINESE_PUNCTUATION)]

# What NFKC would write into the number or word before it: "1½" is not 11⁄2, 10⁶ not 106, and no
# word ends in "tm". (Behind a letter nothing is mistaken: "x²" and "H₂O" are x2 and H2O.)
CIRCLED = r"\x{2460}-\x{2473}\x{24ea}\x{3251}-\x{325f}\x{32b1}-\x{32bf}"
FRACTIONS = r"\x{bc}-\x{be}\x{2150}-\x{215e}\x{2189}"
RAISED, LOWERED = r"\x{b2}\x{b3}\x{b9}\x{2070}\x{2074}-\x{207b}", r"\x{2080}-\x{208b}"
MARKED = r"\x{2122}\x{2120}"  # ™ and ℠
COMPATIBLE = (
    *[(rf"([\p{{Nd}}{CIRCLED}{FRACTIONS}])([{CIRCLED}{FRACTIONS}\x{{215f}}])", r"\1 \2")] * 2,
    (rf"([{CIRCLED}{FRACTIONS}])(\p{{Nd}})", r"\1 \2"),
    (rf"(\p{{Nd}})([{RAISED}])", r"\1^\2"),
    (rf"(\p{{Nd}})([{LOWERED}])", r"\1_\2"),
    (rf"([\pL\pN])([{MARKED}])", r"\1 \2"),
)

# TensorFlow's lower-casing ends a string at a NUL, makes "i" and a dot of "İ", and asks the
# locale: in Lithuanian it puts that dot under accents, in Turkish it makes "ı" of "I".
NUL_ASIDE = chr(0xFDE0)
WITH_DOTS = r"\x00\x{cc}\x{cd}\x{128}\x{12e}\x{130}\x{300}-\x{307}"

# Plain ASCII: without `_`, which RE2 takes for a letter, and of the control characters only white
# space (and no \v, with which `words` marks the edges of words).
PLAIN = r"[\t\n\f\r -^`-~]*"
# Characters that need one of these rules; and no surrogate, so that bytes that are not UTF-8 fit
# no class without them.
SPECIAL = (
    rf"{CIRCLED}{FRACTIONS}\x{{215f}}{RAISED}{LOWERED}{MARKED}{WITH_DOTS}\x{{d800}}-\x{{dfff}}"
)
ORDINARY = rf"[^{SPECIAL}]*"


@dataclass(frozen=True)
class Normalizer:
    """Strings `(n,)` -> valid UTF-8 `(n,)`, all in TensorFlow operations.

    Lower case is what each language writes: "ΛΌΓΟΣ" becomes "λόγος", "Straße" stays apart from
    "Strasse", and "İ" is "i", as "I" is in every language. Case folding is Unicode's
    NFKC_Casefold, for comparing rather than reading: "ß" becomes "ss", "ς" "σ", what differs in
    print alone is made one whatever the form, and invisible characters are dropped. Stripping
    accents drops every combining mark, in scripts that write vowels with marks the vowels too. But
    in English the full-width marks `，！？：；（）～…` stay. NFKC makes no number another: "1½"
    becomes "1 1⁄2" and "10²" "10^2". Bytes that are not UTF-8 become U+FFFD.

    Attributes:
        form: one of `NORMALIZATIONS`, or `None`.
        case_folding: as above; `"lower"` for lower case alone.
        strip_accents: as above.
        language: `"en"`, `"any"` or `"zh"`.
        rules: version of the rules, 1 to `RULES`; here too for the levels, which have rules too.

    Example:

    >>> Normalizer("NFKC", "lower", True, "en")(["Ｃafé"]).numpy()[0].decode()
    'cafe'
    """

    form: str | None
    case_folding: bool | str
    strip_accents: bool
    language: str
    rules: int = RULES

    def __call__(self, texts):
        kinds = Kinds(texts)
        return kinds.joined(*self.each(*kinds.parts))

    def each(self, plain, ordinary, special):
        """The same for the three `Kinds` of texts; for the last any may stand."""
        if self.case_folding:
            plain = tf.strings.lower(plain)
        special = tf.strings.unicode_transcode(special, "UTF-8", "UTF-8")
        if self.rules >= 3 and self._is_compatible:
            special = numbers_kept(special)
        if self.rules >= 3 and self.case_folding is True:
            dotted = "İ|[Ii]\u0307" if self.rules < 4 else "(?:İ|[Ii]\u0307)\u0307*"
            special = tf.strings.regex_replace(special, dotted, "i")
        ordinary = self._normalized(ordinary, _lower)
        dots = "\u0307" if self.rules < 4 else "\u0307+"
        return (
            plain,
            ordinary,
            self._normalized(special, lambda texts: _lower_with_dots(texts, dots)),
        )

    @property
    def _is_compatible(self) -> bool:
        return self.case_folding is True or (self.form or "").startswith("NFK")

    def _normalized(self, texts, lower: Callable):
        compatible, folds = self._is_compatible, self.case_folding is True
        keep_marks = compatible and self.language in ("zh", "any" if self.rules >= 3 else "zh")
        if keep_marks:
            for mark, aside in ASIDE:
                texts = tf.strings.regex_replace(texts, mark, aside)
        if folds:
            texts = tf_text.case_fold_utf8(texts)
        if self.strip_accents:
            texts = tf_text.normalize_utf8(texts, "NFKD" if compatible else "NFD")
            texts = tf.strings.regex_replace(texts, r"\p{Mn}", "")
        form = self.form or ("NFC" if self.strip_accents else None)
        # What has been case-folded, and no more, is in NFKC already.
        done = folds and not self.strip_accents and form in ("NFC", "NFKC")
        if form is not None and not done:
            texts = tf_text.normalize_utf8(texts, form)
        if self.case_folding == LOWER:
            texts = lower(texts)
            if form is not None:  # "H\u0331" is one character in lower case
                texts = tf_text.normalize_utf8(texts, form)
        if keep_marks:
            for mark, aside in ASIDE:
                texts = tf.strings.regex_replace(texts, aside, mark)
        return texts


class Kinds:
    r"""Strings `(n,)` apart by the rules that they need, and together again.

    Most sentences of an English text are plain ASCII, where simple rules say the same as Unicode's
    and take a third of the time, and few of the others need all of those: a match costs a third of
    a replacement. A text that is not plain goes line by line, so no rule may look past a line
    break, and a pattern allows one wherever it allows a space.

    Args:
        texts: strings `(n,)`.
        plain: what matches plain texts from end to end.
        ordinary: what matches ordinary ones.

    Attributes:
        parts: the plain texts and lines, the ordinary lines and the others, each `(any,)`.

    Example:

    >>> kinds = Kinds(["b", "ä\nc\n½", "a"])
    >>> [[text.decode() for text in part.numpy()] for part in kinds.parts]
    [['b', 'a', 'c'], ['ä'], ['½']]
    >>> kinds.joined(*kinds.parts).numpy()[1].decode()
    'ä\nc\n½'
    """

    def __init__(self, texts, plain: str = PLAIN, ordinary: str = ORDINARY):
        self._texts, (plain_texts, others) = _apart(texts, plain)
        self._lines = tf.strings.split(others, "\n")  # (others, None)
        self._of_lines, (plain_lines, others) = _apart(self._lines.flat_values, plain)
        self._of_others, others = _apart(others, ordinary)
        self._plain_texts = tf.size(plain_texts)
        self.parts = (tf.concat([plain_texts, plain_lines], 0), *others)

    def joined(self, plain, ordinary, special):
        """What became of the parts -> strings `(n,)`."""
        others = tf.dynamic_stitch(self._of_others, [ordinary, special])
        lines = tf.dynamic_stitch(self._of_lines, [plain[self._plain_texts :], others])
        # A line break before each line, and none as the separator: an empty string that comes
        # first would lose it.
        lines = self._lines.with_flat_values(tf.strings.join(["\n", lines]))
        others = tf.strings.reduce_join(lines, axis=1)
        first = tf.ones_like(tf.strings.length(others))
        others = tf.strings.substr(others, first, tf.strings.length(others) - 1)
        return tf.dynamic_stitch(self._texts, [plain[: self._plain_texts], others])


def _apart(texts, pattern: str) -> tuple[list, list]:
    """Texts that a pattern matches from end to end, and the rest: their places, and they."""
    matches = tf.strings.regex_full_match(texts, pattern)
    rows = tf.range(tf.size(texts))
    both = (matches, ~matches)
    return [tf.boolean_mask(rows, each) for each in both], [
        tf.boolean_mask(texts, each) for each in both
    ]


def numbers_kept(texts):
    """Strings `(n,)` -> strings `(n,)` whose numbers NFKC leaves the numbers they are."""
    for pattern, rewrite in COMPATIBLE:
        texts = tf.strings.regex_replace(texts, pattern, rewrite)
    return texts


def _lower(texts):
    return tf.strings.lower(tf.strings.lower(texts), encoding="utf-8")  # "I" before any locale


def _lower_with_dots(texts, dots: str):
    texts = tf.strings.regex_replace(texts, "İ", "i")
    texts = tf.strings.regex_replace(texts, r"\x00", NUL_ASIDE)
    texts = _lower(texts)
    texts = tf.strings.regex_replace(texts, NUL_ASIDE, "\0")
    return tf.strings.regex_replace(texts, f"([ijį]){dots}", r"\1")
