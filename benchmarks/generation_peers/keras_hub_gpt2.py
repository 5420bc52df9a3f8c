"""KerasHub's GPT2CausalLM, with the backend that KERAS_BACKEND names."""

import keras
import numpy as np
from keras_hub.models import GPT2Backbone, GPT2CausalLM
from timing import job, report


def main() -> None:
    asked = job()
    model = GPT2CausalLM(backbone=GPT2Backbone(**asked["shape"]), preprocessor=None)
    options = {} if asked["jit_compile"] is None else {"jit_compile": asked["jit_compile"]}
    model.compile(sampler="greedy", **options)
    new_tokens = asked["new_tokens"]

    def generate(prompts):
        batch_size, prompt_length = prompts.shape
        is_prompt = np.arange(prompt_length + new_tokens) < prompt_length
        inputs = {
            "token_ids": np.pad(prompts, [(0, 0), (0, new_tokens)]),
            "padding_mask": np.tile(is_prompt, (batch_size, 1)),
        }
        outputs = model.generate(inputs, stop_token_ids=None)
        if not np.asarray(outputs["padding_mask"]).all():
            raise SystemExit("KerasHub stopped before the asked number of tokens.")
        return outputs["token_ids"]

    positions = model.backbone.position_embedding.count_params()
    backend = keras.backend.backend()
    report(
        generate, asked, ["keras-hub", "keras", backend],
        weights=model.count_params() - positions,
    )  # fmt: skip


if __name__ == "__main__":
    main()
