"""Normalisation: one spelling for what a reader takes for the same, in the TensorFlow graph."""

from dataclasses import dataclass

from mlm_tf.preprocessing.ascii import by_ascii

# The newest version of the rules by which texts become tokens and tokens text. A pipeline keeps
# those that it was fitted with, also when it is saved and loaded by a later version.
RULES = 3
NORMALIZATIONS = ("NFC", "NFD", "NFKC", "NFKD")

# Full-width marks are how Chinese is punctuated, and NFKC takes them for variants of ASCII. They
# are put aside as noncharacters, which Unicode keeps for such uses and no text should hold.
CHINESE_PUNCTUATION = "，！？：；（）～…"
ASIDE = [(mark, chr(0xFDD0 + i)) for i, mark in enumerate(CHINESE_PUNCTUATION)]


@dataclass(frozen=True)
class Normalizer:
    """Strings `(n,)` -> valid UTF-8 `(n,)`, all in TensorFlow operations.

    Case folding is Unicode's NFKC_Casefold, which makes one of what differs in print alone too,
    whatever the form, and drops invisible characters. Stripping accents drops every combining
    mark, in scripts that write vowels with marks the vowels too. In Chinese the full-width marks
    `，！？：；（）～…` stay. Bytes that are not UTF-8 become U+FFFD.

    Attributes:
        form: one of `NORMALIZATIONS`, or `None`.
        case_folding: as above.
        strip_accents: as above.
        language: `"zh"` for Chinese.
        rules: version of the rules, 1 to `RULES`; here too for the levels, which have rules too.

    Example:

    >>> Normalizer("NFKC", True, True, "en")(["Ｃafé"]).numpy()[0].decode()
    'cafe'
    """

    form: str | None
    case_folding: bool
    strip_accents: bool
    language: str
    rules: int = RULES

    def __call__(self, texts):
        return by_ascii(texts, self.plain, self.other)

    def plain(self, texts):
        """The same for texts in plain ASCII."""
        import tensorflow as tf

        return tf.strings.lower(texts) if self.case_folding else texts

    def other(self, texts):
        """The same by the rules of Unicode, for any text."""
        import tensorflow as tf
        import tensorflow_text as tf_text

        texts = tf.strings.unicode_transcode(texts, "UTF-8", "UTF-8")
        compatible = self.case_folding or (self.form or "").startswith("NFK")
        keep_marks = self.language == "zh" and compatible
        if keep_marks:
            for mark, aside in ASIDE:
                texts = tf.strings.regex_replace(texts, mark, aside)
        if self.case_folding:
            texts = tf_text.case_fold_utf8(texts)
        if self.strip_accents:
            texts = tf_text.normalize_utf8(texts, "NFKD" if compatible else "NFD")
            texts = tf.strings.regex_replace(texts, r"\p{Mn}", "")
        form = self.form or ("NFC" if self.strip_accents else None)
        # What has been case-folded, and no more, is in NFKC already.
        done = self.case_folding and not self.strip_accents and form in ("NFC", "NFKC")
        if form is not None and not done:
            texts = tf_text.normalize_utf8(texts, form)
        if keep_marks:
            for mark, aside in ASIDE:
                texts = tf.strings.regex_replace(texts, aside, mark)
        return texts
