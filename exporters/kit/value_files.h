// Files that hold one value, as sysfs and /proc/sys have them.
#ifndef NARTHEX_EXPORTERS_KIT_VALUE_FILES_H_
#define NARTHEX_EXPORTERS_KIT_VALUE_FILES_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/fs/files.h"
#include "common/status/status.h"

namespace narthex::exporters {

// The file's text without the blanks at its ends, valid UTF-8 in any case.
Result<std::string> ReadValue(const Directory& tree, const std::string& path);

// kCorruption, with the path, for what is no whole number: decimal or, behind 0x, hexadecimal.
Result<double> ReadNumber(const Directory& tree, const std::string& path);

// The same for values that a machine may do without. Nothing where the file is not there or the
// kernel does not give it: drivers refuse single files with all kinds of errors.
std::optional<std::string> FindValue(const Directory& tree, const std::string& path);
std::optional<double> FindNumber(const Directory& tree, const std::string& path);
// The same of a text that was read, or could not be.
std::optional<std::string> ValueOf(const Result<std::string>& text);
std::optional<double> NumberOf(const Result<std::string>& text);
// The same for several files of one folder.
std::optional<std::string> FindValue(const OpenFolder& folder, const char* name);
std::optional<double> FindNumber(const OpenFolder& folder, const char* name);

// The entries of a folder whose names begin with `prefix` and go on with a digit, as cpu0 and
// thermal_zone12 do, sorted by name. Empty where the folder is absent.
Result<std::vector<std::string>> ListNumbered(const Directory& tree, const std::string& path,
                                              std::string_view prefix);

// The folders in a folder, without links, sorted by name.
Result<std::vector<std::string>> ListFolders(const Directory& tree, const std::string& path);

}  // namespace narthex::exporters

#endif  // NARTHEX_EXPORTERS_KIT_VALUE_FILES_H_
