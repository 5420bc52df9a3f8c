"""The house of the applications: registered by a class, run by one command."""

import json

import keras
import pytest

from mlm_tf import TextPipeline, build_model, cli, load_model, tasks
from mlm_tf.errors import InvalidArgumentError, InvalidFileError
from mlm_tf.models import TextClassifier
from mlm_tf.tasks.application import APPLICATIONS

GOOD = [
    f"a fine film {word}" for word in "one two three four five six seven eight nine ten".split()
]
BAD = [text.replace("fine", "dull") for text in GOOD]


class Taste(tasks.Application):
    """Whether a film is good.

    In its command's help.
    """

    name = "taste"
    summary = "whether a film is good"
    columns = (tasks.Column("accuracy"),)
    model_kind = TextClassifier
    settings = (
        tasks.Setting("epochs", 12, "passes over the rows"),
        tasks.Setting("loud", False, "in capitals", is_of_use=True),
        tasks.Setting("model", "plain", "which kind", option="architecture"),  # --model is a file
    )

    def fit(self, inputs, targets=None, progress=False):
        texts, labels = self.checked(inputs, targets)
        self.model = build_model(
            "gru",
            "text_classifier",
            pipeline=TextPipeline.fit(texts),
            hidden_dim=8,
            label_names=sorted(set(labels)),
            seed=0,
        )
        self.model.compile(keras.optimizers.Adam(0.03))
        self.model.fit(texts, labels, epochs=self.options["epochs"], verbose=0)
        return self

    def predict(self, inputs):
        labels = self.trained().predict_labels(inputs)
        return [str(label).upper() if self.options["loud"] else label for label in labels]

    def evaluate(self, inputs, targets=None):
        right = [a == b for a, b in zip(self.predict(inputs), targets, strict=True)]
        return {"accuracy": sum(right) / len(right)}

    def baselines(self, training, held):
        return {"always good": {"accuracy": held.targets.count("good") / len(held.targets)}}

    @classmethod
    def table(cls, quick=True, progress=False):
        table = tasks.ResultTable("Films 电影", cls.columns)
        table.add("size", {"accuracy": 1.0 if quick else 0.5})
        return table


@pytest.fixture
def taste(monkeypatch):
    tasks.applications()  # those of the package are imported before it
    monkeypatch.setitem(APPLICATIONS, "taste", Taste)
    return tasks.register_application(Taste)


@pytest.fixture
def films(tmp_path):
    path = tmp_path / "films.csv"
    rows = [f"{text},good" for text in GOOD] + [f"{text},bad" for text in BAD]
    path.write_text("\n".join(["text,label", *rows, "no opinion,"]) + "\n", encoding="utf-8")
    return path


# === Registered ===


def test_a_class_with_the_decorator_is_an_application(taste):
    assert tasks.applications()["taste"] is taste
    assert tasks.register_application(taste) is taste  # a cell that runs twice


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        (dict, "cannot be registered; decorate a subclass of mlm_tf.tasks.Application"),
        (type("Bare", (tasks.Application,), {"name": "bare"}), "Bare has no summary"),
        (type("Other", (Taste,), {}), "The name 'taste' is taken by Taste"),
    ],
)
def test_what_is_no_application_is_refused(taste, kind, sentence):
    with pytest.raises(InvalidArgumentError, match=sentence):
        tasks.register_application(kind)


def test_settings_are_those_of_the_class(taste):
    assert taste(epochs=3).options == {"epochs": 3, "loud": False, "model": "plain"}
    with pytest.raises(InvalidArgumentError, match="epoch=3 is no setting of taste; it has epochs"):
        taste(epoch=3)


def test_it_learns_and_is_measured_beside_its_baselines_and_saved(taste, tmp_path):
    application, labels = taste(), ["good"] * len(GOOD) + ["bad"] * len(BAD)
    with pytest.raises(InvalidArgumentError, match="has learned nothing yet; call fit, or use Tas"):
        application.save(tmp_path / "m.keras")
    table = application.compare(GOOD + BAD, labels)
    assert table.mean("this model", "accuracy") == 1.0
    assert table.mean("always good", "accuracy") == 0.5
    application.save(tmp_path / "m.keras")
    assert taste.load(tmp_path / "m.keras").predict(["a dull film"]) == ["bad"]
    assert taste.load(tmp_path / "m.keras", loud=True).predict(["a dull film"]) == ["BAD"]
    with pytest.raises(InvalidArgumentError, match=r"^epochs=3 .* load takes loud\.$"):
        taste.load(tmp_path / "m.keras", epochs=3)
    with pytest.raises(InvalidArgumentError, match="exists"):
        application.save(tmp_path / "m.keras")


def test_another_kind_of_model_is_refused(taste, tmp_path):
    build_model("gru", pipeline=TextPipeline.fit(GOOD), hidden_dim=4).save(tmp_path / "lm.keras")
    with pytest.raises(InvalidFileError, match="holds a CausalLM, and taste needs a TextClassifi"):
        taste.load(tmp_path / "lm.keras")
    build_model("gru", "text_classifier", vocabulary_size=9, hidden_dim=4, num_classes=2).save(
        tmp_path / "ids.keras"
    )
    with pytest.raises(InvalidFileError, match="TextClassifier without a pipeline"):
        taste.load(tmp_path / "ids.keras")


@pytest.mark.parametrize(
    ("texts", "labels", "sentence"),
    [
        (["a", "b"], ["x"], "texts has 2 items and labels 1"),
        (["a", " "], ["x", "y"], r"texts\[1\]=' ' is empty"),
        (["a", "b"], ["x", None], r"labels\[1\]=None is empty"),
        (["a", "b"], ["x", "x"], "All 2 rows have the label 'x', and with one class"),
        ("ab", ["x", "y"], "pass"),
        (["a", "b"], None, "labels=None is not allowed"),
        ([], [], "texts is empty"),
    ],
)
def test_rows_that_cannot_be_learned_from_are_refused(taste, texts, labels, sentence):
    with pytest.raises(ValueError, match=sentence):
        taste().fit(texts, labels)


def test_uneven_classes_are_said_below_the_table(taste):
    texts, labels = GOOD + BAD[:2], ["good"] * len(GOOD) + ["bad"] * 2
    assert "83% of the rows are 'good'" in str(taste(epochs=1).compare(texts, labels))


# === The command ===


def test_the_command_knows_it_and_has_its_own_help(taste, capsys):
    for arguments, sought in (
        (["task", "--help"], ["taste", "whether a film is good"]),
        (["task", "taste", "--help"], ["In its command's help.", "--epochs", "--label-column"]),
    ):
        with pytest.raises(SystemExit):
            cli.main(arguments)
        printed = capsys.readouterr().out
        assert all(part in printed for part in sought)


def test_the_table_is_printed_and_saved(taste, tmp_path, capsys):
    path = tmp_path / "table.json"
    assert cli.main(["task", "taste", "--quick", "--save", str(path)]) == 0
    assert "100.0%" in capsys.readouterr().out
    table = tasks.ResultTable.from_json(path.read_text("utf-8"))
    assert (table.title, table.mean("size", "accuracy")) == ("Films 电影", 1.0)
    assert cli.main(["task", "taste", "--save", str(tmp_path / "table.md")]) == 0
    assert "| size | model | 50.0% |" in (tmp_path / "table.md").read_text("utf-8")


def test_rows_of_ones_own_become_a_model_that_answers_texts_and_files(
    taste, films, tmp_path, capsys
):
    path = tmp_path / "m.keras"
    assert cli.main(["task", "taste", str(films), "--output", str(path)]) == 0
    printed = capsys.readouterr().out
    assert "1 rows have no label and are left out" in printed
    assert "always good" in printed and "this model" in printed
    assert load_model(path).label_names == ["bad", "good"]
    lines = tmp_path / "lines.txt"
    lines.write_text("a dull film\n\na fine film\n", encoding="utf-8")
    for arguments, said in (
        (["a fine film"], ["good\ta fine film"]),
        ([str(lines)], ["bad\ta dull film", "good\ta fine film"]),
        ([str(films)], ["good"] * 10 + ["bad"] * 10),
        (["a fine film", "--loud"], ["GOOD\ta fine film"]),
    ):
        assert cli.main(["task", "taste", "--model", str(path), *arguments]) == 0
        printed = capsys.readouterr().out.splitlines()
        assert all(line.startswith(start) for line, start in zip(printed, said, strict=False))
        assert len(printed) >= len(said)


def test_options_reach_the_constructor(taste, films, tmp_path, monkeypatch):
    given = []
    monkeypatch.setattr(taste, "compare", lambda self, *rows, **_: given.append(self.options))
    monkeypatch.setattr(taste, "save", lambda *_: None)
    arguments = ["--output", str(tmp_path / "m.keras"), "--epochs", "1", "--loud"]
    arguments += ["--architecture", "fancy"]
    assert cli.main(["task", "taste", str(films), *arguments]) == 0
    assert given == [{"epochs": 1, "loud": True, "model": "fancy"}]


def test_every_application_has_its_help(capsys):
    """No setting takes an option of the command: argparse would refuse all commands for it."""
    for name in tasks.applications():
        with pytest.raises(SystemExit) as ended:
            cli.main(["task", name, "--help"])
        assert ended.value.code == 0 and name in capsys.readouterr().out


def test_what_the_command_refuses_is_one_sentence(taste, films, tmp_path, refused):
    out = ["--output", tmp_path / "m.keras"]
    one = tmp_path / "one.csv"
    one.write_text("text,label\na,x\nb,x\n", encoding="utf-8")
    empty = tmp_path / "empty.csv"
    empty.write_text("text,label\na,\nb,\n", encoding="utf-8")
    for arguments, sentence in (
        ([films], "add --output"),
        ([films, "--quick", *out], "--quick changes nothing; leave it out"),
        ([films, "--output", tmp_path / "m.txt"], "ends in .keras"),
        ([films, "--text-column", "words", *out], "words"),
        ([films, "--label-column", "stars", *out], "stars"),
        ([tmp_path / "none.csv", *out], "none.csv"),
        ([one, *out], "one class"),
        ([empty, *out], "None of the 2 rows has anything in 'label'"),
        (["--quick", "--save", tmp_path / "table.txt"], ".json or .md"),
        (["--quick", *out], "Without a file with rows it is a table"),
        (["--quick", "--epochs", "1"], "--epochs changes nothing"),
        (["--loud"], "--loud changes nothing"),
        (["--model", tmp_path / "m.keras", "a"], "There is no model file"),
        (["--model", tmp_path / "m.keras", "--quick"], "--quick changes nothing"),
        (["--model", tmp_path / "m.keras", "a", "--architecture", "x"], "--architecture changes"),
    ):
        assert sentence in refused("task", "taste", *arguments)
    assert not (tmp_path / "m.keras").exists()


def test_a_file_that_is_not_there_is_no_text(taste, tmp_path, refused):
    Taste(epochs=1).fit(GOOD + BAD, ["good"] * 10 + ["bad"] * 10).save(tmp_path / "m.keras")
    error = refused("task", "taste", "--model", tmp_path / "m.keras", "films.txt")
    assert "There is no file films.txt" in error
    for nothing in ("", " "):  # no name of this folder
        assert "holds no text" in refused("task", "taste", "--model", tmp_path / "m.keras", nothing)


# === The table ===


def test_the_best_is_marked_and_the_spread_shown():
    table = tasks.ResultTable(
        "t", [tasks.Column("accuracy"), tasks.Column("loss", ".2f", "lowest")], ["A note."]
    )
    table.add("majority", {"accuracy": 0.5, "loss": 0.69}, kind="baseline")
    table.add("LSTM", {"accuracy": [0.7, 0.8], "loss": 0.7})
    table.add("paper", {"accuracy": 0.9}, kind="published")
    markdown = table.to_markdown()
    assert "| LSTM | model | **75.0% ± 7.1%** | 0.70 |" in markdown
    assert "| majority | baseline | 50.0% | **0.69** |" in markdown
    assert "| paper | published | 90.0% | – |" in markdown and "A note." in markdown
    assert table.beats_baselines("LSTM", "accuracy")
    assert not table.beats_baselines("LSTM", "loss")
    assert table.best_baseline("loss").name == "majority"
    again = tasks.ResultTable.from_json(table.to_json())
    assert json.loads(again.to_json()) == json.loads(table.to_json())


def test_chinese_takes_two_columns_on_a_screen():
    table = tasks.ResultTable("表", [tasks.Column("accuracy")])
    table.add("基线", {"accuracy": 0.5}, kind="baseline")
    table.add("LSTM", {"accuracy": 0.9})
    rows = [line for line in str(table).splitlines() if "%" in line]
    assert rows[0].index("baseline") + 2 == rows[1].index("model")  # two characters, each wider


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda t: t.add("a", {}), "has a row 'a' already"),
        (lambda t: t.add("b", {"speed": 1}), "speed"),
        (lambda t: t.add("b", {}, kind="guess"), "guess"),
        (lambda t: t.mean("a", "accuracy"), "The row 'a' has no 'accuracy'"),
        (lambda t: t.row("c"), "c"),
    ],
)
def test_what_a_table_refuses(call, sentence):
    table = tasks.ResultTable("t", [tasks.Column("accuracy")])
    table.add("a", {})
    with pytest.raises(InvalidArgumentError, match=sentence):
        call(table)
