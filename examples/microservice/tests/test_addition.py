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


@pytest.mark.parametrize("text", ["1.5", "9" * 1001])
def test_the_command_accepts_integers_only(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    monkeypatch.setattr("sys.argv", ["addition", "1", text])
    with pytest.raises(SystemExit, match="2"):
        main()
    assert "num2: not an integer of at most 1000 digits" in capsys.readouterr().err
