"""The function and the command."""

import pytest

from addition import add, main


def test_integers_are_added() -> None:
    assert add(1, 2) == 3


def test_the_command_prints_the_sum(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["addition", "1", "-2"])
    main()
    assert capsys.readouterr().out == "-1\n"


def test_the_command_accepts_integers_only(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["addition", "1", "1.5"])
    with pytest.raises(SystemExit, match="2"):
        main()
    assert "invalid integer value: '1.5'" in capsys.readouterr().err
