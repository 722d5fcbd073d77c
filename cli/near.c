/* SPDX-License-Identifier: Apache-2.0 */
/* near.c - Levenshtein distance with swaps of neighbours (optimal string alignment). */
#include "near.h"

#include <string.h>

#define WORD_MAX 40

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

unsigned near_distance(const char *a, const char *b)
{
    size_t la = strlen(a);
    size_t lb = strlen(b);
    unsigned d[WORD_MAX + 1][WORD_MAX + 1];

    if (la >= 3 && la < lb && strncmp(a, b, la) == 0)
        return 1; /* not taken for it, but surely meant */
    if (la > WORD_MAX || lb > WORD_MAX)
        return WORD_MAX;
    for (size_t j = 0; j <= lb; j++)
        d[0][j] = (unsigned)j;
    for (size_t i = 1; i <= la; i++) {
        d[i][0] = (unsigned)i;
        for (size_t j = 1; j <= lb; j++) {
            unsigned change = d[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
            d[i][j] = least(change, least(d[i - 1][j], d[i][j - 1]) + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                d[i][j] = least(d[i][j], d[i - 2][j - 2] + 1);
        }
    }
    return d[la][lb];
}

int near_enough(unsigned distance, const char *word)
{
    size_t len = strlen(word);

    return distance <= 2 && (size_t)distance * 2 < len + 1;
}
