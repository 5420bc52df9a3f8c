"""Compiling a function with the backend in use: the only file here that names a backend.

`keras.ops` has no `jit`, so this is the one thing that cannot be said in it.
"""

from collections.abc import Callable, Sequence

import keras


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

        traced = tf.function(function, jit_compile=True, autograph=False)
        by_shape = {}

        # Called by its shapes itself: `traced(...)` would take longer, and would warn of as many
        # tracings as there are models and samplers.
        def call(*arguments):
            shapes = tuple((tuple(x.shape), x.dtype) for x in tf.nest.flatten(arguments))
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
