"""Pretraining, then fine-tuning: the trunk of a language model under a head for another task."""

from collections.abc import Iterator

import keras
import numpy as np
from keras import ops

from mlm_tf.checks import check_integer, shown
from mlm_tf.errors import InvalidArgumentError
from mlm_tf.layers.settings import settings_of, walk
from mlm_tf.layers.sharing import copies_of
from mlm_tf.models.labelled_texts import LabelledTexts, check_labels
from mlm_tf.models.registry import TASKS
from mlm_tf.models.seeding import seeded
from mlm_tf.models.text_model import TextModel, arguments_of

# Before and after the blocks; a model has some of them.
AROUND = ("embedding", "segment_embedding", "input_projection", "output_norm")
OF_TRUNK = {"num_segments", "output_norm"}  # what a constructor may take beside `TextModel`'s


class TakesNewHead:
    """Mixed into a language model of one stack of blocks, before Keras's class."""

    def with_head(self, task: str, seed: int | None = None, **settings) -> TextModel:
        """A model for another task, which begins with what this one has learned.

        It has copies of the embedding, the blocks and the norm behind them, and a new head.
        Training it changes nothing here, at the cost of the weights' memory once more; `del` this
        model if it is not needed. What is frozen or quantised here is so there, adapters included;
        the head is trained. So `model.trainable = False` first, and the head alone learns, on
        vectors that stay as they are.

        Blocks go on looking where they looked: of a `CausalLM` at no later token, so that its last
        position alone has read the whole text, which `pooling="last"` takes.

        Args:
            task: `"text_classifier"`, `"token_classifier"`, `"counted_classifier"`, or a task of
                one's own that is none of writing.
            seed: makes the new head's starting weights repeatable.
            **settings: what the task takes in `build_model`, as `num_classes`, `label_names` and
                `pooling`.

        Returns:
            A model of that task, built, not compiled, with the same pipeline.

        Raises:
            InvalidArgumentError: for another task, and for settings that it does not take or that
                cannot work.

        Example:

        >>> from mlm_tf import TextPipeline, build_model
        >>> texts = ["a fine film", "a dull film", "fine", "so dull"] * 8
        >>> labels = ["good", "bad", "good", "bad"] * 8
        >>> pipeline = TextPipeline.fit(texts)
        >>> model = build_model("lstm", pipeline=pipeline, hidden_dim=8, seed=0)
        >>> model.compile(keras.optimizers.Adam(0.02))
        >>> history = model.fit(pipeline.windows(texts, length=4, batch_size=4), verbose=0)
        >>> classifier = model.with_head("text_classifier", num_classes=2, seed=0)
        >>> classifier.compile(keras.optimizers.Adam(0.02))
        >>> history = classifier.fit(texts, labels, epochs=10, verbose=0)
        >>> classifier.predict_labels(["fine", "a dull film"])
        ['good', 'bad']

        Reference: Howard & Ruder 2018; Radford et al. 2018, section 3.2; Devlin et al. 2019,
        section 3.
        """
        kind = _kind_of(task)
        if seed is not None:
            seed = check_integer("seed", seed, least=0)
        arguments = arguments_of(kind)
        settings = _checked_settings(task, kind, arguments, settings)
        if "output_norm" in arguments:
            settings["output_norm"] = self.output_norm is not None
        if getattr(self, "num_segments", None) is not None:
            if "num_segments" not in arguments:
                raise InvalidArgumentError(
                    f"task={task!r} has no place for the segments that this model reads; let its "
                    "class be one of mlm_tf.models.segments.ReadsSegments."
                )
            settings["num_segments"] = self.num_segments
        with seeded(seed):
            model = kind(
                vocabulary_size=self.vocabulary_size,
                embedding_dim=self.embedding_dim,
                hidden_dim=self.hidden_dim,
                blocks=copies_of(self.blocks),
                dropout=self.dropout,
                max_sequence_length=self.max_sequence_length,
                pipeline=self.pipeline,
                dtype=self.dtype_policy,
                sublayers=_settings_of_trunk(self),
                **settings,
            )
        for old, new in _parts(self, model):
            _copy_weights(old, new)
        return model


def _kind_of(task) -> type[TextModel]:
    """The class of a task whose model has one stack of blocks and a head of another kind."""
    kinds = {
        name: kind
        for name, kind in TASKS.items()
        if kind.stack_names == ("blocks",) and not issubclass(kind, TakesNewHead)
    }
    if not isinstance(task, str) or task not in kinds:
        raise InvalidArgumentError(
            f"task={shown(task)} is no head for the blocks of a language model; use one of "
            f"{sorted(kinds)}."
        )
    return kinds[task]


def _checked_settings(task: str, kind: type[TextModel], arguments: dict, settings: dict) -> dict:
    """What the head is told, looked at."""
    own = {n: arguments[n] for n in arguments.keys() - arguments_of(TextModel).keys() - OF_TRUNK}
    for name in settings:
        if name not in own:
            raise InvalidArgumentError(
                f"{name}={shown(settings[name])} is nothing that a new head of task={task!r} is "
                f"told, and the rest is as in this model; use {', '.join(sorted(own)) or 'none'}."
            )
    if issubclass(kind, LabelledTexts):
        given = settings.get("num_classes"), settings.get("label_names")
        settings = {**settings, **check_labels(*given)}
    for name, parameter in own.items():
        if parameter.default is parameter.empty and name not in settings:
            raise InvalidArgumentError(
                f"task={task!r} asks for {name}; pass with_head({task!r}, {name}=...)."
            )
    return settings


def _settings_of_trunk(model) -> dict[str, dict]:
    """What is set otherwise inside the parts that are copied, as for a model that is not frozen."""
    stack = {f"blocks/{place}": block for place, block in enumerate(model.blocks)}
    parts = stack | {name: getattr(model, name, None) for name in AROUND}
    parts = {path: part for path, part in parts.items() if part is not None}
    settings = {
        path: here
        for path, here in settings_of(model).items()
        if any(path == part or path.startswith(f"{part}/") for part in parts)
    }
    for path, part in parts.items():
        if not part.trainable:
            settings[path] = {**settings.get(path, {}), "trainable": False}
    return settings


def _parts(old, new) -> Iterator[tuple[keras.layers.Layer, keras.layers.Layer]]:
    """Each part that both models have, of the one and of the other."""
    yield from zip(old.blocks, new.blocks, strict=True)
    for name in AROUND:
        parts = getattr(old, name, None), getattr(new, name, None)
        if None not in parts:
            yield parts


def _copy_weights(old, new) -> None:
    """Layer by layer as a file would hold them, in arrays that both models do not share."""
    layers = {path: layer for path, layer, _ in walk(new)}
    for path, layer, _ in walk(old):
        store = {}
        layer.save_own_variables(store)
        if path == "" and not getattr(layer, "tie_weights", True):
            del store["1"]  # a table of scores, which no classifier has
        store = {name: np.array(ops.convert_to_numpy(value)) for name, value in store.items()}
        layers[path].load_own_variables(store)
