#include "tests/bench/target_generator/series_schema.h"

namespace narthex::bench {

const std::vector<FamilyRow>& PodSchema() {
  using enum ValueKind;
  static const std::vector<FamilyRow> schema = {
      {"http_requests_total", "counter", "Requests answered, by handler, method and status code.",
       {{"", R"(handler="/api/v1/orders",method="GET",code="200")", kLargeCounter},
        {"", R"(handler="/api/v1/orders",method="GET",code="404")", kCounter},
        {"", R"(handler="/api/v1/orders",method="POST",code="201")", kCounter},
        {"", R"(handler="/api/v1/orders",method="POST",code="500")", kCounter},
        {"", R"(handler="/api/v1/baskets/:id",method="GET",code="200")", kLargeCounter},
        {"", R"(handler="/api/v1/baskets/:id",method="PUT",code="200")", kCounter},
        {"", R"(handler="/api/v1/search",method="GET",code="200")", kLargeCounter},
        {"", R"(handler="/api/v1/search",method="GET",code="503")", kCounter}}},
      {"http_request_duration_seconds", "histogram", "Time from the first byte read to the last one written.",
       {{"_bucket", R"(handler="/api/v1/orders",method="GET",le="0.005")", kBucket},
        {"_bucket", R"(handler="/api/v1/orders",method="GET",le="0.01")", kBucket},
        {"_bucket", R"(handler="/api/v1/orders",method="GET",le="0.025")", kBucket},
        {"_bucket", R"(handler="/api/v1/orders",method="GET",le="0.05")", kBucket},
        {"_bucket", R"(handler="/api/v1/orders",method="GET",le="0.1")", kBucket},
        {"_bucket", R"(handler="/api/v1/orders",method="GET",le="0.25")", kBucket},
        {"_bucket", R"(handler="/api/v1/orders",method="GET",le="0.5")", kBucket},
        {"_bucket", R"(handler="/api/v1/orders",method="GET",le="1")", kBucket},
        {"_bucket", R"(handler="/api/v1/orders",method="GET",le="2.5")", kBucket},
        {"_bucket", R"(handler="/api/v1/orders",method="GET",le="+Inf")", kBucket},
        {"_sum", R"(handler="/api/v1/orders",method="GET")", kSum},
        {"_count", R"(handler="/api/v1/orders",method="GET")", kCounter}}},
      {"rpc_client_duration_seconds", "summary", "Time that calls to other services took.",
       {{"", R"(service="inventory",method="Reserve",quantile="0.5")", kDuration},
        {"", R"(service="inventory",method="Reserve",quantile="0.9")", kDuration},
        {"", R"(service="inventory",method="Reserve",quantile="0.99")", kDuration},
        {"_sum", R"(service="inventory",method="Reserve")", kSum},
        {"_count", R"(service="inventory",method="Reserve")", kCounter}}},
      {"process_cpu_seconds_total", "counter", "CPU time in user and system mode.",
       {{"", R"(service="checkout",version="v2.31.0-rc.1",node="worker-eu-west-1b-07")", kSeconds}}},
      {"process_resident_memory_bytes", "gauge", "Memory that the process holds.",
       {{"", R"(service="checkout",version="v2.31.0-rc.1",node="worker-eu-west-1b-07")", kBytes}}},
      {"runtime_memory_class_bytes", "gauge", "Memory mapped by the runtime, by what it is used for.",
       {{"", R"(class="heap_objects",node="worker-eu-west-1b-07")", kBytes},
        {"", R"(class="heap_free",node="worker-eu-west-1b-07")", kBytes},
        {"", R"(class="heap_stacks",node="worker-eu-west-1b-07")", kBytes},
        {"", R"(class="metadata",node="worker-eu-west-1b-07")", kBytes}}},
      {"container_cpu_usage_seconds_total", "counter", "CPU time of the container, by core.",
       {{"", R"(cpu="cpu00",image="registry.example/shop/checkout:2.31.0")", kSeconds},
        {"", R"(cpu="cpu01",image="registry.example/shop/checkout:2.31.0")", kSeconds}}},
      {"container_network_receive_bytes_total", "counter", "Bytes received by the container.",
       {{"", R"(interface="eth0",image="registry.example/shop/checkout:2.31.0")", kLargeCounter},
        {"", R"(interface="eth1",image="registry.example/shop/checkout:2.31.0")", kLargeCounter}}},
      {"container_network_transmit_bytes_total", "counter", "Bytes sent by the container.",
       {{"", R"(interface="eth0",image="registry.example/shop/checkout:2.31.0")", kLargeCounter},
        {"", R"(interface="eth1",image="registry.example/shop/checkout:2.31.0")", kLargeCounter}}},
      {"worker_queue_length", "gauge", "Jobs that wait, by queue.",
       {{"", R"(queue="payment-callbacks",priority="high",tenant="default")", kCount},
        {"", R"(queue="payment-callbacks",priority="low",tenant="default")", kCount},
        {"", R"(queue="confirmation-mails",priority="high",tenant="default")", kCount},
        {"", R"(queue="confirmation-mails",priority="low",tenant="default")", kCount}}},
      {"cache_hit_ratio", "gauge", "Share of look-ups that the cache answered in the last minute.",
       {{"", R"(cache="sessions",shard="00",node="worker-eu-west-1b-07")", kRatio},
        {"", R"(cache="sessions",shard="01",node="worker-eu-west-1b-07")", kRatio},
        {"", R"(cache="products",shard="00",node="worker-eu-west-1b-07")", kRatio},
        {"", R"(cache="products",shard="01",node="worker-eu-west-1b-07")", kRatio}}},
      {"db_pool_wait_seconds_total", "counter", "Time spent waiting for a database connection.",
       {{"", R"(pool="orders-primary",database="orders",role="primary")", kSum},
        {"", R"(pool="orders-replica",database="orders",role="replica")", kSum}}},
      {"db_queries_total", "counter", "Queries sent to the database, by statement.",
       {{"", R"(pool="orders-primary",database="orders",statement="insert_order")", kCounter},
        {"", R"(pool="orders-primary",database="orders",statement="update_order")", kCounter},
        {"", R"(pool="orders-replica",database="orders",statement="select_order")", kLargeCounter}}},
  };
  return schema;
}

size_t SeriesPerPod() {
  size_t count = 0;
  for (const FamilyRow& family : PodSchema()) count += family.series.size();
  return count;
}

}  // namespace narthex::bench
