"""Fine-tuning by low-rank adaptation (LoRA): adapters beside a frozen model, merged, or in files of
their own, which `adapter_files.py` reads and writes."""

import logging
import os
from collections.abc import Sequence

from mlm_tf.checks import check_integer, check_number, check_strings, shown
from mlm_tf.errors import InvalidArgumentError
from mlm_tf.layers.lora import FACTORS, Dense, KeepsFactors
from mlm_tf.layers.settings import walk
from mlm_tf.models.adapter_files import read_adapters, write_adapters
from mlm_tf.models.conversion import garbage_collected_once, train_anew
from mlm_tf.models.seeding import seeded

logger = logging.getLogger("mlm_tf")


class Adapters:
    """Mixed into a Keras model of texts: adapters on the projections in its blocks."""

    def enable_lora(
        self,
        rank: int,
        targets: Sequence[str] | None = None,
        lora_alpha: float | None = None,
        seed: int | None = None,
    ) -> None:
        """Freeze the model, and put an adapter beside each projection that is to learn.

        A projection `x W` becomes `x W + lora_alpha / rank · (x A) B`, where A has `rank` columns
        and B as many rows: a few numbers where W has many. B begins at zero, and so the model as it
        was. Afterwards adapters alone are trained; embeddings, norms, biases and the output are
        frozen. What else shall learn is released by itself, as the head of a classifier is by
        `model.classifier.trainable = True`. A table of word vectors that another model reads too is
        frozen there as well.

        Gradients and the optimizer's moments are those of the adapters alone, and `save` keeps them
        beside the matrices, so that training goes on where it was. A compiled model gets its
        optimizer anew, since other variables are trained than before. A model of few bits
        (`quantize`) takes adapters too.

        Args:
            rank: the rank of what an adapter adds.
            targets: names of projections, as `["query", "value"]`; by default all in the blocks.
            lora_alpha: how much adapters count, over `rank`; by default `rank`, which is once.
            seed: makes A repeatable, which is drawn at random.

        Raises:
            InvalidArgumentError: for a target that no block has, a model without projections or
                with adapters already, and one of float8.

        Example:

        >>> import numpy as np
        >>> from mlm_tf import build_model
        >>> model = build_model("transformer", vocabulary_size=9, hidden_dim=8, seed=0)
        >>> model.enable_lora(2, targets=["query", "value"])
        >>> [(weight.name, tuple(weight.shape)) for weight in model.trainable_weights[:2]]
        [('lora_kernel_a', (8, 2)), ('lora_kernel_b', (2, 8))]
        >>> model.compile("adam")
        >>> ids = np.array([[1, 2, 3, 4]])
        >>> history = model.fit(ids[:, :-1], ids[:, 1:], verbose=0)
        >>> model.merge_adapters()
        >>> [weight.name for weight in model.weights if "lora" in weight.name]
        []

        Reference: Hu et al. 2021, arXiv:2106.09685, section 4.1.
        """
        rank = check_integer("rank", rank)
        if lora_alpha is not None:
            lora_alpha = check_number("lora_alpha", lora_alpha, above=0)
        if seed is not None:
            seed = check_integer("seed", seed, least=0)
        if _adapted(self):
            raise InvalidArgumentError(
                "This model has adapters already; put them into its matrices with "
                "merge_adapters(), and begin anew."
            )
        chosen = _chosen(_projections(self), targets)
        with seeded(seed):
            _adapt(self, {layer: (rank, lora_alpha) for layer in chosen})

    def merge_adapters(self) -> None:
        """Put what adapters have learned into the matrices; the model is then one without.

        Its outputs stay what they were, up to rounding; matrices of few bits are rounded anew. All
        of it is trained again: what was frozen before `enable_lora` has to be frozen again. A
        compiled model gets its optimizer anew.

        Raises:
            InvalidArgumentError: for a model without adapters.
        """
        adapted = self._checked_adapted()
        with garbage_collected_once():
            for layer in adapted.values():
                layer.merge_lora()
        self.trainable = True
        train_anew(self)

    def save_adapters(self, folder: "str | os.PathLike[str]", overwrite: bool = False) -> None:
        """Write the adapters alone, a few megabytes beside a model of gigabytes.

        `adapter_model.safetensors` holds the factors in float32, `adapter_config.json` says what
        they belong to. Of a causal language model of Llama's kind (`"llama"`, `"qwen3"`, Mistral)
        the two are what PEFT writes, and `peft.PeftModel.from_pretrained` reads them beside the
        same checkpoint. Of any other, GPT-2 included, whose query, key and value are one matrix
        there, the layout is this package's own, which it alone reads.

        What else was trained, a head that was released say, is not in them; `save` has it all.
        Written beside and then renamed, so that an interrupted call leaves no half of them.

        Args:
            folder: where to; it is made.
            overwrite: whether a folder with something in it may get these files, over those of
                adapters that are there; other files stay.

        Raises:
            InvalidArgumentError: for a model without adapters, LoRA elsewhere than in the
                projections of blocks, adapters that PEFT's layout has no place for, and a folder
                that is in use.
            MissingFileError: if the folder to make it in does not exist.

        Example:

        >>> import tempfile
        >>> from mlm_tf import build_model
        >>> model = build_model("llama", vocabulary_size=9, hidden_dim=8, seed=0)
        >>> model.enable_lora(2, targets=["query", "value"], lora_alpha=4)
        >>> folder = tempfile.mkdtemp()
        >>> model.save_adapters(folder)
        >>> base = build_model("llama", vocabulary_size=9, hidden_dim=8, seed=0)
        >>> base.load_adapters(folder)
        >>> base.blocks[0].self_attention.block.query.lora_alpha
        4.0
        """
        adapted, projections = self._checked_adapted(), _projections(self)
        others = adapted.keys() - projections.keys()
        if others:
            raise InvalidArgumentError(
                f"LoRA is enabled at {min(others)!r} too, and files of adapters hold those of the "
                "projections in blocks alone; write the whole with model.save()."
            )
        trained = [v.path for v in self.trainable_variables if v.name not in FACTORS]
        if trained:
            logger.warning(
                "%s is trained beside the adapters (%s in all), and the files of adapters do not "
                "hold it; model.save() writes everything.",
                trained[0],
                len(trained),
            )
        write_adapters(self, adapted, folder, overwrite)

    def load_adapters(self, folder: "str | os.PathLike[str]") -> None:
        """Put the adapters of a folder beside the matrices of this model, in the place of those
        that it has, if any; as with `enable_lora` they alone are trained afterwards.

        Args:
            folder: as `save_adapters` or PEFT wrote it, for a model of this shape. Which matrices
                they were trained beside it does not say: the same checkpoint has to be loaded.

        Raises:
            MissingFileError: if there is no such folder, or a file of it is missing.
            InvalidFileError: for adapters of another model (other layers, targets or shapes),
                adapters of a kind that is none of ours, and damaged files. The model then is as
                it was.
        """
        projections = _projections(self)
        found = read_adapters(self, projections, folder)
        _check_takes_adapters([projections[path] for path in found])
        with garbage_collected_once():
            for layer in _adapted(self).values():
                layer.drop_lora()
        told = {projections[path]: (one.rank, one.lora_alpha) for path, one in found.items()}
        _adapt(self, told)
        for path, adapter in found.items():
            projections[path].lora_kernel_a.assign(adapter.a)
            projections[path].lora_kernel_b.assign(adapter.b)

    def _checked_adapted(self) -> dict[str, KeepsFactors]:
        adapted = _adapted(self)
        if not adapted:
            raise InvalidArgumentError(
                "This model has no adapters; make them with enable_lora(rank), or read them with "
                "load_adapters(folder)."
            )
        return adapted


def _projections(model) -> dict[str, Dense]:
    """The projections in the blocks by their paths, as "blocks/0/self_attention/block/query"."""
    return {
        path: layer
        for path, layer, _ in walk(model)
        if isinstance(layer, Dense) and path.split("/")[0] in model.stack_names
    }


def _adapted(model) -> dict[str, KeepsFactors]:
    """The layers in which LoRA is enabled by their paths."""
    return {p: layer for p, layer, _ in walk(model) if getattr(layer, "lora_enabled", False)}


def _chosen(projections: dict[str, Dense], targets) -> list[Dense]:
    """The projections of these names."""
    if not projections:
        raise InvalidArgumentError(
            "This model has no projection in its blocks, beside which an adapter could stand: "
            "recurrent cells have none; use one with 'attention' or 'transformer'."
        )
    by_name = {}
    for path, layer in projections.items():
        by_name.setdefault(path.split("/")[-1], []).append(layer)
    names = list(by_name) if targets is None else check_strings("targets", targets)
    for name in names or [None]:
        if name not in by_name:
            raise InvalidArgumentError(
                f"targets={shown(targets)} is not allowed: the projections in the blocks of this "
                f"model are {', '.join(map(repr, by_name))}; name some of these."
            )
    chosen = [layer for name in dict.fromkeys(names) for layer in by_name[name]]
    _check_takes_adapters(chosen)
    return chosen


def _check_takes_adapters(layers: Sequence[Dense]) -> None:
    if any(layer.quantization_mode == "float8" for layer in layers):
        raise InvalidArgumentError(
            "A model of float8 takes no adapters; quantise the model that was saved before with "
            "'int8' or 'int4', or not at all."
        )


def _adapt(model, told: dict[Dense, tuple[int, float | None]]) -> None:
    """Put adapters of these ranks and weights beside projections, and freeze all else."""
    for layer, (rank, lora_alpha) in told.items():
        layer.enable_lora(rank, lora_alpha=lora_alpha)
    _freeze_all_but_adapters(model)
    train_anew(model)


def _freeze_all_but_adapters(model) -> None:
    """Layer by layer, never a block around others, in which no adapter could be trained then."""
    model.trainable = True
    for layer in model._flatten_layers():
        own = layer._trainable_variables
        is_leaf = not layer._flatten_layers(include_self=False)
        if own and is_leaf and not getattr(layer, "lora_enabled", False):
            layer.trainable = False
        else:
            for variable in own:
                variable.trainable = variable.name in FACTORS
