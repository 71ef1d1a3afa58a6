// SPDX-License-Identifier: Apache-2.0
#include "cloister/http/router.hpp"

#include "cloister/base/check.hpp"

#include <algorithm>
#include <array>

namespace cloister::http {
namespace {

bool knows(const Route& route, Method method) {
  return route.method == method || (route.method == Method::get && method == Method::head);
}

void note(std::vector<Method>& methods, Method method) {
  if (std::ranges::find(methods, method) == methods.end()) methods.push_back(method);
}

std::string joined(std::span<const std::string> segments) {
  std::string path;
  for (const std::string& segment : segments) {
    if (!path.empty()) path += '/';
    path += segment;
  }
  while (path.ends_with('/')) path.pop_back();
  return path;
}

}  // namespace

Router::Pattern Router::parse(std::string_view pattern) {
  CLOISTER_CHECK(pattern.starts_with('/'));
  Pattern segments;
  bool has_rest = false;
  pattern.remove_prefix(1);
  for (;;) {
    auto end = pattern.find('/');
    std::string_view part = pattern.substr(0, end);
    bool capture = part.starts_with('{') && part.ends_with('}');
    bool rest = capture && part.ends_with("...}");
    CLOISTER_CHECK(!(rest && has_rest));  // where one ends would be a guess
    has_rest = has_rest || rest;
    if (rest)
      segments.push_back({Segment::Kind::rest, std::string(part.substr(1, part.size() - 5))});
    else if (capture)
      segments.push_back({Segment::Kind::one, std::string(part.substr(1, part.size() - 2))});
    else
      segments.push_back({Segment::Kind::fixed, std::string(part)});
    if (end == std::string_view::npos) return segments;
    pattern.remove_prefix(end + 1);
  }
}

bool Router::better(const Pattern& a, const Pattern& b) {
  auto count = [](const Pattern& pattern, Segment::Kind kind) {
    return std::ranges::count(pattern, kind, &Segment::kind);
  };
  auto rank = [&](const Pattern& pattern) {
    return std::array{count(pattern, Segment::Kind::fixed), count(pattern, Segment::Kind::one)};
  };
  return rank(a) > rank(b);
}

std::optional<Parameters> Router::match(const Pattern& pattern,
                                        const std::vector<std::string>& segments) {
  auto rest = std::ranges::find(pattern, Segment::Kind::rest, &Segment::kind);
  bool has_rest = rest != pattern.end();
  std::size_t single = pattern.size() - (has_rest ? 1 : 0);
  if (has_rest ? segments.size() < single : segments.size() != single) return std::nullopt;
  std::size_t skipped = segments.size() - single;
  Parameters captures;
  std::size_t at = 0;
  for (const Segment& wanted : pattern) {
    if (wanted.kind == Segment::Kind::rest) {
      captures.add(wanted.text, joined(std::span(segments).subspan(at, skipped)));
      at += skipped;
      continue;
    }
    const std::string& segment = segments[at++];
    if (wanted.kind == Segment::Kind::fixed && wanted.text != segment) return std::nullopt;
    if (wanted.kind == Segment::Kind::one && segment.empty()) return std::nullopt;
    if (wanted.kind == Segment::Kind::one) captures.add(wanted.text, segment);
  }
  return captures;
}

void Router::add(Entry entry, std::string_view pattern) {
  entry.pattern = parse(pattern);
  auto place = std::ranges::find_if(
      entries_, [&](const Entry& other) { return better(entry.pattern, other.pattern); });
  entries_.insert(place, std::move(entry));
}

void Router::add(Route route) {
  CLOISTER_CHECK(route.handler && route.body_bytes <= body_bytes_max);
  for (const Entry& entry : entries_)
    CLOISTER_CHECK(!entry.route || entry.route->pattern != route.pattern ||
                   entry.route->method != route.method);
  std::string pattern = route.pattern;
  Entry entry;
  entry.route = std::move(route);
  add(std::move(entry), pattern);
}

void Router::add(WebSocketRoute route) {
  CLOISTER_CHECK(route.handler && route.access != Access::page);
  std::string pattern = route.pattern;
  Entry entry;
  entry.web_socket = std::move(route);
  add(std::move(entry), pattern);
}

void Router::add(std::vector<Route> routes) {
  for (Route& route : routes) add(std::move(route));
}

std::expected<Found, NotFound> Router::find(Method method, Exchange exchange,
                                            const std::vector<std::string>& segments) const {
  NotFound nothing;
  for (const Entry& entry : entries_) {
    auto captures = match(entry.pattern, segments);
    if (!captures) continue;
    bool wanted = exchange == Exchange::web_socket
                      ? entry.web_socket.has_value()
                      : entry.route.has_value() && knows(*entry.route, method);
    if (wanted)
      return Found{.route = entry.route ? &*entry.route : nullptr,
                   .web_socket = entry.web_socket ? &*entry.web_socket : nullptr,
                   .captures = *std::move(captures)};
    if (!entry.route) {
      nothing.needs_upgrade = true;
      continue;
    }
    note(nothing.allowed, entry.route->method);
    if (entry.route->method == Method::get) note(nothing.allowed, Method::head);
  }
  std::size_t count = segments.size();
  if (nothing.allowed.empty() && count > 1 && segments.back().empty() &&
      !segments[count - 2].empty()) {
    std::vector<std::string> shorter(segments.begin(), segments.end() - 1);
    nothing.without_slash = find(method, exchange, shorter).has_value();
  }
  return std::unexpected(std::move(nothing));
}

}  // namespace cloister::http
