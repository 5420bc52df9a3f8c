"""What a person installs: the metadata, the exact set, the forms for `make` and for Colab."""

import ast
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from tools import check_python, resolve_colab

ROOT = Path(__file__).resolve().parents[1]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PROJECT = PYPROJECT["project"]
EXTRAS = PROJECT["optional-dependencies"]
LOCK = (ROOT / "requirements.txt").read_text(encoding="utf-8")
PINS = {
    canonicalize_name(name): version
    for name, version in re.findall(r"^([\w.-]+)==(\S+)$", LOCK, flags=re.MULTILINE)
}


def names(requirements: list[str]) -> set[str]:
    return {canonicalize_name(Requirement(line).name) for line in requirements}


# === Metadata ===


def test_the_package_and_its_metadata_have_one_version():
    import mlm_tf

    assert metadata.version("mlm_tf") == mlm_tf.__version__


def test_the_changelog_has_a_section_for_this_version():
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f"## [{metadata.version('mlm_tf')}]" in changelog


@pytest.mark.parametrize("name", ["README.md", "README.zh-CN.md"])
def test_the_extras_are_those_that_the_readme_names(name):
    named = re.findall(r"`\.\[([a-z]+)\]`", (ROOT / name).read_text(encoding="utf-8"))
    assert sorted(named) == sorted(EXTRAS)


def test_tensorflow_text_has_the_range_of_tensorflow():
    ranges = {Requirement(line).name: Requirement(line) for line in PROJECT["dependencies"]}
    assert ranges["tensorflow-text"].specifier == ranges["tensorflow"].specifier


def test_windows_installs_without_tensorflow_text():
    lines = [Requirement(line) for line in PROJECT["dependencies"]]
    marker = next(line.marker for line in lines if line.name == "tensorflow-text")
    assert not marker.evaluate({"platform_system": "Windows"})
    assert marker.evaluate({"platform_system": "Darwin"})


def test_every_direct_dependency_has_a_line_in_docs_dependencies():
    page = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
    described = {canonicalize_name(name) for name in re.findall(r"^\| `([\w.-]+)`", page, re.M)}
    wanted = names(PROJECT["dependencies"]).union(*(names(lines) for lines in EXTRAS.values()))
    assert described == wanted


def test_what_is_no_module_is_installed_too():
    patterns = PYPROJECT["tool"]["setuptools"]["package-data"]
    installed = {
        path
        for package, globs in patterns.items()
        for pattern in globs
        for path in (ROOT / package.replace(".", "/")).glob(pattern)
    }
    files = {path for name in ("glove", "mlm_tf") for path in (ROOT / name).rglob("*.*")}
    files = {path for path in files if path.is_file() and "__pycache__" not in path.parts}
    assert {path for path in files if path.suffix != ".py"} == installed


def copy_of_the_repository(folder: Path) -> Path:
    """What is committed or will be: a build writes beside its sources."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    files = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout.split(b"\0")
    for name in filter(None, map(bytes.decode, files)):
        if (ROOT / name).is_file() and name.split("/")[0] not in ("benchmarks", "notebooks"):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    return folder


def run(*command, where: Path, packages: Path) -> subprocess.CompletedProcess:
    """A command of Python's with other packages before those of the environment."""
    path = {**os.environ, "PYTHONPATH": str(packages)}
    command = [sys.executable, *map(str, command)]
    return subprocess.run(command, cwd=where, env=path, capture_output=True, text=True)


@pytest.fixture(scope="module")
def distributions(tmp_path_factory) -> tuple[Path, Path]:
    """The wheel and the sdist, built as pyproject.toml says."""
    folder = tmp_path_factory.mktemp("dist")
    requires = PYPROJECT["build-system"]["requires"]
    pip = ["-m", "pip", "-qq", "install", "--target", folder / "tools", *requires]
    if run(*pip, where=folder, packages=folder).returncode:
        pytest.skip(f"there is no network, from which {requires} comes")
    source = copy_of_the_repository(folder / "source")
    for kind in ("wheel", "sdist"):
        build = f"from setuptools.build_meta import *; build_{kind}({str(folder)!r})"
        ran = run("-c", build, where=source, packages=folder / "tools")
        assert ran.returncode == 0, ran.stderr
    (wheel,), (sdist,) = folder.glob("*.whl"), folder.glob("*.tar.gz")
    return wheel, sdist


LOAD_ALL = """
import mlm_tf
for name, prompt in (("wikipedia-small", "The city"), ("tang-small", "春")):
    text = mlm_tf.load_model(name).generate(prompt, max_length=8, seed=0)
    print(name, text.startswith(prompt))
print(mlm_tf.__file__)
"""


@pytest.mark.slow
def test_the_small_models_load_from_an_installed_wheel(distributions, tmp_path):
    """As a person installs it, whose folder holds nothing else of this repository."""
    site = tmp_path / "site"
    with zipfile.ZipFile(distributions[0]) as wheel:
        wheel.extractall(site)
    ran = run("-c", LOAD_ALL, where=tmp_path, packages=site)
    assert ran.stdout.split("\n")[:2] == ["wikipedia-small True", "tang-small True"], ran.stderr
    assert str(site) in ran.stdout


@pytest.mark.slow
def test_the_small_models_and_their_licences_are_in_the_wheel_and_the_sdist(distributions):
    with zipfile.ZipFile(distributions[0]) as wheel:
        installed = wheel.namelist()
    with tarfile.open(distributions[1]) as sdist:
        inside = [name.partition("/")[2] for name in sdist.getnames()]
    for name in ("tang-small", "wikipedia-small"):
        files = {f"mlm_tf/models/pretrained/{name}{ending}" for ending in (".keras", ".md")}
        assert files <= set(inside) and files <= set(installed)
    for name in PROJECT["license-files"]:
        assert name in inside and any(path.endswith(f"licenses/{name}") for path in installed)


# === requirements.txt ===


def test_requirements_pin_every_line_exactly_and_name_no_place():
    lines = [line for line in LOCK.splitlines() if not line.startswith("#")]
    assert len(lines) == len(PINS)
    assert not re.search(r"file:|https?:|@|/opt/|/tmp/", LOCK)


def test_requirements_hold_what_the_base_and_the_extras_of_make_ask_for():
    asked = [*PROJECT["dependencies"], *EXTRAS["test"], *EXTRAS["notebooks"], *EXTRAS["docs"]]
    for requirement in map(Requirement, asked):
        pinned = PINS[canonicalize_name(requirement.name)]
        assert requirement.specifier.contains(pinned), requirement


def test_tensorflow_and_tensorflow_text_are_pinned_to_one_minor_version():
    minors = {PINS[name].rsplit(".", 1)[0] for name in ("tensorflow", "tensorflow-text")}
    assert len(minors) == 1


# === Which interpreters and platforms `make` takes ===

HERE = dict(version=(3, 12, 1), system="Linux", machine="x86_64", libc="glibc")


@pytest.mark.parametrize(
    ("where", "said"),
    [
        ({"version": (3, 10, 13)}, "3.11, 3.12 or 3.13"),
        ({"version": (3, 14, 0)}, "3.11, 3.12 or 3.13"),
        ({"system": "Windows"}, "WSL"),
        ({"system": "Darwin"}, "Intel Macs"),
        ({"machine": "riscv64"}, "riscv64"),
        ({"libc": ""}, "Alpine"),
    ],
)
def test_an_interpreter_that_cannot_work_is_refused_in_one_sentence(where, said):
    message = check_python.problem(**{**HERE, **where})
    assert said in message
    assert message.endswith(".") and "\n" not in message


@pytest.mark.parametrize("minor", [11, 12, 13])
@pytest.mark.parametrize(("system", "machine"), [("Linux", "aarch64"), ("Darwin", "arm64")])
def test_a_supported_interpreter_is_taken(minor, system, machine):
    where = {"version": (3, minor, 0), "system": system, "machine": machine}
    assert check_python.problem(**{**HERE, **where}) is None


def test_the_supported_pythons_are_those_of_the_metadata():
    supported = SpecifierSet(PROJECT["requires-python"])
    for minor in range(9, 16):
        taken = check_python.problem(**{**HERE, "version": (3, minor, 1)}) is None
        assert taken == supported.contains(f"3.{minor}.1")


def make_venv(tmp_path: Path, *python: str) -> subprocess.CompletedProcess:
    command = ["sh", "tools/make_venv.sh", str(tmp_path / "venv"), *python]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True)


def test_an_interpreter_that_exists_and_fails_is_passed_over(tmp_path):
    shim = tmp_path / "python3.13"
    shim.write_text("#!/bin/sh\necho 'command not found' >&2\nexit 127\n", encoding="utf-8")
    shim.chmod(0o755)
    ran = make_venv(tmp_path, str(shim))
    assert ran.returncode == 1
    assert ran.stderr.startswith("No Python 3.11, 3.12 or 3.13 was found")
    assert ran.stderr.count("\n") == 1


def test_a_working_environment_is_kept(tmp_path):
    (tmp_path / "venv").symlink_to(sys.prefix)
    ran = make_venv(tmp_path, "no-such-python")
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")


# === What Colab installs ===


def test_a_resolution_that_keeps_the_pins_is_right():
    resolved = {"tensorflow": "2.20.0", "tensorflow-text": "2.20.1", "numpy": "2.0.2"}
    assert resolve_colab.problems(resolved, "2.20.0", "2.0.2") == []


@pytest.mark.parametrize(
    ("package", "version"),
    [("tensorflow", "2.21.0"), ("numpy", "2.4.6"), ("tensorflow-text", "2.21.1")],
)
def test_a_resolution_that_moves_a_package_of_colab_is_named(package, version):
    resolved = {"tensorflow": "2.20.0", "tensorflow-text": "2.20.1", "numpy": "2.0.2"}
    (problem,) = resolve_colab.problems({**resolved, package: version}, "2.20.0", "2.0.2")
    assert problem.startswith(f"{package} ") and version in problem


def test_a_resolution_without_tensorflow_text_is_wrong():
    resolved = {"tensorflow": "2.20.0", "numpy": "2.0.2"}
    (problem,) = resolve_colab.problems(resolved, "2.20.0", "2.0.2")
    assert "tensorflow-text missing" in problem


def test_every_supported_tensorflow_is_resolved():
    ranges = {Requirement(line).name: Requirement(line) for line in PROJECT["dependencies"]}
    asked = {version for versions in resolve_colab.TENSORFLOWS.values() for version in versions}
    assert asked == {
        f"2.{minor}.0" for minor in range(40) if f"2.{minor}.0" in ranges["tensorflow"].specifier
    }


def test_pips_report_is_read_under_normalised_names():
    report = {"install": [{"metadata": {"name": "Tensorflow_Text", "version": "2.20.1"}}]}
    assert resolve_colab.read_report(report) == {"tensorflow-text": "2.20.1"}


# === The terms ===

TERMS = (ROOT / "TERMINOLOGY.md").read_text(encoding="utf-8").splitlines()
TERM_ROWS = [[cell.strip() for cell in line.split("|")[1:-1]] for line in TERMS if line[:2] == "| "]


def test_mlm_is_explained_before_anything_else():
    assert TERMS[0].startswith("MLM here means massive language model")


def test_a_term_stands_once_in_each_language():
    for column in (0, 1):
        terms = [row[column] for row in TERM_ROWS if row[2]]
        assert len(terms) == len(set(terms))


def test_every_term_leads_to_a_place_in_the_code():
    places = {row[2].strip("`") for row in TERM_ROWS[1:] if row[2]}
    assert not [place for place in places if not (ROOT / place).exists()]


@pytest.mark.parametrize(
    "path",
    sorted([*ROOT.glob("benchmarks/**/*.py"), *ROOT.glob("tools/*.py")]),
    ids=lambda p: p.stem,
)
def test_what_a_benchmark_or_a_tool_imports_of_the_package_is_there(path):
    """No test runs benchmarks, and a name that has moved would be found by whoever does."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module.split(".")[0] in ("mlm_tf", "glove"):
            module = importlib.import_module(node.module)
            for name in node.names:
                assert hasattr(module, name.name) or importlib.util.find_spec(
                    f"{node.module}.{name.name}"
                )
