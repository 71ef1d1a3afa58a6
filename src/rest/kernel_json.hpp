// SPDX-License-Identifier: Apache-2.0
// Jupyter's models of kernels, sessions and kernelspecs.
#pragma once

#include "cloister/kernels/kernel_table.hpp"
#include "cloister/kernels/sessions.hpp"
#include "cloister/wire/json.hpp"

namespace cloister::rest {

boost::json::object kernel_json(const kernels::LiveKernel& kernel);
// The kernel is null when it has gone.
boost::json::object session_json(const kernels::Session& session,
                                 const kernels::LiveKernel* kernel);
boost::json::object kernelspec_json(const kernels::Kernelspec& spec, const std::string& base_url);

}  // namespace cloister::rest
