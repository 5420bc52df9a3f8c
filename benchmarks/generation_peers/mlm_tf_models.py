"""mlm_tf, with the backend that KERAS_BACKEND names."""

import keras
import numpy as np
from timing import job, report

import mlm_tf
from mlm_tf.layers import LearnedPositions


def main() -> None:
    asked = job()
    model = mlm_tf.build_model(asked["architecture"], seed=0, **asked["shape"])
    length = asked["prompt_length"] + asked["new_tokens"]

    def generate(prompts):
        return np.stack(
            model.generate(
                list(prompts), max_length=length, sampler="greedy", stop_token_ids=None, seed=0
            )
        )

    # A token reads one row of the position vectors, and all other weights.
    positions = (b.count_params() for b in model.blocks if isinstance(b, LearnedPositions))
    weights = model.count_params() - sum(positions)
    report(generate, asked, ["keras", keras.backend.backend()], weights=weights)


if __name__ == "__main__":
    main()
