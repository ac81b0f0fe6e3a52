"""The tags of a Space: which of its commits were seen healthy."""

from __future__ import annotations

from deployer.errors import Conflict
from deployer.space.space import SpaceId
from deployer.world.hub.client import Client


def tags(client: Client, space: SpaceId) -> dict[str, str]:
    """The tags of a Space: the name of each, and the commit that it points to."""
    refs = client.call_with_retry(
        lambda: client.api.list_repo_refs(str(space), repo_type="space"),
        f"list the tags of {space}",
    )
    return {tag.name: tag.target_commit for tag in refs.tags}


def tag(client: Client, space: SpaceId, name: str, commit: str) -> None:
    """Tag a commit. Raises Conflict if the tag exists and points to another commit."""
    try:
        # some tokens may never tag
        client.at_once().call_with_retry(
            lambda: client.api.create_tag(
                str(space), tag=name, revision=commit, repo_type="space", exist_ok=False
            ),
            f"tag {commit[:7]} on {space}",
        )
    except Conflict:
        # it exists, perhaps since the response to an earlier attempt was lost
        if tags(client, space).get(name) != commit:
            raise
