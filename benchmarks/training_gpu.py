"""Training on one GPU: how much of its arithmetic a model of 124M parameters uses, beside PyTorch.

    python -m benchmarks.training_gpu                            on JAX and PyTorch, both with a GPU
    python -m benchmarks.training_gpu --tiny --only gpt/keras    a small one, on whatever there is

GPT-2's shape (12 layers, 768 wide, sequences of 1,024 tokens, 50,304 types) in bfloat16 with AdamW:
`build_model("gpt2")` and `fit` here, transformers' GPT-2 with SDPA under `torch.compile` there. And
an LSTM (2 layers, 1,024 wide, 4,000 types, rows of 128 tokens, float32 with TF32 products): the
scan of `build_model("lstm")`, and torch's, which is cuDNN's.

Utilisation counts 6 floating-point operations a parameter and token, and `12 · layers · width ·
length` a token for attention (Chowdhery et al. 2022, appendix B), against the peak of `--peak`.
Each row is a process of its own; its figure is the median of epochs of 20 steps, after one epoch
that is not counted. About 5 minutes on an H100. It needs neither TensorFlow nor tensorflow-text.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from typing import NamedTuple

import numpy as np


class Size(NamedTuple):
    vocabulary_size: int
    num_layers: int
    hidden_dim: int
    num_heads: int
    length: int


SIZES = {
    ("gpt", False): Size(50_304, 12, 768, 12, 1024),
    ("gpt", True): Size(256, 2, 64, 2, 32),
    ("lstm", False): Size(4000, 2, 1024, 1, 128),
    ("lstm", True): Size(100, 2, 32, 1, 16),
}
ROWS = {  # model/framework: batch sizes
    "gpt/keras": (16, 32),
    "gpt/keras/mask": (32,),
    "gpt/torch": (16, 32),
    "lstm/keras": (64,),
    "lstm/torch": (64,),
}
STEPS, EPOCHS = 20, 4
RATE, DECAY, NORM = 6e-4, 0.1, 1.0
PEAK = 989e12  # bfloat16 operations a second of an H100 or H200, dense


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="*", default=list(ROWS), help=", ".join(ROWS))
    parser.add_argument("--tiny", action="store_true", help="to try the script itself")
    parser.add_argument("--peak", type=float, default=PEAK, help="operations a second (989e12)")
    parser.add_argument("--output", help="a file for the figures, a JSON line a row")
    parser.add_argument("--row", help=argparse.SUPPRESS)
    parser.add_argument("--batch", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.row:
        print(json.dumps(measured(options.row, options.batch, options.tiny, options.peak)))
        return
    print(f"{'':20} batch    tokens/s   of the peak   ms a step   first step, s")
    for name in options.only:
        for batch in ROWS[name]:
            row = in_a_process(name, batch, options)
            print(
                f"{name:20} {batch:5} {row['tokens/s']:11,.0f} {row['utilisation']:12.1%} "
                f"{row['ms a step']:11.1f} {row['first step, s']:11.1f}",
                flush=True,
            )
            if options.output:
                with open(options.output, "a", encoding="utf-8") as file:
                    file.write(json.dumps(row) + "\n")


def in_a_process(name: str, batch: int, options) -> dict:
    command = [sys.executable, "-m", "benchmarks.training_gpu", "--row", name]
    command += ["--batch", str(batch), "--peak", str(options.peak)]
    command += ["--tiny"] if options.tiny else []
    environment = {**os.environ, "KERAS_BACKEND": "jax"}
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True)
    if done.returncode:
        raise SystemExit(f"{name} at batch {batch} ended with {done.returncode}.")
    return json.loads(done.stdout.splitlines()[-1])


def measured(name: str, batch: int, is_tiny: bool, peak: float) -> dict:
    """One row: the first step with all that precedes it after the imports, then whole epochs."""
    kind, framework, *options = name.split("/")
    size = SIZES[kind, is_tiny]
    shape = (STEPS * batch, size.length + 1)
    ids = np.random.default_rng(0).integers(0, size.vocabulary_size, shape).astype("int32")
    run = of_keras if framework == "keras" else of_torch
    parameters, first, epochs = run(kind, size, batch, ids[:, :-1], ids[:, 1:], options)
    seconds = statistics.median(epochs[1:])
    a_token = 6 * parameters
    if kind == "gpt":
        a_token += 12 * size.num_layers * size.hidden_dim * size.length
    tokens = STEPS * batch * size.length / seconds
    return {
        "row": name,
        "batch": batch,
        "parameters": parameters,
        "tokens/s": tokens,
        "utilisation": tokens * a_token / peak,
        "ms a step": 1000 * seconds / STEPS,
        "first step, s": first,
        "epochs, s": epochs,
    }


def of_keras(kind, size, batch, x, y, options):
    import keras

    from mlm_tf import build_model

    class Clock(keras.callbacks.Callback):  # nothing at batches: Keras would wait for each
        def __init__(self):
            super().__init__()
            self.epochs = []

        def on_epoch_begin(self, epoch, logs=None):
            self.started = time.perf_counter()

        def on_epoch_end(self, epoch, logs=None):
            float(logs["loss"])
            self.epochs.append(time.perf_counter() - self.started)

    started = time.perf_counter()
    if kind == "gpt":
        keras.config.set_dtype_policy("mixed_bfloat16")
    model = build_model(
        {"gpt": "gpt2"}.get(kind, kind),
        vocabulary_size=size.vocabulary_size,
        num_layers=size.num_layers,
        hidden_dim=size.hidden_dim,
        **({"num_heads": size.num_heads} if kind == "gpt" else {}),
        **({"max_sequence_length": size.length} if kind == "gpt" else {}),
        seed=0,
    )
    optimizer = keras.optimizers.AdamW(RATE, weight_decay=DECAY, beta_2=0.95, global_clipnorm=NORM)
    model.compile(optimizer, jit_compile=True)
    model.fit(x[:batch], y[:batch], batch_size=batch, verbose=0)
    first = time.perf_counter() - started
    clock = Clock()
    if "mask" in options:  # as rows of padded texts come
        x = {"token_ids": x, "padding_mask": np.ones(x.shape, "bool")}
    model.fit(x, y, batch_size=batch, epochs=EPOCHS, verbose=0, shuffle=False, callbacks=[clock])
    return model.count_params(), first, clock.epochs


def of_torch(kind, size, batch, x, y, options):
    import torch
    from torch.nn import functional

    torch.set_float32_matmul_precision("high")  # TF32, as XLA's default
    device = "cuda" if torch.cuda.is_available() else "cpu"

    def wait():
        if device == "cuda":
            torch.cuda.synchronize()

    started = time.perf_counter()
    torch.manual_seed(0)
    model = (_gpt2 if kind == "gpt" else _lstm)(size).to(device).train()
    optimizer = torch.optim.AdamW(
        model.parameters(), RATE, betas=(0.9, 0.95), weight_decay=DECAY, fused=True
    )

    def loss_of(ids, targets):
        with torch.autocast(device, torch.bfloat16, enabled=kind == "gpt"):
            scores = model(ids)
            scores = getattr(scores, "logits", scores)
            return functional.cross_entropy(scores.flatten(0, 1), targets.flatten())

    if kind == "gpt":
        loss_of = torch.compile(loss_of)
    x, y = (torch.tensor(part, dtype=torch.long, device=device) for part in (x, y))

    def steps(count):
        for start in range(0, count * batch, batch):
            loss = loss_of(x[start : start + batch], y[start : start + batch])
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), NORM)
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        wait()

    steps(1)
    first, epochs = time.perf_counter() - started, []
    for _ in range(EPOCHS):
        begun = time.perf_counter()
        steps(STEPS)
        epochs.append(time.perf_counter() - begun)
    return sum(p.numel() for p in model.parameters()), first, epochs


def _gpt2(size):
    from transformers import GPT2Config, GPT2LMHeadModel

    return GPT2LMHeadModel(
        GPT2Config(
            vocab_size=size.vocabulary_size,
            n_positions=size.length,
            n_embd=size.hidden_dim,
            n_layer=size.num_layers,
            n_head=size.num_heads,
            resid_pdrop=0,
            embd_pdrop=0,
            attn_pdrop=0,
            attn_implementation="sdpa",
            use_cache=False,
        )
    )


def _lstm(size):
    from torch import nn

    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.embedding = nn.Embedding(size.vocabulary_size, size.hidden_dim)
            self.lstm = nn.LSTM(size.hidden_dim, size.hidden_dim, size.num_layers, batch_first=True)
            self.output = nn.Linear(size.hidden_dim, size.vocabulary_size)
            self.output.weight = self.embedding.weight  # tied, as ours

        def forward(self, ids):
            return self.output(self.lstm(self.embedding(ids))[0])

    return Model()


if __name__ == "__main__":
    main()
