"""PyTorch's `nn.LSTM` under a softmax over words, as one trains it by hand."""

import os

import torch
from timing import Clock, drawn_words, job, report
from torch import nn
from torch.nn.functional import cross_entropy


class Model(nn.Module):
    """Embedding, LSTM, and scores by the same table."""

    def __init__(self, vocabulary_size: int, hidden_dim: int, num_layers: int):
        super().__init__()
        self.embedding = nn.Embedding(vocabulary_size, hidden_dim)
        self.lstm = nn.LSTM(hidden_dim, hidden_dim, num_layers, batch_first=True)
        self.output = nn.Linear(hidden_dim, vocabulary_size)
        self.output.weight = self.embedding.weight

    def forward(self, ids):
        return self.output(self.lstm(self.embedding(ids))[0])


def main() -> None:
    asked = job()
    torch.set_num_threads(os.cpu_count())
    torch.manual_seed(asked["seed"])
    clock = Clock()
    x, y = (torch.from_numpy(part) for part in drawn_words(asked))
    model = Model(asked["vocabulary_size"], asked["hidden_dim"], asked["num_layers"])
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.01, weight_decay=0.01)
    for step in range(asked["steps"]):
        loss = cross_entropy(model(x[step]).flatten(0, 1), y[step].flatten())
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        clock.step_ends()
    report(
        ["torch"],
        parameters=sum(parameter.numel() for parameter in model.parameters()),
        **clock.figures(asked["batch"] * asked["length"]),
    )


if __name__ == "__main__":
    main()
