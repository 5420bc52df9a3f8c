"""Stopwords: frequent words that say little about what a text is about."""

from collections.abc import Iterable

from mlm_tf.checks import check_choice, check_strings, needs
from mlm_tf.errors import InvalidArgumentError
from mlm_tf.preprocessing.normalization import RULES

NAMES = ("en", "zh")

# English words of the classes that take up no new words. Nouns, verbs, adjectives and numbers say
# what a text is about, and negation what it says about it: neither is here.
DETERMINERS = """a all an another any both each either enough every few fewer less least many more
    most much other others own same several some such the""".split()
SUBJECTS = """i you he she it we they that this these those there here who what which where when
    why how someone somebody something everyone everybody everything anyone anybody anything
    one""".split()
OTHER_PRONOUNS = """her hers herself him himself his its itself me mine my myself our ours ourselves
    their theirs them themselves us whatever whichever whoever whom whomever whose your yours
    yourself yourselves""".split()
AUXILIARIES = """am are be been being can could did do does doing done had has have having is may
    might must ought shall should was were will would""".split()
PREPOSITIONS = """about above across after against along amid among amongst around as at before
    behind below beneath beside besides between beyond by despite down during except for from in
    inside into of off on onto out outside over per since than through throughout thru till to
    toward towards under underneath until up upon via with within""".split()
CONJUNCTIONS = (
    "although and because but if or so though unless whereas whether while whilst".split()
)
ADVERBS = """afterwards again almost already also always anyhow anyway anywhere else elsewhere etc
    ever everywhere furthermore hence hereafter hereby herein however ie eg even indeed instead just
    maybe meanwhile moreover mostly namely nevertheless nonetheless now often once only otherwise
    perhaps quite rather somehow sometime sometimes somewhere still then thence thereafter thereby
    therefore therein thereupon thus too very whence whenever whereby wherein whereupon wherever
    yet""".split()
CONTRACTIONS = [
    *(f"{word}'{ending}" for word in SUBJECTS for ending in ("s", "re", "ve", "ll", "d")),
    *(f"{word}'ve" for word in AUXILIARIES),
    "i'm",
]
ENGLISH = frozenset().union(
    DETERMINERS,
    SUBJECTS,
    OTHER_PRONOUNS,
    AUXILIARIES,
    PREPOSITIONS,
    CONJUNCTIONS,
    ADVERBS,
    CONTRACTIONS,
)
# A Chinese word that holds one of these denies, or is built of a word that does.
CHINESE_NEGATION = frozenset("不没沒无無未非勿莫毋甭否别別")


def stopwords(choice: str | Iterable[str] | None, rules: int = RULES) -> frozenset[str]:
    """The set of stopwords that a name or a list of one's own stands for.

    Args:
        choice: `None` for none; `"en"` for 244 English function words (articles, pronouns,
            auxiliaries, prepositions, conjunctions, the adverbs that only link or grade) and 178
            contractions of them ("it's"); `"zh"` for the Chinese list of Stopwords ISO (an optional
            package); or any words. Both lists leave all negation in a text, since without it a bad
            review reads like a good one: "not", "never", "without", "cannot" and whatever ends in
            "n't"; of the 794 Chinese words the 60 that hold 不, 没, 无, 未, 非, 别 or their like.
        rules: version of the rules: before 3, that is in pipelines of files of version 1 and 2,
            `"en"` is the list of gensim (337 words, some negation and words like "computer" and
            "fire" among them) with "dont", and `"zh"` the whole list of Stopwords ISO.

    Raises:
        InvalidArgumentError: for another name, or words that are no strings.
        MissingDependencyError: for the Chinese list without its package.

    Example:

    >>> [word in stopwords("en") for word in ("the", "it's", "city", "not", "isn't")]
    [True, True, False, False, False]
    >>> len(stopwords("en"))
    422
    >>> sorted(stopwords(["um", "er"]))
    ['er', 'um']
    """
    check_choice("rules", rules, range(1, RULES + 1))
    if choice is None:
        return frozenset()
    if not isinstance(choice, str):
        return frozenset(check_strings("stopwords", choice))
    if choice == "en":
        if rules >= 3:
            return ENGLISH
        from gensim.parsing.preprocessing import STOPWORDS

        return STOPWORDS | {"dont"}
    if choice == "zh":
        listed = _chinese()
        return listed if rules < 3 else frozenset(filter(CHINESE_NEGATION.isdisjoint, listed))
    raise InvalidArgumentError(
        f"stopwords={choice!r} is not known; use None, {', '.join(map(repr, NAMES))}, or a list of "
        "words."
    )


def _chinese() -> frozenset[str]:
    stopwordsiso = needs("stopwordsiso", "zh", "stopwords='zh'", "give a list of words")
    return frozenset(stopwordsiso.stopwords("zh"))
