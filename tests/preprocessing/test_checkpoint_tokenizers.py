"""The tokenizers of Llama, Mistral, Qwen and BERT as pipelines: the laws, and no control token.

Tiny ones are built as theirs are; real ones are read where `tools/fetch_tokenizers.py` put them.
Ids are compared with those of `tokenizers` without its added tokens, as `transformers` gives them
with `split_special_tokens=True`.
"""

import copy
import json
import pickle

import keras
import numpy as np
import pytest
from tokenizers import Tokenizer

from glove.fetch import cache_folder
from mlm_tf import build_model
from mlm_tf.errors import InvalidArgumentError
from mlm_tf.preprocessing import BytePairPipeline, Pipeline, WordPiecePipeline
from mlm_tf.preprocessing.checkpoint_tokenizer import pipeline_of_tokenizer
from mlm_tf.preprocessing.losses import LOSSES, is_same_but
from mlm_tf.preprocessing.testing import check_pipeline
from tests.hard_lines import hard_lines
from tests.tiny_tokenizers import END, STEERING, TINY, bert, llama_2, llama_3, mistral, qwen

LINES = 2_000
PUBLISHED = {
    "qwen3": (["<|im_end|>", "<|endoftext|>"], ("NFC",)),
    "llama2": (["</s>"], ("▁",)),
    "mistral": (["</s>"], ("▁",)),
    "nemo": (["</s>"], ()),
}
LOST = {
    "qwen": ("NFC",),
    "llama 3": (),
    "smollm": (),
    "llama 2": ("▁",),
    "mistral": ("▁", "spaces at the start"),
    "bert": ("accents", "case", "control characters", "white space", "unknown words"),
    "bert as written": ("control characters", "white space", "unknown words"),
}


def read(tokenizer: str, *ends: str, **settings):
    ids = [Tokenizer.from_str(tokenizer).token_to_id(end) for end in ends]
    return pipeline_of_tokenizer(tokenizer, end_ids=ids, **settings)


def published(name: str) -> str:
    """The content of a real `tokenizer.json`."""
    path = cache_folder() / "tokenizers" / name / "tokenizer.json"
    if not path.is_file():
        pytest.skip(f"{path} is not there: python tools/fetch_tokenizers.py {name}")
    return path.read_text(encoding="utf-8")


def without_added(tokenizer: str, names) -> Tokenizer:
    """What reads these names as any other characters."""
    content = json.loads(tokenizer)
    content["added_tokens"] = [t for t in content["added_tokens"] if t["content"] not in names]
    plain = Tokenizer.from_str(json.dumps(content))
    plain.encode_special_tokens = True
    return plain


def check_lines(pipeline, tokenizer: str, losses) -> None:
    """The ids of hard lines, and what is written of them, are those of `tokenizers`."""
    plain, full = without_added(tokenizer, pipeline.control_tokens), Tokenizer.from_str(tokenizer)
    lines = hard_lines(LINES, [*pipeline.control_tokens])
    rows = [row.tolist() for row in pipeline.encode(lines, add_start=False, add_end=False)]
    expected = plain.encode_batch_fast(lines, add_special_tokens=False)
    control = {*pipeline.control_tokens.values()} - {pipeline.unk_id}
    unknown = "" if pipeline.unk_id is None else pipeline.vocabulary[pipeline.unk_id]
    for line, row, encoding in zip(lines, rows, expected, strict=True):
        assert row == encoding.ids, line
        assert control.isdisjoint(row), line
        written = pipeline.decode(row)
        assert written == full.decode(row, skip_special_tokens=pipeline.unk_id is None), line
        assert is_same_but(line, written, losses, unknown), line


@pytest.fixture(scope="module")
def pipelines():
    return {name: read(make(), END[name], vocabulary_size=600) for name, make in TINY.items()}


# === The laws ===


@pytest.mark.parametrize("name", ["qwen", "llama 3", "llama 2", "mistral", "bert"])
def test_each_kind_keeps_the_laws(name, pipelines):
    check_pipeline(pipelines[name])


@pytest.mark.parametrize("name", TINY)
def test_what_is_lost_is_declared(name, pipelines):
    pipeline = pipelines[name]
    assert pipeline.losses == LOST[name] and pipeline.is_lossless == (LOST[name] == ())


@pytest.mark.parametrize("name", TINY)
def test_hard_lines_have_the_ids_of_tokenizers(name, pipelines):
    check_lines(pipelines[name], TINY[name](), LOST[name])


@pytest.mark.parametrize(
    "name",
    ["qwen3", "llama2", "mistral", pytest.param("nemo", marks=pytest.mark.slow)],  # 131,072 tokens
)
def test_hard_lines_have_the_ids_of_a_real_tokenizer(name):
    tokenizer, (ends, losses) = published(name), PUBLISHED[name]
    pipeline = read(tokenizer, *ends)
    assert pipeline.losses == losses
    check_lines(pipeline, tokenizer, losses)


def test_each_loss_is_forgotten_alone():
    """What a law holds is as strict as its names are: each of these differs in one thing."""
    pairs = {
        "NFC": ("e\u0301", "é"),
        "NFKC": ("ﬁ", "fi"),
        "NFD": ("é", "e\u0301"),
        "NFKD": ("①", "1"),
        "accents": ("é", "e"),
        "case": ("Σ", "σ"),
        "control characters": ("a\u200db\x00", "ab"),
        "▁": ("a▁b", "a b"),
        "spaces at the start": ("  a", " a"),
        "white space": ("a\n b", "ab"),
        "unknown words": ("a 猫", "a [UNK]"),
    }
    assert {*pairs} == {*LOSSES}
    for name, (text, written) in pairs.items():
        assert is_same_but(text, written, [name], "[UNK]")
        assert not is_same_but(text, f"x{written}", [name], "[UNK]")
        assert not is_same_but(text, written, [], "[UNK]")


# === No text makes a control token ===


def test_what_steers_comes_apart_though_it_is_not_marked_special(pipelines):
    pipeline = pipelines["qwen"]
    text = "<think>covid</think><|im_end|>"
    [plain] = pipeline.encode([text], add_end=False)
    [special] = pipeline.encode([text], add_end=False, allow_special=True)
    ids = pipeline.control_tokens
    assert {*STEERING} < {*ids} and "covid" not in ids
    assert {*ids.values()}.isdisjoint(plain.tolist()) and pipeline.decode(plain) == text
    covid = Tokenizer.from_str(qwen()).token_to_id("covid")
    assert covid in plain
    assert special.tolist() == [ids["<think>"], covid, ids["</think>"], ids["<|im_end|>"]]
    assert pipeline.decode(special) == "<think>covid</think>"  # as transformers writes them
    assert "<think>" not in pipeline.special_tokens


def hostile(name: str, ignore_merges: bool) -> str:
    """One in whose model a control token stands, and merges that lead to it."""
    content = json.loads(llama_3(ignore_merges))
    ids, merges = content["model"]["vocab"], content["model"]["merges"]
    for cut in range(2, len(name) + 1):
        ids[name[:cut]] = max(ids.values()) + 1
        merges.append([name[: cut - 1], name[cut - 1]])
    content["added_tokens"][0] |= {"id": ids[name], "content": name}
    content["post_processor"] = None
    return json.dumps(content)


@pytest.mark.parametrize("ignore_merges", [False, True])
def test_no_merge_and_no_word_of_the_model_leads_to_a_control_token(ignore_merges):
    tokenizer = hostile("<|>", ignore_merges)
    made = without_added(tokenizer, {"<|>"}).encode("<|>", add_special_tokens=False).ids
    pipeline = read(tokenizer, "<|>")
    assert made == [pipeline.end_id]  # which a text would become
    [ids] = pipeline.encode(["<|>"], add_end=False)
    assert pipeline.tokenize(["<|>"]) == [["<|", ">"]] and pipeline.decode(ids) == "<|>"
    assert pipeline.encode(["<|>"], allow_special=True, add_end=False)[0].tolist() == made


def test_a_word_that_is_the_name_of_a_special_token_is_cut_into_pieces():
    content = json.loads(bert())
    ids = content["model"]["vocab"]
    ids["pad"] = ids.pop("[PAD]")
    content["added_tokens"][0]["content"] = "pad"
    pipeline = read(json.dumps(content), "[SEP]", pad_id=0)
    assert pipeline.pad_id not in pipeline.encode(["pad the"])[0]
    assert pipeline.encode(["pad the"], allow_special=True)[0][1] == pipeline.pad_id


# === Files ===


def test_a_file_of_the_first_version_reads_what_is_not_marked_special_as_before(tmp_path):
    pipeline = read(qwen(), "<|im_end|>")
    content = json.loads(pipeline.to_json())
    assert content["version"] == 2
    old = Pipeline.from_json(json.dumps({**content, "version": 1}))
    think = Tokenizer.from_str(qwen()).token_to_id("<think>")
    assert old.encode(["<think>"])[0].tolist() == [think, old.end_id]
    for again in (pickle.loads(pickle.dumps(old)), Pipeline.from_json(old.to_json())):
        assert again.version == 1 and again.encode(["<think>"])[0][0] == think
    assert len(pipeline.encode(["<think>"])[0]) > 2


@pytest.mark.parametrize("name", ["llama 2", "bert"])
def test_what_is_saved_is_loaded(name, pipelines, tmp_path):
    pipeline = pipelines[name]
    pipeline.save(tmp_path / "pipeline.json")
    for other in (Pipeline.load(tmp_path / "pipeline.json"), copy.deepcopy(pipeline)):
        assert other.to_json() == pipeline.to_json()
        for attribute in ("losses", "unk_id", "sep_id", "mask_id", "begins_with_start", "end_ids"):
            assert getattr(other, attribute) == getattr(pipeline, attribute)


# === Each kind ===


def test_the_template_says_what_a_text_begins_and_ends_with(pipelines):
    for name, start in (("llama 3", "<|begin_of_text|>"), ("mistral", "<s>"), ("bert", "[CLS]")):
        pipeline = pipelines[name]
        row = pipeline(["lamp"])["token_ids"][0]
        assert pipeline.begins_with_start and row[0] == pipeline.special_tokens[start]
        assert (row[-1] == pipeline.end_id) == (name == "bert")
    for name in ("qwen", "smollm"):
        assert not pipelines[name].begins_with_start


def test_several_end_tokens_and_a_gap_that_is_never_drawn():
    tokenizer, ends = Tokenizer.from_str(qwen()), ["<|im_end|>", "<|endoftext|>"]
    pad_id, known = tokenizer.token_to_id("<|im_start|>"), tokenizer.get_vocab_size()
    pipeline = read(qwen(), *ends, vocabulary_size=400, pad_id=pad_id)
    assert pipeline.end_ids == tuple(map(tokenizer.token_to_id, ends))
    assert {*range(known, 400)} < {*pipeline.never_follow_ids}
    assert pipeline.vocabulary[399] == "<unused 399>" and pipeline.num_outcomes == known - 1


def test_an_id_within_the_vocabulary_that_has_no_token_is_never_drawn():
    content = json.loads(llama_2())
    content["model"]["vocab"]["lighthouse"] = 450
    pipeline = read(json.dumps(content), "</s>")
    gap = [*range(len(content["model"]["vocab"]) - 1, 450)]
    assert gap and {*gap} < {*pipeline.never_follow_ids}
    assert pipeline.vocabulary[gap[0]] == f"<unused {gap[0]}>" and pipeline.decode(gap) == ""


def test_special_tokens_beyond_the_vectors_of_a_model_are_left_out():
    tokenizer = Tokenizer.from_str(llama_3())
    size = tokenizer.get_vocab_size()
    tokenizer.add_special_tokens(["<|pad|>"])
    pipeline = read(tokenizer.to_str(), "<|eot_id|>", vocabulary_size=size)
    assert pipeline.vocabulary_size == size and "<|pad|>" not in pipeline.special_tokens


@pytest.mark.parametrize("make", [llama_2, mistral])
def test_a_text_that_goes_on_keeps_the_space_before_its_next_word(make):
    pipeline = read(make(), "</s>")
    [ids] = pipeline.encode(["The lamp burns 灯\U0001f3ee"], add_start=False, add_end=False)
    stream = pipeline.decode_stream()
    assert "".join([stream.step(ids[:1]), stream.step(ids[1:])]) == "The lamp burns 灯🏮"
    assert pipeline.vocabulary[ids[0]] == " The" and pipeline.vocabulary[ids[-1]] == "<0xAE>"


@pytest.mark.parametrize("make", [llama_2, mistral])
def test_words_within_a_row_have_the_ids_they_have_within_a_text(make):
    pipeline = read(make(), "</s>")
    words = ["The", "keeper", "reads", "灯", "塔", "by", "lamps"]
    [row] = pipeline.encode_words([words])
    [whole] = pipeline.encode(["The keeper reads灯塔by lamps"])
    assert row.token_ids.tolist() == whole.tolist()
    parts = [pipeline.vocabulary[row.token_ids[start]].strip()[:1] for start, _ in row.spans]
    assert parts == [word[0] for word in words]


def test_a_row_of_two_texts_is_berts(pipelines):
    pipeline = pipelines["bert"]
    batch = pipeline(["The lamp"], ["lamps"])
    tokens = [pipeline.vocabulary[i] for i in batch["token_ids"][0]]
    assert tokens == ["[CLS]", "the", "lamp", "[SEP]", "lamp", "##s", "[SEP]"]
    assert batch["segment_ids"].tolist() == [[0, 0, 0, 0, 1, 1, 1]]
    encoding = Tokenizer.from_str(bert()).encode("The lamp", "lamps")
    assert encoding.ids == batch["token_ids"][0].tolist()
    assert encoding.type_ids == batch["segment_ids"][0].tolist()


def test_rows_of_a_bert_end_with_sep_inside_a_graph_too(pipelines):
    pipeline = pipelines["bert"]
    rows = pipeline.encode_tensor(["The lamp"], length=6)
    assert rows["token_ids"].numpy().tolist() == [[*pipeline.encode(["The lamp"])[0], 0, 0]]
    assert pipeline(["The lamp"], add_end=False)["token_ids"].shape == (1, 3)
    assert (pipeline.pad_id, pipeline.sep_id, pipeline.mask_id) == (0, 3, 4)


def test_one_that_cuts_longer_texts_off_or_fills_them_up_does_not_here():
    tokenizer = Tokenizer.from_str(bert())
    tokenizer.enable_truncation(4)
    tokenizer.enable_padding(length=9)
    pipeline = read(tokenizer.to_str(), "[SEP]")
    assert len(pipeline.encode(["the lamp and the keeper"])[0]) == 7


# === In a model ===


def test_a_masked_model_carries_word_pieces(pipelines, tmp_path):
    settings = {"pipeline": pipelines["bert"], "hidden_dim": 8, "seed": 1}
    model = build_model("gru", "masked_lm", **settings)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert loaded.pipeline.to_json() == pipelines["bert"].to_json()
    for filling in loaded.fill_mask("The [MASK] reads.", top_k=3):
        assert filling.text.startswith("the") and filling.text.endswith("reads.")
        assert filling.token not in pipelines["bert"].special_tokens


def test_a_text_that_is_generated_goes_on_behind_its_prompt():
    pipeline = read(llama_2(), "</s>")
    model = build_model("gru", pipeline=pipeline, hidden_dim=8, seed=1)
    how = {"max_length": 24, "seed": 3, "temperature": 1.0, "sampler": "random"}
    whole, new = (
        model.generate("The lamp", **how),
        model.generate("The lamp", strip_prompt=True, **how),
    )
    assert whole == f"The lamp{new}" and new
    assert "".join(model.generate("The lamp", stream=True, **how)) == whole


# === What is refused ===


def change(tokenizer: str, **parts) -> str:
    return json.dumps({**json.loads(tokenizer), **parts})


def of_model(tokenizer: str, **settings) -> str:
    content = json.loads(tokenizer)
    return change(tokenizer, model={**content["model"], **settings})


UNIGRAM = {"type": "Unigram", "unk_id": 0, "vocab": [["<unk>", 0.0], ["a", -1.0]]}
REFUSED = {
    "a kind of its own": (lambda: change(mistral(), model=UNIGRAM), "Unigram.* BPE and WordPiece"),
    "not JSON": (lambda: "[]", "package tokenizers"),
    "parts of words": (lambda: of_model(llama_2(), end_of_word_suffix="</w>"), "parts of words"),
    "chance": (lambda: of_model(llama_2(), dropout=0.1), "dropout=0.1"),
    "no bytes": (lambda: of_model(llama_2(), byte_fallback=False), "not written in bytes"),
    "a byte too few": (
        lambda: llama_2().replace('"<0x61>"', '"<0x6161>"'),
        "no token for the byte 0x61",
    ),
    "bytes that stay": (
        lambda: change(mistral(), decoder={"type": "Fuse"}),
        "makes no characters of bytes",
    ),
    "another decoder": (
        lambda: change(
            mistral(),
            decoder={"type": "CTC", "pad_token": "", "word_delimiter_token": "", "cleanup": True},
        ),
        "its decoder does, CTC",
    ),
    "a BERT that writes bytes": (
        lambda: change(bert(), decoder={"type": "Fuse"}),
        "its decoder does, Fuse",
    ),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_a_tokenizer_that_cannot_be_is_refused_in_one_sentence(kind):
    make, says = REFUSED[kind]
    with pytest.raises(InvalidArgumentError, match=says) as caught:
        pipeline_of_tokenizer(make(), end_ids=[2])
    assert "\n" not in str(caught.value) and str(caught.value).endswith(".")


@pytest.mark.parametrize(
    ("make", "settings", "says"),
    [
        (qwen, {}, "end_ids is empty"),
        (qwen, {"end_ids": [9_999]}, "end_id=9999 is outside"),
        (qwen, {"end_ids": [321, 5]}, r"names '\S', which is a piece of text"),
        (bert, {"end_ids": [3], "vocabulary_size": 20}, "vocabulary_size=20"),
        (bert, {"end_ids": [3], "pad_id": -1}, "pad_id=-1"),
    ],
)
def test_settings_that_cannot_be_are_refused_in_one_sentence(make, settings, says):
    with pytest.raises(InvalidArgumentError, match=says) as caught:
        pipeline_of_tokenizer(make(), **settings)
    assert "\n" not in str(caught.value)


def test_each_class_refuses_the_others_kind():
    with pytest.raises(InvalidArgumentError, match="its model is WordPiece"):
        BytePairPipeline(bert(), end_id=3)
    with pytest.raises(InvalidArgumentError, match="its model is BPE"):
        WordPiecePipeline(qwen(), end_id=3)
    for name in ("sep_id", "mask_id"):
        with pytest.raises(InvalidArgumentError, match=f"{name}=999"):
            WordPiecePipeline(bert(), end_id=3, **{name: 999})


def test_what_a_normaliser_loses_is_not_known_of_every_one():
    pipeline = read(change(qwen(), normalizer={"type": "Nmt"}), "<|im_end|>")
    assert pipeline.losses is None and not pipeline.is_lossless


def test_ids_are_int32_whatever_the_number_of_texts(pipelines):
    for pipeline in pipelines.values():
        rows = pipeline.encode(["", "lamp", "a" * 3000])
        assert all(row.dtype == np.int32 for row in rows)
