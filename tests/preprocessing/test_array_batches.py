"""Batches on their way into a model: what Keras makes of arrays, without the wait at the end."""

import keras
import numpy as np
import pytest

from mlm_tf import build_model
from mlm_tf._startup import import_tensorflow
from mlm_tf.preprocessing.array_batches import array_batches

on_tensorflow = pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="Keras makes no data set of arrays on JAX"
)
X = np.arange(10)[:, None]


@on_tensorflow
@pytest.mark.parametrize("split", [0.0, 0.5])
def test_nothing_that_arrays_become_is_tuned(split, monkeypatch):
    given = []
    for name in ("fit", "evaluate", "predict"):
        method = getattr(keras.Model, name)

        def spy(self, x=None, *args, method=method, **kwargs):
            given.extend([x, kwargs.get("validation_data")])
            return method(self, x, *args, **kwargs)

        spy.__wrapped__ = method
        monkeypatch.setattr(keras.Model, name, spy)
    model = build_model("gru", vocabulary_size=20, hidden_dim=4)
    model.compile("adam")
    model.fit(X, X, validation_split=split, verbose=0)
    model.fit(X, X, validation_data=(X, X), verbose=0)
    model.evaluate(X, X, verbose=0)
    model.predict(X, verbose=0)
    datasets = [data for data in given if data is not None]
    assert len(datasets) >= 5
    assert not any(data.options().autotune.enabled is not False for data in datasets)


@on_tensorflow
def test_batches_are_in_order_and_the_last_is_what_is_left():
    data = array_batches({"token_ids": X}, X, X.astype("float64"), batch_size=4)
    batches = list(data.as_numpy_iterator())
    assert [len(y) for _, y, _ in batches] == [4, 4, 2] and len(data) == 3
    assert np.concatenate([x["token_ids"] for x, _, _ in batches]).tolist() == X.tolist()
    assert batches[0][2].dtype == "float32"
    assert len(array_batches(X)) == 1  # of 32
    assert len(array_batches(X, steps=5)) == 5


@on_tensorflow
def test_shuffling_is_anew_in_each_epoch_and_follows_the_seed():
    def epochs(shuffle):
        keras.utils.set_random_seed(3)
        data = array_batches(X, batch_size=5, shuffle=shuffle)
        return [[x.ravel().tolist() for (x,) in data.as_numpy_iterator()] for _ in range(2)]

    first, second = epochs(True)
    assert first != second and np.sort(np.concatenate(first)).tolist() == list(range(10))
    assert epochs(True) == [first, second]
    first, second = epochs("batch")
    assert first != second and sorted(first[1]) == sorted(second[1]) == [5, 6, 7, 8, 9]


@on_tensorflow
def test_what_is_no_set_of_arrays_is_left_to_keras():
    tf = import_tensorflow()
    assert array_batches(tf.data.Dataset.range(3)) is None
    assert array_batches(X, X[:3]) is None
    assert array_batches(X, shuffle="often") is None
