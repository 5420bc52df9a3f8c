"""The words that GloVe is trained on are those that a pipeline asks vectors for."""

import numpy as np
import pytest

import glove
from glove.words import Words
from mlm_tf import TextPipeline, embeddings
from mlm_tf.preprocessing.normalization import LOWER, Normalizer
from mlm_tf.preprocessing.words import split_words

TEXTS = {
    "English": """
It’s a well-known café in the U.S. – don’t you think so? “Yes,” she said; ‘it isn't cheap…’ He'd
paid $1,000.50 (12% more than in '99) for 1½ cups -- and a half! C++ and C#, AT&T, R&D, and/or,
naïve, Ph.D.s, e.g. this, i.e. that, rock'n'roll, the dogs' bones, 10² m², H₂O, foo™, 20 °C,
a_b, x=y+1, me@name.org, http://www.name.org/~a?b=c#d, 3:30 p.m., 1990s, 5'6", 7/8, ¾, ﬁne ﬂour.
Don´t, don`t, don‘t, don′t; soft\u00adhyphens, no\u00a0break, zero\u200bwidth, \ufeffmarks.""",
    "French": """
L’été, c’est « génial » : aujourd’hui, l'Œuvre d’Émile coûte 3,50 € – c’est-à-dire peu ! Où ça ?
Jusqu’à 1 000 000 d’habitants ; M. Dupont, n° 5, 2e étage, qu’en-dira-t-on, ŒUVRE, ÉTÉ.""",
    "German": """
„Straße“ heißt sie, ›groß‹ ist sie: 3,5 Mio. Übergrößen, z. B. im Geschäft; STRASSE, GRÖẞE, Ähnliche
E-Mails u. a., 1.000.000,00 €, Nr. 7, §§ 5–7, Goethe’s, geht’s?""",
    "others": """
¿Qué pasó, señor Núñez? ¡Nada! El 1.º de mayo, 2.ª planta. Il·lusió, col·legi, pel·lícula.
Ο λόγος του ΟΔΥΣΣΕΑΣ, ΣΑΣ. İstanbul ve IĞDIR’da; ISPARTA’nın. Привет, мир! Ёлка — «ёж»; 5‑й этаж.
می‌خواهم کتاب‌ها را بخوانم، مـــرحبا؟ ١٢٣٫٤٥ שלום, צה"ל וארה״ב, ג׳ירפה.
हिन्दी में, क्षत्रिय। 한국어, 日本語。
他说：“你好，3元！” 👩‍👩‍👧 👍🏽 🇩🇪🇫🇷 ☎️ → ← ≤ ½ ⅓ ①② ㎏ ℃ Å ½½ 2½ Ⅳ x² n₁ 5₂ ͅ a̧ e\u0301 I\u0307i""",
}


def by_pipeline(texts, case_folding):
    normalizer = Normalizer("NFKC", case_folding, strip_accents=False, language="en")
    rows = split_words(texts, normalizer).to_list()
    return [[word.decode().strip(" ") for word in row] for row in rows]


@pytest.mark.parametrize("lowercase", [True, False])
@pytest.mark.parametrize("language", TEXTS)
def test_words_are_those_of_a_pipeline(language, lowercase):
    words = Words(lowercase=lowercase, split_punctuation=True)
    lines = [*TEXTS[language].splitlines(), TEXTS[language]]
    expected = by_pipeline(lines, LOWER if lowercase else False)
    for line, row in zip(lines, expected, strict=True):
        assert words(line.split()) == row


def test_words_are_those_of_a_pipeline_however_signs_meet():
    random = np.random.default_rng(0)
    parts = [
        "a",
        "b",
        "D",
        "é",
        "Σ",
        "İ",
        "1",
        "½",
        "⅓",
        "²",
        "™",
        "字",
        "ש",
        "م",
        "\u200c",
        "\u200d",
    ]
    parts += [
        *"''’´`‘′\"“”.,;:-–+*/&#@_$€%()…·«»°º",
        "\u00ad",
        "\u0301",
        "👍",
        "🏽",
        " ",
        " ",
        "\t",
    ]
    lines = ["".join(random.choice(parts, random.integers(1, 9))) for _ in range(2000)]
    words = Words(lowercase=True, split_punctuation=True)
    for line, row in zip(lines, by_pipeline(lines, LOWER), strict=True):
        assert words(line.split()) == row, repr(line)


def test_a_pipeline_of_the_same_text_knows_every_word(tmp_path):
    path = tmp_path / "text.txt"
    path.write_text(TEXTS["English"] + TEXTS["French"], encoding="utf-8")
    corpus = glove.read_corpus(path, lowercase=True, split_punctuation=True)
    vectors = glove.train(glove.cooccurrence(corpus, min_count=1), vector_size=5, progress=False)
    pipeline = TextPipeline.fit([path.read_text(encoding="utf-8")])
    assert embeddings.from_vectors(vectors, pipeline.vocabulary).misses == []


def test_lower_case_alone_writes_no_dot_above():
    words = Words(lowercase=True)
    assert words(["İstanbul", "ve", "İzmir,", "I\u0307", "ΛΌΓΟΣ"]) == [
        "istanbul",
        "ve",
        "izmir,",
        "i",
        "λόγος",
    ]
