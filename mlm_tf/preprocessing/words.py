"""Words: splitting a text into them inside the TensorFlow graph, and joining them again."""

# RE2 syntax. In this order: an acronym with its stops; a word or number, with apostrophes and
# stops inside it ("don't", "3.14") and groups of three digits ("1,000,000"); any other sign alone.
WORD = (
    r"(?:\pL\.){2,}"
    r"|[\pL\pM\pN]+(?:['.][\pL\pM\pN]+|,\pN{3}\b)*"
    r"|[^\s\pL\pM\pN]"
)
SPACES = r"[\pZ\p{Cc}]"  # every Unicode space, and control characters such as NUL
APOSTROPHES = "[\u2019\u02bc]"  # typographic forms of '

NORMALIZATIONS = ("NFC", "NFD", "NFKC", "NFKD")


def split_words(texts, normalization: str | None, case_folding: bool):
    """Strings `(batch,)` -> ragged words `(batch, None)`, all in TensorFlow operations.

    Words keep their apostrophes and numbers their separators; every punctuation mark is a word
    of its own, hyphens too, so that "well-known" is three words, each of which may be known.
    """
    import tensorflow as tf
    import tensorflow_text as tf_text

    if case_folding:
        texts = tf_text.case_fold_utf8(texts)  # NFKC_Casefold, so before a form that decomposes
    if normalization is not None:
        texts = tf_text.normalize_utf8(texts, normalization)
    texts = tf.strings.regex_replace(texts, APOSTROPHES, "'")
    texts = tf.strings.regex_replace(texts, SPACES, " ")
    texts = tf.strings.regex_replace(texts, WORD, r" \0 ")
    return tf.strings.split(texts)


TIGHT_LEFT = frozenset(",.;:!?%)]}…'”’°")  # no space before
TIGHT_RIGHT = frozenset("([{$£€#“‘")  # no space after
TIGHT_BOTH = frozenset("-/")
DASHES = frozenset("–—")


def join_words(words: list[str]) -> str:
    """Write words as a person would: `["hello", ",", "world", "!"]` -> `"hello, world!"`.

    Straight quotes open and close in turn. Nothing that follows changes what is already
    written, so that a text can be shown while it grows.

    >>> join_words(["(", "it", "cost", "$", "5", ",", "or", "5", "%", ")", "."])
    '(it cost $5, or 5%).'
    >>> join_words(["he", "said", '"', "well", "-", "known", '"', "in", "1914", "–", "18"])
    'he said "well-known" in 1914–18'
    """
    text, quoted, glued = "", False, True  # glued: the next word follows without a space
    previous = ""
    for word in words:
        numeric_dash = word in DASHES and previous[-1:].isdigit()
        closes = word == '"' and quoted
        if not (glued or closes or numeric_dash or word in TIGHT_LEFT or word in TIGHT_BOTH):
            text += " "
        text += word
        if word == '"':
            quoted = not quoted
        opens = word == '"' and quoted
        glued = opens or numeric_dash or word in TIGHT_RIGHT or word in TIGHT_BOTH
        previous = word
    return text
