/* SPDX-License-Identifier: Apache-2.0 */
/* log.c - see log.h. Buffered amply: writing must not disturb the times it writes about. */
#include "log.h"

#include <inttypes.h>
#include <stdlib.h>

#include "buffer.h"

#define LOG_BUFFER ((size_t)4 << 20)

bool sim_log_open(struct sim_log *log, const char *path)
{
    *log = (struct sim_log){0};
    if (path[0] == '\0')
        return true;
    log->file = fopen(path, "we");
    if (log->file == NULL)
        return false;
    log->buffer = sim_realloc(NULL, LOG_BUFFER);
    (void)setvbuf(log->file, log->buffer, _IOFBF, LOG_BUFFER);
    (void)fputs("request,response_id,arrived_ns,first_token_ns,last_token_ns,tokens,"
                "prompt_tokens,cached_tokens,status\n",
                log->file);
    sim_log_flush(log);
    return !log->failed;
}

static const char *clock_text(char *text, size_t size, int64_t ns)
{
    text[0] = '\0';
    if (ns != 0)
        (void)snprintf(text, size, "%" PRId64, ns);
    return text;
}

void sim_log_write(struct sim_log *log, const struct sim_truth *truth)
{
    char first[24];
    char last[24];
    char id[40] = "";

    if (log->file == NULL)
        return;
    if (truth->has_id)
        (void)snprintf(id, sizeof(id), "chatcmpl-%" PRIu64, truth->request);
    (void)fprintf(log->file,
                  "%" PRIu64 ",%s,%" PRId64 ",%s,%s,%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%d\n",
                  truth->request, id, truth->arrived_ns,
                  clock_text(first, sizeof(first), truth->first_token_ns),
                  clock_text(last, sizeof(last), truth->last_token_ns), truth->tokens,
                  truth->prompt_tokens, truth->cached_tokens, truth->status);
    log->dirty = true;
}

void sim_log_flush(struct sim_log *log)
{
    if (log->file == NULL)
        return;
    if (fflush(log->file) != 0)
        log->failed = true;
    log->dirty = false;
}

bool sim_log_close(struct sim_log *log)
{
    bool good = !log->failed;

    if (log->file != NULL) {
        good = ferror(log->file) == 0 && good;
        good = fclose(log->file) == 0 && good;
    }
    free(log->buffer);
    *log = (struct sim_log){0};
    return good;
}
