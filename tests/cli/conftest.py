"""What the tests of the command line share."""

from collections.abc import Callable

import pytest

from mlm_tf import cli


@pytest.fixture
def refused(capsys) -> Callable[..., str]:
    """A function from arguments to the one sentence on stderr of a command that ends with 2."""

    def run(*arguments) -> str:
        capsys.readouterr()
        assert cli.main([str(a) for a in arguments]) == 2
        error = capsys.readouterr().err
        assert error.startswith("mlm-tf: ") and error.count("\n") == 1
        return error

    return run
