/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sum.c - sums that do not depend on the order of their terms: see lbi_sum in internal.h. Relies on
 * IEEE 754 double arithmetic without excess precision, and on not being built with -ffast-math.
 */
#include <math.h>

#include "stats/internal.h"

void lbi_sum_init(struct lbi_sum *sum, double max, size_t count)
{
    int exponent = 0;
    int room = 1;

    /* Adding the cut to a term rounds it to a multiple of the cut's last bit. With 2^room terms
     * of such multiples below 2^53 last bits, their sum is exact; what was rounded off is at most
     * half a last bit and is cut again at the second place. */
    while ((count >> room) > 0)
        room++;
    (void)frexp(max, &exponent);
    sum->cut[0] = max > 0 ? ldexp(1.5, exponent + room) : 0;
    sum->cut[1] = max > 0 ? ldexp(1.5, exponent + 2 * room - 52) : 0;
    sum->part[0] = 0;
    sum->part[1] = 0;
}

void lbi_sum_add(struct lbi_sum *sum, double term)
{
    for (int i = 0; i < 2; i++) {
        double piece = (sum->cut[i] + term) - sum->cut[i];
        sum->part[i] += piece;
        term -= piece;
    }
}

double lbi_sum_value(const struct lbi_sum *sum)
{
    return sum->part[0] + sum->part[1];
}
