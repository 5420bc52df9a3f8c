"""`ChatTemplate`: the text that a checkpoint has learned to go on with, of a conversation.

A template is a program in the language Jinja that came with the weights, so that somebody else
wrote it. It runs in the sandbox of jinja2, sees nothing but the messages, and is stopped: loops,
calls and what they make are counted.
"""

import contextlib
import datetime
import functools
import json
import re
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence

import jinja2
from jinja2 import nodes
from jinja2.ext import Extension, loopcontrols
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import Namespace
from jinja2.visitor import NodeTransformer

from mlm_tf.checks import check_boolean, shown
from mlm_tf.errors import InvalidArgumentError
from mlm_tf.preprocessing.pipeline import Pipeline

MOST_CHARACTERS = 1_000_000  # of a rendering, of any text on the way, and of the template itself
MOST_STEPS = 200_000  # turns of loops, calls, and a hundred characters each of what they make
MOST_SECONDS = 10  # where each step is long: a conversation takes a few thousandths
MOST_BITS = 64  # of a number that is computed

# What a template may call by name.
SPECIAL = tuple(f"{name}_token" for name in ("bos", "eos", "unk", "sep", "pad", "cls", "mask"))
# Private characters, around what is to be read as text; a template may part the two.
BEGIN, END = "\U000f6c61", "\U000f6c62"
MARK = re.compile(f"[{BEGIN}{END}]")
MARKED = re.compile(f"{BEGIN}([^{BEGIN}{END}]*){END}|[{BEGIN}{END}]")

# What a template may call of strings, lists and dictionaries: nothing that grows beyond bounds.
METHODS = frozenset(
    "capitalize count endswith find get index isalpha isdigit islower isspace isupper items join"
    " keys lower lstrip partition removeprefix removesuffix replace rfind rpartition rsplit rstrip"
    " split splitlines startswith strip swapcase title upper values".split()
)
FILTERS = frozenset(
    "abs capitalize count d default dictsort first float int items join last length list lower map"
    " max min reject rejectattr replace reverse safe select selectattr sort string sum title"
    " trim unique upper".split()
)


class ChatTemplate:
    """A conversation as the text that its model has learned to go on with.

    It is rendered as `transformers` does it, by jinja2 in its immutable sandbox. Of strings, lists
    and dictionaries a template may call what `METHODS` names, and of filters those of `FILTERS` and
    `tojson`. A rendering has at most 1,000,000 characters and takes at most 200,000 steps, turns
    of loops, calls, and a hundred characters each of what they make, and ten seconds.

    Args:
        source: the template, from `chat_template.jinja` or `tokenizer_config.json`.
        special_tokens: what a template may call by name, such as `bos_token` and `eos_token`.

    Raises:
        InvalidArgumentError: for what is no template.

    Example:

    >>> template = ChatTemplate(
    ...     "{% for message in messages %}"
    ...     "<|im_start|>{{ message.role }}\\n{{ message['content'] | trim }}{{ eos_token }}\\n"
    ...     "{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\\n{% endif %}",
    ...     {"eos_token": "<|im_end|>"},
    ... )
    >>> print(template.render([{"role": "user", "content": "Is the lamp lit? "}]))
    <|im_start|>user
    Is the lamp lit?<|im_end|>
    <|im_start|>assistant
    <BLANKLINE>
    """

    def __init__(self, source: str, special_tokens: Mapping[str, str] | None = None):
        if not isinstance(source, str) or len(source) > MOST_CHARACTERS:
            raise InvalidArgumentError(
                f"source={shown(source)} is no chat template; use a text of at most "
                f"{MOST_CHARACTERS:,} characters."
            )
        self.source, self.special_tokens = source, dict(special_tokens or {})
        self._sandbox, self._lock = _Sandbox(), threading.Lock()
        with _one_sentence("cannot be read"):
            self._template = self._sandbox.template_of(source)

    @classmethod
    def from_config(cls, config: Mapping, source: str | None = None) -> "ChatTemplate | None":
        """The one of a checkpoint; `None` if it has none.

        Args:
            config: what its `tokenizer_config.json` holds.
            source: its `chat_template.jinja`, if there is such a file, which counts then.

        Example:

        >>> config = {"chat_template": "{{ bos_token }}", "bos_token": {"content": "<s>"}}
        >>> ChatTemplate.from_config(config).render([])
        '<s>'
        """
        source = config.get("chat_template") if source is None else source
        if isinstance(source, list):  # several, each with a name
            named = {each.get("name"): each.get("template") for each in source if each}
            source = named.get("default")
            if source is None:
                raise InvalidArgumentError(
                    f"The checkpoint has chat templates for {', '.join(map(str, named))}, and none "
                    "called default; give one as ChatTemplate(source)."
                )
        special = {name: config.get(name) for name in SPECIAL}
        special = {n: t.get("content") if isinstance(t, dict) else t for n, t in special.items()}
        known = {name: token for name, token in special.items() if isinstance(token, str)}
        return None if source is None else cls(source, known)

    def ids(self, pipeline: Pipeline, messages: Sequence[Mapping], **settings) -> list[int]:
        """The ids of a conversation.

        The control tokens that the template writes are these; those that somebody has written into
        a message come apart, as everywhere. In an answer of the assistant what is no special token
        is read, since that is how the model has written it: `<think>`.

        Args:
            pipeline: of the model.
            messages: as for `render`, whose other arguments `settings` are.

        Example:

        >>> from mlm_tf import TextPipeline
        >>> pipeline = TextPipeline.fit(["ab"], level="character")
        >>> template = ChatTemplate("{{ messages[0].content }}[SEP]")
        >>> ids = template.ids(pipeline, [{"role": "user", "content": "a[SEP]"}])
        >>> [pipeline.vocabulary[i] for i in ids]
        ['a', '[', 'S', 'E', 'P', ']', '[SEP]']
        """
        special = {*pipeline.special_tokens.values()}
        everything = _Marks(pipeline.control_tokens)
        never = _Marks(name for name, i in pipeline.control_tokens.items() if i in special)
        marked = [
            (never if message["role"] == "assistant" else everything).put(message)
            for message in _checked_messages(messages)
        ]
        variables = {name for name in settings if name not in ("add_generation_prompt", "now")}
        settings |= {name: everything.put(_plain(name, settings[name])) for name in variables}
        first, *others = MARKED.split(self.render(marked, **settings))
        [ids] = pipeline.ids_with_special([first])
        [newline] = pipeline.ids_with_special(["\n"])
        ids, newline = [*ids], [*newline]
        for place, part in enumerate(others):
            # Behind a line break, which then goes, so that no space is put before it.
            read = pipeline.ids if place % 2 == 0 else pipeline.ids_with_special
            if part:
                found = [*read([f"\n{part}"])[0]]
                is_behind = found[: len(newline)] == newline
                ids += found[len(newline) :] if is_behind else [*read([part])[0]]
        return [int(i) for i in ids]

    def render(
        self,
        messages: Sequence[Mapping],
        add_generation_prompt: bool = True,
        now: datetime.datetime | None = None,
        **variables,
    ) -> str:
        """The text of a conversation.

        Args:
            messages: dictionaries with a `role` and, mostly, a `content`.
            add_generation_prompt: whether the text ends where an answer of the model begins.
            now: the date that a template may write; by default the present one.
            variables: whatever else the template knows, such as `tools` and `enable_thinking`.

        Raises:
            InvalidArgumentError: for what are no messages, or what the template refuses, such as
                roles that do not alternate; and for a template that asks for what it may not have,
                or does not end.
        """
        check_boolean("add_generation_prompt", add_generation_prompt)
        messages = _checked_messages(messages)
        known = {"tools": None, "documents": None, **self.special_tokens}
        known |= {name: _plain(name, value) for name, value in variables.items()}
        known |= {"messages": messages, "add_generation_prompt": add_generation_prompt}
        with self._lock, _one_sentence("cannot be rendered"):
            return self._sandbox.render(self._template, now, known)


def _plain(name: str, value):
    """What JSON can say, anew: a template sees no object of ours."""
    try:
        return json.loads(json.dumps(value))
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidArgumentError(
            f"{name}={shown(value)} is not allowed ({error}); use strings, numbers, lists and "
            "dictionaries."
        ) from None


def _checked_messages(messages) -> list[dict]:
    messages = _plain("messages", messages)
    if not isinstance(messages, list) or not all(
        isinstance(message, dict) and isinstance(message.get("role"), str) for message in messages
    ):
        raise InvalidArgumentError(
            f"messages={shown(messages)} is not allowed; use a list of dictionaries, each with a "
            "role and a content."
        )
    return [{k: value for k, value in message.items() if value is not None} for message in messages]


class _Marks:
    """Puts marks around the names of control tokens, behind which they are text."""

    def __init__(self, names: Iterable[str]):
        longest_first = sorted(names, key=len, reverse=True)
        self.pattern = re.compile("|".join(map(re.escape, longest_first)) or "(?!)")

    def put(self, value):
        """The same with marks in all its strings, and no others."""
        if isinstance(value, str):
            return self.pattern.sub(f"{BEGIN}\\g<0>{END}", MARK.sub("", value))
        if isinstance(value, list):
            return [self.put(each) for each in value]
        if isinstance(value, dict):
            return {name: self.put(each) for name, each in value.items()}
        return value


@contextlib.contextmanager
def _one_sentence(what: str) -> Iterator[None]:
    """Whatever goes wrong in a template becomes an error of ours."""
    try:
        yield
    except Exception as error:  # of jinja2, and whatever a program of somebody else runs into
        why = " ".join(str(error).split()).rstrip(".") or type(error).__name__
        raise InvalidArgumentError(
            f"The chat template {what} ({why}); give messages in the order that it asks for, or "
            "use another template."
        ) from error


# === The sandbox ===


class _Sandbox(ImmutableSandboxedEnvironment):
    """jinja2's, as `transformers` sets it up, with what a template may do counted."""

    intercepted_binops = frozenset(["+", "*", "**", "%"])

    def __init__(self):
        extensions = [_Generation, loopcontrols]
        super().__init__(
            trim_blocks=True, lstrip_blocks=True, extensions=extensions, finalize=self.bounded
        )
        allowed = {name: each for name, each in self.filters.items() if name in FILTERS}
        allowed |= {"join": _join, "replace": _replace, "tojson": _tojson}
        self.filters = {name: self._bounding(each) for name, each in allowed.items()}
        self.filters |= {"_bounded": self.bounded, "_counted": self._counted}
        of_jinja = {name: self.globals[name] for name in ("range", "joiner", "cycler")}
        self.globals = of_jinja | {
            "dict": dict,
            "namespace": _Names,
            "raise_exception": _raise_exception,
            "strftime_now": self._strftime_now,
        }
        self._begin(None)

    def _begin(self, now) -> None:
        self.left, self.until, self.now = MOST_STEPS, time.monotonic() + MOST_SECONDS, now

    def template_of(self, source: str) -> jinja2.Template:
        self._begin(None)
        tree = _Counting(self).visit(self.parse(source))
        return jinja2.Template.from_code(self, self.compile(tree), self.globals)

    def render(self, template: jinja2.Template, now, variables: dict) -> str:
        self._begin(now)
        parts, length = [], 0
        for part in template.generate(**variables):
            parts.append(part)
            length += len(part)
            _check_size(length)
        return "".join(parts)

    # === What is counted ===

    def spend(self, steps: int) -> None:
        self.left -= steps
        if self.left < 0:
            raise jinja2.TemplateRuntimeError(
                f"it takes more than {MOST_STEPS:,} steps, so that it may never end"
            )
        if time.monotonic() > self.until:
            raise jinja2.TemplateRuntimeError(f"it takes more than {MOST_SECONDS} seconds")

    def bounded(self, value):
        """The same, if it is not too large."""
        size = _size_of(value)
        self.spend(1 + size // 100)
        return value

    def _counted(self, values: Iterable, characters: int) -> Iterator:
        """What a loop goes through; as many characters stand within it."""
        for value in values:
            self.spend(1 + characters // 100)
            yield value

    def _bounding(self, function):
        """A filter whose results are bounded."""

        @functools.wraps(function)
        def bounding(*args, **kwargs):
            return self.bounded(function(*args, **kwargs))

        return bounding

    # === What a template does ===

    def call(self, context, function, /, *args, **kwargs):
        owner, name = getattr(function, "__self__", None), getattr(function, "__name__", "")
        if isinstance(owner, str) and name in ("join", "replace"):
            function = functools.partial({"join": _join_by, "replace": _replace}[name], owner)
        return self.bounded(super().call(context, function, *args, **kwargs))

    def is_safe_attribute(self, obj, attr, value):
        if isinstance(obj, (str, bytes, int, float, list, tuple, dict, range)):
            return attr in METHODS
        return super().is_safe_attribute(obj, attr, value)

    def wrap_str_format(self, value):
        return None  # which no template may

    def unsafe_undefined(self, obj, attribute):
        kind = type(obj).__name__
        raise jinja2.sandbox.SecurityError(f"it asks for {attribute!r} of a {kind}")

    def call_binop(self, context, operator, left, right):
        if operator == "%" and isinstance(left, str):
            raise jinja2.TemplateRuntimeError("it formats by %, which no template may")
        if operator == "*":
            for many, times in ((left, right), (right, left)):
                if isinstance(many, (str, list, tuple)) and isinstance(times, int):
                    _check_size(_size_of(many) * times)
        if operator in ("*", "**") and isinstance(left, int) and isinstance(right, int):
            times = right if operator == "**" else 1
            bits = left.bit_length() * max(times, 0) + right.bit_length() * (operator == "*")
            if bits > MOST_BITS:
                raise jinja2.TemplateRuntimeError(f"a number has more than {MOST_BITS} bits")
        return self.bounded(super().call_binop(context, operator, left, right))

    def _strftime_now(self, form: str) -> str:
        if len(form) > 100 or re.search(r"%\W*\d", form):
            raise jinja2.TemplateRuntimeError(f"{shown(form)} is no format of a date")
        return (self.now or datetime.datetime.now()).strftime(form)


class _Counting(NodeTransformer):
    """Has loops counted, and bounds what is written together."""

    def __init__(self, sandbox: _Sandbox):
        self.sandbox = sandbox

    def visit_For(self, node: nodes.For):
        if node.recursive:
            raise jinja2.TemplateSyntaxError("a loop calls itself", node.lineno)
        characters = sum(len(data.data) for data in node.find_all(nodes.TemplateData))
        self.generic_visit(node)
        node.iter = self._filtered(node.iter, "_counted", nodes.Const(characters))
        return node

    def _bound(self, node):
        self.generic_visit(node)
        return self._filtered(node, "_bounded")

    visit_Concat = visit_List = visit_Dict = _bound

    def visit_Tuple(self, node: nodes.Tuple):
        if node.ctx == "load":
            return self._bound(node)
        return node  # names that get values

    def _filtered(self, node, name: str, *args):
        made = nodes.Filter(node, name, [*args], [], None, None)
        return made.set_lineno(node.lineno).set_environment(self.sandbox)


class _Generation(Extension):
    """`{% generation %}`, by which some templates mark answers: what is in it is written."""

    tags = frozenset(["generation"])

    def parse(self, parser):
        next(parser.stream)
        return parser.parse_statements(("name:endgeneration",), drop_needle=True)


class _Names(Namespace):
    """jinja2's, in which a template keeps nothing that begins with an underscore."""

    def __setitem__(self, name, value):
        if str(name).startswith("_"):
            raise jinja2.sandbox.SecurityError(f"it sets {shown(name)}, which no template may")
        super().__setitem__(name, value)


def _size_of(value) -> int:
    """Characters and values, those within it included; raises where they are too many."""
    size, left = 0, [value]
    while left:
        value = left.pop()
        size += len(value) if isinstance(value, str) else 1
        if isinstance(value, dict):
            left += [*value.keys(), *value.values()]
        elif isinstance(value, (list, tuple)):
            left += value
        _check_size(size + len(left))
    return size


def _check_size(size: int) -> None:
    if size > MOST_CHARACTERS:
        raise jinja2.TemplateRuntimeError(f"it makes more than {MOST_CHARACTERS:,} characters")


def _raise_exception(message: str):
    raise jinja2.TemplateError(message)


def _tojson(value, ensure_ascii=False, indent=None, separators=None, sort_keys=False) -> str:
    if indent is not None and not (isinstance(indent, int) and indent <= 16):
        raise jinja2.TemplateRuntimeError(f"tojson with indent={shown(indent)}")
    return json.dumps(
        value,
        ensure_ascii=ensure_ascii,
        indent=indent,
        separators=separators,
        sort_keys=sort_keys,
    )


def _join(values: Iterable, between: str = "", attribute: str | None = None) -> str:
    if attribute is not None:
        values = [value[attribute] for value in values]
    return _join_by(str(between), map(str, values))


def _join_by(between: str, values: Iterable[str]) -> str:
    values = [*values]
    _check_size(len(between) * len(values) + sum(map(len, values)))
    return between.join(values)


def _replace(text: str, old: str, new: str, count: int = -1) -> str:
    text, old, new = str(text), str(old), str(new)
    _check_size(text.count(old) * len(new))
    return text.replace(old, new, -1 if count is None else count)
