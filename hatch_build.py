"""What packages that depend on others of this repository are built with."""

from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface


class SameVersion(MetadataHookInterface):
    """Writes the version that all packages have into the dependencies."""

    def update(self, metadata: dict[str, Any]) -> None:
        metadata["dependencies"] = [text.format(version=metadata["version"]) for text in self.config["dependencies"]]
