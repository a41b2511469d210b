# cmake -B build-asan -C .ci/asan.cmake: all of it under AddressSanitizer and UBSan.
set(CMAKE_BUILD_TYPE Debug CACHE STRING "")
set(SANITIZE address,undefined CACHE STRING "")
