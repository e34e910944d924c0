include(GNUInstallDirs)
install(TARGETS mupip dse gbl gde RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
