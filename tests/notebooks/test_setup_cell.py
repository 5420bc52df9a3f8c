"""The first code cell of every notebook: silent work on Colab, one line everywhere else."""

import builtins
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from types import ModuleType, SimpleNamespace

import nbformat
import pytest

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = sorted(ROOT.glob("notebooks/**/*.ipynb"))
SOURCE_LINE = 'SOURCE = "/content/mlm_tf"'
LISTED = """\
keras==3.10.0
keras-hub==0.21.1
numpy==2.0.2
tensorflow==2.19.0
tensorflow-datasets==4.9.9
"""
ON_A_TPU = """\
jax==0.7.2
jaxlib==0.7.2
keras==3.10.0
libtpu==0.0.21
numpy==2.0.2
"""
TPU_VARIABLES = ["COLAB_TPU_ADDR", "TPU_NAME", "TPU_ACCELERATOR_TYPE"]
TPU_FILES = ["/dev/accel0", "/dev/vfio/0"]


def setup_cell(path: Path) -> str:
    cells = nbformat.read(path, as_version=4).cells
    return next(cell.source for cell in cells if cell.cell_type == "code")


class Machine:
    """A machine that the cell believes to run on; what it did there is written down.

    Attributes:
        commands: the arguments of each subprocess, in order.
        constraints: what pip was told to keep.
        backend: KERAS_BACKEND at the moment when mlm_tf, and with it Keras, was imported.
    """

    def __init__(self, monkeypatch, is_colab=False, device="CPU"):
        self.device = device
        self.commands, self.constraints, self.backend = [], None, None
        self.files, self.listed = set(), LISTED
        if is_colab:
            monkeypatch.setitem(sys.modules, "google.colab", ModuleType("google.colab"))
        monkeypatch.setattr(subprocess, "run", self.run_command)
        monkeypatch.setattr(os.path, "exists", lambda path: path in self.files)
        for name in ("KERAS_BACKEND", *TPU_VARIABLES):
            monkeypatch.delenv(name, raising=False)

    def run(self, source: str) -> None:
        functions = {**vars(builtins), "__import__": self.import_module}
        exec(compile(source, "setup cell", "exec"), {"__builtins__": functions})

    def run_command(self, command, **_):
        self.commands.append(command)
        if "-c" in command:
            self.constraints = Path(command[command.index("-c") + 1]).read_text(encoding="utf-8")
        return SimpleNamespace(returncode=0, stdout=self.listed)

    def import_module(self, name, *args):
        if name == "mlm_tf":
            assert self.backend is None
            self.backend = os.environ.get("KERAS_BACKEND", "tensorflow")
            return SimpleNamespace(__version__="1.2.3")
        if name == "keras":
            assert self.backend is not None, "Keras was imported before mlm_tf"
            return SimpleNamespace(
                backend=SimpleNamespace(backend=lambda: self.backend),
                distribution=SimpleNamespace(list_devices=lambda: [f"{self.device.lower()}:0"]),
            )
        return builtins.__import__(name, *args)


@pytest.fixture
def source(tmp_path, monkeypatch) -> str:
    """The cell, with a folder that exists as its SOURCE."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    text = setup_cell(NOTEBOOKS[0])
    assert text.count(SOURCE_LINE) == 1
    return text.replace(SOURCE_LINE, f"SOURCE = {str(tmp_path)!r}")


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_the_setup_cell_is_folded_away_in_jupyter_and_on_colab(path):
    cell = next(c for c in nbformat.read(path, as_version=4).cells if c.cell_type == "code")
    assert cell.metadata.jupyter.source_hidden and cell.metadata.cellView == "form"
    assert cell.source.startswith("# @title ")
    assert f'{SOURCE_LINE}  # @param {{type:"string"}}' in cell.source  # a field on Colab


def test_every_notebook_begins_with_the_same_setup_cell():
    assert len({setup_cell(path) for path in NOTEBOOKS}) == 1


def test_elsewhere_it_only_says_what_it_found(source, monkeypatch, capsys):
    machine = Machine(monkeypatch)
    monkeypatch.setenv("TPU_NAME", "somebody's own")
    before = dict(os.environ)
    machine.run(source)
    assert machine.commands == []
    assert dict(os.environ) == before
    assert capsys.readouterr().out == "mlm_tf 1.2.3, accelerator CPU, backend tensorflow\n"


def test_on_colab_pip_keeps_tensorflow_and_numpy_and_nothing_else(source, monkeypatch, tmp_path):
    machine = Machine(monkeypatch, is_colab=True)
    machine.run(source)
    listing, install = machine.commands
    pip = [sys.executable, "-m", "pip"]
    assert listing == [*pip, "list", "--format=freeze"]
    assert [*install[:6], *install[7:]] == [*pip, "install", "-q", "-c", str(tmp_path)]
    assert machine.constraints == "numpy==2.0.2\ntensorflow==2.19.0\n"
    assert machine.backend == "tensorflow"


def test_on_colab_it_installs_from_an_address_too(source, monkeypatch, tmp_path):
    machine = Machine(monkeypatch, is_colab=True)
    machine.run(source.replace(str(tmp_path), "git+https://example.org/mlm_tf"))
    assert machine.commands[-1][-1] == "git+https://example.org/mlm_tf"


def test_on_colab_a_missing_folder_is_said_in_one_sentence(monkeypatch):
    machine = Machine(monkeypatch, is_colab=True)
    with pytest.raises(FileNotFoundError, match=r"/content/mlm_tf.*unzip.*git clone.*set SOURCE"):
        machine.run(setup_cell(NOTEBOOKS[0]))
    assert machine.commands == []


@pytest.mark.parametrize("name", TPU_VARIABLES)
def test_on_a_tpu_runtime_the_backend_is_jax(name, source, monkeypatch, capsys):
    machine = Machine(monkeypatch, is_colab=True, device="TPU")
    monkeypatch.setenv(name, "v5e-1")
    machine.run(source)
    assert machine.backend == "jax"
    assert capsys.readouterr().out == "mlm_tf 1.2.3, accelerator TPU, backend jax\n"


@pytest.mark.parametrize(
    ("listed", "added", "pinned"),
    [
        (ON_A_TPU, [], "jax==0.7.2\njaxlib==0.7.2\nlibtpu==0.0.21\nnumpy==2.0.2\n"),
        ("numpy==2.0.2\n", ["jax[tpu]"], "numpy==2.0.2\n"),
    ],
    ids=["no TensorFlow", "no JAX either"],
)
def test_a_tpu_runtime_keeps_its_jax_and_gets_what_it_lacks(
    listed, added, pinned, source, monkeypatch, tmp_path
):
    """TensorFlow comes with the package, whose dependency it is, and tokenises on the CPU."""
    machine = Machine(monkeypatch, is_colab=True, device="TPU")
    monkeypatch.setenv("TPU_NAME", "v5e-1")
    machine.listed = listed
    machine.run(source)
    assert machine.constraints == pinned
    assert machine.commands[-1][7:] == [str(tmp_path), *added]


@pytest.mark.parametrize("file", TPU_FILES)
def test_the_device_file_of_a_tpu_will_do(file, source, monkeypatch):
    machine = Machine(monkeypatch, is_colab=True, device="TPU")
    machine.files = {file}
    machine.run(source)
    assert machine.backend == "jax"


def test_a_gpu_is_named(source, monkeypatch, capsys):
    Machine(monkeypatch, is_colab=True, device="GPU").run(source)
    assert capsys.readouterr().out == "mlm_tf 1.2.3, accelerator GPU, backend tensorflow\n"
