"""One block each of `transformers` with random weights, and what it makes of random vectors; and a
whole BERT with its head, and its scores; and adapters that PEFT wrote, with a Llama's scores.

    PEER benchmarks/golden_blocks.py      write tests/layers/golden/ anew

PEER is the Python of an environment with torch, transformers and peft; nothing of theirs is
installed beside this package, and nothing of ours is imported here.
tests/layers/test_golden_blocks.py has the arguments with which our blocks are the same,
tests/models/test_golden_bert.py those of BERT, and tests/models/test_golden_adapters.py those of
the Llama.
"""

import pathlib

import numpy as np
import torch
import transformers

GOLDEN = pathlib.Path(__file__).parents[1] / "tests" / "layers" / "golden"
LENGTH = 40
SMALL = {
    "hidden_size": 12,
    "intermediate_size": 20,
    "num_hidden_layers": 1,
    "num_attention_heads": 3,
    "num_key_value_heads": 1,
    "vocab_size": 5,
    "max_position_embeddings": 64,
    "attn_implementation": "eager",
}
LLAMA_3 = {
    "rope_type": "llama3",
    "factor": 8.0,
    "low_freq_factor": 1.0,
    "high_freq_factor": 4.0,
    "original_max_position_embeddings": 32,
}
CAUSAL = {  # by name: the class of the configuration, that of the model, and what is special
    "smollm2": ("Llama", {"rope_parameters": {"rope_type": "default", "rope_theta": 100_000.0}}),
    "linear": (
        "Llama",
        {"rope_parameters": {"rope_type": "linear", "factor": 4.0, "rope_theta": 10_000.0}},
    ),
    # heads of 16, so that there are pairs that are kept, mixed and stretched
    "llama3": ("Llama", {"rope_parameters": {**LLAMA_3, "rope_theta": 1000.0}, "head_dim": 16}),
    "qwen2": ("Qwen2", {}),
    "qwen3": ("Qwen3", {"head_dim": 6, "rms_norm_eps": 1e-2}),
}


def write_causal(name: str, family: str, special: dict) -> None:
    """A model of one layer: its block's weights, vectors in, vectors out before the last norm."""
    config = getattr(transformers, f"{family}Config")(**SMALL, **special)
    model = getattr(transformers, f"{family}Model")(config).eval()
    stir(model)
    model.norm = torch.nn.Identity()
    x = torch.randn(2, LENGTH, config.hidden_size)
    with torch.no_grad():
        y = model(inputs_embeds=x, use_cache=False).last_hidden_state
    weights = {k: v.numpy() for k, v in model.layers[0].state_dict().items()}
    np.savez_compressed(GOLDEN / f"{name}.npz", x=x.numpy(), y=y.numpy(), **weights)


def write_bert() -> None:
    """The same of BERT, whose block reads both ways, with padding in the second row."""
    sizes = {name: SMALL[name] for name in SMALL if name != "num_key_value_heads"}
    config = transformers.BertConfig(**sizes)
    block = transformers.BertModel(config).encoder.layer[0].eval()
    stir(block)
    x = torch.randn(2, LENGTH, config.hidden_size)
    mask = torch.arange(LENGTH) < torch.tensor([[LENGTH], [25]])
    added = torch.where(mask, 0.0, torch.finfo(torch.float32).min)[:, None, None, :]
    with torch.no_grad():
        y = block(x, attention_mask=added)
    y = y[0] if isinstance(y, tuple) else y
    weights = {k: v.numpy() for k, v in block.state_dict().items()}
    np.savez_compressed(GOLDEN / "bert.npz", x=x.numpy(), y=y.numpy(), mask=mask.numpy(), **weights)


def write_bert_masked_lm() -> None:
    """Two layers, rows of two segments, with padding in the second: the scores of every word."""
    sizes = {name: SMALL[name] for name in SMALL if name != "num_key_value_heads"}
    config = transformers.BertConfig(**{**sizes, "num_hidden_layers": 2, "vocab_size": 11})
    model = transformers.BertForMaskedLM(config).eval()
    stir(model)
    token_ids = torch.randint(config.vocab_size, (2, LENGTH))
    mask = torch.arange(LENGTH) < torch.tensor([[LENGTH], [25]])
    segment_ids = (torch.arange(LENGTH) >= torch.tensor([[12], [7]])).long()
    with torch.no_grad():
        logits = model(token_ids, attention_mask=mask.long(), token_type_ids=segment_ids).logits
    arrays = {"token_ids": token_ids, "padding_mask": mask, "segment_ids": segment_ids}
    arrays = {name: array.numpy() for name, array in arrays.items()}
    weights = {k: v.numpy() for k, v in model.state_dict().items() if "position_ids" not in k}
    weights = {k: v for k, v in weights.items() if not k.startswith("cls.predictions.decoder")}
    file = GOLDEN / "bert_masked_lm.npz"
    np.savez_compressed(file, logits=logits.numpy(), **arrays, **weights)


def write_adapters() -> None:
    """Two layers with adapters beside four of the projections: the files that PEFT writes, and the
    scores of every word."""
    import peft

    torch.manual_seed(0)
    config = transformers.LlamaConfig(
        **{**SMALL, "num_hidden_layers": 2, "vocab_size": 11}, tie_word_embeddings=True
    )
    model = transformers.LlamaForCausalLM(config).eval()
    stir(model)
    weights = {k: v.numpy().copy() for k, v in model.state_dict().items() if k != "lm_head.weight"}
    told = {"r": 2, "lora_alpha": 5, "target_modules": ["q_proj", "v_proj", "o_proj", "up_proj"]}
    adapted = peft.get_peft_model(model, peft.LoraConfig(**told, task_type="CAUSAL_LM")).eval()
    for name, parameter in adapted.named_parameters():
        if "lora_" in name:
            torch.nn.init.normal_(parameter, std=0.5)
    token_ids = torch.randint(config.vocab_size, (2, LENGTH))
    with torch.no_grad():
        logits = adapted(token_ids).logits
    adapted.save_pretrained(GOLDEN / "peft_llama")
    (GOLDEN / "peft_llama" / "README.md").unlink()  # a card to fill in
    arrays = {"token_ids": token_ids.numpy(), "logits": logits.numpy()}
    np.savez_compressed(GOLDEN / "peft_llama.npz", **arrays, **weights)


def stir(model) -> None:
    """Norms and biases too, which would start at 1 and 0."""
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.3 * torch.randn_like(parameter))


def main() -> None:
    GOLDEN.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(0)
    for name, (family, special) in CAUSAL.items():
        write_causal(name, family, special)
        print(f"{name}: {family} of transformers {transformers.__version__}")
    write_bert()
    write_bert_masked_lm()
    write_adapters()


if __name__ == "__main__":
    main()
