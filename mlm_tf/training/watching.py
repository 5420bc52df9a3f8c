"""What `train` shows and keeps of a training, beside what its caller asks Keras for."""

from collections.abc import Sequence
from pathlib import Path

import keras

from mlm_tf.checks import check_boolean, check_integer, check_strings
from mlm_tf.errors import InvalidArgumentError, MissingDependencyError
from mlm_tf.training.callbacks import LearningCurves, TextSamples
from mlm_tf.training.distribution import is_writer

# Between two pictures: one takes 0.1 s, and the first 0.5 s more, for matplotlib. A short training
# makes one, at its end.
SECONDS = 60.0


class Watching:
    """How a training is looked at; it changes nothing of it, and may be told anew when it goes on.

    Args:
        sample_every, sample_prompts, tensorboard: as for `train`.
        output: as for `train`, for what is said.
        folder: where it is kept; `None` where nothing is. It need not exist yet.

    Raises:
        InvalidArgumentError: for a number below 1, prompts that are no strings, and TensorBoard
            without a folder.
        MissingDependencyError: if the package tensorboard is not installed.
    """

    def __init__(
        self,
        sample_every: int | None,
        sample_prompts: str | Sequence[str] | None,
        tensorboard: bool,
        output,
        folder: Path | None,
    ):
        self.is_sampled = sample_every is not None or sample_prompts is not None
        self.every = None if sample_every is None else check_integer("sample_every", sample_every)
        prompts = "" if sample_prompts is None else sample_prompts
        prompts = [prompts] if isinstance(prompts, str) else prompts
        self.prompts = check_strings("sample_prompts", prompts)
        self.folder, self._curves = folder, None
        self.tensorboard = check_boolean("tensorboard", tensorboard)
        if tensorboard and folder is None:
            raise InvalidArgumentError(
                f"tensorboard=True (--tensorboard) writes into the folder of a run, and output="
                f"{str(output)!r} keeps none; use a folder, a name without an ending."
            )
        if tensorboard:
            _check_tensorboard()

    def begin(self) -> list[keras.callbacks.Callback]:
        """The callbacks, which write into the folder; it exists now. Of several processes all
        sample, since they compute together, and the first writes."""
        folder = self.folder if is_writer() else None
        made = []
        if self.is_sampled:
            path = None if folder is None else folder / "samples.txt"
            made.append(TextSamples(self.prompts, self.every, path, show=is_writer()))
        if folder is not None:
            self._curves = LearningCurves(folder / "curves.png", seconds=SECONDS)
            made.append(self._curves)
            if self.tensorboard:
                made.append(keras.callbacks.TensorBoard(folder / "tensorboard", write_graph=False))
        return made

    def end(self) -> None:
        """Draw the last picture, where a training that goes on had no step left to make."""
        if self._curves is not None:
            self._curves.draw()


def _check_tensorboard() -> None:
    try:
        import tensorboard  # noqa: F401
    except ImportError as error:
        raise MissingDependencyError(
            "tensorboard=True (--tensorboard) needs the package tensorboard, which TensorFlow does "
            "not bring; use pip install tensorboard."
        ) from error
