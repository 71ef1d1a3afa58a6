// SPDX-License-Identifier: Apache-2.0
// What a Server is made of; private to this module.
#pragma once

#include "cloister/http/server.hpp"
#include "cloister/io/task_group.hpp"

#include <string>
#include <vector>

namespace cloister::http {

struct Server::State {
  State(io::EventLoop& used, Router routes, Authenticator& known, base::Clock& time,
        ServerOptions chosen);

  io::EventLoop& loop;
  const Router router;
  Authenticator& authenticator;
  base::Clock& clock;
  const ServerOptions options;
  std::vector<std::string> base_segments;  // of the base address
  std::size_t connections = 0;
  std::size_t bodies_bytes = 0;  // promised to requests in progress
  io::TaskGroup tasks;
};

}  // namespace cloister::http
