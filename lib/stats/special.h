/* SPDX-License-Identifier: Apache-2.0 */
/*
 * special.h - the distribution functions that intervals need, to about 1e-12, and 1e-10 where
 * a parameter is 1e5 or more. Arguments outside the domain give NAN.
 */
#ifndef LBI_STATS_SPECIAL_H
#define LBI_STATS_SPECIAL_H

#include <math.h>

/* The macro of <math.h> is a float. */
#define LBI_NAN ((double)NAN)

/* Regularised incomplete beta function I_x(a, b); a, b > 0. */
double lbi_beta_inc(double a, double b, double x);
/* The x at which I_x(a, b) is p. */
double lbi_beta_inv(double a, double b, double p);
/* The t that a Student t variable with df > 0 degrees of freedom stays below with probability p. */
double lbi_t_quantile(double p, double df);
double lbi_normal_quantile(double p);
/*
 * Clopper-Pearson bounds of a share, each at `level` (.975 for a two-sided 95 % interval). Both
 * counts may be fractional: Korn and Graubard use an effective sample size.
 */
void lbi_clopper_pearson(double *low, double *high, double hits, double total, double level);

/*
 * The point of [lo, hi] at which the decreasing function `f` passes `target`; the nearer end when
 * it does not pass it.
 */
double lbi_bisect(double (*f)(const void *args, double x), const void *args, double target,
                  double lo, double hi);

#endif
