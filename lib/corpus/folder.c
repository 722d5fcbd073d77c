/* SPDX-License-Identifier: Apache-2.0 */
/*
 * folder.c - documents from the file system: one file, or a folder with all that is in it. Every
 * file that is no document is one line of log with its reason. Names are taken in byte order, so
 * that limits strike the same files everywhere. Links to files are followed, links to folders are
 * not, so no walk is endless. Tested in tests/unit/test_corpus.c.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "corpus/classify.h"
#include "corpus/corpus.h"
#include "corpus/text.h"

#define MAX_DEPTH 32 /* one descriptor each is open meanwhile */

static const char folder_link[] =
    "it is a link to a folder, and those are not followed: name that folder itself";
static const char too_deep[] = "it lies more than 32 folders deep: move it up";

struct walk {
    struct lb_corpus *corpus;
    struct lb_ctx *ctx;
    struct lbi_buf path; /* of what is looked at, the given one first */
    size_t root;         /* bytes of `path` that are not part of a title */
    struct lbi_buf text;
    struct lbi_buf shown;
    size_t files, added;
    bool full;
};

struct names {
    char **items;
    size_t count, cap;
};

static const char *shown_path(struct walk *walk)
{
    lbi_buf_clear(&walk->shown);
    lbi_text_show(&walk->shown, lbi_buf_text(&walk->path));
    return lbi_buf_text(&walk->shown);
}

static void skip(struct walk *walk, const char *reason)
{
    lbi_log(walk->ctx, LB_LOG_WARN, "%s: skipped: %s", shown_path(walk), reason);
}

/* Is there room for one more file? The first that has none says so. */
static bool has_room(struct walk *walk)
{
    if (walk->files < LBI_CORPUS_MAX_FILES && walk->corpus->bytes < LBI_CORPUS_MAX_BYTES)
        return true;
    if (!walk->full)
        lbi_log(walk->ctx, LB_LOG_WARN,
                "%s: stopped here after %zu files and %zu MiB of documents: the rest in the order "
                "of names is left out; name a smaller folder to have it",
                shown_path(walk), walk->files, walk->corpus->bytes >> 20);
    walk->full = true;
    return false;
}

/* The file at walk->path, called `name` in the open folder `dir`. */
static lb_err take_file(struct walk *walk, int dir, const char *name, const char **fault)
{
    walk->files++;
    lb_err err = lbi_text_read(&walk->text, dir, name, fault);
    if (err != LB_OK)
        return lbi_nomem(walk->ctx);
    if (*fault != NULL)
        return LB_OK;

    lbi_buf_clear(&walk->shown);
    lbi_text_show(&walk->shown, lbi_buf_text(&walk->path) + walk->root);
    if (walk->shown.err != LB_OK)
        return lbi_nomem(walk->ctx);
    const char *title = walk->shown.data;
    const struct lbi_buf *text = &walk->text;
    bool code = lbi_classify(title, text->data, text->len);
    err = lbi_corpus_put(walk->corpus,
                         lbi_document_new(&walk->ctx->mem, title, text->data, text->len, code));
    walk->added += err == LB_OK;
    return err;
}

static void names_free(struct walk *walk, struct names *names)
{
    for (size_t i = 0; i < names->count; i++)
        lbi_free(&walk->ctx->mem, names->items[i]);
    lbi_free(&walk->ctx->mem, names->items);
}

static int by_bytes(const void *left, const void *right)
{
    return strcmp(*(char *const *)left, *(char *const *)right);
}

static lb_err add_name(struct walk *walk, struct names *names, const char *name)
{
    const struct lbi_mem *mem = &walk->ctx->mem;
    void *items = names->items;

    lb_err err = lbi_grow(mem, &items, &names->cap, names->count, sizeof(char *));
    names->items = items;
    char *copy = err == LB_OK ? lbi_strdup(mem, name) : NULL;
    if (copy == NULL)
        return lbi_nomem(walk->ctx);
    names->items[names->count++] = copy;
    return LB_OK;
}

/* All names but hidden ones, sorted. */
static lb_err list_names(struct walk *walk, DIR *folder, struct names *names)
{
    for (;;) {
        errno = 0;
        const struct dirent *entry = readdir(folder);
        if (entry == NULL)
            break;
        if (entry->d_name[0] == '.')
            continue;
        lb_err err = add_name(walk, names, entry->d_name);
        if (err != LB_OK)
            return err;
    }
    if (errno != 0)
        skip(walk, lbi_text_errno(errno));
    if (names->count > 0)
        qsort(names->items, names->count, sizeof(char *), by_bytes);
    return LB_OK;
}

static lb_err take_folder(struct walk *walk, int fd, unsigned depth);

static lb_err enter(struct walk *walk, int dir, const char *name, unsigned depth)
{
    if (depth >= MAX_DEPTH) {
        skip(walk, too_deep);
        return LB_OK;
    }
    int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) {
        skip(walk, lbi_text_errno(errno));
        return LB_OK;
    }
    return take_folder(walk, fd, depth + 1);
}

static lb_err take_entry(struct walk *walk, int dir, const char *name, unsigned depth)
{
    const char *fault = NULL;
    struct stat st;

    if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
        fault = lbi_text_errno(errno);
    else if (S_ISDIR(st.st_mode))
        return enter(walk, dir, name, depth);
    else if (S_ISLNK(st.st_mode) && fstatat(dir, name, &st, 0) == 0 && S_ISDIR(st.st_mode))
        fault = folder_link;

    if (fault == NULL) {
        if (!has_room(walk))
            return LB_OK;
        lb_err err = take_file(walk, dir, name, &fault);
        if (err != LB_OK)
            return err;
    }
    if (fault != NULL)
        skip(walk, fault);
    return LB_OK;
}

/* Takes over `fd`. */
static lb_err take_folder(struct walk *walk, int fd, unsigned depth)
{
    struct names names = {0};
    size_t len = walk->path.len;

    DIR *folder = fdopendir(fd);
    if (folder == NULL) {
        (void)close(fd);
        return lbi_nomem(walk->ctx);
    }
    lb_err err = list_names(walk, folder, &names);
    for (size_t i = 0; i < names.count && err == LB_OK && !walk->full; i++) {
        lbi_buf_putc(&walk->path, '/');
        lbi_buf_puts(&walk->path, names.items[i]);
        err = walk->path.err == LB_OK ? take_entry(walk, dirfd(folder), names.items[i], depth)
                                      : lbi_nomem(walk->ctx);
        lbi_buf_truncate(&walk->path, len);
    }
    names_free(walk, &names);
    (void)closedir(folder);
    return err;
}

static lb_err take_root_file(struct walk *walk)
{
    const char *fault = NULL;
    const char *path = walk->path.data;
    const char *slash = strrchr(path, '/');

    walk->root = slash != NULL ? (size_t)(slash - path) + 1 : 0;
    lb_err err = take_file(walk, AT_FDCWD, path, &fault);
    if (err == LB_OK && fault != NULL)
        return lbi_fail(walk->ctx, LB_E_NOTFOUND, "%s: no usable document: %s", shown_path(walk),
                        fault);
    return err;
}

static lb_err take_root_folder(struct walk *walk, int fd)
{
    walk->root = walk->path.len + 1;
    lb_err err = take_folder(walk, fd, 0);
    if (err != LB_OK || walk->added > 0)
        return err;
    if (walk->files == 0)
        return lbi_fail(walk->ctx, LB_E_NOTFOUND,
                        "%s: no document in this folder: put UTF-8 text or source files there",
                        shown_path(walk));
    return lbi_fail(walk->ctx, LB_E_NOTFOUND,
                    "%s: no usable document among %zu files: put UTF-8 text or source files there",
                    shown_path(walk), walk->files);
}

static lb_err take_root(struct walk *walk)
{
    struct stat st;

    while (walk->path.len > 1 && walk->path.data[walk->path.len - 1] == '/')
        lbi_buf_truncate(&walk->path, walk->path.len - 1);
    if (stat(walk->path.data, &st) != 0)
        return lbi_fail(walk->ctx, LB_E_IO, "documents %s: %s", shown_path(walk),
                        lbi_text_errno(errno));
    if (!S_ISDIR(st.st_mode))
        return take_root_file(walk);

    int fd = open(walk->path.data, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return lbi_fail(walk->ctx, LB_E_IO, "documents %s: %s", shown_path(walk),
                        lbi_text_errno(errno));
    return take_root_folder(walk, fd);
}

lb_err lbi_corpus_add_path(struct lb_corpus *corpus, const char *path)
{
    struct walk walk = {.corpus = corpus, .ctx = corpus->ctx};
    size_t before = corpus->count;

    lbi_buf_init(&walk.path, &corpus->ctx->mem);
    lbi_buf_init(&walk.text, &corpus->ctx->mem);
    lbi_buf_init(&walk.shown, &corpus->ctx->mem);
    lbi_buf_puts(&walk.path, path);
    lb_err err = walk.path.err == LB_OK ? take_root(&walk) : lbi_nomem(corpus->ctx);
    if (err != LB_OK)
        lbi_corpus_truncate(corpus, before);
    lbi_buf_free(&walk.shown);
    lbi_buf_free(&walk.text);
    lbi_buf_free(&walk.path);
    return err;
}
