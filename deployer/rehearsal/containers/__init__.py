"""Docker Spaces, built and run by the container engine at hand: docker or podman.

How Spaces does it: https://huggingface.co/docs/hub/spaces-sdks-docker
"""
