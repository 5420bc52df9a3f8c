"""`generate(..., forbidden_strings=...)`: a model that wants to write a word never writes it."""

import keras
import numpy as np
import pytest

from mlm_tf import TextPipeline, build_model
from mlm_tf.errors import InvalidArgumentError
from mlm_tf.generation import forbidden_strings
from mlm_tf.preprocessing import Pipeline

# Models as they begin know how often each token occurs, so that these letters are drawn often.
PIPELINES = {
    "words": lambda: TextPipeline.fit(["bad new york a - bad"]),
    "characters": lambda: TextPipeline.fit(["bad bAD " * 900], level="character"),
    "subwords": lambda: TextPipeline.fit(
        ["bad ba dad "] * 900, level="subword", vocabulary_size=268
    ),
    "Chinese": lambda: TextPipeline.fit(["坏词坏坏词 "] * 900, language="zh"),
    "Chinese bytes": lambda: TextPipeline.fit(["\u574f"], level="character", language="zh"),
}
STRINGS = ["Bad", "new york", "坏 词"]


def holds(text):
    text = " ".join(text.casefold().split())
    return any(s in text for s in ("bad", "new york")) or "坏词" in text.replace(" ", "")


@pytest.fixture(scope="module", params=PIPELINES, ids=str)
def model(request):
    pipeline = PIPELINES[request.param]()
    model = build_model("lstm", pipeline=pipeline, hidden_dim=8, seed=0)
    if (
        request.param == "Chinese bytes"
    ):  # of a word of which but one character is in the vocabulary
        bias = np.full(pipeline.vocabulary_size, -20, "float32")
        ids = [pipeline.vocabulary.index("坏"), *pipeline.encode(["词"])[0][1:-1]]
        bias[ids] = 0
        model.output_bias.bias.assign(bias)
    return model


SETTINGS = {"max_length": 60, "num_return_sequences": 24, "seed": 1}


@pytest.mark.long_table
def test_what_is_drawn_often_is_never_drawn_where_it_completes_a_string(model):
    free = model.generate("", sampler="random", **SETTINGS)
    assert sum(map(holds, free)) > 1  # by chance, and other draws on each backend
    kept = model.generate("", sampler="random", forbidden_strings=STRINGS, **SETTINGS)
    assert not any(map(holds, kept))
    assert len({*kept}) > 12


@pytest.mark.long_table
@pytest.mark.parametrize("sampler", ["greedy", "top_k", "beam"])
def test_no_sampler_gets_around_it(model, sampler):
    settings = {"max_length": 40, "sampler": sampler, "seed": 1}
    texts = model.generate(["", "a"], forbidden_strings=STRINGS, **settings)
    assert not any(map(holds, texts))


@pytest.mark.long_table
def test_a_stream_is_the_same_text(model):
    settings = {"max_length": 40, "sampler": "random", "seed": 3, "forbidden_strings": STRINGS}
    assert "".join(model.generate("", stream=True, **settings)) == model.generate("", **settings)


@pytest.mark.long_table
def test_reading_byte_by_byte_gives_the_same_text(model, monkeypatch):
    settings = {"max_length": 40, "sampler": "random", "seed": 3}
    text = model.generate("", forbidden_strings=STRINGS, **settings)
    monkeypatch.setattr(forbidden_strings, "MOST_ENTRIES", 1)
    assert model.generate("", forbidden_strings=[*STRINGS, "bad"], **settings) == text


@pytest.fixture(scope="module")
def by_heart():
    """Knows one sentence, in characters."""
    texts = ["the secret word is melon"]
    pipeline = TextPipeline.fit(texts, level="character")
    model = build_model("lstm", pipeline=pipeline, hidden_dim=32, seed=0)
    model.compile(keras.optimizers.Adam(0.02))
    model.fit(pipeline.rows(texts * 32, 40, 8, shuffle=False), epochs=60, verbose=0)
    return model


def test_a_string_that_the_prompt_begins_is_not_completed(by_heart):
    settings = {"max_length": 30, "sampler": "greedy"}
    assert by_heart.generate("the secret", **settings) == "the secret word is melon"
    for forbidden in ("SECRET  WORD", ["t w"], ["melon", "cret wo"]):
        text = by_heart.generate("the secret", forbidden_strings=forbidden, **settings)
        assert text.startswith("the secret") and "secret word" not in text
        assert "melon" not in text or "melon" not in forbidden
    assert by_heart.generate("the secret", forbidden_strings=["secret"], **settings).startswith(
        "the secret word is melon"
    )


def test_every_beam_knows_what_it_has_spelled(by_heart):
    settings = {"max_length": 30, "sampler": "beam", "num_return_sequences": 4}
    texts = by_heart.generate("the secret", forbidden_strings=["melon", "word is"], **settings)
    assert len(texts) == 4 and not any("melon" in t or "word is" in t for t in texts)


def test_ids_are_watched_too(by_heart):
    [prompt] = by_heart.pipeline.encode(["the secret"], add_end=False)
    row = by_heart.generate(prompt, 30, "greedy", forbidden_strings=["word"])
    assert "word" not in by_heart.pipeline.decode(row)


def test_new_strings_and_none_at_all(by_heart):
    settings = {"max_length": 30, "sampler": "greedy"}
    whole = by_heart.generate("the", **settings)
    assert by_heart.generate("the", forbidden_strings=(), **settings) == whole
    assert by_heart.generate("the", forbidden_strings=["melons"], **settings) == whole
    assert "mel" not in by_heart.generate("the", forbidden_strings=["mel"], **settings)


def test_byte_pairs(byte_pairs):
    model = build_model("lstm", pipeline=byte_pairs, hidden_dim=8, seed=0)
    bias = np.full(byte_pairs.vocabulary_size, -20, "float32")
    bias[[byte_pairs.vocabulary.index(token) for token in ("t", "h", "e", "th", "the", " the")]] = 0
    model.output_bias.bias.assign(bias)
    texts = model.generate("x", sampler="random", forbidden_strings=["the"], **SETTINGS)
    assert not any("the" in text for text in texts) and any("th" in text for text in texts)


def test_where_nothing_is_left_a_text_ends(by_heart):
    """And no token comes that was excluded (vLLM 57986)."""
    pipeline = by_heart.pipeline
    suppressed = [i for i, token in enumerate(pipeline.vocabulary) if token not in ("w", "o")]
    settings = {"max_length": 30, "suppress_token_ids": suppressed, "strip_prompt": True}
    for sampler in ("greedy", "random", "beam"):
        text = by_heart.generate(
            "the secret ", sampler=sampler, seed=0, forbidden_strings=["wo", "ww", "ow"], **settings
        )
        assert {*text} <= {"w", "o"} and not any(s in text for s in ("wo", "ww", "ow"))


def test_an_encoder_and_decoder_never_writes_it():
    source, target = TextPipeline.fit(["a b"]), PIPELINES["characters"]()
    model = build_model(
        "lstm", "seq2seq_lm", pipeline=source, target_pipeline=target, hidden_dim=8, seed=0
    )
    texts = model.generate(["a", "b"], 40, "random", seed=1, forbidden_strings=["bad"])
    assert not any(map(holds, texts))


class Bytes(Pipeline):
    format = "tests.SilentBytes"
    pad_id, start_id, end_id = range(3)
    special_tokens = {"<pad>": 0, "<start>": 1, "<end>": 2}  # noqa: RUF012
    vocabulary = [*special_tokens, *map(chr, range(128))]  # noqa: RUF012

    def ids(self, texts):
        return [[3 + byte for byte in text.encode()] for text in texts]

    def pieces(self, ids):
        return (chr(i - 3) for i in ids)

    def get_config(self):
        return {}


def test_where_tokens_are_not_known_to_be_text_it_is_refused(by_heart):
    ids = build_model("lstm", vocabulary_size=9, hidden_dim=8)
    with pytest.raises(InvalidArgumentError, match="has no pipeline to write it"):
        ids.generate([1], 9, forbidden_strings=["a"])
    silent = build_model("lstm", pipeline=Bytes(), hidden_dim=8)
    with pytest.raises(InvalidArgumentError, match=r"Bytes does not say \(token_bytes=None\)"):
        silent.generate("a", 9, forbidden_strings=["a"])
    with pytest.raises(InvalidArgumentError, match="an empty or blank string"):
        by_heart.generate("a", 9, forbidden_strings=[" "])
