/* SPDX-License-Identifier: Apache-2.0 */
/*
 * classify.c - code or prose. The extension decides where it is known; for the rest lines that
 * look like code are counted. Pure. Tested by table in tests/unit/test_corpus.c.
 */
#include "corpus/classify.h"

#include <string.h>

#define LOOKED_AT 65536 /* bytes of content that tell enough */

/* Blank before and after each word, so that a search cannot find a part of one. */
static const char code_extensions[] =
    " ada adb ads agda apex applescript as asm awk bash bat bazel bb bicep bzl c c++ cbl cc cfg"
    " cfm cgi cjs cl clj cljs cmake cmd cob coffee conf cpp cr cs cshtml csproj css cts cu cuh cxx"
    " cypher d dart def diff dockerfile dpr dts el elm env erb erl ex exs f f03 f90 f95 fish for"
    " fs fsi fsx gd gemspec glsl go gql gradle graphql groovy h h++ haml hbs hcl hh hlsl hpp hrl"
    " hs hx hxx ini inl ino ipynb j2 java jinja jinja2 jl js json json5 jsonc jsonnet jsx kt kts"
    " less lisp ll lock lua m mak make mjs mk ml mli mm mod mts nasm nim nix nomad pas patch"
    " php pl plist pm podspec pp properties prisma proto ps1 psd1 psm1 pug puml py pyi pyw pyx qml "
    "r rake rb"
    " re rego res rkt robot rs s sass sbt scala scm scss service sh sln sls sol spec sql"
    " starlark sv svelte svg swift t tcl tf tfvars thrift toml tpl ts tsx ttl twig v vb vbs"
    " vert vhd vhdl vim vue wat wgsl wsdl xaml xml xsd xsl xslt yaml yml yang zig zsh ";
static const char text_extensions[] =
    " 1 3 5 7 8 adoc asciidoc bib creole csv eml htm html info latex log man markdown mbox md mdown"
    " mdwn mdx me mediawiki mkd ms nfo org pod qmd rd rmd rst rtf srt tex text textile tsv txt"
    " typ vtt wiki xhtml ";
/* Whole names whose extension is missing or misleading. */
static const char code_names[] =
    " .bashrc .editorconfig .env .gitignore .profile .vimrc brewfile build caddyfile"
    " cmakelists.txt configure containerfile dockerfile gemfile gnumakefile go.mod go.sum"
    " jenkinsfile justfile kconfig makefile meson.build meson_options.txt procfile rakefile"
    " requirements.txt snakefile tiltfile vagrantfile workspace ";
static const char text_names[] =
    " authors changelog changes code_of_conduct contributing contributors copying copyright credits"
    " faq history install license licence maintainers news notice readme security thanks todo ";

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static bool in_list(const char *list, const char *word)
{
    char padded[40];
    size_t len = strlen(word);

    if (len == 0 || len + 3 > sizeof(padded) || strchr(word, ' ') != NULL)
        return false;
    padded[0] = ' ';
    for (size_t i = 0; i < len; i++) /* ASCII only: the locale must not matter */
        padded[i + 1] = (char)(word[i] >= 'A' && word[i] <= 'Z' ? word[i] + 32 : word[i]);
    padded[len + 1] = ' ';
    padded[len + 2] = '\0';
    return strstr(list, padded) != NULL;
}

static bool starts_with(const char *line, size_t len, const char *word)
{
    size_t n = strlen(word);

    return len >= n && memcmp(line, word, n) == 0;
}

static bool starts_like_code(const char *line, size_t len)
{
    static const char *const words[] = {
        "#include",   "#define", "#if",     "#endif",  "import ", "from ",   "package ",  "using ",
        "namespace ", "def ",    "class ",  "func ",   "fn ",     "fun ",    "function ", "struct ",
        "enum ",      "impl ",   "return",  "if (",    "for (",   "while (", "switch (",  "else:",
        "else {",     "elif ",   "try:",    "except ", "let ",    "const ",  "var ",      "public ",
        "private ",   "static ", "void ",   "int ",    "//",      "/*",      "*/",        "--",
        "SELECT ",    "INSERT ", "UPDATE ", "CREATE ", "ALTER ",  "FROM ",   "WHERE ",    "export ",
        "echo ",      "module ", "local ",  "end",     "fi",      "done",    "<?",        "</",
    };

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        size_t n = strlen(words[i]);
        if (!starts_with(line, len, words[i]))
            continue;
        bool whole =
            words[i][n - 1] < 'a' || words[i][n - 1] > 'z' || len == n || !is_word(line[n]);
        if (whole)
            return strchr("fu", words[i][0]) == NULL || len < 60; /* "from" opens sentences too */
    }
    return false;
}

static bool has_operator(const char *line, size_t len)
{
    static const char *const marks[] = {"()", "->",  "=>",  "::",  "==",   "!=", "+=", ":=", "&&",
                                        "||", " = ", "[i]", "=\"", "\": ", "${", "%s", "\\n"};

    for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
        if (memmem(line, len, marks[i], strlen(marks[i])) != NULL)
            return true;
    }
    return false;
}

/* "replicas: 3" or "- name: web": a key and a short value, as in YAML; no sentence. */
static bool is_key_line(const char *line, size_t len)
{
    size_t i = starts_with(line, len, "- ") ? 2 : 0;
    size_t blanks = 0;
    size_t key = i;

    while (i < len && (is_word(line[i]) || strchr("_-./", line[i]) != NULL))
        i++;
    if (i == key || i == len || line[i] != ':' || (i + 1 < len && line[i + 1] != ' '))
        return false;
    for (i++; i < len; i++)
        blanks += line[i] == ' ';
    return blanks <= 3 && strchr(".!?", line[len - 1]) == NULL;
}

static bool is_code_line(const char *line, size_t len)
{
    char last = line[len - 1];

    return strchr(";{}", last) != NULL || starts_like_code(line, len) || has_operator(line, len) ||
           is_key_line(line, len);
}

/* Takes blanks off both ends. */
static void trim(const char **line, size_t *len)
{
    while (*len > 0 && (**line == ' ' || **line == '\t')) {
        (*line)++;
        (*len)--;
    }
    while (*len > 0 && (unsigned char)(*line)[*len - 1] <= ' ')
        (*len)--;
}

bool lbi_classify_content(const char *text, size_t len)
{
    const char *end = text + (len > LOOKED_AT ? LOOKED_AT : len);
    size_t lines = 0;
    size_t code = 0;

    if (starts_with(text, len, "#!") || starts_with(text, len, "<?php"))
        return true;
    while (text < end) {
        const char *stop = memchr(text, '\n', (size_t)(end - text));
        const char *line = text;
        size_t n = (size_t)((stop != NULL ? stop : end) - text);
        text = stop != NULL ? stop + 1 : end;
        trim(&line, &n);
        if (n == 0)
            continue;
        lines++;
        code += is_code_line(line, n);
    }
    return lines > 0 && code * 100 >= lines * 35;
}

bool lbi_classify(const char *title, const char *text, size_t len)
{
    const char *slash = strrchr(title, '/');
    const char *name = slash != NULL ? slash + 1 : title;
    const char *dot = strrchr(name, '.');

    if (in_list(code_names, name))
        return true;
    if (dot != NULL && in_list(code_extensions, dot + 1))
        return true;
    if (in_list(text_names, name) || (dot != NULL && in_list(text_extensions, dot + 1)))
        return false;
    return lbi_classify_content(text, len);
}
