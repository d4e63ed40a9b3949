"""What an item is, by its first bytes: the URI of a stranger says nothing of it."""

from enum import Enum

# Signature at the beginning -> what a file of it is called.
_IMAGES = {b"\x89PNG\r\n\x1a\n": "png", b"\xff\xd8\xff": "jpg", b"GIF87a": "gif", b"GIF89a": "gif", b"BM": "bmp"}
_AUDIO = {b"fLaC": "flac", b"OggS": "ogg", b"ID3": "mp3", b"\xff\xfb": "mp3", b"\xff\xf3": "mp3", b"\xff\xf2": "mp3"}
# Of RIFF files, behind their size.
_RIFF = {b"WEBP": ("image", "webp"), b"WAVE": ("audio", "wav")}


class Kind(Enum):
    """What people see or hear of an item."""

    TEXT = "text"
    IMAGE = "image"
    AUDIO = "audio"
    OTHER = "other"


def kind_of(data: bytes) -> Kind:
    """What an item with this content is. Text is UTF-8 without control characters but for white space."""
    return _known(data)[0]


def extension_of(data: bytes) -> str:
    """What the name of a file with this content ends in: `.png`."""
    return f".{_known(data)[1]}"


def _known(data: bytes) -> tuple[Kind, str]:
    if data[:4] == b"RIFF" and data[8:12] in _RIFF:
        told, name = _RIFF[data[8:12]]
        return Kind(told), name
    for kind, signatures in ((Kind.IMAGE, _IMAGES), (Kind.AUDIO, _AUDIO)):
        for signature, name in signatures.items():
            # Two letters are a beginning that a text may have, too.
            if data.startswith(signature) and (signature != b"BM" or not _is_text(data)):
                return kind, name
    return (Kind.TEXT, "txt") if _is_text(data) else (Kind.OTHER, "bin")


def _is_text(data: bytes) -> bool:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return False
    return not any(ord(character) < 32 and character not in "\t\n\r\f" for character in text)
