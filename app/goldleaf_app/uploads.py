"""What forms send besides texts: files, within bounds."""

from starlette.datastructures import FormData, UploadFile

from goldleaf.errors import GoldleafError

from .refusals import Refused


async def uploaded(form: FormData, name: str, most: int) -> tuple[str, bytes]:
    """Name and content of a file that was uploaded. Raises `Refused`."""
    found = form.get(name)
    if not isinstance(found, UploadFile) or not found.filename:
        raise Refused(**{name: "Choose a file."})
    if found.size is None or found.size > most:
        raise Refused(**{name: f"The file is larger than {most // 2**20} MiB."})
    return found.filename, await found.read()


def capitalized(error: GoldleafError) -> str:
    """What is wrong, as a sentence beside a field."""
    told = error.sentence()
    return told[:1].upper() + told[1:]


def typed(form: FormData, name: str) -> str:
    """A short text of a form."""
    return str(form.get(name) or "").strip()[:200]
