"""Learning-rate schedules that Keras lacks."""

import keras
from keras import ops

from mlm_tf.checks import check_choice, check_integer, check_number

DECAYS = ("sqrt", "linear")


@keras.saving.register_keras_serializable(package="mlm_tf")
class WarmupStableDecay(keras.optimizers.schedules.LearningRateSchedule):
    """A rate that rises, stays, and falls at the end alone.

    A cosine has to know from its first step how long the training is. Here any checkpoint of the
    stable phase can be gone on with, or be ended whenever one likes by a short decay: in a tenth to
    a fifth of the steps it reaches what a cosine over all of them does.

    Over the first `warmup_steps` it rises in a line from 0, then it is `learning_rate` for
    `stable_steps`, and over `decay_steps` it falls to 0, where it stays. Any of them may be 0;
    without a decay it is `learning_rate` for ever.

    Args:
        learning_rate: the highest.
        warmup_steps, stable_steps, decay_steps: how many steps of each.
        decay: "sqrt", `1 - sqrt(share of the decay that is over)`; or "linear".

    Call arguments:
        step: how many steps are over, an integer or a tensor of one.

    Example:

    >>> schedule = WarmupStableDecay(0.1, warmup_steps=2, stable_steps=2, decay_steps=4)
    >>> [round(float(schedule(step)), 3) for step in range(9)]
    [0.0, 0.05, 0.1, 0.1, 0.1, 0.05, 0.029, 0.013, 0.0]

    Reference: Hu et al. 2024, arXiv:2404.06395, section 4 (the schedule); Hägele et al. 2024,
    arXiv:2405.18392, section 3 (the root).
    """

    def __init__(
        self,
        learning_rate: float,
        warmup_steps: int,
        stable_steps: int,
        decay_steps: int,
        decay: str = "sqrt",
        name: str = "warmup_stable_decay",
    ):
        super().__init__()
        self.learning_rate = check_number("learning_rate", learning_rate, above=0)
        self.warmup_steps = check_integer("warmup_steps", warmup_steps, least=0)
        self.stable_steps = check_integer("stable_steps", stable_steps, least=0)
        self.decay_steps = check_integer("decay_steps", decay_steps, least=0)
        self.decay = check_choice("decay", decay, DECAYS)
        self.name = name

    def __call__(self, step):
        step = ops.cast(step, "float32")
        rising = step / max(self.warmup_steps, 1)
        since = step - (self.warmup_steps + self.stable_steps)
        over = ops.clip(since / max(self.decay_steps, 1), 0.0, 1.0) * (self.decay_steps > 0)
        falling = 1 - (ops.sqrt(over) if self.decay == "sqrt" else over)
        share = ops.where(step < self.warmup_steps, rising, falling)
        return ops.cast(self.learning_rate, "float32") * share

    def get_config(self):
        return {
            "learning_rate": self.learning_rate,
            "warmup_steps": self.warmup_steps,
            "stable_steps": self.stable_steps,
            "decay_steps": self.decay_steps,
            "decay": self.decay,
            "name": self.name,
        }


@keras.saving.register_keras_serializable(package="mlm_tf")
class PerUpdate(keras.optimizers.schedules.LearningRateSchedule):
    """A schedule of updates, for an optimizer that makes one of several batches.

    With `gradient_accumulation_steps` Keras asks a schedule for the rate of a batch.

    Args:
        schedule: of updates.
        accumulation_steps: how many batches make one.

    Call arguments:
        step: how many batches are over, an integer or a tensor of one.

    Example:

    >>> schedule = PerUpdate(WarmupStableDecay(0.1, 2, 2, 0), accumulation_steps=2)
    >>> [round(float(schedule(step)), 3) for step in range(6)]
    [0.0, 0.0, 0.05, 0.05, 0.1, 0.1]
    """

    def __init__(self, schedule, accumulation_steps: int):
        super().__init__()
        self.schedule = schedule
        self.accumulation_steps = check_integer("accumulation_steps", accumulation_steps)

    def __call__(self, step):
        return self.schedule(ops.floor_divide(step, self.accumulation_steps))

    def get_config(self):
        return {
            "schedule": keras.optimizers.schedules.serialize(self.schedule),
            "accumulation_steps": self.accumulation_steps,
        }

    @classmethod
    def from_config(cls, config):
        schedule = keras.optimizers.schedules.deserialize(config["schedule"])
        return cls(schedule, config["accumulation_steps"])
