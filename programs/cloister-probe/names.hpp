// SPDX-License-Identifier: Apache-2.0
// Asking for names as a resolver library would, but with every byte of the question in our hands.
#pragma once

#include "reach.hpp"

#include <optional>
#include <string>
#include <vector>

namespace cloister::probe {

// The first IPv4 nameserver of /etc/resolv.conf.
std::optional<std::string> configured_nameserver();
// Asks `server` for the IPv4 address of the name with these labels; nothing (with errno) when
// nobody answers, an empty text when the answer holds no address.
std::optional<std::string> ask_udp(const std::string& server,
                                   const std::vector<std::string>& labels);
std::optional<std::string> ask_tcp(const std::string& server,
                                   const std::vector<std::string>& labels);
std::vector<std::string> labels_of(const std::string& name);

}  // namespace cloister::probe
