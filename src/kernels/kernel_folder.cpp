// SPDX-License-Identifier: Apache-2.0
#include "kernel_folder.hpp"

#include "cloister/io/errors.hpp"
#include "cloister/io/frame_socket.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

namespace cloister::kernels {
namespace {

// A file without a name from the beginning: nothing is left of it, however everything ends.
base::Result<io::Descriptor> nameless_file(const io::Path& folder) {
  io::Descriptor file(::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
  if (file.open()) return file;
  io::Path path = folder / "journal";
  file = io::Descriptor(::open(path.c_str(), O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0600));
  if (!file.open())
    return base::fail_errno(io::errors::system, "cannot make the journal of a kernel", errno);
  unlink(path.c_str());
  return file;
}

}  // namespace

base::Result<cell::KernelDescriptors> make_kernel_folder(const io::Path& run_folder) {
  io::SystemDisk disk;
  CLOISTER_TRY_DO(disk.make_folder(run_folder, 0700));
  cell::KernelDescriptors made;
  CLOISTER_TRY(made.attach, io::listen_at(attach_path(run_folder), 0600));
  CLOISTER_TRY(made.journal, nameless_file(run_folder));
  CLOISTER_TRY(made.door, io::listen_at(door_path(run_folder), 0600));
  if (geteuid() == 0 &&
      chown(door_path(run_folder).c_str(), cell::unprivileged_id, cell::unprivileged_id) != 0)
    return base::fail_errno(io::errors::system, "cannot give the door to the cell", errno);
  return made;
}

}  // namespace cloister::kernels
