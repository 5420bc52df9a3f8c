"""Build the site: gather the pages of each language, and let Sphinx make HTML of them.

    python -m tools.docs          into build/site, from what is committed; no page is run

What the site says of its own stands in docs/site. All else is taken from where it lives: the pages
of the course, docs, README, TERMINOLOGY and the docstrings. Both languages have the same pages, so
that a page's other language is one link away; what is in English alone says so.
"""

import ast
import functools
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat

from mlm_tf.tasks import applications
from tools import course, course_map

ROOT = course.ROOT
SITE = ROOT / "docs" / "site"
BUILD = ROOT / "build" / "site"
SOURCES = ROOT / "build" / "site-sources"  # what Sphinx reads
LANGUAGES = {"en": "en", "zh": "zh_CN"}  # Sphinx's names
FILES_ON_GITHUB = f"https://github.com/{course.REPOSITORY}/blob/main/"
READMES = {"en": "README.md", "zh": "README.zh-CN.md"}
# Pages made of a README's sections.
README_PAGES = {
    "start": {"en": ["Two commands", "Without make"], "zh": ["两条命令", "不用 make"]},
    "python": {"en": ["In Python"], "zh": ["在 Python 里"]},
    "china": {"zh": ["国内使用"]},
}
REFERENCE = [  # pages of docs, in the order in which one reads them
    "design",
    "preprocessing",
    "embeddings",
    "glove",
    "models",
    "training",
    "generation",
    "pretrained",
    "scaling",
    "applications",
    "extending",
    "dependencies",
]
PACKAGES = [
    "mlm_tf",
    *(
        f"mlm_tf.{name}"
        for name in (
            "corpora",
            "preprocessing",
            "embeddings",
            "layers",
            "models",
            "generation",
            "training",
            "baselines",
            "tasks",
            "interop",
            "viz",
            "course",
        )
    ),
    "glove",
]
WORDS = {
    "en": {
        "course": "The course",
        "use": "The package",
        "start": "Installing it",
        "show": "Show the setup",
        "hide": "Hide the setup",
        "reference": "Reference",
        "api": "The code",
        "colab": "Open in Colab",
    },
    "zh": {
        "course": "课程",
        "use": "使用",
        "start": "安装",
        "show": "显示准备代码",
        "hide": "收起准备代码",
        "reference": "参考（英文）",
        "api": "代码",
        "colab": "在 Colab 中打开",
    },
}
PLANNED_MARK = {"en": " (planned)", "zh": "（计划中）"}
ENGLISH_ONLY = "```{note}\n本页只有英文版。\n```\n\n"
IN_CHINA = """# Use within China

```{note}
This page is in Chinese alone: mirrors to install and to download from, fonts, Chinese words.
```
"""
LANDING = """<!doctype html>
<meta charset="utf-8">
<title>mlm_tf</title>
<script>
  location.replace(/^zh/i.test(navigator.language) ? "zh/index.html" : "en/index.html");
</script>
<p><a href="en/index.html">English</a> · <a href="zh/index.html" lang="zh-CN">中文</a></p>
"""


# === Which page is made of which file ===


@functools.cache  # asked for at each cell of each page
def pages(language: str) -> dict[str, str]:
    """The pages of the site that are made of a file each: by its path, the page without suffix."""
    found = {
        course.notebook_path(source, language).relative_to(ROOT).as_posix(): f"course/{source.stem}"
        for source in course.sources()
    }
    found.update({f"docs/{name}.md": f"reference/{name}" for name in REFERENCE})
    found.update({"TERMINOLOGY.md": "terminology", READMES[language]: "start"})
    return found


def title(source: Path, language: str) -> str:
    """What a page of the course is called, with its number."""
    first = nbformat.read(course.notebook_path(source, language), as_version=4).cells[0].source
    return first.splitlines()[0].removeprefix("# ").strip()


def relink(text: str, file: str, page: str, language: str) -> str:
    """Links of a text as its page on the site needs them: to pages, and else to files on GitHub.

    One to a page of the course that is not written yet becomes its name, marked as planned.
    """
    known = pages("en") | pages("zh")
    written = {course.page_of(Path(file)) for file in pages("en") if file.endswith(".ipynb")}

    def there(match):
        shown, (target, _, anchor) = match[1], match[2].partition("#")
        path = Path(os.path.normpath(ROOT / file / ".." / target)).relative_to(ROOT)
        number = course.page_of(path)
        if path.as_posix() in known:
            to = os.path.relpath(known[path.as_posix()], Path(page).parent)
            to += ".ipynb" if path.suffix == ".ipynb" else ".md"
        elif path.suffix in (".png", ".svg"):
            to = os.path.relpath(ROOT / path, SOURCES / language / Path(page).parent)
        elif (ROOT / path).exists():
            to = FILES_ON_GITHUB + path.as_posix()
        elif path.suffix == ".ipynb" and number in course_map.NAMES and number not in written:
            return shown + PLANNED_MARK[language]
        else:  # Sphinx tells of it
            to = target
        return f"[{shown}]({to}{'#' * bool(anchor)}{anchor})"

    return re.sub(r"\[([^\]]*)\]\((?![a-z]+:|#)([^)\s]+)\)", there, text)


# === What is written for Sphinx ===


def write(page: str, language: str, text: str) -> None:
    path = SOURCES / language / f"{page}.md"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def write_course_page(source: Path, language: str) -> None:
    """A page with its outputs; its badge without the image that Google's server has."""
    path = course.notebook_path(source, language)
    notebook = nbformat.read(path, as_version=4)
    file, page = path.relative_to(ROOT).as_posix(), f"course/{source.stem}"
    badge = re.compile(r"\[!\[[^\]]*\]\([^)]*\)\](\(https://colab[^)]*\)) · \[[^\]]*\]\([^)]*\)")
    for index, cell in enumerate(notebook.cells):
        if cell.cell_type == "markdown":
            if index == 0:
                cell.source, badges = badge.subn(
                    lambda match: f"[{WORDS[language]['colab']}]{match[1]}", cell.source
                )
                if badges != 1:
                    raise ValueError(f"{file}: {badges} badges")
            cell.source = relink(cell.source, file, page, language)
        elif cell.metadata.get("jupyter", {}).get("source_hidden"):
            cell.metadata["tags"] = ["hide-input"]
    target = SOURCES / language / f"{page}.ipynb"
    target.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, target)


def sections(file: str) -> dict[str, str]:
    """The sections of a README by their headings, with what stands under each."""
    text = (ROOT / file).read_text(encoding="utf-8")
    return dict(re.findall(r"^## (.+?)\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL))


def write_readme_page(page: str, language: str) -> None:
    """Some sections of a README; what is in the other alone stands in both, and it is said."""
    from_language = language if language in README_PAGES[page] else "zh"
    headings = README_PAGES[page][from_language]
    found = sections(READMES[from_language])
    text = "\n".join(f"## {heading}\n{found[heading]}" for heading in headings)
    if len(headings) == 1:  # the heading is the page's
        text = re.sub(r"^##(#*) ", r"#\1 ", text, flags=re.MULTILINE)
    else:
        text = f"# {WORDS[language]['start']}\n\n" + text
    if from_language != language:
        text = IN_CHINA + text.partition("\n")[2]
    text = re.sub(r"^<!-- /?demo -->\n", "", text, flags=re.MULTILINE)
    text = re.sub(r"^```python\n(?=(?:(?!```).*\n)*!)", "```ipython3\n", text, flags=re.MULTILINE)
    write(page, language, relink(text, READMES[from_language], page, language))


def write_own_pages(language: str) -> None:
    """The pages of docs/site: `[[05]]` is a link to page 05, or its name where it is planned."""
    index = list(LANGUAGES).index(language)
    sources = {course.page_of(source): source for source in course.sources()}
    titles = {key: names[index] for key, names in (course_map.NAMES | course_map.PLANNED).items()}

    def link(match):
        key = match[1]
        shown = titles[key] if key == "faq" else f"{key} {titles[key]}"
        if key in sources:
            return f"[{shown}](course/{sources[key].stem}.ipynb)"
        return f"{shown}{PLANNED_MARK[language]}"

    lines = {
        key: f"- [{title(sources[key], language)}](course/{sources[key].stem}.ipynb)"
        if key in sources
        else "- " + link(re.match("(.*)", key))
        for key in titles
    }
    planned = "\n".join(line for key, line in lines.items() if key not in sources)
    urls = {key: f"course/{source.stem}.html" for key, source in sources.items()}
    for path in sorted((SITE / language).glob("*.md")):
        text = path.read_text(encoding="utf-8")
        text = re.sub(r"\[\[(\w+)\]\]", link, text)
        text = text.replace(
            "{{map}}", f"```{{raw}} html\n{course_map.for_site(language, urls)}\n```"
        )
        text = text.replace("{{course}}", "\n".join(lines.values()) + toctrees(language))
        text = text.replace("{{planned}}", planned)
        write(path.stem, language, text)


def toctrees(language: str) -> str:
    """What the sidebar shows."""
    words = WORDS[language]
    trees = {
        "course": [
            *(f"course/{source.stem}" for source in course.sources()),
            "planned",
            "document",
        ],
        "use": [*README_PAGES, "results", "terminology"],
        "reference": [*(f"reference/{name}" for name in REFERENCE), "api/index"],
    }
    return "".join(
        f"\n\n```{{toctree}}\n:hidden:\n:caption: {words[name]}\n\n" + "\n".join(entries) + "\n```"
        for name, entries in trees.items()
    )


def public_names(package: str) -> dict[str, str]:
    """What a package's `__init__` says is public, and the package that each name is from."""
    tree = ast.parse((ROOT / package.replace(".", "/") / "__init__.py").read_text(encoding="utf-8"))
    homes = {
        alias.asname or alias.name: node.module
        for node in tree.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    (names,) = [
        ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and node.targets[0].id == "__all__"
    ]
    return {
        name: homes[name] if homes.get(name) in PACKAGES else package
        for name in names
        if not name.startswith("__") and f"{package}.{name}" not in PACKAGES
    }


def write_api(language: str) -> None:
    """A page for each package; what it calls public, first in a line each, then in full.

    What a package has from another one is explained there alone.
    """
    note = ENGLISH_ONLY if language == "zh" else ""
    for package in PACKAGES:
        homes = public_names(package)
        tables = [name for name in homes if name.isupper()]
        listed = "".join(
            f"   ~{home}.{name}\n" for name, home in homes.items() if name not in tables
        )
        here = [name for name, home in homes.items() if home == package and name not in tables]
        text = f"# {package}\n\n{note}```{{eval-rst}}\n"
        text += f".. autosummary::\n   :nosignatures:\n\n{listed}\n"
        text += (
            f".. automodule:: {package}\n   :members: {', '.join(here)}\n   :imported-members:\n\n"
        )
        text += "".join(f".. py:data:: {name}\n\n" for name in tables)
        if package == "mlm_tf.tasks":  # each in a module of its own
            text += "".join(
                f".. autoclass:: {kind.__module__}.{kind.__name__}\n   :members:\n\n"
                for kind in applications().values()
            )
        write(f"api/{package}", language, text + "```\n")
    listed = "\n".join(PACKAGES)
    write(
        "api/index",
        language,
        f"# {WORDS[language]['api']}\n\n{note}```{{toctree}}\n{listed}\n```\n",
    )


def gather(language: str) -> None:
    """Write all that Sphinx reads for one language."""
    shutil.rmtree(SOURCES / language, ignore_errors=True)
    for source in course.sources():
        write_course_page(source, language)
    for page in README_PAGES:
        write_readme_page(page, language)
    for file, page in pages(language).items():
        if file.startswith("docs/") or file == "TERMINOLOGY.md":
            text = (ROOT / file).read_text(encoding="utf-8")
            if file == "TERMINOLOGY.md":
                before, heading, rest = text.partition("# ")  # Sphinx wants the heading first
                name, _, rest = rest.partition("\n")
                text = f"{heading}{name}\n\n{before}{rest}"
            elif language == "zh":
                heading, _, rest = text.partition("\n")
                text = f"{heading}\n\n{ENGLISH_ONLY}{rest}"
            write(page, language, relink(text, file, page, language))
    write_own_pages(language)
    write_api(language)


def build() -> None:
    """Both sites and the page that leads to the one of the reader's language."""
    shutil.rmtree(BUILD, ignore_errors=True)
    for language, name in LANGUAGES.items():
        gather(language)
        print(f"The site in {language} ...", flush=True)
        command = [sys.executable, "-m", "sphinx", "-b", "html", "-q", "-W", "--keep-going"]
        command += ["-c", str(SITE), "-D", f"language={name}"]
        for word in ("show", "hide"):  # of the setup cell, the only one that is folded
            command += ["-D", f"nb_code_prompt_{word}={WORDS[language][word]}"]
        command += ["-d", str(SOURCES / f"{language}.doctrees")]
        subprocess.run(
            [*command, str(SOURCES / language), str(BUILD / language)],
            check=True,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
    (BUILD / "index.html").write_text(LANDING, encoding="utf-8")
    print(f"{(BUILD / 'index.html').relative_to(ROOT)}: open it in a browser")


if __name__ == "__main__":
    build()
