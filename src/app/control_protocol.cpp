// SPDX-License-Identifier: Apache-2.0
#include "control_protocol.hpp"

#include "cloister/base/limits.hpp"
#include "cloister/io/sealed_memory.hpp"
#include "cloister/wire/errors.hpp"
#include "cloister/wire/json.hpp"

namespace cloister::app {
namespace json = boost::json;

io::Frame encode_call(api::Call call) {
  base::ByteView secret = call.passphrase.view();
  return {.header = json::serialize(json::object{{"verb", call.verb},
                                                 {"parameters", std::move(call.parameters)},
                                                 {"purpose", call.purpose}}),
          .body = base::Bytes(secret.begin(), secret.end()),
          .descriptors = std::move(call.files)};
}

base::Result<api::Call> decode_call(io::Frame frame) {
  CLOISTER_TRY(json::object header, wire::parse_json_object(frame.header));
  api::Call call;
  CLOISTER_TRY(call.verb, wire::text_field(header, "verb"));
  CLOISTER_TRY(const json::object* parameters, wire::object_field(header, "parameters"));
  call.parameters = *parameters;
  call.purpose = wire::text_or(header, "purpose", "");
  call.files = std::move(frame.descriptors);
  call.passphrase = base::SecretBytes::copy_of(frame.body);
  base::wipe(frame.body);
  return call;
}

io::Frame encode_reply(base::Result<api::Reply> reply) {
  io::Frame frame;
  if (!reply) {
    frame.header = json::serialize(json::object{{"error", wire::to_json(reply.error())}});
    return frame;
  }
  json::array findings;
  for (const base::Error& finding : reply->findings) findings.push_back(wire::to_json(finding));
  std::string result = json::serialize(reply->result);
  // The outputs of a run can be larger than a frame's header: then they travel in memory.
  bool large = result.size() > base::limits::frame_header_bytes_max / 4;
  json::object header{{"findings", std::move(findings)}};
  if (large) {
    auto memory = io::sealed_copy_of(base::as_bytes(result), "reply");
    if (!memory) return encode_reply(std::unexpected(memory.error()));
    frame.descriptors.push_back(std::move(*memory));
  } else {
    header["result"] = std::move(reply->result);
  }
  frame.header = json::serialize(header);
  frame.body = base::to_bytes(reply->body);
  for (io::Descriptor& file : reply->files) frame.descriptors.push_back(std::move(file));
  return frame;
}

io::Frame encode_progress(std::string_view what, std::uint64_t done, std::uint64_t total) {
  json::object progress{{"what", what}, {"done", done}, {"total", total}};
  return {.header = json::serialize(json::object{{"progress", std::move(progress)}}),
          .body = {},
          .descriptors = {}};
}

io::Frame encode_item(const json::object& item) {
  return {.header = json::serialize(json::object{{"item", item}}), .body = {}, .descriptors = {}};
}

namespace {

constexpr std::uint64_t result_bytes_max = 512u << 20;

// A result that came in memory, as the first descriptor. From our own server, hence without the
// limits of parse_json.
base::Result<json::object> take_result(std::vector<io::Descriptor>& descriptors) {
  if (descriptors.empty())
    return base::fail(wire::errors::bad_message, "the server answered without a result");
  CLOISTER_TRY(io::MappedMemory memory,
               io::MappedMemory::map(descriptors.front(), result_bytes_max));
  boost::system::error_code error;
  json::value value = json::parse(base::as_text(memory.view()), error);
  if (error || !value.is_object())
    return base::fail(wire::errors::bad_message, "the server's result is not an object");
  descriptors.erase(descriptors.begin());
  return std::move(value.get_object());
}

}  // namespace

base::Result<Received> decode_received(io::Frame frame) {
  CLOISTER_TRY(json::object header, wire::parse_json_object(frame.header));
  Received received;
  if (const json::value* progress = header.if_contains("progress");
      progress && progress->is_object()) {
    const json::object& object = progress->get_object();
    received.kind = Received::Kind::progress;
    received.progress = {.what = wire::text_or(object, "what", ""),
                         .done = static_cast<std::uint64_t>(wire::integer_or(object, "done", 0)),
                         .total = static_cast<std::uint64_t>(wire::integer_or(object, "total", 0))};
    return received;
  }
  if (const json::value* item = header.if_contains("item"); item && item->is_object()) {
    received.kind = Received::Kind::item;
    received.item = item->get_object();
    return received;
  }
  if (const json::value* error = header.if_contains("error"); error && error->is_object()) {
    received.reply = std::unexpected(wire::error_from_json(error->get_object()));
    return received;
  }
  api::Reply reply;
  if (const json::value* result = header.if_contains("result"); result && result->is_object()) {
    reply.result = result->get_object();
  } else {
    CLOISTER_TRY(reply.result, take_result(frame.descriptors));
  }
  CLOISTER_TRY(const json::array* findings, wire::array_field(header, "findings"));
  for (const json::value& finding : *findings)
    if (finding.is_object()) reply.findings.push_back(wire::error_from_json(finding.get_object()));
  reply.body = std::string(base::as_text(frame.body));
  reply.files = std::move(frame.descriptors);
  received.reply = std::move(reply);
  return received;
}

}  // namespace cloister::app
