"""Stories: the network behind them, the programs that tell them, and their exact probability."""

import itertools
import logging
import math
import random
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from mlm_tf.checks import check_choice, check_integer, check_strings
from mlm_tf.corpora.grammar import common, lexicon
from mlm_tf.corpora.grammar.machine import END, UNSET, Network, Program, Template, Trellis, Variable
from mlm_tf.corpora.grammar.topics import TOPICS
from mlm_tf.corpora.translation import Pair

logger = logging.getLogger("mlm_tf")
LANGUAGES = ("en", "zh")
BREAK = "\n"  # between two sentences of a program
_TOKENS = {"en": re.compile(r"[a-z0-9]+(?:'[a-z]+)*|[^\sa-z0-9^]"), "zh": re.compile(r"\S")}
_CAPITAL = re.compile(r"(?:^|\^)([^\w^]*)(\w)")


# === The network ===


def _named(*names: str) -> list[dict[str, str]]:
    return [{"is": name} for name in names]


def _uniform(values: Sequence) -> list:
    return [1.0] * len(values)


def _of_topic(attribute: str) -> tuple[list, list[list[float]]]:
    """The values of all topics end to end, and for each topic a 1 where they are its own."""
    groups = [getattr(topic, attribute) for topic in TOPICS]
    values = [value for group in groups for value in group]
    owners = [index for index, group in enumerate(groups) for _ in group]
    return values, [[float(owner == index) for owner in owners] for index in range(len(TOPICS))]


def _variables() -> Iterator[Variable]:
    yield Variable("topic", [{"en": t.name[0], "zh": t.name[1]} for t in TOPICS])
    yield Variable("sentiment", _named("negative", "positive"))
    yield from _people()
    yield from _times()
    yield from _objects()
    yield from _opinions()
    for name, templates in (
        ("companion", common.COMPANIONS),
        ("opinion", common.OPINIONS),
        ("question", common.QUESTIONS),
        ("outcome", common.OUTCOMES),
    ):
        yield Variable(name, _named(*map(str, range(len(templates)))))
    yield Variable("speaker", _named("mate", "third"))
    yield _optional("verdict", len(common.VERDICTS), none=45)
    for name, shared, none in (
        ("opening", (), 0),
        ("event", (), 0),
        ("detail", (), 1),
        ("saying", common.SAYINGS, 36),
        ("ending", common.ENDINGS, 0),
        ("summary", (), 0),
    ):
        yield _plot(name, len(shared), none)


def _optional(name: str, templates: int, none: int) -> Variable:
    weights = [1.0] * templates + [float(none)]
    return Variable(name, _named(*map(str, range(templates + 1))), (), lambda: weights)


PLOTS = {
    "opening": "openings",
    "event": "events",
    "detail": "details",
    "saying": "sayings",
    "ending": "endings",
    "summary": "summaries",
}


def _plot(name: str, shared: int, none: int) -> Variable:
    """Which template: those of the topic, then the shared ones, then none at all."""
    _, owned = _of_topic(PLOTS[name])
    weights = [[*row, *[1.0] * shared, *[float(none)] * (none > 0)] for row in owned]
    values = _named(*map(str, range(len(weights[0]))))
    return Variable(name, values, ("topic",), lambda topic: weights[topic])


def _people() -> Iterator[Variable]:
    names, women = [*lexicon.WOMEN, *lexicon.MEN], len(lexicon.WOMEN)

    def given(gender: int, *others: int) -> list[float]:
        return [float((i >= women) == gender and i not in others) for i in range(len(names))]

    def same_family(relation: int, surname: int) -> list[float]:
        same = lexicon.RELATIONS[relation]["family"] == "same"
        return [float((i == surname) == same) for i in range(len(lexicon.SURNAMES))]

    def gender_of(relation: int) -> list[float]:
        return [float(lexicon.RELATIONS[relation]["gender"] in (g, "any")) for g in "fm"]

    yield Variable("gender", _named("f", "m"))
    yield Variable("surname", lexicon.SURNAMES)
    yield Variable("given", names, ("gender",), given)
    yield Variable("rel", lexicon.RELATIONS)
    yield Variable("gender2", _named("f", "m"), ("rel",), gender_of)
    yield Variable("surname2", lexicon.SURNAMES, ("rel", "surname"), same_family)
    yield Variable("given2", names, ("gender2", "given"), given)
    yield Variable("gender3", _named("f", "m"))
    yield Variable("surname3", lexicon.SURNAMES)
    yield Variable("given3", names, ("gender3", "given", "given2"), given)
    for number in (4, 5):  # who is named once
        yield Variable(f"surname{number}", lexicon.SURNAMES)
        yield Variable(f"given{number}", names)


def _times() -> Iterator[Variable]:
    def weather(month: int) -> list[float]:
        unlikely = set()
        if month in range(3, 10):
            unlikely |= {"snowy", "cold"}
        if month not in range(4, 9):
            unlikely |= {"hot", "stormy"}
        return [float(value["en"] not in unlikely) for value in lexicon.WEATHER]

    yield Variable("lead", _named("date", "weekday", "hour", "weather"), (), lambda: [3, 3, 3, 1])
    yield Variable("month", lexicon.MONTHS)
    yield Variable("day", lexicon.DAYS)
    yield Variable("weekday", lexicon.WEEKDAYS)
    yield Variable("hour", lexicon.HOURS)
    yield Variable("time", lexicon.TIMES)
    yield Variable("weather", lexicon.WEATHER, ("month",), weather)
    yield Variable("travel", lexicon.TRAVEL)
    for name, values in (
        ("manner", lexicon.MANNERS),
        ("minute", lexicon.NUMBERS),
        ("price", lexicon.NUMBERS),
    ):
        yield from _any(name, values, 5)
    yield Variable("speaking", lexicon.SPEAKING)


def _different(name: str, values: Sequence[dict], times: int) -> Iterator[Variable]:
    """`name`, `name2`, ... of one list, each of another value than the first one."""

    def others(first: int) -> list[float]:
        return [float(i != first) for i in range(len(values))]

    yield Variable(name, values)
    for number in range(2, times + 1):
        yield Variable(f"{name}{number}", values, (name,), others)


def _any(name: str, values: Sequence[dict], times: int) -> Iterator[Variable]:
    """`name`, `name2`, ... of one list, each whatever the others are."""
    for number in range(1, times + 1):
        yield Variable(f"{name}{number if number > 1 else ''}", values)


def _objects() -> Iterator[Variable]:
    places, place_of = _of_topic("places")
    things, thing_of = _of_topic("things")
    roles, role_of = _of_topic("roles")
    cities = [*lexicon.COAST, *lexicon.INLAND]
    sea = [topic.name[0] for topic in TOPICS].index("sea travel")
    coast = len(lexicon.COAST)

    def city(topic: int) -> list[float]:
        return [float(topic != sea or i < coast) for i in range(len(cities))]

    def other_city(first: int) -> list[float]:
        return [float(i != first) for i in range(len(cities))]

    yield Variable("place", places, ("topic",), lambda topic: place_of[topic])
    yield Variable("thing", things, ("topic",), lambda topic: thing_of[topic])
    yield Variable("role", roles, ("topic",), lambda topic: role_of[topic])
    yield Variable("city", cities, ("topic",), city)
    for number in (2, 3, 4, 5):
        yield Variable(f"city{number}", cities, ("city",), other_city)
    numbers = [*lexicon.ONE, *lexicon.SEVERAL]
    counts = [{**value, "is": "one" if i == 0 else "several"} for i, value in enumerate(numbers)]
    for name in ("count", "amount", "amount2", "amount3", "amount4", "amount5"):
        yield Variable(name, counts, (), lambda: [2.5, *_uniform(lexicon.SEVERAL)])
    yield from _any("number", lexicon.SEVERAL, 5)
    yield Variable("count3", lexicon.SEVERAL)
    yield Variable("count4", lexicon.SEVERAL)
    yield from _different("snack", lexicon.SNACKS, 5)
    yield from _different("item", lexicon.ITEMS, 5)
    yield from _any("quality", lexicon.QUALITIES, 5)
    yield Variable("dish", lexicon.DISHES)
    yield Variable("pain", lexicon.PAINS)
    yield Variable("subject", lexicon.SUBJECTS)


def _opinions() -> Iterator[Variable]:
    aspects, aspect_of = _of_topic("aspects")
    opinions = [
        {**value, "kind": kind, "side": side}
        for kind, sides in lexicon.OPINIONS.items()
        for side, values in enumerate(sides)
        for value in values
    ]
    # In the lexicon what is favourable stands first.
    feelings = [
        {**value, "side": side} for side, values in enumerate(lexicon.FEELINGS) for value in values
    ]

    def other(topic: int, first: int) -> list[float]:
        return [own * (i != first) for i, own in enumerate(aspect_of[topic])]

    def of_side(aspect: int, side: int) -> list[float]:
        kind = aspects[aspect]["kind"]
        return [float(o["kind"] == kind and o["side"] == side) for o in opinions]

    def alike(aspect: int, sentiment: int) -> list[float]:
        return of_side(aspect, 1 - sentiment)

    def feeling(sentiment: int) -> list[float]:
        return [float(f["side"] == 1 - sentiment) for f in feelings]

    yield Variable("aspect", aspects, ("topic",), lambda topic: aspect_of[topic])
    yield Variable("aspect2", aspects, ("topic", "aspect"), other)
    yield Variable("main", opinions, ("aspect", "sentiment"), alike)
    yield Variable("anti", opinions, ("aspect", "sentiment"), of_side)
    yield Variable("side", opinions, ("aspect2", "sentiment"), of_side)
    yield Variable("feeling", feelings, ("sentiment",), feeling)
    yield Variable("unlike", feelings, ("sentiment",), lambda sentiment: feeling(1 - sentiment))


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
    return Network(_variables())


@cache
def _told(language: str) -> _Told:
    return _Told(_network(), language)


# === What users see ===


@dataclass(frozen=True)
class Story:
    """A story and what is known of it, in one language.

    Attributes:
        language: `"en"` or `"zh"`.
        sentences: what it says.
        summary: the same in one sentence.
        topic: its topic, by the English name.
        sentiment: `"positive"` or `"negative"`: what the person that it is about thinks of it all.
        question: something that may be asked.
        answer: the answer.
        translation: the same story in the other language.
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
        """1 for a favourable opinion, 0 for an unfavourable one."""
        return int(self.sentiment == "positive")

    @property
    def pairs(self) -> list[Pair]:
        """Each sentence with its translation."""
        return [
            Pair(*both) for both in zip(self.sentences, self.translation.sentences, strict=True)
        ]


def grammar(num_stories: int = 1000, seed: int = 0, language: str = "en") -> list[Story]:
    """Stories from a probabilistic grammar, English and Chinese aligned.

    Args:
        num_stories: how many.
        seed: of which stories.
        language: `"en"` or `"zh"`; the other one is the `translation` of each story.
    """
    check_integer("num_stories", num_stories, least=0)
    return list(itertools.islice(grammar_stream(seed, language), num_stories))


def grammar_stream(seed: int = 0, language: str = "en") -> Iterator[Story]:
    """The same stories without an end."""
    check_integer("seed", seed, least=0)
    check_choice("language", language, LANGUAGES)
    # Of all that draws random numbers in Python, this method alone is promised to stay the same.
    draw = random.Random(int(seed)).random
    network = _network()
    other = LANGUAGES[1 - LANGUAGES.index(language)]
    while True:
        environment = [UNSET] * len(network.variables)
        both = {name: _tell(_told(name), environment, draw) for name in LANGUAGES}
        topic = TOPICS[environment[network.index["topic"]]].name[0]
        sentiment = ("negative", "positive")[environment[network.index["sentiment"]]]
        told = {
            name: dict(language=name, topic=topic, sentiment=sentiment, **parts)
            for name, parts in both.items()
        }
        yield Story(**told[language], translation=Story(**told[other]))


def _tell(told: _Told, environment: list[int], draw) -> dict:
    program, tidy = told.program, told.tidy
    story = program.sample(told.story, environment, draw)
    return {
        "sentences": tuple(tidy(sentence) for sentence in story.split(BREAK)),
        "summary": tidy(program.sample(told.summary, environment, draw)),
        "question": tidy(program.sample(told.question, environment, draw)),
        "answer": tidy(program.sample(told.answer, environment, draw)),
    }


class GrammarLimit:
    """The exact probability of the stories: the limit that no model comes below.

    Args:
        language: `"en"` or `"zh"`.
    """

    def __init__(self, language: str = "en"):
        self.language = check_choice("language", language, LANGUAGES)
        told = _told(language)
        self.tokenize = told.tokenize
        self._trellis = Trellis(told.program, told.story)

    def log_probs(self, texts: Iterable[str]) -> list[np.ndarray]:
        """Of each text the natural log-probability of every token, the end token's last."""
        found = []
        for text in check_strings("texts", texts):
            tokens = [*self.tokenize(text), END]
            found.append(np.array(self._trellis.log_probabilities(tokens)))
        return found

    def perplexity(self, texts: Iterable[str]) -> float:
        """The exponential of the mean negative log-probability of a token."""
        values = np.concatenate(self.log_probs(texts))
        return math.exp(-values.mean())
