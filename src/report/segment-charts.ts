import type { TopLevelSpec } from 'vega-lite';
import type { ChosenK, Criterion, KFigures } from '../segment/index.js';
import { colours, look } from './look.js';

/** The curve of each criterion, and what is good in it. */
const curves: Record<Criterion, { title: string; value: (figures: KFigures) => number }> = {
  silhouette: { title: 'silhouette (more is better)', value: ({ silhouette }) => silhouette },
  elbow: { title: 'inertia (where it bends)', value: ({ inertia }) => inertia },
  'calinski-harabasz': {
    title: 'Calinski-Harabasz (more is better)',
    value: ({ calinskiHarabasz }) => calinskiHarabasz,
  },
  'davies-bouldin': { title: 'Davies-Bouldin (less is better)', value: ({ daviesBouldin }) => daviesBouldin },
  gap: { title: 'gap (where it stops to grow)', value: ({ gap }) => gap },
};

/** Characters of a line of the subtitle. */
const lineLength = 96;

function lines(text: string): string[] {
  return text.split(' ').reduce<string[]>((all, word) => {
    const line = all.at(-1);
    if (line === undefined || line.length + word.length >= lineLength) all.push(word);
    else all[all.length - 1] = `${line} ${word}`;
    return all;
  }, []);
}

/** Every criterion by the number of segments, the chosen number marked. */
export function kCurveChart({ k, criterion, reason, curve }: Omit<ChosenK, 'model'>): TopLevelSpec {
  const known = Object.entries(curves).filter(([, { value }]) =>
    curve.some(figures => !Number.isNaN(value(figures))),
  ) as [Criterion, (typeof curves)[Criterion]][];
  // What decides comes first.
  known.sort(([a], [b]) => Number(b === criterion) - Number(a === criterion));
  return {
    ...look,
    title: { text: reason.split(':', 1)[0], subtitle: lines(reason.replace(/^\d+ segments?: /, 'Why: ')) },
    columns: 2,
    spacing: 24,
    concat: known.map(([name, { title, value }]) => ({
      title: {
        text: name === criterion ? `${title}: decides` : title,
        fontSize: 12,
        fontWeight: 'normal',
        offset: 6,
      },
      width: 300,
      height: 160,
      data: {
        values: curve
          .map(figures => ({ k: figures.k, value: value(figures), chosen: figures.k === k }))
          .filter(point => !Number.isNaN(point.value)),
      },
      layer: [
        { mark: { type: 'line', strokeWidth: 2, color: colours.plain } },
        {
          mark: { type: 'point', filled: true, opacity: 1 },
          encoding: {
            color: {
              condition: { test: 'datum.chosen', value: colours.accent },
              value: colours.plain,
            },
            size: { condition: { test: 'datum.chosen', value: 140 }, value: 40 },
          },
        },
      ],
      encoding: {
        x: {
          field: 'k',
          type: 'quantitative',
          title: 'segments',
          axis: { tickMinStep: 1, format: 'd', grid: false },
        },
        y: {
          field: 'value',
          type: 'quantitative',
          title: null,
          scale: { zero: name === 'elbow' },
          axis: {
            tickCount: 4,
            format: name === 'silhouette' || name === 'davies-bouldin' || name === 'gap' ? '.2f' : '~s',
          },
        },
      },
    })),
  };
}
