"""What several threads do with one model or pipeline is what one of them would do alone."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np

from mlm_tf import TextPipeline, build_model

TEXTS = ["the cat sat on the mat", "the dog sat on the log", "a cat and a dog"]


def in_threads(function, arguments):
    with ThreadPoolExecutor(6) as pool:
        return list(pool.map(function, arguments))


def test_the_first_use_of_a_pipeline_makes_its_tables_once():
    for level in ("word", "character", "subword"):
        fitted = TextPipeline.fit(TEXTS, level=level)
        expected = fitted.encode(TEXTS)
        for _ in range(3):
            fresh = TextPipeline.from_json(fitted.to_json())
            levels = in_threads(lambda _, p=fresh: (p.encode(TEXTS), p._level), range(6))
            assert len({id(made) for _, made in levels}) == 1
            for rows, _ in levels:
                assert [row.tolist() for row in rows] == [row.tolist() for row in expected]


def test_seeds_do_not_mix():
    def weights(seed):
        return build_model("lstm", vocabulary_size=9, hidden_dim=8, seed=seed).get_weights()

    seeds = [0, 1, 2, 0, 1, None, 2, 0]
    expected = {seed: weights(seed) for seed in (0, 1, 2)}
    for seed, found in zip(seeds, in_threads(weights, seeds), strict=True):
        for a, b in zip(found, expected.get(seed, found), strict=True):
            np.testing.assert_array_equal(a, b)


def test_generate_and_score_and_fill_mask():
    """The first call of each compiles, in all threads at once."""
    pipeline = TextPipeline.fit(TEXTS)
    model = build_model("attention", pipeline=pipeline, hidden_dim=8, seed=0)
    masked = build_model("attention", "masked_lm", pipeline=pipeline, hidden_dim=8, seed=0)

    def asked(n):
        text = TEXTS[n % 3]
        written = model.generate(text, max_length=16, seed=n)
        return written, model.score(text).log_likelihood, masked.fill_mask(text + " [MASK]")

    found = in_threads(asked, range(12))
    assert found == [asked(n) for n in range(12)]


def test_predict_and_evaluate():
    """On JAX Keras takes the values out of the variables meanwhile."""
    x = np.random.default_rng(0).integers(1, 20, (4, 5))
    model = build_model("gru", vocabulary_size=20, hidden_dim=8, seed=0)
    model.compile("adam")

    def asked(n):
        rows = x[: n % 3 + 1]
        loss = model.evaluate(rows, rows, verbose=0)
        return model.predict(rows, verbose=0), model.predict_on_batch(rows), loss

    expected = [asked(n) for n in range(3)]
    for n, found in enumerate(in_threads(asked, range(9))):
        for one, right in zip(found, expected[n % 3], strict=True):
            np.testing.assert_allclose(one, right, atol=1e-5)
