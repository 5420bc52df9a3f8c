"""The machinery of `corpora.grammar`, on grammars so small that all their texts can be listed."""

import itertools
import math
import random
from collections import Counter

import pytest

from mlm_tf.corpora.grammar.machine import (
    END,
    UNSET,
    Network,
    Program,
    Template,
    Trellis,
    Variable,
)

ANIMALS = [
    {"": "cat", "kind": "pet"},
    {"": "cat fish", "kind": "wild"},
    {"": "cow", "kind": "farm"},
]
NAMES = [{"": "ann", "is": "f"}, {"": "ann lee", "is": "f"}, {"": "bob", "is": "m"}]
NETWORK = Network(
    [
        Variable("gender", [{"is": "f"}, {"is": "m"}]),
        Variable(
            "name", NAMES, ("gender",), lambda g: [1.0, 2.0, 0.0] if g == 0 else [0.0, 0.0, 5.0]
        ),
        Variable("animal", ANIMALS, (), lambda: [3.0, 1.0, 1.0]),
        Variable(
            "other",
            ANIMALS,
            ("animal", "gender"),
            lambda a, g: [float(i != a) * (1 + g) + 0.5 for i in range(3)],
        ),
    ]
)
# The same beginnings by different ways, a variable asked for before its parent, one that is never
# said, words of several tokens, nothing at all, and a choice that is named twice.
TEMPLATES = {
    "names": "{name} [has|has|had] a {animal} [and a {other}|] .",
    "child first": "[a|the] {other} [and|or] [a|the] {animal} of {name}",
    "cases": "{gender.is?f:she|m:he} saw {animal.kind?pet:it|*:the {animal}} [, {name}|]",
    "hidden": "{other.kind?wild:look|*:[look|see]} [a|a {animal}|{animal}|]",
    "macros": "{@who} met {@who} [twice|twice again|]",
}
MACROS = {"who": "{name} [the {gender.is?f:queen|m:king}|]"}


def program(template: str) -> tuple[Program, int]:
    made = Program(NETWORK, str.split)
    return made, made.compile(Template(macros=MACROS).parse(template))


def told(parts: tuple, values: dict) -> dict[tuple, float]:
    """The texts of a template where every variable has its value, each with its probability: by
    the definition alone, without a program."""
    texts = {(): 1.0}
    for part in parts:
        if isinstance(part, str):
            options = [({tuple(part.split()): 1.0}, 1.0)]
        elif hasattr(part, "options"):
            share = 1 / len(part.options)
            options = [(told(option, values), share) for option in part.options]
        elif part.cases is None:
            options = [({tuple(values[part.variable][part.form].split()): 1.0}, 1.0)]
        else:
            cases = dict(part.cases)
            case = cases.get(values[part.variable][part.form], cases.get("*"))
            options = [(told(case, values), 1.0)]
        longer = Counter()
        for text, p in texts.items():
            for option, share in options:
                for more, q in option.items():
                    longer[text + more] += p * q * share
        texts = dict(longer)
    return texts


def all_texts(template: str) -> dict[tuple, float]:
    """Every text of a template with its probability, summed over all values of all variables."""
    parts = Template(macros=MACROS).parse(template)
    found = Counter()
    sizes = [range(len(variable.values)) for variable in NETWORK.variables]
    for chosen in itertools.product(*sizes):
        probability = 1.0
        for variable, value in zip(NETWORK.variables, chosen, strict=True):
            parents = [chosen[NETWORK.index[parent]] for parent in variable.parents]
            weights = (
                variable.weights(*parents) if variable.weights else [1.0] * len(variable.values)
            )
            probability *= weights[value] / sum(weights)
        values = {
            variable.name: variable.values[value]
            for variable, value in zip(NETWORK.variables, chosen, strict=True)
        }
        if probability:
            for text, p in told(parts, values).items():
                found[*text, END] += probability * p
    return dict(found)


@pytest.mark.parametrize("name", TEMPLATES)
def test_the_probabilities_of_all_texts_sum_to_one(name):
    assert math.isclose(sum(all_texts(TEMPLATES[name]).values()), 1)


@pytest.mark.parametrize("name", TEMPLATES)
def test_every_token_of_every_text_has_the_probability_that_listing_all_texts_gives(name):
    texts = all_texts(TEMPLATES[name])
    beginnings = Counter()
    for text, probability in texts.items():
        for length in range(len(text) + 1):
            beginnings[text[:length]] += probability
    trellis = Trellis(*program(TEMPLATES[name]))
    for text in texts:
        expected = [
            math.log(beginnings[text[: i + 1]] / beginnings[text[:i]]) for i in range(len(text))
        ]
        assert trellis.log_probabilities(text) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("name", TEMPLATES)
def test_what_may_follow_is_what_follows_in_the_list_and_sums_to_one(name):
    texts = all_texts(TEMPLATES[name])
    trellis = Trellis(*program(TEMPLATES[name]))
    for beginning in {text[:length] for text in texts for length in range(len(text))}:
        states = trellis.start
        for token in beginning:
            _, states = trellis.advance(states, token)
        following = trellis.next_probabilities(states)
        listed = {text[len(beginning)] for text in texts if text[: len(beginning)] == beginning}
        assert set(following) == listed
        assert math.isclose(sum(following.values()), 1)


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_sample_has_the_frequencies_of_the_list(name):
    texts, (made, start) = all_texts(TEMPLATES[name]), program(TEMPLATES[name])
    draw, number = random.Random(0).random, 20_000
    found = Counter((*made.sample(start, [UNSET] * 4, draw).split(), END) for _ in range(number))
    assert set(found) <= set(texts)
    # A chi-squared statistic has its degrees of freedom as mean, and twice them as variance.
    chi_squared = sum((found[text] - number * p) ** 2 / (number * p) for text, p in texts.items())
    assert abs(chi_squared - (len(texts) - 1)) < 4.5 * math.sqrt(2 * len(texts))


@pytest.mark.parametrize("name", TEMPLATES)
def test_the_vocabulary_is_all_tokens_of_all_texts(name):
    made, start = program(TEMPLATES[name])
    listed = {token for text in all_texts(TEMPLATES[name]) for token in text} - {END}
    assert made.vocabulary(start) == listed


def test_what_was_drawn_for_one_text_is_kept_by_the_next():
    made, start = program("{name} {animal}")
    drawn, draw = [UNSET] * 4, random.Random(1).random
    first = made.sample(start, drawn, draw)
    assert {made.sample(start, drawn, draw) for _ in range(20)} == {first}


def test_what_matters_no_more_is_one_state():
    """Who is "she" of three names is forgotten as soon as no later word asks for it."""
    made, start = program("{gender.is?f:she|m:he} came [, {name}|]")
    trellis = Trellis(made, start)
    _, states = trellis.advance(trellis.start, "she")
    assert len(states) == 1
    made, start = program("{name.is?f:she|m:he} came .")
    _, states = (trellis := Trellis(made, start)).advance(trellis.start, "she")
    assert len(states) == 1


def test_a_text_of_ten_thousand_tokens_underflows_nowhere():
    made, start = program(" ".join(["[a|b]"] * 10_000))
    log_probabilities = Trellis(made, start).log_probabilities(["a"] * 10_000 + [END])
    assert log_probabilities == pytest.approx([math.log(0.5)] * 10_000 + [0.0])


def test_what_cannot_be_said_is_minus_infinity_from_there_on():
    trellis = Trellis(*program("[a|b] c"))
    assert trellis.log_probabilities(["a", "x", "c"]) == [math.log(0.5), -math.inf, -math.inf]
    assert trellis.log_probabilities(["a", "c", END, "a"])[-1] == -math.inf
    assert trellis.log_probabilities([END]) == [-math.inf]


@pytest.mark.parametrize("template", ["a]", "a}", "a|b", "[a|b]]"])
def test_a_bracket_that_nothing_opens_is_told(template):
    with pytest.raises(ValueError, match=r"has a"):
        Template().parse(template)
