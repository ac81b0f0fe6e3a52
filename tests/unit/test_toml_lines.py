"""The line of each key in a TOML file."""

from __future__ import annotations

import pytest

from deployer.toml_lines import TomlLines

SHARED = ("tool", "hf-deploy", "endpoint")


@pytest.mark.parametrize(
    ("path", "text", "line"),
    [
        (("endpoint",), "path = 'a'\nendpoint = 'b'\n", 2),
        (("endpoint",), "# endpoint = 1\r\n'endpoint'='b'\r\n", 2),
        (("endpoint",), '\n  "endpoint"  =  1', 2),
        (("endpoint",), "endpoint.x = 1", 1),
        (("endpoint",), "path = 1", None),
        (SHARED, "[tool.other]\nendpoint = 1\n[tool.hf-deploy]\nendpoint = 2\n", 4),
        (SHARED, "[tool]\nhf-deploy.endpoint = 1\n", 2),
        (SHARED, "[tool]\nhf-deploy = { endpoint = 1 }\n", 2),
        (("a", "space"), "[b]\nspace = 1\n[ 'a' ] # c\nspace = 2\n", 4),
        (("a", "space"), "a.space = 1\nspace = 2\n", 1),
        (("space",), "a.space = 1\nspace = 2\n", 2),
        (("a", "space"), "[a.b]\nspace = 1\n", 1),
        (("space",), 'verify = """\nspace = 1\n"""\nspace = 2\n', 4),
        (("space",), "verify = '''\nspace = 1\n'''\nspace = 2\n", 4),
        (("space",), '# say """hi\nspace = 2\n# bye """\n', 2),
        (("space",), "# say '''hi\nspace = 2\n# bye '''\n", 2),
        (("space",), 'path = "a\\""  # """\nspace = 2\n# """\n', 2),
        (("space",), 'path = \'"""\'\nspace = 2\ncard = \'"""\'\n', 2),
        (("space",), 'verify = """"a""""  # "\nspace = 2\n# """\n', 2),
        (("space",), 'include = [\n  "space = 1",\n]\nspace = 2\n', 4),
    ],
)
def test_the_line_of_a_key_or_of_the_table_around_it(
    path: tuple[str, ...], text: str, line: int | None
) -> None:
    assert TomlLines(text).of(path) == line
