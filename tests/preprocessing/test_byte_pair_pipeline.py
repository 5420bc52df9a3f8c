"""A checkpoint's byte-level BPE as a pipeline: lossless, its own special ids, data for `fit`."""

import copy
import json
import pickle

import hypothesis
import hypothesis.strategies as st
import numpy as np
import pytest
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

from mlm_tf import TextPipeline
from mlm_tf.corpora import TextStream
from mlm_tf.errors import InvalidArgumentError, InvalidFileError, MissingFileError
from mlm_tf.preprocessing import (
    BytePairPipeline,
    TokenFile,
    TokenFileWriter,
    load_pipeline,
    pair_rows,
)
from mlm_tf.preprocessing.testing import check_pipeline

TEXTS = ["The lamp burns all night.", "The keeper reads by the lamp.", "灯塔的灯整夜亮着。"]
END = "<|endoftext|>"


def learned(*special, vocabulary_size=300):
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary_size - len(special),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(TEXTS, trainer)
    tokenizer.add_special_tokens([*special])
    return tokenizer.to_str()


@pytest.fixture(scope="module")
def pipeline():
    return BytePairPipeline(learned(END), end_id=299)


@pytest.fixture(scope="module")
def several():
    """One whose special tokens are three, in a model with three ids more."""
    tokenizer = learned("<|start|>", END, "<|pad|>")
    return BytePairPipeline(tokenizer, 298, start_id=297, pad_id=299, vocabulary_size=303)


# === Text to ids and back ===


@hypothesis.given(st.text())
def test_nothing_is_lost(pipeline, text):
    [ids] = pipeline.encode([text])
    assert pipeline.decode(ids) == text
    assert ids[-1] == pipeline.end_id and ids.dtype == "int32"


@hypothesis.given(st.text(min_size=1))
def test_no_piece_is_half_a_character(pipeline, text):
    [ids] = pipeline.encode([text])
    for end in range(len(ids)):
        assert text.startswith(pipeline.decode(ids[:end]))


def test_a_text_does_not_begin_with_a_special_token_and_an_empty_prompt_does(several):
    [text, empty] = several.encode(["lamp", ""], add_end=False)
    assert several.decode(text) == "lamp" and several.start_id not in text
    assert empty.tolist() == [several.start_id]
    assert several.encode([""])[0].tolist() == [several.end_id]
    assert several.encode(["a"], add_start=True)[0].tolist()[::2] == [297, 298]


def test_a_special_token_in_a_text_is_text_unless_allowed(pipeline):
    [plain] = pipeline.encode([f"a{END}b"])
    [special] = pipeline.encode([f"a{END}b"], allow_special=True)
    assert (plain == pipeline.end_id).sum() == 1 and pipeline.decode(plain) == f"a{END}b"
    assert (special == pipeline.end_id).sum() == 2 and pipeline.decode(special) == "ab"


def test_an_end_token_that_was_never_added_is_read_where_special_tokens_are_allowed(byte_pairs):
    [plain] = byte_pairs.encode(["the<|end|>"], add_end=False)
    [special] = byte_pairs.encode(["the<|end|>"], add_end=False, allow_special=True)
    assert byte_pairs.end_id not in plain and byte_pairs.decode(plain) == "the<|end|>"
    assert special.tolist()[-1] == byte_pairs.end_id and len(special) == 2


def test_one_that_does_not_write_a_text_in_bytes_promises_nothing():
    tokenizer = Tokenizer.from_str(learned(END))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    pipeline = BytePairPipeline(tokenizer.to_str(), end_id=299)
    assert pipeline.losses is None and not pipeline.is_lossless


def test_tokens_are_shown_as_text(pipeline):
    [tokens] = pipeline.tokenize(["The lamp ä€"])
    assert "".join(tokens).startswith("The lamp ") and "<0xC3>" in tokens
    assert [pipeline.vocabulary[i] for i in pipeline.encode(["The lamp ä€"])[0]][:-1] == tokens


def test_what_is_never_drawn(pipeline, several):
    assert pipeline.never_follow_ids == () and pipeline.num_outcomes == 300
    assert several.never_follow_ids == (297, 299, 300, 301, 302)
    assert several.num_outcomes == 303 - 5
    assert several.vocabulary[-1] == "<unused 302>" and len(several.vocabulary) == 303
    assert several.decode([297, 300, 302]) == ""


def test_many_texts_are_the_texts_one_by_one(pipeline):
    texts = [f"lamp {i}" for i in range(2_500)]
    together = pipeline.encode(texts)
    assert [row.tolist() for row in together] == [pipeline.encode([t])[0].tolist() for t in texts]


def test_rows_of_one_length(several):
    batch = several(["The lamp", "a"], max_length=4)
    assert batch["padding_mask"].tolist()[1] == [True, False, False, False]
    assert batch["token_ids"][1].tolist()[1:] == [299, 299, 299]
    left = several(["a"], max_length=3, padding_side="left")
    assert left["padding_mask"].tolist() == [[False, False, True]]


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda p: p.encode("a"), "one string"),
        (lambda p: p.encode([1]), r"texts\[0\]=1"),
        (lambda p: p.encode(["\ud800"]), "surrogate"),
        (lambda p: p.decode([300]), "holds 300"),
        (lambda p: p.decode([0.5]), "use integers"),
        (lambda p: p(["a"], truncate="middle"), "truncate='middle'"),
        (lambda p: p.windows(["a b"], length=0, batch_size=1), "length=0"),
        (lambda p: p.rows(["a b"], 1, 1, objective="masked_lm"), "BytePairPipeline has none"),
        (lambda p: p(["a"], ["b"]), "second_texts .*BytePairPipeline has none"),
    ],
)
def test_a_wrong_argument_is_refused_in_one_sentence(pipeline, call, says):
    with pytest.raises(InvalidArgumentError, match=says) as caught:
        call(pipeline)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"end_id": 300}, "end_id=300 is outside .* of 300 tokens"),
        ({"end_id": -1}, "end_id=-1"),
        ({"end_id": 299, "pad_id": 301}, "pad_id=301"),
        ({"end_id": 299, "vocabulary_size": 299}, "vocabulary_size=299"),
        ({"end_id": 299, "max_sequence_length": 0}, "max_sequence_length=0"),
        ({"end_id": 299, "tokenizer": "[]"}, "package tokenizers"),
    ],
)
def test_a_pipeline_that_cannot_be_is_refused(settings, says):
    with pytest.raises(InvalidArgumentError, match=says):
        BytePairPipeline(**{"tokenizer": learned(END), **settings})


def test_its_report_counts_tokens_and_none_of_them_is_unknown(pipeline):
    report, rows = pipeline.report(TEXTS), pipeline.encode(TEXTS, add_end=False)
    assert report.lengths.tolist() == [len(row) + 2 for row in rows]  # between two special tokens
    assert report.types == len({*np.concatenate(rows).tolist()})
    assert (report.texts, report.unknown_tokens, report.removed_tokens) == (3, 0, 0)
    assert report.bytes_per_token == sum(len(t.encode()) for t in TEXTS) / report.tokens


# === Data sets ===


def test_every_token_but_the_first_is_a_target_once(pipeline):
    stream = np.concatenate(pipeline.encode(TEXTS))
    assert (stream == pipeline.end_id).sum() == 3
    data = pipeline.windows(TEXTS, length=7, batch_size=2, shuffle=False)
    x, y, weight = (np.concatenate(parts) for parts in zip(*data.as_numpy_iterator(), strict=True))
    assert y[weight == 1].tolist() == stream[1:].tolist()  # the end token too
    assert x[weight == 1].tolist() == stream[:-1].tolist()
    assert (y[weight == 0] == pipeline.pad_id).all() and (weight == 0).any()


def test_a_row_is_a_text_between_two_special_tokens(pipeline):
    data = pipeline.rows(["lamp", "The lamp burns."], length=12, batch_size=2, shuffle=False)
    [(x, y, weight)] = data.as_numpy_iterator()
    for i, text in enumerate(["lamp", "The lamp burns."]):
        [ids] = pipeline.encode([text], add_start=True)
        n = len(ids) - 1
        assert x["token_ids"][i, :n].tolist() == ids[:-1].tolist()
        assert y[i, :n].tolist() == ids[1:].tolist()
        assert weight[i].tolist() == x["padding_mask"][i].tolist() == [1] * n + [0] * (12 - n)
        assert (x["token_ids"][i, n:] == pipeline.pad_id).all()


def test_a_row_of_padding_has_no_label(pipeline):
    settings = {"length": 12, "batch_size": 3, "shuffle": False}
    *_, (x, y, weight) = pipeline.rows([*TEXTS, "a"], labels=[1, 0, 1, 1], **settings)
    assert y.numpy().tolist() == [1, 0, 0] and weight.numpy().tolist() == [1, 0, 0]
    assert not x["padding_mask"][1:].numpy().any()


def test_a_target_begins_with_the_token_that_decoding_begins_with(several):
    data = pair_rows(several, several, ["The lamp"], ["burns"], 6, 4, batch_size=1)
    [(x, y, weight)] = data.as_numpy_iterator()
    for name in ("encoder", "decoder"):
        assert x[f"{name}_token_ids"][0, 0] == several.start_id
    target = y[weight > 0]
    assert several.decode(target) == "burns" and target[-1] == several.end_id


def test_windows_of_streams_and_token_files_are_those_of_the_texts(pipeline, tmp_path):
    def batches(texts):
        data = pipeline.windows(texts, length=5, batch_size=2, shuffle=False)
        return [[part.tolist() for part in batch] for batch in data.as_numpy_iterator()]

    expected = batches(TEXTS)
    (tmp_path / "texts.txt").write_text("\n".join(TEXTS), encoding="utf-8")
    assert batches(TextStream(tmp_path / "texts.txt")) == expected
    with TokenFileWriter(tmp_path / "texts.tokens", pipeline) as writer:
        for row in pipeline.iterate_encoded(TEXTS):
            writer.append(row)
    assert batches(TokenFile(tmp_path / "texts.tokens")) == expected


def test_the_number_of_batches_is_known(pipeline):
    data = pipeline.windows(TEXTS, length=5, batch_size=2)
    assert data.cardinality() == len([*data])


# === Saving ===


def same(found, expected):
    assert found.to_json() == expected.to_json()
    [a], [b] = (p.encode(["The lamp 灯"]) for p in (found, expected))
    np.testing.assert_array_equal(a, b)


def test_what_is_saved_is_loaded(several, tmp_path):
    path = tmp_path / "pipeline.json"
    several.save(path)
    same(BytePairPipeline.load(path), several)
    same(load_pipeline(path), several)
    same(pickle.loads(pickle.dumps(several)), several)
    same(copy.deepcopy(several), several)
    with pytest.raises(InvalidArgumentError, match="exists"):
        several.save(path)


def test_either_pipeline_is_loaded(tmp_path):
    texts = TextPipeline.fit(TEXTS)
    texts.save(tmp_path / "pipeline.json")
    assert load_pipeline(tmp_path / "pipeline.json").to_json() == texts.to_json()


@pytest.mark.parametrize(
    "change",
    [
        lambda c: c | {"format": "mlm_tf.Other"},
        lambda c: c | {"version": 3},
        lambda c: c | {"tokenizer": {}},
        lambda c: c | {"end_id": 5000},
        lambda c: c | {"unknown": 1},
        lambda c: {k: v for k, v in c.items() if k != "tokenizer"},
        lambda c: [c],
    ],
)
def test_another_file_is_refused_in_one_sentence(pipeline, tmp_path, change):
    path = tmp_path / "pipeline.json"
    path.write_text(json.dumps(change(json.loads(pipeline.to_json()))), encoding="utf-8")
    for load in (BytePairPipeline.load, load_pipeline):
        with pytest.raises(InvalidFileError, match=r"pipeline\.json.*\.$") as caught:
            load(path)
        assert "\n" not in str(caught.value)


def test_a_file_that_says_it_has_no_counts_is_read(pipeline):
    content = json.loads(pipeline.to_json())
    same(BytePairPipeline.from_json(json.dumps({**content, "counts": None})), pipeline)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(MissingFileError, match="none"):
        load_pipeline(tmp_path / "none.json")


def test_a_tokenizer_without_the_rarest_bytes_says_what_it_loses():
    """As that of SmolLM2, in whose texts there was neither U+0004 nor what Unicode has not yet."""
    tokenizer = json.loads(learned(END))
    for byte in "Ąñò":  # 0x04, 0xF1, 0xF2
        tokenizer["model"]["vocab"][byte * 2] = tokenizer["model"]["vocab"].pop(byte)
    pipeline = BytePairPipeline(json.dumps(tokenizer), end_id=299)
    assert pipeline.losses == ("control characters",) and not pipeline.is_lossless
    check_pipeline(pipeline, ["The lamp 灯 🪔.", "a\x04b", "\U0010ffff\U000e0041"])
    # The other bytes of such a character stay, as in the ids of transformers.
    assert pipeline.decode(pipeline.encode(["a\U00040000b"])[0]) == "a\ufffd\ufffd\ufffdb"
