"""Run an application: its table, a model of your own rows, or what such a model says.

    mlm-tf task sentiment --quick                             the table, without a download
    mlm-tf task sentiment my.csv --output my.keras            learn from rows, beside baselines
    mlm-tf task sentiment --model my.keras "a fine film"      use what was learned

`mlm-tf task NAME --help` says more of each.
"""

import argparse
from collections.abc import Sequence

from rich.console import Console

from mlm_tf.errors import InvalidArgumentError
from mlm_tf.tasks import Application, Setting, applications
from mlm_tf.tasks.result_table import check_table_path
from mlm_tf.tasks.rows import Rows

OF_A_TABLE = ("quick", "save", "corpus")


def add_arguments(parser) -> None:
    names = parser.add_subparsers(required=True, metavar="name", dest="application")
    for name, kind in applications().items():
        command = names.add_parser(
            name,
            help=kind.summary,
            description=kind.__doc__,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        _add_arguments_of(kind, command.add_argument)
        command.set_defaults(run=run, kind=kind)


def _add_arguments_of(kind: type[Application], add) -> None:
    columns = [name for name in (kind.input_name, kind.target_name) if name]
    what = (
        f"tables with the columns {' and '.join(columns)} (.csv, .tsv, .jsonl), or folders; with "
        "--model texts, files of them, or - for the standard input"
    )
    if kind.answers_untrained:
        what += "; without --model and --output these too"
    add("what", nargs="*", help=what)
    add("--quick", action="store_true", help="the small table: no download, at most 3 minutes")
    add("--output", help="the file to write, of what was learned from the rows")
    add("--overwrite", action="store_true", help="replace files that exist")
    add("--model", help="the file of a model to use")
    add("--save", help="a file for the table: .md or .json")
    if kind.corpora:
        add("--corpus", choices=kind.corpora, help="what the table is measured on")
    for name in columns:
        add(f"--{name}-column", help=f"the column of each {name}: its name, or number from 0")
    add("--encoding", default="utf-8", help="of the files: gb18030, utf-16, cp1252, ... (utf-8)")
    for setting in kind.settings:
        _add_setting(setting, add)


def _add_setting(setting: Setting, add) -> None:
    option = _flag(_option(setting))
    if isinstance(setting.default, bool):
        add(option, action="store_true", default=None, help=setting.help)
    else:
        add(option, type=type(setting.default), help=f"{setting.help} ({setting.default})")


def _option(setting: Setting) -> str:
    return setting.option or setting.name


def _flag(name: str) -> str:
    return "--" + name.replace("_", "-")


def run(options) -> int:
    kind = options.kind
    learning = [_option(setting) for setting in kind.settings if not setting.is_of_use]
    if options.model is not None:
        _refuse(options, [*OF_A_TABLE, "output", *learning], "--model uses what was learned")
        return _answer(kind.load(options.model, **_settings(kind, options)), options)
    if options.what and kind.answers_untrained and options.output is None:
        _refuse(options, OF_A_TABLE, f"Without --output {kind.name} answers texts")
        return _answer(kind(**_settings(kind, options)), options)
    if options.save is not None:  # before anything takes time
        check_table_path(options.save, options.overwrite)
    table = _learn(kind, options) if options.what else _table(kind, options)
    Console().print(table)
    if options.save is not None:
        table.save(options.save, options.overwrite)
    return 0


def _table(kind: type[Application], options):
    names = ["output", *map(_option, kind.settings)]
    _refuse(options, names, "Without a file with rows it is a table, of settings of its own")
    how = {"corpus": options.corpus} if kind.corpora else {}
    return kind.table(quick=options.quick, progress=True, **how)


def _learn(kind: type[Application], options):
    _refuse(options, ("quick", "corpus"), "Rows of your own are learned from")
    if options.output is None:
        raise InvalidArgumentError("Nothing would be kept of what is learned; add --output.")
    kind.check_output(options.output, options.overwrite)
    rows = _rows(kind, options)
    application = kind(**_settings(kind, options))
    table = application.compare(*rows, progress=True)
    application.save(options.output, options.overwrite)
    print(f"{options.output} holds what was learned.")
    return table


def _settings(kind: type[Application], options) -> dict:
    """Those that were given."""
    given = {setting.name: getattr(options, _option(setting)) for setting in kind.settings}
    return {name: value for name, value in given.items() if value is not None}


def _rows(kind: type[Application], options) -> Rows:
    columns = [
        getattr(options, f"{name}_column") if name else None
        for name in (kind.input_name, kind.target_name)
    ]
    rows, left_out = kind.read(options.what, *columns, options.encoding)
    if left_out:
        print(f"{left_out:,} rows have no {kind.target_name} and are left out.")
    return rows


def _refuse(options, names: Sequence[str], why: str) -> None:
    """Raise for an option that was given, where it would change nothing."""
    for name in names:
        if getattr(options, name, None) not in (None, False):
            raise InvalidArgumentError(f"{why}, and {_flag(name)} changes nothing; leave it out.")


def _answer(application: Application, options) -> int:
    kind = options.kind
    column = getattr(options, f"{kind.input_name}_column")
    texts = kind.read_inputs(options.what, column, options.encoding)
    for text, prediction in zip(texts, application.predict(texts), strict=True):
        print(application.line(text, prediction))
    return 0
