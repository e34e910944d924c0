# What is installed: the programs, and for C++ programs one static library with the headers that
# engine/headwater.hpp needs, found by find_package(headwater) or by pkg-config. There is no shared library: the
# interface is C++ templates over internal types, and nothing promises their layout from release to release.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(programs mupip dse gbl gde hwd hwadm)
add_custom_target(programs DEPENDS ${programs})  # What quickstart builds is what it installs.
install(TARGETS ${programs} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT programs)

set(headwater_modules base journal globals storage region commit recovery session)
list(TRANSFORM headwater_modules REPLACE "(.+)" "$<TARGET_OBJECTS:hw_\\1>" OUTPUT_VARIABLE headwater_objects)
add_library(headwater STATIC ${headwater_objects})
target_compile_features(headwater PUBLIC cxx_std_20)
set(headwater_include ${CMAKE_INSTALL_INCLUDEDIR}/headwater)
target_include_directories(headwater INTERFACE $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}>
                                               $<INSTALL_INTERFACE:${headwater_include}>)
target_link_libraries(headwater PUBLIC fmt::fmt PkgConfig::xxhash PkgConfig::zstd PkgConfig::lmdb PkgConfig::utf8proc Threads::Threads
                                       $<BUILD_INTERFACE:hw_options>)

# hw_included_by(result header...): the headers, and every header of ours that they include, to any depth.
function(hw_included_by result)
  set(seen "")
  set(queue ${ARGN})
  while(queue)
    list(POP_FRONT queue header)
    if(header IN_LIST seen)
      continue()
    endif()
    list(APPEND seen ${header})
    set_property(DIRECTORY ${PROJECT_SOURCE_DIR} APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/${header})
    file(STRINGS ${PROJECT_SOURCE_DIR}/${header} lines REGEX "^#include \"")
    foreach(line ${lines})
      string(REGEX REPLACE "^#include \"([^\"]+)\".*" "\\1" included "${line}")
      list(APPEND queue ${included})
    endforeach()
  endwhile()
  set(${result} ${seen} PARENT_SCOPE)
endfunction()

hw_included_by(headwater_headers engine/headwater.hpp)
foreach(header ${headwater_headers})
  get_filename_component(folder ${header} DIRECTORY)
  install(FILES ${header} DESTINATION ${headwater_include}/${folder} COMPONENT development)
endforeach()

set(headwater_cmake_dir ${CMAKE_INSTALL_LIBDIR}/cmake/headwater)
install(TARGETS headwater EXPORT headwaterTargets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT development)
install(EXPORT headwaterTargets NAMESPACE headwater:: DESTINATION ${headwater_cmake_dir} COMPONENT development)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/headwaterConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_SOURCE_DIR}/cmake/headwaterConfig.cmake ${PROJECT_BINARY_DIR}/headwaterConfigVersion.cmake
        DESTINATION ${headwater_cmake_dir} COMPONENT development)
# The .pc file finds the prefix from its own place, so an installed tree can be moved.
file(RELATIVE_PATH headwater_pc_to_prefix /p/${CMAKE_INSTALL_LIBDIR}/pkgconfig /p)
string(REGEX REPLACE "/$" "" headwater_pc_to_prefix "${headwater_pc_to_prefix}")
configure_file(cmake/headwater.pc.in ${PROJECT_BINARY_DIR}/headwater.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/headwater.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT development)
install(FILES README.md LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT programs)
