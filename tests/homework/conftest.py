"""What several tests of homework share."""

import pytest

from cnncalc.cli import run


@pytest.fixture
def call(capsys, monkeypatch, tmp_path):
    """Calls `cnncalc homework …` in a folder of its own: exit status, standard output, standard error."""
    monkeypatch.chdir(tmp_path)

    def _call(*arguments):
        status = run(["homework", *map(str, arguments)])
        output = capsys.readouterr()
        return status, output.out, output.err

    return _call
