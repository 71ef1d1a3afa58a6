// SPDX-License-Identifier: Apache-2.0
// A fake outside world for `cloister selftest`: namespaces of its own with a network that goes
// nowhere, services, a home with secrets, shared objects, and a process that stands for all others
// (sandbox.md §6). Every escape works in it, and it sees who escapes.
#pragma once

#include "cloister/base/result.hpp"
#include "cloister/io/descriptor.hpp"

#include "outside_listeners.hpp"

#include <boost/json.hpp>
#include <sys/types.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace cloister::cell {

class OutsideWorld {
 public:
  // Turns the calling process, which must be a fresh child with one thread, into the outside
  // world. `folder` exists and is empty; `probe` is the probe program.
  static base::Result<std::unique_ptr<OutsideWorld>> make(const std::string& folder,
                                                          const std::string& probe);
  ~OutsideWorld();

  // What a probe is told. A cell's paths differ: the caller overwrites them.
  boost::json::object fixtures() const { return fixtures_; }
  std::string path(std::string_view relative) const {
    return folder_ + "/" + std::string(relative);
  }
  const std::string& granted_content() const { return granted_content_; }
  // Whom the home, the data and the other process belong to; the controls run as this user.
  uid_t person() const { return person_; }
  gid_t group() const { return group_; }
  const std::string& secret() const { return secret_; }
  bool as_root() const { return as_root_; }

  // Starts to watch; what the world sees from here to the next call of witnesses() counts.
  // `connections_left`: how many connections of the caller's stay open meanwhile.
  void watch(std::size_t connections_left = 0);
  // All that reached the world, or changed in it, since watch().
  std::vector<std::string> witnesses();
  // A signal reached the other process since the last call.
  bool other_process_signalled();

 private:
  OutsideWorld() = default;
  base::Outcome make_namespaces();
  base::Outcome make_network();
  base::Outcome make_folders(const std::string& probe);
  base::Outcome hide_system_files();
  base::Outcome listen();
  base::Outcome make_shared_objects();
  base::Outcome make_key();
  base::Outcome start_other_process();
  void settle(std::size_t connections_left);
  base::Outcome make_file(std::string_view relative, std::string_view content, mode_t mode = 0600);
  base::Outcome make_folder(std::string_view relative);

  std::string folder_;
  std::string secret_;
  std::string granted_content_;
  uid_t person_ = 0;
  gid_t group_ = 0;
  bool as_root_ = false;
  boost::json::object fixtures_;
  OutsideListeners listeners_;
  io::Descriptor other_output_;  // of the other process
  pid_t other_process_ = -1;
  std::map<std::string, std::string> seen_files_;
  std::string seen_counters_;
  bool settled_once_ = false;
};

// What files are below a folder, with their kind, mode, owner, size and time of change; leaves out
// the subfolders named.
std::map<std::string, std::string> survey_folder(const std::string& folder,
                                                 const std::vector<std::string>& except);

}  // namespace cloister::cell
