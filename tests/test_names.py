"""Private names by one habit: what its module alone uses begins with an underscore."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("mlm_tf", "glove")
MODULES = [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]
WORD = re.compile(r"\w+")
COMMAND = {"add_arguments", "run"}  # what `mlm_tf.cli` asks of each of its commands
HANDED_ON = re.compile("register|exercise")  # a decorator by which somebody else finds it
READERS = ("tests", "benchmarks", "tools", "notebooks")  # of public names, besides the modules


def dotted(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def own_names(tree: ast.Module) -> set[str]:
    """Functions and classes of a module."""
    return {node.name for node in tree.body if isinstance(node, (ast.FunctionDef, ast.ClassDef))}


def names_met(tree: ast.Module) -> set[str]:
    """Those that others meet without importing them: what a decorator hands on, what may be raised,
    and what the signature of a public function names."""
    met = set()
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            parts = [node.returns, *(argument.annotation for argument in node.args.args)]
            met |= {name for part in parts if part for name in WORD.findall(ast.unparse(part))}
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            decorators = " ".join(map(ast.unparse, node.decorator_list))
            if HANDED_ON.search(decorators) or node.name.endswith("Error"):
                met.add(node.name)
    return met


def used_names(tree: ast.Module) -> set[tuple[str, str]]:
    """`(module, name)` for what is imported from a module, or asked of one that is."""
    imported, used = {}, set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            for name in node.names:
                used.add((node.module, name.name))
                imported[name.asname or name.name] = f"{node.module}.{name.name}"
        elif isinstance(node, ast.Import):
            imported |= {name.asname or name.name: name.name for name in node.names}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            start, *rest = ast.unparse(node.value).split(".")
            if start in imported:
                used.add((".".join([imported[start], *rest]), node.attr))
    return used


@pytest.fixture(scope="module")
def trees() -> dict[Path, ast.Module]:
    return {path: ast.parse(path.read_text("utf-8")) for path in MODULES}


@pytest.fixture(scope="module")
def uses(trees) -> dict[Path, set[tuple[str, str]]]:
    """By file, what it uses of others; of readers' trees nothing else is asked."""
    readers = [path for folder in READERS for path in sorted((ROOT / folder).rglob("*.py"))]
    return {path: used_names(tree) for path, tree in trees.items()} | {
        path: used_names(ast.parse(path.read_text("utf-8"))) for path in readers
    }


@pytest.fixture(scope="module")
def docs() -> str:
    return "\n".join(
        code
        for path in [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]
        for code in re.findall("```.*?```|`[^`]+`", path.read_text("utf-8"), re.DOTALL)
    )


def test_what_its_module_alone_uses_begins_with_an_underscore(trees, uses, docs):
    used = set().union(*uses.values())
    loud = [
        f"{dotted(path)}.{name}"
        for path, tree in trees.items()
        for name in sorted(own_names(tree) - names_met(tree) - COMMAND)
        if not name.startswith("_")
        and (dotted(path), name) not in used
        and not re.search(rf"\b{name}\b", docs)
    ]
    assert loud == []


def test_what_begins_with_an_underscore_its_module_alone_uses(trees, uses):
    shy = [
        f"{path.relative_to(ROOT)}: {module}.{name}"
        for path, used in uses.items()
        for module, name in sorted(used)
        if name.startswith("_")
        and not name.startswith("__")
        and any(
            module == dotted(other) and name in own_names(tree) for other, tree in trees.items()
        )
    ]
    assert shy == []
