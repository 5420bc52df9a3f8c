"""Where one sentence ends and the next begins: in English, Chinese, and scripts alike."""

import re

# Words before a full stop that does not end a sentence. A following word may be a name with a
# capital letter, so nothing but the list can tell.
ABBREVIATIONS = frozenset(
    """mr mrs ms dr prof st rev hon gen brig maj col lt capt sgt cmdr adm gov sen rep pres mt ft
    fig figs vol vols pp p ch sec eq ed eds trans cf v vs viz ca c approx b d fl r
    jan feb mar apr jun jul aug sep sept oct nov dec
    bros assn dept univ est e.g i.e a.k.a""".split()
)
BEFORE_NUMBERS = frozenset("no nos".split())  # "No. 5", but 'He said no. She left.'
MAY_END = frozenset("inc corp co ltd etc al jr sr".split())  # end one if a capital follows

# Full-width stops end a sentence wherever they stand; other stops need white space behind them, or
# a script that writes none.
FULL_WIDTH = "。！？｡"
STOPS = f".!?…{FULL_WIDTH}؟۔।։።"
CLOSING, OPENING = r"""\"'”’)\]」』）】〕］""", r"""\"'“‘(\[「『（【〔［《〈"""
UNSPACED = re.compile(
    "[\u0e00-\u109f\u1780-\u17ff\u3005-\u3007\u3041-\u30ff\u31f0-\u31ff\u3400-\u4dbf"
    "\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff]"
)
# Stops, what closes behind them, white space; group 4 is the first letter or digit of what may be
# the next sentence.
BOUNDARY = re.compile(rf"(?<![{STOPS}])([{STOPS}]++)([{CLOSING}]*+)(\s*+)(?=[{OPENING}]*+([^\W_]))")
QUOTES = re.compile(r"""["'“”‘’()\[\]]""")
INITIALS = re.compile(r"[^\W\d_](\.-?[^\W\d_])*")  # "J", "U.S", "J.-P"
LAST_WORD = re.compile(r"[a-zA-Z.]+$")


def split_sentences(text: str) -> list[str]:
    """Split text into sentences.

    A sentence ends with a full stop, question mark, exclamation mark or ellipsis (and closing
    quotes or brackets) that stands before white space and a letter that is not lower-case, or a
    digit, unless the word before the stop is an abbreviation ("Dr.", "e.g.") or an initial
    ("P. J.", "U.S."). In Chinese and other scripts without spaces it need not stand before white
    space: 。！？ end a sentence anywhere, and . ! ? … between their characters, but not an
    ellipsis in a stutter ("我……我不知道").
    A line break ends a sentence too. Nothing is lost but the white space between sentences.

    tensorflow-text has a sentence breaker, but it splits after "Dr.", inside "U.S. Navy" and
    inside "3.14".

    Example:

    >>> split_sentences('Dr. P. J. Smith of the U.S. Navy paid $3.14. "Why?" he asked.')
    ['Dr. P. J. Smith of the U.S. Navy paid $3.14.', '"Why?" he asked.']
    >>> split_sentences("他说：“春天来了！”花开了。")
    ['他说：“春天来了！”', '花开了。']
    """
    found = []
    for line in text.splitlines():
        start = 0
        for match in BOUNDARY.finditer(line):
            stops, closing, space, following = match.groups()
            sentence = line[start : match.end(1)]
            if not space and closing[:1] == '"' and sentence.count('"') % 2 == 0:
                closing = ""  # it opens
            if space and not set(stops) & set(FULL_WIDTH):
                ends = _ends(sentence, following)
            else:
                ends = _ends_unspaced(sentence, stops, closing, following)
            if ends:
                end = match.end(1) + len(closing)
                found.append(line[start:end].strip())
                start = end
        found.append(line[start:].strip())
    return [sentence for sentence in found if sentence]


def _ends(sentence: str, following: str) -> bool:
    """Whether a sentence ends before white space, where `following` is the next letter or digit."""
    if following.islower():
        return False
    word = QUOTES.split(sentence.rsplit(None, 1)[-1])[-1]
    if not word.endswith("."):
        return True
    word = word.removesuffix(".")
    if word.isupper() and INITIALS.fullmatch(word):
        return False
    word = word.lower()
    if word in BEFORE_NUMBERS or word in MAY_END:
        return not following.isdecimal()
    return word not in ABBREVIATIONS


def _ends_unspaced(sentence: str, stops: str, closing: str, following: str) -> bool:
    """The same where no white space follows, or a full-width stop needs none."""
    if sentence.count("《") > sentence.count("》"):  # inside a title
        return False
    if set(stops) & set(FULL_WIDTH):
        return not (closing and following in "とっ")  # Japanese: 「はい。」と言った
    if not UNSPACED.match(following):
        return False
    before = sentence[: -len(stops)][-1:]
    if stops[-1] == "…" or stops.endswith(".."):
        return before != following
    if stops != ".":
        return True
    if UNSPACED.match(before):
        return True
    word = LAST_WORD.search(sentence[-20:])  # Latin letters, "1.引言", "U.S.军舰"
    return bool(word) and not before.isdecimal() and _ends(word[0], following)
