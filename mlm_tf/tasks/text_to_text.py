"""What applications that write one text from another share: an encoder-decoder learned from pairs,
and texts generated in batches."""

import logging
from collections.abc import Sequence
from typing import ClassVar, NamedTuple, Self

import numpy as np

from mlm_tf.checks import check_choice, check_integer, check_number, check_strings
from mlm_tf.generation import Beam
from mlm_tf.models import Seq2SeqLM, build_model
from mlm_tf.models.text_generation import TextGeneration
from mlm_tf.preprocessing import TextPipeline, pair_rows
from mlm_tf.tasks.alignment import Alignment
from mlm_tf.tasks.application import Application, Setting
from mlm_tf.tasks.rows import Rows, split_rows
from mlm_tf.training import Recipe

logger = logging.getLogger("mlm_tf")


class Kind(NamedTuple):
    """A model that can be chosen, and how it trains best.

    Attributes:
        blocks: the blocks of a layer, of encoder and decoder.
        last: what stands above all layers.
        bidirectional: whether the encoder, if it is recurrent, reads both ways.
        optimizer, learning_rate: see `Recipe`.
        task: of `build_model`.
    """

    blocks: tuple[str, ...]
    last: tuple[str, ...]
    bidirectional: bool
    optimizer: str
    learning_rate: float
    task: str = "seq2seq_lm"


KINDS = {
    "lstm": Kind(("lstm",), (), True, "adamw", 6e-3),
    "attention": Kind(("lstm",), ("cross_attention",), True, "adamw", 3e-3),
    "transformer": Kind(("transformer",), (), False, "adamw", 2e-3),
}
VALIDATION = 0.05  # share of the different sources
ROOM = 8  # tokens by which what is written may be longer than any text that was learned from
BATCH = 64
SETTINGS = (  # of the model, and how it writes
    Setting("hidden_dim", 256, "width"),
    Setting("num_layers", 1, "blocks of encoder and decoder each"),
    Setting("dropout", 0.3, "share of zeros in training"),
    Setting("epochs", 12, "times through the pairs"),
    Setting("num_beams", 4, "beams of what is written; 1 is greedy", is_of_use=True),
    Setting("seed", 0, "of weights, order and chance"),
)


class TextToText(Application):
    """An application that writes a text for each text, by an encoder-decoder.

    A subclass says which `pipelines` make ids of both sides, and what it does with texts that it
    has `written`. Among its settings are `model` (a name of `kinds`), `hidden_dim`, `num_layers`,
    `dropout`, `epochs` and `seed`, as in `SETTINGS`.

    Attributes:
        most_tokens: of a source and of a target while they are learned from; of a longer one the
            end is cut off, and a line of the log says of how many.
        label_smoothing: see `Recipe`.
        keep: which weights of the training, see `training.train`.
        kinds: the models that can be chosen, by their names.
    """

    most_tokens: ClassVar[tuple[int, int]] = (100, 100)
    label_smoothing: ClassVar[float] = 0.0
    keep: ClassVar[str] = "best"
    kinds: ClassVar[dict[str, Kind]] = KINDS
    targets_are_classes = False
    model_kind = Seq2SeqLM

    def __init__(self, **settings):
        super().__init__(**settings)
        check_choice("model", self.options["model"], tuple(self.kinds))
        for name in ("hidden_dim", "num_layers", "epochs"):
            check_integer(name, self.options[name])
        check_integer("seed", self.options["seed"], least=0)
        check_number("dropout", self.options["dropout"], least=0, below=1)

    # === What a subclass does ===

    def pipelines(self, rows: Rows) -> tuple[TextPipeline, TextPipeline]:
        """Of the sources and of the targets; twice the same where they share a vocabulary."""
        raise NotImplementedError(f"{type(self).__name__} does not define pipelines().")

    def model_arguments(self) -> dict:
        """What else `build_model` is told, or told otherwise."""
        return {}

    # === Learning ===

    @classmethod
    def checked(cls, inputs, targets=None) -> Rows:
        """Sources and targets, looked at: no side of a pair is empty."""
        rows = super().checked(inputs, targets)
        return Rows(rows.inputs, check_strings(f"{cls.target_name}s", rows.targets))

    def fit(self, inputs, targets=None, progress: bool = False) -> Self:
        """Learn from pairs; a twentieth of the different sources is set aside to validate on.

        Args:
            inputs: sources.
            targets: as many texts that are to be written.
            progress: whether to show a bar.

        Raises:
            InvalidArgumentError: for a side that is empty, with its place.
            EmptyCorpusError: for fewer than two different sources.
        """
        rows, seed = self.checked(inputs, targets), self.options["seed"]
        training, held = split_rows(rows, VALIDATION, seed, by_class=False)
        pipelines = self.pipelines(training)
        lengths = [
            _length(pipeline, texts, most)
            for pipeline, texts, most in zip(pipelines, rows, self.most_tokens, strict=True)
        ]
        model = self._model(pipelines, max(lengths) + ROOM)
        sizes = (*lengths, min(BATCH, len(training.inputs)))
        data = (
            pair_rows(*pipelines, *training, *sizes, seed=seed),
            pair_rows(*pipelines, *held, *sizes, shuffle=False),
        )
        kind = self.kinds[self.options["model"]]
        how = kind.optimizer, kind.learning_rate, self.label_smoothing
        recipe = Recipe(self.options["epochs"], 1, *how)
        self.learn(model, data, recipe, progress, keep=self.keep)
        return self

    def _model(self, pipelines, max_sequence_length: int) -> Seq2SeqLM:
        kind, options = self.kinds[self.options["model"]], self.options
        arguments = {
            "task": kind.task,
            "pipeline": pipelines[0],
            "target_pipeline": pipelines[1],
            "hidden_dim": options["hidden_dim"],
            "dropout": options["dropout"],
            "max_sequence_length": max_sequence_length,
            "seed": options["seed"],
            **({"bidirectional": True} if kind.bidirectional else {}),
            **self.model_arguments(),
        }
        return build_model([*kind.blocks * options["num_layers"], *kind.last], **arguments)

    # === Writing ===

    def written(self, rows: Sequence[np.ndarray], num_beams: int = 1, **how) -> list[np.ndarray]:
        """Sources as ids -> what the model writes for each, as ids, until the end token.

        Args:
            rows: each with its start and end token.
            num_beams: how many beams; 1 is greedy.
            how: further arguments of `model.generate`.
        """
        model = self.trained()
        how = {"stop_token_ids": model.output_pipeline.end_ids, **how}
        sampler = "greedy" if num_beams == 1 else Beam(num_beams)
        order = sorted(range(len(rows)), key=lambda place: len(rows[place]))  # less padding
        found = generate_in_batches(
            model, [rows[place] for place in order], BATCH, sampler=sampler, **how
        )
        by_place = dict(zip(order, found, strict=True))
        return [by_place[place] for place in range(len(rows))]

    def alignment(self, source: str, target: str | None = None) -> Alignment:
        """What is read of a source to write a target, or else to write what the model does."""
        model = self.trained()
        if target is None:
            [ids] = model.pipeline.encode([source], add_start=True)
            is_read = source.strip() and 2 < len(ids) <= model.max_sequence_length
            target = self.written([ids], self.options.get("num_beams", 1))[0] if is_read else ""
        return Alignment.of(model, source, target)


def generate_in_batches(
    model: TextGeneration, prompts: Sequence[np.ndarray], batch_size: int, **how
) -> list[np.ndarray]:
    """What a model writes for each prompt, both as ids.

    All batches are of one size, so that nothing is compiled anew: the last is filled up.

    Args:
        model: `generate` is called with `strip_prompt`.
        prompts: ids of each.
        batch_size: how many at once; fewer, if there are no more.
        how: further arguments of `generate`.
    """
    size, found = min(batch_size, len(prompts)), []
    for first in range(0, len(prompts), size or 1):
        part = list(prompts[first : first + size])
        filled = part + part[-1:] * (size - len(part))
        found += model.generate(filled, strip_prompt=True, **how)[: len(part)]
    return found


def _length(pipeline: TextPipeline, texts: Sequence[str], most: int) -> int:
    """Tokens of a row for all of the texts, or for as much of the longest as is learned from."""
    lengths = [len(ids) for ids in pipeline.encode(texts, add_start=True)]
    cut = sum(length > most for length in lengths)
    if cut:
        logger.warning(
            "%s texts have more than %s tokens, the longest %s; their ends are not learned from.",
            f"{cut:,}",
            most,
            f"{max(lengths):,}",
        )
    return min(max(lengths), most)
