// SPDX-License-Identifier: Apache-2.0
#include "web_front.hpp"

#include "cloister/api/kernel_data.hpp"
#include "cloister/app/errors.hpp"
#include "cloister/io/process.hpp"
#include "cloister/kernels/run.hpp"
#include "cloister/rest/session_file.hpp"

#include "settings.hpp"

#include <fmt/format.h>

#include <charconv>

namespace cloister::app {
namespace {

constexpr std::uint16_t standard_port = 8899;
constexpr std::uint64_t token_bytes_max = 4096;

base::Result<std::uint16_t> port_of(const std::string& text) {
  std::uint16_t port = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size())
    return base::fail(errors::usage, fmt::format("{} is no port", text), "a number up to 65535");
  return port;
}

// With a slash at both ends.
std::string base_url_of(std::string text) {
  if (!text.starts_with('/')) text.insert(0, "/");
  if (!text.ends_with('/')) text += '/';
  return text;
}

// The token of --api-token-file; a file that is not there is made.
base::Result<std::string> kept_token(const io::Path& path, vault::Services services) {
  if (!io::exists(path)) {
    std::string token = http::Authenticator::new_token(services.random);
    CLOISTER_TRY_DO(io::replace_file(services.disk, path, base::as_bytes(token + "\n")));
    return token;
  }
  CLOISTER_TRY(base::Bytes bytes, io::read_file(services.disk, path, token_bytes_max));
  std::string token(base::as_text(bytes));
  while (!token.empty() && std::isspace(static_cast<unsigned char>(token.back())) != 0)
    token.pop_back();
  if (token.size() < 16)
    return base::fail(errors::usage, fmt::format("the token in {} is too short", path.native()),
                      "16 characters at least; or remove the file, and one is made");
  return token;
}

lab::LabFolders lab_folders(const io::Path& configuration) {
  io::Path build = io::Path(io::program_folder()).parent_path();
  return {.app = build / "lab",
          .labextensions = {build / "labextensions"},
          .configuration = {configuration},
          .user_settings = configuration / "user-settings",
          .workspaces = configuration / "workspaces"};
}

base::Result<http::Listening> listen(const WebOptions& options) {
  auto listening = http::listen_on_loopback(options.port);
  if (listening || options.port == 0) return listening;
  if (options.port_is_a_wish) return http::listen_on_loopback(0);
  return base::fail(errors::usage, fmt::format("port {} is taken", options.port),
                    "--port 0 takes a free one");
}

}  // namespace

base::Result<WebOptions> web_options(const ParsedLine& line, vault::Services services) {
  WebOptions options{.port = standard_port,
                     .port_is_a_wish = line.command->verb == "tour",
                     .base_url = "/",
                     .root = {},
                     .token = {},
                     .token_is_kept = false};
  if (const std::string* port = line.find("port")) {
    CLOISTER_TRY(options.port, port_of(*port));
    options.port_is_a_wish = false;
  }
  if (const std::string* url = line.find("base_url")) options.base_url = base_url_of(*url);
  if (const std::string* root = line.find("root_dir")) {
    options.root = std::filesystem::absolute(*root).lexically_normal();
    std::error_code error;
    if (!std::filesystem::is_directory(options.root, error))
      return base::fail(errors::usage, fmt::format("{} is no folder", options.root.native()));
  }
  if (const std::string* file = line.find("api_token_file")) {
    CLOISTER_TRY(options.token, kept_token(std::filesystem::absolute(*file), services));
    options.token_is_kept = true;
  }
  return options;
}

base::Result<WebFront::Files> WebFront::open_files(api::Studio& studio, const io::Path& root) {
  vault::Services services = studio.services();
  // Trust in notebooks ends with this server: its key lies in memory only.
  base::SecretBytes key(32);
  services.random.fill(key.writable());
  io::Path store = studio.home().folder() / "run/trusted-notebooks";
  CLOISTER_TRY_DO(services.disk.remove(store));
  Files files;
  CLOISTER_TRY(files.notary, contents::Notary::open(services.disk, store, std::move(key)));
  CLOISTER_TRY(files.contents,
               contents::Contents::open(services.disk, services.clock, services.random,
                                        *files.notary, {.root = root}));
  return files;
}

WebFront::WebFront(io::EventLoop& loop, api::Studio& studio, const WebOptions& options, Files files,
                   kernels::KernelTableOptions kernels, std::function<void()> shut_down)
    : authenticator_({.base_url = options.base_url}, studio.services().random,
                     studio.services().clock),
      files_(std::move(files)),
      kernels_(loop, studio.services().random, std::move(kernels),
               [&studio](const kernels::KernelStart& start) -> kernels::CellEvents {
                 auto data = api::KernelData::open(studio, start.id, start.session_path);
                 return {.attempt = studio.attempt_sink(),
                         .door = [data](io::Descriptor connection) {
                           data->take(std::move(connection));
                         }};
               }),
      site_{.loop = loop,
            .studio = studio,
            .authenticator = authenticator_,
            .contents = *files_.contents,
            .kernels = kernels_,
            .lab = {},
            .configuration = studio.home().folder() / "workspace/.cloister",
            .base_url = options.base_url,
            .root_name = options.root.filename().native(),
            .shut_down = std::move(shut_down),
            .started = studio.services().clock.now(),
            .events = rest::EventBus(loop)} {
  site_.lab = lab_folders(site_.configuration);
}

void WebFront::take_up_kernels() {
  kernels_.attach_existing();
  for (const auto& kernel : kernels_.all()) {
    auto session =
        rest::read_session(site_.studio.services().disk, kernels_.folder_of(kernel->id()));
    if (!session || session->kernel_id != kernel->id()) continue;
    site_.studio.session_grants().rename(kernel->id(), session->path);
    site_.sessions.add(std::move(*session));
  }
}

io::Task<> WebFront::stop() {
  co_await server_->stop();
  co_await kernels_.stop();
}

void WebFront::announce(const WebOptions& options, std::uint16_t port) {
  std::string owner = site_.studio.home().info().owner;
  http::Identity identity{.username = owner,
                          .name = owner,
                          .display_name = owner,
                          .initials = owner.substr(0, 2),
                          .color = {}};
  authenticator_.add_token(options.token, identity);
  std::string url = fmt::format("http://127.0.0.1:{}{}", port, options.base_url);
  announcement_ = {
      {"url", url},
      {"login", url + "login?once=" + authenticator_.issue_link(std::move(identity))},
      {"token", options.token_is_kept ? boost::json::value() : boost::json::value(options.token)},
      {"port", port}};
}

base::Result<std::unique_ptr<WebFront>> WebFront::start(io::EventLoop& loop, api::Studio& studio,
                                                        WebOptions options,
                                                        std::function<void()> shut_down) {
  if (options.token.empty())
    options.token = http::Authenticator::new_token(studio.services().random);
  if (options.root.empty()) options.root = studio.home().folder() / "workspace";
  CLOISTER_TRY(http::Listening listening, listen(options));
  CLOISTER_TRY(Files files, open_files(studio, options.root));
  CLOISTER_TRY(io::Path python, kernels::find_python());
  kernels::KernelTableOptions kernels{.run_folder = studio.home().folder() / "run/kernels",
                                      .root = options.root,
                                      .python = std::move(python),
                                      .places = {}};
  kernels.places.system = false;
  CLOISTER_TRY_DO(studio.services().disk.make_folder(kernels.run_folder, 0700));
  std::unique_ptr<WebFront> front(new WebFront(loop, studio, options, std::move(files),
                                               std::move(kernels), std::move(shut_down)));
  front->take_up_kernels();
  front->announce(options, listening.port);
  http::ServerOptions server{.base_url = options.base_url,
                             .host_names = {},
                             .limits = {},
                             .answered = {},
                             .goodbye = http::CloseCode::restart};
  front->server_ =
      std::make_unique<http::Server>(loop, rest::make_router(front->site_), front->authenticator_,
                                     studio.services().clock, std::move(server));
  front->server_->start(std::move(listening.socket));
  return front;
}

}  // namespace cloister::app
