"""hf-deploy: deploy a repository to a Hugging Face Space and wait until that commit is healthy."""

__version__ = "0.1.0"
