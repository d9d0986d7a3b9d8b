import { dirname } from 'node:path';
import colors from 'picocolors';
import type { QualityRow } from '../../data/index.js';
import { type GateReport, measureFigure, measureName } from '../../nightly/gate/measure.js';
import type { IncrementalReport } from '../../nightly/incremental/report.js';
import type { RunResult } from '../../nightly/run.js';
import { shortPath } from './closing.js';
import { forecastText } from './forecast.js';
import { bytes, count, counted, duration, percent, rate } from './quantities.js';
import { exampleText, remarkLines } from './recommendations.js';
import { segmentTable } from './segments.js';
import { table } from './table.js';
import { valueTable } from './value.js';

function heading(text: string): string {
  return colors.bold(colors.cyan(text));
}

/** What cleaning did, rule by rule; rules that found nothing are left out. */
export function qualityText(rows: readonly QualityRow[]): string {
  const effective = rows.filter(({ rowsChanged, rowsDropped }) => rowsChanged + rowsDropped > 0);
  if (effective.length === 0) return 'Nothing had to be cleaned.';
  return table(
    [
      { heading: 'source' },
      { heading: 'rule' },
      { heading: 'rows in', align: 'right' },
      { heading: 'changed', align: 'right' },
      { heading: 'dropped', align: 'right' },
      { heading: 'because', width: 56 },
    ],
    effective.map(({ source, rule, column, rowsIn, rowsChanged, rowsDropped, reason }) => [
      source,
      column === null ? rule : `${rule} ${column}`,
      count(rowsIn),
      count(rowsChanged),
      count(rowsDropped),
      reason,
    ]),
  );
}

/** What was kept of the last full night, what was made anew, and what that saved. */
export function incrementalText(report: IncrementalReport, seconds: number | undefined): string {
  const { since, turnover, newItems, parts, bought, changed, kept, fullSeconds } = report;
  const named = parts.map(part => `${part.name} ${part.kept ? 'kept' : `moved by ${percent(part.moved)}`}`);
  const lines = [
    `Built on the full night ${since}: since then ${percent(turnover)} of the purchases have come or gone, and ${counted(newItems, 'item is', 'items are')} new.`,
    `Recommenders: ${named.join(', ')}.`,
    `Recommended anew to ${counted(changed, 'customer')}, ${count(bought)} of whom bought something since last night; kept for ${count(kept)}.`,
  ];
  if (seconds !== undefined && fullSeconds !== undefined) {
    lines.push(`Recommendations took ${duration(seconds)}; ${duration(fullSeconds)} in the full night.`);
  }
  return lines.join('\n');
}

/** Of whom the figures are that were not measured of everybody. */
function gateSamples(measures: GateReport['measures']): string[] {
  const named = new Map<string, string[]>();
  for (const { name, sample } of measures) {
    if (!sample) continue;
    const of = `${count(sample.customers)} of ${counted(sample.of, 'customer')}`;
    named.set(of, [...(named.get(of) ?? []), measureName(name)]);
  }
  return [...named].map(
    ([of, names]) => `Measured of ${of}, much the same every night (gate.sample): ${names.join(', ')}.`,
  );
}

/** The figures of the gate, beside those of the published night where there is one. */
export function gateText({ against, measures, forced }: GateReport): string {
  const verdict = forced ? '\nPublished by force.' : '';
  const compared = against !== undefined;
  const limited = compared || measures.some(({ limit }) => limit !== undefined);
  const figures = table(
    [
      { heading: 'measure' },
      { heading: 'tonight', align: 'right' },
      ...(compared ? [{ heading: 'before', align: 'right' as const }] : []),
      ...(limited ? [{ heading: 'limit' }] : []),
    ],
    measures.map(({ name, value, before, limit, passed }) => [
      measureName(name),
      measureFigure(name, value),
      ...(compared ? [before === undefined ? '' : measureFigure(name, before)] : []),
      ...(limited ? [`${limit ?? ''}${passed ? '' : ', missed'}`] : []),
    ]),
  );
  const remark = compared
    ? `Before is the night ${against}.`
    : 'The first night: there is none before it to fall behind; the next one is compared with it.';
  return [figures, ...gateSamples(measures), `${remark}${verdict}`].join('\n');
}

/** The morning's reading of a night: quality, segments, values, some recommendations, speed, where the files are. */
export function nightlySummary({ found, manifest, files }: RunResult): string {
  const { value, segments, recommendations, quality } = found;
  const parts = [heading(manifest.name), `${heading('Quality')}\n${qualityText(quality)}`];
  if (segments) parts.push(`${heading('Segments')}\n${segmentTable(segments)}`);
  if (value) {
    const { groups, report } = value;
    parts.push(`${heading('Value')}\n${valueTable(groups)}`);
    if (report) parts.push(forecastText(report));
  }
  if (recommendations) {
    const { rows, items, examples } = recommendations;
    parts.push(
      `${heading('Recommendations')}\n${count(rows)} out of ${counted(items, 'item')}, for example for`,
      ...examples.map(example => exampleText(example)),
      ...remarkLines(recommendations),
    );
  }
  const { incremental, fullBecause, stages } = manifest;
  if (incremental) {
    const { seconds } = stages.find(({ stage }) => stage === 'recommendations') ?? {};
    parts.push(incrementalText(incremental, seconds));
  }
  if (fullBecause) parts.push(`Everything was computed: ${fullBecause}.`);
  if (manifest.gate) parts.push(`${heading('Gate')}\n${gateText(manifest.gate)}`);
  const slowest = [...manifest.stages].sort((a, b) => b.seconds - a.seconds)[0];
  const { rows, seconds } = manifest;
  parts.push(
    `${heading('Throughput')}\n${counted(rows, 'row')} in ${duration(seconds)}, ${rate(rows, seconds)}; the longest stage was ${slowest.stage} with ${duration(slowest.seconds)}`,
  );
  const manifestFile = files.at(-1);
  if (manifestFile) {
    const size = manifest.outputs.reduce((sum, output) => sum + output.bytes, 0);
    parts.push(
      `${heading('Files')}\n${counted(files.length, 'file')}, ${bytes(size)}, in ${shortPath(dirname(manifestFile))}`,
    );
  }
  return parts.join('\n\n');
}
