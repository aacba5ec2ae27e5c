// Distribution functions and quantiles behind intervals and tests, the same bits on every machine
// (elementary.hpp). Methods: C. Loader, "Fast and accurate computation of binomial probabilities"
// (2000); DLMF 8.17.22.
#pragma once

#include <cstdint>

namespace tollgate::stats {

/// P(X <= k) for X binomial(n, p). 0 <= p <= 1; 0 <= n. Relative error below 1e-11 for n up to 1e9.
double binomial_cdf(int64_t k, int64_t n, double p);
/// P(X >= k) for X binomial(n, p), without the cancellation of 1 - cdf.
double binomial_survival(int64_t k, int64_t n, double p);

/// The regularised incomplete beta function I_x(a, b). a, b > 0; 0 <= x <= 1.
double incomplete_beta(double a, double b, double x);
/// The x with incomplete_beta(a, b, x) = p; 0 < p < 1 (asserted).
double beta_quantile(double a, double b, double p);

/// The z below which a standard normal variable stays with probability p; 0 < p < 1 (asserted).
/// Relative error below 1.2e-9. Source: P. Acklam's rational approximation.
double normal_quantile(double p);

/// P(T <= t) for Student's t with `degrees` > 0 degrees of freedom, which need not be whole.
double student_cdf(double t, double degrees);
/// The t with student_cdf(t, degrees) = p; 0 < p < 1 (asserted). Relative error below 1e-9
/// for fewer than 9 degrees of freedom, below 1e-6 for more, where it costs a tenth of that.
double student_quantile(double p, double degrees);

}  // namespace tollgate::stats
