# Everything that we link: Debian's packages, and the prefix that third_party/ built from the lock file.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(fmt REQUIRED)
find_package(Boost 1.81 REQUIRED COMPONENTS json)
find_package(OpenSSL 3 REQUIRED)
pkg_check_modules(SODIUM REQUIRED IMPORTED_TARGET libsodium)
pkg_check_modules(SECCOMP REQUIRED IMPORTED_TARGET libseccomp)
pkg_check_modules(ZMQ REQUIRED IMPORTED_TARGET libzmq)
find_package(ZLIB REQUIRED)
find_package(GTest REQUIRED)

set(CLOISTER_PREFIX "" CACHE PATH "Where ./dev setup put the pinned third-party parts")
if(NOT EXISTS "${CLOISTER_PREFIX}/lib/libduckdb.so")
  message(FATAL_ERROR "The third-party prefix is missing (CLOISTER_PREFIX='${CLOISTER_PREFIX}'): "
                      "run ./dev setup, or build through ./dev build")
endif()

# DuckDB's C API (duckdb.h): what all but one file of engines/data uses.
add_library(duckdb::duckdb SHARED IMPORTED)
set_target_properties(duckdb::duckdb PROPERTIES
  IMPORTED_LOCATION "${CLOISTER_PREFIX}/lib/libduckdb.so"
  INTERFACE_INCLUDE_DIRECTORIES "${CLOISTER_PREFIX}/include/duckdb")
# DuckDB's C++ headers need its own copy of fmt, which hides Debian's: link this into a target of its own that holds
# nothing but the file with the encryption and file system hooks (C++20: they do not compile as C++23).
add_library(duckdb::internals INTERFACE IMPORTED)
set_target_properties(duckdb::internals PROPERTIES
  INTERFACE_INCLUDE_DIRECTORIES "${CLOISTER_PREFIX}/include/duckdb;${CLOISTER_PREFIX}/include/duckdb-fmt"
  INTERFACE_LINK_LIBRARIES duckdb::duckdb)
add_library(nanoarrow::ipc STATIC IMPORTED)
set_target_properties(nanoarrow::ipc PROPERTIES
  IMPORTED_LOCATION "${CLOISTER_PREFIX}/lib/libnanoarrow_ipc.a"
  INTERFACE_INCLUDE_DIRECTORIES "${CLOISTER_PREFIX}/include/nanoarrow")
