"""The command line: what it writes, and that what it refuses is one sentence and status 2."""

import dataclasses
import inspect
import json
import math
import os
import re
import signal
import subprocess
import sys
import time

import pytest

from mlm_tf import TextPipeline, baselines, build_model, cli, corpora, load_model
from mlm_tf.cli import demo, train
from mlm_tf.training import Recipe

SENTENCES = [
    "The cat sat on the mat.",
    "A dog slept near the door.",
    "The old man saw a cat and a dog.",
    "Nobody knew where the dog had gone.",
    "The door was open, and the cat was out.",
]
SMALL_MODEL = ["--hidden-dim", "8", "--length", "8", "--batch-size", "2"]
SMALL = [*SMALL_MODEL, "--epochs", "2"]


@pytest.fixture(scope="module")
def text_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("text") / "cats.txt"
    paragraphs = [" ".join(SENTENCES[i:] + SENTENCES[:i]) for i in range(len(SENTENCES))]
    path.write_text("\n\n".join(paragraphs), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def model_file(text_file):
    path = text_file.with_name("cats.keras")
    assert cli.main(["train", str(text_file), "--output", str(path), *SMALL]) == 0
    return path


# === train, generate, evaluate ===


def test_train_writes_a_model_that_loads(model_file):
    model = load_model(model_file)
    assert model.pipeline.vocabulary_size == model.vocabulary_size
    assert model.hidden_dim == 8


def test_every_argument_of_a_language_model_is_an_option():
    of_others = {  # other tasks, what the command makes, and what says more than one number
        "task", "target_vocabulary_size", "target_pipeline", "bidirectional", "pooling",
        "read_length", "num_classes", "label_names", "vocabulary_size", "pipeline",
    }  # fmt: skip
    options = {"architecture", "embedding", "embedding_trainable", "dropout", "seed"}
    assert {*train.MODEL} == {*inspect.signature(build_model).parameters} - of_others - options


def test_the_options_of_a_model_are_those_of_the_model(text_file, tmp_path):
    path = tmp_path / "m.keras"
    arguments = [
        "--architecture", "transformer", "--num-heads", "2", "--num-key-value-heads", "1",
        "--head-dim", "6", "--intermediate-dim", "10", "--embedding-dim", "4",
        "--rope-scaling", '{"rope_type": "linear", "factor": 2}', "--sliding-window", "5",
        "--max-sequence-length", "20", "--no-tie-weights", "--no-output-bias",
    ]  # fmt: skip
    assert cli.main(["train", str(text_file), "--output", str(path), *SMALL, *arguments]) == 0
    model = load_model(path)
    assert (model.embedding_dim, model.max_sequence_length) == (4, 20)
    assert not model.tie_weights and model.output_bias is None
    block = model.blocks[0].get_config()
    found = {name: block[name] for name in ("num_key_value_heads", "head_dim", "sliding_window")}
    assert found == {"num_key_value_heads": 1, "head_dim": 6, "sliding_window": 5}
    assert block["rope_scaling"]["factor"] == 2 and block["intermediate_dim"] == 10


def test_every_part_of_a_recipe_is_an_option_in_a_group_of_its_own(capsys):
    assert set(train.RECIPE) == {field.name for field in dataclasses.fields(Recipe)}
    with pytest.raises(SystemExit):
        cli.main(["train", "--help"])
    said = capsys.readouterr().out
    places = [said.index(f"\n{group}:\n") for group in ("text", "model", "recipe", "run")]
    assert places == sorted(places)
    for name in train.RECIPE:
        assert places[2] < said.index("--" + name.replace("_", "-"), places[0]) < places[3]


def test_a_recipe_from_the_command_line_is_used_and_printed(text_file, tmp_path, capsys):
    folder = tmp_path / "run"
    arguments = ["--max-tokens", "200", "--optimizer", "muon", "--global-clipnorm", "none"]
    arguments += ["--ema-momentum", "0.9", "--precision", "mixed_bfloat16", "--output", folder]
    arguments += ["--steps-per-execution", "3", "--no-jit-compile"]
    arguments = [*map(str, arguments), *SMALL_MODEL]
    assert cli.main(["train", str(text_file), *arguments]) == 0
    told = json.loads((folder / "run.json").read_text(encoding="utf-8"))["told"]
    assert told["global_clipnorm"] is told["epochs"] is None
    assert told["max_tokens"] == 200 and told["learning_rate"] == 0.02
    line = next(x for x in capsys.readouterr().out.splitlines() if x.startswith("recipe: "))
    parts = ("optimizer=muon", "ema_momentum=0.9", "precision=mixed_bfloat16")
    for part in (*parts, "steps_per_execution=3", "jit_compile=False"):
        assert part in line
    assert load_model(folder / "model.keras").dtype_policy.name == "mixed_bfloat16"


def test_a_training_shows_what_it_writes(text_file, tmp_path, capsys):
    folder = tmp_path / "run"
    arguments = ["--sample-every", "3", "--sample-prompt", "the cat", "--output", str(folder)]
    assert cli.main(["train", str(text_file), *arguments, *SMALL]) == 0
    lines = (folder / "samples.txt").read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith("step 3: the cat") and lines[1].startswith("step 6: the cat")
    assert "step 3: the cat" in capsys.readouterr().out
    assert (folder / "curves.png").exists() and not (folder / "tensorboard").exists()


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["--max-minutes", "0"], "max_minutes=0"),
        (["--sample-every", "0"], "sample_every=0"),
        (["--tensorboard"], "keeps none; use a folder"),
        (["--max-tokens", "2"], "fewer than the 1 of one update"),
        (["--precision", "half"], "precision='half'"),
        (["--schedule", "linear"], "schedule='linear'"),
        (
            ["--learning-rate", "1e30", "--warmup-ratio", "0"],
            "nothing was evaluated before",
        ),
    ],
)
def test_a_recipe_that_cannot_work_is_one_sentence(text_file, tmp_path, refused, arguments, named):
    output = ["--output", tmp_path / "m.keras"]
    assert named in refused("train", text_file, *output, *SMALL_MODEL, *arguments)
    assert list(tmp_path.iterdir()) == []


def test_what_cannot_be_shown_is_said_before_the_text_is_read(tmp_path, refused):
    text, output = tmp_path / "none.txt", ["--output", tmp_path / "m.keras"]
    assert "none.txt" in refused("train", text, *output)
    assert "sample_every=0" in refused("train", text, *output, "--sample-every", "0")
    assert "keeps none" in refused("train", text, *output, "--tensorboard")


@pytest.mark.parametrize(
    ("architecture", "embedding"),
    [("attention", "glove"), ("lstm,attention", "tfidf"), ("lstm", "word2vec")],
)
def test_train_takes_architectures_and_vectors_of_the_text(
    architecture, embedding, text_file, tmp_path, capsys
):
    path = tmp_path / "m.keras"
    # The text has but five different sentences, so that TF-IDF has five dimensions at most.
    arguments = ["--architecture", architecture, "--embedding", embedding, *SMALL]
    arguments += ["--hidden-dim", "4", "--num-heads", "1"]
    assert cli.main(["train", str(text_file), "--output", str(path), *arguments]) == 0
    assert len(load_model(path).blocks) == architecture.count(",") + 1
    assert "words with a known vector" in capsys.readouterr().out


def test_train_starts_from_a_glove_file(text_file, tmp_path):
    vectors = tmp_path / "vectors.txt"
    vectors.write_text("cat 1 2 3 4\ndog 4 3 2 1\n", encoding="utf-8")
    path = tmp_path / "m.keras"
    arguments = ["--embedding", str(vectors), "--freeze-embedding", *SMALL]
    assert cli.main(["train", str(text_file), "--output", str(path), *arguments]) == 0
    model = load_model(path)
    row = model.embedding.embeddings[model.pipeline.vocabulary.index("cat")]
    assert [float(x) for x in row] == [1, 2, 3, 4]


def test_generate_continues_every_prompt_and_repeats_with_its_seed(model_file, capsys):
    arguments = ["generate", "--model", str(model_file), "the cat", "a dog", "--seed", "1"]
    texts = []
    for _ in range(2):
        assert cli.main([*arguments, "--max-length", "12"]) == 0
        texts.append(capsys.readouterr().out)
    assert texts[0] == texts[1]
    assert [line[:5] for line in texts[0].splitlines()] == ["the c", "a dog"]


def test_generate_writes_by_the_models_that_come_with_the_package(capsys):
    arguments = ["--seed", "1", "--max-length", "24"]
    assert cli.main(["generate", "The city", *arguments]) == 0
    assert capsys.readouterr().out.startswith("The city")
    assert cli.main(["generate", "--model", "tang-small", "春", *arguments]) == 0
    assert capsys.readouterr().out.startswith("春")


def test_a_file_among_the_prompts_is_refused_with_the_option_that_takes_it(model_file, refused):
    said = refused("generate", model_file, "the cat")  # as it was written once
    assert f"--model {model_file}" in said


@pytest.mark.parametrize(
    "sampler",
    [
        ["top_p", "--p", "0.5"],
        ["min_p", "--p", "0.2"],
        ["typical", "--p", "0.5"],
        ["typical"],
        ["beam", "--num-beams", "2"],
        ["greedy"],
    ],
)
def test_generate_takes_every_sampler(sampler, model_file, capsys):
    arguments = ["--model", str(model_file), "the cat", "--max-length", "8", "--sampler", *sampler]
    assert cli.main(["generate", *arguments]) == 0
    assert capsys.readouterr().out.startswith("the cat")


def test_evaluate_says_where_a_text_is_in_the_other_variant_of_chinese(tmp_path, capsys):
    path = tmp_path / "poems.txt"
    path.write_text("國破山河在，城春草木深。\n\n感時花濺淚，恨別鳥驚心。\n", encoding="utf-8")
    assert cli.main(["evaluate", "tang-small", str(path), "--length", "4"]) == 0
    said = "mlm-tf: The text is written in traditional characters and the model was trained on "
    assert capsys.readouterr().err == f"{said}simplified ones; write it in these.\n"


def test_evaluate_prints_the_perplexity_of_the_text(model_file, text_file, capsys):
    assert cli.main(["evaluate", str(model_file), str(text_file), "--length", "8"]) == 0
    printed = capsys.readouterr().out
    model = load_model(model_file)
    sentences = corpora.sentences(corpora.from_text_file(text_file))
    model.compile()
    data = model.pipeline.windows(sentences, 8, batch_size=1, shuffle=False)
    total = count = 0.0
    for x, y, weight in data:  # by hand, one window at a time
        weights = weight.numpy()
        if weights.sum():
            result = model.evaluate(x, y, sample_weight=weight, verbose=0, return_dict=True)
            total += result["loss"] * weights.sum()
            count += weights.sum()
    assert f"{baselines.perplexity([[-total / count]]):.1f}" in printed
    assert "[UNK]" in printed


def test_evaluate_tells_bits_a_byte_of_a_model_whose_tokens_hold_every_byte(text_file, capsys):
    path = text_file.with_name("characters.keras")
    pipeline = TextPipeline.fit(SENTENCES, level="character", normalization=None)
    build_model("rnn", pipeline=pipeline, hidden_dim=4, seed=0).save(path)
    assert cli.main(["evaluate", str(path), str(text_file), "--length", "8"]) == 0
    figures = dict(re.findall(r"([a-z][a-z ]*[a-z]) +│ +([\d.]+)", capsys.readouterr().out))
    bits = math.log2(float(figures["perplexity"]))  # a character is a byte, the end token none
    assert bits <= float(figures["bits a byte"]) <= 1.1 * bits


# === What is refused ===


def test_an_unknown_architecture_is_named_before_the_text_is_read(tmp_path, refused):
    text = tmp_path / "none.txt"
    said = refused("train", text, "--output", tmp_path / "m.keras", "--architecture", "gpt")
    assert "'gpt'" in said and "lstm" in said


def test_heads_that_do_not_divide_are_named(text_file, tmp_path, refused):
    wrong = ["--architecture", "attention", "--hidden-dim", "10"]
    said = refused("train", text_file, "--output", tmp_path / "m.keras", *wrong)
    assert "num_heads=4" in said and "hidden_dim=10" in said


def test_a_matrix_of_another_width_is_projected_and_one_without_common_words_is_refused(
    text_file, tmp_path, refused
):
    vectors = tmp_path / "vectors.txt"
    vectors.write_text("xyzzy 1 2\n", encoding="utf-8")
    output = ["--output", tmp_path / "m.keras"]
    said = refused("train", text_file, *output, "--embedding", vectors)
    assert "no word in common" in said


def test_missing_and_empty_and_short_texts_are_named(tmp_path, refused):
    output = ["--output", tmp_path / "m.keras"]
    assert "none.txt" in refused("train", tmp_path / "none.txt", *output)
    empty = tmp_path / "empty.txt"
    empty.write_text(" \n")
    assert "holds no text" in refused("train", empty, *output)
    short = tmp_path / "short.txt"
    short.write_text("A cat.\n\nA dog.\n")
    assert "one window of length=32" in refused("train", short, *output)


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["--epochs", "0"], "epochs=0"),
        (["--hidden-dim", "0"], "hidden_dim=0"),
        (["--vocabulary-size", "3"], "vocabulary_size=3"),
        (["--learning-rate", "inf"], "learning_rate=inf"),
        (["--output", "none/m.keras"], "folder that does not exist"),
        (["--output", "m.txt"], "ends in .keras"),
        (["--output", "/proc/m.keras"], "/proc"),
    ],
)
def test_wrong_settings_of_a_training_are_named(text_file, tmp_path, refused, arguments, named):
    output = ["--output", tmp_path / "m.keras"]
    assert named in refused("train", text_file, *output, *SMALL, *arguments)


def test_a_text_of_one_batch_can_be_trained_on(text_file, tmp_path):
    output = ["--output", str(tmp_path / "m.keras")]
    assert cli.main(["train", str(text_file), *output, *SMALL, "--batch-size", "9"]) == 0


def test_an_existing_model_is_not_overwritten_unless_told(model_file, text_file, refused):
    before = model_file.read_bytes()
    arguments = ["train", str(text_file), "--output", str(model_file), *SMALL]
    assert "exists" in refused(*arguments)
    assert model_file.read_bytes() == before


def test_files_that_are_no_language_models_are_named(text_file, tmp_path, refused):
    assert "cats.txt is not a model" in refused("generate", "--model", text_file, "the")
    assert "no model file" in refused("generate", "--model", tmp_path / "none.keras")
    pipeline = TextPipeline.fit(SENTENCES)
    classifier = tmp_path / "classifier.keras"
    build_model("lstm", "text_classifier", pipeline=pipeline, num_classes=2, hidden_dim=4).save(
        classifier
    )
    said = refused("evaluate", classifier, text_file)
    assert "TextClassifier" in said and "causal language model" in said


def test_a_prompt_longer_than_max_length_is_named(model_file, refused):
    said = refused("generate", "--model", model_file, "the cat sat on the mat", "--max-length", "4")
    assert "max_length=4" in said


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["--k", "0"], "k=0"),
        (["--temperature", "-1"], "temperature=-1"),
        (["--sampler", "beams"], "sampler='beams'"),
        (["--sampler", "greedy", "--k", "3"], "k=3"),
        (["--p", "0.5"], "p=0.5 is for top_p or min_p or typical, not for 'top_k'"),
        (["--sampler", "top_p", "--p", "1.5"], "p=1.5"),
        (["--num-beams", "2"], "num_beams=2 is for beam, not for 'top_k'"),
        (["--max-length", "0"], "max_length=0"),
    ],
)
def test_wrong_sampling_is_named(model_file, refused, arguments, named):
    assert named in refused("generate", "--model", model_file, "the", *arguments)


def test_a_usage_error_ends_with_status_2(capsys):
    with pytest.raises(SystemExit) as stopped:
        cli.main(["sing"])
    assert stopped.value.code == 2


# === Ctrl-C, from outside ===


def test_ctrl_c_in_training_keeps_the_weights_and_ends_with_130(text_file, tmp_path):
    path = tmp_path / "m.keras"
    command = [sys.executable, "-m", "mlm_tf.cli", "train", str(text_file), "--output", str(path)]
    process = subprocess.Popen(
        [*command, *SMALL, "--epochs", "100000"],
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
        env=os.environ,
    )
    deadline = time.monotonic() + 120
    try:
        while not path.exists() and time.monotonic() < deadline:
            time.sleep(0.2)
        process.send_signal(signal.SIGINT)
        _, error = process.communicate(timeout=120)
    finally:
        process.kill()
    assert process.returncode == 130, error
    assert f"weights so far are in {path}" in error
    assert "Traceback" not in error
    assert load_model(path).generate("the", max_length=5)


@pytest.mark.slow
def test_a_training_that_fails_amid_its_data_says_one_sentence_alone(tmp_path):
    text, output = tmp_path / "long.txt", tmp_path / "m.keras"
    text.write_text("the cat sat on the mat near the dog.\n" * 2000)  # most of it is not read
    command = [sys.executable, "-m", "mlm_tf.cli", "train", str(text), "--output", str(output)]
    wrong = ["--learning-rate", "1e30", "--warmup-ratio", "0", "--hidden-dim", "8", "--length", "8"]
    loud = {k: v for k, v in os.environ.items() if k != "TF_CPP_MIN_LOG_LEVEL"}  # as outside tests
    ended = subprocess.run([*command, *wrong], capture_output=True, text=True, env=loud)
    assert ended.returncode == 2
    [said] = ended.stderr.splitlines()
    assert said.startswith("mlm-tf: The loss is")


# === demo ===

ROWS = {
    "uniform": {"perplexity": 100.0, "known_perplexity": 100.0, "seconds": 0.0},
    demo.BIGRAM: {"perplexity": 50.0, "known_perplexity": 80.0, "seconds": 0.0},
    demo.TRIGRAM: {"perplexity": 40.0, "known_perplexity": 70.0, "seconds": 0.0},
}


BOTH, ONE = "beats the {} on both figures", "beats the {} on one figure only"
NONE = "does not beat the {}"


@pytest.mark.parametrize(
    ("figures", "bigram", "trigram"),
    [((30, 60), BOTH, BOTH), ((45, 75), BOTH, NONE), ((45, 85), ONE, NONE), ((60, 90), NONE, NONE)],
)
def test_the_verdict_is_what_the_figures_say(figures, bigram, trigram):
    row = dict(zip(("perplexity", "known_perplexity"), figures, strict=True), parameters=1)
    (line,) = demo.verdicts({**ROWS, "M": row})
    assert line.strip() == f"M: {bigram.format('bigram')}, {trigram.format('trigram')}"


def test_an_output_folder_with_something_in_it_is_refused(tmp_path, refused):
    (tmp_path / "precious").write_text("x")
    assert "not an empty folder" in refused("demo", "--output", tmp_path)
    assert "precious" in refused("demo", "--output", tmp_path / "precious" / "x")


def test_every_run_without_an_output_gets_a_folder_of_its_own(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = [str(demo.new_folder(None)) for _ in range(3)]
    assert names == ["runs/demo", "runs/demo-2", "runs/demo-3"]


DEMO_SAYS = {
    "en": [
        *("1. Preprocess", "2. Embeddings", "3. Train", "4. Generate", "Results", "Next"),
        *("stopwords", "truncation", "padding", "[UNK]", "GloVe vectors start"),
        "loaded in a new process, writes the same",
        *("In the package", "generate --model wikipedia-small 'The city'", "  The city", "  春"),
    ],
    "zh": [
        *("1. 预处理", "2. 词向量", "3. 训练", "4. 生成", "结果", "下一步"),
        *("停用词", "截断", "填充", "[UNK]", "GloVe 词向量", "用贪心搜索写出同样的句子"),
        *("随包附带", "generate --model tang-small '春'", "  The city", "  春"),
    ],
}


@pytest.mark.slow
@pytest.mark.parametrize("language", DEMO_SAYS)
def test_the_whole_way_on_a_little_text(language, tmp_path, monkeypatch, capsys):
    """All four steps of the real command; its small settings make it a matter of seconds."""
    monkeypatch.setenv("LC_ALL", {"en": "C.UTF-8", "zh": "zh_CN.UTF-8"}[language])
    monkeypatch.setattr(demo, "QUICK", demo.Settings(12, 500, 16, 1, 1, 1))
    folder = tmp_path / "out"
    assert cli.main(["demo", "--quick", "--output", str(folder)]) == 0
    printed = capsys.readouterr().out
    assert not [part for part in DEMO_SAYS[language] if part not in printed]
    models = sorted(path.name for path in folder.glob("*.keras"))
    assert models == [
        "lstm-glove-vectors.keras",
        "lstm-random-vectors.keras",
        "self-attention.keras",
    ]
    assert (folder / "learning_curves.png").read_bytes()[:4] == b"\x89PNG"
    rows = json.loads((folder / "results.json").read_text())["rows"]
    assert list(rows) == ["uniform", "unigram", demo.BIGRAM, demo.TRIGRAM, *demo.MODELS]
    assert rows["uniform"]["perplexity"] == pytest.approx(496)
    assert rows[demo.TRIGRAM]["perplexity"] < rows["unigram"]["perplexity"]
