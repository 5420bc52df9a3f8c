"""Write the files that every later version has to read: one of each kind, and what they give.

    python tools/write_fixtures.py tests/fixtures/0.1.0
    python tools/write_fixtures.py tests/fixtures/rules_3 words words_any  # these alone
    python tools/write_fixtures.py tests/fixtures/small_1 wikipedia-small tang-small
    python tools/write_fixtures.py tests/fixtures/tokenizers_2 byte_pairs_2 byte_fallback

A folder of `tests/fixtures` is written once, by the version after which it is named, and never
again: `tests/models/test_fixtures.py` reads all of them and compares ids, texts, logits and the
next step of the optimizer. A new kind of file, or a new version of one, gets a new folder; it may
hold that kind alone, if its models are named. Of a model that comes with the package there is only
what it gives: its file is `mlm_tf.load_model`'s own.
"""

import json
import pathlib
import sys

import keras
import numpy as np
from keras import ops

from mlm_tf import TextPipeline, build_model, load_model
from mlm_tf.interop import from_huggingface
from mlm_tf.layers import LSTM, Residual
from mlm_tf.models import Seq2SeqLM
from mlm_tf.preprocessing import idf_vector, pipeline_of_tokenizer
from mlm_tf.preprocessing.token_file import TokenFileWriter
from mlm_tf.training import Perplexity, make_optimizer

ENGLISH = [
    "The cat sat on the mat; the dog didn't.",
    "A well-known author wrote 1,000 pages, at 3.14 pages a day!",
    'She said: "Don\'t go to the U.S. - not now."',
    "Naïve cafés serve CRÈME brûlée (50 % off) on the 2nd of May.",
]
CHINESE = [
    "春眠不觉晓，处处闻啼鸟。",
    "夜来风雨声，花落知多少？",
    "我用deep learning学习3.5个小时！",
]
MIXED = ["Ο λόγος του θεού", "Straße und Maß", "می‌خواهم بروم", "ภาษาไทย 50.5美元, 2024年", *ENGLISH]
UNSEEN = [*MIXED, *CHINESE, "don’t  stop\tme\nnow", "½ cup", "hotel,100 rooms", "😀👍🏽 Ⅷ ﬁn", ""]

# Signs that belong to a word here, and stand alone there, by the spaces and signs around them.
SIGNS = [
    "ש ' צה\"ל אמר: 'שלום' (ג'ורג', 'עמ') ״ב״ ”כן”",
    "’ש’ ’ב' ״\"ב \" ' מ' )'ש' “'ש'” ש\u200d'",
    "»«b ›‹1 »ja« « oui » ' ° '° . 猫 .猫 ' 猫",
]
UNSEEN += SIGNS

PIPELINES = {
    "words": (ENGLISH, {"vocabulary_size": 48, "max_sequence_length": 9}),
    "words_any": (MIXED, {"language": "any"}),
    "words_as_written": (ENGLISH, {"case_folding": False, "normalization": None}),
    "words_plain": (ENGLISH, {"stopwords": "en", "strip_accents": True}),
    "words_own_stopwords": (ENGLISH, {"stopwords": ["the", "dont"]}),
    "words_signs": (SIGNS, {"language": "any"}),
    "words_chinese": (CHINESE, {"language": "zh", "level": "word", "stopwords": "zh"}),
    "characters": (ENGLISH, {"level": "character"}),
    "characters_chinese": (CHINESE, {"language": "zh"}),
    "subwords": (ENGLISH * 5, {"level": "subword", "vocabulary_size": 300}),
}
# By name: a tokenizer of `tests.tiny_tokenizers`, its end tokens, and how many ids a model has.
TOKENIZERS = {
    "byte_pairs_2": ("qwen", [323, 321], 400),
    "byte_fallback": ("llama_2", [2], None),
    "word_pieces": ("bert", [3], None),
}
WRITTEN_OUT = ["a<|im_end|><think>b covid", "</s><s>a<0x0A>▁b", "[CLS] a [MASK] b [SEP]"]
# By name: pipeline, architecture, and the other arguments of `build_model`.
MODELS = {
    "causal_words": ("words", "lstm", {}),
    "causal_characters": ("characters", "transformer", {"num_layers": 2}),
    "causal_subwords": ("subwords", ["gru", "attention"], {"embedding_dim": 6}),
    "causal_chinese": ("characters_chinese", "rnn", {"tie_weights": False, "num_layers": 2}),
    "causal_own_blocks": ("words", ["lstm", Residual(LSTM(8, name="inner"), name="mine")], {}),
    "causal_positions": (
        "words",
        "attention",
        {"positions": "learned", "max_sequence_length": 9, "num_key_value_heads": 2},
    ),
    "causal_window": ("words", "transformer", {"sliding_window": 2, "positions": "sinusoidal"}),
    "causal_embedding_frozen": ("words", "gru", {"embedding_trainable": False}),
    "causal_blocks_frozen": ("words", ["gru", "transformer"], {}),
    "masked_words": ("words", "lstm", {}),
    "masked_subwords": ("subwords", "transformer", {}),
    "classifier_words": ("words", "lstm", {"pooling": "attention", "bidirectional": True}),
    "classifier_tfidf": ("words_plain", "gru", {"pooling": "tfidf"}),
    "classifier_characters": ("characters", "attention", {"pooling": "max"}),
    "seq2seq_words": ("words", "lstm", {"bidirectional": True}),
    "seq2seq_subwords": ("subwords", "transformer", {}),
    "seq2seq_two_pipelines": ("words", "gru", {"target": "characters_chinese"}),
    "pointer_words": ("words", ["gru", "cross_attention"], {"bidirectional": True}),
}
TASKS = {
    "causal": "causal_lm",
    "masked": "masked_lm",
    "classifier": "text_classifier",
    "seq2seq": "seq2seq_lm",
    "pointer": "pointer_generator",
}
NUM_CLASSES = 3
# By name: texts to score, and prompts, of the models that come with the package.
SMALL_MODELS = {
    "wikipedia-small": (ENGLISH, ["The city", "During the war", ""]),
    "tang-small": (
        ["春眠不觉晓，处处闻啼鸟。\n夜来风雨声，花落知多少。", *CHINESE],
        ["春", "明月", ""],
    ),
}
GREEDY_LENGTH = 12


def main(folder: str, *names: str) -> None:
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True)
    pipelines = {name: TextPipeline.fit(t, **settings) for name, (t, settings) in PIPELINES.items()}
    pipelines |= {name: of_tokenizer(*TOKENIZERS[name]) for name in TOKENIZERS if name in names}
    for name in MODELS:
        if name in names or not names:
            pipeline, architecture, settings = MODELS[name]
            write_model(folder, name, made(name, pipelines, pipeline, architecture, dict(settings)))
    for name in SMALL_MODELS:
        if name in names:
            write_outputs(folder, name)
    if names:
        if chosen := {n: pipelines[n] for n in pipelines if n in names}:
            write_pipelines(folder, chosen)
        return
    golden = pathlib.Path(__file__).parents[1] / "tests/interop/golden/plain"
    gpt2 = from_huggingface(golden)
    pipelines["byte_pairs"] = gpt2.pipeline
    write_pipelines(folder, pipelines)
    write_model(folder, "causal_byte_pairs", gpt2)


def of_tokenizer(name: str, end_ids: list[int], vocabulary_size: int | None):
    """The pipeline of a tiny tokenizer of the tests."""
    sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))
    from tests import tiny_tokenizers

    tokenizer = getattr(tiny_tokenizers, name)()
    return pipeline_of_tokenizer(tokenizer, end_ids=end_ids, vocabulary_size=vocabulary_size)


def write_pipelines(folder: pathlib.Path, pipelines: dict) -> None:
    expected = {}
    for name, pipeline in pipelines.items():
        pipeline.save(folder / f"{name}.json")
        unseen = [*UNSEEN, *WRITTEN_OUT * (name in TOKENIZERS)]
        ids = [row.tolist() for row in pipeline.encode(unseen)]
        texts = [pipeline.decode(row) for row in ids]
        expected[name] = {"texts": unseen, "ids": ids, "decoded": texts}
    if "words" in pipelines:
        with TokenFileWriter(folder / "words.tokens", pipelines["words"]) as writer:
            for row in pipelines["words"].encode(ENGLISH):
                writer.append(row)
    content = json.dumps(expected, ensure_ascii=False, indent=1)
    (folder / "pipelines.json").write_text(content, encoding="utf-8")


def made(name, pipelines, pipeline, architecture, settings) -> keras.Model:
    task = TASKS[name.split("_")[0]]
    if target := settings.pop("target", None):
        settings["target_pipeline"] = pipelines[target]
    if task == "text_classifier":
        settings["num_classes"] = NUM_CLASSES
    pipeline = pipelines[pipeline]
    model = build_model(
        architecture, task, pipeline=pipeline, hidden_dim=8, num_heads=2, seed=1, **settings
    )
    if settings.get("pooling") == "tfidf":
        tfidf = pipeline.tfidf(ENGLISH)
        model.pooling.set_idf(idf_vector(tfidf, pipeline.vocabulary_size))
    if name == "causal_blocks_frozen":
        for block in model.blocks:
            block.trainable = False
    metrics = [] if task == "text_classifier" else [Perplexity()]
    optimizer = "muon" if architecture == "transformer" else "adamw"
    model.compile(make_optimizer(optimizer, num_steps=20), weighted_metrics=metrics)
    return model


def write_model(folder: pathlib.Path, name: str, model: keras.Model) -> None:
    """The model after two steps, and what it gives then and after a third."""
    data = batch(model)
    if model.compiled:  # a checkpoint from elsewhere is not
        for _ in range(2):
            model.train_on_batch(*data)
    model.save(folder / f"{name}.keras")
    x, y, weight = data
    inputs = x if isinstance(x, dict) else {"token_ids": x}
    expected = {f"x_{key}": value for key, value in inputs.items()}
    expected |= {"y": y, "weight": weight, "logits": ops.convert_to_numpy(model(x))}
    if model.compiled:
        model.reset_metrics()  # else the loss is a mean over all steps
        results = model.train_on_batch(*data, return_dict=True)
        expected |= {"loss": results["loss"], "next_logits": ops.convert_to_numpy(model(x))}
    np.savez_compressed(folder / f"{name}.npz", **expected)


def write_outputs(folder: pathlib.Path, name: str) -> None:
    """Ids, log-probabilities and greedy texts of a model that comes with the package."""
    model = load_model(name)
    texts, prompts = SMALL_MODELS[name]
    expected = {
        "texts": texts,
        "ids": [row.tolist() for row in model.pipeline.encode(texts)],
        "log_probs": [
            row.astype("float64").round(4).tolist() for row in model.score(texts).log_probs
        ],
        "prompts": prompts,
        "max_length": GREEDY_LENGTH,
        "greedy": model.generate(prompts, max_length=GREEDY_LENGTH, sampler="greedy"),
    }
    content = json.dumps(expected, ensure_ascii=False)
    (folder / f"{name}.json").write_text(content, encoding="utf-8")


def batch(model) -> tuple:
    rng = np.random.default_rng(7)
    is_seq2seq = isinstance(model, Seq2SeqLM)
    length, size = 5, 3
    mask = np.arange(length) < np.array([[5], [3], [4]])
    sizes = (model.vocabulary_size, model.source_size if is_seq2seq else model.vocabulary_size)
    target, source = (rng.integers(1, n, (size, length)).astype("int32") for n in sizes)
    if is_seq2seq:
        x = {
            "encoder_token_ids": source,
            "encoder_padding_mask": mask[::-1].copy(),
            "decoder_token_ids": target,
            "decoder_padding_mask": mask,
        }
    else:
        x = {"token_ids": target, "padding_mask": mask}
    if type(model).__name__ == "TextClassifier":
        return x, rng.integers(0, NUM_CLASSES, size).astype("int32"), np.array([1, 0.5, 2], "f")
    y = rng.integers(1, model.vocabulary_size, (size, length)).astype("int32")
    return x, y, mask.astype("float32")


if __name__ == "__main__":
    main(*sys.argv[1:])
