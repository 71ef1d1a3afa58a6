// SPDX-License-Identifier: Apache-2.0
// The studio's web server: put together for one home, started and stopped with `serve`.
#pragma once

#include "cloister/contents/contents.hpp"
#include "cloister/http/server.hpp"
#include "cloister/rest/site.hpp"

#include "command_line.hpp"

#include <memory>
#include <string>

namespace cloister::app {

struct WebOptions {
  std::uint16_t port = 0;       // 0: a free one
  bool port_is_a_wish = false;  // take a free one when this one is taken
  std::string base_url = "/";
  io::Path root;               // of the files; empty: the home's workspace
  std::string token;           // empty: a random one
  bool token_is_kept = false;  // it stands in a file, so nobody is told
};

// From --port, --base-url, --root-dir, --api-token-file (made with a new token when it is not
// there).
base::Result<WebOptions> web_options(const ParsedLine& line, vault::Services services);

// On the loop's thread but for start(), which comes before the loop runs.
class WebFront {
 public:
  static base::Result<std::unique_ptr<WebFront>> start(io::EventLoop& loop, api::Studio& studio,
                                                       WebOptions options,
                                                       std::function<void()> shut_down);
  // The sockets first, then the kernels.
  io::Task<> stop();

  // What `serve` says first: url, login, token, port.
  boost::json::object announcement() const { return announcement_; }

 private:
  struct Files {
    std::unique_ptr<contents::Notary> notary;
    std::unique_ptr<contents::Contents> contents;
  };
  WebFront(io::EventLoop& loop, api::Studio& studio, const WebOptions& options, Files files,
           kernels::KernelTableOptions kernels, std::function<void()> shut_down);
  static base::Result<Files> open_files(api::Studio& studio, const io::Path& root);
  void take_up_kernels();
  void announce(const WebOptions& options, std::uint16_t port);

  http::Authenticator authenticator_;
  Files files_;
  kernels::KernelTable kernels_;
  rest::Site site_;
  std::unique_ptr<http::Server> server_;
  boost::json::object announcement_;
};

}  // namespace cloister::app
