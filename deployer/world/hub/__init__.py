"""The Hub: the only place where huggingface_hub is imported.

Its settings are read when it is imported, so they are made here, before that.
"""

import os

# nobody asked for these requests, bars and lines
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
os.environ.setdefault("HF_HUB_VERBOSITY", "error")
