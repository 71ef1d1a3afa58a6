# SPDX-License-Identifier: Apache-2.0
"""What a script shows: tables, figures and texts become outputs of its run."""

from __future__ import annotations

import io
import json
import sys
from typing import Any

from cloister import _door, _format
from cloister._errors import Error

_REPRESENTATIONS = {
    "_repr_html_": "text/html",
    "_repr_markdown_": "text/markdown",
    "_repr_svg_": "image/svg+xml",
    "_repr_png_": "image/png",
    "_repr_jpeg_": "image/jpeg",
    "_repr_latex_": "text/latex",
    "_repr_json_": "application/json",
}


def show(thing: Any) -> None:
    """Sends each form of a thing as one output; the richest first, plain text last."""
    bundle = forms_of(thing)
    for mime, data in bundle.items():
        if len(data) > _door.SENT_BODY_BYTES_MAX:
            raise Error(f"an output of type {mime} is larger than 16 MiB", code="cloister.too-large", kind="usage")
    for mime, data in bundle.items():
        _door.ask("display", mime=mime, body=data)


def forms_of(thing: Any) -> dict[str, bytes]:
    """{mime: bytes} of a thing: its own representations, as in a notebook."""
    if isinstance(thing, str):
        return {"text/plain": _encoded(thing)}
    figure = _figure_of(thing)
    if figure is not None:
        return {"image/png": _png(figure)}
    forms = _speaking_for_itself(thing)
    if not forms and _is_arrow_table(thing):
        return {"text/html": _encoded(_format.arrow_html(thing)), "text/plain": _encoded(_format.arrow_text(thing))}
    if "text/plain" not in forms:
        forms["text/plain"] = _encoded(repr(thing))
    return forms


def _speaking_for_itself(thing: Any) -> dict[str, bytes]:
    forms: dict[str, bytes] = {}
    if isinstance(thing, type):  # a class has the methods, but they are for its objects
        return forms
    bundle = getattr(thing, "_repr_mimebundle_", None)
    if callable(bundle):
        made = bundle()
        made = made[0] if isinstance(made, tuple) else made
        for mime, data in (made or {}).items():
            forms[mime] = _encoded(data)
    for method, mime in _REPRESENTATIONS.items():
        if mime not in forms and callable(getattr(thing, method, None)):
            made = getattr(thing, method)()
            made = made[0] if isinstance(made, tuple) else made
            if made is not None:
                forms[mime] = _encoded(made)
    return forms


def _encoded(data: Any) -> bytes:
    if isinstance(data, bytes | bytearray | memoryview):
        return bytes(data)
    text = data if isinstance(data, str) else json.dumps(data)
    return text.encode("utf-8", "replace")


def _figure_of(thing: Any) -> Any:
    """The matplotlib figure that a thing is or belongs to; matplotlib is only asked when it is loaded."""
    module = sys.modules.get("matplotlib.figure")
    if module is None:
        return None
    if isinstance(thing, module.FigureBase):
        return thing
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is not None and thing is pyplot:
        return pyplot.gcf()
    owner = getattr(thing, "figure", None)
    return owner if isinstance(owner, module.FigureBase) else None


def _png(figure: Any) -> bytes:
    out = io.BytesIO()
    figure.savefig(out, format="png", bbox_inches="tight")
    return out.getvalue()


def _is_arrow_table(thing: Any) -> bool:
    module = sys.modules.get("pyarrow")
    return module is not None and isinstance(thing, module.Table)
