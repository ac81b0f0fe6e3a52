"""Check the users of a Dockerfile: that they exist, their ids, and what only root may do.

https://huggingface.co/docs/hub/spaces-sdks-docker#permissions asks for a user with id 1000. Some
images have one of that id already, and then `useradd -u 1000` fails.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from deployer.checks.docker_instructions import DOCKERFILE, Instruction, Stage, expand
from deployer.problem import Problem

# what adds a user, or may: a script is not read, and a package can make its own
_ADDS_USER = re.compile(
    r"\.sh\b|/etc/passwd|\b(?:useradd|adduser|usermod|newusers|groupadd|addgroup)\b|"
    r"\b(?:apt|apt-get|apk|dnf|yum)\b[^&;|\n]{0,200}?\b(?:install|add)\b"
)
_NEW_ID = re.compile(
    r"\b(?:useradd|adduser)\b(?P<before>[^&;|\n]{0,200}?)(?:-u|--uid)[ =]?1000\b"
    r"(?P<after>[^&;|\n]{0,200})"
)
_FREES_ID = re.compile(
    r"\b(userdel|deluser|usermod|groupmod)\b|\|\||getent|\bid -u\b|\bid 1000\b|if "
)
# official images without any user but root and those of the system
_WITHOUT_USERS = re.compile(
    r"(?:docker\.io/)?(?:library/)?(?:python|debian|golang|rust|openjdk|ruby|php)(?::[\w.-]+)?"
)
# official images with a user of id 1000, and its name; https://hub.docker.com/_/node and _/ubuntu
_WITH_ID_1000 = (
    (re.compile(r"(?:docker\.io/)?(?:library/)?node(?::[\w.-]+)?"), "node"),
    (
        re.compile(
            r"(?:docker\.io/)?(?:library/)?ubuntu(?::(?:latest|noble|2[4-9]\.\d\d)[\w.-]*)?|"
            r"(?:docker\.io/)?nvidia/cuda:[\w.-]*ubuntu2[4-9]\.04"
        ),
        "ubuntu",
    ),
)
_SYSTEM_USERS = frozenset("root nobody daemon www-data bin sys games mail backup".split())
_ROOT_ONLY = re.compile(
    r"^(?:--\S+\s+)*(?P<command>apt-get|apt|apk|yum|dnf)\s+(?:-\S+\s+)*"
    r"(?:update|install|add|upgrade)\b"
)


def check(every: list[Stage]) -> Iterator[Problem]:
    """What fails for a user: one that does not exist, a taken id, a command only for root."""
    found: dict[tuple[int, str], Problem] = {}
    for stage in every:
        for one, message in (*_unknown_users(stage), *_taken_id(stage), *_root_only(stage)):
            problem = Problem(DOCKERFILE, one.line, message, name="docker-user")
            found.setdefault((one.line, message), problem)
    yield from found.values()


def _unknown_users(stage: Stage) -> Iterator[tuple[Instruction, str]]:
    commands = "\n".join(one.arguments for one in stage.instructions if one.keyword == "RUN")
    if not _WITHOUT_USERS.fullmatch(stage.image) or "from" in _options(stage):
        return
    if _ADDS_USER.search(commands):
        return
    for one in stage.instructions:
        name = one.arguments if one.keyword == "USER" else one.options.get("chown", "")
        user = (expand(name, stage.variables(one)) or "").partition(":")[0].strip()
        if re.fullmatch(r"[a-z_][\w-]*", user) and user not in _SYSTEM_USERS:
            message = f"user `{user}` does not exist in the image"
            yield one, f"{message}; add `RUN useradd -m -u 1000 {user}` before it"


def _options(stage: Stage) -> set[str]:
    """The options of all COPY instructions."""
    copies = (one for one in stage.instructions if one.keyword in ("COPY", "ADD"))
    return {name for one in copies for name in one.options}


def _taken_id(stage: Stage) -> Iterator[tuple[Instruction, str]]:
    name = next((user for image, user in _WITH_ID_1000 if image.fullmatch(stage.image)), None)
    if name is None:
        return
    before = ""
    for one in stage.instructions:
        if one.keyword != "RUN":
            continue
        before += f"{one.arguments}\n"
        match = _NEW_ID.search(one.arguments)
        options = f"{match['before']} {match['after']}" if match else ""
        if match and not _FREES_ID.search(before) and not re.search(r"-o\b|--non-unique", options):
            message = f"the image has a user `{name}` with id 1000, so this fails"
            yield one, f"{message}; remove it, and write `USER {name}`"


def _root_only(stage: Stage) -> Iterator[tuple[Instruction, str]]:
    user: str | None = "root" if _WITHOUT_USERS.fullmatch(stage.image) else None
    for one in stage.instructions:
        if one.keyword == "USER":
            user = expand(one.arguments, stage.variables(one))
        is_other = user is not None and user.partition(":")[0].strip() not in ("root", "0", "")
        must_pass = one.keyword == "RUN" and "||" not in one.arguments
        match = _ROOT_ONLY.match(one.arguments) if must_pass else None
        if match and is_other:
            message = f"`{match['command']}` needs root, and runs as `{user}` here"
            yield one, f"{message}; move it above the USER line"
