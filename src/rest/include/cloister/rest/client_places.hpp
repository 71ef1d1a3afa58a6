// SPDX-License-Identifier: Apache-2.0
// Where each client stands in each kernel's messages, and what it asked: a connection that comes
// back goes on where it broke off.
#pragma once

#include "cloister/kernels/live_kernel.hpp"

#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace cloister::rest {

// On the loop's thread. Bounded: the oldest go.
class ClientPlaces {
 public:
  // Where the client broke off; a new one begins with what comes.
  kernels::Place take(kernels::LiveKernel& kernel, const std::string& session);
  void keep(const kernels::LiveKernel& kernel, const std::string& session, kernels::Place place);

  void asked(const std::string& session, const std::string& message_id);
  // By the message that it answers; for messages that nobody here asked, by the client's session.
  bool is_answer_for(std::string_view session, const std::string& parent_id,
                     std::string_view parent_session) const;

 private:
  static constexpr std::size_t places_max = 1000;
  static constexpr std::size_t questions_max = 20'000;

  std::map<std::pair<std::string, std::string>, std::uint64_t> places_;
  std::deque<std::pair<std::string, std::string>> place_order_;
  std::map<std::string, std::string> askers_;
  std::deque<std::string> question_order_;
};

}  // namespace cloister::rest
