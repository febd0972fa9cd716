import { describe, expect, it } from '@jest/globals';
import { METRICS_TYPE, metricsText } from './metrics.js';

describe('metricsText', () => {
  const targets = {
    name: 'chainkeep_target_enabled',
    help: 'Is the target fed?',
    labels: ['environment', 'configuration'],
  };

  it('writes the process and every row with its labels', async () => {
    const rows = [
      { labels: { environment: 'prod', configuration: 'a' }, value: 1 },
      { labels: { environment: 'prod', configuration: 'with "quotes"' }, value: 0.5 },
    ];
    const text = await metricsText({ version: '1.2.3', labels: { service: 'x' } }, [{ ...targets, rows }]);
    expect(text).toContain('# TYPE chainkeep_info gauge\nchainkeep_info{service="x",version="1.2.3"} 1\n');
    expect(text).toMatch(/\nchainkeep_heap_bytes\{service="x"\} \d+\n/);
    expect(text).toMatch(/\nchainkeep_uptime_seconds\{service="x"\} \d+\n/);
    expect(text).toContain(
      [
        '# HELP chainkeep_target_enabled Is the target fed?',
        '# TYPE chainkeep_target_enabled gauge',
        'chainkeep_target_enabled{environment="prod",configuration="a"} 1',
        'chainkeep_target_enabled{environment="prod",configuration="with \\"quotes\\""} 0.5\n',
      ].join('\n'),
    );
    expect(METRICS_TYPE).toBe('text/plain; version=0.0.4; charset=utf-8');
  });

  it('gives a gauge without rows no value', async () => {
    const text = await metricsText({ version: '1', labels: {} }, [{ ...targets, rows: [] }]);
    expect(text).toContain('# TYPE chainkeep_target_enabled gauge\n');
    expect(text).not.toContain('\nchainkeep_target_enabled');
  });
});
