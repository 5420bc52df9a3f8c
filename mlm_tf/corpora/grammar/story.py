"""Stories: the programs that tell them, and their exact probability."""

import itertools
import logging
import math
import random
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from mlm_tf.checks import check_choice, check_integer, check_strings
from mlm_tf.corpora.grammar import common
from mlm_tf.corpora.grammar.machine import END, UNSET, Network, Program, Template, Trellis
from mlm_tf.corpora.grammar.network import PLOTS, SENTIMENTS, variables
from mlm_tf.corpora.grammar.topics import TOPIC_NAMES, TOPICS
from mlm_tf.corpora.translation import Pair
from mlm_tf.errors import EmptyCorpusError

logger = logging.getLogger("mlm_tf")
LANGUAGES = ("en", "zh")
BREAK = "\n"  # between two sentences of a program
_TOKENS = {"en": re.compile(r"[a-z0-9]+(?:'[a-z]+)*|[^\sa-z0-9^]"), "zh": re.compile(r"\S")}
_CAPITAL = re.compile(r"(?:^|\^)([^\w^]*)(\w)")


# === The programs ===


class _Told:
    """The programs of one language: the story, its summary, a question and the answer."""

    def __init__(self, network: Network, language: str):
        self.language = language
        self.template = Template(language, common.ENGLISH if language == "en" else common.CHINESE)
        self.side = LANGUAGES.index(language)
        self.program = Program(network, self.tokenize)
        self.story = self._story()
        self.summary = self._plot("summary", self._outcome())
        self.question = self._shared("question", [q[2 * self.side] for q in common.QUESTIONS], 0)
        self.answer = self._shared("question", [q[2 * self.side + 1] for q in common.QUESTIONS], 0)

    def tokenize(self, text: str) -> list[str]:
        return _TOKENS[self.language].findall(text.lower())

    def tidy(self, said: str) -> str:
        """Of English, one space between words, none before a mark, and its capitals."""
        if self.language == "zh":
            return said
        said = _CAPITAL.sub(lambda found: found[1] + found[2].upper(), " ".join(said.split()))
        return re.sub(r" ([,.;:?!])", r"\1", said)

    def _both(self, templates: Sequence) -> list[str]:
        return [both[self.side] for both in templates]

    def _story(self) -> int:
        at = self._plot("ending", 0)
        at = self._optional("verdict", self._both(common.VERDICTS), at)
        at = self._shared("opinion", self._both(common.OPINIONS), self._break(at))
        at = self._saying(at)
        at = self._plot("detail", at)
        at = self._plot("event", self._break(at))
        at = self._shared("companion", self._both(common.COMPANIONS), self._break(at))
        at = self._plot("opening", self._break(at))
        return self._shared("lead", self._both(common.LEADS), at)

    def _break(self, following: int) -> int:
        return self.program.compile((BREAK,), following)

    def _compiled(self, templates: Iterable[str], following: int) -> list[int]:
        return [self.program.compile(self.template.parse(t), following) for t in templates]

    def _ask(self, variable: str, targets: Sequence[int]) -> int:
        return self.program.ask(self.program.network.index[variable], targets)

    def _shared(self, variable: str, templates: Sequence[str], following: int) -> int:
        return self._ask(variable, self._compiled(templates, following))

    def _optional(self, variable: str, templates: Sequence[str], following: int) -> int:
        targets = self._compiled(templates, self._break(following))
        return self._ask(variable, [*targets, following])

    def _plot(self, variable: str, following: int) -> int:
        """The templates of all topics, the shared ones, and nothing where that may be."""
        own = [both for topic in TOPICS for both in getattr(topic, PLOTS[variable])]
        shared = common.ENDINGS if variable == "ending" else ()
        templates = self._both([*own, *shared])
        if variable == "detail":
            return self._optional(variable, templates, following)
        return self._shared(variable, templates, following)

    def _saying(self, following: int) -> int:
        own = [both for topic in TOPICS for both in topic.sayings]
        targets = []
        for words in self._both([*own, *common.SAYINGS]):
            if self.language == "en":
                who = "{speaker.is?mate:{@mate}|third:{@third}}"
                template = f'["^{words}," {{speaking}} {who}.|{who} {{speaking}}: "^{words}."]'
            else:
                template = (
                    "{speaker.is?mate:{@mate}|third:{@third}}{speaking}：“" + words + "[。|！]”"
                )
            targets += self._compiled([template], self._break(following))
        return self._ask("saying", [*targets, following])

    def _outcome(self) -> int:
        return self._shared("outcome", self._both(common.OUTCOMES), 0)


@cache
def _network() -> Network:
    return Network(variables())


@cache
def _told(language: str) -> _Told:
    return _Told(_network(), language)


@cache
def _trellis(language: str) -> Trellis:
    told = _told(language)
    return Trellis(told.program, told.story)


# === What users see ===


@dataclass(frozen=True)
class Story:
    """A story and what is known of it, in one language.

    Attributes:
        language: `"en"` or `"zh"`.
        sentences: what it says, a sentence each.
        summary: the same in one sentence.
        topic: what it is about, by the English name in either language: one of `TOPIC_NAMES`.
        sentiment: `"positive"` or `"negative"`: what the one of whom it tells thinks of it all.
        question: something that the story answers.
        answer: the answer.
        translation: the same story in the other language, whose own `translation` is `None`.
    """

    language: str
    sentences: tuple[str, ...]
    summary: str
    topic: str
    sentiment: str
    question: str
    answer: str
    translation: "Story | None" = None

    @property
    def text(self) -> str:
        """The whole story."""
        return (" " if self.language == "en" else "").join(self.sentences)

    @property
    def label(self) -> int:
        """1 for a favourable opinion, 0 for an unfavourable one, as in `LabelledText`."""
        return int(self.sentiment == "positive")

    @property
    def pairs(self) -> list[Pair]:
        """Each sentence with its translation; of a translation, an empty list."""
        others = self.translation.sentences if self.translation else ()
        return [Pair(*both) for both in zip(self.sentences, others, strict=False)]


def grammar(num_stories: int = 1000, seed: int = 0, language: str = "en") -> list[Story]:
    """Stories from a probabilistic grammar of our own, English and Chinese aligned.

    Each tells in five to eight sentences of somebody who goes somewhere with something, of a
    relation who comes along and a third person, of what happens, and of what was thought of it.
    There are eight topics. A story has the same facts in both languages, sentence by sentence, each
    of which says them in words of its own. Names are unlike in either script, so that a
    translation, a summary and an answer can be right or wrong.

    The opinion is favourable in half of the stories. It is said in words of praise or blame, but
    also by "not ... at all", and by a turn as "although the soup was cold, the evening was lively",
    in which the words of both sides are the same for either opinion and only their places tell.

    What is said early is asked for late: names, things and their number (and with it "was" or
    "were", "that" or "those", and in Chinese the measure word), a person's gender. `GrammarLimit`
    knows how probable each token is.

    The stories of a seed stay the same for ever, on every machine and version of Python; a list of
    more of them begins with the list of fewer. Take other seeds for other sets: a training set of
    seed 0 and a validation set of seed 1 share no story.

    Args:
        num_stories: how many. (`grammar_stream` gives them without an end.)
        seed: an integer >= 0.
        language: `"en"` or `"zh"`; the other one is each story's `translation`.

    Raises:
        InvalidArgumentError: for a number or seed below 0, or another language.

    Example:

    >>> story = grammar(1, seed=2)[0]
    >>> print(story.sentences[0])
    On a sunny morning in December, Hong Teng sailed from Haikou on a steamer with four flares on
    board.
    >>> print(story.translation.sentences[0])
    12月一个晴朗的早晨，洪腾乘一艘汽轮驶出海口，船上有四支信号弹。
    >>> print(story.question, story.answer)
    In which city was Hong Teng? In Haikou.
    """
    check_integer("num_stories", num_stories, least=0)
    return list(itertools.islice(grammar_stream(seed, language), num_stories))


def grammar_stream(seed: int = 0, language: str = "en") -> Iterator[Story]:
    """The stories of `grammar`, without an end.

    Args:
        seed: an integer >= 0.
        language: `"en"` or `"zh"`.

    Raises:
        InvalidArgumentError: for a seed below 0 or another language.

    Example:

    >>> next(grammar_stream(seed=2)) == grammar(1, seed=2)[0]
    True
    """
    check_integer("seed", seed, least=0)
    check_choice("language", language, LANGUAGES)
    return _stories(seed, language)


def _stories(seed: int, language: str) -> Iterator[Story]:
    # Of all that draws random numbers in Python and NumPy, this one method is promised to stay.
    draw = random.Random(int(seed)).random
    network = _network()
    translated = LANGUAGES[1 - LANGUAGES.index(language)]
    while True:
        drawn = [UNSET] * len(network.variables)
        # English first whatever is asked for, so that a seed is one list of stories.
        told = {each: _tell(_told(each), drawn, draw) for each in LANGUAGES}
        known = {
            "topic": TOPIC_NAMES[drawn[network.index["topic"]]],
            "sentiment": SENTIMENTS[drawn[network.index["sentiment"]]],
        }
        other = Story(translated, **told[translated], **known)
        yield Story(language, **told[language], **known, translation=other)


def _tell(told: _Told, drawn: list[int], draw: Callable[[], float]) -> dict:
    """A story's parts in one language; what one part draws, all later ones keep to."""
    said = {
        part: told.program.sample(start, drawn, draw)
        for part, start in (
            ("sentences", told.story),
            ("summary", told.summary),
            ("question", told.question),
            ("answer", told.answer),
        )
    }
    sentences = said.pop("sentences").split(BREAK)
    return {
        "sentences": tuple(told.tidy(sentence) for sentence in sentences),
        **{part: told.tidy(words) for part, words in said.items()},
    }


class GrammarLimit:
    """How probable each token of a story is: the limit, which no model can pass on average.

    `log_probs` and `perplexity` are those of a language model that knows the grammar. What the text
    does not say, as the topic, a name that comes later, or whether 妹妹 or 姐姐 is the "sister", is
    summed out token by token, over all ways in which the grammar could have come so far (the
    forward algorithm), so that the numbers are exact and not a bound. Some milliseconds a story.

    Tokens are those of a word pipeline in English and of a character pipeline in Chinese. For ids
    there is `baselines.GrammarModel`.

    Args:
        language: `"en"` or `"zh"`.

    Attributes:
        vocabulary: all tokens of the grammar, sorted. A pipeline fitted on some hundred texts and
            on these knows every word of all others.

    Raises:
        InvalidArgumentError: for another language.

    Example:

    >>> limit = GrammarLimit("en")
    >>> round(limit.perplexity([story.text for story in grammar(20)]), 1)
    5.3
    >>> round(limit.next_probabilities("On 14")["march"], 4)
    0.0833
    """

    def __init__(self, language: str = "en"):
        self.language = check_choice("language", language, LANGUAGES)
        told = _told(language)
        self._tokenize = told.tokenize
        self._trellis = _trellis(language)
        self.vocabulary = sorted(told.program.vocabulary(told.story))

    def tokenize(self, text: str) -> list[str]:
        """The tokens of a text: lower-case words and marks, or in Chinese characters.

        >>> GrammarLimit("en").tokenize("On 14 March, Xi'an!")
        ['on', '14', 'march', ',', "xi'an", '!']
        """
        return self._tokenize(text)

    def log_probs(self, texts: Iterable[str]) -> list[np.ndarray]:
        """The natural log-probability of every token of some texts, given those before it.

        The first token has nothing before it, and the end counts: a text of n tokens has n + 1
        numbers. Where a text is none of the grammar, they are minus infinity from the first token
        on that cannot stand there, and a line of the log says which.

        Args:
            texts: whole stories.

        Returns:
            One float64 array a text.

        Raises:
            InvalidArgumentError: for anything but a list of strings.
        """
        texts = check_strings("texts", texts)
        return self.log_probs_of_tokens([[*self._tokenize(text), END] for text in texts])

    def log_probs_of_tokens(self, rows: Iterable[Sequence[str]]) -> list[np.ndarray]:
        """The same of texts that are cut into tokens already, the last of them `"[END]"`.

        >>> GrammarLimit("en").log_probs_of_tokens([["zebras", "[END]"]])
        [array([-inf, -inf])]
        """
        found = []
        for index, row in enumerate(rows):
            found.append(np.array(self._trellis.log_probabilities(row), np.float64))
            impossible = np.flatnonzero(np.isinf(found[-1]))
            if len(impossible):
                at = impossible[0]
                logger.warning(
                    f"texts[{index}] is none of the grammar's: its token {at}, {row[at]!r}, cannot "
                    f"follow {' '.join(row[max(at - 3, 0) : at])!r}; its log-probability is minus "
                    "infinity from there on."
                )
        return found

    def perplexity(self, texts: Iterable[str]) -> float:
        """The exponential of the mean negative log-probability of a token, ends included.

        Args:
            texts: whole stories, at least one.

        Raises:
            EmptyCorpusError: for no text.
            InvalidArgumentError: for anything but a list of strings.
        """
        rows = self.log_probs(texts)
        if not rows:
            raise EmptyCorpusError("texts holds 0 texts, and a perplexity needs one; give a story.")
        return math.exp(-np.concatenate(rows).mean())

    def next_probabilities(self, beginning: str = "") -> dict[str, float]:
        """What may follow the beginning of a story: each token with its probability, most first.

        Args:
            beginning: whole words.

        Returns:
            Probabilities that sum to one, `"[END]"` among the tokens where the story may end; empty
            if no story begins so.
        """
        states = self._trellis.start
        for token in self._tokenize(beginning):
            _, states = self._trellis.advance(states, token)
        found = self._trellis.next_probabilities(states)
        return dict(sorted(found.items(), key=lambda entry: (-entry[1], entry[0])))
