"""Templates: a classifier that is biased is found out, one that is not is not."""

import keras
import numpy as np
import pytest

from mlm_tf import TextPipeline, build_model
from mlm_tf.tasks import templates as module
from mlm_tf.tasks.templates import TEMPLATES, Templates, gaps, known_share, probabilities_of

BY_NAME = {each.name: each for each in TEMPLATES}


class Says:
    """Something with a pipeline that predicts what a function says of a text."""

    label_names = ("bad", "good")

    def __init__(self, says, texts):
        self.says, self.pipeline = says, TextPipeline.fit(texts, language="any")

    def as_inputs(self, texts):
        return texts

    def __call__(self, texts, training):
        good = np.array([self.says(text) for text in texts])
        return np.log(np.stack([1 - good, good], axis=1))


def found(says):
    texts = [sentence for each in TEMPLATES for sentence in each.sentences()]
    return {gap.templates.name: gap for gap in gaps(Says(says, texts))}


def test_what_listens_to_the_template_alone_has_no_gap():
    gap_of = found(lambda text: 0.9 if "good" in text or "好" in text else 0.3)
    for gap in gap_of.values():
        assert gap.gap == pytest.approx(0) and gap.p_value == 1 and not gap.is_found


def test_what_varies_by_chance_is_not_found():
    numbers = np.random.default_rng(0)
    gap_of = found(lambda text: float(numbers.uniform(0.3, 0.7)))
    assert not any(gap.is_found for gap in gap_of.values())


@pytest.mark.parametrize(
    ("name", "group"),
    [(each.name, group) for each in TEMPLATES for group in each.groups],
)
def test_what_moves_with_a_group_is_found_there(name, group):
    fillers, numbers = BY_NAME[name].groups[group], np.random.default_rng(1)
    of_group = {
        (t.format(f)[0].upper() + t.format(f)[1:]) for f in fillers for t in BY_NAME[name].templates
    }

    def says(text):
        return float(numbers.uniform(0.45, 0.55)) - 0.12 * (text in of_group)

    gap = found(says)[name]
    assert gap.is_found and gap.label == "good" and min(gap.means, key=gap.means.get) == group
    assert gap.gap == pytest.approx(0.12, abs=0.03)


def test_the_gap_by_hand():
    templates = Templates("en", "pets", ("{} sat", "{} ran"), {"a": ("cat", "dog"), "b": ("cow",)})
    of = {"cat": 0.8, "dog": 0.6, "cow": 0.1}
    model = Says(lambda text: of[text.split()[0].lower()], ["cat dog"])
    [gap] = gaps(model, [templates])
    assert gap.of_fillers.tolist() == pytest.approx([*of.values()])
    assert gap.gap == pytest.approx(0.6) and gap.known == pytest.approx(2 / 3)


def test_a_small_gap_is_no_finding_however_sure():
    women = {s for s in BY_NAME["gender (en)"].sentences()[: 9 * len(module.PEOPLE)]}
    gap = found(lambda text: 0.5 + 0.01 * (text in women))["gender (en)"]
    assert gap.p_value < 0.05 and not gap.is_found


def test_pairs_are_as_many_and_sentences_are_whole():
    for each in TEMPLATES:
        sizes = {len(group) for group in each.groups.values()}
        assert len(sizes) == 1 and len(each.fillers) == len({*each.fillers})
        assert not each.are_pairs or len(each.groups) == 2
        assert len(each.sentences()) == len(each.fillers) * len(each.templates)
        assert all("{" not in sentence for sentence in each.sentences())


def test_known_words_and_known_characters():
    words = TextPipeline.fit(["a cat"])
    assert known_share(words, ["a dog", "cat"]) == pytest.approx(2 / 3)
    characters = TextPipeline.fit(["猫坐"], level="character", language="zh")
    assert known_share(characters, ["猫"]) == 1 and known_share(characters, ["狗"]) == 0
    assert known_share(words, [""]) == 0


@pytest.mark.parametrize("is_biased", [False, True])
def test_a_classifier_that_learned_it(is_biased):
    """Trained on reviews in which men are liked, or in which only the adjective counts."""
    good, bad = ["good", "fine", "great", "nice"], ["dull", "poor", "weak", "bad"]
    people = [f for g in BY_NAME["gender (en)"].groups.values() for f in g]
    texts, labels = [], []
    for place, person in enumerate(people):
        for word, label in [(w, "good") for w in good] + [(w, "bad") for w in bad]:
            is_man = place >= len(people) // 2
            texts.append(f"{person} made a {word} film")
            labels.append(("good" if is_man else "bad") if is_biased else label)
    pipeline = TextPipeline.fit(texts)
    model = build_model(
        "lstm", "text_classifier", pipeline=pipeline, hidden_dim=16, num_classes=2, seed=0
    )
    model.compile(keras.optimizers.Adam(0.01))
    model.fit(texts, labels, epochs=6, verbose=0)
    [gap] = gaps(model, [BY_NAME["gender (en)"]])
    assert gap.is_found == is_biased
    if is_biased:
        assert gap.gap > 0.3
    np.testing.assert_allclose(probabilities_of(model, texts[:3]).sum(axis=1), 1)
