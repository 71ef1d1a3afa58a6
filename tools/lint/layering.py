# SPDX-License-Identifier: Apache-2.0
"""Rule `layering`: a module uses lower layers only, and its table, its CMakeLists.txt and its #includes agree."""

from lint import cpp, layers
from lint.tree import Finding

RULE = "layering"


def check(tree):
    known = layers.modules(tree)
    yield from check_table(known)
    for path in tree.paths:
        if path.endswith("CMakeLists.txt"):
            yield from check_cmake(tree, path, known)
    for folder in sorted(
        {
            p.rsplit("/CMakeLists", 1)[0]
            for p in tree.paths
            if p.startswith(("src/", "engines/")) and p.endswith("/CMakeLists.txt")
        }
    ):
        if folder not in {m.folder for m in known.values()} and folder.count("/") == 1:
            yield Finding(f"{folder}/CMakeLists.txt", 1, RULE, f"the module is not in {layers.TABLE}")


def check_table(known):
    for module in known.values():
        for name in module.allowed:
            if name not in known:
                yield Finding(layers.TABLE, 1, RULE, f"{module.name} allows {name}, which is no module")
            elif known[name].layer >= module.layer:
                yield Finding(
                    layers.TABLE,
                    1,
                    RULE,
                    f"{module.name} (layer {module.layer}) may not use {name} (layer {known[name].layer})",
                )


def check_cmake(tree, path, known):
    folder = path.rsplit("/", 1)[0]
    for line, function, name, sections in layers.calls(tree.text(path)):
        uses = sections.get("USES", [])
        for used in [used for used in uses if used not in known]:
            yield Finding(path, line, RULE, f"USES names {used}, which is no module")
        if function == "cloister_module":
            yield from check_module(tree, path, line, known, name, uses)
        else:
            one = f"{folder}/{name}.cpp" if function == "cloister_fuzzer" else f"{folder}/{name}/"
            yield from check_includes(
                tree, [p for p in tree.cpp() if p.startswith(one)], known, name, reached(uses, known)
            )


def reached(uses, known):
    """The modules that a program gets with those that it names: programs and fuzz targets may include these too."""
    return {*uses, *(other for used in uses if used in known for other in known[used].allowed)}


def check_module(tree, path, line, known, name, uses):
    module = known.get(name)
    if module is None or module.folder != path.rsplit("/", 1)[0]:
        yield Finding(path, line, RULE, f"the module {name} is not in {layers.TABLE} with this folder")
        return
    for used in uses:
        if used in known and used not in module.allowed:
            yield Finding(path, line, RULE, f"{name} may not use {used}: {layers.TABLE} does not allow it")
    files = tree.cpp(f"{module.folder}/")
    yield from check_includes(tree, files, known, name, uses)
    yield from check_unused(tree, path, line, files, name, uses)


def included(tree, path):
    """[(line, module)] of the modules whose headers a file includes."""
    return [
        (line, header.split("/")[1])
        for line, quoted, header in cpp.includes(tree.text(path))
        if header.startswith("cloister/") and header.count("/") >= 2
    ]


def check_includes(tree, files, known, name, uses):
    for path in files:
        for line, other in included(tree, path):
            if other in known and other != name and other not in uses:
                yield Finding(path, line, RULE, f"{name} includes {other}, which its USES does not name")


def check_unused(tree, path, line, files, name, uses):
    seen = {other for file in files for _, other in included(tree, file)}
    for used in uses:
        if used not in seen and files:
            yield Finding(path, line, RULE, f"{name} USES {used} but includes nothing of it")
