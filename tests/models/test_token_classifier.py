"""Sequence tagging: words in, one label a word out."""

import keras
import numpy as np
import pytest
from keras import ops

import mlm_tf
from mlm_tf import TextPipeline, build_model
from mlm_tf.errors import InvalidArgumentError
from mlm_tf.models import load_model

# "play" and "plays" are verbs or nouns, which the words around them tell, also those behind.
NAMES = ["DET", "NOUN", "PRON", "VERB"]
ROWS = [
    [("the", "DET"), ("play", "NOUN"), ("ended", "VERB")],
    [("we", "PRON"), ("play", "VERB"), ("the", "DET"), ("lute", "NOUN")],
    [("play", "VERB"), ("chess", "NOUN")],
    [("play", "NOUN"), ("ended", "VERB")],
]
WORDS = [[word for word, _ in row] for row in ROWS]
LABELS = [[label for _, label in row] for row in ROWS]
TEXTS = [" ".join(row) for row in WORDS]


@pytest.fixture(scope="module")
def pipeline(request, byte_pairs):
    if request.param == "byte_pair":
        return byte_pairs
    settings = {"vocabulary_size": 270} if request.param == "subword" else {}
    return TextPipeline.fit(TEXTS * 9, level=request.param, **settings)


@pytest.fixture(scope="module")
def words():
    return TextPipeline.fit(TEXTS)


def made(pipeline, architecture="lstm", **settings):
    if "label_names" not in settings:
        settings = {"num_classes": 4, **settings}
    settings = {"hidden_dim": 16, "seed": 0, **settings}
    model = build_model(architecture, "token_classifier", pipeline=pipeline, **settings)
    model.compile(keras.optimizers.Adam(0.02), weighted_metrics=["accuracy"])
    return model


# === The model ===


@pytest.mark.parametrize(
    ("pipeline", "architecture"),
    [
        ("word", "gru"),
        ("subword", "transformer"),
        ("byte_pair", "gru"),
        pytest.param("word", "transformer", marks=pytest.mark.slow),
        pytest.param("subword", "gru", marks=pytest.mark.slow),
        pytest.param("byte_pair", "transformer", marks=pytest.mark.slow),
    ],
    indirect=["pipeline"],
)
def test_tags_are_learned_from_both_sides_and_saved(pipeline, architecture, tmp_path):
    model = made(pipeline, architecture)
    many = (WORDS * 8, LABELS * 8)
    model.fit(*many, epochs=25, verbose=0, validation_data=(WORDS, LABELS))
    assert model.label_names == NAMES
    assert model.evaluate(WORDS, LABELS, verbose=0)[1] == 1.0
    assert model.predict_labels(WORDS) == LABELS
    assert model.predict_labels([WORDS[2], [], WORDS[0]]) == [LABELS[2], [], LABELS[0]]
    model.save(tmp_path / "m.keras")
    copy = keras.models.clone_model(model)
    copy.set_weights(model.get_weights())
    for again in (load_model(tmp_path / "m.keras"), copy):
        assert again.label_names == NAMES
        assert again.predict_labels(WORDS) == LABELS


def test_a_data_set_trains_it_as_lists_do(words):
    settings = {"length": 9, "batch_size": 4, "label_names": NAMES}
    model = made(words, label_names=NAMES)
    data = words.tagged_rows(WORDS, LABELS, shuffle=False, **settings)
    expected = model.evaluate(WORDS, LABELS, verbose=0)
    np.testing.assert_allclose(model.evaluate(data, verbose=0), expected, rtol=1e-4)
    model.fit(words.tagged_rows(WORDS * 8, LABELS * 8, **settings), epochs=25, verbose=0)
    assert model.predict_labels(WORDS) == LABELS


def test_the_loss_is_the_mean_over_words(words):
    """Not over tokens, and not over padding."""
    model = made(words, label_names=NAMES)
    [loss, accuracy] = model.evaluate(WORDS, LABELS, verbose=0)
    logs, hits = [], []
    for row, tags in zip(words.encode_words(WORDS), LABELS, strict=True):
        scores = ops.convert_to_numpy(model(row.token_ids[None]))[0][row.spans[:, 0]]
        truth = [NAMES.index(tag) for tag in tags]
        logs += [
            -np.log(np.exp(s)[t] / np.exp(s).sum()) for s, t in zip(scores, truth, strict=True)
        ]
        hits += (scores.argmax(-1) == truth).tolist()
    np.testing.assert_allclose([loss, accuracy], [np.mean(logs), np.mean(hits)], rtol=1e-4)


def test_rows_have_weights(words):
    weights = np.array([1.0, 0.0, 2.0, 0.0])
    model = made(words, label_names=NAMES)
    found = model.evaluate(WORDS, LABELS, sample_weight=weights, verbose=0)[0]
    one, three = (model.evaluate([WORDS[i]], [LABELS[i]], verbose=0)[0] for i in (0, 2))
    np.testing.assert_allclose(found, (3 * one + 4 * three) / 7, rtol=1e-4)
    for wrong, found in (
        (np.ones(2), r" has shape \(2,\)"),
        (np.ones((4, 3)), r" has shape \(4, 3\)"),
        ([[1.0] * len(row) for row in WORDS], r"=\[\[1.0"),
        (["1"] * 4, r"=\['1'"),
    ):
        with pytest.raises(InvalidArgumentError, match=f"sample_weight{found}.* 4 rows") as error:
            model.fit(WORDS, LABELS, sample_weight=wrong, verbose=0)
        assert "\n" not in str(error.value)


def test_rows_without_a_word_teach_nothing(words):
    model = made(words, label_names=NAMES)
    for measure in (model.fit, model.evaluate, model.train_on_batch, model.test_on_batch):
        with pytest.raises(InvalidArgumentError, match=r"x=\[\[\], \[\]\] holds no word"):
            measure([[], []], [[], []])
    assert model.predict_labels([[], []]) == [[], []]
    assert model.predict([[]], verbose=0).shape[0] == 1


@pytest.mark.parametrize("architecture", ["rnn", "lstm", "attention", "transformer", "gpt2"])
def test_padding_changes_no_score(words, architecture):
    settings = {"num_heads": 4, "num_layers": 1} if architecture == "gpt2" else {}
    model = made(words, architecture, **settings)
    x = model.as_inputs(WORDS)
    mask = x["padding_mask"]
    before = ops.convert_to_numpy(model(x))
    assert before.shape == (*mask.shape, 4)
    other = {"token_ids": np.where(mask, x["token_ids"], 7), "padding_mask": mask}
    np.testing.assert_allclose(ops.convert_to_numpy(model(other))[mask], before[mask], atol=1e-6)
    alone = x["token_ids"][2:3, : mask[2].sum()]
    alone = ops.convert_to_numpy(model(alone))
    np.testing.assert_allclose(alone[0], before[2][mask[2]], atol=1e-5)


def test_blocks_look_both_ways_unless_told(words):
    assert made(words, "gru").blocks[0].bidirectional
    assert not made(words, "gru", bidirectional=False).blocks[0].bidirectional
    assert not made(words, "attention").blocks[0].causal
    assert made(words, "transformer").output_norm is not None


def test_a_word_that_the_pipeline_drops_has_a_label_all_the_same():
    model = made(TextPipeline.fit(TEXTS, stopwords="en"))
    model.fit(WORDS, LABELS, verbose=0)
    predicted = model.predict_labels(WORDS)
    assert [len(row) for row in predicted] == [len(row) for row in WORDS]
    spans = [row.spans.tolist() for row in model.pipeline.encode_words(WORDS)]
    dropped = [[first == end for first, end in row] for row in spans]
    assert any(map(any, dropped))
    # Not that of the word behind it.
    assert [[label is None for label in row] for row in predicted] == dropped


@pytest.mark.parametrize("label", [-100, -1])
def test_a_label_below_zero_is_not_taken_for_the_first_class(words, label):
    """Nor for none: where a word is not to count, it has the weight 0 in a data set."""
    labels = [[label, 1, 2], *([0] * len(row) for row in WORDS[1:])]
    with pytest.raises(InvalidArgumentError, match=f"y holds {label}, .*classes 0 to 3"):
        made(words).fit(WORDS, labels, verbose=0)


def test_words_may_stand_in_an_array(words):
    model = made(words, label_names=NAMES)
    rows = np.array([["play", "chess"], ["play", "ended"]])
    model.fit(rows, [["VERB", "NOUN"], ["NOUN", "VERB"]], verbose=0)
    assert len(model.predict_labels(rows)) == 2


def test_it_is_measured_before_it_is_built():
    sizes = {"vocabulary_size": 20, "hidden_dim": 8, "num_classes": 3}
    expected = mlm_tf.estimate("transformer", "token_classifier", **sizes)
    assert (
        expected.parameters
        == build_model("transformer", "token_classifier", **sizes).count_params()
    )


# === What is said in one sentence ===


@pytest.mark.parametrize(
    ("words", "labels", "message"),
    [
        (["the play ended"], [["DET"]], r"\['the play ended'\].*holds texts|x holds texts"),
        ([["the"], "play"], [["DET"], ["NOUN"]], r"x\[1\]='play' is a string.*text\.split"),
        ([["the", 3]], [["DET", "NOUN"]], r"x\[0\]\[1\]=3 is of type int"),
        ([["the", " "]], [["DET", "NOUN"]], r"x\[0\]\[1\]=' ' is no word"),
        (WORDS, LABELS[:3], "labels has 3 rows, and there are 4 rows of words"),
        (WORDS, None, "labels=None is not allowed"),
        (WORDS, [["DET"], *LABELS[1:]], r"labels\[0\] has 1 labels, and its row has 3 words"),
        (WORDS, ["DET", *LABELS[1:]], r"labels\[0\] has 'DET', and its row has 3 words"),
        ([["the"]], [[None]], r"labels\[0\]\[0\]=None is no label"),
        ([["the"]], [[float("nan")]], r"labels\[0\]\[0\]=nan is no label"),
        ([["the"]], [["ADJ"]], r"label 'ADJ', and this model knows \['DET'"),
        ([["the"]], [[7]], "label 7, and this model knows|y holds 7"),
    ],
)
def test_wrong_words_and_labels_are_named(words, labels, message):
    model = made(TextPipeline.fit(TEXTS), label_names=NAMES)
    for call in (model.fit, model.evaluate):
        with pytest.raises(InvalidArgumentError, match=message) as error:
            call(words, labels, verbose=0)
        assert "\n" not in str(error.value)


def test_more_labels_than_classes_are_refused(words):
    with pytest.raises(InvalidArgumentError, match=r"4 different labels.*num_classes=2"):
        made(words, num_classes=2).fit(WORDS, LABELS, verbose=0)


def test_what_cannot_be_predicted_is_named(words):
    model = made(words, max_sequence_length=4)
    assert [len(row) for row in model.predict_labels([["the", "play"]])] == [2]
    for given, message in (
        ([["the"], ["the"] * 3], r"words\[1\] has 5 tokens .*max_sequence_length=4; cut it"),
        (["the"], r"words\[0\]='the' is a string"),
        ("the", "words='the' is not allowed"),
    ):
        with pytest.raises(InvalidArgumentError, match=message):
            model.predict_labels(given)
    assert model.predict_labels([]) == []
    alone = build_model("gru", "token_classifier", vocabulary_size=9, hidden_dim=8, num_classes=2)
    with pytest.raises(InvalidArgumentError, match="no pipeline to encode them"):
        alone.predict([["the"]])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "num_classes=None is not allowed"),
        ({"num_classes": 2, "pooling": "max"}, "pooling='max' is for task='text_classifier'"),
        ({"num_classes": 2, "output_bias": False}, "output_bias=False is for task='causal_lm'"),
        ({"num_classes": 2, "tie_weights": False}, "tie_weights=False asks for a table of scores"),
        ({"num_classes": 2, "target_vocabulary_size": 9}, "is for task='seq2seq_lm'"),
        ({"num_classes": 2, "architecture": ["gru", "cross_attention"]}, "an encoded source"),
    ],
)
def test_arguments_of_other_tasks_are_refused(arguments, message):
    arguments = {"architecture": "gru", "vocabulary_size": 9, "hidden_dim": 8, **arguments}
    with pytest.raises(InvalidArgumentError, match=message) as error:
        build_model(task="token_classifier", **arguments)
    assert "\n" not in str(error.value)


def test_classes_are_not_weighed_at_words(words):
    with pytest.raises(InvalidArgumentError, match=r"class_weight=.*pass sample_weight"):
        made(words).fit(WORDS, LABELS, class_weight={0: 2.0}, verbose=0)
