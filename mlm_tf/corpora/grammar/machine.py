"""A probabilistic grammar with hidden variables, and the exact probability of what it says.

A grammar is a network of variables and a tree of text. A variable is drawn given its parents, when
a text first asks for it, and keeps its value to the end: the name that opens a story closes it. The
tree is compiled into one program of four steps, `Say`, `Choose`, `Draw` and `Switch`, that two
machines run: `Program.sample` follows one path, with a random number at each fork, and
`Trellis` follows all paths that say the same words, and adds them up.

Texts are written as templates:

    [went|walked]        one of these, each as likely; `[quietly|]` is half the time nothing
    {thing}              the word for the value of a variable
    {thing.plural}       another form of it
    {thing.kind?a:one|b:other}    depends on a form of it, and `*:` stands for all others
    {@name}              a macro: another template
    ^                    the next letter is upper case
"""

import bisect
import itertools
import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

END = "[END]"
UNSET = -1

# === The definition ===


@dataclass(frozen=True)
class Variable:
    """What is drawn once in a text.

    Attributes:
        name: by which templates ask for it.
        values: of each value its forms, by name; the form `""` is the word itself.
        parents: names of the variables that it depends on.
        weights: from a value of each parent (the index of it) to a weight for each own value.
    """

    name: str
    values: Sequence[Mapping[str, str]]
    parents: tuple[str, ...] = ()
    weights: Callable[..., Sequence[float]] | None = None


class Network:
    """Variables, each drawn given its parents, which stand before it."""

    def __init__(self, variables: Iterable[Variable]):
        self.variables = list(variables)
        self.index = {variable.name: i for i, variable in enumerate(self.variables)}
        self.parents = [tuple(self.index[p] for p in v.parents) for v in self.variables]
        self._drawn: dict[tuple, tuple] = {}

    def ancestry(self, variable: int) -> list[int]:
        """The ancestors of a variable and itself, each after its parents."""
        order = [a for parent in self.parents[variable] for a in self.ancestry(parent)]
        return [*dict.fromkeys(order), variable]

    def distribution(self, variable: int, environment: Sequence[int]) -> tuple:
        """`(values, probabilities, cumulative)` given what the parents are in `environment`."""
        key = (variable, *[environment[parent] for parent in self.parents[variable]])
        found = self._drawn.get(key)
        if found is None:
            one = self.variables[variable]
            weights = [1.0] * len(one.values) if one.weights is None else one.weights(*key[1:])
            kept = [(value, weight) for value, weight in enumerate(weights) if weight > 0]
            total = math.fsum(weight for _, weight in kept)
            probabilities = tuple(weight / total for _, weight in kept)
            cumulative = list(itertools.accumulate(probabilities))
            found = tuple(value for value, _ in kept), probabilities, cumulative
            self._drawn[key] = found
        return found


# === Templates ===


@dataclass(frozen=True)
class _Choice:
    options: tuple[tuple, ...]


@dataclass(frozen=True)
class _Slot:
    variable: str
    form: str
    cases: tuple[tuple[str, tuple], ...] | None = None


_MARK = re.compile(r"[\[\]{}|]")
_HEAD = re.compile(r"[^?}]*")


@dataclass(frozen=True)
class Template:
    """How templates are read.

    Attributes:
        form: the form of a value that `{name}` stands for.
        macros: templates by name.
    """

    form: str = ""
    macros: Mapping[str, str] = field(default_factory=dict)

    def parse(self, text: str) -> tuple:
        """A template as a tuple of strings, choices and slots."""
        parts, at = self._sequence(text, 0, "")
        if at != len(text):
            raise ValueError(f"{text!r} has a {text[at]!r} too many at {at}")
        return parts

    def _sequence(self, text: str, at: int, stops: str) -> tuple[tuple, int]:
        parts = []
        while at < len(text) and text[at] not in stops:
            if text[at] == "[":
                options = []
                while text[at] != "]":
                    option, at = self._sequence(text, at + 1, "|]")
                    options.append(option)
                parts.append(_Choice(tuple(options)))
                at += 1
            elif text[at] == "{":
                slot, at = self._slot(text, at + 1)
                parts += slot
            else:
                found = _MARK.search(text, at)
                end = found.start() if found else len(text)
                if end == at:
                    raise ValueError(f"{text!r} has a {text[at]!r} at {at} that nothing opens")
                parts.append(text[at:end])
                at = end
        return tuple(parts), at

    def _slot(self, text: str, at: int) -> tuple[tuple, int]:
        head = _HEAD.match(text, at)[0]
        at += len(head)
        if head.startswith("@"):
            return self.parse(self.macros[head[1:]]), at + 1
        variable, dot, form = head.partition(".")
        form = form if dot else self.form
        if text[at] == "}":
            return (_Slot(variable, form),), at + 1
        cases = []
        while text[at] != "}":
            key, _, _ = text[at + 1 :].partition(":")
            body, at = self._sequence(text, at + len(key) + 2, "|}")
            cases.append((key, body))
        return (_Slot(variable, form, tuple(cases)),), at + 1


# === The program ===


@dataclass
class Say:
    """Says `words` and goes on."""

    words: str
    tokens: tuple[str, ...]
    following: int


@dataclass
class Choose:
    """Goes on at one of these, each as likely as how often it is named."""

    targets: tuple[int, ...]


@dataclass
class Draw:
    """Draws a variable, if it has no value yet, and goes on."""

    variable: int
    following: int


@dataclass
class Switch:
    """Goes on where the value of a variable says."""

    variable: int
    targets: tuple[int, ...]


@dataclass
class Program:
    """Steps, each of which leads to steps before it in the list; step 0 is the end.

    Args:
        network: the variables.
        tokenize: cuts a piece of text into tokens. No token may reach over two pieces.
    """

    network: Network
    tokenize: Callable[[str], Sequence[str]]
    steps: list = field(default_factory=lambda: [None])

    def __post_init__(self):
        self.live = [0]  # of each step the variables, as bits, that it or a later one asks for
        self._known: dict[tuple, int] = {}
        self._ancestry = {v: self.network.ancestry(v) for v in range(len(self.network.variables))}

    def compile(self, parts: tuple, following: int = 0) -> int:
        """Adds steps that say `parts` and go on at `following`; gives the first one's place."""
        for part in reversed(parts):
            if isinstance(part, str):
                following = self._say(part, following)
            elif isinstance(part, _Choice):
                targets = [self.compile(option, following) for option in part.options]
                following = self._add(Choose, tuple(targets))
            else:
                following = self._compile_slot(part, following)
        return following

    def _compile_slot(self, slot: _Slot, following: int) -> int:
        variable = self.network.index[slot.variable]
        values = self.network.variables[variable].values
        if slot.cases is None:
            targets = [self._say(value[slot.form], following) for value in values]
        else:
            cases = {key: self.compile(body, following) for key, body in slot.cases}
            targets = [
                cases[value[slot.form]] if value.get(slot.form) in cases else cases["*"]
                for value in values
            ]
        return self.ask(variable, targets)

    def ask(self, variable: int, targets: Sequence[int]) -> int:
        """Adds steps that draw a variable, after its ancestors, and go on where its value says."""
        at = targets[0]
        if len(set(targets)) > 1:
            at = self._add(Switch, variable, tuple(targets))
            for each in reversed(self._ancestry[variable]):
                at = self._add(Draw, each, at)
        return at

    def _say(self, words: str, following: int) -> int:
        return self._add(Say, words, tuple(self.tokenize(words)), following) if words else following

    def _add(self, kind: type, *arguments) -> int:
        key = (kind, *arguments)
        if key not in self._known:
            last = arguments[-1]
            live = 0
            for target in last if isinstance(last, tuple) else (last,):
                live |= self.live[target]
            if kind in (Draw, Switch):
                for each in self._ancestry[arguments[0]]:
                    live |= 1 << each
            self._known[key] = len(self.steps)
            self.steps.append(kind(*arguments))
            self.live.append(live)
        return self._known[key]

    def sample(self, at: int, environment: list[int], random: Callable[[], float]) -> str:
        """Says one text from step `at` on; what it draws is written into `environment`."""
        said, steps, distribution = [], self.steps, self.network.distribution
        while at:
            step = steps[at]
            kind = type(step)
            if kind is Say:
                said.append(step.words)
                at = step.following
            elif kind is Draw:
                if environment[step.variable] == UNSET:
                    values, _, cumulative = distribution(step.variable, environment)
                    place = bisect.bisect_right(cumulative, random())
                    environment[step.variable] = values[min(place, len(values) - 1)]
                at = step.following
            elif kind is Switch:
                at = step.targets[environment[step.variable]]
            else:
                at = step.targets[int(random() * len(step.targets))]
        return "".join(said)


class Trellis:
    """The exact probability of each next token, given those before it, under a program.

    After some tokens the program may be in several states, which differ in the step and in the
    values of variables: each has the probability of all paths that lead there and say these tokens
    (the forward algorithm). What no later step asks for is left out of a state, so that paths which
    differ in nothing that still matters are one; what is not yet asked for is not drawn.

    Probabilities are rescaled to one after every token, so that no product of them underflows.
    """

    def __init__(self, program: Program, start: int):
        self.program = program
        nothing = (UNSET,) * len(program.network.variables)
        self.start = {(start, 0, nothing): 1.0}
        self._kept = [[bool(live >> v & 1) for v in range(len(nothing))] for live in program.live]
        self._followers: dict[tuple, dict] = {}

    def advance(self, states: Mapping[tuple, float], token: str) -> tuple[float, dict]:
        """The probability of a token after these states, and the states after it."""
        reached: dict[tuple, float] = {}
        for state, probability in states.items():
            for following, step in self.followers(state).get(token, ()):
                reached[following] = reached.get(following, 0.0) + probability * step
        total = math.fsum(reached.values())
        if not total:
            return 0.0, {}
        return total, {state: p / total for state, p in reached.items()}

    def next_probabilities(self, states: Mapping[tuple, float]) -> dict[str, float]:
        """The probability of every token that may follow."""
        found: dict[str, float] = {}
        for state, probability in states.items():
            for token, followers in self.followers(state).items():
                step = math.fsum(p for _, p in followers)
                found[token] = found.get(token, 0.0) + probability * step
        return found

    def log_probabilities(self, tokens: Sequence[str]) -> list[float]:
        """Of each token, given those before it; minus infinity from the first impossible one on."""
        states, found = self.start, []
        for token in tokens:
            probability, states = self.advance(states, token)
            found.append(math.log(probability) if probability else -math.inf)
        return found

    def followers(self, state: tuple) -> dict[str, list[tuple[tuple, float]]]:
        """Of a state: each token that may follow, with the states that it leads to."""
        found = self._followers.get(state)
        if found is None:
            if len(self._followers) > 200_000:  # some hundred megabytes
                self._followers.clear()
            found = self._followers[state] = self._expanded(state)
        return found

    def _expanded(self, state: tuple | None) -> dict[str, list[tuple[tuple, float]]]:
        steps, distribution = self.program.steps, self.program.network.distribution
        found: dict[str, dict[tuple, float]] = {}
        stack = [(*state, 1.0)] if state is not None else []  # nothing follows the end
        while stack:
            at, said, environment, probability = stack.pop()
            step = steps[at]
            kind = type(step)
            if kind is Say and said < len(step.tokens):
                following = (at, said + 1, environment)
                if said + 1 == len(step.tokens):
                    following = self._state(step.following, environment)
                reached = found.setdefault(step.tokens[said], {})
                reached[following] = reached.get(following, 0.0) + probability
            elif kind is Say:
                stack.append((step.following, 0, environment, probability))
            elif kind is Switch:
                stack.append(
                    (step.targets[environment[step.variable]], 0, environment, probability)
                )
            elif kind is Choose:
                share = probability / len(step.targets)
                stack += [(target, 0, environment, share) for target in step.targets]
            elif kind is Draw and environment[step.variable] != UNSET:
                stack.append((step.following, 0, environment, probability))
            elif kind is Draw:
                values, probabilities, _ = distribution(step.variable, environment)
                before, after = environment[: step.variable], environment[step.variable + 1 :]
                stack += [
                    (step.following, 0, (*before, value, *after), probability * p)
                    for value, p in zip(values, probabilities, strict=True)
                ]
            else:
                reached = found.setdefault(END, {})
                reached[None] = reached.get(None, 0.0) + probability
        return {token: list(reached.items()) for token, reached in found.items()}

    def _state(self, at: int, environment: tuple) -> tuple:
        kept = self._kept[at]
        return at, 0, tuple([v if k else UNSET for v, k in zip(environment, kept, strict=True)])
