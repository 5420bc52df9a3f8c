"""Normalisation: one spelling for what a reader takes for the same, in the TensorFlow graph."""

from collections.abc import Callable
from dataclasses import dataclass

from mlm_tf._startup import tf, tf_text
from mlm_tf.preprocessing.ascii import apart, by_ascii

# The newest version of the rules by which texts become tokens and tokens text. A pipeline keeps
# those that it was fitted with, also when it is saved and loaded by a later version.
RULES = 3
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
        return by_ascii(texts, self.plain, self.other)

    def plain(self, texts):
        """The same for texts in plain ASCII."""
        return tf.strings.lower(texts) if self.case_folding else texts

    def other(self, texts):
        """The same by the rules of Unicode, for any text."""
        return apart(texts, ORDINARY, self.ordinary, self.special)

    def ordinary(self, texts):
        """The same for texts that `ORDINARY` matches."""
        return self._normalized(texts, _lower)

    def special(self, texts):
        """The same for any text, by rules that few texts need."""
        texts = tf.strings.unicode_transcode(texts, "UTF-8", "UTF-8")
        if self.rules >= 3 and self._is_compatible:
            texts = numbers_kept(texts)
        if self.rules >= 3 and self.case_folding is True:
            texts = tf.strings.regex_replace(texts, "İ|[Ii]\u0307", "i")
        return self._normalized(texts, _lower_with_dots)

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


def numbers_kept(texts):
    """Strings `(n,)` -> strings `(n,)` whose numbers NFKC leaves the numbers they are."""
    for pattern, rewrite in COMPATIBLE:
        texts = tf.strings.regex_replace(texts, pattern, rewrite)
    return texts


def _lower(texts):
    return tf.strings.lower(tf.strings.lower(texts), encoding="utf-8")  # "I" before any locale


def _lower_with_dots(texts):
    texts = tf.strings.regex_replace(texts, "İ", "i")
    texts = tf.strings.regex_replace(texts, r"\x00", NUL_ASIDE)
    texts = _lower(texts)
    texts = tf.strings.regex_replace(texts, NUL_ASIDE, "\0")
    return tf.strings.regex_replace(texts, "([ijį])\u0307", r"\1")
