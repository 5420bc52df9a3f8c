"""nanoGPT's setting for a processor: transformers' GPT-2 of the same sizes, in PyTorch."""

import math
import os

os.environ["TRANSFORMERS_VERBOSITY"] = "error"

import numpy as np
import torch
from timing import Clock, all_windows, drawn_windows, job, report
from torch.nn.functional import cross_entropy
from transformers import GPT2Config, GPT2LMHeadModel

EVALUATED_AT_ONCE = 64  # windows


def main() -> None:
    asked = job()
    data = np.load(asked["data"])
    torch.set_num_threads(os.cpu_count())
    torch.manual_seed(asked["seed"])
    clock = Clock()
    x, y = (torch.from_numpy(part).long() for part in drawn_windows(data["training"], asked))
    model = build(asked)
    optimizer = make_optimizer(model, asked)
    for step in range(asked["steps"]):
        for group in optimizer.param_groups:
            group["lr"] = learning_rate(step, asked)
        loss = mean_loss(model, x[step], y[step])
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        clock.step_ends()
    report(
        ["torch", "transformers"],
        loss=evaluate(model, data["validation"], asked["length"]),
        parameters=sum(parameter.numel() for parameter in model.parameters()),  # tied ones once
        **clock.figures(asked["batch"] * asked["length"]),
    )


def build(asked: dict) -> GPT2LMHeadModel:
    """nanoGPT leaves the biases out, which transformers' classes have; neither has dropout here."""
    config = GPT2Config(
        vocab_size=asked["vocabulary_size"],
        n_positions=asked["length"],
        n_embd=asked["hidden_dim"],
        n_layer=asked["num_layers"],
        n_head=asked["num_heads"],
        resid_pdrop=0.0,
        embd_pdrop=0.0,
        attn_pdrop=0.0,
        use_cache=False,
        bos_token_id=None,
        eos_token_id=None,
        attn_implementation="sdpa",
    )
    return GPT2LMHeadModel(config).train()


def make_optimizer(model, asked: dict) -> torch.optim.AdamW:
    """As nanoGPT: decay for matrices alone, and the second moment forgets sooner."""
    matrices = [p for p in model.parameters() if p.dim() >= 2]
    others = [p for p in model.parameters() if p.dim() < 2]
    groups = [
        {"params": matrices, "weight_decay": 0.1},
        {"params": others, "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=asked["learning_rate"], betas=(0.9, 0.99))


def learning_rate(step: int, asked: dict) -> float:
    """A linear warm-up, and a cosine down to a tenth."""
    highest, warmup = asked["learning_rate"], asked["warmup_steps"]
    if step < warmup:
        return highest * (step + 1) / (warmup + 1)
    part = (step - warmup) / max(asked["steps"] - warmup, 1)
    return highest * (0.1 + 0.9 * 0.5 * (1 + math.cos(math.pi * part)))


def mean_loss(model, x, y):
    """Of ids (B, T) and the ids after them."""
    return cross_entropy(model(x).logits.flatten(0, 1), y.flatten())


@torch.no_grad()
def evaluate(model, ids: np.ndarray, length: int) -> float:
    """The loss over every token of a text but the first, in windows one behind the other."""
    model.eval()
    x, y, counts = (torch.from_numpy(part) for part in all_windows(ids, length))
    total = 0.0
    for place in range(0, len(x), EVALUATED_AT_ONCE):
        here = slice(place, place + EVALUATED_AT_ONCE)
        scores = model(x[here].long()).logits  # (B, T, V)
        kept = counts[here]
        total += cross_entropy(scores[kept], y[here][kept].long(), reduction="sum").item()
    return total / int(counts.sum())


if __name__ == "__main__":
    main()
