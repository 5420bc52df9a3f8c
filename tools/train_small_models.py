"""Train the small models that come with the package, and write their cards.

    python tools/train_small_models.py wikipedia-small build/small
    MLM_TF_DATA=... python tools/train_small_models.py tang-small build/small
    python tools/train_small_models.py wikipedia-small build/small --measure   # not trained again

Trains by `mlm_tf.training.train`, whose file it makes small (float16, no optimizer), and measures
what it wrote on held-out texts, beside Kneser-Ney models of the same tokens. The files of
`mlm_tf/models/pretrained` were made so, on two CPU cores; a card there holds what was printed then.
The poems are downloaded where `MLM_TF_DATA` has none; their conversion to simplified characters
needs OpenCC.
"""

import argparse
import io
import math
import os
import time
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import h5py

from mlm_tf import TextPipeline, build_model, corpora, load_model
from mlm_tf.baselines import KneserNeyModel
from mlm_tf.preprocessing import to_simplified
from mlm_tf.tasks.audit import audit
from mlm_tf.training import Recipe, train

WEIGHTS = "model.weights.h5"  # inside a .keras file
ORDERS = (2, 3, 4, 5)
MOST_BYTES = 4_000_000
NOT_FOR = (
    "facts, advice, or any decision about people: it knows which words follow each other and "
    "nothing of what they say, and what it writes of persons, dates and numbers is invented"
)
LABELLING = "whoever publishes a text of this model says beside it that a program wrote it"
ANSWERS = "the authors of this repository, through its issues"


@dataclass(frozen=True)
class SmallModel:
    """What a model is trained on, how, and what its card says.

    Attributes:
        texts: gives those to train and those to validate on.
        pipeline, model, windows: arguments of `TextPipeline.fit`, `build_model` and
            `pipeline.windows`.
        recipe: of the training.
        prompts: that show what it writes.
        card: entries of its card.
    """

    texts: Callable[[], tuple[list[str], list[str]]]
    pipeline: dict
    model: dict
    windows: dict
    recipe: Recipe
    prompts: tuple[str, ...]
    card: dict = field(default_factory=dict)


def wikipedia_sentences() -> tuple[list[str], list[str]]:
    training, validation = corpora.split(corpora.wikipedia())
    return corpora.sentences(training), corpora.sentences(validation)


def tang_poems() -> tuple[list[str], list[str]]:
    """A line a line. The anthology repeats many of the complete poems, here and there broken into
    other lines; none that is held out is among the others."""
    poems = {}
    for collection in ("tang_300", "tang"):
        for poem in corpora.chinese_poetry(collection):
            poems.setdefault(poem.sentences, poem)
    poems.pop((), None)
    training, validation = (
        to_simplified([poem.text for poem in part]) for part in corpora.split([*poems.values()])
    )
    seen = {"".join(text.split()) for text in training}
    return training, [text for text in validation if "".join(text.split()) not in seen]


MODELS = {
    "wikipedia-small": SmallModel(
        wikipedia_sentences,
        pipeline={
            "level": "subword",
            "language": "en",
            "vocabulary_size": 6000,
            "normalization": None,
        },
        model={"architecture": "lstm", "embedding_dim": 128, "hidden_dim": 320, "dropout": 0.25},
        windows={"length": 48, "batch_size": 24},
        recipe=Recipe(epochs=6),
        prompts=("The city", "The", "During the war", ""),
        card={
            "purpose": "English sentences in the manner of an encyclopedia, for lessons, tests and "
            "demonstrations of mlm_tf, and as a start to train on from",
            "source": "the 106 articles of the English Wikipedia that gensim ships "
            "(mlm_tf.corpora.wikipedia), without the nine that are held out; their authors are "
            "named in the histories of the articles",
            "data_licence": "CC BY-SA 3.0",
            "limits": "it knows 97 articles and knows them badly: sentences are grammatical for a "
            "dozen words and mean little, names are put together at random, and some words are "
            "pieces that make none",
            "licence": "Apache-2.0, as the package, as far as its authors have rights in them. "
            "Weights are numbers that were computed from the articles; whether they are a work "
            "derived from them is not settled. Whoever wants to be on the safe side treats file "
            "and texts as CC BY-SA 3.0, with NOTICE as the attribution",
        },
    ),
    "tang-small": SmallModel(
        tang_poems,
        pipeline={"level": "character", "language": "zh"},
        model={"architecture": "lstm", "embedding_dim": 128, "hidden_dim": 256, "dropout": 0.5},
        windows={"length": 64, "batch_size": 16},
        recipe=Recipe(epochs=8, evaluations_per_epoch=1),
        prompts=("春", "明月", "江上", ""),
        card={
            "purpose": "verses in the manner of Tang poems, in simplified characters, for lessons, "
            "tests and demonstrations of mlm_tf, and as a start to train on from",
            "source": "the first 2,000 of the complete Tang poems (全唐诗) and Three Hundred Tang "
            "Poems (唐诗三百首) of github.com/chinese-poetry/chinese-poetry "
            "(mlm_tf.corpora.chinese_poetry), each poem once, without the tenth that is held out, "
            "made simplified by OpenCC; the poems are not in this repository",
            "data_licence": "the poems are in the public domain; their compilation is under the "
            "MIT licence",
            "limits": "lines have five or seven characters mostly, with the words and images of "
            "the poems, and seldom a thought; rhyme and tone patterns are kept by chance. The "
            "conversion to simplified characters makes one of several characters here and there",
            "licence": "Apache-2.0, as the package",
        },
    ),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("name", choices=MODELS)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--measure", action="store_true", help="measure a file that is there")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    small, path = MODELS[options.name], options.folder / f"{options.name}.keras"
    training, validation = small.texts()
    if not options.measure:
        trained = train_model(small, training, validation, options.folder / options.name)
        write_small(trained, path)
    model = load_model(path)
    quality = measured(model, training, validation)
    for prompt in small.prompts:
        for seed in (1, 2):
            print(f"  {model.generate(prompt, max_length=100, temperature=0.8, seed=seed)}")
    found = audit(model, training, validation, path=path)
    print(found.to_markdown())
    card = found.card.filled(
        training=f"next-token likelihood, {small.recipe.epochs} epochs by "
        f"tools/train_small_models.py, on two CPU cores; {small.windows}, {small.recipe}",
        quality=quality,
        audit=_said(found),
        not_for=NOT_FOR,
        labelling=LABELLING,
        answers=ANSWERS,
        scrubbed=f"not scrubbed; {_personal(found)}",
        **small.card,
    )
    path.with_suffix(".md").write_text(card.to_markdown(), encoding="utf-8")
    print(f"{path}: {path.stat().st_size:,} bytes; blank in its card: {card.blanks}")


def train_model(small: SmallModel, training, validation, output: Path):
    """The model with its best weights; the run stays in the folder, and goes on if it was cut."""
    pipeline = TextPipeline.fit(training, **small.pipeline)
    model = build_model(pipeline=pipeline, seed=0, **small.model)
    started = time.perf_counter()
    result = train(
        model,
        pipeline.windows(training, seed=0, **small.windows),
        pipeline.windows(validation, shuffle=False, **small.windows),
        small.recipe,
        output,
        description=output.name,
    )
    print(
        f"{output.name}: {model.count_params():,} parameters, {result.history['tokens'][-1]:,} "
        f"tokens in {time.perf_counter() - started:.0f} s on {os.cpu_count()} cores"
    )
    if result.interrupted:
        raise SystemExit(130)
    return model


def _said(found) -> str:
    """What an audit found, in a sentence."""
    own, held_out = found.written, found.held_out
    return (
        f"{' '.join(found.findings) or 'No finding by its thresholds.'} In {own.texts} texts that "
        f"it wrote, {own.copied_share:.1%} of the runs of {own.ngram} words stand in the training "
        f"text (in held-out texts {held_out.copied_share:.1%}), the longest copy has "
        f"{own.longest.max()} words"
    )


def _personal(found) -> str:
    counted = ", ".join(f"{kind} {count}" for kind, count in found.personal_data.items() if count)
    return f"of the forms that mlm_tf knows the training text holds {counted or 'none'}"


# === The file ===


def write_small(model, path: Path) -> None:
    """Save without what a training needs, and with weights of half the precision.

    Keras has no dtype policy of float16 variables and float32 arithmetic, and needs none: a
    variable takes its own type when its value is read from a file.
    """
    bare = type(model).from_config(model.get_config())
    bare.set_weights(model.get_weights())
    bare.save(path)
    members = {}
    with zipfile.ZipFile(path) as archive:
        for info in archive.infolist():
            content = archive.read(info)
            members[info] = _halved(content) if info.filename == WEIGHTS else content
    with zipfile.ZipFile(path, "w") as archive:
        for info, content in members.items():
            archive.writestr(info, content)
    if path.stat().st_size > MOST_BYTES:
        raise SystemExit(f"{path} has {path.stat().st_size:,} bytes, more than {MOST_BYTES:,}.")


def _halved(content: bytes) -> bytes:
    """An HDF5 file with each float32 array as float16."""
    written = io.BytesIO()

    def copy(name, item):
        if isinstance(item, h5py.Group):
            made = new.require_group(name)
        else:
            values = item[()]
            made = new.create_dataset(name, data=values.astype("float16"))
        made.attrs.update(item.attrs)

    with h5py.File(io.BytesIO(content)) as old, h5py.File(written, "w") as new:
        new.attrs.update(old.attrs)
        old.visititems(copy)
    return written.getvalue()


# === What it is worth ===


def measured(model, training, validation) -> str:
    """A sentence: how well held-out texts are predicted, beside Kneser-Ney."""
    pipeline = model.pipeline
    num_characters = sum(map(len, validation))
    counted = pipeline.encode(training)
    held_out = pipeline.encode(validation)
    nats = {}
    for order in ORDERS:
        kneser_ney = KneserNeyModel(pipeline.num_outcomes, order).fit(counted)
        nats[f"Kneser-Ney of order {order}"] = -_total(kneser_ney.log_probs(held_out))
    score = model.score(validation)
    nats["this model"] = -_total(score.log_probs)
    rows = {
        name: (
            math.exp(value / score.num_tokens),
            value / math.log(2) / sum(score.num_bytes),
            value / math.log(2) / num_characters,
        )
        for name, value in nats.items()
    }
    print(f"{'':24}{'perplexity':>12}{'bits/byte':>12}{'bits/character':>16}")
    for name, (perplexity, of_byte, of_character) in rows.items():
        print(f"{name:24}{perplexity:12.1f}{of_byte:12.3f}{of_character:16.3f}")
    best = min(list(rows)[:-1], key=lambda name: rows[name])
    (perplexity, of_byte, of_character), beside = rows["this model"], rows[best]
    return (
        f"perplexity {perplexity:.1f} a token, {of_byte:.3f} bits a byte, {of_character:.3f} bits "
        f"a character on {len(validation):,} held-out texts ({score.num_tokens:,} tokens), each by "
        f"itself, from this file; {best}, the best of orders {ORDERS[0]} to {ORDERS[-1]}, counting "
        f"the same tokens of the same texts: {beside[0]:.1f}, {beside[1]:.3f}, {beside[2]:.3f}"
    )


def _total(log_probs) -> float:
    return float(sum(row.sum(dtype="float64") for row in log_probs))


if __name__ == "__main__":
    main()
