"""`Chat`: a conversation with a language model, each turn of which is read once."""

import logging
from collections.abc import Iterable, Iterator, Mapping

import numpy as np

from mlm_tf.checks import check_integer, shown
from mlm_tf.errors import InvalidArgumentError
from mlm_tf.models.language_model import CausalLM
from mlm_tf.preprocessing.chat_template import ChatTemplate
from mlm_tf.preprocessing.saved import Saved

logger = logging.getLogger("mlm_tf")

REPLY_LENGTH = 512  # tokens, where there is room for so many
OWN = (  # settings of `generate` that a conversation decides
    "prompts",
    "max_length",
    "stream",
    "strip_prompt",
    "stop_strings",
    "num_return_sequences",
    "return_log_probs",
    "return_read",
)


class _Conversation(Saved):
    """What was said, and what the model was told before.

    Attributes:
        system: what the model is told before all else, or `None`.
        history: the messages, as `{"role": "user", "content": "Tea?"}` each.
    """

    format = "mlm_tf.Conversation"

    def __init__(self, system: str | None = None, history: Iterable[Mapping] = ()):
        if system is not None and not isinstance(system, str):
            raise InvalidArgumentError(
                f"system={shown(system)} is not allowed; use a string, or None."
            )
        self.system, self.history = system, _checked(history)

    def get_config(self) -> dict:
        return {"system": self.system, "history": self.history}


class Chat:
    """A conversation with a model.

    It is written as the model has read conversations in training: by the template of its
    checkpoint; or, where its pipeline has a separator, as `tasks.Dialogue` trains models here, one
    turn after the other, each followed by `[SEP]`, the system's first.

    A conversation is one long recurrence: the state of the model after it is kept, and a turn reads
    its own tokens alone. What is kept is what two renderings of the conversation have in common, id
    for id; where a template leaves something out later on, as Qwen 3's does with thoughts, the
    state before it is gone back to. When the conversation outgrows the model's
    `max_sequence_length` its oldest turns are left out, what remains is read anew, and that is
    logged; the system's message stays.

    Args:
        model: a `CausalLM` with a pipeline.
        system: what the model is told before all else.
        template: a `ChatTemplate`, or its text; by default the checkpoint's.
        reply_length: the most tokens of a reply.
        settings: as for `generate`: sampler, temperature, seed, forbidden_strings, ...

    Attributes:
        history: the messages so far, without the system's; one may change them.
        left_out: how many of the oldest of them the last reply was written without.

    Raises:
        InvalidArgumentError: for a model that cannot talk.

    Example:

    >>> from mlm_tf import TextPipeline, build_model
    >>> pipeline = TextPipeline.fit(["tea or coffee ?", "tea , please ."])
    >>> model = build_model("gru", pipeline=pipeline, hidden_dim=8, seed=0)
    >>> chat = Chat(model, reply_length=5, seed=1)
    >>> reply = chat.reply("tea ?")
    >>> chat.history == [
    ...     {"role": "user", "content": "tea ?"}, {"role": "assistant", "content": reply}
    ... ]
    True
    >>> reply == "".join(Chat(model, reply_length=5, seed=1).reply("tea ?", stream=True))
    True
    """

    def __init__(
        self,
        model: CausalLM,
        system: str | None = None,
        template: "ChatTemplate | str | None" = None,
        reply_length: int = REPLY_LENGTH,
        **settings,
    ):
        if not isinstance(model, CausalLM) or model.pipeline is None:
            raise InvalidArgumentError(
                f"model={shown(model)} cannot talk; use a CausalLM with a pipeline, as "
                "from_huggingface and load_model give them."
            )
        for name in OWN:
            if name in settings:
                raise InvalidArgumentError(
                    f"{name}={shown(settings[name])} is not for a chat, which sets it itself; "
                    "leave it out."
                )
        self.model, self.settings = model, settings
        self.reply_length = check_integer("reply_length", reply_length)
        self._template = _template_of(model.pipeline, template)
        self._conversation = _Conversation(system)
        self.left_out = 0
        self._reads = []

    # === What was said ===

    @property
    def system(self) -> str | None:
        return self._conversation.system

    @property
    def history(self) -> list[dict]:
        return self._conversation.history

    def reset(self, system: str | None = None) -> None:
        """Forget all that was said; the system's message stays, unless there is another."""
        self._conversation = _Conversation(self.system if system is None else system)
        self.left_out, self._reads = 0, []

    def save(self, path, overwrite: bool = False) -> None:
        """Write what was said, and no model, to a JSON file; see `TextPipeline.save`."""
        self._conversation.save(path, overwrite)

    def load(self, path) -> None:
        """Go on with a conversation that `save` wrote, of whatever model.

        Raises:
            MissingFileError: if there is no such file.
            InvalidFileError: if it holds anything else.
        """
        self._conversation = _Conversation.load(path)
        self.left_out, self._reads = 0, []

    # === Talking ===

    def reply(self, text: str, stream: bool = False) -> "str | Iterator[str]":
        """What the model answers.

        Args:
            text: what the user says.
            stream: whether to give pieces of the answer as they form. Who stops reading them, by
                Ctrl-C for instance, ends the answer: it counts as said as far as it came.

        Raises:
            InvalidArgumentError: for a message that has no room beside the system's in the model's
                `max_sequence_length`, or that the template refuses. Nothing is said then.
        """
        if not isinstance(text, str):
            raise InvalidArgumentError(f"text={shown(text)} is not allowed; use a string.")
        self._conversation.history = _checked(self.history)  # whoever may have changed it
        said = {"role": "user", "content": text}
        prompt_ids, left_out = self._fitting([*self.history, said])
        read = self._read(prompt_ids)
        self.left_out = left_out
        if left_out:
            logger.warning("%s of the oldest messages are left out, to make room.", left_out)
        pieces = self._answer(said, read)
        return pieces if stream else "".join(pieces)

    def _answer(self, said: dict, read) -> Iterator[str]:
        answer = {"role": "assistant", "content": ""}
        written = self.model.pipeline.decode_stream()
        ids = self.model.generate(
            read,
            max_length=self._most(read.length),
            stream=True,
            strip_prompt=True,
            return_read=True,
            **self.settings,
        )
        self.history.append(said)  # nothing was refused
        try:
            for i in ids:
                if piece := written.step([i]):
                    answer["content"] += piece
                    yield piece
        finally:
            self.history.append(answer)
        self._reads = [read, ids.read]

    def _most(self, length: int) -> int:
        """How long prompt and answer may be together."""
        limit = self.model.max_sequence_length
        length += self.reply_length
        return length if limit is None else min(limit, length)

    # === Reading ===

    def _fitting(self, messages: list[dict]) -> tuple[np.ndarray, int]:
        """The ids of the newest messages for which there is room, and how many older there are."""
        limit = self.model.max_sequence_length
        room = None if limit is None else max(1, limit - min(self.reply_length, limit // 4))
        first = 0
        while True:
            ids = self._ids(messages[first:])
            if room is None or len(ids) <= room:
                return ids, first
            # A turn of the user's and its answer go together, as templates want them to alternate.
            later = (i for i in range(first + 1, len(messages)) if messages[i]["role"] == "user")
            following = next(later, None)
            if following is None:
                raise InvalidArgumentError(
                    f"The message makes {len(ids)} tokens of all that has to be read, and there is "
                    f"room for {room} beside an answer (max_sequence_length={limit}); say it in "
                    "fewer words."
                )
            first = following

    def _ids(self, messages: list[dict]) -> np.ndarray:
        system = [] if self.system is None else [{"role": "system", "content": self.system}]
        messages = [*system, *messages]
        pipeline = self.model.pipeline
        if self._template is None:
            turns = pipeline.encode(
                [message["content"] for message in messages], add_start=False, add_end=False
            )
            separator = np.array([pipeline.sep_id], "int32")
            parts = (part for turn in turns for part in (turn, separator))
            return np.concatenate([np.array([pipeline.start_id], "int32"), *parts])
        return np.array(self._template.ids(pipeline, messages), "int32")

    def _read(self, ids: np.ndarray):
        """These ids as they are read, of which as many as can be were read before."""
        try:
            read = self._beginning(ids)
            read = self.model.read(ids) if read is None else read.more(ids[read.length :])
        except InvalidArgumentError:  # the model has learned since
            read = self.model.read(ids)
        self._reads = [read]
        return read

    def _beginning(self, ids: np.ndarray):
        """What was read that these ids begin with; `None` if nothing was."""
        common = {read: _common(read.token_ids, ids) for read in self._reads}
        whole = [read for read in common if common[read] == read.length]
        if whole:
            return max(whole, key=lambda read: read.length)
        read = max(common, key=common.get, default=None)
        return read.until(common[read]) if read is not None and common[read] else None


def _common(before: np.ndarray, ids: np.ndarray) -> int:
    """How many ids both begin with; one at least is left to be read.

    >>> _common(np.array([1, 2, 3]), np.array([1, 2, 4])), _common(np.array([1]), np.array([1]))
    (2, 0)
    """
    length = min(len(before), len(ids) - 1)
    differs = np.flatnonzero(before[:length] != ids[:length])
    return int(differs[0]) if len(differs) else length


def _checked(messages: Iterable[Mapping]) -> list[dict]:
    """Messages as dictionaries of their own."""
    messages = list(messages)
    for message in messages:
        known = isinstance(message, Mapping) and {"role", "content"} <= set(message)
        if not known or not all(isinstance(message[n], str) for n in ("role", "content")):
            raise InvalidArgumentError(
                f"history holds {shown(message)}, which is no message; use a list of dictionaries, "
                "as {'role': 'user', 'content': 'Tea?'}."
            )
    return [dict(message) for message in messages]


def _template_of(pipeline, template) -> ChatTemplate | None:
    """How conversations are written; `None`: with separators."""
    own = getattr(pipeline, "chat_template", None)
    if isinstance(template, ChatTemplate) or (template is None and own is not None):
        return own if template is None else template
    if template is not None:
        return ChatTemplate(template, own.special_tokens if own else _special(pipeline))
    if pipeline.sep_id is None:
        raise InvalidArgumentError(
            "The model's checkpoint has no chat template, and it was trained for no conversations; "
            "pass template=, or use a checkpoint that is made for them ('Instruct', 'Chat')."
        )
    return None


def _special(pipeline) -> dict[str, str]:
    """What a template may write by name."""
    names = {i: name for name, i in pipeline.control_tokens.items()}
    special = {"eos_token": pipeline.end_id}
    if pipeline.start_id != pipeline.end_id:  # else there is none
        special["bos_token"] = pipeline.start_id
    return {name: names[i] for name, i in special.items() if i in names}
