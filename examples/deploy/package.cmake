# The Debian package: `cpack --config build/CPackConfig.cmake`. The program, its manual, the systemd unit, the
# examples, and /etc/skjema/skjema.conf, which dpkg keeps as the administrator left it. Installing it makes
# the user skjema and starts nothing: until the agency has said who it is there is nothing to serve.
include(GNUInstallDirs)
set(deploy ${CMAKE_CURRENT_LIST_DIR})
set(manual ${PROJECT_BINARY_DIR}/manual)

install(FILES ${manual}/skjema.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES ${manual}/skjema.conf.5 DESTINATION ${CMAKE_INSTALL_MANDIR}/man5)
install(DIRECTORY examples/hello examples/redusert-foreldrebetaling examples/serveringsbevilling
  DESTINATION ${CMAKE_INSTALL_DATADIR}/skjema/examples)
install(FILES README.md ${PROJECT_BINARY_DIR}/sbom.json DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/skjema)
# Where only a package has its place: `cmake --install` leaves /etc and systemd alone.
install(FILES ${manual}/skjema.conf DESTINATION /etc/skjema COMPONENT system EXCLUDE_FROM_ALL)
install(DIRECTORY DESTINATION /etc/skjema/secrets COMPONENT system EXCLUDE_FROM_ALL
  DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE)
install(FILES ${deploy}/skjema.service DESTINATION /usr/lib/systemd/system COMPONENT system EXCLUDE_FROM_ALL)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME skjema)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_CONTACT "Fjordvik kommune <post@fjordvik.example>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "forms that citizens fill in, and agencies share documents by")
set(CPACK_PACKAGE_DESCRIPTION "Serves forms to citizens, with ID-porten, a digital postbox and consent to fetch documents,
and delivers what they send. Try it with: skjema serve --sandbox --forms /usr/share/skjema/examples")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_COMPONENTS_ALL Unspecified system)
set(CPACK_COMPONENTS_GROUPING ALL_COMPONENTS_IN_ONE)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION web)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "passwd, ca-certificates")
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "nginx | haproxy, clamav-daemon")
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA "${deploy}/debian/conffiles;${deploy}/debian/postinst;${deploy}/debian/prerm;${deploy}/debian/postrm")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
include(CPack)
