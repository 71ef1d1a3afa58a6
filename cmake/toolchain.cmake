# Compiler settings for our own code. Third-party code is built in third_party/ and only imported.
set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bin")

option(CLOISTER_HARDENING "Hardening flags of a release" OFF)
option(CLOISTER_FUZZ "Build the libFuzzer targets" OFF)
set(CLOISTER_SANITIZE "" CACHE STRING "Sanitizers, comma separated")

set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG")

# A precompiled header without a time stamp gives the same bytes again, which lets ccache use it.
add_compile_options("SHELL:$<$<COMPILE_LANGUAGE:CXX>:-Xclang -fno-pch-timestamp>")
add_compile_options(-Wall -Wextra -Werror -fdiagnostics-color=always)
add_link_options(-fuse-ld=lld)

if(CLOISTER_HARDENING)
  add_compile_options(
    -fstack-protector-strong -fstack-clash-protection -fcf-protection -ftrivial-auto-var-init=zero)
  add_compile_definitions(_FORTIFY_SOURCE=2 _GLIBCXX_ASSERTIONS)
  add_link_options(-Wl,-z,relro,-z,now,-z,noexecstack)
  include(CheckPIESupported)
  check_pie_supported()
endif()
if(CLOISTER_SANITIZE)
  add_compile_options(-fsanitize=${CLOISTER_SANITIZE} -fno-sanitize-recover=all
                      -fno-omit-frame-pointer -O1 -gline-tables-only)
  add_link_options(-fsanitize=${CLOISTER_SANITIZE})
endif()
if(CLOISTER_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
