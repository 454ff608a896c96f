# The Debian packages, one a row. `./dev package` builds them: the executables, then the target
# packaging_files (manual pages and completions, written by the executables themselves), then cpack.

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME narthex)
set(CPACK_PACKAGE_VENDOR "Narthex")
set(CPACK_PACKAGE_CONTACT "Narthex maintainers <maintainers@narthex.invalid>")
set(CPACK_PACKAGE_DIRECTORY ${CMAKE_BINARY_DIR}/packages)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_SET_DESTDIR ON)  # some files go outside of the prefix
set(CPACK_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_COMPONENTS_GROUPING IGNORE)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
  OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CMAKE_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS ${CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS})
set(CMAKE_SKIP_INSTALL_ALL_DEPENDENCY ON)  # packaging builds no test

set(packaging ${CMAKE_SOURCE_DIR}/packaging)
add_custom_target(packaging_files)
find_program(GZIP gzip REQUIRED)

# A file of the package, made by a command whose output it is: OUTPUT is below the build folder.
function(narthex_packaged_output package output destination)
  add_custom_command(OUTPUT ${output} COMMAND ${ARGN} VERBATIM)
  string(REPLACE ${CMAKE_BINARY_DIR}/ "" target ${output})
  string(MAKE_C_IDENTIFIER ${target} target)
  add_custom_target(${target} DEPENDS ${output})
  add_dependencies(packaging_files ${target})
  install(FILES ${output} DESTINATION ${destination} COMPONENT ${package})
endfunction()

# narthex_package(NAME SUMMARY text DESCRIPTION text [DEPENDS text] EXECUTABLES name...
#                 [UNITS name...] [STATE folder] [USER name] [CONFFILES path...]
#                 [EXAMPLES name...] [SCRIPTS name...])
# EXECUTABLES  targets, each with its manual page and bash completion
# UNITS        from packaging/systemd; the service is NAME.service, with packaging/default/NAME
# STATE        folder below /var/lib/narthex, which a purge removes
# USER         the system user of the service; without, the unit has DynamicUser
# CONFFILES    from packaging/etc, into /etc/narthex
# EXAMPLES     from packaging/examples, beside the documentation
# SCRIPTS      from packaging/scripts, into /usr/sbin, each with packaging/man/NAME.8
function(narthex_package package)
  cmake_parse_arguments(ARG "" "SUMMARY;DESCRIPTION;DEPENDS;STATE;USER"
    "EXECUTABLES;UNITS;CONFFILES;EXAMPLES;SCRIPTS" ${ARGN})
  set(work ${CMAKE_BINARY_DIR}/packaging/${package})
  set(doc share/doc/${package})
  install(FILES ${packaging}/deb/copyright DESTINATION ${doc} COMPONENT ${package})
  configure_file(${packaging}/deb/changelog.in ${work}/changelog @ONLY)
  narthex_packaged_output(${package} ${work}/changelog.Debian.gz ${doc}
    sh -c "${GZIP} -9nc ${work}/changelog > ${work}/changelog.Debian.gz")
  foreach(executable ${ARG_EXECUTABLES})
    install(TARGETS ${executable} DESTINATION bin COMPONENT ${package})
    narthex_install_manual(${package} ${executable} ${work})
  endforeach()
  foreach(example ${ARG_EXAMPLES})
    install(FILES ${packaging}/examples/${example} DESTINATION ${doc}/examples COMPONENT ${package})
  endforeach()
  foreach(script ${ARG_SCRIPTS})
    install(PROGRAMS ${packaging}/scripts/${script} DESTINATION sbin COMPONENT ${package})
    narthex_packaged_output(${package} ${work}/${script}.8.gz share/man/man8
      sh -c "${GZIP} -9nc ${packaging}/man/${script}.8 > ${work}/${script}.8.gz")
  endforeach()
  set(conffiles "")
  foreach(file ${ARG_CONFFILES})
    install(FILES ${packaging}/etc/${file} DESTINATION /etc/narthex COMPONENT ${package})
    string(APPEND conffiles "/etc/narthex/${file}\n")
  endforeach()
  set(control "")
  if(ARG_UNITS)
    narthex_install_units(${package} ${work})
  endif()
  string(TOUPPER ${package} PACKAGE)
  set(CPACK_COMPONENT_${PACKAGE}_DESCRIPTION "${ARG_SUMMARY}\n${ARG_DESCRIPTION}" PARENT_SCOPE)
  set(CPACK_DEBIAN_${PACKAGE}_PACKAGE_NAME ${package} PARENT_SCOPE)
  set(CPACK_DEBIAN_${PACKAGE}_PACKAGE_CONTROL_EXTRA "${control}" PARENT_SCOPE)
  set(CPACK_DEBIAN_${PACKAGE}_PACKAGE_DEPENDS "${ARG_DEPENDS}" PARENT_SCOPE)
  set(CPACK_COMPONENTS_ALL ${CPACK_COMPONENTS_ALL} ${package} PARENT_SCOPE)
endfunction()

# The manual page and the completion of an executable, as it writes them. packaging/man/NAME.man, where it
# is, follows the page's own sections.
function(narthex_install_manual package executable work)
  set(tail "")
  if(EXISTS ${packaging}/man/${executable}.man)
    set(tail ${packaging}/man/${executable}.man)
  endif()
  set(page ${work}/${executable}.1)
  narthex_packaged_output(${package} ${page}.gz share/man/man1
    sh -c "$<TARGET_FILE:${executable}> --help-man > ${page} && cat /dev/null ${tail} >> ${page} && ${GZIP} -9nf ${page}"
    DEPENDS ${executable} ${tail})
  narthex_packaged_output(${package} ${work}/${executable} share/bash-completion/completions
    sh -c "$<TARGET_FILE:${executable}> --completion-script-bash > ${work}/${executable}"
    DEPENDS ${executable})
endfunction()

# The units of a package, what they read, and the scripts that dpkg runs. Adds to `conffiles` and `control`
# of the caller.
macro(narthex_install_units package work)
  list(TRANSFORM ARG_UNITS PREPEND ${packaging}/systemd/ OUTPUT_VARIABLE unit_files)
  install(FILES ${unit_files} DESTINATION /lib/systemd/system COMPONENT ${package})
  install(FILES ${packaging}/default/${package} DESTINATION /etc/default COMPONENT ${package})
  string(APPEND conffiles "/etc/default/${package}\n")
  file(WRITE ${work}/conffiles "${conffiles}")
  set(user "${ARG_USER}")
  set(state "${ARG_STATE}")
  list(JOIN ARG_UNITS " " units)
  foreach(script postinst prerm postrm)
    configure_file(${packaging}/deb/${script}.in ${work}/${script} @ONLY
      FILE_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
    list(APPEND control ${work}/${script})
  endforeach()
  list(APPEND control ${work}/conffiles)
  if(user)
    configure_file(${packaging}/deb/sysusers.in ${work}/${package}.conf @ONLY)
    install(FILES ${work}/${package}.conf DESTINATION lib/sysusers.d COMPONENT ${package})
  endif()
endmacro()

narthex_package(narthex-server
  SUMMARY "monitoring server that works like Prometheus"
  DESCRIPTION "Scrapes targets, stores their samples, answers PromQL queries and draws
graphs. It has the flags, configuration, HTTP API and data directory of
Prometheus."
  EXECUTABLES narthex-server
  UNITS narthex-server.service narthex.target
  STATE server
  USER narthex-server
  CONFFILES prometheus.yml
  SCRIPTS narthex-takeover
  DEPENDS "systemd | systemd-standalone-sysusers")

narthex_package(narthex-node-exporter
  SUMMARY "metrics of a Linux machine for Prometheus"
  DESCRIPTION "Exposes what the Linux kernel tells of a machine (CPU, memory, disks, file
systems, network) under the metric names of node_exporter."
  EXECUTABLES narthex-node-exporter
  UNITS narthex-node-exporter.service
  EXAMPLES narthex-node-exporter.socket)

narthex_package(narthex-container-exporter
  SUMMARY "metrics of containers for Prometheus"
  DESCRIPTION "Exposes what containers and other control groups use (CPU, memory, disks,
network, processes) under the metric names of cAdvisor."
  EXECUTABLES narthex-container-exporter
  UNITS narthex-container-exporter.service)

narthex_package(narthex-blackbox-exporter
  SUMMARY "probes of network services for Prometheus"
  DESCRIPTION "Probes targets over HTTP, TCP, DNS, ICMP, gRPC, Unix sockets and websockets,
with the modules and the metric names of blackbox_exporter."
  EXECUTABLES narthex-blackbox-exporter
  UNITS narthex-blackbox-exporter.service
  CONFFILES blackbox.yml)

narthex_package(narthex-postgres-exporter
  SUMMARY "metrics of PostgreSQL for Prometheus"
  DESCRIPTION "Exposes what a PostgreSQL server tells of itself (databases, tables, locks,
connections, replication) under the metric names of postgres_exporter."
  EXECUTABLES narthex-postgres-exporter
  UNITS narthex-postgres-exporter.service)

narthex_package(narthex-mysql-exporter
  SUMMARY "metrics of MySQL and MariaDB for Prometheus"
  DESCRIPTION "Exposes what a MySQL or MariaDB server tells of itself (status, variables,
tables, statements, replication) under the metric names of mysqld_exporter."
  EXECUTABLES narthex-mysql-exporter
  UNITS narthex-mysql-exporter.service)

narthex_package(narthex-pushgateway
  SUMMARY "takes pushed metrics of jobs for Prometheus"
  DESCRIPTION "Keeps the metrics that short-lived jobs push, until it is scraped. It has
the flags and the HTTP API of the Prometheus Pushgateway."
  EXECUTABLES narthex-pushgateway
  UNITS narthex-pushgateway.service
  STATE pushgateway)

narthex_package(narthex-tools
  SUMMARY "command line tools for Prometheus and Narthex"
  DESCRIPTION "narthex-tool checks configurations and expositions of metrics, as promtool
does."
  EXECUTABLES narthex-tool)

include(CPack)
