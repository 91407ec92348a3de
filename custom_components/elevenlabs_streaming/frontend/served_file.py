"""A file that is served compressed to those who take it so."""

from dataclasses import dataclass
from datetime import UTC, datetime
import gzip
from hashlib import sha256
from http import HTTPStatus
import mimetypes
from pathlib import Path
from typing import Final, Self

from aiohttp import hdrs
from aiohttp.web import Request, Response

_ZIPPED: Final = "gzip"
# Any encoding, or any tag.
_ANY: Final = "*"


@dataclass(frozen=True, slots=True)
class ServedFile:
    """A file in memory, as it is and compressed."""

    body: bytes
    zipped: bytes
    content_type: str
    tag: str
    """Changes with the file; that of the compressed bytes is another one."""
    modified_at: datetime

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read and compress a file, which blocks."""
        body = path.read_bytes()
        modified_at = datetime.fromtimestamp(int(path.stat().st_mtime), UTC)
        content_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        tag = sha256(body).hexdigest()[:16]
        # The bytes of every start are the same: the tag says so.
        return cls(body, gzip.compress(body, mtime=0), content_type, tag, modified_at)

    def answer(self, request: Request) -> Response:
        """Return the answer to a request for it."""
        is_zipped = _accepts_gzip(request.headers.get(hdrs.ACCEPT_ENCODING, ""))
        tag = f"{self.tag}-{_ZIPPED}" if is_zipped else self.tag
        if self._is_known(request, tag):
            answer = Response(status=HTTPStatus.NOT_MODIFIED)
        else:
            body = self.zipped if is_zipped else self.body
            answer = Response(body=body, content_type=self.content_type, charset="utf-8")
            if is_zipped:
                answer.headers[hdrs.CONTENT_ENCODING] = _ZIPPED
        answer.etag = tag
        answer.last_modified = self.modified_at
        answer.headers[hdrs.VARY] = hdrs.ACCEPT_ENCODING
        return answer

    def _is_known(self, request: Request, tag: str) -> bool:
        """Whether the browser has it: tags count alone where it names any."""
        if (tags := request.if_none_match) is not None:
            return any(one.value in (tag, _ANY) for one in tags)
        since = request.if_modified_since
        return since is not None and self.modified_at <= since


def read_files(folder: Path) -> dict[str, ServedFile]:
    """Read the files below a folder, by their addresses there; this blocks."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): ServedFile.read(path) for path in paths}


def _accepts_gzip(header: str) -> bool:
    """Whether an `Accept-Encoding` header takes gzip: by its name, or else as anything."""
    weights = dict[str, float]()
    for item in header.lower().split(","):
        name, *parameters = (part.strip() for part in item.split(";"))
        weights[name] = _weight(parameters)
    return weights.get(_ZIPPED, weights.get(_ANY, 0.0)) > 0


def _weight(parameters: list[str]) -> float:
    """Return how much an encoding is wanted; what cannot be read counts as not at all."""
    weights = [one.removeprefix("q=") for one in parameters if one.startswith("q=")]
    try:
        return float(weights[0]) if weights else 1.0
    except ValueError:
        return 0.0
