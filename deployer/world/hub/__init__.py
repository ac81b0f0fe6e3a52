"""The Hub: the only place where huggingface_hub is imported.

It reads its configuration from the environment when it is imported, so that is set here, first.
"""

import os

# no telemetry requests, and no output besides our own
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
os.environ.setdefault("HF_HUB_VERBOSITY", "error")
