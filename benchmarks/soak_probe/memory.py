"""Who holds the memory of this process: Python's allocator, and the C library's."""

import ctypes
import os
import re
import sys
from typing import Any
from xml.etree import ElementTree as ET

_LIBC = ctypes.CDLL(None)
_STDERR = 2
_FIGURES = {
    "arenas": r"arenas \* \d+ bytes/arena\s*=\s*([\d,]+)",
    "used": r"# bytes in allocated blocks\s*=\s*([\d,]+)",
    "unused_pools": r"unused pools \* \d+ bytes\s*=\s*([\d,]+)",
}


class _Mallinfo(ctypes.Structure):
    """`struct mallinfo2` of malloc.h."""

    _fields_ = [
        (name, ctypes.c_size_t)
        for name in (
            *("arena", "ordblks", "smblks", "hblks", "hblkhd"),
            *("usmblks", "fsmblks", "uordblks", "fordblks", "keepcost"),
        )
    ]


def memory() -> dict[str, Any]:
    """Return what both allocators hold, in bytes."""
    return {
        "blocks": sys.getallocatedblocks(),
        "pymalloc": _pymalloc(),
        "glibc": _glibc(),
        "glibc_arenas": _glibc_arenas(),
    }


def trim() -> bool:
    """Have the C library return to the system what it keeps; tell whether there was any."""
    return bool(_LIBC.malloc_trim(0))


def _pymalloc() -> dict[str, int]:
    """Return what Python's allocator for objects of up to 512 bytes has."""
    told = _debugmallocstats()
    found = {name: re.search(pattern, told) for name, pattern in _FIGURES.items()}
    return {name: int(m[1].replace(",", "")) if m else 0 for name, m in found.items()}


def _debugmallocstats() -> str:
    """Return what Python writes to the process's standard error."""
    kept, memory_file = os.dup(_STDERR), os.memfd_create("stats")
    os.dup2(memory_file, _STDERR)
    try:
        sys._debugmallocstats()  # noqa: SLF001 - there is no public one
    finally:
        os.dup2(kept, _STDERR)
        os.close(kept)
    size = os.fstat(memory_file).st_size
    told = os.pread(memory_file, size, 0)
    os.close(memory_file)
    return told.decode(errors="replace")


def _glibc() -> dict[str, int]:
    """Return the sums of the C library's arenas, and what it has mapped for large pieces."""
    mallinfo2 = _LIBC.mallinfo2
    mallinfo2.restype = _Mallinfo
    info = mallinfo2()
    return {
        "size": info.arena,
        "used": info.uordblks,
        "free": info.fordblks,
        "mapped": info.hblkhd,
        "maps": info.hblks,
    }


def _glibc_arenas() -> list[dict[str, int]]:
    """Return the size of each arena, and what is free in it."""
    arenas = ET.fromstring(_malloc_info()).findall("heap")  # noqa: S314 - from the C library
    return [
        {
            "size": _size(arena, "system", "current"),
            "free": _size(arena, "total", "fast") + _size(arena, "total", "rest"),
        }
        for arena in arenas
    ]


def _size(arena: ET.Element, tag: str, kind: str) -> int:
    found = arena.find(f"{tag}[@type='{kind}']")
    return 0 if found is None else int(found.get("size", "0"))


def _malloc_info() -> bytes:
    """Return the C library's own report as XML."""
    text, size = ctypes.c_void_p(), ctypes.c_size_t()
    _LIBC.open_memstream.restype = ctypes.c_void_p
    stream = ctypes.c_void_p(_LIBC.open_memstream(ctypes.byref(text), ctypes.byref(size)))
    _LIBC.malloc_info(0, stream)
    _LIBC.fclose(stream)
    told = ctypes.string_at(text, size.value)
    _LIBC.free(text)
    return told
