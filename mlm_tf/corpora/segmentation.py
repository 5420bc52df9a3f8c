"""Where one sentence ends and the next begins, for English text."""

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

# The first letter or digit of what may be the next sentence is group 2.
BOUNDARY = re.compile(r"""(?<=[.!?…])(["'”’)\]]*)\s+(?=["'“‘(\[]*([^\W_]))""")
QUOTES = re.compile(r"""["'“”‘’()\[\]]""")
INITIALS = re.compile(r"[^\W\d_](\.-?[^\W\d_])*")  # "J", "U.S", "J.-P"


def split_sentences(text: str) -> list[str]:
    """Split English text into sentences.

    A sentence ends with a full stop, question mark, exclamation mark or ellipsis (and closing
    quotes or brackets) that stands before white space and a capital letter or digit, unless the
    word before the stop is an abbreviation ("Dr.", "e.g.") or an initial ("P. J.", "U.S.").
    A line break ends a sentence too. Nothing is lost but the white space between sentences.

    tensorflow-text has a sentence breaker, but it splits after "Dr.", inside "U.S. Navy" and
    inside "3.14".

    Example:

    >>> split_sentences('Dr. P. J. Smith of the U.S. Navy paid $3.14. "Why?" he asked.')
    ['Dr. P. J. Smith of the U.S. Navy paid $3.14.', '"Why?" he asked.']
    """
    found = []
    for line in text.splitlines():
        start = 0
        for match in BOUNDARY.finditer(line):
            if _ends(line[start : match.start()], match[2]):
                found.append(line[start : match.end(1)].strip())
                start = match.end()
        found.append(line[start:].strip())
    return [sentence for sentence in found if sentence]


def _ends(sentence: str, following: str) -> bool:
    """Whether a sentence ends here, where the letter or digit `following` comes next."""
    if not (following.isupper() or following.isdecimal()):
        return False
    word = QUOTES.split(sentence.rsplit(None, 1)[-1])[-1]
    if not word.endswith("."):
        return True
    word = word.removesuffix(".")
    if word.isupper() and INITIALS.fullmatch(word):
        return False
    word = word.lower()
    if word in BEFORE_NUMBERS or word in MAY_END:
        return following.isupper()
    return word not in ABBREVIATIONS
