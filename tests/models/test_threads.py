"""What several threads do with one model or pipeline is what one of them would do alone."""

from concurrent.futures import ThreadPoolExecutor

import keras
import numpy as np
import pytest

from mlm_tf import TextPipeline, build_model
from mlm_tf.errors import InvalidArgumentError

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


def test_one_text_that_was_read_is_gone_on_with_by_several():
    model = build_model(["lstm", "attention"], vocabulary_size=20, hidden_dim=8, seed=0)
    read = model.read([1, 2, 3])

    def asked(n):
        more = read.more([n])
        return model.generate(more, max_length=16, seed=n).tolist(), more.until(2).length

    assert in_threads(asked, range(12)) == [asked(n) for n in range(12)]


def test_predict_and_evaluate():
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


def trained(epochs=3, callbacks=()):
    """A model that `fit` has trained: by whatever is asked meanwhile no other."""
    x = np.random.default_rng(0).integers(1, 20, (24, 5))
    model = build_model("gru", vocabulary_size=20, hidden_dim=8, seed=0)
    model.compile("adam")
    for callback in callbacks:
        callback.x = x
    model.fit(x, x, epochs=epochs, batch_size=8, shuffle=False, verbose=0, callbacks=[*callbacks])
    return model


class AskedByOthers(keras.callbacks.Callback):
    """Lets other threads ask in the midst of every step, and waits for them."""

    def on_train_batch_end(self, batch, logs=None):
        asked, x = self._model, self.x[:2]  # Keras's own `model` would be for this thread alone

        def ask(n):
            if n % 2:
                asked.predict(x, verbose=0), asked.predict_on_batch(x)
            return asked(x), asked.score(x), asked.generate(x[0], max_length=8)

        in_threads(ask, range(2))

    on_epoch_end = on_train_batch_end


def test_others_may_ask_while_one_trains():
    """On JAX their answers come from copies, and nothing of them is written back."""
    model = trained(epochs=2, callbacks=[AskedByOthers()])
    for one, right in zip(model.get_weights(), trained(epochs=2).get_weights(), strict=True):
        np.testing.assert_array_equal(one, right)


class RefusesOthers(keras.callbacks.Callback):
    def on_train_batch_end(self, batch, logs=None):
        calls = (self._model.fit, self._model.evaluate, self._model.train_on_batch)
        for call in (*calls, self._model.test_on_batch):
            [said] = in_threads(lambda _, call=call: str(raised(call, self.x, self.x)), range(1))
            assert "Another thread is training this model" in said
        self._model.stop_training = True


def raised(call, *arguments):
    with pytest.raises(InvalidArgumentError) as found:
        call(*arguments)
    return found.value


def test_none_trains_or_measures_while_another_trains():
    model = trained(callbacks=[RefusesOthers()])
    assert model.optimizer.iterations == 1
    x = np.ones((2, 5), "int32")
    in_threads(lambda _: model.train_on_batch(x, x), range(1))
    assert model.optimizer.iterations == 2
