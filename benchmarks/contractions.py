"""What composing contractions of their parts gives: coverage, and a classifier of frozen vectors.

    python -m benchmarks.contractions

The sentences of film reviews, the 8,000 most frequent words, the genuine GloVe 6B vectors of 50
numbers. A sentence is the mean of its words' vectors, which stay as they are, and least squares
(a ridge) tells favourable sentences from others: ten-fold cross-validation over all sentences. The
seed decides the folds and the random rows of words without a vector. A minute, no training loop.
"""

import statistics

import numpy as np

import glove
from benchmarks.measuring import machine
from mlm_tf import TextPipeline, corpora, embeddings

GENUINE, VOCABULARY, SEEDS, FOLDS, RIDGE = "glove.6B.50d.sub", 8000, range(5), 10, 0.1


def main() -> None:
    reviews = corpora.movie_sentences()
    labels = np.array([1.0 if review.label else -1.0 for review in reviews])
    texts = [review.text for review in reviews]
    pipeline = TextPipeline.fit(texts, vocabulary_size=VOCABULARY)
    rows = pipeline.encode(texts, add_start=False, add_end=False)
    vectors = glove.load(GENUINE)
    print(", ".join(f"{name} {value}" for name, value in machine("numpy", "gensim").items()), "\n")

    def start(how: str, seed: int) -> embeddings.EmbeddingMatrix:
        matrix = embeddings.from_vectors(
            vectors, pipeline.vocabulary, seed=seed, contractions=how != "random"
        )
        if how == "sum":  # all but "couldn't've" and the like have two parts
            matrix.values[matrix.source == "composed"] *= 2
        return matrix

    words = start("mean", 0).composed
    groups = {
        "all sentences": np.ones(len(rows), bool),
        "with a contraction or possessive": holds(rows, pipeline, words),
        'with "n\'t"': holds(rows, pipeline, [word for word in words if word.endswith("n't")]),
    }
    print(start("mean", 0).report(pipeline.counts), "\n")
    print("| contractions | " + " | ".join(f"{n} ({g.sum():,})" for n, g in groups.items()) + " |")
    print("|---|" + "---|" * len(groups))
    for how in ("random", "sum", "mean"):
        found = [
            right(rows, start(how, seed).values, labels, np.random.default_rng(seed))
            for seed in SEEDS
        ]
        cells = []
        for group in groups.values():
            shares = [100 * each[group].mean() for each in found]
            spread = f"{min(shares):.1f} to {max(shares):.1f}"
            cells.append(f"{statistics.mean(shares):.1f}% ({spread})")
        print(f"| {how} | " + " | ".join(cells) + " |")


def holds(rows: list[np.ndarray], pipeline: TextPipeline, words: list[str]) -> np.ndarray:
    """Bool (sentences,): which hold one of the words."""
    ids = [pipeline.vocabulary.index(word) for word in words]
    return np.array([np.isin(row, ids).any() for row in rows])


def right(rows, values: np.ndarray, labels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Bool (sentences,): which are told rightly by what the other nine tenths teach."""
    means = np.stack([values[row].mean(axis=0) for row in rows])  # (sentences, D)
    inputs = np.c_[means, np.ones(len(means))]
    scores = np.zeros(len(rows))
    for held in np.array_split(rng.permutation(len(rows)), FOLDS):
        rest = np.setdiff1d(np.arange(len(rows)), held)
        x, y = inputs[rest], labels[rest]
        weights = np.linalg.solve(x.T @ x + RIDGE * np.eye(x.shape[1]), x.T @ y)
        scores[held] = inputs[held] @ weights
    return (scores > 0) == (labels > 0)


if __name__ == "__main__":
    main()
