"""A Hugging Face Hub on this machine, for rehearsals and for tests.

The unmodified huggingface_hub client speaks to it over HTTP; HF_HUB_DISABLE_XET=1 must be set.
"""

from deployer.rehearsal.metric import Metric
from deployer.rehearsal.request_log import RecordedRequest, token_fingerprint
from deployer.rehearsal.scenario import App, Build, Fault, Metrics, Scenario, Step, TokenOwner
from deployer.rehearsal.server import LocalHub

__all__ = [
    "App",
    "Build",
    "Fault",
    "LocalHub",
    "Metric",
    "Metrics",
    "RecordedRequest",
    "Scenario",
    "Step",
    "TokenOwner",
    "token_fingerprint",
]
