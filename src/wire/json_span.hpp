// SPDX-License-Identifier: Apache-2.0
// Where the members of a JSON object lie in its text, without parsing their values: so that they
// can be passed on byte for byte, and however large they are.
#pragma once

#include <map>
#include <optional>
#include <string_view>

namespace cloister::wire {

// The text is exactly one object, white space around it aside: its brackets fit, its strings end.
bool is_one_object(std::string_view text);

// Its members, each value without white space around it. Nothing for what is_one_object refuses,
// for a name with an escape or one that comes twice, and for more than 64 members.
std::optional<std::map<std::string_view, std::string_view>> members_of(std::string_view text);

}  // namespace cloister::wire
