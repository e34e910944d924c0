# cmake -DBUILD=... -DSOURCE=... -DCXX=... -P run.cmake: installs to a folder of its own, builds consumer.cc and docs/examples against it
# with find_package and with pkg-config, and runs both on a database made with the installed programs.
set(work ${BUILD}/install-test)
file(REMOVE_RECURSE ${work})
file(MAKE_DIRECTORY ${work}/data)

function(run)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE output
                  WORKING_DIRECTORY ${work}/data)
  if(NOT status EQUAL 0)
    list(JOIN ARGN " " command)
    message(FATAL_ERROR "${command}\nended with ${status}:\n${output}")
  endif()
  set(output "${output}" PARENT_SCOPE)
endfunction()

set(prefix ${work}/prefix)
run(${CMAKE_COMMAND} --install ${BUILD} --prefix ${prefix})

run(${CMAKE_COMMAND} -S ${SOURCE}/test/install -B ${work}/with-cmake -DCMAKE_CXX_COMPILER=${CXX}
    -DCMAKE_PREFIX_PATH=${prefix})
run(${CMAKE_COMMAND} --build ${work}/with-cmake)

file(GLOB_RECURSE pc ${prefix}/headwater.pc)
get_filename_component(pc_dir ${pc} DIRECTORY)
set(ENV{PKG_CONFIG_PATH} ${pc_dir})
run(pkg-config --cflags --libs headwater)
string(STRIP "${output}" flags)
separate_arguments(flags UNIX_COMMAND "${flags}")
run(${CXX} -std=c++20 ${SOURCE}/test/install/consumer.cc -o ${work}/with-pkg-config ${flags})

set(ENV{gtmgbldir} ${work}/data/gtm.gld)
file(WRITE ${work}/data/gde.in "change -segment DEFAULT -file=${work}/data/gtm.dat\nexit\n")
execute_process(COMMAND ${prefix}/bin/gde INPUT_FILE ${work}/data/gde.in RESULT_VARIABLE status OUTPUT_QUIET ERROR_QUIET)
if(NOT status EQUAL 0)
  message(FATAL_ERROR "gde ended with ${status}")
endif()
run(${prefix}/bin/mupip create)
run(${work}/with-cmake/consumer)
run(${work}/with-pkg-config)

# The programs of docs/examples.
function(expect text)
  string(STRIP "${output}" said)
  if(NOT said STREQUAL text)
    message(FATAL_ERROR "said '${said}', not '${text}'")
  endif()
endfunction()
run(${prefix}/bin/gbl set "^acct(3,\"balance\")" 100)
run(${work}/with-cmake/transfers 3 4 25)
execute_process(COMMAND ${work}/with-cmake/transfers 3 4 1000 RESULT_VARIABLE status OUTPUT_QUIET ERROR_QUIET
                WORKING_DIRECTORY ${work}/data)
if(NOT status EQUAL 1)
  message(FATAL_ERROR "a transfer of more than there is ended with ${status}")
endif()
run(${work}/with-cmake/balances)
expect("3 75\n4 25\ntotal 100")
run(${work}/with-cmake/threads 4 250)
expect("1000")
file(REMOVE_RECURSE ${work})
