import { expect, test } from 'vitest';
import { createRegistry } from './registry.ts';

test('writes counters, gauges, histograms and summaries as the exposition format wants them', () => {
  const registry = createRegistry();
  const requests = registry.counter({ name: 'requests_total', help: 'Requests.', labels: ['path', 'status'] });
  let temperature = Number.NaN;
  registry.gaugeOf({ name: 'temperature_celsius', help: 'With a \\ and\na line.' }, () => temperature);
  registry.gaugeOf({ name: 'rooms', help: 'Rooms.', labels: ['state'], type: 'untyped' }, () => [
    [['open'], 2],
    [['shut'], Number.POSITIVE_INFINITY],
  ]);
  registry.gaugeOf({ name: 'unknown_seconds', help: 'Not known yet.' }, () => undefined);
  const latency = registry.histogram({
    name: 'latency_seconds',
    help: 'Latency.',
    labels: ['path'],
    buckets: [0.1, 1],
  });
  const calls = registry.summary({ name: 'call_seconds', help: 'Calls.', labels: ['procedure'] });
  registry.summaryOf({ name: 'delay_seconds', help: 'Delay.' }, () => ({ quantiles: { 0.5: 0.1 }, sum: 3, count: 4 }));
  const plain = registry.counter({ name: 'errors_total', help: 'Errors.' });

  requests.add(['/a"b\\c\nd', '200']);
  requests.add(['/a"b\\c\nd', '200'], 2);
  latency.observe(['/'], 0.1);
  latency.observe(['/'], 0.5);
  latency.observe(['/'], 7);
  calls.observe(['workers.list'], 0.25);
  plain.add([]);

  expect(registry.text()).toBe(`# HELP requests_total Requests.
# TYPE requests_total counter
requests_total{path="/a\\"b\\\\c\\nd",status="200"} 3
# HELP temperature_celsius With a \\\\ and\\na line.
# TYPE temperature_celsius gauge
temperature_celsius NaN
# HELP rooms Rooms.
# TYPE rooms untyped
rooms{state="open"} 2
rooms{state="shut"} +Inf
# HELP unknown_seconds Not known yet.
# TYPE unknown_seconds gauge
# HELP latency_seconds Latency.
# TYPE latency_seconds histogram
latency_seconds_bucket{path="/",le="0.1"} 1
latency_seconds_bucket{path="/",le="1"} 2
latency_seconds_bucket{path="/",le="+Inf"} 3
latency_seconds_sum{path="/"} 7.6
latency_seconds_count{path="/"} 3
# HELP call_seconds Calls.
# TYPE call_seconds summary
call_seconds_sum{procedure="workers.list"} 0.25
call_seconds_count{procedure="workers.list"} 1
# HELP delay_seconds Delay.
# TYPE delay_seconds summary
delay_seconds{quantile="0.5"} 0.1
delay_seconds_sum 3
delay_seconds_count 4
# HELP errors_total Errors.
# TYPE errors_total counter
errors_total 1
`);
  expect(requests.total()).toBe(3);
  expect(latency.counts()).toEqual([1, 1, 1]);

  // A kept line is given anew when its value changes, also back to what it was.
  temperature = 5;
  requests.add(['/', '404']);
  expect(registry.text()).toContain('temperature_celsius 5\n');
  temperature = 0;
  expect(registry.text()).toContain('temperature_celsius 0\n');
  expect(registry.text()).toContain('requests_total{path="/",status="404"} 1\n');
});

test('a name stands for one thing, and a series has all of its labels', () => {
  const registry = createRegistry();
  const requests = registry.counter({ name: 'requests_total', help: 'Requests.', labels: ['path', 'status'] });
  expect(() => registry.gaugeOf({ name: 'requests_total', help: 'Again.' }, () => 1)).toThrow(/declared twice/);
  expect(() => requests.add(['/'])).toThrow(/path, status/);
});
