"""hf-deploy: ship a repository to a Hugging Face Space, and see that very commit run."""

__version__ = "0.1.0"
