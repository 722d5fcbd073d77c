/* SPDX-License-Identifier: Apache-2.0 */
/*
 * loaded.c - a plug-in host: loads the library, uses it and lets it go, again and again, and has no
 * more memory and no more descriptors afterwards than libcurl by itself. Linked with neither.
 *     loaded LIBRARY.so LIBCURL.so
 */
#include <dirent.h>
#include <dlfcn.h>
#include <malloc.h>
#include <stdio.h>

#include <litebench/litebench.h>

/* The loader of libc grows tables of its own in the first rounds. */
enum { WARM = 20, ROUNDS = 50, SLACK_BYTES = 4096 };

static unsigned descriptors(void)
{
    unsigned count = 0;
    DIR *folder = opendir("/proc/self/fd");

    while (folder != NULL && readdir(folder) != NULL)
        count++;
    if (folder != NULL)
        (void)closedir(folder);
    return count;
}

#define LOOK_UP(name)                                                                              \
    do {                                                                                           \
        *(void **)&my_##name = dlsym(library, #name);                                              \
        if (my_##name == NULL)                                                                     \
            return #name;                                                                          \
    } while (0)

/* NULL, or what did not work. */
static const char *use(const char *path)
{
    lb_err (*my_lb_ctx_new)(lb_ctx **, const lb_ctx_options *, size_t);
    lb_err (*my_lb_config_new)(lb_config **, lb_ctx *);
    lb_err (*my_lb_config_set)(lb_config *, const char *, const char *, const char *);
    lb_err (*my_lb_client_new)(lb_client **, const lb_config *);
    void (*my_lb_client_free)(lb_client *);
    void (*my_lb_config_free)(lb_config *);
    void (*my_lb_ctx_free)(lb_ctx *);
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    lb_ctx *ctx = NULL;
    lb_config *config = NULL;
    lb_client *client = NULL;

    if (library == NULL)
        return dlerror();
    LOOK_UP(lb_ctx_new);
    LOOK_UP(lb_config_new);
    LOOK_UP(lb_config_set);
    LOOK_UP(lb_client_new);
    LOOK_UP(lb_client_free);
    LOOK_UP(lb_config_free);
    LOOK_UP(lb_ctx_free);
    if (my_lb_ctx_new(&ctx, NULL, 0) != LB_OK || my_lb_config_new(&config, ctx) != LB_OK ||
        my_lb_config_set(config, "target.url", "http://127.0.0.1:9", NULL) != LB_OK ||
        my_lb_client_new(&client, config) != LB_OK) /* this one initialises libcurl */
        return "a client could not be made";
    my_lb_client_free(client);
    my_lb_config_free(config);
    my_lb_ctx_free(ctx);
    return dlclose(library) == 0 ? NULL : dlerror();
}

/* The same with libcurl alone: what it, TLS and the loader lose is not for us to answer for. */
static const char *use_libcurl(const char *path)
{
    int (*my_curl_global_init)(long);
    void (*my_curl_global_cleanup)(void);
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);

    if (library == NULL)
        return dlerror();
    LOOK_UP(curl_global_init);
    LOOK_UP(curl_global_cleanup);
    if (my_curl_global_init(3) != 0) /* CURL_GLOBAL_ALL */
        return "libcurl does not start";
    my_curl_global_cleanup();
    return dlclose(library) == 0 ? NULL : dlerror();
}

/* Bytes more after ROUNDS; -1 and a line of text: something is wrong. */
static long grows(const char *path, const char *(*round)(const char *path))
{
    size_t bytes = 0;
    unsigned open = 0;

    for (int i = 0; i < WARM + ROUNDS; i++) {
        const char *fault = round(path);
        if (fault != NULL) {
            (void)fprintf(stderr, "%s, round %d: %s\n", path, i, fault);
            return -1;
        }
        if (i == WARM - 1) {
            bytes = mallinfo2().uordblks;
            open = descriptors();
        }
    }
    size_t now = mallinfo2().uordblks;
    if (descriptors() > open) {
        (void)fprintf(stderr, "%s: %u descriptors more\n", path, descriptors() - open);
        return -1;
    }
    return now > bytes ? (long)(now - bytes) : 0;
}

int main(int argc, char **argv)
{
    long alone = argc == 3 ? grows(argv[2], use_libcurl) : -1;
    long whole = argc == 3 ? grows(argv[1], use) : -1;

    (void)printf("%d times: %ld bytes more, libcurl alone %ld\n", ROUNDS, whole, alone);
    return whole >= 0 && alone >= 0 && whole <= alone + SLACK_BYTES ? 0 : 1;
}
