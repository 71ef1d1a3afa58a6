// SPDX-License-Identifier: Apache-2.0
#include "connection_file.hpp"

#include "cloister/wire/json.hpp"

#include <fmt/format.h>

#include <array>

namespace cloister::cell {
namespace {

constexpr std::array ports{1, 2, 3, 4};  // shell, control, stdin, iopub
constexpr int heartbeat_port = 5;

int port_of(wire::Channel channel) {
  return ports[static_cast<std::size_t>(channel)];
}

}  // namespace

std::string socket_path(wire::Channel channel) {
  return fmt::format("{}-{}", kernel_socket_prefix, port_of(channel));
}

ConnectionFile make_connection_file(const std::string& kernel_name, base::Random& random) {
  std::string key = base::to_hex(random.bytes<32>());
  wire::json::object object{{"transport", "ipc"},
                            {"ip", kernel_socket_prefix},
                            {"shell_port", port_of(wire::Channel::shell)},
                            {"control_port", port_of(wire::Channel::control)},
                            {"stdin_port", port_of(wire::Channel::stdin)},
                            {"iopub_port", port_of(wire::Channel::iopub)},
                            {"hb_port", heartbeat_port},
                            {"key", key},
                            {"signature_scheme", "hmac-sha256"},
                            {"kernel_name", kernel_name}};
  ConnectionFile made;
  made.file.target = connection_file_path;
  made.file.content = wire::json::serialize(object);
  made.file.mode = 0600;
  made.key = base::SecretBytes::copy_of(key);
  base::wipe(std::as_writable_bytes(std::span(key)));
  return made;
}

}  // namespace cloister::cell
