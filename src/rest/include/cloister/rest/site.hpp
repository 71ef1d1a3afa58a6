// SPDX-License-Identifier: Apache-2.0
// What the HTTP resources share. Made by the composition root, outlives the server.
#pragma once

#include "cloister/api/studio.hpp"
#include "cloister/contents/contents.hpp"
#include "cloister/http/authenticator.hpp"
#include "cloister/http/router.hpp"
#include "cloister/io/event_loop.hpp"
#include "cloister/kernels/kernel_table.hpp"
#include "cloister/kernels/sessions.hpp"
#include "cloister/lab/folders.hpp"
#include "cloister/rest/client_places.hpp"
#include "cloister/rest/event_bus.hpp"

#include <functional>
#include <string>

namespace cloister::rest {

struct Site {
  io::EventLoop& loop;
  api::Studio& studio;
  http::Authenticator& authenticator;
  contents::Contents& contents;
  kernels::KernelTable& kernels;
  lab::LabFolders lab;
  io::Path configuration;  // of this home: JupyterLab's settings, workspaces, sections
  std::string base_url = "/";
  std::string root_name;            // what people see as the root of the files
  std::function<void()> shut_down;  // asks the whole server to stop
  base::WallTime started{};
  kernels::Sessions sessions{};
  ClientPlaces places{};
  EventBus events;
};

// Every address that the server knows, each with who may call it.
http::Router make_router(Site& site);

}  // namespace cloister::rest
