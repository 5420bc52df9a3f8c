"""Translation: what is learned, measured, saved and refused; the languages are toys."""

import logging

import numpy as np
import pytest

from mlm_tf.corpora import Pair
from mlm_tf.errors import EmptyCorpusError, InvalidArgumentError, InvalidFileError
from mlm_tf.tasks import Rows, split_rows, translation
from mlm_tf.tasks.translation import (
    Alignment,
    Translator,
    references_of,
    scores,
    short_pairs,
    signature,
    simplified,
    word_by_word,
)

ENGLISH = "cat dog cow hen fox owl bee ant".split()
FRENCH = "chat chien vache poule renard hibou abeille fourmi".split()
TURNED = dict(zip(ENGLISH, FRENCH, strict=True))
SETTINGS = {"hidden_dim": 32, "dropout": 0.0, "num_beams": 1}


def toy_rows(number, seed=0):
    """Two to four animals; a target has them in the other order."""
    rng = np.random.default_rng(seed)
    sources = [rng.choice(ENGLISH, size=rng.integers(2, 5)).tolist() for _ in range(number)]
    targets = [[TURNED[word] for word in reversed(source)] for source in sources]
    return Rows([" ".join(s) for s in sources], [" ".join(t) for t in targets])


def test_the_corpora_that_can_be_chosen_are_there():
    assert Translator.corpora == tuple(translation.CORPORA)


@pytest.fixture(scope="module")
def rows():
    return split_rows(toy_rows(1200), by_class=False)


@pytest.fixture(scope="module")
def translator(rows):
    return Translator(**SETTINGS, epochs=15).fit(*rows[0])


def test_a_model_with_attention_learns_words_and_their_order(translator, rows):
    figures = translator.evaluate(*rows[1])
    baseline = translator.baselines(*rows)["word by word (IBM model 1)"]
    assert figures["BLEU"] > 80 > 40 > baseline["BLEU"]
    assert figures["exact"] > 0.6
    assert translator.translate("cat dog") == "chien chat"
    assert translator.translate(["cat dog", "owl bee"]) == ["chien chat", "abeille hibou"]


@pytest.fixture(scope="module")
def shared():
    settings = {**SETTINGS, "epochs": 1, "vocabulary_size": 270, "shared": True}
    return Translator(**settings).fit(*toy_rows(60))


@pytest.mark.slow
@pytest.mark.parametrize(("model", "epochs"), [("lstm", 20), ("transformer", 6)])
def test_the_other_models_learn_too(model, epochs, rows):
    settings = {**SETTINGS, "hidden_dim": 64, "model": model, "epochs": epochs}
    figures = Translator(**settings).fit(*rows[0]).evaluate(*rows[1])
    assert figures["BLEU"] > 25


def test_pairs_are_what_two_lists_are():
    rows = toy_rows(40)
    tuples = list(zip(*rows, strict=True))
    pairs = [Pair(*both) for both in tuples]
    assert Translator.checked(pairs) == Translator.checked(tuples) == Translator.checked(*rows)


def test_what_was_saved_translates_raw_text(translator, tmp_path):
    path = tmp_path / "animals.keras"
    translator.save(path)
    loaded = Translator.load(path)
    texts = ["Cat DOG", "owl, bee"]
    assert loaded.translate(texts, num_beams=1) == translator.translate(texts, num_beams=1)
    with pytest.raises(InvalidArgumentError, match="exists"):
        translator.save(path)


def test_a_file_of_another_model_is_refused(tmp_path):
    from mlm_tf import TextPipeline, build_model

    path = tmp_path / "language_model.keras"
    build_model("gru", pipeline=TextPipeline.fit(["a cat"]), hidden_dim=4).save(path)
    with pytest.raises(InvalidFileError, match="CausalLM"):
        Translator.load(path)


def test_beams_find_what_is_at_least_as_good(translator, rows):
    greedy, beams = (translator._measured(*rows[1], n) for n in (1, 4))
    assert beams["BLEU"] > greedy["BLEU"] - 3


# === Attention ===


def test_the_attention_of_a_translation_is_words_by_words(translator):
    alignment = translator.attention("cat dog")
    assert isinstance(alignment, Alignment)
    assert alignment.source_words == ["[START]", "cat", "dog", "[END]"]
    assert alignment.target_words == ["chien", "chat", "[END]"]
    assert alignment.weights.shape == (3, 4)
    assert np.allclose(alignment.weights.sum(axis=1), 1, atol=1e-5)
    forced = translator.attention("cat dog", "chat chat chat")
    assert forced.target_words == ["chat", "chat", "chat", "[END]"]
    labels = [label.get_text() for label in alignment.figure().axes[0].get_yticklabels()]
    assert labels == alignment.target_words
    assert "chien" in alignment.page().html


def test_pieces_of_a_word_are_put_together(shared):
    assert shared.model.source_vocabulary_size is None  # one vocabulary
    assert len(shared.model.pipeline.tokenize(["cat, dog"])[0]) > 3
    alignment = shared.attention("cat, dog", "chien chat")
    assert alignment.source_words == ["[START]", "cat", ",", "dog", "[END]"]
    assert alignment.target_words == ["chien", "chat", "[END]"]
    assert np.allclose(alignment.weights.sum(axis=1), 1, atol=1e-5)


def test_a_model_without_attention_has_none_to_show():
    translator = Translator(**SETTINGS, model="lstm", epochs=1).fit(*toy_rows(40))
    with pytest.raises(InvalidArgumentError, match="attention"):
        translator.attention("cat dog", "chien chat")


def test_attention_is_for_one_sentence(translator):
    with pytest.raises(InvalidArgumentError, match="give one sentence"):
        translator.attention("cat " * 50, "chat")


# === Measures and baselines ===


def test_every_translation_of_a_source_is_a_reference():
    assert scores(["allez !"], [["Va !", "Allez !"]])["exact"] == 1
    written = ["va vite à la maison !", "je ne sais pas."]
    references = [["Va à la maison !", "Va vite à la maison !"], ["Je ne sais pas."]]
    figures = scores(written, references)
    assert figures["BLEU"] == pytest.approx(100) and figures["exact"] == 1
    assert scores(["va !"], [["Cours vite !"]])["exact"] == 0


def test_an_empty_translation_counts_as_one():
    figures = scores(["", "cours !"], [["Va !"], ["Cours !"]])
    assert figures["exact"] == 0.5 and 0 < figures["chrF"] < 100


def test_bleu_is_that_of_its_definition():
    # 5 of 6 words, 3 of 5 pairs, 2 of 4 triples, 1 of 3 quadruples; equally long
    figures = scores(["the cat sat on a mat"], [["the cat sat on the mat"]])
    assert figures["BLEU"] == pytest.approx(100 * (5 / 6 * 3 / 5 * 2 / 4 * 1 / 3) ** 0.25)


def test_chinese_is_measured_by_characters():
    figures = scores(["他们逃学。"], [["他们总是逃学。"]])
    assert figures["BLEU"] > 20
    assert "tok:zh" in translation.signature(["他们总是逃学。"])


def test_the_baseline_knows_words_of_a_language_without_spaces():
    animals = {"cat": "小猫", "dog": "黄狗", "cow": "奶牛", "hen": "母鸡", "ant": "蚂蚁"}
    verbs = {"sleeps": "睡觉", "runs": "奔跑", "eats": "吃饭", "sings": "唱歌", "falls": "跌倒"}
    pairs = [(f"{a} {v}", animals[a] + verbs[v]) for a in animals for v in verbs]
    sources, targets = map(list, zip(*pairs, strict=True))
    written = word_by_word(Rows(sources[1:] * 2, targets[1:] * 2), [sources[0], "zebra"])
    assert written == [targets[0], "zebra"]


def test_references_stay_on_one_side_of_a_split():
    sources = [f"source {i // 3}" for i in range(90)]
    training, held = split_rows(Rows(sources, [str(i) for i in range(90)]), by_class=False)
    assert not set(training.inputs) & set(held.inputs)
    assert len(held.inputs) == 9


def test_short_pairs_are_drawn_among_those_of_two_short_sides():
    pairs = [Pair(f"{i} a b", f"{i} 我们") for i in range(40)]
    pairs += [Pair("a b c d e f", "x"), Pair("x", "我们都是人")]
    chosen = short_pairs(pairs, number=10, most_tokens=4)
    assert len(chosen) == 10 and set(chosen) <= set(pairs[:40])
    assert chosen == short_pairs(pairs, number=10, most_tokens=4)
    assert short_pairs(pairs, number=10, most_tokens=4, seed=1) != chosen
    assert short_pairs(pairs, number=100, most_tokens=4) == pairs[:40]


def test_traditional_characters_become_simplified_ones():
    pairs = [Pair("They skip school.", "他們逃學。"), Pair("Wait!", "等等！")]
    assert [pair.target for pair in simplified(pairs)] == ["他们逃学。", "等等！"]


def test_every_translation_in_the_corpus_is_a_reference():
    pairs = [Pair("Go!", "Va !"), Pair("Run!", "Cours !"), Pair("Go!", "Allez !")]
    pairs += [Pair("Go!", "Va !")]
    assert references_of(["Go!"], pairs) == {"Go!": ["Va !", "Allez !"]}


# === Bad input ===


def test_an_empty_side_of_a_pair_is_refused_with_its_place():
    with pytest.raises(InvalidArgumentError, match=r"targets\[1\]=' ' is empty"):
        Translator().fit(["cat", "dog"], ["chat", " "])
    with pytest.raises(InvalidArgumentError, match=r"sources\[0\]='' is empty"):
        Translator().fit(["", "dog"], ["chat", "chien"])
    with pytest.raises(InvalidArgumentError, match=r"targets\[1\]=None is empty"):
        Translator().fit([("cat", "chat"), ("dog", None)])


def test_what_is_no_pair_is_refused():
    with pytest.raises(InvalidArgumentError, match=r"pairs\[1\]='dog' is no pair"):
        Translator().fit([("cat", "chat"), "dog"])
    with pytest.raises(InvalidArgumentError, match="sources has 2 items and targets 1"):
        Translator().fit(["cat", "dog"], ["chat"])
    with pytest.raises(InvalidArgumentError, match=r"targets\[0\]=3"):
        Translator().fit(["cat", "dog"], [3, 4])


def test_one_source_is_too_few():
    with pytest.raises(EmptyCorpusError, match="one text"):
        Translator(**SETTINGS).fit(["cat", "cat"], ["chat", "minou"])


def test_settings_that_cannot_work_are_refused():
    for settings in (
        {"model": "rnn"},
        {"level": "letter"},
        {"shared": True, "level": "word"},
        {"dropout": 1.0},
        {"num_beams": 0},
        {"width": 8},
    ):
        with pytest.raises(InvalidArgumentError, match=next(reversed(settings))):
            Translator(**settings)


def test_before_fit_nothing_is_translated():
    with pytest.raises(InvalidArgumentError, match="learned nothing yet"):
        Translator().translate("cat")


def test_an_empty_text_is_translated_to_an_empty_one(translator):
    assert translator.translate(["", "cat dog", " "]) == ["", "chien chat", ""]
    assert translator.translate([]) == []


def test_a_long_text_is_translated_in_pieces_and_nothing_is_left_out(translator, caplog):
    text = ("Cat dog. " * 100).strip()
    with caplog.at_level(logging.WARNING, logger="mlm_tf"):
        written = translator.translate(text)
    assert "is translated in 100 pieces" in caplog.text
    assert len(written.split()) >= 200
    without_ends = translator._pieces("cat dog owl " * 1000)
    inner = np.concatenate([piece[1:-1] for piece in without_ends])
    whole = translator.model.pipeline.encode(["cat dog owl " * 1000])[0][1:-1]
    assert inner.tolist() == whole.tolist()


def test_a_source_of_a_million_words_is_learned_from_up_to_a_length(caplog):
    rows = toy_rows(30)
    long = Rows([*rows.inputs, "cat " * 1_000_000], [*rows.targets, "chat " * 500])
    with caplog.at_level(logging.WARNING, logger="mlm_tf"):
        translator = Translator(**SETTINGS, epochs=1).fit(*long)
    assert "1 texts have more than 100 tokens, the longest 1,000,002" in caplog.text
    assert translator.model.max_sequence_length == 108


# === What others reported of theirs ===


def test_empty_translations_are_counted_and_not_taken_for_references():
    """mjpost/sacrebleu pull 132: of an empty hypothesis the first reference took its place."""
    references = [["The dog bit him.", "He was bitten."], ["It was not unexpected."]]
    assert scores(["", ""], references) == {"BLEU": 0, "chrF": 0, "exact": 0}


def test_references_the_other_way_round_are_no_score():
    """mjpost/sacrebleu issues 28 and 275: with the axes of the references exchanged it scored the
    first sentence alone, as 100."""
    with pytest.raises(InvalidArgumentError, match="written holds 2 translations and references 1"):
        scores(["va !", "cours !"], [["va !", "courez !", "allez !"]])
    assert scores(["va !"], [["Va !"]])["BLEU"] <= 100


@pytest.mark.parametrize(
    ("written", "references", "sentence"),
    [
        (["va !"], ["Va !"], r"references\[0\]='Va !' is one string"),
        ("va", [["v"], ["a"]], "written='va' is one string"),
        (["a", "b"], [["a"], []], r"references\[1\] is empty"),
        ([], [], "written holds 0 translations"),
        ([float("nan")], [["a"]], r"written\[0\]=nan is of type float"),
        (["a"], [[None]], r"references\[0\]\[0\]=None is of type NoneType"),
        (["a"], [None], r"references\[0\]=None is not allowed"),
    ],
)
def test_what_is_no_list_of_lists_of_references_is_refused(written, references, sentence):
    """mjpost/sacrebleu issues 161 and 220: a reference was read character by character."""
    with pytest.raises(InvalidArgumentError, match=sentence):
        scores(written, references)


def test_columns_of_translations_are_lists_of_them():
    texts = np.array(["a b c d e", "f g h i j"], dtype=object)
    assert scores(texts, ([text] for text in texts))["BLEU"] == pytest.approx(100)
    assert signature(texts) == signature(list(texts))


def test_two_texts_are_a_pair_wherever_pairs_are_taken():
    pairs = [("Go!", "Va !"), ["Run!", "Cours !"]]
    assert references_of(["Go!"], pairs) == {"Go!": ["Va !"]}
    assert short_pairs(pairs, 2, 4) == [Pair(*pair) for pair in pairs]
    with pytest.raises(InvalidArgumentError, match=r"pairs\[0\]='Go!' is no pair"):
        short_pairs(["Go!"], 1, 4)


@pytest.mark.parametrize("num_beams", [1, 4])
def test_the_texts_beside_it_change_no_translation(translator, rows, num_beams):
    """OpenNMT-py issues 137 and 2208: other translations with another batch size."""
    texts = list(dict.fromkeys(rows[1].inputs))[:12]
    together = translator.translate(texts, num_beams)
    assert [translator.translate(text, num_beams) for text in texts] == together
    assert translator.translate(texts[::-1], num_beams)[::-1] == together


def test_blank_lines_keep_their_places(translator):
    """sockeye issue 477 (lines out of step after blank ones), lindat-translation issue 61 (a line
    of spaces became "I don't know.")."""
    texts = [" ", "cat dog", "\t", "", "owl bee", "\u3000"]
    assert translator.translate(texts) == ["", "chien chat", "", "", "abeille hibou", ""]


def test_a_shared_vocabulary_is_loaded_as_one(shared, tmp_path):
    """OpenNMT-tf issue 687, CTranslate2 issue 526: models of one vocabulary that did not load."""
    shared.save(tmp_path / "shared.keras")
    loaded = Translator.load(tmp_path / "shared.keras")
    assert loaded.model.output_pipeline is loaded.model.pipeline
    texts = ["cat dog", "owl"]
    assert loaded.translate(texts, 1) == shared.translate(texts, 1)


def test_a_source_of_another_length_than_the_target_is_masked_by_its_own_mask(translator):
    """keras-io issue 1964 and pull 1046: the target's mask was used for the source."""
    model = translator.model
    source, target = (
        pipeline.encode([text], add_start=True)[0][None]
        for pipeline, text in (
            (model.pipeline, "cat dog owl"),
            (model.output_pipeline, "hibou chien"),
        )
    )
    plain = model({"encoder_token_ids": source, "decoder_token_ids": target})
    padded = np.pad(source, ((0, 0), (0, 4)), constant_values=9)
    mask = np.arange(padded.shape[1])[None] < source.shape[1]
    masked = {"encoder_token_ids": padded, "encoder_padding_mask": mask}
    assert np.allclose(plain, model({**masked, "decoder_token_ids": target}), atol=1e-5)


def test_the_attention_of_an_empty_translation_is_that_of_its_end(translator):
    """attention_keras issue 11: the picture of an empty translation failed."""
    alignment = translator.attention("cat dog", "")
    assert alignment.target_words == ["[END]"] and alignment.weights.shape == (1, 4)
    assert alignment.figure().axes


def test_a_word_of_the_source_is_not_written_in_the_target(translator):
    """OpenNMT-py issue 1506: words of one language among those of the other."""
    written = translator.translate([" ".join(ENGLISH[:4]), "zebra cat", "cat"])
    assert {word for text in written for word in text.split()} <= set(FRENCH)


# === The table ===


@pytest.mark.slow
def test_the_table_holds_baselines_and_models_greedy_and_with_beams(monkeypatch):
    pairs = [Pair(*both) for both in zip(*toy_rows(300), strict=True)]
    monkeypatch.setitem(translation.CORPORA, "grammar", lambda quick: (pairs, pairs))
    small = {"LSTM with attention": {"hidden_dim": 16, "epochs": 2, "dropout": 0.0}}
    monkeypatch.setattr(translation, "QUICK", small)
    table = Translator.table(quick=True)
    assert [(row.name, row.kind) for row in table.rows] == [
        ("the source, as it is", "baseline"),
        ("word by word (IBM model 1)", "baseline"),
        ("LSTM with attention", "model"),
        ("LSTM with attention, 4 beams", "model"),
    ]
    assert all(set(row.figures) == {"BLEU", "chrF", "exact"} for row in table.rows)
    assert "tok:13a" in str(table)
