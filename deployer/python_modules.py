"""Python modules: the package that has one where the names differ, and those that Python removed.

Only what is sure is in these tables: for a module in none of them, the package of the same name is
the best guess, and it is not made here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

PythonVersion = tuple[int, int]

# Import name: name on PyPI, where they differ by more than case and dashes. A dotted name is a
# module of a namespace package, whose parts come from many packages.
PACKAGES: Mapping[str, str] = {
    "Bio": "biopython",
    "Crypto": "pycryptodome",
    "Cryptodome": "pycryptodomex",
    "MySQLdb": "mysqlclient",
    "OpenSSL": "pyOpenSSL",
    "PIL": "Pillow",
    "Xlib": "python-xlib",
    "attr": "attrs",
    "azure.ai.inference": "azure-ai-inference",
    "azure.cognitiveservices.speech": "azure-cognitiveservices-speech",
    "azure.core": "azure-core",
    "azure.cosmos": "azure-cosmos",
    "azure.identity": "azure-identity",
    "azure.keyvault.secrets": "azure-keyvault-secrets",
    "azure.search.documents": "azure-search-documents",
    "azure.storage.blob": "azure-storage-blob",
    "bs4": "beautifulsoup4",
    "clip": "git+https://github.com/openai/CLIP.git",
    "cv2": "opencv-python-headless",
    "dateutil": "python-dateutil",
    "discord": "discord.py",
    "docx": "python-docx",
    "dotenv": "python-dotenv",
    "faiss": "faiss-cpu",
    "ffmpeg": "ffmpeg-python",
    "fitz": "PyMuPDF",
    "git": "GitPython",
    "github": "PyGithub",
    "googleapiclient": "google-api-python-client",
    "google.adk": "google-adk",
    "google.api_core": "google-api-core",
    "google.auth": "google-auth",
    "google.cloud.aiplatform": "google-cloud-aiplatform",
    "google.cloud.bigquery": "google-cloud-bigquery",
    "google.cloud.firestore": "google-cloud-firestore",
    "google.cloud.speech": "google-cloud-speech",
    "google.cloud.storage": "google-cloud-storage",
    "google.cloud.texttospeech": "google-cloud-texttospeech",
    "google.cloud.translate": "google-cloud-translate",
    "google.cloud.translate_v2": "google-cloud-translate",
    "google.cloud.vision": "google-cloud-vision",
    "google.generativeai": "google-generativeai",
    "google.genai": "google-genai",
    "google.oauth2": "google-auth",
    "google.protobuf": "protobuf",
    "imblearn": "imbalanced-learn",
    "jose": "python-jose",
    "jwt": "PyJWT",
    "kafka": "kafka-python",
    "ldap": "python-ldap",
    "llama_cpp": "llama-cpp-python",
    "magic": "python-magic",
    "nacl": "PyNaCl",
    "osgeo": "GDAL",
    "pkg_resources": "setuptools<82",
    "pl_bolts": "lightning-bolts",
    "pptx": "python-pptx",
    "psycopg2": "psycopg2-binary",
    "pylab": "matplotlib",
    "pywt": "PyWavelets",
    "rest_framework": "djangorestframework",
    "ruamel.yaml": "ruamel.yaml",
    "serial": "pyserial",
    "skimage": "scikit-image",
    "sklearn": "scikit-learn",
    "skopt": "scikit-optimize",
    "slugify": "python-slugify",
    "socks": "PySocks",
    "speech_recognition": "SpeechRecognition",
    "tavily": "tavily-python",
    "telegram": "python-telegram-bot",
    "umap": "umap-learn",
    "usb": "pyusb",
    "websocket": "websocket-client",
    "whisper": "openai-whisper",
    "yaml": "PyYAML",
    "zmq": "pyzmq",
}
# Modules that many Spaces import, whose packages surely have their names.
SAME_NAME = frozenset("""
    accelerate aiohttp altair anthropic bitsandbytes datasets diffusers einops fastapi flask
    gradio gradio_client groq httpx huggingface_hub jinja2 joblib keras langchain
    langchain_community langchain_core langchain_openai librosa lightgbm llama_index loguru
    matplotlib moviepy networkx nltk numpy omegaconf onnxruntime openai openpyxl pandas peft plotly
    pydantic pydub pypdf requests safetensors scipy seaborn sentence_transformers sentencepiece
    soundfile spaces spacy sqlalchemy streamlit tensorflow tiktoken timm tokenizers torch
    torchaudio torchvision tqdm transformers ultralytics uvicorn xgboost xformers yfinance
    """.split())
WINDOWS_ONLY = frozenset("""
    _winapi _winreg msvcrt nt pythoncom pywintypes win32api win32clipboard win32com win32con
    win32event win32file win32gui win32print win32process win32service winreg winsound
    """.split())
# nearly always files of the app itself
OWN_FILES = frozenset("""
    app common config core data db helpers lib main models modules pages settings src utils
    """.split())
# packages of many projects share these: `google` alone says nothing
NAMESPACES = frozenset(name.partition(".")[0] for name in PACKAGES if "." in name)


@dataclass(frozen=True, slots=True)
class RemovedModule:
    """A module that Python removed: in which version, what to use, and a package that has it.

    `package` is empty where there is none. It is `common` if popular packages require it, so that
    it may be installed although no file names it.
    """

    version: PythonVersion
    instead: str
    package: str = ""
    common: bool = False

    @property
    def last(self) -> str:
        """The last version of Python that has it, and where it is chosen."""
        last = f"{self.version[0]}.{self.version[1] - 1}"
        return f'Python {last} (`python_version: "{last}"` in the card, or the Dockerfile\'s image)'


# https://docs.python.org/3/whatsnew/3.12.html#removed and 3.13.html#pep-594-remove-dead-batteries
_DEAD = "another module"
REMOVED: Mapping[str, RemovedModule] = {
    "asynchat": RemovedModule((3, 12), "asyncio", "pyasynchat"),
    "asyncore": RemovedModule((3, 12), "asyncio", "pyasyncore"),
    "distutils": RemovedModule(
        (3, 12), "setuptools, shutil or sysconfig", "setuptools", common=True
    ),
    "imp": RemovedModule((3, 12), "importlib", "zombie-imp"),
    "smtpd": RemovedModule((3, 12), "aiosmtpd", "standard-smtpd"),
    "aifc": RemovedModule((3, 13), "soundfile", "standard-aifc", common=True),
    "audioop": RemovedModule((3, 13), "numpy", "audioop-lts", common=True),
    "cgi": RemovedModule((3, 13), "urllib.parse, html or email.message", "legacy-cgi", common=True),
    "cgitb": RemovedModule((3, 13), "traceback", "legacy-cgi", common=True),
    "chunk": RemovedModule((3, 13), "struct", "standard-chunk", common=True),
    "crypt": RemovedModule((3, 13), "bcrypt or hashlib", "crypt-r"),
    "imghdr": RemovedModule((3, 13), "PIL or filetype", "standard-imghdr"),
    "lib2to3": RemovedModule((3, 13), "LibCST or parso"),
    "mailcap": RemovedModule((3, 13), "mimetypes", "standard-mailcap"),
    "msilib": RemovedModule((3, 13), _DEAD),
    "nis": RemovedModule((3, 13), _DEAD),
    "nntplib": RemovedModule((3, 13), _DEAD, "standard-nntplib"),
    "ossaudiodev": RemovedModule((3, 13), _DEAD),
    "pipes": RemovedModule((3, 13), "shlex and subprocess", "standard-pipes"),
    "sndhdr": RemovedModule((3, 13), "filetype", "standard-sndhdr"),
    "spwd": RemovedModule((3, 13), _DEAD),
    "sunau": RemovedModule((3, 13), "soundfile", "standard-sunau", common=True),
    "telnetlib": RemovedModule((3, 13), "telnetlib3", "standard-telnetlib"),
    "uu": RemovedModule((3, 13), "base64", "standard-uu"),
    "xdrlib": RemovedModule((3, 13), "struct", "standard-xdrlib"),
}
# what pydub imports where audioop is missing; no package has it
_ASKED_INSTEAD = {"pyaudioop": "audioop"}


def package_of(module: str) -> str | None:
    """The package that has a module, as it is required; None where that is not sure.

    The longest known part of a dotted name decides.
    """
    parts = module.split(".")
    for length in range(len(parts), 0, -1):
        if (package := PACKAGES.get(".".join(parts[:length]))) is not None:
            return package
    return None


def replacement(removed: RemovedModule) -> str:
    """How to do without a removed module: `use Y instead, add X to requirements.txt`."""
    add = f", add {removed.package} to requirements.txt" if removed.package else ""
    return f"use {removed.instead} instead{add}"


def removed_module(module: str) -> tuple[str, RemovedModule] | None:
    """The module of Python that is missing where one of this name is, and what became of it."""
    top = module.partition(".")[0]
    name = _ASKED_INSTEAD.get(top, top)
    return (name, REMOVED[name]) if name in REMOVED else None
