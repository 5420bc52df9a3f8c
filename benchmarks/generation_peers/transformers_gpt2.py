"""transformers' GPT2LMHeadModel in PyTorch, eager with its growing cache or compiled."""

import os
import tempfile

os.environ["TRANSFORMERS_VERBOSITY"] = "error"

import torch
from timing import job, report
from transformers import CompileConfig, GPT2Config, GPT2LMHeadModel


def main() -> None:
    asked = job()
    torch.set_num_threads(asked["threads"] or os.cpu_count())
    torch.manual_seed(0)
    shape = asked["shape"]
    config = GPT2Config(
        vocab_size=shape["vocabulary_size"],
        n_positions=shape["max_sequence_length"],
        n_embd=shape["hidden_dim"],
        n_layer=shape["num_layers"],
        n_head=shape["num_heads"],
        n_inner=shape["intermediate_dim"],
        bos_token_id=None,
        eos_token_id=None,
    )
    model = GPT2LMHeadModel(config).eval()
    options = {
        "max_new_tokens": asked["new_tokens"],
        "min_new_tokens": asked["new_tokens"],
        "do_sample": False,
        "use_cache": True,
        "pad_token_id": 0,
    }
    if asked["compiled"]:
        how = CompileConfig(mode="default", fullgraph=False)
        how._compile_all_devices = True  # without it only on a GPU
        options |= {"cache_implementation": "static", "compile_config": how}

    @torch.inference_mode()
    def generate(prompts):
        ids = torch.as_tensor(prompts, dtype=torch.long)
        return model.generate(ids, attention_mask=torch.ones_like(ids), **options).numpy()

    weights = sum(parameter.numel() for parameter in model.parameters())  # tied ones once
    weights -= model.transformer.wpe.weight.numel()
    report(generate, asked, ["transformers", "torch"], weights=weights)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        # What an earlier process compiled lies on the disk, and the first call would find it.
        os.environ["TORCHINDUCTOR_CACHE_DIR"] = folder
        main()
