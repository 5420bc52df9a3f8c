"""A small training on however many devices and processes, which prints how its loss went.

    python scaling.py STRATEGY [OUTPUT]

`mirrored` is `MirroredStrategy` over two logical devices of the processor; the others are those of
`distributed`, over as many devices as `XLA_FLAGS` makes of it, and as many processes as Keras's
environment says. With OUTPUT, a folder, it is `train`, which goes on where it was killed.
"""

import json
import sys

import keras
import numpy as np

import mlm_tf

STEPS, OF_WINDOWS, EPOCHS, BATCH, LENGTH = 50, 5, 20, 8, 10


def main() -> None:
    strategy = sys.argv[1]
    if strategy == "mirrored":
        import tensorflow as tf

        [cpu] = tf.config.list_physical_devices("CPU")
        devices = [tf.config.LogicalDeviceConfiguration()] * 2
        tf.config.set_logical_device_configuration(cpu, devices)
        strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])

    rng = np.random.default_rng(0)
    texts = ["".join(rng.choice(list("abcdef "), 1 + i % 9)) for i in range(64)]  # of all lengths
    pipeline = mlm_tf.TextPipeline.fit(texts, level="character", language="en")
    sizes = {"length": LENGTH, "batch_size": BATCH}
    with mlm_tf.training.distributed(strategy, pipeline.vocabulary_size) as chosen:
        model = mlm_tf.build_model(
            ["transformer", "lstm"], pipeline=pipeline, hidden_dim=16, num_heads=2, seed=0
        )
        if len(sys.argv) > 2:
            result = mlm_tf.training.train(
                model,
                pipeline.rows(texts, **sizes),
                pipeline.rows(texts, shuffle=False, **sizes),
                mlm_tf.training.Recipe(epochs=EPOCHS, evaluations_per_epoch=1, optimizer="adamw"),
                sys.argv[2],
                progress=False,
            )
            print(
                json.dumps({"kind": type(chosen).__name__, **result.history, "best": result.best})
            )
            return
        model.compile(
            mlm_tf.training.make_optimizer("adamw", STEPS + OF_WINDOWS),
            weighted_metrics=[mlm_tf.training.Perplexity()],
        )
        data = {  # ragged rows; windows, of which all places count
            "rows": pipeline.rows(texts, **sizes).from_batch(0),
            "windows": pipeline.windows(texts, **sizes).from_batch(0),
        }
        validation = pipeline.rows(texts, shuffle=False, **sizes)
        curves = {}
        for name, batches in data.items():
            epochs = {"rows": STEPS, "windows": OF_WINDOWS}[name]
            history = model.fit(batches, steps_per_epoch=1, epochs=epochs, verbose=0).history
            curves[name] = history["loss"]
            curves[f"{name} evaluated"] = model.evaluate(validation, verbose=0)
    refused = None
    if chosen is not None and keras.backend.backend() == "jax":
        try:
            with mlm_tf.training.distributed(strategy):  # a second time
                mlm_tf.build_model("lstm", pipeline=pipeline, hidden_dim=15, embedding_dim=8)
        except mlm_tf.errors.InvalidArgumentError as error:
            refused = str(error)
    cut = {
        variable.path.split("/", 1)[1]: list(variable.value.sharding.shard_shape(variable.shape))
        for variable in model.variables
        if keras.backend.backend() == "jax"
    }
    print(json.dumps({"kind": type(chosen).__name__, "refused": refused, "cut": cut, **curves}))


if __name__ == "__main__":
    main()
