"""A Hugging Face Hub on this machine, for rehearsals and for tests.

The unmodified huggingface_hub client speaks to it over HTTP; HF_HUB_DISABLE_XET=1 must be set.
"""

from deployer.rehearsal.request_log import Recorded, mark
from deployer.rehearsal.scenario import ANYBODY, App, Build, Fault, Script, Step, Who
from deployer.rehearsal.server import LocalHub

__all__ = [
    "ANYBODY",
    "App",
    "Build",
    "Fault",
    "LocalHub",
    "Recorded",
    "Script",
    "Step",
    "Who",
    "mark",
]
