"""The tags of a Space: which of its commits were seen healthy."""

from __future__ import annotations

from deployer.errors import Conflict
from deployer.space.space import SpaceId
from deployer.world.hub.client import Client


def tags(client: Client, space: SpaceId) -> dict[str, str]:
    """Each tag of a Space, by name, and the commit that it stands at."""
    refs = client.call_with_retry(
        lambda: client.api.list_repo_refs(str(space), repo_type="space"), f"list {space}'s tags"
    )
    return {tag.name: tag.target_commit for tag in refs.tags}


def tag(client: Client, space: SpaceId, name: str, commit: str) -> None:
    """Put a tag at a commit. Raises Conflict where one of that name stands elsewhere."""
    try:
        client.call_with_retry(
            lambda: client.api.create_tag(
                str(space), tag=name, revision=commit, repo_type="space", exist_ok=False
            ),
            f"tag {commit[:7]} of {space}",
        )
    except Conflict:
        # it is there, perhaps since an answer of ours was lost
        if tags(client, space).get(name) != commit:
            raise
