"""The laws of pipelines: each of ours keeps them, and each broken one is caught by its law."""

import codecs
import re

import numpy as np
import pytest
import tensorflow as tf
from tokenizers import Tokenizer, decoders, models, pre_tokenizers

from mlm_tf import TextPipeline
from mlm_tf.errors import InvalidArgumentError
from mlm_tf.preprocessing import BytePairPipeline, Pipeline
from mlm_tf.preprocessing.byte_pair import BYTE_OF
from mlm_tf.preprocessing.testing import LAWS, TEXTS, check_pipeline


def byte_pairs(**settings):
    special = ["<|start|>", "<|end|>", "<|pad|>"]
    tokens = {character: i for i, character in enumerate([*BYTE_OF, "aĠ"])}
    tokenizer = Tokenizer(models.BPE(tokens, [("a", "Ġ")]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens(special)
    return BytePairPipeline(tokenizer.to_str(), end_id=258, vocabulary_size=270, **settings)


MAKERS = {
    "words": lambda: TextPipeline.fit(["A lamp and a light."]),
    "words without stopwords": lambda: TextPipeline.fit(["a lamp and a light"], stopwords="en"),
    "words of any language": lambda: TextPipeline.fit(["灯塔 and a light"], language="any"),
    "characters": lambda: TextPipeline.fit(["灯塔 and a light"], level="character"),
    "characters as they are": lambda: TextPipeline.fit(
        ["灯塔 and a light"], level="character", normalization=None
    ),
    "subwords": lambda: TextPipeline.fit(["a lamp " * 9], level="subword", normalization=None),
    "byte pairs": byte_pairs,
    "byte pairs of a template": lambda: byte_pairs(
        start_id=257, pad_id=259, begins_with_start=True, max_sequence_length=9
    ),
}


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_our_pipelines_keep_the_laws(make):
    check_pipeline(make())


def test_a_text_comes_back_where_a_pipeline_says_so():
    assert [make().is_lossless for make in MAKERS.values()] == [False] * 4 + [True] * 4


def test_a_tokenizer_that_puts_a_space_before_a_text_is_not_lossless():
    tokenizer = Tokenizer(models.BPE({c: i for i, c in enumerate([*BYTE_OF, "end"])}, []))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
    pipeline = BytePairPipeline(tokenizer.to_str(), end_id=0)
    assert not pipeline.is_lossless


# === A pipeline of one's own, and how it may be broken ===


class Bytes(Pipeline):
    """Token ids are bytes, after the special ones: the smallest pipeline that is whole."""

    format = "tests.Bytes"
    pad_id, start_id, end_id = range(3)
    special_tokens = {"<pad>": 0, "<start>": 1, "<end>": 2}  # noqa: RUF012
    vocabulary = [*special_tokens, *(f"<0x{byte:02X}>" for byte in range(256))]  # noqa: RUF012
    is_lossless = True

    def __init__(self, shift=0):
        self.shift = shift

    def ids(self, texts):
        return [[3 + (byte + self.shift) % 256 for byte in text.encode()] for text in texts]

    def pieces(self, ids):
        decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        for i in ids:
            yield decoder.decode(bytes([(i - 3 - self.shift) % 256]))

    def get_config(self):
        return {"shift": self.shift}


def test_a_pipeline_of_ones_own_is_a_class_with_three_methods():
    pipeline = Bytes(shift=5)
    check_pipeline(pipeline)
    assert pipeline(["ab", "c"])["token_ids"].tolist() == [[105, 106], [107, 0]]
    assert pipeline.encode(["a<end>"], add_end=False, allow_special=True)[0].tolist() == [1, 105, 2]
    assert (pipeline.never_follow_ids, pipeline.num_outcomes) == ((0, 1), 257)
    assert repr(pipeline).startswith("Bytes(vocabulary_size=259, ")


@pytest.mark.parametrize("name", ["ids", "pieces", "get_config"])
def test_what_a_subclass_has_to_say_is_named(name):
    members = {"format": "tests.Lacking", name: getattr(Pipeline, name)}
    lacking = type("Lacking", (Bytes,), members)()
    uses = {"ids": lambda: lacking.encode(["a"]), "pieces": lambda: lacking.decode([5])}
    with pytest.raises(NotImplementedError, match=rf"Lacking does not define {name}\(\)"):
        uses.get(name, lacking.to_json)()


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda p: p(["a"], ["b"]), "second_texts needs a separator .*Bytes has none"),
        (lambda p: p.windows(["a"], 1, 1, objective="masked_lm"), "'masked_lm' needs .*Bytes has"),
        (
            lambda p: p.rows(["a"], 1, 1, objective="masked_lm"),
            "objective='masked_lm' needs .*mask_id=None",
        ),
        (lambda p: p.rows(["a"], 1, 1, objective="other"), "objective='other'"),
        (lambda p: p.removed_stopwords(["a"]), r"removed_stopwords\(\) .* Bytes"),
        (lambda p: p.tfidf(["a"]), r"tfidf\(\) .* Bytes"),
    ],
)
def test_what_a_pipeline_lacks_is_refused_in_one_sentence(call, says):
    with pytest.raises(InvalidArgumentError, match=says) as caught:
        call(Bytes())
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("wrong", [4.7, 2**32 + 5, float("nan"), -(2**31) - 1, 2**70, "7"])
@pytest.mark.parametrize("is_with_empty", [False, True])
def test_what_is_no_id_is_not_made_one(wrong, is_with_empty):
    class Wrong(Bytes):
        def ids(self, texts):
            return [*super().ids(texts), [wrong]] + [[]] * is_with_empty

    uses = [
        lambda: Wrong().encode(["a"]),
        lambda: Wrong().encode(["a<end>"], allow_special=True),
        lambda: Wrong().report(["a"]),
    ]
    for use in uses:
        with pytest.raises(InvalidArgumentError, match=r"ids\(\) of a pipeline gives .*no id; let"):
            use()


@pytest.mark.parametrize("kind", ["int64", "uint8", "float32"])
def test_ids_of_another_type_are_int32(kind):
    class Other(Bytes):
        def ids(self, texts):
            return tf.ragged.constant([np.array(row, kind) for row in super().ids(texts)], kind)

    for row in Other().encode(["ab", "", "c"]):
        assert row.dtype == "int32"
    assert Other().encode(["ab", ""])[0].tolist() == Bytes().encode(["ab"])[0].tolist()


def test_without_special_tokens_no_text_names_one():
    pipeline = type("Unnamed", (Bytes,), {"special_tokens": {}})()
    [row] = pipeline.encode(["a<end>"], allow_special=True)
    assert row.tolist() == pipeline.encode(["a<end>"])[0].tolist()


@pytest.mark.parametrize("start_id", [1, 2])
@pytest.mark.parametrize("shuffle", [False, True])
def test_windows_learn_a_start_token_only_where_it_ends_a_text_too(start_id, shuffle):
    pipeline = type("Starting", (Bytes,), {"start_id": start_id})()
    data = pipeline.windows(["ab", "c"] * 9, 3, 2, shuffle=shuffle)
    for _, y, weight in data.as_numpy_iterator():
        unlearned = [pipeline.pad_id, *{start_id} - {pipeline.end_id}]
        np.testing.assert_array_equal(weight == 0, np.isin(y, unlearned))


class OutsideTheVocabulary(Bytes):
    vocabulary = Bytes.vocabulary[:100]


class HalfAnId(Bytes):
    def ids(self, texts):
        return [[i + 0.5 for i in row] for row in super().ids(texts)]


class CountsAFew(Bytes):
    counts = np.array([1, 2, 3])


class CountsBackwards(Bytes):
    counts = -np.ones(259, "int64")


class CountsHalves(Bytes):
    counts = np.full(259, 0.5)


class NamesNothing(Bytes):
    special_tokens = {}  # noqa: RUF012


class NamesNoPadding(Bytes):
    special_tokens = {"<start>": 1, "<end>": 2}  # noqa: RUF012


class NamesNoEnd(Bytes):
    special_tokens = {"<pad>": 0, "<start>": 1}  # noqa: RUF012


class NamesNoUnknown(Bytes):
    unk_id = 9


class StartsWithAByte(Bytes):
    start_id = 3 + ord("b")


class SeparatesByAByte(Bytes):
    sep_id = 3 + ord("b")


class MasksByAByte(Bytes):
    mask_id = 3 + ord("b")


class MasksByPadding(Bytes):
    mask_id = 0


class EndsByTheUnknown(Bytes):
    unk_id = 2


class NeverEnds(Bytes):
    end_ids = (1,)


class EndsByAByteToo(Bytes):
    end_ids = (2, 3 + ord("b"))


class NamesALetter(Bytes):
    mask_id = 6 + ord("b")  # of the shift that the tests give
    special_tokens = {**Bytes.special_tokens, "<mask>": mask_id}  # noqa: RUF012


class NamesASignOfItsVocabulary(Bytes):
    """One that stands in no text of the law's own."""

    mask_id = 6 + ord("~")
    special_tokens = {**Bytes.special_tokens, "<mask>": mask_id}  # noqa: RUF012
    vocabulary = ["~" if i == 6 + ord("~") else t for i, t in enumerate(Bytes.vocabulary)]  # noqa: RUF012


class SteersByALetter(Bytes):
    control_tokens = {"<think>": 6 + ord("b")}  # noqa: RUF012


class LosesMoreThanItSays(Bytes):
    is_lossless, losses = False, ("white space",)

    def ids(self, texts):
        return super().ids([text.lower() for text in texts])


class LosesWhatHasNoName(Bytes):
    is_lossless, losses = False, ("everything",)


class SaysBoth(Bytes):
    losses = ("case",)


class WritesTwoPieces(Bytes):
    is_lossless = False

    def pieces(self, ids):
        return (part for piece in super().pieces(ids) for part in (piece, ""))


class ReadsSpecialTokens(Bytes):
    def ids(self, texts):
        return self.ids_with_special(texts) if "<end>" in "".join(texts) else super().ids(texts)


class AddsItsOwnStart(Bytes):
    def encode(self, texts, *args, **kwargs):
        return [np.insert(row, 0, 1) for row in super().encode(texts, *args, **kwargs)]


class ForgetsTheEnd(Bytes):
    def encode(self, texts, add_start=None, add_end=True, allow_special=False):
        return super().encode(texts, add_start, add_end and not add_start, allow_special)


class ReadsTwice(Bytes):
    def windows(self, texts, *args, **kwargs):
        self.encode(texts)
        return super().windows(texts, *args, **kwargs)


class LooksAtOthers(Bytes):
    def ids(self, texts):
        return [row + [3] * (len(texts) > 1) for row in super().ids(texts)]


class DropsSpaces(Bytes):
    def ids(self, texts):
        return super().ids([text.replace(" ", "") for text in texts])


class WritesAStopThatGoesAway(Bytes):
    is_lossless = False

    def decode(self, token_ids):
        return super().decode(token_ids) + "."


class HalfCharacters(Bytes):
    is_lossless = False

    def pieces(self, ids):
        for i in ids:
            yield bytes([(i - 3 - self.shift) % 256]).decode(errors="replace")


class WritesASpaceTooMany(Bytes):
    is_lossless = False

    def pieces(self, ids):
        return (piece + " " for piece in super().pieces(ids))

    def decode(self, token_ids):
        return super().decode(token_ids)[:-1]


class LooksAhead(Bytes):
    def pieces(self, ids):
        for i in ids:
            pair = [i, next(ids)]
            yield from ("", "".join(super().pieces(pair)))


class WritesSpecialTokens(Bytes):
    def decode(self, token_ids):
        text = super().decode(token_ids)
        return f"<pad>{text}" if isinstance(text, str) and 0 in token_ids else text


class PadsWithWords(Bytes):
    def __call__(self, *args, **kwargs):
        batch = super().__call__(*args, **kwargs)
        batch["token_ids"][~batch["padding_mask"]] = 7
        return batch


class AlwaysShuffles(Bytes):
    def windows(self, texts, length, batch_size, shuffle=True, **kwargs):
        return super().windows(texts, length, batch_size, **kwargs)


class LearnsToStart(Bytes):
    def windows(self, *args, **kwargs):
        return super().windows(*args, **kwargs).map(lambda x, y, weight: (x, y, weight * 0 + 1))


class CountsWordsFromTheStart(Bytes):
    def encode_words(self, words):
        return [row._replace(spans=row.spans - 1) for row in super().encode_words(words)]


class AnotherInTheGraph(Bytes):
    def _ids_of_tensor(self, texts):
        return super()._ids_of_tensor(texts) + 1


class ForgetsASetting(Bytes):
    format = "tests.Forgets"

    def get_config(self):
        return {}


class RefusesNothing(Bytes):
    format = "tests.RefusesNothing"

    def __call__(self, texts, second_texts=None, **kwargs):
        return super().__call__(texts, **kwargs)


class SpellsInCapitals(Bytes):
    token_bytes = (*[b""] * 3, *(bytes([byte]).upper() for byte in range(256)))


class SpellsAFew(Bytes):
    token_bytes = ()


class WritesTheSpaceItDrops(Bytes):
    token_bytes = (*[b""] * 3, *(bytes([(byte - 3) % 256]) for byte in range(256)))
    drops_first_space = True


LOST = "what is lost is declared"
COUNTS = "there is a count for each token, or none at all"
NAMES = "special tokens have names, and those that must differ do"
UNNAMED = (
    *(NamesNothing, NamesNoPadding, NamesNoEnd, NamesNoUnknown),
    *(StartsWithAByte, SeparatesByAByte, MasksByAByte, EndsByAByteToo),
    *(MasksByPadding, EndsByTheUnknown, NeverEnds),
)
BROKEN = [
    (OutsideTheVocabulary, "ids are int32 and stand in the vocabulary"),
    (HalfAnId, "ids are int32 and stand in the vocabulary"),
    *((broken, COUNTS) for broken in (CountsAFew, CountsBackwards, CountsHalves)),
    *((broken, NAMES) for broken in UNNAMED),
    (NamesALetter, "no text makes a special token"),
    (NamesASignOfItsVocabulary, "no text makes a special token"),
    (ReadsSpecialTokens, "no text makes a special token"),
    (SteersByALetter, "no text makes a special token"),
    (AddsItsOwnStart, "no text makes a special token"),
    (ForgetsTheEnd, "start and end stand where they are asked for"),
    (ReadsTwice, "a text goes through once"),
    (LooksAtOthers, "the texts beside it change nothing"),
    (DropsSpaces, "what is lossless gives back the text"),
    (LooksAhead, "what is lossless gives back the text"),
    *((broken, LOST) for broken in (LosesMoreThanItSays, LosesWhatHasNoName, SaysBoth)),
    (WritesTwoPieces, "an id gives one piece"),
    (WritesAStopThatGoesAway, "what the first ids decode to is how every longer sequence begins"),
    (HalfCharacters, "no half of a character is written"),
    (WritesASpaceTooMany, "step by step is all at once"),
    (WritesSpecialTokens, "special tokens are not written"),
    (SpellsInCapitals, "a token adds its bytes"),
    (SpellsAFew, "a token adds its bytes"),
    (WritesTheSpaceItDrops, "a token adds its bytes"),
    (PadsWithWords, "rows hold the encoded ids"),
    (AlwaysShuffles, "windows hold the encoded ids"),
    (LearnsToStart, "windows hold the encoded ids"),
    (CountsWordsFromTheStart, "words hold the encoded ids"),
    (AnotherInTheGraph, "tensors hold the encoded ids"),
    (ForgetsASetting, "saved and loaded it is the same"),
    (RefusesNothing, "what it lacks it refuses by name"),
]


@pytest.mark.parametrize(("broken", "sentence"), BROKEN, ids=[c.__name__ for c, _ in BROKEN])
def test_a_broken_pipeline_is_caught_by_the_law_that_it_breaks(broken, sentence):
    assert sentence in LAWS
    says = re.escape(f"{broken.__name__} breaks the law {sentence!r}.")
    with pytest.raises(AssertionError, match=says):
        check_pipeline(broken(shift=3), TEXTS)


def test_every_law_is_broken_by_one():
    assert {sentence for _, sentence in BROKEN} == {*LAWS}
