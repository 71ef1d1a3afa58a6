// SPDX-License-Identifier: Apache-2.0
// Messages of the Jupyter messaging protocol (5.x) as ZeroMQ carries them. Parts are passed on byte
// for byte: nothing here parses more than a header.
#pragma once

#include "cloister/base/bytes.hpp"
#include "cloister/base/clock.hpp"
#include "cloister/base/random.hpp"
#include "cloister/base/result.hpp"
#include "cloister/crypto/hmac.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cloister::wire {

enum class Channel : std::uint8_t { shell, control, stdin, iopub };
std::string_view channel_name(Channel channel);
std::optional<Channel> channel_from_name(std::string_view name);

struct JupyterLimits {
  std::size_t parts_max = 1024;  // frames of one message, identities and buffers too
  std::size_t bytes_max = 62u << 20;
  std::size_t header_bytes_max = 64u << 10;
};

struct JupyterMessage {
  std::vector<base::Bytes> identities;
  base::Bytes header;
  base::Bytes parent_header;
  base::Bytes metadata;
  base::Bytes content;
  std::vector<base::Bytes> buffers;

  std::size_t bytes() const;  // of all parts but the identities
};

// identities…, <IDS|MSG>, signature, header, parent_header, metadata, content, buffers…
// wire.bad-message for anything else and for a signature that does not fit.
// SECURITY: nothing of a message is looked at before its code fits, compared in constant time
// (test: JupyterMessage.RefusesAnotherKey).
base::Result<JupyterMessage> message_from_frames(std::vector<base::Bytes> frames,
                                                 const crypto::HmacSha256& key,
                                                 const JupyterLimits& limits = {});
std::vector<base::Bytes> frames_of(const JupyterMessage& message, const crypto::HmacSha256& key);

// What is read of a header (of a parent header too: there everything may be missing).
struct JupyterHeader {
  std::string id;  // msg_id
  std::string type;
  std::string session;
  std::string username;
  std::string version;
  std::string subshell;  // empty: the main shell
};
// Refuses what is no JSON object, too large, or lacks msg_id, msg_type or session.
base::Result<JupyterHeader> read_header(base::ByteView header, const JupyterLimits& limits = {});
// All fields empty where there is no parent.
JupyterHeader read_parent_header(base::ByteView header, const JupyterLimits& limits = {});

// Messages that are not the kernel's own. They carry the KERNEL's session, because JupyterLab drops
// what it waits for when the session of a kernel changes. Their metadata says so:
// {"cloister":{"synthesised":why}}.
struct Synthesis {
  std::string session;
  std::string why;  // "lost-idle", "truncated", …
};
JupyterMessage synthesise(const Synthesis& from, std::string_view type, std::string content_json,
                          base::Bytes parent_header, base::Clock& clock, base::Random& random);
JupyterMessage status_message(const Synthesis& from, std::string_view execution_state,
                              base::Bytes parent_header, base::Clock& clock, base::Random& random);
JupyterMessage stream_message(const Synthesis& from, std::string_view name, std::string_view text,
                              base::Bytes parent_header, base::Clock& clock, base::Random& random);

// A message without identities in one piece: how it lies in a journal and travels between processes
// of ours.
struct PackedMessage {
  std::vector<std::uint32_t> sizes;  // header, parent_header, metadata, content, buffers…
  base::Bytes bytes;
};
PackedMessage pack(const JupyterMessage& message);
base::Result<JupyterMessage> unpack(const std::vector<std::uint32_t>& sizes, base::ByteView bytes,
                                    const JupyterLimits& limits = {});

}  // namespace cloister::wire
