"""Masked language models: both sides are read, training, and `fill_mask`."""

import re
from typing import ClassVar

import keras
import numpy as np
import pytest
from keras import ops

from mlm_tf import TextPipeline, build_model
from mlm_tf.errors import InvalidArgumentError
from mlm_tf.preprocessing import Pipeline

TEXTS = ["the cat sat on the mat", "the dog sat on the log", "a bird sang in a tree"]


@pytest.fixture(scope="module")
def pipeline():
    return TextPipeline.fit(TEXTS)


@pytest.fixture(scope="module")
def trained(pipeline):
    """A model that has learned the three sentences by heart."""
    keras.utils.set_random_seed(0)
    model = build_model("transformer", "masked_lm", pipeline=pipeline, hidden_dim=32, seed=0)
    model.compile(keras.optimizers.Adam(0.01))
    data = pipeline.rows(TEXTS * 160, length=8, batch_size=48, objective="masked_lm")
    model.fit(data, epochs=8, verbose=0)
    return model


@pytest.mark.parametrize("architecture", ["lstm", "attention", "transformer"])
def test_a_score_depends_on_both_sides(architecture):
    model = build_model(architecture, "masked_lm", vocabulary_size=12, hidden_dim=8, seed=0)
    ids = np.array([[1, 2, 3, 4, 5]], "int32")
    before = ops.convert_to_numpy(model(ids))
    for changed in (0, 4):
        other = ids.copy()
        other[0, changed] = 9
        assert np.abs(ops.convert_to_numpy(model(other))[0, 2] - before[0, 2]).max() > 1e-6


@pytest.mark.parametrize("architecture", ["gru", "attention", "transformer"])
def test_padding_changes_no_score(architecture):
    model = build_model(architecture, "masked_lm", vocabulary_size=12, hidden_dim=8, seed=0)
    ids = np.array([[1, 2, 3, 7, 7]], "int32")
    mask = np.array([[True, True, True, False, False]])
    padded = ops.convert_to_numpy(model({"token_ids": ids, "padding_mask": mask}))
    alone = ops.convert_to_numpy(model(ids[:, :3]))
    np.testing.assert_allclose(padded[:, :3], alone, atol=1e-5)


def test_the_untrained_model_is_nearly_the_unigram_model(pipeline):
    model = build_model("lstm", "masked_lm", pipeline=pipeline, hidden_dim=8, seed=0)
    assert model.fill_mask("[MASK]", top_k=1)[0].token == "the"


def test_it_fills_in_what_it_learned(trained):
    [best, second] = trained.fill_mask("the cat sat on the [MASK]", top_k=2)
    assert (best.token, best.text) == ("mat", "the cat sat on the mat")
    assert 1 >= best.probability > 0.5 > second.probability >= 0
    token, _, text = trained.fill_mask("the [MASK] sat on the log", top_k=1)[0]
    assert (token, text) == ("dog", "the dog sat on the log")


def test_several_masks_give_a_list_each(trained):
    first, second = trained.fill_mask("a [MASK] sang in a [MASK]", top_k=3)
    assert [first[0].token, second[0].token] == ["bird", "tree"]
    assert first[0].text == second[0].text == "a bird sang in a tree"
    assert first[1].text == f"a {first[1].token} sang in a tree"


def test_the_probabilities_of_all_proposals_are_one_and_none_is_special(trained, pipeline):
    words = pipeline.vocabulary[6:]
    fillings = trained.fill_mask("the [MASK] sat", top_k=len(words))
    assert sorted(f.token for f in fillings) == sorted(words)
    assert sum(f.probability for f in fillings) == pytest.approx(1)
    probabilities = [f.probability for f in fillings]
    assert probabilities == sorted(probabilities, reverse=True)


def test_other_special_names_in_the_text_are_words(trained):
    ids = trained._with_masks("[END] [MASK]")
    assert (ids == trained.pipeline.end_id).sum() == 1


@pytest.mark.parametrize(
    ("level", "text", "filled"),
    [("character", "c[MASK]t", "c?t"), ("subword", "the [MASK] sat", "the? sat")],
)
def test_every_level_has_masks(level, text, filled):
    pipeline = TextPipeline.fit(TEXTS * 3, level=level)
    model = build_model("gru", "masked_lm", pipeline=pipeline, hidden_dim=8, seed=0)
    for filling in model.fill_mask(text, top_k=4):
        assert filling.text == filled.replace(
            "?", pipeline.decode([pipeline.vocabulary.index(filling.token)])
        )


class Words(Pipeline):
    """Words between spaces, each with the space before it, and a mask with a name of its own."""

    format = "tests.WordsWithMask"
    pad_id, start_id, end_id, mask_id = range(4)
    special_tokens: ClassVar = {"<pad>": 0, "<start>": 1, "<end>": 2, "<mask>": 3}

    def __init__(self, words, brings_space=False):
        self.words, self.brings_space = words, brings_space
        self.vocabulary = [*self.special_tokens, *words]

    def ids(self, texts):
        return [
            [self.vocabulary.index(word) for word in re.findall(r" ?[^ ]+", text)] for text in texts
        ]

    def pieces(self, ids):
        return (self.vocabulary[i] for i in ids)

    def get_config(self):
        return {"words": self.words}


def test_an_own_pipeline_names_its_mask_and_has_no_unknown_token():
    words = Words([" cat", " sat", " dog", "the"], brings_space=True)
    model = build_model("gru", "masked_lm", pipeline=words, hidden_dim=8, seed=0)
    fillings = model.fill_mask("the <mask> sat", top_k=4)
    assert {filling.token for filling in fillings} == {*words.words}
    assert {filling.text for filling in fillings} == {f"the{word} sat" for word in words.words}
    assert model._with_masks("the <mask> sat").tolist() == [1, 7, 3, 5, 2]
    with pytest.raises(InvalidArgumentError, match=r"text='the \[MASK\]' has no <mask>; write it"):
        model.fill_mask("the [MASK]")


def test_a_pipeline_without_a_mask_is_told():
    without = Words([" cat", "the"])
    without.mask_id = None
    model = build_model("gru", "masked_lm", pipeline=without, hidden_dim=8)
    with pytest.raises(InvalidArgumentError, match="no pipeline with a"):
        model.fill_mask("the [MASK]")


def test_it_is_saved_with_its_pipeline(trained, tmp_path):
    trained.save(tmp_path / "m.keras")
    loaded = keras.saving.load_model(tmp_path / "m.keras")
    text = "the cat [MASK] on the mat"
    assert loaded.fill_mask(text)[0].text == trained.fill_mask(text)[0].text


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"text": "the cat"}, r"text='the cat' has no \[MASK\]"),
        ({"text": 3}, r"text=3 is no string"),
        ({"text": ["the [MASK]"]}, "text=.*is no string"),
        ({"top_k": 0}, "top_k=0"),
        ({"top_k": 99}, r"top_k=99 is more than the 12 tokens"),
    ],
)
def test_wrong_arguments_are_named_in_one_sentence(trained, arguments, message):
    with pytest.raises(InvalidArgumentError, match=message) as error:
        trained.fill_mask(**{"text": "the [MASK]", **arguments})
    assert "\n" not in str(error.value)


def test_text_needs_a_pipeline_and_room(pipeline):
    model = build_model("lstm", "masked_lm", vocabulary_size=9, hidden_dim=8)
    with pytest.raises(InvalidArgumentError, match="no pipeline"):
        model.fill_mask("the [MASK]")
    limited = {"pipeline": pipeline, "hidden_dim": 8, "max_sequence_length": 4}
    model = build_model("transformer", "masked_lm", positions="learned", **limited)
    with pytest.raises(InvalidArgumentError, match=r"text has 5 tokens.* 4 positions"):
        model.fill_mask("the cat [MASK]")
    assert build_model("lstm", "masked_lm", **limited).fill_mask("the cat [MASK]")
