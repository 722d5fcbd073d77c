/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_corpus.c - documents from memory, files and hostile folders; code or prose. Folders are
 * made under a temporary one and removed again.
 */
#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "corpus/builtin.h"
#include "corpus/classify.h"
#include "corpus/corpus.h"
#include "corpus/text.h"

static lb_ctx *ctx;
static lb_config *config;
static lb_corpus *corpus;
static char root[64];
static char log_text[65536];
static size_t log_lines;
static size_t live;     /* allocations of the context that are not freed */
static long fail_after; /* allocations until one fails; negative: none does */

static void *counting_realloc(void *user, void *old, size_t size)
{
    (void)user;
    if (size == 0) {
        live -= old != NULL;
        free(old);
        return NULL;
    }
    if (fail_after >= 0 && fail_after-- == 0) {
        fail_after = 0; /* memory stays short until the test says otherwise */
        return NULL;
    }
    live += old == NULL;
    return realloc(old, size);
}

static void keep_log(void *user, int32_t level, const char *text)
{
    (void)user;
    (void)level;
    size_t used = strlen(log_text);
    (void)snprintf(log_text + used, sizeof(log_text) - used, "%s\n", text);
    ck_assert_ptr_null(strchr(text, '\n'));
    log_lines++;
}

static void setup(void)
{
    lb_ctx_options options = {
        .realloc_fn = counting_realloc, .log = keep_log, .log_level = LB_LOG_INFO};

    fail_after = -1;
    live = 0;
    log_text[0] = '\0';
    log_lines = 0;
    ck_assert_int_eq(lb_ctx_new(&ctx, &options, sizeof(options)), LB_OK);
    ck_assert_int_eq(lb_config_new(&config, ctx), LB_OK);
    ck_assert_int_eq(lb_corpus_new(&corpus, config), LB_OK);
    (void)snprintf(root, sizeof(root), "/tmp/litebench-corpus-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(root));
    ck_assert_int_eq(chmod(root, 0755), 0);
}

static void teardown(void)
{
    char command[256];

    lb_corpus_free(corpus);
    lb_config_free(config);
    lb_ctx_free(ctx);
    ck_assert_uint_eq(live, 0);
    (void)snprintf(command, sizeof(command), "chmod -R u+rwX %s; rm -rf %s", root, root);
    ck_assert_int_eq(system(command), 0);
}

/* root/name; valid until the next call but three. */
static const char *in_root(const char *name)
{
    static char paths[4][512];
    static size_t next;
    char *path = paths[next++ % 4];

    (void)snprintf(path, sizeof(paths[0]), "%s/%s", root, name);
    return path;
}

static void put_file(const char *name, const char *text, size_t len)
{
    FILE *file = fopen(in_root(name), "w");

    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(text, 1, len, file), len);
    ck_assert_int_eq(fclose(file), 0);
}

static void put_text(const char *name, const char *text)
{
    put_file(name, text, strlen(text));
}

static const struct lbi_document *find(const char *title)
{
    for (size_t i = 0; i < corpus->count; i++) {
        if (strcmp(corpus->docs[i]->title, title) == 0)
            return corpus->docs[i];
    }
    return NULL;
}

/* Exactly one line of the log names `name`, and it gives `reason`. */
static void logged(const char *name, const char *reason)
{
    char marker[512];

    (void)snprintf(marker, sizeof(marker), "/%s: ", name);
    const char *line = strstr(log_text, marker);
    ck_assert_msg(line != NULL, "nothing logged about %s in:\n%s", name, log_text);
    ck_assert_msg(strstr(line + 1, marker) == NULL, "%s is logged twice", name);
    size_t len = strcspn(line, "\n");
    ck_assert_msg(memmem(line, len, reason, strlen(reason)) != NULL, "no \"%s\" in: %.*s", reason,
                  (int)len, line);
}

START_TEST(classification_by_name)
{
    static const char prose[] = "This is a sentence. And here is another one.\n";
    static const char program[] = "int main(void)\n{\n    return 0;\n}\n";
    static const char *const code[] = {
        "a.py",
        "a.go",
        "a.rs",
        "a.tsx",
        "a.ts",
        "a.js",
        "a.sql",
        "a.java",
        "a.c",
        "a.cpp",
        "a.rb",
        "a.h",
        "a.yaml",
        "a.yml",
        "a.json",
        "a.toml",
        "a.sh",
        "a.tf",
        "a.PY",
        "a.xml",
        "a.css",
        "a.ini",
        "d.md/b.kt",
        "x/y/Makefile",
        "Dockerfile",
        "CMakeLists.txt",
        "requirements.txt",
        "go.mod",
        "sub/Containerfile",
    };
    static const char *const text[] = {
        "a.md",           "a.txt",           "a.rst",
        "a.html",         "a.adoc",          "a.tex",
        "a.csv",          "README",          "LICENSE",
        "README.md",      "A.TXT",           "code.c/notes.txt",
        "x.tar.md",       "main.c.txt",      "a.log",
        "docs/CHANGELOG", "CONTRIBUTING.md",
    };

    /* The content says the opposite: the name must win. */
    for (size_t i = 0; i < sizeof(code) / sizeof(code[0]); i++)
        ck_assert_msg(lbi_classify(code[i], prose, strlen(prose)), "%s", code[i]);
    for (size_t i = 0; i < sizeof(text) / sizeof(text[0]); i++)
        ck_assert_msg(!lbi_classify(text[i], program, strlen(program)), "%s", text[i]);
    ck_assert(lbi_classify("noname", program, strlen(program)));
    ck_assert(!lbi_classify("noname", prose, strlen(prose)));
    ck_assert(lbi_classify("a.unheardof", program, strlen(program)));
    ck_assert(!lbi_classify("trailing.", prose, strlen(prose)));
    ck_assert(!lbi_classify("a.py c", prose, strlen(prose))); /* "py c" is two of the list */
}
END_TEST

START_TEST(classification_by_content)
{
    static const struct {
        const char *text;
        bool code;
    } table[] = {
        {"#!/bin/sh\nWords and more words follow here.\n", true},
        {"def add(a, b):\n    total = a + b\n    return total\n", true},
        {"SELECT name, city\nFROM people\nWHERE age > 30;\n", true},
        {"apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\nspec:\n  containers:\n"
         "    - name: web\n      image: nginx\n",
         true},
        {"#include <stdio.h>\n\nint main(void)\n{\n    puts(\"x\");\n}\n", true},
        {"{\n  \"a\": 1,\n  \"b\": [1, 2]\n}\n", true},
        {"func main() {\n\tfmt.Println(\"x\")\n}\n", true},
        {"Dear colleagues,\n\nthe meeting is moved to Friday. Please bring the figures.\n\n"
         "Kind regards\n",
         false},
        {"Minutes\n\nAnna: I would rather wait for the measurements before we decide.\n"
         "Ben: That is fine with me, but then we lose a week at least.\n",
         false},
        {"# Title\n\n- first point of the list\n- second point of the list\n\nA paragraph.\n",
         false},
        {"We walked for hours; the path was steep, and the view (as promised) was wide.\n"
         "From there one sees the sea. If you look closely, even the islands.\n",
         false},
        {"caf\xc3\xa9 au lait est bon.\n\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e\xe3\x80\x82\n", false},
        {"   \n\n", false},
        {"", false},
    };

    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
        ck_assert_msg(lbi_classify_content(table[i].text, strlen(table[i].text)) == table[i].code,
                      "%s", table[i].text);
}
END_TEST

/* Nothing behind a text is looked at: each beginning of these in memory of its own. */
START_TEST(classification_of_beginnings)
{
    static const char *const texts[] = {"def add(a, b):", "#!/bin/sh", "- name: web",
                                        "else",           "interface", "return x;"};

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        for (size_t len = 1; len <= strlen(texts[i]); len++) {
            char *copy = malloc(len);
            ck_assert_ptr_nonnull(copy);
            memcpy(copy, texts[i], len);
            (void)lbi_classify_content(copy, len);
            free(copy);
        }
    }
}
END_TEST

/* By their content alone, all built-in documents are what their extensions say. */
START_TEST(built_in_documents)
{
    size_t code = 0;
    size_t bytes = 0;

    ck_assert_int_eq(lb_corpus_add_builtin(corpus), LB_OK);
    ck_assert_uint_ge(lb_corpus_size(corpus), 12);
    for (size_t i = 0; i < corpus->count; i++) {
        const struct lbi_document *doc = corpus->docs[i];
        ck_assert_msg(lbi_text_fault(doc->text, doc->len) == NULL, "%s", doc->title);
        ck_assert_ptr_null(memchr(doc->text, '\r', doc->len));
        ck_assert_msg(doc->len >= 3000 && doc->len <= 50000, "%s", doc->title);
        ck_assert_msg(lbi_classify_content(doc->text, doc->len) == doc->code, "%s", doc->title);
        code += doc->code;
        bytes += doc->len;
    }
    ck_assert_uint_ge(code, 5);
    ck_assert_uint_ge(corpus->count - code, 5);
    ck_assert_uint_ge(bytes, 120000);
}
END_TEST

START_TEST(texts_from_memory)
{
    static const struct {
        const char *text;
        size_t len;
        const char *reason;
    } bad[] = {
        {"", 0, "empty"},
        {" \n\t\r\n", 5, "empty"},
        {"\xef\xbb\xbf", 3, "empty"},
        {"\xef\xbb\xbf\n", 4, "empty"},
        {"a\0b", 3, "binary"},
        {"\x01\x02\x03", 3, "binary"},
        {"\xff\xfe\x41\x00", 4, "binary"},
        {"caf\xe9 noir", 9, "not UTF-8"},
        {"cut \xe2\x82", 6, "not UTF-8"},
        {"\xed\xa0\x80", 3, "not UTF-8"},
    };

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        ck_assert_int_eq(lb_corpus_add(corpus, "t.md", bad[i].text, bad[i].len), LB_E_INVALID);
        ck_assert_msg(strstr(lb_ctx_error(ctx), bad[i].reason) != NULL, "%zu: %s", i,
                      lb_ctx_error(ctx));
    }
    ck_assert_int_eq(lb_corpus_add(corpus, "", "x", 1), LB_E_INVALID);
    ck_assert_int_eq(lb_corpus_add(corpus, "a\nb", "x", 1), LB_E_INVALID);
    ck_assert_int_eq(lb_corpus_add(corpus, "\xff", "x", 1), LB_E_INVALID);
    ck_assert_int_eq(lb_corpus_add(corpus, NULL, "x", 1), LB_E_INVALID);
    ck_assert_int_eq(lb_corpus_add(corpus, "a", NULL, 1), LB_E_INVALID);
    ck_assert_int_eq(lb_corpus_add(NULL, "a", "x", 1), LB_E_INVALID);
    ck_assert_uint_eq(lb_corpus_size(corpus), 0);
    ck_assert_int_eq(lb_corpus_document(corpus, 0, NULL, NULL, NULL), LB_E_RANGE);

    const char *title;
    int32_t code = -1;
    size_t len;
    ck_assert_int_eq(lb_corpus_add(corpus, "x.py", "y", 1), LB_OK); /* no NUL is needed */
    ck_assert_int_eq(lb_corpus_document(corpus, 0, &title, &code, &len), LB_OK);
    ck_assert_str_eq(title, "x.py");
    ck_assert_int_eq(code, 1);
    ck_assert_uint_eq(len, 1);
    ck_assert_int_eq(lb_corpus_document(corpus, 0, NULL, NULL, NULL), LB_OK);
}
END_TEST

START_TEST(mark_and_line_ends_are_normalised)
{
    static const char raw[] = "\xef\xbb\xbf"
                              "one\r\ntwo\rthree\r\n\r\nfour\xef\xbb\xbf\r";

    ck_assert_int_eq(lb_corpus_add(corpus, "a.txt", raw, sizeof(raw) - 1), LB_OK);
    ck_assert_str_eq(corpus->docs[0]->text, "one\ntwo\rthree\n\nfour\xef\xbb\xbf\r");
    put_file("b.txt", raw, sizeof(raw) - 1);
    ck_assert_int_eq(lb_corpus_add_path(corpus, in_root("b.txt")), LB_OK);
    ck_assert_str_eq(corpus->docs[1]->title, "b.txt");
    ck_assert_str_eq(corpus->docs[1]->text, corpus->docs[0]->text);
}
END_TEST

static void make_hostile_folder(void)
{
    static char huge[(4 << 20) + 1];

    memset(huge, 'x', sizeof(huge));
    put_text("good.md", "A good document.\n");
    put_text("empty.md", "");
    put_text("blank.md", "\n \n");
    put_file("binary.png", "\x89PNG\r\n\x1a\n\0\0\0\rIHDR", 16);
    put_text("latin1.txt", "caf\xe9\n");
    put_file("huge.txt", huge, sizeof(huge));
    put_file("largest.txt", huge, sizeof(huge) - 1);
    put_text("odd\nname\x01\xff.txt", "Its name is odd, its text is not.\n");
    put_text("locked.md", "You cannot read me.\n");
    ck_assert_int_eq(chmod(in_root("locked.md"), 0), 0);
    put_text(".hidden.md", "You do not see me.\n");
    ck_assert_int_eq(mkfifo(in_root("pipe.md"), 0644), 0);
    ck_assert_int_eq(mkdir(in_root("sub"), 0755), 0);
    put_text("sub/inner.py", "import os\n");
    ck_assert_int_eq(mkdir(in_root("sub/.git"), 0755), 0);
    put_text("sub/.git/config", "hidden with its folder\n");
    ck_assert_int_eq(mkdir(in_root("closed"), 0), 0);
    ck_assert_int_eq(mkdir(in_root("vacant"), 0755), 0);
    ck_assert_int_eq(symlink("good.md", in_root("link.md")), 0);
    ck_assert_int_eq(symlink("..", in_root("sub/up")), 0);
    ck_assert_int_eq(symlink("self.md", in_root("self.md")), 0);
    ck_assert_int_eq(symlink("nowhere", in_root("dangling.md")), 0);
    ck_assert_int_eq(symlink("/dev/zero", in_root("endless.md")), 0);
    ck_assert_int_eq(symlink("pipe.md", in_root("pipelink.md")), 0);
}

static void make_socket(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    ck_assert_int_ge(fd, 0);
    (void)snprintf(address.sun_path, sizeof(address.sun_path), "%s/socket.md", root);
    ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    ck_assert_int_eq(close(fd), 0);
}

/* Root may read everything, so the walk is done as somebody else. */
static lb_err add_as_nobody(const char *path)
{
    bool is_root = geteuid() == 0;

    if (is_root)
        ck_assert_int_eq(seteuid(65534), 0);
    lb_err err = lb_corpus_add_path(corpus, path);
    if (is_root)
        ck_assert_int_eq(seteuid(0), 0);
    return err;
}

START_TEST(hostile_folder)
{
    make_hostile_folder();
    make_socket();
    ck_assert_msg(add_as_nobody(root) == LB_OK, "%s", lb_ctx_error(ctx));
    ck_assert_uint_eq(corpus->count, 5);
    ck_assert_ptr_nonnull(find("good.md"));
    ck_assert_ptr_nonnull(find("link.md"));
    ck_assert_ptr_nonnull(find("largest.txt"));
    ck_assert_ptr_nonnull(find("odd?name??.txt"));
    ck_assert_ptr_nonnull(find("sub/inner.py"));
    ck_assert(find("sub/inner.py")->code);

    logged("empty.md", "empty");
    logged("blank.md", "empty");
    logged("binary.png", "binary");
    logged("latin1.txt", "not UTF-8");
    logged("huge.txt", "larger than 4 MiB");
    logged("locked.md", "permission denied");
    logged("closed", "permission denied");
    logged("pipe.md", "pipe, device or socket");
    logged("pipelink.md", "pipe, device or socket");
    logged("socket.md", "pipe, device or socket");
    logged("endless.md", "pipe, device or socket");
    logged("sub/up", "link to a folder");
    logged("self.md", "leads to itself");
    logged("dangling.md", "no such file");
    ck_assert_uint_eq(log_lines, 14);
}
END_TEST

START_TEST(nothing_usable)
{
    ck_assert_int_eq(lb_corpus_add_path(corpus, in_root("missing")), LB_E_IO);
    ck_assert_ptr_nonnull(strstr(lb_ctx_error(ctx), "/missing: there is no such file"));
    ck_assert_int_eq(lb_corpus_add_path(corpus, ""), LB_E_INVALID);
    ck_assert_int_eq(lb_corpus_add_path(corpus, root), LB_E_NOTFOUND);
    ck_assert_ptr_nonnull(strstr(lb_ctx_error(ctx), "no document in this folder"));
    put_text("a.md", "");
    put_text("b.md", "\xff");
    ck_assert_int_eq(lb_corpus_add_path(corpus, root), LB_E_NOTFOUND);
    ck_assert_ptr_nonnull(strstr(lb_ctx_error(ctx), "no usable document among 2 files"));
    ck_assert_int_eq(lb_corpus_add_path(corpus, in_root("b.md")), LB_E_NOTFOUND);
    ck_assert_ptr_nonnull(strstr(lb_ctx_error(ctx), "not UTF-8"));
    ck_assert_int_eq(lb_corpus_add_path(corpus, "/dev/null"), LB_E_NOTFOUND);
    ck_assert_int_eq(mkdir(in_root("closed"), 0), 0);
    ck_assert_int_eq(add_as_nobody(in_root("closed")), LB_E_IO);
    ck_assert_ptr_nonnull(strstr(lb_ctx_error(ctx), "permission denied"));
    ck_assert_uint_eq(lb_corpus_size(corpus), 0);
}
END_TEST

START_TEST(ways_to_name_a_folder)
{
    char path[128];

    ck_assert_int_eq(mkdir(in_root("docs"), 0755), 0);
    put_text("docs/a.md", "Some text.\n");
    ck_assert_int_eq(symlink("docs", in_root("alias")), 0);
    (void)snprintf(path, sizeof(path), "%s/docs///", root);
    ck_assert_int_eq(lb_corpus_add_path(corpus, path), LB_OK);
    ck_assert_int_eq(lb_corpus_add_path(corpus, in_root("alias")), LB_OK);
    ck_assert_int_eq(lb_corpus_add_path(corpus, in_root("docs/a.md")), LB_OK);
    ck_assert_uint_eq(lb_corpus_size(corpus), 3);
    for (size_t i = 0; i < 3; i++)
        ck_assert_str_eq(corpus->docs[i]->title, "a.md");
    ck_assert_uint_eq(log_lines, 0);
}
END_TEST

START_TEST(deep_folders_and_long_names)
{
    char path[2048];
    char name[256];

    memset(name, 'n', 250);
    (void)snprintf(name + 250, 6, ".md");
    put_text(name, "A long name.\n");
    (void)snprintf(path, sizeof(path), "%s", root);
    for (int i = 0; i < 40; i++) {
        size_t len = strlen(path);
        (void)snprintf(path + len, sizeof(path) - len, "/d%d", i);
        ck_assert_int_eq(mkdir(path, 0755), 0);
    }
    ck_assert_int_eq(lb_corpus_add_path(corpus, root), LB_OK);
    ck_assert_ptr_nonnull(find(name));
    ck_assert_uint_eq(log_lines, 1);
    ck_assert_ptr_nonnull(strstr(log_text, "32 folders deep"));
}
END_TEST

START_TEST(many_files)
{
    char name[32];

    for (int i = 0; i < 10000; i++) {
        (void)snprintf(name, sizeof(name), "%05d.md", i);
        put_text(name, "One of many.\n");
    }
    ck_assert_int_eq(lb_corpus_add_path(corpus, root), LB_OK);
    ck_assert_uint_eq(lb_corpus_size(corpus), 10000);
    ck_assert_str_eq(corpus->docs[0]->title, "00000.md");
    ck_assert_str_eq(corpus->docs[9999]->title, "09999.md");
    ck_assert_uint_eq(log_lines, 0);
}
END_TEST

START_TEST(too_much_is_said_once)
{
    put_text("a.md", "First.\n");
    put_text("b.md", "Second.\n");
    put_text("c.md", "Third.\n");
    corpus->bytes = LBI_CORPUS_MAX_BYTES - 3; /* as if much had been read before */
    ck_assert_int_eq(lb_corpus_add_path(corpus, root), LB_OK);
    ck_assert_uint_eq(lb_corpus_size(corpus), 1);
    ck_assert_uint_eq(log_lines, 1);
    ck_assert_ptr_nonnull(strstr(log_text, "/b.md: stopped here after 1 files"));
}
END_TEST

static lb_err add_everything(void)
{
    lb_corpus *made;

    lb_err err = lb_corpus_new(&made, config);
    if (err != LB_OK)
        return err;
    err = lb_corpus_add(made, "a.md", "\xef\xbb\xbfText\r\n", 9);
    if (err == LB_OK)
        err = lb_corpus_add_path(made, root);
    if (err != LB_OK)
        ck_assert_uint_le(made->count, 1); /* half a folder is not added */
    if (err == LB_OK) {
        ck_assert_uint_eq(made->count, 32);
        err = lb_corpus_add_builtin(made);
        ck_assert_uint_eq(made->count, 32 + (err == LB_OK ? lbi_builtin_count : 0));
    }
    lb_corpus_free(made);
    return err;
}

START_TEST(out_of_memory)
{
    lb_err err = LB_E_NOMEM;
    size_t before = live;
    char name[32];
    long n;

    for (int i = 0; i < 30; i++) {
        (void)snprintf(name, sizeof(name), "%02d.md", i);
        put_text(name, "One of many.\n");
    }
    put_text("bad.md", "\xff");
    ck_assert_int_eq(mkdir(in_root("sub"), 0755), 0);
    put_text("sub/a.py", "import os\n");
    for (n = 0; err == LB_E_NOMEM; n++) {
        fail_after = n;
        err = add_everything();
        fail_after = -1;
        ck_assert_uint_le(live, before + 1); /* the error text's buffer may stay */
    }
    ck_assert_msg(err == LB_OK, "%d: %s", err, lb_ctx_error(ctx));
    ck_assert_int_gt(n, 90);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("corpus");
    TCase *tests = tcase_create("corpus");

    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, classification_by_name);
    tcase_add_test(tests, classification_by_content);
    tcase_add_test(tests, classification_of_beginnings);
    tcase_add_test(tests, built_in_documents);
    tcase_add_test(tests, texts_from_memory);
    tcase_add_test(tests, mark_and_line_ends_are_normalised);
    tcase_add_test(tests, hostile_folder);
    tcase_add_test(tests, nothing_usable);
    tcase_add_test(tests, ways_to_name_a_folder);
    tcase_add_test(tests, deep_folders_and_long_names);
    tcase_add_test(tests, many_files);
    tcase_add_test(tests, too_much_is_said_once);
    tcase_add_test(tests, out_of_memory);
    suite_add_tcase(suite, tests);

    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
