# @title Setup, the same in every notebook
# On your own machine it only says what it found. On Colab it first installs the package from
# SOURCE: a folder with the repository, or the address of one, as
# "git+https://github.com/OWNER/REPOSITORY".
import importlib.util
import os
import subprocess
import sys
import tempfile
from pathlib import Path

SOURCE = "/content/mlm_tf"

try:
    on_colab = importlib.util.find_spec("google.colab") is not None
except ModuleNotFoundError:  # not even a package "google"
    on_colab = False

if on_colab:
    if not (SOURCE.startswith("git+") or Path(SOURCE).is_dir()):
        raise FileNotFoundError(
            f"SOURCE={SOURCE!r} is not a folder here; upload the repository as a zip and unzip it "
            "there, or git clone it there, or set SOURCE to its folder or address."
        )
    # Another TensorFlow or JAX might not find the GPU or the TPU, so pip must keep those that are
    # here; it may raise Keras, and it adds the TensorFlow that a TPU runtime lacks, for the text.
    kept = ("tensorflow==", "numpy==", "jax==", "jaxlib==", "libtpu==")
    pip = [sys.executable, "-m", "pip"]
    listed = subprocess.run([*pip, "list", "--format=freeze"], stdout=subprocess.PIPE, check=True)
    pins = [line for line in listed.stdout.decode().splitlines() if line.startswith(kept)]
    constraints = Path(tempfile.mkdtemp(), "constraints.txt")
    constraints.write_text("\n".join(pins) + "\n")
    wanted = [SOURCE]
    tpu_names = {"COLAB_TPU_ADDR", "TPU_NAME", "TPU_ACCELERATOR_TYPE"}
    if tpu_names & set(os.environ) or any(map(os.path.exists, ("/dev/accel0", "/dev/vfio/0"))):
        os.environ["KERAS_BACKEND"] = "jax"  # which Keras computes with on a TPU
        wanted += [] if any(pin.startswith("jax==") for pin in pins) else ["jax[tpu]"]
    subprocess.run([*pip, "install", "-q", "-c", str(constraints), *wanted], check=True)

import mlm_tf  # noqa: E402  # isort: skip  # before Keras: TensorFlow then starts quietly
import keras  # noqa: E402

backend = keras.backend.backend()
if backend == "jax":
    import jax

    kinds = {device.platform.upper() for device in jax.devices()}
else:
    import tensorflow as tf

    kinds = {device.device_type for device in tf.config.list_physical_devices()}
accelerator = next((kind for kind in ("TPU", "GPU") if kind in kinds), "CPU")
print(f"mlm_tf {mlm_tf.__version__}, accelerator {accelerator}, backend {backend}")
