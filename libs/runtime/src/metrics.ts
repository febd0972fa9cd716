import { Gauge as PrometheusGauge, Registry } from 'prom-client';

type Labels = Readonly<Record<string, string>>;

/** A gauge with its values; `labels` are the names that every row gives. */
export type Gauge = Readonly<{
  name: string;
  help: string;
  labels: readonly string[];
  rows: readonly Readonly<{ labels: Labels; value: number }>[];
}>;

/** The content type of `metricsText`. */
export const METRICS_TYPE = Registry.PROMETHEUS_CONTENT_TYPE;

const processGauges = (version: string, labels: Labels): readonly Gauge[] => {
  const gauge = (name: string, help: string, value: number, more: Labels = {}): Gauge => {
    const all = { ...labels, ...more };
    return { name, help, labels: Object.keys(all), rows: [{ labels: all, value }] };
  };
  return [
    gauge('chainkeep_info', 'The running version.', 1, { version }),
    gauge('chainkeep_heap_bytes', 'Heap in use.', process.memoryUsage().heapUsed),
    gauge('chainkeep_uptime_seconds', 'Time since the process started.', Math.floor(process.uptime())),
  ];
};

/** The Prometheus text of a process (its version, heap and uptime under `labels`) and of `gauges`. */
export const metricsText = async (
  { version, labels }: Readonly<{ version: string; labels: Labels }>,
  gauges: readonly Gauge[],
): Promise<string> => {
  const registry = new Registry();
  for (const { name, help, labels: labelNames, rows } of [...processGauges(version, labels), ...gauges]) {
    const gauge = new PrometheusGauge({ name, help, labelNames, registers: [registry] });
    for (const row of rows) gauge.set(row.labels, row.value);
  }
  return registry.metrics();
};
