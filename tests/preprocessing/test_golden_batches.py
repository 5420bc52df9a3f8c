"""What the data sets gave once they give for ever: for the same seed the same batches, bit by bit.

A training that goes on after a break goes on with the batches that it would have had. Each line
of the table is the digest of two epochs: of what the parts are called, their types, shapes and
bytes. What stands in them is said by the other tests.
"""

import hashlib

import numpy as np
import pytest
from tokenizers import Tokenizer, models, pre_tokenizers

from mlm_tf import TextPipeline
from mlm_tf.corpora import TextStream
from mlm_tf.preprocessing import BytePairPipeline, TokenFile, TokenFileWriter, pair_rows

TEXTS = [f"Line {i}: the cat's {i % 7} naïve kittens (猫) sat." for i in range(40)]
OTHERS = [f"{'Zeile ' * (i % 5)}{i}" for i in range(40)]
LABELS = [i % 3 for i in range(40)]


def byte_pairs(**special_ids):
    special = ["<a>", "<b>", "<c>"]
    alphabet = [*sorted(pre_tokenizers.ByteLevel.alphabet()), "th", "the", "ca", *special]
    merges = [("t", "h"), ("th", "e"), ("c", "a")]
    tokenizer = Tokenizer(models.BPE({token: i for i, token in enumerate(alphabet)}, merges))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.add_special_tokens(special)
    return BytePairPipeline(tokenizer.to_str(), **special_ids)


@pytest.fixture(scope="module")
def pipelines():
    return {
        "words": TextPipeline.fit(TEXTS),
        "characters": TextPipeline.fit(OTHERS, level="character"),
        "one special id": byte_pairs(end_id=259),
        "three": byte_pairs(end_id=259, start_id=260, pad_id=261, vocabulary_size=270),
        "start": byte_pairs(end_id=259, start_id=260, begins_with_start=True),
    }


@pytest.fixture
def texts(pipelines, tmp_path):
    """`TEXTS` in each of the ways in which `windows` takes them, for the first pipeline."""
    (tmp_path / "texts.txt").write_text("\n".join(TEXTS), encoding="utf-8")
    with TokenFileWriter(tmp_path / "texts.tokens", pipelines["words"]) as writer:
        for row in pipelines["words"].encode(TEXTS):
            writer.append(row)
    file = TokenFile(tmp_path / "texts.tokens")
    stream = TextStream(tmp_path / "texts.txt")
    return {"list": TEXTS, "stream": stream, "file": file, "part": file.part(3, 201)}


def digest(dataset) -> str:
    import tensorflow as tf

    found = hashlib.sha256(repr(dataset.element_spec).encode())
    for _ in range(2):
        for batch in dataset.as_numpy_iterator():
            for part in tf.nest.flatten(batch):
                found.update(np.ascontiguousarray(part).tobytes())
    return found.hexdigest()[:16]


WINDOWS = {
    ("words", "list", True, None, 0): "77739bd0b3599642",
    ("words", "list", True, "masked_lm", 5): "a2b24f3ad07a361b",
    ("words", "list", False, None, 0): "66bb5ac677385bf9",
    ("words", "list", False, "masked_lm", 5): "635ca4cf141e6b2f",
    ("words", "stream", True, "causal_lm", 5): "4ac84aa868c1a395",
    ("words", "stream", True, "masked_lm", 5): "354b5911fbfbd6e7",
    ("words", "stream", False, "causal_lm", 5): "66bb5ac677385bf9",
    ("words", "stream", False, "masked_lm", 5): "635ca4cf141e6b2f",
    ("words", "file", True, "causal_lm", 5): "a89bbec5b186d825",
    ("words", "file", True, "masked_lm", 5): "a2b24f3ad07a361b",
    ("words", "file", False, "causal_lm", 5): "66bb5ac677385bf9",
    ("words", "file", False, "masked_lm", 5): "635ca4cf141e6b2f",
    ("words", "part", True, "causal_lm", 5): "7ef354baf3982042",
    ("words", "part", True, "masked_lm", 5): "fce925244cd71877",
    ("words", "part", False, "causal_lm", 5): "179ad4b5de5fdd98",
    ("words", "part", False, "masked_lm", 5): "2c29b94359d68c24",
    ("characters", "list", True, None, 6): "88f04664d76542ad",
    ("characters", "list", False, None, 6): "72d9952d6c9ab817",
    ("characters", "stream", True, None, 6): "a61ee984e16572d3",
    ("characters", "stream", False, None, 6): "72d9952d6c9ab817",
    ("one special id", "list", True, None, 6): "1fbf879afe15c911",
    ("one special id", "list", False, None, 6): "0ea722b7b8f4e09b",
    ("one special id", "stream", True, None, 6): "2112c0a1d40ebd2a",
    ("one special id", "stream", False, None, 6): "0ea722b7b8f4e09b",
    ("three", "list", True, None, 6): "1fbf879afe15c911",
    ("three", "list", False, None, 6): "b9677dd5c4ceb809",
    ("three", "stream", True, None, 6): "2112c0a1d40ebd2a",
    ("three", "stream", False, None, 6): "b9677dd5c4ceb809",
    ("start", "list", True, None, 6): "fa6abfa66be3a75e",
    ("start", "list", False, None, 6): "bf762858c1ac8abf",
    ("start", "stream", True, None, 6): "d9d78addd48b76f3",
    ("start", "stream", False, None, 6): "bf762858c1ac8abf",
}


@pytest.mark.parametrize("case", WINDOWS)
def test_windows_stay(pipelines, texts, monkeypatch, case):
    name, source, shuffle, objective, seed = case
    monkeypatch.setattr("mlm_tf.preprocessing.windows.SHUFFLED_TOKENS", 150)
    objective = {} if objective is None else {"objective": objective}
    settings = {"length": 8, "batch_size": 3, "shuffle": shuffle, "seed": seed, **objective}
    assert digest(pipelines[name].windows(texts[source], **settings)) == WINDOWS[case]


ROWS = {
    ("words", None, True, 1): "bbe4a6a887947317",
    ("words", None, True, 12): "b528750c464a092b",
    ("words", None, False, 1): "cf9c5adc3fcbdd34",
    ("words", None, False, 12): "0e6e1273d5d9b19b",
    ("words", "masked_lm", True, 1): "3268f6b2ca63d78b",
    ("words", "masked_lm", True, 12): "da5473b99575e139",
    ("words", "masked_lm", False, 1): "7c5369fc5ca5bd31",
    ("words", "masked_lm", False, 12): "3a079086ae992f54",
    ("words", "labels", True, 1): "5a151a0061afe820",
    ("words", "labels", True, 12): "1a65d739e4320166",
    ("words", "labels", False, 1): "c1d16f303eb47c7a",
    ("words", "labels", False, 12): "4557ae00a9d98b86",
    ("words", "names", True, 12): "7af77beec50c16af",
    ("words", "names", False, 12): "c2214880f3672f60",
    ("one special id", None, True, 30): "26481692cc375b22",
    ("one special id", None, False, 30): "7928d799d26800fa",
    ("one special id", "labels", True, 30): "3109a465db81fe99",
    ("one special id", "labels", False, 30): "868f32b63679452f",
    ("one special id", "names", True, 12): "5234d983cc4bdc51",
    ("one special id", "names", False, 12): "b1bad3b80f0f9d26",
    ("three", None, True, 30): "66d0684b94d6c759",
    ("three", None, False, 30): "6412f2a773df8af5",
    ("three", "labels", True, 30): "27ea54a56cc166d6",
    ("three", "labels", False, 30): "1bc887a532c4852c",
    ("three", "names", True, 12): "582d8ff6822fb17e",
    ("three", "names", False, 12): "4d3f0049f9515ed7",
    ("start", None, True, 30): "66d0684b94d6c759",
    ("start", None, False, 30): "4f9e31a2bc75e1e7",
    ("start", "labels", True, 30): "27ea54a56cc166d6",
    ("start", "labels", False, 30): "1d984552b0060edc",
    ("start", "names", True, 12): "582d8ff6822fb17e",
    ("start", "names", False, 12): "d0fca39769da7e06",
}


@pytest.mark.parametrize("case", ROWS)
def test_rows_stay(pipelines, case):
    name, kind, shuffle, length = case
    settings = {
        "labels": {"labels": LABELS},
        "names": {
            "labels": ["no" if label else "yes" for label in LABELS],
            "label_names": ["yes", "no"],
        },
        "masked_lm": {"objective": "masked_lm"},
        None: {},
    }[kind]
    data = pipelines[name].rows(TEXTS, length, 3, shuffle=shuffle, seed=4, **settings)
    assert digest(data) == ROWS[case]


PAIRS = {
    ("words", "characters", True): "54860fd4432adf30",
    ("words", "characters", False): "ea5aa387bab34232",
    ("characters", "words", True): "b9f33af49a9eb6e9",
    ("characters", "words", False): "66fcf1baedc98f55",
    ("words", "three", True): "efc363d4bd7c727a",
    ("words", "three", False): "5ffc38f035b4da39",
    ("one special id", "one special id", True): "adb603cfb3a0124e",
    ("one special id", "one special id", False): "f0b25c634fb0fec7",
    ("three", "start", True): "123adf1d2c76d9d0",
    ("three", "start", False): "f63a30de28486164",
}


@pytest.mark.parametrize("case", PAIRS)
def test_pairs_stay(pipelines, case):
    source, target, shuffle = case
    data = pair_rows(
        pipelines[source], pipelines[target], TEXTS, OTHERS, 9, 6, 7, shuffle=shuffle, seed=2
    )
    assert digest(data) == PAIRS[case]
