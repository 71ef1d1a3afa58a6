#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Write the expected files beside the inputs, with Python's own nbformat (5.11.1, `pip install nbformat`).

    NAME.ipynb            what is read (made by hand, or by this program where bytes matter)
    NAME.expected.ipynb   nbformat.writes(nbformat.reads(input, as_version=4)) and a newline
    NAME.message          the message of the validation error, where there is one
    NAME.unreadable       empty: nbformat raises

Ids are counted (00000001, 00000002, ...) instead of random. A lone surrogate, which Python cannot encode, is
written as its escape."""

import json
import pathlib
import re

import nbformat
import nbformat.v4.convert
import nbformat.validator

FOLDER = pathlib.Path(__file__).parent
counter = 0


def counted_id() -> str:
    global counter
    counter += 1
    return f"{counter:08x}"


nbformat.v4.convert.random_cell_id = counted_id
nbformat.validator.generate_corpus_id = counted_id


def code(source="", outputs=(), **more):
    cell = {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": list(outputs), "source": source}
    return {**cell, **more}


def text(source, kind="markdown", **more):
    return {"cell_type": kind, "metadata": {}, "source": source, **more}


def notebook(cells, minor=5, metadata=None, **more):
    if minor >= 5:
        cells = [{"id": f"cell-{i}", **cell} for i, cell in enumerate(cells)]
    return {"cells": cells, "metadata": metadata or {}, "nbformat": 4, "nbformat_minor": minor, **more}


def old(cells, **more):
    return {
        "metadata": {"name": "old"},
        "nbformat": 3,
        "nbformat_minor": 0,
        "worksheets": [{"cells": cells, "metadata": {}}],
        **more,
    }


def result(data, **more):
    return {"output_type": "execute_result", "execution_count": 1, "metadata": {}, "data": data, **more}


def with_metadata(raw: str) -> str:
    return '{"cells":[],"metadata":{"x":' + raw + '},"nbformat":4,"nbformat_minor":5}'


def inputs():
    yield "empty", notebook([])
    yield (
        "lines",
        notebook(
            [
                code("a\nb\r\nc\rd\x0be\x0cf\x1cg\x1dh\x1ei\x85j\u2028k\u2029l\n"),
                code("no end"),
                code(["joined ", "without\n", "ends"]),
                text(""),
                text("\n\n"),
            ]
        ),
    )
    yield (
        "outputs",
        notebook(
            [
                code(
                    "x",
                    [
                        result(
                            {
                                "text/plain": "1\n2",
                                "text/html": ["<b>\n", "</b>"],
                                "image/png": "aGk=\naGk=\n",
                                "image/svg+xml": "<svg>\n</svg>",
                                "application/javascript": "a\nb",
                                "application/json": {"z": [1, "a\nb"], "a": None},
                                "application/vnd.x+json": ["kept", "split"],
                                "application/x": "a\nb",
                            }
                        ),
                        {"output_type": "display_data", "data": {}, "metadata": {"isolated": True}},
                        {"output_type": "stream", "name": "stdout", "text": ["a\n", "b"]},
                        {"output_type": "stream", "name": "stderr", "text": "c\nd\n"},
                        {"output_type": "error", "ename": "E", "evalue": "v\nw", "traceback": ["a\nb", "c"]},
                    ],
                )
            ]
        ),
    )
    yield (
        "attachments",
        notebook(
            [
                text(
                    "![x](attachment:x.png)",
                    attachments={
                        "x.png": {"image/png": "aGk=\n", "text/plain": "a\nb"},
                        "y": {"text/plain": ["q\n", "r"]},
                    },
                ),
                text("raw\ntext", "raw", attachments={}),
            ]
        ),
    )
    yield (
        "transient",
        notebook(
            [code(metadata={"trusted": True, "collapsed": False}), text("x", metadata={"trusted": 0})],
            metadata={"signature": "s", "orig_nbformat": 3, "orig_nbformat_minor": 1, "kept": 1},
        ),
    )
    yield (
        "unicode",
        notebook([code("é 汉字 😀 \u007f \u0080 \ufeff \u200b")], metadata={"é": 1, "z": 2, "\uffff": 3, "😀": 4}),
    )
    yield "escapes", notebook([code("".join(map(chr, range(32))) + '"\\/')])
    for minor in range(5):
        yield f"minor-{minor}", notebook([code("a\nb"), text("c"), text("d", "raw")], minor)
    yield "minor-6", notebook([code("a"), {"cell_type": "new", "metadata": {}, "x": 1}, code(extra=1)], 6, future=True)
    yield "ids-missing", {**notebook([]), "cells": [code("a"), text("b"), {"id": "kept", **code("c")}]}
    yield "ids-repeated", notebook([{**code("a"), "id": "same"}, {**code("b"), "id": "same"}, text("c", id="same")])
    yield (
        "old",
        old(
            [
                {"cell_type": "heading", "level": 2, "metadata": {}, "source": ["Two\n", "lines"]},
                {"cell_type": "heading", "metadata": {}, "source": "No level"},
                {"cell_type": "markdown", "metadata": {}, "source": ["a\n", "b"]},
                {"cell_type": "html", "metadata": {}, "source": "<b>"},
                {"cell_type": "raw", "metadata": {}, "source": "raw"},
                {
                    "cell_type": "code",
                    "collapsed": True,
                    "language": "python",
                    "prompt_number": 4,
                    "metadata": {"trusted": True},
                    "input": ["import x\n", "x"],
                    "outputs": [
                        {
                            "output_type": "pyout",
                            "prompt_number": 4,
                            "metadata": {"png": {"width": 1}},
                            "text": ["1\n", "2"],
                            "html": "<b>",
                            "svg": "<svg>",
                            "png": "aGk=",
                            "jpeg": "aGk=",
                            "latex": "$x$",
                            "json": '{"b": 1.50}',
                            "javascript": "alert()",
                        },
                        {"output_type": "display_data", "text": "shown"},
                        {"output_type": "pyerr", "ename": "E", "evalue": "v", "traceback": ["a", "b"]},
                        {"output_type": "stream", "stream": "stderr", "text": ["a\n", "b\n"]},
                        {"output_type": "stream", "text": "none"},
                    ],
                },
            ]
        ),
    )
    yield (
        "old-lines",
        old(
            [
                {
                    "cell_type": "code",
                    "language": "python",
                    "collapsed": False,
                    "metadata": {},
                    "input": ["no", "ends"],
                    "outputs": [],
                },
                {"cell_type": "markdown", "metadata": {}, "source": []},
            ]
        ),
    )
    yield (
        "old-sheets",
        {
            **old([]),
            "worksheets": [{"cells": [{"cell_type": "raw", "source": str(i), "metadata": {}}]} for i in range(2)],
        },
    )
    numbers = [
        "0",
        "-0",
        "1",
        "-1",
        "9223372036854775807",
        "9223372036854775808",
        "18446744073709551616",
        "123456789012345678901234567890",
        "-123456789012345678901234567890",
        "0.0",
        "-0.0",
        "1.0",
        "1.50",
        "0.1",
        "1e5",
        "1E5",
        "1e15",
        "1e16",
        "1e17",
        "1.5e16",
        "123456789012345680.0",
        "1234567890123456.7",
        "1e-4",
        "1e-5",
        "0.0001",
        "0.00001234",
        "1e22",
        "1e23",
        "1.7976931348623157e308",
        "5e-324",
        "2.2250738585072014e-308",
        "1e400",
        "-1e400",
        "1e-400",
        "-1e-400",
        "0.30000000000000004",
        "1e+2",
        "100e-2",
        "9007199254740993.0",
        "4.35",
        "3.141592653589793238462643383279",
        "NaN",
        "Infinity",
        "-Infinity",
        "1e100",
        "1e-100",
    ]
    yield "numbers", with_metadata("[" + ",".join(numbers) + "]")
    yield "keys", with_metadata('{"b":1,"a":2,"b":3,"A":4,"":5,"\\u00e9":6,"aa":7}')
    yield "surrogates", with_metadata('["\\ud800","\\udc00x","\\ud83d\\ude00","\\ud83dx","\\udbff\\udbff"]')
    yield "spaces", " \t\r\n" + with_metadata(" [ ] ") + "\n \n"
    yield "nested", with_metadata("[" * 90 + "]" * 90)
    # What breaks the schema, and is read all the same.
    yield "bad-no-source", notebook([{"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None}])
    yield "bad-no-outputs-markdown", notebook([text("x", outputs=[])])
    yield "bad-extra", notebook([code(one=1, two=2)])
    yield "bad-extra-top", notebook([], other=1)
    yield "bad-count", notebook([code(execution_count="7")])
    yield "bad-count-negative", notebook([code(execution_count=-1)])
    yield "bad-count-float", notebook([code(execution_count=1.0)])
    yield "bad-count-flag", notebook([code(execution_count=True)])
    yield "bad-source", notebook([text(3)])
    yield "bad-id", notebook([code(id="not allowed!")])
    yield "bad-id-long", notebook([code(id="x" * 65)])
    yield "bad-id-empty", notebook([code(id="")])
    yield "bad-id-in-4.4", {**notebook([], 4), "cells": [code(id="x")]}
    yield "bad-tags", notebook([code(metadata={"tags": ["a", "a"]})])
    yield "bad-tag", notebook([code(metadata={"tags": ["a,b"]})])
    yield "bad-name", notebook([code(metadata={"name": ""})])
    yield "bad-collapsed", notebook([code(metadata={"collapsed": "yes"})])
    yield "bad-scrolled", notebook([code(metadata={"scrolled": "up"})])
    yield "bad-execution", notebook([code(metadata={"execution": {"iopub.status.busy": 1}})])
    yield "bad-kernelspec", notebook([], metadata={"kernelspec": {"name": "python3"}})
    yield "bad-kernelspec-name", notebook([], metadata={"kernelspec": {"name": 3, "display_name": "x"}})
    yield "bad-language", notebook([], metadata={"language_info": {}})
    yield "bad-title", notebook([], metadata={"title": 3})
    yield "bad-data", notebook([code(outputs=[result({"text/plain": 3})])])
    yield "bad-no-data", notebook([code(outputs=[{"output_type": "display_data", "metadata": {}}])])
    yield (
        "bad-no-result-count",
        notebook([code(outputs=[{"output_type": "execute_result", "metadata": {}, "data": {}}])]),
    )
    yield "bad-stream", notebook([code(outputs=[{"output_type": "stream", "text": "x"}])])
    yield "bad-stream-name", notebook([code(outputs=[{"output_type": "stream", "name": None, "text": "x"}])])
    yield (
        "bad-traceback",
        notebook([code(outputs=[{"output_type": "error", "ename": "E", "evalue": "v", "traceback": "t"}])]),
    )
    yield "bad-output-extra", notebook([code(outputs=[{"output_type": "stream", "name": "n", "text": "x", "it's": 1}])])
    yield "bad-attachment", notebook([text("x", attachments={"a": {"text/plain": 1}})])
    yield "bad-cell-type", {**notebook([]), "cells": [{"cell_type": "new", "id": "x", "metadata": {}}]}  # keys in order
    yield "bad-output-type", notebook([code(outputs=[{"output_type": "new"}])])
    # What no reader makes cells of.
    yield "no-json", "{not json"
    yield "no-object", "[]"
    yield "no-cells", {"metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    yield "no-metadata", {"cells": [], "nbformat": 4, "nbformat_minor": 5}
    yield "no-cell-metadata", notebook([{"cell_type": "raw", "source": ""}])
    yield "no-such-version", {**notebook([]), "nbformat": 5}
    yield "no-end", with_metadata("[")[:-3]
    yield "no-control", with_metadata('"\t"')
    yield "no-comma", with_metadata("[1 2]")
    yield "no-trailing", with_metadata("1") + "x"
    yield "no-trailing-comma", with_metadata("[1,]")
    yield "no-leading-zero", with_metadata("01")
    yield "no-escape", with_metadata('"\\x"')
    yield "no-old-outputs", old([{"cell_type": "code", "metadata": {}, "input": ""}])


def write_expected(name: str, given: str) -> None:
    global counter
    counter = 0
    problem: dict = {}
    try:
        book = nbformat.reads(given, as_version=4, capture_validation_error=problem)
        written = nbformat.writes(book)
    except Exception:
        (FOLDER / f"{name}.unreadable").write_text("")
        return
    written = re.sub("[\ud800-\udfff]", lambda found: f"\\u{ord(found[0]):04x}", written)
    (FOLDER / f"{name}.expected.ipynb").write_bytes((written + "\n").encode())
    error = problem.get("ValidationError")
    if error is not None:
        (FOLDER / f"{name}.message").write_text(error.message)


def main() -> None:
    for name, given in inputs():
        if not isinstance(given, str):
            given = json.dumps(given, ensure_ascii=False)
        (FOLDER / f"{name}.ipynb").write_bytes(given.encode())
        write_expected(name, given)


main()
