/** What the service counts, as Prometheus reads it (text exposition format 0.0.4). */
export interface Metrics {
  /** A number that only grows. The name ends in `_total`. */
  counter(name: string, help: string): Counter;
  /** A number that is asked for when somebody reads the metrics. */
  gauge(name: string, help: string, read: () => number): void;
  /** Durations, seconds, in buckets. */
  histogram(name: string, help: string): Histogram;
  /** All of it as text. */
  render(): string;
}

export type Labels = Record<string, string | number>;

export interface Counter {
  add(labels?: Labels, by?: number): void;
}

export interface Histogram {
  observe(labels: Labels, seconds: number): void;
}

const bounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120];
/** Label values come partly from requests: a counter keeps no more combinations than this. */
const mostSeries = 1000;

interface Buckets {
  labels: string;
  counts: number[];
  sum: number;
  count: number;
}

export function createMetrics(): Metrics {
  const families = new Map<string, () => string>();
  const family = (name: string, help: string, type: string, lines: () => string[]) => {
    if (families.has(name)) throw new Error(`the metric ${name} is there twice`);
    families.set(name, () => [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...lines()].join("\n"));
  };
  return {
    counter(name, help) {
      const series = new Map<string, number>();
      family(name, help, "counter", () => [...series].map(([labels, value]) => `${name}${braced(labels)} ${value}`));
      return {
        add(labels = {}, by = 1) {
          const key = labelText(labels);
          if (series.size < mostSeries || series.has(key)) series.set(key, (series.get(key) ?? 0) + by);
        },
      };
    },
    gauge(name, help, read) {
      family(name, help, "gauge", () => [`${name} ${read()}`]);
    },
    histogram(name, help) {
      const series = new Map<string, Buckets>();
      family(name, help, "histogram", () => [...series.values()].flatMap((buckets) => bucketLines(name, buckets)));
      return {
        observe(labels, seconds) {
          const key = labelText(labels);
          let buckets = series.get(key);
          if (!buckets) {
            if (series.size >= mostSeries) return;
            buckets = { labels: key, counts: bounds.map(() => 0), sum: 0, count: 0 };
            series.set(key, buckets);
          }
          const at = bounds.findIndex((bound) => seconds <= bound);
          if (at >= 0) buckets.counts[at]!++;
          buckets.sum += seconds;
          buckets.count++;
        },
      };
    },
    render: () => `${[...families.values()].map((render) => render()).join("\n")}\n`,
  };
}

function bucketLines(name: string, { labels, counts, sum, count }: Buckets): string[] {
  const comma = labels === "" ? "" : `${labels},`;
  let below = 0;
  return [
    ...bounds.map((bound, i) => `${name}_bucket{${comma}le="${bound}"} ${(below += counts[i]!)}`),
    `${name}_bucket{${comma}le="+Inf"} ${count}`,
    `${name}_sum${braced(labels)} ${sum}`,
    `${name}_count${braced(labels)} ${count}`,
  ];
}

const braced = (labels: string) => (labels === "" ? "" : `{${labels}}`);

function labelText(labels: Labels): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}="${String(value).replace(/[\\"\n]/g, (c) => (c === "\n" ? "\\n" : `\\${c}`))}"`)
    .join(",");
}
