// Older and newer forms of OpenSLO, and its shorthands, as the one form that the field tables
// describe. Internal to this folder.
#pragma once

#include "domain/model/kind.hpp"

namespace tollgate::model {

/// Label values that are one text become lists of one, in place.
void widen_labels(doc::Node& metadata);
/// The inverse, for the normal form: lists of one become a text.
void narrow_labels(doc::Node& metadata);

/// `node`, a resource of openslo/v1alpha, as openslo/v1. Places stay.
doc::Node convert_v1alpha(doc::Node node, ProblemSink& sink);
/// `node`, a resource of openslo.com/v2alpha, as openslo/v1. Places stay.
doc::Node convert_v2alpha(doc::Node node, ProblemSink& sink);
/// The shorthands of openslo/v1 that its README allows and its schema does not.
doc::Node convert_v1(doc::Node node);

}  // namespace tollgate::model
