# cmake -B build-asan -C .ci/asan.cmake: all of it under AddressSanitizer and UBSan, and by the other
# compiler, which warns of other things.
set(CMAKE_C_COMPILER clang CACHE STRING "")
set(CMAKE_BUILD_TYPE Debug CACHE STRING "")
set(SANITIZE address,undefined CACHE STRING "")
