"""The app as an agent meets it: a tool of an MCP server, called by the client of that protocol."""

from pathlib import Path
from typing import Any

import mcp
from mcp.client.streamable_http import streamable_http_client

from tests.conftest import awaited
from tests.demo.apps import ON_A_SPACE
from tests.demo.running import NO_MODEL, running_app
from tests.fork_server import ForkServer

# pylint: disable=missing-function-docstring  # the names are the sentences

MCP_APP = Path(__file__).with_name("mcp_app.py")
MCP_LIBRARIES = str(Path(mcp.__file__).parents[1])
TEXT = "The bridge was built in 1931. The main risk is rust in the eastern cables."
RISK = "The main risk is rust in the eastern cables."


async def _list_and_call(url: str, *calls: dict[str, str]) -> tuple[list[Any], list[list[str]]]:
    """The tools of a server, and for each call of the first one the texts of its answer."""

    async def ignore(*_: object) -> None:
        """Gradio gives the parts of an answer one by one only to clients that want progress."""

    async with streamable_http_client(url) as (read, write, _):
        async with mcp.ClientSession(read, write) as session:
            await session.initialize()
            tools = (await session.list_tools()).tools
            answers = []
            for arguments in calls:
                answer = await session.call_tool(tools[0].name, arguments, progress_callback=ignore)
                assert not answer.isError
                answers.append([content.text for content in answer.content])
            return tools, answers


def test_an_agent_lists_and_calls_the_endpoint_as_a_tool(
    demo_server: ForkServer, tmp_path: Path
) -> None:
    environment = ON_A_SPACE | {"GRADIO_MCP_SERVER": "True", "MCP_LIBRARIES": MCP_LIBRARIES}
    with running_app(demo_server, NO_MODEL, tmp_path, MCP_APP, **environment) as app:
        tools, answers = awaited(
            _list_and_call(
                f"{app.url}gradio_api/mcp/",
                {"text": TEXT, "prompt": "Only the risks", "length": "Short"},
                {"text": TEXT},
                {"text": ""},
            )
        )
    assert [tool.name for tool in tools] == ["demo_summarize"]
    assert tools[0].description.startswith("Summarize a text the way a prompt asks")
    schema = tools[0].inputSchema
    assert list(schema["properties"]) == ["text", "prompt", "length"]
    assert all(parameter["description"] for parameter in schema["properties"].values())
    assert schema["required"] == ["text"]
    assert schema["properties"]["length"]["enum"] == ["Short", "Medium", "Long"]
    assert answers[0][0] == RISK
    assert answers[0][1].startswith("Answered by ")
    assert answers[1][0] == TEXT
    assert answers[2] == ["", "There is no text yet. Please paste the text to summarize."]
