// Logarithm and exponential that give the same bits on every machine.
// The C library's log and exp differ between systems in the last bit; a verdict that replays in
// five years may not. Only + - * / on IEEE doubles are used here (the build forbids fused
// operations), so the result is fixed by the text of this file. Accuracy: a few units in the last
// place, see tests/domain/stats_test.cpp.
#pragma once

namespace tollgate::stats {

/// Natural logarithm. x > 0 and finite (asserted); relative error below 1e-15 away from 1.
double log_of(double x);
/// log(1 + x) for x > -1 (asserted), accurate near 0.
double log_of_one_plus(double x);
/// e^x. 0 below -708, asserted x <= 708; relative error below 1e-15.
double exp_of(double x);

}  // namespace tollgate::stats
