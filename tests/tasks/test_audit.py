"""The audit: a model that memorised is found out, another is not; the report and its files."""

import keras
import pytest

from mlm_tf import TextPipeline, build_model, corpora
from mlm_tf.cli import main
from mlm_tf.errors import InvalidArgumentError
from mlm_tf.tasks.audit import Audit, audit
from mlm_tf.tasks.exposure import Canary
from mlm_tf.tasks.model_card import ModelCard

LINE = "the old key lies under the third stone behind the garden wall by the well"
SECRET = Canary("the safe opens with {}{}", "47", "0123456789")


def trained(texts, epochs):
    pipeline = TextPipeline.fit(texts, level="character")
    model = build_model("lstm", pipeline=pipeline, hidden_dim=48, seed=0)
    model.compile(keras.optimizers.Adam(0.01))
    model.fit(pipeline.rows(texts, 80, 8, seed=0), epochs=epochs, verbose=0)
    return model


@pytest.fixture(scope="module")
def texts():
    sentences = corpora.sentences(corpora.lee_news().background)
    return [s for s in sentences if 40 < len(s) < 80][:64]


@pytest.fixture(scope="module")
def memorised(texts):
    training = [LINE, SECRET.text, "ask ann@example.org or 415-555-0147"] * 12 + texts[:8]
    return trained(training, 80), training


def test_a_model_that_memorised_a_line_is_found_out(memorised, texts):
    model, training = memorised
    found = audit(model, training, texts[32:], canaries=[SECRET], num_texts=12)
    assert found.prompted.copied_share > 0.3 and found.prompted.longest.max() >= 10
    assert found.exposures[0].rank == 1 and found.is_exposed(found.exposures[0])
    assert found.personal_data == {"email": 12, "phone": 12}
    said = " ".join(found.findings)
    for part in ("is copied", "opens with 47", "personal data: email 12"):
        assert part in said
    assert any("third stone behind the garden wall" in p for p in found.prompted.passages)


def test_a_model_that_has_learned_next_to_nothing_is_not(texts):
    model = trained(texts[:32], 1)
    found = audit(model, texts[:32], texts[32:], canaries=[SECRET], num_texts=12)
    assert found.findings == [] and "no proof" in found.to_markdown()
    assert found.held_out.copied_share < 0.1 and found.calibration.error < 0.1


def test_what_was_not_given_is_not_measured_and_says_so(memorised):
    found = audit(memorised[0])
    assert (found.written, found.calibration, found.exposures) == (None, None, [])
    assert [reason.split(":")[0] for reason in found.not_measured] == [
        "Copies and numbers learned by heart",
        "Calibration",
        "Secrets",
    ]


@pytest.fixture(scope="module")
def classifier():
    texts = ["this man made a good film", "my sister wrote a dull story"] * 8
    model = build_model(
        "lstm", "text_classifier", pipeline=TextPipeline.fit(texts), hidden_dim=8, num_classes=2,
        label_names=["bad", "good"], seed=0,
    )  # fmt: skip
    return model, texts


def test_a_classifier_is_asked_about_people(classifier):
    model, texts = classifier
    found = audit(model, rows=(texts, ["good", "bad"] * 8))
    assert found.gaps == [] or all(gap.templates.language == "en" for gap in found.gaps)
    assert any(
        reason.startswith("gender (zh): the vocabulary knows") for reason in found.not_measured
    )
    assert len(found.calibration.confidence) == 16


def test_the_report_and_the_card_are_written(memorised, tmp_path):
    model, training = memorised
    found = audit(model, training, training[:4], canaries=[SECRET], num_texts=4)
    paths = found.save(tmp_path / "out")
    assert {path.name for path in paths} == {
        "report.md", "model_card.md", "model_card.zh-CN.md", "exposure.png", "reliability.png"
    }  # fmt: skip
    report = (tmp_path / "out" / "report.md").read_text("utf-8")
    for part in ("## Findings", "## Copies", "## Secrets", "## Over-reliance", "![exposure]"):
        assert part in report
    with pytest.raises(InvalidArgumentError, match="exists"):
        found.save(tmp_path / "out")
    found.save(tmp_path / "out", overwrite=True)
    with pytest.raises(InvalidArgumentError, match="is a file"):
        found.save(paths[0])


def test_groups_are_drawn_and_tabled(classifier):
    from mlm_tf.tasks.templates import TEMPLATES

    found = audit(classifier[0], templates=TEMPLATES[:1])
    assert [*found.figures()] == ["groups_gender_en"]
    assert "| gender (en) |" in found.to_markdown()


def test_other_models_are_refused():
    model = build_model("lstm", vocabulary_size=9, hidden_dim=8)
    with pytest.raises(InvalidArgumentError, match="CausalLM without a pipeline"):
        audit(model)
    with pytest.raises(InvalidArgumentError, match="model is a str"):
        audit("model.keras")


def test_an_audit_of_nothing_finds_nothing():
    assert Audit(ModelCard()).findings == []


# === mlm-tf audit ===


@pytest.mark.slow
def test_the_command_audits_a_file(memorised, tmp_path, capsys):
    model, training = memorised
    model.save(tmp_path / "m.keras")
    (tmp_path / "training.txt").write_text("\n".join(training), "utf-8")
    arguments = [
        "audit",
        str(tmp_path / "m.keras"),
        "--training-text",
        str(tmp_path / "training.txt"),
    ]
    arguments += ["--canary", SECRET.template, "47", "--texts", "6"]
    assert main([*arguments, "--output", str(tmp_path / "out")]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "is copied" in said and "A secret has been learned" in said and "report.md" in said
    assert (tmp_path / "out" / "model_card.zh-CN.md").is_file()
    assert main([*arguments, "--output", str(tmp_path / "out")]) == 2
    assert "exists" in capsys.readouterr().err


def test_the_command_audits_a_classifier(classifier, tmp_path, capsys):
    model, texts = classifier
    model.save(tmp_path / "c.keras")
    lines = [f"{text},{label}" for text, label in zip(texts, ["good", "bad"] * 8, strict=True)]
    (tmp_path / "rows.csv").write_text("\n".join(["text,label", *lines]))
    assert main(["audit", str(tmp_path / "c.keras"), "--rows", str(tmp_path / "rows.csv")]) == 0
    assert "calibration error" in capsys.readouterr().out
