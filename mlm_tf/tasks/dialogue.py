"""Dialogue: the next turn of a conversation, given those before it.

Two models, each a form of what this package has: a causal language model over the turns, of which
the reply alone counts in the loss, and a sequence-to-sequence model that reads the turns and writes
the reply. Both see the same ids of the same pipeline, so that their perplexities can be compared.
"""

import logging
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import ClassVar, NamedTuple

import numpy as np

from glove.opening import unpacked_name
from mlm_tf import corpora
from mlm_tf.baselines import KneserNeyModel
from mlm_tf.baselines import perplexity as perplexity_of
from mlm_tf.checks import check_choice, check_integer, check_strings, shown
from mlm_tf.corpora.dialogue_file import joined, read_dialogues, spoken
from mlm_tf.errors import EmptyCorpusError, InvalidArgumentError
from mlm_tf.models import CausalLM, build_model
from mlm_tf.models.text_generation import TextGeneration
from mlm_tf.preprocessing import TextPipeline
from mlm_tf.preprocessing.objectives import after_separator
from mlm_tf.preprocessing.rows import rows as rows_of_ids
from mlm_tf.preprocessing.sequence_pairs import id_pair_rows
from mlm_tf.tasks.application import Application, Setting, register_application
from mlm_tf.tasks.result_table import Column, Result, ResultTable
from mlm_tf.tasks.retrieval import most_similar
from mlm_tf.tasks.rows import Rows, read_rows, split_rows
from mlm_tf.tasks.text_to_text import generate_in_batches
from mlm_tf.training import Recipe

logger = logging.getLogger("mlm_tf")

FORMS = {"decoder": "causal_lm", "encoder-decoder": "seq2seq_lm"}
REPLY_SHARE = 4  # a quarter of max_sequence_length is for the reply, the rest for what was said
LEAST_TO_SPLIT = 10  # dialogues that begin otherwise
GENERATED_AT_ONCE = 64
SCORED_AT_ONCE = 32
# DailyDialog has "I'm", "I ' m" and "I ’ m"; one word of them.
APOSTROPHE = re.compile(r"(?<=\w) ?[’'] ?(?=(?:s|m|re|ve|ll|d|t)\b)")
RETRIEVAL = "retrieval by TF-IDF"
ASSISTANT = "assistant"  # the role whose turns are meant where messages have roles
SAMPLERS = {"greedy": "greedy", "top_p": "top-p"}
QUICK_STORIES, QUICK_HELD, QUICK_SEEDS = 2000, 300, (0,)
QUICK_SIZES = {"max_sequence_length": 160, "hidden_dim": 64, "num_layers": 1, "epochs": 5}
FULL_SEEDS = (0, 1, 2)
FULL_SIZES = {"hidden_dim": 256, "num_layers": 3, "dropout": 0.2, "batch_size": 128, "epochs": 4}
DAILY_DIALOG_LICENCE = (
    "DailyDialog is under CC BY-NC-SA 4.0: not for commercial use, which may hold for a model that "
    "was trained on it too. Li et al. (2017)."
)


# === Dialogues as people have them ===


def pairs(dialogues: Iterable[Sequence], replies_of: str | None = None) -> Rows:
    """Every turn that answers something, and all turns before it.

    Turns are strings, or objects that say who speaks, as `{"role": "user", "content": "Hello"}`
    (also `speaker` or `from`, and `text` or `value`): then what one says in several turns on end is
    one turn. An empty turn is passed over, as if nobody had spoken. The first turn of a dialogue
    answers nothing, so that it is read and never learned, and a dialogue of one turn teaches
    nothing; how many there were is logged.

    Args:
        dialogues: each a list of its turns.
        replies_of: the speaker whose turns are to be learned; None for all.

    Returns:
        `Rows`: contexts, each a tuple of turns, and as many replies.

    Raises:
        InvalidArgumentError: for a dialogue that is no list of turns, or a speaker that nobody is.
        EmptyCorpusError: if no turn answers another.

    Example:

    >>> pairs([["Tea?", "Please!", "Here you are."]])
    Rows(inputs=[('Tea?',), ('Tea?', 'Please!')], targets=['Please!', 'Here you are.'])
    """
    if isinstance(dialogues, (str, bytes, Mapping)) or not isinstance(dialogues, Iterable):
        raise InvalidArgumentError(
            f"dialogues={shown(dialogues)} is not allowed; use a list of dialogues, each a list of "
            "its turns."
        )
    contexts, replies, speakers = [], [], Counter()
    count = lonely = empty = unanswerable = 0
    for place, dialogue in enumerate(dialogues):
        count += 1
        given = spoken(f"dialogues[{place}]", dialogue)
        turns = joined([(who, text.strip()) for who, text in given if text.strip()])
        empty += sum(not text.strip() for _, text in given)
        speakers.update(who for who, _ in turns)
        lonely += len(turns) < 2
        unanswerable += bool(turns) and replies_of is not None and turns[0][0] == replies_of
        for end in range(1, len(turns)):
            if replies_of is None or turns[end][0] == replies_of:
                contexts.append(tuple(text for _, text in turns[:end]))
                replies.append(turns[end][1])
    if replies_of is not None and replies_of not in speakers:
        known = ", ".join(sorted(repr(who) for who in speakers if who is not None))
        raise InvalidArgumentError(
            f"replies_of={shown(replies_of)} is nobody in these dialogues; "
            + (f"use one of {known}." if known else "they do not say who speaks: leave it out.")
        )
    if not replies:
        raise EmptyCorpusError(
            f"In {count:,} dialogues no turn answers another; a dialogue needs two turns or more."
        )
    for number, what in (
        (lonely, "dialogues have fewer than two turns and teach nothing"),
        (empty, "turns are empty and passed over"),
        (unanswerable, f"dialogues begin with {replies_of}: that turn is read, not learned"),
    ):
        if number:
            logger.info("%s of %s: %s.", f"{number:,}", f"{count:,} dialogues", what)
    return Rows(contexts, replies)


# === Ids ===


class Context(NamedTuple):
    """What is read of the turns so far.

    Attributes:
        ids: int32, `[START] turn [SEP] turn [SEP]`.
        left_out: how many turns, the oldest, are not in it.
        is_cut: whether the last turn lost its beginning.
    """

    ids: np.ndarray
    left_out: int
    is_cut: bool


def context_ids(turns: Sequence[Sequence[int]], room: int, start_id: int, sep_id: int) -> Context:
    """Turns in one row, each with a separator after it; what has no room goes, the oldest first.

    Whole turns go; the last, which is to be answered, loses its beginning where it is too long
    alone.

    Args:
        turns: ids of each, at least one turn.
        room: the most ids, at least 3.
        start_id: what begins the row.
        sep_id: what ends a turn.

    Example:

    >>> context_ids([[6, 7], [8], [9, 9]], 7, start_id=2, sep_id=4)
    Context(ids=array([2, 8, 4, 9, 9, 4], dtype=int32), left_out=1, is_cut=False)
    """
    free, first = room - 1, len(turns)
    while first and len(turns[first - 1]) + 1 <= free:
        first -= 1
        free -= len(turns[first]) + 1
    kept = [np.asarray(turn, "int32") for turn in turns[first:]]
    is_cut = not kept
    if is_cut:
        first = len(turns) - 1
        kept = [np.asarray(turns[-1], "int32")[-(room - 2) :]]
    parts = [np.array([start_id]), *(part for turn in kept for part in (turn, [sep_id]))]
    return Context(np.concatenate(parts).astype("int32"), first, is_cut)


def rooms(max_sequence_length: int) -> tuple[int, int]:
    """How many of the tokens are for the context, and how many for the reply.

    >>> rooms(128)
    (96, 32)
    """
    reply = max_sequence_length // REPLY_SHARE
    return max_sequence_length - reply, reply


# === Measures of replies ===


def distinct(replies: Iterable[Sequence], n: int) -> float:
    """How many different n-grams there are among all of the replies: near 0 where all say the same.

    It falls with the number of replies, so that only as many of each are to be compared.

    Args:
        replies: the tokens of each.
        n: 1 or more.

    Example:

    >>> distinct([["i", "do"], ["i", "do"]], 1), distinct([["i", "do"], ["you", "do"]], 2)
    (0.5, 1.0)

    Reference: Li et al. 2016, "A Diversity-Promoting Objective Function for Neural Conversation
    Models", section 5.4.
    """
    check_integer("n", n)
    grams = [tuple(r[i : i + n]) for r in map(list, replies) for i in range(len(r) - n + 1)]
    return len(set(grams)) / len(grams) if grams else 0.0


def copied(replies: Sequence[Sequence], learned: Iterable[Sequence]) -> float:
    """The share of replies that stand, token for token, among those that were learned from.

    >>> copied([["yes"], ["no", "way"]], [["yes"], ["no"]])
    0.5
    """
    known = set(map(tuple, learned))
    return sum(tuple(reply) in known for reply in replies) / len(replies) if replies else 0.0


# === The simple ways ===


def retrieve(contexts: Sequence[tuple], training: Rows) -> list[str]:
    """For each context the reply to the most similar one of the training set.

    Similar is the cosine of TF-IDF vectors of words and pairs of words (logarithms of counts; of
    Chinese, characters), of the last turn plus of the whole context.
    """
    known, asked = (
        [[context[-1] for context in each], [" ".join(context) for context in each]]
        for each in (training.inputs, contexts)
    )
    return [training.targets[place] for place in most_similar(known, asked)]


# === The application ===


@register_application
class Dialogues(Application):
    """Dialogue: answer what was said, by a model that learned from dialogues.

    Learns from JSONL (a dialogue a line: a list of turns, or an object with one), text files (a
    turn a line, blank lines between dialogues) or tables with the columns context and reply; the
    line breaks of a context part its turns. What does not fit into the model's
    --max-sequence-length is left out, the oldest turns first.

    Two forms. "decoder": one causal language model over `turn [SEP] turn [SEP] reply`, in which the
    loss counts on the reply alone. "encoder-decoder": a sequence-to-sequence model that reads the
    turns and writes the reply.

    Attributes:
        learned: the replies that `fit` learned from, by which `evaluate` tells what is copied;
            None in an application that was loaded.

    Example:

    >>> dialogues = [["Tea?", "Yes, please!"], ["Coffee?", "No, thanks."]] * 40
    >>> talk = Dialogues(hidden_dim=32, num_layers=1, epochs=8, batch_size=8)
    >>> talk.fit(dialogues).predict([["Coffee?"]])
    ['no, thanks.']
    """

    name = "dialogue"
    summary = "answer what was said: decoder and encoder-decoder over turns"
    columns = (
        Column("perplexity", ".1f", best="lowest"),
        Column("right"),
        Column("distinct-1", ".3f"),
        Column("distinct-2", ".3f"),
        Column("copied", best=None),
    )
    input_name, target_name = "context", "reply"
    targets_are_classes = False
    settings = (
        Setting("form", "decoder", "decoder or encoder-decoder"),
        Setting("architecture", "transformer", "of the blocks: transformer, attention, lstm, gru"),
        Setting("vocabulary_size", 8000, "the most tokens that are known"),
        Setting("hidden_dim", 128, "the width of the model"),
        Setting("num_layers", 2, "its blocks; of an encoder-decoder so many each"),
        Setting("max_sequence_length", 128, "tokens read and written; a quarter is the reply's"),
        Setting("dropout", 0.1, "against learning by heart"),
        Setting("epochs", 5, "how often the rows are gone through"),
        Setting("batch_size", 32, "pairs of a context and a reply in a training step"),
        Setting("learning_rate", 0.0, "the highest; 0 is that of the recipe"),
        Setting("seed", 0, "of everything random"),
    )
    model_kind: ClassVar = TextGeneration

    def __init__(self, **settings):
        super().__init__(**settings)
        check_choice("form", self.options["form"], tuple(FORMS))
        check_integer("max_sequence_length", self.options["max_sequence_length"], least=16)
        check_integer("batch_size", self.options["batch_size"])
        self.learned: set[tuple[str, ...]] | None = None

    # === Rows ===

    @classmethod
    def checked(cls, inputs, targets=None) -> Rows:
        """Pairs of a context, a tuple of turns, and its reply; of dialogues alone every pair."""
        if targets is None:
            return pairs(inputs)
        replies = check_strings("replies", targets)
        contexts = [_context(place, context) for place, context in enumerate(inputs)]
        if len(contexts) != len(replies):
            raise InvalidArgumentError(
                f"contexts has {len(contexts):,} items and replies {len(replies):,}; each needs "
                "its own."
            )
        if not contexts:
            raise EmptyCorpusError("contexts is empty; use at least one.")
        for place, reply in enumerate(replies):
            if not reply.strip():
                raise InvalidArgumentError(
                    f"replies[{place}]={shown(reply)} is empty; leave out the rows that lack one."
                )
        return Rows(contexts, replies)

    @classmethod
    def read(cls, paths, input_column=None, target_column=None, encoding="utf-8"):
        """Rows of files: dialogues as `read_dialogues` reads them, or tables of two columns.

        Where one of the speakers is the "assistant", its turns alone are to be learned.

        Returns:
            `(rows, left_out)`: the pairs, and how many rows of tables lack one side.
        """
        contexts, replies, left_out = [], [], 0
        for path in paths:
            ending = unpacked_name(path).suffix.lower()
            if ending in (".csv", ".tsv", ".tab") or (input_column or target_column) is not None:
                rows, missing = read_rows(
                    path, input_column or cls.input_name, target_column or cls.target_name, encoding
                )
                contexts += [_context(i, context) for i, context in enumerate(rows.inputs)]
                left_out += missing
            else:
                dialogues = read_dialogues(path, encoding)
                speakers = {who for d in dialogues for who, _ in spoken(str(path), d)}
                rows = pairs(dialogues, ASSISTANT if ASSISTANT in speakers else None)
                contexts += rows.inputs
            replies += [str(reply) for reply in rows.targets]
        return Rows(contexts, replies), left_out

    @classmethod
    def split(cls, rows: Rows, seed: int = 0) -> tuple[Rows, Rows]:
        """Nine tenths and one: the turns of one dialogue, which begin alike, stay together."""
        firsts = [context[0] for context in rows.inputs]
        training, _ = split_rows(Rows(firsts, None), seed=seed, by_class=False)
        are_kept = set(training.inputs)
        training, held = (
            rows.at([i for i, first in enumerate(firsts) if (first in are_kept) == is_kept])
            for is_kept in (True, False)
        )
        return training, held

    # === Learning ===

    def fit(self, inputs, targets=None, progress: bool = False):
        """Learn from dialogues, or from contexts and their replies.

        A tenth of it is held back: the weights that are kept are those that are best on it. Of
        fewer than ten different beginnings nothing is.

        Args:
            inputs: dialogues, each a list of turns; or contexts, each a list of turns, or a string
                with a turn a line.
            targets: the reply to each context; None where the inputs are dialogues.
            progress: whether to show a bar.
        """
        rows = self.checked(inputs, targets)
        settings = self.options
        pipeline = _pipeline(rows, settings["vocabulary_size"])
        model = build_model(
            settings["architecture"],
            FORMS[settings["form"]],
            pipeline=pipeline,
            hidden_dim=settings["hidden_dim"],
            num_layers=settings["num_layers"],
            dropout=settings["dropout"],
            max_sequence_length=settings["max_sequence_length"],
            seed=settings["seed"],
        )
        training, held = rows, rows
        if len({context[0] for context in rows.inputs}) >= LEAST_TO_SPLIT:
            training, held = self.split(rows, seed=settings["seed"])
        size = min(settings["batch_size"], len(training.inputs))
        room = rooms(settings["max_sequence_length"])
        data = [
            reply_data(model, training, room, size, shuffle=True, seed=settings["seed"]),
            reply_data(model, held, room, size, shuffle=False),
        ]
        recipe = Recipe(
            epochs=settings["epochs"],
            evaluations_per_epoch=1,
            learning_rate=settings["learning_rate"] or None,
        )
        self.learn(model, data, recipe, progress, description=self.name)
        self.learned = set(map(tuple, pipeline.tokenize(dict.fromkeys(rows.targets))))
        return self

    # === Answering ===

    @property
    def rooms(self) -> tuple[int, int]:
        """How many tokens of the context are read, and how many of the reply are written."""
        length = None if self.model is None else self.model.max_sequence_length
        return rooms(length or self.options["max_sequence_length"])

    def predict(self, inputs, **how) -> list[str]:
        """The reply to each context: the most probable word after word, unless told.

        Args:
            inputs: contexts, each a list of turns, or a string with a turn a line.
            how: arguments of `model.generate`: `sampler`, `temperature`, `seed`, ...
        """
        contexts = [_context(place, context) for place, context in enumerate(inputs)]
        pipeline = self.trained().output_pipeline
        return pipeline.decode(self._reply_ids(contexts, {"sampler": "greedy", **how}))

    def reply(self, history, **how) -> str:
        """What comes after these turns, drawn by chance (top-p) unless told.

        Args:
            history: the turns so far, the oldest first, in a list or a turn a line.
            how: arguments of `model.generate`.
        """
        return self.predict([history], **{"sampler": "top_p", **how})[0]

    def context(self, turns: Sequence[str]) -> Context:
        """What the model reads of these turns, and how many of them it does not."""
        pipeline, (room, _) = self.trained().pipeline, self.rooms
        ids = pipeline.encode(turns, add_start=False, add_end=False)
        return context_ids(ids, room, pipeline.start_id, pipeline.sep_id)

    def _reply_ids(self, contexts: Sequence[tuple], how: Mapping) -> list[np.ndarray]:
        model = self.trained()
        pipeline, (context_room, room) = model.pipeline, self.rooms
        prompts = [context.ids for context in _context_rows(pipeline, contexts, context_room)]
        longest = room + 1  # with the start token
        if isinstance(model, CausalLM):
            longest = max(map(len, prompts)) + room
        else:
            prompts = [_as_source(ids, pipeline.end_id) for ids in prompts]
        found = generate_in_batches(model, prompts, GENERATED_AT_ONCE, max_length=longest, **how)
        return [row[:room] for row in found]

    # === Measuring ===

    def evaluate(self, inputs, targets=None, **how) -> dict[str, float]:
        """The figures of `columns`.

        perplexity: of the replies as people gave them, over their tokens, the end counted; right:
        the share of the model's replies that are those, token for token; distinct-1 and distinct-2:
        how many different words and pairs of words there are among all its replies; copied: the
        share of its replies that stand in the training set, where that is known.

        Args:
            inputs, targets: as for `fit`.
            how: arguments of `model.generate`.
        """
        rows = self.checked(inputs, targets)
        replies = self.predict(rows.inputs, **how)
        return {"perplexity": self.perplexity(*rows), **self.figures(replies, rows.targets)}

    def figures(self, replies: Sequence[str], wanted: Sequence[str]) -> dict[str, float]:
        """Those that can be told from replies alone: all but the perplexity."""
        return _figures(self.trained().pipeline, replies, wanted, self.learned)

    def perplexity(self, inputs, targets=None) -> float:
        """Over the tokens of the replies, each known the context and the tokens before it."""
        return perplexity_of(self.log_probs(inputs, targets))

    def log_probs(self, inputs, targets=None) -> list[np.ndarray]:
        """For each reply the log-probabilities of its tokens, the end token's last.

        Args:
            inputs, targets: as for `fit`.
        """
        from scipy.special import log_softmax

        rows = self.checked(inputs, targets)
        model, size, found = self.trained(), min(SCORED_AT_ONCE, len(rows.inputs)), []
        for x, y, weight in reply_data(model, rows, self.rooms, size, shuffle=False):
            counts = weight.numpy() > 0  # (B, T)
            logits = np.asarray(model.predict_on_batch(x))[counts]  # (tokens of replies, V)
            log_probs = log_softmax(logits, axis=-1)[np.arange(len(logits)), y.numpy()[counts]]
            found += np.split(log_probs, np.cumsum(counts.sum(axis=1))[:-1])
        return found[: len(rows.inputs)]

    def baselines(self, training: Rows, held: Rows) -> dict[str, dict[str, float]]:
        """The most frequent reply; retrieval by TF-IDF; and a trigram of the replies alone."""
        pipeline = _pipeline(training, self.options["vocabulary_size"])
        learned = set(map(tuple, pipeline.tokenize(dict.fromkeys(training.targets))))
        [(dull, _)] = Counter(training.targets).most_common(1)
        _, room = self.rooms
        trigram = KneserNeyModel(pipeline.num_outcomes).fit(
            row[: room + 1] for row in pipeline.encode(training.targets)
        )
        log_probs = trigram.log_probs(row[: room + 1] for row in pipeline.encode(held.targets))
        return {
            "the most frequent reply": _figures(
                pipeline, [dull] * len(held.inputs), held.targets, learned
            ),
            RETRIEVAL: _figures(pipeline, retrieve(held.inputs, training), held.targets, learned),
            "trigram of replies (Kneser-Ney)": {"perplexity": perplexity_of(log_probs)},
        }

    def line(self, text, prediction) -> str:
        return prediction

    @classmethod
    def table(cls, quick: bool = True, progress: bool = False) -> ResultTable:
        """Both forms beside the baselines: quick, on questions about stories of the grammar; in
        full, on DailyDialog, which is downloaded and not for commercial use."""
        title, (training, held), sizes, seeds = _questions() if quick else daily_dialogues()
        notes = [] if quick else [DAILY_DIALOG_LICENCE]
        table = ResultTable(title, cls.columns, notes)
        first = cls(**sizes)
        for name, figures in first.baselines(training, held).items():
            table.add(name, figures, kind="baseline")
        for form in FORMS:
            runs: dict[str, list[dict]] = {"greedy": [], "top_p": []}
            for seed in seeds:
                talk = cls(**sizes, form=form, seed=seed)
                talk.fit(*training, progress=progress)
                value = talk.perplexity(*held)
                for sampler, found in runs.items():
                    replies = talk.predict(held.inputs, sampler=sampler, seed=seed)
                    found.append(talk.figures(replies, held.targets) | {"perplexity": value})
            for sampler, found in runs.items():
                table.add_runs(f"{form}, {SAMPLERS[sampler]}", found)
        best = max((row for row in table.rows if row.kind == "model"), key=_variety)
        if _variety(table.row(RETRIEVAL)) > _variety(best):
            table.notes.append(
                f"{RETRIEVAL} has the greater variety (distinct-2), since it repeats what people "
                "wrote; a model gives to many questions the reply that is probable for each."
            )
        figures = talk.figures(held.targets, held.targets)
        table.notes.append(
            "People's own replies: distinct-1 {distinct-1:.3f}, distinct-2 {distinct-2:.3f}, "
            "{copied:.1%} of them copied.".format(**figures)
        )
        return table


def _variety(row: Result) -> float:
    return float(np.mean(row.figures.get("distinct-2", 0)))


def _questions():
    """Questions about stories of the grammar, each sentence of the story a turn."""

    def rows(stories) -> Rows:
        return Rows(
            [(*story.sentences, story.question) for story in stories],
            [story.answer for story in stories],
        )

    stories = corpora.grammar(QUICK_STORIES + QUICK_HELD)
    title = (
        f"dialogue: questions about stories of the grammar, {QUICK_STORIES:,} to learn from, "
        f"{QUICK_HELD:,} held out"
    )
    both = rows(stories[:QUICK_STORIES]), rows(stories[QUICK_STORIES:])
    return title, both, QUICK_SIZES, QUICK_SEEDS


def daily_dialogues():
    """DailyDialog: without the dialogues of the test that stand in the training set too."""

    def tidied(split: str) -> dict[tuple[str, ...], None]:
        dialogues = corpora.daily_dialog(split)
        return dict.fromkeys(tuple(APOSTROPHE.sub("'", t) for t in d.turns) for d in dialogues)

    training = tidied("train")
    held = [dialogue for dialogue in tidied("test") if dialogue not in training]
    title = (
        f"dialogue: DailyDialog, {len(training):,} dialogues to learn from, {len(held):,} of the "
        "test, word tokens"
    )
    return title, (pairs(list(training)), pairs(held)), FULL_SIZES, FULL_SEEDS


def _context(place: int, context) -> tuple[str, ...]:
    """The turns of a context: of a string each line is one; empty ones are passed over."""
    turns = context.splitlines() if isinstance(context, str) else context
    turns = joined(spoken(f"contexts[{place}]", turns))
    said = tuple(text.strip() for _, text in turns if text.strip())
    if not said:
        raise InvalidArgumentError(
            f"contexts[{place}]={shown(context)} holds no turn that says anything, so that there "
            "is nothing to reply to; give at least one."
        )
    return tuple(check_strings(f"contexts[{place}]", said))


def _pipeline(rows: Rows, vocabulary_size: int) -> TextPipeline:
    """Of all turns, each different one once."""
    turns = dict.fromkeys(turn for context in rows.inputs for turn in context)
    turns |= dict.fromkeys(rows.targets)
    return TextPipeline.fit(list(turns), vocabulary_size=vocabulary_size)


def _encoded(pipeline, texts: Iterable[str]) -> dict[str, np.ndarray]:
    """The ids of each different text."""
    texts = list(dict.fromkeys(texts))
    return dict(zip(texts, pipeline.encode(texts, add_start=False, add_end=False), strict=True))


def _context_rows(pipeline, contexts: Sequence[tuple], room: int) -> list[Context]:
    ids = _encoded(pipeline, (turn for context in contexts for turn in context))
    special = (pipeline.start_id, pipeline.sep_id)
    return [context_ids([ids[turn] for turn in c], room, *special) for c in contexts]


def _as_source(ids: np.ndarray, end_id: int) -> np.ndarray:
    """`[START] turn [SEP] turn [SEP]` -> `[START] turn [SEP] turn [END]`."""
    return np.append(ids[:-1], np.int32(end_id))


def reply_data(model, rows: Rows, room: tuple[int, int], batch_size: int, shuffle: bool, seed=0):
    """A data set in which the tokens of the replies count, and nothing else.

    Args:
        model: a `CausalLM` or a `Seq2SeqLM`, with its pipeline.
        rows: contexts and replies.
        room: as `rooms` gives it.
        batch_size, shuffle, seed: as for `pipeline.rows`.
    """
    pipeline, (context_room, reply_room) = model.pipeline, room
    contexts = [context.ids for context in _context_rows(pipeline, rows.inputs, context_room)]
    ids = _encoded(pipeline, rows.targets)
    replies = [np.append(ids[r], np.int32(pipeline.end_id))[:reply_room] for r in rows.targets]
    if isinstance(model, CausalLM):
        id_rows = [np.concatenate(both) for both in zip(contexts, replies, strict=True)]
        settings = (sum(room) - 1, batch_size, shuffle, seed, pipeline.pad_id)
        return rows_of_ids(id_rows, *settings, after_separator(pipeline.sep_id))
    sources = [_as_source(context, pipeline.end_id) for context in contexts]
    targets = [np.append(np.int32(pipeline.start_id), reply) for reply in replies]
    pads = (pipeline.pad_id, pipeline.pad_id)
    return id_pair_rows(sources, targets, *room, batch_size, pads, shuffle, seed)


def _figures(pipeline, replies: Sequence[str], wanted: Sequence[str], learned) -> dict[str, float]:
    """What can be said of replies without a model."""
    tokens = [tuple(row) for row in pipeline.tokenize(replies)]
    right = [tuple(row) for row in pipeline.tokenize(wanted)]
    found = {
        "right": sum(map(tuple.__eq__, tokens, right)) / len(right),
        "distinct-1": distinct(tokens, 1),
        "distinct-2": distinct(tokens, 2),
    }
    return found if learned is None else {**found, "copied": copied(tokens, learned)}


# === A conversation ===


class Conversation:
    """Turn after turn with a model, which reads of them what it has room for.

    Args:
        dialogues: a trained `Dialogues`.
        how: arguments of `model.generate` for every reply; by default chance (top-p). From a seed
            each reply takes another one.

    Attributes:
        turns: what was said so far, the first turn first; with what the model has no room for.
        left_out: how many of the turns, the oldest, the model did not read for its last reply.

    Example:

    >>> dialogues = [["Tea?", "Yes, please!"], ["Coffee?", "No, thanks."]] * 40
    >>> talk = Dialogues(hidden_dim=32, num_layers=1, epochs=8, batch_size=8).fit(dialogues)
    >>> conversation = Conversation(talk, sampler="greedy")
    >>> conversation.say("Tea?")
    'yes, please!'
    >>> conversation.turns, conversation.left_out
    (['Tea?', 'yes, please!'], 0)
    """

    def __init__(self, dialogues: Dialogues, **how):
        dialogues.trained()
        self.dialogues, self.how = dialogues, how
        self.turns: list[str] = []
        self.left_out = 0

    def say(self, text: str) -> str:
        """The reply to a turn, given those before; both are kept.

        Once turns no longer fit, a line of the log says how many were left out.

        Raises:
            InvalidArgumentError: for a turn that says nothing; the conversation is as before.
        """
        turns = [*self.turns, *_context(0, [text])]
        said = _context(0, turns)  # a model may have said nothing
        context = self.dialogues.context(said)
        if context.left_out > self.left_out or context.is_cut:
            logger.warning(
                "The model reads %d tokens: of %d turns the oldest %d are left out%s.",
                self.dialogues.rooms[0],
                len(said),
                context.left_out,
                ", and the last has lost its beginning" if context.is_cut else "",
            )
        how = dict(self.how)
        if how.get("seed") is not None:
            how["seed"] += len(self.turns)  # or the same question always got the same answer
        reply = self.dialogues.reply(said, **how)
        self.turns, self.left_out = [*turns, reply], context.left_out
        return reply
