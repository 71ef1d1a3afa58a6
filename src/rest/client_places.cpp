// SPDX-License-Identifier: Apache-2.0
#include "cloister/rest/client_places.hpp"

namespace cloister::rest {

kernels::Place ClientPlaces::take(kernels::LiveKernel& kernel, const std::string& session) {
  auto found = places_.find({kernel.id(), session});
  return found == places_.end() ? kernel.messages().end() : kernel.messages().from(found->second);
}

void ClientPlaces::keep(const kernels::LiveKernel& kernel, const std::string& session,
                        kernels::Place place) {
  std::pair key(kernel.id(), session);
  if (places_.insert_or_assign(key, place.next_seq).second) place_order_.push_back(std::move(key));
  if (place_order_.size() <= places_max) return;
  places_.erase(place_order_.front());
  place_order_.pop_front();
}

void ClientPlaces::asked(const std::string& session, const std::string& message_id) {
  if (!askers_.insert_or_assign(message_id, session).second) return;
  question_order_.push_back(message_id);
  if (question_order_.size() <= questions_max) return;
  askers_.erase(question_order_.front());
  question_order_.pop_front();
}

bool ClientPlaces::is_answer_for(std::string_view session, const std::string& parent_id,
                                 std::string_view parent_session) const {
  auto asker = askers_.find(parent_id);
  return asker != askers_.end() ? asker->second == session : parent_session == session;
}

}  // namespace cloister::rest
