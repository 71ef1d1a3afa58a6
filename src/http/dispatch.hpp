// SPDX-License-Identifier: Apache-2.0
// From a request's head to its handler, or to a refusal: no input or output.
#pragma once

#include "cloister/http/request.hpp"
#include "cloister/http/response.hpp"
#include "cloister/http/router.hpp"

#include "access_facts.hpp"
#include "request_parser.hpp"
#include "server_state.hpp"

#include <optional>

namespace cloister::http {

struct Dispatch {
  std::optional<Response> answer;  // without any handler; otherwise one of the following is there
  const Route* route = nullptr;
  const WebSocketRoute* web_socket = nullptr;
  Caller caller;
  // Refused so far for want of XSRF, which a form brings in its body.
  bool awaits_form = false;
};

// http.bad-target, http.not-implemented.
base::Result<Request> request_of(const Server::State& server, const RequestHead& head);

// Fills the request's caller and captures.
Dispatch dispatch(const Server::State& server, Request& request, Exchange exchange);

// With the form that arrived: the refusal, or nothing.
std::optional<Response> refusal_of_form(const Server::State& server, const Request& request,
                                        const Dispatch& dispatch);

// What every response carries: cookies, CORS, security fields.
void dress(const Server::State& server, const Request& request, const Caller& caller,
           Response& response);

// The response for an error of reading a request.
Response response_to(const base::Error& error);

}  // namespace cloister::http
