import {
  type Column,
  type ColumnTable,
  columnTable,
  type WriteOptions,
  writeTable,
  writeTables,
} from '../data/index.js';
import { drawChart } from '../report/chart.js';
import { kCurveChart } from '../report/segment-charts.js';
import { dendrogram, drawDendrogram, type FoundHierarchy, newick } from '../segment/index.js';
import type { FeatureVerdict } from './chosen-features.js';
import { saveCustomerModel } from './customer-model.js';
import {
  featureDriftTable,
  migrationTables,
  segmentDriftTable,
  segmentMigrationTable,
} from './drift-tables.js';
import { numberColumn } from './number-column.js';
import type { ResultsFolder } from './results-folder.js';
import { correlationTable } from './segment-correlation.js';
import type { SegmentFindings } from './segment-findings.js';
import { segmentReference } from './segment-reference.js';
import { categoryTable, segmentTable } from './segment-table.js';
import type { Findings, Run } from './stage.js';

function numbers<T>(name: string, rows: readonly T[], pick: (row: T) => number): Column {
  return numberColumn(name, Float64Array.from(rows, pick));
}

/** One row a number of segments that was tried. */
function curveTable({ curve, k }: NonNullable<SegmentFindings['choice']>): ColumnTable {
  return columnTable([
    { name: 'k', type: 'int32', values: Int32Array.from(curve, figures => figures.k) },
    { name: 'chosen', type: 'boolean', values: Uint8Array.from(curve, figures => Number(figures.k === k)) },
    numbers('inertia', curve, figures => figures.inertia),
    numbers('silhouette', curve, figures => figures.silhouette),
    numbers('calinskiHarabasz', curve, figures => figures.calinskiHarabasz),
    numbers('daviesBouldin', curve, figures => figures.daviesBouldin),
    numbers('gap', curve, figures => figures.gap),
    numbers('gapError', curve, figures => figures.gapError),
  ]);
}

/** One row a feature that could have been taken. */
function featureTable(verdicts: readonly FeatureVerdict[]): ColumnTable {
  return columnTable([
    { name: 'feature', type: 'text', values: verdicts.map(({ name }) => name) },
    {
      name: 'selected',
      type: 'boolean',
      values: Uint8Array.from(verdicts, ({ selected }) => Number(selected)),
    },
    { name: 'reason', type: 'text', values: verdicts.map(({ reason }) => reason) },
    { name: 'scale', type: 'text', values: verdicts.map(({ scale }) => scale) },
    numbers('variance', verdicts, ({ variance }) => variance),
    numbers('correlation', verdicts, ({ correlation }) => correlation),
    {
      name: 'correlatedWith',
      type: 'text',
      values: verdicts.map(({ correlatedWith }) => correlatedWith || null),
    },
    numbers('mutualInformation', verdicts, ({ mutualInformation }) => mutualInformation),
    numbers('informationGain', verdicts, ({ informationGain }) => informationGain),
    numbers('giniGain', verdicts, ({ giniGain }) => giniGain),
  ]);
}

/** The linkage matrix as SciPy has it. */
function linkageTable({ merges: { left, right, heights, sizes } }: FoundHierarchy): ColumnTable {
  return columnTable([
    { name: 'left', type: 'int32', values: left },
    { name: 'right', type: 'int32', values: right },
    { name: 'height', type: 'float64', values: heights },
    { name: 'size', type: 'float64', values: sizes },
  ]);
}

/** Customers up to whom a tree names each; micro-clusters have their number and how many customers they stand for. */
const mostNames = 20_000;

async function publishHierarchy(
  staging: ResultsFolder,
  hierarchy: FoundHierarchy,
  ids: string[] | undefined,
  k: number,
) {
  const { merges, cutHeight, linkage, microSizes: sizes } = hierarchy;
  const names = sizes?.map((size, cluster) => `${cluster} (${size})`) ?? ids;
  const drawing = await drawDendrogram(dendrogram(merges, { names, sizes }), {
    title: `${k} segment${k === 1 ? '' : 's'} by ${linkage} linkage, cut at the dashed line`,
    cut: cutHeight,
  });
  staging.write('dendrogram.svg', drawing);
  staging.write('dendrogram.nwk', `${newick(merges, names)}\n`);
}

/** Writes the tables and charts of the segments and their model; gives the rows of the tables. */
export async function publishSegments(
  { config, database }: Pick<Run, 'config' | 'database'>,
  staging: ResultsFolder,
  { encoder, customers }: NonNullable<Findings['features']>,
  segments: SegmentFindings,
  options: WriteOptions,
): Promise<number> {
  const { format } = config.output;
  const { model, profiles, noise, choice, hierarchy, drift, correlations, features } = segments;
  const tables: Record<string, ColumnTable | undefined> = {
    segments: segmentTable(profiles, noise),
    categories: categoryTable(segments.categories),
    features: features && featureTable(features),
    correlation: correlations && correlationTable(correlations),
    'k-curve': choice && curveTable(choice),
    linkage: hierarchy && linkageTable(hierarchy),
    drift: drift && featureDriftTable(drift.report),
    'segment-drift': drift && segmentDriftTable(drift.report),
    'segment-migration': drift?.previous.customers && segmentMigrationTable(drift.report, drift.previous),
  };
  let rows = 0;
  for (const [table, content] of Object.entries(tables)) {
    if (!content) continue;
    await writeTable(staging.path(`${table}.${format}`), format, content);
    rows += content.rows;
  }
  if (drift) {
    const moved = migrationTables(database, customers, segments.customers.labels, drift);
    rows += await writeTables(staging.path(`migration.${format}`), format, moved, options);
  }
  if (choice) staging.write('k-curve.svg', await drawChart(kCurveChart(choice)));
  if (hierarchy) {
    const named = hierarchy.microClusters === undefined && customers.rows <= mostNames;
    const ids: string[] = [];
    if (named) for await (const batch of customers.idBatches()) for (const id of batch) ids.push(String(id));
    await publishHierarchy(staging, hierarchy, named ? ids : undefined, model.k);
  }
  await saveCustomerModel(staging.path('model'), {
    sources: config.sources,
    encoder,
    segments: model,
    segmentNames: profiles.map(profile => profile.name),
    reference: segmentReference(customers, profiles),
  });
  return rows;
}
