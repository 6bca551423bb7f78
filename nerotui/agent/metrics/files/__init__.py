"""Points out of the files that a program writes for other programs; each format is a file of its own here.

`open_reader` tells the format by a file's name and first bytes. A reader has

    feed(data, offset, now) -> points     the bytes may be cut anywhere
    progress                              how far the file says the run is, or None
    rewritten                             whether programs of this format write the file anew: a point's offset is then
                                          the number of its row or record, else the byte at which its record begins
    parallel                              whether each metric of the file is counted by itself

and takes wrong checksums, cut files, records of any length and bytes that are no text without an exception.
"""

from typing import Any, Optional

#: So much of a file's beginning is enough to tell its format.
BEGINNING = 1 << 16


def open_reader(path: str, beginning: bytes) -> Optional[Any]:
    """A reader for a file of metrics, None where it is none: a text, or something else.

    Args:
        path: the file's name.
        beginning: its first bytes, at most `BEGINNING`; more of a file that is still short may tell more.
    """
    head = beginning[:12]
    if not head:
        return None
    if head[:2] == b"\x1f\x8b":
        from nerotui.agent.metrics.files.packed import PackedReader

        return PackedReader(path)
    if b"\0" in head:
        from nerotui.agent.metrics.files.events import EventReader, is_events

        return EventReader() if is_events(beginning) else None
    if "/metrics/" in path:
        from nerotui.agent.metrics.files.mlflow import MlflowReader, name_of

        name = name_of(path, beginning)
        if name is not None:
            return MlflowReader(name)
    first = beginning[:64].lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if first in (b"{", b"["):
        from nerotui.agent.metrics.files.documents import open_document

        document = open_document(path, beginning)
        if document is not None or first == b"{":
            return document  # else JSON lines, which the text's reader knows, or a document of another kind
    from nerotui.agent.metrics.files.layout import layout

    found = layout(path, beginning)
    if found is None:
        return None
    from nerotui.agent.metrics.files.table import TableReader

    return TableReader(found)
