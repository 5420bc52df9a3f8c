"""What no argument of a kind may be: one table, for the checks and for all that checks by them."""

import math

import numpy as np

from mlm_tf.checks import Checked, check_boolean, check_choice, check_integer, check_number
from mlm_tf.layers.rotary import check_rope_scaling

NO_NUMBERS = ["0.1", [0.1], {}, True, np.True_, math.nan, math.inf, -math.inf, 1j, np.ones(2)]

# None is in none of them: it often stands for a default.
WRONG = {
    "boolean": ["no", "True", 0, 1, 1.0, [], [True], math.nan],
    "integer >= 1": [*NO_NUMBERS, 0, -3, 2.0, np.float32(2), "3"],
    "integer >= 0": [*NO_NUMBERS, -1, 2.0, "3"],
    "number": NO_NUMBERS,
    "number >= 0": [*NO_NUMBERS, -1e-9, -1],
    "number > 0": [*NO_NUMBERS, 0, 0.0, -1],
    "number >= 0 and < 1": [*NO_NUMBERS, -0.1, 1, 1.0, 2, 10**400],
    "number > 0 and < 1": [*NO_NUMBERS, 0, 1, -0.5],
    "name": ["another", "", 1, True, ["rnn"], {}, np.array(["rnn", "lstm"]), b"rnn"],
    "scaling": [
        "linear",
        2.0,
        {},
        ["linear", 2.0],
        {"type": "linear", "factor": 2.0},
        {"rope_type": ["linear"], "factor": 2.0},
        {"rope_type": "linear"},
        {"rope_type": "linear", "factor": 2.0, "beta_fast": 32},
    ],
}

NAMES = {
    check_boolean: "boolean",
    check_choice: "name",
    check_integer: "integer",
    check_number: "number",
    check_rope_scaling: "scaling",
}
SIGNS = {"least": ">=", "above": ">", "most": "<=", "below": "<"}


def kind_of(argument: Checked) -> str:
    """The kind above that a declaration asks for."""
    settings = {"least": 1} if argument.check is check_integer else {}
    settings |= argument.settings
    bounds = [f" {sign} {settings[name]}" for name, sign in SIGNS.items() if name in settings]
    return NAMES[argument.check] + " and".join(bounds)
