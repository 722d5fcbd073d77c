/* SPDX-License-Identifier: Apache-2.0 */
/*
 * special.c - incomplete beta function and what follows from it. Knows nothing of samples.
 *
 * I_x(a, b) is the continued fraction DLMF 8.17.22 (Abramowitz and Stegun 26.5.8), evaluated by
 * the modified Lentz algorithm (Thompson and Barnett 1986). The factor in front of it is written
 * as a binomial density in Loader's saddle-point form (Loader 2000, "Fast and accurate computation
 * of binomial probabilities"): differences of lgamma would lose ten digits at a = 1e6. Quantiles
 * are found by bisection, which is slow and cannot fail: one costs some microseconds.
 */
#include "stats/special.h"

#include <math.h>
#include <stddef.h>

static const double two_pi = 6.283185307179586476925;

/* log(z!) less Stirling's formula for it: DLMF 5.11.1; five terms give 1e-16 from z = 15 up. */
static double stirling_error(double z)
{
    int sign; /* lgamma would put it into a variable of the whole process */

    if (z < 15)
        return lgamma_r(z + 1, &sign) - (z + 0.5) * log(z) + z - 0.5 * log(two_pi);

    double w = 1 / (z * z);
    return (1.0 / 12 - w * (1.0 / 360 - w * (1.0 / 1260 - w * (1.0 / 1680 - w / 1188)))) / z;
}

/* k log(k/e) + e - k without cancellation near k = e (Loader's bd0). */
static double deviance(double k, double e)
{
    double d = k - e;

    if (fabs(d) >= 0.1 * (k + e))
        return k * log(k / e) + e - k;

    /* log(k/e) = 2 atanh(v), v = d/(k+e): what is left after the terms that cancel is a series */
    double v = d / (k + e);
    double sum = d * v;
    double term = 2 * k * v;
    for (int j = 1; j < 100; j++) {
        term *= v * v;
        double next = sum + term / (2 * j + 1);
        if (next == sum) /* exact on purpose: the term no longer changes anything */
            break;
        sum = next;
    }
    return sum;
}

/* x^a y^b / (a B(a, b)), y = 1 - x. */
static double beta_front(double a, double b, double x, double y)
{
    double n = a + b;
    double log_density = stirling_error(n) - stirling_error(a) - stirling_error(b) -
                         deviance(a, n * x) - deviance(b, n * y) + 0.5 * log(n / (two_pi * a * b));

    return b / n * exp(log_density);
}

static double away_from_zero(double v)
{
    return fabs(v) < 1e-300 ? 1e-300 : v;
}

/* The continued fraction needs about sqrt(max(a, b)) rounds: the limit is beyond any sample. */
static double beta_fraction(double a, double b, double x)
{
    double c = 1;
    double d = 1 / away_from_zero(1 - (a + b) * x / (a + 1));
    double value = d;

    for (int m = 1; m < 1000000; m++) {
        double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
        d = 1 / away_from_zero(1 + even * d);
        c = away_from_zero(1 + even / c);
        value *= c * d;

        double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
        d = 1 / away_from_zero(1 + odd * d);
        c = away_from_zero(1 + odd / c);
        value *= c * d;
        if (fabs(c * d - 1) < 4e-16)
            break;
    }
    return value;
}

/* Takes y = 1 - x as well: whoever has it knows it better than a subtraction does. */
static double beta_inc_xy(double a, double b, double x, double y)
{
    if (x <= 0)
        return 0;
    if (y <= 0)
        return 1;
    if (x > (a + 1) / (a + b + 2)) /* the fraction converges fast on one side only */
        return 1 - beta_front(b, a, y, x) * beta_fraction(b, a, y);
    return beta_front(a, b, x, y) * beta_fraction(a, b, x);
}

double lbi_beta_inc(double a, double b, double x)
{
    if (!(a > 0 && b > 0 && x >= 0 && x <= 1))
        return LBI_NAN;
    return beta_inc_xy(a, b, x, 1 - x);
}

double lbi_bisect(double (*f)(const void *args, double x), const void *args, double target,
                  double lo, double hi)
{
    double mid = lo + (hi - lo) / 2;

    while (mid > lo && mid < hi) {
        if (f(args, mid) >= target)
            lo = mid;
        else
            hi = mid;
        mid = lo + (hi - lo) / 2;
    }
    return mid;
}

struct beta_args {
    double a, b;
};

static double beta_above(const void *args, double x)
{
    const struct beta_args *beta = args;

    return beta_inc_xy(beta->b, beta->a, 1 - x, x);
}

double lbi_beta_inv(double a, double b, double p)
{
    if (!(a > 0 && b > 0 && p >= 0 && p <= 1))
        return LBI_NAN;
    if (p <= 0 || p >= 1)
        return p;

    struct beta_args args = {a, b};
    return lbi_bisect(beta_above, &args, 1 - p, 0, 1);
}

/* P(T > t) for t >= 0: Abramowitz and Stegun 26.5.27. */
static double t_above(const void *args, double t)
{
    double df = *(const double *)args;
    double square = t * t;

    return 0.5 * beta_inc_xy(df / 2, 0.5, df / (df + square), square / (df + square));
}

double lbi_t_quantile(double p, double df)
{
    if (!(p > 0 && p < 1 && df > 0))
        return LBI_NAN;

    double tail = p < 0.5 ? p : 1 - p;
    double hi = 1;
    while (hi < 1e150 && t_above(&df, hi) > tail)
        hi *= 2;
    double t = lbi_bisect(t_above, &df, tail, 0, hi);
    return p < 0.5 ? -t : t;
}

static double polynomial(const double coefficient[8], double r)
{
    double value = 0;

    for (int i = 7; i >= 0; i--)
        value = value * r + coefficient[i];
    return value;
}

/* Wichura (1988), algorithm AS 241, routine PPND16: relative error about 1e-16. */
double lbi_normal_quantile(double p)
{
    static const double center[2][8] = {
        {3.3871328727963666080e0, 1.3314166789178437745e2, 1.9715909503065514427e3,
         1.3731693765509461125e4, 4.5921953931549871457e4, 6.7265770927008700853e4,
         3.3430575583588128105e4, 2.5090809287301226727e3},
        {1, 4.2313330701600911252e1, 6.8718700749205790830e2, 5.3941960214247511077e3,
         2.1213794301586595867e4, 3.9307895800092710610e4, 2.8729085735721942674e4,
         5.2264952788528545610e3},
    };
    static const double side[2][8] = {
        {1.42343711074968357734e0, 4.63033784615654529590e0, 5.76949722146069140550e0,
         3.64784832476320460504e0, 1.27045825245236838258e0, 2.41780725177450611770e-1,
         2.27238449892691845833e-2, 7.74545014278341407640e-4},
        {1, 2.05319162663775882187e0, 1.67638483018380384940e0, 6.89767334985100004550e-1,
         1.48103976427480074590e-1, 1.51986665636164571966e-2, 5.47593808499534494600e-4,
         1.05075007164441684324e-9},
    };
    static const double tail[2][8] = {
        {6.65790464350110377720e0, 5.46378491116411436990e0, 1.78482653991729133580e0,
         2.96560571828504891230e-1, 2.65321895265761230930e-2, 1.24266094738807843860e-3,
         2.71155556874348757815e-5, 2.01033439929228813265e-7},
        {1, 5.99832206555887937690e-1, 1.36929880922735805310e-1, 1.48753612908506148525e-2,
         7.86869131145613259100e-4, 1.84631831751005468180e-5, 1.42151175831644588870e-7,
         2.04426310338993978564e-15},
    };

    if (!(p > 0 && p < 1))
        return LBI_NAN;

    double q = p - 0.5;
    if (fabs(q) <= 0.425) {
        double r = 0.180625 - q * q;
        return q * polynomial(center[0], r) / polynomial(center[1], r);
    }
    double r = sqrt(-log(q < 0 ? p : 1 - p));
    const double(*fit)[8] = r <= 5 ? side : tail;
    r -= r <= 5 ? 1.6 : 5;
    double z = polynomial(fit[0], r) / polynomial(fit[1], r);
    return q < 0 ? -z : z;
}

void lbi_clopper_pearson(double *low, double *high, double hits, double total, double level)
{
    if (!(total > 0 && hits >= 0 && hits <= total)) {
        *low = LBI_NAN;
        *high = LBI_NAN;
        return;
    }
    *low = hits > 0 ? lbi_beta_inv(hits, total - hits + 1, 1 - level) : 0;
    *high = hits < total ? lbi_beta_inv(hits + 1, total - hits, level) : 1;
}
