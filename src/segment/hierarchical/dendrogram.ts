import type { TopLevelSpec } from 'vega-lite';
import { drawChart } from '../../report/chart.js';
import { colours, look } from '../../report/look.js';
import type { Merges } from './merges.js';

export interface DendrogramOptions {
  /** Branches to show at most; what was merged below is one leaf. 30: more can not be told apart. */
  leaves?: number;
  /** `[customers]`. Default: their numbers. */
  names?: readonly string[];
  /** `[customers]`, customers that each one stands for, where what was merged are clusters. Default: themselves. */
  sizes?: ArrayLike<number>;
}

export interface DendrogramLeaf {
  /** From left to right: 0, 1, … */
  position: number;
  cluster: number;
  /** Customers, by weight. */
  size: number;
  /** A customer's name, or in brackets how many customers are in the branch. */
  name: string;
}

/** One merger: from `left` up from `leftHeight` to `height`, across, and down to `rightHeight` at `right`. */
export interface DendrogramLink {
  cluster: number;
  size: number;
  height: number;
  left: number;
  leftHeight: number;
  right: number;
  rightHeight: number;
}

/** The top of a hierarchy, laid out. */
export interface Dendrogram {
  leaves: DendrogramLeaf[];
  /** The lowest first. */
  links: DendrogramLink[];
}

/** Lays out the top of a hierarchy; the smaller branch is on the left, of equal ones that with the lower number. */
export function dendrogram(
  merges: Merges,
  { leaves: most = 30, names, sizes: own }: DendrogramOptions = {},
): Dendrogram {
  const { customers, left, right, heights, sizes } = merges;
  const shown = Math.max(0, heights.length - Math.max(1, most) + 1);
  const isLeaf = (cluster: number) => cluster < customers + shown;
  const sizeOf = (cluster: number) =>
    cluster < customers ? (own?.[cluster] ?? 1) : sizes[cluster - customers];
  const leaves: DendrogramLeaf[] = [];
  const places = new Map<number, number>();
  const open = customers > 0 ? [customers + heights.length - 1] : [];
  for (let cluster = open.pop(); cluster !== undefined; cluster = open.pop()) {
    if (isLeaf(cluster)) {
      const position = leaves.length;
      const size = sizeOf(cluster);
      const name = cluster < customers && !own ? (names?.[cluster] ?? `${cluster}`) : `(${size})`;
      places.set(cluster, position);
      leaves.push({ position, cluster, size, name });
      continue;
    }
    const merge = cluster - customers;
    const branches = [left[merge], right[merge]].sort((a, b) => sizeOf(a) - sizeOf(b) || a - b);
    open.push(branches[1], branches[0]);
  }
  const links: DendrogramLink[] = [];
  const heightOf = (cluster: number) => (isLeaf(cluster) ? 0 : heights[cluster - customers]);
  for (let merge = shown; merge < heights.length; merge++) {
    const [a, b] = [left[merge], right[merge]].sort((p, q) => places.get(p)! - places.get(q)!);
    const cluster = customers + merge;
    const link = {
      cluster,
      size: sizes[merge],
      height: heights[merge],
      left: places.get(a)!,
      leftHeight: heightOf(a),
      right: places.get(b)!,
      rightHeight: heightOf(b),
    };
    places.set(cluster, (link.left + link.right) / 2);
    links.push(link);
  }
  return { leaves, links };
}

export interface DrawDendrogramOptions {
  title?: string;
  /** Height of a cut, drawn as a line across. */
  cut?: number;
  /** Pixels. */
  width?: number;
  height?: number;
}

/** The layout as an SVG. */
export function drawDendrogram(
  { leaves, links }: Dendrogram,
  { title, cut, width = 720, height = 360 }: DrawDendrogramOptions = {},
): Promise<string> {
  const corners = links.flatMap(link => [
    { link: link.cluster, corner: 0, position: link.left, height: link.leftHeight },
    { link: link.cluster, corner: 1, position: link.left, height: link.height },
    { link: link.cluster, corner: 2, position: link.right, height: link.height },
    { link: link.cluster, corner: 3, position: link.right, height: link.rightHeight },
  ]);
  const isNamed = leaves.every(({ name }) => !name.startsWith('('));
  const names = Object.fromEntries(leaves.map(({ position, name }) => [position, name]));
  const specification: TopLevelSpec = {
    ...look,
    title,
    width,
    height,
    layer: [
      {
        data: { values: corners },
        mark: { type: 'line', interpolate: 'linear', strokeWidth: 1.5, color: colours.plain },
        encoding: {
          x: {
            field: 'position',
            type: 'quantitative',
            scale: { domain: [-0.5, Math.max(0, leaves.length - 1) + 0.5], nice: false },
            axis: {
              title: isNamed ? 'customers' : 'customers, or in brackets how many a branch has',
              values: leaves.map(({ position }) => position),
              labelExpr: `${JSON.stringify(names)}[datum.value]`,
              labelAngle: -45,
              labelOverlap: false,
              grid: false,
              ticks: false,
              domain: false,
            },
          },
          y: { field: 'height', type: 'quantitative', axis: { title: 'Height of the merger' } },
          detail: { field: 'link', type: 'nominal' },
          order: { field: 'corner', type: 'quantitative' },
        },
      },
      ...(cut === undefined
        ? []
        : [
            {
              data: { values: [{ cut }] },
              mark: { type: 'rule' as const, strokeDash: [6, 4], color: colours.accent },
              encoding: { y: { field: 'cut', type: 'quantitative' as const } },
            },
          ]),
    ],
  };
  return drawChart(specification);
}
