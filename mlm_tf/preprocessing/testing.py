"""The laws of pipelines, checked by one call: for our tests, and for yours."""

import codecs
import contextlib
import copy
import functools
import pathlib
import tempfile
from collections.abc import Iterable

import numpy as np

from mlm_tf._startup import tf
from mlm_tf.errors import InvalidArgumentError
from mlm_tf.laws import law, require
from mlm_tf.preprocessing.losses import LOSSES, is_same_but
from mlm_tf.preprocessing.pipeline import Pipeline

TEXTS = (
    "The lamp burns all night.",
    "",
    " ",
    'don\'t — say (it) "so": well-known, 3.14%\n',
    "a  b\n\t c",
    "灯塔的灯整夜亮着。",
    "naïve café 👩\u200d👧 😀",
)


def check_pipeline(pipeline: Pipeline, texts: Iterable[str] = TEXTS, seed: int = 0) -> None:
    """Check what every pipeline keeps, whatever a token is.

    Its ids stand in its vocabulary, which is counted whole if at all. Its special tokens have
    names, those that must differ do, and no text makes one. What the first ids decode to is how
    every longer sequence begins, step by step or all at once, and decoding gives back the text but
    for its `losses`. A text goes through once, and those beside it change nothing. Rows, windows,
    words and tensors hold the encoded ids, and a start token is learned only where it ends a text
    too. Saved and loaded it is the same pipeline; what it lacks it refuses by name.

    Args:
        pipeline: a fitted one.
        texts: strings; the names of the special tokens are added.
        seed: of where ids are cut in two.

    Raises:
        AssertionError: naming the pipeline and the first law that it breaks.

    Example:

    >>> from mlm_tf import TextPipeline
    >>> check_pipeline(TextPipeline.fit(["a lamp and a light"]))
    """
    texts, rng = [*texts], np.random.default_rng(seed)
    special = {*pipeline.special_tokens.values()}
    tokens = [token for i, token in enumerate(pipeline.vocabulary) if i in special]
    for name in dict.fromkeys([*pipeline.special_tokens, *tokens, *pipeline.control_tokens]):
        texts += [name, f"a {name}b"]
    for sentence, check in LAWS.items():
        with law(sentence, type(pipeline).__name__):
            check(pipeline, texts, rng)


def _require_same(found, expected) -> None:
    np.testing.assert_equal(_lists(found), _lists(expected))


def _lists(rows) -> list:
    return [row.tolist() if isinstance(row, np.ndarray) else row for row in rows]


def _bare(pipeline, texts) -> list[np.ndarray]:
    return pipeline.encode(texts, add_start=False, add_end=False)


# === Text to ids ===


def _check_ids(pipeline, texts, rng) -> None:
    size = pipeline.vocabulary_size
    require(len(pipeline.vocabulary) == size, f"{len(pipeline.vocabulary)} tokens are not {size}.")
    special = {pipeline.pad_id, pipeline.start_id, *pipeline.end_ids}
    special |= {pipeline.unk_id, pipeline.sep_id, pipeline.mask_id} - {None}
    for ids in [np.array([*special, *pipeline.special_tokens.values()]), *pipeline.encode(texts)]:
        require(ids.min() >= 0 and ids.max() < size, f"{ids} are no ids below {size}.")
    for text, row in zip(texts, pipeline.encode(texts), strict=True):
        require(row.dtype == "int32" and row.ndim == 1, f"{text!r} gives {row.dtype}{row.shape}.")
    _require_same(map(len, pipeline.tokenize(texts)), map(len, _bare(pipeline, texts)))


def _check_counts(pipeline, texts, rng) -> None:
    counts, size = pipeline.counts, pipeline.vocabulary_size
    if counts is not None:
        require(np.shape(counts) == (size,), f"{np.shape(counts)} counts are not ({size},).")
        require(np.asarray(counts).dtype.kind in "iu", f"{counts} are no integers.")
        require(np.min(counts) >= 0, f"counts holds {np.min(counts)}.")


def _check_names(pipeline, texts, rng) -> None:
    names = ("pad_id", "start_id", "end_id", "unk_id", "sep_id", "mask_id")
    ids = {name: getattr(pipeline, name) for name in names}
    for name, i in ids.items():
        require(i is not None or name in names[3:], f"{name} is None.")
    ids = {name: i for name, i in ids.items() if i is not None}
    require(pipeline.end_id in pipeline.end_ids, f"end_ids={pipeline.end_ids} lacks end_id.")
    named = {*pipeline.special_tokens.values()}
    for name, i in [*ids.items(), *(("end_ids", i) for i in pipeline.end_ids)]:
        require(i in named, f"special_tokens has no name for {name}, which is {i}.")
    for name in ("unk_id", "mask_id"):  # a checkpoint's others may all be one
        alike = [other for other in ids if other != name and ids[other] == ids.get(name)]
        require(not alike, f"{name} and {' and '.join(alike)} are both {ids.get(name)}.")


def _check_special(pipeline, texts, rng) -> None:
    special = {*pipeline.special_tokens.values()} - {pipeline.unk_id}
    special |= {*pipeline.control_tokens.values()}
    for text, row in zip(texts, _bare(pipeline, texts), strict=True):
        require(special.isdisjoint(row.tolist()), f"{text!r} gives {row}, where {special} are.")


def _check_start_and_end(pipeline, texts, rng) -> None:
    bare = _bare(pipeline, texts)
    start, end = pipeline.start_id, pipeline.end_id
    whole = [[start, *row, end] for row in bare]
    _require_same(pipeline.encode(texts, add_start=True, add_end=True), whole)
    if not pipeline.begins_with_start:
        whole = [row[1:] for row in whole]
    _require_same(pipeline.encode(texts), whole)
    never = {*pipeline.never_follow_ids}
    require(never.isdisjoint(pipeline.end_ids), "A token that ends a text is never drawn.")
    for row in bare:
        require(never.isdisjoint(row.tolist()), f"{row} holds what is never drawn, {never}.")


def _check_once(pipeline, texts, rng) -> None:
    uses = {
        "encode": pipeline.encode,
        "iterate_encoded": lambda given: [*pipeline.iterate_encoded(given)],
        "__call__": pipeline,
        "windows": lambda given: pipeline.windows(given, 2, 1),
        "rows": lambda given: pipeline.rows(given, 2, 1),
    }
    for name, use in uses.items():
        with _seen(pipeline) as seen:
            use(iter(texts))
        require(seen == texts, f"{name} encodes {seen}.")
    require(pipeline.report(iter(texts)).texts == len(texts), "report does not count the texts.")


@contextlib.contextmanager
def _seen(pipeline):
    """The texts whose ids are asked for inside."""
    seen, ids = [], pipeline.ids
    pipeline.ids = lambda texts: seen.extend(texts) or ids(texts)
    try:
        yield seen
    finally:
        del pipeline.ids


def _check_alone(pipeline, texts, rng) -> None:
    _require_same(pipeline.encode(texts), [pipeline.encode([text])[0] for text in texts])


# === Ids to text ===


def _check_lossless(pipeline, texts, rng) -> None:
    if pipeline.is_lossless:
        _require_same(pipeline.decode(pipeline.encode(texts)), texts)


def _check_losses(pipeline, texts, rng) -> None:
    losses = pipeline.losses
    if losses is None:
        return
    require({*losses} <= {*LOSSES}, f"losses={losses} are not all among {', '.join(LOSSES)}.")
    require(pipeline.is_lossless == (losses == ()), f"is_lossless contradicts losses={losses}.")
    unknown = "" if pipeline.unk_id is None else pipeline.vocabulary[pipeline.unk_id]
    for text, written in zip(texts, pipeline.decode(pipeline.encode(texts)), strict=True):
        same = is_same_but(text, written, losses, unknown)
        require(same, f"{text!r} becomes {written!r}, which is more than {losses}.")


def _check_pieces(pipeline, texts, rng) -> None:
    for row in _bare(pipeline, texts):
        pieces = [*pipeline.pieces(iter(row.tolist()))]
        require(len(pieces) == len(row), f"{len(row)} ids give {len(pieces)} pieces, {pieces}.")


def _check_beginnings(pipeline, texts, rng) -> None:
    for row in pipeline.encode(texts):
        before, whole = "", pipeline.decode(row)
        for end in range(len(row) + 1):
            text = pipeline.decode(row[:end])
            require(whole.startswith(text), f"{text!r} does not begin {whole!r}.")
            require(text.startswith(before), f"{before!r} does not begin {text!r}.")
            before = text


def _check_characters(pipeline, texts, rng) -> None:
    for text, row in zip(texts, pipeline.encode(texts), strict=True):
        written = [pipeline.decode(row[:end]) for end in range(len(row) + 1)]
        halves = [text for text in written if "\ufffd" in text]
        require("\ufffd" in text or not halves, f"{halves[:1]} is written of {text!r}.")


def _check_steps(pipeline, texts, rng) -> None:
    for row in pipeline.encode(texts):
        for cuts in (range(len(row)), sorted(rng.integers(len(row) + 1, size=2))):
            stream, text = pipeline.decode_stream(), ""
            for part in np.split(row, cuts):
                text += stream.step(part)
            _require_same([text], [pipeline.decode(row)])


def _check_unwritten(pipeline, texts, rng) -> None:
    special = [i for i in pipeline.special_tokens.values() if i != pipeline.unk_id]
    for row in _bare(pipeline, texts):
        with_special = np.concatenate([special, row, special]).astype("int32")
        _require_same([pipeline.decode(with_special)], [pipeline.decode(row)])


def _check_bytes(pipeline, texts, rng) -> None:
    spelled = pipeline.token_bytes
    if spelled is None:
        return
    require(len(spelled) == pipeline.vocabulary_size, f"{len(spelled)} tokens have bytes.")
    for row in pipeline.encode(texts):
        joined = b"".join(spelled[i] for i in row)
        if pipeline.drops_first_space:
            joined = joined.removeprefix(b" ")
        text = codecs.getincrementaldecoder("utf-8")(errors="replace").decode(joined)
        pair = [text, pipeline.decode(row)]
        if pipeline.writes_words:
            pair = ["".join(each.replace("’", "'").split(" ")) for each in pair]
        _require_same(pair[:1], pair[1:])


# === Data ===


def _check_rows(pipeline, texts, rng) -> None:
    whole = pipeline.encode(texts, add_start=True, add_end=True)
    for length in (max(map(len, whole)), 3):
        batch = pipeline(texts, max_length=length, add_start=True, add_end=True)
        cut = [row[:length] for row in whole]
        _require_rows(pipeline, batch, cut)
        # A row of input, and the token that follows each of its own.
        data = pipeline.rows(texts, length=length, batch_size=len(texts), shuffle=False)
        [(x, y, _)] = data.as_numpy_iterator()
        _require_rows(pipeline, x, [row[:length] for row in (row[:-1] for row in whole)])
        targets = [row[mask] for row, mask in zip(y, x["padding_mask"], strict=True)]
        _require_same(targets, [row[1 : length + 1] for row in whole])


def _require_rows(pipeline, batch, expected) -> None:
    ids, mask = batch["token_ids"], batch["padding_mask"]
    _require_same([row[marks] for row, marks in zip(ids, mask, strict=True)], expected)
    require((ids[~mask] == pipeline.pad_id).all(), "What fills a row is not pad_id.")


def _check_windows(pipeline, texts, rng) -> None:
    stream = np.concatenate(pipeline.encode(texts))
    data = pipeline.windows(texts, length=3, batch_size=2, shuffle=False)
    x, y, weight = (
        np.concatenate(parts).ravel()[: len(stream) - 1]
        for parts in zip(*data.as_numpy_iterator(), strict=True)
    )
    _require_same([x, y], [stream[:-1], stream[1:]])
    is_learned = (y != pipeline.start_id) | np.isin(y, pipeline.end_ids)
    _require_same([weight > 0], [is_learned])


def _check_words(pipeline, texts, rng) -> None:
    rows = [text.split() for text in texts]
    [space] = _bare(pipeline, [" "])
    different = [*dict.fromkeys(word for words in rows for word in words)]
    alone = dict(zip(different, _lists(_bare(pipeline, different)), strict=True))
    spaced = _lists(_bare(pipeline, [f" {word}" for word in different]))
    spaced = dict(zip(different, spaced, strict=True))
    for words, (ids, spans) in zip(rows, pipeline.encode_words(rows), strict=True):
        require(len(spans) == len(words), f"{words} have {len(spans)} spans.")
        edges = [1, *spans.ravel(), len(ids) - 1]
        require(edges == sorted(edges), f"The spans of {words} are {spans.tolist()}.")
        _require_same([ids[[0, -1]]], [[pipeline.start_id, pipeline.end_id]])
        for word, (first, end) in zip(words, spans, strict=True):
            known = [alone[word], spaced[word]]
            known.append(known[1][len(space) :])  # where the space has an id of its own
            require(ids[first:end].tolist() in known, f"{word!r} is not at {first} to {end}.")


def _check_tensors(pipeline, texts, rng) -> None:
    """In a data set, whose graph takes a second to make, and by itself."""
    dataset = tf.data.Dataset.from_tensor_slices(texts).batch(3)
    bare = functools.partial(pipeline.encode_tensor, add_start=False, add_end=False)
    whole = functools.partial(pipeline.encode_tensor, add_start=True, add_end=True)
    for both, made in ((False, [bare(tf.constant(texts))]), (True, dataset.map(whole))):
        found = [row for batch in made for row in batch.to_list()]
        _require_same(found, pipeline.encode(texts, add_start=both, add_end=both))


def _check_saving(pipeline, texts, rng) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "pipeline.json"
        pipeline.save(path)
        loaded = Pipeline.load(path)
    for other in (loaded, copy.deepcopy(pipeline)):
        require(type(other) is type(pipeline), f"It became a {type(other).__name__}.")
        ids = other.encode(texts)
        _require_same(ids, pipeline.encode(texts))
        _require_same(other.decode(ids), pipeline.decode(ids))
        for name in ("vocabulary", "special_tokens", "never_follow_ids", "max_sequence_length"):
            _require_same([getattr(other, name)], [getattr(pipeline, name)])


def _check_lacking(pipeline, texts, rng) -> None:
    uses = {
        "sep_id": lambda: pipeline(texts, texts),
        "mask_id": lambda: pipeline.windows(texts, 2, 1, objective="masked_lm"),
    }
    for name, use in uses.items():
        if getattr(pipeline, name) is not None:
            use()
            continue
        try:
            use()
        except InvalidArgumentError as error:
            require(type(pipeline).__name__ in str(error), f"The refusal does not name it: {error}")
        else:
            raise AssertionError(f"Without {name} it did not raise InvalidArgumentError.")


LAWS = {
    "ids are int32 and stand in the vocabulary": _check_ids,
    "there is a count for each token, or none at all": _check_counts,
    "special tokens have names, and those that must differ do": _check_names,
    "no text makes a special token": _check_special,
    "start and end stand where they are asked for": _check_start_and_end,
    "a text goes through once": _check_once,
    "the texts beside it change nothing": _check_alone,
    "what is lossless gives back the text": _check_lossless,
    "what is lost is declared": _check_losses,
    "an id gives one piece": _check_pieces,
    "what the first ids decode to is how every longer sequence begins": _check_beginnings,
    "no half of a character is written": _check_characters,
    "step by step is all at once": _check_steps,
    "special tokens are not written": _check_unwritten,
    "a token adds its bytes": _check_bytes,
    "rows hold the encoded ids": _check_rows,
    "windows hold the encoded ids": _check_windows,
    "words hold the encoded ids": _check_words,
    "tensors hold the encoded ids": _check_tensors,
    "saved and loaded it is the same": _check_saving,
    "what it lacks it refuses by name": _check_lacking,
}
