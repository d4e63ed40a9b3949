"""A folder in which each file is named after its content."""

from pathlib import Path

from eth_utils import keccak


class Store:
    """Keeps label sets and manifests; a URI is the file's keccak-256, so nobody can put another file in its place."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder

    @staticmethod
    def uri(content: bytes) -> str:
        """Where this content lies, whether it is there or not."""
        return f"keccak256:{keccak(content).hex()}"

    def put(self, content: bytes) -> str:
        """Keeps the content; returns its URI."""
        uri = self.uri(content)
        self._path(uri).write_bytes(content)
        return uri

    def get(self, uri: str) -> bytes | None:
        """The content, or None if nothing of that hash is there."""
        path = self._path(uri)
        content = path.read_bytes() if path.exists() else None
        return content if content is not None and self.uri(content) == uri else None

    def _path(self, uri: str) -> Path:
        return self._folder / f"{uri.removeprefix('keccak256:')}.jsonl"
