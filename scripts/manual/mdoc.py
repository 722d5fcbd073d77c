# SPDX-License-Identifier: Apache-2.0
"""Text to mdoc(7): escaping, a line for every sentence, macros for the names of the library."""
import re

TYPES = set()  # names that are types, not functions; gen-man fills it


def escaped(text):
    return text.replace("\\", "\\e")


def text_line(text):
    """A line of text: nothing in it may be taken for a request."""
    text = escaped(text)
    return "\\&" + text if text[:1] in (".", "'") else text


def argument(text):
    """One argument of a macro."""
    text = escaped(text).replace('"', '\\(dq')
    return f'"{text}"' if " " in text or text == "" else text


def sentences(text):
    return re.split(r"(?<=[.!?])\s+(?=[A-Z0-9\"`*(-])", text)


def word_macro(word):
    """A macro line for a word that names something, else None."""
    match = re.fullmatch(r"`([^`\s]+)`([.,;:?!)]*)", word)
    if match:
        kind, name, rest = "Fa", match[1], match[2]
    else:
        match = re.fullmatch(r"((?:lb|LB)_\w+|\w+(?=\(\)))(?:\(\))?([.,;:?!)]*)", word)
        if not match or match[1].endswith("_"):
            return None
        name, rest = match[1], match[2]
        kind = "Dv" if name.startswith("LB_") else "Fn"
        if name in TYPES or "_T_" in name:
            kind = "Vt"
    return " ".join([f".{kind}", argument(name), *rest])


def prose(text, width=78):
    """Lines of running text."""
    lines = []
    for sentence in sentences(text):
        line = ""
        for word in re.findall(r"`[^`\s]+`\S*|`[^`]*`\S*|\S+", sentence):
            macro = word_macro(word)
            word = word.replace("`", "")
            if macro or len(line) + len(word) + 1 > width:
                lines += [text_line(line)] if line else []
                line = ""
            if macro:
                lines.append(macro)
            else:
                line += (" " if line else "") + word
        lines += [text_line(line)] if line else []
    return lines


def literal(text):
    return [".Bd -literal", *(text_line(line) for line in text.rstrip("\n").split("\n")), ".Ed"]


def page(name, section, date, purpose, body, names=()):
    """A whole page. `names`: what else can be looked up under it."""
    lines = ['.\\" SPDX-License-Identifier: Apache-2.0',
             '.\\" Made by scripts/gen-man from the option table and the public header.',
             f".Dd {date}", f".Dt {name.upper()} {section}", ".Os",
             ".Sh NAME"]
    known = [name, *(n for n in names if n != name)]
    lines += [f".Nm {n}" + (" ," if n != known[-1] else "") for n in known]
    lines.append(f".Nd {escaped(purpose)}")
    return "\n".join(lines + body) + "\n"
