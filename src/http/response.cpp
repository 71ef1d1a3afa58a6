// SPDX-License-Identifier: Apache-2.0
#include "cloister/http/response.hpp"

#include <boost/json.hpp>

#include <array>
#include <utility>

namespace cloister::http {
namespace {

constexpr std::array<std::pair<unsigned, std::string_view>, 34> phrases{
    {{100, "Continue"},
     {101, "Switching Protocols"},
     {200, "OK"},
     {201, "Created"},
     {202, "Accepted"},
     {204, "No Content"},
     {206, "Partial Content"},
     {301, "Moved Permanently"},
     {302, "Found"},
     {303, "See Other"},
     {304, "Not Modified"},
     {307, "Temporary Redirect"},
     {308, "Permanent Redirect"},
     {400, "Bad Request"},
     {401, "Unauthorized"},
     {403, "Forbidden"},
     {404, "Not Found"},
     {405, "Method Not Allowed"},
     {408, "Request Timeout"},
     {409, "Conflict"},
     {410, "Gone"},
     {413, "Content Too Large"},
     {415, "Unsupported Media Type"},
     {416, "Range Not Satisfiable"},
     {417, "Expectation Failed"},
     {422, "Unprocessable Content"},
     {424, "Failed Dependency"},
     {426, "Upgrade Required"},
     {429, "Too Many Requests"},
     {431, "Request Header Fields Too Large"},
     {500, "Internal Server Error"},
     {501, "Not Implemented"},
     {503, "Service Unavailable"},
     {505, "HTTP Version Not Supported"}}};

}  // namespace

std::string_view phrase_of(unsigned status) {
  for (const auto& [known, phrase] : phrases)
    if (known == status) return phrase;
  return "Status";
}

Response Response::with(std::string_view name, std::string value) && {
  headers.set(name, std::move(value));
  return std::move(*this);
}

Response bytes(unsigned status, std::string content_type, std::string body) {
  Response response;
  response.status = status;
  response.headers.add("Content-Type", std::move(content_type));
  response.body = std::move(body);
  return response;
}

Response json(unsigned status, const boost::json::value& value) {
  return bytes(status, "application/json", boost::json::serialize(value));
}

Response text(unsigned status, std::string body) {
  return bytes(status, "text/plain; charset=utf-8", std::move(body));
}

Response page(unsigned status, std::string html) {
  Response response = bytes(status, "text/html; charset=utf-8", std::move(html));
  response.policy = ContentPolicy::page;
  return response;
}

Response empty(unsigned status) {
  Response response;
  response.status = status;
  return response;
}

Response file(FileRegion region, std::string content_type) {
  Response response = bytes(200, std::move(content_type), {});
  response.body = std::move(region);
  response.policy = ContentPolicy::file;
  return response;
}

Response redirect(std::string location, unsigned status) {
  return empty(status).with("Location", std::move(location));
}

Response error(unsigned status, std::string_view message, std::optional<std::string_view> reason) {
  boost::json::object body;
  body["message"] = message;
  body["reason"] = reason ? boost::json::value(*reason) : boost::json::value(nullptr);
  return json(status, body);
}

Response problem(unsigned status, std::string_view code, std::string_view message,
                 std::string_view hint) {
  boost::json::object body;
  body["type"] = "about:blank";
  body["title"] = phrase_of(status);
  body["status"] = status;
  body["detail"] = message;
  body["code"] = code;
  if (!hint.empty()) body["hint"] = hint;
  return bytes(status, "application/problem+json", boost::json::serialize(body));
}

}  // namespace cloister::http
