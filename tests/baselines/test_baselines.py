"""The counting models: each is a distribution, and each is the textbook's formula."""

from collections import Counter, defaultdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlm_tf.baselines import KneserNeyModel, UniformModel, UnigramModel, perplexity
from mlm_tf.errors import EmptyCorpusError, InvalidArgumentError

START, END = 2, 3
WORDS = (1, 6, 7, 8, 9)  # [UNK] and four words
OUTCOMES = (*WORDS, END)  # six
UNSEEN_WORD = 9

sentences = st.lists(st.sampled_from(WORDS), max_size=6).map(lambda words: [START, *words, END])
corpora = st.lists(sentences, min_size=1, max_size=12)
histories = st.lists(st.sampled_from(WORDS), max_size=3)


def every_model(num_outcomes=6):
    return [
        UniformModel(num_outcomes),
        UnigramModel(num_outcomes),
        KneserNeyModel(num_outcomes, order=2),
        KneserNeyModel(num_outcomes, order=3),
        KneserNeyModel(num_outcomes, order=5),
    ]


def next_token(model, history):
    """The probabilities of all outcomes after `history`, as a dictionary."""
    rows = model.log_probs([[START, *history, outcome] for outcome in OUTCOMES])
    return {outcome: np.exp(row[-1]) for outcome, row in zip(OUTCOMES, rows, strict=True)}


def zipfian_text(num_sentences, num_words=60, seed=0):
    """Sentences where each word is likely to be followed by few others, as in a language."""
    rng = np.random.default_rng(seed)
    frequency = 1 / np.arange(1, num_words + 1)
    follows = rng.dirichlet(frequency, size=(num_words, num_words))  # of the last two words
    rows = []
    for _ in range(num_sentences):
        words = list(rng.integers(num_words, size=2))
        for _ in range(rng.integers(3, 12)):
            words.append(rng.choice(num_words, p=follows[words[-2], words[-1]]))
        rows.append(np.array([START, *(6 + word for word in words), END]))
    return rows


# === The law of all of them ===


@settings(max_examples=60, deadline=None)
@given(corpora, histories)
def test_probabilities_of_all_outcomes_sum_to_one_after_any_history(corpus, history):
    for model in every_model():
        probabilities = next_token(model.fit(corpus), history)
        assert sum(probabilities.values()) == pytest.approx(1.0, abs=1e-12)
        assert min(probabilities.values()) > 0.0


def test_one_finite_log_probability_for_every_token_after_the_start():
    corpus = [[START, 6, 7, 6, END], [START, END], [START, 7, END]]
    for model in every_model():
        rows = model.fit(corpus).log_probs([*corpus, [START]])
        assert [len(row) for row in rows] == [4, 1, 2, 0]
        assert all(np.isfinite(row).all() for row in rows)
        assert model.log_probs([]) == []


@pytest.mark.parametrize(
    "corpus",
    [
        [[START, END]],  # the order 3 counts nothing
        [[START, 6, END]] * 5,  # nothing was counted once at the highest order
        [[START, 6, END]] * 2,  # nothing three times
        [[START, 6, 7, 8, END]],  # everything once
        [[START, 6, END]] + [[START, 7, END]] * 2 + [[START, 8, END]] * 9,
    ],
)
def test_corpora_too_small_for_an_estimate_of_discounts_still_give_a_distribution(corpus):
    for model in every_model():
        probabilities = next_token(model.fit(corpus), [6, 7])
        assert sum(probabilities.values()) == pytest.approx(1.0, abs=1e-12)
        assert probabilities[UNSEEN_WORD] > 0.0


def test_order_of_the_sentences_does_not_matter_and_histories_do_not_cross_them():
    corpus = [[START, 6, 7, END], [START, 8, END], [START, 6, 8, 7, END]]
    question = [[START, 8, 7, 6, END]]
    for model, other in zip(every_model(), every_model(), strict=True):
        forwards = model.fit(corpus).log_probs(question)[0]
        backwards = other.fit(corpus[::-1]).log_probs(question)[0]
        np.testing.assert_array_equal(forwards, backwards)
        beside_another = model.log_probs([[START, 6, 6, END], *question])[1]
        np.testing.assert_array_equal(forwards, beside_another)


# === Each formula ===


def test_uniform_perplexity_is_the_number_of_outcomes():
    model = UniformModel(3996).fit([[START, 6, END]])
    assert perplexity(model.log_probs([[START, 6, 9, END]])) == pytest.approx(3996)


def test_unigram_adds_one_occurrence_to_each_outcome():
    model = UnigramModel(len(OUTCOMES)).fit([[START, 6, 6, 7, END]])
    expected = {1: 1 / 10, 6: 3 / 10, 7: 2 / 10, 8: 1 / 10, 9: 1 / 10, END: 2 / 10}
    assert next_token(model, [8]) == pytest.approx(expected)


def test_kneser_ney_bigram_computed_by_hand():
    # "a b | a b | a c": bigrams Sa 3, ab 2, ac 1, bE 2, cE 1; none four times, so one discount.
    a, b, c = 6, 7, 8
    model = KneserNeyModel(len(OUTCOMES), order=2)
    model.fit([[START, a, b, END], [START, a, b, END], [START, a, c, END]])
    # Bigrams: two occur once (ac, cE) and two twice (ab, bE), so D = 2 / (2 + 2 * 2) = 1/3.
    # Predecessors: a, b and c have one, the end two, 5 in all; D = 3 / (3 + 2 * 1) = 3/5, and
    # 4 * 3/5 / 5 = 12/25 of the mass is spread evenly over the six outcomes.
    once = (1 - 3 / 5) / 5 + 12 / 25 / 6
    twice = (2 - 3 / 5) / 5 + 12 / 25 / 6
    never = 12 / 25 / 6
    # After a: b twice, c once, so 2 * 1/3 / 3 = 2/9 goes to the order below.
    assert next_token(model, [a]) == pytest.approx(
        {
            b: (2 - 1 / 3) / 3 + 2 / 9 * once,
            c: (1 - 1 / 3) / 3 + 2 / 9 * once,
            END: 2 / 9 * twice,
            a: 2 / 9 * once,
            1: 2 / 9 * never,
            UNSEEN_WORD: 2 / 9 * never,
        }
    )
    # After a word that never occurred only the order below speaks.
    assert next_token(model, [UNSEEN_WORD])[END] == pytest.approx(twice)


def test_a_frequent_word_with_one_predecessor_is_no_guess_after_another_word():
    san, francisco, the, dog = 6, 7, 8, 9
    corpus = [[START, san, francisco, END]] * 20
    corpus += [[START, the, dog, END], [START, san, dog, END], [START, dog, END]] * 2
    model = KneserNeyModel(len(OUTCOMES), order=2).fit(corpus)
    after_unknown = next_token(model, [1])
    assert after_unknown[dog] > after_unknown[francisco]


def slow_kneser_ney(corpus, order, num_outcomes):
    """The function p(history, word) and the discounts, from dictionaries and the formula alone."""
    counts = [None] + [Counter() for _ in range(order)]
    for sentence in corpus:
        for end in range(2, len(sentence) + 1):
            counts[order][tuple(sentence[max(0, end - order) : end])] += 1
    # An n-gram shorter than the order stands at the beginning, where nothing longer exists.
    for n in range(order, 1, -1):
        for gram in [gram for gram in counts[n] if len(gram) < n]:
            counts[n - 1][gram] += counts[n].pop(gram)
        for gram in counts[n]:
            counts[n - 1][gram[1:]] += 1

    discounts = [None]
    for n in range(1, order + 1):
        n1, n2, n3, n4 = (list(counts[n].values()).count(times) for times in (1, 2, 3, 4))
        y = n1 / (n1 + 2 * n2) if n1 else 0.5
        d = [0, y, y, y]
        if min(n1, n2, n3, n4) > 0:
            estimate = [0, 1 - 2 * y * n2 / n1, 2 - 3 * y * n3 / n2, 3 - 4 * y * n4 / n3]
            if min(estimate[1:]) > 0:
                d = estimate
        discounts.append(d)

    followers = defaultdict(dict)
    for n in range(1, order + 1):
        for gram, count in counts[n].items():
            followers[n, gram[:-1]][gram[-1]] = count

    def probability(history, word, n):
        if n == 0:
            return 1 / num_outcomes
        context = tuple(history[len(history) - (n - 1) :])
        if len(context) < n - 1 or (n, context) not in followers:
            return probability(history, word, n - 1)
        seen, d = followers[n, context], discounts[n]
        count = seen.get(word, 0)
        left_over = sum(d[min(c, 3)] for c in seen.values())
        lower = probability(history, word, n - 1)
        return (count - d[min(count, 3)] + left_over * lower) / sum(seen.values())

    return lambda history, word: probability(history, word, order), discounts[1:]


@pytest.mark.parametrize("order", [2, 3, 4, 5])
@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 60))
def test_kneser_ney_equals_a_dictionary_of_counts(order, seed, num_sentences):
    rng = np.random.default_rng(seed)
    num_words = int(rng.integers(2, 30))
    rows = [
        [START, *(6 + rng.zipf(1.5, size=rng.integers(8)) % num_words).tolist(), END]
        for _ in range(num_sentences + 5)
    ]
    corpus, question = rows[:-5], rows[-5:]
    slow, _ = slow_kneser_ney(corpus, order, num_outcomes=num_words + 1)
    model = KneserNeyModel(num_words + 1, order).fit([np.array(row) for row in corpus])
    for row, log_probs in zip(question, model.log_probs(question), strict=True):
        expected = [slow(row[:at], row[at]) for at in range(1, len(row))]
        np.testing.assert_allclose(np.exp(log_probs), expected, rtol=1e-9)


def test_kneser_ney_equals_a_dictionary_of_counts_where_all_orders_have_three_discounts():
    words = 6 + np.random.default_rng(0).zipf(1.4, size=(300, 7)) % 500
    corpus = [[START, *row, END] for row in words.tolist()]
    slow, discounts = slow_kneser_ney(corpus, 3, num_outcomes=501)
    assert all(len(set(of_order)) == 4 for of_order in discounts)
    log_probs = KneserNeyModel(501, order=3).fit(corpus).log_probs(corpus[:20])
    expected = [[slow(row[:at], row[at]) for at in range(1, len(row))] for row in corpus[:20]]
    for row, wanted in zip(log_probs, expected, strict=True):
        np.testing.assert_allclose(np.exp(row), wanted, rtol=1e-9)


def test_a_longer_history_helps_on_text_that_has_one():
    text = zipfian_text(4400)
    train, held_out = text[:4000], text[4000:]
    uniform, unigram, bigram, trigram, _ = (
        perplexity(model.fit(train).log_probs(held_out)) for model in every_model(61)
    )
    assert uniform > 1.1 * unigram > 1.21 * bigram > 1.331 * trigram


# === perplexity ===


def test_perplexity_is_the_inverse_geometric_mean_over_tokens_not_over_sentences():
    log_probs = [np.log([0.5]), np.log([0.125, 0.125, 0.5])]
    assert perplexity(log_probs) == pytest.approx((0.5 * 0.125 * 0.125 * 0.5) ** (-1 / 4))


def test_perplexity_of_known_words_leaves_unknown_targets_out():
    log_probs = [np.log([0.5, 0.01]), np.log([0.125])]
    sequences = [np.array([START, 6, 1]), np.array([START, 7])]
    keep = [sequence[1:] != 1 for sequence in sequences]
    assert perplexity(log_probs, keep) == pytest.approx(4.0)


# === Bad input ===


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: UnigramModel(0), "num_outcomes=0"),
        (lambda: UniformModel(True), "num_outcomes=True"),
        (lambda: KneserNeyModel(4, order=6), "order=6"),
        (lambda: UnigramModel(1).fit([[START, 6, END]]), "num_outcomes=1 .* 2 different"),
        (lambda: UnigramModel(4).log_probs([[START, 6]]), "call fit"),
        (lambda: UnigramModel(4).fit([[START, 6], [7, 6]]), "id 7 at position 0 .* start id 2"),
        (lambda: UnigramModel(4).fit([[START, 6, START]]), "id 2 at position 2"),
        (
            lambda: UnigramModel(4).fit([[START, 0.5]]),
            r"sequences\[0\] has shape \(2,\) .* float64",
        ),
        (lambda: UnigramModel(4).fit([[START, -1]]), "ids from -1 to 2"),
        (lambda: UnigramModel(4).fit([[START, 1 << 21]]), "to 2097152"),
        (lambda: perplexity([[0.0]], keep=[[True, True]]), "keep has 1 rows of 2 booleans"),
    ],
)
def test_bad_arguments_say_what_was_passed(call, message):
    with pytest.raises(InvalidArgumentError, match=message):
        call()


@pytest.mark.parametrize(
    "call",
    [
        lambda: UnigramModel(4).fit([]),
        lambda: KneserNeyModel(4).fit([[START]]),
        lambda: perplexity([]),
        lambda: perplexity([[0.0]], keep=[[False]]),
    ],
)
def test_nothing_to_count_is_an_empty_corpus(call):
    with pytest.raises(EmptyCorpusError, match=r"0 tokens|no token"):
        call()
