# find_package(libremotestore): the target libremotestore::libremotestore is the shared library with
# the headers for C and C++, wherever the folder with all of them was installed or moved.
get_filename_component(_libremotestore_prefix "${CMAKE_CURRENT_LIST_DIR}/../../.." ABSOLUTE)
if(NOT TARGET libremotestore::libremotestore)
  add_library(libremotestore::libremotestore SHARED IMPORTED)
  set_target_properties(libremotestore::libremotestore PROPERTIES
    IMPORTED_LOCATION "${_libremotestore_prefix}/lib/libremotestore.so.1"
    IMPORTED_SONAME libremotestore.so.1
    INTERFACE_INCLUDE_DIRECTORIES "${_libremotestore_prefix}/include")
endif()
unset(_libremotestore_prefix)
