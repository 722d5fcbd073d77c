# SPDX-License-Identifier: Apache-2.0
"""Section 1: litebench and one page for each command, from the tables that the program prints."""
import re

import mdoc

# What a page says besides its options. A command without an entry has its line of help.
ABOUT = {
    "run": "Holds planned conversations with an OpenAI-compatible endpoint, as many at once as "
           "asked for, measures every answer from the request's last byte to the last token, and "
           "judges the result by the objectives of --slo. The report goes to standard output, "
           "talk and progress to standard error. The key is never given on the command line: it "
           "comes from --key-file, --key-env or the environment.",
    "plan": "Prints the conversations that litebench run would hold with the same options, one "
            "JSON object a line. Nothing is sent. The same seed, options and documents give the "
            "same conversations, byte for byte, on every machine.",
    "report": "Reads stored results and shows them in any format. From records (NDJSON) "
              "everything is computed again by the same code as in a run, with other objectives "
              "if --slo is given; a stored report (JSON) is shown as it is. The word last stands "
              "for the newest run that was kept.",
    "simulate": "Serves an OpenAI-compatible endpoint whose truth is known, on the loopback "
                "address unless --bind says otherwise. The first line on standard output is its "
                "base URL, printed when it listens. SIGINT or SIGTERM ends it.",
    "options": "Prints the table of options that flags, environment, configuration file, manual "
               "and completion come from. With --json it is an array for programs.",
    "completion": "Prints a script that makes the shell complete commands, options and their "
                  "values. Packages install all three where the shells look by themselves.",
    "help": "Shows the examples and options of a command, or a topic. The word all behind a "
            "command shows its rarer options too.",
}


def usage_words(usage):
    """The words of a usage line as macros: [--json] FILE... bash|zsh"""
    for word in usage.split():
        opened, closed = word.startswith("["), word.endswith("]")
        word = word.strip("[]")
        if word == "|":
            macro = "|"
        elif word.startswith("--"):
            macro = f"Fl -{word[2:]}"
        elif word.upper() == word:
            macro = f"Ar {word.replace('...', ' ...')}"
        else:
            macro = f"Cm {word.replace('|', ' | ')}"
        if opened:
            yield ".Oo"
        yield "." + macro if macro != "|" else "|"
        if closed:
            yield ".Oc"


def environment_name(row):
    return "LITEBENCH_" + row["name"].upper().replace(".", "_")


def number(value):
    return f"{value:g}" if abs(value) < 1e6 else str(int(value))


def details(row, from_library):
    if row["choices"]:
        words = row["choices"].split("|")
        yield f"One of {', '.join(words[:-1])} and {words[-1]}."
    if row["default"] and row["kind"] != "bool":
        yield mdoc.text_line(f"Default: {row['default']}.")
    if row["min"] != row["max"]:
        unit = " seconds" if row["kind"] == "duration" else ""
        yield f"From {number(row['min'])} to {number(row['max'])}{unit}."
    if row["example"]:
        yield "For example"
        # An argument that looks like a macro or a delimiter must not be taken for one.
        yield f".Ql \\&{mdoc.argument('--' + row['flag'] + ' ' + row['example']).strip(chr(34))} ."
    if from_library and not row["name"].startswith("config."):
        yield "Also"
        yield f".Cm {row['name']}"
        yield "in a configuration file,"
        names = [environment_name(row), *(row["env"].split())]
        names = list(dict.fromkeys(names))
        yield from (f".Ev {n}" + (" ," if n != names[-1] else "") for n in names)
        yield "in the environment."


def option(row, from_library):
    flags = [f"Fl {row['short']}"] if row["short"] else []
    flags += [f"Fl -{f}" for f in (row["flag"], row["alias"]) if f]
    value = f" Ar {mdoc.argument(row['value_name'])}" if row["value_name"] else ""
    yield f".It {' , '.join(flags)}{value}"
    yield from mdoc.prose(sentence(row["help"]))
    yield from details(row, from_library)


def sentence(text):
    return text[:1].upper() + text[1:] + "."


def option_sections(options, library):
    groups = list(dict.fromkeys(row["group"] for row in options))
    for group in groups:
        yield f".Ss {group}"
        yield ".Bl -tag -width Ds"
        for row in options:
            if row["group"] == group:
                yield from option(row, row["name"] in library)
        yield ".El"


def preset_section(text):
    """`litebench options --presets`: a line "name: help", then indented values."""
    yield ".Ss Presets"
    yield ".Bl -tag -width Ds"
    for block in re.split(r"\n(?=\S)", text.rstrip("\n")):
        head, _, values = block.partition("\n")
        name, _, help_ = head.partition(": ")
        yield f".It Cm {name}"
        yield from mdoc.prose(sentence(help_))
        yield from mdoc.literal(re.sub(r"(?m)^  ", "", values))
    yield ".El"


def exit_status(topic):
    """The topic's list of numbers, as a list, and what follows it."""
    rows = re.findall(r"(?m)^  (\d+) +(.*(?:\n {4,}\S.*)*)", topic)
    yield ".Bl -tag -width 999"
    for code, text in rows:
        yield f".It {code}"
        yield from mdoc.prose(sentence(re.sub(r"\s+", " ", text)))
    yield ".El"
    yield ".Pp"
    rest = topic[topic.rindex("\n\n") + 2:]
    yield from mdoc.prose(re.sub(r"\s+", " ", rest.strip()))


def see_also(commands, but):
    refs = sorted(["litebench", *(f"litebench-{c['name']}" for c in commands)])
    refs = [r for r in refs if r != but]
    return [".Sh SEE ALSO", *(f".Xr {r} 1 ," for r in refs), ".Xr liblitebench 3"]


def command_page(command, tables):
    name = command["name"]
    body = [".Sh SYNOPSIS", ".Nm litebench", *usage_words(command["usage"]), ".Sh DESCRIPTION",
            *mdoc.prose(ABOUT.get(name, sentence(command["help"])))]
    if command["options"]:
        body += option_sections(command["options"], {row["name"] for row in tables["options"]})
    if name == "run":
        body += preset_section(tables["presets"])
    body += [".Sh EXIT STATUS", "See", ".Xr litebench 1 ."]
    body += [".Sh EXAMPLES", *mdoc.literal(re.sub(r"(?m)^  ", "", command["examples"]))]
    return command["help"], body + see_also(tables["commands"], f"litebench-{name}"), []


def main_page(tables):
    body = [".Sh SYNOPSIS", ".Nm litebench", ".Ar command", ".Op Ar arguments",
            ".Nm litebench", ".Fl -help | Fl -version", ".Sh DESCRIPTION",
            *mdoc.prose("Asks many questions at once, as many people would, and says how long they "
                        "wait for the first word, how surely, and whether that holds the limits "
                        "that were set. Every answer is timed from the moment when the last byte "
                        "of its request was handed to the kernel."),
            ".Ss Commands", ".Bl -tag -width Ds"]
    for command in tables["commands"]:
        body += [f".It Xr litebench-{command['name']} 1", command["help"]]
    body.append(".El")
    for topic, text in tables["topics"].items():
        if topic not in ("exit-codes", "environment"):
            body += [f".Ss Topic: {topic}", *mdoc.literal(text)]
    body += [".Sh ENVIRONMENT", *mdoc.literal(tables["topics"]["environment"]),
             ".Sh FILES", ".Bl -tag -width Ds", ".It Pa $XDG_STATE_HOME/litebench",
             "Records of the last 20 runs, or", ".Pa ~/.local/state/litebench .", ".El",
             ".Sh EXIT STATUS", *exit_status(tables["topics"]["exit-codes"]),
             ".Sh EXAMPLES", "An endpoint to try it on, and a first run:",
             *mdoc.literal("litebench simulate --port 8000 &\n"
                           "litebench run --preset quick http://127.0.0.1:8000")]
    return ("measure how an OpenAI-compatible LLM endpoint serves a crowd, and judge it",
            body + see_also(tables["commands"], "litebench"), [])


def pages(tables):
    yield ("litebench", *main_page(tables))
    for command in tables["commands"]:
        yield (f"litebench-{command['name']}", *command_page(command, tables))


def faults(tables):
    for command in tables["commands"]:
        for row in command["options"]:
            if not row["help"]:
                yield f"{command['name']} --{row['flag']}: no help in its table"
    for row in tables["options"]:
        if not row["help"]:
            yield f"{row['name']}: no help in lib/options.def"
