"""A probabilistic grammar with hidden variables, and the exact probability of what it says.

A grammar is a network of variables and a tree of text. A variable is drawn given its parents, when
a text first asks for it, and keeps its value to the end: the name that opens a story closes it. The
tree is compiled into one program of five kinds of steps (say, speak, choose, draw, switch), that
two machines run: `Program.sample` follows one path, with a random number at each
fork, and `Trellis` follows all paths that say the same words, and adds them up.

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
UNSET = -1  # the value of a variable that is not drawn
DONE = -1  # the step after the end

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
class _Say:
    """Says `words` and goes on."""

    words: str
    tokens: tuple[str, ...]
    following: int


@dataclass
class _Speak:
    """Says the word for the value of a variable and goes on."""

    variable: int
    form: str
    following: int


@dataclass
class _Choose:
    """Goes on at one of these, each as likely as how often it is named."""

    targets: tuple[int, ...]


@dataclass
class _Draw:
    """Draws a variable, if it has no value yet, and goes on."""

    variable: int
    following: int


@dataclass
class _Switch:
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
        self._spoken: dict[tuple[int, str], list[tuple[str, tuple[str, ...]]]] = {}

    def compile(self, parts: tuple, following: int = 0) -> int:
        """Adds steps that say `parts` and go on at `following`; gives the first one's place."""
        for part in reversed(parts):
            if isinstance(part, str):
                words = tuple(self.tokenize(part))
                following = self._add(_Say, part, words, following)
            elif isinstance(part, _Choice):
                targets = [self.compile(option, following) for option in part.options]
                following = self._add(_Choose, tuple(targets))
            else:
                following = self._compile_slot(part, following)
        return following

    def _compile_slot(self, slot: _Slot, following: int) -> int:
        variable = self.network.index[slot.variable]
        values = self.network.variables[variable].values
        if slot.cases is None:
            return self._drawn(variable, self._add(_Speak, variable, slot.form, following))
        cases = {key: self.compile(body, following) for key, body in slot.cases}
        return self.ask(variable, [cases.get(v[slot.form], cases.get("*")) for v in values])

    def ask(self, variable: int, targets: Sequence[int]) -> int:
        """Adds steps that draw a variable, after its ancestors, and go on where its value says."""
        return self._drawn(variable, self._add(_Switch, variable, tuple(targets)))

    def _drawn(self, variable: int, following: int) -> int:
        for each in reversed(self.network.ancestry(variable)):
            following = self._add(_Draw, each, following)
        return following

    def _add(self, kind: type, *arguments) -> int:
        key = (kind, *arguments)
        if key not in self._known:
            last = arguments[-1]
            live = 0
            for target in last if isinstance(last, tuple) else (last,):
                live |= self.live[target]
            if kind in (_Speak, _Draw, _Switch):
                for each in self.network.ancestry(arguments[0]):
                    live |= 1 << each
            self._known[key] = len(self.steps)
            self.steps.append(kind(*arguments))
            self.live.append(live)
        return self._known[key]

    def spoken(self, variable: int, form: str) -> list[tuple[str, tuple[str, ...]]]:
        """Of each value of a variable the words in a form, and their tokens."""
        found = self._spoken.get((variable, form))
        if found is None:
            words = [value[form] for value in self.network.variables[variable].values]
            found = [(each, tuple(self.tokenize(each))) for each in words]
            self._spoken[variable, form] = found
        return found

    def vocabulary(self, start: int) -> set[str]:
        """All tokens that may be said from step `start` on."""
        reached, stack, found = set(), [start], set()
        while stack:
            at = stack.pop()
            if at in reached or at == 0:
                continue
            reached.add(at)
            step = self.steps[at]
            if isinstance(step, _Say):
                found.update(step.tokens)
            elif isinstance(step, _Speak):
                found.update(*(tokens for _, tokens in self.spoken(step.variable, step.form)))
            stack += step.targets if isinstance(step, (_Choose, _Switch)) else (step.following,)
        return found

    def sample(self, at: int, environment: list[int], random: Callable[[], float]) -> str:
        """Says one text from step `at` on; what it draws is written into `environment`."""
        said, steps, distribution = [], self.steps, self.network.distribution
        while at:
            step = steps[at]
            kind = type(step)
            if kind is _Say:
                said.append(step.words)
                at = step.following
            elif kind is _Speak:
                words = self.spoken(step.variable, step.form)
                said.append(words[environment[step.variable]][0])
                at = step.following
            elif kind is _Draw:
                if environment[step.variable] == UNSET:
                    values, _, cumulative = distribution(step.variable, environment)
                    place = bisect.bisect_right(cumulative, random())
                    environment[step.variable] = values[min(place, len(values) - 1)]
                at = step.following
            elif kind is _Switch:
                at = step.targets[environment[step.variable]]
            else:
                at = step.targets[int(random() * len(step.targets))]
        return "".join(said)


# === Its probability ===

State = tuple[int, int, tuple[int, ...]]  # a step, tokens of it already said, the variables


class Trellis:
    """The exact probability of each next token, given those before it, under a program.

    After some tokens the program may be in several states, which differ in the step and in the
    values of variables: each has the probability of all paths that lead there and say these tokens
    (the forward algorithm). What no later step asks for is left out of a state, so that paths which
    differ in nothing that still matters are one; what is not yet asked for is not drawn.

    Probabilities are rescaled to one after every token, so that no product of them underflows.

    Args:
        program: the program.
        start: the step at which its texts begin.
    """

    def __init__(self, program: Program, start: int):
        self.program = program
        nothing = (UNSET,) * len(program.network.variables)
        self.start: dict[State, float] = {(start, 0, nothing): 1.0}
        self._kept = [
            tuple([bool(live >> v & 1) for v in range(len(nothing))]) for live in program.live
        ]
        self._first: list[frozenset[str]] = []
        for step in program.steps:
            self._first.append(self._first_tokens(step))
        self._saying: dict[tuple, tuple[int, ...]] = {}

    def _first_tokens(self, step) -> frozenset[str]:
        """The tokens with which a step and those after it may begin; steps before it are done."""
        if step is None:
            return frozenset([END])
        if isinstance(step, _Speak):
            spoken = self.program.spoken(step.variable, step.form)
            return frozenset(tokens[0] for _, tokens in spoken)
        if isinstance(step, _Say) and step.tokens:
            return frozenset(step.tokens[:1])
        if isinstance(step, (_Choose, _Switch)):
            return frozenset().union(*{self._first[target] for target in step.targets})
        return self._first[step.following]

    def advance(self, states: Mapping[State, float], token: str) -> tuple[float, dict]:
        """The probability of a token after these states, and the states after it."""
        reached: dict[State, float] = {}
        for state, probability in states.items():
            for following, step in self._after(state, token):
                reached[following] = reached.get(following, 0.0) + probability * step
        total = math.fsum(reached.values())
        if not total:
            return 0.0, {}
        return total, {state: p / total for state, p in reached.items()}

    def log_probabilities(self, tokens: Iterable[str]) -> list[float]:
        """Of each token, given those before it; minus infinity from the first impossible one on."""
        states, found = self.start, []
        for token in tokens:
            probability, states = self.advance(states, token)
            found.append(math.log(probability) if probability else -math.inf)
        return found

    def next_probabilities(self, states: Mapping[State, float]) -> dict[str, float]:
        """The probability of every token that may follow."""
        possible = set()
        for at, said, environment in states:
            if at == DONE:
                continue
            possible |= self._first[at] if not said else {self._tokens(at, environment)[said]}
        found = {token: self.advance(states, token)[0] for token in possible}
        return {token: p for token, p in found.items() if p}

    def _tokens(self, at: int, environment: tuple[int, ...]) -> tuple[str, ...]:
        step = self.program.steps[at]
        if isinstance(step, _Say):
            return step.tokens
        return self.program.spoken(step.variable, step.form)[environment[step.variable]][1]

    def _after(self, state: State, token: str) -> list[tuple[State, float]]:
        """The states that a token leads to from a state, each with its probability."""
        steps, first = self.program.steps, self._first
        at, said, environment = state
        if at == DONE:
            return []
        if said:
            tokens = self._tokens(at, environment)
            return [(self._said(at, said, environment), 1.0)] if tokens[said] == token else []
        found, stack = [], [(at, environment, 1.0)]
        while stack:
            at, environment, probability = stack.pop()
            if token not in first[at]:
                continue
            step = steps[at]
            kind = type(step)
            if kind is _Say:
                if step.tokens:
                    found.append((self._said(at, 0, environment), probability))
                else:
                    stack.append((step.following, environment, probability))
            elif kind is _Speak:
                if self._tokens(at, environment)[0] == token:
                    found.append((self._said(at, 0, environment), probability))
            elif kind is _Switch:
                stack.append((step.targets[environment[step.variable]], environment, probability))
            elif kind is _Choose:
                share = probability / len(step.targets)
                stack += [(target, environment, share) for target in step.targets]
            elif kind is _Draw:
                stack += [
                    (step.following, each, probability * p)
                    for each, p in self._draws(step, environment, token)
                ]
            else:
                found.append(((DONE, 0, ()), probability))
        return found

    def _said(self, at: int, said: int, environment: tuple[int, ...]) -> State:
        """The state after one more token of a step."""
        if said + 1 < len(self._tokens(at, environment)):
            return at, said + 1, environment
        following = self.program.steps[at].following
        kept = self._kept[following]
        left = [v if k else UNSET for v, k in zip(environment, kept, strict=True)]
        return following, 0, tuple(left)

    def _draws(self, step: _Draw, environment: tuple[int, ...], token: str) -> Iterable[tuple]:
        """What the variables are after a draw, as far as the token may follow it."""
        variable = step.variable
        if environment[variable] != UNSET:
            return [(environment, 1.0)]
        values, probabilities, _ = self.program.network.distribution(variable, environment)
        wanted = self._values(step.following, variable, token)
        before, after = environment[:variable], environment[variable + 1 :]
        return [
            ((*before, value, *after), p)
            for value, p in zip(values, probabilities, strict=True)
            if wanted is None or value in wanted
        ]

    def _values(self, at: int, variable: int, token: str) -> frozenset[int] | None:
        """The values of a variable with which step `at` may say a token; None is all of them."""
        step = self.program.steps[at]
        if not isinstance(step, (_Speak, _Switch)) or step.variable != variable:
            return None
        found = self._saying.get((at, token))
        if found is None:
            if isinstance(step, _Speak):
                spoken = self.program.spoken(variable, step.form)
                able = [tokens[0] == token for _, tokens in spoken]
            else:
                able = [token in self._first[target] for target in step.targets]
            found = frozenset(value for value, can in enumerate(able) if can)
            self._saying[at, token] = found
        return found
