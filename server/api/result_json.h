// Results of queries in JSON: vectors, matrices, scalars and strings, as the reference's API has
// them.
#ifndef NARTHEX_SERVER_API_RESULT_JSON_H_
#define NARTHEX_SERVER_API_RESULT_JSON_H_

#include <cstdint>

#include "common/http_server/json_response.h"
#include "server/promql/engine.h"

namespace narthex::server {

// How the answer of a query is told.
struct AnswerForm {
  int64_t time_ms;  // of scalars and strings
  uint64_t limit;   // of series; 0: none
  bool stats;
};

// Writes the value of "result". Series are written on all of the pool's threads, a batch at a
// time. False when the client is gone.
bool WriteResult(JsonResponse& json, const promql::QueryResult& result, const AnswerForm& form,
                 promql::WorkerPool& workers);

}  // namespace narthex::server

#endif  // NARTHEX_SERVER_API_RESULT_JSON_H_
