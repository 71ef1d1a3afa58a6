// SPDX-License-Identifier: Apache-2.0
#include "request_parser.hpp"

#include "cloister/http/errors.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>

#include <algorithm>

namespace cloister::http {
namespace {

namespace beast = boost::beast;

// Beast's own string body takes the announced length at once; this one grows with what arrives.
struct GrowingBody {
  // NOLINTBEGIN(readability-identifier-naming): the names that Beast wants
  struct value_type {
    std::string bytes;
    std::uint64_t bytes_max = 0;
  };

  class reader {
    // NOLINTEND(readability-identifier-naming)
   public:
    template <bool is_request, typename Fields>
    reader(beast::http::header<is_request, Fields>&, value_type& body) : body_(body) {}
    void init(const boost::optional<std::uint64_t>&, beast::error_code& error) { error = {}; }
    template <typename Buffers>
    std::size_t put(const Buffers& buffers, beast::error_code& error) {
      std::size_t count = boost::asio::buffer_size(buffers);
      if (count > body_.bytes_max - std::min<std::uint64_t>(body_.bytes.size(), body_.bytes_max)) {
        error = beast::http::error::body_limit;
        return 0;
      }
      for (auto i = boost::asio::buffer_sequence_begin(buffers);
           i != boost::asio::buffer_sequence_end(buffers); ++i)
        body_.bytes.append(static_cast<const char*>(i->data()), i->size());
      error = {};
      return count;
    }
    void finish(beast::error_code& error) { error = {}; }

   private:
    value_type& body_;
  };
};

std::unexpected<base::Error> refused(beast::error_code error) {
  using beast::http::error;
  if (error == error::header_limit)
    return base::fail(errors::head_too_large, "the request's head is too large");
  if (error == error::body_limit)
    return base::fail(errors::body_too_large, "the request's body is too large");
  if (error == error::bad_version)
    return base::fail(errors::version, "this version of HTTP is not spoken here");
  return base::fail(errors::bad_request, "this is not a valid request: " + error.message());
}

base::Outcome check_framing(const Headers& headers, bool is_version_1_1) {
  auto bad = [](std::string why) { return base::fail(errors::bad_request, std::move(why)); };
  std::size_t lengths = headers.count("Content-Length");
  std::size_t codings = headers.count("Transfer-Encoding");
  std::size_t hosts = headers.count("Host");
  if (lengths > 1) return bad("the request has more than one Content-Length");
  if (headers.get("Content-Length").find_first_not_of("0123456789") != std::string_view::npos)
    return bad("the request's Content-Length is not one number");  // Beast reads "5, 5" as 5
  if (codings > 0 && lengths > 0) return bad("the request says its length in two ways");
  if (codings > 1 || (codings == 1 && !is_version_1_1)) return bad("the request is badly framed");
  if (codings == 1 && !equal_ignoring_case(headers.get("Transfer-Encoding"), "chunked"))
    return bad("only the transfer coding chunked is spoken here");
  if (hosts > 1 || (hosts == 0 && is_version_1_1)) return bad("the request needs one Host");
  return {};
}

}  // namespace

struct RequestParser::State {
  beast::http::request_parser<GrowingBody> parser;
};

RequestParser::RequestParser(std::size_t head_bytes_max) : state_(std::make_unique<State>()) {
  state_->parser.header_limit(static_cast<std::uint32_t>(head_bytes_max));
  state_->parser.body_limit(boost::none);  // GrowingBody has its own
}

RequestParser::~RequestParser() = default;

base::Result<std::size_t> RequestParser::put(base::ByteView bytes) {
  if (bytes.empty()) return std::size_t{0};
  beast::error_code error;
  std::size_t taken =
      state_->parser.put(boost::asio::const_buffer(bytes.data(), bytes.size()), error);
  if (error && error != beast::http::error::need_more) return refused(error);
  return taken;
}

bool RequestParser::has_head() const {
  return state_->parser.is_header_done();
}

bool RequestParser::done() const {
  return state_->parser.is_done();
}

base::Result<RequestHead> RequestParser::head() const {
  const auto& message = state_->parser.get();
  if (message.version() != 11 && message.version() != 10)
    return base::fail(errors::version, "this version of HTTP is not spoken here");
  RequestHead head;
  head.method = std::string(message.method_string());
  head.target = std::string(message.target());
  for (const auto& field : message)
    head.headers.add(std::string(field.name_string()), std::string(field.value()));
  CLOISTER_TRY_DO(check_framing(head.headers, message.version() == 11));
  // A client of 1.0 would have to be told that we go on; none is worth it.
  head.keep_alive = message.version() == 11 && state_->parser.keep_alive();
  head.has_body = !state_->parser.is_done();
  auto length = state_->parser.content_length();
  if (length) head.length = *length;
  return head;
}

void RequestParser::set_body_bytes_max(std::uint64_t bytes) {
  state_->parser.get().body().bytes_max = bytes;
}

std::string RequestParser::take_body() {
  return std::move(state_->parser.get().body().bytes);
}

}  // namespace cloister::http
