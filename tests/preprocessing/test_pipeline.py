"""The text pipeline: what it learns, what it makes of texts and ids, its file, what it refuses."""

import itertools
import json
import random

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mlm_tf import TextPipeline
from mlm_tf.errors import (
    EmptyCorpusError,
    InvalidArgumentError,
    InvalidFileError,
    MissingFileError,
    MlmError,
)
from mlm_tf.preprocessing.normalization import RULES

SPECIAL = ["[PAD]", "[UNK]", "[START]", "[END]", "[SEP]", "[MASK]"]
TEXTS = ["The cat sat on the mat.", "The dog sat.", "A cat isn't a dog."]


@pytest.fixture(scope="module")
def pipeline():
    return TextPipeline.fit(TEXTS)


def words(pipeline):
    return pipeline.vocabulary[len(SPECIAL) :]


def refuses(kind, match, call):
    """`call` raises an error of this kind, in one sentence that matches."""
    with pytest.raises(kind, match=match) as error:
        call()
    assert isinstance(error.value, MlmError)
    assert "\n" not in str(error.value)
    assert str(error.value).endswith(".")


# === What is learned ===


def test_special_tokens_come_first_then_words_by_frequency_ties_alphabetically(pipeline):
    assert pipeline.vocabulary[:6] == SPECIAL
    assert words(pipeline) == [".", "the", "a", "cat", "dog", "sat", "isn't", "mat", "on"]


def test_the_ids_of_special_tokens_are_their_places(pipeline):
    p = pipeline
    assert [p.pad_id, p.unk_id, p.start_id, p.end_id, p.sep_id, p.mask_id] == [*range(6)]


def test_counts_are_of_words_and_of_texts(pipeline):
    assert pipeline.counts.dtype == np.int64
    assert pipeline.counts.tolist() == [0, 0, 3, 3, 0, 0, 3, 3, 2, 2, 2, 2, 1, 1, 1]


def test_a_vocabulary_size_includes_the_special_tokens():
    small = TextPipeline.fit(TEXTS, vocabulary_size=8)
    assert small.vocabulary_size == len(small.vocabulary) == 8
    assert words(small) == [".", "the"]
    assert small.counts.tolist() == [0, 11, 3, 3, 0, 0, 3, 3]  # 11 words became [UNK]


def test_a_vocabulary_size_beyond_the_words_keeps_all(pipeline):
    assert TextPipeline.fit(TEXTS, vocabulary_size=99).vocabulary == pipeline.vocabulary


def test_neither_the_order_of_texts_nor_how_they_are_cut_changes_the_words(pipeline):
    for seed in range(5):
        shuffled = random.Random(seed).sample(TEXTS, len(TEXTS))
        assert TextPipeline.fit(shuffled).to_json() == pipeline.to_json()
    assert TextPipeline.fit([" ".join(TEXTS)]).vocabulary == pipeline.vocabulary


def test_texts_may_be_any_iterable(pipeline):
    for texts in (tuple(TEXTS), iter(TEXTS), np.array(TEXTS), dict.fromkeys(TEXTS)):
        assert TextPipeline.fit(texts).to_json() == pipeline.to_json()


def test_without_case_folding_cases_are_different_words():
    assert words(TextPipeline.fit(["The the the"], case_folding=False)) == ["the", "The"]


@pytest.mark.parametrize("text", [*SPECIAL, "[pad]", "x[UNK]", "[UNK][UNK]", "[ PAD ]", "［PAD］"])
@pytest.mark.parametrize("case_folding", [True, False])
@pytest.mark.parametrize("fitted", ["known", "unknown"])
def test_no_text_gives_a_special_id(text, case_folding, fitted):
    if fitted == "known":
        pipeline = TextPipeline.fit([text], case_folding=case_folding)
        assert pipeline.encode([text], add_start=False, add_end=False)[0].min() >= len(SPECIAL)
    else:
        pipeline = TextPipeline.fit(["a"], case_folding=case_folding)
        [ids] = pipeline.encode([text], add_start=False, add_end=False)
        assert set(ids.tolist()) == {pipeline.unk_id}


# === Text to ids and back ===


def test_tokenize_gives_the_words_that_are_looked_up(pipeline):
    assert pipeline.tokenize(["The CAT isn’t here", ""]) == [["the", "cat", "isn't", "here"], []]


def test_encode_puts_each_text_between_start_and_end(pipeline):
    a, cat, unknown = pipeline.vocabulary.index("a"), pipeline.vocabulary.index("cat"), 1
    rows = pipeline.encode(["A cat flew", "", "cat"])
    assert [row.tolist() for row in rows] == [[2, a, cat, unknown, 3], [2, 3], [2, cat, 3]]
    assert {row.dtype for row in rows} == {np.dtype("int32")}


@pytest.mark.parametrize(("start", "end"), [(True, False), (False, True), (False, False)])
def test_start_and_end_can_be_left_out(pipeline, start, end):
    for text, ids in (("cat", [pipeline.vocabulary.index("cat")]), ("", [])):
        [row] = pipeline.encode([text], add_start=start, add_end=end)
        assert row.tolist() == [2] * start + ids + [3] * end
        assert row.dtype == np.int32


def test_no_texts_give_no_rows(pipeline):
    assert pipeline.tokenize([]) == []
    assert pipeline.encode([]) == []
    assert pipeline([])["token_ids"].shape == (0, 0)
    assert pipeline([], max_length=4)["padding_mask"].shape == (0, 4)


def test_decode_is_what_a_person_writes(pipeline):
    ids = pipeline.encode(["The cat isn't a dog.", "The cow sat."])
    assert pipeline.decode(ids) == ["the cat isn't a dog.", "the [UNK] sat."]
    assert pipeline.decode(ids[0]) == "the cat isn't a dog."


def test_decode_shows_no_special_token_but_unk(pipeline):
    assert pipeline.decode([0, 1, 2, 3, 4, 5]) == "[UNK]"


def test_what_a_batch_is_padded_with_decodes_to_nothing(pipeline):
    assert pipeline.decode(pipeline(["a cat", "a"], max_length=9)["token_ids"]) == ["a cat", "a"]


def test_decode_takes_lists_arrays_and_tensors(pipeline):
    import tensorflow as tf

    [ids] = pipeline.encode(["a cat"])
    for same in (ids, ids.tolist(), tuple(ids), ids.astype("uint8"), tf.constant(ids), list(ids)):
        assert pipeline.decode(same) == "a cat"
        assert pipeline.decode([same, []]) == ["a cat", ""]
    assert pipeline.decode(tf.constant([ids, ids])) == ["a cat", "a cat"]


def test_no_ids_decode_to_no_text_and_no_rows_to_no_texts(pipeline):
    assert pipeline.decode([]) == ""
    assert pipeline.decode(np.zeros(0, "int32")) == ""
    assert pipeline.decode(np.zeros((0, 5), "int32")) == []


def test_more_ids_go_on_where_fewer_ended(pipeline):
    [ids] = pipeline.encode(['The "cat" - sat (on) the mat.'])
    texts = [pipeline.decode(ids[:count]) for count in range(len(ids) + 1)]
    for shorter, longer in itertools.pairwise(texts):
        assert longer.startswith(shorter)


@pytest.mark.parametrize("bad", [-1, 15, 2**40])
def test_an_id_outside_the_vocabulary_is_named(pipeline, bad):
    refuses(
        InvalidArgumentError,
        f"token_ids holds {bad}, .*0 to 14",
        lambda: pipeline.decode([[6, 7], [6, bad]]),
    )


@pytest.mark.parametrize(
    "bad", ["abc", None, 5, ["a"], [1.5], [True], [1, [2]], [[1, [2]]], [2**70], np.ones((2, 2))]
)
def test_what_is_no_id_is_refused(pipeline, bad):
    refuses(InvalidArgumentError, "token_ids=.*integers", lambda: pipeline.decode(bad))


@pytest.mark.parametrize("level", ["word", "character", "subword"])
def test_a_first_use_may_be_inside_a_graph(level):
    import tensorflow as tf

    stopwords = ["the"] if level == "word" else None
    fitted = TextPipeline.fit(TEXTS * 3, level=level, stopwords=stopwords)
    pipeline = TextPipeline.from_json(fitted.to_json())
    dataset = tf.data.Dataset.from_tensor_slices(["the cat", ""]).batch(2)
    [rows] = [ids.to_list() for ids in dataset.map(pipeline.encode_tensor)]
    assert rows == [row.tolist()[1:-1] for row in fitted.encode(["the cat", ""])]


# === Rows of one length ===


def test_padding_stands_on_the_right(pipeline):
    batch = pipeline(["a cat sat", "dog"])
    [a, cat, sat, dog] = [pipeline.vocabulary.index(word) for word in ("a", "cat", "sat", "dog")]
    assert batch["token_ids"].tolist() == [[a, cat, sat], [dog, 0, 0]]
    assert batch["padding_mask"].tolist() == [[True, True, True], [True, False, False]]
    assert (batch["token_ids"].dtype, batch["padding_mask"].dtype) == (np.int32, bool)


def test_truncation_takes_from_the_right(pipeline):
    whole = pipeline(["a cat sat on the mat"], add_start=True, add_end=True)
    cut = pipeline(["a cat sat on the mat"], max_length=3, add_start=True, add_end=True)
    assert cut["token_ids"].tolist() == whole["token_ids"][:, :3].tolist()
    assert cut["token_ids"][0, 0] == pipeline.start_id
    assert cut["padding_mask"].all()
    assert whole["token_ids"][0, -1] == pipeline.end_id


def test_the_length_is_the_argument_then_the_pipelines_then_the_longest():
    texts = ["a b c", "a"]
    assert TextPipeline.fit(texts)(texts)["token_ids"].shape == (2, 3)
    pipeline = TextPipeline.fit(texts, max_sequence_length=2)
    assert pipeline(texts)["token_ids"].shape == (2, 2)
    assert pipeline(texts, max_length=5)["token_ids"].shape == (2, 5)


def test_the_mask_comes_from_lengths_and_not_from_ids(pipeline):
    batch = pipeline(["zebra", ""], max_length=2)
    assert batch["padding_mask"].tolist() == [[True, False], [False, False]]
    assert batch["token_ids"].tolist() == [[1, 0], [0, 0]]


# === Stopwords ===


@pytest.mark.parametrize("listed", [["the", "don't"], ["THE", "Don’t"], ["the", "dont"]])
def test_stopwords_are_removed_after_normalisation(listed):
    pipeline = TextPipeline.fit(["The cat DON'T sit", "cats don’t"], stopwords=listed)
    assert words(pipeline) == ["cat", "cats", "sit"]
    assert pipeline.tokenize(["THE the DON'T Cat donut"]) == [["cat", "donut"]]


def test_a_stopword_drops_no_other_word():
    pipeline = TextPipeline.fit(["x"], stopwords=["well", "were", "its", "ill"])
    assert pipeline.tokenize(["we'll we're it's I'll its"]) == [["we'll", "we're", "it's", "i'll"]]


def test_what_was_removed_can_be_looked_at():
    pipeline = TextPipeline.fit(["the cat"], stopwords=["the", "dont"])
    texts = ["The cat don't", "", "cat"]
    assert pipeline.removed_stopwords(texts) == [[(0, "the"), (2, "don't")], [], []]
    assert TextPipeline.fit(["the"]).removed_stopwords(["the"]) == [[]]
    assert pipeline.report(texts).removed == {"the": 1, "don't": 1}


def test_a_document_of_stopwords_is_an_empty_one():
    pipeline = TextPipeline.fit(["the cat"], stopwords=["the"])
    assert pipeline.encode(["the the"])[0].tolist() == [2, 3]
    assert not pipeline(["the"], max_length=2)["padding_mask"].any()
    assert pipeline.decode(pipeline.encode(["the"])) == [""]


@pytest.mark.parametrize("language", ["en", "any"])
@settings(max_examples=40)
@example(text="ש '")
@example(text="u.s .")
@given(text=st.text(st.sampled_from("abU1.,:'\"-–/!?()$%“” 猫，é👩\u200d\u200fש"), max_size=30))
def test_what_is_decoded_is_encoded_to_the_same_ids(text, language):
    pipeline = TextPipeline.fit([text, "a"], language=language)
    [ids] = pipeline.encode([text])
    assert pipeline.unk_id not in ids
    assert pipeline.encode([pipeline.decode(ids)])[0].tolist() == ids.tolist()


def test_stopwords_leave_no_unknown_token_behind():
    pipeline = TextPipeline.fit(["the cat"], stopwords=["the"])
    assert pipeline.encode(["the cat the"], add_start=False, add_end=False)[0].tolist() == [6]
    assert pipeline.counts[pipeline.unk_id] == 0


def test_the_english_list_is_known_by_name():
    pipeline = TextPipeline.fit(["This is the city of the cat"], stopwords="en")
    assert words(pipeline) == ["cat", "city"]


def test_case_counts_for_stopwords_where_it_counts_for_words():
    pipeline = TextPipeline.fit(["The the"], stopwords=["the"], case_folding=False)
    assert words(pipeline) == ["The"]


@pytest.mark.parametrize("listed", [[], ["well-known"]])
def test_a_list_without_a_single_word_removes_nothing(listed, pipeline):
    assert TextPipeline.fit(TEXTS, stopwords=listed).vocabulary == pipeline.vocabulary


def test_stopwords_may_be_an_iterator():
    pipeline = TextPipeline.fit(["the cat"], stopwords=iter(["the"]))
    assert pipeline.stopwords == ["the"]
    assert pipeline.tokenize(["the cat"]) == [["cat"]]


def test_a_text_of_stopwords_alone_holds_no_word():
    refuses(
        EmptyCorpusError,
        "texts holds 1 texts and not one word",
        lambda: TextPipeline.fit(["the"], stopwords="en"),
    )


# === Saving ===


@pytest.fixture(params=["plain", "every setting"])
def saved(request):
    if request.param == "plain":
        return TextPipeline.fit(TEXTS)
    return TextPipeline.fit(
        [*TEXTS, "Évariste's 猫 😀 \\ \" \u2028"],
        vocabulary_size=np.int64(19),
        stopwords={"the", "é", "猫"},
        normalization="NFD",
        case_folding=np.bool_(False),
        max_sequence_length=np.int64(7),
        scrub=np.bool_(True),
    )


def same(a, b):
    texts = [*TEXTS, "Évariste the THE 猫\u2028 zebra"]
    return (
        a.to_json() == b.to_json()
        and (a.counts == b.counts).all()
        and a.counts.dtype == b.counts.dtype
        and (a(texts)["token_ids"] == b(texts)["token_ids"]).all()
        and repr(a) == repr(b)
    )


def test_json_and_file_give_back_the_same_pipeline(saved, tmp_path):
    saved.save(tmp_path / "pipeline.json")
    assert same(TextPipeline.load(tmp_path / "pipeline.json"), saved)
    assert same(TextPipeline.load(str(tmp_path / "pipeline.json")), saved)
    assert same(TextPipeline.from_json(saved.to_json()), saved)


def test_the_json_holds_every_setting(saved):
    content = json.loads(saved.to_json())
    assert (content["format"], content["version"]) == ("mlm_tf.TextPipeline", RULES)
    of_scrubbing = set() if saved.scrub else {"scrub", "scrubbed"}  # only where it is done
    assert (
        set(content) - {"format", "version"} == {*vars(saved)} - {"_level", "rules"} - of_scrubbing
    )


def test_a_file_of_an_earlier_version_keeps_its_rules(saved):
    content = json.loads(saved.to_json())
    earlier = TextPipeline.from_json(json.dumps({**content, "version": 2}))
    assert (saved.rules, earlier.rules) == (RULES, 2)
    assert json.loads(earlier.to_json())["version"] == 2


def test_an_existing_file_stays_unless_told(pipeline, tmp_path):
    path = tmp_path / "pipeline.json"
    path.write_text("precious")
    refuses(InvalidArgumentError, "path='.*' exists.*overwrite=True", lambda: pipeline.save(path))
    assert path.read_text() == "precious"
    pipeline.save(path, overwrite=True)
    assert same(TextPipeline.load(path), pipeline)


def test_an_interrupted_save_loses_nothing_and_leaves_nothing(pipeline, tmp_path, monkeypatch):
    path = tmp_path / "pipeline.json"
    pipeline.save(path)
    before = path.read_text()

    def full(*_):
        raise OSError("no space left on device")

    monkeypatch.setattr("os.replace", full)
    with pytest.raises(OSError, match="no space"):
        TextPipeline.fit(["other"]).save(path, overwrite=True)
    assert path.read_text() == before
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_goes_into_a_folder_that_exists(pipeline, tmp_path):
    refuses(MissingFileError, "path='.*'.*folder", lambda: pipeline.save(tmp_path / "no" / "a"))
    refuses(
        InvalidArgumentError,
        "path='.*' is a folder",
        lambda: pipeline.save(tmp_path, overwrite=True),
    )
    assert list(tmp_path.parent.glob(".partial*")) == []


def changed(**entries):
    content = {**json.loads(TextPipeline.fit(["a b"]).to_json()), **entries}
    return json.dumps({key: value for key, value in content.items() if value is not ...})


BAD_JSON = {
    "empty": "",
    "brackets without end": "[" * 100_000,
    "cut off": '{"format": "mlm',
    "a list": "[]",
    "null": "null",
    "a number": "5",
    "other JSON": '{"a": 1}',
    "another format": '{"format": "keras", "version": 1}',
}


@pytest.mark.parametrize("content", BAD_JSON.values(), ids=BAD_JSON)
def test_a_file_that_holds_something_else_is_named(content, tmp_path):
    path = tmp_path / "pipeline.json"
    path.write_text(content)
    message = r"path='.*pipeline\.json' is not a saved TextPipeline"
    refuses(InvalidFileError, message, lambda: TextPipeline.load(path))
    refuses(InvalidFileError, "text=.* not a saved Text", lambda: TextPipeline.from_json(content))


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ({"version": RULES + 1}, f"version.* {RULES + 1}"),
        ({"version": ...}, "version.* None"),
        ({"vocabulary": ...}, "vocabulary"),
        ({"surprise": 1}, "surprise"),
        ({"level": "syllable"}, "level='syllable'"),
        ({"stopwords": "fr"}, "stopwords='fr'"),
        ({"stopwords": [1]}, "stopwords"),
        ({"max_sequence_length": "7"}, "max_sequence_length='7'"),
        ({"vocabulary": 5}, "vocabulary"),
        ({"vocabulary": []}, "vocabulary"),
        ({"vocabulary": [*SPECIAL, "a", "a"]}, "vocabulary holds 'a' 2 times"),
        ({"vocabulary": [*SPECIAL, "a", 1]}, r"vocabulary\[7\]"),
        ({"vocabulary": ["a", "b", *SPECIAL]}, "vocabulary"),
        ({"counts": [1]}, "counts.*8"),
        ({"counts": [0] * 7 + [-1]}, "counts"),
        ({"counts": [0] * 7 + [1.5]}, "counts"),
        ({"counts": "many"}, "counts"),
        ({"counts": [[1], [1, 2]]}, "counts"),
        ({"vocabulary": [*SPECIAL, "a", ""]}, "vocabulary holds '', which is no word"),
        ({"level": "subword"}, "256 bytes"),
    ],
)
def test_a_file_with_a_wrong_entry_says_which(entries, message):
    text = changed(**entries)
    refuses(InvalidFileError, message, lambda: TextPipeline.from_json(text))


def test_a_file_that_is_not_utf_8_is_named(tmp_path):
    path = tmp_path / "pipeline.json"
    path.write_bytes(b'{"format": "caf\xe9"}')
    refuses(
        InvalidFileError, r"path='.*pipeline\.json' is not UTF-8", lambda: TextPipeline.load(path)
    )


def test_a_missing_file_and_a_folder_are_named(tmp_path):
    for path in (tmp_path / "no.json", tmp_path):
        refuses(MissingFileError, "path='.*' is not a file", lambda p=path: TextPipeline.load(p))


# === What is refused ===


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"level": "char"}, "level='char' is not known; use 'word'"),
        ({"language": "fr"}, "language='fr' is not known; use 'en'"),
        ({"normalization": "nfc"}, "normalization='nfc' is not known; use 'NFC' or .* or None"),
        ({"stopwords": "fr"}, "stopwords='fr' is not known; use None, 'en'"),
        ({"stopwords": 5}, "stopwords=5 .*strings"),
        ({"stopwords": ["a", None]}, r"stopwords\[1\]=None .*string"),
        ({"vocabulary_size": 6}, "vocabulary_size=6 .*integer >= 7, which has room for a word"),
        ({"vocabulary_size": -1}, "vocabulary_size=-1 .*integer >= 7"),
        ({"vocabulary_size": 7.5}, "vocabulary_size=7.5 .*integer >= 7"),
        ({"vocabulary_size": "9"}, "vocabulary_size='9' .*integer >= 7"),
        ({"vocabulary_size": True}, "vocabulary_size=True .*integer >= 7"),
        ({"case_folding": "no"}, "case_folding='no' .*True or False"),
        ({"strip_accents": 1}, "strip_accents=1 .*True or False"),
        ({"max_sequence_length": 0}, "max_sequence_length=0 .*integer >= 1"),
        ({"max_sequence_length": 2.0}, "max_sequence_length=2.0 .*integer >= 1"),
        ({"max_sequence_length": "2"}, "max_sequence_length='2' .*integer >= 1"),
    ],
)
def test_wrong_settings_are_named(arguments, message):
    refuses(InvalidArgumentError, message, lambda: TextPipeline.fit(TEXTS, **arguments))


@pytest.mark.parametrize("value", [0, -1, 2.5, "4", True])
def test_a_length_is_a_whole_number_above_0(pipeline, value):
    message = f"max_length={value!r} .*integer >= 1"
    refuses(InvalidArgumentError, message, lambda: pipeline(TEXTS, max_length=value))


USES = {
    "fit": lambda pipeline, texts: TextPipeline.fit(texts),
    "tokenize": lambda pipeline, texts: pipeline.tokenize(texts),
    "encode": lambda pipeline, texts: pipeline.encode(texts),
    "call": lambda pipeline, texts: pipeline(texts),
    "windows": lambda pipeline, texts: pipeline.windows(texts, 1, 1),
    "report": lambda pipeline, texts: pipeline.report(texts),
}


@pytest.mark.parametrize("use", USES.values(), ids=USES)
@pytest.mark.parametrize(
    ("texts", "message"),
    [
        ("a text", r"texts='a text' is one string.*\[text\]"),
        (b"a text", r"texts=b'a text' is one string.*\[text\]"),
        (None, "texts=None .*strings"),
        (5, "texts=5 .*strings"),
        ([1, None], r"texts\[0\]=1 .*string"),
        (["a", None], r"texts\[1\]=None .*string"),
        ([b"a"], r"texts\[0\]=b'a' .*string"),
        ([["a\n"]], r"texts\[0\]=\['a\\n'\] .*string"),
        ([np.zeros((9, 9))], r"texts\[0\]=array.* .*string"),
        (["fine", "a\ud83d"], r"texts\[1\].*'\\ud83d' at 1.*surrogate"),
        (["\n" * 99 + "\ud800"], r"texts\[0\].*'\\ud800' at 99.*surrogate"),
    ],
)
def test_texts_that_are_no_strings_are_named(pipeline, use, texts, message):
    refuses(InvalidArgumentError, message, lambda: use(pipeline, texts))


@pytest.mark.parametrize(("texts", "count"), [([], 0), ([""], 1), (["", " \n\0"], 2)])
def test_texts_without_a_word_have_nothing_to_learn(texts, count):
    message = f"texts holds {count} texts and not one word"
    refuses(EmptyCorpusError, message, lambda: TextPipeline.fit(texts))


def test_a_vocabulary_of_special_tokens_alone_knows_no_word():
    pipeline = TextPipeline(SPECIAL, [0] * 6)
    assert pipeline.encode(["a cat"])[0].tolist() == [2, 1, 1, 3]


def test_every_token_but_four_special_ones_can_follow():
    pipeline = TextPipeline.fit(["a b"])
    assert pipeline.vocabulary_size - pipeline.num_outcomes == 4
    rows = pipeline.encode(["a b", "b unseen"])
    never = {pipeline.pad_id, pipeline.start_id, pipeline.sep_id, pipeline.mask_id}
    assert not never & {int(i) for row in rows for i in row[1:]}


def test_encode_tensor_of_a_length_gives_the_rows_of_a_call():
    import tensorflow as tf

    texts = ["a b c d e", "b", ""]
    for level in ("word", "character", "subword"):
        pipeline = TextPipeline.fit(texts, level=level)
        for add_start, add_end in ((False, False), (True, True), (False, True)):
            flags = {"add_start": add_start, "add_end": add_end}
            expected = pipeline(texts, max_length=4, **flags)
            found = pipeline.encode_tensor(tf.constant(texts), length=4, **flags)
            assert found.keys() == expected.keys()
            for name, array in expected.items():
                np.testing.assert_array_equal(found[name], array)
                assert found[name].dtype == array.dtype
            ragged = pipeline.encode_tensor(tf.constant(texts), **flags)
            expected = [row.tolist() for row in pipeline.encode(texts, **flags)]
            assert ragged.to_list() == expected
    dataset = tf.data.Dataset.from_tensor_slices(texts).batch(2)
    rows = dataset.map(lambda batch: pipeline.encode_tensor(batch, length=4))
    assert rows.element_spec["token_ids"].shape == (None, 4)
    with pytest.raises(InvalidArgumentError, match="length=0"):
        pipeline.encode_tensor(tf.constant(texts), length=0)
