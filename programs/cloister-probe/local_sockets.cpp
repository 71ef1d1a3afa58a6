// SPDX-License-Identifier: Apache-2.0
// Unix sockets of the machine: abstract ones, paths, the desktop's and the agents' (I1 to I4).
#include "reach.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstdlib>

namespace cloister::probe {
namespace {

Verdict abstract_stream(const Fixtures& fixtures) {
  return say_to(local_abstract(fixtures.text("abstract_stream")), SOCK_STREAM, fixtures);
}

Verdict abstract_datagram(const Fixtures& fixtures) {
  return say_to(local_abstract(fixtures.text("abstract_datagram")), SOCK_DGRAM, fixtures);
}

Verdict abstract_packet(const Fixtures& fixtures) {
  return say_to(local_abstract(fixtures.text("abstract_packet")), SOCK_SEQPACKET, fixtures);
}

Verdict path_stream(const Fixtures& fixtures) {
  return say_to(local_path(fixtures.text("path_stream")), SOCK_STREAM, fixtures);
}

Verdict path_datagram(const Fixtures& fixtures) {
  return say_to(local_path(fixtures.text("path_datagram")), SOCK_DGRAM, fixtures);
}

// No namespace and no Landlock before ABI 9 refuses these: the supervisor connects for a cell, and
// there are no datagrams.
Verdict workspace_socket(const Fixtures& fixtures) {
  return say_to(local_path(fixtures.text("workspace") + "/host.sock"), SOCK_STREAM, fixtures);
}

Verdict workspace_datagram(const Fixtures& fixtures) {
  return say_to(local_path(fixtures.text("workspace") + "/host.dgram"), SOCK_DGRAM, fixtures);
}

// The socket that an environment variable names, or where it lies by convention.
Verdict by_convention(const Fixtures& fixtures, const char* variable, std::string_view relative) {
  const char* value = std::getenv(variable);
  std::string path = value != nullptr ? value : fixtures.text("home") + "/" + std::string(relative);
  return say_to(local_path(path), SOCK_STREAM, fixtures);
}

Verdict session_bus(const Fixtures& fixtures) {
  return by_convention(fixtures, "DBUS_SESSION_SOCKET", "run/bus");
}

Verdict wayland(const Fixtures& fixtures) {
  return by_convention(fixtures, "WAYLAND_DISPLAY", "run/wayland-0");
}

Verdict ssh_agent(const Fixtures& fixtures) {
  return by_convention(fixtures, "SSH_AUTH_SOCK", "run/ssh-agent");
}

Verdict gpg_agent(const Fixtures& fixtures) {
  return say_to(local_path(fixtures.text("home") + "/.gnupg/S.gpg-agent"), SOCK_STREAM, fixtures);
}

Verdict display_abstract(const Fixtures& fixtures) {
  return say_to(local_abstract("/tmp/.X11-unix/X0"), SOCK_STREAM, fixtures);
}

Verdict display_path(const Fixtures& fixtures) {
  return say_to(local_path(fixtures.text("home") + "/run/X0"), SOCK_STREAM, fixtures);
}

Verdict control_socket(const Fixtures& fixtures) {
  return say_to(local_path(fixtures.text("home") + "/.cloister/run/control"), SOCK_STREAM,
                fixtures);
}

constexpr Probe probes[] = {
    {"I1-abstract-stream", "An abstract socket of the machine", abstract_stream},
    {"I1-abstract-datagram", "An abstract datagram socket of the machine", abstract_datagram},
    {"I1-abstract-packet", "An abstract packet socket of the machine", abstract_packet},
    {"I2-path-stream", "A socket at a path outside the cell", path_stream},
    {"I2-path-datagram", "A datagram socket at a path outside the cell", path_datagram},
    {"I2-control", "Cloister's own control socket", control_socket},
    {"I3-workspace-socket", "A socket that the host made in the mounted workspace",
     workspace_socket, workspace},
    {"I3-workspace-datagram", "A datagram socket that the host made in the mounted workspace",
     workspace_datagram, workspace},
    {"I4-session-bus", "The desktop's session bus", session_bus},
    {"I4-wayland", "The desktop's Wayland socket", wayland},
    {"I4-x11-abstract", "The X server's abstract socket", display_abstract},
    {"I4-x11-path", "The X server's socket", display_path},
    {"I4-ssh-agent", "The SSH agent", ssh_agent},
    {"I4-gpg-agent", "The GPG agent", gpg_agent},
};

}  // namespace

Family local_socket_family() {
  return {"local-sockets", probes};
}

}  // namespace cloister::probe
