#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What every binding repeats of include/litebench/litebench.h, written from it.

generate.py            writes the files in TARGETS
generate.py --check    fails when one of them is not what it would write
generate.py --probe    prints a C program that prints the layout of every struct
generate.py --options LIBRARY
                       writes the keywords from the option table in LIBRARY (--check as well)

The header keeps to a small part of C, so a few regular expressions read it; whatever they do not
understand is an error, not a gap.
"""
import argparse
import ctypes
import importlib
import keyword
import re
import sys
import textwrap
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HEADER = ROOT / "include/litebench/litebench.h"
SPDX = "SPDX-License-Identifier: Apache-2.0"
MADE = "Made by bindings/generate.py from include/litebench/litebench.h."

SIZES = {"int32_t": 4, "int64_t": 8, "uint64_t": 8, "double": 8, "size_t": 8, "pointer": 8}


class Header:
    """Constants (but LB_UNKNOWN, which is no literal), structs, callbacks, opaque types and
    functions, in their order."""

    def __init__(self, text):
        text = re.sub(r"#ifdef __cplusplus.*?#endif", "", text, flags=re.S)
        self.constants = [(n, int(v.strip("()"))) for n, v in
                          re.findall(r"^#define (LB_\w+)[\s\\]+(\(?-?\d+\)?)", text, re.M)]
        code = re.sub(r"/\*.*?\*/", " ", text, flags=re.S)
        code = re.sub(r"^\s*#.*(\\\n.*)*$", "", code, flags=re.M)
        self.structs = {}
        for name, body in re.findall(r"typedef struct (\w+) \{(.*?)\} \w+;", code, re.S):
            self.structs[name] = [m for line in body.split(";") for m in self.members(line)]
        self.opaque = re.findall(r"typedef struct (\w+) \1;", code)
        self.callbacks = {}
        for result, name, given in re.findall(
                r"typedef ([\w *]+?)\(\*(\w+)\)\(([^)]*)\);", code):
            self.callbacks[name] = (result.replace(" ", ""), self.parameters(given))
        self.functions = {}
        for result, name, given in re.findall(r"LB_API ([\w ]+?[ *]+)(\w+)\(([^)]*)\);", code):
            self.functions[name] = (result.strip(), self.parameters(given))
        known = code.count("LB_API ")
        if known != len(self.functions):
            sys.exit(f"{known} functions in the header, {len(self.functions)} understood")

    @staticmethod
    def parameters(text):
        given = [re.match(r"\s*(.*?)(\w+)\s*$", p) for p in re.sub(r"\s+", " ", text).split(",")]
        return [(m[1].strip(), m[2]) for m in given if m and m[1].strip()]

    @staticmethod
    def members(line):
        """`int64_t a, b` -> (type, a), (type, b); every pointer keeps its star."""
        line = re.sub(r"\s+", " ", line).strip()
        if not line:
            return []
        match = re.match(r"((?:const )?\w+ ?\**)(.*)$", line)
        return [(match[1].strip(), n.strip()) for n in match[2].split(",")]

    def kind(self, ctype):
        """The machine type of a C type: one of SIZES, or "void"."""
        if "*" in ctype or ctype in self.callbacks:
            return "pointer"
        return {"lb_err": "int32_t", "uint32_t": "int32_t"}.get(ctype, ctype)

    def layout(self, struct):
        """[(member, offset, C type)], size - by the rules of every 64-bit Linux."""
        at, rows = 0, []
        for ctype, name in self.structs[struct]:
            size = SIZES[self.kind(ctype)]
            at = (at + size - 1) // size * size
            rows.append((name, at, ctype))
            at += size
        return rows, (at + 7) // 8 * 8


def version():
    text = (ROOT / "CMakeLists.txt").read_text(encoding="utf-8")
    return re.search(r"project\(litebench VERSION ([0-9.]+)", text)[1]


def probe(header):
    lines = [f"/* {SPDX} */", "#include <stddef.h>", "#include <stdio.h>", "",
             "#include <litebench/litebench.h>", "", "int main(void)", "{"]
    for struct, members in header.structs.items():
        lines.append(f'    printf("{struct} %zu\\n", sizeof({struct}));')
        lines += [f'    printf("{struct}.{m} %zu\\n", offsetof({struct}, {m}));'
                  for _, m in members]
    return "\n".join(lines + ["    return 0;", "}", ""])


# ---- Python --------------------------------------------------------------------------------------

PYTHON = {"void": "None", "int32_t": "ct.c_int32", "uint32_t": "ct.c_uint32",
          "int64_t": "ct.c_int64", "uint64_t": "ct.c_uint64", "double": "ct.c_double",
          "size_t": "ct.c_size_t", "lb_err": "ct.c_int32"}


def python_type(header, ctype):
    if ctype in header.callbacks:
        return ctype
    if ctype in PYTHON:
        return PYTHON[ctype]
    plain = ctype.replace("const ", "").replace(" ", "")
    if plain == "char*":
        return "ct.c_char_p"
    inner = plain[:-1]
    if plain.endswith("**") or inner in header.opaque or inner == "void":
        return "ct.c_void_p"
    return f"ct.POINTER({PYTHON.get(inner, inner)})"


def python(header):
    out = [f"# {SPDX}", f'"""{MADE}"""', "import ctypes as ct", "", f'VERSION = "{version()}"']
    out += [f"{n[3:]} = {v}" for n, v in header.constants]
    out.append("UNKNOWN = -(2**63)")
    for name, (result, given) in header.callbacks.items():
        types = ["ct.c_void_p" if "*" in t else python_type(header, t) for t, _ in given]
        result = "ct.c_void_p" if "*" in result else python_type(header, result)
        out += ["", f"{name} = ct.CFUNCTYPE({', '.join([result] + types)})"]
    done = set()
    for struct, members in header.structs.items():
        out += ["", "", f"class {struct}(ct.Structure):", "    _fields_ = ["]
        out += [f'        ("{m}", {python_type(header, t)}),' for t, m in members]
        out.append("    ]")
        done.add(struct)
    out += ["", "", "STRUCTS = (" + ", ".join(header.structs) + ")", "", "PROTOTYPES = {"]
    for name, (result, given) in header.functions.items():
        types = [python_type(header, t) for t, _ in given]
        row = f'"{name}": ({python_type(header, result)}, [{", ".join(types)}]),'
        out += textwrap.wrap(row, 96, initial_indent="    ", subsequent_indent=" " * 8)
    return "\n".join(out + ["}", ""])


def python_records(header):
    """lb_turn as people and data frames like it: milliseconds, None for unknown."""
    out = [f"# {SPDX}", f'"""{MADE}"""', "import dataclasses",
           "from typing import Any, Dict, List, Optional", "", "",
           "@dataclasses.dataclass(frozen=True)", "class Turn:",
           '    """Record of one request; times in milliseconds, None where unknown."""', ""]
    for ctype, name in header.structs["lb_turn"]:
        if name == "gaps_ns":
            out.append("    gaps_ms: List[float]")
        elif name.endswith("_ns"):
            out.append(f"    {name[:-3]}_ms: Optional[float]")
        elif name != "gap_count":
            out.append(f"    {name}: " + {"int64_t": "Optional[int]", "int32_t": "int"}.get(
                ctype, "str"))
    out += ["", "    def as_dict(self) -> Dict[str, Any]:",
            '        """Names and values, as a row of a table."""',
            "        return dict(self.__dict__)"]
    return "\n".join(out + [""])


# ---- Rust ----------------------------------------------------------------------------------------

RUST = {"void": "c_void", "int32_t": "i32", "uint32_t": "u32", "int64_t": "i64",
        "uint64_t": "u64", "double": "f64", "size_t": "usize", "char": "c_char"}


def rust_type(header, ctype):
    if ctype in header.callbacks:
        return ctype
    stars = ctype.count("*")
    plain = ctype.replace("const ", "").replace("*", "").strip()
    text = RUST.get(plain, plain)
    for i in range(stars):
        innermost = i == 0 and "const " in ctype
        text = f"*const {text}" if innermost else f"*mut {text}"
    return text


def rust(header):
    out = [f"// {SPDX}", f"//! {MADE} The header says what everything means.",
           "#![no_std]", "#![allow(non_camel_case_types)]",
           "#![cfg_attr(rustfmt, rustfmt_skip)]", "",
           "use core::ffi::{c_char, c_void};", "", "pub type lb_err = i32;",
           "pub const LB_UNKNOWN: i64 = i64::MIN;"]
    out += [f"pub const {n}: i32 = {v};" for n, v in header.constants]
    for name in header.opaque:
        out += ["", "#[repr(C)]", f"pub struct {name} {{", "    _opaque: [u8; 0],",
                "    _not_shared: core::marker::PhantomData<*mut u8>,", "}"]
    for name, (result, given) in header.callbacks.items():
        types = ", ".join(rust_type(header, t) for t, _ in given)
        back = "" if result == "void" else f" -> {rust_type(header, result)}"
        out += ["", f"pub type {name} =", f'    Option<unsafe extern "C" fn({types}){back}>;']
    for struct, members in header.structs.items():
        out += ["", "#[repr(C)]", "#[derive(Clone, Copy)]", f"pub struct {struct} {{"]
        out += [f"    pub {m}: {rust_type(header, t)}," for t, m in members]
        out.append("}")
    out += ["", 'extern "C" {']
    for name, (result, given) in header.functions.items():
        back = "" if result == "void" else f" -> {rust_type(header, result)}"
        out.append(f"    pub fn {name}(")
        out += [f"        {n}: {rust_type(header, t)}," for t, n in given]
        out.append(f"    ){back};")
    out += ["}", "", "/// (\"struct.member\", offset) of everything here, for comparing with C.",
            "pub const LAYOUT: &[(&str, usize)] = &["]
    for struct, members in header.structs.items():
        out.append(f'    ("{struct}", core::mem::size_of::<{struct}>()),')
        out += [f'    ("{struct}.{m}", core::mem::offset_of!({struct}, {m})),'
                for _, m in members]
    return "\n".join(out + ["];", ""])


# ---- Node.js -------------------------------------------------------------------------------------

def koffi_type(header, ctype):
    plain = ctype.replace("const ", "").strip()
    if plain in header.callbacks:
        return f"{plain} *"
    if plain.replace(" ", "") == "char*":
        return "const char *"
    if plain.replace(" ", "") in [f"{o}*" for o in header.opaque] or plain.startswith("void *"):
        return "void *"
    return "int32_t" if plain == "lb_err" else plain


def koffi_parameter(header, ctype, name):
    plain = ctype.replace("const ", "").replace(" ", "")
    inner = plain.rstrip("*")
    if plain.endswith("**"):
        return f"_Out_ {'const char' if ctype.startswith('const char') else 'void'} **{name}"
    if plain.endswith("*") and inner in PYTHON and inner != "void":
        return f"_Out_ {inner} *{name}"
    if plain.endswith("*") and inner in header.structs:
        return f"{'' if 'const' in ctype else '_Out_ '}{inner} *{name}"
    return f"{koffi_type(header, ctype)} {name}".replace("* ", "*")


def node(header):
    out = [f"// {SPDX}", f"// {MADE}", "'use strict';", "", "const constants = {"]
    out += [f"  {n[3:]}: {v}," for n, v in header.constants]
    out += ["};", "", "module.exports = function bind(koffi, library) {"]
    for name in header.callbacks:
        result, given = header.callbacks[name]
        types = ", ".join(f"{koffi_type(header, t)} {n}" if "char" not in t else f"void *{n}"
                          for t, n in given)
        out.append(f"  koffi.proto('{koffi_type(header, result)} {name}({types})');")
    out.append("  const structs = {")
    for struct, members in header.structs.items():
        out.append(f"    {struct}: koffi.struct('{struct}', {{")
        for ctype, member in members:
            known = header.kind(ctype) if "char" not in ctype else "const char *"
            out.append(f"      {member}: '{'void *' if known == 'pointer' else known}',")
        out.append("    }),")
    out += ["  };", "  const lib = koffi.load(library);", "  const functions = {"]
    for name, (result, given) in header.functions.items():
        parameters = ", ".join(koffi_parameter(header, t, n) for t, n in given)
        declaration = f"{koffi_type(header, result)} {name}({parameters or 'void'})"
        out.append(f"    {name}: lib.func('{declaration}'),")
    return "\n".join(out + ["  };", "  return { constants, structs, functions };", "};", ""])


# ---- Java ----------------------------------------------------------------------------------------

def java(header):
    out = [f"// {SPDX}", "package org.litebench;", "", f"/** {MADE} Offsets in bytes. */",
           "final class Abi {", "    private Abi() {", "    }", "",
           "    static final long UNKNOWN = Long.MIN_VALUE;"]
    out += [f"    static final int {n[3:]} = {v};" for n, v in header.constants]
    names = []
    for struct in header.structs:
        rows, size = header.layout(struct)
        prefix = struct[3:].upper()
        out += ["", f"    static final long {prefix}_SIZE = {size};"]
        names.append(f'"{struct}", {prefix}_SIZE')
        for member, at, _ in rows:
            out.append(f"    static final long {prefix}_{member.upper()} = {at};")
            names.append(f'"{struct}.{member}", {prefix}_{member.upper()}')
    letters = {"int32_t": "i", "uint32_t": "i", "double": "d", "void": "v"}
    out += ["", "    /** Result, then parameters: i int, l long or pointer, d double. */",
            "    static final java.util.Map<String, String> SIGNATURES = java.util.Map.ofEntries("]
    rows = []
    for name, (result, given) in header.functions.items():
        kinds = [letters.get(header.kind(t), "l") for t in [result] + [t for t, _ in given]]
        rows.append(f'        java.util.Map.entry("{name}", "{"".join(kinds)}")')
    out.append(",\n".join(rows) + ");")
    out += ["", "    /** Name and number in turn, for comparing with C. */",
            "    static final Object[] LAYOUT = {"]
    return "\n".join(out + [f"        {n}," for n in names] + ["    };", "}", ""])


# ---- LuaJIT --------------------------------------------------------------------------------------

def plain_c(header):
    """The header as an FFI that reads C wants it: no preprocessor, no comments, in its order."""
    out = ["typedef int32_t lb_err;"]
    out += [f"typedef struct {name} {name};" for name in header.opaque]
    for name, (result, given) in header.callbacks.items():
        out.append(f"typedef {result} (*{name})({', '.join(t for t, _ in given)});")
    for struct, members in header.structs.items():
        text = " ".join(f"{t} {m};".replace("* ", "*") for t, m in members)
        out += textwrap.wrap(f"typedef struct {struct} {{ {text} }} {struct};", 96,
                             subsequent_indent="  ")
    for name, (result, given) in header.functions.items():
        out.append(f"{result} {name}({', '.join(t for t, _ in given) or 'void'});")
    return out


def luajit(header):
    out = [f"-- {SPDX}", f"-- {MADE}", 'require("ffi").cdef[[', *plain_c(header), "]]", "return {",
           "  UNKNOWN = -0x7fffffffffffffffLL - 1,"]
    out += textwrap.wrap(" ".join(f"{n[3:]}={v}," for n, v in header.constants), 96,
                         initial_indent="  ", subsequent_indent="  ")
    out.append("  structs = {")
    for struct, members in header.structs.items():
        names = ", ".join(f'"{m}"' for _, m in members)
        out += textwrap.wrap(f"{struct} = {{ {names} }},", 96, initial_indent="    ",
                             subsequent_indent="      ")
    return "\n".join(out + ["  },", "}", ""])


TARGETS = {
    "bindings/python/src/litebench/_abi.py": python,
    "bindings/python/src/litebench/_records.py": python_records,
    "bindings/rust/litebench-sys/src/lib.rs": rust,
    "bindings/node/abi.js": node,
    "bindings/java/src/main/java/org/litebench/Abi.java": java,
    "bindings/luajit/litebench/abi.lua": luajit,
}


# ---- keywords of the option table ----------------------------------------------------------------

TYPES = [  # by LB_OPT_...: Python, TypeScript, Lua
    ("bool", "boolean", "boolean"),
    ("int", "number", "integer"),
    ("float", "number", "number"),
    ("Union[float, str]", "number | string", "number|string"),
    ("str", "string", "string"),
    ("Union[float, str, datetime.timedelta]", "number | string", "number|string"),
    ("str", "string", "string"),
    ("Union[str, Sequence[str]]", "string | string[]", "string|string[]"),
]
CHOICE = 6
LUA_KEYWORDS = set("and break do else elseif end false for function goto if in local nil not or "
                   "repeat return then true until while".split())


def option_table(library):
    """Every option that the library itself looks at."""
    sys.path.insert(0, str(ROOT / "bindings/python/src/litebench"))
    abi = importlib.import_module("_abi")
    loaded, info, table = ctypes.CDLL(library), abi.lb_opt_info(), []
    loaded.lb_opt_at.argtypes = abi.PROTOTYPES["lb_opt_at"][1]
    while loaded.lb_opt_at(info, ctypes.sizeof(info), len(table)) == 0:
        row = {n: getattr(info, n) for n, _ in info._fields_}
        table.append({n: v.decode() if isinstance(v, bytes) else v for n, v in row.items()})
    return [row for row in table if not row["cli_only"]]


def short_name(option):
    return option["name"].split(".")[1]


def described(option):
    text = option["help"]
    if option["choices"]:
        text += f" ({option['choices'].replace('|', ', ')})"
    return text + (f"; default {option['dflt']}" if option["dflt"] else "")


def python_options(options):
    out = [f"# {SPDX}", '"""Made by bindings/generate.py from the option table."""',
           "import datetime", "from typing import Sequence, TypedDict, Union", "", "",
           "class Options(TypedDict, total=False):",
           '    """Keywords: the last part of an option\'s name, `_` behind a keyword."""',
           ""]
    for option in options:
        name = short_name(option)
        name += "_" if keyword.iskeyword(name) else ""
        kind = TYPES[option["kind"]][0]
        out.append(f"    {name}: {kind}")
        out += textwrap.wrap(f'"""{option["name"]}: {described(option)}"""', 96,
                             initial_indent="    ", subsequent_indent="    ")
    return "\n".join(out + [""])


def node_options(options):
    out = [f"// {SPDX}", "// Made by bindings/generate.py from the option table.", "",
           "export interface Options {"]
    for option in options:
        kind = TYPES[option["kind"]][1]
        if option["kind"] == CHOICE:
            kind = " | ".join(f"'{c}'" for c in option["choices"].split("|"))
        out += [f"  /** {option['name']}: {described(option)} */",
                f"  {short_name(option)}?: {kind};"]
    return "\n".join(out + ["}", ""])


def luajit_options(options):
    """Annotations of the Lua language server, which reads this file and never runs it."""
    out = [f"-- {SPDX}", "-- Made by bindings/generate.py from the option table.", "---@meta", "",
           "---@class litebench.Options", "---@field preset? string"]
    for option in options:
        name = short_name(option) + ("_" if short_name(option) in LUA_KEYWORDS else "")
        kind = TYPES[option["kind"]][2]
        if option["kind"] == CHOICE:
            kind = "|".join(f'"{c}"' for c in option["choices"].split("|"))
        out += textwrap.wrap(f"{option['name']}: {described(option)}", 96, initial_indent="---",
                             subsequent_indent="---")
        out.append(f"---@field {name}? {kind}")
    return "\n".join(out + [""])


OPTION_TARGETS = {
    "bindings/python/src/litebench/_options.py": python_options,
    "bindings/node/options.d.ts": node_options,
    "bindings/luajit/litebench/options.lua": luajit_options,
}


def put(name, text, check, again):
    """`again`: the arguments that renew it."""
    path = ROOT / name
    if check:
        same = path.exists() and path.read_text(encoding="utf-8") == text
        if not same:
            print(f"{name} is not up to date: run bindings/generate.py{again}")
        return same
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return True


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--probe", action="store_true")
    parser.add_argument("--options", metavar="LIBRARY")
    given = parser.parse_args()
    header = Header(HEADER.read_text(encoding="utf-8"))
    if given.probe:
        print(probe(header), end="")
        return 0
    if given.options:
        table = option_table(given.options)
        done = [put(n, make(table), given.check, " --options LIBRARY")
                for n, make in OPTION_TARGETS.items()]
    else:
        done = [put(n, make(header), given.check, "") for n, make in TARGETS.items()]
    return 0 if all(done) else 1


if __name__ == "__main__":
    sys.exit(main())
