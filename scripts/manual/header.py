# SPDX-License-Identifier: Apache-2.0
"""Reads the public header: rules, sections and every declaration with the comment before it."""
import re
from dataclasses import dataclass, field


@dataclass
class Item:
    kind: str  # function, constant, struct, callback, type
    name: str
    doc: str
    section: str
    result: str = ""  # of a function or callback
    arguments: list = field(default_factory=list)  # "lb_run **out"
    value: str = ""  # of a constant
    members: list = field(default_factory=list)  # (type, names, comment)


def plain(comment):
    """The words of a comment, without its frame."""
    text = re.sub(r"^/\*+|\*+/$", "", comment.strip())
    return re.sub(r"\s+", " ", re.sub(r"\n\s*\* ?", "\n", text)).strip()


def arguments(text):
    text = re.sub(r"\s+", " ", text.strip())
    return [a.strip() for a in text.split(",")] if text != "void" else []


def members(body):
    """A member's comment stands behind it and may go on in the next lines."""
    found = []
    for line in re.findall(r"([^;{}]+);[ \t]*(/\*.*?\*/)?", body, flags=re.S):
        decl = re.sub(r"/\*.*?\*/", "", line[0], flags=re.S).strip()
        kind, names = re.match(r"(.*?[\s*])(\w+(?:\s*,\s*\w+)*)$", decl, flags=re.S).groups()
        found.append((re.sub(r"\s+", " ", kind).strip(), re.sub(r"\s+", " ", names),
                      plain(line[1]) if line[1] else ""))
    return found


PATTERNS = [
    ("section", re.compile(r"/\* ---- (?P<title>.*?) -+ \*/")),
    ("doc", re.compile(r"/\*\*.*?\*/", re.S)),
    ("constant", re.compile(r"#define (?P<name>LB_[A-Z]\w*) +(?P<value>[^\s/]+|\([^)]*\))"
                            r"[ \t]*(?P<note>/\*.*?\*/)?")),
    ("function", re.compile(r"LB_API (?P<result>[^;(]*?)(?P<name>lb_\w+)\((?P<args>[^;]*?)\);",
                            re.S)),
    ("callback", re.compile(r"typedef (?P<result>[^;()]*)\(\*(?P<name>lb_\w+)\)"
                            r"\((?P<args>[^;]*?)\);", re.S)),
    ("struct", re.compile(r"typedef struct (?P<name>lb_\w+) \{(?P<body>.*?)\n\} \w+;", re.S)),
    ("type", re.compile(r"typedef (?P<result>[\w ]+?) (?P<name>lb_\w+);"
                        r"[ \t]*(?P<note>/\*.*?\*/)?")),
    ("other", re.compile(r"/\*.*?\*/|.", re.S)),
]


def rules(text):
    """What the header says at its top: (what it is, [rules])."""
    top = re.search(r"/\*\n \* litebench\.h - (.*?)\*/", text, re.S)[1]
    body = re.sub(r"\n \* ?", "\n", "\n * " + top)
    about = plain(body.split("\n\n")[0])
    found = re.search(r"RULES[^\n]*\n(.*?)\n\n", body, re.S)[1]
    return about, [plain(rule) for rule in re.split(r"\n? - ", found) if rule.strip()]


def items(text):
    text = text[text.index("#endif\n\n/**"):] if "#endif\n\n/**" in text else text
    found, at, doc, section = [], 0, "", ""
    while at < len(text):
        kind, match = next((k, m) for k, p in PATTERNS if (m := p.match(text, at)))
        at = match.end()
        got = match.groupdict()
        if kind == "section":
            section, doc = got["title"], ""
        elif kind == "doc":
            doc = plain(match[0])
        elif kind != "other":
            note = plain(got["note"]) if got.get("note") else ""
            item = Item(kind, got["name"], doc or note, section, (got.get("result") or "").strip())
            item.arguments = arguments(got["args"]) if got.get("args") else []
            item.value = (got.get("value") or "").strip("()")
            item.members = members(got["body"]) if got.get("body") else []
            found.append(item)
            doc = ""
    return found
