"""What one sees while a model trains: texts that it writes, and its learning curves."""

import math
import os
import time
from collections.abc import Mapping, Sequence

import keras
import numpy as np

from mlm_tf import viz
from mlm_tf.checks import (
    check_boolean,
    check_integer,
    check_new_file,
    check_number,
    check_path,
    shown,
)
from mlm_tf.errors import InvalidArgumentError, MlmError
from mlm_tf.training.throughput import batches_done, not_training

MEASURES = ("perplexity", "accuracy", "loss")  # the first that there is, is drawn


class TextSamples(keras.callbacks.Callback):
    """Shows texts that the model writes while it trains.

    They come from the weights of that moment, on JAX too. The training is what it would be without
    them: bit for bit, since nothing that it draws from is drawn from here, and they take no part in
    its `tokens_per_second`. Where the model cannot write, as where its scores are no numbers any
    more, the reason stands in the place of the text.

    Args:
        prompts: what the texts begin with, a string or a list; the sources of a `seq2seq_lm`.
        every: how many steps lie between two of them; `None` writes after each evaluation, that is,
            at the end of each of Keras's epochs.
        path: a text file to write them to. One that is there is replaced; a training that goes on
            from a checkpoint continues its own.
        show: whether to print them, above the progress bar.
        seed: of what is drawn; the same at each moment, so that only the weights differ.
        settings: further arguments of the model's `generate`. Unless told, texts are of at most 64
            tokens.

    Raises:
        InvalidArgumentError: for settings that cannot work, and where `fit` begins, if the model
            does not generate.
        MissingFileError: if the folder of `path` does not exist.

    Example:

    >>> from mlm_tf import TextPipeline, build_model
    >>> texts = ["the cat sat on the mat"] * 8
    >>> pipeline = TextPipeline.fit(texts)
    >>> model = build_model("gru", pipeline=pipeline, hidden_dim=8, seed=0)
    >>> model.compile(keras.optimizers.Adam(0.05))
    >>> samples = TextSamples("the cat", every=12, sampler="greedy", max_length=8)
    >>> data = pipeline.windows(texts, length=6, batch_size=2)
    >>> _ = model.fit(data, epochs=6, verbose=0, callbacks=[samples])
    step 12: the cat sat on the mat
    step 24: the cat sat on the mat
    """

    def __init__(
        self,
        prompts: str | Sequence[str] = "",
        every: int | None = None,
        path: str | os.PathLike | None = None,
        show: bool = True,
        seed: int = 0,
        **settings,
    ):
        super().__init__()
        self.prompts = [prompts] if isinstance(prompts, str) else list(prompts)
        self.every = None if every is None else check_integer("every", every)
        self.path = None if path is None else _checked_path(path)
        self.show = check_boolean("show", show)
        self.settings = {"max_length": 64, **settings, "seed": check_integer("seed", seed, least=0)}
        for name in ("stream", "return_log_probs", "return_read"):
            if settings.get(name):
                raise InvalidArgumentError(
                    f"{name}={shown(settings[name])} gives something else than whole texts, which "
                    "samples are; leave it out."
                )
        self.steps = 0
        self._before = self._size = 0  # steps where the epoch began; of the file

    def get_state(self) -> dict:
        """What a training that goes on counts on from."""
        return {"steps": self.steps, "size": self._size}

    def set_state(self, state: dict) -> None:
        """See `get_state`; the file ends again where it ended then."""
        self.steps, self._size = state["steps"], state["size"]
        if self.path is not None and self.path.exists():
            self._size = min(self._size, self.path.stat().st_size)
            os.truncate(self.path, self._size)

    def on_train_begin(self, logs=None):
        if not hasattr(self.model, "generate"):
            raise InvalidArgumentError(
                f"{type(self.model).__name__} has no generate, so that it writes no text; leave "
                "TextSamples out, or train a causal_lm or a seq2seq_lm."
            )
        if not self.steps and self.path is not None:
            self.path.write_bytes(b"")
        self.steps = self.steps or self.params.get("before", 0)

    def on_epoch_begin(self, epoch, logs=None):
        self._before = self.steps

    def on_train_batch_end(self, batch, logs=None):
        last, self.steps = self.steps, self._before + batches_done(self, batch)
        if self.every is not None and self.steps // self.every > last // self.every:
            self._write()

    def on_epoch_end(self, epoch, logs=None):
        if self.every is None:
            self._write()

    def _write(self) -> None:
        with not_training(self._model):
            lines = "".join(f"step {self.steps}: {text}\n" for text in self._texts())
            if self.show:
                print(lines, end="", flush=True)
            if self.path is not None:
                with self.path.open("ab") as file:
                    file.write(lines.encode())
                    self._size = file.tell()

    def _texts(self) -> list[str]:
        try:  # on JAX Keras brings the weights up to date where it is asked for the model
            return self.model.generate(self.prompts, **self.settings)
        except MlmError as error:
            return [f"(no text: {error})"]


class LearningCurves(keras.callbacks.Callback):
    """Draws the learning curve so far after each evaluation, as `viz.learning_curves` does.

    The numbers themselves are kept by Keras's `CSVLogger`; behind a `Throughput`, and in `train`,
    both know how many tokens the model has seen, which then is what the picture has on its x axis.

    Args:
        path: a PNG file in a folder that exists; replaced by each picture, once that is whole.
        measure: which of the figures, together with its `val_` twin; by default the first that
            there is of perplexity, accuracy and loss.
        baselines: values to compare with, by name.
        title: above the plot.
        seconds: so many lie at least between two pictures, of which each takes a tenth of one; the
            last is drawn where the training ends.

    Raises:
        InvalidArgumentError: if the path is no PNG; after the first evaluation, if there is no such
            measure.
        MissingFileError: if the folder of `path` does not exist.
        OSError: if the picture cannot be written, as where the disk is full.

    Example:

    >>> import pathlib, tempfile
    >>> from mlm_tf import TextPipeline, build_model
    >>> texts = ["the cat sat on the mat"] * 8
    >>> pipeline = TextPipeline.fit(texts)
    >>> model = build_model("gru", pipeline=pipeline, hidden_dim=8, seed=0)
    >>> model.compile("adam")
    >>> from mlm_tf.training import Throughput
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> callbacks = [
    ...     Throughput(tokens_per_batch=12),
    ...     keras.callbacks.CSVLogger(folder / "curves.csv"),
    ...     LearningCurves(folder / "curves.png"),
    ... ]
    >>> data = pipeline.windows(texts, length=6, batch_size=2)
    >>> _ = model.fit(data, epochs=2, verbose=0, callbacks=callbacks)
    >>> sorted(path.name for path in folder.iterdir())
    ['curves.csv', 'curves.png']
    """

    def __init__(
        self,
        path: str | os.PathLike,
        measure: str | None = None,
        baselines: Mapping[str, float] | None = None,
        title: str | None = None,
        seconds: float = 0.0,
    ):
        super().__init__()
        self.path, self.measure = _checked_path(path), measure
        self.baselines, self.title = baselines, title
        if self.path.suffix.lower() != ".png":
            raise InvalidArgumentError(
                f"path={str(path)!r} is no PNG; use a name that ends in .png."
            )
        self.seconds = check_number("seconds", seconds, least=0)
        self.history, self._is_drawn, self._drawn = {}, True, -math.inf

    def get_state(self) -> dict:
        """What a training that goes on draws on from."""
        return {"history": self.history}

    def set_state(self, state: dict) -> None:
        """See `get_state`."""
        self.history = {name: list(values) for name, values in state["history"].items()}
        self._is_drawn = not self.history

    def on_train_begin(self, logs=None):
        self._drawn = time.monotonic()

    def on_epoch_end(self, epoch, logs=None):
        before = max(map(len, self.history.values()), default=0)
        for name in [*self.history, *(name for name in logs if name not in self.history)]:
            values = self.history.setdefault(name, [math.nan] * before)
            values.append(float(logs.get(name, math.nan)))
        self._is_drawn = False
        if time.monotonic() - self._drawn >= self.seconds:
            self.draw()

    def on_train_end(self, logs=None):
        self.draw()

    def draw(self) -> None:
        """Draw what is known, unless the picture shows it already."""
        if self._is_drawn:
            return
        try:
            self._draw()
        except OSError as error:  # a full disk
            raise OSError(f"{self.path} cannot be written ({error}); make room.") from error
        self._is_drawn, self._drawn = True, time.monotonic()

    def _draw(self) -> None:
        measure = self.measure or next(name for name in MEASURES if name in self.history)
        names = [name for name in (measure, f"val_{measure}") if name in self.history]
        drawn = [name for name in names if np.isfinite(self.history[name]).any()]
        if names and not drawn:  # no number yet
            return
        history = {name: self.history[name] for name in (*drawn, "tokens") if name in self.history}
        viz.learning_curves({measure: history}, self.baselines, self.title, self.path, measure)


def _checked_path(path):
    return check_new_file(check_path("path", path), overwrite=True)
