"""GPT-2s of random weights by `transformers`, and whether ours give the same logits.

    python -m benchmarks.golden_gpt2 --python PEER     write tests/interop/golden/ anew
    python -m benchmarks.golden_gpt2 --python PEER --check
                                                       compare live, both ways, 124M included

PEER is the Python of an environment with torch and transformers; nothing of theirs is installed
beside this package. It runs this file by itself, `PEER benchmarks/golden_gpt2.py make ...`, so
nothing of ours is imported at the top of it.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

import numpy as np

GOLDEN = pathlib.Path(__file__).parents[1] / "tests" / "interop" / "golden"
END_TOKEN = "<|endoftext|>"
NEW_TOKENS = 12
TOLERANCE = 1e-4
TEXTS = [
    "The lamp by the window burns all night.",
    "A letter came for the keeper of the lighthouse, and he read it by the lamp.",
    "Nobody knew who wrote it; the keeper didn't say.",
    "In 1887 the sea took 3.14 metres of the path to the lighthouse.",
    "Zwölf Boote fuhren übers Meer – the lamp showed them the way.",
    "灯塔的灯整夜亮着。",
]
# What a tokenizer has to get right: spaces, line breaks, digits, emoji, a special token as text.
HARD_TEXTS = [*TEXTS, "", "  two  spaces \n\n\tand 👩‍🚀🇨🇭 ", f"not {END_TOKEN} an end", "\x00\x11é"]

# The three shapes of the golden files; each is also something that checkpoints do differently.
SMALL = {
    # as transformers writes one today
    "plain": dict(vocab_size=300, n_positions=32, n_embd=16, n_layer=2, n_head=4),
    # 16 bits, the exact GELU, another inner width and epsilon
    "bfloat16": dict(
        vocab_size=300,
        n_positions=24,
        n_embd=12,
        n_layer=1,
        n_head=1,
        n_inner=20,
        activation_function="gelu",
        layer_norm_epsilon=1e-3,
    ),
    # names without a prefix, causal masks among the tensors, vocab.json and merges.txt, an output
    # matrix of its own, more ids than tokens
    "old": dict(
        vocab_size=304,
        n_positions=24,
        n_embd=12,
        n_layer=2,
        n_head=3,
        tie_word_embeddings=False,
    ),
}
LARGE = {
    "long": dict(vocab_size=1000, n_positions=512, n_embd=128, n_layer=4, n_head=4),
    "deep": dict(vocab_size=512, n_positions=128, n_embd=60, n_layer=9, n_head=5, n_inner=200),
    "124M": dict(vocab_size=50257, n_positions=1024, n_embd=768, n_layer=12, n_head=12),
}


# === With transformers, in the peer's environment ===


def make(folder: pathlib.Path, shapes: dict[str, dict]) -> None:
    """A checkpoint of each shape in a folder of its name, and what transformers makes of it."""
    for seed, (name, shape) in enumerate(shapes.items()):
        print(f"transformers makes {name} ...", file=sys.stderr)
        (folder / name).mkdir(parents=True, exist_ok=True)
        make_checkpoint(folder / name, name, shape, seed)


def make_checkpoint(folder: pathlib.Path, name: str, shape: dict, seed: int) -> None:
    import torch
    from transformers import GPT2Config, GPT2LMHeadModel

    tokenizer = train_tokenizer(300)
    end_id = tokenizer.token_to_id(END_TOKEN)
    config = GPT2Config(**shape, bos_token_id=end_id, eos_token_id=end_id)
    model = GPT2LMHeadModel(config).eval()
    random = torch.Generator().manual_seed(seed)
    with torch.no_grad():  # biases and norms too, which would start at 0 and 1
        for key, weight in model.named_parameters():
            weight.normal_(generator=random).div_(shape["n_embd"] ** 0.5)
            if ".ln_" in key and key.endswith("weight"):
                weight.add_(1)
    if name == "bfloat16":
        model.to(torch.bfloat16).save_pretrained(folder)
        model.float()
    else:
        model.save_pretrained(folder)
    if name == "old":
        write_as_of_old(folder, model, tokenizer)
    else:
        save_tokenizer(folder, tokenizer)
    (folder / "generation_config.json").unlink(missing_ok=True)
    length = shape["n_positions"] - NEW_TOKENS
    token_ids = torch.randint(shape["vocab_size"], (2, length), generator=random)
    expected = expectations(model, token_ids)
    np.savez_compressed(folder / "expected.npz", token_ids=token_ids.numpy(), **expected)
    ids = [tokenizer.encode(text, add_special_tokens=False).ids for text in HARD_TEXTS]
    (folder / "texts.json").write_text(json.dumps({"texts": HARD_TEXTS, "ids": ids}))


def expectations(model, token_ids) -> dict[str, np.ndarray]:
    """Logits of the last positions, and what the first row goes on with, greedily."""
    import torch

    with torch.no_grad():
        logits = model(token_ids).logits[:, -8:]
        whole = model.generate(
            token_ids[:1],
            attention_mask=torch.ones_like(token_ids[:1]),
            do_sample=False,
            max_new_tokens=NEW_TOKENS,
            pad_token_id=model.config.eos_token_id,
        )
    return {"logits": logits.numpy(), "greedy": whole[0].numpy()}


def train_tokenizer(vocabulary_size: int):
    """Byte-level BPE, `<|endoftext|>` as its last token, learned from the sentences above."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary_size - 1,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(TEXTS, trainer)
    tokenizer.add_special_tokens([END_TOKEN])
    tokenizer.encode_special_tokens = True  # text is text
    return tokenizer


def save_tokenizer(folder: pathlib.Path, tokenizer) -> None:
    from transformers import PreTrainedTokenizerFast

    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, bos_token=END_TOKEN, eos_token=END_TOKEN, unk_token=END_TOKEN
    ).save_pretrained(folder)


def write_as_of_old(folder: pathlib.Path, model, tokenizer) -> None:
    """The files as checkpoints of 2019 were written, converted to safetensors."""
    import torch
    from safetensors.torch import save_file

    tensors = {k.removeprefix("transformer."): v for k, v in model.state_dict().items()}
    size = model.config.n_positions
    for i in range(model.config.n_layer):
        tensors[f"h.{i}.attn.bias"] = torch.ones(1, 1, size, size).tril()
        tensors[f"h.{i}.attn.masked_bias"] = torch.tensor(-1e4)
    tensors = {k: v.contiguous() for k, v in tensors.items()}
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    vocabulary = tokenizer.get_vocab()
    (folder / "vocab.json").write_text(json.dumps(vocabulary, ensure_ascii=False), "utf-8")
    merges = json.loads(tokenizer.to_str())["model"]["merges"]
    lines = ["#version: 0.2", *(" ".join(pair) for pair in merges)]
    (folder / "merges.txt").write_text("\n".join(lines) + "\n", "utf-8")


def compare(folder: pathlib.Path) -> None:
    """Prints, as JSON, how far a checkpoint that we wrote is from what `make` expected of it."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    found = {}
    for path in sorted(folder.glob("*/expected.npz")):
        back, expected = path.parent / "back", np.load(path)
        model, report = AutoModelForCausalLM.from_pretrained(
            back, output_loading_info=True, dtype=torch.float32
        )
        amiss = {k: sorted(map(str, v)) for k, v in report.items() if v}
        got = expectations(model.eval(), torch.tensor(expected["token_ids"]))
        tokenizer = AutoTokenizer.from_pretrained(back)
        texts = json.loads((path.parent / "texts.json").read_text())
        tokenizer.split_special_tokens = True
        ids = [tokenizer(text)["input_ids"] for text in texts["texts"]]
        found[path.parent.name] = {
            "logits": float(np.abs(got["logits"] - expected["logits"]).max()),
            "same text": bool(np.array_equal(got["greedy"], expected["greedy"])),
            "same ids": ids == texts["ids"],
            "amiss": amiss,
            "end": tokenizer.eos_token,
        }
    print(json.dumps(found))


# === With ours ===


def check(python: str) -> None:
    """Compares every shape both ways, and ends with status 1 if one differs."""
    from rich.console import Console
    from rich.table import Table

    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        run_peer(python, "make", folder, "all")
        ours = {path.name: compare_ours(path) for path in sorted(folder.iterdir())}
        back = json.loads(run_peer(python, "compare", folder))
    table = Table("GPT-2", "parameters", "our logits", "our text", "ids", "theirs of ours", "text")
    failed = False
    for shape, here in ours.items():
        there = back[shape]
        failed |= max(here["logits"], there["logits"]) > TOLERANCE or there["amiss"] != {}
        failed |= not (here["same text"] and here["same ids"] and there["same text"])
        failed |= not there["same ids"] or there["end"] != END_TOKEN
        table.add_row(
            shape,
            f"{here['parameters']:,}",
            f"{here['logits']:.1e}",
            "same" if here["same text"] else "other",
            "same" if here["same ids"] and there["same ids"] else "other",
            f"{there['logits']:.1e}",
            "same" if there["same text"] else "other",
        )
        if there["amiss"]:
            print(f"{shape}: transformers found amiss {there['amiss']}", file=sys.stderr)
    Console().print(table)
    print("Greatest difference of any logit, in float32.")
    if failed:
        raise SystemExit(f"Something above is no match (logits within {TOLERANCE}).")


def compare_ours(folder: pathlib.Path) -> dict:
    """How far our model is from what transformers made; and it written back, into `back`."""
    from mlm_tf.interop import from_huggingface, to_huggingface

    expected = np.load(folder / "expected.npz")
    texts = json.loads((folder / "texts.json").read_text())
    model = from_huggingface(folder)
    to_huggingface(model, folder / "back")
    ids = [row.tolist() for row in model.pipeline.encode(texts["texts"], add_end=False)]
    empty = [model.pipeline.start_id]  # what we make of a text without a token
    token_ids = expected["token_ids"].astype("int32")
    logits = np.array(model(token_ids))[:, -8:]
    end_id, model.pipeline = model.pipeline.end_id, None  # it forbids ids without a token
    text = model.generate(
        token_ids[0],
        max_length=token_ids.shape[1] + NEW_TOKENS,
        sampler="greedy",
        stop_token_ids=[end_id],
    )
    return {
        "parameters": model.count_params(),
        "logits": float(np.abs(logits - expected["logits"]).max()),
        "same text": bool(np.array_equal(text, expected["greedy"])),
        "same ids": ids == [row or empty for row in texts["ids"]],
    }


def run_peer(python: str, task: str, folder: pathlib.Path, which: str = "all") -> str:
    command = [python, __file__, task, str(folder), which]
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout


def main() -> None:
    if sys.argv[1:2] in (["make"], ["compare"]):  # in the peer's environment
        task, folder, which = sys.argv[1:]
        if task == "make":
            make(pathlib.Path(folder), SMALL if which == "small" else {**SMALL, **LARGE})
        else:
            compare(pathlib.Path(folder))
        return
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--python", required=True, help="one with torch and transformers")
    parser.add_argument("--check", action="store_true", help="compare live and write nothing")
    options = parser.parse_args()
    if options.check:
        check(options.python)
    else:
        run_peer(options.python, "make", GOLDEN, "small")


if __name__ == "__main__":
    main()
