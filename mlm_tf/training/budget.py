"""How many training steps fit into a budget of minutes: a few are made, and undone."""

import math
import statistics
import time

import keras
from keras import ops

LEFT_OUT = 2  # executions at the beginning, in which Keras traces and compiles
LEAST = 3  # are measured after them
MEASURED, MOST_SECONDS = 32, 5.0  # as many steps, or as take so long, but no fewer than these


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
    watch, at_once = _Watch(), model.steps_per_execution or 1
    steps = (LEFT_OUT + max(LEAST, math.ceil(MEASURED / at_once))) * at_once
    model.fit(stream, steps_per_epoch=steps, verbose=0, shuffle=False, callbacks=[watch])
    for variable, value in zip(variables, before, strict=True):
        variable.assign(value)
    return max(1, math.floor(60 * minutes * at_once / statistics.median(watch.seconds)))


class _Watch(keras.callbacks.Callback):
    """How long each execution takes, of one step or of several; the first ones left out."""

    def on_train_begin(self, logs=None):
        self.seconds, self._ended = [], []

    def on_train_batch_end(self, batch, logs=None):
        self._ended.append(time.perf_counter())
        if len(self._ended) > LEFT_OUT:
            self.seconds.append(self._ended[-1] - self._ended[-2])
        if len(self.seconds) >= LEAST and sum(self.seconds) > MOST_SECONDS:
            self.model.stop_training = True
