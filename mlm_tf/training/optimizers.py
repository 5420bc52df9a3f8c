"""Keras's optimizers, written down in fewer operations, so that a training begins sooner."""

import keras
from keras import ops


class _RateOnce:
    """Mixed into an optimizer of Keras's: asks the schedule for its rate once a step.

    Keras asks anew for each variable that decays, and each time the schedule's operations, a
    condition among them, are traced and compiled: a quarter of the tracing of a stack of four
    blocks. Under a `tf.distribute` strategy of several replicas it is done as Keras does it.
    """

    _rate = None  # while a step is taken

    def _backend_apply_gradients(self, grads, trainable_variables):
        if _is_alone(self):
            self._rate = super()._get_current_learning_rate()
        try:
            super()._backend_apply_gradients(grads, trainable_variables)
        finally:
            self._rate = None

    def _get_current_learning_rate(self):
        return super()._get_current_learning_rate() if self._rate is None else self._rate


@keras.saving.register_keras_serializable(package="mlm_tf")
class AdamW(_RateOnce, keras.optimizers.AdamW):
    """`keras.optimizers.AdamW`, whose step is traced and compiled in less time.

    Arguments, variables and what is computed are those of Keras's: what one of the two has saved
    the other can go on from.

    Example:

    >>> model = keras.Sequential([keras.layers.Dense(4), keras.layers.Dense(4)])
    >>> model.compile(AdamW(learning_rate=0.01), "mse")
    >>> x = ops.ones((2, 4))
    >>> sorted(model.fit(x, x, verbose=0).history)
    ['loss']

    Reference: Loshchilov & Hutter 2019.
    """


@keras.saving.register_keras_serializable(package="mlm_tf")
class Muon(_RateOnce, keras.optimizers.Muon):
    """`keras.optimizers.Muon`, whose step is traced and compiled in less time.

    Muon replaces the update of a matrix by one that is nearly orthogonal, by five rounds of three
    matrix products. Keras writes them down for one matrix after the other, which of a stack of
    equal blocks is half of what is traced. Here the matrices of one shape are one tensor
    `(matrices, rows, columns)`. Under a `tf.distribute` strategy of several replicas it is done as
    Keras does it.

    Arguments, variables and what is computed, up to rounding, are those of Keras's: what one of
    the two has saved the other can go on from.

    Example:

    >>> model = keras.Sequential([keras.layers.Dense(4), keras.layers.Dense(4)])
    >>> model.compile(Muon(learning_rate=0.02), "mse")
    >>> x = ops.ones((2, 4))
    >>> sorted(model.fit(x, x, verbose=0).history)
    ['loss']

    Reference: Jordan et al. 2024; Liu et al. 2025 (the length of the update).
    """

    _prepared = {}  # noqa: RUF012  (while a step is taken: what matrices change by, by place)

    def _backend_update_step(self, grads, trainable_variables, learning_rate):
        if _is_alone(self):
            self._prepared = self._orthogonal(grads, trainable_variables)
        try:
            super()._backend_update_step(grads, trainable_variables, learning_rate)
        finally:
            self._prepared = {}

    def _orthogonal(self, gradients, variables) -> dict:
        """`place: (momentum, update)` of each matrix."""
        momenta, groups = {}, {}
        for gradient, variable in zip(gradients, variables, strict=True):
            place = self._get_variable_index(variable)
            if self.adam_velocities[place] is not None:
                continue
            momentum = momenta[place] = self.momentums[place] * self.momentum + gradient
            direction = gradient + self.momentum * momentum if self.nesterov else momentum
            kind = tuple(variable.shape), variable.dtype
            groups.setdefault(kind, {})[place] = direction
        found = {}
        for group in groups.values():
            together = ops.stack(list(group.values()))  # (matrices, rows, columns)
            updates = self.zeropower_via_newtonschulz5(together, self.ns_steps)
            for index, place in enumerate(group):
                found[place] = momenta[place], updates[index]
        return found

    def _muon_update_step(self, gradient, variable, lr, m):
        place = self._get_variable_index(variable)
        if place not in self._prepared:
            super()._muon_update_step(gradient, variable, lr, m)
            return
        momentum, update = self._prepared[place]
        self.assign(m, momentum)
        self.assign_sub(variable, self.lr_adjust(lr * update))


def _is_alone(optimizer) -> bool:
    """Whether there is one replica: not under a `tf.distribute` strategy of several."""
    strategy = getattr(optimizer, "_distribution_strategy", None)  # on TensorFlow
    return strategy is None or strategy.num_replicas_in_sync == 1
