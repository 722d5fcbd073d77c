/* SPDX-License-Identifier: Apache-2.0 */
/* list.c - a growing list of texts. Items may be secrets, so they are wiped when they go. */
#include <string.h>

#include "config/config.h"

static void wipe(const struct lbi_mem *mem, char *text)
{
    explicit_bzero(text, strlen(text));
    lbi_free(mem, text);
}

lb_err lbi_list_add(const struct lbi_mem *mem, struct lbi_list *list, const char *text, size_t len)
{
    void *items = list->items;
    lb_err err = lbi_grow(mem, &items, &list->cap, list->count, sizeof(list->items[0]));

    if (err != LB_OK)
        return err;
    list->items = items;
    char *copy = lbi_strndup(mem, text, len);
    if (copy == NULL)
        return LB_E_NOMEM;
    list->items[list->count++] = copy;
    return LB_OK;
}

void lbi_list_remove(const struct lbi_mem *mem, struct lbi_list *list, size_t index)
{
    wipe(mem, list->items[index]);
    list->count--;
    for (size_t i = index; i < list->count; i++)
        list->items[i] = list->items[i + 1];
}

void lbi_list_free(const struct lbi_mem *mem, struct lbi_list *list)
{
    while (list->count > 0)
        lbi_list_remove(mem, list, list->count - 1);
    lbi_free(mem, list->items);
    *list = (struct lbi_list){0};
}

lb_err lbi_list_copy(const struct lbi_mem *mem, struct lbi_list *to, const struct lbi_list *from)
{
    for (size_t i = 0; i < from->count; i++) {
        lb_err err = lbi_list_add(mem, to, from->items[i], strlen(from->items[i]));
        if (err != LB_OK)
            return err;
    }
    return LB_OK;
}
