"""mlm_tf, with the backend that KERAS_BACKEND names: a training of so many steps."""

import math
import os

import keras
import numpy as np
from timing import Clock, all_windows, drawn_windows, drawn_words, job, report, shuffled_windows

import mlm_tf
from mlm_tf._startup import tf
from mlm_tf.training import Perplexity, make_optimizer

EVALUATED_AT_ONCE = 64  # windows


class Steps(keras.callbacks.Callback):
    """Notes when steps end. Their figures are waited for at the first two and at the last: in
    between the next step may be prepared while one is computed, as in any other training."""

    def __init__(self, clock: Clock, last: int):
        super().__init__()
        self.clock, self.last = clock, last

    def on_train_batch_end(self, batch, logs=None):
        if len(self.clock.steps) < 2 or batch >= self.last:
            float(logs["loss"])
        self.clock.step_ends()


def main() -> None:
    asked = job()
    text = np.load(asked["data"]) if asked["data"] else None
    tf.constant(0)  # TensorFlow's own start belongs to the imports
    clock = Clock()
    data = training_data(text, asked)
    model = build(asked)
    steps, at_once = asked["steps"], asked["steps_per_execution"]
    name = asked["optimizer"] or model.suited_optimizer
    optimizer = make_optimizer(
        name, steps, asked["learning_rate"], weight_decay=asked["weight_decay"]
    )
    if asked["of_keras"]:
        of_keras = getattr(keras.optimizers, type(optimizer).__name__)
        config = optimizer.get_config()
        config.pop("decay_matrices_only")
        optimizer = of_keras.from_config(config)
        optimizer.exclude_from_weight_decay(var_names=["scale", "bias"])
    model.compile(
        optimizer,
        jit_compile=asked["jit_compile"],
        steps_per_execution=at_once,
    )
    model.fit(data, verbose=0, callbacks=[Steps(clock, steps - 1)])
    figures = clock.figures(asked["batch"] * asked["length"] * at_once)
    loss = evaluate(model, text["validation"], asked["length"]) if asked["evaluated"] else None
    report(
        ["keras", keras.backend.backend()],
        loss=loss,
        parameters=model.count_params(),
        **figures,
    )


def build(asked: dict):
    return mlm_tf.build_model(
        asked["architecture"],
        vocabulary_size=asked["vocabulary_size"],
        hidden_dim=asked["hidden_dim"],
        num_layers=asked["num_layers"],
        seed=asked["seed"],
        **asked["settings"],
    )


def training_data(text, asked: dict):
    """The windows that the peers get; of words, which are there for speed alone, drawn ones."""
    if text is None:
        x, y = (part.astype("int32") for part in drawn_words(asked))
    else:
        windows = {"drawn": drawn_windows, "epochs": shuffled_windows}[asked["order"]]
        x, y = windows(text["training"], asked)
    options = tf.data.Options()
    options.autotune.enabled = False
    return tf.data.Dataset.from_tensor_slices((x, y)).with_options(options)


def evaluate(model, ids: np.ndarray, length: int) -> float:
    """The loss over every token of a text but the first, in windows one behind the other."""
    x, y, counts = all_windows(ids, length)
    model.compile(weighted_metrics=[Perplexity()])
    found = model.evaluate(
        x, y, EVALUATED_AT_ONCE, sample_weight=counts.astype("float32"), verbose=0, return_dict=True
    )
    return math.log(found["perplexity"])


if __name__ == "__main__":
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    main()
