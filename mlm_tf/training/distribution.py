"""Training on several devices and machines, by engines that exist: `tf.distribute` on TensorFlow,
`keras.distribution` on JAX. What is here chooses among them, and says what they cannot do."""

import contextlib
import os
import re
from collections.abc import Iterator

import keras

from mlm_tf._startup import tf
from mlm_tf.checks import check_choice, check_integer, shown
from mlm_tf.errors import InvalidArgumentError

STRATEGIES = ("auto", "one_device", "model_parallel")
ON_JAX = "set KERAS_BACKEND=jax, where keras.distribution does it"

# A matrix by its path, and which of its axes is cut. The first of two products leaves its result in
# parts of the features, and the second adds up over these parts, so that between them nothing is
# exchanged (Shoeybi et al. 2019, section 3). What is not named here (vectors, positions, the heads
# of classifiers) is small, and whole on every device.
CUT_AXES = {
    r".*/(query|key|value)/kernel": 1,
    r".*/output_projection/kernel": 0,
    r".*/feed_forward/(up|gate)/kernel": 1,
    r".*/feed_forward/down/kernel": 0,
    r".*/cell/(kernel|recurrent_kernel)": 1,
    r".*/input_projection/kernel": 1,
}
TABLES = {r".*/embedding/embeddings": 0, r".*/embedding/reverse_embeddings": 1}  # axis of the words
TPU = ("TPU_NAME", "TPU_ACCELERATOR_TYPE", "COLAB_TPU_ADDR")  # in its environment
PROCESSES = "KERAS_DISTRIBUTION_NUM_PROCESSES"
INDIVISIBLE = re.compile(  # how JAX says it, and how it said it up to 2025
    r"partitioned (?P<parts>\d+) times, but the dimension size is (?P<size>\d+)"
    r"|divisible by (?P<parts_>\d+), but it is equal to (?P<size_>\d+)"
)


@contextlib.contextmanager
def distributed(strategy="auto", vocabulary_size: int | None = None) -> Iterator:
    """Inside, a model is made for all devices, and trained on them: build it, compile it and fit
    it in here.

    The batches of a data set are global ones: each device gets its part of every batch, and the
    loss and its gradients are those of one device that sees it whole, padding or not. On JAX every
    process is given the same data set, and takes its part. The number of devices (of copies of the
    model, if it is cut) has to divide the batch there.

    - TensorFlow: `"auto"` takes the one device, or `tf.distribute.MirroredStrategy` over the GPUs
      of this machine.
    - JAX: `"auto"` takes the one device, or `keras.distribution.DataParallel` over all devices of
      all processes. Where the environment says that there are several
      (`KERAS_DISTRIBUTION_NUM_PROCESSES`, `..._JOB_ADDRESSES`, `..._PROCESS_ID`), they find each
      other here; else call `keras.distribution.initialize` first, before anything is computed.
      `"model_parallel"` cuts every matrix over all devices, see `layout_map`.

    Args:
        strategy: as above; `"one_device"`; or a strategy of `tf.distribute` or a distribution of
            `keras.distribution`, whichever the backend has.
        vocabulary_size: for `"model_parallel"`, as for `layout_map`.

    Yields:
        The strategy or distribution; `None` where there is one device.

    Raises:
        InvalidArgumentError: for what cannot be on this backend; and for an axis of a matrix, or a
            batch, that cannot be cut into as many equal parts as there are devices.

    Example:

    >>> from mlm_tf import TextPipeline, build_model
    >>> texts = ["the cat sat on the mat", "the dog sat on the log"] * 4
    >>> pipeline = TextPipeline.fit(texts)
    >>> with distributed("auto"):
    ...     model = build_model("lstm", pipeline=pipeline, hidden_dim=8, seed=0)
    ...     model.compile("adam")
    ...     history = model.fit(pipeline.rows(texts, length=6, batch_size=8), verbose=0)
    >>> len(history.history["loss"])
    1
    """
    chosen = _chosen(strategy, vocabulary_size)
    with contextlib.nullcontext() if chosen is None else chosen.scope():
        try:
            yield chosen
        except ValueError as error:
            found = INDIVISIBLE.search(str(error))
            if isinstance(error, InvalidArgumentError) or not found:
                raise
            parts, size = (found[name] or found[f"{name}_"] for name in ("parts", "size"))
            raise InvalidArgumentError(
                f"An axis of {size} cannot be cut into {parts} equal parts for the devices; choose "
                f"a batch_size, and widths of the model, that {parts} divides."
            ) from error


def layout_map(
    num_devices: int | None = None, vocabulary_size: int | None = None, devices=None
) -> keras.distribution.LayoutMap:
    """How the matrices of the blocks here are cut, for `keras.distribution.ModelParallel`.

    The products that make queries, keys, values, gates and hidden units are cut by what they make,
    and those behind them by what they read; the table of word vectors by words if that can be, else
    by the axis of the vectors. The optimizer's numbers are cut as the matrix that they are of. So a
    device holds one of `num_devices` parts of nearly all of a model, and as many devices beside
    each other hold a copy; the copies share out the batch.

    Args:
        num_devices: among how many each matrix is cut; by default all. It divides their number.
        vocabulary_size: of the model; where `num_devices` divides it, the scores are cut too.
        devices: names of `keras.distribution.list_devices()`; by default these.

    Raises:
        InvalidArgumentError: if `num_devices` does not divide the number of devices.

    Example:

    >>> layouts = layout_map(1, devices=["cpu:0"])
    >>> layouts.device_mesh.axis_names, layouts["lm/lstm_0/cell/kernel"].axes
    (('batch', 'model'), (None, 'model'))

    Reference: Shoeybi et al. 2019, section 3.
    """
    devices = keras.distribution.list_devices() if devices is None else list(devices)
    parts = len(devices) if num_devices is None else check_integer("num_devices", num_devices)
    if vocabulary_size is not None:
        check_integer("vocabulary_size", vocabulary_size)
    if len(devices) % parts:
        raise InvalidArgumentError(
            f"num_devices={parts} does not divide the {len(devices)} devices that there are; "
            "choose a divisor, so that they hold whole copies of the model."
        )
    mesh = keras.distribution.DeviceMesh(
        (len(devices) // parts, parts), ("batch", "model"), devices
    )
    layouts = keras.distribution.LayoutMap(mesh)
    by_words = vocabulary_size is not None and vocabulary_size % parts == 0
    tables = {path: axis if by_words else 1 - axis for path, axis in TABLES.items()}
    for path, axis in (CUT_AXES | tables).items():
        layouts[path] = ("model", None) if axis == 0 else (None, "model")
    return layouts


def is_writer() -> bool:
    """Whether this process writes files, which is the first of several."""
    return _place()[0] == 0


def is_alone() -> bool:
    """Whether no other process trains the same model."""
    return _place()[1] == 1


def _place() -> tuple[int, int]:
    """Which process this is, and of how many."""
    if keras.backend.backend() != "jax":
        return 0, 1
    import jax

    return jax.process_index(), jax.process_count()


def wait_for_all(name: str) -> None:
    """Go on when all processes are here, each of which says the same name."""
    if not is_alone():
        from jax.experimental import multihost_utils

        multihost_utils.sync_global_devices(name)


def _chosen(strategy, vocabulary_size):
    """What has a scope; `None` for one device."""
    backend = keras.backend.backend()
    kinds = (keras.distribution.DataParallel, keras.distribution.ModelParallel)
    is_of_keras = isinstance(strategy, kinds)
    if not isinstance(strategy, str) and hasattr(strategy, "scope"):
        if is_of_keras != (backend == "jax"):
            raise InvalidArgumentError(
                f"strategy={type(strategy).__name__}() is none of the backend {backend}; use "
                "keras.distribution on JAX, and tf.distribute.MirroredStrategy on TensorFlow."
            )
        if not is_of_keras:
            _check_mirrors(strategy)
        return strategy
    check_choice("strategy", strategy, STRATEGIES)
    if strategy == "one_device":
        return None
    if backend == "jax":
        return _on_jax(strategy, vocabulary_size)
    if strategy == "model_parallel":
        raise InvalidArgumentError(
            f"strategy='model_parallel' cuts matrices over devices, which TensorFlow's strategies "
            f"do not; {ON_JAX}."
        )
    return _on_tensorflow() if backend == "tensorflow" else None


def _on_jax(strategy: str, vocabulary_size):
    if int(os.environ.get(PROCESSES, "1")) > 1:
        try:
            keras.distribution.initialize()
        except RuntimeError as error:
            if "once" not in str(error):  # somebody has
                raise InvalidArgumentError(
                    f"{PROCESSES}={os.environ[PROCESSES]}, but JAX has computed something already, "
                    "and processes find each other before that; call distributed() or "
                    "keras.distribution.initialize() first."
                ) from error
    if strategy == "model_parallel":
        layouts = layout_map(vocabulary_size=vocabulary_size)
        return keras.distribution.ModelParallel(layout_map=layouts, batch_dim_name="batch")
    one = len(keras.distribution.list_devices()) == 1
    return None if one else keras.distribution.DataParallel()


def _on_tensorflow():
    found = [name for name in TPU if os.environ.get(name)]
    if found:
        raise _no_tpu(f"{found[0]}={shown(os.environ[found[0]])} says that there is a TPU")
    cluster = tf.distribute.cluster_resolver.TFConfigClusterResolver().cluster_spec()
    tasks = sum(cluster.num_tasks(job) for job in cluster.jobs)
    if tasks > 1:
        raise _no_workers(f"TF_CONFIG names {tasks} tasks")
    gpus = len(tf.config.list_logical_devices("GPU"))
    return tf.distribute.MirroredStrategy() if gpus > 1 else None


def _check_mirrors(strategy) -> None:
    """Raise for a strategy of TensorFlow's under which `fit` does not run."""
    kind = f"strategy={type(strategy).__name__}()"
    if isinstance(strategy, tf.distribute.TPUStrategy):
        raise _no_tpu(f"{kind} is for TPUs")
    if not isinstance(strategy, (tf.distribute.MirroredStrategy, tf.distribute.OneDeviceStrategy)):
        raise _no_workers(f"{kind} is for several workers")


def _no_tpu(why: str) -> InvalidArgumentError:
    return InvalidArgumentError(
        f"{why}, for which there is no build of TensorFlow {tf.version.VERSION}; {ON_JAX}."
    )


def _no_workers(why: str) -> InvalidArgumentError:
    return InvalidArgumentError(
        f"{why}, and the fit of Keras {keras.__version__} does not run over several workers of "
        f"TensorFlow (keras issue 20585); {ON_JAX}."
    )
