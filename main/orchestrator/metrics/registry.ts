/** Text of the exposition format, version 0.0.4: what Prometheus and everything that reads its format takes. */
export const metricsContentType = 'text/plain; version=0.0.4; charset=utf-8';

type MetricType = 'counter' | 'gauge' | 'histogram' | 'summary' | 'untyped';

interface FamilyOptions {
  /** `http_requests_total`: base units, `_total` where it only grows. */
  name: string;
  help: string;
  labels?: readonly string[];
}

/** What a figure is read from at each scrape: a number, or one for each set of label values; undefined while unknown. */
export type Reading = number | undefined | Iterable<readonly [labels: readonly string[], value: number]>;

export interface Counter {
  /** Adds to the series of these label values, given in the order they were declared. */
  add(labels: readonly string[], by?: number): void;
  /** What adds to one series, for those who do it often. */
  series(labels: readonly string[]): { add(by?: number): void };
  /** The sum of all of its series. */
  total(): number;
}

export interface Histogram {
  observe(labels: readonly string[], value: number): void;
  /** What observes for one series, for those who do it often. */
  series(labels: readonly string[]): { observe(value: number): void };
  /** How many fell into each bucket so far, all series together; the last one is what was above all bounds. */
  counts(): readonly number[];
}

export interface Summary {
  observe(labels: readonly string[], value: number): void;
}

export interface Registry {
  counter(options: FamilyOptions): Counter;
  /** Counted elsewhere: read at each scrape. */
  counterOf(options: FamilyOptions, read: () => Reading): void;
  gaugeOf(options: FamilyOptions & { type?: 'gauge' | 'untyped' }, read: () => Reading): void;
  histogram(options: FamilyOptions & { buckets: readonly number[] }): Histogram;
  summary(options: FamilyOptions): Summary;
  /** Quantiles, sum and count that are kept elsewhere. */
  summaryOf(
    options: FamilyOptions,
    read: () => { quantiles: Record<string, number>; sum: number; count: number },
  ): void;
  /** Everything as text. */
  text(): string;
}

/** One line: the text before the value never changes, and the whole line only with its value. */
interface Line {
  head: string;
  value: number;
  text: string;
}

/**
 * Figures by name and labels, and their text. Label texts are made when a series is first seen and kept, and a line whose
 * value did not change is given as it was: a scrape of 1,000 series then costs a tenth of what rebuilding them does, which
 * is why this is not prom-client (`npm run bench -- metrics` compares the two).
 */
export function createRegistry(): Registry {
  const families: (() => string)[] = [];
  const names = new Set<string>();

  function declare({ name, help }: FamilyOptions, type: MetricType, lines: () => string): void {
    if (names.has(name)) throw new Error(`the metric ${name} is declared twice`);
    names.add(name);
    const head = `# HELP ${name} ${help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')}\n# TYPE ${name} ${type}\n`;
    families.push(() => head + lines());
  }

  /** Series by their label values, each made once. */
  function seriesOf<Series>({ labels = [] }: FamilyOptions, make: (labelText: string) => Series) {
    const all = new Map<string, Series>();
    return {
      all,
      of(values: readonly string[]): Series {
        const key = values.length === 1 ? (values[0] as string) : values.join('\u0000');
        const known = all.get(key);
        if (known !== undefined) return known;
        if (values.length !== labels.length)
          throw new Error(`a series has the labels ${labels.join(', ')}, not ${values.join(', ')}`);
        const made = make(labels.map((label, place) => `${label}="${escaped(values[place] as string)}"`).join(','));
        all.set(key, made);
        return made;
      },
    };
  }

  function declareRead(options: FamilyOptions, type: MetricType, read: () => Reading): void {
    const series = seriesOf(options, (labels) => lineOf(labels ? `${options.name}{${labels}} ` : `${options.name} `));
    declare(options, type, () => {
      const reading = read();
      if (reading === undefined) return '';
      if (typeof reading === 'number') return textOf(series.of([]), reading);
      let text = '';
      for (const [labels, value] of reading) text += textOf(series.of(labels), value);
      return text;
    });
  }

  return {
    counter(options) {
      const series = seriesOf(options, (labels) => ({
        ...lineOf(labels ? `${options.name}{${labels}} ` : `${options.name} `),
        count: 0,
      }));
      if (!options.labels?.length) series.of([]);
      declare(options, 'counter', () => {
        let text = '';
        for (const one of series.all.values()) text += textOf(one, one.count);
        return text;
      });
      return {
        add(labels, by = 1) {
          series.of(labels).count += by;
        },
        series(labels) {
          const one = series.of(labels);
          return {
            add(by = 1) {
              one.count += by;
            },
          };
        },
        total() {
          let sum = 0;
          for (const { count } of series.all.values()) sum += count;
          return sum;
        },
      };
    },
    counterOf: (options, read) => declareRead(options, 'counter', read),
    gaugeOf: (options, read) => declareRead(options, options.type ?? 'gauge', read),
    histogram(options) {
      const { name, buckets } = options;
      const series = seriesOf(options, (labels) => {
        const before = labels ? `${labels},` : '';
        const own = labels ? `{${labels}}` : '';
        return {
          counts: new Array<number>(buckets.length + 1).fill(0),
          sum: 0,
          lines: [...buckets, Number.POSITIVE_INFINITY].map((bound) =>
            lineOf(`${name}_bucket{${before}le="${numberText(bound)}"} `),
          ),
          sumLine: lineOf(`${name}_sum${own} `),
          countLine: lineOf(`${name}_count${own} `),
        };
      });
      if (!options.labels?.length) series.of([]);
      function note(one: { counts: number[]; sum: number }, value: number): void {
        let place = 0;
        while (place < buckets.length && value > (buckets[place] as number)) place += 1;
        (one.counts[place] as number) += 1;
        one.sum += value;
      }
      declare(options, 'histogram', () => {
        let text = '';
        for (const { counts, sum, lines, sumLine, countLine } of series.all.values()) {
          let sofar = 0;
          for (let place = 0; place < lines.length; place += 1) {
            sofar += counts[place] as number;
            text += textOf(lines[place] as Line, sofar);
          }
          text += textOf(sumLine, sum) + textOf(countLine, sofar);
        }
        return text;
      });
      return {
        observe: (labels, value) => note(series.of(labels), value),
        series(labels) {
          const one = series.of(labels);
          return { observe: (value) => note(one, value) };
        },
        counts() {
          const sums = new Array<number>(buckets.length + 1).fill(0);
          for (const { counts } of series.all.values())
            for (let place = 0; place < sums.length; place += 1) (sums[place] as number) += counts[place] as number;
          return sums;
        },
      };
    },
    summary(options) {
      const series = seriesOf(options, (labels) => {
        const own = labels ? `{${labels}}` : '';
        return {
          sum: 0,
          count: 0,
          sumLine: lineOf(`${options.name}_sum${own} `),
          countLine: lineOf(`${options.name}_count${own} `),
        };
      });
      declare(options, 'summary', () => {
        let text = '';
        for (const { sum, count, sumLine, countLine } of series.all.values())
          text += textOf(sumLine, sum) + textOf(countLine, count);
        return text;
      });
      return {
        observe(labels, value) {
          const one = series.of(labels);
          one.sum += value;
          one.count += 1;
        },
      };
    },
    summaryOf(options, read) {
      const series = seriesOf({ ...options, labels: ['quantile'] }, (labels) => lineOf(`${options.name}{${labels}} `));
      const sumLine = lineOf(`${options.name}_sum `);
      const countLine = lineOf(`${options.name}_count `);
      declare(options, 'summary', () => {
        const { quantiles, sum, count } = read();
        let text = '';
        for (const quantile of Object.keys(quantiles)) text += textOf(series.of([quantile]), quantiles[quantile] ?? 0);
        return text + textOf(sumLine, sum) + textOf(countLine, count);
      });
    },
    text() {
      let text = '';
      for (const family of families) text += family();
      return text;
    },
  };
}

function lineOf(head: string): Line {
  return { head, value: 0, text: `${head}0\n` };
}

function textOf(line: Line, value: number): string {
  if (value !== line.value) {
    line.value = value;
    line.text = `${line.head}${numberText(value)}\n`;
  }
  return line.text;
}

function numberText(value: number): string {
  if (Number.isFinite(value)) return String(value);
  return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
}

function escaped(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
