r"""What words are made of, as patterns, for every version of the rules.

RE2 syntax, which has no look-ahead and an ASCII `\s`, `\b` and `\B`. Each version is two lists of
replacements, one for plain ASCII and one for any text; what stands between edges then is a token.
"""

from typing import NamedTuple

from mlm_tf.preprocessing.normalization import ORDINARY, PLAIN, SPECIAL

Steps = tuple[tuple[str, str], ...]

# What stands between two words while they are found; white space to `tf.strings.split`.
EDGE = "\v"
ALONE = rf"{EDGE}\0{EDGE}"
# A space that a token was written with and keeps, until texts have been split at spaces.
KEPT_SPACE = "\u00a0"

SPACES = (
    r"[\x00-\x1f\x7f-\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}]",
    " ",
)
APOSTROPHES = ("[\u2019\u02bc]", "'")  # typographic forms

# Runs that a word's pattern alone would not part from their neighbours, by language. Scripts that
# write no spaces are words character by character, or for Chinese by a dictionary.
UNSPACED = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}\p{Tibetan}"
RUNS = {"en": None, "any": rf"[{UNSPACED}]\pM*", "zh": r"\p{Han}+"}
# Marks of kana that Unicode counts to no script.
LATER_RUNS = {
    **RUNS,
    "any": rf"[{UNSPACED}\x{{3006}}\x{{3031}}-\x{{3035}}\x{{30fc}}\x{{ff70}}]\pM*",
}

# === Rules 1 and 2 ===

# A word or number, with apostrophes and stops inside it ("don't", "3.14") and groups of three
# digits ("1,000,000"); any other sign alone, with the marks that belong to it.
GROUP = r",\pN{3}\b"
WORD = rf"(?:[\pL\pM\pN]+|{GROUP})(?:['.][\pL\pM\pN]+|{GROUP})*|[^\s\v\pL\pM\pN]\pM*"
LAST_STOP = (r"(\.\pL)\v\v\.\v", rf"\1.{EDGE}")  # it belongs to a word like "U.S.", "Ph.D."
INVISIBLE = r"[\p{Cf}\x{fe00}-\x{fe0f}]"  # joiners, soft hyphens, marks of direction

# The same in plain ASCII, where the signs between words are fewer than the words: all are cut off
# first, and what belongs to a word or number is put back.
ASCII_SIGN = (r"[!-&(-+\-/:-@\[-`{-~]|\B['.]|['.]\B|,", ALONE)
ASCII_LAST_STOP = (r"(\.[A-Za-z])\v\.\v", rf"\1.{EDGE}")

# === Rules 3 ===

# A sign with which words are joined, written without spaces where it has none of its own: " - " is
# another token than the "-" of "well-known".
JOINING = r"[\p{Pd}\p{Pc}\p{Sm}/@&*#^\\`\x{b7}\x{2022}\x{2027}\x{f0b}\x{f0c}\x{1361}]\pM*"
# A sign that closes, or ends a sentence, and opens where a space is before it and none behind
# ('tis, .300, ”hej”); and quotes that French writes with spaces inside, German the other way round.
OPENING = r"(?:\.\v+[\pL\pN]|['\x{201d}]\v+[^\s\v\pP]|[\x{bb}\x{203a}]\v)"
BEHIND_SPACE, BEFORE_SPACE = rf"{KEPT_SPACE}[\x{{bb}}\x{{203a}}]", r"[\x{ab}\x{2039}]"

# Inside a word: apostrophes and stops; the middle dot of Catalan; what Armenian writes over a
# vowel; the slash of 1⁄2. Inside a number: commas between digits ("1,000", "3,5", "12,34,567").
INSIDE = r"['.\x{b7}\x{2027}\x{2044}\x{55b}\x{55c}\x{55e}\x{55f}]"
# A letter or mark, or a joiner, which only those are left that carry meaning.
LETTERS = r"[\pL\pM\x{200c}\x{200d}\x{202f}\x{180e}\x{fdde}\x{fddf}]"
LETTERS_OR_NUMBERS = rf"(?:{LETTERS}|\pN+(?:[,\x{{66b}}\x{{66c}}]\pN+)*)+"
SIGN = r"[^\s\v\pL\pM\pN]"
FLAG = r"[\x{1f1e6}-\x{1f1ff}]{2}"
EMOJI = rf"{SIGN}(?:[\pM\x{{1f3fb}}-\x{{1f3ff}}]|\x{{200d}}{SIGN})*"  # with its skin, and joined
LATER_WORD = rf"{LETTERS_OR_NUMBERS}(?:{INSIDE}{LETTERS_OR_NUMBERS})*|{FLAG}|{EMOJI}"

# Plain ASCII is what needs none of the rules for a space kept, a comma between digits after none,
# or "`". White space, a sign, a letter or a number, each with the apostrophes and stops behind it.
_SPACE, _SIGN, _LETTER = r"[\t\n\f\r ]", r"[!\"$%():;?\[\]{}]", "[A-Za-z]"
_LONE = rf"(?:['.]+{_SPACE})*(?:['.]+$)?"
_STOPS = "['.]*"
LATER_PLAIN = (
    rf"{_LONE}(?:{_SPACE}{_LONE}|{_SIGN}{_STOPS}|[A-Za-z0-9]{_STOPS}(?:[-/][A-Za-z0-9]{_STOPS})*"
    rf"|[0-9](?:,[0-9])+{_STOPS}|,+(?:{_SPACE}{_LONE}|(?:{_SIGN}|{_LETTER}){_STOPS}|$))*"
)

# Scripts that write with joiners: from Arabic to Mongolian, and their like further on.
JOINED = (
    r"\x{600}-\x{109f}\x{1700}-\x{1cff}\x{a800}-\x{abff}\x{fb50}-\x{fdcf}\x{fdf0}-\x{fdff}"
    r"\x{fe70}-\x{fefc}\x{10a00}-\x{11fff}"
)
PICTURE = r"[\x{2190}-\x{3299}\x{1f000}-\x{1faff}]"
# Kept through normalisation as noncharacters: the joiners, a narrow space and a vowel separator of
# Mongolian, and what ' and " are in Hebrew words.
NON_JOINER, JOINER, NARROW, SEPARATOR = map(chr, range(0xFDDA, 0xFDDE))
GERESH, GERSHAYIM = "\ufdde", "\ufddf"
HEBREW = r"[\p{Hebrew}\pM]"

# Texts that hold any of these go a longer way.
RARE = (
    r"`\x{ad}\x{b4}\x{ba}\x{2da}\x{384}\x{55a}\x{590}-\x{109f}\x{1700}-\x{1cff}\x{1fbd}\x{1fbf}"
    r"\x{1fef}\x{1ffd}\x{200b}-\x{200f}\x{2018}\x{201b}\x{202a}-\x{202e}\x{2032}\x{2060}-\x{206f}"
    r"\x{a800}-\x{abff}\x{fb1d}-\x{fdff}\x{fe00}-\x{fe0f}\x{fe70}-\x{feff}\x{ff07}\x{ff40}"
    r"\x{fff9}-\x{fffb}\x{10a00}-\x{11fff}\x{e0000}-\x{e0fff}"
)
COMMON = rf"[^{RARE}{SPECIAL}]*"
NO_WIDTH: Steps = ((r"\x{200b}", " "),)  # a space of no width, between words of Khmer or Thai
# Apostrophes that normalisation would turn into a space and an accent, or that are quotes, a
# grave accent and the mark of feet elsewhere. Twice, since a letter between two stands once.
ACCENTS = r"\x{b4}\x{384}\x{55a}\x{5f3}\x{1fbd}\x{1fbf}\x{1ffd}\x{ff07}"
TYPED: Steps = (
    *[(r"([\pL\pM\pN])[`\x{1fef}\x{2018}\x{201b}\x{2032}\x{ff40}](\pL)", r"\1'\2")] * 2,
    (r"[\x{ba}\x{2da}]([CF])", r"°\1"),  # typed for the degree
)
OLD_HEBREW: Steps = (
    (r"(\p{Hebrew}\pM*)[\"\x{201d}\x{5f4}](\p{Hebrew})", rf"\1{GERSHAYIM}\2"),
    # An abbreviation's, but for a word that one opens too.
    (
        rf"(^|[^'{HEBREW[1:-1]}{GERSHAYIM}])(\p{{Hebrew}}(?:['\x{{2019}}{GERSHAYIM}]?{HEBREW})*)"
        r"['\x{2019}]",
        rf"\1\2{GERESH}",
    ),
)
JOINERS: Steps = (
    (rf"([{JOINED}])\x{{200c}}+", rf"\1{NON_JOINER}"),
    (rf"{NON_JOINER}([^{JOINED}]|$)", r"\1"),
    (rf"([{JOINED}])\x{{200d}}+", rf"\1{JOINER}"),
    *[(rf"({PICTURE}[\pM\x{{1f3fb}}-\x{{1f3ff}}]*)\x{{200d}}({PICTURE})", rf"\1{JOINER}\2")] * 2,
    *[(r"(\p{Mongolian})\x{202f}(\p{Mongolian})", rf"\1{NARROW}\2")] * 2,
    *[(r"(\p{Mongolian})\x{180e}(\p{Mongolian})", rf"\1{SEPARATOR}\2")] * 2,
    # What is invisible and says nothing: soft hyphens, other joiners, marks of direction, tags.
    (
        r"[\x{ad}\x{61c}\x{180e}\x{200c}-\x{200f}\x{202a}-\x{202e}\x{2060}-\x{206f}\x{feff}"
        r"\x{fff9}-\x{fffb}\x{e0000}-\x{e007f}]",
        "",
    ),
    (r"(^|\s)[\x{fe00}-\x{fe0f}]+", r"\1"),  # variants of nothing
)
KEPT: Steps = (
    (NON_JOINER, "\u200c"),
    (JOINER, "\u200d"),
    (NARROW, "\u202f"),
    (SEPARATOR, "\u180e"),
)
# A line that lengthens an Arabic word, as other scripts space a headline.
TATWEEL = (r"\x{640}+([\x{620}-\x{63f}\x{641}-\x{64a}\x{671}-\x{6d3}])", r"\1")
HEBREW_SIGNS: Steps = ((GERESH, "'"), (GERSHAYIM, '"'))


class _Patterns(NamedTuple):
    """How texts are cut. `rare` texts take `before`, `between` and `after` besides."""

    plain: str  # texts in plain ASCII, for which `signs` do
    signs: Steps
    runs: dict[str, str | None]
    spaces: Steps  # after normalisation
    words: Steps
    common: str = ORDINARY  # texts that are not rare, and ordinary to the normaliser
    before: Steps = ()  # normalisation
    between: Steps = ()  # spaces and words
    after: Steps = ()


_OLD = _Patterns(
    plain=PLAIN,
    signs=(ASCII_SIGN, (r"\v,\v([0-9]{3})\b", r",\1"), ASCII_LAST_STOP),
    runs=RUNS,
    # "_" is a letter to RE2's \b.
    spaces=(("_", f"{EDGE}_{EDGE}"), (INVISIBLE, ""), SPACES, APOSTROPHES),
    words=((WORD, ALONE), LAST_STOP),
)
_NEW = _Patterns(
    plain=LATER_PLAIN,
    signs=(ASCII_SIGN, (r"\v,\v([0-9])", r",\1"), ASCII_LAST_STOP),
    runs=LATER_RUNS,
    spaces=(SPACES, APOSTROPHES),
    words=(
        (LATER_WORD, ALONE),
        LAST_STOP,
        (rf"(^|\s)(\v+)({JOINING}\v)", rf"\1\2{KEPT_SPACE}\3"),
        (rf"(^|\s)(\v+)({OPENING})", rf"\1\2{KEPT_SPACE}\3"),
        (rf"({JOINING}|{BEHIND_SPACE}|{BEFORE_SPACE})(\v+(?:\s|$))", rf"\1{KEPT_SPACE}\2"),
    ),
    common=COMMON,
    before=(*NO_WIDTH, (rf"[{ACCENTS}]", "'"), *TYPED, *OLD_HEBREW, *JOINERS),
    between=(*KEPT, TATWEEL),
    after=HEBREW_SIGNS,
)

# === Rules 4: what `join_words` writes is read as the words that were joined ===

# Only a Hebrew letter takes a geresh or gershayim, and nothing invisible comes between them.
HEBREW_LETTERS = "\u05d0-\u05ea\u05ef-\u05f2\ufb1d\ufb1f-\ufb28\ufb2a-\ufb4f"
_HEBREW_MARKS = r"\x{300}-\x{36f}\x{591}-\x{5bd}\x{5bf}\x{5c1}\x{5c2}\x{5c4}\x{5c5}\x{5c7}\x{fb1e}"
_HEBREW = rf"[{HEBREW_LETTERS}][{_HEBREW_MARKS}]*"
_LATER_HEBREW: Steps = (
    (rf"({_HEBREW})[\"\x{{201d}}\x{{5f4}}]([{HEBREW_LETTERS}])", rf"\1{GERSHAYIM}\2"),
    (
        rf"((?:^|[^'{HEBREW_LETTERS}\pM{GERSHAYIM}])\pM*{_HEBREW}(?:['{GERSHAYIM}]?{_HEBREW})*)'",
        rf"\1{GERESH}",
    ),
)
_LATER_PICTURE = (
    r"[\x{2190}-\x{2bff}\x{3030}\x{303d}\x{3297}\x{3299}"
    r"\x{1f000}-\x{1f1e5}\x{1f200}-\x{1f3fa}\x{1f400}-\x{1faff}]"
)
# Neither kana nor flags; colours of skin stand behind one.
_PICTURED = rf"{_LATER_PICTURE[1:-1]}\x{{1f3fb}}-\x{{1f3ff}}"
_JOIN = f"[{NON_JOINER}{JOINER}]"
# Joiners join letters of their scripts: none stands behind a sign or between signs, other than
# pictures. Twice, since a mark may stand between two.
_IN_WORDS: Steps = (
    (f"({_JOIN}){_JOIN}+", r"\1"),
    *[
        (rf"((?:^|[^{kept}\pM{_PICTURED}{NON_JOINER}{JOINER}])\pM*){_JOIN}", r"\1")
        for kept in (r"\pL\pN", JOINED)
    ]
    * 2,
    (rf"{NON_JOINER}([^\pL\pM\pN]|$)", r"\1"),
    (rf"{NON_JOINER}([^{JOINED}]|$)", r"\1"),
)
# Nor at the edge of a word, where a space may be written: but one that shapes the last letter.
_AT_EDGES: Steps = (
    (r"(^|[\s\v])[\x{200c}\x{200d}]+", r"\1"),
    (r"((?:^|[\s\v])\pM+)\x{200d}+([\s\v]|$)", r"\1\2"),
    *[(rf"\x{{200c}}+([\s\v]+(?:[^{UNSPACED}\s\v]|\pM)|[\s\v]*$)", r"\1")] * 2,
)
_MONGOLIAN = r"[\x{1820}-\x{18aa}][\x{180b}-\x{180d}\x{180f}]*"
_LATER_JOINERS: Steps = tuple(
    (
        old.replace(PICTURE, _LATER_PICTURE)
        .replace(r"(\p{Mongolian})\x", rf"({_MONGOLIAN})\x")
        .replace(r"(\p{Mongolian})", r"([\x{1820}-\x{18aa}])"),
        new,
    )
    for old, new in JOINERS
)
# "°" and "¢" stand close behind a word, and behind an apostrophe too; a flag has its marks; and
# what joins within a word brings no space.
_LATER_WORDS = {
    OPENING: OPENING.replace(r"[^\s\v\pP]", r"[^\s\v\pP°¢]"),
    FLAG: rf"{FLAG}\pM*",
    rf"({JOINING}|": rf"([\v{KEPT_SPACE}]{JOINING}|",
}


def _later(pattern: str) -> str:
    for old, new in _LATER_WORDS.items():
        pattern = pattern.replace(old, new)
    return pattern


_NEWEST = _NEW._replace(
    # Marks of a script belong to a sign too.
    runs={
        **LATER_RUNS,
        "any": r"[\pP\p{Sc}\p{Sm}][\pM\x{1f3fb}-\x{1f3ff}]+|"
        rf"[{UNSPACED}\x{{3006}}\x{{3031}}-\x{{3035}}\x{{303c}}\x{{30fc}}\x{{ff70}}\x{{ff9e}}\x{{ff9f}}]"
        r"[\pM\x{200c}\x{200d}]*",
    },
    before=(
        *NO_WIDTH,
        (r"\x{61c}", ""),
        *_LATER_JOINERS,
        (rf"[{ACCENTS}\x{{2019}}\x{{2bc}}]", "'"),
        *TYPED,
        *_LATER_HEBREW,
    ),
    between=(*_IN_WORDS, *KEPT, TATWEEL),
    words=tuple((_later(old), new) for old, new in _NEW.words),
    after=(*_AT_EDGES, *HEBREW_SIGNS),
)
PATTERNS = {1: _OLD, 2: _OLD, 3: _NEW, 4: _NEWEST}
