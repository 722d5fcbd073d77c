/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fold_gateway.c - what a gateway between us and the model says of itself in its headers (LiteLLM
 * does), and which answers may be stored ones: no two answers of a server that numbers them have
 * the same id. Tested in tests/unit/test_fold_gateway.c and, against LiteLLM itself, by the tests
 * labelled real.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/fold.h"
#include "report/tree.h"

/* A header's number; NAN when it holds none. */
static double number_of(struct json_object *notes, const char *key)
{
    char list[64]; /* a number alone has no end for json-c */
    const char *why;
    int len = snprintf(list, sizeof(list), "[%s]", lbi_tree_text(notes, key));
    if (len < 0 || (size_t)len >= sizeof(list))
        return (double)NAN;
    struct json_object *root = lbi_tree_parse(list, (size_t)len, &why);
    struct json_object *value = lbi_tree_get(root, "0");
    bool number =
        json_object_is_type(value, json_type_double) || json_object_is_type(value, json_type_int);
    double out = number ? json_object_get_double(value) : (double)NAN;

    (void)json_object_put(root);
    return isfinite(out) && out >= 0 ? out : (double)NAN;
}

double lbi_take_notes(struct lbi_gateway *gateway, const char *json)
{
    const char *why;
    struct json_object *notes = lbi_tree_parse(json, strlen(json), &why);
    double ms = number_of(notes, "x-litellm-overhead-duration-ms");

    if (*lbi_tree_text(notes, "x-litellm-call-id") != '\0' || isfinite(ms))
        gateway->answers++;
    gateway->retried += number_of(notes, "x-litellm-attempted-retries") > 0;
    gateway->fallbacks += number_of(notes, "x-litellm-attempted-fallbacks") > 0;
    gateway->stored += *lbi_tree_text(notes, "x-litellm-cache-key") != '\0';
    (void)json_object_put(notes);
    return ms;
}

static int by_number(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a;
    uint64_t y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

/* Answers beyond the first with the same id. `ids` is sorted on the way. A server that gives all of
 * them one id does not number its answers: then nothing can be told. */
static size_t count_repeated(uint64_t *ids, size_t count)
{
    size_t repeated = 0;

    if (count > 0)
        qsort(ids, count, sizeof(*ids), by_number);
    for (size_t i = 1; i < count; i++)
        repeated += ids[i - 1] == ids[i];
    return repeated + 1 < count ? repeated : 0;
}

lb_err lbi_fold_gateway(struct lbi_part *part)
{
    struct lbi_gateway *gateway = &part->gateway;
    size_t count = part->view.count;
    struct lbi_sample overhead;
    size_t known = 0;
    lb_err err = LB_OK;

    *gateway = (struct lbi_gateway){0};
    uint64_t *ids = lbi_alloc(part->view.mem, (count + 1) * sizeof(*ids));
    if (ids == NULL)
        return LB_E_NOMEM;
    lbi_sample_init(&overhead, part->view.mem);
    for (size_t i = 0; i < count && err == LB_OK; i++) {
        lb_turn turn;
        lbi_dataset_row(part->view.dataset, &turn, part->view.rows[i]);
        uint64_t id = lbi_dataset_id_hash(part->view.dataset, part->view.rows[i]);
        if (id != 0 && lbi_role_of(&turn) != LBI_ROLE_FAILED)
            ids[known++] = id;
        double ms = (double)NAN;
        if (*turn.gateway_json != '\0')
            ms = lbi_take_notes(gateway, turn.gateway_json);
        if (isfinite(ms))
            err = lbi_sample_add(&overhead, part->view.cluster[i], ms);
    }
    gateway->repeated = count_repeated(ids, known);
    if (err == LB_OK)
        err = lbi_measure(&gateway->overhead, &overhead);
    lbi_sample_free(&overhead);
    lbi_free(part->view.mem, ids);
    return err;
}
