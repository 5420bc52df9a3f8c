"""The network behind a story: what is drawn, of which values, and what it depends on."""

from collections.abc import Iterator, Sequence

from mlm_tf.corpora.grammar import common, lexicon
from mlm_tf.corpora.grammar.machine import Variable
from mlm_tf.corpora.grammar.topics import TOPIC_NAMES, TOPICS

SENTIMENTS = ("negative", "positive")
# The variables that choose among the templates of a topic, and where it has them.
PLOTS = {
    "opening": "openings",
    "event": "events",
    "detail": "details",
    "saying": "sayings",
    "ending": "endings",
    "summary": "summaries",
}


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


def variables() -> Iterator[Variable]:
    yield Variable("topic", [{"en": t.name[0], "zh": t.name[1]} for t in TOPICS])
    yield Variable("sentiment", _named(*SENTIMENTS))
    yield from _people()
    yield from _times()
    yield from _objects()
    yield from _opinions()
    plain = [6.0, *[1.0] * (len(common.OPINIONS) - 1)]
    yield Variable("opinion", _named(*map(str, range(len(plain)))), (), lambda: plain)
    for name, templates in (
        ("companion", common.COMPANIONS),
        ("question", common.QUESTIONS),
        ("outcome", common.OUTCOMES),
    ):
        yield Variable(name, _named(*map(str, range(len(templates)))))
    yield Variable("speaker", _named("mate", "third"))
    yield _optional("verdict", len(common.VERDICTS), none=60)
    for name, shared, none in (
        ("opening", (), 0),
        ("event", (), 0),
        ("detail", (), 1),
        ("saying", common.SAYINGS, 44),
        ("ending", common.ENDINGS, 0),
        ("summary", (), 0),
    ):
        yield _plot(name, len(shared), none)


def _optional(name: str, templates: int, none: int) -> Variable:
    weights = [1.0] * templates + [float(none)]
    return Variable(name, _named(*map(str, range(templates + 1))), (), lambda: weights)


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

    yield Variable("lead", _named("date", "weekday", "hour", "weather"), (), lambda: [4, 4, 4, 1])
    yield Variable("month", lexicon.MONTHS)
    yield Variable("day", lexicon.DAYS)
    yield Variable("weekday", lexicon.WEEKDAYS)
    yield Variable("hour", lexicon.HOURS)
    yield Variable("time", lexicon.TIMES)
    yield Variable("weather", lexicon.WEATHER, ("month",), weather)
    yield Variable("travel", lexicon.TRAVEL)
    manners = [*lexicon.MANNERS, *lexicon.MOODS[0], *lexicon.MOODS[1]]
    yield from _any("manner", lexicon.MANNERS, 3)
    yield Variable("manner4", manners, ("sentiment",), _manner)
    yield Variable("manner5", lexicon.MANNERS)
    yield Variable("mishap", lexicon.MISHAPS)
    yield from _any("minute", lexicon.NUMBERS, 4)
    yield from _any("price", lexicon.NUMBERS, 5)
    yield Variable("speaking", lexicon.SPEAKING)


def _manner(sentiment: int) -> list[float]:
    """Of one whose sentiment is known: in three of five stories a mood that shows it."""
    neutral, moods = len(lexicon.MANNERS), [len(words) for words in lexicon.MOODS]
    pleased, displeased = (3.0 * (sentiment == side) / moods[1 - side] for side in (1, 0))
    return [2 / neutral] * neutral + [pleased] * moods[0] + [displeased] * moods[1]


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
    sea = TOPIC_NAMES.index("sea travel")
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
