"""One progress bar for one training."""

import math
import time

from mlm_tf.training.throughput import Throughput

EVERY_SECONDS = 0.2  # how often the bar moves


class TokenProgress(Throughput):
    """Shows how far a training is, and counts tokens: speed and learning curves are about them.

    The bar shows the speed and the least validation perplexity so far. `tokens`, the targets
    trained on so far, is added to the history of each epoch.

    Args:
        description: what stands before the bar.
        tokens_per_batch: how many targets a batch holds.
        visible: whether to draw the bar at all.
        batches: in the whole training, where `fit` may be called for a part of it.

    Attributes:
        tokens: targets trained on.
        seconds: time spent on training steps, without the evaluations between them.

    Example:

    >>> from mlm_tf import TextPipeline, build_model
    >>> pipeline = TextPipeline.fit(["a b c d e f g h"])
    >>> model = build_model("lstm", pipeline=pipeline, hidden_dim=4)
    >>> model.compile("adam")
    >>> progress = TokenProgress("LSTM", tokens_per_batch=4, visible=False)
    >>> data = pipeline.windows(["a b c d e f g h"], length=4, batch_size=1)
    >>> model.fit(data, epochs=3, verbose=0, callbacks=[progress]).history["tokens"]
    [4, 8, 12]
    """

    def __init__(
        self,
        description: str,
        tokens_per_batch: int,
        visible: bool = True,
        batches: int | None = None,
    ):
        super().__init__(tokens_per_batch)
        self.description = description
        self.visible = visible
        self.batches = batches
        self._bar = self._task = None
        self._drawn, self._best = -math.inf, math.inf

    def get_state(self) -> dict:
        """What a training that goes on counts on from."""
        return {**super().get_state(), "best": self._best}

    def set_state(self, state: dict) -> None:
        """See `get_state`."""
        super().set_state(state)
        self._best = state["best"]

    def on_train_begin(self, logs=None):
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

        steps, total = self.params.get("steps"), self.batches
        if total is None and steps is not None:
            total = steps * self.params["epochs"]
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=16),
            TextColumn("{task.fields[status]}"),
            TimeRemainingColumn(compact=True),
            disable=not self.visible,
        )
        self._bar.start()
        done = self.tokens // self.tokens_per_batch  # of a training that goes on
        self._task = self._bar.add_task(
            self.description, total=total, completed=done, status="compiling"
        )

    def on_train_batch_end(self, batch, logs=None):
        super().on_train_batch_end(batch)
        self._bar.update(self._task, completed=self.tokens // self.tokens_per_batch)
        now = time.perf_counter()
        if now - self._drawn >= EVERY_SECONDS:
            self._drawn = now
            speed = self.tokens / (self.seconds + now - self._started)
            self._say(f"{speed:,.0f} tokens/s")

    def on_epoch_end(self, epoch, logs=None):
        self._pause()
        logs["tokens"] = self.tokens  # alone: the rest is another at each run
        self._best = min(self._best, logs.get("val_perplexity", math.inf))

    def on_train_end(self, logs=None):
        self._say(f"{self.tokens_per_second:,.0f} tokens/s")
        self.close()

    def close(self) -> None:
        """Leave the bar as it stands; needed only after an interrupted training."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None  # stopped again, it would write an empty line

    def _say(self, text: str) -> None:
        best = f", perplexity {self._best:.1f}" if self._best < math.inf else ""
        self._bar.update(self._task, status=text + best)
