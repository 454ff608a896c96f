// What targets say of their metric families, for the API.
#ifndef NARTHEX_SERVER_SCRAPE_FAMILY_METADATA_H_
#define NARTHEX_SERVER_SCRAPE_FAMILY_METADATA_H_

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "server/storage/storage.h"

namespace narthex::server {

struct FamilyMetadata {
  std::string name;
  storage::Metadata metadata;

  friend bool operator==(const FamilyMetadata&, const FamilyMetadata&) = default;
};

// In the order of an exposition. Targets that expose the same share it.
using MetadataList = std::vector<FamilyMetadata>;
using MetadataListPtr = std::shared_ptr<const MetadataList>;

// Of what many targets say, summed up.
class MetadataSize {
 public:
  void Add(const MetadataListPtr& list);

  uint64_t entries() const { return entries_; }
  uint64_t bytes() const { return bytes_; }  // of the texts

 private:
  // Of the lists that targets share.
  std::map<MetadataListPtr, uint64_t> known_bytes_;
  uint64_t entries_ = 0;
  uint64_t bytes_ = 0;
};

// Follows what one target says, scrape by scrape. A scrape that says the same as the last costs one
// comparison a line and no memory.
class MetadataFollower {
 public:
  enum class Field : unsigned char { kType, kHelp, kUnit };
  // Which bytes of a text have a backslash before them.
  enum class Escapes : unsigned char {
    kNone,
    kText,         // backslash and line feed
    kOpenMetrics,  // the double quote too
  };

  // The next line of the scrape.
  void Note(std::string_view family, Field field, std::string_view text, Escapes escapes);
  // Ends the scrape: the list if it has changed, else null.
  MetadataListPtr Finish();

 private:
  FamilyMetadata& Changed(std::string_view family);
  const FamilyMetadata* Expected(std::string_view family);

  MetadataListPtr last_ = std::make_shared<MetadataList>();
  size_t at_ = 0;  // families of `last_` that came
  bool differs_ = false;
  MetadataList list_;  // once it differs: this scrape's
};

}  // namespace narthex::server

#endif  // NARTHEX_SERVER_SCRAPE_FAMILY_METADATA_H_
