// Command line flags, declared once: the declaration parses, checks and prints --help.
//
//   std::string address = ":9100";
//   cli::Flags flags("narthex-node-exporter", "Exposes what the Linux kernel tells of this
//   machine."); flags.Add("web.listen-address", &address, "Where to listen; an empty host means
//   all.", "HOST:PORT"); ASSIGN_OR_RETURN(const bool run, flags.Parse(argc, argv));   // false:
//   --help or --version was answered
//
// A flag's value before parsing is its default. Spelling as the originals: --name=value or
// --name value; booleans also --name and --no-name; names are not abbreviated; a flag may be
// repeated only where it fills a list.
#ifndef NARTHEX_COMMON_CLI_FLAGS_H_
#define NARTHEX_COMMON_CLI_FLAGS_H_

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "common/bytes/duration.h"
#include "common/log/logger.h"
#include "common/status/status.h"

namespace narthex::cli {

class Flags {
 public:
  Flags(std::string program, std::string summary);

  void Add(std::string name, bool* value, std::string help);
  void Add(std::string name, std::string* value, std::string help, std::string value_name = "TEXT");
  void Add(std::string name, int64_t* value, std::string help, std::string value_name = "N");
  void Add(std::string name, Duration* value, std::string help,
           std::string value_name = "DURATION");
  void Add(std::string name, ByteSize* value, std::string help, std::string value_name = "SIZE");
  void Add(std::string name, LogLevel* value, std::string help);
  void Add(std::string name, LogFormat* value, std::string help);
  // May be repeated; the first use replaces the default.
  void Add(std::string name, std::vector<std::string>* values, std::string help,
           std::string value_name = "TEXT");

  // Another name for a flag: one that it had once. --help does not show it, and using it is noted.
  void AddOldName(std::string old_name, std::string name);
  // A flag of the original that means nothing here, with a value or as a switch: it is taken, and
  // noted with the reason ("there is no Go runtime"). --help does not show it.
  void AddWithoutEffect(std::string name, bool is_bool, std::string reason);
  // A flag of the original for what is not here: using it is an error that says the reason ("this
  // server has no agent mode").
  void AddRefused(std::string name, bool is_bool, std::string reason);

  // An argument that stands by itself, without "--": each takes the next such. All may be left out.
  void AddArgument(std::string name, std::string* value, std::string help);
  // All that stand by themselves after those.
  void AddArguments(std::string name, std::vector<std::string>* values, std::string help);

  // --log.level and --log.format.
  void AddLogFlags(LogOptions* options);

  // True to go on. False when --help (-h), --version, --help-man or --completion-script-bash (as
  // the originals have them) was asked for and printed. kInvalidArgument names the flag.
  Result<bool> Parse(int argc, const char* const* argv);
  // As above; what is printed goes into `output`.
  Result<bool> Parse(const std::vector<std::string>& arguments, std::string& output);
  // What the last Parse noted, a sentence each, for a person to read. The first form of Parse
  // has printed them to standard error.
  const std::vector<std::string>& notes() const { return notes_; }

  // Whether the last Parse met the flag, also as --no-NAME, rather than leave its default.
  bool WasGiven(std::string_view name) const { return given_.contains(name); }

  std::string Help() const;
  // The answer to --help-man: a manual page in section 1. Where the program's name has a blank
  // ("narthex-tool check metrics"), the part of a page about that command.
  std::string ManPage() const;
  // The answer to --completion-script-bash, for the bash-completion package: a function, and the
  // line that binds it to the program unless it is for a command of it.
  std::string BashCompletion() const;

  // Each flag and its present value as text, for the API.
  std::map<std::string, std::string> Values() const;

 private:
  struct Flag {
    std::string name;
    std::string help;
    std::string value_name;
    bool is_bool = false;
    bool is_list = false;
    std::function<Status(std::string_view)> set;
    std::function<std::string()> get;
  };

  struct Foreign {
    bool is_bool;
    bool is_refused;
    std::string reason;
  };

  struct Argument {
    std::string name;
    std::string* value;                // one of these is null
    std::vector<std::string>* values;  // the last may take many
    std::string help;
  };

  // A "--name", "--no-name" or "--name=value" and what it stands for.
  struct Spelling;

  const Flag* Find(std::string_view name) const;
  const Foreign* FindForeign(std::string_view name) const;  // also as no-NAME
  Result<Spelling> Read(std::string_view argument);
  Result<std::vector<std::string>> Normalise(const std::vector<std::string>& arguments);

  std::string program_;
  std::string summary_;
  std::vector<Flag> flags_;
  std::map<std::string, std::string, std::less<>> old_names_;
  std::map<std::string, Foreign, std::less<>> foreign_;  // without effect, or refused
  std::set<std::string, std::less<>> given_;
  std::vector<std::string> notes_;
  std::vector<Argument> arguments_;
};

}  // namespace narthex::cli

#endif  // NARTHEX_COMMON_CLI_FLAGS_H_
