add_library(hw_options INTERFACE)
target_compile_features(hw_options INTERFACE cxx_std_20)
# -Wrestrict is wrong in GCC 12 about std::string (its bug 105651).
target_compile_options(hw_options INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wimplicit-fallthrough
                                            $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>
                                            $<$<CXX_COMPILER_ID:Clang>:-Wthread-safety>
                                            $<$<BOOL:${HW_WERROR}>:-Werror> -fno-omit-frame-pointer)
if(HW_UNITY)
  # It asks whether a class of a header has a part of an unnamed namespace: here each source looks like a header.
  target_compile_options(hw_options INTERFACE $<$<CXX_COMPILER_ID:GNU>:-Wno-subobject-linkage>)
endif()
target_compile_definitions(hw_options INTERFACE $<$<BOOL:${HW_FAILPOINTS}>:HW_FAILPOINTS>
                                                HW_VERSION="${PROJECT_VERSION}")
if(HW_SANITIZE)
  target_compile_options(hw_options INTERFACE -fsanitize=${HW_SANITIZE} -fno-sanitize-recover=all)
  target_link_options(hw_options INTERFACE -fsanitize=${HW_SANITIZE})
  # What a sanitizer adds makes GCC see uninitialised members in std::regex.
  target_compile_options(hw_options INTERFACE $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
  if(HW_SANITIZE STREQUAL "thread" AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # GCC warns of every fence, which TSan cannot see; test/support/tsan.supp names the readers that rely on one.
    target_compile_options(hw_options INTERFACE -Wno-tsan)
  endif()
endif()
if(HW_FUZZ)
  # The libraries too: libFuzzer sees only edges of what is compiled with this.
  target_compile_options(hw_options INTERFACE -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all)
  target_link_options(hw_options INTERFACE -fsanitize=address,undefined)
endif()

# hw_module(journal DIR journal DEPENDS hw_base LIBS PkgConfig::zstd) declares one library, of one folder or several, and
# the only modules it may include. A second target links it alone, so that a hidden upward call fails the link.
function(hw_module name)
  cmake_parse_arguments(arg "" "" "DIR;DEPENDS;LIBS" ${ARGN})
  list(TRANSFORM arg_DIR PREPEND ${PROJECT_SOURCE_DIR}/)
  list(TRANSFORM arg_DIR APPEND /*.cc)
  file(GLOB sources CONFIGURE_DEPENDS ${arg_DIR})
  list(FILTER sources EXCLUDE REGEX "/main.cc$")
  add_library(hw_${name} STATIC ${sources})
  set_target_properties(hw_${name} PROPERTIES POSITION_INDEPENDENT_CODE ON UNITY_BUILD ${HW_UNITY}
                                              UNITY_BUILD_BATCH_SIZE 8)
  target_include_directories(hw_${name} PUBLIC $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}>)
  target_link_libraries(hw_${name} PUBLIC ${arg_DEPENDS} ${arg_LIBS} $<BUILD_INTERFACE:hw_options>)
  if(HW_PRECOMPILE)
    if(name STREQUAL base)  # The lowest of all: the others take what it has parsed.
      target_precompile_headers(hw_base PRIVATE ${PROJECT_SOURCE_DIR}/engine/base/precompiled.h)
    else()
      target_precompile_headers(hw_${name} REUSE_FROM hw_base)
    endif()
  endif()
  add_executable(linkcheck_${name} ${PROJECT_SOURCE_DIR}/test/support/empty_main.cc)
  target_link_libraries(linkcheck_${name} PRIVATE -Wl,--whole-archive hw_${name} -Wl,--no-whole-archive)
endfunction()

# hw_group(engine hw_backup hw_admin): a name for several modules, for those that use them all.
function(hw_group name)
  add_library(hw_${name} INTERFACE)
  target_link_libraries(hw_${name} INTERFACE ${ARGN})
endfunction()

# hw_program(mupip DIR mupip DEPENDS hw_mupip): an installed program: main.cc of the folder. All else in the folder is a
# module, so that tests can call the program's parts.
function(hw_program name)
  cmake_parse_arguments(arg "" "DIR" "DEPENDS" ${ARGN})
  add_executable(${name} ${PROJECT_SOURCE_DIR}/${arg_DIR}/main.cc)
  target_link_libraries(${name} PRIVATE ${arg_DEPENDS})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
endfunction()
