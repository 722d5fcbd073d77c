# SPDX-License-Identifier: Apache-2.0
"""Section 3: liblitebench and one page for each object, from the comments of the header."""
import re

import mdoc

# page: (what it is for, beginnings of the names that belong to it)
PAGES = {
    "liblitebench": ("measure how an OpenAI-compatible LLM endpoint serves a crowd",
                     ("lb_version", "lb_build_info", "LB_UNKNOWN")),
    "lb_err": ("error codes and their texts", ("lb_err", "LB_OK", "LB_E_")),
    "lb_ctx": ("context: allocator, log, last error", ("lb_ctx", "lb_log", "lb_realloc", "LB_LOG")),
    "lb_opt": ("the table of options and presets", ("lb_opt", "lb_preset", "LB_OPT")),
    "lb_config": ("a set of options", ("lb_config",)),
    "lb_corpus": ("documents that conversations are about", ("lb_corpus",)),
    "lb_plan": ("planned conversations", ("lb_plan", "lb_write")),
    "lb_turn": ("record of one request", ("lb_turn",)),
    "lb_client": ("one conversation by hand",
                  ("lb_client", "lb_message", "lb_delta", "LB_ROLE")),
    "lb_doctor": ("an endpoint looked at before a run", ("lb_doctor", "lb_check", "LB_CHECK")),
    "lb_recorder": ("statistics of one clock, without a client", ("lb_recorder", "lb_stat")),
    "lb_run": ("a benchmark run: blocking, in the background or in your own event loop",
               ("lb_run", "lb_event", "LB_EV")),
    "lb_dataset": ("records of a run: from a run, a file or your own hand", ("lb_dataset",)),
    "lb_report": ("the result of a run and its verdict", ("lb_report", "lb_format", "lb_free")),
}

FREES = "Frees it; NULL is fine, and so is any order: children hold their parents."
ANY_THREAD = "[any thread]"


def page_of(item):
    fits = [(len(start), page) for page, (_, starts) in PAGES.items() for start in starts
            if item.name.startswith(start)]
    return max(fits)[1] if fits else None


def doc_of(item):
    if not item.doc and item.kind == "function" and item.name.endswith("_free"):
        return FREES
    return item.doc


def faults(items):
    """What the header leaves undocumented or no page has."""
    for item in items:
        if item.kind == "function" and not doc_of(item):
            yield f"{item.name}: no comment in the header"
        if page_of(item) is None:
            yield f"{item.name}: belongs to no page; see PAGES in scripts/manual/library.py"


def described(text):
    lines = mdoc.prose(text.replace(ANY_THREAD, "").strip())
    if ANY_THREAD in text:
        lines.append("May be called from any thread.")
    return lines


def signature(item):
    if item.kind == "callback":
        result, name = f"typedef {item.result}", f"(*{item.name})"
    else:
        result, name = item.result, item.name
    yield f".Ft {mdoc.argument(result)}"
    yield f".Fo {mdoc.argument(name)}"
    yield from (f".Fa {mdoc.argument(a)}" for a in item.arguments or ["void"])
    yield ".Fc"


def callbacks_of(mine, items):
    """Callback types that the functions and structs of a page use."""
    words = " ".join(" ".join(i.arguments) + " ".join(m[0] for m in i.members) for i in mine)
    return [i for i in items if i.kind == "callback" and re.search(rf"\b{i.name}\b", words)]


def tag_list(rows):
    yield ".Bl -tag -width Ds"
    for tag, text in rows:
        yield f".It {tag}"
        yield from text
    yield ".El"


def functions(mine):
    rows = [(f"Fn {i.name}", described(doc_of(i))) for i in mine if i.kind in
            ("function", "callback")]
    return tag_list(rows) if rows else []


def constants(mine):
    rows = [(f"Dv {i.name} Pq {mdoc.argument(i.value)}", described(i.doc) if i.doc else [])
            for i in mine if i.kind == "constant"]
    return [".Ss Constants", *tag_list(rows)] if rows else []


def structs(mine):
    for item in mine:
        if item.kind != "struct":
            continue
        yield f".Ss struct {item.name}"
        yield from described(item.doc) if item.doc else []
        yield from tag_list((f"Vt {mdoc.argument(kind)} Fa " + names.replace(", ", " , "),
                             mdoc.prose(text) if text else [])
                            for kind, names, text in item.members)


def option_list(options):
    """Every option by its full name: what lb_config_set takes."""
    yield ".Ss Options"
    yield "In the order of"
    yield ".Xr lb_opt 3 ."
    yield from tag_list((f"Cm {row['name']} Pq {row['kind']}", [
        *mdoc.prose(row["help"] + "."),
        *([f"One of {row['choices'].replace('|', ', ')}."] if row["choices"] else []),
        *([mdoc.text_line(f"Default: {row['default']}.")] if row["default"] else []),
    ]) for row in options)


def overview(about, rules, items):
    yield from mdoc.prose(about[:1].upper() + about[1:])
    yield ".Ss Objects"
    yield from tag_list((f"Xr {page} 3", [purpose]) for page, (purpose, _) in PAGES.items()
                        if page != "liblitebench")
    yield ".Ss Rules"
    yield "For every function unless its page says otherwise:"
    yield ".Bl -bullet"
    for rule in rules:
        yield ".It"
        yield from mdoc.prose(rule)
    yield ".El"
    yield ".Ss Version"
    yield from functions(items)


RETURNS = ["Functions that return", ".Vt lb_err", "give", ".Dv LB_OK",
           "or a negative code and leave their outputs as they were;", ".Fn lb_ctx_error",
           "then has one line of text.", "See", ".Xr lb_err 3 ."]


def page(name, items, options, head):
    mine = [i for i in items if page_of(i) == name]
    if name != "liblitebench":
        mine = [i for i in callbacks_of(mine, items) if i not in mine] + mine
    callable_ = [i for i in mine if i.kind in ("function", "callback")]
    body = [".Sh LIBRARY", "liblitebench",
            ".Pq -llitebench; pkg-config litebench; find_package(litebench)",
            ".Sh SYNOPSIS", ".In litebench/litebench.h"]
    for item in callable_:
        body += signature(item)
    body.append(".Sh DESCRIPTION")
    if name == "liblitebench":
        body += overview(*head, mine)
    else:
        body += functions(mine)
    body += [*structs(mine), *constants(mine)]
    if name == "lb_config":
        body += option_list(options)
    if any(i.result == "lb_err" for i in callable_):
        body += [".Sh RETURN VALUES", *RETURNS]
    others = [p for p in PAGES if p != name] if name == "liblitebench" else ["liblitebench"]
    body += [".Sh SEE ALSO", ".Xr litebench 1 ,"]
    refs = sorted(others)
    body += [f".Xr {p} 3" + (" ," if p != refs[-1] else "") for p in refs]
    names = [i.name for i in callable_ if page_of(i) == name and i.kind == "function"]
    return PAGES[name][0], body, names


def pages(items, options, head):
    for name in PAGES:
        yield (name, *page(name, items, options, head))
