import pytest

from mlm_tf import TextPipeline, build_model
from mlm_tf.errors import InvalidArgumentError
from mlm_tf.tasks.model_card import ENTRIES, ModelCard, model_card


def test_the_file_fills_in_what_it_knows_and_the_rest_is_asked(tmp_path):
    pipeline = TextPipeline.fit(["ask ann@example.org", "a dog"], scrub=True)
    model = build_model(["lstm", "attention"], pipeline=pipeline, hidden_dim=8, seed=0)
    model.save(tmp_path / "small.keras")
    card = model_card(model, tmp_path / "small.keras")
    assert card.values["name"] == "small" and card.values["kind"] == "CausalLM"
    assert card.values["blocks"].startswith("1 × LSTM, 1 × ")
    assert card.values["parameters"] == f"{model.count_params():,}"
    assert "written by Keras 3" in card.values["versions"] and "file of 20" in card.values["date"]
    assert card.values["size"].startswith("2 texts, ")
    assert card.values["scrubbed"].endswith("email 1")
    assert {"purpose", "not_for", "source", "data_licence", "limits", "answers"} < {*card.blanks}
    for language, blank in (
        ("en", "*blank: Whose texts are these?*"),
        ("zh", "*待填: 文本来自哪里？*"),
    ):
        assert blank in card.to_markdown(language)


def test_a_card_that_is_filled_in_has_no_blank():
    card = ModelCard().filled(**dict.fromkeys(ENTRIES, "known"))
    assert card.blanks == [] and "blank" not in card.to_markdown()
    assert len(ModelCard().blanks) == len(ENTRIES)
    assert card.to_markdown("zh").count("known") == len(ENTRIES)


def test_labels_stand_in_it():
    model = build_model(
        "lstm", "text_classifier", vocabulary_size=9, hidden_dim=8, num_classes=2,
        label_names=["bad", "good"],
    )  # fmt: skip
    card = model_card(model)
    assert card.values["kind"] == "TextClassifier of bad, good" and "pipeline" in card.blanks


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"colour": "red"}, "entry='colour'"),
        ({"purpose": " "}, "says nothing"),
        ({"limits": 3}, "limits=3"),
    ],
)
def test_what_is_no_entry_is_said(values, message):
    with pytest.raises(InvalidArgumentError, match=message):
        ModelCard().filled(**values)
    with pytest.raises(InvalidArgumentError, match="language='fr'"):
        ModelCard().to_markdown("fr")
