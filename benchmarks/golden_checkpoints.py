"""Checkpoints of each family with random weights by `transformers`, and whether ours are the same.

    python -m benchmarks.golden_checkpoints --python PEER    write tests/interop/golden/ anew
    python -m benchmarks.golden_checkpoints --python PEER --check
                                                             compare live, both ways

PEER is the Python of an environment with torch and transformers; nothing of theirs is installed
beside this package. It runs this file, `PEER -m benchmarks.golden_checkpoints make ...`, so nothing
of ours is imported at the top of it. GPT-2's are made by benchmarks/golden_gpt2.py.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

import numpy as np

from benchmarks.golden_gpt2 import GOLDEN, HARD_TEXTS, train_tokenizer

ROOT = pathlib.Path(__file__).parents[1]
NEW_TOKENS = 12
LENGTH = 28  # of a prompt
TOLERANCE = 1e-4
MARGIN = 0.01  # by which the best token leads, so that another order of sums changes no text
SMALL = {
    "vocab_size": 64,
    "hidden_size": 12,
    "intermediate_size": 20,
    "num_hidden_layers": 2,
    "num_attention_heads": 3,
    "max_position_embeddings": 64,
}
CAUSAL = {**SMALL, "num_key_value_heads": 1, "bos_token_id": None, "eos_token_id": None}
LLAMA_3 = {
    "rope_type": "llama3",
    "factor": 8.0,
    "low_freq_factor": 1.0,
    "high_freq_factor": 4.0,
    "original_max_position_embeddings": 32,
    "rope_theta": 1000.0,
}
DTYPES = {"llama3": "bfloat16", "mistral_v3": "float16"}  # of files that are not float32
EOS = [300, 299]  # of SmolLM2: the end of a turn, and that of a text
# By name: the family, the class of the model, and its shape. What is special in the files of each
# stands in `write_specially`.
CHECKPOINTS = {
    "smollm2": (
        "Llama",
        "ForCausalLM",
        {**CAUSAL, "vocab_size": 304, "tie_word_embeddings": True}
        | {"rope_parameters": {"rope_type": "default", "rope_theta": 100_000.0}},
    ),
    "llama3": ("Llama", "ForCausalLM", {**CAUSAL, "head_dim": 16, "rope_parameters": LLAMA_3}),
    "mistral": ("Mistral", "ForCausalLM", {**CAUSAL, "sliding_window": 5}),
    "mistral_v3": (
        "Mistral",
        "ForCausalLM",
        {**CAUSAL, "sliding_window": None, "head_dim": 6, "tie_word_embeddings": True},
    ),
    "qwen2": ("Qwen2", "ForCausalLM", {**CAUSAL, "tie_word_embeddings": True}),
    "qwen2_linear": (
        "Qwen2",
        "ForCausalLM",
        {**CAUSAL, "num_key_value_heads": 3}
        | {"rope_parameters": {"rope_type": "linear", "factor": 4.0, "rope_theta": 10_000.0}},
    ),
    "qwen3": (
        "Qwen3",
        "ForCausalLM",
        {**CAUSAL, "head_dim": 6, "rms_norm_eps": 1e-2, "tie_word_embeddings": True},
    ),
    "qwen3_wide": (
        "Qwen3",
        "ForCausalLM",
        {**CAUSAL, "head_dim": 8, "num_key_value_heads": 3}
        | {"rope_parameters": {"rope_type": "default", "rope_theta": 1_000_000.0}},
    ),
    "bert": ("Bert", "ForMaskedLM", {**SMALL, "type_vocab_size": 2}),
    "bert_old": ("Bert", "ForPreTraining", {**SMALL, "layer_norm_eps": 1e-3}),
    "minilm": ("Bert", "Model", SMALL),
}


# === With transformers, in the peer's environment ===


def make(folder: pathlib.Path) -> None:
    """A checkpoint of each shape in a folder of its name, and what transformers makes of it."""
    import torch
    import transformers

    for seed, (name, (family, kind, shape)) in enumerate(CHECKPOINTS.items()):
        print(f"transformers {transformers.__version__} makes {name} ...", file=sys.stderr)
        config = getattr(transformers, f"{family}Config")(**shape)
        dtype, expected = getattr(torch, DTYPES.get(name, "float32")), None
        while expected is None:
            torch.manual_seed(seed)
            model = getattr(transformers, family + kind)(config).eval()
            with torch.no_grad():  # norms and biases too, which would start at 1 and 0
                for parameter in model.parameters():
                    parameter.add_(0.3 * torch.randn_like(parameter))
                    parameter.copy_(parameter.to(dtype))  # the numbers that the file will hold
            inputs = random_inputs(family, config.vocab_size)
            expected = expectations(model, inputs, name)
            seed += 100
        write_checkpoint(folder / name, name, model)
        arrays = {key: value.numpy() for key, value in inputs.items()}
        np.savez_compressed(folder / name / "expected.npz", **arrays, **expected)


def random_inputs(family: str, vocabulary_size: int) -> dict:
    import torch

    inputs = {"token_ids": torch.randint(min(vocabulary_size, 290), (2, LENGTH))}
    if family == "Bert":
        inputs["padding_mask"] = torch.arange(LENGTH) < torch.tensor([[LENGTH], [15]])
        inputs["segment_ids"] = (torch.arange(LENGTH) >= torch.tensor([[12], [7]])).long()
    return inputs


def expectations(model, inputs: dict, name: str) -> dict[str, np.ndarray] | None:
    """What a model gives: scores, of a causal one the last and the text that the first row goes on
    with, of one without a head vectors; `None` if two tokens are too close for one text."""
    import torch

    token_ids = inputs["token_ids"]
    with torch.no_grad():
        if "segment_ids" in inputs:
            masks = {"attention_mask": inputs["padding_mask"].long()}
            found = model(token_ids, token_type_ids=inputs["segment_ids"], **masks)
            keys = ("logits", "prediction_logits", "last_hidden_state")
            scores = next(found[key] for key in keys if key in found)
            return {"logits": scores.numpy()}
        logits = model(token_ids).logits[:, -8:]
        gap = [301, 302, 303] if name == "smollm2" else None  # ids without a token
        whole = model.generate(
            token_ids[:1],
            attention_mask=torch.ones_like(token_ids[:1]),
            do_sample=False,
            max_new_tokens=NEW_TOKENS,
            pad_token_id=0,
            suppress_tokens=gap,
            eos_token_id=EOS if name == "smollm2" else None,
        )
        best = model(whole).logits[0, LENGTH - 1 : -1].topk(2).values  # (new, 2)
    is_clear = (best[:, 0] - best[:, 1]).min() > MARGIN
    return {"logits": logits.numpy(), "greedy": whole[0].numpy()} if is_clear else None


def write_checkpoint(folder: pathlib.Path, name: str, model) -> None:
    """The files, each a little as published ones are and `transformers` 5 does not write them."""
    import torch

    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.iterdir():
        path.unlink()
    model.to(getattr(torch, DTYPES.get(name, "float32")))
    size = "6KB" if name == "llama3" else "1GB"  # in several files
    model.save_pretrained(folder, max_shard_size=size)
    (folder / "generation_config.json").unlink(missing_ok=True)
    if name in ("smollm2", "mistral", "qwen2_linear"):
        change_config(folder, as_of_4)
    if name == "smollm2":
        write_tokenizer(folder)
    if name == "qwen2":
        change_config(folder, lambda c: {**c, "sliding_window": 5, "max_window_layers": 1})
    if name == "mistral":  # without a prefix
        change_tensors(folder, lambda t: {k.removeprefix("model."): v for k, v in t.items()})
    if name == "bert_old":
        change_tensors(folder, as_of_2018)


def change_config(folder: pathlib.Path, change) -> None:
    path = folder / "config.json"
    config = change(json.loads(path.read_text()))
    path.write_text(json.dumps(config, indent=2) + "\n")


def change_tensors(folder: pathlib.Path, change) -> None:
    from safetensors.torch import load_file, save_file

    path = folder / "model.safetensors"
    tensors = {name: tensor.clone() for name, tensor in change(load_file(path)).items()}
    save_file(tensors, path, metadata={"format": "pt"})


def as_of_4(config: dict) -> dict:
    """`rope_theta` at the top, and the kind of a scaling as it was first called."""
    config.pop("layer_types", None)
    rope = config.pop("rope_parameters")
    config["rope_theta"] = rope.pop("rope_theta")
    kind = rope.pop("rope_type")
    return {**config, "rope_scaling": None if kind == "default" else {"type": kind, **rope}}


def as_of_2018(tensors: dict) -> dict:
    """Norms that have gamma and beta, a buffer of integers, and the tied table a second time."""
    import torch

    renamed = {}
    for name, tensor in tensors.items():
        for ours, theirs in (("weight", "gamma"), ("bias", "beta")):
            name = name.replace(f"LayerNorm.{ours}", f"LayerNorm.{theirs}")
        renamed[name] = tensor
    renamed["bert.embeddings.position_ids"] = torch.arange(64)[None]
    renamed["cls.predictions.decoder.weight"] = tensors["bert.embeddings.word_embeddings.weight"]
    renamed["cls.predictions.decoder.bias"] = tensors["cls.predictions.bias"]
    return renamed


def write_tokenizer(folder: pathlib.Path) -> None:
    """A tokenizer with fewer tokens than the model has ids, and two that end a text."""
    tokenizer = train_tokenizer(300)
    tokenizer.add_special_tokens(["<|im_end|>"])
    tokenizer.save(str(folder / "tokenizer.json"))
    change_config(folder, lambda c: {**c, "bos_token_id": 299, "eos_token_id": 299})
    generation = {"eos_token_id": EOS, "do_sample": True, "temperature": 0.2}
    (folder / "generation_config.json").write_text(json.dumps(generation) + "\n")
    ids = [tokenizer.encode(text, add_special_tokens=False).ids for text in HARD_TEXTS]
    (folder / "texts.json").write_text(json.dumps({"texts": HARD_TEXTS, "ids": ids}))


def compare(folder: pathlib.Path) -> None:
    """Prints, as JSON, how far a checkpoint that we wrote is from what `make` expected of it."""
    import torch
    import transformers

    found = {}
    for path in sorted(folder.glob("*/expected.npz")):
        back, name = path.parent / "back", path.parent.name
        expected = dict(np.load(path))
        [architecture] = json.loads((back / "config.json").read_text())["architectures"]
        beside = {"add_pooling_layer": False} if architecture == "BertModel" else {}
        model, report = getattr(transformers, architecture).from_pretrained(
            back, output_loading_info=True, dtype=torch.float32, **beside
        )
        inputs = {n: torch.tensor(a) for n, a in expected.items() if n not in ("logits", "greedy")}
        got = expectations(model.eval(), inputs, name)
        found[name] = {
            "architecture": architecture,
            "logits": difference(got["logits"], expected),
            "same text": np.array_equal(got.get("greedy"), expected.get("greedy")),
            "amiss": {k: sorted(map(str, v)) for k, v in report.items() if v},
        }
    print(json.dumps(found))


def difference(logits: np.ndarray, expected: dict) -> float:
    """The greatest of any score, those of padding aside."""
    mask = expected.get("padding_mask", np.ones(logits.shape[:2], bool))
    return float(np.abs(logits - expected["logits"])[mask].max())


# === With ours ===


def check(python: str) -> None:
    """Compares every shape both ways, and ends with status 1 if one differs."""
    from rich.console import Console
    from rich.table import Table

    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        run_peer(python, "make", folder)
        ours = {path.name: compare_ours(path) for path in sorted(folder.iterdir())}
        back = json.loads(run_peer(python, "compare", folder))
    table = Table("checkpoint", "ours", "text", "written as", "theirs of it", "text")
    failed = False
    for name, here in ours.items():
        there = back[name]
        failed |= max(here["logits"], there["logits"]) > TOLERANCE or there["amiss"] != {}
        failed |= not (here["same text"] and there["same text"])
        table.add_row(
            name,
            f"{here['logits']:.1e}",
            "same" if here["same text"] else "other",
            there["architecture"],
            f"{there['logits']:.1e}",
            "same" if there["same text"] else "other",
        )
        if there["amiss"]:
            print(f"{name}: transformers found amiss {there['amiss']}", file=sys.stderr)
    Console().print(table)
    print("Greatest difference of any score from those of transformers, in float32.")
    if failed:
        raise SystemExit(f"Something above is no match (scores within {TOLERANCE}).")


def compare_ours(folder: pathlib.Path) -> dict:
    """How far our model is from what transformers made; and it written back, into `back`."""
    from mlm_tf.interop import from_huggingface, to_huggingface

    expected = dict(np.load(folder / "expected.npz"))
    model = from_huggingface(folder)
    to_huggingface(model, folder / "back")
    names = [name for name in model.input_names if name in expected]
    logits = np.array(model({name: expected[name] for name in names}))
    if "greedy" not in expected:
        return {"logits": difference(logits, expected), "same text": True}
    text = model.generate(
        expected["token_ids"][0].astype("int32"), max_length=LENGTH + NEW_TOKENS, sampler="greedy"
    )
    is_same = np.array_equal(text, expected["greedy"])
    return {"logits": difference(logits[:, -8:], expected), "same text": is_same}


def run_peer(python: str, task: str, folder: pathlib.Path) -> str:
    command = [python, "-m", "benchmarks.golden_checkpoints", task, str(folder)]
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, cwd=ROOT).stdout


def main() -> None:
    if sys.argv[1:2] in (["make"], ["compare"]):  # in the peer's environment
        task, folder = sys.argv[1:]
        (make if task == "make" else compare)(pathlib.Path(folder))
        return
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--python", required=True, help="one with torch and transformers")
    parser.add_argument("--check", action="store_true", help="compare live and write nothing")
    options = parser.parse_args()
    if options.check:
        check(options.python)
    else:
        run_peer(options.python, "make", GOLDEN)


if __name__ == "__main__":
    main()
