"""The table of topics, keywords and likeness: on Wikipedia and the stories of Lee et al."""

from collections.abc import Sequence

import numpy as np

from mlm_tf import corpora
from mlm_tf.embeddings import EmbeddingMatrix, from_vectors
from mlm_tf.errors import InvalidArgumentError
from mlm_tf.tasks.keywords import scores_of_words, words_of
from mlm_tf.tasks.likeness import (
    first_component,
    known_rows,
    own_vectors,
    weighted_means,
    without_component,
    without_mean,
)
from mlm_tf.tasks.result_table import Column, ResultTable
from mlm_tf.tasks.retrieval import found_first
from mlm_tf.tasks.terms import Terms, cosines
from mlm_tf.tasks.topic_models import TopicModel

COLUMNS = (
    Column("people r", ".2f"),
    Column("found first"),
    Column("MRR", ".3f"),
    Column("halves found"),
    Column("coherence", ".2f"),
)
NOTES = (
    "people r: correlation with people's judgements of all pairs of 50 stories (Lee et al. 2005).",
    "found first, MRR: a sentence taken out of a Wikipedia article finds it among all of them.",
    "halves found: five keywords of half a text find the other half, among all halves.",
    "coherence: NPMI of the ten heaviest words of each topic, in windows of ten words.",
)
GLOVE = "glove.6B.50d.sub"  # 9,163 words, 4 MB
SENTENCES = 3  # taken out of each article
LEAST_SENTENCES = 4  # of a document that is cut into halves
KEYWORDS, TOPIC_WORDS, NUM_TOPICS = 5, 10, 20
QUICK_ARTICLES = 60
SEEDS = (0, 1, 2)


class _Collection:
    """Wikipedia without some sentences, and the stories: what the rows of the table share.

    Args:
        num_articles: how many of the articles.
    """

    def __init__(self, num_articles: int | None = None):
        from mlm_tf.tasks.topics import hold_out

        news = corpora.lee_news()
        articles = [d for d in corpora.wikipedia() if d.sentences][:num_articles]
        texts, queries, self.gold = hold_out([d.text for d in articles], SENTENCES, seed=0)
        self.stories = [d.text for d in news.background + news.judged]
        self.texts = texts + self.stories
        self.terms = Terms.fit(self.texts)
        self.counts = self.terms.counts(self.texts)  # articles, background, judged
        self.judged = self.terms.counts([d.text for d in news.judged])
        self.queries = self.terms.counts(queries)
        self.num_articles, self.num_background = len(articles), len(news.background)
        self.pairs = np.triu_indices(len(news.judged), 1)
        self.people = news.similarities[self.pairs]
        self._words = None

    def figures(self, represent) -> dict[str, float]:
        """Those of likeness, of a function from counts `(N, V)` to what cosines are taken of."""
        return self.figures_of(lambda a, b: cosines(represent(a), represent(b)))

    def figures_of(self, similarities) -> dict[str, float]:
        """The same, of a function from counts and other counts to similarities."""
        ours = similarities(self.judged, self.judged)[self.pairs]
        found = similarities(self.queries, self.counts[: self.num_articles])
        return {
            "people r": float(np.corrcoef(ours, self.people)[0, 1]),
            **found_first(found, self.gold),
        }

    def halves_found(self, by: str) -> float:
        """How often five keywords of half a text find the other half, by TF-IDF cosine."""
        return halves_found(self.texts, self.terms, by)

    def coherence(self, topics: Sequence[Sequence[str]]) -> float:
        """See `coherence`."""
        if self._words is None:
            self._words = words_of(self.texts, self.terms)
        return coherence(topics, self._words)


def halves_found(texts: Sequence[str], terms: Terms, by: str, num: int = KEYWORDS) -> float:
    """How often the keywords of half a text find its other half, by TF-IDF cosine.

    Every second sentence makes the half that keywords are taken from. Nobody has to say what the
    right keywords are: good ones tell this text from all others, in other sentences than theirs.

    Args:
        texts: documents; those of fewer than four sentences are left out.
        terms: of these or more texts.
        by: see `keyword_scores`; `"first"` takes the first words that there are.
        num: how many keywords.

    Returns:
        The share of texts whose other half comes first among all.
    """
    texts = [corpora.split_sentences(text) for text in texts]
    texts = [text for text in texts if len(text) >= LEAST_SENTENCES]
    queries = []
    for words in words_of(["\n".join(text[::2]) for text in texts], terms):
        if by == "first":
            best = list(dict.fromkeys(words))
        else:
            best = [word for word, _ in scores_of_words(words, terms, by)]
        queries.append(" ".join(best[:num]))
    others = ["\n".join(text[1::2]) for text in texts]
    wanted, held = (terms.tfidf(terms.counts(rows)) for rows in (queries, others))
    return found_first(cosines(wanted, held), np.arange(len(texts)))["found first"]


def coherence(topics: Sequence[Sequence[str]], texts: Sequence[Sequence[str]]) -> float:
    """How often the words of a topic stand near each other, the mean over topics.

    For two words it is the normalised pointwise mutual information: 1 where neither occurs in a
    window without the other, 0 where they do not care, -1 where they never meet.

    Args:
        topics: the heaviest words of each.
        texts: words of documents, in which windows of ten are counted.

    Raises:
        InvalidArgumentError: if no text holds some word, or a topic has a single one: gensim would
            give NaN.

    >>> texts = [["cat", "dog"], ["cat", "dog"], ["tax", "law"], ["tax", "law"]]
    >>> coherence([["cat", "dog"], ["tax", "law"]], texts) > 0.9
    True
    >>> coherence([["cat", "law"], ["tax", "dog"]], texts) < -0.9
    True

    Reference: Bouma (2009), Normalized (Pointwise) Mutual Information in Collocation Extraction;
    Röder, Both & Hinneburg (2015), Exploring the Space of Topic Coherence Measures.
    """
    from gensim.corpora import Dictionary
    from gensim.models import CoherenceModel

    known = {word for text in texts for word in text}
    strangers = [word for topic in topics for word in topic if word not in known]
    if strangers or not all(len(set(topic)) > 1 for topic in topics) or not topics:
        example = f", as {strangers[0]!r}" if strangers else ""
        raise InvalidArgumentError(
            f"topics has {len(topics)} topics of {[len(set(topic)) for topic in topics]} words, "
            f"{len(strangers)} of which no text holds{example}"
            "; give topics of two words and more, and texts that hold them all."
        )
    model = CoherenceModel(
        topics=[list(topic) for topic in topics],
        texts=[list(text) for text in texts],
        dictionary=Dictionary(map(list, texts)),
        coherence="c_npmi",
        topn=max(map(len, topics)),
        processes=1,  # more are started anew for each call, and read this module again
    )
    return float(model.get_coherence())


def topics_table(quick: bool = True, progress: bool = False) -> ResultTable:
    """Every method on the same collection; see `NOTES` for the figures."""
    held = _Collection(QUICK_ARTICLES if quick else None)
    subset = f"the first {held.num_articles}" if quick else f"{held.num_articles}"
    title = f"topics and likeness: {subset} Wikipedia articles, {len(held.stories)} stories"
    table = ResultTable(title, COLUMNS, NOTES)
    terms = held.terms
    table.add(
        "raw frequency",
        {
            **held.figures(lambda counts: counts),
            "halves found": held.halves_found("frequency"),
            "coherence": [held.coherence(_drawn_topics(held, seed)) for seed in SEEDS],
        },
        kind="baseline",
    )
    table.add(
        "TF-IDF",
        {**held.figures(terms.tfidf), "halves found": held.halves_found("tfidf")},
        kind="baseline",
    )
    table.add("first words", {"halves found": held.halves_found("first")}, kind="baseline")
    table.add("TextRank", {"halves found": held.halves_found("textrank")})
    for method in ("lda", "nmf", "lsi"):
        table.add_runs(f"{method.upper()}, {NUM_TOPICS} topics", _of_topics(held, method))
    background = slice(held.num_articles, held.num_articles + held.num_background)
    for name, rows in (("all", slice(None)), ("the background stories", background)):
        lsi = TopicModel.fit(terms, held.counts[rows], 200, "lsi", all_words=True)
        figures = held.figures(lambda counts, lsi=lsi: lsi.of_documents(terms, counts))
        if rows is background:  # which holds no article
            figures = {"people r": figures["people r"]}
        table.add(f"LSI of {name}, {lsi.num_topics} topics", figures)
    for name, matrix in _matrices(held, quick):
        _add_vectors(table, held, name, matrix)
    return table


def _drawn_topics(held: _Collection, seed: int) -> list[list[str]]:
    """Topics of words drawn by their frequency."""
    total = np.asarray(held.counts.sum(axis=0)).ravel()
    draw = np.random.default_rng(seed)
    chances = total / total.sum()
    return [
        [held.terms.words[i] for i in draw.choice(len(total), TOPIC_WORDS, False, chances)]
        for _ in range(NUM_TOPICS)
    ]


def _of_topics(held: _Collection, method: str) -> list[dict[str, float]]:
    runs = []
    for seed in SEEDS if method == "lda" else SEEDS[:1]:
        model = TopicModel.fit(held.terms, held.counts, NUM_TOPICS, method, seed)
        heaviest = np.argsort(-model.word_weights(), axis=1)[:, :TOPIC_WORDS]
        words = [[held.terms.words[i] for i in row] for row in heaviest]
        figures = held.figures(lambda c, model=model: model.of_documents(held.terms, c))
        runs.append({**figures, "coherence": held.coherence(words)})
    return runs


def _matrices(held: _Collection, quick: bool):
    pipeline = held.terms.pipeline
    yield "own vectors", own_vectors(held.texts, held.terms)
    if not quick:
        import glove

        vectors = glove.load(glove.download(GLOVE))
        yield "GloVe, 9,163 words", from_vectors(vectors, pipeline.vocabulary, oov="zero")


def _add_vectors(table: ResultTable, held: _Collection, name: str, matrix: EmbeddingMatrix) -> None:
    """Formula 4.1, and what is taken off."""
    terms, is_known = held.terms, known_rows(matrix)

    def plain(counts):
        return weighted_means(terms.weights(counts), matrix.values, is_known)

    documents = plain(held.counts)
    mean = documents.mean(axis=0)
    component = first_component(without_mean(documents, mean))

    def centred(counts):
        return without_mean(plain(counts), mean)

    def both(rows, others):
        by_words = cosines(terms.tfidf(rows), terms.tfidf(others))
        return (by_words + cosines(centred(rows), centred(others))) / 2

    table.add(f"4.1, {name}", held.figures(plain))
    table.add(f"4.1, {name}, mean off", held.figures(centred))
    table.add(
        f"4.1, {name}, mean and first component off",
        held.figures(lambda counts: without_component(centred(counts), component)),
    )
    table.add(f"4.1, {name}, mean off, and TF-IDF", held.figures_of(both))
