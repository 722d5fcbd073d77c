/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check.c - rules that one option alone cannot break. Every fault is listed, a line each, with the
 * place each value came from. The syntax of objectives is the judge's matter, not ours.
 */
#include <json-c/json.h>
#include <limits.h>
#include <string.h>
#include <strings.h>

#include "config/config.h"

/* "--users" when it was a flag, else the name and where it came from. */
static void put_name(struct lbi_buf *out, const struct lb_config *config, enum lbi_opt opt)
{
    const char *origin = config->origin[opt];

    lbi_buf_puts(out, lbi_opt_rows[opt].info.name);
    if (origin != NULL)
        lbi_buf_printf(out, " (%s)", origin);
}

/* "name (origin): sentence" as a further line of the context's error. */
static lb_err fault(const struct lb_config *config, enum lbi_opt opt, const char *sentence)
{
    struct lbi_buf line;

    lbi_buf_init(&line, &config->ctx->mem);
    put_name(&line, config, opt);
    lbi_buf_printf(&line, ": %s", sentence);
    lbi_fail_more(config->ctx, "%s", lbi_buf_text(&line));
    lbi_buf_free(&line);
    return LB_E_INVALID;
}

static lb_err fault_value(const struct lb_config *config, enum lbi_opt opt, const char *value,
                          const char *sentence)
{
    struct lbi_buf text;

    lbi_buf_init(&text, &config->ctx->mem);
    lbi_put_shown(&text, value, true);
    lbi_buf_printf(&text, " %s", sentence);
    lb_err err = fault(config, opt, lbi_buf_text(&text));
    lbi_buf_free(&text);
    return err;
}

static lb_err worst(lb_err a, lb_err b)
{
    return a != LB_OK ? a : b;
}

/* ---- the endpoint ---- */

static bool has_blank(const char *text)
{
    return text[strcspn(text, " \t")] != '\0';
}

static bool port_ok(const char *port, size_t len)
{
    unsigned value = 0;

    for (size_t i = 0; i < len; i++) {
        if (port[i] < '0' || port[i] > '9' || value > 65535)
            return false;
        value = value * 10 + (unsigned)(port[i] - '0');
    }
    return len == 0 || (value > 0 && value <= 65535);
}

/* `host` is what stands between "//" and the path: "name:port" or "[address]:port". */
static const char *host_fault(const char *host, size_t len)
{
    const char *end = host + len;
    const char *colon = host;

    if (len > 0 && *host == '[') {
        const char *bracket = memchr(host, ']', len);
        if (bracket == NULL)
            return "has an address without its closing ]";
        colon = bracket + 1;
    } else {
        const char *found = memchr(host, ':', len);
        colon = found != NULL ? found : end;
    }
    if (colon == host)
        return "names no host; wanted is http(s)://HOST[:PORT][/v1]";
    if (colon < end && (*colon != ':' || !port_ok(colon + 1, (size_t)(end - colon - 1))))
        return "has no port from 1 to 65535 behind its host";
    return NULL;
}

/* Some put a key into the query. */
static lb_err fault_shown_url(const struct lb_config *config, const char *url, const char *what)
{
    struct lbi_buf text;

    lbi_buf_init(&text, &config->ctx->mem);
    lbi_buf_add(&text, url, strcspn(url, "?"));
    lb_err err = fault_value(config, LBI_OPT_url, lbi_buf_text(&text), what);
    lbi_buf_free(&text);
    return err;
}

static lb_err check_url(const struct lb_config *config)
{
    const char *url = config->set.url;

    if (url == NULL || url[strspn(url, " \t")] == '\0') {
        return fault(config, LBI_OPT_url,
                     "missing; give the base URL of the endpoint, for example "
                     "https://litemaas.example.com/v1");
    }
    const char *rest = strstr(url, "://");
    bool http = strncasecmp(url, "http://", 7) == 0 || strncasecmp(url, "https://", 8) == 0;
    const char *host = rest != NULL ? rest + 3 : url;
    size_t len = strcspn(host, "/?#");
    /* First of all, because the other messages repeat the URL. */
    if (memchr(host, '@', len) != NULL) {
        return fault(config, LBI_OPT_url,
                     "holds a user name or password; give the key by --key-file, --key-env or "
                     "LITEBENCH_API_KEY");
    }
    if (has_blank(url))
        return fault_shown_url(config, url, "holds blanks");
    if (!http) {
        return fault_shown_url(config, url, "is no http:// or https:// URL");
    }
    const char *what = host_fault(host, len);
    return what != NULL ? fault_shown_url(config, url, what) : LB_OK;
}

static bool is_token(const char *text, size_t len)
{
    static const char marks[] = "!#$%&'*+-.^_`|~";

    for (size_t i = 0; i < len; i++) {
        char c = text[i];
        bool alnum = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!alnum && (c == '\0' || strchr(marks, c) == NULL))
            return false;
    }
    return len > 0;
}

/* The value is never repeated: it may be a secret in a header that we do not know as one. */
static lb_err check_headers(const struct lb_config *config)
{
    const struct lbi_list *headers = &config->set.headers;
    lb_err err = LB_OK;

    for (size_t i = 0; i < headers->count; i++) {
        size_t n = strcspn(headers->items[i], ":");
        if (headers->items[i][n] != ':' || !is_token(headers->items[i], n))
            err = fault(config, LBI_OPT_headers, "a header wants the form 'Name: value'");
    }
    for (size_t i = 0; i < config->set.secret_headers.count; i++) {
        const char *name = config->set.secret_headers.items[i];
        if (!is_token(name, strlen(name)))
            err = fault_value(config, LBI_OPT_secret_headers, name, "is no name of a header");
    }
    const char *session = config->set.session_header;
    if (session != NULL && !is_token(session, strlen(session)))
        err = fault_value(config, LBI_OPT_session_header, session, "is no name of a header");
    return err;
}

static lb_err check_key(const struct lb_config *config)
{
    static const enum lbi_opt ways[] = {LBI_OPT_key, LBI_OPT_key_file, LBI_OPT_key_env};
    enum lbi_opt first = LBI_OPT_COUNT;

    if (config->set.key != NULL && has_blank(config->set.key))
        return fault(config, LBI_OPT_key, "*** holds blanks");
    for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
        if (!lbi_given(config, ways[i]))
            continue;
        if (first != LBI_OPT_COUNT)
            return fault(config, ways[i],
                         "a key was already given another way; keep one of "
                         "--key-file, --key-env and the environment");
        first = ways[i];
    }
    return LB_OK;
}

/* Like the endpoint's URL it is shown in reports, so it has no room for a password. */
static lb_err check_proxy(const struct lb_config *config)
{
    static const char *const schemes[] = {"http://",    "https://",  "socks4://",
                                          "socks4a://", "socks5://", "socks5h://"};
    const char *proxy = config->set.proxy;
    bool known = false;

    if (proxy == NULL || proxy[0] == '\0')
        return LB_OK;
    if (strchr(proxy, '@') != NULL)
        return fault(config, LBI_OPT_proxy,
                     "holds a user name or password; give them by target.proxy_login");
    if (has_blank(proxy))
        return fault_value(config, LBI_OPT_proxy, proxy, "holds blanks");
    for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++)
        known = known || strncasecmp(proxy, schemes[i], strlen(schemes[i])) == 0;
    const char *rest = strstr(proxy, "://");
    if (rest != NULL && !known)
        return fault_value(config, LBI_OPT_proxy, proxy,
                           "is of no known kind; there are http, https, socks4, socks4a, socks5, "
                           "socks5h");
    const char *host = rest != NULL ? rest + 3 : proxy;
    const char *what = host_fault(host, strcspn(host, "/?#"));
    return what != NULL ? fault_value(config, LBI_OPT_proxy, proxy, what) : LB_OK;
}

/* ---- request, load, judgement, output ---- */

/* json-c also takes 'texts', NaN and Infinity, even when told to be strict; servers do not. */
static bool plain_json(const char *text)
{
    bool quoted = false;

    for (; *text != '\0'; text++) {
        if (quoted && *text == '\\' && text[1] != '\0')
            text++;
        else if (*text == '"')
            quoted = !quoted;
        else if (!quoted && strchr("{}[]:,+-.0123456789eEtrufalsn \t\r\n", *text) == NULL)
            return false;
    }
    return true;
}

static lb_err check_extra_body(const struct lb_config *config)
{
    const char *text = config->set.extra_body;

    if (text == NULL)
        return LB_OK;
    size_t len = strlen(text);
    struct json_tokener *tokener = len < INT_MAX ? json_tokener_new() : NULL;
    if (tokener == NULL)
        return lbi_nomem(config->ctx);
    json_tokener_set_flags(tokener, JSON_TOKENER_STRICT);
    struct json_object *tree = json_tokener_parse_ex(tokener, text, (int)len + 1);
    bool success = json_tokener_get_error(tokener) == json_tokener_success;
    bool whole = success;
    const char *tail = text + json_tokener_get_parse_end(tokener);
    if (whole && tail < text + len)
        whole = tail[strspn(tail, " \t\r\n")] == '\0';
    /* json-c calls it a success when it has no memory. */
    bool no_memory = success && tree == NULL && *text == '{';
    bool object = whole && plain_json(text) && json_object_is_type(tree, json_type_object);
    json_object_put(tree);
    json_tokener_free(tokener);
    if (no_memory)
        return lbi_nomem(config->ctx);
    return object ? LB_OK : fault_value(config, LBI_OPT_extra_body, text, "is no JSON object");
}

static lb_err check_load(const struct lb_config *config)
{
    const struct lbi_settings *set = &config->set;
    struct lbi_buf text;
    lb_err err = LB_OK;

    lbi_buf_init(&text, &config->ctx->mem);
    if (set->min_delay > set->max_delay) {
        lbi_buf_printf(&text, "%s is longer than ", config->text[LBI_OPT_min_delay]);
        put_name(&text, config, LBI_OPT_max_delay);
        lbi_buf_printf(&text, ", %s", config->text[LBI_OPT_max_delay]);
        err = fault(config, LBI_OPT_min_delay, lbi_buf_text(&text));
    }
    lbi_buf_clear(&text);
    if (set->users > 0 && set->workers != set->users) {
        lbi_buf_printf(&text, "%lld people at once are as many workers; leave out ",
                       (long long)set->users);
        put_name(&text, config, LBI_OPT_workers);
        err = fault(config, LBI_OPT_users, lbi_buf_text(&text));
    }
    lbi_buf_free(&text);
    return err;
}

static lb_err check_shard(const struct lb_config *config)
{
    const char *text = config->set.shard;
    size_t index, of;

    if (text == NULL)
        return LB_OK;
    if (!lbi_parse_shard(text, &index, &of))
        return fault_value(config, LBI_OPT_shard, text,
                           "is not of the form I/N, I from 0 to N - 1 (for example 0/3)");
    if (config->set.workers < (int64_t)of)
        return fault(config, LBI_OPT_shard, "fewer workers than shards: some would do nothing");
    return LB_OK;
}

static lb_err check_texts(const struct lb_config *config)
{
    const struct lbi_settings *set = &config->set;
    lb_err err = LB_OK;

    for (size_t i = 0; i < set->labels.count; i++) {
        const char *label = set->labels.items[i];
        if (label[0] == '=' || strchr(label, '=') == NULL)
            err = fault_value(config, LBI_OPT_labels, label, "is not of the form KEY=VALUE");
    }
    for (size_t i = 0; i < set->models.count; i++) {
        const char *model = set->models.items[i];
        if (model[strspn(model, " \t")] == '\0')
            err = fault(config, LBI_OPT_models, "the name of a model is empty");
    }
    for (size_t i = 0; set->fail_on.count > 1 && i < set->fail_on.count; i++) {
        if (strcmp(set->fail_on.items[i], "none") == 0)
            err = fault(config, LBI_OPT_fail_on, "none stands alone");
    }
    if (set->exit_zero && lbi_given(config, LBI_OPT_fail_on))
        err = fault(config, LBI_OPT_exit_zero, "contradicts --fail-on; keep one");
    return err;
}

lb_err lbi_config_check(const struct lb_config *config)
{
    lb_err err = check_url(config);

    err = worst(err, check_key(config));
    err = worst(err, check_headers(config));
    err = worst(err, check_proxy(config));
    err = worst(err, check_load(config));
    err = worst(err, check_shard(config));
    err = worst(err, check_extra_body(config));
    return worst(err, check_texts(config));
}
