"""How many training steps fit into a budget of minutes: a few are made, and undone."""

import math
import statistics
import time

import keras
from keras import ops

LEFT_OUT = 2  # steps at the beginning, in which Keras traces and compiles
MEASURED, MOST_SECONDS = 32, 5.0  # as many after them, or as take so long, but no fewer than three


def steps_in(minutes: float, model: keras.Model, training_data) -> int:
    """How many batches such a training goes through in these minutes, by the median of the first.

    The weights and the random states of the model are afterwards what they were; its optimizer has
    to be made anew.

    Args:
        minutes: of training steps.
        model: compiled.
        training_data: what `pipeline.windows` and its like return.
    """
    begins_anew = hasattr(training_data, "from_batch")
    stream = training_data.from_batch(0) if begins_anew else training_data.repeat()
    if not model.built:
        model.evaluate(stream.take(1), verbose=0)
    variables = model.variables
    before = [ops.convert_to_numpy(variable) for variable in variables]
    watch = _Watch()
    steps = LEFT_OUT + MEASURED
    model.fit(stream, steps_per_epoch=steps, verbose=0, shuffle=False, callbacks=[watch])
    for variable, value in zip(variables, before, strict=True):
        variable.assign(value)
    return max(1, math.floor(60 * minutes / statistics.median(watch.seconds)))


class _Watch(keras.callbacks.Callback):
    """How long each step takes, the first ones left out."""

    def on_train_begin(self, logs=None):
        self.seconds, self._ended = [], None

    def on_train_batch_end(self, batch, logs=None):
        now = time.perf_counter()
        if batch >= LEFT_OUT:
            self.seconds.append(now - self._ended)
        self._ended = now
        if len(self.seconds) >= 3 and sum(self.seconds) > MOST_SECONDS:
            self.model.stop_training = True
