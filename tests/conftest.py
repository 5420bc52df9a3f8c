"""What every test stands on: a quiet TensorFlow, no display, fixed seeds, genuine data if any."""

import os
import signal
import threading

# Where a shell started the tests in the background, Ctrl-C is ignored, and by what they start too.
if (
    signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    and threading.current_thread() is threading.main_thread()
):
    signal.signal(signal.SIGINT, signal.default_int_handler)

# Before anything imports TensorFlow, Keras or matplotlib.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("KERAS_BACKEND", "tensorflow")  # whatever ~/.keras/keras.json says
os.environ.setdefault("MPLBACKEND", "Agg")
os.environ["LC_ALL"] = "C.UTF-8"  # what is printed is asked for in English
# A worker a core: NumPy's threads of several workers would wait for each other, and busily.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
# Most of the time goes into compiling small programs that run once: a fifth less with these.
FAST_TO_COMPILE = "--xla_backend_optimization_level=0 --xla_llvm_disable_expensive_passes=true"

from importlib import metadata


def is_at_least(package: str, *version: int) -> bool:
    """Whether a package has this version or a later one; and where there is none."""
    try:
        found = metadata.version(package)
    except metadata.PackageNotFoundError:
        return True
    return tuple(map(int, found.split(".")[: len(version)])) >= version


# And half of what is left with these: XLA as it was before each loop went through MLIR. An older
# one would end the process at a flag that it does not know.
if is_at_least("tensorflow", 2, 21) and is_at_least("jaxlib", 0, 10):
    FAST_TO_COMPILE += (
        " --xla_cpu_use_fusion_emitters=false --xla_cpu_parallel_codegen_split_count=1"
    )
os.environ.setdefault("XLA_FLAGS", FAST_TO_COMPILE)

import gc
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from unittest import mock

import hypothesis
import pytest

from tests.browser import chromium  # noqa: F401, a fixture

# Importing and tracing make and keep a great many objects, through which Python else looks for
# garbage all the time: a fifteenth of the time of the tests, and more of that of collecting them.
gc.set_threshold(50_000, 20, 20)

# A first call traces or compiles, which no deadline allows for. In CI the examples are fixed.
hypothesis.settings.register_profile(
    "mlm_tf", deadline=None, derandomize="CI" in os.environ, print_blob=True
)
hypothesis.settings.load_profile("mlm_tf")


@pytest.hookimpl(tryfirst=True)  # before pytest leaves out by mark
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Of a long table the first row stands for all in `make test`; the others are slow."""
    begun = set()
    for item in items:
        if item.get_closest_marker("long_table"):
            table = item.path, item.originalname
            if table in begun:
                item.add_marker(pytest.mark.slow)
            begun.add(table)


@pytest.fixture(autouse=True)
def seeds() -> None:
    """Every test starts from the same random state, alone or among others.

    TensorFlow would forget all its kernels too, for the sake of those that keep a random state,
    which nobody here uses: the next call of a small model would take 100 ms and not 60.
    """
    import keras

    with mock.patch("tensorflow.python.pywrap_tfe.TFE_ContextClearCaches"):
        keras.utils.set_random_seed(0)


@pytest.fixture(autouse=True, scope="session")
def graphs_as_traced() -> None:
    """TensorFlow rewrites a graph before it runs it, here mostly once: a seventh of the time, at
    `fit`. What a test starts in a process of its own, commands and notebooks, goes the usual way.
    """
    import keras

    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        tf.config.optimizer.set_experimental_options({"disable_meta_optimizer": True})


@pytest.fixture(autouse=True, scope="session")
def compiled_once(tmp_path_factory) -> None:
    """JAX compiles a loop that is not part of a compiled function anew at every call, and many a
    small program in every file: here it finds them on disk, which takes a third of the time.
    """
    import keras

    if keras.backend.backend() == "jax":
        import jax

        jax.config.update("jax_compilation_cache_dir", str(tmp_path_factory.mktemp("compiled")))
        jax.config.update("jax_persistent_cache_min_compile_time_secs", 0)
        jax.config.update("jax_persistent_cache_min_entry_size_bytes", -1)


@pytest.fixture(autouse=True, scope="module")
def memory() -> Iterator[None]:
    """What a file of tests compiled goes with it: gigabytes, over all of them."""
    yield
    if "jax" in sys.modules:
        sys.modules["jax"].clear_caches()
    if "keras" in sys.modules:
        sys.modules["keras"].utils.clear_session()  # collects garbage too
    gc.freeze()  # what is left is not looked at again: seconds, each time that garbage is collected


@pytest.fixture
def data_dir() -> Callable[[str, str], Path]:
    """A function from (dataset, file) to its path under MLM_TF_DATA; skips where there is none."""

    def find(dataset: str, file: str) -> Path:
        folder = os.environ.get("MLM_TF_DATA")
        if not folder:
            pytest.skip(f"MLM_TF_DATA is not set, and {dataset}/{file} is looked for there")
        path = Path(folder, dataset, file)
        if not path.is_file():
            pytest.skip(f"{dataset}/{file} is not in MLM_TF_DATA ({folder})")
        return path

    return find


@pytest.fixture
def interrupted() -> Callable[[list, float], None]:
    """A function from a command and seconds: Ctrl-C then ends it, and it prints no line about it.

    The command must not end by itself before.
    """

    def run(command: list, delay: float) -> None:
        process = subprocess.Popen(command, stderr=subprocess.PIPE)
        try:
            with pytest.raises(subprocess.TimeoutExpired):
                process.wait(timeout=delay)
            process.send_signal(signal.SIGINT)
            _, error = process.communicate(timeout=60)
        finally:
            process.kill()
        # Before Python has looked at signals at all, it dies of this one: to a shell that is 130
        # too.
        assert process.returncode in (130, -signal.SIGINT)
        assert error == b""

    return run


@pytest.fixture(scope="session")
def byte_pairs():
    """A pipeline of GPT-2's kind that has one word whole, "Ġthe"."""
    from tokenizers import Tokenizer, models, pre_tokenizers

    from mlm_tf.preprocessing import BytePairPipeline
    from mlm_tf.preprocessing.byte_pair import BYTE_OF

    merges = [("t", "h"), ("th", "e"), ("Ġ", "the")]
    tokens = [*BYTE_OF, "th", "the", "Ġthe", "<|end|>"]
    tokenizer = Tokenizer(models.BPE({token: i for i, token in enumerate(tokens)}, merges))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    return BytePairPipeline(tokenizer.to_str(), end_id=len(tokens) - 1)


@pytest.fixture
def refused(capsys) -> Callable[..., str]:
    """A function from arguments to the one sentence on stderr of a command that ends with 2."""
    from mlm_tf import cli

    def run(*arguments) -> str:
        capsys.readouterr()
        assert cli.main([str(a) for a in arguments]) == 2
        error = capsys.readouterr().err
        assert error.startswith("mlm-tf: ") and error.count("\n") == 1
        return error

    return run
