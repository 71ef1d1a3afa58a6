// SPDX-License-Identifier: Apache-2.0
#include "control_protocol.hpp"

#include "cloister/wire/json.hpp"

namespace cloister::app {
namespace json = boost::json;

io::Frame encode_call(api::Call call) {
  base::ByteView secret = call.passphrase.view();
  return {.header = json::serialize(json::object{
              {"verb", call.verb}, {"parameters", std::move(call.parameters)}, {"purpose", call.purpose}}),
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
  frame.header = json::serialize(
      json::object{{"result", std::move(reply->result)}, {"findings", std::move(findings)}});
  frame.body = base::to_bytes(reply->body);
  frame.descriptors = std::move(reply->files);
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

base::Result<Received> decode_received(io::Frame frame) {
  CLOISTER_TRY(json::object header, wire::parse_json_object(frame.header));
  Received received;
  if (const json::value* progress = header.if_contains("progress"); progress && progress->is_object()) {
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
  CLOISTER_TRY(const json::object* result, wire::object_field(header, "result"));
  CLOISTER_TRY(const json::array* findings, wire::array_field(header, "findings"));
  api::Reply reply;
  reply.result = *result;
  for (const json::value& finding : *findings)
    if (finding.is_object()) reply.findings.push_back(wire::error_from_json(finding.get_object()));
  reply.body = std::string(base::as_text(frame.body));
  reply.files = std::move(frame.descriptors);
  received.reply = std::move(reply);
  return received;
}

}  // namespace cloister::app
