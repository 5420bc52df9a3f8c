"""What every application that writes a text from another gets from its base."""

import logging

import numpy as np
import pytest

from mlm_tf import TextPipeline, build_model
from mlm_tf.errors import InvalidArgumentError
from mlm_tf.tasks import Setting
from mlm_tf.tasks.text_to_text import TextToText, generate_in_batches
from mlm_tf.tasks.translation import Translator

ROWS = ["cat dog", "owl", "dog owl cat", "cat"], ["dog cat", "owl", "cat owl dog", "cat"]


class Reverser(TextToText):
    """The words of a text in the other order; both sides have one vocabulary."""

    name, summary, columns = "reverser", "turn words round", ()
    input_name, target_name = "text", "turned"
    most_tokens = (4, 5)
    settings = (
        Setting("model", "lstm", "one of three"),
        Setting("hidden_dim", 8, "width"),
        Setting("num_layers", 2, "blocks"),
        Setting("dropout", 0.0, "share of zeros"),
        Setting("epochs", 1, "times through the pairs"),
        Setting("seed", 0, "of weights and order"),
    )

    def pipelines(self, rows):
        both = TextPipeline.fit([*rows.inputs, *rows.targets])
        return both, both

    def model_arguments(self):
        return {"embedding_dim": 4}


@pytest.fixture(scope="module")
def reverser():
    return Reverser().fit(*ROWS)


def test_the_model_is_the_chosen_one_as_the_subclass_wants_it(reverser):
    model = reverser.model
    assert [type(block).__name__ for block in model.blocks] == ["LSTM", "LSTM"]
    assert model.embedding_dim == 4 and model.hidden_dim == 8
    assert model.pipeline is model.output_pipeline  # what copies ids needs one vocabulary


def test_a_translator_smooths_its_labels_and_keeps_its_last_weights(monkeypatch):
    asked = []
    monkeypatch.setattr(
        Translator,
        "learn",
        lambda self, model, data, recipe, bar, keep: asked.append((recipe, keep)),
    )
    Translator(hidden_dim=8).fit(*ROWS)
    [(recipe, keep)] = asked
    assert recipe.label_smoothing == 0.1 and keep == "last"


def test_of_a_text_with_too_many_tokens_the_end_is_cut_off_and_it_is_said(caplog):
    with caplog.at_level(logging.WARNING, logger="mlm_tf"):
        model = Reverser().fit(*ROWS).model
    assert "1 texts have more than 4 tokens, the longest 5" in caplog.text
    assert model.max_sequence_length == 5 + 8  # the longest side, and room


def test_each_text_gets_what_is_written_for_it(reverser):
    ids = reverser.model.pipeline.encode(ROWS[0], add_start=True)
    together = reverser.written(ids, max_length=7)
    assert len(together) == 4 and all(len(row) <= 6 for row in together)
    for row, one in zip(together, ids, strict=True):
        assert row.tolist() == reverser.written([one], max_length=7)[0].tolist()
    assert reverser.written([]) == []


def test_prompts_in_batches_are_continued_as_all_at_once():
    model = build_model("gru", vocabulary_size=9, hidden_dim=8, seed=0)
    prompts = [np.array([1, k]) for k in range(2, 7)]
    how = {"max_length": 6, "stop_token_ids": [], "sampler": "greedy"}
    batches = generate_in_batches(model, prompts, 2, **how)
    whole = model.generate(prompts, strip_prompt=True, **how)
    assert np.array_equal(batches, whole) and len(batches) == 5


def test_settings_that_cannot_work_are_refused():
    for settings in ({"model": "rnn"}, {"hidden_dim": 0}, {"dropout": 1}, {"seed": -1}):
        with pytest.raises(InvalidArgumentError, match=next(iter(settings))):
            Reverser(**settings)


# === What is read ===

BY_LEVEL = {
    "subword": (["fé", "😀"], ["猫", "é"]),
    "character": (["f", "é", " ", "😀"], ["猫", " ", "é"]),
}


@pytest.fixture(scope="module", params=BY_LEVEL)
def spelling(request):
    settings = {"hidden_dim": 8, "epochs": 1, "num_beams": 1}
    return Translator(**settings, level=request.param).fit(*ROWS), *BY_LEVEL[request.param]


def test_a_character_of_several_bytes_is_one_word_of_the_picture(spelling):
    translator, source, target = spelling
    alignment = translator.attention("fé 😀", "猫 é")
    assert alignment.source_words == ["[START]", *source, "[END]"]
    assert alignment.target_words == [*target, "[END]"]
    assert alignment.weights.shape == (len(target) + 1, len(source) + 2)
    np.testing.assert_allclose(alignment.weights.sum(axis=1), 1, atol=1e-5)


def test_what_the_model_writes_without_an_end_is_not_too_long_to_be_looked_at(spelling):
    """It was written out as a text and cut anew, into more tokens than the model reads."""
    translator = spelling[0]
    bias = translator.model.output_bias.bias
    kept, ending = np.array(bias), translator.model.output_pipeline.end_id
    bias.assign(np.where(np.arange(len(kept)) == ending, -1e4, kept))
    try:
        [ids] = translator.model.pipeline.encode(["cat dog"], add_start=True)
        [written] = translator.written([ids])
        assert len(written) == translator.model.max_sequence_length - 1
        alignment = translator.attention("cat dog")
        assert translator.attention("").target_words == ["[END]"]
    finally:
        bias.assign(kept)
    assert alignment.target_words[-1] == "[END]" and len(alignment.target_words) > 1
    np.testing.assert_allclose(alignment.weights.sum(axis=1), 1, atol=1e-5)
