# @title Setup, the same in every notebook
# On your own machine it only says what it found. On Colab it first installs the package from
# SOURCE: a folder with the repository, or the address of one, as
# "git+https://github.com/OWNER/REPOSITORY". pip must keep the TensorFlow or JAX that is there, for
# another might not find the GPU or the TPU.
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

SOURCE = "/content/mlm_tf"  # @param {type:"string"}

if "google.colab" in sys.modules:
    if not (SOURCE.startswith("git+") or Path(SOURCE).is_dir()):
        raise FileNotFoundError(
            f"SOURCE={SOURCE!r} is not a folder here; upload the repository as a zip and unzip it "
            "there, or git clone it there, or set SOURCE to its folder or address."
        )
    pip = [sys.executable, "-m", "pip"]
    listed = subprocess.check_output([*pip, "list", "--format=freeze"], text=True)
    kept = "".join(re.findall(r"(?m)^(?:tensorflow|numpy|jax|jaxlib|libtpu)==.*\n", listed))
    constraints = Path(tempfile.mkdtemp(), "constraints.txt")
    constraints.write_text(kept)
    wanted = [SOURCE]
    tpu = ("COLAB_TPU_ADDR", "TPU_NAME", "TPU_ACCELERATOR_TYPE", "/dev/accel0", "/dev/vfio/0")
    if any(sign in os.environ or os.path.exists(sign) for sign in tpu):
        os.environ["KERAS_BACKEND"] = "jax"  # TensorFlow, for the text alone, has no TPU
        wanted += [] if "jax==" in kept else ["jax[tpu]"]
    subprocess.run([*pip, "install", "-q", "-c", str(constraints), *wanted], check=True)

import mlm_tf  # noqa: E402  # isort: skip  # before Keras: TensorFlow then starts quietly
import keras  # noqa: E402

accelerator = keras.distribution.list_devices()[0].split(":")[0].upper()
QUICK = os.environ.get("QUICK", "1" if accelerator == "CPU" else "0") != "0"  # small and short
print(f"mlm_tf {mlm_tf.__version__}, accelerator {accelerator}, backend {keras.backend.backend()}")
