import { expect, test } from 'vitest';
import { boundsUnit, guessUnit } from './unit';

test.each([
  ['node_memory_MemFree_bytes', 'bytes'],
  ['sum by (job) (process_resident_memory_bytes{job="a_seconds"})', 'bytes'],
  ['rate(node_network_receive_bytes_total[5m])', 'bytes/s'],
  ['rate(http_requests_total[5m])', 'per second'],
  ['histogram_quantile(0.9, sum by (le) (rate(http_duration_seconds_bucket[5m])))', 'seconds'],
  ['rate(http_duration_seconds_bucket[5m])', 'per second'],
  ['histogram_quantile(0.5, rate(http_duration_seconds[5m]))', 'seconds'],
  ['histogram_avg(rate(http_size_bytes[5m]))', 'bytes'],
  ['histogram_count(rate(http_duration_seconds[5m]))', 'per second'],
  ['rate(node_cpu_seconds_total[5m])', 'none'],
  ['scrape_duration_seconds', 'seconds'],
  ['process_start_time_seconds', 'none'],
  ['node_filesystem_avail_bytes / node_filesystem_size_bytes', 'none'],
  ['count(node_memory_MemFree_bytes)', 'none'],
  ['node_memory_MemFree_bytes + process_cpu_seconds_total', 'none'],
  ['max_over_time(node_hwmon_temp_celsius[1h])', 'celsius'],
  ['up', 'none'],
  ['', 'none'],
])('the unit of %s is %s', (expr, unit) => {
  expect(guessUnit(expr)).toBe(unit);
});

test('bounds of buckets have the unit of what is counted in them', () => {
  expect(boundsUnit('sum by (le) (rate(http_duration_seconds_bucket[5m]))')).toBe('seconds');
  expect(boundsUnit('rate(http_size_bytes[5m])')).toBe('bytes');
  expect(boundsUnit('rate(a_seconds[5m]) + rate(b_bytes[5m])')).toBe('none');
});
