"""The stories of `corpora.grammar`: what is promised of them, and how probable they are."""

import itertools
import json
import logging
import math
import random
import re
from collections import Counter
from hashlib import sha256

import numpy as np
import pytest

from mlm_tf.corpora import GrammarLimit, grammar, grammar_stream, sentences
from mlm_tf.corpora.grammar import TOPIC_NAMES, common, lexicon
from mlm_tf.corpora.grammar.topics import TOPICS
from mlm_tf.errors import EmptyCorpusError, InvalidArgumentError

# Of the first hundred stories of a seed with all that is known of them, in both languages.
CHECKSUMS = {
    0: "a8226a449d7c9ab1df1cf9819813db3f0a3177fc1a86c83eba04835e4c793905",
    1: "4052f89c50d5156c7404450d607aac9aa37af73f4f95fbe7690e8ff2ee2a77d8",
    20261127: "0ff428b101f0d3acff77d47ead0378d5d3fabb500c2315ed3cf3aa28a8a0728a",
}


@pytest.fixture(scope="module")
def stories():
    return grammar(1_000)


@pytest.fixture(scope="module", params=["en", "zh"])
def limit(request):
    return GrammarLimit(request.param)


def texts_of(stories, limit) -> list[str]:
    return [(s if limit.language == "en" else s.translation).text for s in stories]


def checksum(stories) -> str:
    known = [
        [s.sentences, s.summary, s.topic, s.sentiment, s.question, s.answer]
        for story in stories
        for s in (story, story.translation)
    ]
    return sha256(json.dumps(known, ensure_ascii=False).encode()).hexdigest()


# === The stories ===


@pytest.mark.parametrize("seed", CHECKSUMS)
def test_the_stories_of_a_seed_stay_the_same(seed):
    assert checksum(grammar(100, seed)) == CHECKSUMS[seed]


def test_more_stories_begin_with_the_fewer(stories):
    assert grammar(20) == stories[:20]
    assert list(itertools.islice(grammar_stream(), 20)) == stories[:20]
    assert grammar(0) == []


def test_seeds_share_no_story(stories):
    others = grammar(1_000, seed=1)
    assert not {s.text for s in stories} & {s.text for s in others}
    assert len({s.text for s in stories}) == len(stories)


def test_either_language_is_the_others_translation(stories):
    for chinese, english in zip(grammar(50, language="zh"), stories, strict=False):
        assert (chinese.language, english.language) == ("zh", "en")
        assert chinese.sentences == english.translation.sentences
        assert chinese.translation.sentences == english.sentences
        assert (chinese.topic, chinese.label) == (english.topic, english.label)


def test_pairs_are_the_sentences_of_both(stories):
    for story in stories:
        assert [pair.source for pair in story.pairs] == list(story.sentences)
        assert [pair.target for pair in story.pairs] == list(story.translation.sentences)
        assert story.translation.pairs == []


def test_they_are_documents_to_what_takes_documents(stories):
    assert sentences(stories[:2]) == [*stories[0].sentences, *stories[1].sentences]


def test_a_story_has_from_40_to_120_words_and_marks_or_a_few_more(stories):
    tokenize = GrammarLimit("en").tokenize
    lengths = [len(tokenize(s.text)) for s in stories]
    assert min(lengths) >= 40
    assert np.percentile(lengths, 90) <= 120


def test_topics_and_opinions_are_even(stories):
    topics = Counter(s.topic for s in stories)
    assert set(topics) == set(TOPIC_NAMES) and len(TOPIC_NAMES) == 8
    assert all(abs(n - 125) < 4 * math.sqrt(125) for n in topics.values())
    assert abs(sum(s.label for s in stories) - 500) < 4 * math.sqrt(250)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_answer_is_in_the_story(stories, language):
    """But the opinion, which a reader infers."""
    for story in stories:
        story = story if language == "en" else story.translation
        answer = story.answer.rstrip(".。")
        if "like" in answer or "满意" in answer or answer == "One":  # which the story says by "a"
            continue
        key = {"en": r"[A-Z][\w']*|\d+|\w+$", "zh": r"\d+|.{2}$"}[language]
        for word in re.findall(key, answer.removeprefix("His").removeprefix("Her")):
            assert word.lower() in story.text.lower(), (answer, story.text)


def test_each_question_comes(stories):
    for language, kinds in (("en", r"^(\w+ \w+)"), ("zh", r"(谁|哪|什么|多少|几|怎么样|做什么的)")):
        asked = {
            re.search(kinds, s.question)[1]
            for s in (s if language == "en" else s.translation for s in stories)
        }
        assert len(asked) >= 6


def test_articles_and_numbers_agree(stories):
    text = " ".join(s.text + " " + s.summary + " " + s.answer for s in stories)
    assert not re.findall(r"(?<!')\ba [aeio]\w*", text)
    assert not re.findall(r"(?<!')\ban [^aeiouX]\w*", text)
    things = [thing for topic in TOPICS for thing in topic.things]
    named = [thing["en"] for thing in (*things, *lexicon.ITEMS, *lexicon.SNACKS)]
    changing = [
        thing
        for thing in things
        if thing["plural"] != thing["en"]  # two carp
        and not any(name.startswith(thing["en"] + " ") for name in named)  # two duck eggs
    ]
    one, many = ("|".join(thing[form] for thing in changing) for form in ("en", "plural"))
    several = "|".join(number["en"] for number in lexicon.SEVERAL)
    assert len(re.findall(rf"\b(?:{several}|those) (?:{many})\b", text)) > 500
    assert not re.findall(rf"\b(?:{several}|those) (?:{one})\b(?!-)", text)
    assert len(re.findall(rf"\b(?:an?|that) (?:{one})\b", text)) > 100
    assert not re.findall(rf"\b(?:an?|that) (?:{many})\b", text)


def test_a_verb_agrees_with_what_was_named_twenty_words_before(stories):
    """ "was" or "were" at the end of a story, by the number of things in its first sentence."""
    seen = Counter()
    for story in stories:
        if found := re.search(r"(the|that|those) ([a-z ]+?) (was|were) back", story.sentences[-1]):
            one = any(f" {a} {found[2]}" in story.sentences[0] for a in ("a", "an"))
            assert (found[3] == "was") == one
            seen[found[3]] += 1
    assert set(seen) in ({"was", "were"}, set())


def test_measure_words_are_those_of_their_things(stories):
    """After a number, of all things that are carried and whose name is no part of another one's."""
    right = {item["zh"]: item["classifier"] for item in lexicon.ITEMS}
    right = {noun: m for noun, m in right.items() if sum(noun in other for other in right) == 1}
    qualities = "|".join(quality["zh"] for quality in lexicon.QUALITIES)
    counted = re.compile(rf"[一两三四五六七八九](.)(?:{qualities})({'|'.join(right)})")
    found = [pair for s in stories for pair in counted.findall(s.translation.text)]
    assert len(found) > 2_000
    assert [pair for pair in found if right[pair[1]] != pair[0]] == []


def test_no_text_has_an_unfinished_template(stories):
    for story in stories:
        for each in (story, story.translation):
            for text in (*each.sentences, each.summary, each.question, each.answer):
                assert not re.search(r"[\[\]{}|^@_]|  |\.\.|。。|，，|，。", text)
                assert text[-1] in '.?!。？！”"'
                assert text == text.strip()


def test_wrong_arguments_are_told():
    with pytest.raises(InvalidArgumentError, match=r"num_stories=-1"):
        grammar(-1)
    with pytest.raises(InvalidArgumentError, match="seed=-1"):
        grammar_stream(-1)
    with pytest.raises(InvalidArgumentError, match=r"language='fr'.*'en' or 'zh'"):
        grammar(1, language="fr")
    with pytest.raises(InvalidArgumentError, match=r"language='fr'.*'en' or 'zh'"):
        GrammarLimit("fr")


# === The limit ===


def test_there_are_500_types_and_two_bits_a_token_and_more(stories, limit):
    texts = texts_of(stories, limit)
    types = {token for text in texts for token in limit.tokenize(text)}
    assert len({token for token in types if not token.isdigit()}) >= 500
    assert types <= set(limit.vocabulary)
    bits = -np.concatenate(limit.log_probs(texts)).mean() / math.log(2)
    assert bits > 1.99


def test_every_story_is_of_the_grammar_and_one_number_longer(stories, limit):
    texts = texts_of(stories, limit)[:200]
    for text, row in zip(texts, limit.log_probs(texts), strict=True):
        assert row.shape == (len(limit.tokenize(text)) + 1,)
        assert row.dtype == np.float64
        assert np.isfinite(row).all() and (row <= 1e-12).all()


def test_what_may_follow_sums_to_one_after_any_beginning(stories, limit):
    draw = random.Random(0)
    for text in texts_of(stories, limit)[:25]:
        tokens = limit.tokenize(text)
        for length in (0, draw.randrange(len(tokens)), draw.randrange(len(tokens)), len(tokens)):
            beginning = (" " if limit.language == "en" else "").join(tokens[:length])
            following = limit.next_probabilities(beginning)
            assert math.isclose(sum(following.values()), 1, rel_tol=1e-12)
            assert (tokens[length] if length < len(tokens) else "[END]") in following


def test_next_probabilities_are_those_of_log_probs(stories, limit):
    text = texts_of(stories, limit)[0]
    tokens, (row,) = [*limit.tokenize(text), "[END]"], limit.log_probs([text])
    for length in range(0, len(tokens), 7):
        beginning = (" " if limit.language == "en" else "").join(tokens[:length])
        following = limit.next_probabilities(beginning)
        assert math.isclose(math.log(following[tokens[length]]), row[length], abs_tol=1e-12)


def test_two_samples_have_one_entropy(limit):
    """Bits a story, of two seeds, differ by chance alone."""
    means, errors = [], []
    for seed in (3, 4):
        texts = [story.text for story in grammar(400, seed, limit.language)]
        bits = np.array([-row.sum() / math.log(2) for row in limit.log_probs(texts)])
        means.append(bits.mean())
        errors.append(bits.std() / math.sqrt(len(bits)))
    assert abs(means[0] - means[1]) < 4 * math.hypot(*errors)


def test_a_long_sample_has_the_frequencies_that_are_predicted(limit):
    """The first tokens, and those after a common beginning."""
    texts = [story.text for story in grammar(3_000, 5, limit.language)]
    for beginning in ("", "on a" if limit.language == "en" else "1"):
        known = limit.tokenize(beginning)
        found = Counter(
            tokens[len(known)]
            for tokens in map(limit.tokenize, texts)
            if tokens[: len(known)] == known
        )
        total = sum(found.values())
        expected = {t: p * total for t, p in limit.next_probabilities(beginning).items()}
        assert set(found) <= set(expected) and total > 100
        chi_squared = sum((found[t] - e) ** 2 / e for t, e in expected.items())
        degrees = len(expected) - 1
        assert abs(chi_squared - degrees) < 4.5 * math.sqrt(2 * degrees) + 4.5


def test_predicted_and_counted_tokens_agree_over_whole_stories(limit):
    """Of some common tokens: the sum of their probabilities at all places, and their number."""
    texts = [story.text for story in grammar(40, 6, limit.language)]
    watched = {"en": ("was", "and", "."), "zh": ("的", "了", "，")}[limit.language]
    predicted, variance, counted = Counter(), Counter(), Counter()
    trellis = limit._trellis
    for text in texts:
        states = trellis.start
        for token in limit.tokenize(text):
            for each in watched:
                probability, _ = trellis.advance(states, each)
                predicted[each] += probability
                variance[each] += probability * (1 - probability)
            counted[token] += 1
            _, states = trellis.advance(states, token)
    for each in watched:
        assert abs(predicted[each] - counted[each]) < 4 * math.sqrt(variance[each]) + 1e-6


def test_a_text_of_another_kind_is_minus_infinity_and_said_so(limit, caplog):
    story = grammar(1, language=limit.language)[0]
    broken = [story.text[:-1], story.text + story.text, "zebra 斑马", ""]
    with caplog.at_level(logging.WARNING, "mlm_tf"):
        rows = limit.log_probs(broken)
    assert all(row[-1] == -math.inf for row in rows)
    assert np.isfinite(rows[0][:-1]).all()
    assert [f"texts[{i}]" in caplog.messages[i] for i in range(4)] == [True] * 4
    assert "'[END]'" in caplog.messages[0]
    assert limit.perplexity(broken) == math.inf
    assert limit.next_probabilities("zebra 斑马") == {}


def test_perplexity_is_that_of_all_tokens(stories, limit):
    texts = texts_of(stories, limit)[:20]
    rows = limit.log_probs(texts)
    assert math.isclose(limit.perplexity(texts), math.exp(-np.concatenate(rows).mean()))
    with pytest.raises(EmptyCorpusError, match="texts holds 0 texts"):
        limit.perplexity([])
    with pytest.raises(InvalidArgumentError, match="one string"):
        limit.log_probs("On 14 March")


def test_the_hidden_sister_is_summed_out():
    """妹妹 and 姐姐 are one word in English, which is as probable as both together."""
    stories = [s for s in grammar(300) if "妹妹" in s.translation.text][:3]
    english, chinese = GrammarLimit("en"), GrammarLimit("zh")
    relations = Counter(each["en"] for each in lexicon.RELATIONS)
    assert relations["sister"] == 2
    assert all(np.isfinite(english.log_probs([s.text])[0]).all() for s in stories)
    assert all(np.isfinite(chinese.log_probs([s.translation.text])[0]).all() for s in stories)


def test_no_two_names_are_spelt_alike():
    for names in (lexicon.SURNAMES, [*lexicon.WOMEN, *lexicon.MEN]):
        for language in ("en", "zh"):
            assert len({name[language] for name in names}) == len(names)


def test_each_topic_says_all_that_a_story_needs():
    needed = ("{@things}", "{city}")
    for topic in TOPICS:
        for both in topic.openings:
            assert all(slot in text for text in both for slot in needed)
        assert all("{@third}" in text and "{role" in text for both in topic.events for text in both)
        assert all("{@the_things}" in text for both in topic.endings for text in both)
    for both in common.COMPANIONS:
        assert all(f"{{{slot}}}" in text for text in both for slot in ("@mate", "rel", "@item"))
