"""A loop over PyTorch's `nn.LSTM`, one token at a time, as one writes it by hand."""

import os

import torch
from timing import job, report
from torch import nn


class Model(nn.Module):
    def __init__(self, vocabulary_size: int, hidden_dim: int, num_layers: int, **_):
        super().__init__()
        self.embedding = nn.Embedding(vocabulary_size, hidden_dim)
        self.lstm = nn.LSTM(hidden_dim, hidden_dim, num_layers, batch_first=True)
        self.output = nn.Linear(hidden_dim, vocabulary_size)
        self.output.weight = self.embedding.weight

    def forward(self, ids, state=None):
        hidden, state = self.lstm(self.embedding(ids), state)  # (B, S, D)
        return self.output(hidden[:, -1]), state  # (B, V)


def main() -> None:
    asked = job()
    torch.set_num_threads(asked["threads"] or os.cpu_count())
    torch.manual_seed(0)
    model = Model(**asked["shape"]).eval()

    @torch.inference_mode()
    def generate(prompts):
        ids = torch.as_tensor(prompts, dtype=torch.long)
        scores, state = model(ids)
        tokens = [ids]
        for step in range(asked["new_tokens"]):
            tokens.append(scores.argmax(dim=1, keepdim=True))  # (B, 1)
            if step + 1 < asked["new_tokens"]:
                scores, state = model(tokens[-1], state)
        return torch.cat(tokens, dim=1).numpy()

    weights = sum(parameter.numel() for parameter in model.parameters())
    report(generate, asked, ["torch"], weights=weights)


if __name__ == "__main__":
    main()
