"""Compiled functions that a model keeps for as long as its variables are the same ones."""

from collections.abc import Callable


def kept(model, name: str, make: Callable):
    """`make(model)`, kept as the model's attribute `name`, and made anew once the model has other
    variables: new values are no reason, since compiled functions read these anew.

    >>> from mlm_tf import build_model
    >>> model = build_model("lstm", vocabulary_size=9, hidden_dim=8)
    >>> kept(model, "_found", lambda m: object()) is kept(model, "_found", lambda m: object())
    True
    """
    identities = tuple(id(variable) for variable in model.variables)
    before, made = getattr(model, name, (None, None))
    if before != identities:
        made = make(model)
        setattr(model, name, (identities, made))
    return made
