/* SPDX-License-Identifier: Apache-2.0 */
/*
 * save.c - the folder of kept records: $XDG_STATE_HOME/litebench, else ~/.local/state/litebench.
 * Names begin with the time, so their order is the order of the runs.
 */
#include "save.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "file.h"
#include "say.h"

#define KEPT 20

/* NULL when the environment names no place. */
static char *folder(void)
{
    const char *state = getenv("XDG_STATE_HOME");
    const char *home = getenv("HOME");

    if (state != NULL && state[0] == '/')
        return need_text("%s/litebench", state);
    if (home != NULL && home[0] == '/')
        return need_text("%s/.local/state/litebench", home);
    return NULL;
}

bool save_open(struct sink *sink)
{
    char *place = folder();
    char stamp[32] = "";
    time_t now = time(NULL);
    struct tm tm;

    *sink = (struct sink){.fd = -1};
    if (place == NULL || gmtime_r(&now, &tm) == NULL || !file_make_folders(place)) {
        free(place);
        return false;
    }
    (void)strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H-%M-%SZ", &tm);
    char *path = need_text("%s/%s-%07ld.ndjson", place, stamp, (long)getpid());
    bool opened = sink_open(sink, path, true);
    free(path);
    free(place);
    if (!opened)
        sink_free(sink);
    return opened;
}

lb_err save_write(void *user, const char *data, size_t len)
{
    (void)sink_write(user, data, len);
    return LB_OK;
}

static int is_record(const struct dirent *entry)
{
    const char *name = entry->d_name;
    const char *end = strstr(name, ".ndjson");

    return name[0] >= '0' && name[0] <= '9' && end != NULL &&
           (strcmp(end, ".ndjson") == 0 || strcmp(end, ".ndjson.part") == 0);
}

/* Names of the records, oldest first; -1 when there is no such folder. */
static int list(const char *place, struct dirent ***entries)
{
    return scandir(place, entries, is_record, alphasort);
}

static void free_list(struct dirent **entries, int count)
{
    for (int i = 0; i < count; i++)
        free(entries[i]);
    free(entries);
}

static void remove_old(void)
{
    char *place = folder();
    struct dirent **entries = NULL;
    int count = place != NULL ? list(place, &entries) : -1;

    for (int i = 0; i < count - KEPT; i++) {
        char *path = need_text("%s/%s", place, entries[i]->d_name);
        (void)unlink(path);
        free(path);
    }
    if (count >= 0)
        free_list(entries, count);
    free(place);
}

bool save_finish(struct sink *sink)
{
    if (sink->fd < 0)
        return false;
    bool kept = sink_finish(sink);
    sink_free(sink);
    remove_old();
    return kept;
}

char *save_last(void)
{
    char *place = folder();
    struct dirent **entries = NULL;
    int count = place != NULL ? list(place, &entries) : -1;
    char *path = count > 0 ? need_text("%s/%s", place, entries[count - 1]->d_name) : NULL;

    if (count >= 0)
        free_list(entries, count);
    free(place);
    return path;
}
