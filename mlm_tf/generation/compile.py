"""What `keras.ops` cannot say, so that this is the only file here that names a backend: compiling
a function, adding up over replicas, and what an interrupted `fit` leaves of a model.
"""

import contextlib
import functools
import threading
import weakref
from collections.abc import Callable, Iterator, Sequence

import keras

from mlm_tf._startup import without_info_lines

_locks = weakref.WeakKeyDictionary()  # of models: one inside them could not be pickled
_guard = threading.Lock()


def compiled(
    function: Callable, variables: Sequence[keras.Variable], donate_first: bool = False
) -> Callable:
    """Compile `function` with XLA; it keeps reading the present values of `variables`.

    TensorFlow reads a captured variable anew at each call. Under `jax.jit` a captured variable
    would keep its first value for ever, so on JAX the values go in as inputs of the compiled
    function, which copies nothing.

    Args:
        function: takes and returns nested tensors; must not change any variable.
        variables: every Keras variable that `function` reads.
        donate_first: whether the first argument may be overwritten by the result (the caller
            uses it no more); on JAX this saves a copy of the cache at every slice of a stream.

    Returns:
        A function of the same arguments. New shapes compile anew, new values do not.

    Example:

    >>> import keras
    >>> scale = keras.Variable(2.0)
    >>> double = compiled(lambda x: x * scale, [scale])
    >>> float(double(keras.ops.convert_to_tensor(3.0)))
    6.0
    >>> scale.assign(5.0) is None
    False
    >>> float(double(keras.ops.convert_to_tensor(3.0)))
    15.0
    """
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        _start_xla()
        traced = tf.function(function, jit_compile=True, autograph=False)
        by_shape = {}

        # Called by its shapes itself: `traced(...)` would take longer, and would warn of as many
        # tracings as there are models and samplers.
        def call(*arguments):
            shapes = tuple((x.shape, x.dtype) for x in tf.nest.flatten(arguments))
            if shapes not in by_shape:
                by_shape[shapes] = traced.get_concrete_function(*arguments)
            return by_shape[shapes](*arguments)

        return call
    if keras.backend.backend() == "jax":
        import jax

        def with_values(values, *arguments):
            with keras.StatelessScope(state_mapping=list(zip(variables, values, strict=True))):
                return function(*arguments)

        jitted = jax.jit(with_values, donate_argnums=(1,) if donate_first else ())
        return lambda *arguments: jitted([v.value for v in variables], *arguments)
    return function  # other backends run eagerly: slower, the same result


@functools.cache
def _start_xla() -> None:
    """Let TensorFlow compile something, where the first time it tells of itself (2.19)."""
    import tensorflow as tf

    if tf.__version__.startswith("2.19."):
        with without_info_lines():
            tf.function(lambda: tf.constant(1) + 1, jit_compile=True)()


def summed_over_replicas(value):
    """The sum of a tensor over all replicas of a `tf.distribute` strategy, and their number.

    Elsewhere the tensor itself, and 1: on JAX `keras.distribution` computes as one device would.

    >>> summed_over_replicas(2.0)
    (2.0, 1)
    """
    if keras.backend.backend() != "tensorflow":
        return value, 1
    import tensorflow as tf

    replica = tf.distribute.get_replica_context()
    if replica is None or replica.num_replicas_in_sync == 1:  # None: where a model is only built
        return value, 1
    total = replica.all_reduce(tf.distribute.ReduceOp.SUM, value)
    return total, replica.num_replicas_in_sync


def clip_over_replicas(optimizer) -> None:
    """Let an optimizer clip the gradient of all replicas of a `tf.distribute` strategy together.

    Keras clips each replica's part of it, and adds up afterwards: together they may be as many
    times longer as there are replicas, and point elsewhere. Here they are added up first.

    Args:
        optimizer: of a model that has replicas.
    """
    optimizer = getattr(optimizer, "inner_optimizer", optimizer)  # of one that scales the loss
    bounds = (optimizer.clipnorm, optimizer.global_clipnorm, optimizer.clipvalue)
    if all(bound is None for bound in bounds) or "_clip_gradients" in vars(optimizer):
        return
    clip, add_up = optimizer._clip_gradients, optimizer._all_reduce_sum_gradients
    optimizer._clip_gradients = lambda parts: clip([g for g, _ in add_up([(g, g) for g in parts])])
    optimizer._all_reduce_sum_gradients = lambda pairs: pairs


def copied(values):
    """Nested tensors of JAX, each a copy in memory of its own.

    >>> copied([])
    []
    """
    if keras.backend.backend() != "jax":
        return values
    return _copying()(values)


@functools.cache
def _copying() -> Callable:
    import jax

    return jax.jit(lambda values: jax.tree.map(jax.numpy.copy, values))


@contextlib.contextmanager
def one_at_a_time(model: keras.Model) -> Iterator[None]:
    """Inside, no other thread is, with this model: its metrics are one for all threads."""
    with _guard:
        lock = _locks.setdefault(model, threading.RLock())
    with lock:
        yield


@contextlib.contextmanager
def values_kept(model: keras.Model, optimizer=None) -> Iterator[None]:
    """Inside, an error in `fit`, `evaluate` or `predict` leaves the model its values.

    On JAX Keras takes some out of the variables before it asks for the first batch, and puts all
    back at the end only; without this a data set that fails would take the optimizer with it.

    Args:
        model: whose values are at stake.
        optimizer: in `fit`, its are too.
    """
    if keras.backend.backend() != "jax":
        yield
        return
    variables = list(model.variables)
    if optimizer is not None:
        if not optimizer.built:  # `fit` would do it, too late for here
            optimizer.build(model.trainable_variables)
        variables += optimizer.variables
    values = [variable.value for variable in variables]
    try:
        yield
    except BaseException:
        model.jax_state_sync()  # what the batches before made of them
        for variable, value in zip(variables, values, strict=True):
            if variable._value is None:
                variable.assign(value)
        raise
