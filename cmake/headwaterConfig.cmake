# find_package(headwater) gives the target headwater::headwater.
include(CMakeFindDependencyMacro)
find_dependency(Threads)
find_dependency(fmt)
find_dependency(PkgConfig)
pkg_check_modules(lmdb REQUIRED QUIET IMPORTED_TARGET lmdb)
pkg_check_modules(zstd REQUIRED QUIET IMPORTED_TARGET libzstd)
pkg_check_modules(xxhash REQUIRED QUIET IMPORTED_TARGET libxxhash)
include(${CMAKE_CURRENT_LIST_DIR}/headwaterTargets.cmake)
