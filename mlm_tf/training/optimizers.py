"""Keras's optimizers, written down in fewer operations, so that a training begins sooner."""

import keras
from keras import ops

NO_MATRICES = ("bias", "gamma", "beta", "scale")  # how the names end, in Keras's layers too


class _InFewerOperations:
    """Mixed into an optimizer of Keras's: what is one number for all variables is computed once.

    Keras writes down for each variable anew what the schedule's rate is, a condition among its
    operations, what Adam's bias correction is, and a step of its own for weight decay. In a stack
    of equal blocks that is more than half of what is traced and compiled before the first step. The
    variables and what becomes of them are the same, up to rounding. Under a `tf.distribute`
    strategy of several replicas everything is done as Keras does it.

    Keras's `exclude_from_weight_decay` is forgotten when an optimizer is saved; what
    `decay_matrices_only` says is a part of its settings.
    """

    _rate = _bias_correction = None  # while a step is taken

    def __init__(self, *args, decay_matrices_only=False, **kwargs):
        super().__init__(*args, **kwargs)
        self.decay_matrices_only = decay_matrices_only

    def get_config(self):
        return {**super().get_config(), "decay_matrices_only": self.decay_matrices_only}

    def does_as_keras(self) -> bool:
        """Whether the steps are those of Keras's class, operation by operation."""
        strategy = getattr(self, "_distribution_strategy", None)  # on TensorFlow
        return strategy is not None and strategy.num_replicas_in_sync > 1

    def betas(self) -> tuple[float, float]:
        """The shares that Adam's two moments keep at each step."""
        return self.beta_1, self.beta_2

    def _backend_apply_gradients(self, grads, trainable_variables):
        if not self.does_as_keras():
            step = ops.cast(self.iterations + 1, "float32")
            kept = [1 - ops.power(beta, step) for beta in self.betas()]
            self.hold(
                _rate=super()._get_current_learning_rate(),
                _bias_correction=ops.sqrt(kept[1]) / kept[0],
            )
        try:
            super()._backend_apply_gradients(grads, trainable_variables)
        finally:
            self.hold(_rate=None, _bias_correction=None)

    def hold(self, **values):
        """Set attributes for as long as a step takes, unseen by what tracks those to be saved."""
        vars(self).update(values)

    def _get_current_learning_rate(self):
        return super()._get_current_learning_rate() if self._rate is None else self._rate

    def _apply_weight_decay(self, variables):
        if self._rate is None:
            super()._apply_weight_decay(variables)
            return
        for variable in variables:  # it is a part of each step, in which variables have no path
            self._use_weight_decay(variable)

    def _use_weight_decay(self, variable):
        if self.decay_matrices_only:
            place = self._get_variable_index(variable)  # TensorFlow's own has another name
            if not _is_matrix(self._trainable_variables[place]):
                return False
        return super()._use_weight_decay(variable)

    def adam_change(self, gradient, m, v, rate):
        """By how much a variable changes, by its moments `m` and `v`, which are moved."""
        gradient = ops.cast(gradient, m.dtype)
        beta_1, beta_2 = self.betas()
        self.assign_add(m, (gradient - m) * (1 - beta_1))
        self.assign_add(v, (ops.square(gradient) - v) * (1 - beta_2))
        rate = ops.cast(rate * self._bias_correction, m.dtype)
        return m * rate / (ops.sqrt(v) + self.epsilon)

    def change_by(self, variable, change, decay: float | None):
        """Let a variable decay and change."""
        if decay is not None and self._use_weight_decay(variable):
            change = change + variable * ops.cast(decay * self._rate, variable.dtype)
        self.assign_sub(variable, change)


def _is_processor() -> bool:
    return all(device.startswith("cpu") for device in keras.distribution.list_devices())


def _is_matrix(variable) -> bool:
    """Whether it is a kernel or an embedding. The bias of Keras's GRU has two dimensions, too."""
    return len(variable.shape) >= 2 and not variable.name.endswith(NO_MATRICES)


@keras.saving.register_keras_serializable(package="mlm_tf")
class AdamW(_InFewerOperations, keras.optimizers.AdamW):
    """`keras.optimizers.AdamW`, whose step is traced and compiled in less time.

    Arguments, variables and what is computed, up to rounding, are those of Keras's: what one of
    the two has saved the other can go on from. With `decay_matrices_only=True`, which Keras's
    does not know, biases and the scales of normalisation do not decay.

    Example:

    >>> model = keras.Sequential([keras.layers.Dense(4), keras.layers.Dense(4)])
    >>> model.compile(AdamW(learning_rate=0.01), "mse")
    >>> x = ops.ones((2, 4))
    >>> sorted(model.fit(x, x, verbose=0).history)
    ['loss']

    Reference: Loshchilov & Hutter 2019.
    """

    def does_as_keras(self):
        return self.amsgrad or super().does_as_keras()

    def update_step(self, gradient, variable, learning_rate):
        if self._rate is None:
            super().update_step(gradient, variable, learning_rate)
            return
        place = self._get_variable_index(variable)
        moments = self._momentums[place], self._velocities[place]
        change = self.adam_change(gradient, *moments, learning_rate)
        self.change_by(variable, change, self.weight_decay)


@keras.saving.register_keras_serializable(package="mlm_tf")
class Muon(_InFewerOperations, keras.optimizers.Muon):
    """`keras.optimizers.Muon`, whose step is traced and compiled in less time.

    Muon replaces the update of a matrix by one that is nearly orthogonal, by five rounds of three
    matrix products. Keras writes them down for one matrix after the other; here the matrices of one
    shape are one tensor `(matrices, rows, columns)`, and of long and narrow ones the rounds go, on
    a processor, through the short side alone. Vectors and embeddings take Adam's step.

    Arguments, variables and what is computed, up to rounding, are those of Keras's: what one of
    the two has saved the other can go on from. With `decay_matrices_only=True`, which Keras's
    does not know, biases and the scales of normalisation do not decay.

    Example:

    >>> model = keras.Sequential([keras.layers.Dense(4), keras.layers.Dense(4)])
    >>> model.compile(Muon(learning_rate=0.02), "mse")
    >>> x = ops.ones((2, 4))
    >>> sorted(model.fit(x, x, verbose=0).history)
    ['loss']

    Reference: Jordan et al. 2024; Liu et al. 2025 (the length of the update).
    """

    _orthogonal = None  # while a step is taken: `place: (momentum, update)` of each matrix

    def betas(self):
        return self.adam_beta_1, self.adam_beta_2

    def _backend_update_step(self, grads, trainable_variables, learning_rate):
        if self._rate is not None:
            self.hold(_orthogonal=self._orthogonalized(grads, trainable_variables))
        try:
            super()._backend_update_step(grads, trainable_variables, learning_rate)
        finally:
            self.hold(_orthogonal=None)

    def _orthogonalized(self, gradients, variables) -> dict:
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

    def zeropower_via_newtonschulz5(self, x, steps: int):
        """Keras's, on a processor in half the arithmetic for matrices of four times as many columns
        as rows.

        A round is `X <- P X` with `P = a I + b G + c G²` of `G = X Xᵀ`, which after it is `P G P`.
        So `G` can go through the rounds alone, and `X` is multiplied once, by all of them. That
        wants float32: each round enlarges errors in the small eigenvalues of `G` by up to `a²`,
        which GPUs and TPUs, whose products are rounded to fewer bits, cannot afford. Here a
        gradient with singular values over many decades is off by a thousandth of its largest entry.

        Args:
            x: `(..., rows, columns)`.
            steps: how many rounds.
        """
        rows, columns = x.shape[-2:]
        is_long = max(rows, columns) >= 2 * min(rows, columns)  # a square gains nothing
        if not (is_long and steps and x.dtype == "float32" and _is_processor()):
            return super().zeropower_via_newtonschulz5(x, steps)
        if rows > columns:
            x = self.transpose_last_axis(x)
        x = x / (ops.norm(x, axis=(-2, -1), keepdims=True) + 1e-7)  # no singular value above 1
        g = x @ self.transpose_last_axis(x)
        all_rounds = p = self._round(g)
        for _ in range(steps - 1):
            g = p @ g @ p
            p = self._round(g)
            all_rounds = p @ all_rounds
        x = all_rounds @ x
        return self.transpose_last_axis(x) if rows > columns else x

    def _round(self, g):
        """What a round multiplies by, of `G` `(..., rows, rows)`."""
        identity = ops.eye(g.shape[-1], dtype=g.dtype)
        return self.muon_a * identity + self.muon_b * g + self.muon_c * (g @ g)

    def update_step(self, gradient, variable, learning_rate):
        if self._orthogonal is None:
            super().update_step(gradient, variable, learning_rate)
            return
        place = self._get_variable_index(variable)
        if place not in self._orthogonal:
            moments = self.momentums[place], self.adam_velocities[place]
            change = self.adam_change(gradient, *moments, learning_rate * self.adam_lr_ratio)
            self.change_by(variable, change, self.adam_weight_decay)
            return
        momentum, update = self._orthogonal[place]
        self.assign(self.momentums[place], momentum)
        rate, update = (ops.cast(x, "float32") for x in (learning_rate, update))  # as lr_adjust's
        change = ops.cast(self.lr_adjust(rate * update), variable.dtype)
        self.change_by(variable, change, self.weight_decay)
