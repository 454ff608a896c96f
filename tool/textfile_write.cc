// narthex-tool textfile-write.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <iostream>

#include "common/fs/files.h"
#include "exporters/kit/textfile_reader.h"
#include "tool/command.h"
#include "tool/commands.h"

namespace narthex::tool {
namespace {

constexpr size_t kMaxBytes = 16UL << 20;  // what the collector reads of a file

struct Options {
  std::string path;
  bool sync = false;
};

// A file beside the one it is to replace, under a name that no collector reads. Gone at the end
// unless it took that place.
class NewFile {
 public:
  explicit NewFile(const std::string& path) : path_(path), name_(path + ".XXXXXX") {
    fd_ = ::mkostemp(name_.data(), O_CLOEXEC);
    error_ = errno;
  }
  ~NewFile() {
    if (fd_ < 0) return;
    ::close(fd_);
    if (!placed_) ::unlink(name_.c_str());
  }
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;

  Status Write(std::string_view text, bool sync) {
    if (fd_ < 0) return ErrnoStatus("create " + Quote(name_), error_);
    constexpr mode_t kForAllToRead = 0644;
    if (::fchmod(fd_, kForAllToRead) != 0) return ErrnoStatus("chmod " + Quote(name_), errno);
    while (!text.empty()) {
      const ssize_t written = ::write(fd_, text.data(), text.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return ErrnoStatus("write " + Quote(name_), errno);
      text.remove_prefix(static_cast<size_t>(written));
    }
    if (sync && ::fsync(fd_) != 0) return ErrnoStatus("sync " + Quote(name_), errno);
    if (::rename(name_.c_str(), path_.c_str()) != 0)
      return ErrnoStatus("rename to " + Quote(path_), errno);
    placed_ = true;
    return {};
  }

 private:
  const std::string path_;
  std::string name_;
  int fd_ = -1;
  int error_ = 0;
  bool placed_ = false;
};

// Prints what is wrong with the input itself.
Status Write(const Options& options, std::ostream& problems) {
  if (!options.path.ends_with(".prom")) {
    return InvalidArgument(
        "want a FILE that ends in .prom, which is what the collector reads, got ",
        Quote(options.path));
  }
  std::string text;
  RETURN_IF_ERROR(ReadFile("/dev/stdin", text, kMaxBytes));
  const exporters::TextfileContent content = exporters::ReadTextfile(text);
  for (const Status& fault : content.faults) problems << "<stdin>:" << fault.message() << "\n";
  if (!content.faults.empty()) return Corruption(Quote(options.path), " is left as it was");
  return NewFile(options.path).Write(text, options.sync);
}

}  // namespace

int TextfileWrite(const std::vector<std::string>& arguments, std::ostream& out,
                  std::ostream& problems) {
  Options options;
  cli::Flags flags("narthex-tool textfile-write",
                   "Reads metrics from standard input, checks them as the node exporter's "
                   "collector textfile does, and puts them in the place of FILE in one step, so "
                   "that no scrape sees half of them. Where anything is wrong, FILE stays as it "
                   "was, and the exit code is 1.");
  flags.Add("sync", &options.sync, "Wait until the file is on the disk.");
  flags.AddArgument("FILE", &options.path, "The file, whose name has to end in .prom.");
  return RunCommand(flags, arguments, out, problems, [&] {
    return Write(options, problems).Prefixed("narthex-tool textfile-write");
  });
}

}  // namespace narthex::tool
